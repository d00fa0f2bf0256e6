"""The same test posts as other people would have typed them: how much is lost."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from models import measures, noise
from models.answers import Answers
from models.labelled import Labelled

SEED = 1
MEASURED = ("about_f1", "stance_macro_f1", "reasons_micro_f1")

# One letter in 33 is the rate of the training noise; two kinds are only for texts with Kazakh in them.
_KAZAKH = ("kk", "mixed")
CHANGES: dict[str, Callable[[Labelled, random.Random], str]] = {
    "letterless": lambda p, _: noise.letterless(p.text) if p.language in _KAZAKH else p.text,
    "latin": lambda p, _: noise.latin(p.text) if p.language == "kk" else p.text,
    "typos": lambda p, rng: noise.typos(p.text, rng),
    "no_punctuation": lambda p, _: noise.unpunctuated(p.text),
    "no_capitals": lambda p, _: p.text.lower(),
}


def changed(posts: Sequence[Labelled], kind: str, seed: int = SEED) -> list[Labelled]:
    """Return the posts with their texts changed; the offsets of the labelled words no longer hold.

    Each post has a random generator of its own, seeded by kind and id: the others do not matter.
    """
    change = CHANGES[kind]
    return [replace(p, text=change(p, random.Random(f"{seed}:{kind}:{p.id}"))) for p in posts]


def figures(answers: Answers, judge: Callable[[Sequence[Labelled]], Answers]) -> dict[str, dict[str, Any]]:
    """Return {kind: {"posts", measure: {"n", "before", "after", "value", "low", "high"}}}, of posts that change."""
    found = {}
    for kind in CHANGES:
        noisy = changed(answers.posts, kind)
        rows = np.array([a.text != b.text for a, b in zip(answers.posts, noisy, strict=True)], dtype=bool)
        if not rows.any():
            continue
        before, after = answers.take(rows), judge([noisy[i] for i in np.flatnonzero(rows)])
        found[kind] = {"posts": int(rows.sum())} | {m: measures.difference(before, after, m) for m in MEASURED}
    return found
