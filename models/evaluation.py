"""Measures a model folder: the public tests with their papers' metrics, and our own held-out posts.

The answer is a plain dictionary of figures, written as JSON beside the weights, so that no figure in the documents
is typed by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from models import benchmarks, folder, scores
from models.classifier import Classifier
from models.labelled import Finder, Labelled
from monitor.records import SENTIMENTS, Opinion, Post


def own(classifier: Classifier, posts: Sequence[Labelled], mentions: Finder) -> dict[str, Any]:
    """Return figures on our held-out posts: about, stance (all and by language), each reason, evidence."""
    opinions = classifier.judge([_post(p, mentions) for p in posts])
    pairs = list(zip(posts, opinions, strict=True))
    found: dict[str, Any] = {"posts": len(posts), "about": _about(pairs), "stance": _stance(pairs)}
    found["stance_by_language"] = {
        language: _stance([(p, o) for p, o in pairs if p.language == language])
        for language in sorted({p.language for p in posts})
    }
    found["reasons"], found["reasons_micro"], found["reasons_macro_f1"] = _reasons(pairs, classifier.card.reasons)
    found["evidence_character_f1"] = _evidence(pairs)
    found["by_origin"] = {
        origin: _brief([(p, o) for p, o in pairs if p.origin == origin], classifier.card.reasons)
        for origin in sorted({p.origin for p in posts})
    }
    found["abstained"] = sum(o.abstained for o in opinions)
    return found


def public(where: Path, data: Path) -> dict[str, float]:
    """Return the metric of every public test file for a model folder."""
    network, tokenizer, _ = folder.load(where)
    return benchmarks.run(network, tokenizer, data)


def _post(labelled: Labelled, mentions: Finder) -> Post:
    return Post(
        id=labelled.id, source="labelled", kind="post", url="", published=None, published_from="",
        fetched=datetime(2026, 1, 1, tzinfo=UTC), title="", text=labelled.text, language=labelled.language,
        mentions=tuple(mentions("", labelled.text)),
    )  # fmt: skip


Pairs = Sequence[tuple[Labelled, Opinion]]


def _brief(pairs: Pairs, codes: Sequence[str]) -> dict[str, Any]:
    """Return the figures of one part: written, contrast or real posts."""
    _, micro, macro = _reasons(pairs, codes)
    stance = _stance(pairs)
    return {
        "posts": len(pairs), "about_f1": _about(pairs)["f1"], "stance_n": stance["n"],
        "stance_macro_f1": stance.get("macro_f1"), "reasons_micro_f1": micro["f1"], "reasons_macro_f1": macro,
    }  # fmt: skip


def _about(pairs: Pairs) -> dict[str, float]:
    truth = np.array([p.about for p, _ in pairs]).astype(np.int64)
    guess = np.array([o.about for _, o in pairs]).astype(np.int64)
    return dict(zip(("precision", "recall", "f1"), map(_round, scores.precision_recall(truth, guess)), strict=True))


def _stance(pairs: Pairs) -> dict[str, float]:
    """Return macro-F1 over posts that are about a body; an abstention or a missed body counts as neutral."""
    rows = [(p, o) for p, o in pairs if p.sentiment]
    if not rows:
        return {"n": 0}
    truth = np.array([SENTIMENTS.index(p.sentiment or "neutral") for p, _ in rows])
    guess = np.array([SENTIMENTS.index(o.sentiment or "neutral") for _, o in rows])
    return {
        "n": len(rows),
        "macro_f1": _round(scores.macro_f1(truth, guess)),
        "accuracy": _round((truth == guess).mean()),
    }


def _reasons(pairs: Pairs, codes: Sequence[str]) -> tuple[dict[str, dict[str, float]], dict[str, float], float]:
    truth = np.array([[int(c in {r[0] for r in p.reasons}) for c in codes] for p, _ in pairs])
    guess = np.array([[int(c in {r.code for r in o.reasons}) for c in codes] for _, o in pairs])
    each = {}
    for n, code in enumerate(codes):
        precision, recall, f1 = scores.precision_recall(truth[:, n], guess[:, n])
        each[code] = {
            "n": int(truth[:, n].sum()),
            "precision": _round(precision),
            "recall": _round(recall),
            "f1": _round(f1),
        }
    micro = dict(
        zip(
            ("precision", "recall", "f1"),
            map(_round, scores.precision_recall(truth.ravel(), guess.ravel())),
            strict=True,
        )
    )
    return each, micro, _round(float(np.mean([v["f1"] for v in each.values()])))


def _evidence(pairs: Pairs) -> float:
    """Return the mean character F1 between cited and labelled words, over reasons answered rightly."""
    values = []
    for post, opinion in pairs:
        cited = {c.code: set(range(c.start, c.end)) for c in opinion.reasons}
        for code, start, end in post.reasons:
            if code in cited:
                there = set(range(start, end))
                values.append(2 * len(there & cited[code]) / max(1, len(there) + len(cited[code])))
    return _round(float(np.mean(values))) if values else 0.0


def _round(value: float) -> float:
    return round(float(value), 4)
