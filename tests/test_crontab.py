"""A line of the timetable means what it means to cron."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import crontab, settings
from monitor.errors import SettingsError


@pytest.mark.parametrize(
    ("line", "field", "meaning"),
    [
        ("*/30 * * * *", "minute", "0,30"),
        ("10,40 * * * *", "minute", "10,40"),
        ("5/20 * * * *", "minute", "5,25,45"),
        ("0 8-18/5 * * *", "hour", "8,13,18"),
        ("0 8 * * 1", "day_of_week", "mon"),
        ("0 8 * * MON", "day_of_week", "mon"),
        ("0 8 * * 0", "day_of_week", "sun"),
        ("0 8 * * 7", "day_of_week", "sun"),
        ("0 8 * * mon-fri", "day_of_week", "mon,tue,wed,thu,fri"),
        ("0 8 * * fri-sun", "day_of_week", "fri,sat,sun"),
        ("0 8 1 jan,7 *", "month", "1,7"),
        ("0 8 29 2 *", "day", "29"),
    ],
)
def test_fields_are_spelt_out(line, field, meaning):
    assert crontab.read(line)[field] == meaning
    assert crontab.checked(line) == line


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "here are 0"),
        ("@daily", "here are 1"),
        ("0 8 * * * *", "here are 6"),
        ("60 * * * *", "minute '60' is not in 0-59"),
        ("-5 * * * *", "minute '' is not in"),
        ("0 8 * * monday", "day of week 'monday'"),
        ("0 8 0 * *", "day '0' is not in 1-31"),
        ("*/0 * * * *", "after the slash"),
        ("*/ * * * *", "after the slash"),
        ("0 18-8 * * *", "backwards"),
        ("0 8 31 4,6 *", "no such day"),
        ("0 8 1 * mon", "not both"),
        ("٣ * * * *", "is not in"),
    ],
)
def test_a_mistake_is_named(line, said):
    with pytest.raises(ValueError, match=said):
        crontab.checked(line)


@given(st.text(alphabet="0123456789*/,- monafri", max_size=30))
def test_any_other_text_is_refused_or_understood(line):
    try:
        found = crontab.read(line)
    except ValueError:
        return
    assert list(found) == ["minute", "hour", "day", "month", "day_of_week"]


@given(st.integers(0, 59), st.integers(0, 23), st.integers(0, 7))
def test_the_scheduler_agrees_with_the_calendar(minute, hour, weekday):
    from apscheduler.triggers.cron import CronTrigger

    now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    due = CronTrigger(**crontab.read(f"{minute} {hour} * * {weekday}"), timezone=UTC).get_next_fire_time(None, now)
    assert (due.minute, due.hour, due.isoweekday() % 7) == (minute, hour, weekday % 7)
    assert now <= due <= now + timedelta(days=7)


def test_the_settings_name_the_line_of_a_mistake(tmp_path):
    import shutil

    shutil.copytree(settings.shipped_config(), tmp_path / "config", ignore=shutil.ignore_patterns("recipients.toml"))
    main = tmp_path / "config" / "senim.toml"
    text = main.read_text("utf-8").replace('"0 8 * * mon"', '"0 8 * *"').replace('"Asia/Almaty"', '"Asia/Nowhere"')
    main.write_text(text, "utf-8")
    lines = text.splitlines()
    digest, zone = (next(n for n, x in enumerate(lines, 1) if x.startswith(key)) for key in ('digest = "', "time_zone"))
    with pytest.raises(SettingsError) as caught:
        settings.load(tmp_path)
    assert any(m.startswith(f"senim.toml:{digest}: timetable.digest: '0 8 * *'") for m in caught.value.mistakes)
    assert any(m.startswith(f"senim.toml:{zone}: timetable.time_zone: 'Asia/Nowhere'") for m in caught.value.mistakes)
