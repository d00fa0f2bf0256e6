"""All traps of the hostile server in one pass with the caps that ship; `make bench` runs it."""

from __future__ import annotations

from collections import Counter

import hostile
import pytest
from bench_table import TABLE
from siege import besiege

from monitor.records import Fate

pytestmark = pytest.mark.timeout(1800)


def test_every_trap(tmp_path, monkeypatch, pytestconfig):
    outcome, traps = besiege(
        tmp_path, monkeypatch, hostile.PAGES, hostile.LISTINGS, hostile.ROBOTS, timeout_seconds=30, max_feed_items=2000
    )
    wrong = {
        name: (outcome.fates.get(traps[name]), outcome.details.get(traps[name]))
        for name, (fate, _) in {**hostile.PAGES, **hostile.ROBOTS}.items()
        if outcome.fates.get(traps[name]) is not fate
    }
    assert wrong == {}
    beside = [key for key in outcome.fates if "/honest/" in key and "/honest/secret" not in key]
    lost = {key: outcome.details[key] for key in beside if outcome.fates[key] is not Fate.STORED}
    assert lost == {}
    assert traps["asked /external.xml"].asked["/secret"] == 0
    assert outcome.megabytes < 600
    pytestconfig.stash[TABLE].append(
        (f"hostile: {len(traps)} traps", len(outcome.fates), "items", outcome.seconds, outcome.megabytes)
    )
    counts = Counter(fate.value for fate in outcome.fates.values())
    assert sum(counts.values()) == len(outcome.fates)
