"""How often intervals hold the truth in invented worlds, with and without correction and pooling."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
from worlds import REGIONS, WEEKS, world

from monitor.adjusting import adjust
from monitor.correction import Correction, correction
from monitor.trends import MIN_POSTS

VARIANTS = ("corrected and pooled", "not pooled", "not corrected", "neither", "M taken as known")


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Over all published cells of all worlds: share that holds the truth, its standard error, mean width and error."""

    cells: int
    held: float
    doubt: float
    width: float
    error: float


def measure(worlds: range) -> dict[str, Kept]:
    """Return what each variant keeps of its promise of 90 %; cells of fewer than MIN_POSTS posts are not published."""
    rows = defaultdict(list)
    for seed in worlds:
        one = world(seed)
        own, mine = REGIONS * WEEKS, one.cells.answers.sum((1, 2))
        shown = np.flatnonzero(mine[:own] >= MIN_POSTS)
        undone = correction(one.confusion)
        for name in VARIANTS:
            used, pooled = _variant(name, undone)
            mean, low, high = (x[shown] for x in adjust(one.cells, used, pooled=pooled))
            truth = one.truth[shown]
            held = (low <= truth) & (truth <= high)
            rows[name].append((len(shown), held.sum(), (high - low).sum(), ((mean - truth) ** 2).sum()))
    return {name: _kept(np.array(found)) for name, found in rows.items()}


def _kept(found):
    cells, held, width, square = found.sum(0)
    share = held / cells
    # Cells of one world share its classifier: the standard error is that between worlds.
    spread = ((found[:, 1] - share * found[:, 0]) ** 2).sum() ** 0.5 / cells
    return Kept(cells=int(cells), held=share, doubt=spread, width=width / cells, error=(square / cells) ** 0.5)


def _variant(name: str, undone: Correction) -> tuple[Correction, bool]:
    nothing = np.zeros_like(undone.doubt)
    if name == "M taken as known":
        return replace(undone, doubt=nothing), True
    if name in ("not corrected", "neither"):
        scores, shares = np.zeros_like(undone.scores), np.zeros_like(undone.shares)
        scores[:, 0], scores[:, 2] = -1, 1
        shares[:, range(3), range(3)] = 1
        return replace(undone, scores=scores, shares=shares, doubt=nothing), name == "not corrected"
    return undone, name != "not pooled"
