"""Control over all cells of a week at once, and which of the cells that are unusual shall ring.

The cells are a tree: the country, its regions, and within each region the reasons; the country as a whole and its
reasons are a family beside those of the regions. Families are chosen first and cells within chosen families then, at a
level that accounts for the choice: the tree of Yekutieli (2008, JASA 103:309-316) with the Simes combination of
Bogomolov, Peterson, Benjamini and Sabatti (2021, Biometrika 108:575-590), so that a small place need not move the
country to be heard. Counts are whole numbers and rules ask for a least number, so most cells cannot attain most
probabilities: the false alarms to be expected at a threshold are summed over what the cells can attain (Heyse 2011,
in Recent Advances in Biostatistics, 43-58; Doehler, Durand and Roquain 2018, EJS 12:1867-1900).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy import float64, int64
    from numpy.typing import NDArray

    Array = NDArray[float64]

LEAST = 0.05  # the rest of a cell is never thought to be usual at less than this share of it

Key = tuple[str, str]  # region, reason; an empty string means all


def control(p: Array, family: NDArray[int64], attained: Callable[[float], Array]) -> Array:
    """Return for each cell the false discovery rate at which it would be chosen; 1 where `p` is 1.

    `family` numbers the family of each cell. `attained(t)` is for each cell the probability that, by chance alone,
    its p value is at most t.
    """
    import numpy as np

    q, inner = np.ones(len(p)), np.ones(len(p))
    live = np.flatnonzero(p < 1)
    if not len(live):
        return q
    null = {float(t): attained(float(t)) for t in np.unique(p[live])}
    for one in np.unique(family[live]):
        members = family == one
        mine = live[family[live] == one]
        steps = [(t, float(null[t][members].sum()) / int((p[mine] <= t).sum())) for t in map(float, np.unique(p[mine]))]
        for i in mine:
            inner[i] = min(1.0, *(s for t, s in steps if t >= p[i]), 1.0)
    everything = attained(1.0)
    most = np.array([everything[family == one].sum() for one in np.unique(family)])
    first = np.array([inner[family == one].min() for one in np.unique(family[live])])
    outer = [
        (s, float(np.minimum(s, most).sum()) / int((first <= s).sum())) for s in map(float, np.unique(inner[live]))
    ]
    for i in live:
        q[i] = min(1.0, *(r for s, r in outer if s >= inner[i]), 1.0)
    return q


def adjust(p: Array) -> Array:
    """Return Benjamini-Hochberg q values (1995, JRSS B 57:289-300) of an array of p values, in the same order."""
    from scipy.stats import false_discovery_control

    found: Array = false_discovery_control(p)
    return found


def above(coarse: Key, fine: Key) -> bool:
    """Say whether the stories of `fine` are all among those of `coarse`, and the cells are two."""
    return coarse != fine and all(c in ("", f) for c, f in zip(coarse, fine, strict=True))


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A cell that is unusual: `stories` where `mean` are usual.

    `rings(n, usual)` says whether n of its stories would be unusual if `usual` were its mean. A `silent` one has rung
    before: it explains what coarser cells see, and does not ring again.
    """

    key: Key
    stories: tuple[str, ...]
    mean: float
    p: float
    rings: Callable[[int, float], bool]
    silent: bool = False


@dataclass(slots=True)
class Rung:
    """What has rung this week: the cells with their stories and ratios, and the reason that speaks for each region."""

    cells: list[tuple[Key, frozenset[str], float]] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)

    def add(self, one: Candidate, ratio: float) -> None:
        """Note that the stories of a cell were told, and how many times the usual it is if it rang itself."""
        self.cells.append((one.key, frozenset(one.stories), ratio))

    def fresh(self, one: Candidate) -> tuple[str, ...]:
        """Return the stories of a cell that were not told under another cell, coarser ones that hold it aside."""
        told: set[str] = set().union(*(s for key, s, _ in self.cells if not above(key, one.key)))
        return tuple(s for s in one.stories if s not in told)

    def raised(self, one: Candidate) -> float:
        """Return how many times the usual the coarser cells that have rung are: what is shared is no news."""
        return max((ratio for key, _, ratio in self.cells if above(key, one.key)), default=1.0)


def once(found: Iterable[Candidate], rung: Rung) -> list[Candidate]:
    """Return those that ring, so that one event rings once, at the level where it is; `rung` learns of them.

    From coarse to fine: a coarse cell rings when the event is shared by what is in it (`_shared`); finer cells in it
    ring then only when they stand out beside it. Stories told elsewhere count no more: what people say of one event
    falls under several reasons. For the same cause a region rings with one reason a week, the least probable.
    """
    cells = sorted(found, key=lambda c: (-c.key.count(""), c.p, c.key))
    ringing = []
    for one in cells:
        region, reason = one.key
        spoken = rung.places.get(region, reason) if region else reason
        if one.silent or spoken not in (reason, ""):
            rung.add(one, 1.0)
        elif _shared(one, rung.fresh(one), rung.raised(one), [c for c in cells if above(one.key, c.key)]):
            ringing.append(one)
            rung.add(one, len(one.stories) / one.mean)
            if region:
                rung.places.setdefault(region, reason)
    return ringing


def _shared(one: Candidate, stories: Sequence[str], raised: float, within: Sequence[Candidate]) -> bool:
    """Say whether a cell is unusual by itself, and not only by some of the unusual cells `within` it.

    It is when the rest of it is unusual, too; or when the unusual cells are most of it, and it is still unusual without
    the loudest of them. Both must hold over its regions and over its reasons, whichever it has.
    """
    if not one.rings(len(stories), one.mean * raised):
        return False
    for side in (0, 1):
        parts = _parts([c for c in within if not one.key[side]], side)
        if one.key[side] or not parts:
            continue
        quiet, loudest = one.mean - sum(m for _, m in parts), max(parts, key=lambda part: len(part[0]) - part[1])
        rest = [s for s in stories if not any(s in told for told, _ in parts)]
        most = [s for s in stories if s not in loudest[0]]
        if one.rings(len(rest), max(quiet, one.mean * LEAST) * raised):
            continue
        wide = len(parts) > 1 and quiet < one.mean / 2
        if not (wide and one.rings(len(most), max(one.mean - loudest[1], one.mean * LEAST) * raised)):
            return False
    return True


def _parts(within: Sequence[Candidate], side: int) -> list[tuple[set[str], float]]:
    """Return stories and usual number of each region (side 0) or reason (1) that holds unusual cells."""
    parts = []
    for name in sorted({c.key[side] for c in within} - {""}):
        cells = [c for c in within if c.key[side] == name]
        whole = [c for c in cells if not c.key[1 - side]] or cells
        parts.append((set().union(*(c.stories for c in cells)), sum(c.mean for c in whole)))
    return parts


def families(keys: Sequence[Key]) -> list[int]:
    """Return the number of each cell's family: its region, or the country."""
    regions: dict[str, int] = {}
    return [regions.setdefault(region, len(regions)) for region, _ in keys]
