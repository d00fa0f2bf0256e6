"""ISO weeks in the local time of Kazakhstan: the calendar of every figure.

One zone for the whole country, Asia/Almaty. Almaty kept UTC+6 until the end of February 2024; since
2024-03-01 all regions keep UTC+5. The rules come from the `tzdata` package and not from the machine: zone
files older than 2024 would silently move the posts of a Sunday night into another week.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

from monitor.errors import SenimError


@lru_cache(maxsize=1)
def zone() -> ZoneInfo:
    """Return the zone Asia/Almaty as the installed `tzdata` package knows it."""
    with resources.files("tzdata").joinpath("zoneinfo", "Asia", "Almaty").open("rb") as file:
        return ZoneInfo.from_file(file, key="Asia/Almaty")


def local(moment: datetime) -> datetime:
    """Return an aware time in local time; raises SenimError for a time without a zone.

    Show it, but compare and store `utc`: Python calls the repeated hour of 2024-02-29 unequal to any time of
    another zone.
    """
    if moment.tzinfo is None:
        raise SenimError(f"{moment.isoformat()} has no time zone", advice="Pass an aware time, best in UTC.")
    return moment.astimezone(zone())


def week_of(moment: datetime) -> str:
    """Return the ISO week of an aware time, like `2026-W07`: Monday to Sunday, local time."""
    year, week, _ = local(moment).isocalendar()
    return f"{year}-W{week:02}"


def monday(week: str) -> date:
    """Return the first day of `week`; raises SenimError when it is not an ISO week that exists."""
    found = re.fullmatch(r"(\d{4})-W(\d\d)", week)
    try:
        if found:
            return date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError:  # week 53 of a year that has 52, week 00, year 0000
        pass
    advice = "Write a year and a week from 01 to 52 or 53, like 2026-W07."
    raise SenimError(f"{week!r} is not a week", advice=advice)


def start(week: str) -> datetime:
    """Return the first moment of `week` in local time."""
    return datetime.combine(monday(week), time(), zone())


def end(week: str) -> datetime:
    """Return the first moment after `week`, in local time: after 168 hours, in 2024-W09 after 169."""
    return datetime.combine(monday(week) + timedelta(days=7), time(), zone())


def shift(week: str, number: int) -> str:
    """Return the week `number` weeks later, or earlier when it is negative."""
    year, later, _ = (monday(week) + timedelta(weeks=number)).isocalendar()
    return f"{year}-W{later:02}"


def between(first: str, last: str) -> tuple[str, ...]:
    """Return all weeks from `first` to `last`, both included; empty when `last` is before `first`."""
    count = (monday(last) - monday(first)).days // 7 + 1
    return tuple(shift(first, n) for n in range(count))


def utc(moment: datetime) -> datetime:
    """Return an aware time in UTC, as all records hold it."""
    return local(moment).astimezone(UTC)
