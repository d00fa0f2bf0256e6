"""Walks from the normal form of a text back to the text as it was given, character by character.

Why not cite the normal form alone: whoever sends a text in wants offsets into what was sent, with its line ends,
decomposed letters and invisible characters; and the model reads best what `cleaning.normalise` has made of it.
"""

from __future__ import annotations

import unicodedata

_BLANK = frozenset("\u2800\u3164\u115f\u1160\uffa0\x1c\x1d\x1e\x1f\x85")  # what counts as a blank beside isspace()


class Origins:
    """Knows for each character of `clean`, the normal form of `raw`, which characters of `raw` it was made from."""

    def __init__(self, raw: str, clean: str) -> None:
        self._same = raw == clean
        self._spans = [] if self._same else _align(_clusters(raw), clean)
        self._length = len(raw)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return [start, end) of `raw` for [start, end) of `clean`; an empty span stays empty."""
        if self._same:
            return start, end
        if start >= end:
            at = self._spans[start][0] if start < len(self._spans) else self._length
            return at, at
        return self._spans[start][0], self._spans[end - 1][1]


def _clusters(raw: str) -> list[tuple[str, int, int]]:
    """Return the characters of the composed text, each with the [start, end) of `raw` that it was composed of."""
    found, at, size = [], 0, len(raw)
    while at < size:
        end = at + 1
        while end < size and unicodedata.combining(raw[end]):
            end += 1
        composed = raw[at] if end == at + 1 and raw[at] < "\u0300" else unicodedata.normalize("NFC", raw[at:end])
        found += [(character, at, end) for character in composed]
        at = end
    return found


def _align(clusters: list[tuple[str, int, int]], clean: str) -> list[tuple[int, int]]:
    """Return the span of `raw` for each character of `clean`.

    Cleaning only drops characters and puts one in the place of another. So both are walked at once: equal characters
    are a pair, a letter or digit that differs was replaced, anything else was dropped.
    """
    spans, at = [], 0
    for character in clean:
        while at < len(clusters) - 1 and not _pairs(clusters[at][0], character):
            at += 1
        spans.append(clusters[at][1:])
        at = min(at + 1, len(clusters) - 1)
    return spans


def _pairs(given: str, clean: str) -> bool:
    if given == clean:
        return True
    if given.isspace() or given in _BLANK:
        return clean in " \n"
    return given.isalnum() or (clean == "-" and unicodedata.category(given) in ("Pd", "Sm"))
