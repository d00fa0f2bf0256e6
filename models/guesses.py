"""What a baseline says of posts, as probabilities, and how it becomes opinions that are scored like the model's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models import calibration
from models.labelled import Labelled
from models.scores import Floats, Ints
from monitor.records import SENTIMENTS, Citation, Opinion


@dataclass(frozen=True, kw_only=True, slots=True)
class Guesses:
    """Probabilities: `about` [n], `stance` [n, 3], `reasons` [n, codes]."""

    about: Floats
    stance: Floats
    reasons: Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class Labels:
    """What is labelled: `about` [n] 0 or 1; `stance` [n] an index of SENTIMENTS, -1 for none; `reasons` [n, codes]."""

    about: Ints
    stance: Ints
    reasons: Ints


def labels(posts: Sequence[Labelled], codes: Sequence[str]) -> Labels:
    """Return the labels of posts as arrays."""
    given = [{code for code, _, _ in p.reasons} for p in posts]
    return Labels(
        about=np.array([p.about for p in posts], dtype=np.int64),
        stance=np.array([SENTIMENTS.index(p.sentiment) if p.sentiment else -1 for p in posts], dtype=np.int64),
        reasons=np.array([[int(c in g) for c in codes] for g in given], dtype=np.int64).reshape(-1, len(codes)),
    )


def thresholds(found: Guesses, truth: Labels) -> tuple[float, float]:
    """Return the thresholds of about, and of all reasons alike, with the best F1 on these posts (the dev split)."""
    return (
        calibration.best_threshold(found.about, truth.about),
        calibration.best_threshold(found.reasons.ravel(), truth.reasons.ravel()),
    )


def opinions(
    posts: Sequence[Labelled], found: Guesses, codes: Sequence[str], about: float, reason: float
) -> list[Opinion]:
    """Return the opinions that follow from probabilities and thresholds; their reasons cite nothing."""
    return [
        opinion(
            post, bool(found.about[row] >= about), found.stance[row],
            [Citation(code=c, start=0, end=0, confidence=float(found.reasons[row, n]))
             for n, c in enumerate(codes) if found.reasons[row, n] >= reason],
        )
        for row, post in enumerate(posts)
    ]  # fmt: skip


def opinion(post: Labelled, about: bool, stance: Any, reasons: Sequence[Citation]) -> Opinion:  # noqa: ANN401 - three numbers
    """Return one opinion of a baseline."""
    negative, neutral, positive = (float(x) for x in stance)
    best = int(np.argmax(stance))
    return Opinion(
        post_id=post.id, about=about, bodies=(), sentiment=SENTIMENTS[best] if about else None,
        confidence=float(stance[best]), probabilities=(negative, neutral, positive),
        reasons=tuple(reasons) if about else (), model="baseline", codebook="", abstained=False,
    )  # fmt: skip
