"""Weeks begin on Monday in Almaty, whatever the machine believes about time zones."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import weeks
from monitor.errors import SenimError
from monitor.weeks import FOLDS, covering, ordinal, period_of

MOMENTS = st.datetimes(datetime(1995, 1, 2), datetime(2060, 1, 1), timezones=st.just(UTC))
AROUND_THE_CHANGE = st.datetimes(datetime(2024, 2, 29, 12), datetime(2024, 3, 1, 12), timezones=st.just(UTC))
WEEKS = MOMENTS.map(weeks.week_of)


@pytest.mark.parametrize(
    ("moment", "week"),
    [
        (datetime(2024, 2, 25, 17, 59, tzinfo=UTC), "2024-W08"),  # Sunday 23:59 at UTC+6
        (datetime(2024, 2, 25, 18, 0, tzinfo=UTC), "2024-W09"),  # Monday midnight at UTC+6
        (datetime(2024, 3, 3, 18, 59, tzinfo=UTC), "2024-W09"),  # Sunday 23:59 at UTC+5
        (datetime(2024, 3, 3, 19, 0, tzinfo=UTC), "2024-W10"),
        (datetime(2021, 1, 3, 12, 0, tzinfo=UTC), "2020-W53"),  # not the year of its days
        (datetime(2024, 12, 30, 12, 0, tzinfo=UTC), "2025-W01"),
        (datetime(2027, 1, 3, 18, 59, tzinfo=UTC), "2026-W53"),
        (datetime(2027, 1, 3, 19, 0, tzinfo=UTC), "2027-W01"),
    ],
)
def test_the_week_of_a_moment(moment, week):
    assert weeks.week_of(moment) == week


@given(MOMENTS | AROUND_THE_CHANGE)
def test_a_moment_lies_in_its_week(moment):
    week = weeks.week_of(moment)
    assert weeks.start(week) <= moment < weeks.end(week)
    assert weeks.local(moment).timestamp() == moment.timestamp()
    assert weeks.utc(weeks.local(moment)) == moment


@given(WEEKS)
def test_a_week_has_seven_days_and_one_extra_hour_when_the_zone_changed(week):
    # Weeks of summer time, which Almaty kept until 2004, are an hour longer or shorter in spring and autumn.
    hours = (weeks.end(week).astimezone(UTC) - weeks.start(week).astimezone(UTC)) / timedelta(hours=1)
    assert hours in (167, 168, 169)
    if week >= "2005-W10":
        assert hours == (169 if week == "2024-W09" else 168)


@given(WEEKS, st.integers(-300, 300))
def test_shift_goes_there_and_back(week, number):
    there = weeks.shift(week, number)
    assert weeks.shift(there, -number) == week
    assert (there > week) == (number > 0)
    assert weeks.week_of(weeks.start(there)) == there


@given(WEEKS, st.integers(-3, 120))
def test_between_holds_every_week_once_in_order(week, count):
    listed = weeks.between(week, weeks.shift(week, count))
    assert len(listed) == max(count + 1, 0)
    assert list(listed) == sorted(set(listed))


def test_years_with_53_weeks():
    assert weeks.between("2020-W52", "2021-W01") == ("2020-W52", "2020-W53", "2021-W01")
    assert weeks.between("2025-W52", "2026-W01") == ("2025-W52", "2026-W01")


@pytest.mark.parametrize("text", ["2025-W53", "2026-W00", "2026-7", "", "2026-W07 ", "0000-W01", "٢٠٢٦-W07x"])
def test_what_is_no_week_is_refused_with_advice(text):
    with pytest.raises(SenimError, match="like 2026-W07"):
        weeks.start(text)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(SenimError, match="no time zone"):
        weeks.week_of(datetime(2026, 2, 9))


def test_the_zone_files_of_the_machine_are_not_asked():
    code = (
        "from datetime import *; from monitor import weeks;"
        "print(weeks.local(datetime(2026, 2, 9, tzinfo=UTC)).utcoffset())"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONTZPATH": "", "TZ": "America/New_York"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "5:00:00"


@pytest.mark.parametrize(
    ("fold", "weeks"),
    [
        ("week", ("2026-W07", "2026-W10")),
        ("month", ("2026-W05", "2026-W14")),
        ("quarter", ("2026-W01", "2026-W14")),
        ("half", ("2026-W01", "2026-W27")),
    ],
)
def test_periods_are_covered_by_whole_weeks(fold, weeks):
    assert covering("2026-W07", "2026-W10", fold) == weeks
    assert covering(None, None, fold) == (None, None)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)), st.sampled_from(FOLDS))
def test_periods_follow_each_other(moment, fold):
    period = period_of(moment, fold)
    later = next(p for n in range(1, 400) if (p := period_of(moment + timedelta(days=n), fold)) != period)
    assert period < later or fold == "week"
    assert ordinal(later) == ordinal(period) + 1
