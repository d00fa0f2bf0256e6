"""Weekly figures with their uncertainty: judged posts in, cells out.

The net index of a cell is (positive - negative) / judged. Its interval is that of a Dirichlet posterior with
Jeffreys' prior of 1/2 for each stance (Jeffreys 1946; for its coverage in small samples see Brown, Cai and DasGupta
2001, Statistical Science 16:101-133). A weak fixed prior rather than shrinking towards the country: an interval that
borrows from other regions would look surest just where a region differs from them, and a region's figure would move
when another region's posts arrive. Reprints are not independent opinions, so the counts enter with the effective
sample size of Kish (1965, Survey Sampling): n**2 / sum of squared story sizes. The difference of two weeks has the
interval of Zou and Donner (2008, Statistics in Medicine 27:1693-1702), which needs only the two intervals.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

from monitor.records import SENTIMENTS, Cell, Judged
from monitor.weeks import week_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]

LEVEL = 0.9  # probability of the interval of a net index
PRIOR = 0.5  # Jeffreys' prior for each of the three stances
MIN_POSTS = 5  # [privacy] min_posts of senim.toml, for callers that have no settings
DIMENSIONS = ("region", "week", "language", "body", "reason")


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


def tally(
    judged: Iterable[Judged],
    *,
    by: Sequence[str] = ("region", "week"),
    first: str | None = None,
    last: str | None = None,
    official: bool = False,
    k: int = MIN_POSTS,
) -> tuple[Cell, ...]:
    """Count judged posts into cells of the dimensions `by`, sorted by them; cells without posts are not made.

    A post with several regions, bodies or reasons counts in each of them and once in the row of all (""). Weeks have
    no row of all: leave `week` out of `by` for that. In the row of a body counts the stance toward that body where the
    post has one, in all other rows that of the whole post. `first` and `last` are ISO weeks, both included. Sources
    that speak for a body are left out unless `official`. A cell with fewer than `k` posts with a stance has no index.
    ValueError for an unknown dimension.
    """
    if unknown := set(by) - set(DIMENSIONS):
        raise ValueError(f"no such dimension: {', '.join(sorted(unknown))}; known are {', '.join(DIMENSIONS)}")
    wanted = [(post, week_of(post.published)) for post in judged if official or not post.official]
    rows = [(p, week) for p, week in wanted if (not first or week >= first) and (not last or week <= last)]
    if not rows:
        return ()
    return tuple(_cells(rows, [name for name in DIMENSIONS if name in by], k))


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
    """Set each cell beside the earlier one of the same region, language, body and reason, whatever its week.

    `cells` and `earlier` hold one week each, or none; ValueError when a cell of `earlier` stands for two.
    """
    before: dict[tuple[str, ...], Cell] = {}
    for cell in earlier:
        if before.setdefault(_place(cell), cell) is not cell:
            raise ValueError(f"two earlier cells for {' '.join(_place(cell))}: pass one week")
    return tuple(_change(cell, before.get(_place(cell))) for cell in cells)


def _place(cell: Cell) -> tuple[str, ...]:
    return cell.region, cell.language, cell.body, cell.reason


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


def _cells(rows: list[tuple[Judged, str]], by: list[str], k: int) -> Iterable[Cell]:
    """Count with sorted numbers instead of dictionaries: 200,000 posts x 5 dimensions are millions of rows."""
    import numpy as np

    post, cell = np.arange(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=np.int64)
    names: list[list[str]] = []
    for dimension in by:
        values, starts, flat = _values(rows, dimension)
        post, cell = _spread(post, cell, starts, flat, len(values))
        names.append(values)
    keys, row = np.unique(cell, return_inverse=True)
    stance = np.array([_stance(p) for p, _ in rows], dtype=np.int64)[post]
    if "body" in by:
        at = by.index("body")
        body = cell // prod(map(len, names[at + 1 :])) % len(names[at])
        stance = _toward(rows, names[at], post, body, stance)
    story, source = (_numbered(getattr(p, name) for p, _ in rows)[post] for name in ("story", "source"))
    stances = np.stack([_count(row[stance == n], len(keys)) for n in range(3)], axis=1)
    posts, abstained = _count(row, len(keys)), _count(row[stance == 4], len(keys))
    stories, sources = (_distinct(row, values, len(keys)) for values in (story, source))
    has_stance = stance < 3
    effective = _effective(row[has_stance], story[has_stance], len(keys))
    shown = stances.sum(axis=1) >= max(k, 1)
    index = np.full((3, len(keys)), np.nan)
    index[:, shown] = _estimates(stances[shown].astype(np.float64), effective[shown])
    for n, key in enumerate(keys.tolist()):
        net, low, high = (float(x) if shown[n] else None for x in index[:, n])
        yield Cell(
            **(dict.fromkeys(DIMENSIONS, "") | _decoded(key, by, names)),
            **dict(zip(SENTIMENTS, stances[n].tolist(), strict=True)),
            posts=int(posts[n]),
            stories=int(stories[n]),
            sources=int(sources[n]),
            abstained=int(abstained[n]),
            net=net,
            low=low,
            high=high,
        )


def _values(rows: list[tuple[Judged, str]], dimension: str) -> tuple[list[str], Codes, Codes]:
    """Return the sorted values of a dimension, and for each post where its own begin and which they are."""
    import numpy as np

    listed: list[tuple[str, ...]] = [_of(post, week, dimension) for post, week in rows]
    values = sorted({value for own in listed for value in own})
    number = {value: n for n, value in enumerate(values)}
    lengths = np.array([len(own) for own in listed], dtype=np.int64)
    flat = np.array([number[value] for own in listed for value in own], dtype=np.int64)
    return values, np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)]), flat


def _of(post: Judged, week: str, dimension: str) -> tuple[str, ...]:
    if dimension == "week":
        return (week,)
    if dimension == "language":
        return ("", post.language)
    own = {"region": post.regions, "body": post.bodies, "reason": post.reasons}[dimension]
    return ("", *sorted(set(own) - {""}))


def _spread(post: Codes, cell: Codes, starts: Codes, flat: Codes, size: int) -> tuple[Codes, Codes]:
    """Repeat each row once for every value that its post has in the next dimension."""
    import numpy as np

    lengths = (starts[1:] - starts[:-1])[post]
    before = np.cumsum(lengths) - lengths
    within = np.arange(int(lengths.sum()), dtype=np.int64) - np.repeat(before, lengths)
    value = flat[np.repeat(starts[:-1][post], lengths) + within]
    return np.repeat(post, lengths), np.repeat(cell, lengths) * size + value


def _decoded(key: int, by: list[str], names: list[list[str]]) -> dict[str, Any]:
    decoded: dict[str, Any] = {}
    for dimension, values in zip(reversed(by), reversed(names), strict=True):
        key, place = divmod(key, len(values))
        decoded[dimension] = values[place]
    return decoded


def _stance(post: Judged) -> int:
    """Return 0..2 for a stance, 4 for an abstention, 3 for neither."""
    if post.abstained:
        return 4
    return SENTIMENTS.index(post.sentiment) if post.sentiment in SENTIMENTS else 3


def _toward(rows: list[tuple[Judged, str]], bodies: list[str], post: Codes, body: Codes, whole: Codes) -> Codes:
    """Return the stance of each row toward its body: its post's own one, or else the one of the `whole` post."""
    import numpy as np

    number = {name: n for n, name in enumerate(bodies)}
    own = {
        at * len(bodies) + number[name]: SENTIMENTS.index(said) if said in SENTIMENTS else 4
        for at, (judged, _) in enumerate(rows) for name, said in judged.stances if name in number
    }  # fmt: skip
    if not own:
        return whole
    keys, stances = (np.array(column, dtype=np.int64) for column in zip(*sorted(own.items()), strict=True))
    wanted = post * len(bodies) + body
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, stances[place], whole)


def _numbered(values: Iterable[str]) -> Codes:
    import numpy as np

    number: dict[str, int] = {}
    return np.array([number.setdefault(value, len(number)) for value in values], dtype=np.int64)


def _count(row: Codes, size: int) -> Codes:
    import numpy as np

    return np.bincount(row, minlength=size).astype(np.int64)


def _pairs(row: Codes, value: Codes) -> tuple[Codes, Codes]:
    """Return the row of each distinct (row, value) and how often it occurs."""
    import numpy as np

    width = int(value.max(initial=0)) + 1
    pairs, counts = np.unique(row * width + value, return_counts=True)
    return pairs // width, counts


def _distinct(row: Codes, value: Codes, size: int) -> Codes:
    return _count(_pairs(row, value)[0], size)


def _effective(row: Codes, story: Codes, size: int) -> Floats:
    """Return Kish's effective sample size of each row, 1 where there are no posts."""
    import numpy as np

    place, counts = _pairs(row, story)
    squares = np.bincount(place, weights=counts.astype(np.float64) ** 2, minlength=size)
    judged = np.bincount(row, minlength=size).astype(np.float64)
    return np.where(squares > 0, judged**2 / np.maximum(squares, 1), 1.0)
