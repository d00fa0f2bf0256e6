"""How many stories a cell usually has: a negative binomial regression on its own past, for all cells at once.

The algorithm is that of Farrington as improved by Noufaily et al. (2013, Statistics in Medicine 32:1206-1222): a log
linear law with a trend, past outbreaks down-weighted by their Anscombe residuals, and a predictive negative binomial
law that carries the uncertainty of the fit. It departs from theirs in four ways, each because our cells are many, small
and young:

- dispersion a of var = m + a m^2 is by moments, shrunk towards the cells of the same level;
- the trend enters only where it is clear (`CLEAR`) and never beyond what was seen; theirs enters always;
- the season is learnt once, from the sum of the coarsest cells, by one Fourier pair, and only from more than a year;
- a week counts half after `HALF` weeks, because new sources change what is usual: theirs looks at the same weeks of
  five years, which no collection of ours has.

The fit is iteratively reweighted least squares (McCullagh and Nelder 1989, Generalized Linear Models, section 2.5),
in numpy over all cells together; statsmodels fits one cell at a time, and the tests hold the two against each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy import bool_, float64, int64
    from numpy.typing import NDArray

    Array = NDArray[float64]

YEAR = 365.25 / 7  # weeks
OUTBREAK = 2.58  # Anscombe residual beyond which a past week loses weight (Noufaily et al. 2013, section 3.3)
SHRINK = 26.0  # a cell's own dispersion counts as much as its level's after so many weeks
HALF = 26.0  # weeks after which a week of the past counts half
CLEAR = 2.58  # a trend or season enters when it is so many standard errors from none: probability 0.01 by chance
TREND_WEEKS = 26  # a trend is not looked for in less
SEASON_WEEKS = 60  # nor a season in less than a year and two months
STEPS = 6  # of the regression; the fourth digit of the mean is settled after four
ROUNDS = 3  # of fit, dispersion and weights; the weights are settled after two


@dataclass(frozen=True, kw_only=True, slots=True)
class Law:
    """Predictive negative binomial laws of cells, arrays: variance mean + mean^2 / size.

    `spread` is the dispersion a of the counts, `doubt` the variance of the logarithm of the mean; 1 / size is their
    sum. `trend` says for each cell whether its law has one; `season` whether all have.
    """

    mean: Array
    spread: Array
    doubt: Array
    trend: NDArray[bool_]
    season: bool = False

    @property
    def size(self) -> Array:
        """Size of the negative binomial law of one week."""
        return 1 / (self.spread + self.doubt)

    def over(self, weeks: int) -> tuple[Array, Array]:
        """Return mean and size of the sum of so many weeks: noise averages out, the doubt of the mean does not."""
        return self.mean * weeks, 1 / (self.spread / weeks + self.doubt)


def expect(history: Array, when: Array, level: NDArray[int64]) -> Law:
    """Learn the laws of the week 0 from `history`, shape (cells, weeks), whose weeks are `when` (-1 is the last).

    Weeks without collection are simply not there. Cells of the same `level` lend each other their dispersion. Half a
    story is spread over each row: the law of a row that was always silent is that of Jeffreys' prior, not certainty.
    """
    import numpy as np

    recent = 0.5 ** (-when / HALF)
    season, blur = _season(history[level == level.max()].sum(0, keepdims=True), when)
    flat = _learn(history, np.ones((len(when), 1)), season, recent, level)
    mean, variance, clear = flat.mean, flat.variance, np.zeros(len(history), dtype=bool)
    if -when.min() >= TREND_WEEKS:
        bent = _learn(history, np.stack([np.ones_like(when), when / YEAR], axis=1), season, recent, level)
        seen = history.max(1) + 0.5
        clear = (np.abs(bent.slope) > CLEAR * bent.error) & (bent.mean <= seen)
        mean, variance = np.where(clear, bent.mean, mean), np.where(clear, bent.variance, variance)
        spread = np.where(clear, bent.spread, flat.spread)
    else:
        spread = flat.spread
    return Law(mean=mean, spread=spread, doubt=variance + blur, trend=clear, season=bool(np.any(season)))


def expect_cold(history: Array, level: NDArray[int64]) -> Law:
    """Learn laws from the first few weeks: plain mean and dispersion, nothing is weighed, bent or seasonal."""
    import numpy as np

    cells, weeks = history.shape
    y = history + 0.5 / weeks
    mean = y.mean(1)
    spread = _dispersion(y, np.broadcast_to(mean[:, None], y.shape), np.ones_like(y), level, 1)
    doubt = (spread + 1 / mean) / weeks
    return Law(mean=mean, spread=spread, doubt=doubt, trend=np.zeros(cells, dtype=bool))


def tail(stories: Array | float, mean: Array | float, size: Array | float) -> Array:
    """Return the probability of `stories` (>= 1) or more under a negative binomial law, elementwise."""
    import numpy as np
    from scipy.special import betainc

    return np.asarray(betainc(stories, size, mean / (mean + size)))


def critical(level: float, mean: Array | float, size: Array | float, least: Array | float) -> Array:
    """Return for each law the fewest stories, `least` or more, that have a tail of at most `level`."""
    import numpy as np

    low = np.maximum(np.broadcast_to(least, np.shape(mean)), 1.0)
    high = low
    while np.any(above := tail(high, mean, size) > level):
        high = np.where(above, 2 * high + 4, high)
    while np.any(low < high):
        middle = np.floor((low + high) / 2)
        fits = tail(middle, mean, size) <= level
        low, high = np.where(fits, low, middle + 1), np.where(fits, middle, high)
        low = np.minimum(low, high)
    return np.asarray(high)


@dataclass(frozen=True, slots=True)
class _Fit:
    """A fit of all cells: mean and variance of its logarithm at week 0, dispersion, slope a year and its error."""

    mean: Array
    variance: Array
    spread: Array
    slope: Array
    error: Array
    season: Array  # coefficients of the Fourier pair, empty without one
    covariance: Array


def _learn(history: Array, design: Array, offset: Array, recent: Array, level: NDArray[int64]) -> _Fit:
    """Fit log mean = design @ beta + offset to each row; the law is that of week 0, where time and offset are zero."""
    import numpy as np

    y = history + 0.5 * recent.max() / recent.sum()
    weight, spread = recent * _plain_trust(history / np.exp(offset), level), np.zeros(len(history))
    for _ in range(ROUNDS):
        beta = _regress(y, design, offset, weight, spread)
        mean = np.exp(np.clip(beta @ design.T + offset, -12, 12))
        spread = _dispersion(y, mean, weight, level, design.shape[1])
        weight = recent * _trust(history, mean, spread)
    covariance = _covariance(design, mean, weight, spread)
    ahead = np.zeros(design.shape[1])
    ahead[0] = 1.0
    if design.shape[1] > 2:  # a Fourier pair: its cosine is one at week 0
        ahead[2] = 1.0
    slope = beta[:, 1] if design.shape[1] > 1 else np.zeros(len(beta))
    error = np.sqrt(covariance[:, 1, 1]) if design.shape[1] > 1 else np.ones(len(beta))
    variance = np.einsum("p,cpq,q->c", ahead, covariance, ahead)
    return _Fit(np.exp(beta @ ahead), variance, spread, slope, error, beta[:, 2:], covariance[:, 2:, 2:])


def _season(total: Array, when: Array) -> tuple[Array, float]:
    """Return the logarithm of the season of each week beside that of week 0, and its variance; zeros when unclear."""
    import numpy as np

    none = np.zeros(len(when))
    if -when.min() < SEASON_WEEKS or len(when) < YEAR or total.sum() < len(when):
        return none, 0.0
    turn = 2 * pi * when / YEAR
    design = np.stack([np.ones_like(when), when / YEAR, np.cos(turn), np.sin(turn)], axis=1)
    fit = _learn(total, design, none, np.ones_like(when), np.zeros(1, dtype=int))
    pair, covariance = fit.season[0], fit.covariance[0]
    if float(pair @ np.linalg.solve(covariance, pair)) < 2 * CLEAR**2 * 0.69:  # 9.21: chi square of two, 0.01
        return none, 0.0
    return np.asarray(design[:, 2:] @ pair - pair[0]), float(covariance[0, 0])


def _regress(y: Array, design: Array, offset: Array, weight: Array, spread: Array) -> Array:
    """Return the coefficients, shape (cells, terms), of the weighted log linear fit."""
    import numpy as np

    terms = design.shape[1]
    beta = np.zeros((len(y), terms))
    beta[:, 0] = np.log((weight * y).sum(1) / (weight * np.exp(offset)).sum(1))
    prior = np.diag([0.0, *[1.0] * (terms - 1)])  # slopes of e a year are as rare as one standard deviation
    for _ in range(STEPS):
        eta = np.clip(beta @ design.T + offset, -12, 12)
        mean = np.exp(eta)
        precision = weight * mean / (1 + spread[:, None] * mean)
        wanted = eta - offset + (y - mean) / mean
        left = _crossed(precision, design) + prior
        right = (precision * wanted) @ design
        beta = np.asarray(np.linalg.solve(left, right[:, :, None])[:, :, 0], dtype=float)
    return beta


def _crossed(weight: Array, design: Array) -> Array:
    """Return the cross products of the design under the weights of each row, shape (cells, terms, terms)."""
    terms = design.shape[1]
    pairs = (design[:, :, None] * design[:, None, :]).reshape(-1, terms * terms)
    return (weight @ pairs).reshape(-1, terms, terms)


def _covariance(design: Array, mean: Array, weight: Array, spread: Array) -> Array:
    """Return the sandwich covariance of the coefficients: weights are no precisions, they only choose."""
    import numpy as np

    precision = weight * mean / (1 + spread[:, None] * mean)
    bread = np.linalg.inv(_crossed(precision, design))
    return np.asarray(bread @ _crossed(weight * precision, design) @ bread)


def _dispersion(y: Array, mean: Array, weight: Array, level: NDArray[int64], terms: int) -> Array:
    """Return a of var = m + a m^2 for each row, by moments, shrunk towards the rows of the same level."""
    import numpy as np

    total, square = weight.sum(1), (weight**2).sum(1)
    n = total**2 / square
    variance = (weight * (y - mean) ** 2).sum(1) / np.maximum(total - terms * square / total, 0.1 * total)
    excess, scale = variance - (weight * mean).sum(1) / total, (weight * mean**2).sum(1) / total
    pooled = np.zeros(len(y))
    for one in np.unique(level):
        same = level == one
        pooled[same] = max(float((n * excess)[same].sum() / (n * scale)[same].sum()), 0.0)
    own = np.maximum(excess / scale, 0)
    return np.asarray((n * own + SHRINK * pooled) / (n + SHRINK))


def _trust(history: Array, mean: Array, spread: Array) -> Array:
    """Return the weight of each past week: one, and less the more it was an outbreak itself."""
    import numpy as np

    residual = 1.5 * (history ** (2 / 3) - mean ** (2 / 3)) / (mean ** (1 / 6) * np.sqrt(1 + spread[:, None] * mean))
    return np.where(residual > OUTBREAK, (OUTBREAK / np.maximum(residual, OUTBREAK)) ** 2, 1.0)


def _plain_trust(history: Array, level: NDArray[int64]) -> Array:
    """Return first weights from medians: outbreaks in the first fit would widen the law until they look usual."""
    import numpy as np

    middle = np.median(history, axis=1, keepdims=True)
    away = 1.4826 * np.median(np.abs(history - middle), axis=1)  # the standard deviation of a normal law
    mean, spread = np.maximum(middle, 0.5), np.zeros(len(history))
    for one in np.unique(level):
        same = level == one
        spread[same] = max(float((away[same] ** 2 - mean[same, 0]).sum() / (mean[same] ** 2).sum()), 0.0)
    return _trust(history, mean, spread)
