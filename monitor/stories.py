"""Finds reprints: the same words published again, so that a story is counted once.

A text becomes a MinHash signature of its five-letter shingles. Posts that agree in a band of the signature are
candidates; the exact Jaccard similarity of their shingles decides. A story is a connected component of such pairs
published within 14 days of each other, so it does not depend on the order in which posts arrive. The permutations
are datasketch's; shingling and banding are vectorised, which made a fingerprint four times as fast as its batch call.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

WINDOW = timedelta(days=14)
PERMUTATIONS = 128
# 32 bands of 4: a pair of Jaccard 0.6 meets with probability 0.99, of 0.5 with 0.87, of 0.1 with 0.003.
BANDS, ROWS = 32, 4
# Measured on 3,000 news texts: cut to 65 % and given a source line they keep 0.57 in 95 of 100 cases, 0.61 in the
# median. Real pairs between 0.45 and 0.55 that we read were one report in two wordings; below, also lists on one form.
SIMILAR = 0.5
SHINGLE = 5
# Fewer letters say too little: two people who both write "well done, police" are two voices, not a reprint.
SHORTEST = 60
# Bulletins made from one form differ in their numbers: with four numbers or more, two thirds must be common. With half,
# 5 of 48 pairs of forms in tests/reprints.jsonl, all of opening hours, passed for reprints; no reprint is lost by it.
FEW_NUMBERS, COMMON_NUMBERS = 4, 2 / 3

_LETTERS = re.compile(r"[\W_]+")
_NUMBERS = re.compile(r"\d+")

Hashes = NDArray[np.uint32]
Item = tuple[str, datetime | None, bytes, str]


def fingerprint(text: str) -> bytes:
    """Return the packed MinHash signature of `text`: 128 little-endian 32-bit numbers, or b"" for a short text.

    Deterministic over runs and machines; equal for texts that differ only in case, blanks or punctuation.
    """
    shingles = _mix(_shingles(text))
    if not len(shingles):
        return b""
    a, b = _permutations()
    signature = np.full(PERMUTATIONS, np.iinfo(np.uint32).max, dtype=np.uint32)
    for start in range(0, len(shingles), 512):  # 512 x 128 x 4 bytes stay in the processor's cache
        signature = np.minimum(signature, (shingles[start : start + 512, None] * a + b).min(axis=0))
    return signature.astype("<u4").tobytes()


@cache
def _permutations() -> tuple[Hashes, Hashes]:
    """Return the multipliers and offsets that datasketch uses for seed 1 (h -> a * h + b mod 2^32)."""
    from datasketch import MinHash

    a, b = MinHash(num_perm=PERMUTATIONS, seed=1, scheme="affine32").permutations
    return np.asarray(a, dtype=np.uint32), np.asarray(b, dtype=np.uint32)


@lru_cache(maxsize=20_000)
def _shingles(text: str) -> Hashes:
    """Return the sorted distinct 32-bit hashes of all runs of five characters; empty for a short text."""
    plain = _LETTERS.sub(" ", text.casefold()).strip()
    if len(plain) < SHORTEST:
        return np.empty(0, dtype=np.uint32)
    points = np.frombuffer(plain.encode("utf-32-le", "replace"), dtype="<u4").astype(np.uint64)
    size = len(points) - SHINGLE + 1
    value = np.zeros(size, dtype=np.uint64)
    for k in range(SHINGLE):
        value = value * np.uint64(1_000_003) + points[k : k + size]
    return np.unique((value * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(32)).astype(np.uint32))


def _mix(values: Hashes) -> Hashes:
    """Spread 32-bit hashes evenly: the last steps of MurmurHash3, as datasketch takes them."""
    values = values ^ values >> np.uint32(16)
    values = values * np.uint32(0x85EBCA6B)
    values = values ^ values >> np.uint32(13)
    values = values * np.uint32(0xC2B2AE35)
    return values ^ values >> np.uint32(16)


def group(items: Iterable[Item]) -> dict[str, str]:
    """Return the story of each post: `(id, published, fingerprint, text)` -> id of its earliest member.

    The earliest is the first by (published, id). Posts without a date meet only each other: joined to dated ones
    they would chain stories of different years. The result does not depend on the order of `items`.
    """
    ordered = sorted(items, key=lambda item: (item[1] is None, item[1].timestamp() if item[1] else 0.0, item[0]))
    times = [item[1].timestamp() if item[1] else None for item in ordered]
    forest = _Forest(len(ordered))
    for dated in (True, False):
        runs = _runs(ordered, times, dated)
        for run in runs:
            for i in run.members[1:]:
                forest.join(run.members[0], i)
        refused: set[tuple[int, int]] = set()  # a pair may meet in many bands
        for one, other in _candidates(runs, ordered):
            i, j = one.members[0], other.members[0]
            if forest.root(i) == forest.root(j) or (i, j) in refused:
                continue
            if one.near(other) and _same_story(ordered[i], ordered[j]):
                forest.join(i, j)
            else:
                refused.add((i, j))
    return {item[0]: ordered[forest.root(i)][0] for i, item in enumerate(ordered)}


def near(texts: Sequence[tuple[bytes, str]], least: float) -> Iterator[tuple[int, int]]:
    """Yield the places of two texts whose Jaccard similarity is `least` or more, each pair once, the lower place first.

    `texts` are fingerprints and words; those without a fingerprint are near to nothing. `least` is not below SIMILAR:
    pairs that are less alike may not meet.
    """
    items: list[Item] = [("", None, signature, text) for signature, text in texts]
    runs = _runs(items, [None] * len(items), dated=False)
    for run in runs:
        yield from combinations(run.members, 2)
    met: set[tuple[int, int]] = set()
    for one, other in _candidates(runs, items):
        i, j = one.members[0], other.members[0]
        if (i, j) not in met:
            met.add((i, j))
            if _alike(texts[i][1], texts[j][1], least):
                yield from ((min(pair), max(pair)) for pair in product(one.members, other.members))


class _Forest:
    """Union-find whose root is always the smallest number, which is the earliest post."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))

    def root(self, i: int) -> int:
        while self._parent[i] != i:
            self._parent[i] = self._parent[self._parent[i]]
            i = self._parent[i]
        return i

    def join(self, i: int, j: int) -> None:
        one, other = sorted((self.root(i), self.root(j)))
        self._parent[other] = one


