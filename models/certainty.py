"""How far a probability can be trusted: calibration error, reliability diagram, risk against coverage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.answers import Answers
from models.intervals import FEW, SEED
from models.scores import Floats

BINS = 15
SIMULATED = 300  # perfectly calibrated models, for the error that chance alone makes


@dataclass(frozen=True, kw_only=True, slots=True)
class Bin:
    """Answers of neighbouring confidence: how many, their mean confidence, and the share of them that is right."""

    n: int
    confidence: float
    right: float


def reliability(confidence: Floats, right: NDArray[Any], count: int = BINS) -> list[Bin]:
    """Return up to `count` bins of equal mass, from unsure to sure."""
    order = np.argsort(confidence, kind="stable")
    parts = [rows for rows in np.array_split(order, count) if len(rows)]
    return [
        Bin(n=len(rows), confidence=float(confidence[rows].mean()), right=float(right[rows].mean())) for rows in parts
    ]


def calibration_error(confidence: Floats, right: NDArray[Any], count: int = BINS) -> float:
    """Return the expected calibration error: the mean distance of confidence and right answers over the bins."""
    if not len(confidence):
        return 0.0
    bins = reliability(confidence, right, count)
    return sum(b.n * abs(b.confidence - b.right) for b in bins) / len(confidence)


def chance_error(confidence: Floats, count: int = BINS) -> float:
    """Return the calibration error that a perfectly calibrated model of these confidences would show on average.

    The estimate is never 0 for a finite test: a bin of 30 answers is off by some points by chance alone.
    """
    if not len(confidence):
        return 0.0
    confidence = np.sort(confidence, kind="stable")
    drawn = np.random.default_rng(SEED).random((SIMULATED, len(confidence))) < confidence
    lengths = [len(part) for part in np.array_split(confidence, count) if len(part)]
    starts = np.cumsum([0, *lengths[:-1]])
    gaps = np.add.reduceat(drawn - confidence, starts, axis=1)
    return float(np.abs(gaps).sum(1).mean() / len(confidence))


def risk_coverage(confidence: Floats, right: NDArray[Any]) -> tuple[Floats, Floats]:
    """Return (coverage, risk): the share of wrong answers among the k surest, for k from 1 to all.

    Answers of equal confidence come in no order: each of them carries the mean of their mistakes.
    """
    _, group = np.unique(-confidence, return_inverse=True)
    wrong = 1.0 - np.asarray(right, dtype=np.float64)
    mean = np.bincount(group, weights=wrong) / np.bincount(group)
    order = np.argsort(group, kind="stable")
    taken = np.arange(1, len(confidence) + 1)
    return taken / len(confidence), np.cumsum(mean[group][order]) / taken


def area(confidence: Floats, right: NDArray[Any]) -> float:
    """Return the area under the risk-coverage curve: the mean risk over all coverages; smaller is better."""
    return float(risk_coverage(confidence, right)[1].mean()) if len(confidence) else 0.0


def figures(answers: Answers, chance_about: Floats) -> dict[str, Any]:
    """Return calibration of stance, all and by language, and of about; reliability bins and the risk-coverage curve.

    Stance is measured on posts with a labelled stance, by the likeliest of the three whether or not it was given;
    `chance_about` is the probability that a post is about law enforcement.
    """
    staged = answers.take(answers.stance >= 0)
    confidence, right = staged.chances.max(1), staged.chances.argmax(1) == staged.stance
    languages = np.array([p.language for p in staged.posts], dtype=str)
    by_language = {
        lang: _errors(confidence[languages == lang], right[languages == lang]) for lang in sorted(set(languages))
    }
    return {
        "stance": _errors(confidence, right) | {"bins": _bins(confidence, right)},
        "stance_by_language": by_language,
        "about": _errors(chance_about, answers.about == 1) | {"bins": _bins(chance_about, answers.about == 1)},
        "risk_coverage": _curve(confidence, right) | {"abstained": sum(o.abstained for o in staged.opinions)},
    }


def _curve(confidence: Floats, right: NDArray[Any]) -> dict[str, Any]:
    """Return the area, that of an order which puts every mistake last, and twenty points of the curve."""
    n = len(right)
    if not n:
        return {"n": 0}
    coverage, risk = risk_coverage(confidence, right)
    steps = np.unique(np.ceil(np.linspace(0.05, 1, 20) * n).astype(int)) - 1
    return {
        "n": n,
        "aurc": round(area(confidence, right), 4),
        "aurc_of_perfect_order": round(area(right.astype(np.float64), right), 4),
        "curve": [{"coverage": round(float(coverage[i]), 4), "risk": round(float(risk[i]), 4)} for i in steps],
    }


def _errors(confidence: Floats, right: NDArray[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"n": len(confidence)}
    if len(confidence) < FEW:
        found["few"] = True
    return found | {
        "ece": round(calibration_error(confidence, right), 4),
        "ece_by_chance": round(chance_error(confidence), 4),
    }


def _bins(confidence: Floats, right: NDArray[Any]) -> list[dict[str, Any]]:
    found = reliability(confidence, right)
    return [{"n": b.n, "confidence": round(b.confidence, 4), "right": round(b.right, 4)} for b in found]
