"""A week in which a usual source is silent is known as such; bulk imports and weekly pauses are no gaps."""

from __future__ import annotations

from datetime import date, timedelta

from monitor.gaps import collected, coverage
from monitor.weeks import between

DAY = date(2026, 1, 5)  # Monday of 2026-W02
WEEKS = between("2026-W02", "2026-W13")


def each_week(number, weeks=12):
    """Return `number` new things on every Monday."""
    return {DAY + timedelta(weeks=n): number for n in range(weeks)}


def test_a_silent_source_counts_by_how_much_it_usually_brings():
    found = coverage({"large": each_week(30), "small": each_week(10, weeks=11)}, WEEKS)
    assert found["2026-W12"] == 1
    assert found["2026-W13"] == 0.75


def test_nobody_knows_what_is_usual_at_first():
    found = coverage({"one": each_week(30)}, WEEKS)
    assert [found[week] for week in WEEKS[:4]] == [None] * 4
    assert found[WEEKS[4]] == 1
    assert coverage({}, WEEKS)["2026-W13"] is None


def test_a_source_that_answers_with_nothing_new_is_there():
    quiet = each_week(30, weeks=11) | {DAY + timedelta(weeks=11): 0}
    assert coverage({"one": quiet}, WEEKS)["2026-W13"] == 1


def test_an_import_is_no_usual_week_and_what_is_not_asked_is_not_missed():
    once = {DAY: 100_000}
    assert coverage({"one": each_week(30), "import": once}, WEEKS)["2026-W13"] == 1
    assert coverage({"one": each_week(30), "off": each_week(9, 10)}, WEEKS, {"one"})["2026-W13"] == 1


def test_all_sources_of_a_day_are_added():
    assert collected({"one": {DAY: 3}, "two": {DAY: 4, DAY + timedelta(days=1): 0}}) == {
        DAY: 7,
        DAY + timedelta(days=1): 0,
    }
