"""Labels and answers of the same posts side by side, as arrays: what every figure of the evaluation is counted from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.labelled import Labelled
from models.scores import Ints
from monitor.records import SENTIMENTS, Opinion

NEUTRAL = SENTIMENTS.index("neutral")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """Arrays in the order of `posts`; `codes` name the columns of the reasons.

    `about` and `about_said` are 0 or 1. `stance` is an index of SENTIMENTS, -1 where none is labelled; `said` is the
    stance answered, where an abstention and a missed body count as neutral; `chances` [n, 3] are the probabilities
    behind it. `reasons` and `reasons_said` are [n, codes]. `evidence` [n, 3] sums, over the reasons that were answered
    rightly, the character F1 and the word F1 of the cited with the labelled words, and counts them.
    """

    posts: tuple[Labelled, ...]
    opinions: tuple[Opinion, ...]
    codes: tuple[str, ...]
    about: Ints
    about_said: Ints
    stance: Ints
    said: Ints
    chances: NDArray[np.float64]
    reasons: Ints
    reasons_said: Ints
    evidence: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.posts)

    def take(self, rows: NDArray[Any]) -> Answers:
        """Return the answers of some rows, by a mask or by indices."""
        chosen = np.flatnonzero(rows) if rows.dtype == bool else rows
        return Answers(
            posts=tuple(self.posts[i] for i in chosen), opinions=tuple(self.opinions[i] for i in chosen),
            codes=self.codes, about=self.about[chosen], about_said=self.about_said[chosen],
            stance=self.stance[chosen], said=self.said[chosen], chances=self.chances[chosen],
            reasons=self.reasons[chosen], reasons_said=self.reasons_said[chosen], evidence=self.evidence[chosen],
        )  # fmt: skip

    @property
    def wholly_right(self) -> NDArray[np.bool_]:
        """Say of each post whether about, stance and the set of reasons are all right; an abstention is not."""
        right: NDArray[np.bool_] = self.stance_right & (self.reasons == self.reasons_said).all(1)
        return right

    @property
    def stance_right(self) -> NDArray[np.bool_]:
        """Say of each post whether about and stance are right; an abstention is not."""
        same = [p.sentiment == o.sentiment for p, o in zip(self.posts, self.opinions, strict=True)]
        right: NDArray[np.bool_] = (self.about == self.about_said) & np.array(same, dtype=bool)
        return right


def compare(posts: Sequence[Labelled], opinions: Sequence[Opinion], codes: Sequence[str]) -> Answers:
    """Put labels and answers side by side; both in one order."""
    index = {code: n for n, code in enumerate(codes)}
    reasons, said = (np.zeros((len(posts), len(codes)), dtype=np.int64) for _ in range(2))
    evidence = np.zeros((len(posts), 3))
    for row, (post, opinion) in enumerate(zip(posts, opinions, strict=True)):
        reasons[row, [index[c] for c, _, _ in post.reasons if c in index]] = 1
        said[row, [index[r.code] for r in opinion.reasons if r.code in index]] = 1
        evidence[row] = _evidence(post, opinion)
    return Answers(
        posts=tuple(posts), opinions=tuple(opinions), codes=tuple(codes),
        about=np.array([p.about for p in posts], dtype=np.int64),
        about_said=np.array([o.about for o in opinions], dtype=np.int64),
        stance=np.array([SENTIMENTS.index(p.sentiment) if p.sentiment else -1 for p in posts], dtype=np.int64),
        said=np.array([SENTIMENTS.index(o.sentiment) if o.sentiment else NEUTRAL for o in opinions], dtype=np.int64),
        chances=np.array([o.probabilities for o in opinions], dtype=np.float64).reshape(-1, 3),
        reasons=reasons, reasons_said=said, evidence=evidence,
    )  # fmt: skip


def _evidence(post: Labelled, opinion: Opinion) -> tuple[float, float, int]:
    cited = {c.code: (c.start, c.end) for c in opinion.reasons}
    words = [m.span() for m in _WORD.finditer(post.text)] if cited and post.reasons else []
    characters = tokens = 0.0
    count = 0
    for code, start, end in post.reasons:
        if code in cited:
            a, b = cited[code]
            characters += _f1(max(0, min(b, end) - max(a, start)), end - start, b - a)
            there, given = _touched(words, start, end), _touched(words, a, b)
            tokens += _f1(len(there & given), len(there), len(given))
            count += 1
    return characters, tokens, count


def _touched(words: Sequence[tuple[int, int]], start: int, end: int) -> set[int]:
    return {n for n, (a, b) in enumerate(words) if a < end and b > start}


def _f1(both: int, one: int, other: int) -> float:
    return 2 * both / max(1, one + other)
