"""Commands that make and check an installation: init, demo, check."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from monitor.commands.common import settings_of
from monitor.errors import SenimError


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def init(folder: Path) -> None:
    """Make FOLDER with config/ and an empty database, ready to edit.

    \b
    Example:  senim init monitor && cd monitor && senim check
    """
    from monitor import settings
    from monitor.pipeline import open_store

    if (folder / "config").exists():
        raise SenimError("has a config/ already", where=str(folder), advice="Choose another folder, or edit that one.")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(settings.shipped_config(), folder / "config", ignore=shutil.ignore_patterns("recipients.toml"))
    loaded = settings.load(folder)
    open_store(loaded).close()
    click.echo(
        f"{folder}: {len(loaded.sources)} sources, {len(loaded.reasons)} reasons, {len(loaded.regions)} regions."
    )
    click.echo("Next: put your address into config/senim.toml (crawl.contact), then `senim check`, `senim crawl`.")


@click.command()
@click.pass_context
def check(context: click.Context) -> None:
    """Check settings, model and database; list every mistake with file, line and key.

    \b
    Example:  senim --home monitor check
    """
    from monitor.pipeline import check as problems

    settings = settings_of(context)
    found = problems(settings)
    for line in found:
        click.echo(line, err=not line.startswith("note:"))
    if any(not line.startswith("note:") for line in found):
        context.exit(1)
    click.echo(
        f"all well: {len(settings.sources)} sources, {len(settings.reasons)} reasons, {len(settings.bodies)} bodies, "
        f"{len(settings.regions)} regions, {len(settings.surveys)} survey figures, {len(settings.rules)} alert rules, "
        f"{len(settings.recipients)} recipients"
    )


@click.command()
@click.option("--serve/--no-serve", default=True, help="Open the dashboard at the end, until Ctrl-C.")
@click.option("--quiet", is_flag=True, help="A sample web in which nothing unusual happens.")
@click.option("--folder", type=click.Path(path_type=Path), default=Path("var/demo"), show_default=True)
def demo(serve: bool, quiet: bool, folder: Path) -> None:
    """Serve a sample web on this machine, crawl it, judge it, send an alert to a local mailbox, write the digest.

    \b
    Needs no network. Example:  senim demo --no-serve
    """
    from monitor import demo as show

    show.run(folder, quiet=quiet, say=click.echo)
    if serve:
        from monitor.commands.operate import serve_home

        serve_home(folder)


COMMANDS = (init, demo, check)
