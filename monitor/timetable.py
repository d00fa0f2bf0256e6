"""`senim run`: does what the timetable says, for ever, one job at a time, and stops cleanly.

One owner holds a lock beside the database, because two schedulers send two digests. APScheduler only says when a job
is due; the jobs themselves run in the main thread, one after the other. So the database has one writer, a crawl that
takes long delays the next job instead of meeting it, and a signal can leave a crawl at once. It decides nothing: jobs
are callables that say in a line what they did.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from types import FrameType
from typing import Any

from monitor import crontab
from monitor.errors import SenimError
from monitor.settings import Settings
from monitor.store import Store

log = logging.getLogger(__name__)

Job = Callable[[Settings, Store, datetime], str]
NAMES = ("crawl", "classify", "alerts", "digest")
GRACE = timedelta(days=6)  # a job missed by less is made up for once: a digest of Monday is still news on Saturday


class Stopped(BaseException):
    """A signal asked to stop; a BaseException, so that nothing takes it for the failure of a job."""


class Stop:
    """The wish to stop, told by a signal: heard where a job can be left without harm."""

    def __init__(self) -> None:
        self.asked = False
        self._leave = False

    def ask(self, number: int = 0, frame: FrameType | None = None) -> None:
        """Wish it; the signature is that of a signal handler. Raises Stopped inside `at_once`."""
        self.asked = True
        if self._leave:
            self._leave = False
            raise Stopped

    def check(self, _: int = 0) -> None:
        """Raise Stopped when it was asked for: the `progress` of work that goes in batches."""
        if self.asked:
            raise Stopped

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Let a signal interrupt the block anywhere: it only waits, or puts itself in order."""
        self._leave = True
        try:
            self.check()
            yield
        finally:
            self._leave = False


def jobs(stop: Stop) -> dict[str, Job]:
    """Return what there is to do, by the names of the timetable in senim.toml.

    A crawl is left at once, storing the pages that are whole; classifying ends with its batch; the others are short
    and go to their end, because a mail that was half sent would be sent twice.
    """
    from monitor import editions, pipeline

    def crawl(settings: Settings, store: Store, now: datetime) -> str:
        with stop.at_once():
            fates = pipeline.collect(settings, store, [s for s in settings.sources if s.enabled])
        return ", ".join(f"{n} {fate.value}" for fate, n in fates.most_common()) or "nothing"

    def classify(settings: Settings, store: Store, now: datetime) -> str:
        return f"{pipeline.classify(settings, store, progress=stop.check)} posts judged"

    def digest(settings: Settings, store: Store, now: datetime) -> str:
        return f"{editions.weekly_digest(settings, store, now)}; {editions.send_mail(settings, store, now)}"

    return {"crawl": crawl, "classify": classify, "alerts": editions.watch, "digest": digest}


def next_runs(settings: Settings, now: datetime) -> dict[str, datetime]:
    """Return when each job is due next after `now`, in UTC."""
    return {name: _due(trigger, now) for name, trigger in triggers(settings).items()}


def missed(settings: Settings, last: Mapping[str, datetime], now: datetime) -> tuple[str, ...]:
    """Return the jobs that were due since their `last` good start and did not run; those that never ran are not late.

    What was missed by more than GRACE is let go.
    """
    late = []
    for name, trigger in triggers(settings).items():
        if name in last and _due(trigger, max(last[name], now - GRACE)) <= now:
            late.append(name)
    return tuple(late)


def triggers(settings: Settings) -> dict[str, Any]:
    """Return an APScheduler trigger for each job."""
    from zoneinfo import ZoneInfo

    from apscheduler.triggers.cron import CronTrigger

    from monitor import weeks

    table = settings.senim.timetable
    country = weeks.zone()  # from tzdata: the machine's zone files may be older than 2024
    zone = country if table.time_zone == country.key else ZoneInfo(table.time_zone)
    return {name: CronTrigger(**crontab.read(getattr(table, name)), timezone=zone) for name in NAMES}


