"""The metrics that papers of this field use, from counts, without a library.

Every metric is a function of a table of counts [..., truth, guess], so that a thousand resampled tables are scored at
once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Tables = NDArray[Any]  # counts [..., truth, guess]


def confusion(truth: Ints, guess: Ints, classes: int = 3) -> Ints:
    """Return counts [truth, guess]."""
    table = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(table, (truth, guess), 1)
    return table


def share(part: Any, whole: Any) -> Floats:  # noqa: ANN401 - scalars or arrays
    """Return part / whole, 0 where the whole is 0."""
    part, whole = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    found: Floats = np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole > 0)
    return found


def f1_of(tables: Tables) -> Floats:
    """Return F1 of each class [..., classes], 0 where a class was neither there nor guessed."""
    return share(2 * np.diagonal(tables, axis1=-2, axis2=-1), tables.sum(-2) + tables.sum(-1))


def recall_of(tables: Tables) -> Floats:
    """Return the mean recall over the classes that are there."""
    there = tables.sum(-1)
    return share(share(np.diagonal(tables, axis1=-2, axis2=-1), there).sum(-1), (there > 0).sum(-1))


def accuracy_of(tables: Tables) -> Floats:
    """Return the share of right answers."""
    return share(np.trace(tables, axis1=-2, axis2=-1), tables.sum((-2, -1)))


def _sides(tables: Tables) -> Floats:
    """Return micro-F1 over negative and positive, where neutral is guessed but not counted as a hit."""
    hits = tables[..., 0, 0] + tables[..., 2, 2]
    both = tables[..., [0, 2], :].sum((-2, -1)) + tables[..., :, [0, 2]].sum((-2, -1))
    return share(2 * hits, both)


def _weighted(tables: Tables) -> Floats:
    there = tables.sum(-1)
    return share((f1_of(tables) * there).sum(-1), there.sum(-1))


METRICS: dict[str, Callable[[Tables], Floats]] = {
    "macro-F1": lambda t: f1_of(t).mean(-1),
    "macro-F1 neg/pos": lambda t: f1_of(t).mean(-1),  # of tables of two classes
    "F1 pos+neg": lambda t: f1_of(t)[..., [0, 2]].mean(-1),
    "micro-F1 pos+neg": _sides,
    "macro recall": recall_of,
    "accuracy": accuracy_of,
    "weighted F1": _weighted,
}


def f1_by_class(truth: Ints, guess: Ints, classes: int = 3) -> Floats:
    """Return F1 of each class, 0 where a class was neither there nor guessed."""
    return f1_of(confusion(truth, guess, classes))


def macro_f1(truth: Ints, guess: Ints, classes: int = 3, only: tuple[int, ...] | None = None) -> float:
    """Return the mean F1 over all classes, or over `only` those named."""
    values = f1_by_class(truth, guess, classes)
    return float(values[list(only)].mean() if only is not None else values.mean())


def macro_recall(truth: Ints, guess: Ints, classes: int = 3) -> float:
    """Return the mean recall over classes."""
    return float(recall_of(confusion(truth, guess, classes)))


def precision_recall(truth: Ints, guess: Ints) -> tuple[float, float, float]:
    """Return precision, recall and F1 of a yes/no decision; zeros where nothing was there or guessed."""
    hits = float(((truth == 1) & (guess == 1)).sum())
    precision = hits / max(1.0, float((guess == 1).sum()))
    recall = hits / max(1.0, float((truth == 1).sum()))
    return precision, recall, 2 * precision * recall / max(1e-12, precision + recall)
