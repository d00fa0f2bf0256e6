"""Decides when a place and a reason have become unusually loud: counts of stories in, alerts out.

A count rings when a negative binomial law learnt from the cell's own past finds it improbable, when it still does so
among all cells tested that week, and when it is large enough to matter. The law follows the improved Farrington
algorithm (Noufaily et al. 2013, Statistics in Medicine 32:1206-1222) without trend and season: weeks that were
outbreaks themselves are down-weighted by their Anscombe residual, and the uncertainty of the mean enters the law.
The correction over cells is Benjamini and Hochberg (1995, JRSS B 57:289-300).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha1
from typing import TYPE_CHECKING

from monitor.declarations import Recipient, Rule
from monitor.pages import page, plain
from monitor.quotes import quote
from monitor.records import Alert, Judged, Message, Opinion, Post
from monitor.settings import Settings
from monitor.telling import told
from monitor.weeks import between, shift, week_of
from monitor.wording import Wording

if TYPE_CHECKING:
    from numpy import float64, int64
    from numpy.typing import NDArray

    Array = NDArray[float64]

OUTBREAK = 2.58  # Anscombe residual beyond which a past week loses weight (Noufaily et al. 2013, section 3.3)
SHRINK = 26.0  # a cell's own dispersion counts as much as its level's after so many weeks
USUAL = 0.99  # share of quiet weeks that Alert.upper covers
REMEMBER = 4  # weeks for which an alert of the same cell is the same event ...
GROWTH = 1.5  # ... unless it has grown by half
TOP = 5  # posts that an alert carries
NEVER = 0.15  # stories a week below which "usually none" is nearer to the truth than a number


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """The distinct stories of a region x reason in a week; an empty string means "all".

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

    Official posts and those on which the model abstained stay out. A story that spans two weeks counts in both.
    """
    cells: dict[tuple[str, str, str], dict[str, list[Judged]]] = defaultdict(lambda: defaultdict(list))
    for post in judged:
        reasons = {r for r in post.reasons if r in codes}
        if post.official or post.abstained or not (reasons or post.sentiment == "negative"):
            continue
        week = week_of(post.published)
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
    """Return the alerts of `week`, finest cells first, under all rules.

    `collected` are the weeks in which collection worked (None: all since the first count); others are no history,
    because silence of the crawler is not silence of the public. A cell that rang within four weeks (`past`) is silent
    until it has grown by half. One event rings once: a coarser cell rings only when the stories that have not rung
    yet are unusual by themselves, and a region rings once a week, with its least probable reason: what people say of
    one event falls under several reasons, and the mail quotes them all.
    """
    table = {(c.region, c.reason, c.week): c for c in counts if c.week <= week}
    first = min((w for _, _, w in table), default=week)
    known = [w for w in between(first, shift(week, -1)) if collected is None or w in collected]
    alerts: list[Alert] = []
    rung: set[str] = set()
    places = {a.region: a.reason for a in past if a.week == week and a.region}
    for rule in rules:
        history = [w for w in known if w >= shift(week, -rule.history_weeks)]
        if len(history) < rule.min_weeks:
            continue
        for test in _tests(table, rule, week, history):
            cell = test.count
            fresh = [s for s in cell.stories if s not in rung]
            if places.get(cell.region, cell.reason) != cell.reason:
                rung.update(cell.stories)
            elif test.rings(len(fresh), rule) and not _remembered(test, week, past):
                alerts.append(test.alert(rule))
                rung.update(cell.stories)
                if cell.region:
                    places[cell.region] = cell.reason
    return tuple(alerts)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Test:
    """One cell of the week against its own law: negative binomial with `mean` and `size`, critical value `cut`."""

    count: Count
    mean: float
    size: float
    p: float
    q: float
    cut: float

    def rings(self, stories: int, rule: Rule) -> bool:
        """Say whether so many of the cell's stories ring by themselves."""
        return (
            stories >= rule.min_stories
            and self.count.sources >= rule.min_sources
            and stories >= rule.min_ratio * self.mean
            and float(tail(stories, self.mean, self.size)) <= self.cut
        )

    def alert(self, rule: Rule) -> Alert:
        """Return the alert; its id follows from rule, week, region and reason alone."""
        name = "\x1f".join((rule.id, self.count.week, self.count.region, self.count.reason))
        upper = int(self.mean)
        while float(tail(upper + 1, self.mean, self.size)) > 1 - USUAL:
            upper += 1
        return Alert(
            id=sha1(name.encode()).hexdigest()[:12], rule=rule.id, week=self.count.week, region=self.count.region,
            reason=self.count.reason, observed=len(self.count.stories), expected=self.mean, upper=float(upper),
            p=self.p, q=self.q, sources=self.count.sources, posts=self.count.posts[:TOP],
        )  # fmt: skip


