"""Puts an alert into words for one recipient: what is usual, what was seen, why it rings, who wrote what."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.declarations import Recipient
from monitor.pages import page, plain
from monitor.quotes import quote
from monitor.records import Alert, Message, Opinion, Post
from monitor.settings import Settings
from monitor.telling import told
from monitor.weeks import between
from monitor.wording import Wording

NEVER = 0.15  # stories a week below which "usually none" is nearer to the truth than a number
SHARED = 1.1  # times the usual from which on it is said that the whole country is loud


def concerns(alert: Alert, recipient: Recipient) -> bool:
    """Say whether an alert is for this recipient: of one of their regions, of the whole country, or they want all."""
    return recipient.alerts and (not recipient.regions or not alert.region or alert.region in recipient.regions)


def compose_mail(
    alert: Alert,
    recipient: Recipient,
    posts: Mapping[str, Post],
    opinions: Mapping[str, Opinion],
    settings: Settings,
    *,
    partial: bool = False,
) -> Message:
    """Put an alert into words for one recipient: what is usual, what was seen, why it rings, and who wrote what.

    `posts` and `opinions` are by post id; posts that are gone are left out. `partial` says that the week is not over.
    The key follows from alert and address, so that the same alert is never sent twice.
    """
    wording = Wording(settings.language(recipient.language))
    code = recipient.language
    shifted = alert.kind == "shift"
    region = settings.region(alert.region).name.get(code) if alert.region else wording.say("whole_country")
    heading = _heading(alert, settings, wording)
    shown = [
        told(p, quote(p.text, _spans(o, alert.reason)), o.sentiment if o else None, _codes(o), settings, wording)
        for p, o in ((posts[x], opinions.get(x)) for x in alert.posts if x in posts)
    ]
    lines = _shift(alert, wording) if shifted else _spike(alert, wording)
    lines += _common(alert, settings, wording)
    view = {
        "alert": alert,
        "title": wording.say("shift_title" if shifted else "alert_title"),
        "heading": f"{heading[:1].upper()}{heading[1:]}",
        "region": region,
        "lines": [*lines, *([wording.say("alert_partial")] if partial else [])],
        "stories": shown,
    }
    subject = "shift_subject" if shifted else "alert_subject"
    return Message(
        key=f"alert/{alert.id}/{recipient.email}",
        kind="alert",
        recipient=recipient.email,
        language=code,
        subject=wording.say(subject, **({} if shifted else {"reason": heading}), region=region),
        html=page("alert.html", wording, **view),
        text=plain("alert.txt", wording, **view),
    )


def _heading(alert: Alert, settings: Settings, wording: Wording) -> str:
    """Return what the alert is about: a reason, all reasons, or the way in which the stance has gone."""
    if alert.kind == "shift":
        return wording.say("shift_heading_worse" if _worse(alert) else "shift_heading_better")
    if not alert.reason:
        return wording.say("all_reasons")
    return settings.reason(alert.reason).name.get(wording.language.code)


def _worse(alert: Alert) -> bool:
    return (alert.after or 0) < (alert.before or 0)


def _spike(alert: Alert, wording: Wording) -> list[str]:
    """Say what was seen, what is usual, how that is known, and why the difference rings."""
    stories, sources = wording.count("stories_n", alert.observed), wording.count("sources_n", alert.sources)
    upper, weeks, none = wording.number(alert.upper), wording.odds(alert.p), alert.expected < NEVER
    last = wording.week(alert.week)
    ratio = "" if none else wording.number(alert.observed / alert.expected, 1)
    return [
        wording.say("alert_seen", week=last, stories=stories, sources=sources) if alert.span == 1
        else wording.say("alert_seen_span", weeks=wording.count("weeks_n", alert.span), week=last, stories=stories,
                         sources=sources),
        wording.say("alert_usual_zero", upper=upper) if none
        else wording.say("alert_usual" if alert.span == 1 else "alert_usual_span",
                         expected=wording.number(alert.expected, 1), upper=upper),
        *_basis(alert, wording),
        wording.say("alert_why_zero", weeks=weeks) if none else wording.say("alert_why", ratio=ratio, weeks=weeks),
    ]  # fmt: skip


def _basis(alert: Alert, wording: Wording) -> list[str]:
    """Say from what the usual was learnt; alerts of older versions do not know."""
    if not alert.weeks:
        return []
    weeks = wording.count("weeks_n", alert.weeks)
    if alert.cold:
        return [wording.say("alert_cold", weeks=weeks)]
    said = [wording.say("alert_basis", weeks=weeks)]
    said += [wording.say("alert_trend")] if alert.trend else []
    said += [wording.say("alert_season")] if alert.season else []
    if alert.shared >= SHARED:
        said.append(wording.say("alert_shared", ratio=wording.number(alert.shared, 1)))
    return [" ".join(said)]


def _shift(alert: Alert, wording: Wording) -> list[str]:
    """Say how the net stance was, how it is since when, and why that is no chance."""
    later = len(between(alert.since, alert.week))
    return [
        wording.say(
            "shift_seen", week=wording.week(alert.since), after=wording.signed(alert.after or 0),
            later=wording.count("weeks_n", later), before=wording.signed(alert.before or 0),
            earlier=wording.count("weeks_n", alert.weeks),
        ),
        wording.say("shift_scale", low=wording.signed(-1), high=wording.signed(1)),
        wording.say("shift_why", times=wording.odds(alert.p)),
    ]  # fmt: skip


def _common(alert: Alert, settings: Settings, wording: Wording) -> list[str]:
    """Say how many alerts may be chance, and what people name most."""
    level = next((r.level for r in settings.rules if r.id == alert.rule), None)
    known = {r.code: r.name.get(wording.language.code) for r in settings.reasons}
    reasons = ", ".join(known[code] for code in alert.reasons if code in known)
    lines = [] if level is None else [wording.say("alert_why_many", level=wording.percent(level))]
    return [*lines, *([wording.say("alert_reasons", reasons=reasons)] if reasons else [])]


def _spans(opinion: Opinion | None, reason: str) -> list[tuple[int, int]]:
    """Return what is cited for the reason of the alert, or for any when the alert is about all."""
    return [(c.start, c.end) for c in opinion.reasons if not reason or c.code == reason] if opinion else []


def _codes(opinion: Opinion | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(c.code for c in opinion.reasons)) if opinion else ()
