"""Remembers each source's listings between passes: what to send along when asking again, and when that is worth it.

Why entries are remembered with the validators: a listing is asked conditionally only while every entry that it named
is known to the store, so a pass that was killed half-way can never hide the entries that it did not come to.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from crawlers import wire
from crawlers.spiders.feed import Link

QUIET = 3  # visits in a row without anything new before a listing is asked more rarely
FIRST_REST = timedelta(minutes=30)  # doubles with each further quiet visit
SHARE = 4  # a rest is at most this part of the time that a listing reaches back: three visits may fail without a loss
MOST = 2000  # entries that are remembered; a longer listing is always read in full

log = logging.getLogger(__name__)


class Visits:
    """What is remembered of listings, by source and address; `path` is the file, None remembers nothing."""

    def __init__(self, path: Path | None, longest: timedelta) -> None:
        self.path, self.longest = path, longest
        self.records = self._load()
        self.touched: set[str] = set()

    def resting(self, source: str, url: str, now: datetime) -> bool:
        """Tell whether a listing that rarely changes need not be asked yet."""
        record = self.records.get(_mark(source, url), {})
        # measured from the last visit, so that a clock set back or a shorter longest rest never locks a source out
        rested = now.timestamp() - _number(record, "seen")
        return 0 <= rested < min(_number(record, "rest"), self.longest.total_seconds())

    def headers(self, source: str, url: str, known: Collection[str]) -> dict[str, str]:
        """Return the headers of a conditional request, none while an entry of the last answer is not known."""
        record = self.records.get(_mark(source, url), {})
        entries = record.get("entries", [])
        if not entries or not all(entry in known for entry in entries):
            return {}
        named = {"If-None-Match": record.get("etag", ""), "If-Modified-Since": record.get("modified", "")}
        return {name: str(value) for name, value in named.items() if value}

    def read(
        self, source: str, url: str, links: Sequence[Link], etag: str, modified: str, now: datetime,
        known: Collection[str],
    ) -> str:  # fmt: skip
        """Remember a listing that was read in full; say why entries may have been missed, empty when none were.

        None of the entries of the last visit is there any more: what came between the two visits is unknown.
        """
        before = self.records.get(_mark(source, url), {})
        entries = [wire.digest(link.url) for link in links[:MOST]]
        old = set(before.get("entries", []))
        quiet = 0 if any(e not in known for e in entries) else int(_number(before, "quiet")) + 1
        record: dict[str, Any] = {"seen": now.timestamp(), "entries": entries, "quiet": quiet, "span": _span(links)}
        if len(links) <= MOST:
            record |= {"etag": etag[:500], "modified": modified[:100]}
        record["rest"] = self._rest(record)
        self.records[_mark(source, url)] = record
        self.touched.add(_mark(source, url))
        if not old or not entries or old & set(entries) or all(e in known for e in entries):
            return ""
        then = datetime.fromtimestamp(_number(before, "seen"), UTC)
        return f"all {len(entries)} entries are new since {then:%Y-%m-%d %H:%M} UTC: others may have come and gone"

    def unchanged(self, source: str, url: str, now: datetime) -> None:
        """Remember that a listing was not changed (304)."""
        record = self.records.setdefault(_mark(source, url), {})
        self.touched.add(_mark(source, url))
        record |= {"seen": now.timestamp(), "quiet": int(_number(record, "quiet")) + 1}
        record["rest"] = self._rest(record)

    def save(self) -> None:
        """Write the file; called at the end of a pass, a killed pass leaves the older and safer one.

        Several processes of a pass save one after the other, each only the listings that it asked.
        """
        if self.path is None:
            return
        import fcntl

        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            records = self._load() | {mark: self.records[mark] for mark in self.touched}
            fresh.write_text(json.dumps(records), "utf-8")
            fresh.replace(self.path)

    def _rest(self, record: dict[str, Any]) -> float:
        """Return for how many seconds a listing need not be asked; 0 for a lively one and one without dates."""
        beyond = int(_number(record, "quiet")) - QUIET
        if beyond < 0:
            return 0.0
        grown: float = FIRST_REST.total_seconds() * 2.0 ** min(beyond, 20)
        return min(grown, self.longest.total_seconds(), _number(record, "span") / SHARE)

    def _load(self) -> dict[str, dict[str, Any]]:
        try:
            found = json.loads(self.path.read_text("utf-8")) if self.path else {}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            log.warning("visits file=%s outcome=unreadable why=%r", self.path and self.path.name, str(error))
            return {}
        rows = found.items() if isinstance(found, dict) else ()
        return {str(mark): record for mark, record in rows if isinstance(record, dict)}


def _mark(source: str, url: str) -> str:
    return f"{source} {url}"


def _number(record: dict[str, Any], name: str) -> float:
    value = record.get(name, 0)
    return float(value) if isinstance(value, int | float) else 0.0


def _span(links: Sequence[Link]) -> float:
    """Return how many seconds a listing reaches back, 0 where an entry has no date."""
    dates = [link.newest for link in links]
    known = [d for d in dates if d]
    return (max(known) - min(known)).total_seconds() if known and len(known) == len(dates) else 0.0