def _remembered(test: _Test, week: str, past: Sequence[Alert]) -> bool:
    """Say whether this cell rang lately and has not grown since."""
    cell = (test.count.region, test.count.reason)
    before = [a.observed for a in past if (a.region, a.reason) == cell and shift(week, -REMEMBER) <= a.week < week]
    return bool(before) and len(test.count.stories) < GROWTH * max(before)


def _tests(table: dict[tuple[str, str, str], Count], rule: Rule, week: str, history: Sequence[str]) -> list[_Test]:
    """Test every cell of the rule that ever had a story; return those that speak this week, finest and rarest first."""
    import numpy as np

    cells = sorted({(g, r) for g, r, _ in table if not r or not rule.reasons or r in rule.reasons})
    if rule.reasons:  # "all reasons" would count stories that the rule is not about
        cells = [(g, r) for g, r in cells if r]
    if not cells:
        return []
    level = np.array([(not g) + (not r) for g, r in cells])
    seen = {key: len(c.stories) for key, c in table.items()}
    past = np.array([[seen.get((g, r, w), 0) for w in history] for g, r in cells], dtype=float)
    now = np.array([seen.get((g, r, week), 0) for g, r in cells])
    mean, size = usual(past, level)
    p = np.where(now > 0, tail(np.maximum(now, 1), mean, size), 1.0)
    q = adjust(p)
    passed = p[q <= rule.level]
    cut = float(passed.max()) if len(passed) else -1.0
    order = sorted((int(level[i]), float(p[i]), i) for i in range(len(cells)) if now[i])
    return [
        _Test(count=table[(*cells[i], week)], mean=float(mean[i]), size=float(size[i]), p=float(p[i]),
              q=float(q[i]), cut=cut)
        for _, _, i in order
    ]  # fmt: skip


def usual(history: Array, level: NDArray[int64]) -> tuple[Array, Array]:
    """Learn a predictive negative binomial law (mean, size) for each row of `history`, shape (cells, weeks).

    Dispersion a in var = m + a m^2 by moments, shrunk towards the cells of the same `level`; the variance is widened by
    the uncertainty of the mean. Half a story is added to each row: the law of a row that was always silent is that of
    Jeffreys' prior, not certainty.
    """
    import numpy as np

    weight = np.ones_like(history)
    for _ in range(3):  # weights settle after two rounds
        n = weight.sum(1)
        mean = ((weight * history).sum(1) + 0.5) / n
        excess = (weight * (history - mean[:, None]) ** 2).sum(1) / np.maximum(n - 1, 1) - mean
        own = np.maximum(excess / mean**2, 0)
        pooled = np.zeros_like(mean)
        for one in np.unique(level):
            same = level == one
            pooled[same] = max(float((n * excess)[same].sum() / (n * mean**2)[same].sum()), 0.0)
        spread = (n * own + SHRINK * pooled) / (n + SHRINK)
        m = mean[:, None]
        residual = 1.5 * (history ** (2 / 3) - m ** (2 / 3)) / (m ** (1 / 6) * np.sqrt(1 + spread[:, None] * m))
        weight = np.where(residual > OUTBREAK, (OUTBREAK / np.maximum(residual, OUTBREAK)) ** 2, 1.0)
    size = mean**2 / (spread * mean**2 * (1 + 1 / n) + mean / n)
    return mean, size


