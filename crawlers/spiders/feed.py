"""Reads RSS, RDF, Atom and JSON feeds into links; what is wrong with a feed is said, never raised."""

from __future__ import annotations

import io
import json
from calendar import timegm
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from crawlers.pages import dates

_CLOSINGS = (b"</rss>", b"</feed>", b"</rdf:rdf>", b"</atom:feed>")


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """An address that a feed or a sitemap names, with the dates it gives."""

    url: str
    published: datetime | None = None
    updated: datetime | None = None
    title: str = ""

    @property
    def newest(self) -> datetime | None:
        """The later of the two dates, None when there is none."""
        return max((d for d in (self.published, self.updated) if d), default=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """What a feed or sitemap names: pages to read, further listings, and what was wrong ("" when nothing)."""

    links: tuple[Link, ...] = ()
    more: tuple[Link, ...] = ()
    trouble: str = ""


def read(body: bytes, url: str, content_type: str, limit: int, now: datetime) -> Listing:
    """Return at most `limit` links of a feed in its order.

    A page that is no feed, a feed without entries and one whose end is missing are named in `trouble`; of the last
    the entries before the break are kept.
    """
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _json(body, url, limit, now)
    if b"<urlset" in body[:2000] or b"<sitemapindex" in body[:2000]:
        from crawlers.spiders import sitemap  # a news sitemap is a feed under another name

        return sitemap.read(body, url, limit, len(body), now)
    import feedparser

    # feedparser opens a plain string or bytes as a file name or address when it can: only a stream is safe.
    parsed: Any = feedparser.parse(
        io.BytesIO(body), response_headers={"content-location": url, "content-type": content_type}, sanitize_html=False
    )
    links = tuple(link for e in parsed.entries[:limit] if (link := _link(e, now)))
    if not parsed.get("version") and not links:
        kind = "an HTML page" if b"<html" in body[:2000].lower() else "no feed"
        return Listing(trouble=f"not a feed but {kind}" if kind != "no feed" else "not a feed")
    if not body.rstrip()[-200:].lower().rstrip().endswith(_CLOSINGS) and parsed.get("bozo"):
        return Listing(links=links, trouble=f"the feed is cut off; {len(links)} entries could be read")
    return Listing(links=links)


def _link(entry: Any, now: datetime) -> Link | None:  # noqa: ANN401 - feedparser has no types
    url = entry.get("link") or (entry.get("id", "") if str(entry.get("id", "")).startswith("http") else "")
    if not url:
        return None
    title = " ".join(str(entry.get("title") or "").split())
    return Link(url=url, title=title, published=_date(entry, "published", now), updated=_date(entry, "updated", now))


def _json(body: bytes, url: str, limit: int, now: datetime) -> Listing:
    """Read JSON Feed 1.0 and 1.1 (jsonfeed.org); an item is named by `url`, by `id` where that is an address."""
    try:
        record = json.loads(body)
    except (ValueError, RecursionError):
        return Listing(trouble="not a feed but damaged JSON")
    items = record.get("items") if isinstance(record, dict) else None
    if not isinstance(items, list) or not str(record.get("version", "")).startswith("https://jsonfeed.org/version/"):
        return Listing(trouble="not a feed but other JSON")
    return Listing(links=tuple(link for i in items[:limit] if isinstance(i, dict) and (link := _item(i, url, now))))


def _item(item: dict[str, Any], base: str, now: datetime) -> Link | None:
    named = next((v for n in ("url", "id") if isinstance(v := item.get(n), str) and v), "")
    try:
        address = urljoin(base, named) if item.get("url") else named
    except ValueError:
        return None
    if not address.startswith(("http://", "https://")):
        return None
    first, last = (dates.parse(str(item.get(n) or ""), now) for n in ("date_published", "date_modified"))
    return Link(url=address, title=" ".join(str(item.get("title") or "").split()), published=first, updated=last)


def _date(entry: Any, name: str, now: datetime) -> datetime | None:  # noqa: ANN401
    # feedparser's `updated` silently answers with `published`; asking the dictionary itself does not
    written = dict.get(entry, name)
    parsed = dict.get(entry, name + "_parsed")
    moment = dates.parse(written, now) if written else None
    if moment is None and parsed:
        moment = dates.plausible(datetime.fromtimestamp(timegm(parsed), UTC), now)
    return moment
