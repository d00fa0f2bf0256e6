"""Finds coordinated posting: many accounts, near-identical words, a short time, and words that are not usual.

A post is a core when accounts enough said nearly the same within some hours of it, and when so many are no accident:
how often the words were said outside such bursts before gives their usual rate, and a count that this rate finds
improbable is no coincidence (the predictive law of a Poisson rate with a gamma prior is negative binomial: Gelman et
al., Bayesian Data Analysis). Cores that are near each other are one chorus, with the posts that are near a core
(DBSCAN: Ester et al. 1996, KDD-96:226-231). Whether a post is in a chorus depends only on what was said around it and
in the weeks before, so the result is the same in whatever order posts arrive.

Only words of people count: comments, reviews, appeals, and posts of a source in which several accounts write. A channel
or a wall that reprints others is one voice of the media: that is a story, not a chorus. Words too short for a
fingerprint must be the same, word for word; congratulations and condolences that were usual before ring never, those
that were never heard before and come from many at once may.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.records import Judged

if TYPE_CHECKING:
    from monitor.settings import CoordinationSettings

KINDS = ("comment", "review", "appeal", "post")  # in which people speak; a newsroom writes articles
CHANNELLED = "post"  # the kind that media write, too: on a channel or wall of their own
# The gamma prior of a wording's rate: as if it had been said 0.5 times in 1,000 posts before anybody looked. Shape 0.5
# is Jeffreys'. 1,000 keeps a new installation from taking ten fans of an evening for a chorus, and lets five of fifty.
SHAPE, SEEN = 0.5, 1000
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What is looked at of one post; `account` is its author key, which is never empty."""

    post_id: str
    account: str
    source: str
    kind: str
    published: datetime
    text: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Part:
    """A post's place in a chorus: the id of its earliest post, and which of its accounts speaks, from 1."""

    chorus: str
    account: int


def find(said: Iterable[Said], rule: CoordinationSettings) -> dict[str, Part]:
    """Return the place of every coordinated post, by post id; all others are left out."""
    crowd = _Crowd(sorted(said, key=lambda s: (s.published, s.post_id)), rule)
    cores = crowd.cores()
    chorus = crowd.joined(cores)
    members: dict[int, list[int]] = defaultdict(list)
    for post in sorted(chorus):
        members[chorus[post]].append(post)
    found: dict[str, Part] = {}
    for posts in members.values():
        number: dict[tuple[str, str], int] = {}
        for post in posts:
            one = crowd.said[post]
            account = number.setdefault((one.source, one.account), len(number) + 1)
            found[one.post_id] = Part(crowd.said[posts[0]].post_id, account)
    return found


def once(judged: Iterable[Judged]) -> list[Judged]:
    """Return judged posts with the earliest post alone of every chorus, in their order."""
    rows = list(judged)
    first: dict[str, tuple[datetime, str]] = {}
    for row in rows:
        if row.chorus:
            key = (row.published, row.post_id)
            first[row.chorus] = min(first.get(row.chorus, key), key)
    return [row for row in rows if not row.chorus or first[row.chorus] == (row.published, row.post_id)]