def _due(trigger: Any, after: datetime) -> datetime:  # noqa: ANN401 - APScheduler has no types
    """Return the first time after `after`."""
    found: datetime = trigger.get_next_fire_time(None, after + timedelta(microseconds=1))
    return found.astimezone(UTC)


def run_job(name: str, job: Job, settings: Settings, store: Store) -> bool:
    """Run one job now and write down how it went; an error is told and recorded, never raised.

    Only Stopped goes on to the caller, and is recorded, too.
    """
    started = datetime.now(UTC)
    try:
        detail, well = job(settings, store, started), True
    except Stopped:
        store.record_job(name, started, datetime.now(UTC), False, "stopped before its end")
        raise
    except Exception as error:  # one job that fails must not stop the others
        expected = isinstance(error, SenimError)
        log.error("job=%s outcome=failed", name, exc_info=not expected)
        detail, well = str(error) if expected else f"{type(error).__name__}: {error}", False
    store.record_job(name, started, datetime.now(UTC), well, detail)
    log.info("job=%s ok=%s detail=%r", name, well, detail)
    return well


@contextmanager
def owned(database: Path) -> Iterator[None]:
    """Hold the lock of an installation for the block; SenimError when another process runs its timetable."""
    import fcntl

    database.parent.mkdir(parents=True, exist_ok=True)
    with (database.parent / "timetable.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            owner = file.read().strip() or "unknown"
            advice = f"Leave it to that one, or stop it first: kill {owner}."
            raise SenimError(f"the timetable is already run by process {owner}", advice=advice) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


@contextmanager
def heeding(stop: Stop) -> Iterator[None]:
    """Let SIGTERM and SIGINT ask to stop while the block runs."""
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, stop.ask) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run(
    settings: Settings,
    open_store: Callable[[], Store],
    work: Callable[[Stop], Mapping[str, Job]] = jobs,
    plan: Callable[[Settings], Mapping[str, Any]] = triggers,
) -> None:
    """Run the timetable until SIGTERM or SIGINT; returns when the job at hand was left in order.

    A job that is due again while it waits for its turn is done once.
    """
    stop, ready = Stop(), SimpleQueue[str]()  # a queue that a signal may interrupt, and that needs no lock of ours
    waiting: set[str] = set()
    todo = work(stop)

    def ring(name: str) -> None:
        if name not in waiting:
            waiting.add(name)
            ready.put(name)

    with owned(settings.database), heeding(stop):
        with open_store() as store:
            for name in missed(settings, last_good(store), datetime.now(UTC)):
                log.info("job=%s missed=yes", name)
                ring(name)
        scheduler = _scheduler(plan(settings), ring)
        try:
            while True:
                with stop.at_once():
                    name = ready.get()
                waiting.discard(name)
                _turn(name, todo[name], settings, open_store)
        except Stopped:
            log.info("timetable=stopped")
        finally:
            scheduler.shutdown(wait=False)


def last_good(store: Store) -> dict[str, datetime]:
    """Return when each job was last started and went well; what never did is left out."""
    found = {name: next((job.started for job in store.jobs(name) if job.ok), None) for name in NAMES}
    return {name: when for name, when in found.items() if when}


def _scheduler(plan: Mapping[str, Any], ring: Callable[[str], None]) -> Any:  # noqa: ANN401 - APScheduler has no types
    """Start a scheduler whose only act is to ring."""
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.background import BackgroundScheduler

    scheduler = BackgroundScheduler(
        timezone=UTC,  # of its own clock; each trigger has its zone
        executors={"default": ThreadPoolExecutor(1)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": int(GRACE.total_seconds())},
    )
    for name, trigger in plan.items():
        scheduler.add_job(ring, trigger, args=[name], id=name)
    scheduler.start()
    log.info("timetable=%s", {job.id: str(job.next_run_time) for job in scheduler.get_jobs()})
    return scheduler


def _turn(name: str, job: Job, settings: Settings, open_store: Callable[[], Store]) -> None:
    """Run one job with a store of its own, so that a database that is locked or replaced spoils one job only."""
    try:
        with open_store() as store:
            run_job(name, job, settings, store)
    except SenimError as error:
        log.error("job=%s outcome=unrecorded %s", name, error)
