"""Reads archived answers of our own crawls again, as their spider would read them today."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from crawlers import archive, posts
from crawlers.pages import article, dates, markup
from crawlers.spiders import portal, telegram
from monitor.declarations import Source
from monitor.errors import BadItem
from monitor.records import Answer, Fate, Item
from monitor.settings import Settings

READERS = ("page", "telegram", "portal")  # answers of APIs hold their texts as they are: there is nothing to read anew


def items(record: archive.Record, settings: Settings, now: datetime) -> Iterator[Item]:
    """Yield the items of one answer, fetched when it was; none for an answer that was not read by a reader of ours.

    A page that cannot be read any more is one item with its fate. `now` (aware) stands in for a damaged date. The items
    (not their posts) say `rebuild:` before the source: that it was read again says nothing of its health.
    """
    if record.reader not in READERS:
        return
    source = settings.source(record.source) or _undeclared(record)
    seen = dates.parse(record.date, now) or now
    answer = Answer(id=record.id, data=b"")
    try:
        if record.cut:
            raise BadItem(Fate.TOO_LARGE, "larger than max_megabytes", where=record.url)
        for item in _read(record, source, seen):
            yield replace(item, source=f"rebuild:{source.id}", answer=answer)
    except BadItem as error:
        yield Item(key=record.url, source=f"rebuild:{source.id}", fate=Fate(error.fate), detail=str(error))


def _read(record: archive.Record, source: Source, seen: datetime) -> Iterator[Item]:
    if record.reader == "telegram":
        messages, _ = telegram.read(markup.decode(record.body), record.url, seen)
        return (posts.from_message(message, source, seen) for message in messages)
    if record.reader == "portal":
        html = markup.decode(record.body)
        found = portal.read(html, record.url, source.marks, seen)
        return (item for exchange in found for item in portal.items(exchange, source.id, exchange.url, seen))
    from w3lib.encoding import http_content_type_encoding

    published = datetime.fromisoformat(record.published).astimezone(UTC) if record.published else None
    charset = http_content_type_encoding(record.content_type)
    return posts.from_page(article.read(record.body, record.url, seen, charset, published), source, record.url, seen)


def _undeclared(record: archive.Record) -> Source:
    """Return a stand-in for a source whose block was taken out of config/sources/."""
    return Source(id=record.source, name=record.source, kind="feed", url=record.url, language="mixed", comments=True)
