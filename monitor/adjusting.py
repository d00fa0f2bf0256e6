"""Puts correction and pooling together: counts of answers in, corrected indices with credible intervals out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.correction import Correction
from monitor.pooling import Seen, interval, pool

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]

SMOOTH = 5.0  # posts like all others that the variance of a cell borrows: three that agree do not prove it is zero
BATCH = 500_000  # numbers in one array of loadings: 36 of them are 150 MB


@dataclass(frozen=True, kw_only=True, eq=False)
class Counted:
    """Cells [cell]: `answers` [cell, language, answer] in the order of a Correction, `effective` independent posts.

    `group`, `region` and `period` number what a cell is about; `region` -1 is the whole country, whose cell must be
    there for every group and period in which a region has one. `period` numbers consecutive weeks or months.
    """

    answers: Floats
    effective: Floats
    group: Codes
    region: Codes
    period: Codes


def adjust(cells: Counted, correction: Correction, *, pooled: bool = True) -> tuple[Floats, Floats, Floats]:
    """Return corrected index, lower and upper end [cell], not a number in cells without answers.

    With `pooled` false each cell speaks for itself: only the classifier's error is undone.
    """
    import numpy as np

    seen, doubt = _seen(cells, correction), correction.doubt.ravel()
    if pooled:
        seen = _pooled(cells, seen)
    variance = seen.variance + seen.loading**2 @ doubt
    there = cells.answers.sum(axis=(1, 2)) > 0
    found = np.full((3, len(there)), np.nan)
    found[:, there] = interval(seen.mean[there], variance[there])
    return found[0], found[1], found[2]


def _seen(cells: Counted, correction: Correction) -> Seen:
    """Return mean, noise and loadings of each cell by itself."""
    import numpy as np

    answers = cells.answers.reshape(len(cells.answers), -1)
    scores = correction.scores.ravel()
    posts = answers.sum(axis=1)
    there = posts > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(there, answers @ scores / posts, np.nan)
    usual = _usual(answers, cells.group)
    smooth = answers + SMOOTH * usual
    smooth /= smooth.sum(axis=1, keepdims=True)
    spread = smooth @ scores**2 - (smooth @ scores) ** 2
    loading = correction.truth(smooth.reshape(cells.answers.shape))
    return Seen(
        mean=mean,
        variance=np.where(there, spread / np.maximum(cells.effective, 1.0), np.nan),
        weight=posts,
        loading=np.where(there[:, None], loading.reshape(len(answers), -1), 0.0),
    )


def _usual(answers: Floats, group: Codes) -> Floats:
    """Return for each cell the shares of the answers in its whole group."""
    import numpy as np

    total = np.zeros((int(group.max(initial=0)) + 1, answers.shape[1]))
    np.add.at(total, group, answers)
    total += 1e-9
    found: Floats = (total / total.sum(axis=1, keepdims=True))[group]
    return found


def _pooled(cells: Counted, seen: Seen) -> Seen:
    """Lay the cells out as groups of series, pool them in batches, and pick the cells out again."""
    import numpy as np

    groups, periods = (int(numbers.max(initial=0)) + 1 for numbers in (cells.group, cells.period))
    regions = int(cells.region.max(initial=-1)) + 1
    errors = seen.loading.shape[1]
    step = max(1, BATCH // ((regions + 1) * periods * errors))
    mean, variance, loading = np.array(seen.mean), np.array(seen.variance), np.array(seen.loading)
    for begin in range(0, groups, step):
        rows = np.flatnonzero((cells.group >= begin) & (cells.group < begin + step))
        at = (cells.group[rows] - begin, cells.region[rows] + 1, cells.period[rows])
        laid = _laid(seen, rows, at, (min(step, groups - begin), regions + 1, periods))
        country, apart = pool(_part(laid, slice(0, 1)), _part(laid, slice(1, None)))
        for name, target in (("mean", mean), ("variance", variance), ("loading", loading)):
            both = [getattr(part, name) for part in (country, apart)]
            target[rows] = np.concatenate(both, axis=1)[at]
    return Seen(mean=mean, variance=variance, weight=seen.weight, loading=loading)


def _laid(seen: Seen, rows: Codes, at: tuple[Codes, Codes, Codes], shape: tuple[int, int, int]) -> Seen:
    import numpy as np

    mean, variance, weight = np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape)
    loading = np.zeros((*shape, seen.loading.shape[1]))
    mean[at], variance[at], weight[at], loading[at] = (
        values[rows] for values in (seen.mean, seen.variance, seen.weight, seen.loading)
    )
    return Seen(mean=mean, variance=variance, weight=weight, loading=loading)


def _part(seen: Seen, which: slice) -> Seen:
    return Seen(
        mean=seen.mean[:, which],
        variance=seen.variance[:, which],
        weight=seen.weight[:, which],
        loading=seen.loading[:, which],
    )
