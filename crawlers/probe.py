"""Asks sources live for one item each, and saves a page as the beginnings of a test; stores nothing."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crawlers import archive
from crawlers.crawl import crawl
from monitor.declarations import Source
from monitor.errors import SenimError
from monitor.records import Answer, Fate, Item
from monitor.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What a source answered: the fate of one item, its address, date and text, and what was wrong."""

    source: str
    fate: Fate
    url: str = ""
    published: datetime | None = None
    published_from: str = ""
    title: str = ""
    text: str = ""
    detail: str = ""


def ask(settings: Settings, sources: Sequence[Source]) -> Iterator[Found]:
    """Yield for each source what became of one item of it; a source that names nothing says so."""
    items = _items(settings, sources)
    for source in sources:
        yield _best(source, items[source.id])


def capture(settings: Settings, source: Source, folder: Path, now: datetime) -> Found:
    """Write page.html, expected.json and README of one page of a source to `folder`, and say what it is.

    expected.json holds what is read today: a beginning that a person corrects, not a truth. The page belongs to its
    publisher; README says where it came from and when. SenimError when there is no page to save.
    """
    kept = _items(settings, [source], keep=True)[source.id]
    item = next((i for i in kept if i.post and i.answer), None)
    if item is None or item.post is None or item.answer is None:
        found = _best(source, kept)
        raise SenimError(f"no page of {source.id} could be read: {found.fate.value} {found.detail}".strip(),
                         advice="`senim sources check` says more.")  # fmt: skip
    if folder.exists() and any(folder.iterdir()):
        raise SenimError("the folder is not empty", where=str(folder), advice="Name a new one.")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "page.html").write_bytes(_body(item.answer, settings))
    post = item.post
    published = post.published.isoformat() if post.published else None
    expected = {"url": post.url, "title": post.title, "published": published, "published_from": post.published_from,
                "text": post.text}  # fmt: skip
    (folder / "expected.json").write_text(json.dumps(expected, ensure_ascii=False, indent=2) + "\n", "utf-8")
    (folder / "README").write_text(
        f"One page of the source {source.id}, asked on {now:%Y-%m-%d %H:%M} UTC from\n{item.key}\n\n"
        "The page belongs to its publisher: do not publish it without leave. expected.json is what was read that day;\n"
        "correct it by hand before a test relies on it.\n",
        "utf-8",
    )
    return _best(source, [item])


class _EnoughError(Exception):
    """Every source has shown a post."""


def _items(settings: Settings, sources: Sequence[Source], keep: bool = False) -> dict[str, list[Item]]:
    """Return the items of a small crawl that ends when every source has shown a post."""
    items: dict[str, list[Item]] = {s.id: [] for s in sources}
    waiting = set(items)

    def deliver(item: Item) -> None:
        items[item.source].append(item)
        if item.post:
            waiting.discard(item.source)
        if not waiting:
            raise _EnoughError

    with tempfile.TemporaryDirectory() as folder:  # what a crawl remembers of lists is forgotten with it
        try:
            crawl(_modest(settings, Path(folder)), sources, deliver, lambda _: (), keep=keep)
        except _EnoughError:
            return items
    return items


def _body(answer: Answer, settings: Settings) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "one.warc.gz"
        file.write_bytes(answer.data)
        record = next(archive.read(file, int(settings.senim.crawl.max_megabytes * 1_000_000)))
    return record.body


def _modest(settings: Settings, home: Path) -> Settings:
    """Return settings under which a source is asked for one page of its list, with a memory in `home`."""
    crawling = settings.senim.crawl.model_copy(update={"max_pages": 1, "max_feed_items": 1, "max_rest_hours": 0})
    return settings.model_copy(update={"home": home, "senim": settings.senim.model_copy(update={"crawl": crawling})})


def _best(source: Source, items: Sequence[Item]) -> Found:
    """Choose the item that says most: a post with a date, a post, what went wrong."""
    ranked = sorted(items, key=lambda i: (i.post is None or i.post.published is None, i.post is None))
    if not ranked:
        return Found(source=source.id, fate=Fate.EMPTY, url=source.url, detail="nothing was named")
    item = ranked[0]
    post = item.post
    if post is None:
        return Found(source=source.id, fate=item.fate, url=item.key, detail=item.detail)
    return Found(
        source=source.id, fate=item.fate, url=item.key, published=post.published, published_from=post.published_from,
        title=post.title, text=post.text, detail=item.detail,
    )  # fmt: skip
