"""Decides when a place and a reason have become unusually loud: counts of stories in, alerts out.

A count rings when the law learnt from the cell's own past (`monitor.expectation`) finds it improbable, when it still
does so among all cells of that week, when no other cell says the same (`monitor.hierarchy`), and when it is large
enough to matter. The running week is held against the law of a whole week, so that it may ring early when it is loud
enough already, and never for being half over.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha1
from typing import TYPE_CHECKING

from monitor import coordination
from monitor.declarations import Rule
from monitor.expectation import Law, critical, expect, expect_cold, tail
from monitor.hierarchy import Candidate, Key, Rung, control, families, once
from monitor.records import Alert, Judged
from monitor.weeks import between, monday, shift, week_of

if TYPE_CHECKING:
    from monitor.expectation import Array

USUAL = 0.99  # share of quiet weeks that Alert.upper covers
REMEMBER = 4  # weeks for which an alert of the same cell is the same event ...
GROWTH = 1.5  # ... unless it has grown by half
COLD_WEEKS = 4  # below this no past is long enough even for a cold start
COLD_SIGMA = 3.0  # standard deviations above the mean that a cold start asks for, as EARS C1 does
MANY = 8  # regions from which on it can be told what they share
TOP = 5  # posts that an alert carries
TOP_REASONS = 3

Table = Mapping[tuple[str, str, str], "Count"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """The distinct stories of a region x reason that were first told in a week; an empty string means "all".

    `stories` are ids, loudest first; `posts` holds the earliest post of each, in the same order.
    """

    region: str
    reason: str
    week: str
    stories: tuple[str, ...]
    sources: int
    posts: tuple[str, ...] = ()


def count(judged: Iterable[Judged], codes: Collection[str]) -> tuple[Count, ...]:
    """Count distinct stories with one of the negative reasons `codes` or a negative stance, over all roll-ups.

    Official posts and those on which the model abstained stay out, and a chorus (`coordination`) is one post. A story
    counts in the week in which it was first told: what is told again later is a reprint and no new event.
    """
    cells: dict[tuple[str, str, str], dict[str, list[Judged]]] = defaultdict(lambda: defaultdict(list))
    alone = (p for p in coordination.once(judged) if not (p.official or p.abstained))
    counted = [(p, {r for r in p.reasons if r in codes}) for p in alone]
    told = [(post, reasons) for post, reasons in counted if reasons or post.sentiment == "negative"]
    first: dict[str, str] = {}
    for post, _ in told:
        first[post.story] = min(first.get(post.story, "9"), week_of(post.published))
    for post, reasons in told:
        week = week_of(post.published)
        if week == first[post.story]:
            for region in {*post.regions, ""}:
                for reason in reasons | {""}:
                    cells[region, reason, week][post.story].append(post)
    return tuple(_count(*key, cells[key]) for key in sorted(cells))


def _count(region: str, reason: str, week: str, stories: dict[str, list[Judged]]) -> Count:
    loudest = sorted(stories, key=lambda s: (-len(stories[s]), s))
    first = (min(stories[s], key=lambda p: (p.published, p.post_id)).post_id for s in loudest)
    sources = {p.source for posts in stories.values() for p in posts}
    return Count(
        region=region, reason=reason, week=week, stories=tuple(loudest), sources=len(sources), posts=tuple(first)
    )


def decide(
    counts: Iterable[Count],
    rules: Sequence[Rule],
    week: str,
    *,
    collected: Collection[str] | None = None,
    past: Sequence[Alert] = (),
) -> tuple[Alert, ...]:
    """Return the alerts of `week`, coarsest cells first, under all rules about counts.

    `collected` are the weeks in which collection worked (None: all since the first count); others are no history,
    because silence of the crawler is not silence of the public, and nothing rings in a week that follows such a gap.
    A cell that rang within four weeks (`past`) is silent until it has grown by half. A past shorter than a rule's
    `min_weeks` and of at least `COLD_WEEKS` is a cold start, which the alert says.
    """
    table = {(c.region, c.reason, c.week): c for c in counts if c.week <= week}
    first = min((w for _, _, w in table), default=week)
    known = [w for w in between(first, shift(week, -1)) if collected is None or w in collected]
    if not known or known[-1] != shift(week, -1):
        return ()
    rung = Rung(places={a.region: a.reason for a in past if a.week == week and a.region and a.kind == "spike"})
    alerts: list[Alert] = []
    for rule in rules:
        history = [w for w in known if shift(week, -rule.history_weeks) <= w <= shift(week, -rule.span)]
        whole = rule.span == 1 or known[-rule.span + 1 :] == list(between(shift(week, 1 - rule.span), shift(week, -1)))
        if rule.kind == "spike" and len(history) >= COLD_WEEKS and whole:
            tests = {t.key: t for t in _tests(table, rule, week, history)}
            found = [t.candidate(rule, silent=_remembered(t.count, rule.span, past)) for t in tests.values()]
            alerts += [tests[c.key].alert(rule, table) for c in once(found, rung)]
    return tuple(alerts)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Test:
    """One unusual cell beside its law, negative binomial with `mean` and `size`; `cut` is the critical p."""

    count: Count
    mean: float
    size: float
    p: float
    q: float
    cut: float
    weeks: int
    cold: bool
    trend: bool
    season: bool
    shared: float

    @property
    def key(self) -> Key:
        """Region and reason."""
        return self.count.region, self.count.reason

    def candidate(self, rule: Rule, *, silent: bool) -> Candidate:
        """Return what the hierarchy needs to know of the cell."""

        def rings(stories: int, mean: float) -> bool:
            return stories >= float(_least(mean, rule)) and float(tail(stories, mean, self.size)) <= self.cut

        return Candidate(key=self.key, stories=self.count.stories, mean=self.mean, p=self.p, rings=rings, silent=silent)

    def alert(self, rule: Rule, table: Table) -> Alert:
        """Return the alert; its id follows from rule, week, region and reason alone."""
        return Alert(
            id=alert_id(rule.id, self.count.week, *self.key), rule=rule.id, week=self.count.week,
            region=self.count.region, reason=self.count.reason, observed=len(self.count.stories), expected=self.mean,
            upper=float(critical(1 - USUAL, self.mean, self.size, 1.0) - 1),
            p=self.p, q=self.q, sources=self.count.sources, posts=self.count.posts[:TOP], span=rule.span,
            weeks=self.weeks, cold=self.cold, trend=self.trend, season=self.season, shared=self.shared,
            reasons=_reasons(self.count, table, rule.span),
        )  # fmt: skip


def alert_id(rule: str, week: str, region: str, reason: str) -> str:
    """Return the id of an alert: 12 hex digits."""
    return sha1("\x1f".join((rule, week, region, reason)).encode()).hexdigest()[:12]


def _remembered(count: Count, span: int, past: Sequence[Alert]) -> bool:
    """Say whether this cell rang lately and has not grown since, by stories a week."""
    since = shift(count.week, -REMEMBER)
    before = [
        a.observed / a.span
        for a in past
        if (a.region, a.reason) == (count.region, count.reason) and since <= a.week < count.week and a.kind == "spike"
    ]
    return bool(before) and len(count.stories) / span < GROWTH * max(before)


def _reasons(count: Count, table: Table, span: int) -> tuple[str, ...]:
    """Return the reasons most often given in the stories of a cell that is about all reasons, commonest first."""
    if count.reason:
        return ()
    stories, first = set(count.stories), shift(count.week, 1 - span)
    found: Counter[str] = Counter()
    for (region, reason, week), one in table.items():
        if reason and region == count.region and first <= week <= count.week:
            found[reason] += len(stories.intersection(one.stories))
    return tuple(r for r, n in sorted(found.items(), key=lambda x: (-x[1], x[0])) if n)[:TOP_REASONS]


def _tests(table: Table, rule: Rule, week: str, history: Sequence[str]) -> list[_Test]:
    """Test every cell of the rule that ever had a story; return those that are unusual among all."""
    import numpy as np

    cells = sorted({(g, r) for g, r, _ in table if not r or not rule.reasons or r in rule.reasons})
    if rule.reasons:  # "all reasons" would count stories that the rule is not about
        cells = [(g, r) for g, r in cells if r]
    if not cells:
        return []
    span = between(shift(week, 1 - rule.span), week)
    counts = [_merged([table[(*cell, w)] for w in span if (*cell, w) in table], week) for cell in cells]
    now = np.array([len(c.stories) if c else 0 for c in counts], dtype=float)
    cold = len(history) < rule.min_weeks
    law, least = _law(table, cells, week, history, cold=cold)
    mean, size = law.over(rule.span)
    shared = _shared(cells, now, mean)
    mean = np.where([bool(g) for g, _ in cells], mean * shared, mean)
    least = np.maximum(least * rule.span, _least(mean, rule))
    enough = (now >= least) & np.array([c is not None and c.sources >= rule.min_sources for c in counts])
    p = np.where(enough, tail(np.maximum(now, 1), mean, size), 1.0)

    def attained(level: float) -> Array:
        return tail(critical(level, mean, size, least), mean, size)

    q = control(p, np.array(families(cells)), attained)
    passed = np.flatnonzero(q <= rule.level)
    cut = float(max(p[passed].max(), rule.level / len(cells))) if len(passed) else 0.0
    return [
        _Test(count=one, mean=float(mean[i]), size=float(size[i]), p=float(p[i]), q=float(q[i]), cut=cut,
              weeks=len(history), cold=cold, trend=bool(law.trend[i]), season=law.season,
              shared=shared if cells[i][0] else 1.0)
        for i in passed if (one := counts[i])
    ]  # fmt: skip


def _shared(cells: Sequence[Key], now: Array, mean: Array) -> float:
    """Return how many times the usual most of the country is, at least 1: no news of a single place.

    It is the median of the regions, weighted by what is usual there; with few regions it is not known.
    """
    regions: dict[str, list[int]] = defaultdict(list)
    for i, (region, reason) in enumerate(cells):
        if region and reason:
            regions[region].append(i)
    if len(regions) < MANY:
        return 1.0
    sums = sorted((float(now[rows].sum() / mean[rows].sum()), float(mean[rows].sum())) for rows in regions.values())
    half, below = sum(weight for _, weight in sums) / 2, 0.0
    for ratio, weight in sums:
        below += weight
        if below >= half:
            return max(ratio, 1.0)
    return 1.0


def _merged(counts: Sequence[Count], week: str) -> Count | None:
    """Return the counts of a cell in several weeks as one, the latest first; its sources are those of its best week."""
    if len(counts) < 2:
        return replace(counts[0], week=week) if counts else None
    late = counts[::-1]
    return replace(
        late[0],
        week=week,
        stories=tuple(s for c in late for s in c.stories),
        posts=tuple(p for c in late for p in c.posts),
        sources=max(c.sources for c in counts),
    )


def _law(table: Table, cells: Sequence[Key], week: str, history: Sequence[str], *, cold: bool) -> tuple[Law, Array]:
    """Return the laws of the cells and the fewest stories that a cold start rings for."""
    import numpy as np

    level = np.array([(not g) + (not r) for g, r in cells])
    seen = {key: len(c.stories) for key, c in table.items()}
    past = np.array([[seen.get((g, r, w), 0) for w in history] for g, r in cells], dtype=float)
    if cold:
        law = expect_cold(past, level)
        deviation = np.sqrt(np.maximum(past.var(1, ddof=1), law.mean))
        return law, np.floor(law.mean + COLD_SIGMA * deviation) + 1
    when = np.array([(monday(w) - monday(week)).days // 7 for w in history], dtype=float)
    return expect(past, when, level), np.ones(len(cells))


def _least(mean: Array | float, rule: Rule) -> Array:
    """Return the fewest stories for which a rule rings where `mean` are usual."""
    import numpy as np

    wanted = np.maximum(np.multiply(mean, rule.min_ratio), np.add(mean, rule.min_excess))
    return np.asarray(np.ceil(np.maximum(wanted, rule.min_stories)))
