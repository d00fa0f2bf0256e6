"""Tells when a source began to bring much more or much less: change-points of its days, by source and language.

Counts a day are made even by a square root (Anscombe 1948, Biometrika 35:246-254) and freed of the weekday's habit; the
series is cut as that of the stance is (`monitor.shifts`). The last cut is told when the volume at least halved or
doubled there and when days in random order hardly ever break as sharply.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from monitor.shifts import chance, last_break

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

    Array = NDArray[float64]

DAYS = 84  # twelve weeks: older habits are none
LEAST = 4  # days on each side: a long weekend is no change
LEVEL = 0.01  # of the permutation test, for each source and language
RATIO = 2.0  # and the volume at least halved or doubled
MUCH = 1.0  # a day, before or after: below, a source is too quiet to say anything


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """From `since` on a source brings `after` a day instead of `before`; `language` is empty for all it brings."""

    language: str
    since: date
    before: float
    after: float
    p: float


def turns(
    arrivals: Mapping[str, Mapping[date, int]],
    languages: Mapping[tuple[str, str], Mapping[date, int]],
    today: date,
) -> dict[str, tuple[Turn, ...]]:
    """Return the turn of each source that has one, and those of its languages, that of the whole first.

    `arrivals` counts all that a source brought by local day, `languages` the posts of a source in one language. Days on
    which no source was asked are left out: silence of the crawler is not silence of a source. So is `today`, which is
    not over, and a source's first day, which brings what had piled up.
    """
    asked = {day for days in arrivals.values() for day in days if today - timedelta(days=DAYS) <= day < today}
    found: dict[str, list[Turn]] = defaultdict(list)
    for source, days in sorted(arrivals.items()):
        if turn := _turn(days, asked, min(days, default=today), ""):
            found[source].append(turn)
    for (source, language), days in sorted(languages.items()):
        if turn := _turn(days, asked, min(arrivals.get(source, days), default=today), language):
            found[source].append(turn)
    return {source: tuple(own) for source, own in found.items()}


def _turn(counts: Mapping[date, int], asked: Collection[date], first: date, language: str) -> Turn | None:
    import numpy as np

    days = sorted(day for day in asked if day > first)
    if len(days) < 2 * LEAST:
        return None
    number = np.array([counts.get(day, 0) for day in days], dtype=np.float64)
    even = 2 * np.sqrt(number + 0.375)
    series = even - _habit(even, days)
    at = last_break(series, LEAST)
    if at is None:
        return None
    start, middle = at
    before, after = float(number[start:middle].mean()), float(number[middle:].mean())
    low, high = sorted((before, after))
    if high < MUCH or high < RATIO * low:
        return None
    p = chance(series[start:], LEAST)
    return Turn(language=language, since=days[middle], before=before, after=after, p=p) if p <= LEVEL else None


def _habit(values: Array, days: list[date]) -> Array:
    """Return what is usual on the weekday of each day, beside that week; nothing before there are four weeks."""
    import numpy as np

    if len(days) < 28:
        return np.zeros(len(days))
    weekday = np.array([day.weekday() for day in days])
    level = np.array([np.median(values[max(0, n - 3) : n + 4]) for n in range(len(days))])
    usual = np.array([np.median((values - level)[weekday == day]) if (weekday == day).any() else 0 for day in range(7)])
    found: Array = usual[weekday]
    return found
