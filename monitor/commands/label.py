"""Commands for those who label posts: label check."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.commands.common import dump, json_option, settings_of, table


@click.group()
def label() -> None:
    """Check labelled files."""


@label.command("check")
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


COMMANDS = (label,)
