"""How far the texts of a week lie from those of the weeks before, by the vectors that a model gives them.

The energy distance of Székely and Rizzo (2013, Journal of Statistical Planning and Inference 143:1249-1272) is 0 only
where both come from one law, whatever law that is. Divided by what chance gives it is the ratio F of their DISCO test
(2010, Annals of Applied Statistics 4:1034-1055). Every week has its news, so that no two are alike: a warning needs
that texts cannot be exchanged between this week and the others (permutations), and that the week is further off than
weeks usually are from each other (Student's law of the logarithms of F). The larger p counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from monitor.choosing import rank
from monitor.drift import KINDS, LEVEL, MIN_POSTS, MIN_WEEKS, TEXTS, Answer, Place, Shift, cells

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
    Floats = NDArray[np.float64]

SAMPLE = 60  # posts of a cell and week whose vectors are compared
PERMUTATIONS = 4999  # half a second for 800 posts
SEED = 1


def sample(answers: Iterable[Answer], week: str) -> dict[Place, dict[str, list[str]]]:
    """Return the ids of up to SAMPLE posts by cell and week, drawn by chance from all stories up to `week`.

    Only cells that can be compared are here. Chance is a hash of the id: cells share posts, and another day draws the
    same ones again.
    """
    found: dict[Place, dict[str, list[str]]] = {}
    for place, by_week in cells(answers).items():
        own = {w: sorted((a.post for a in seen), key=lambda i: rank(SEED, i))[:SAMPLE] for w, seen in by_week.items()}
        own = {w: ids for w, ids in own.items() if w <= week and len(ids) >= MIN_POSTS}
        if week in own and len(own) > MIN_WEEKS:
            found[place] = own
    return found


def shifts(
    drawn: Mapping[Place, Mapping[str, Sequence[str]]], week: str, vectors: Mapping[str, Vectors]
) -> tuple[Shift, ...]:
    """Compare the texts of `week` with those of the weeks before in each cell; posts without a vector are left out."""
    import numpy as np

    found = []
    for place, by_week in sorted(drawn.items(), key=lambda pair: (KINDS.index(pair[0][0]), pair[0])):
        own = {w: [vectors[i] for i in ids if i in vectors] for w, ids in by_week.items()}
        own = {w: rows for w, rows in own.items() if len(rows) >= MIN_POSTS}
        if week in own and len(own) > MIN_WEEKS:
            now = np.array(own.pop(week), dtype=np.float64)
            found.append(_compared(place, now, [np.array(rows, dtype=np.float64) for rows in own.values()]))
    return tuple(found)


def _compared(place: Place, now: Floats, past: Sequence[Floats]) -> Shift:
    import numpy as np
    from scipy.special import stdtr

    apart = _apart(np.concatenate([now, *past]))
    of = np.repeat(np.arange(len(past) + 1), [len(now), *map(len, past)])
    away = float(ratios(apart, (of == 0)[None])[0])
    before = apart[np.ix_(of > 0, of > 0)]
    usual = np.log(ratios(before, np.stack([of[of > 0] == n for n in range(1, len(past) + 1)])))
    step = float(usual.std(ddof=1) or 1e-9) * (1 + 1 / len(past)) ** 0.5
    further = float(stdtr(len(past) - 1, (float(usual.mean()) - np.log(away)) / step))
    p = max(further, _exchanged(apart, len(now), away)) if further <= LEVEL else further
    return Shift(
        kind=place[0], name=place[1], figure=TEXTS, n=len(now), past=len(before), weeks=len(past), now=away,
        usual=float(np.exp(usual.mean())), low=None, high=None, p=p,
    )  # fmt: skip


def ratios(apart: Floats, chosen: NDArray[np.bool_]) -> Floats:
    """Return the ratio F for each choice [k, n] among points with distances `apart` [n, n]; about 1 by chance."""
    import numpy as np

    ours = chosen.astype(np.float64)
    n = ours.sum(1)
    m = len(apart) - n
    among, touching = ((ours @ apart) * ours).sum(1), ours @ apart.sum(1)
    across = touching - among
    others = apart.sum() - touching - across
    energy = 2 * across / (n * m) - among / n**2 - others / m**2
    # What is left of each mean within when its points lie no further apart than all do: the share of the diagonal.
    chance = (1 / n + 1 / m) * (apart.sum() / (len(apart) * (len(apart) - 1)))
    return np.asarray(np.maximum(energy / chance, 1e-9), dtype=np.float64)


def _exchanged(apart: Floats, n: int, seen: float) -> float:
    """Return the share of exchanges of points that give as large a ratio as was seen, itself among them."""
    import numpy as np

    drawer = np.random.default_rng(SEED)
    chosen = np.zeros((PERMUTATIONS, len(apart)), dtype=bool)
    chosen[:, :n] = True
    larger = int((ratios(apart, drawer.permuted(chosen, axis=1)) >= seen).sum())
    return (1 + larger) / (1 + PERMUTATIONS)


def _apart(points: Floats) -> Floats:
    """Return the Euclidean distances [n, n] of points [n, width]."""
    import numpy as np

    squares = (points**2).sum(1)
    found: Floats = np.sqrt(np.maximum(squares[:, None] + squares - 2 * points @ points.T, 0.0))
    return found
