"""Commands for researchers: corpus release, corpus verify."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from monitor.commands.common import opened


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


COMMANDS = (corpus_group,)
