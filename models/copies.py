"""Finds texts that repeat each other: the share of distinct word 5-grams, and pairs with too many common 3-grams."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

NEAR = 0.3  # Jaccard of word 3-grams above which two texts count as one worded twice
FEWEST = 5  # words below which a text is left out: "thank you" may be said twice


class Pair(NamedTuple):
    """Two texts, by their places in the sequences given, and the Jaccard of their word 3-grams."""

    first: int
    second: int
    jaccard: float


def words(text: str) -> list[str]:
    """Return the words of a text in small letters."""
    return re.findall(r"\w+", text.lower())


def distinct(texts: Sequence[str], size: int = 5) -> float:
    """Return the share of different word n-grams among all; 1.0 when no text is long enough to have one."""
    grams = [gram for text in texts for gram in _grams(words(text), size)]
    return len(set(grams)) / len(grams) if grams else 1.0


def alike(texts: Sequence[str], others: Sequence[str] | None = None) -> list[Pair]:
    """Return all pairs that share a word 3-gram, within `texts` or between `texts` and `others`.

    Counted exactly, by one product of sparse text x 3-gram tables.
    """
    numbers: dict[tuple[str, ...], int] = {}
    left = _table(texts, numbers)
    right = left if others is None else _table(others, numbers)
    width = len(numbers)
    shared = (_sparse(left, width) @ _sparse(right, width).T).tocoo()
    sizes = np.array([len(row) for row in left]), np.array([len(row) for row in right])
    jaccard = shared.data / (sizes[0][shared.row] + sizes[1][shared.col] - shared.data)
    kept = shared.row < shared.col if others is None else np.ones(len(jaccard), bool)
    return sorted(
        Pair(int(i), int(j), float(value))
        for i, j, value in zip(shared.row[kept], shared.col[kept], jaccard[kept], strict=True)
    )


def _table(texts: Sequence[str], numbers: dict[tuple[str, ...], int]) -> list[list[int]]:
    """Return the 3-grams of each text as numbers; new ones are added to `numbers`."""
    rows = []
    for text in texts:
        found = words(text)
        grams = set(_grams(found, 3)) if len(found) >= FEWEST else ()
        rows.append([numbers.setdefault(gram, len(numbers)) for gram in grams])
    return rows


def _sparse(rows: Sequence[Sequence[int]], width: int) -> Any:  # noqa: ANN401
    from scipy.sparse import csr_matrix

    ends = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    columns = np.array([n for row in rows for n in row], dtype=np.int64)
    return csr_matrix((np.ones(len(columns), np.int32), columns, ends), shape=(len(rows), width))


def _grams(found: Sequence[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(found[i : i + size]) for i in range(len(found) - size + 1)]
