"""Finds the weeks in which sources are missing that usually deliver: a fall of criticism may be a feed that broke."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from statistics import median

from monitor.weeks import noon, shift, week_of

PAST = 8  # weeks that tell what is usual
REGULAR = 4  # of them with something new make a source a usual one: weekly papers pause, closed ones stay silent


def coverage(
    arrivals: Mapping[str, Mapping[date, int]], weeks: Iterable[str], sources: Collection[str] | None = None
) -> dict[str, float | None]:
    """Return for each week the share of the usual sources that delivered, each by how much it usually brings.

    `arrivals` are new things by source and local day, 0 where it answered that there is none (`Ledger.arrivals`);
    `sources` are those that are asked at all, everyone when None. What is usual is the median of the PAST weeks before,
    which a bulk import does not move. None where no source has been usual yet.
    """
    brought = {source: _by_week(days) for source, days in arrivals.items() if sources is None or source in sources}
    return {week: _share(brought, week) for week in weeks}


def collected(arrivals: Mapping[str, Mapping[date, int]]) -> dict[date, int]:
    """Return how much all sources brought on each local day."""
    found: dict[date, int] = {}
    for days in arrivals.values():
        for day, number in days.items():
            found[day] = found.get(day, 0) + number
    return found


def _by_week(days: Mapping[date, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for day, number in days.items():
        week = week_of(noon(day))
        found[week] = found.get(week, 0) + number
    return found


def _share(brought: Mapping[str, Mapping[str, int]], week: str) -> float | None:
    before = [shift(week, -n) for n in range(1, PAST + 1)]
    usual = there = 0.0
    for weeks in brought.values():
        past = [weeks.get(name, 0) for name in before]
        if sum(number > 0 for number in past) < REGULAR:
            continue
        usual += max(median(past), 1.0)
        there += max(median(past), 1.0) * (week in weeks)
    return there / usual if usual else None
