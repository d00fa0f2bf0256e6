"""Fetches what figures need beside the posts: the model's confusions, and what was collected when. A door."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from monitor import gaps
from monitor.correction import FILE, Correction, correction, load
from monitor.settings import Settings
from monitor.trends import Grounds
from monitor.weeks import between, noon, week_of

if TYPE_CHECKING:
    from monitor.store import Store

PAST = 26  # weeks before the first one asked for that corrected indices lean on


def grounds(settings: Settings, store: Store) -> Grounds:
    """Return the grounds of all figures of this installation."""
    arrivals = store.arrivals()
    days = [day for found in arrivals.values() for day in found]
    known = {week_of(noon(day)) for day in (min(days), max(days))} if days else set()
    weeks = between(min(known), max(known)) if known else ()
    asked = {source.id for source in settings.sources if source.enabled}
    return Grounds(
        correction=confusions(settings),
        collected=gaps.collected(arrivals),
        coverage=gaps.coverage(arrivals, weeks, asked),
    )


def confusions(settings: Settings) -> Correction | None:
    """Return the correction for the model in use, None when its error was never measured."""
    chosen = settings.senim.model.folder
    folder = settings.home / chosen if chosen else Path(str(resources.files("models"))) / "senim-mini"
    found = load(folder / FILE)
    return correction(found) if found else None
