"""Keeps count of what each source has spent of its daily budget, across passes and in one small file.

Counted before a call is made, so that a killed crawl counts too much rather than too little.
"""

from __future__ import annotations

import json
import logging
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Los_Angeles")  # YouTube's day ends at midnight there (determine_quota_cost)
ALL = "*"  # spent when the platform itself said that nothing is left

log = logging.getLogger(__name__)


class Budget:
    """The budgets of one day; `path` is the file that remembers them, None for this pass alone."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.day, self.spent = self._load()

    def take(self, source: str, units: int, limit: int, now: datetime) -> bool:
        """Charge `units` to a source; False, and nothing charged, when that would pass its limit of the day."""
        if not units:
            return True
        self._turn(now)
        if self.spent.get(ALL) or self.spent.get(source, 0) + units > limit:
            return False
        self.spent[source] = self.spent.get(source, 0) + units
        self._save()
        return True

    def ahead(self, source: str, limit: int, now: datetime) -> bool:
        """Tell whether a source has spent more than its limit spread evenly over the day allows until now."""
        self._turn(now)
        local = now.astimezone(ZONE)
        return self.spent.get(source, 0) > limit * (local.hour * 60 + local.minute) / 1440

    def close(self, now: datetime) -> None:
        """Spend nothing more today: the platform says that its own limit is reached."""
        self._turn(now)
        self.spent[ALL] = 1
        self._save()

    def _turn(self, now: datetime) -> None:
        today = now.astimezone(ZONE).date().isoformat()
        if today != self.day:
            self.day, self.spent = today, {}

    def _load(self) -> tuple[str, dict[str, int]]:
        try:
            record = json.loads(self.path.read_text("utf-8")) if self.path else {}
            return str(record.get("day", "")), {str(k): int(v) for k, v in record.get("spent", {}).items()}
        except FileNotFoundError:
            return "", {}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            log.warning("quota file=%s outcome=unreadable why=%r", self.path and self.path.name, str(error))
            return "", {}

    def _save(self) -> None:
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps({"day": self.day, "spent": self.spent}), "utf-8")
        fresh.replace(self.path)
