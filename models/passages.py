"""Cuts a post into the passages that the network reads, with the mentioned bodies marked `[T] ... [/T]`.

A short post is one passage. A long one is read around its mentions only: the sentence and its neighbours, so that a
verdict about the police is not drowned by the weather. Where several bodies are named, `own` gives each of them the
sentences and clauses that name it and no other, with its marks alone. Every passage knows how to walk back to the
characters of the post.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest

import numpy as np
from numpy.typing import NDArray

from monitor.records import Mention

OPEN, CLOSE = "[T] ", " [/T]"
WHOLE = 700  # characters up to which a post is read whole: about 180 tokens
MOST = 6  # passages of one post; more never changed a verdict among our own articles
# Passages of a post beyond those, for stances by body: of 10,695 collected texts 477 need any and 38 as many as 4. A
# sample of 2,048 is read 8 % slower than without (186 posts/s on one core, not 202), 800 that name several bodies 29 %.
EXTRA = 4
# Where a clause sets one body against another; "и" and "and" join what is said of both.
_TURN = re.compile(r"[;—]\s|,\s+(?:а|но|зато|тогда как|в отличие от|ал|бірақ|but|while|whereas)\s|\s(?:ал|бірақ)\s")
_SENTENCE = re.compile(r"[^.!?…\n]*(?:[.!?…]+[\"»”)]*|\n|$)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """Marked `text`; `cuts` are (offset in `text`, offset in the post) where a new run of characters begins."""

    text: str
    cuts: tuple[tuple[int, int], ...]
    bodies: tuple[str, ...]

    def origins(self, spans: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
        """Return [n, 2]: the post's [start, end) of each span of the marked text; -1 inside the title or a mark."""
        offsets, begins = np.array(self.cuts, dtype=np.int64).T
        edges = np.array(spans, dtype=np.int64).reshape(-1, 2)
        inner = edges - (0, 1)  # the last character, not the one behind it
        run = np.searchsorted(offsets, inner, side="right") - 1
        known = (run >= 0) & (begins[run] >= 0) & (edges[:, 1:] > edges[:, :1])
        found: NDArray[np.int64] = np.where(known, begins[run] + edges - offsets[run], -1)
        return found

    @property
    def span(self) -> tuple[int, int]:
        """Return [start, end) of the post's characters that the passage holds."""
        start = next((at for _, at in self.cuts if at >= 0), 0)
        offset, at = self.cuts[-1]
        return start, at + len(self.text) - offset


def sentences(text: str) -> list[tuple[int, int]]:
    """Return [start, end) of the sentences of a text; together they cover it."""
    spans = [(m.start(), m.end()) for m in _SENTENCE.finditer(text) if m.end() > m.start()]
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and (end - start < 25 or start - merged[-1][0] < 25):  # abbreviations, initials, «ст. 12»
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def cut(title: str, text: str, mentions: Sequence[Mention]) -> list[Passage]:
    """Return one to MOST passages of a post, in reading order."""
    marks = [m for m in mentions if not m.in_title]
    if len(text) <= WHOLE:
        return [_mark(title, text, 0, len(text), marks, mentions)]
    spans = _windows(text, marks) or [(0, _end_of_lead(text))]
    return [_mark(title, text, start, end, marks, mentions) for start, end in spans[:MOST]]


def own(title: str, text: str, mentions: Sequence[Mention], shared: Sequence[Passage]) -> list[Passage]:
    """Return at most EXTRA passages about single bodies, none for a post that names fewer than two in its text.

    `shared` are those of `cut`: one that names a single body speaks for it already, and is not read twice. Bodies that
    are always named in one breath («участковый отдела полиции») are read together, and not at all when there are no
    others: then the whole post speaks of them.
    """
    marks = sorted((m for m in mentions if not m.in_title), key=lambda m: m.start)
    if len({m.body for m in marks}) < 2:
        return []
    together: dict[tuple[tuple[int, int], ...], list[str]] = {}
    for body, stretches in _stretches(text, marks).items():
        together.setdefault(tuple(stretches), []).append(body)
    alone = {p.bodies[0] for p in shared if len(p.bodies) == 1}
    found = []
    for spans, bodies in together.items() if len(together) > 1 else ():
        if not alone.issuperset(bodies):
            mine = [m for m in marks if m.body in bodies]
            head = "" if any(m.in_title and m.body not in bodies for m in mentions) else title
            found.append([_mark(head, text, start, end, mine, mine) for start, end in spans])
    in_rounds = [p for one in zip_longest(*found) for p in one if p]  # every body once before one twice
    return in_rounds[:EXTRA]


