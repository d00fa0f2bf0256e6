"""What an interval of 90 % keeps of its promise: a thousand invented worlds with a noisy classifier."""

from __future__ import annotations

from bench_table import COVERAGE
from coverage_of_intervals import measure

WORLDS = 1000


def test_coverage(request):
    found = measure(range(WORLDS))
    request.config.stash[COVERAGE].extend(found.items())
    assert 0.88 <= found["corrected and pooled"].held <= 0.92
    assert found["neither"].held < 0.80
    assert found["not corrected"].held < 0.60
