"""What is taken for what: the matrix of stance, reasons that stand in for each other, and the surest mistakes."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.answers import Answers
from models.labelled import Labelled
from monitor.records import SENTIMENTS, Opinion

SAID = (*SENTIMENTS, "abstained", "not about")
LABELLED = (*SENTIMENTS, "not about")


def stance(answers: Answers) -> dict[str, dict[str, int]]:
    """Return counts {labelled: {said: posts}}, posts that are not about law enforcement included."""
    table = {row: dict.fromkeys(SAID, 0) for row in LABELLED}
    for post, opinion in zip(answers.posts, answers.opinions, strict=True):
        table[label(post)][said(opinion)] += 1
    return table


def stance_by_language(answers: Answers) -> dict[str, dict[str, dict[str, int]]]:
    """Return the table of `stance` for each language by itself."""
    languages = np.array([post.language for post in answers.posts], dtype=str)
    return {language: stance(answers.take(languages == language)) for language in sorted(set(languages.tolist()))}


def reasons(answers: Answers, most: int = 10) -> list[dict[str, Any]]:
    """Return the pairs of reasons most often confused: one labelled and missed, the other said and not labelled."""
    missed = answers.reasons & (1 - answers.reasons_said)
    added = answers.reasons_said & (1 - answers.reasons)
    counts = missed.T @ added
    pairs = [(-int(counts[i, j]), i, j) for i in range(len(counts)) for j in range(len(counts)) if counts[i, j]]
    return [
        {"labelled": answers.codes[i], "said": answers.codes[j], "posts": -count}
        for count, i, j in sorted(pairs)[:most]
    ]


def surest(answers: Answers, most: int) -> list[dict[str, Any]]:
    """Return the `most` wrong answers of about or stance with the greatest confidence, without a word of their text."""
    wrong: list[dict[str, Any]] = [
        {
            "id": post.id, "language": post.language, "register": post.register, "origin": post.origin,
            "label": label(post), "answer": said(opinion), "confidence": opinion.confidence,
        }
        for post, opinion in zip(answers.posts, answers.opinions, strict=True)
        if label(post) != said(opinion)
    ]  # fmt: skip
    return sorted(wrong, key=lambda w: (-w["confidence"], w["id"]))[:most]


def label(post: Labelled) -> str:
    """Return the labelled stance, or "not about"."""
    return (post.sentiment or "neutral") if post.about else "not about"


def said(opinion: Opinion) -> str:
    """Return the stance answered, "abstained" or "not about"."""
    if not opinion.about:
        return "not about"
    return "abstained" if opinion.abstained or opinion.sentiment is None else opinion.sentiment
