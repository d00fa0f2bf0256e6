"""Cells as rows for other programs: CSV and JSON with the same columns, and no figure on fewer than k posts."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable

from monitor.records import Cell
from monitor.trends import MIN_POSTS

COLUMNS = (
    *("region", "week", "language", "body", "reason", "posts", "stories", "sources"),
    *("negative", "neutral", "positive", "abstained", "net", "low", "high"),
    *("corrected", "corrected_low", "corrected_high", "net_stories", "net_sources", "independent"),
    *("official", "official_positive", "collected", "coverage", "coordinated", "accounts", "settlement", "suppressed"),
)
_COUNTS = ("posts", "stories", "sources", "negative", "neutral", "positive", "abstained", "independent")
_OFFICIAL = ("official", "official_positive")
_COORDINATED = ("coordinated", "accounts")
_INDICES = (
    *("net", "low", "high", "corrected", "corrected_low", "corrected_high", "net_stories", "net_sources"),
    *("collected", "coverage"),
)
_KNOWN = ("coverage",)  # tells of the collection, not of posts

Value = str | int | float | bool | None


def rows(cells: Iterable[Cell], k: int = MIN_POSTS) -> list[dict[str, Value]]:
    """Return one flat row for each cell, in order, with the columns COLUMNS.

    A cell on fewer than `k` posts is there, so that nobody takes it for zero, but `suppressed` and without figures:
    a handful of posts could point to the people who wrote them. Indices and shares are rounded to four places.
    """
    return [_row(cell, k) for cell in cells]


def to_csv(cells: Iterable[Cell], k: int = MIN_POSTS) -> str:
    """Return the rows as CSV with a head line and Unix line ends; no value is an empty field."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, "suppressed": json.dumps(row["suppressed"])} for row in rows(cells, k))
    return text.getvalue()


def to_json(cells: Iterable[Cell], k: int = MIN_POSTS) -> str:
    """Return the rows as a JSON list, one row on each line."""
    lines = (json.dumps(row, ensure_ascii=False) for row in rows(cells, k))
    return "[\n" + ",\n".join(lines) + "\n]\n"


def _row(cell: Cell, k: int) -> dict[str, Value]:
    row: dict[str, Value] = {name: getattr(cell, name) for name in COLUMNS[:-1]}
    suppressed = cell.posts < k
    for name in _INDICES:
        value = getattr(cell, name)
        row[name] = None if value is None or (suppressed and name not in _KNOWN) else round(value, 4)
    if suppressed:
        row |= dict.fromkeys((*_COUNTS, *_OFFICIAL, *_COORDINATED))
    if 0 < cell.accounts < k:
        row |= dict.fromkeys(_COORDINATED)  # a few people of a chorus that spoke in other cells, too
    return row | {"suppressed": suppressed}
