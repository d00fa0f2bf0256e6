"""What goes out: the weekly digest, the alert mails, and the outbox. A door: it calls and decides nothing.

Everything is idempotent. An alert is stored before its mails are queued, and the mails of all alerts of the week
are composed anew at every check; their keys keep them from being queued twice. So a process that is killed in
between loses nothing and sends nothing twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from monitor import alerts, notices, shifts, weeks
from monitor.records import Alert, Message
from monitor.settings import Settings
from monitor.store import Store

if TYPE_CHECKING:
    from monitor.digest import Digest
    from monitor.simulation import World


def last_full_week(now: datetime) -> str:
    """Return the ISO week before the one that `now` lies in."""
    return weeks.shift(weeks.week_of(now), -1)


def find_alerts(
    settings: Settings, store: Store, week: str, *, past: Sequence[Alert] | None = None, over: bool = True
) -> tuple[Alert, ...]:
    """Return the alerts of one week as the rules see them now, without storing them.

    `past` are the alerts that rang before [those of the store]. The net stance is judged only when the week is `over`.
    """
    rang = [a for a in (store.alerts() if past is None else past) if a.week <= week]
    collected = set(store.weeks())
    found = alerts.decide(_counts(settings, store, week), settings.rules, week, collected=collected, past=rang)
    of_stance = [rule for rule in settings.rules if rule.kind == "shift"]
    if over and of_stance:
        reach = max(rule.history_weeks for rule in of_stance)
        judged = store.judged(weeks.shift(week, -reach), week)
        found += shifts.find(judged, of_stance, week, collected=collected, past=rang)
    return found


def _counts(settings: Settings, store: Store, week: str) -> tuple[alerts.Count, ...]:
    """Return the counts of a week and of those before it that a rule learns from."""
    codes = {r.code for r in settings.reasons if r.polarity == "negative"}
    reach = max((rule.history_weeks for rule in settings.rules), default=0)
    return alerts.count(store.judged(weeks.shift(week, -reach), week), codes)


def like_the_past(settings: Settings, store: Store, now: datetime) -> World:
    """Return an invented world that has the size and the dispersion of this database."""
    from monitor.replay import fitted

    last, collected = last_full_week(now), store.weeks()
    counts = _counts(settings, store, last)
    return fitted(counts, sorted(w for w in {c.week for c in counts} if w <= last and w in collected))


def check_alerts(settings: Settings, store: Store, now: datetime, *, week: str | None = None) -> tuple[Alert, ...]:
    """Store the alerts of the last full week and the running one, queue their mails, and return the new ones."""
    new: list[Alert] = []
    for checked in [week] if week else [last_full_week(now), weeks.week_of(now)]:
        new += store.add_alerts(find_alerts(settings, store, checked, over=checked < weeks.week_of(now)))
        store.enqueue(_mails(settings, store, store.alerts(checked), now))
    return tuple(new)


def _mails(settings: Settings, store: Store, rung: Sequence[Alert], now: datetime) -> list[Message]:
    muted = store.muted(now)
    found = []
    for alert in rung:
        if muted.get((alert.rule, alert.region, alert.reason), now) > now:
            continue
        concerned = [r for r in settings.recipients if notices.concerns(alert, r)]
        if concerned:
            posts = {p.id: p for p in (store.post(i) for i in alert.posts) if p}
            opinions = store.opinions(posts)
            partial = alert.week == weeks.week_of(now)
            found += [notices.compose_mail(alert, r, posts, opinions, settings, partial=partial) for r in concerned]
    return found


def compose_digest(settings: Settings, store: Store, week: str, *, operators: bool = True) -> Digest:
    """Compose the digest of one week from the database, with what is for operators or without."""
    from monitor import digest, watching
    from monitor.grounds import grounds

    posts = store.posts(week=week, limit=None)
    opinions = store.opinions(p.id for p in posts)
    state = store.health(passes=0)
    composed = digest.compose(
        week,
        store.judged(weeks.shift(week, -digest.WEEKS), week),
        posts,
        opinions,
        settings,
        last_success={s.source: s.last_success for s in state.sources},
        unread=len(posts) - len(opinions),
        grounds=grounds(settings, store),
    )
    if not operators:
        return composed
    watched = watching.watch(store, week)
    return replace(composed, drift=watched.warnings, accuracy=watched.accuracy)


def write_digest(settings: Settings, store: Store, week: str) -> list[Path]:
    """Write the issue of a week in all its languages, as HTML and text; returns the files.

    Each file replaces its last version only when it is complete.
    """
    from monitor import issue

    composed = compose_digest(settings, store, week)
    folder = settings.home / settings.senim.digest.folder
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for language in settings.senim.digest.languages:
        made = issue.render(composed, language, settings)
        for suffix, content in (("html", made.html), ("txt", made.text)):
            file = folder / f"{week}.{language}.{suffix}"
            part = file.with_suffix(file.suffix + ".part")
            part.write_text(content, "utf-8")
            part.replace(file)
            written.append(file)
    return written


def queue_digest(settings: Settings, store: Store, week: str) -> int:
    """Queue the digest of a week to all who get it; returns how many mails are new."""
    from monitor import issue

    readers = [r for r in settings.recipients if r.digest]
    composed = compose_digest(settings, store, week) if readers else None
    return store.enqueue([issue.message(composed, r, settings) for r in readers if composed])


def send_mail(settings: Settings, store: Store, now: datetime) -> str:
    """Send what is due and say how it went.

    The clock is asked again: what was queued a moment after `now`, at the beginning of the command, is due as well.
    """
    from monitor import mail

    done = mail.send_due(store, settings, max(now, store.clock()))
    said = f"{done.sent} sent, {done.waiting} waiting, {done.given_up} given up"
    return f"{said} ({done.error})" if done.error else said


def weekly_digest(settings: Settings, store: Store, now: datetime) -> str:
    """Write and queue the digest of the last full week, and say so."""
    from monitor import watching

    week = last_full_week(now)
    watching.remember(settings, store, week)
    files = write_digest(settings, store, week)
    return f"{week}: {len(files)} files, {queue_digest(settings, store, week)} mails queued"


def watch(settings: Settings, store: Store, now: datetime) -> str:
    """Check the alerts and send what is due: the job of the timetable."""
    new = check_alerts(settings, store, now)
    return f"{len(new)} new alerts; {send_mail(settings, store, now)}"
