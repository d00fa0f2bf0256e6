"""The child process of a crawl: `python -m crawlers.child`, one job on stdin, items on stdout, log on stderr.

Why a process of its own: Twisted's reactor starts once in the life of a process (scrapy#6742), and a crawl that
runs wild can be ended without harm to the program that asked for it.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from typing import BinaryIO

from crawlers import politeness, wire
from monitor.records import Answer, Item

QUIET = {
    "scrapy": logging.WARNING,
    "scrapy.utils.log": logging.WARNING,
    "scrapy.downloadermiddlewares.robotstxt": logging.CRITICAL,  # a traceback for what RobotsGate says in one line
    "twisted": logging.WARNING,
    "trafilatura": logging.CRITICAL,  # calls a page without text an error; for us it is a fate
}


def main() -> int:
    """Read the job, crawl, return 0 when the pass went through."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints goes to the log, never between the items
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    _quieten()
    job = wire.load_job(sys.stdin.buffer.readline())
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    return crawl(job, out)


class Mouth:
    """Writes items as they come, or those of a page as a `whole`, when it is sealed: all of them or none arrive."""

    def __init__(self, out: BinaryIO, *, whole: bool) -> None:
        self._out, self._whole = out, whole
        self._before: Answer | None = None
        self._held: list[bytes] = []

    def __call__(self, item: Item) -> None:
        """Say one item."""
        self._held.append(wire.dump_item(item, self._before))
        self._before = item.answer
        if not self._whole:
            self._say()

    def seal(self) -> None:
        """Say what is held, and that it belongs together."""
        if self._held:
            self._held.append(wire.PAGE)
            self._before = None
            self._say()

    def _say(self) -> None:
        try:
            self._out.write(b"".join(self._held))
            self._out.flush()
            self._held.clear()
        except BrokenPipeError:
            os._exit(3)  # nobody listens any more


def crawl(job: wire.Job, out: BinaryIO) -> int:
    """Run Scrapy over the sources of `job` and write items to `out`, END last; 1 when the spider did not start."""
    from scrapy.crawler import CrawlerProcess

    from crawlers.spiders.collector import Collector

    emit = Mouth(out, whole=job.share is not None)
    workers = job.share.workers if job.share else 1
    process = CrawlerProcess(politeness.scrapy_settings(job.crawl, workers))
    _quieten()  # again: Scrapy sets a level of its own when a process is made
    process.crawl(Collector, job=job, emit=emit)
    process.start()
    if process.bootstrap_failed:
        return 1
    out.write(wire.END)
    out.flush()
    return 0


def _quieten() -> None:
    for name, level in QUIET.items():
        logging.getLogger(name).setLevel(level)


def _leave_with_parent() -> None:
    """End this process when stdin closes: the parent holds the other end for as long as it lives."""
    while os.read(0, 4096):
        pass
    os._exit(3)


if __name__ == "__main__":
    sys.exit(main())
