"""Cuts texts into pieces that a page can show: cited words under their reasons, excerpts, old and new versions.

Pieces and not markup: only the templates write HTML, and they escape everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Literal

from monitor.records import Citation

EXCERPT = 280  # characters of an excerpt without citations: four lines of a page on a desk, eight on a phone
AROUND = 90  # characters left and right of a citation: about a sentence of Russian news
SNIPPETS = 3  # an excerpt shows so many places of a text at most; the post's own page shows all
WORDS = 4000  # longer texts are compared by sentences: comparing words takes quadratic time
_WORDS = re.compile(r"\s+|[^\s]+")
_SENTENCES = re.compile(r"[^.!?…\n]*[.!?…\n]+\s*|[^.!?…\n]+$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A stretch of text: `codes` are the reasons it is cited for, `ends` the citations whose last words it holds."""

    text: str
    codes: tuple[str, ...] = ()
    ends: tuple[Citation, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """A stretch of two versions: in both, only in the old one, or only in the new one."""

    kind: Literal["same", "old", "new"]
    text: str


def pieces(text: str, citations: Sequence[Citation], start: int = 0, end: int | None = None) -> tuple[Piece, ...]:
    """Cut text[start:end] at the borders of its citations; the pieces put together are text[start:end] again.

    Citations may overlap, so a piece may have several reasons. Offsets out of range are clipped, empty citations are
    passed over: weights or an import that count wrongly must not break a page.
    """
    stop = len(text) if end is None else min(end, len(text))
    inside = [(c, max(c.start, start), min(c.end, stop)) for c in citations]
    inside = [(c, a, b) for c, a, b in inside if a < b]
    borders = sorted({start, stop} | {x for _, a, b in inside for x in (a, b)})
    return tuple(
        Piece(
            text=text[a:b],
            codes=tuple(dict.fromkeys(c.code for c, begin, finish in inside if begin <= a and b <= finish)),
            ends=tuple(c for c, _, finish in inside if finish == b),
        )
        for a, b in pairwise(borders)
    )


def excerpt(text: str, citations: Sequence[Citation]) -> tuple[Piece, ...]:
    """Return the places of a text that are cited, each with some words around it, or else its beginning.

    At most SNIPPETS places in the order of the text, the surest citations first to be kept. What is left out is shown
    by an ellipsis.
    """
    usable = [c for c in citations if 0 <= c.start < c.end <= len(text)]
    surest = sorted(usable, key=lambda c: -c.confidence)[:SNIPPETS]
    spans = [(_back(text, c.start - AROUND), _on(text, c.end + AROUND)) for c in surest] or [(0, _on(text, EXCERPT))]
    shown: list[Piece] = []
    at = 0
    for start, end in _merged(spans):
        if text[at:start].strip():
            shown.append(Piece(text=" … " if shown else "… "))
        shown += pieces(text, usable, start, end)
        at = end
    if text[at:].strip():
        shown.append(Piece(text=" …"))
    return tuple(shown)


def difference(old: str, new: str) -> tuple[Edit, ...]:
    """Return what stands in both versions and what in one only: by words, in long texts by sentences."""
    pattern = _WORDS if len(old) + len(new) < WORDS * 7 else _SENTENCES  # seven characters a word, space included
    a, b = pattern.findall(old), pattern.findall(new)
    edits: list[Edit] = []
    for kind, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=len(a) > WORDS).get_opcodes():
        if kind == "equal":
            edits.append(Edit(kind="same", text="".join(a[a1:a2])))
            continue
        if a1 < a2:
            edits.append(Edit(kind="old", text="".join(a[a1:a2])))
        if b1 < b2:
            edits.append(Edit(kind="new", text="".join(b[b1:b2])))
    return tuple(edits)


def _merged(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the spans in order, those that touch as one."""
    start = end = -1
    for a, b in sorted(spans):
        if a > end:
            if end >= 0:
                yield start, end
            start, end = a, b
        end = max(end, b)
    yield start, end


def _back(text: str, at: int) -> int:
    """Return the beginning of the word at `at`, or `at` itself inside a word longer than a line."""
    at = max(at, 0)
    for place in range(at, max(at - AROUND, 0), -1):
        if text[place - 1].isspace():
            return place
    return at if at > AROUND else 0


def _on(text: str, at: int) -> int:
    """Return the end of the word at `at`, or `at` itself inside a word longer than a line."""
    for place in range(at, min(at + AROUND, len(text))):
        if text[place].isspace():
            return place
    return min(at, len(text)) if at + AROUND < len(text) else len(text)
