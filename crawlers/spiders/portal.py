"""Reads question-and-answer pages of open-government blogs: what a citizen asked, what the office answered, and when.

A page that says what it is (schema.org Question) is read by that; others by the selectors of the source's block.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from crawlers.pages import dates, markup
from crawlers.pages.address import tidy
from monitor.declarations import Marks
from monitor.errors import BadItem
from monitor.privacy import author_key
from monitor.records import Fate, Item, Post, post_id


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """What one side said: without `text` it has not spoken yet."""

    text: str = ""
    moment: datetime | None = None
    author: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """An appeal with its answers, the oldest first; `url` is where it stands alone, else the page."""

    url: str
    title: str
    appeal: Words
    answers: tuple[Words, ...] = ()


def read(html: str, url: str, marks: Marks | None, now: datetime) -> tuple[Exchange, ...]:
    """Return the exchanges on a page; BadItem (unreadable) when there is none."""
    root = markup.tree(html)
    found: tuple[Exchange, ...] = ()
    if root is not None:
        nodes = [n for n in markup.json_ld(root) if "Question" in markup.types(n)]
        found = tuple(e for n in nodes if (e := _told(n, url, now)).appeal.text)
        if not found and marks:
            seen = (_seen(block, url, marks, now) for block in root.cssselect(marks.block))
            found = tuple(e for e in seen if e.appeal.text)
    if not found:
        raise BadItem(Fate.UNREADABLE, "no appeal on the page", where=url)
    # two appeals without an address of their own must not become versions of one post
    alone = len(found) == 1
    return tuple(e if alone or e.url != url else _numbered(e) for e in found)


def items(exchange: Exchange, source: str, key: str, now: datetime) -> Iterator[Item]:
    """Yield the item of an appeal under `key`, then those of its answers, which point to it as their parent."""
    appeal = _post(exchange.appeal, source, "appeal", exchange.url, exchange.title, "", now)
    yield Item(key=key, source=source, fate=Fate.STORED, post=appeal)
    for number, answer in enumerate(exchange.answers, 1):
        post = _post(answer, source, "answer", f"{exchange.url}#answer-{number}", "", appeal.id, now)
        yield Item(key=post.url, source=source, fate=Fate.STORED, post=post)


def _post(words: Words, source: str, kind: str, url: str, title: str, parent: str, now: datetime) -> Post:
    return Post(
        id=post_id(url, title, words.text), source=source, kind=kind, url=url, published=words.moment,
        published_from="selector" if words.moment else "", fetched=now, title=title, text=words.text,
        author_key=author_key(words.author, source), parent=parent,
    )  # fmt: skip


def _numbered(exchange: Exchange) -> Exchange:
    mark = post_id(exchange.url, exchange.title, exchange.appeal.text)[:10]
    return Exchange(
        url=f"{exchange.url}#appeal-{mark}", title=exchange.title, appeal=exchange.appeal, answers=exchange.answers
    )


def _told(node: dict[str, Any], url: str, now: datetime) -> Exchange:
    rows = [row for name in ("acceptedAnswer", "suggestedAnswer") for row in _listed(node.get(name))]
    answers = sorted((_said(row, now) for row in rows), key=lambda w: (w.moment is None, w.moment or now))
    title, own = markup.plain(node.get("name")), node.get("url")
    appeal = _said(node, now)
    if not appeal.text:  # a short question has only its name
        appeal, title = Words(text=title, moment=appeal.moment, author=appeal.author), ""
    where = tidy(urljoin(url, own)) if isinstance(own, str) and own else url
    return Exchange(url=where, title=title, appeal=appeal, answers=tuple(a for a in answers if a.text))


def _said(node: dict[str, Any], now: datetime) -> Words:
    stamp = next((s for n in ("datePublished", "dateCreated") if isinstance(s := node.get(n), str)), "")
    author = next((markup.plain(a.get("name")) for a in _listed(node.get("author"))), "")
    return Words(text=_lines(markup.plain(node.get("text"))), moment=dates.parse(stamp, now), author=author)


def _listed(value: object) -> list[dict[str, Any]]:
    return [v for v in (value if isinstance(value, list) else [value]) if isinstance(v, dict)]


def _seen(block: Any, url: str, marks: Marks, now: datetime) -> Exchange:  # noqa: ANN401 - lxml has no types
    link = next((a.get("href") for a in _all(block, marks.link) if a.get("href")), "")
    texts, moments = _all(block, marks.answer), _all(block, marks.answered)
    answers = [
        Words(text=_text(node), moment=_moment(moments[n : n + 1], now)) for n, node in enumerate(texts) if _text(node)
    ]
    appeal = Words(
        text="\n".join(filter(None, map(_text, _all(block, marks.appeal)))),
        moment=_moment(_all(block, marks.asked)[:1], now),
        author=" ".join(map(_text, _all(block, marks.author)[:1])),
    )
    title = " ".join(map(_text, _all(block, marks.title)[:1]))
    return Exchange(url=tidy(urljoin(url, link)) if link else url, title=title, appeal=appeal, answers=tuple(answers))


def _all(block: Any, selector: str) -> list[Any]:  # noqa: ANN401
    return list(block.cssselect(selector)) if selector else []


def _moment(nodes: list[Any], now: datetime) -> datetime | None:
    return next((dates.parse(node.get("datetime") or _text(node), now) for node in nodes), None)


def _text(node: Any) -> str:  # noqa: ANN401
    for line_break in node.iter("br", "p"):
        line_break.tail = "\n" + (line_break.tail or "")
    return _lines(node.text_content())


def _lines(text: str) -> str:
    return "\n".join(filter(None, (" ".join(line.split()) for line in text.splitlines())))