class _Crowd:
    """Posts in order of time, those with the same words together; a post is known by its place."""

    def __init__(self, said: Sequence[Said], rule: CoordinationSettings) -> None:
        from monitor.stories import near

        self.said, self.rule = said, rule
        self.times = [s.published.timestamp() for s in said]
        self.reach = rule.hours * 3600
        self.wording: list[int] = []
        self.posts: list[list[int]] = []  # of each wording
        self.least: list[int] = []  # accounts that a wording asks for, 0 when it says too little
        number: dict[str, int] = {}
        for place, one in enumerate(said):
            words = _WORD.findall(one.text.casefold())
            wording = number.setdefault(" ".join(words), len(number))
            if wording == len(self.posts):
                self.posts.append([])
                self.least.append(_least(one, len(words), rule))
            self.posts[wording].append(place)
            self.wording.append(wording)
        self.kin = [[n] for n in range(len(self.posts))]
        texts = [(said[posts[0]].fingerprint, said[posts[0]].text) for posts in self.posts]
        for one_wording, other in near(texts, rule.similarity):
            self.kin[one_wording].append(other)
            self.kin[other].append(one_wording)

    def cores(self) -> set[int]:
        """Return the posts around which accounts enough say nearly the same, and more than would be usual."""
        dense: dict[int, int] = {}
        for wording, least in enumerate(self.least):
            if least:
                dense |= {post: n for post, n in self._accounts(wording) if n >= least}
        return {post for post, accounts in dense.items() if self._chance(post, accounts, dense) <= self.rule.level}

    def joined(self, cores: set[int]) -> dict[int, int]:
        """Return for each post of a chorus the earliest core of it."""
        parent = {post: post for post in cores}

        def root(post: int) -> int:
            while parent[post] != post:
                parent[post] = parent[parent[post]]
                post = parent[post]
            return post

        loud = {wording: [p for p in posts if p in cores] for wording, posts in enumerate(self.posts)}
        for post in sorted(cores):
            for kin in self.kin[self.wording[post]]:  # the next one of each is enough: it is joined to those behind it
                for other in self._within(loud[kin], post, after=True)[:1]:
                    parent[max(root(post), root(other))] = min(root(post), root(other))
        found = {post: root(post) for post in cores}
        for wording, posts in enumerate(self.posts):
            heard = [k for k in self.kin[wording] if loud[k]]
            for place in posts if heard else ():
                around = [p for k in heard for p in self._within(loud[k], place)]
                if around and place not in cores:
                    found[place] = root(min(around))
        return found

    def _within(self, posts: Sequence[int], post: int, *, after: bool = False) -> Sequence[int]:
        """Return those of `posts`, in order, that lie within the hours of a post; or only those behind it."""
        time = self.times[post]
        begin = (
            bisect_right(posts, post) if after else bisect_left(posts, time - self.reach, key=self.times.__getitem__)
        )
        return posts[begin : bisect_right(posts, time + self.reach, lo=begin, key=self.times.__getitem__)]

    def _accounts(self, wording: int) -> Iterator[tuple[int, int]]:
        """Yield the posts of a wording with the number of accounts that said nearly the same around them."""
        around = sorted(p for kin in self.kin[wording] for p in self.posts[kin])
        if len(around) < self.least[wording]:
            return
        voices, begin, end = _Voices(), 0, 0
        for post in self.posts[wording]:
            while end < len(around) and self.times[around[end]] <= self.times[post] + self.reach:
                voices.add(self.said[around[end]], 1)
                end += 1
            while self.times[around[begin]] < self.times[post] - self.reach:
                voices.add(self.said[around[begin]], -1)
                begin += 1
            yield post, voices.number()

    def _chance(self, post: int, accounts: int, dense: dict[int, int]) -> float:
        """Return how probable so many are, as often as the words were said in the weeks before outside of bursts."""
        from scipy.special import betainc

        time = self.times[post]
        begin, end = bisect_left(self.times, time - self.reach), bisect_right(self.times, time + self.reach)
        start = bisect_left(self.times, time - self.reach - self.rule.history_days * 86_400)
        before = (p for kin in self.kin[self.wording[post]] for p in self.posts[kin] if start <= p < begin)
        usual = sum(p not in dense for p in before)
        share = (end - begin) / (SEEN + begin - start + end - begin)
        return float(betainc(accounts, SHAPE + usual, share))


class _Voices:
    """Counts accounts by source: one that posts alone in its source is that source's own voice, and none of ours."""

    def __init__(self) -> None:
        self._posts: dict[str, Counter[str]] = defaultdict(Counter)
        self._talks: Counter[str] = Counter()

    def add(self, one: Said, number: int) -> None:
        """Count a post in, or out again."""
        accounts = self._posts[one.source]
        accounts[one.account] += number
        if not accounts[one.account]:
            del accounts[one.account]
        self._talks[one.source] += number * (one.kind != CHANNELLED)

    def number(self) -> int:
        """Return how many accounts speak for themselves."""
        return sum(len(a) for source, a in self._posts.items() if len(a) > 1 or self._talks[source])


def _least(one: Said, words: int, rule: CoordinationSettings) -> int:
    if one.fingerprint:
        return rule.accounts
    return rule.short_accounts if words >= rule.short_words else 0
