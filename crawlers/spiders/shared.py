"""Keeps the books of a pass that several processes crawl together, through the frontier in Redis.

A page is a transaction: its items are written to the parent in one piece, then the addresses that it settled are noted
and it is let go, as one step. A process that dies before has delivered nothing of it, and another reads it again.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from crawlers import wire
from crawlers.frontier import Entry, Frontier, mark
from crawlers.spiders.ledger import LISTINGS, Ledger
from monitor.declarations import Source
from monitor.settings import CrawlSettings

TURN = 0.05  # seconds between two looks at the frontier

log = logging.getLogger(__name__)


class SharedLedger(Ledger):
    """A ledger whose addresses are those of all workers; `emit` must be able to seal what came of one address."""

    def __init__(self, job: wire.Job, emit: Any, share: wire.Share) -> None:  # noqa: ANN401 - child.Mouth
        super().__init__(job, emit)
        self.frontier = Frontier(share.url, share.name, share.worker)
        self.seal: Callable[[], None] = emit.seal
        self.pending = self.frontier.pending
        self.hands: set[tuple[str, str]] = set()  # what this worker asks
        self.waiting = False  # for others, who may yet name more to ask
        self.settled: set[str] = set()  # marks of what was settled on the page at hand

    def push(self, source: Source, url: str, step: str, *, listing: bool, extra: dict[str, Any]) -> None:
        """Queue an address that is new in this pass, for whoever has a hand free."""
        plain = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in extra.items()}
        self.frontier.push(Entry(source=source.id, url=url, step=step, listing=listing, extra=plain))

    def pump(
        self, ask: Callable[[Entry], None], busy: Callable[[], bool], leave: Callable[[], None], crawl: CrawlSettings
    ) -> None:
        """Take addresses from now on, while hands are free, and give them to `ask`; `leave` when all is done."""
        from twisted.internet.task import LoopingCall

        def turn() -> None:
            while len(self.hands) < crawl.concurrent_requests and not busy() and (entry := self.frontier.pop()):
                address = (entry.source, entry.url)
                self.open[address] = None
                self.hands.add(address)
                ask(entry)
            if self.waiting and not self.hands and not self.pending():
                self.waiting = False
                leave()  # now: Scrapy would look again in five seconds

        LoopingCall(turn).start(TURN, now=False).addErrback(_leave)

    def enter(self, source: Source, url: str) -> bool:
        """Open an address that is settled without being asked; False when anybody met it before."""
        address = mark(source.id, url)
        if (source.id, url) in self.open or address in self.settled or self.frontier.met(address):
            return False
        self.settled.add(address)
        self.open[source.id, url] = None
        return True

    def done(self, source: Source, url: str) -> None:
        """Hand over all that came of an address, then let go of it."""
        self.seal()
        self.frontier.done(mark(source.id, url), self.settled)
        self.settled.clear()
        self.hands.discard((source.id, url))

    def take_page(self, source: Source) -> bool:
        """Count a page of a source for all workers."""
        return self.frontier.count("pages", source.id) <= self.job.crawl.max_pages

    def take_listing(self, source: Source) -> bool:
        """Count a listing of a source for all workers."""
        return self.frontier.count("listings", source.id) <= LISTINGS

    def finish(self, why: str) -> None:
        """Settle all that this worker has in hand."""
        super().finish(why)
        self.seal()
        for source, url in self.hands:
            self.frontier.done(mark(source, url), self.settled)


class Together:
    """The part of the spider that looks beyond its own requests: pages to ask again, and the shared frontier."""

    job: wire.Job
    shared: SharedLedger | None
    crawler: Any
    ask: Callable[..., Any]
    request: Callable[..., Any]

    @classmethod
    def from_crawler(cls, crawler: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - Scrapy's
        """Make the spider, and be told when it has begun and when it has nothing left to ask."""
        from scrapy import signals

        spider = super().from_crawler(crawler, *args, **kwargs)  # type: ignore[misc]
        crawler.signals.connect(spider.look_again, signals.spider_idle)
        if spider.shared:
            crawler.signals.connect(spider.begin, signals.spider_opened)
        return spider

    def begin(self) -> None:
        """Take addresses from the frontier from now on."""
        from scrapy.utils.defer import deferred_from_coro

        assert self.shared
        engine = self.crawler.engine
        self.shared.pump(
            lambda entry: engine.crawl(self._taken(entry)),
            engine.needs_backout,
            lambda: deferred_from_coro(engine.close_spider_async(reason="finished")),
            self.job.crawl,
        )

    def look_again(self) -> None:
        """Ask the young pages that no listing of this pass named: they may have been edited or deleted since."""
        from scrapy.exceptions import DontCloseSpider

        asked = False
        for source in self.job.sources:
            for url, published, title in self.job.again.pop(source.id, ()):
                request = self.ask(source, url, self.on_page, published=published, title=title)
                if request:
                    asked = True
                    self.crawler.engine.crawl(request)
        if self.shared and self.shared.pending():
            self.shared.waiting = asked = True
        if asked:
            raise DontCloseSpider

    def on_page(self, *_: Any, **__: Any) -> Iterator[Any]:  # noqa: ANN401 - the spider's own
        """Read a page."""
        raise NotImplementedError

    def _taken(self, entry: Entry) -> Any:  # noqa: ANN401 - a request
        source = next(s for s in self.job.sources if s.id == entry.source)
        extra = dict(entry.extra)
        if extra.get("published"):
            extra["published"] = datetime.fromisoformat(extra["published"])
        if not entry.step.startswith("on_"):
            raise ValueError(f"the frontier names no reader: {entry.step[:40]}")
        return self.request(source, entry.url, getattr(self, entry.step), listing=entry.listing, extra=extra)


def _leave(failure: Any) -> None:  # noqa: ANN401 - twisted's Failure
    """End this process when the frontier is lost: without it nobody knows what is asked already."""
    log.critical("frontier outcome=lost why=%r", failure.getErrorMessage())
    os._exit(4)
