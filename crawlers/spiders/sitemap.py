"""Reads sitemaps, news sitemaps and sitemap indexes, packed or not; newest first."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from typing import Any

from crawlers.pages import dates
from crawlers.spiders.feed import Link, Listing
from monitor.errors import BadItem
from monitor.records import Fate

LEVELS = 3  # index in index in index: deeper is a loop or a trap
_OLDEST = datetime.min.replace(tzinfo=UTC)


def read(body: bytes, url: str, limit: int, max_bytes: int, now: datetime) -> Listing:
    """Return at most `limit` pages (`links`) or further sitemaps (`more`), newest first.

    Raises BadItem (too large) for a packed sitemap that unfolds beyond `max_bytes`.
    """
    from lxml import etree

    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(unpack(body, url, max_bytes), parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    kind = "" if root is None else etree.QName(root).localname
    if kind not in ("urlset", "sitemapindex"):
        return Listing(trouble="not a sitemap")
    links = [link for child in root if isinstance(child.tag, str) and (link := _link(child, now))]
    links.sort(key=lambda link: link.newest or _OLDEST, reverse=True)
    trouble = ""
    if parser.error_log and not body.startswith(b"\x1f\x8b") and b"</" + kind.encode() not in body[-300:]:
        trouble = f"the sitemap is cut off; {len(links)} entries could be read"
    cut = tuple(links[:limit])
    return Listing(more=cut, trouble=trouble) if kind == "sitemapindex" else Listing(links=cut, trouble=trouble)


def unpack(body: bytes, url: str, max_bytes: int) -> bytes:
    """Return the bytes of a gzip file, or `body` when it is none; BadItem when damaged or larger than `max_bytes`."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    unpacker = zlib.decompressobj(31)
    try:
        content = unpacker.decompress(body, max_bytes)
    except zlib.error as error:
        raise BadItem(Fate.UNREADABLE, f"damaged gzip ({error})", where=url) from error
    if unpacker.unconsumed_tail:
        raise BadItem(Fate.TOO_LARGE, f"unpacks to more than {max_bytes} bytes", where=url)
    return content


def _link(element: Any, now: datetime) -> Link | None:  # noqa: ANN401 - lxml has no types
    found: dict[str, str] = {}
    for child in element.iter():
        if isinstance(child.tag, str) and child.text:
            space, _, name = child.tag.rpartition("}")
            # a sitemap of news may show images and videos too, with titles and dates of their own
            if name not in ("title", "publication_date", "loc") or _space(space, name):
                found.setdefault(name, child.text.strip())
    if "loc" not in found:
        return None
    published, updated = found.get("publication_date", ""), found.get("lastmod", "")
    title = " ".join(found.get("title", "").split())
    return Link(url=found["loc"], title=title, published=dates.parse(published, now), updated=dates.parse(updated, now))


def _space(space: str, name: str) -> bool:
    """Tell whether a name stands in a namespace where it means the page itself."""
    return "image" not in space and "video" not in space and (name == "loc" or not space or "news" in space)
