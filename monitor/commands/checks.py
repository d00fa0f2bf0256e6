"""Commands that check the model at work: drift, label accuracy; and label check, which checks labelled files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.commands.common import dump, iso_week, json_option, opened, progress, settings_of, table

if TYPE_CHECKING:
    from monitor.drift import Shift
    from monitor.spotcheck import Accuracy


@click.command()
@click.option("--week", callback=iso_week, help="ISO week [default: the last full one].")
@click.option("--texts/--no-texts", default=True, help="Compare the texts themselves by their vectors, too.")
@click.option("--all", "every", is_flag=True, help="Show all comparisons, not only those that warn.")
@json_option
@click.pass_context
def drift(context: click.Context, week: str | None, texts: bool, every: bool, as_json: bool) -> None:
    """Say what has changed in the model's answers and in what it reads: a week beside the twelve before it.

    Shares of posts about law enforcement, abstentions and stances, mean confidence, and how far the texts lie from
    those before, in all posts, in each language and in each source. A warning is a change of 5 points or more beyond
    what weeks usually differ by; all comparisons together ring falsely in at most 1 of 20 weeks without any change.
    Vectors that are missing are made and stored. Below stands how often the model was right in posts drawn by chance.

    \b
    Examples:  senim drift
               senim drift --week 2026-W07 --all
    """
    from monitor import editions, watching

    chosen = week or editions.last_full_week(datetime.now(UTC))
    with opened(context, read_only=not texts) as (settings, store), progress("vectors made") as count:
        found = watching.watch(store, chosen, watching.embedder(settings) if texts else None, count)
    if as_json:
        dump(found)
        return
    click.echo(f"{found.week}: {len(found.warnings)} warnings in {len(found.shifts)} comparisons; {found.model or '–'}")
    shown = found.shifts if every else found.warnings
    if shown:
        table(("in", "what", "posts", "now", "usual", "change", "from", "to", "q", ""), map(_row, shown))
    _show_accuracy(found.accuracy)


def _row(shift: Shift) -> tuple[object, ...]:
    ends = ("–" if end is None else f"{end:+.2f}" for end in (shift.low, shift.high))
    place = shift.name or "all posts"
    return (place, shift.figure, shift.n, f"{shift.now:.2f}", f"{shift.usual:.2f}", f"{shift.change:+.2f}", *ends,
            f"{shift.q:.3f}", "WARNING" if shift.warns else "")  # fmt: skip


def _show_accuracy(found: tuple[Accuracy, ...]) -> None:
    if not any(a.n for a in found):
        click.echo("No posts drawn by chance have been read: `senim label export sheet.csv --check` draws some.")
        return
    rows = ((a.question, a.language or "all", a.n, a.of, a.weeks, *_share(a)) for a in found if a.n)
    table(("right about", "language", "read", "of", "weeks", "share", "from", "to"), rows)


def _share(found: Accuracy) -> tuple[str, ...]:
    return tuple("–" if v is None else f"{v:.3f}" for v in (found.share, found.low, found.high))


@click.command("accuracy")
@click.option("--week", callback=iso_week, help="Last ISO week [default: the last full one].")
@click.option("--weeks", "number", type=click.IntRange(1, 520), default=12, show_default=True, help="How many weeks.")
@json_option
@click.pass_context
def label_accuracy(context: click.Context, week: str | None, number: int, as_json: bool) -> None:
    """Say how often the model was right, by the posts drawn by chance with --check that people have read.

    `about`: whether a post is about law enforcement; `stance`: that and the stance, where the model does not abstain.
    Weeks weigh by their posts; intervals of 90 % are Wilson's. A week counts from its first ten posts on, down to where
    they were read without a gap. Answers count that the model had given before the post was read.

    \b
    Example:  senim label accuracy --weeks 26
    """
    from monitor import editions, watching
    from monitor.weeks import shift

    last = week or editions.last_full_week(datetime.now(UTC))
    with opened(context, read_only=True) as (_, store):
        found = watching.accuracy(store, shift(last, 1 - number), last)
    if as_json:
        dump(found)
    else:
        _show_accuracy(found)


@click.command("check")
@click.argument("file", nargs=-1, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="Folder with the real and test texts.")
@json_option
@click.pass_context
def label_check(context: click.Context, file: tuple[Path, ...], data: Path | None, as_json: bool) -> None:
    """Check labelled JSONL files: keys, offsets, codes, pairs, near copies, leaks; and print their counts.

    Without FILE all of our own are checked. With --data real texts are joined to their labels, and nothing may
    repeat a public test.

    \b
    Example:  senim label check models/data/written.jsonl
    """
    from models import labelcheck
    from models.labelled import FILES
    from monitor.cleaning import digest_key

    settings = settings_of(context)
    known = labelcheck.Known(
        codes=frozenset(r.code for r in settings.reasons),
        bodies=frozenset(b.id for b in settings.bodies),
        regions=frozenset(r.code for r in settings.regions),
    )
    known = known.with_data(data, digest_key) if data else known
    report = labelcheck.check(file or FILES, known)
    if as_json:
        dump(report)
    else:
        for name, counts in report.counts.items():
            table((name, "n"), counts.items())
            click.echo("")
        click.echo(f"{report.posts} texts, {report.pairs} contrast pairs")
        click.echo(f"distinct word 5-grams of our own texts: {report.distinct:.4f}")
        click.echo(f"the nearest two texts share {report.nearest:.2f} of their word 3-grams")
    for problem in report.problems:
        click.echo(problem, err=True)
    if report.problems:
        context.exit(1)


COMMANDS = (drift,)
OF_LABEL = (label_check, label_accuracy)
