"""The timetable: one owner, one job at a time, errors recorded, missed jobs made up for, a clean stop."""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger
from builders import make_settings

from monitor import timetable
from monitor.errors import MailError, SenimError, StoreError
from monitor.settings import TimetableSettings
from monitor.store import Store
from monitor.timetable import GRACE, NAMES, Stop, Stopped

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)  # a Sunday, 17:00 in Almaty
MONDAY = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # when the digest is due


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "senim.db") as opened:
        yield opened


def with_table(**lines):
    made = make_settings()
    table = TimetableSettings(**lines)
    return made.model_copy(update={"senim": made.senim.model_copy(update={"timetable": table})})


def test_the_digest_is_due_on_monday_morning_in_local_time():
    due = timetable.next_runs(make_settings(), NOW)
    assert due["digest"] == MONDAY
    assert due["crawl"] == datetime(2026, 11, 22, 12, 30, tzinfo=UTC)  # after now, not now
    assert tuple(due) == NAMES == tuple(timetable.jobs(Stop()))


def test_weekdays_are_counted_as_cron_counts_them():
    assert timetable.next_runs(with_table(digest="0 8 * * 1"), NOW)["digest"] == MONDAY


def test_another_time_zone():
    due = timetable.next_runs(with_table(time_zone="Europe/Berlin"), NOW)
    assert due["digest"] == MONDAY + timedelta(hours=4)


@pytest.mark.parametrize(
    ("last", "now", "late"),
    [
        ({}, MONDAY, ()),  # a new installation has missed nothing
        ({"digest": MONDAY - timedelta(days=7)}, MONDAY - timedelta(seconds=1), ()),
        ({"digest": MONDAY - timedelta(days=7)}, MONDAY, ("digest",)),
        ({"digest": MONDAY + timedelta(seconds=2)}, MONDAY + timedelta(hours=1), ()),
        ({"digest": MONDAY - timedelta(days=70)}, MONDAY + GRACE - timedelta(hours=1), ("digest",)),
        ({"digest": MONDAY - timedelta(days=70)}, MONDAY + GRACE + timedelta(hours=1), ()),
        ({"digest": MONDAY, "crawl": MONDAY, "alerts": MONDAY}, MONDAY + timedelta(minutes=31), ("crawl", "alerts")),
    ],
)
def test_what_was_missed(last, now, late):
    assert timetable.missed(make_settings(), last, now) == late


def test_only_a_run_that_went_well_counts_as_the_last(store):
    store.record_job("digest", NOW - timedelta(days=7), NOW - timedelta(days=7), True)
    store.record_job("digest", NOW, NOW, False, "no model")
    assert timetable.last_good(store) == {"digest": NOW - timedelta(days=7)}


def test_a_job_is_recorded_with_what_it_said(store):
    assert timetable.run_job("crawl", lambda *_: "3 stored", make_settings(), store)
    (job,) = store.jobs("crawl")
    assert (job.ok, job.detail) == (True, "3 stored")
    assert NOW - timedelta(days=1) < job.started <= job.finished


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


def test_a_job_that_was_stopped_is_recorded_and_told(store):
    stop = Stop()

    def job(*_):
        with stop.at_once():
            stop.ask()
        return "never"

    with pytest.raises(Stopped):
        timetable.run_job("crawl", job, make_settings(), store)
    assert [(j.ok, j.detail) for j in store.jobs()] == [(False, "stopped before its end")]


def test_a_wish_to_stop_is_heard_only_where_work_can_be_left():
    stop = Stop()
    stop.check()
    stop.ask()
    with pytest.raises(Stopped):
        stop.check(100)
    with pytest.raises(Stopped), stop.at_once():
        pytest.fail("asked before: the block must not begin")
    stop.ask()  # once the block is left, it raises no more


def test_a_second_owner_is_refused_by_name(tmp_path):
    database = tmp_path / "var" / "senim.db"
    with (
        timetable.owned(database),
        pytest.raises(SenimError, match=f"already run by process {os.getpid()}.*kill {os.getpid()}"),
        timetable.owned(database),
    ):
        pass
    with timetable.owned(database):
        pass


