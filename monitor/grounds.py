"""Fetches figures, and what they need beside the posts: the model's confusions, what was collected when. A door."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from monitor import gaps
from monitor.correction import FILE, Correction, correction, load
from monitor.records import Cell
from monitor.settings import Settings
from monitor.tallies import kept
from monitor.trends import DIMENSIONS, Grounds, figures, tally
from monitor.weeks import between, covering, noon, shift, week_of

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


def cells(
    settings: Settings,
    store: Store,
    *,
    by: Sequence[str],
    first: str | None = None,
    last: str | None = None,
    official: bool = False,
    fold: str = "week",
) -> tuple[Cell, ...]:
    """Return the figures of this installation as `trends.tally` defines them.

    They come from the sums that the database keeps where it keeps them, and else from all posts of the time asked for.
    """
    k, ground = settings.senim.privacy.min_posts, grounds(settings, store)
    wanted = [name for name in DIMENSIONS if name in by]
    begin, finish = covering(first, last, fold)
    if begin and "week" in by:
        begin, _ = covering(shift(begin, -PAST), None, fold)
    if official or set(wanted) != set(by) or not kept(wanted, fold):
        return tally(
            store.judged(begin, finish),
            by=by, first=first, last=last, official=official, k=k, fold=fold, grounds=ground,
        )  # fmt: skip
    model = ground.correction.model if ground.correction else ""
    added = store.tallied(wanted, begin, finish, fold, model)
    return figures(added, first=first, k=k, fold=fold, grounds=ground) if added else ()


def measured(settings: Settings) -> str:
    """Return the name of the model whose error was measured, "" when there is none."""
    found = load(_confusions(settings))
    return found.model if found else ""


def confusions(settings: Settings) -> Correction | None:
    """Return the correction for the model in use, None when its error was never measured."""
    found = load(_confusions(settings))
    return correction(found) if found else None


def _confusions(settings: Settings) -> Path:
    chosen = settings.senim.model.folder
    folder = settings.home / chosen if chosen else Path(str(resources.files("models"))) / "senim-mini"
    return folder / FILE
