"""Where the measurements keep their rows until all are made."""

from __future__ import annotations

import pytest

TABLE = pytest.StashKey[list]()
COVERAGE = pytest.StashKey[list]()
GROWTH = pytest.StashKey[list]()
