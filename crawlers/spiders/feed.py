"""Reads RSS, RDF and Atom feeds into links; what is wrong with a feed is said, never raised."""

from __future__ import annotations

import io
from calendar import timegm
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from crawlers.pages import dates

_CLOSINGS = (b"</rss>", b"</feed>", b"</rdf:rdf>", b"</atom:feed>")


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """An address that a feed or a sitemap names, with the dates it gives."""

    url: str
    published: datetime | None = None
    updated: datetime | None = None

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
    return Listing(links=links, trouble="" if links else "the feed has no entries")


def _link(entry: Any, now: datetime) -> Link | None:  # noqa: ANN401 - feedparser has no types
    url = entry.get("link") or (entry.get("id", "") if str(entry.get("id", "")).startswith("http") else "")
    if not url:
        return None
    return Link(url=url, published=_date(entry, "published", now), updated=_date(entry, "updated", now))


def _date(entry: Any, name: str, now: datetime) -> datetime | None:  # noqa: ANN401
    # feedparser's `updated` silently answers with `published`; asking the dictionary itself does not
    written = dict.get(entry, name)
    parsed = dict.get(entry, name + "_parsed")
    moment = dates.parse(written, now) if written else None
    if moment is None and parsed:
        moment = dates.plausible(datetime.fromtimestamp(timegm(parsed), UTC), now)
    return moment
