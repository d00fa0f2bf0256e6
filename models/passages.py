"""Cuts a post into the passages that the network reads, with the mentioned bodies marked `[T] ... [/T]`.

A short post is one passage. A long one is read around its mentions only: the sentence and its neighbours, so that a
verdict about the police is not drowned by the weather. Every passage knows how to walk back to the characters
of the post.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.records import Mention

OPEN, CLOSE = "[T] ", " [/T]"
WHOLE = 700  # characters up to which a post is read whole: about 180 tokens
MOST = 6  # passages of one post; more never changed a verdict among our own articles
_SENTENCE = re.compile(r"[^.!?…\n]*(?:[.!?…]+[\"»”)]*|\n|$)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """Marked `text`; `cuts` are (offset in `text`, offset in the post) where a new run of characters begins."""

    text: str
    cuts: tuple[tuple[int, int], ...]
    bodies: tuple[str, ...]

    def origin(self, offset: int) -> int:
        """Return the post's character that stands at `offset` of the marked text; -1 inside the title or a mark."""
        run = bisect_right(self.cuts, (offset, 1 << 60)) - 1
        if run < 0 or self.cuts[run][1] < 0:
            return -1
        return self.cuts[run][1] + offset - self.cuts[run][0]


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
