"""The one spider: walks all sources of a pass and gives every address its fate.

Why one spider for all sources: Scrapy keeps delays per host within one spider only, and ten Telegram channels are
ten sources but one server.
"""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import scrapy
from scrapy.http import Response
from w3lib.encoding import http_content_type_encoding

from crawlers import archive, caps, politeness, posts, wire
from crawlers.pages import address, article, markup
from crawlers.spiders import fates, feed, portal, site, sitemap, telegram
from crawlers.spiders.desk import KINDS, Desk
from crawlers.spiders.ledger import Ledger
from crawlers.spiders.shared import SharedLedger, Together
from crawlers.visits import Visits
from monitor.declarations import Source
from monitor.errors import BadItem
from monitor.records import Answer, Fate, Item

log = logging.getLogger(__name__)


class Collector(Together, scrapy.Spider):  # type: ignore[misc]
    """Scrapy spider of a whole pass; `emit` is called once for each item."""

    name = "senim"

    def __init__(self, job: wire.Job, emit: Callable[[Item], None], **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(**kwargs)
        self.job = job
        self.shared = SharedLedger(job, emit, job.share) if job.share else None
        self.ledger = self.shared or Ledger(job, emit)
        self.readers: dict[str, Callable[..., Iterator[Any]]] = {
            "feed": self.on_feed,
            "sitemap": self.on_sitemap,
            "site": self.on_section,
            "portal": self.on_portal,
            "telegram": self.on_telegram,
        }
        # who wants all since a day gets it, whatever an earlier visit remembers
        memory = Path(job.state) / "visits.json" if job.state and not job.since else None
        self.visits = Visits(memory, timedelta(hours=job.crawl.max_rest_hours))
        self.desk = Desk(job, self.ledger, lambda request: self.crawler.engine.crawl(request))

    async def start(self) -> AsyncIterator[Any]:
        """Ask the start address of every source."""
        for source in self.job.sources:
            if source.kind in KINDS:
                continue
            reader = self.readers.get(source.kind)
            if reader is None:
                self.ledger.note(source, source.url, Fate.UNREADABLE, f"no spider reads sources of kind {source.kind}")
                continue
            for url in dict.fromkeys((source.url, *source.sections)):
                if self.visits.resting(source.id, url, _now()):
                    log.info("listing source=%s url=%s outcome=resting", source.id, url)
                elif request := self.ask(source, url, reader, listing=True):
                    yield request
        for request in self.desk.start():
            yield request
        if self.shared:
            self.shared.seal()

    def ask(
        self, source: Source, url: str, step: Callable[..., Iterator[Any]], listing: bool = False, **extra: object
    ) -> scrapy.Request | None:
        """Return the request for an address that is new in this pass, else None; `step` will read the answer."""
        if len(url) > politeness.MAX_URL:
            short = f"{url[:200]}...{wire.digest(url)}"
            self.ledger.note(source, short, Fate.FORBIDDEN, f"an address of {len(url)} characters")
            return None
        try:
            request = self.request(source, url, step, listing=listing, extra=extra)
        except ValueError as error:  # no scheme, or not an address at all
            self.ledger.note(source, url, Fate.FORBIDDEN, str(error))
            return None
        if self.shared:
            self.shared.push(source, url, step.__name__, listing=listing, extra=extra)
            return None
        return request if self.ledger.enter(source, url) else None

    def request(
        self, source: Source, url: str, step: Callable[..., Iterator[Any]], *, listing: bool, extra: dict[str, Any]
    ) -> scrapy.Request:
        """Return the request for an address; ValueError when it is none."""
        return scrapy.Request(
            url, callback=self.answered, errback=self.failed, dont_filter=True, priority=10 if listing else 0,
            headers=self.visits.headers(source.id, url, self.job.known.get(source.id, ())) if listing else {},
            cb_kwargs={"source": source, "key": url, "step": step, "extra": extra},
        )  # fmt: skip

    def answered(
        self, response: Response, source: Source, key: str, step: Callable[..., Iterator[Any]], extra: dict[str, Any]
    ) -> Iterator[Any]:
        """Hand a good answer to its step; give every other one its fate."""
        yield from self.read(response, source, key, step, extra)
        self.ledger.done(source, key)

    def read(
        self, response: Response, source: Source, key: str, step: Callable[..., Iterator[Any]], extra: dict[str, Any]
    ) -> Iterator[Any]:
        """Settle an answer, and yield what is to be asked because of it."""
        if response.status == 304:
            self.visits.unchanged(source.id, key, _now())
            self.ledger.settle(source, key, Fate.UNCHANGED, "nothing new since the last visit")
            return
        fate = fates.of_status(response.status)
        if fate:
            why = f"HTTP status {response.status}"
            if 300 <= response.status < 400:
                fate, why = fates.of_redirect((response.headers.get("Location") or b"").decode("latin-1"))
            self.ledger.settle(source, key, fate, why)
            return
        try:
            if packed := response.headers.get("Content-Encoding"):  # Scrapy takes it away where it could unpack
                raise BadItem(Fate.UNREADABLE, f"packed in a way we do not know: {packed[:60]!r}", where=key)
            if self.job.keep:
                self.ledger.answer = cache(lambda: _packed(response, source, step.__name__, extra.get("published")))
            with caps.reading():
                made = list(step(response, source, key, **extra))
            yield from made
            self.ledger.close(source, key)
        except BadItem as error:
            self.ledger.settle(source, key, Fate(error.fate), str(error))
        except Exception as error:  # one bad page never stops a pass, but it is never silent either
            log.exception("page source=%s url=%s outcome=quarantined", source.id, key)
            self.ledger.settle(source, key, Fate.QUARANTINED, f"{type(error).__name__}: {error}")
        finally:
            self.ledger.answer = None

    def failed(self, failure: Any) -> None:  # noqa: ANN401 - twisted's Failure
        """Give an address that was never answered its fate."""
        arguments = failure.request.cb_kwargs
        fate, why = fates.of_failure(failure)
        self.ledger.settle(arguments["source"], arguments["key"], fate, why)
        self.ledger.done(arguments["source"], arguments["key"])

    def on_feed(self, response: Response, source: Source, key: str) -> Iterator[Any]:
        """Read a feed and follow its entries."""
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
        limit = self.job.crawl.max_feed_items
        listing = feed.read(response.body, response.url, kind, limit, _now())
        yield from self.follow(source, key, listing, response)
        yield from self.further(source, listing, self.on_sitemap, 1)

    def on_sitemap(self, response: Response, source: Source, key: str, level: int = 1) -> Iterator[Any]:
        """Read a sitemap and follow its pages, or an index and its sitemaps."""
        size = int(self.job.crawl.max_megabytes * 1_000_000)
        listing = sitemap.read(response.body, response.url, self.job.crawl.max_pages, size, _now())
        yield from self.follow(source, key, listing, response)
        if level < sitemap.LEVELS:
            yield from self.further(source, listing, self.on_sitemap, level)
            return
        for link in listing.more:
            self.ledger.note(source, link.url, Fate.FORBIDDEN, f"sitemaps nested deeper than {sitemap.LEVELS}")

    def on_section(self, response: Response, source: Source, key: str, level: int = 1) -> Iterator[Any]:
        """Read a section page of a site, follow its articles and the next lists."""
        listing = site.read(markup.decode(response.body), response.url, source.links, source.next)
        news = [link for link in listing.links if not self.ledger.unchanged(source, link, _now())]
        yield from self.follow(source, key, listing, response)
        if news and level < source.depth:  # behind a list of known pages lie older ones, known as well
            yield from self.further(source, listing, self.on_section, level)

    def on_portal(self, response: Response, source: Source, key: str, level: int = 1) -> Iterator[Any]:
        """Read the appeals of a page with their answers; page on while there is news."""
        now, html = _now(), markup.decode(response.body)
        found = portal.read(html, response.url, source.marks, now)
        fresh = False
        for exchange in found:
            moments = [exchange.appeal.moment, *(a.moment for a in exchange.answers)]
            link = feed.Link(url=exchange.url, published=max((m for m in moments if m), default=None))
            if self.ledger.too_old(link):
                continue
            fresh = fresh or not self.ledger.unchanged(source, link, now)
            for item in portal.items(exchange, source.id, exchange.url, now):
                if item.key == key or self.ledger.enter(source, item.key):
                    self.ledger.deliver(source, item.key, item)
        if source.next and fresh and level < source.depth:
            lists = site.read(html, response.url, "(?!)", source.next)
            yield from self.further(source, lists, self.on_portal, level)

    def further(
        self, source: Source, listing: feed.Listing, step: Callable[..., Iterator[Any]], level: int
    ) -> Iterator[Any]:
        """Yield requests for the lists that a listing names, up to the cap of the source."""
        for link in listing.more:
            if not self.ledger.too_old(link) and self.ledger.take_listing(source):
                request = self.ask(source, link.url, step, listing=True, level=level + 1)
                if request:
                    yield request

    def remember(self, source: Source, key: str, links: tuple[feed.Link, ...], response: Response) -> None:
        """Keep what the next visit to a listing needs; write down when entries may have been missed."""
        etag, modified = ((response.headers.get(n) or b"").decode("latin-1") for n in ("ETag", "Last-Modified"))
        named = [replace(k, url=address.tidy(k.url)) for k in links]
        wanted = [k for k in named if not source.only or re.search(source.only, k.url)]
        known = self.job.known.get(source.id, ())
        gap = self.visits.read(source.id, key, wanted, etag, modified, _now(), known)
        if gap and source.kind == "feed":
            self.ledger.note(source, f"{key}#gap", Fate.POSSIBLE_GAP, gap)

    def follow(self, source: Source, key: str, listing: feed.Listing, response: Response) -> Iterator[Any]:
        """Yield requests for the links of a listing that are worth asking; settle the known ones."""
        if not listing.trouble and not listing.more and listing.links:
            self.remember(source, key, listing.links, response)
        elif not (listing.trouble or listing.links or listing.more):
            self.ledger.settle(source, key, Fate.EMPTY, "names no pages")
        if listing.trouble:
            log.warning("listing source=%s url=%s outcome=trouble why=%r", source.id, key, listing.trouble)
            self.ledger.settle(source, key, Fate.UNREADABLE, listing.trouble)
        for link in self.wanted(source, listing.links):
            request = self.ask(source, link.url, self.on_page, published=link.published, title=link.title)
            if request:
                yield request

    def wanted(self, source: Source, links: Iterable[feed.Link]) -> Iterator[feed.Link]:
        """Yield the links that match the source, are young enough and not known as unchanged, up to the cap."""
        for link in links:
            link = replace(link, url=address.tidy(link.url))
            if (source.only and not re.search(source.only, link.url)) or self.ledger.too_old(link):
                continue
            if self.ledger.unchanged(source, link, _now()):
                self.ledger.note(source, link.url, Fate.DUPLICATE, "known, and said to be unchanged")
            elif self.ledger.take_page(source):
                yield link

    def on_page(
        self, response: Response, source: Source, key: str, published: datetime | None, title: str = ""
    ) -> Iterator[Any]:
        """Read an article and the comments below it."""
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
        if kind and "html" not in kind.lower():
            raise BadItem(Fate.UNREADABLE, f"not a page but {kind[:60]}", where=key)
        now = _now()
        page = article.read(response.body, response.url, now, http_content_type_encoding(kind), published)
        page = page if page.title else replace(page, title=title)
        for item in posts.from_page(page, source, key, now):
            self.ledger.deliver(source, key, item)
        return iter(())

    def on_telegram(self, response: Response, source: Source, key: str, level: int = 1) -> Iterator[Any]:
        """Read the messages of a channel and page back until they are known, too old, or enough."""
        now = _now()
        messages, before = telegram.read(markup.decode(response.body), response.url, now)
        links = [feed.Link(url=m.url, published=m.published) for m in messages]
        fresh = [not (self.ledger.too_old(link) or self.ledger.unchanged(source, link, now)) for link in links]
        for message, link in zip(messages, links, strict=True):
            if not self.ledger.too_old(link) and self.ledger.enter(source, message.url):
                self.ledger.deliver(source, message.url, posts.from_message(message, source, now))
        if before and any(fresh) and level < telegram.PAGES:
            request = self.ask(source, before, self.on_telegram, listing=True, level=level + 1)
            if request:
                yield request

    def closed(self, reason: str) -> None:
        """Give what is still open a fate: an address that entered the pass never leaves it without one."""
        self.visits.save()
        self.ledger.finish(f"the pass ended ({reason}) before an answer came")


def _packed(response: Response, source: Source, reader: str, published: datetime | None) -> Answer:
    headers = response.headers.to_unicode_dict()
    return archive.pack(
        response.url, response.status, headers, response.body,
        source=source.id, reader=reader.removeprefix("on_"), published=published,
    )  # fmt: skip


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
