"""Tries the rules, and simpler methods beside them, on invented years: false alarms a week, and shifts found.

A year is played once as it is: whatever rings is false. Then one place and reason at a time is raised for some weeks:
it is found when the cell itself or one that holds it rings, and did not in the quiet year. The simpler methods watch
the same cells with the same least number of stories; they know of no other cell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from monitor.alerts import Count, decide
from monitor.declarations import Rule
from monitor.expectation import expect
from monitor.hierarchy import Key, above
from monitor.records import Alert
from monitor.simulation import World, Year, draw, name, raised, roll_up

if TYPE_CHECKING:
    from numpy import float64, int64
    from numpy.typing import NDArray

    Array = NDArray[float64]

LARGE = 10.0  # usual stories a week from which a cell is large
FACTORS = (1.5, 2.0, 4.0)
LASTS = 4  # weeks that an injected shift lasts
MEMORY = 8  # weeks of alerts that a check is told of; it remembers four
ALONE = 0.005  # critical probability of the law without control over cells


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """How often shifts of one factor, in large or smaller cells, were found, as shares of `trials`.

    `first`, `second` and `fourth` are by the end of that week of the shift.
    """

    factor: float
    large: bool
    trials: int
    first: float
    second: float
    fourth: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """What one method did in `weeks` quiet weeks over all `cells`, and with shifts."""

    method: str
    weeks: int
    cells: int
    false_alarms: int
    found: tuple[Found, ...]

    @property
    def a_week(self) -> float:
        """False alarms a week over all cells."""
        return self.false_alarms / self.weeks


@dataclass
class Course:
    """One course of events: the counts of a year, as arrays and as the rules read them."""

    counts: NDArray[int64]
    calendar: tuple[str, ...]
    base: Course | None = None
    changed: range = range(0)

    def week(self, number: int) -> list[Count]:
        """Return the counts of one week, of the course this one departs from where they are the same."""
        if self.base and number not in self.changed:
            return self.base.week(number)
        if number not in self._weeks:
            self._weeks[number] = roll_up(self.counts, [number], self.calendar)
        return self._weeks[number]

    @cached_property
    def _weeks(self) -> dict[int, list[Count]]:
        return {}

    @cached_property
    def totals(self) -> tuple[list[Key], Array, NDArray[int64]]:
        """Return all cells, their stories as an array (cells, weeks), and their levels."""
        import numpy as np

        leaves = self.counts.sum(2)
        regions, reasons, weeks = leaves.shape
        names = [name(i, j) for i in range(regions) for j in range(reasons)]
        keys = [*names, *((name(i, 0)[0], "") for i in range(regions)), *(("", name(0, j)[1]) for j in range(reasons))]
        rows = [leaves.reshape(-1, weeks), leaves.sum(1), leaves.sum(0), leaves.sum((0, 1))[None, :]]
        level = np.repeat([0, 1, 2], [regions * reasons, regions + reasons, 1])
        return [*keys, ("", "")], np.vstack(rows).astype(float), level


Method = Callable[[Course, int, Sequence[Alert]], tuple[set[Key], tuple[Alert, ...]]]


def ours(rules: Sequence[Rule]) -> Method:
    """Return our own rules as a method."""
    reach = max((rule.history_weeks for rule in rules), default=0)

    def ring(course: Course, number: int, past: Sequence[Alert]) -> tuple[set[Key], tuple[Alert, ...]]:
        counts = [c for n in range(max(number - reach, 0), number + 1) for c in course.week(n)]
        rung = decide(counts, rules, course.calendar[number], past=past)
        return {(a.region, a.reason) for a in rung}, rung

    return ring


def simple(upper: Callable[[Array, NDArray[int64]], Array], least: int) -> Method:
    """Return a method that rings above `upper`, which is told the past (cells, weeks) and the level of each cell."""

    def ring(course: Course, number: int, past: Sequence[Alert]) -> tuple[set[Key], tuple[Alert, ...]]:
        keys, totals, level = course.totals
        now = totals[:, number]
        loud = (now > upper(totals[:, :number], level)) & (now >= least)
        return {key for key, rings in zip(keys, loud, strict=True) if rings}, ()

    return ring


def ears(past: Array, level: NDArray[int64]) -> Array:
    """Return the bound of EARS C2: mean + 3 sd of seven weeks, with two left out before the one that is judged."""
    base = past[:, -9:-2]
    return base.mean(1) + 3 * base.std(1, ddof=1)  # type: ignore[no-any-return]


def two_sigma(past: Array, level: NDArray[int64]) -> Array:
    """Return mean + 2 sd of the last half year."""
    base = past[:, -26:]
    return base.mean(1) + 2 * base.std(1, ddof=1)  # type: ignore[no-any-return]


def law_alone(past: Array, level: NDArray[int64]) -> Array:
    """Return the bound of our law for each cell by itself: nothing accounts for how many are watched."""
    import numpy as np
    from scipy.stats import nbinom

    law = expect(past, np.arange(-float(past.shape[1]), 0), level)
    return np.asarray(nbinom.isf(ALONE, law.size, law.size / (law.size + law.mean)))


def methods(rules: Sequence[Rule]) -> dict[str, Method]:
    """Return our rules and the methods that they are held against."""
    least = min((rule.min_stories for rule in rules), default=2)
    return {
        "these rules": ours(rules),
        "law alone, p <= 0.005": simple(law_alone, least),
        "EARS C2": simple(ears, least),
        "mean + 2 sd": simple(two_sigma, least),
    }


def play(
    world: World, rules: Sequence[Rule], *, seed: int = 1, years: int = 1, trials: int = 60,
    count: Callable[[int], None] = lambda _: None, beside: Mapping[str, Method] | None = None,
) -> tuple[Score, ...]:  # fmt: skip
    """Play `years` invented years and `trials` shifts of each factor and size; the same seed gives the same scores.

    `count` is told of each week that is judged, 1. Methods of the caller's, `beside`, are played after ours.
    """
    rules = [rule for rule in rules if rule.kind == "spike"]
    drawn = [draw(world, seed + n) for n in range(years)]
    quiet = [Course(year.counts, year.calendar) for year in drawn]
    plans = [(f, large, _plan(drawn, large, trials, seed)) for f in FACTORS for large in (True, False)]
    played = methods(rules) | dict(beside or {})
    return tuple(_score(label, method, drawn, quiet, plans, count) for label, method in played.items())


def _score(
    label: str,
    method: Method,
    drawn: Sequence[Year],
    quiet: Sequence[Course],
    plans: Sequence[tuple[float, bool, Sequence[tuple[int, int, tuple[int, int], int]]]],
    count: Callable[[int], None],
) -> Score:
    rung = [_run(method, course, year.world, count) for course, year in zip(quiet, drawn, strict=True)]
    found = []
    for factor, large, plan in plans:
        delays = []
        for n, week, cell, seed in plan:
            counts = raised(drawn[n], cell, week, factor, seed, LASTS)
            course = Course(counts, quiet[n].calendar, quiet[n], range(week, week + LASTS))
            delays.append(_delay(method, course, week, name(*cell), rung[n], count))
        shares = [sum(d is not None and d <= most for d in delays) / max(len(delays), 1) for most in (0, 1, LASTS - 1)]
        found.append(
            Found(factor=factor, large=large, trials=len(delays), first=shares[0], second=shares[1], fourth=shares[2])
        )
    world = drawn[0].world
    false = sum(len(keys) for year in rung for keys, _ in year.values())
    return Score(method=label, weeks=len(drawn) * world.weeks, cells=len(quiet[0].totals[0]), false_alarms=false,
                 found=tuple(found))  # fmt: skip


Rings = dict[int, tuple[set[Key], tuple[Alert, ...]]]


def _run(method: Method, course: Course, world: World, count: Callable[[int], None]) -> Rings:
    """Judge every week of a year in turn; return what rang."""
    rung: Rings = {}
    for week in range(world.history, world.history + world.weeks):
        rung[week] = method(course, week, _past(rung, week))
        count(1)
    return rung


def _past(rung: Rings, week: int) -> list[Alert]:
    return [alert for n in range(week - MEMORY, week) if n in rung for alert in rung[n][1]]


def _delay(
    method: Method, course: Course, start: int, cell: Key, quiet: Rings, count: Callable[[int], None]
) -> int | None:
    """Return the weeks until a shift was found, 0 in the week of its start; None when it was not while it lasted."""
    rung = dict(quiet)
    for week in course.changed:
        rung[week] = method(course, week, _past(rung, week))
        count(1)
        if any(key == cell or above(key, cell) for key in rung[week][0] - quiet[week][0]):
            return week - start
    return None


def _plan(drawn: Sequence[Year], large: bool, trials: int, seed: int) -> list[tuple[int, int, tuple[int, int], int]]:
    """Choose year, week and cell of each shift, evenly among the cells of that size in that week."""
    import numpy as np

    rng = np.random.default_rng((seed, large))
    plan = []
    for trial in range(trials):
        n = trial % len(drawn)
        world = drawn[n].world
        week = int(rng.integers(world.history, world.history + world.weeks - LASTS + 1))
        cells = np.argwhere((drawn[n].mean[:, :, week] >= LARGE) == large)
        if len(cells):
            region, reason = rng.choice(cells)
            plan.append((n, week, (int(region), int(reason)), seed + trial))
    return plan


def fitted(counts: Sequence[Count], weeks: Sequence[str], world: World | None = None) -> World:
    """Return a world with the size and the dispersion of counts of the past, over at least eight `weeks`."""
    import numpy as np

    world = world or World()
    cells = sorted({(c.region, c.reason) for c in counts if c.region and c.reason})
    seen = {(c.region, c.reason, c.week): len(c.stories) for c in counts}
    if len(weeks) < 8 or not cells:
        return world
    past = np.array([[seen.get((*cell, w), 0) for w in weeks] for cell in cells], dtype=float)
    law = expect(past, np.arange(-float(len(weeks)), 0), np.zeros(len(cells), dtype=int))
    weight = law.mean**2
    total = sum(seen.get(("", "", w), 0) for w in weeks) / len(weeks)
    return replace(world, stories=float(total), dispersion=float((weight / law.size).sum() / weight.sum()))
