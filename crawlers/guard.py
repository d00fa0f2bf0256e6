"""The parts of politeness that stand inside Scrapy: the guard of addresses and the gate of robots.txt.

Only the child process imports this file. The guard looks twice: at the address of every request, redirects
included, and at the answer of the name server, because a public name may point to a private machine.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

from crawlers import politeness

MAX_CRAWL_DELAY = 60.0  # seconds; a robots.txt that asks for more asks us to stay away in other words

log = logging.getLogger(__name__)


class AddressGuard:
    """Downloader middleware that refuses addresses which are not public."""

    def __init__(self, allow_loopback: bool) -> None:
        self.allow_loopback = allow_loopback

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> AddressGuard:
        """Build from the settings of the pass."""
        return cls(crawler.settings.getbool("SENIM_ALLOW_LOOPBACK"))

    def process_request(self, request: Request) -> None:
        """Raise IgnoreRequest for an address that must not be asked."""
        why = politeness.refusal(request.url, self.allow_loopback)
        if not GuardedResolver.installed:  # a Scrapy that calls the setting otherwise must not crawl unguarded
            why = "the guard of host names is not in place; update Scrapy"
        if why:
            raise IgnoreRequest(politeness.REFUSED + why)


class GuardedResolver(CachingThreadedResolver):  # type: ignore[misc]
    """Name resolver that keeps a name back when it points to an address that is not public.

    Twisted swallows the reason on its way up, so `refused` (name -> reason) keeps it.
    """

    refused: ClassVar[dict[str, str]] = {}
    allow_loopback = False
    installed = False

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> GuardedResolver:  # noqa: ANN401
        """Build from the settings of the pass."""
        resolver: GuardedResolver = super().from_crawler(crawler, reactor)
        resolver.allow_loopback = crawler.settings.getbool("SENIM_ALLOW_LOOPBACK")
        return resolver

    def install_on_reactor(self) -> None:
        """Take the place of the reactor's resolver, and remember it."""
        super().install_on_reactor()
        GuardedResolver.installed = True

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:
        """Return the address of a name; fails with DNSLookupError for a refused one."""
        return super().getHostByName(name, timeout).addCallback(self._check, name)

    def _check(self, ip: str, name: str) -> str:
        why = politeness.refused_ip(ip, self.allow_loopback)
        if why:
            self.refused[name] = why
            raise DNSLookupError(why)
        return ip


class RobotsGate:
    """Downloader middleware behind Scrapy's own robots check: holds what that one lets pass.

    Scrapy takes a robots.txt that fails as permission; RFC 9309 (2.3.1.4) wants the opposite. So only a host whose
    robots.txt was really parsed is asked: one that times out, leads to a private address, redirects without end or
    is a bomb forbids all. Scrapy does not read Crawl-delay at all.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.down: set[str] = set()
        self.parsed: set[str] = set()
        self.delays: dict[str, float] = {}
        crawler.signals.connect(self._parsed, signal=signals.robots_parsed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsGate:
        """Build for one crawler."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raise IgnoreRequest when the host's robots.txt could not be had; keep its Crawl-delay."""
        if request.meta.get("dont_obey_robotstxt"):  # robots.txt itself, and calls of an API
            return
        parts = urlsplit(request.url)
        if parts.netloc in self.down or parts.netloc not in self.parsed:
            raise IgnoreRequest(politeness.ROBOTS_DOWN)
        delay = self.delays.get(parts.netloc)
        slot = self.crawler.engine.downloader.slots.get(parts.hostname) if delay else None
        if delay:
            request.meta["autothrottle_dont_adjust_delay"] = True
            if slot is not None:
                slot.delay = max(slot.delay, delay)

    def process_response(self, request: Request, response: Response) -> Response:
        """Note a robots.txt that the server failed to send."""
        failed = response.status >= 500 or response.status in (408, 425, 429)
        # a redirect that comes this far leads to what is not the web, and was not followed
        if _for_robots(request) and (failed or 300 <= response.status < 400):
            self._note(request, f"status {response.status}")
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Note a robots.txt that could not be reached."""
        if _for_robots(request) and not isinstance(exception, IgnoreRequest):
            self._note(request, str(exception))

    def _note(self, request: Request, why: str) -> None:
        host = urlsplit(request.meta.get("redirect_urls", [request.url])[0]).netloc
        self.down.add(host)
        log.warning("robots host=%s outcome=unavailable why=%r", host, why)

    def _parsed(self, robotparser: Any, request: Request) -> None:  # noqa: ANN401
        agent = self.crawler.settings["ROBOTSTXT_USER_AGENT"]
        delay = getattr(robotparser, "rp", None) and robotparser.rp.crawl_delay(agent)
        self.parsed.add(urlsplit(request.url).netloc)
        if delay:
            self.delays[urlsplit(request.url).netloc] = min(float(delay), MAX_CRAWL_DELAY)


def _for_robots(request: Request) -> bool:
    return bool(request.meta.get("dont_obey_robotstxt")) and not request.meta.get("api")


class Pause:
    """Downloader middleware that holds a request back for the seconds that its sender asks for (`wait`)."""

    async def process_request(self, request: Request) -> None:
        """Wait."""
        if seconds := request.meta.get("wait"):
            await asyncio.sleep(seconds)
