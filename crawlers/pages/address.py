"""Gives an address its one spelling: the same page shared from a phone and from a newsletter is the same page.

Why not w3lib's canonicalize_url or courlan: measured, the first keeps utm_* and fbclid, the second drops the whole
query, in which older sites keep the number of the article. Language hosts (kaz.) stay apart: they are other pages.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit, urlunsplit

_TRACKING = re.compile(
    r"(utm_\w+|fbclid|gclid|yclid|ysclid|dclid|msclkid|igshid|mc_[ce]id|_openstat|cmpid|ref_src)$", re.IGNORECASE
)
_SPACE = re.compile(r"\s")
_PORTS = {"http": ":80", "https": ":443"}


def tidy(url: str) -> str:
    """Return `url` without fragment, tracking parameters and default port, its host in small letters.

    White space inside is percent-encoded as browsers do, so that what stood before a fragment is not lost as an edge.
    An address that cannot be split comes back stripped of spaces only.
    """
    url = url.strip()
    try:
        parts = urlsplit(url)
        host = parts.netloc.lower()
    except ValueError:
        return url
    if parts.scheme not in _PORTS or not host:
        return url
    host = host.removesuffix(_PORTS[parts.scheme])
    query = "&".join(p for p in parts.query.split("&") if p and not _TRACKING.match(p.split("=", 1)[0]))
    return _SPACE.sub(lambda m: quote(m[0]), urlunsplit((parts.scheme, host, parts.path or "/", query, "")))


def host(url: str) -> str:
    """Return the host of an address without port and www, empty when there is none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