def _stretches(text: str, marks: Sequence[Mention]) -> dict[str, list[tuple[int, int]]]:
    """Return the spans of each body in order: sentences or clauses that name it, and a next one that names nobody."""
    pieces = _clauses(text, marks)
    starts = [start for start, _ in pieces]
    named: list[set[str]] = [set() for _ in pieces]
    for mark in marks:
        named[bisect_right(starts, mark.start) - 1].add(mark.body)
    spans: dict[str, list[tuple[int, int]]] = {}
    for i, (start, end) in enumerate(pieces):
        until = pieces[i + 1][1] if i + 1 < len(pieces) and not named[i + 1] else end
        until = min(until, start + 2 * WHOLE)
        for body in sorted(named[i]):
            mine = spans.setdefault(body, [])
            if mine and mine[-1][1] >= start and end - mine[-1][0] <= WHOLE:
                mine[-1] = (mine[-1][0], until)
            else:
                mine.append((start, until))
    return {body: [_trimmed(text, *span) for span in mine] for body, mine in spans.items()}


def _clauses(text: str, marks: Sequence[Mention]) -> list[tuple[int, int]]:
    """Return the sentences, those cut in two where the text turns from one body to another."""
    borders = {start for start, _ in sentences(text)} | {len(text)}
    for before, after in pairwise(marks):
        if before.body != after.body and (turn := _TURN.search(text, before.end, after.start)):
            borders.add(turn.start() + 1)
    return list(pairwise(sorted(borders)))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return end - len(part.lstrip()), start + len(part.rstrip())


def _windows(text: str, marks: Sequence[Mention]) -> list[tuple[int, int]]:
    pieces = sentences(text)
    starts = [s for s, _ in pieces]
    wanted: set[int] = set()
    for mark in marks:
        at = bisect_right(starts, mark.start) - 1
        wanted.update(range(max(0, at - 1), min(len(pieces), at + 2)))
    spans: list[tuple[int, int]] = []
    for i in sorted(wanted):
        start, end = pieces[i]
        if spans and spans[-1][1] == start and end - spans[-1][0] <= WHOLE:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, min(end, start + 2 * WHOLE)))
    return spans


def _end_of_lead(text: str) -> int:
    ends = [e for _, e in sentences(text[: WHOLE + 200]) if e <= WHOLE]
    return ends[-1] if ends else WHOLE


def _mark(
    title: str, text: str, start: int, end: int, marks: Sequence[Mention], mentions: Sequence[Mention]
) -> Passage:
    """Build the marked text of [start, end); the title stands in front of every passage as context."""
    out, cuts = "", []
    if title and title not in text[:300]:
        out = title.strip() + ". "
        cuts.append((0, -1))
    at = start
    inside = [m for m in marks if start <= m.start and m.end <= end]
    for mark in sorted(inside, key=lambda m: m.start):
        if mark.start < at:
            continue
        cuts.append((len(out), at))
        out += text[at : mark.start]
        cuts.append((len(out), -1))
        out += OPEN
        cuts.append((len(out), mark.start))
        out += text[mark.start : mark.end]
        cuts.append((len(out), -1))
        out += CLOSE
        at = mark.end
    cuts.append((len(out), at))
    out += text[at:end]
    named = {m.body for m in inside} or {m.body for m in mentions if m.in_title}
    return Passage(text=out, cuts=tuple(cuts), bodies=tuple(sorted(named)))
