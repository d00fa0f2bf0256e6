"""Finds the posts that tell nearly what one post or text tells, in whatever language.

Vectors choose candidates among all posts, places among those of the same regions and weeks; what they say of places,
numbers and concepts puts them in order. Among the held-out tellings of tests/tellings.jsonl the first post in each
language tells the same event in 96 to 99 of 100 cases in this order, in 29 to 36 by vectors alone (tests/bench).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import exp
from typing import TYPE_CHECKING, Any, Protocol

from monitor.kinship import WINDOW, Telling, compare, contradict, odds
from monitor.records import Post
from monitor.weeks import shift, week_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from monitor.chronicle import Reader
    from monitor.store import Store

BATCH = 256  # posts embedded and stored at once; what is stored is not computed again
BY_VECTOR, BY_REGION = 1000, 500  # candidates whose facts are read: some seconds
SLOPE = 0.1  # of the log odds beside the cosine; from 0.05 to 0.2 the order is as good
_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)
WORST, BEST = -15.0, 6.0  # log odds beyond which they say no more; contradiction is the worst


class Embeds(Protocol):
    """What makes vectors of unit length; `version` names weights and projection."""

    version: str

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one vector for each text."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """A post, the cosine of its vector with that asked for, and the probability that both tell one event."""

    post: Post
    likeness: float
    same_event: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What is asked for: a stored post, or a text that has neither date nor id."""

    text: str
    language: str
    post: Post | None = None


def remember(store: Store, embedder: Embeds, count: Callable[[int], None], **filters: Any) -> None:  # noqa: ANN401
    """Make and store the vectors that are missing among the posts that pass `filters`; `count` is told each batch."""
    for posts in store.without_vector(embedder.version, BATCH, **filters):
        store.add_vectors(embedder.version, [p.id for p in posts], embedder.embed([_whole(p) for p in posts]))
        count(len(posts))


def nearest(
    store: Store,
    embedder: Embeds,
    reader: Reader,
    wanted: Wanted,
    limit: int,
    same_event: bool = False,
    **filters: Any,  # noqa: ANN401 - the fields of Filters
) -> list[Hit]:
    """Return up to `limit` posts that pass `filters`, the nearest first, one for each story that is reprinted.

    The story of the post asked for is left out. `same_event` leaves only those that more likely than not tell the same
    event, within four days of a post. Only posts that `remember` has seen are found.
    """
    vector = embedder.embed([_whole(wanted.post) if wanted.post else wanted.text])[0]
    asked = _telling(wanted.post, wanted, reader)
    cosines = dict(_by_vector(store, embedder.version, vector, filters))
    beside = [post_id for post_id in _beside(store, asked, wanted.post, filters) if post_id not in cosines]
    cosines |= _cosines(store, embedder.version, vector, beside)
    ranked = []
    for post_id, cosine in cosines.items():
        post = store.post(post_id)
        if post and not (same_event and _far(wanted.post, post)):
            said = _odds(asked, _telling(post, wanted, reader), reader)
            if said > 0 or not same_event:
                ranked.append((-cosine - SLOPE * said, post_id, cosine, said, post))
    hits, seen = [], {wanted.post.id, store.story_of(wanted.post.id)} if wanted.post else set()
    stories = store.stories(list(cosines))
    for _, post_id, cosine, said, post in sorted(ranked, key=lambda row: row[:2]):
        story = stories.get(post_id, post_id)
        if story not in seen and post_id not in seen:
            seen.add(story)
            hits.append(Hit(post=post, likeness=round(cosine, 4), same_event=round(1 / (1 + exp(-said)), 4)))
    return hits[:limit]


def _by_vector(
    store: Store, version: str, vector: NDArray[np.float32], filters: dict[str, Any]
) -> Iterator[tuple[str, float]]:
    """Yield the nearest posts by their vectors alone."""
    import numpy as np

    found: list[tuple[float, str]] = []
    for ids, vectors in store.vectors(version, **filters):
        cosines = vectors @ vector
        best = np.argsort(-cosines, kind="stable")[:BY_VECTOR]
        found = sorted([*found, *((-float(cosines[n]), ids[n]) for n in best)])[:BY_VECTOR]
    return ((post_id, -cosine) for cosine, post_id in found)


def _beside(store: Store, asked: Telling, post: Post | None, filters: dict[str, Any]) -> Iterator[str]:
    """Yield the ids of the newest posts of the same regions; of the weeks around a post that has a date."""
    spans: list[dict[str, str]] = [{}]
    if post and post.published and "week" not in filters:
        week = week_of(post.published)
        spans = [{"week": shift(week, n)} for n in (-1, 0, 1)]
    for region in sorted(asked.facts.regions)[:2]:
        for span in spans:
            chosen: dict[str, Any] = {"region": region} | span | filters
            yield from (near.id for near in store.posts(limit=BY_REGION, **chosen))


def _cosines(store: Store, version: str, vector: NDArray[np.float32], ids: Sequence[str]) -> dict[str, float]:
    known = store.vectors_of(version, ids)
    return {post_id: float(known[post_id] @ vector) for post_id in ids if post_id in known}


def _telling(post: Post | None, wanted: Wanted, reader: Reader) -> Telling:
    """Return what a post tells, or the text asked for; all at one time, since likeness does not fade."""
    title, text, language = (post.title, post.text, post.language) if post else ("", wanted.text, wanted.language)
    return Telling(
        id=post.id if post else "", published=_NO_TIME, language=language,
        facts=reader.facts(title, text),
    )  # fmt: skip


def _odds(one: Telling, other: Telling, reader: Reader) -> float:
    if contradict(one.facts, other.facts):
        return WORST
    return min(max(odds(compare(one, other, reader.lexicon.weights)), WORST), BEST)


def _far(one: Post | None, other: Post) -> bool:
    return bool(one and one.published and other.published and abs(one.published - other.published) > WINDOW)


def _whole(post: Post) -> str:
    return f"{post.title}\n{post.text}" if post.title else post.text
