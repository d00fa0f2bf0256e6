"""Reads the training texts that lie outside the project: lines for pre-training, labelled records for training.

No text from there enters the project; only weights, labels and figures do.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from monitor.errors import ModelError


def _open(path: Path) -> Iterator[str]:
    if not path.is_file():
        raise ModelError("training texts are missing", where=str(path), advice="Point --data at the data folder.")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from file


def lines(folder: Path, language: str) -> list[str]:
    """Return the pre-training lines of one language, in source order."""
    return [line.rstrip("\n") for line in _open(folder / "pretrain" / f"{language}.txt.gz")]


def pairs(folder: Path) -> list[tuple[str, str]]:
    """Return translated pairs of kk-ru, kk-en and ru-en."""
    found = []
    for name in ("kk-ru", "kk-en", "ru-en"):
        for line in _open(folder / "parallel" / f"{name}.tsv.gz"):
            cells = line.rstrip("\n").split("\t")
            if len(cells) >= 2:
                found.append((cells[0], cells[1]))
    return found


def records(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of one gzipped JSONL file."""
    for line in _open(path):
        yield json.loads(line)
