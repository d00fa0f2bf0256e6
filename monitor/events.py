"""Groups tellings of one event, in whatever words and languages, into one story.

Pairs are joined from the most likely to the least, as long as the mean odds between two groups speak for it (average
linkage) and no two of their members contradict each other. One pair in error therefore does not chain two events, and
the result depends on the set of tellings alone, not on their order. `monitor.stories` finds reprints, which is another
question: the same words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING

from monitor import kinship
from monitor.kinship import MOST_NAMES, MOST_NUMBERS, PREFIX, WINDOW, Telling

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ROWS = 512  # tellings compared with all others at once
CAP = 6.0  # log odds beyond which a pair says no more: one twin must not outvote many strangers


def group(tellings: Sequence[Telling], weights: Mapping[str, float]) -> dict[str, str]:
    """Return the event of each telling: the id of its earliest telling, by (published, id).

    `weights` are those of the concepts. A telling that is like no other is an event of its own.
    """
    ordered = sorted(tellings, key=lambda t: (t.published, t.id))
    links = _Links(ordered, weights)
    parts = {n: [n] for n in range(len(ordered))}
    likely = sorted(
        ((links.between(*pair), pair) for pair in candidates(ordered, weights)), key=lambda x: (-x[0], x[1])
    )
    for value, (i, j) in likely:
        if value <= 0:
            break
        one, other = parts[i], parts[j]
        if one is not other and links.agree(one, other):
            one = one + other
            for member in one:
                parts[member] = one
    return {telling.id: ordered[min(parts[n])].id for n, telling in enumerate(ordered)}


def candidates(ordered: Sequence[Telling], weights: Mapping[str, float]) -> Iterator[tuple[int, int]]:
    """Yield the pairs (i, j), i < j, that may have odds above 0: all whose upper bound is; by sparse products.

    The tellings are in the order of their times.
    """
    import numpy as np

    if len(ordered) < 2:
        return
    times = np.array([t.published.timestamp() for t in ordered])
    bounds = _Bounds(ordered, weights)
    for begin in range(0, len(ordered), ROWS):
        end = min(begin + ROWS, len(ordered))
        last = int(np.searchsorted(times, times[end - 1] + WINDOW.total_seconds(), side="right"))
        apart = times[None, begin:last] - times[begin:end, None]
        possible = (bounds.of(slice(begin, end), slice(begin, last)) > 0) & (apart <= WINDOW.total_seconds())
        for i, j in np.argwhere(np.triu(possible, 1)).tolist():
            yield begin + i, begin + j


class _Links:
    """The odds of pairs, computed when asked for."""

    def __init__(self, tellings: Sequence[Telling], weights: Mapping[str, float]) -> None:
        self._tellings, self._weights = tellings, weights
        self._known: dict[tuple[int, int], float] = {}

    def between(self, i: int, j: int) -> float:
        """Return the log odds of a pair; minus infinity where they contradict each other."""
        key = (i, j) if i < j else (j, i)
        if key not in self._known:
            one, other = (self._tellings[n] for n in key)
            against = kinship.contradict(one.facts, other.facts)
            self._known[key] = float("-inf") if against else kinship.odds(kinship.compare(one, other, self._weights))
        return self._known[key]

    def agree(self, one: Sequence[int], other: Sequence[int]) -> bool:
        """Tell whether two groups may be one; what lies further apart than the window has no say but a veto."""
        total = 0.0
        for i, j in product(one, other):
            value = self.between(i, j)
            if value == float("-inf"):
                return False
            if abs(self._tellings[i].published - self._tellings[j].published) <= WINDOW:
                total += max(-CAP, min(CAP, value))
        return total >= 0


class _Bounds:
    """Upper bounds of the odds of many pairs at once: what contradicts is left out, words are taken as all the same."""

    def __init__(self, tellings: Sequence[Telling], weights: Mapping[str, float]) -> None:
        import numpy as np

        facts = [t.facts for t in tellings]
        self._concepts = _Matrix([{c: weights.get(c, 1.0) ** 0.5 for c in f.concepts} for f in facts])
        self._whole = np.array([sum(weights.get(c, 1.0) for c in f.concepts) for f in facts])
        self._regions = _Matrix([dict.fromkeys(f.regions, 1.0) for f in facts])
        self._towns = _Matrix([dict.fromkeys(kinship.beginnings(f.towns), 1.0) for f in facts])
        self._numbers = _Matrix([{str(v): kinship.weight(v) ** 0.5 for v in kinship.telling_numbers(f)} for f in facts])
        self._counted = _Matrix([{f"{v} {k}": kinship.weight(v) ** 0.5 for v, k in f.numbers if k} for f in facts])
        # A name is met as a name or as any other word, so both kinds stand in one space.
        self._words = _Matrix([{w[:PREFIX]: 1.0 for w in f.stems | f.names} for f in facts])
        self._names = _Matrix([{w[:PREFIX]: 1.0 for w in f.names} for f in facts], self._words.columns)

    def of(self, rows: slice, columns: slice) -> NDArray[np.float64]:
        """Return the bounds [rows, columns]."""
        import numpy as np

        regions = self._regions.common(self._regions, rows, columns)
        numbers = self._numbers.common(self._numbers, rows, columns)
        names = self._names.common(self._words, rows, columns) + self._words.common(self._names, rows, columns)
        wholes = np.maximum(np.outer(self._whole[rows], self._whole[columns]), kinship.LEAST**2) ** 0.5
        found = (
            kinship.BIAS
            + kinship.WEIGHTS["words"]
            + kinship.WEIGHTS["share"] * self._concepts.common(self._concepts, rows, columns) / wholes
            + kinship.WEIGHTS["region"] * (regions > 0)
            + kinship.WEIGHTS["town"] * (self._towns.common(self._towns, rows, columns) > 0)
            + kinship.WEIGHTS["numbers"] * np.minimum(numbers, MOST_NUMBERS)
            + kinship.WEIGHTS["counted"] * np.minimum(self._counted.common(self._counted, rows, columns), MOST_NUMBERS)
            + kinship.WEIGHTS["names"] * np.minimum(names, MOST_NAMES)
        )
        placed = self._regions.filled
        elsewhere = placed[rows][:, None] & placed[columns][None, :] & (regions == 0) & (numbers == 0)
        return np.asarray(np.where(elsewhere, -np.inf, found + 1e-6))  # room for what rounding takes away


class _Matrix:
    """A sparse matrix of one row for each telling, and a column for each key that some telling has."""

    def __init__(self, rows: Sequence[Mapping[str, float]], columns: Mapping[str, int] | None = None) -> None:
        import numpy as np
        from scipy.sparse import csr_array

        known: dict[str, int] = defaultdict(lambda: len(known))
        known.update(columns or {})
        cells = [(n, known[key], value) for n, row in enumerate(rows) for key, value in sorted(row.items())]
        self.columns = dict(known)
        self.filled = np.array([bool(row) for row in rows])
        at = ([c[0] for c in cells], [c[1] for c in cells])
        self._cells = csr_array(([c[2] for c in cells], at), shape=(len(rows), max(1, len(known))))

    def common(self, other: _Matrix, rows: slice, columns: slice) -> NDArray[np.float64]:
        """Return the product of some rows here with some there, dense."""
        import numpy as np

        return np.asarray((self._cells[rows] @ other._cells[columns].T).toarray())
