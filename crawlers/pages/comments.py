"""Reads the comments below an article and takes them out of the page, so that they never leak into its text.

Three ways of writing them, tried in this order: JSON-LD `Comment` nodes, microdata, class names in common use.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, NamedTuple

from crawlers.pages import dates, markup

LIMIT = 2000  # comments of one page

_ITEM = re.compile(
    r"^(comment|comment[-_]{1,2}item|comments?__item|comments-item|comments?[-_]list[-_]{1,2}item|comment-block|"
    r"comment-wrap|comment-box|review[-_]{1,2}item|pikir|pikir-item)$"
)
_AREA = re.compile(
    r"^(comments?|comments?[-_]?(list|area|block|section|wrapper|container|box|tree)|respond|disqus_thread|"
    r"hypercomments_widget|tolstoycomments|vk_comments|pikirler)$"
)
_TEXT = re.compile(r"(^|[-_])(text|content|body|message|msg|description)$")
_AUTHOR = re.compile(r"(^|[-_])(author|name|user|username|login|nick|fn)$")
_DATE = re.compile(r"(^|[-_])(date|time|datetime|published|created)$")


class Comment(NamedTuple):
    """One comment: the author's name as written, when, and the words."""

    author: str
    published: datetime | None
    text: str


def read(root: Any, nodes: list[dict[str, Any]], now: datetime) -> tuple[Comment, ...]:  # noqa: ANN401
    """Return the comments of a page in reading order, each once; `nodes` are its JSON-LD nodes."""
    found = _from_nodes(nodes, now) or _from_items(_microdata(root), now) or _from_items(_classes(root), now)
    return tuple(dict.fromkeys(c for c in found if c.text))[:LIMIT]


def strip(root: Any) -> None:  # noqa: ANN401
    """Remove comment areas from the tree, in place."""
    for element in [*root.xpath("//*[@id or @class]"), *_microdata(root)]:
        words = [element.get("id") or "", *(element.get("class") or "").split()]
        marked = any(_AREA.match(w.lower()) or _ITEM.match(w.lower()) for w in words)
        if (marked or "Comment" in (element.get("itemtype") or "")) and not _holds_page(element):
            element.drop_tree()


def _holds_page(element: Any) -> bool:  # noqa: ANN401
    """Tell whether the page itself stands inside: some themes put "comments" on the body or around the article."""
    if element.getparent() is None or element.tag in ("body", "html", "main"):
        return True
    if element.tag == "article":
        return not any(_ITEM.match(w.lower()) for w in (element.get("class") or "").split())
    return bool(element.xpath(".//article[not(contains(@class, 'comment'))] | .//h1"))


def _from_nodes(nodes: list[dict[str, Any]], now: datetime) -> list[Comment]:
    comments = []
    for node in nodes:
        if markup.types(node) & {"Comment", "UserComments"}:
            text = node.get("text") or node.get("commentText") or node.get("description") or ""
            written = markup.plain(node.get("dateCreated") or node.get("datePublished"))
            author = markup.plain(node.get("author") or node.get("creator"))
            comments.append(Comment(author, dates.parse(written, now), _clean(str(text))))
    return comments


def _microdata(root: Any) -> list[Any]:  # noqa: ANN401
    return list(root.xpath("//*[contains(@itemtype, 'schema.org/Comment') or contains(@itemtype, 'UserComments')]"))


def _classes(root: Any) -> list[Any]:  # noqa: ANN401
    return [e for e in root.xpath("//*[@class]") if any(_ITEM.match(w.lower()) for w in e.get("class").split())]


def _from_items(items: list[Any], now: datetime) -> list[Comment]:
    inside = set(items)
    comments = []
    for item in items:
        own = [e for e in item.iterdescendants() if _owner(e, inside) is item]
        words = next((e for e in own if e.get("itemprop") in ("text", "commentText") or _has(e, _TEXT)), None)
        if words is None:
            words = next((e for e in own if e.tag == "p"), None)
        # an area called "comment" around the real items, or a form, has neither author nor words of its own
        author = next((e for e in own if _has(e, _AUTHOR) or e.get("itemprop") in ("author", "creator")), None)
        when = next((e for e in own if e.tag == "time" or _has(e, _DATE)), None)
        if words is None or (author is None and when is None):
            continue
        moment = None
        if when is not None:
            moment = dates.parse(when.get("datetime") or when.get("content") or when.text_content(), now)
        name = "" if author is None else " ".join(author.text_content().split())[:200]
        comments.append(Comment(name, moment, _clean(_own_text(words, inside))))
    return comments


def _owner(element: Any, items: set[Any]) -> Any:  # noqa: ANN401
    """Return the nearest comment around an element: a reply inside a comment owns its own words."""
    return next((a for a in element.iterancestors() if a in items), None)


def _own_text(element: Any, items: set[Any]) -> str:  # noqa: ANN401
    parts = [element.text or ""]
    for child in element:
        if child not in items and isinstance(child.tag, str):
            parts.append(("\n" if child.tag in ("br", "p", "div") else "") + _own_text(child, items))
        parts.append(child.tail or "")
    return "".join(parts)


def _has(element: Any, pattern: re.Pattern[str]) -> bool:  # noqa: ANN401
    return any(pattern.search(w.lower()) for w in (element.get("class") or "").split())


def _clean(text: str) -> str:
    lines = (" ".join(line.split()) for line in markup.sound(text).splitlines())
    return "\n".join(line for line in lines if line)
