"""Commands about the places to collect from: list them, ask them live, see how they fare, save a page for a test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.commands.common import dump, json_option, opened, settings_of, table
from monitor.errors import SenimError

if TYPE_CHECKING:
    from monitor.declarations import Source
    from monitor.settings import Settings


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def sources(context: click.Context, as_json: bool) -> None:
    """List the sources that are declared under config/sources/; ask, grade and capture them.

    \b
    Example:  senim sources --json
    """
    if context.invoked_subcommand:
        return
    listed = settings_of(context).sources
    if as_json:
        dump([s.model_dump() for s in listed])
        return
    table(
        ("id", "kind", "language", "region", "official", "enabled", "checked", "address"),
        (
            (s.id, s.kind, s.language, s.region or "", "yes" if s.official else "", "yes" if s.enabled else "NO",
             s.checked or "never", s.url)
            for s in listed
        ),
    )  # fmt: skip


@sources.command()
@click.argument("source", nargs=-1)
@json_option
@click.pass_context
def check(context: click.Context, source: tuple[str, ...], as_json: bool) -> None:
    """Ask each enabled source, or the named ones, live for one item; nothing is stored.

    Exit code 1 when a source shows no post.

    \b
    Example:  senim sources check tengrinews_ru
    """
    from time import monotonic

    from crawlers import probe
    from monitor import language

    settings = settings_of(context)
    rows = []
    for one in _chosen(settings, source):
        start = monotonic()
        found = next(probe.ask(settings, [one]))
        spoken = language.detect(found.text) if found.text else ""
        rows.append(
            {"source": one.id, "fate": found.fate.value, "published": found.published,
             "published_from": found.published_from, "language": spoken, "declared": one.language,
             "seconds": round(monotonic() - start, 1), "url": found.url, "detail": found.detail,
             "read": bool(found.text)}
        )  # fmt: skip
    if as_json:
        dump(rows)
    else:
        table(
            ("source", "fate", "date", "language", "seconds", "address", "detail"),
            (
                (r["source"], r["fate"], str(r["published"] or "none")[:16], r["language"] or "-", r["seconds"],
                 str(r["url"])[:70], str(r["detail"])[:80])
                for r in rows
            ),
        )  # fmt: skip
    if not all(r["read"] for r in rows):
        context.exit(1)


@sources.command()
@json_option
@click.pass_context
def health(context: click.Context, as_json: bool) -> None:
    """Show how every declared source fares: working, partly, failing, undated or unasked.

    `volume` tells since when it brings at least twice or at most half of what it did a day, by source and language.

    \b
    Example:  senim sources health
    """
    from crawlers.health import state
    from monitor import volumes
    from monitor.weeks import local

    with opened(context, read_only=True) as (settings, store):
        met = {s.source: s for s in store.health().sources}
        turned = volumes.turns(store.arrivals(), store.spoken(), local(store.clock()).date())
    rows: list[dict[str, Any]] = []
    for one in settings.sources:
        s = met.get(one.id)
        word = state(s.recent, s.posts, s.undated) if s else "unasked"
        rows.append(
            {"source": one.id, "enabled": one.enabled, "state": word, "last_read": s.last_success if s else None,
             "last_tried": s.last_tried if s else None, "posts": s.posts if s else 0, "undated": s.undated if s else 0,
             "volume": [asdict(turn) | {"since": turn.since.isoformat()} for turn in turned.get(one.id, ())]}
        )  # fmt: skip
    if as_json:
        dump(rows)
        return
    table(
        ("source", "enabled", "state", "last read", "last tried", "posts", "undated", "volume"),
        (
            (r["source"], "yes" if r["enabled"] else "NO", r["state"], str(r["last_read"] or "never")[:16],
             str(r["last_tried"] or "never")[:16], r["posts"], r["undated"],
             "; ".join(_turned(turn) for turn in r["volume"]))
            for r in rows
        ),
    )  # fmt: skip


def _turned(turn: Mapping[str, Any]) -> str:
    word = "fell" if turn["after"] < turn["before"] else "rose"
    of = f"{turn['language']} " if turn["language"] else ""
    return f"{of}{word} from {turn['before']:.1f} to {turn['after']:.1f} a day since {turn['since']}"


@sources.command()
@click.argument("source")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.pass_context
def capture(context: click.Context, source: str, folder: Path) -> None:
    """Save one page of a source as the beginnings of a test: page.html, expected.json, README.

    \b
    Example:  senim sources capture tengrinews_ru tests/pages/tengrinews/plain
    """
    from crawlers import probe

    settings = settings_of(context)
    (one,) = _chosen(settings, (source,))
    found = probe.capture(settings, one, folder, datetime.now(UTC))
    click.echo(f"{folder}: {found.title or found.url}")


def _chosen(settings: Settings, ids: tuple[str, ...]) -> list[Source]:
    """Return the named sources, all enabled ones without names; SenimError for a name that is not declared."""
    declared = {s.id: s for s in settings.sources}
    if unknown := [name for name in ids if name not in declared]:
        raise SenimError(f"no such source: {', '.join(unknown)}", advice="`senim sources` lists them.")
    return [declared[name] for name in ids] or [s for s in settings.sources if s.enabled]


COMMANDS = (sources,)