class World:
    """A timetable that runs here, in the main thread, and gets SIGTERM once `until` jobs were done or began."""

    def __init__(self, folder):
        self.settings = make_settings(home=folder)
        self.file = self.settings.database
        self.file.parent.mkdir()
        self.said = []

    def open_store(self):
        return Store.open(self.file)

    def kill(self):
        os.kill(os.getpid(), signal.SIGTERM)

    def run(self, todo, **plan):
        timetable.run(self.settings, self.open_store, lambda stop: todo(self, stop), lambda _: plan)
        with self.open_store() as store:
            return [(j.name, j.ok, j.detail) for j in reversed(store.jobs())]


@pytest.fixture
def world(tmp_path):
    before = [signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)]
    faulthandler.dump_traceback_later(60, exit=True)  # a timetable that does not stop would wait for ever
    yield World(tmp_path)
    faulthandler.cancel_dump_traceback_later()
    assert [signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)] == before


def test_jobs_run_when_due_one_after_the_other_and_a_failure_stops_none(world):
    running = []

    def todo(world, stop):
        def work(name):
            def job(settings, store, now):
                assert not running, "two jobs at once"
                running.append(name)
                time.sleep(0.05)
                running.remove(name)
                world.said.append(name)
                if {"crawl", "alerts"} <= set(world.said):
                    world.kill()
                if name == "classify":
                    raise MailError("broken")
                return name

            return job

        return {name: work(name) for name in ("crawl", "classify", "alerts")}

    soon = datetime.now(UTC) + timedelta(seconds=0.3)
    late = DateTrigger(soon + timedelta(seconds=0.2))
    done = world.run(todo, crawl=DateTrigger(soon), classify=DateTrigger(soon), alerts=late)
    assert sorted(done) == [("alerts", True, "alerts"), ("classify", False, "broken"), ("crawl", True, "crawl")]
    assert done[-1][0] == "alerts"


def test_the_job_at_hand_goes_to_its_end_and_no_other_begins(world):
    def todo(world, stop):
        def mail(*_):
            world.kill()
            time.sleep(0.1)  # the signal is handled here
            return "sent"

        return {"alerts": mail, "digest": lambda *_: "never"}

    soon = DateTrigger(datetime.now(UTC) + timedelta(seconds=0.2))
    assert world.run(todo, alerts=soon) == [("alerts", True, "sent")]


def test_a_job_that_only_waits_is_left_at_once(world):
    def todo(world, stop):
        def crawl(*_):
            threading.Timer(0.3, world.kill).start()
            with stop.at_once():
                time.sleep(60)

        return {"crawl": crawl}

    began = time.monotonic()
    soon = DateTrigger(datetime.now(UTC) + timedelta(seconds=0.2))
    assert world.run(todo, crawl=soon) == [("crawl", False, "stopped before its end")]
    assert time.monotonic() - began < 5


def test_a_job_that_is_due_again_while_it_waits_is_done_once(world):
    def todo(world, stop):
        def slow(*_):
            time.sleep(1.0)  # meanwhile the other is due five times
            return ""

        def quick(*_):
            world.said.append(1)
            if len(world.said) == 2:
                world.kill()
            return ""

        return {"crawl": slow, "alerts": quick}

    soon = DateTrigger(datetime.now(UTC) + timedelta(seconds=0.3))
    done = [name for name, *_ in world.run(todo, crawl=soon, alerts=IntervalTrigger(seconds=0.2))]
    assert done.count("crawl") <= 1
    assert done.count("alerts") == 2


def test_a_missed_job_is_made_up_for_at_the_start(world):
    with world.open_store() as store:
        then = datetime.now(UTC) - timedelta(days=30)
        store.record_job("crawl", then, then, True, "long ago")

    def todo(world, stop):
        def crawl(*_):
            world.kill()
            return "made up for"

        return {"crawl": crawl}

    assert world.run(todo) == [("crawl", True, "long ago"), ("crawl", True, "made up for")]


def test_a_database_that_is_out_of_reach_spoils_one_job_only(world):
    opened = []

    def open_store():
        opened.append(1)
        if len(opened) == 2:
            raise StoreError("is locked by another writer")
        return Store.open(world.file)

    world.open_store = open_store

    def todo(world, stop):
        def last(*_):
            world.kill()
            return "well"

        return {"crawl": lambda *_: "never", "alerts": last}

    soon = datetime.now(UTC) + timedelta(seconds=0.2)
    later = DateTrigger(soon + timedelta(seconds=0.2))
    assert world.run(todo, crawl=DateTrigger(soon), alerts=later) == [("alerts", True, "well")]
