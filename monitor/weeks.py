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


FOLDS = ("week", "month", "quarter", "half")
_MONTHS = {"month": 1, "quarter": 3, "half": 6}


def period_of(moment: datetime, fold: str) -> str:
    """Return the week, month, quarter or half-year of an aware time, in local time: `2026-W07`, `2026-02`, `2026-Q1`.

    Weeks do not fit into months. So nothing is made of weeks: each post counts where its own day lies, and months add
    up to quarters and half-years exactly.
    """
    return week_of(moment) if fold == "week" else _label(local(moment).date(), fold)


def ordinal(period: str) -> int:
    """Return the number of a period among its like: one more for the next one; SenimError for what is no period."""
    if "W" in period:
        return monday(period).toordinal() // 7
    year, part = period.split("-")
    per_year = {"Q": 4, "H": 2}.get(part[0], 12)
    return int(year) * per_year + int(part.lstrip("QH")) - 1


def periods(first: str | None, last: str | None, fold: str) -> tuple[str | None, str | None]:
    """Return the first and last period that weeks `first` to `last` touch; None stays None."""
    begin = period_of(start(first), fold) if first else None
    return begin, period_of(end(last) - timedelta(hours=1), fold) if last else None


def covering(first: str | None, last: str | None, fold: str) -> tuple[str | None, str | None]:
    """Return the weeks that hold all days of the periods that `first` to `last` touch."""
    if fold == "week":
        return first, last
    months = _MONTHS[fold]
    begin, finish = periods(first, last, fold)
    days = [_first_day(ordinal(p) + late, months) if p else None for p, late in ((begin, 0), (finish, 1))]
    after = days[1] - timedelta(days=1) if days[1] else None
    return _week(days[0]), _week(after)


def weeks_in(period: str) -> tuple[str, str]:
    """Return the first and last week that days of a period lie in."""
    if "W" in period:
        return period, period
    months = {"Q": 3, "H": 6}.get(period.split("-")[1][0], 1)
    days = [_first_day(ordinal(period) + late, months) for late in (0, 1)]
    return week_of(noon(days[0])), week_of(noon(days[1] - timedelta(days=1)))


def noon(day: date) -> datetime:
    """Return the middle of a local day."""
    return datetime.combine(day, time(12), zone())


def _label(day: date, fold: str) -> str:
    if fold == "month":
        return f"{day.year}-{day.month:02}"
    return f"{day.year}-{'Q' if fold == 'quarter' else 'H'}{(day.month - 1) // _MONTHS[fold] + 1}"


def _first_day(number: int, months: int) -> date:
    year, part = divmod(number, 12 // months)
    return date(year, part * months + 1, 1)


def _week(day: date | None) -> str | None:
    return week_of(noon(day)) if day else None
