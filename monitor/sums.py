"""What the posts of a period add up to, cell by cell: all that a figure needs of posts, so that it need not see them.

A figure is made in two steps. The first looks at posts, and each of its cells at the posts of one period only; it is
here, and its results can be kept (`monitor.tallies`). The second needs no posts any more: intervals,
the correction for the classifier's error, the leaning of regions on each other, gaps (`trends.figures`). Some sums
cannot be added up over periods (a story has one voice, however many weeks it is told in); so what is kept is kept for
each period by itself and never added.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

from monitor import counting, voices
from monitor.correction import PERSON
from monitor.records import SENTIMENTS, Judged

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from monitor.counting import Codes, Floats

    Flags = NDArray[np.bool_]

Row = tuple[Judged, str]  # a post and the period it counts in


@dataclass(frozen=True, kw_only=True, eq=False)
class Sums:
    """Cells and what their posts add up to; `places` are the values of each cell in the dimensions `by`.

    `counts` are whole numbers by name, `means` others, not a number where there are none. `answers` [:, 4] are rows of
    cell, reader, answer (0..2 a stance, 3 an abstention) and how many; `readers` are pairs of language and model.
    """

    by: tuple[str, ...]
    places: list[tuple[str, ...]]
    counts: dict[str, Codes]
    means: dict[str, Floats]
    readers: list[tuple[str, str]]
    answers: Codes


class Posts:
    """Judged posts with their periods, made ready to be added up in one way after the other.

    `model` is the one whose error was measured: its answers and those of people are what an index is corrected by.
    Posts of official sources only count where others do, in columns of their own, unless `official`.
    """

    def __init__(self, rows: Iterable[Row], *, official: bool = False, model: str = "") -> None:
        self.rows = sorted(rows, key=lambda row: _order(row[0]))
        self.official, self.model = official, model
        self._values: dict[str, tuple[list[str], Codes, Codes]] = {}

    def values(self, dimension: str) -> tuple[list[str], Codes, Codes]:
        """Return the values of a dimension as `counting.values` does, once for all sums."""
        if dimension not in self._values:
            self._values[dimension] = counting.values(self.rows, dimension)
        return self._values[dimension]

    @cached_property
    def ours(self) -> Flags:
        """Which posts count."""
        import numpy as np

        return np.array([self.official or not post.official for post, _ in self.rows], dtype=bool)

    @cached_property
    def theirs(self) -> Flags:
        """Which posts bodies wrote of themselves."""
        import numpy as np

        return np.array([post.official for post, _ in self.rows], dtype=bool)

    @cached_property
    def stance(self) -> Codes:
        """Return the stance of each whole post."""
        import numpy as np

        return np.array([counting.stance(post) for post, _ in self.rows], dtype=np.int64)

    @cached_property
    def story(self) -> Codes:
        """Return the number of the story of each post, in the order of their names."""
        return counting.ranked([post.story for post, _ in self.rows])[1]

    @cached_property
    def chorus(self) -> tuple[Codes, Codes]:
        """Return the number of the chorus of each post, 0 for none, and that of its account in it."""
        chorus = counting.ranked(["", *(post.chorus for post, _ in self.rows)])[1][1:]
        return chorus, counting.ranked([f"{post.chorus} {post.account}" for post, _ in self.rows])[1]

    @cached_property
    def source(self) -> Codes:
        """Return the number of the source of each post, in the order of their names."""
        return counting.ranked([post.source for post, _ in self.rows])[1]

    @cached_property
    def reader(self) -> tuple[list[tuple[str, str]], Codes]:
        """Return the pairs of language and model that there are, and which is that of each post."""
        return counting.ranked([(post.language, post.model) for post, _ in self.rows])


def add_up(posts: Posts, by: Sequence[str]) -> Sums:
    """Return what posts add up to in each cell of the dimensions `by` that has one, sorted by place.

    Cells of periods hold only what the posts of that period say, whatever other posts there are.
    """
    import numpy as np

    post, cell, names = _spread(posts, by)
    ours = posts.ours[post]
    keys, row = np.unique(cell[ours], return_inverse=True)
    stance = posts.stance[post]
    if "body" in by:
        at = by.index("body")
        body = cell // prod(map(len, names[at + 1 :])) % len(names[at])
        stance = counting.toward(posts.rows, names[at], post, body, stance)
    praise = _official(posts.theirs[post], cell, stance, keys)
    post, stance, size = post[ours], stance[ours], len(keys)
    alone, apart = _choruses(posts, post, row, size)
    post, row, stance = post[alone], row[alone], stance[alone]
    story, source = posts.story[post], posts.source[post]
    there = stance < counting.SILENT
    readers, reader = posts.reader
    measured = np.array([name == posts.model or name.startswith(PERSON) for _, name in readers], dtype=bool)
    used = (stance != counting.SILENT) & measured[reader[post]] if len(post) else there
    return Sums(
        by=tuple(by),
        places=[_decoded(key, names) for key in keys.tolist()],
        counts={
            "posts": counting.count(row, size),
            "stories": counting.distinct(row, story, size),
            "sources": counting.distinct(row, source, size),
            "abstained": counting.count(row[stance == counting.ABSTAINED], size),
            **{name: counting.count(row[stance == n], size) for n, name in enumerate(SENTIMENTS)},
            **praise,
            **apart,
            **voices.alone(row, story, source, size),
        },
        means={
            "effective": counting.effective(row[there], story[there], size),
            "measured": counting.effective(row[used], story[used], size),
            **voices.weighted(row, story, source, stance, size),
        },
        readers=readers,
        answers=_answers(row, reader[post], stance),
    )


def merged(parts: Sequence[Sums]) -> Sums:
    """Return the sums of different periods as one, in the order of `add_up`; ValueError without any."""
    import numpy as np

    if not parts:
        raise ValueError("nothing to merge")
    places = [place for part in parts for place in part.places]
    order = sorted(range(len(places)), key=places.__getitem__)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order), dtype=np.int64)
    readers = sorted({reader for part in parts for reader in part.readers})
    number = {reader: n for n, reader in enumerate(readers)}
    answers, start = [np.zeros((0, 4), dtype=np.int64)], 0
    for part in parts:
        own = np.array([number[reader] for reader in part.readers], dtype=np.int64)
        moved = part.answers.copy()
        if len(moved):
            moved[:, 0], moved[:, 1] = rank[moved[:, 0] + start], own[moved[:, 1]]
        answers.append(moved)
        start += len(part.places)
    return Sums(
        by=parts[0].by,
        places=[places[n] for n in order],
        counts={name: np.concatenate([part.counts[name] for part in parts])[order] for name in parts[0].counts},
        means={name: np.concatenate([part.means[name] for part in parts])[order] for name in parts[0].means},
        readers=readers,
        answers=np.concatenate(answers),
    )


def to_json(sums: Sums) -> str:
    """Return sums as one line of JSON."""
    means = {name: [None if v != v else v for v in values.tolist()] for name, values in sums.means.items()}
    values: dict[str, Any] = {
        "by": sums.by,
        "places": sums.places,
        "counts": {name: found.tolist() for name, found in sums.counts.items()},
        "means": means,
        "readers": sums.readers,
        "answers": sums.answers.tolist(),
    }
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def from_json(text: str) -> Sums:
    """Return the sums that `to_json` wrote."""
    import numpy as np

    values: dict[str, Any] = json.loads(text)
    return Sums(
        by=tuple(values["by"]),
        places=[tuple(place) for place in values["places"]],
        counts={name: np.array(found, dtype=np.int64) for name, found in values["counts"].items()},
        means={name: np.array(found, dtype=np.float64) for name, found in values["means"].items()},
        readers=[(language, model) for language, model in values["readers"]],
        answers=np.array(values["answers"], dtype=np.int64).reshape(-1, 4),
    )


def _order(post: Judged) -> tuple[Any, ...]:
    """Return a key that makes figures the same whatever order posts come in, to the last digit."""
    return (
        post.published,
        post.post_id,
        post.source,
        post.story,
        post.sentiment or "",
        post.abstained,
        str(post.stances),
    )


def _spread(posts: Posts, by: Sequence[str]) -> tuple[Codes, Codes, list[list[str]]]:
    """Return post and cell of every row that the posts make, and the names that the number of a cell is made of."""
    import numpy as np

    size = len(posts.rows)
    post, cell = np.arange(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    names: list[list[str]] = []
    for dimension in by:
        values, starts, flat = posts.values(dimension)
        post, cell = counting.spread(post, cell, starts, flat, len(values))
        names.append(values)
    return post, cell, names


def _choruses(posts: Posts, post: Codes, row: Codes, size: int) -> tuple[Flags, dict[str, Codes]]:
    """Return which posts count in their cells, of each chorus its first alone, and what the choruses are of."""
    import numpy as np

    chorus, account = (found[post] for found in posts.chorus)
    among = np.flatnonzero(chorus)
    alone = chorus == 0
    alone[among[counting.first(row[among], chorus[among], among)]] = True
    apart = {
        "coordinated": counting.count(row[among], size),
        "accounts": counting.distinct(row[among], account[among], size),
    }
    return alone, apart


def _answers(row: Codes, reader: Codes, stance: Codes) -> Codes:
    """Return rows of cell, reader, answer and how many, for all posts that answer."""
    import numpy as np

    answered = stance != counting.SILENT
    answer = np.where(stance == counting.ABSTAINED, 3, stance)[answered]
    width = int(reader.max(initial=0)) + 1
    keys, numbers = np.unique((row[answered] * width + reader[answered]) * 4 + answer, return_counts=True)
    return np.stack([keys // 4 // width, keys // 4 % width, keys % 4, numbers], axis=1).astype(np.int64)


def _official(theirs: Flags, cell: Codes, stance: Codes, keys: Codes) -> dict[str, Codes]:
    """Count what bodies write of themselves in the cells that there are."""
    import numpy as np

    at = np.minimum(np.searchsorted(keys, cell), max(len(keys) - 1, 0))
    theirs = theirs & (keys[at] == cell if len(keys) else False)
    positive = theirs & (stance == SENTIMENTS.index("positive"))
    return {
        "official": counting.count(at[theirs], len(keys)),
        "official_positive": counting.count(at[positive], len(keys)),
    }


def _decoded(key: int, names: list[list[str]]) -> tuple[str, ...]:
    decoded: list[str] = []
    for values in reversed(names):
        key, place = divmod(key, len(values))
        decoded.append(values[place])
    return tuple(reversed(decoded))
