"""Turns the bytes of a page into characters, a tree and its JSON-LD nodes, however badly they were labelled.

Why not trust the label: Kazakh sites of the older kind say utf-8 in the header and send windows-1251, or the other
way round. Valid UTF-8 with letters beyond ASCII is never an accident, so it is tried first.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

from monitor.errors import BadItem
from monitor.records import Fate

DEPTH = 12  # nesting of JSON-LD that is followed; real pages have at most 5
MAX_TAGS = 100_000  # of one page; of 123 real pages the largest has 1,763, and each costs a kilobyte while it is read
MAX_ATTRIBUTES = 100  # of one tag; libxml2 compares each with each: 10,000 take ten seconds in one call
NODES = 2000  # nodes of JSON-LD that are looked at in one page

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_DECLARED = re.compile(rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
# A tag as browsers cut it (html.spec.whatwg.org, 13.2.5), without a way back, so that no page makes this slow.
_ATTRIBUTE = r"""[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"?|'[^']*+'?|[^\s>]*+))?"""
# Comments and scripts are passed over as wholes: "i<n" in a script is no tag, and 21 of 120 real pages have such.
_CROWDED = re.compile(
    rf"<!--(?:-?>|.*?(?:--!?>|\Z))|<(script|style)\b(?>{_ATTRIBUTE}){{0,{MAX_ATTRIBUTES}}}+[\s/]*+>.*?(?:</\1|\Z)|"
    rf"<[a-zA-Z][^\s/>]*+(?>{_ATTRIBUTE}){{0,{MAX_ATTRIBUTES}}}+(?P<more>{_ATTRIBUTE})?+",
    re.DOTALL | re.IGNORECASE,
)
# What XML cannot hold; the parser lets it in, and no text with it can be put anywhere else.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_PROLOG = re.compile(r"^\s*<\?xml[^>]*>")
# KZ-1048 is windows-1251 with Kazakh letters in place of Serbian, Macedonian and Ukrainian ones.
_CYRILLIC = "kz1048"
_ALIASES = {"windows-1251": _CYRILLIC, "cp1251": _CYRILLIC, "win-1251": _CYRILLIC, "x-cp1251": _CYRILLIC}
_LETTERS = re.compile("[а-яё]", re.IGNORECASE)


def decode(raw: bytes, declared: str | None = None) -> str:
    """Return the characters of a page; `declared` is the charset of the HTTP header.

    Order: byte order mark, UTF-8 that is right in all but a few bytes, header, meta tag, Cyrillic of one byte.
    A Western label over Cyrillic bytes is overruled. Never fails: what cannot be read becomes U+FFFD.
    """
    for mark, codec in _BOMS:
        if raw.startswith(mark):
            return raw.decode(codec, "replace")
    text = raw.decode("utf-8", "replace")
    beyond = len(text) - len(text.encode("ascii", "ignore"))
    # A cut page or one bad paste spoils a character or two; a wrong charset spoils nearly all.
    if text.count("�") <= 2 + beyond * 0.05:
        return text
    inside = _DECLARED.search(raw[:4096])
    for label in (declared, inside[1].decode("ascii", "replace") if inside else None):
        codec = _ALIASES.get((label or "").lower(), label or "")
        if not codec or codec.lower().replace("_", "-") in ("utf-8", "utf8"):
            continue
        try:
            guess = raw.decode(codec, "replace")
        except (LookupError, UnicodeError):
            continue
        cyrillic = raw.decode(_CYRILLIC, "replace")
        if _LETTERS.search(guess) or not _mostly_cyrillic(cyrillic):
            return guess
    return raw.decode(_CYRILLIC, "replace")


def _mostly_cyrillic(text: str) -> bool:
    """Tell whether words read like Cyrillic: runs of small letters, as Western text misread never gives."""
    return len(re.findall(r"[а-яё]{4,}", text)) >= 3


def tree(text: str) -> Any:  # noqa: ANN401 - lxml has no types
    """Return the lxml tree of a page, or None when there is nothing in it; BadItem (too large) for too many tags."""
    from lxml import etree, html

    text = _PROLOG.sub("", _CONTROL.sub("", text))
    if not text.strip():
        return None
    if text.count("<") - text.count("</") > MAX_TAGS:
        raise BadItem(Fate.TOO_LARGE, f"more than {MAX_TAGS} tags")
    if any(match["more"] for match in _CROWDED.finditer(text)):
        raise BadItem(Fate.TOO_LARGE, f"a tag with more than {MAX_ATTRIBUTES} attributes")
    try:
        root = html.document_fromstring(text, parser=html.HTMLParser(huge_tree=False, remove_comments=True))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    for element in root.xpath("//template | //noscript"):
        element.drop_tree()
    return root


def json_ld(root: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    """Return all JSON-LD nodes of a page in reading order, those inside other nodes too; broken blocks are skipped."""
    nodes: list[dict[str, Any]] = []
    for script in root.xpath("//script[contains(@type, 'ld+json')]"):
        source = (script.text or "").strip().removeprefix("<!--").removesuffix("-->").strip()
        try:
            value = json.loads(source.rstrip("; \n"), strict=False)
        except (ValueError, RecursionError):
            continue
        for node in _walk(value, 0):
            if len(nodes) >= NODES:
                return nodes
            nodes.append(node)
    return nodes


def _walk(value: object, depth: int) -> Iterator[dict[str, Any]]:
    if depth > DEPTH:
        return
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _walk(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner, depth + 1)


def types(node: dict[str, Any]) -> set[str]:
    """Return the schema.org types of a node without their address."""
    value = node.get("@type", ())
    values = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return {str(v).rsplit("/", 1)[-1] for v in values}


def plain(value: object) -> str:
    """Return a JSON-LD value as one text: a string, the `name` of a node, or the first of a list."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("name") or value.get("@value") or ""
    return sound(" ".join(value.split())) if isinstance(value, str) else ""


def sound(text: str) -> str:
    """Return `text` without half characters: JSON can hold a lone surrogate, UTF-8 and the store cannot."""
    return text.encode("utf-8", "replace").decode()