@dataclass(frozen=True)
class _Run:
    """Copies of one text, each within the window of the one before; `times` in seconds, empty without dates.

    Comparing runs and not posts keeps a text that was reprinted a thousand times from making a million pairs.
    """

    members: list[int]
    times: list[float]

    def near(self, other: _Run) -> bool:
        """Say whether some copy of this text and some copy of the other lie within the window."""
        if not self.times:
            return True
        for time in self.times:
            place = bisect_left(other.times, time - _SECONDS)
            if place < len(other.times) and other.times[place] <= time + _SECONDS:
                return True
        return False


_SECONDS = WINDOW.total_seconds()


def _runs(ordered: list[Item], times: list[float | None], dated: bool) -> list[_Run]:
    """Return the runs of all posts with a fingerprint, dated or undated, in order of their first member."""
    runs: list[_Run] = []
    last: dict[tuple[bytes, tuple[str, ...]], _Run] = {}
    for i, ((_, _, signature, text), time) in enumerate(zip(ordered, times, strict=True)):
        if not signature or (time is not None) != dated:
            continue
        key = (signature, _numbers(text))
        run = last.get(key)
        if run is None or (time is not None and time - run.times[-1] > _SECONDS):
            run = last[key] = _Run([], [])
            runs.append(run)
        run.members.append(i)
        if time is not None:
            run.times.append(time)
    return runs


def _candidates(runs: list[_Run], ordered: list[Item]) -> Iterator[tuple[_Run, _Run]]:
    """Yield the pairs of runs that share a band of the signature and whose times may be near."""
    if not runs:
        return
    packed = b"".join(ordered[run.members[0]][2] for run in runs)
    signatures = np.frombuffer(packed, dtype="<u4").reshape(len(runs), PERMUTATIONS)
    for band in range(BANDS):
        rows = np.ascontiguousarray(signatures[:, band * ROWS : (band + 1) * ROWS]).view("<u8")
        order = np.lexsort((np.arange(len(runs)), rows[:, 1], rows[:, 0]))
        new = np.flatnonzero(np.any(np.diff(rows[order], axis=0) != 0, axis=1)) + 1
        for bucket in np.split(order, new):
            if len(bucket) > 1:
                yield from _pairs([runs[k] for k in bucket])


def _pairs(bucket: list[_Run]) -> Iterator[tuple[_Run, _Run]]:
    for place, one in enumerate(bucket):
        for other in bucket[place + 1 :]:
            if one.times and other.times[0] - one.times[-1] > _SECONDS:
                break  # runs are in order of their first time
            yield one, other


def _same_story(one: Item, other: Item) -> bool:
    if not _numbers_agree(_numbers(one[3]), _numbers(other[3])):
        return False
    return one[2] == other[2] or _alike(one[3], other[3], SIMILAR)


def _alike(one: str, other: str, least: float) -> bool:
    a, b = _shingles(one), _shingles(other)
    common = len(np.intersect1d(a, b, assume_unique=True))
    return common > 0 and common >= least * (len(a) + len(b) - common)


@lru_cache(maxsize=20_000)
def _numbers(text: str) -> tuple[str, ...]:
    return tuple(sorted(set(_NUMBERS.findall(text))))


def _numbers_agree(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    few = min(len(one), len(other))
    return few < FEW_NUMBERS or len(set(one) & set(other)) >= COMMON_NUMBERS * few
