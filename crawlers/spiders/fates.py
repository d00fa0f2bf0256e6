"""Says which fate an HTTP status or a failed request means."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from crawlers import politeness
from monitor.records import Fate

_STATUS = {401: Fate.FORBIDDEN, 403: Fate.FORBIDDEN, 451: Fate.FORBIDDEN, 404: Fate.GONE, 410: Fate.GONE,
           408: Fate.UNREACHABLE, 425: Fate.UNREACHABLE, 429: Fate.UNREACHABLE}  # fmt: skip


def of_status(status: int) -> Fate | None:
    """Return the fate of a page answered with `status`, None for a good answer."""
    if 200 <= status < 300 and status != 204:
        return None
    if status in _STATUS:
        return _STATUS[status]
    return Fate.UNREACHABLE if status >= 500 or 300 <= status < 400 else Fate.UNREADABLE


def of_redirect(location: str) -> tuple[Fate, str]:
    """Return the fate of a redirect that was not followed: to a scheme that is not the web's, or to nowhere."""
    scheme = location.partition(":")[0].lower()
    if location and scheme not in ("http", "https") and ":" in location:
        return Fate.FORBIDDEN, f"redirected to {scheme[:20]!r}"
    return Fate.UNREACHABLE, "redirected to nowhere" if not location else "redirected, and not followed"


def of_failure(failure: Any) -> tuple[Fate, str]:  # noqa: ANN401 - twisted's Failure
    """Return the fate of a request that failed, and why."""
    from scrapy import exceptions

    from crawlers.guard import GuardedResolver

    refused = GuardedResolver.refused.get(urlsplit(failure.request.url).hostname or "")
    if refused:
        return Fate.FORBIDDEN, politeness.REFUSED + refused
    why = f"{failure.type.__name__}: {failure.getErrorMessage()}"[:300]
    if failure.check(exceptions.IgnoreRequest):
        return _of_ignored(failure.getErrorMessage())
    if failure.check(exceptions.DownloadCancelledError):  # nobody but the cap on the body cancels
        return Fate.TOO_LARGE, why if "size" in why else "larger than allowed"
    if "HeadTooLarge" in why:
        return Fate.TOO_LARGE, "its headers do not end"
    if failure.check(exceptions.UnsupportedURLSchemeError, exceptions.NotSupported, ValueError):
        return Fate.FORBIDDEN, why
    return Fate.UNREACHABLE, why


def _of_ignored(message: str) -> tuple[Fate, str]:
    """Read Scrapy's words: it has one exception for robots, redirects without end and decompression bombs."""
    if "DOWNLOAD_MAXSIZE" in message:
        return Fate.TOO_LARGE, "larger than allowed once decompressed"
    if message.startswith("max redirections"):
        return Fate.UNREACHABLE, "redirected without end"
    if message in (politeness.ROBOTS_DOWN, politeness.GIVEN_UP):
        return Fate.UNREACHABLE, message
    return Fate.FORBIDDEN, message
