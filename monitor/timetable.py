"""`senim run`: does what the timetable says, for ever, one job at a time, and stops cleanly.

One owner holds a lock on the installation, because two schedulers send two digests. Jobs share one thread: the
database has one writer, and a crawl that takes long delays the next job instead of meeting it. It decides nothing:
jobs are callables that say in a line what they did.
"""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor.errors import SenimError
from monitor.settings import Settings
from monitor.store import Store

log = logging.getLogger(__name__)

Job = Callable[[Settings, Store, datetime], str]
GRACE = 3600  # seconds: a job missed by less, as after sleep or a restart, is made up for once


def jobs() -> dict[str, Job]:
    """Return what there is to do, by the names of the timetable in senim.toml."""
    from monitor import editions, pipeline

    def crawl(settings: Settings, store: Store, now: datetime) -> str:
        sources = [s for s in settings.sources if s.enabled]
        fates = pipeline.collect(settings, store, sources)
        return ", ".join(f"{n} {fate.value}" for fate, n in fates.most_common()) or "nothing"

    def classify(settings: Settings, store: Store, now: datetime) -> str:
        return f"{pipeline.classify(settings, store)} posts judged"

    def digest(settings: Settings, store: Store, now: datetime) -> str:
        return f"{editions.weekly_digest(settings, store, now)}; {editions.send_mail(settings, store, now)}"

    return {"crawl": crawl, "classify": classify, "alerts": editions.watch, "digest": digest}


def next_runs(settings: Settings, now: datetime) -> dict[str, datetime]:
    """Return when each job is due next after `now`, in UTC."""
    return {
        name: trigger.get_next_fire_time(None, now).astimezone(UTC) for name, trigger in _triggers(settings).items()
    }


def _triggers(settings: Settings) -> dict[str, Any]:
    from zoneinfo import ZoneInfo

    from apscheduler.triggers.cron import CronTrigger

    table = settings.senim.timetable
    zone = ZoneInfo(table.time_zone)
    found = {}
    for name in ("crawl", "classify", "alerts", "digest"):
        line = getattr(table, name)
        try:
            found[name] = CronTrigger.from_crontab(line, timezone=zone)
        except ValueError as error:
            advice = "Write five fields as in crontab, like */30 * * * *."
            raise SenimError(f"timetable.{name}: {line!r}: {error}", where="senim.toml", advice=advice) from error
    return found


def run_job(name: str, job: Job, settings: Settings, store: Store) -> bool:
    """Run one job now and write down how it went; an error is told and recorded, never raised."""
    started = datetime.now(UTC)
    try:
        detail, well = job(settings, store, started), True
    except Exception as error:  # one job that fails must not stop the others
        expected = isinstance(error, SenimError)
        log.error("job=%s outcome=failed", name, exc_info=not expected)
        detail, well = str(error) if expected else f"{type(error).__name__}: {error}", False
    store.record_job(name, started, datetime.now(UTC), well, detail)
    log.info("job=%s ok=%s detail=%r", name, well, detail)
    return well


@contextmanager
def owned(folder: Path) -> Iterator[None]:
    """Hold the installation's lock for the block; SenimError when another process runs the timetable."""
    folder.mkdir(parents=True, exist_ok=True)
    file = (folder / "timetable.lock").open("a+")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            owner = file.read().strip() or "unknown"
            raise SenimError(
                f"the timetable is already run by process {owner}", advice="Stop that one first, or leave it to it."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def run(settings: Settings, open_store: Callable[[], Store], work: Mapping[str, Job] | None = None) -> None:
    """Run the timetable until SIGTERM or SIGINT; the job at hand is finished first."""
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.background import BackgroundScheduler

    todo = work or jobs()
    triggers = _triggers(settings)
    stop = threading.Event()

    def due(name: str) -> None:
        if not stop.is_set():
            with open_store() as store:
                run_job(name, todo[name], settings, store)

    with owned(settings.database.parent):
        scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": GRACE},
        )
        for name, trigger in triggers.items():
            scheduler.add_job(due, trigger, args=[name], id=name)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        scheduler.start()
        log.info("timetable %s", {j.id: str(j.next_run_time) for j in scheduler.get_jobs()})
        while not stop.wait(1.0):
            pass
        scheduler.shutdown(wait=True)
