"""Keeps the books of a pass: which addresses entered, which are settled, what is known, what is too much.

Decides without touching the network, so that the invariant "one address, one fate" has one place.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from crawlers import wire
from crawlers.pages import dates
from crawlers.spiders.feed import Link
from monitor.declarations import Source
from monitor.records import Answer, Fate, Item

LISTINGS = 1000  # sitemaps of one source in one pass; a newspaper with a sitemap for each day has 400 a year
YOUNG = timedelta(days=3)  # news are corrected in their first days; later edits show in the feed's own date

log = logging.getLogger(__name__)


class Ledger:
    """The state of one pass over the sources of `job`; `emit` gets each item once."""

    def __init__(self, job: wire.Job, emit: Callable[[Item], None]) -> None:
        self.job = job
        self.emit = emit
        self.answer: Callable[[], Answer] | None = None  # gives what is being read, where it is to be kept
        self.open: dict[tuple[str, str], None] = {}
        self.seen: set[tuple[str, str]] = set()
        self.pages: Counter[str] = Counter()
        self.listings: Counter[str] = Counter()

    def enter(self, source: Source, url: str) -> bool:
        """Open an address; False when it entered this pass before."""
        mark = (source.id, url)
        if mark in self.seen:
            return False
        self.seen.add(mark)
        self.open[mark] = None
        return True

    def settle(self, source: Source, url: str, fate: Fate, why: str) -> None:
        """Give an open address a fate without a post; a second fate is refused and logged."""
        self.deliver(source, url, Item(key=url, source=source.id, fate=fate, detail=why))

    def note(self, source: Source, url: str, fate: Fate, why: str) -> None:
        """Enter and settle an address that will not be asked."""
        if self.enter(source, url):
            self.settle(source, url, fate, why)

    def deliver(self, source: Source, url: str, item: Item) -> None:
        """Emit the item of an open address, or a further item (a comment) that came with it under its own key."""
        mark = (source.id, url)
        if item.key == url:
            if mark not in self.open:
                log.error(
                    "item source=%s url=%s fate=%s outcome=refused why='settled before'", source.id, url, item.fate
                )
                return
            del self.open[mark]
        if item.fate is not Fate.STORED:
            log.info("item source=%s url=%s fate=%r why=%r", source.id, item.key, item.fate.value, item.detail)
        self.emit(replace(item, answer=self.answer()) if self.answer and item.post else item)

    def close(self, source: Source, url: str) -> None:
        """Close an address that was only a way to others: a feed that could be read is no item."""
        self.open.pop((source.id, url), None)

    def finish(self, why: str) -> None:
        """Settle all that is still open as unreachable."""
        for source_id, url in list(self.open):
            self.emit(Item(key=url, source=source_id, fate=Fate.UNREACHABLE, detail=why))
        self.open.clear()

    def done(self, source: Source, url: str) -> None:
        """Say that all is delivered that came of asking an address."""

    def take_page(self, source: Source) -> bool:
        """Count a page of a source; False beyond the cap, and the rest waits for the next pass."""
        self.pages[source.id] += 1
        cap = self.job.crawl.max_pages
        if self.pages[source.id] == cap + 1:
            log.warning("source=%s outcome=capped why='more than %d pages'", source.id, cap)
        return self.pages[source.id] <= cap

    def take_listing(self, source: Source) -> bool:
        """Count a listing that another one named; False beyond the cap: indexes that name indexes may never end."""
        self.listings[source.id] += 1
        if self.listings[source.id] == LISTINGS + 1:
            log.warning("source=%s outcome=capped why='more than %d sitemaps'", source.id, LISTINGS)
        return self.listings[source.id] <= LISTINGS

    def too_old(self, link: Link) -> bool:
        """Tell whether a link's dates all lie before the `since` of the job, in local days."""
        newest = link.newest
        return bool(self.job.since and newest and newest.astimezone(dates.ZONE).date() < self.job.since)

    def unchanged(self, source: Source, link: Link, now: datetime) -> bool:
        """Tell whether an address is stored and nothing speaks for a change.

        For a change speak: the link was updated after it was stored, or it is younger than three days. Without any
        date a known address counts as unchanged.
        """
        stored = self.job.known.get(source.id, {}).get(wire.digest(link.url))
        if stored is None:
            return False
        if link.newest and now - link.newest < YOUNG:
            return False
        return not (stored and link.updated and link.updated.timestamp() > stored)
