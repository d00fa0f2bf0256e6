"""The metrics that papers of this field use, from counts, without a library."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def f1_by_class(truth: Ints, guess: Ints, classes: int = 3) -> NDArray[np.float64]:
    """Return F1 of each class, 0 where a class was neither there nor guessed."""
    table = confusion(truth, guess, classes)
    hits = np.diag(table).astype(float)
    both = table.sum(0) + table.sum(1)
    found: NDArray[np.float64] = np.divide(2 * hits, both, out=np.zeros(classes), where=both > 0)
    return found


def confusion(truth: Ints, guess: Ints, classes: int = 3) -> Ints:
    """Return counts [truth, guess]."""
    table = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(table, (truth, guess), 1)
    return table


def macro_f1(truth: Ints, guess: Ints, classes: int = 3, only: tuple[int, ...] | None = None) -> float:
    """Return the mean F1 over all classes, or over `only` those named."""
    values = f1_by_class(truth, guess, classes)
    return float(values[list(only)].mean() if only is not None else values.mean())


def macro_recall(truth: Ints, guess: Ints, classes: int = 3) -> float:
    """Return the mean recall over classes."""
    table = confusion(truth, guess, classes)
    there = table.sum(1)
    return float((np.diag(table)[there > 0] / there[there > 0]).mean())


def precision_recall(truth: Ints, guess: Ints) -> tuple[float, float, float]:
    """Return precision, recall and F1 of a yes/no decision; zeros where nothing was there or guessed."""
    hits = float(((truth == 1) & (guess == 1)).sum())
    precision = hits / max(1.0, float((guess == 1).sum()))
    recall = hits / max(1.0, float((truth == 1).sum()))
    return precision, recall, 2 * precision * recall / max(1e-12, precision + recall)
