"""Commands about alerts: list, check, replay, acknowledge, mute."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from monitor.commands.common import dump, iso_week, json_option, opened, progress, settings_of, table
from monitor.errors import SenimError

if TYPE_CHECKING:
    from monitor.bell import AlertState
    from monitor.records import Alert
    from monitor.replay import Found
    from monitor.simulation import World
    from monitor.store import Store


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def alerts(context: click.Context, as_json: bool) -> None:
    """List the alerts that rang; `check` looks for new ones, `ack`, `mute` and `unmute` answer them.

    \b
    Example:  senim alerts check
    """
    if context.invoked_subcommand:
        return
    with opened(context, read_only=True) as (_, store):
        rung, facts, states = store.alerts(), store.alert_facts(), store.alert_states(datetime.now(UTC))
    if as_json:
        dump({"alerts": rung, "facts": facts, "states": states})
        return
    table(
        ("id", "week", "region", "reason", "seen", "usual", "q", "answer"),
        ((a.id, a.week, a.region or "all", *_told(a), f"{a.q:.1e}", _answer(states[a.id])) for a in rung),
    )


def _answer(state: AlertState) -> str:
    """Return what people have said to an alert."""
    from monitor.weeks import local

    said = ["acknowledged"] if state.acknowledged else []
    return ", ".join([*said, f"muted until {local(state.muted):%Y-%m-%d %H:%M}"] if state.muted else said)


def _told(alert: Alert) -> tuple[str, str, str]:
    """Return reason, what was seen and what is usual; of a shift the net stance since and before."""
    if alert.kind == "shift":
        return "net stance", f"{alert.after or 0:+.2f}", f"{alert.before or 0:+.2f}"
    return alert.reason or "all", str(alert.observed), f"{alert.expected:.1f}"


@alerts.command()
@click.option("--week", callback=iso_week, help="ISO week [default: the last full one and the running one].")
@click.option("--send/--no-send", default=True, help="Send the mails that are due.")
@json_option
@click.pass_context
def check(context: click.Context, week: str | None, send: bool, as_json: bool) -> None:
    """Compare the latest week with the weeks before; store and mail what rings.

    \b
    Example:  senim alerts check --week 2026-W46 --no-send
    """
    from monitor import editions

    now = datetime.now(UTC)
    with opened(context) as (settings, store):
        new = editions.check_alerts(settings, store, now, week=week)
        sent = editions.send_mail(settings, store, now) if send else "not sent"
        waiting = sum(letter.state in ("queued", "failed", "sending") for letter in store.outbox())
    if as_json:
        dump({"new": list(new), "mail": sent, "waiting": waiting})
        return
    for a in new:
        reason, seen, usual = _told(a)
        click.echo(f"{a.id}: {a.region or 'all'} {reason} {a.week}: {seen}, usual {usual}")
    click.echo(f"{len(new)} new alerts; mail: {sent}; {waiting} waiting")


@alerts.command()
@click.option("--weeks", type=click.IntRange(4, 520), help="Weeks to try [default: 26 past, or 52 invented].")
@click.option("--simulate", is_flag=True, help="Try them on invented years instead, with shifts put in.")
@click.option("--years", default=1, show_default=True, type=click.IntRange(1, 100), help="How many invented years.")
@click.option("--trials", default=60, show_default=True, type=click.IntRange(0, 10_000),
              help="Shifts of each factor and size.")  # fmt: skip
@click.option("--fit", is_flag=True, help="Take size and dispersion of the invented years from this database.")
@click.option("--stories", type=click.FloatRange(min=1), help="Negative stories in a usual invented week.")
@click.option("--dispersion", type=click.FloatRange(min=0), help="a of the variance m + a m^2 of an invented cell.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same figures.")
@json_option
@click.pass_context
def replay(
    context: click.Context, weeks: int | None, simulate: bool, years: int, trials: int, fit: bool,
    stories: float | None, dispersion: float | None, seed: int, as_json: bool,
) -> None:  # fmt: skip
    """Try the rules before they go live: on the past of this database, or on invented years whose truth is known.

    Invented years have a season, trends, holidays and more variance than chance; the table gives false alarms a week
    over all cells, and how many shifts were found by the end of their first, second and fourth week, in cells of usual
    size 10 or more and in smaller ones, beside simpler methods. Nothing is stored or sent.

    \b
    Example:  senim alerts replay --simulate --seed 1
    """
    if not simulate:
        _past(context, weeks or 26, as_json=as_json)
        return
    from monitor.simulation import World

    world = _fitted(context) if fit else World()
    world = replace(
        world,
        weeks=weeks or world.weeks,
        stories=world.stories if stories is None else stories,
        dispersion=world.dispersion if dispersion is None else dispersion,
    )
    _simulate(context, world, years=years, trials=trials, seed=seed, as_json=as_json)


def _past(context: click.Context, weeks: int, *, as_json: bool) -> None:
    from monitor import editions
    from monitor import weeks as calendar

    with opened(context, read_only=True) as (settings, store):
        last = editions.last_full_week(datetime.now(UTC))
        tried = calendar.between(calendar.shift(last, 1 - weeks), last)
        rung: list[Alert] = []
        for week in tried:
            rung += editions.find_alerts(settings, store, week, past=rung)
    if as_json:
        dump({"weeks": len(tried), "alerts": rung})
        return
    rows = ((a.week, a.rule, a.region or "all", *_told(a)) for a in rung)
    table(("week", "rule", "region", "reason", "seen", "usual"), rows)
    click.echo(f"{len(rung)} alerts in {len(tried)} weeks")


def _fitted(context: click.Context) -> World:
    from monitor import editions

    with opened(context, read_only=True) as (settings, store):
        return editions.like_the_past(settings, store, datetime.now(UTC))


def _simulate(context: click.Context, world: World, *, years: int, trials: int, seed: int, as_json: bool) -> None:
    from monitor import replay

    settings = settings_of(context)
    with progress("weeks judged") as count:
        scores = replay.play(world, settings.rules, seed=seed, years=years, trials=trials, count=count)
    if as_json:
        dump({"world": world, "seed": seed, "years": years, "scores": scores,
              "false_alarms_a_week": {s.method: round(s.a_week, 3) for s in scores}})  # fmt: skip
        return
    click.echo(
        f"{years * world.weeks} weeks after {world.history} of history, {scores[0].cells} cells, {world.stories:.0f}"
        f" stories a week, dispersion {world.dispersion:g} in a cell and {world.shared:g} in common, season"
        f" {world.season:.0%}, trends {world.trend:.0%} a year, holidays; seed {seed}\n"
    )
    sizes = [f"x{f.factor:g} {'>=10' if f.large else '<10'}" for f in scores[0].found]
    table(("method", "false a week", *sizes), ((s.method, f"{s.a_week:.2f}", *map(_share, s.found)) for s in scores))
    click.echo("\nshare of shifts found by the end of their first / second / fourth week")


def _share(found: Found) -> str:
    return f"{found.first:.2f} / {found.second:.2f} / {found.fourth:.2f}" if found.trials else "-"


def _meant(store: Store, beginning: str) -> str:
    """Return the id of the one alert that begins so; what names none is returned as it is, and refused by the store."""
    found = [a.id for a in store.alerts() if a.id.startswith(beginning)]
    if len(found) > 1 and beginning not in found:
        raise SenimError(f"{len(found)} alerts begin with {beginning}", advice="Give more of the id.")
    return found[0] if len(found) == 1 else beginning


@alerts.command()
@click.argument("alert")
@click.option("--who", default="console", show_default=True)
@click.option("--note", default="")
@click.pass_context
def ack(context: click.Context, alert: str, who: str, note: str) -> None:
    """Write down that somebody knows of ALERT: its id, or the beginning of it.

    \b
    Example:  senim alerts ack 3f2a --note "officer informed"
    """
    with opened(context) as (_, store):
        alert = _meant(store, alert)
        store.acknowledge(alert, who, datetime.now(UTC), note)
    click.echo(f"{alert}: acknowledged")


@alerts.command()
@click.argument("alert")
@click.option("--days", default=7, show_default=True, type=click.IntRange(1, 366))
@click.option("--who", default="console", show_default=True)
@click.pass_context
def mute(context: click.Context, alert: str, days: int, who: str) -> None:
    """Send no mail about the place and reason of ALERT for some days.

    \b
    Example:  senim alerts mute 3f2a --days 14
    """
    now = datetime.now(UTC)
    with opened(context) as (_, store):
        alert = _meant(store, alert)
        store.mute(alert, who, now, now + timedelta(days=days))
    click.echo(f"{alert}: muted for {days} days")


@alerts.command()
@click.argument("alert")
@click.option("--who", default="console", show_default=True)
@click.pass_context
def unmute(context: click.Context, alert: str, who: str) -> None:
    """Send mail about the place and reason of ALERT again.

    \b
    Example:  senim alerts unmute 3f2a
    """
    now = datetime.now(UTC)
    with opened(context) as (_, store):
        alert = _meant(store, alert)
        store.mute(alert, who, now, now)
    click.echo(f"{alert}: no longer muted")


COMMANDS = (alerts,)
