"""Indices of many regions and weeks that lean on each other: a region with three posts does not jump.

The index of a region in a week is the level of the country plus what sets the region apart. The level is a random walk
over the weeks, the difference an autoregression of first order around zero, and what the posts show is both with the
noise of few posts (a local level model: Harvey 1989, Forecasting, Structural Time Series Models and the Kalman Filter;
for small areas over time: Rao and Yu 1994, Canadian Journal of Statistics 22:511-528). A region is filtered beside the
rest of the country, its own posts taken out of it, so that no post is used twice; and only forward in time: later weeks
move a figure only by what they tell of how far level and regions wander. That is not known beforehand: every step of a
small grid is tried, and all of them count by how likely they make the data (empirical Bayes would take the likeliest
alone, and be too sure where there is little to tell).

All is linear in the observations. So the error that they share, the classifier's, goes through the same filter: each
observation brings its loadings on those errors, and the figure that comes out has its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

START = 1 / 6  # variance of the net index when all shares of three stances are equally likely
# Standard deviations of an index in -1..1 over a week, of a region against the country, and how long that lasts:
# from hardly anything to as far as half the scale. Wider grids changed no coverage in tests/bench/test_coverage.py.
STEPS = (0.02, 0.06, 0.15)
APART = (0.04, 0.1, 0.2, 0.35)
LASTING = (0.3, 0.8, 0.97)
LEVEL = 0.9


@dataclass(frozen=True, kw_only=True, eq=False)
class Seen:
    """What posts show: arrays [group, series, period], not a number where there are no posts.

    `mean` is an unbiased index, `variance` that of its noise, `weight` its number of posts, 0 where there are none;
    `loading` [group, series, period, error] is how each error common to all observations moves it.
    """

    mean: Floats
    variance: Floats
    weight: Floats
    loading: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class Pooled:
    """Filtered indices [group, series, period]: `mean`, `variance` without the common errors, and their `loading`."""

    mean: Floats
    variance: Floats
    loading: Floats


def pool(country: Seen, regions: Seen) -> tuple[Pooled, Pooled]:
    """Return the filtered country and regions of each group, a group being what is filtered apart: a reason, a body.

    `country` holds one series with all posts, those of `regions` among them; `regions` may hold none. Periods are
    consecutive. Every period has an estimate, one without posts that which the others predict.
    """
    import numpy as np

    grid = np.array(list(product(STEPS, APART, LASTING)) if regions.mean.shape[1] else [(step, 0, 0) for step in STEPS])
    steps, at = np.unique(grid[:, 0], return_inverse=True)
    nation, fit = _filter(None, country, np.stack([steps, 0 * steps, 0 * steps], axis=1))
    if not regions.mean.shape[1]:
        return _mixture(_chances(fit), nation), _bare(regions)
    found, gained = _filter(regions, without(country, regions), grid)
    chance = _chances(fit[at] + gained)
    of_steps = np.stack([chance[at == n].sum(axis=0) for n in range(len(steps))])
    return _mixture(of_steps, nation), _mixture(chance, found)


def interval(mean: Floats, variance: Floats, level: float = LEVEL) -> tuple[Floats, Floats, Floats]:
    """Return index, lower and upper end, all within -1..1: the mean and quantiles of a normal law cut off there."""
    import numpy as np
    from scipy.special import ndtr, ndtri

    spread = np.sqrt(np.maximum(variance, 1e-12))
    centre = np.clip(mean, -1 - 3 * spread, 1 + 3 * spread)  # farther off the quantiles would be 0 / 0
    below, above = (-1 - centre) / spread, (1 - centre) / spread
    mass = ndtr(above) - ndtr(below)
    density = [np.exp(-(end**2) / 2) / np.sqrt(2 * np.pi) for end in (below, above)]
    middle = centre + spread * (density[0] - density[1]) / mass
    tails = ((1 - level) / 2, (1 + level) / 2)
    low, high = (centre + spread * ndtri(ndtr(below) + tail * mass) for tail in tails)
    return tuple(np.clip(value, -1.0, 1.0) for value in (middle, low, high))


def without(country: Seen, regions: Seen) -> Seen:
    """Return the country as it looks without the posts of each region, [group, region, period]."""
    import numpy as np

    left = np.maximum(country.weight - regions.weight, 0.0)
    there = left > 0.5
    safe = np.where(there, left, 1.0)
    own = np.nan_to_num(regions.mean) * regions.weight
    loading = country.loading * country.weight[..., None] - regions.loading * regions.weight[..., None]
    spread = np.nan_to_num(country.variance) * country.weight / safe  # as many posts a story as in the whole country
    return Seen(
        mean=np.where(there, (np.nan_to_num(country.mean) * country.weight - own) / safe, np.nan),
        variance=np.where(there, spread, np.nan),
        weight=left,
        loading=np.where(there[..., None], loading / safe[..., None], 0.0),
    )


def _crowding(regions: Seen, rest: Seen) -> Floats:
    """Return for each region and period how much of the rest is one other region (Herfindahl 1950), 0 to 1.

    Where most posts are of one region, the mean of the rest is that region's, and not the level that all share.
    """
    import numpy as np

    squares = (regions.weight**2).sum(axis=1, keepdims=True) - regions.weight**2
    found: Floats = np.minimum(squares / np.maximum(rest.weight, 1.0) ** 2, 1.0)
    return found


def _filter(regions: Seen | None, rest: Seen, grid: Floats) -> tuple[Pooled, Floats]:
    """Run the filter forward for all series and all points of the grid [point, (step, apart, lasting)] at once.

    Returns what it knows after each period, [point, group, series, period], and the fit [point, group].
    """
    import numpy as np

    step, apart, lasting = grid.T[:, :, None, None]
    state = _State((len(grid), *rest.mean.shape[:2]), rest.loading.shape[-1], apart**2)
    crowding = _crowding(regions, rest) if regions else np.zeros_like(rest.variance)
    fit = np.zeros((len(grid), len(rest.mean)))
    shape = (*state.level.shape, rest.mean.shape[2])
    after = Pooled(mean=np.empty(shape), variance=np.empty(shape), loading=np.empty((*shape, rest.loading.shape[-1])))
    for now in range(shape[-1]):
        if now:
            state.move(step**2, apart**2, lasting)
        noise = rest.variance[..., now] + apart**2 * crowding[..., now]
        gained = state.learn(rest.mean[..., now], noise, rest.loading[:, :, now], whole=False)
        if regions:  # the fit of the rest is in that of the country
            seen, noise = regions.mean[..., now], regions.variance[..., now]
            gained = state.learn(seen, noise, regions.loading[:, :, now], whole=True)
        fit += gained
        after.mean[..., now], after.variance[..., now], after.loading[..., now, :] = state.whole()
    return after, fit


class _State:
    """What is known of level and difference of each series: means, covariance [[a, b], [b, c]], loadings."""

    def __init__(self, shape: tuple[int, ...], errors: int, apart: Floats) -> None:
        import numpy as np

        self.level, self.apart = np.zeros(shape), np.zeros(shape)
        self.a, self.b, self.c = np.full(shape, START), np.zeros(shape), np.zeros(shape) + apart
        self.level_loading, self.apart_loading = np.zeros((*shape, errors)), np.zeros((*shape, errors))

    def whole(self) -> tuple[Floats, Floats, Floats]:
        """Return mean, variance and loading of level and difference together."""
        return self.level + self.apart, self.a + 2 * self.b + self.c, self.level_loading + self.apart_loading

    def move(self, step: Floats, apart: Floats, lasting: Floats) -> None:
        """Go on by one period; `step` and `apart` are variances."""
        self.a = self.a + step
        self.b = self.b * lasting
        self.c = self.c * lasting**2 + apart * (1 - lasting**2)
        self.apart = self.apart * lasting
        self.apart_loading = self.apart_loading * lasting[..., None]

    def learn(self, seen: Floats, noise: Floats, loading: Floats, *, whole: bool) -> Floats:
        """Take in an observation of the level, or of the `whole`: of both; returns its fit [point, group]."""
        import numpy as np

        there = ~np.isnan(seen)
        on_level, on_apart = (self.a + self.b, self.b + self.c) if whole else (self.a, self.b)
        spread = (on_level + on_apart if whole else on_level) + np.where(there, noise, 1.0)
        gain, gain_apart = (np.where(there, part / spread, 0.0) for part in (on_level, on_apart))
        off = np.where(there, seen - (self.level + self.apart if whole else self.level), 0.0)
        off_loading = loading - (self.level_loading + self.apart_loading if whole else self.level_loading)
        self.level, self.apart = self.level + gain * off, self.apart + gain_apart * off
        self.level_loading = self.level_loading + gain[..., None] * off_loading
        self.apart_loading = self.apart_loading + gain_apart[..., None] * off_loading
        self.a, self.b, self.c = self.a - gain * on_level, self.b - gain * on_apart, self.c - gain_apart * on_apart
        fit: Floats = np.where(there, -0.5 * (np.log(spread) + off**2 / spread), 0.0).sum(axis=-1)
        return fit


def _chances(fits: Floats) -> Floats:
    """Return the probability of each point of the grid, [point, group], all alike before the data."""
    import numpy as np

    chance = np.exp(fits - fits.max(axis=0))
    found: Floats = chance / chance.sum(axis=0)
    return found


def _mixture(chance: Floats, parts: Pooled) -> Pooled:
    """Return the moments of a mixture of normal laws, one for each point of the grid."""
    import numpy as np

    mean = np.einsum("pg,pgst->gst", chance, parts.mean)
    square = np.einsum("pg,pgst->gst", chance, parts.variance + parts.mean**2)
    loading = np.einsum("pg,pgste->gste", chance, parts.loading)
    return Pooled(mean=mean, variance=square - mean**2, loading=loading)


def _bare(regions: Seen) -> Pooled:
    return Pooled(mean=regions.mean, variance=regions.variance, loading=regions.loading)
