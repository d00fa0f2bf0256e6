"""Measures a model folder: the public tests with their papers' metrics, and our own held-out posts.

The answer is a plain dictionary of figures, written as JSON and as REPORT.md beside the weights, so that no figure in
the documents is typed by hand.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from models import (
    answers,
    baselines,
    benchmarks,
    certainty,
    confusions,
    folder,
    measures,
    robustness,
    scores,
    slices,
    speed,
)
from models.answers import Answers
from models.classifier import Classifier
from models.labelled import Finder, Labelled
from monitor.declarations import Reason
from monitor.records import Opinion, Post

log = logging.getLogger(__name__)


def own(classifier: Classifier, posts: Sequence[Labelled], finder: Finder) -> dict[str, Any]:
    """Return figures on our held-out posts: about, stance (all and by language), each reason, evidence."""
    return summary(judge(classifier, posts, finder))


def public(where: Path, data: Path) -> dict[str, dict[str, Any]]:
    """Return the metric of every public test file for a model folder."""
    network, tokenizer, card = folder.load(where)
    return benchmarks.run(network, tokenizer, data, card)


def judge(classifier: Classifier, posts: Sequence[Labelled], finder: Finder) -> Answers:
    """Read posts as at work, mentions found anew, foreign police set aside, and put the answers beside the labels."""
    opinions = classifier.judge([as_post(p, finder) for p in posts])
    return answers.compare(posts, _at_home(posts, opinions, finder), classifier.card.reasons)


def summary(found: Answers) -> dict[str, Any]:
    """Return the main figures of some answers; the model card is written from them."""
    languages = np.array([p.language for p in found.posts], dtype=str)
    origins = np.array([p.origin for p in found.posts], dtype=str)
    each, micro, macro = _reasons(found)
    evidence = measures.measure(found, ("evidence_character_f1", "evidence_token_f1"))
    return {
        "posts": len(found),
        "about": _three(scores.precision_recall(found.about, found.about_said)),
        "stance": _stance(found),
        "stance_by_language": {lang: _stance(found.take(languages == lang)) for lang in sorted(set(languages))},
        "reasons": each,
        "reasons_micro": micro,
        "reasons_macro_f1": macro,
        "evidence_character_f1": evidence["evidence_character_f1"].get("value", 0.0),
        "evidence_token_f1": evidence["evidence_token_f1"].get("value", 0.0),
        "by_origin": {origin: _brief(found.take(origins == origin)) for origin in sorted(set(origins))},
        "abstained": sum(o.abstained for o in found.opinions),
    }


def whole(
    classifier: Classifier,
    posts: Sequence[Labelled],
    finder: Finder,
    *,
    reasons: Sequence[Reason],
    compared: bool = True,
) -> tuple[dict[str, Any], Answers]:
    """Return all figures on our test split, and its answers: parts, slices, pairs, noise, calibration, confusions.

    `posts` are of all splits: with `compared`, baselines learn from the others.
    """
    split = {s: [p for p in posts if p.split == s] for s in ("train", "dev", "test")}
    log.info("reading %d posts", len(split["test"]))
    found = judge(classifier, split["test"], finder)
    groups = slices.groups(found.posts)
    figures: dict[str, Any] = {
        "own_test": summary(found),
        "all": measures.measure(found),
        "parts": {group: _each(found, parts) for group, parts in groups.items()},
        "reasons_by_language": _reasons_by_language(found, groups["language"]),
        "slices": _each(found, slices.named(found.posts)),
        "pairs": slices.pairs(found),
        "stance_matrix": confusions.stance(found),
        "stance_matrix_by_language": confusions.stance_by_language(found),
        "reasons_confused": confusions.reasons(found),
        "calibration": certainty.figures(found, classifier.chances_about([as_post(p, finder) for p in found.posts])),
    }
    log.info("reading them again, typed otherwise")
    figures["robustness"] = robustness.figures(found, lambda noisy: judge(classifier, noisy, finder))
    if compared:
        log.info("training baselines on %d posts", len(split["train"]))
        figures["baselines"] = _baselines(split, found, reasons, finder)
    return figures, found


def rate(where: Path, posts: Sequence[Labelled], *, compared: bool = True) -> dict[str, Any]:
    """Return posts/s and peak memory of a model folder, with words of our own writing."""
    log.info("timing")
    words = [as_post(p, None) for p in posts if p.origin != "real"][:300]
    return speed.measure(where, words, compared=speed.COMPARED if compared else 0)


def as_post(labelled: Labelled, finder: Finder | None) -> Post:
    """Return the post as it would be read at work: its text and what is named in it."""
    return Post(
        id=labelled.id, source="labelled", kind="post", url="", published=None, published_from="",
        fetched=datetime(2026, 1, 1, tzinfo=UTC), title="", text=labelled.text, language=labelled.language,
        mentions=tuple(finder.mentions("", labelled.text)) if finder else (),
    )  # fmt: skip


def _at_home(posts: Sequence[Labelled], opinions: Sequence[Opinion], finder: Finder) -> list[Opinion]:
    """Return the opinions, those on texts about the police of another country set to "not about"."""
    return [
        replace(o, about=False, bodies=(), sentiment=None, reasons=(), abstained=False, stances=())
        if o.about and finder.is_foreign("", p.text)
        else o
        for p, o in zip(posts, opinions, strict=True)
    ]


def _each(found: Answers, parts: dict[str, Any]) -> dict[str, Any]:
    return {name: {"posts": int(mask.sum())} | measures.measure(found.take(mask)) for name, mask in parts.items()}


def _baselines(
    split: dict[str, list[Labelled]], found: Answers, reasons: Sequence[Reason], finder: Finder
) -> dict[str, Any]:
    said = baselines.answers(split["train"], split["dev"], split["test"], reasons=reasons, finder=finder)
    return {
        name: {"what": baselines.NAMES[name]}
        | measures.measure(
            answers.compare(found.posts, _at_home(found.posts, opinions, finder), found.codes), _COMPARED
        )
        for name, opinions in said.items()
    }


_COMPARED = ("about_f1", "stance_macro_f1", "reasons_micro_f1", "reasons_macro_f1")


def _brief(found: Answers) -> dict[str, Any]:
    """Return the figures of one part: written, contrast or real posts."""
    _, micro, macro = _reasons(found)
    stance = _stance(found)
    return {
        "posts": len(found), "about_f1": _three(scores.precision_recall(found.about, found.about_said))["f1"],
        "stance_n": stance["n"], "stance_macro_f1": stance.get("macro_f1"), "reasons_micro_f1": micro["f1"],
        "reasons_macro_f1": macro,
    }  # fmt: skip


def _stance(found: Answers) -> dict[str, float]:
    """Return macro-F1 over posts that are about a body; an abstention or a missed body counts as neutral."""
    rows = found.stance >= 0
    if not rows.any():
        return {"n": 0}
    counts = scores.confusion(found.stance[rows], found.said[rows])
    macro, accuracy = (round(float(scores.METRICS[m](counts)), 4) for m in ("macro-F1", "accuracy"))
    return {"n": int(rows.sum()), "macro_f1": macro, "accuracy": accuracy}


def _reasons(found: Answers) -> tuple[dict[str, dict[str, float]], dict[str, float], float]:
    truth, said = found.reasons, found.reasons_said
    each = {
        code: {"n": int(truth[:, n].sum())} | _three(scores.precision_recall(truth[:, n], said[:, n]))
        for n, code in enumerate(found.codes)
    }
    micro = _three(scores.precision_recall(truth.ravel(), said.ravel()))
    return each, micro, round(float(np.mean([v["f1"] for v in each.values()])), 4)


def _reasons_by_language(found: Answers, languages: dict[str, Any]) -> dict[str, Any]:
    each = {lang: _reasons(found.take(mask))[0] for lang, mask in languages.items()}
    return {code: {lang: {k: each[lang][code][k] for k in ("n", "f1")} for lang in each} for code in found.codes}


def _three(values: tuple[float, float, float]) -> dict[str, float]:
    return dict(zip(("precision", "recall", "f1"), (round(float(v), 4) for v in values), strict=True))
