"""The stories of a week: what happened, told by whom, in which languages, with which stance.

Built from the database when asked for: reprints are one telling, comments go with the post they stand below, and
tellings of one event in whatever words are one story (`monitor.events`). Figures count stories by reprints, as ever.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from monitor import events, facts, weeks
from monitor.kinship import WINDOW, Telling
from monitor.records import Opinion, Post

if TYPE_CHECKING:
    from monitor.places import Gazetteer
    from monitor.store import Store

HEADLINE = 110  # characters of a text without a title


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """A story in one language: its earliest headline, and the net stance of `judged` posts or None for too few."""

    language: str
    posts: int
    headline: str
    url: str
    post_id: str
    judged: int
    net: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """One event; `id` is its earliest telling, `sources` those that did not only reprint others.

    `tellings` is how often it was told in words of its own, `sides` the languages, the loudest first.
    """

    id: str
    first: datetime
    last: datetime
    posts: int
    tellings: int
    sources: int
    regions: tuple[str, ...]
    sides: tuple[Side, ...]


class Reader:
    """Reads the facts of posts."""

    def __init__(self, lexicon: facts.Lexicon, gazetteer: Gazetteer) -> None:
        self.lexicon, self.gazetteer = lexicon, gazetteer

    def facts(self, title: str, text: str) -> facts.Facts:
        """Return what can be compared of a text."""
        places = self.gazetteer.locate(f"{title}\n{text}" if title else text)
        return facts.read(title, text, places, self.lexicon)


def stories(
    store: Store, reader: Reader, week: str, *, region: str | None = None, language: str | None = None, k: int = 1
) -> list[Story]:
    """Return the stories with a post in `week`, those with the most posts first.

    `region` and `language` ask for stories with a post of that region and in that language. Tellings up to four days
    before and after the week take part. Below `k` judged posts the stance of a side is withheld. Texts that were
    judged to be of something else than a body are left out.
    """
    posts = {post.id: post for post in _posts(store, week)}
    opinions = store.opinions(posts)
    posts = {i: post for i, post in posts.items() if i not in opinions or opinions[i].about}
    reprints = store.stories(list(posts))
    groups: dict[str, list[Post]] = defaultdict(list)
    for post_id, event in _events(posts, reprints, reader).items():
        groups[event].append(posts[post_id])
    found = [
        _story(group, reprints, opinions, k)
        for group in groups.values()
        if any(p.published and weeks.week_of(p.published) == week for p in group)
        and (region is None or any(region in p.regions for p in group))
        and (language is None or any(p.language == language for p in group))
    ]
    return sorted(found, key=lambda story: (-story.posts, -story.sources, story.first, story.id))


def _posts(store: Store, week: str) -> list[Post]:
    begin, end = weeks.start(week) - WINDOW, weeks.end(week) + WINDOW
    near = (weeks.shift(week, -1), week, weeks.shift(week, 1))
    found = [post for one in near for post in store.each_post(week=one)]
    return [post for post in found if post.published and begin <= post.published <= end]


def _events(posts: Mapping[str, Post], reprints: Mapping[str, str], reader: Reader) -> dict[str, str]:
    """Return the event of each post, by the id of a telling; comments are no tellings of their own."""
    earliest: dict[str, Post] = {}
    for post in sorted(posts.values(), key=_when):
        if post.parent not in posts:
            earliest.setdefault(reprints.get(post.id, post.id), post)
    told = [_telling(post, reader) for post in earliest.values()]
    event = events.group(told, reader.lexicon.weights)
    found = {}
    for post in posts.values():
        top = _top(post, posts)
        found[post.id] = event[earliest[reprints.get(top.id, top.id)].id]
    return found


def _top(post: Post, posts: Mapping[str, Post]) -> Post:
    """Return the post that a comment of a comment stands below, itself for all others."""
    seen = {post.id}
    while post.parent in posts and post.parent not in seen:
        post = posts[post.parent]
        seen.add(post.id)
    return post


def _telling(post: Post, reader: Reader) -> Telling:
    found = reader.facts(post.title, post.text)
    return Telling(id=post.id, published=_when(post)[0], language=post.language, facts=found)


def _story(group: Sequence[Post], reprints: Mapping[str, str], opinions: Mapping[str, Opinion], k: int) -> Story:
    group = sorted(group, key=_when)
    firsts: dict[str, Post] = {}
    for post in group:
        firsts.setdefault(reprints.get(post.id, post.id), post)
    spoken = Counter(post.language for post in group)
    order = sorted(spoken, key=lambda language: (-spoken[language], language))
    regions = Counter(region for post in group for region in post.regions)
    return Story(
        id=group[0].id,
        first=_when(group[0])[0],
        last=_when(group[-1])[0],
        posts=len(group),
        tellings=len(firsts),
        sources=len({post.source for post in firsts.values()}),
        regions=tuple(sorted(regions, key=lambda region: (-regions[region], region))),
        sides=tuple(_side(x, [p for p in group if p.language == x], opinions, k) for x in order),
    )


def _side(language: str, group: Sequence[Post], opinions: Mapping[str, Opinion], k: int) -> Side:
    titled = next((post for post in group if post.title), group[0])
    line = titled.title or " ".join(titled.text.split())
    headline = line if len(line) <= HEADLINE else line[:HEADLINE].rsplit(" ", 1)[0] + " …"
    given = [opinions[post.id] for post in group if post.id in opinions]
    judged = Counter(o.sentiment for o in given if o.about and not o.abstained and o.sentiment)
    number = judged.total()
    net = (judged["positive"] - judged["negative"]) / number if number >= max(k, 1) else None
    return Side(
        language=language,
        posts=len(group),
        headline=headline,
        url=titled.url,
        post_id=titled.id,
        judged=number,
        net=net,
    )


def _when(post: Post) -> tuple[datetime, str]:
    assert post.published is not None  # undated posts are in no week
    return post.published, post.id
