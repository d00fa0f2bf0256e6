"""Percentile bootstrap intervals of figures that are computed from sums over posts.

A resample of n posts is n draws with replacement; what is kept of it is how often each post was drawn, so that a
thousand resamples are one matrix product. Most of our posts stand alone; the members of a contrast pair do not, so
intervals of parts with many pairs are a little too narrow.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.scores import Floats, Ints, Tables

LEVEL = 0.90
DRAWS = 1000  # the ends of the interval then differ between seeds by about 0.003 on our test split
SEED = 1
FEW = 20  # below this a figure says little; the report marks it

Figure = Callable[[Floats], Floats]  # sums [..., parts] -> figure [...]


def resampled(posts: int) -> Floats:
    """Return how often each post is drawn [DRAWS, posts]; the same for each call, so that differences are paired."""
    rng = np.random.default_rng(SEED)
    return rng.multinomial(posts, np.full(posts, 1 / posts), size=DRAWS).astype(np.float64)


def of_sums(parts: NDArray[Any], figure: Figure) -> tuple[float, float, float]:
    """Return (value, low, high) of a figure of the sum over rows of `parts` [posts, parts]; zeros for no rows."""
    if not len(parts):
        return 0.0, 0.0, 0.0
    value = float(figure(parts.sum(0).astype(np.float64)))
    return value, *_ends(figure(resampled(len(parts)) @ parts))


def of_difference(before: NDArray[Any], after: NDArray[Any], figure: Figure) -> tuple[float, float, float]:
    """Return (value, low, high) of figure(after) - figure(before) over the same posts, resampled together."""
    if not len(before):
        return 0.0, 0.0, 0.0
    value = float(figure(after.sum(0).astype(np.float64)) - figure(before.sum(0).astype(np.float64)))
    drawn = resampled(len(before))
    return value, *_ends(figure(drawn @ after) - figure(drawn @ before))


def of_table(table: Ints, metric: Callable[[Tables], Floats]) -> tuple[float, float, float]:
    """Return (value, low, high) of a metric of one table of counts: resampled texts give multinomial tables."""
    texts = int(table.sum())
    if not texts:
        return 0.0, 0.0, 0.0
    drawn = np.random.default_rng(SEED).multinomial(texts, table.ravel() / texts, size=DRAWS)
    return float(metric(table)), *_ends(metric(drawn.reshape(-1, *table.shape)))


def as_record(found: tuple[float, float, float], n: int) -> dict[str, Any]:
    """Return {"n", "value", "low", "high"}, with "few" where n is below FEW, and no value where n is 0."""
    if not n:
        return {"n": 0}
    record: dict[str, Any] = {"n": n} | dict(zip(("value", "low", "high"), (round(x, 4) for x in found), strict=True))
    return record | ({"few": True} if n < FEW else {})


def _ends(values: Floats) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
