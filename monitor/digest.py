"""Composes the weekly digest: judged posts and their words in, one frozen record out, the same for all languages.

Stance and reports are kept apart (what is said, what is reported), what bodies write of themselves stays out of the
figures, and every figure can be walked back to the ids and addresses in `Digest.evidence`. `issue` puts it into words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.coordination import once
from monitor.drift import Shift
from monitor.quotes import Quote, quote
from monitor.records import Cell, Judged, Opinion, Post
from monitor.settings import Settings
from monitor.spotcheck import Accuracy
from monitor.trends import NOTHING, Change, Grounds, compare, tally
from monitor.weeks import shift, start, week_of

WEEKS = 26  # half a year in the chart


@dataclass(frozen=True, kw_only=True, slots=True)
class ReasonCount:
    """Posts of the week with a reason: `said` judge the body and give it, `reported` only tell it as a fact.

    Both are None when fewer posts than the privacy floor stand behind them.
    """

    code: str
    polarity: str
    said: int | None
    reported: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RollUp:
    """Distinct posts under one of the coarser answers: `kind` is deputy or bureau."""

    kind: str
    code: str
    posts: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """One story with the post that is quoted for it: the earliest with a cited reason, else the earliest."""

    id: str
    posts: int
    sources: int
    quoted: Post
    quote: Quote
    sentiment: str | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """A post that stands behind the figures, with what was read in it."""

    post: str
    url: str
    source: str
    published: datetime
    sentiment: str | None
    reasons: tuple[str, ...]
    regions: tuple[str, ...]
    official: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Digest:
    """Everything that one issue says. Figures leave official sources out; `official` and its positives count them.

    `index` has a cell for each week with posts, the last one may be `cell`; `regions` has the regions that were named;
    `silent` are enabled sources without a success since the week began; `unread` posts wait for the model.
    `drift` and `accuracy` are for operators, filled in by the door.
    """

    week: str
    cell: Cell | None
    change: Change | None
    index: tuple[Cell, ...]
    regions: tuple[Change, ...]
    languages: tuple[tuple[str, int], ...]
    reasons: tuple[ReasonCount, ...]
    rollups: tuple[RollUp, ...]
    stories: tuple[Story, ...]
    official: int
    official_positive: int
    silent: tuple[tuple[str, datetime | None], ...]
    unread: int
    evidence: tuple[Evidence, ...]
    model: str
    codebook: str
    drift: tuple[Shift, ...] = ()
    accuracy: tuple[Accuracy, ...] = ()


def compose(
    week: str,
    judged: Iterable[Judged],
    posts: Sequence[Post],
    opinions: Mapping[str, Opinion],
    settings: Settings,
    *,
    last_success: Mapping[str, datetime | None] | None = None,
    unread: int = 0,
    grounds: Grounds = NOTHING,
) -> Digest:
    """Compose the digest of `week`.

    `judged` should reach back WEEKS weeks, later weeks are passed over; `posts` and `opinions` are those of `week`.
    `last_success` says when each source was last read; None when nobody knows, then none is called silent. `grounds`
    are what the corrected index, its coverage and the share of all collected stand on.
    """
    rows = [row for row in judged if week_of(row.published) <= week]
    ours = [row for row in rows if week_of(row.published) == week]
    public = once(row for row in ours if not row.official)
    k = settings.senim.privacy.min_posts
    index = tally(rows, by=("week",), first=shift(week, 1 - WEEKS), last=week, k=k, grounds=grounds)
    now = [c for c in index if c.week == week]
    before = [c for c in index if c.week == shift(week, -1)]
    names = [o.model for o in opinions.values() if not o.model.startswith("person:")]
    return Digest(
        week=week,
        cell=now[0] if now else None,
        change=compare(now, before)[0] if now else None,
        index=index,
        regions=_regions(rows, week, k, grounds),
        languages=_languages(public, k),
        reasons=_reasons(public, settings, k),
        rollups=_rollups(public, settings, k),
        stories=_stories(public, {p.id: p for p in posts}, opinions, settings.senim.digest.stories),
        official=sum(row.official for row in ours),
        official_positive=sum(row.official and row.sentiment == "positive" for row in ours),
        silent=_silent(settings, last_success, week),
        unread=unread,
        evidence=_evidence(ours, posts),
        model=max(set(names), key=names.count) if names else "",
        codebook=settings.codebook_version,
    )


def _regions(rows: Sequence[Judged], week: str, k: int, grounds: Grounds) -> tuple[Change, ...]:
    """Compare each region with its last week, those with most posts first."""
    cells = tally(rows, by=("region", "week"), first=shift(week, -1), last=week, k=k, grounds=grounds)
    now, before = ([c for c in cells if c.week == w] for w in (week, shift(week, -1)))
    changes = compare([c for c in now if c.region], [c for c in before if c.region])
    return tuple(sorted(changes, key=lambda c: (-c.cell.posts, c.cell.region)))


def _languages(public: Sequence[Judged], k: int) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = defaultdict(int)
    for row in public:
        counts[row.language] += 1
    return tuple(sorted(((x, n) for x, n in counts.items() if n >= k), key=lambda item: (-item[1], item[0])))


def _reasons(public: Sequence[Judged], settings: Settings, k: int) -> tuple[ReasonCount, ...]:
    """Count posts by reason: judging ones when their stance has the sign of the reason, the others as reports.

    "They were rude, but quick" is negative and gives a positive reason too: that is no praise, only reported.
    """
    found = []
    for reason in settings.reasons:
        own = [row for row in public if reason.code in row.reasons]
        if own:
            said = sum(row.sentiment == reason.polarity for row in own)
            shown = len(own) >= k
            found.append((reason, said if shown else None, len(own) - said if shown else None, len(own)))
    found.sort(key=lambda r: (r[1] is None, -r[3] if r[1] is not None else 0, r[0].code))  # withheld ones tell no order
    return tuple(ReasonCount(code=r.code, polarity=r.polarity, said=s, reported=f) for r, s, f, _ in found)


def _rollups(public: Sequence[Judged], settings: Settings, k: int) -> tuple[RollUp, ...]:
    """Count distinct posts under the coarser lists of reasons: a post with two reasons of one answer counts once."""
    found = []
    for kind, answer in (("deputy", "deputy_reason"), ("bureau", "bureau_answer")):
        members: dict[str, set[str]] = defaultdict(set)
        for reason in settings.reasons:
            if name := str(getattr(reason, answer)):
                members[name].add(reason.code)
        counted = [(name, sum(bool(codes & set(r.reasons)) for r in public)) for name, codes in members.items()]
        shown = [RollUp(kind=kind, code=name, posts=n if n >= k else None) for name, n in counted]
        found += sorted(shown, key=lambda r: (r.posts is None, -(r.posts or 0), r.code))
    return tuple(found)


def _stories(
    public: Sequence[Judged], posts: Mapping[str, Post], opinions: Mapping[str, Opinion], number: int
) -> tuple[Story, ...]:
    """Return the loudest stories that say something: by posts, then sources, then how many of them judge."""
    members: dict[str, list[Judged]] = defaultdict(list)
    for row in public:
        if row.post_id in posts:
            members[row.story].append(row)
    weight = {
        story: (-len(rows), -len({r.source for r in rows}), -sum(_speaks(r) for r in rows), story)
        for story, rows in members.items()
        if any(_speaks(r) for r in rows)
    }
    return tuple(_story(s, members[s], posts, opinions) for s in sorted(weight, key=weight.__getitem__)[:number])


def _speaks(row: Judged) -> bool:
    return bool(row.reasons) or row.sentiment in ("negative", "positive")


def _story(story: str, rows: list[Judged], posts: Mapping[str, Post], opinions: Mapping[str, Opinion]) -> Story:
    rows.sort(key=lambda r: (r.published, r.post_id))
    chosen = next((r for r in rows if r.reasons and _citations(opinions, r.post_id)), rows[0])
    post = posts[chosen.post_id]
    return Story(
        id=story,
        posts=len(rows),
        sources=len({r.source for r in rows}),
        quoted=post,
        quote=quote(post.text, _citations(opinions, post.id)),
        sentiment=chosen.sentiment,
        reasons=chosen.reasons,
    )


def _citations(opinions: Mapping[str, Opinion], post: str) -> list[tuple[int, int]]:
    opinion = opinions.get(post)
    return [(c.start, c.end) for c in opinion.reasons if c.start < c.end] if opinion else []


def _silent(
    settings: Settings, last: Mapping[str, datetime | None] | None, week: str
) -> tuple[tuple[str, datetime | None], ...]:
    if last is None:
        return ()
    seen = [(s.id, last.get(s.id)) for s in settings.sources if s.enabled]
    return tuple((name, when) for name, when in seen if when is None or when < start(week))


def _evidence(ours: Sequence[Judged], posts: Sequence[Post]) -> tuple[Evidence, ...]:
    urls = {p.id: p.url for p in posts}
    return tuple(
        Evidence(
            post=r.post_id,
            url=urls.get(r.post_id, ""),
            source=r.source,
            published=r.published,
            sentiment=r.sentiment,
            reasons=r.reasons,
            regions=r.regions,
            official=r.official,
        )
        for r in sorted(ours, key=lambda r: (r.published, r.post_id))
    )
