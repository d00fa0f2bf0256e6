"""Chooses what a page is about: the week to open with, and whether a source still works. Pure functions of records."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from monitor.ledger import SourceHealth
from monitor.records import Judged
from monitor.trends import tally
from monitor.weeks import end, shift, week_of

PATIENCE = timedelta(days=7)  # a source is asked several times a day; weekly papers exist


def newest(weeks: Iterable[str], now: datetime) -> str:
    """Return the last week with posts that is not in the future, this week when there is none."""
    this = week_of(now)
    return max((week for week in weeks if week <= this), default=this)


def worth_showing(judged: Iterable[Judged], last: str, k: int) -> str:
    """Return `last`, or the week before it while `last` has too few posts for a balance and the other has enough.

    So on a Monday morning the page opens with the week that is over, not with an empty one.
    """
    shown = {cell.week for cell in tally(judged, by=("week",), first=shift(last, -1), k=k) if cell.net is not None}
    return shift(last, -1) if last not in shown and shift(last, -1) in shown else last


def over(week: str, now: datetime) -> bool:
    """Tell whether a week is over."""
    return now >= end(week)


def fares(health: SourceHealth | None, now: datetime) -> str:
    """Return how a source fares (see `crawlers.health.state`); one that only says "not changed" is believed a while."""
    from crawlers.health import state

    if health is None:
        return "unasked"
    found = state(health.recent, health.posts, health.undated)
    tried = health.last_tried is not None and now - health.last_tried < PATIENCE
    # neither read nor asked for long: nobody knows how it fares, and nothing comes from it
    never = found == "partly" and health.last_success is None
    return "failing" if never or not (tried or found == "unasked") else found
