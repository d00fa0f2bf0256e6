"""Finds where a page says who wrote it and when: the steps of the date ladder, and the author.

What misleads: the dates of other articles in strips of news above and below, the date of the last change beside the
date of publication, the year in the footer. Lists and changes are therefore known and passed over.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from crawlers.pages import dates, markup

LINES = 400  # shown lines that are asked for a date that no tag marks
MARKED = 200  # elements that may hold a date
NAME = 80  # characters: a longer byline is a sentence

_DATES_META = (
    "article:published_time", "og:article:published_time", "datepublished", "publishdate", "pubdate", "dc.date",
    "dc.date.issued", "dcterms.created", "date", "sailthru.date", "parsely-pub-date", "mediator_published_time",
)  # fmt: skip
_DATE_CLASS = re.compile(
    r"(^|[-_])(date|time|datetime|published|pubdate|post-date|created|data|kun)([-_]|$)|publish|meta-date"
)
_CHANGE_CLASS = re.compile(r"updat|modif|edited|izmen")
_AUTHOR_CLASS = re.compile(r"(^|[-_])(author|avtor|byline)([-_]+(name|text|link))?$", re.IGNORECASE)
_BY = re.compile(r"^(автор(ы|лары)?( текста)?|author|by|мәтін|текст)\s*[:\s—–-]\s*", re.IGNORECASE)
_CHANGED = re.compile(r"(обновл|изменен|жаңарт|өзгерт|updated|modified|edited)\w*", re.IGNORECASE)
_PUBLISHED = re.compile(
    r"(опубликован|размещен|добавлен|жариялан|салын|published|posted)\w*|дата публикации", re.IGNORECASE
)
_ABOUT = re.compile(
    r"^\W*(автор|author|by |фото|photo|просмотр|қаралды|қаралым|көрілді|views|время чтения|оқу уақыты|источник|"
    r"дереккөз|опубликован|жариялан|обновлен|жаңартыл|комментар|пікір|поделиться|бөлісу)",
    re.IGNORECASE,
)


def steps(
    root: Any,  # noqa: ANN401 - lxml has no types
    node: dict[str, Any],
    metas: dict[str, str],
    feed_date: datetime | None,
) -> list[tuple[str, str | datetime | None]]:
    """Return what a page says of its date as (step, words or moment), the most trusted first.

    `node` is the article's JSON-LD, `metas` name -> content; the steps are jsonld, meta, feed, selector.
    """
    found: list[tuple[str, str | datetime | None]] = [
        ("jsonld", markup.plain(node.get("datePublished"))),
        ("jsonld", markup.plain(node.get("dateCreated"))),
    ]
    found += [("meta", metas.get(name)) for name in _DATES_META]
    found.append(("feed", feed_date))
    for element in root.xpath("//*[@itemprop='datePublished'] | //time | //*[contains(@class, 'dat')"
                              " or contains(@class, 'time') or contains(@class, 'publish')]")[:MARKED]:  # fmt: skip
        words = (element.get("class") or "").lower()
        marked = element.tag == "time" or element.get("itemprop") or _DATE_CLASS.search(words)
        if not marked or _CHANGE_CLASS.search(words + (element.get("itemprop") or "").lower()) or _in_list(element):
            continue
        shown = published(" ".join(element.text_content().split()))
        found.append(("selector", element.get("datetime") or element.get("content")))
        found.append(("selector", shown if len(shown) <= dates.BYLINE else None))
    return found


def lines(root: Any) -> list[str]:  # noqa: ANN401
    """Return the visible short texts in reading order: where a byline hides that no tag marks."""
    texts = []
    for element in root.iter("p", "span", "div", "li", "td", "small", "em", "b"):
        parts = [element.text or "", *(child.tail or "" for child in element)]
        text = published(" ".join(" ".join(parts).split()))
        if text and not _CHANGE_CLASS.search((element.get("class") or "").lower()) and not _in_list(element):
            texts.append(text)
        if len(texts) >= LINES:
            break
    return texts


def published(text: str) -> str:
    """Return the part of a line that speaks of publication, empty when it speaks only of a change."""
    told = _PUBLISHED.search(text)
    if told:
        text = text[told.end() :]
    changed = _CHANGED.search(text)
    return text[: changed.start()] if changed else text


def is_about(line: str, now: datetime) -> bool:
    """Tell a short line above the article that speaks of it: its date, its author, how often it was seen."""
    return len(line) <= NAME and bool(_ABOUT.match(line) or (len(line) <= 40 and dates.byline([line], now)))


def author(root: Any, node: dict[str, Any], metas: dict[str, str]) -> str:  # noqa: ANN401
    """Return the author's name as written, empty when none is given; never an address."""
    name = markup.plain(node.get("author")) or metas.get("author", "") or metas.get("article:author", "")
    if not name or name.startswith(("http://", "https://")):
        name = _shown_author(root)
    return "" if name.startswith(("http://", "https://")) else name[:200]


def _shown_author(root: Any) -> str:  # noqa: ANN401
    marked = root.xpath("//*[@itemprop='author' or @rel='author']")
    named = root.xpath("//*[contains(@class, 'uthor') or contains(@class, 'avtor') or contains(@class, 'byline')]")
    for element in [*marked, *named[:MARKED]]:
        words = (element.get("class") or "").split()
        if element not in marked and not any(_AUTHOR_CLASS.search(w) for w in words):
            continue
        name = _BY.sub("", " ".join(element.text_content().split()))
        if 1 < len(name) <= NAME and not _in_list(element):
            return name
    return ""


def _in_list(element: Any) -> bool:  # noqa: ANN401
    """Tell whether an element stands in one of several alike: the date of a teaser, of an entry, of a card."""
    for _ in range(4):
        parent = element.getparent()
        if parent is None or element.tag in ("body", "article", "main"):
            return False
        name = element.get("class")
        if name or element.tag in ("li", "tr", "article"):
            alike = sum(1 for e in parent.iterchildren(element.tag) if e.get("class") == name and len(e))
            if alike >= 3 and len(element):
                return not element.xpath(".//h1")
        element = parent
    return False
