"""Finds the characters of a post that give a reason: from a score per token to [start, end) of the text."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.passages import sentences

# A neighbour belongs to the citation while it scores at least this share of the best token. Chosen on the dev
# part of our examples (0.3 ... 0.7 tried): token F1 is flat between 0.4 and 0.6.
SHARE = 0.5
GAP = 2  # weaker tokens that may stand between two strong ones


def cite(text: str, scores: NDArray[np.float32], origins: NDArray[np.int64]) -> tuple[int, int] | None:
    """Return [start, end) of the shortest words that carry the reason, never more than two sentences.

    `scores` are probabilities per token of a passage, `origins` [tokens, 2] the characters of `text` they stand for,
    -1 where there are none. None when no token of the post's own text was read (only its title).
    """
    own = (origins[:, 0] >= 0) & (origins[:, 1] > origins[:, 0])
    if not own.any():
        return None
    ranked = np.where(own, scores, -1.0)
    best = int(ranked.argmax())
    floor = ranked[best] * SHARE
    left, right = _reach(ranked, best, -1, floor), _reach(ranked, best, +1, floor)
    start, end = _whole_words(text, int(origins[left, 0]), int(origins[right, 1]))
    return _within_sentences(text, start, end, int(origins[best, 0]))


def _reach(ranked: NDArray[np.float32], at: int, step: int, floor: float) -> int:
    """Walk from `at` while tokens stay above `floor`, over gaps of up to GAP."""
    reached, weak, i = at, 0, at + step
    while 0 <= i < len(ranked) and ranked[i] >= 0 and weak <= GAP:
        if ranked[i] >= floor:
            reached, weak = i, 0
        else:
            weak += 1
        i += step
    return reached


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    while start < end and not text[start].isalnum():
        start += 1
    while end > start and not text[end - 1].isalnum():
        end -= 1
    return start, end


def _within_sentences(text: str, start: int, end: int, best: int) -> tuple[int, int]:
    """Cut a citation to the sentence of its best token and one neighbour."""
    touched = [(a, b) for a, b in sentences(text) if a < end and b > start]
    if len(touched) <= 2:
        return start, end
    at = next(i for i, (a, b) in enumerate(touched) if a <= best < b)
    kept = touched[at : at + 2] if at + 1 < len(touched) else touched[at - 1 : at + 1]
    return _whole_words(text, max(start, kept[0][0]), min(end, kept[-1][1]))
