"""Reads sources of the kind `archive`: WARC files of others, like Common Crawl's news, by one connection.

Why not in the crawling process: one file has a gigabyte, and its pages need no politeness any more. A file that was
read to its end is never asked for again.
"""

from __future__ import annotations

import gzip
import io
import json
import logging
import re
import zlib
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urljoin

from crawlers import archive, download, posts, wire
from crawlers.pages import address, article, dates
from monitor.declarations import Source
from monitor.errors import BadItem
from monitor.records import Fate, Item
from monitor.settings import Settings

MAX_BYTES = 4_000_000_000  # of one archive; those of Common Crawl's news have a gigabyte
MAX_LIST = 10_000_000  # of a list of archives, unpacked

log = logging.getLogger(__name__)


def read(
    source: Source, settings: Settings, known: Collection[str], since: date | None, flush: Callable[[], None]
) -> Iterator[Item]:
    """Yield the items of a source: a WARC file, or a list of them (`.paths`, `.paths.gz`, `.txt`), one a line.

    Pages are read up to `max_pages` of the crawl settings; those that do not match the source's `only`, that are
    `known` or published before `since` are left out. What cannot be had is one item with its fate. `flush` has to
    store what was yielded: a file is done with only then, and a pass that was killed reads it again.
    """
    done = _Done(settings.database.parent / "archives" / "done.json")
    folder = done.file.parent
    left = settings.senim.crawl.max_pages
    try:
        addresses = _listed(source, settings, folder)
    except BadItem as error:
        yield Item(key=source.url, source=source.id, fate=Fate(error.fate), detail=str(error))
        return
    for url in addresses:
        if done.has(url):
            continue
        target = folder / f"{wire.digest(url)}.warc"
        try:
            download.fetch(url, target, settings.senim.crawl, MAX_BYTES)
            for item in _pages(target, source, settings, known, since, datetime.now(UTC)):
                yield item
                left -= 1
                if left <= 0:  # the file stays, and the next pass goes on behind what is known by then
                    log.warning("source=%s outcome=capped", source.id)
                    return
        except BadItem as error:
            yield Item(key=url, source=source.id, fate=Fate(error.fate), detail=str(error))
            if Fate(error.fate) in (Fate.UNREACHABLE, Fate.FORBIDDEN):
                return  # the same server would say the same again
        flush()
        done.add(url)
        target.unlink(missing_ok=True)


def _listed(source: Source, settings: Settings, folder: Path) -> list[str]:
    """Return the addresses of the archives; lines of a list are taken from the root of its server."""
    name = source.url.partition("?")[0].lower()
    if not name.endswith((".paths", ".paths.gz", ".txt")):
        return [source.url]
    target = folder / f"{wire.digest(source.url)}.list"
    target.unlink(missing_ok=True)  # a list grows: it is asked for in each pass
    download.fetch(source.url, target, settings.senim.crawl, MAX_LIST)
    raw = target.read_bytes()
    if raw.startswith(b"\x1f\x8b"):
        try:
            raw = gzip.GzipFile(fileobj=io.BytesIO(raw)).read(MAX_LIST)
        except (OSError, EOFError, zlib.error) as error:
            raise BadItem(Fate.UNREADABLE, f"damaged list ({error})", where=source.url) from error
    lines = (line.strip() for line in raw.decode("utf-8", "replace").splitlines())
    return [line if "://" in line else urljoin(source.url, f"/{line.lstrip('/')}") for line in lines if line]


def _pages(
    path: Path, source: Source, settings: Settings, known: Collection[str], since: date | None, now: datetime
) -> Iterator[Item]:
    """Yield the items of the pages of one archive; «yesterday» on a page is the day before it was archived."""
    seen: set[str] = set()
    for record in archive.read(path, int(settings.senim.crawl.max_megabytes * 1_000_000)):
        url = address.tidy(record.url)
        if not url.startswith("http") or (source.only and not re.search(source.only, url)):
            continue
        if record.status != 200 or "html" not in record.content_type.lower() or url in known or url in seen:
            continue
        seen.add(url)
        yield from _page(record, url, source, since, now)


def _page(record: archive.Record, url: str, source: Source, since: date | None, now: datetime) -> Iterator[Item]:
    try:
        if record.cut:
            raise BadItem(Fate.TOO_LARGE, "larger than max_megabytes", where=url)
        charset = record.content_type.partition("charset=")[2].strip(" \"';") or None
        fetched = dates.parse(record.date, now) or now
        page = article.read(record.body, url, fetched, charset)
        if since and page.published and page.published.astimezone(dates.ZONE).date() < since:
            return
        yield from posts.from_page(page, source, url, fetched)
    except BadItem as error:
        yield Item(key=url, source=source.id, fate=Fate(error.fate), detail=str(error))


class _Done:
    """The archives that were read to their end, in one small file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        try:
            self._urls: list[str] = list(json.loads(file.read_text("utf-8"))) if file.exists() else []
        except (OSError, ValueError) as error:
            log.warning("archives file=%s outcome=unreadable why=%r", file.name, str(error))
            self._urls = []

    def has(self, url: str) -> bool:
        return url in self._urls

    def add(self, url: str) -> None:
        self._urls.append(url)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.file.with_suffix(".new")
        fresh.write_text(json.dumps(self._urls, indent=0), "utf-8")
        fresh.replace(self.file)
