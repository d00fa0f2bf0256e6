"""Labelled pairs of our own writing: reprints are found and look-alikes are not. Kinds and figures: tests/bench."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from monitor.stories import fingerprint, group

PAIRS = [json.loads(line) for line in (Path(__file__).parent / "reprints.jsonl").open(encoding="utf-8")]
DAY = datetime(2026, 3, 2, tzinfo=UTC)


def joined(pair):
    found = group([(name, DAY, fingerprint(pair[name]), pair[name]) for name in ("one", "other")])
    return found["one"] == found["other"]


def test_the_pairs_are_enough_and_of_all_kinds():
    assert len(PAIRS) >= 300
    assert len({pair["id"] for pair in PAIRS}) == len(PAIRS)
    assert Counter(pair["same"] for pair in PAIRS)[True] >= 150
    assert len({(pair["same"], pair["kind"]) for pair in PAIRS}) >= 12
    assert all(pair["one"] != pair["other"] for pair in PAIRS)


def test_precision_and_recall():
    counts = Counter((pair["same"], joined(pair)) for pair in PAIRS)
    # measured with half of the numbers in common instead of two thirds: precision 0.975, recall the same
    assert counts[True, True] / (counts[True, True] + counts[False, True]) >= 0.98
    assert counts[True, True] / (counts[True, True] + counts[True, False]) >= 0.95
