"""Writes the feeds and sitemaps by which the sites of the sample web are found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from xml.etree import ElementTree as Tree

from crawlers.sample.library import Page, Site

ATOM = "http://www.w3.org/2005/Atom"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
Broken = Sequence[tuple[str, datetime]]  # path and date of pages that are listed and do not work


def rss(site: Site, pages: Sequence[Page], broken: Broken, url: str, notice: str) -> bytes:
    """Return an RSS 2.0 feed, newest first."""
    root = Tree.Element("rss", version="2.0")
    channel = Tree.SubElement(root, "channel")
    for name, text in (("title", site.title), ("link", f"{url}/{site.id}/"), ("description", f"{site.about} {notice}")):
        Tree.SubElement(channel, name).text = text
    entries = [(p.published, p.title, p.path, p.paragraphs[0]) for p in pages]
    entries += [(at, "—", path, "") for path, at in broken]
    for at, title, path, lead in sorted(entries, reverse=True):
        item = Tree.SubElement(channel, "item")
        for name, text in (("title", title), ("link", url + path), ("guid", url + path), ("description", lead)):
            Tree.SubElement(item, name).text = text
        Tree.SubElement(item, "pubDate").text = format_datetime(at)
    return _bytes(root)


def atom(site: Site, pages: Sequence[Page], url: str, notice: str) -> bytes:
    """Return an Atom feed, newest first."""
    root = Tree.Element("feed", xmlns=ATOM)
    newest = max(p.updated for p in pages).isoformat()
    for name, text in (("title", site.title), ("subtitle", notice), ("id", f"{url}/{site.id}/"), ("updated", newest)):
        Tree.SubElement(root, name).text = text
    for page in reversed(pages):
        entry = Tree.SubElement(root, "entry")
        Tree.SubElement(entry, "link", rel="alternate", href=url + page.path)
        for name, text in (("title", page.title), ("id", url + page.path)):
            Tree.SubElement(entry, name).text = text
        for name, moment in (("published", page.published), ("updated", page.updated)):
            Tree.SubElement(entry, name).text = moment.isoformat()
    return _bytes(root)


def index(addresses: Sequence[tuple[str, datetime]]) -> bytes:
    """Return a sitemap index over sitemaps with the dates of their last change."""
    root = Tree.Element("sitemapindex", xmlns=SITEMAP)
    for address, changed in addresses:
        _entry(root, "sitemap", address, changed)
    return _bytes(root)


def sitemap(pages: Sequence[Page], broken: Broken, url: str, *, dated: bool = True) -> bytes:
    """Return a sitemap; without dates the pages themselves must say when they were written."""
    root = Tree.Element("urlset", xmlns=SITEMAP)
    for path, changed in [*((p.path, p.updated) for p in pages), *broken]:
        _entry(root, "url", url + path, changed if dated else None)
    return _bytes(root)


def _entry(root: Tree.Element, name: str, address: str, changed: datetime | None) -> None:
    entry = Tree.SubElement(root, name)
    Tree.SubElement(entry, "loc").text = address
    if changed:
        Tree.SubElement(entry, "lastmod").text = changed.isoformat(timespec="seconds")


def _bytes(root: Tree.Element) -> bytes:
    text: bytes = Tree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text
