"""The figures of our own task, each with its interval: about, stance, reasons, evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import intervals, scores
from models.answers import Answers
from models.intervals import Figure
from models.scores import Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """A figure of sums over posts: `parts` [posts, m] are summed, `count` is the n that stands beside the figure."""

    name: str
    parts: Callable[[Answers], NDArray[Any]]
    figure: Figure
    count: Callable[[Answers], int]


def measure(answers: Answers, names: Iterable[str] | None = None) -> dict[str, dict[str, Any]]:
    """Return {measure: {"n", "value", "low", "high"}} for some answers, all measures or those named."""
    chosen = [MEASURES[n] for n in names] if names is not None else MEASURES.values()
    return {
        m.name: intervals.as_record(intervals.of_sums(m.parts(answers), m.figure), m.count(answers)) for m in chosen
    }


def difference(before: Answers, after: Answers, name: str) -> dict[str, Any]:
    """Return a measure of the same posts answered twice: before, after, and their difference with its interval."""
    m = MEASURES[name]
    first, second = m.parts(before), m.parts(after)
    found = intervals.as_record(intervals.of_difference(first, second, m.figure), m.count(before))
    if not found["n"]:
        return found
    both = {"before": float(m.figure(first.sum(0))), "after": float(m.figure(second.sum(0)))}
    return found | {when: round(value, 4) for when, value in both.items()}


def _about(a: Answers) -> NDArray[Any]:
    return np.stack([a.about & a.about_said, a.about, a.about_said, a.about == a.about_said, np.ones(len(a))], 1)


def _stance(a: Answers) -> NDArray[Any]:
    """Return [posts, 9]: a table of counts for each post, empty where no stance is labelled."""
    parts = np.zeros((len(a), 9))
    rows = np.flatnonzero(a.stance >= 0)
    parts[rows, a.stance[rows] * 3 + a.said[rows]] = 1
    return parts


def _table(sums: Floats) -> Floats:
    return sums.reshape(*sums.shape[:-1], 3, 3)


def _stance_f1(sums: Floats) -> Floats:
    tables = _table(sums)
    return _mean(scores.f1_of(tables), tables.sum(-1))


def _reasons(a: Answers) -> NDArray[Any]:
    """Return [posts, 3 x codes]: hits, labelled, answered."""
    return np.concatenate([a.reasons & a.reasons_said, a.reasons, a.reasons_said], 1)


def _reasons_micro(sums: Floats) -> Floats:
    hits, there, said = (part.sum(-1) for part in np.split(sums, 3, axis=-1))
    return scores.share(2 * hits, there + said)


def _reasons_macro(sums: Floats) -> Floats:
    hits, there, said = np.split(sums, 3, axis=-1)
    return _mean(scores.share(2 * hits, there + said), there)


def _mean(each: Floats, labelled: Floats) -> Floats:
    """Return the mean over the classes that are labelled at all: in a small part, or a resample, some are not."""
    return scores.share((each * (labelled > 0)).sum(-1), (labelled > 0).sum(-1))


def _ratio(part: int, whole: int) -> Figure:
    return lambda sums: scores.share(sums[..., part], sums[..., whole])


def _staged(a: Answers) -> int:
    return int((a.stance >= 0).sum())


def _labelled_reasons(a: Answers) -> int:
    return int(a.reasons.sum())


def _cited(a: Answers) -> int:
    return int(a.evidence[:, 2].sum())


def _about_f1(sums: Floats) -> Floats:
    return scores.share(2 * sums[..., 0], sums[..., 1] + sums[..., 2])


def _evidence(a: Answers) -> NDArray[Any]:
    """Return [posts, 4]: character F1, word F1, reasons answered rightly, reasons labelled."""
    return np.concatenate([a.evidence, a.reasons.sum(1, keepdims=True)], 1)


_ALL = (
    Measure(name="about_f1", parts=_about, figure=_about_f1, count=len),
    Measure(name="about_accuracy", parts=_about, figure=_ratio(3, 4), count=len),
    Measure(name="stance_macro_f1", parts=_stance, figure=_stance_f1, count=_staged),
    Measure(name="stance_accuracy", parts=_stance, figure=lambda sums: scores.accuracy_of(_table(sums)), count=_staged),
    Measure(name="reasons_micro_f1", parts=_reasons, figure=_reasons_micro, count=_labelled_reasons),
    Measure(name="reasons_macro_f1", parts=_reasons, figure=_reasons_macro, count=_labelled_reasons),
    Measure(name="evidence_character_f1", parts=_evidence, figure=_ratio(0, 2), count=_cited),
    Measure(name="evidence_token_f1", parts=_evidence, figure=_ratio(1, 2), count=_cited),
    Measure(name="evidence_token_f1_of_all", parts=_evidence, figure=_ratio(1, 3), count=_labelled_reasons),
)
MEASURES = {m.name: m for m in _ALL}
