"""Turns the tree of a page into lines of text that know their place, and takes out what is furniture.

Why not paragraphs by tag: half of our sites write an article as bare text between <br> inside one <div>. A line here is
what a browser would show as one: text up to the next block or break, with the letters in it that belong to links.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

PROSE = 60  # characters: a shorter line may be a button, a name or a heading; measured on half of the benchmark's pages

_INLINE = frozenset((
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
    "kbd", "mark", "nobr", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u",
    "var", "wbr", "img", "picture", "source", "amp-img",
))  # fmt: skip
# Never words of an article, whatever they hold.
_MUTE = frozenset((
    "script", "style", "noscript", "template", "iframe", "button", "select", "textarea", "input", "svg", "canvas",
    "video", "audio", "object", "embed", "menu", "amp-ad", "amp-iframe", "amp-analytics", "amp-sidebar",
    "amp-consent",
))  # fmt: skip
# Rarely words of an article: dropped unless most of the page's prose stands inside.
_SOFT = frozenset((
    "nav", "footer", "aside", "figcaption", "figure", "header", "form", "label", "dialog",
))  # fmt: skip

# Parts of class names and ids, split at hyphens, underscores and humps.
_FURNITURE = frozenset((
    "newsletter", "subscribe", "subscription", "subscr", "podpiska", "promo", "advert", "advertisement",
    "advertising", "adv", "ads", "ad", "reklama", "banner", "banners", "related", "recommend", "recommended",
    "recommendation", "recommendations", "teaser", "teasers", "share", "sharing", "social", "socials", "soc",
    "breadcrumb", "breadcrumbs", "caption", "captions", "copyright", "cookie", "cookies", "popular", "trending",
    "pagination", "pager", "paginator", "outbrain", "taboola", "sponsor", "sponsored", "donate", "signup", "tooltip",
    "popup", "modal", "rollover", "disqus", "byline", "toolbar", "sidebar", "rating", "similar", "notification",
    "readmore", "bio", "tags", "hashtags", "taglist", "likes", "counter", "views",
))  # fmt: skip
_LAYOUT = frozenset((
    "with", "no", "has", "without", "off", "page", "main", "body", "fixed", "enable", "enabled", "layout", "margins",
    "sticky", "label",
))  # fmt: skip
_HIDDEN = re.compile(
    r"^(hidden|hide|collapse|d-none|sr-only|visually-hidden|screen-reader-text|robots-nocontent|print-(header|footer|only))$"
)
_PHRASES = re.compile(
    r"^(widget|"
    r"(read|see|watch)-?(more|also|next)\S*|more-(stories|news|on)\S*|most-(read|popular)\S*|author-(bio|info|box)\S*|"
    r"(rel|other|more|last|latest|hot|top)-news\S*|newsfeed|news-?(list|line|feed)|tag-?list|post-tags)$"
)
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


class Line(NamedTuple):
    """A shown line: its words, how many of their characters stand in links, and the block that holds them."""

    text: str
    links: int
    block: Any

    @property
    def prose(self) -> int:
        """Return the characters outside links when the line reads like prose, else 0."""
        return len(self.text) - self.links if len(self.text) >= PROSE and self.links < 0.4 * len(self.text) else 0


def lines(root: Any) -> list[Line]:  # noqa: ANN401 - lxml has no types
    """Return the lines below `root` in reading order; the cells of a table row make one line."""
    return list(_lines(root))


def _lines(root: Any) -> Iterator[Line]:  # noqa: ANN401
    from lxml import etree

    parts: list[str] = []
    linked = anchors = 0
    blocks = [root]
    for event, element in etree.iterwalk(root, events=("start", "end")):
        shown = isinstance(element.tag, str)
        breaks = shown and element.tag not in _INLINE and not _is_plain_cell(element)
        if breaks:
            text = " ".join("".join(parts).split())
            if text:
                yield Line(text, min(linked, len(text)), blocks[-1])
            parts, linked = [], 0
            if event == "start":
                blocks.append(element)
            else:
                blocks.pop()
        if element.tag == "a":
            anchors += 1 if event == "start" else -1
        words = _said(event, element, root) if shown or event == "end" else ""
        parts.append(words)
        linked += len(" ".join(words.split())) if anchors else 0


def _said(event: str, element: Any, root: Any) -> str:  # noqa: ANN401
    """Return the words right behind the start or the end of an element; cells of a row are kept apart."""
    words: str = (element.text if event == "start" else None if element is root else element.tail) or ""
    return words + " " if element.tag in ("td", "th") else words


def _is_plain_cell(element: Any) -> bool:  # noqa: ANN401
    return element.tag in ("td", "th") and all(e.tag in _INLINE for e in element.iterdescendants())


def prose(found: Iterable[Line]) -> dict[Any, int]:
    """Return element -> characters of prose below it, for every element that has any."""
    weights: dict[Any, int] = {}
    for line in found:
        weight = line.prose
        element = line.block if weight else None
        while element is not None:
            weights[element] = weights.get(element, 0) + weight
            element = element.getparent()
    return weights


def strip(root: Any) -> None:  # noqa: ANN401
    """Take scripts, menus, captions, hidden parts, advertising and lists of other articles out of the tree, in place.

    A part that holds much of the page's prose stays whatever its name: themes call the column of the article
    "with-sidebar" or "hidden-label", and whole pages stand inside a form.
    """
    for element in list(root.iter(*_MUTE)):
        if element is not root and element.getparent() is not None:
            element.drop_tree()
    weights = prose(lines(root))
    whole = max(weights.values(), default=0) or 1
    stack = [root]
    while stack:
        for child in list(stack.pop()):
            if not isinstance(child.tag, str):
                continue
            share = weights.get(child, 0) / whole
            doubt = child.tag in _SOFT or _is_hidden(child)
            if share < (0.5 if doubt else 0.2) and (doubt or _is_furniture(child)):
                child.drop_tree()
            elif len(child):
                stack.append(child)


def _is_hidden(element: Any) -> bool:  # noqa: ANN401
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    if "display:none" in (element.get("style") or "").replace(" ", "").lower():
        return True
    return any(_HIDDEN.match(word) for word in _words(element))


def _is_furniture(element: Any) -> bool:  # noqa: ANN401
    if element.tag in ("body", "main", "article"):
        return False
    return any(_names_furniture(word) for word in _words(element))


def _words(element: Any) -> list[str]:  # noqa: ANN401
    """Return the class names and the id of an element in small letters, humps and underscores as hyphens."""
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    return _HUMP.sub("-", names).lower().replace("_", "-").split()


def _names_furniture(word: str) -> bool:
    if _PHRASES.match(word):
        return True
    parts = set(word.split("-"))
    return bool(parts & _FURNITURE) and not parts & _LAYOUT
