"""Grades the health of sources by what became of their items in a pass.

Why graded: a timeout mends itself, a feed that became a web page does not; one number for both would cry wolf.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.records import Fate

WEIGHTS = {  # hard 1, soft 0.5, temporary 0.25; everything else is the source at work
    Fate.GONE: 1.0,
    Fate.FORBIDDEN: 1.0,
    Fate.UNREADABLE: 1.0,
    Fate.QUARANTINED: 1.0,
    Fate.TOO_LARGE: 0.5,
    Fate.BAD_LINE: 0.5,
    Fate.UNREACHABLE: 0.25,
}
FAILED = 1.0  # weight of the failures in a row at which a source counts as failing: one hard, two soft, four temporary
UNDATED = 5  # posts, none of them with a date, from which on that is no chance
POOR, BAD = 0.05, 0.2  # share of weighted failures; one dead link among twenty is daily life


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """The health of one source: `grade` is good, poor, bad or silent; `failures` the weighted share, 0..1."""

    source: str
    grade: str
    items: int
    failures: float
    worst: str


def grade(source: str, counts: Mapping[Fate, int]) -> Health:
    """Return the health of a source from its counts of fates; a source without any item is silent.

    A source none of whose items got through is bad, whatever the weights say.
    """
    total = sum(counts.values())
    weighted = {fate: WEIGHTS[fate] * n for fate, n in counts.items() if fate in WEIGHTS and n}
    failures = sum(weighted.values()) / total if total else 0.0
    worst = max(weighted, key=lambda fate: (weighted[fate], fate.value)).value if weighted else ""
    through = total - sum(counts[fate] for fate in weighted)
    word = (
        "silent" if not total else "bad" if not through or failures >= BAD else "poor" if failures >= POOR else "good"
    )
    return Health(source=source, grade=word, items=total, failures=round(failures, 4), worst=worst)


def state(recent: Sequence[Mapping[Fate, int]], posts: int = 0, undated: int = 0) -> str:
    """Return how a source fares: unasked, failing, partly, undated or working.

    `recent` are the fates of its passes, the latest first, without those that say nothing (not changed, empty, budget
    spent): these neither heal nor break. Passes in a row in which nothing could be read add up, each with the weight
    of its worst failure, until something could; `posts` and `undated` count what is stored.
    """
    if not recent:
        return "unasked" if not posts else "working"
    row = 0.0
    for counts in recent:
        weights = [WEIGHTS.get(fate, 0.0) for fate, n in counts.items() if n]
        if not weights or min(weights) == 0:  # something came through
            break
        row += max(weights)
    if row >= FAILED:
        return "failing"
    if row or grade("", recent[0]).grade in ("poor", "bad"):
        return "partly"
    return "undated" if posts >= UNDATED and undated == posts else "working"


def summary(counts: Mapping[str, Mapping[Fate, int]]) -> tuple[Health, ...]:
    """Return the health of all sources, the worst first, then by name."""
    order = {"bad": 0, "silent": 1, "poor": 2, "good": 3}
    graded = (grade(source, fates) for source, fates in counts.items())
    return tuple(sorted(graded, key=lambda h: (order[h.grade], -h.failures, h.source)))
