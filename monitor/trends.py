"""Weekly figures with their uncertainty: judged posts in, cells out.

The net index of a cell is (positive - negative) / judged. Its interval is that of a Dirichlet posterior with
Jeffreys' prior of 1/2 for each stance (Jeffreys 1946; for its coverage in small samples see Brown, Cai and DasGupta
2001, Statistical Science 16:101-133). It borrows nothing from other regions and says what was read; beside it stands
the corrected index, which undoes the classifier's error (`correction`) and leans on other cells (`pooling`). Reprints
are not independent opinions, so the counts enter with the effective
sample size of Kish (1965, Survey Sampling): n**2 / sum of squared story sizes. The difference of two weeks has the
interval of Zou and Donner (2008, Statistics in Medicine 27:1693-1702), which needs only the two intervals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from monitor import sums, voices
from monitor.correction import Correction
from monitor.records import SENTIMENTS, Cell, Judged
from monitor.sums import Sums
from monitor.weeks import period_of, periods

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEVEL = 0.9  # probability of the interval of a net index
PRIOR = 0.5  # Jeffreys' prior for each of the three stances
MIN_POSTS = 5  # [privacy] min_posts of senim.toml, for callers that have no settings
DIMENSIONS = ("region", "week", "language", "body", "reason", "settlement")


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A cell beside the same cell at an earlier time: `change` of the net index in -2..2 with its interval.

    All three are None when either index is None. `certain` is true when the interval leaves out zero.
    """

    cell: Cell
    earlier: Cell | None
    change: float | None
    low: float | None
    high: float | None

    @property
    def certain(self) -> bool:
        """Whether the index has moved for sure, at the probability of the intervals."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


@dataclass(frozen=True, kw_only=True, eq=False)
class Grounds:
    """What figures need beside the posts.

    `correction` undoes the classifier's error; `collected` counts all that was collected by local day; `coverage` is
    the share of the usual sources that delivered by week (`gaps`), None in weeks of which nobody knows.
    """

    correction: Correction | None = None
    collected: Mapping[date, int] = field(default_factory=dict)
    coverage: Mapping[str, float | None] = field(default_factory=dict)


NOTHING = Grounds()


def tally(
    judged: Iterable[Judged],
    *,
    by: Sequence[str] = ("region", "week"),
    first: str | None = None,
    last: str | None = None,
    official: bool = False,
    k: int = MIN_POSTS,
    fold: str = "week",
    grounds: Grounds = NOTHING,
) -> tuple[Cell, ...]:
    """Count judged posts into cells of the dimensions `by`, sorted by them; cells without posts are not made.

    A post with several regions, settlements, bodies or reasons counts in each of them and once in the row of all ("").
    Weeks have no row of all: leave `week` out of `by` for that. In the row of a body counts the stance toward that body
    where the post has one, in all other rows that of the whole post. `first` and `last` are ISO weeks, both included.
    Sources that speak for a body are left out unless `official`. A cell with fewer than `k` posts with a stance has no
    index.
    With a `fold` of month, quarter or half, posts count in the one of their own local day, and all such periods that
    `first` to `last` touch are whole where `judged` is (`weeks.covering`). Where weeks are a dimension, posts of weeks
    before `first` are the past that corrected indices lean on. ValueError for an unknown dimension.
    """
    if unknown := set(by) - set(DIMENSIONS):
        raise ValueError(f"no such dimension: {', '.join(sorted(unknown))}; known are {', '.join(DIMENSIONS)}")
    begin, finish = periods(first, last, fold)
    rows = [(post, period_of(post.published, fold)) for post in judged]
    rows = [(post, period) for post, period in rows if not finish or period <= finish]
    if begin and "week" not in by:
        rows = [(post, period) for post, period in rows if period >= begin]
    model = grounds.correction.model if grounds.correction else ""
    added = sums.add_up(sums.Posts(rows, official=official, model=model), [name for name in DIMENSIONS if name in by])
    return figures(added, first=first, k=k, fold=fold, grounds=grounds)


def figures(
    added: Sums,
    *,
    first: str | None = None,
    k: int = MIN_POSTS,
    fold: str = "week",
    grounds: Grounds = NOTHING,
) -> tuple[Cell, ...]:
    """Return the cells of sums that were added up before; `tally` is this, after adding up.

    Periods before that of `first` are the past that corrected indices lean on.
    """
    if not added.places:
        return ()
    begin, _ = periods(first, None, fold)
    return tuple(c for c in _cells(added, k, fold, grounds) if not begin or not c.week or c.week >= begin)


def estimate(
    negative: int, neutral: int, positive: int, *, effective: float | None = None
) -> tuple[float, float, float]:
    """Return the net index of these counts with the interval of probability 0.9: (net, low, high), all in -1..1.

    `effective` is the number of independent posts among them, all of them when None. The posterior of the
    difference of two Dirichlet shares is approximated by a beta law on [-1, 1] with the same mean and variance; where
    all posts agree the interval reaches out to the index itself, as Brown et al. advise. ValueError without posts.
    """
    import numpy as np

    judged = negative + neutral + positive
    if judged <= 0:
        raise ValueError("an index needs at least one post with a stance")
    counts = np.array([[negative, neutral, positive]], dtype=np.float64)
    net, low, high = _estimates(counts, np.array([effective or judged], dtype=np.float64))
    return float(net[0]), float(low[0]), float(high[0])


def compare(cells: Iterable[Cell], earlier: Iterable[Cell]) -> tuple[Change, ...]:
    """Set each cell beside the earlier one of the same place, language, body and reason, whatever its week.

    `cells` and `earlier` hold one week each, or none; ValueError when a cell of `earlier` stands for two.
    """
    before: dict[tuple[str, ...], Cell] = {}
    for cell in earlier:
        if before.setdefault(_place(cell), cell) is not cell:
            raise ValueError(f"two earlier cells for {' '.join(_place(cell))}: pass one week")
    return tuple(_change(cell, before.get(_place(cell))) for cell in cells)


def _place(cell: Cell) -> tuple[str, ...]:
    return cell.region, cell.language, cell.body, cell.reason, cell.settlement


def _change(cell: Cell, earlier: Cell | None) -> Change:
    if earlier is None or cell.net is None or earlier.net is None:
        return Change(cell=cell, earlier=earlier, change=None, low=None, high=None)
    below, above = cell.net - (cell.low or 0.0), (cell.high or 0.0) - cell.net
    earlier_below, earlier_above = earlier.net - (earlier.low or 0.0), (earlier.high or 0.0) - earlier.net
    change = cell.net - earlier.net
    low = change - (below**2 + earlier_above**2) ** 0.5
    high = change + (above**2 + earlier_below**2) ** 0.5
    return Change(cell=cell, earlier=earlier, change=change, low=max(low, -2.0), high=min(high, 2.0))


def _estimates(counts: Floats, effective: Floats) -> tuple[Floats, Floats, Floats]:
    """Return net, low, high of many rows (negative, neutral, positive); every row has at least one post."""
    import numpy as np
    from scipy.special import betaincinv

    judged = counts.sum(axis=1)
    net = (counts[:, 2] - counts[:, 0]) / judged
    shape = counts * (effective / judged)[:, None] + PRIOR
    total = shape.sum(axis=1)
    mean = (shape[:, 2] - shape[:, 0]) / total
    variance = ((shape[:, 2] + shape[:, 0]) / total - mean**2) / (total + 1)
    # Moments of x = (net + 1) / 2 in 0..1, whose beta law is then asked for its quantiles.
    centre, spread = (mean + 1) / 2, variance / 4
    size = centre * (1 - centre) / spread - 1
    tail = (1 - LEVEL) / 2
    low, high = (2 * betaincinv(centre * size, (1 - centre) * size, p) - 1 for p in (tail, 1 - tail))
    return net, np.minimum(low, net), np.maximum(high, net)


def _cells(added: Sums, k: int, fold: str, grounds: Grounds) -> Iterable[Cell]:
    import numpy as np

    places = [dict(zip(added.by, place, strict=True)) for place in added.places]
    counts, size = added.counts, len(places)
    stances = np.stack([counts[name] for name in SENTIMENTS], axis=1)
    shown = stances.sum(axis=1) >= max(k, 1)
    indices = dict.fromkeys(("net", "low", "high"), np.full(size, np.nan))
    if shown.any():
        found = _estimates(stances[shown].astype(np.float64), added.means["effective"][shown])
        for name, value in zip(indices, found, strict=True):
            indices[name] = np.full(size, np.nan)
            indices[name][shown] = value
    indices |= {name: added.means[name] for name in ("net_stories", "net_sources")}
    if grounds.correction:
        measured = added.means["measured"]
        indices |= voices.corrected(places, added.answers, added.readers, measured, grounds.correction)
    cover = voices.coverage([place.get("week", "") for place in places], fold, grounds.coverage)
    indices |= voices.widened(indices, cover)
    for name in indices:
        indices[name] = np.where(shown, indices[name], np.nan)
    indices |= {"coverage": cover, "collected": voices.collected(places, counts["posts"], fold, grounds.collected)}
    listed: dict[str, list[Any]] = {name: values.tolist() for name, values in counts.items()}
    listed |= {n: [None if v != v else v for v in values.tolist()] for n, values in indices.items()}
    bare: dict[str, Any] = dict.fromkeys(DIMENSIONS, "")
    for n, place in enumerate(places):
        yield Cell(**bare | place, **{name: values[n] for name, values in listed.items()})
