"""The timetable: one owner, one job at a time, errors recorded, a clean stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
from builders import make_settings

from monitor import timetable
from monitor.errors import MailError, SenimError
from monitor.store import Store

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)  # a Sunday, 17:00 in Almaty


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "senim.db") as opened:
        yield opened


def test_the_digest_is_due_on_monday_morning_in_local_time():
    due = timetable.next_runs(make_settings(), NOW)
    assert due["digest"] == datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    assert due["crawl"] == datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert set(due) == {"crawl", "classify", "alerts", "digest"}


def test_a_job_is_recorded_with_what_it_said(store):
    assert timetable.run_job("crawl", lambda *_: "3 stored", make_settings(), store)
    (job,) = store.jobs("crawl")
    assert (job.ok, job.detail) == (True, "3 stored")


@pytest.mark.parametrize(
    ("error", "detail"),
    [(MailError("no server", advice="Start it."), "no server. Start it."), (KeyError("x"), "KeyError: 'x'")],
)
def test_a_failure_is_recorded_and_goes_no_further(store, error, detail):
    def fails(*_):
        raise error

    assert not timetable.run_job("alerts", fails, make_settings(), store)
    (job,) = store.jobs("alerts")
    assert (job.ok, job.detail) == (False, detail)


def test_a_second_owner_is_refused_by_name(tmp_path):
    with (
        timetable.owned(tmp_path),
        pytest.raises(SenimError, match=f"already run by process {os.getpid()}"),
        timetable.owned(tmp_path),
    ):
        pass
    with timetable.owned(tmp_path):
        pass


SCRIPT = """
import sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from builders import make_settings
from monitor import timetable
from monitor.store import Store
folder = Path({folder!r})
settings = make_settings().model_copy(update={{"home": folder}})
def slow(settings, store, now):
    (folder / "began").touch()
    time.sleep(1.5)
    return "finished"
triggers = timetable._triggers
def every_second(settings):
    from apscheduler.triggers.interval import IntervalTrigger
    return {{"crawl": IntervalTrigger(seconds=1)}}
timetable._triggers = every_second
timetable.run(settings, lambda: Store.open(folder / "senim.db"), {{"crawl": slow}})
"""


def test_it_stops_cleanly_after_the_job_at_hand(tmp_path):
    folder = os.path.dirname(__file__)
    script = SCRIPT.format(tests=folder, folder=str(tmp_path))
    process = subprocess.Popen([sys.executable, "-c", script], cwd=os.path.dirname(folder))
    for _ in range(200):
        if (tmp_path / "began").exists():
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    with Store.open(tmp_path / "senim.db") as store:
        assert {j.detail for j in store.jobs("crawl")} == {"finished"}
