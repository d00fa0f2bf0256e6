"""Commands for researchers: corpus release, corpus verify, label check."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from monitor.commands.common import dump, json_option, opened, settings_of, table


@click.group("corpus")
def corpus_group() -> None:
    """Release a corpus that can be cited, and verify one."""


@corpus_group.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--query", help="Only posts with these words, as in the dashboard's search.")
@click.option("--text/--no-text", default=True, help="Without text: addresses, labels and offsets only.")
@click.pass_context
def release(context: click.Context, folder: Path, query: str | None, text: bool) -> None:
    """Write Parquet, JSONL, CSV, label history, codebook, datasheet and checksums to FOLDER, which must be new.

    \b
    Example:  senim corpus release corpus-2026-11 --no-text
    """
    from monitor import corpus

    with opened(context, read_only=True) as (settings, store):
        corpus.release(store, settings, folder, query=query, text=text, now=datetime.now(UTC))
    for file in sorted(folder.iterdir()):
        click.echo(f"{file.stat().st_size:>12,}  {file}")


@corpus_group.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.pass_context
def verify(context: click.Context, folder: Path) -> None:
    """Check every byte of a release against its checksums.

    \b
    Example:  senim corpus verify corpus-2026-11
    """
    from monitor import corpus

    problems = corpus.verify(folder)
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        context.exit(1)
    click.echo(f"{folder}: as it was released")


@click.group()
def label() -> None:
    """Check labelled files."""


@label.command("check")
@click.argument("file", nargs=-1, type=click.Path(path_type=Path, dir_okay=False))
@json_option
@click.pass_context
def label_check(context: click.Context, file: tuple[Path, ...], as_json: bool) -> None:
    """Check labelled JSONL files: keys, offsets, codes, near copies; and print their counts.

    \b
    Example:  senim label check models/data/written.jsonl
    """
    from models import labelcheck
    from models.labelled import DATA

    settings = settings_of(context)
    known = labelcheck.Known(
        codes=frozenset(r.code for r in settings.reasons),
        bodies=frozenset(b.id for b in settings.bodies),
        regions=frozenset(r.code for r in settings.regions),
    )
    report = labelcheck.check(file or [DATA / "written.jsonl"], known)
    if as_json:
        dump(report)
    else:
        for name, counts in report.counts.items():
            table((name, "n"), counts.items())
            click.echo("")
        click.echo(f"{report.posts} texts; distinct word 5-grams {report.distinct:.4f}")
        click.echo(f"the nearest two texts share {report.nearest:.2f} of their word 3-grams")
    for problem in report.problems:
        click.echo(problem, err=True)
    if report.problems:
        context.exit(1)


COMMANDS = (corpus_group, label)
