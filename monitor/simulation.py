"""Invented years of counts whose truth is known: on them the rules are tried before they go live.

Stories of a region, reason and language are negative binomial: a gamma factor of the place and reason in that week,
which its languages share, times a factor that the whole country shares (big news pushes other news out), over a mean
with season, trend and holidays. Sizes follow the population of the regions and fixed shares of the reasons. Everything
follows from the seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi
from typing import TYPE_CHECKING

from monitor.alerts import Count
from monitor.weeks import monday, shift

if TYPE_CHECKING:
    from numpy import float64, int64
    from numpy.random import Generator
    from numpy.typing import NDArray

REASONS = ("slow_ineffective", "corruption", "formalism", "abuse_of_power")  # each for its group, the last is urgent
SHARES = (0.4, 0.3, 0.2, 0.1)  # of the groups
LANGUAGES = (0.6, 0.35, 0.05)  # ru, kk, en
HOLIDAYS = {1: 0.6, 2: 0.8, 10: 0.85, 12: 0.75, 13: 0.85, 18: 0.8, 19: 0.85, 35: 0.9, 43: 0.9, 51: 0.85}  # ISO weeks
POPULATIONS = (
    2.2, 1.5, 1.25, 1.6, 2.1, 1.25, 1.2, 1.15, 1.1, 0.95, 0.85, 0.9, 0.8, 0.75, 0.7, 0.75, 0.7, 0.6, 0.5, 0.25,
)  # fmt: skip
FIRST = "2020-W01"


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """What an invented year is made of.

    `stories` a usual week of the whole country has; `dispersion` a of var = m + a m^2 is of one place and reason, and
    `shared` of the country's factor; `season` and `trend` are the amplitude of the year and the standard deviation of
    the growth a year of a cell, both of the logarithm. The first `history` weeks are what the rules learn from.
    """

    stories: float = 600.0
    regions: int = 20
    reasons: int = 4
    languages: int = 3
    dispersion: float = 0.03
    shared: float = 0.003
    season: float = 0.15
    trend: float = 0.15
    holidays: bool = True
    history: int = 104
    weeks: int = 52


@dataclass(frozen=True, kw_only=True, slots=True)
class Year:
    """Counts of an invented world: arrays (region, reason, language, week), and what they were drawn from."""

    world: World
    counts: NDArray[int64]
    mean: NDArray[float64]

    @property
    def calendar(self) -> tuple[str, ...]:
        """The weeks, history first."""
        return tuple(shift(FIRST, n) for n in range(self.counts.shape[-1]))


def draw(world: World, seed: int) -> Year:
    """Draw a year and the history before it."""
    import numpy as np

    rng = np.random.default_rng(seed)
    number = world.history + world.weeks
    people = np.resize(np.array(POPULATIONS), world.regions) * rng.uniform(0.8, 1.25, world.regions)
    shares = np.array(SHARES[: world.reasons])
    share = people[:, None] / people.sum() * (shares / shares.sum())[None, :]
    share = share * rng.gamma(20, 1 / 20, share.shape)
    tongues = np.array(LANGUAGES[: world.languages])
    mean = world.stories * share[..., None] / share.sum() * _year(world, rng, number)
    together = _gamma(rng, world.shared, (1, 1, number)) * _gamma(rng, world.dispersion, mean.shape)
    drawn = rng.poisson((mean * together)[:, :, None, :] * (tongues / tongues.sum())[:, None])
    return Year(world=world, counts=drawn, mean=mean)


def raised(year: Year, cell: tuple[int, int], week: int, factor: float, seed: int, lasts: int) -> NDArray[int64]:
    """Return the counts of a year in which a region and reason is `factor` times its usual from `week` on.

    The stories that were there stay; those that come on top are drawn with the same dispersion.
    """
    import numpy as np

    rng = np.random.default_rng((seed, week, *cell))
    counts = year.counts.copy()
    more = year.mean[cell][week : week + lasts] * (factor - 1)
    more = more * _gamma(rng, year.world.dispersion, more.shape)
    tongues = np.array(LANGUAGES[: year.world.languages])
    counts[cell][:, week : week + lasts] += rng.poisson((tongues / tongues.sum())[:, None] * more)
    return counts


def roll_up(counts: NDArray[int64], weeks: Sequence[int], calendar: Sequence[str]) -> list[Count]:
    """Return the counts of `weeks` in all roll-ups, as the rules read them; a story has one region and one reason."""
    found = []
    leaves = counts.sum(2)
    for week in weeks:
        cells: dict[tuple[str, str], list[str]] = {}
        for region in range(leaves.shape[0]):
            for reason in range(leaves.shape[1]):
                ids = [f"{region}.{reason}.{n}" for n in range(leaves[region, reason, week])]
                place, why = name(region, reason)
                for key in ((place, why), (place, ""), ("", why), ("", "")):
                    cells.setdefault(key, []).extend(ids)
        found += [
            Count(region=g, reason=r, week=calendar[week], stories=tuple(ids), sources=min(len(ids), 9))
            for (g, r), ids in cells.items()
            if ids
        ]
    return found


def name(region: int, reason: int) -> tuple[str, str]:
    """Return the region and reason of a cell as the rules know them."""
    return f"R{region + 1:02}", REASONS[reason]


def _year(world: World, rng: Generator, number: int) -> NDArray[float64]:
    """Return the factor of each region, reason and week beside its usual size at the end of the history."""
    import numpy as np

    shape = (world.regions, world.reasons, 1)
    when = np.arange(number) - world.history
    phase = rng.normal(0, 0.3, shape) + rng.uniform(0, 2 * pi)
    wave = world.season * np.cos(2 * pi * when / 52.18 + phase)
    growth = rng.normal(0, world.trend, shape) * when / 52.18
    weeks = [monday(shift(FIRST, n)).isocalendar().week for n in range(number)]
    free = np.array([HOLIDAYS.get(w, 1.0) if world.holidays else 1.0 for w in weeks])
    return np.asarray(np.exp(wave + growth) * free)


def _gamma(rng: Generator, dispersion: float, shape: tuple[int, ...]) -> NDArray[float64]:
    import numpy as np

    return rng.gamma(1 / dispersion, dispersion, shape) if dispersion else np.ones(shape)
