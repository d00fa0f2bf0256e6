"""How a source fared in one pass, in a word."""

import pytest

from crawlers import health
from monitor.records import Fate


@pytest.mark.parametrize(
    ("counts", "grade"),
    [
        ({}, "silent"), ({Fate.STORED: 20}, "good"), ({Fate.NOT_RELEVANT: 19, Fate.UNREACHABLE: 1}, "good"),
        ({Fate.STORED: 18, Fate.GONE: 2}, "poor"), ({Fate.STORED: 5, Fate.UNREADABLE: 5}, "bad"),
        ({Fate.UNREACHABLE: 1}, "bad"), ({Fate.DUPLICATE: 1}, "good"), ({Fate.STORED: 10, Fate.TOO_LARGE: 2}, "poor"),
    ],
)  # fmt: skip
def test_health_is_graded(counts, grade):
    assert health.grade("paper", counts).grade == grade


def test_the_worst_source_stands_first():
    counts = {"a": {Fate.STORED: 9}, "b": {}, "c": {Fate.GONE: 3}}
    assert [h.source for h in health.summary(counts)] == ["c", "b", "a"]
    assert health.summary(counts)[0].worst == "gone"
