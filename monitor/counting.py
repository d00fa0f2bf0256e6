"""Counting cells with sorted numbers instead of dictionaries: 200,000 posts x 5 dimensions are millions of rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

from monitor.records import SENTIMENTS, Judged

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]

ABSTAINED, SILENT = 4, 3  # beside the three stances
T = TypeVar("T", str, tuple[str, str])


def values(rows: list[tuple[Judged, str]], dimension: str) -> tuple[list[str], Codes, Codes]:
    """Return the sorted values of a dimension, and for each post where its own begin and which they are."""
    import numpy as np

    listed: list[tuple[str, ...]] = [of(post, week, dimension) for post, week in rows]
    names = sorted({value for own in listed for value in own})
    number = {value: n for n, value in enumerate(names)}
    lengths = np.array([len(own) for own in listed], dtype=np.int64)
    flat = np.array([number[value] for own in listed for value in own], dtype=np.int64)
    return names, np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)]), flat


def of(post: Judged, week: str, dimension: str) -> tuple[str, ...]:
    """Return the values that a post has in a dimension, "" for all among them."""
    if dimension == "week":
        return (week,)
    if dimension == "language":
        return ("", post.language)
    several = {"region": post.regions, "body": post.bodies, "reason": post.reasons, "settlement": post.settlements}
    own = several[dimension]
    return ("", *sorted(set(own) - {""}))


def spread(post: Codes, cell: Codes, starts: Codes, flat: Codes, size: int) -> tuple[Codes, Codes]:
    """Repeat each row once for every value that its post has in the next dimension."""
    import numpy as np

    lengths = (starts[1:] - starts[:-1])[post]
    before = np.cumsum(lengths) - lengths
    within = np.arange(int(lengths.sum()), dtype=np.int64) - np.repeat(before, lengths)
    value = flat[np.repeat(starts[:-1][post], lengths) + within]
    return np.repeat(post, lengths), np.repeat(cell, lengths) * size + value


def stance(post: Judged) -> int:
    """Return 0..2 for a stance, 4 for an abstention, 3 for neither."""
    if post.abstained:
        return 4
    return SENTIMENTS.index(post.sentiment) if post.sentiment in SENTIMENTS else 3


def toward(rows: list[tuple[Judged, str]], bodies: list[str], post: Codes, body: Codes, whole: Codes) -> Codes:
    """Return the stance of each row toward its body: its post's own one, or else the one of the `whole` post."""
    import numpy as np

    number = {name: n for n, name in enumerate(bodies)}
    own = {
        at * len(bodies) + number[name]: SENTIMENTS.index(said) if said in SENTIMENTS else 4
        for at, (judged, _) in enumerate(rows) for name, said in judged.stances if name in number
    }  # fmt: skip
    if not own:
        return whole
    keys, stances = (np.array(column, dtype=np.int64) for column in zip(*sorted(own.items()), strict=True))
    wanted = post * len(bodies) + body
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, stances[place], whole)


def numbered(values: Iterable[str]) -> Codes:
    """Return a number for each value, the same for the same."""
    import numpy as np

    number: dict[str, int] = {}
    return np.array([number.setdefault(value, len(number)) for value in values], dtype=np.int64)


def ranked(values: Sequence[T]) -> tuple[list[T], Codes]:
    """Return the different values in their order, and for each value which it is."""
    import numpy as np

    names = sorted(set(values))
    number = {value: n for n, value in enumerate(names)}
    return names, np.array([number[value] for value in values], dtype=np.int64)


def count(row: Codes, size: int) -> Codes:
    """Return how often each of the rows 0 .. size - 1 occurs."""
    import numpy as np

    return np.bincount(row, minlength=size).astype(np.int64)


def _pairs(row: Codes, value: Codes) -> tuple[Codes, Codes]:
    """Return the row of each distinct (row, value) and how often it occurs."""
    import numpy as np

    width = int(value.max(initial=0)) + 1
    pairs, counts = np.unique(row * width + value, return_counts=True)
    return pairs // width, counts


def distinct(row: Codes, value: Codes, size: int) -> Codes:
    """Return how many different values each row has."""
    return count(_pairs(row, value)[0], size)


def effective(row: Codes, story: Codes, size: int) -> Floats:
    """Return Kish's effective sample size of each row, 1 where there are no posts."""
    import numpy as np

    place, counts = _pairs(row, story)
    squares = np.bincount(place, weights=counts.astype(np.float64) ** 2, minlength=size)
    judged = np.bincount(row, minlength=size).astype(np.float64)
    return np.where(squares > 0, judged**2 / np.maximum(squares, 1), 1.0)


def by_group(row: Codes, group: Codes, voice: Floats, size: int) -> Floats:
    """Return the mean voice of each row when every group has one, the mean of its own; not a number without any."""
    import numpy as np

    width = int(group.max(initial=0)) + 1
    pairs, place = np.unique(row * width + group, return_inverse=True)
    told = np.bincount(place, weights=voice, minlength=len(pairs)) / np.maximum(np.bincount(place), 1)
    number = np.bincount(pairs // width, minlength=size)
    total = np.bincount(pairs // width, weights=told, minlength=size)
    found: Floats = np.where(number > 0, total / np.maximum(number, 1), np.nan)
    return found


def first(row: Codes, story: Codes, rank: Codes) -> Codes:
    """Return where the first post of each story of each row stands: the one of lowest rank."""
    import numpy as np

    order = np.lexsort((rank, story, row))
    if not len(order):
        return order
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = (np.diff(row[order]) != 0) | (np.diff(story[order]) != 0)
    return order[fresh]
