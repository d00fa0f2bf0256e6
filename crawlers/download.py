"""Downloads one large file by one connection: waits when asked to, goes on where it was cut, guards addresses."""

from __future__ import annotations

import http.client
import logging
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from crawlers import politeness
from monitor.errors import BadItem
from monitor.records import Fate
from monitor.settings import CrawlSettings

TRIES = 6  # of one file in a row without progress; the waits double, from two seconds to a minute
LONGEST_WAIT = 300.0  # seconds that a Retry-After is obeyed; who wants longer is asked in the next pass
_CHUNK = 1 << 18
_LATER = (408, 425, 429, 500, 502, 503, 504)

log = logging.getLogger(__name__)


class Later(Exception):
    """The server failed or asks for patience; `wait` are the seconds that it named, 0 when none."""

    def __init__(self, why: str, wait: float = 0.0) -> None:
        self.wait = wait
        super().__init__(why)


def fetch(
    url: str, target: Path, crawl: CrawlSettings, max_bytes: int, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Bring `target` to hold what stands at `url`; what a killed download left beside it is continued by Range.

    Raises BadItem: forbidden for a refused address or robots.txt, gone, too large, or unreachable after all tries.
    """
    part = target.with_name(target.name + ".part")
    target.parent.mkdir(parents=True, exist_ok=True)
    tries = 0
    while not target.exists():
        before = part.stat().st_size if part.exists() else 0
        try:
            if _once(url, part, crawl, max_bytes):
                part.replace(target)
                return
            raise Later("the connection ended too early")
        except (Later, OSError, http.client.HTTPException) as error:
            grown = part.exists() and part.stat().st_size > before
            tries = 1 if grown else tries + 1
            named = error.wait if isinstance(error, Later) else 0.0
            if tries >= TRIES or named > LONGEST_WAIT:
                raise BadItem(Fate.UNREACHABLE, f"{error}", where=url) from error
            wait = max(named, min(60.0, 2.0**tries))
            log.info("download url=%s outcome=again wait=%.0f why=%r", url, wait, str(error))
            sleep(wait)


def _once(url: str, part: Path, crawl: CrawlSettings, max_bytes: int) -> bool:
    """Ask once and append what comes; True when the file is whole."""
    have = part.stat().st_size if part.exists() else 0
    answer, connection = _open(url, crawl, have)
    try:
        if answer.status == 416:  # nothing is left to send, or the file is another one now
            whole = answer.getheader("Content-Range", "") == f"bytes */{have}"
            if not whole:
                part.unlink()
            return whole
        if answer.status not in (200, 206):
            _refuse(answer, url)
        if answer.status == 200 or not answer.getheader("Content-Range", "").startswith(f"bytes {have}-"):
            if answer.status == 206:
                raise Later("the server sent another part than it was asked for")
            have = 0
        left = answer.length
        if have + (left or 0) > max_bytes:
            raise BadItem(Fate.TOO_LARGE, f"larger than {max_bytes} bytes", where=url)
        with part.open("ab" if have else "wb") as file:
            while piece := answer.read(_CHUNK):
                have += len(piece)
                if have > max_bytes:
                    raise BadItem(Fate.TOO_LARGE, f"larger than {max_bytes} bytes", where=url)
                file.write(piece)
        return not answer.length  # bytes that were announced and did not come
    finally:
        connection.close()


def _refuse(answer: http.client.HTTPResponse, url: str) -> None:
    wait = answer.getheader("Retry-After", "")
    if answer.status in _LATER or (answer.status == 403 and wait):
        raise Later(f"HTTP status {answer.status}", float(wait) if wait.isdigit() else 0.0)
    gone = {404: Fate.GONE, 410: Fate.GONE, 401: Fate.FORBIDDEN, 403: Fate.FORBIDDEN}
    raise BadItem(gone.get(answer.status, Fate.UNREACHABLE), f"HTTP status {answer.status}", where=url)


def _open(url: str, crawl: CrawlSettings, have: int) -> tuple[http.client.HTTPResponse, http.client.HTTPConnection]:
    """Send the request and follow redirects, each to an address that may be asked; the caller closes."""
    for _ in range(crawl.max_redirects + 1):
        connection = _connect(url, crawl)
        parts = urlsplit(url)
        headers = {"User-Agent": f"{crawl.user_agent} (+{crawl.contact})", "Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
        try:
            connection.request("GET", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), headers=headers)
            answer = connection.getresponse()
        except BaseException:
            connection.close()
            raise
        if answer.status not in (301, 302, 303, 307, 308):
            return answer, connection
        connection.close()
        url = urljoin(url, answer.getheader("Location", ""))
    raise BadItem(Fate.UNREACHABLE, "redirected without end", where=url)


def _connect(url: str, crawl: CrawlSettings) -> http.client.HTTPConnection:
    """Connect to the very address that was checked: a second look-up of the name might give another."""
    if why := politeness.refusal(url, crawl.allow_loopback):
        raise BadItem(Fate.FORBIDDEN, politeness.REFUSED + why, where=url)
    parts = urlsplit(url)
    secure, host = parts.scheme == "https", parts.hostname or ""
    port = parts.port or (443 if secure else 80)
    address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][4]
    if why := politeness.refused_ip(str(address[0]), crawl.allow_loopback):
        raise BadItem(Fate.FORBIDDEN, politeness.REFUSED + why, where=url)
    plain = socket.create_connection((str(address[0]), port), crawl.timeout_seconds)
    connection = http.client.HTTPConnection(host, port, timeout=crawl.timeout_seconds)
    connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host) if secure else plain
    return connection
