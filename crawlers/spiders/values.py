"""Careful hands for JSON that may hold anything: what is missing or of another type is empty, never an error."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from crawlers.pages import dates, markup


def parse(body: bytes) -> object:
    """Return the JSON of a body, None when it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def at(data: object, *path: str | int) -> object:
    """Return what lies at a path, None when the path ends before."""
    for step in path:
        if isinstance(data, dict) and isinstance(step, str):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data


def rows(data: object, *path: str | int) -> list[dict[str, Any]]:
    """Return the objects of a list at a path; everything else in it is left out."""
    found = at(data, *path)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def words(data: object, *path: str | int) -> str:
    """Return a text at a path, empty when there is none."""
    found = at(data, *path)
    return markup.sound(found).strip() if isinstance(found, str) else ""


def number(data: object, *path: str | int) -> int:
    """Return a whole number at a path, also one written as text; 0 when there is none."""
    found = at(data, *path)
    if isinstance(found, str) and found.isascii() and found.lstrip("-").isdigit() and len(found) < 19:
        return int(found)
    return found if isinstance(found, int) and not isinstance(found, bool) and abs(found) < 10**18 else 0


def moment(value: str | int, now: datetime) -> datetime | None:
    """Return the plausible moment that an ISO text or seconds since 1970 name, None for others."""
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return dates.plausible(read if read.tzinfo else read.replace(tzinfo=UTC), now)