def tail(stories: Array | float, mean: Array | float, size: Array | float) -> Array:
    """Return the probability of `stories` (>= 1) or more under a negative binomial law, elementwise."""
    import numpy as np
    from scipy.special import betainc

    return np.asarray(betainc(stories, size, mean / (mean + size)))


def adjust(p: Array) -> Array:
    """Return Benjamini-Hochberg q values of an array of p values, in the same order."""
    import numpy as np

    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    result = np.empty(len(p))
    result[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return result


def concerns(alert: Alert, recipient: Recipient) -> bool:
    """Say whether an alert is for this recipient: of one of their regions, of the whole country, or they want all."""
    return recipient.alerts and (not recipient.regions or not alert.region or alert.region in recipient.regions)


def compose_mail(
    alert: Alert,
    recipient: Recipient,
    posts: Mapping[str, Post],
    opinions: Mapping[str, Opinion],
    settings: Settings,
    *,
    partial: bool = False,
) -> Message:
    """Put an alert into words for one recipient: what is usual, what was seen, why it rings, and who wrote what.

    `posts` and `opinions` are by post id; posts that are gone are left out. `partial` says that the week is not over.
    The key follows from alert and address, so that the same alert is never sent twice.
    """
    wording = Wording(settings.language(recipient.language))
    code = recipient.language
    region = settings.region(alert.region).name.get(code) if alert.region else wording.say("whole_country")
    reason = settings.reason(alert.reason).name.get(code) if alert.reason else wording.say("all_reasons")
    shown = [
        told(p, quote(p.text, _spans(o, alert.reason)), o.sentiment if o else None, _codes(o), settings, wording)
        for p, o in ((posts[x], opinions.get(x)) for x in alert.posts if x in posts)
    ]
    view = {
        "alert": alert,
        "heading": f"{reason[:1].upper()}{reason[1:]}",
        "region": region,
        "lines": [*_reasoning(alert, settings, wording), *([wording.say("alert_partial")] if partial else [])],
        "stories": shown,
    }
    return Message(
        key=f"alert/{alert.id}/{recipient.email}",
        kind="alert",
        recipient=recipient.email,
        language=code,
        subject=wording.say("alert_subject", reason=reason, region=region),
        html=page("alert.html", wording, **view),
        text=plain("alert.txt", wording, **view),
    )


def _reasoning(alert: Alert, settings: Settings, wording: Wording) -> list[str]:
    """Say what was seen, what is usual, and why the difference rings."""
    stories, sources = wording.count("stories_n", alert.observed), wording.count("sources_n", alert.sources)
    upper, weeks, none = wording.number(alert.upper), wording.odds(alert.p), alert.expected < NEVER
    ratio = "" if none else wording.number(alert.observed / alert.expected, 1)
    lines = [
        wording.say("alert_seen", week=wording.week(alert.week), stories=stories, sources=sources),
        wording.say("alert_usual_zero", upper=upper) if none
        else wording.say("alert_usual", expected=wording.number(alert.expected, 1), upper=upper),
        wording.say("alert_why_zero", weeks=weeks) if none else wording.say("alert_why", ratio=ratio, weeks=weeks),
    ]  # fmt: skip
    level = next((r.level for r in settings.rules if r.id == alert.rule), None)
    return lines if level is None else [*lines, wording.say("alert_why_many", level=wording.percent(level))]


def _spans(opinion: Opinion | None, reason: str) -> list[tuple[int, int]]:
    """Return what is cited for the reason of the alert, or for any when the alert is about all."""
    return [(c.start, c.end) for c in opinion.reasons if not reason or c.code == reason] if opinion else []


def _codes(opinion: Opinion | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(c.code for c in opinion.reasons)) if opinion else ()
