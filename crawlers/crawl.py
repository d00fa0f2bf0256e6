"""The one place that starts a crawl: a child process collects, its items come back one by one."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import IO

from crawlers import wire
from monitor.declarations import Source
from monitor.errors import CrawlError
from monitor.records import Answer, Item
from monitor.settings import Settings

TAIL = 15  # log lines of a dead child that its error quotes
PATIENCE = 10  # seconds between asking a child to leave and ending it

PAGES = ("feed", "sitemap", "site")  # kinds of sources whose pages are articles
Again = Callable[[str], Iterable[tuple[str, datetime | None, str]]]

log = logging.getLogger(__name__)


def crawl(
    settings: Settings,
    sources: Sequence[Source],
    deliver: Callable[[Item], None],
    known: Callable[[str], Collection[str]],
    since: date | None = None,
    keep: bool = False,
    again: Again | None = None,
) -> None:
    """Collect from `sources` and call `deliver` with one item for each address, in the order they are settled.

    `known` gives the stored addresses of a source id; a mapping from address to the datetime of storing lets an
    update be seen beyond three days. `again` gives the pages (address, date, title) of a source id that are asked again
    where no listing names them. `since` leaves out older entries. `keep` sends along what
    posts were read from (`Item.answer`).
    Raises CrawlError when the child dies; the items delivered before stay valid. An error raised by `deliver` ends
    the child and goes on to the caller.
    """
    if not sources:
        return
    job = wire.Job(
        crawl=settings.senim.crawl,
        sources=tuple(sources),
        known={s.id: wire.known_digests(known(s.id)) for s in sources},
        since=since,
        keep=keep,
        state=str(settings.database.parent),
        again={s.id: list(again(s.id)) for s in sources if s.kind in PAGES} if again else {},
    )
    if settings.senim.crawl.frontier:
        from crawlers import together

        return together.crawl(job, deliver)
    child = start()
    tail: deque[str] = deque(maxlen=TAIL)
    reader = threading.Thread(target=drain, args=(child.stderr, tail), daemon=True)
    reader.start()
    try:
        finished = _converse(child, wire.dump_job(job), deliver)
    finally:
        end(child)
        reader.join(PATIENCE)
    if not finished:
        raise CrawlError(
            f"the crawling process ended too early (exit code {child.returncode})",
            where=", ".join(s.id for s in sources[:3]) + (" ..." if len(sources) > 3 else ""),
            advice="What came before is kept; run the crawl again. Its last words:\n  " + "\n  ".join(tail),
        )


def start() -> subprocess.Popen[bytes]:
    """Start a crawling process."""
    root = str(Path(__file__).resolve().parent.parent)
    paths = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    # safe path: a folder called crawlers/ where the user happens to stand must not be started instead
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONSAFEPATH": "1"}
    command = [sys.executable, "-m", "crawlers.child"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment)


def _converse(child: subprocess.Popen[bytes], job: bytes, deliver: Callable[[Item], None]) -> bool:
    """Send the job, deliver the items; True when the child said that it was through."""
    assert child.stdin
    assert child.stdout
    try:
        child.stdin.write(job)
        child.stdin.flush()
    except BrokenPipeError:
        return False
    before: Answer | None = None
    for line in child.stdout:
        if line == wire.END:
            return True
        if line.endswith(b"\n"):  # a line without its end is the last breath of a crash
            item = wire.load_item(line, before)
            before = item.answer
            deliver(item)
    return False


def end(child: subprocess.Popen[bytes]) -> None:
    """Wait for a child that is through, end one that is not; leaves no pipe open and no process behind."""
    for pipe in (child.stdin, child.stdout):
        if pipe:
            try:
                pipe.close()
            except BrokenPipeError:
                log.debug("child=%d outcome=gone", child.pid)
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def drain(stderr: IO[bytes] | None, tail: deque[str]) -> None:
    """Pass on the log of a child, and keep its last lines."""
    for raw in stderr or ():
        line = raw.decode("utf-8", "replace").rstrip()
        tail.append(line)
        word, _, rest = line.partition(" ")
        level = logging.getLevelNamesMapping().get(word, logging.INFO)
        log.log(level, "%s", rest if word in logging.getLevelNamesMapping() else line)
    if stderr:
        stderr.close()
