"""Caps that Scrapy lacks: on the head of an answer, on robots.txt, on a host that only wastes time, on reading.

Why: on loopback, a server that sends headers without end filled 1.5 GB within a timeout of two seconds, and a page of
6 MB with two million tags took 4 GB and 105 seconds to read.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
)
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest, StopDownload
from scrapy.http import Request, Response
from twisted.internet.interfaces import IAddress
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, STATUS

from crawlers import politeness
from monitor.errors import BadItem
from monitor.records import Fate

MAX_HEAD = 256_000  # bytes, as browsers have it
MAX_ROBOTS = 512_000  # bytes; RFC 9309 (2.5) asks for 500 KiB at least, what stands behind is not read
READING = 20  # seconds of computing for one answer; 120 real pages take 0.02 each
PATIENCE = 8  # failures of one host in a row, repetitions included; then it gets no more requests in this pass

log = logging.getLogger(__name__)


class HeadTooLarge(Exception):
    """The status line and headers of an answer do not end."""


class _Protocol(_LenientHTTP11ClientProtocol):  # type: ignore[misc]
    """HTTP/1.1 client that counts what comes before the body: Twisted limits one line of it, not their number."""

    _head = 0

    def request(self, request: Any) -> Any:  # noqa: ANN401 - twisted's own
        self._head = 0
        return super().request(request)

    def dataReceived(self, data: bytes) -> None:
        parser = self._parser
        if parser is not None and parser.state in (STATUS, HEADER):
            self._head += len(data)
            if self._head > MAX_HEAD:
                self.transport.abortConnection()
                self._giveUp(Failure(HeadTooLarge(f"headers larger than {MAX_HEAD} bytes")))
                return
        super().dataReceived(data)


class _Factory(_LenientHTTP11ClientFactory):  # type: ignore[misc]
    def buildProtocol(self, addr: IAddress | None) -> _Protocol:
        return _Protocol(self._quiescentCallback)


class CappedHandler(HTTP11DownloadHandler):  # type: ignore[misc]
    """Scrapy's handler of http and https with a cap on the head of an answer."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _Factory


class Stamina:
    """Downloader middleware nearest to the network: cuts robots.txt, and gives up a host that only fails.

    Without it, a host that lets every request time out would hold its connections for hours.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.failures: Counter[str] = Counter()
        crawler.signals.connect(self._arrived, signal=signals.bytes_received)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Stamina:
        """Build for one crawler."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raise IgnoreRequest for a host that was given up; let a robots.txt of any size begin."""
        if _is_robots(request):
            request.meta["download_maxsize"] = 0
        if self.failures[urlsplit(request.url).netloc] >= PATIENCE:
            raise IgnoreRequest(politeness.GIVEN_UP)

    def process_response(self, request: Request, response: Response) -> Response:
        """Forget the failures of a host that answers; cap what its robots.txt unpacks to."""
        if _is_robots(request):
            request.meta["download_maxsize"] = MAX_ROBOTS
        self.failures.pop(urlsplit(request.url).netloc, None)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Count a failure."""
        host = urlsplit(request.url).netloc
        if not isinstance(exception, IgnoreRequest | DownloadCancelledError):  # the latter is our own cap
            self.failures[host] += 1
            if self.failures[host] == PATIENCE:
                log.warning("host=%s outcome=given-up why='%d failures in a row'", host, PATIENCE)

    def _arrived(self, data: bytes, request: Request) -> None:
        if _is_robots(request):
            arrived = request.meta.get("arrived", 0) + len(data)
            request.meta["arrived"] = arrived
            if arrived > MAX_ROBOTS:
                raise StopDownload(fail=False)


def _is_robots(request: Request) -> bool:
    return bool(request.meta.get("dont_obey_robotstxt")) and not request.meta.get("api")


class _Overtime(BaseException):
    """Raised between two steps of the interpreter; no `except Exception` of a library may swallow it."""


@contextmanager
def reading(seconds: float = READING) -> Iterator[None]:
    """Let a block compute for at most `seconds` of processor time; BadItem (too large) when it does not come back.

    A call into C is interrupted when it returns. Outside the main thread there are no signals, and no limit.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_: int, frame: FrameType | None) -> None:
        raise _Overtime

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds, 1.0)  # and again each second, should somebody swallow it after all
    try:
        yield
    except _Overtime:
        raise BadItem(Fate.TOO_LARGE, f"not read after {seconds} seconds of computing") from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
