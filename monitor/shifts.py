"""Decides when the net stance toward the police has shifted for good: judged posts in, alerts of the kind `shift` out.

A slow shift never makes a loud week. The net stance of each week, one voice a story, is cut at its change-points by
optimal partitioning (Jackson et al. 2005, IEEE Signal Processing Letters 12:105-108), whose result is that of PELT;
with a year of weeks there is nothing to prune. The last of them rings when it is fresh, large enough to matter, and
when weeks in random order hardly ever break as sharply at any place (a permutation test of the largest CUSUM, so that
having looked for the place is paid for). Noise that lingers from week to week breaks more often than noise that does
not: the break is scored against the long-run variance of an AR(1) series. Regions and the country are controlled
together (Benjamini and Hochberg), and the country rings only for what most regions share.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.alerts import TOP, TOP_REASONS, alert_id
from monitor.coordination import once
from monitor.declarations import Rule
from monitor.hierarchy import adjust
from monitor.records import Alert, Judged
from monitor.weeks import shift, week_of

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

    Array = NDArray[float64]

FRESH = 13  # weeks after which a shift is history and rings no more
SHUFFLES = 1999  # random orders: the smallest p value is 1 / 2000, and 21 cells at 0.05 ask for 1 / 420
PENALTY = 2.0  # of a change-point, in variances times the logarithm of the weeks: Schwarz for two parameters
SIGNS = {"negative": -1.0, "neutral": 0.0, "positive": 1.0}


@dataclass(frozen=True, kw_only=True, slots=True)
class Voice:
    """One story of a region in a week: its mean stance, and what was said."""

    net: float
    posts: tuple[Judged, ...]


Voices = dict[str, list[Voice]]  # by week


def voices(judged: Iterable[Judged]) -> dict[str, Voices]:
    """Return the stories with a stance, by region ("" is the country) and week, official and undecided posts aside."""
    found: dict[tuple[str, str, str], list[Judged]] = defaultdict(list)
    for post in once(judged):
        if post.sentiment and not post.official and not post.abstained:
            for region in {*post.regions, ""}:
                found[region, week_of(post.published), post.story].append(post)
    regions: dict[str, Voices] = defaultdict(lambda: defaultdict(list))
    for (region, week, _), posts in sorted(found.items()):
        posts.sort(key=lambda p: (p.published, p.post_id))
        net = sum(SIGNS[str(p.sentiment)] for p in posts) / len(posts)
        regions[region][week].append(Voice(net=net, posts=tuple(posts)))
    return regions


def find(
    judged: Iterable[Judged],
    rules: Sequence[Rule],
    week: str,
    *,
    collected: Collection[str] | None = None,
    past: Sequence[Alert] = (),
) -> tuple[Alert, ...]:
    """Return the shifts that are seen at the end of `week`, which must be over, under all rules about shifts.

    A region that rang for a shift in the same direction within `FRESH` weeks is silent; so is a week that was not
    collected, and a week of a region with fewer stories than the rule asks for is left out of its series.
    """
    said = voices(p for p in judged if week_of(p.published) <= week)
    alerts: list[Alert] = []
    for rule in (r for r in rules if r.kind == "shift"):
        breaks = []
        for region in sorted(said):
            usable = sorted(
                w
                for w, told in said[region].items()
                if len(told) >= rule.min_stories
                and w > shift(week, -rule.history_weeks)
                and (collected is None or w in collected)
            )
            if len(usable) >= 2 * rule.min_weeks and usable[-1] == week:
                breaks.append(_break(region, usable, said[region], rule))
        q = adjust(_array([b.p for b in breaks])) if breaks else ()
        chosen = [(b, float(x)) for b, x in zip(breaks, q, strict=True) if x <= rule.level and b.rings(rule, week)]
        alerts += [
            b.alert(rule, week, x, said[b.region])
            for b, x in _at_its_level(chosen, len(breaks))
            if not any(_same(b, a, week) for a in past)
        ]
    return tuple(alerts)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Break:
    """The last change-point of a region: net stances before and after, and the weeks on both sides."""

    region: str
    before: float
    after: float
    earlier: tuple[str, ...]
    later: tuple[str, ...]
    p: float

    def rings(self, rule: Rule, week: str) -> bool:
        """Say whether it is fresh, large and seen long enough."""
        return (
            len(self.later) >= rule.min_weeks
            and self.later[0] > shift(week, -FRESH)
            and abs(self.after - self.before) >= rule.min_change
        )

    def alert(self, rule: Rule, week: str, q: float, said: Voices) -> Alert:
        """Return the alert, with the loudest stories of the new stance, the latest first."""
        worse = self.after < self.before
        wanted = [v for w in reversed(self.later) for v in said[w] if (v.net < 0 if worse else v.net > 0)]
        wanted.sort(key=lambda v: -len(v.posts))
        reasons = Counter(r for v in wanted for r in {r for p in v.posts for r in p.reasons})
        return Alert(
            id=alert_id(rule.id, self.later[0], self.region, "worse" if worse else "better"), rule=rule.id, week=week,
            region=self.region, reason="", observed=round(_a_week(said, self.later)),
            expected=_a_week(said, self.earlier), upper=0.0, p=self.p, q=q,
            sources=len({p.source for w in self.later for v in said[w] for p in v.posts}),
            posts=tuple(v.posts[0].post_id for v in wanted[:TOP]), kind="shift", weeks=len(self.earlier),
            reasons=tuple(r for r, _ in sorted(reasons.items(), key=lambda x: (-x[1], x[0])))[:TOP_REASONS],
            since=self.later[0], before=self.before, after=self.after,
        )  # fmt: skip


def _a_week(said: Voices, weeks: Sequence[str]) -> float:
    return sum(len(said[w]) for w in weeks) / len(weeks)


def _same(one: _Break, alert: Alert, week: str) -> bool:
    """Say whether an alert was about this shift; one of this very week is the same alert and may be found again."""
    if alert.kind != "shift" or alert.region != one.region or not shift(week, -FRESH) <= alert.week < week:
        return False
    return ((alert.after or 0) < (alert.before or 0)) == (one.after < one.before)


def _at_its_level(chosen: Sequence[tuple[_Break, float]], tested: int) -> list[tuple[_Break, float]]:
    """Keep the country when most regions have shifted as it has, or none has; else the regions."""
    regions = [(b, q) for b, q in chosen if b.region]
    country = [(b, q) for b, q in chosen if not b.region]
    if not country or not regions:
        return [*country, *regions]
    fell = country[0][0].after < country[0][0].before
    alike = [b for b, _ in regions if (b.after < b.before) == fell]
    if 2 * len(alike) > tested - 1:
        return [*country, *((b, q) for b, q in regions if b not in alike)]
    return regions


def _break(region: str, weeks: Sequence[str], said: Voices, rule: Rule) -> _Break:
    """Return the last change-point of a region, by weeks that have enough stories."""
    import numpy as np

    net = np.array([sum(v.net for v in said[w]) / len(said[w]) for w in weeks])
    at = last_break(net, rule.min_weeks)
    if at is None:
        whole = float(net.mean())
        return _Break(region=region, before=whole, after=whole, earlier=tuple(weeks), later=(weeks[-1],), p=1.0)
    start, middle = at
    return _Break(
        region=region, before=float(net[start:middle].mean()), after=float(net[middle:].mean()),
        earlier=tuple(weeks[start:middle]), later=tuple(weeks[middle:]), p=chance(net[start:], rule.min_weeks),
    )  # fmt: skip


def last_break(series: Array, least: int) -> tuple[int, int] | None:
    """Return where the last stretch but one and the last stretch of a series begin; None without a change-point."""
    import numpy as np

    number = len(series)
    noise = float(np.median(np.abs(np.diff(series)))) / 0.954  # of normal noise: 0.6745 x sqrt(2) standard deviations
    penalty = PENALTY * max(noise, 0.02) ** 2 * float(np.log(number))
    sums, squares = np.append(0, series.cumsum()), np.append(0, (series**2).cumsum())
    best, begin = np.full(number + 1, np.inf), np.zeros(number + 1, dtype=int)
    best[0] = -penalty
    for end in range(least, number + 1):
        starts = np.arange(end - least + 1)
        within = squares[end] - squares[starts] - (sums[end] - sums[starts]) ** 2 / (end - starts)
        costs = best[starts] + within + penalty
        begin[end], best[end] = int(costs.argmin()), float(costs.min())
    last = int(begin[number])
    return (int(begin[last]), last) if last else None


def chance(series: Array, least: int) -> float:
    """Return how often a series in random order breaks as sharply as this one, at any place, of all orders and itself.

    The same seed always: the same series has the same probability.
    """
    import numpy as np

    rng = np.random.default_rng(20200101)
    orders = rng.permuted(np.tile(series, (SHUFFLES, 1)), axis=1)
    own, at = _sharpest(series[None, :], least)
    place = int(at[0])
    rest = np.concatenate([series[:place] - series[:place].mean(), series[place:] - series[place:].mean()])
    variance = float((rest**2).sum())
    memory = float((rest[1:] * rest[:-1]).sum()) / variance if variance else 0.0
    memory = min(max(memory + 1 / len(series), 0.0), 0.9)  # the estimate is too low by about so much
    score = float(own[0]) * ((1 - memory) / (1 + memory)) ** 0.5
    return float(1 + (_sharpest(orders, least)[0] >= score - 1e-12).sum()) / (1 + SHUFFLES)


def _sharpest(series: Array, least: int) -> tuple[Array, NDArray[float64]]:
    """Return the largest studentised difference of the means before and after any place, and the place, of each row."""
    import numpy as np

    n = series.shape[1]
    left = np.arange(least, n - least + 1)
    sums, squares = series.cumsum(1), (series**2).cumsum(1)
    a, b = sums[:, left - 1], sums[:, -1:] - sums[:, left - 1]
    within = squares[:, -1:] - a**2 / left - b**2 / (n - left)
    gap = np.abs(a / left - b / (n - left)) / np.sqrt(
        np.maximum(within, 1e-9) / max(n - 2, 1) * (1 / left + 1 / (n - left))
    )
    return gap.max(1), left[gap.argmax(1)]


def _array(values: Sequence[float]) -> Array:
    import numpy as np

    return np.array(values)
