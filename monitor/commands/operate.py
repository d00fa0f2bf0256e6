"""Commands that operate an installation: serve, run, backup, restore."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.commands.common import opened, settings_of
from monitor.errors import SenimError

JOBS = ("crawl", "classify", "alerts", "digest")


@click.command()
@click.option("--host", help="Address to listen on [default: that of senim.toml].")
@click.option("--port", type=click.IntRange(0, 65535), help="Port [default: that of senim.toml].")
@click.pass_context
def serve(context: click.Context, host: str | None, port: int | None) -> None:
    """Open the dashboard and its API, until Ctrl-C.

    \b
    Example:  senim serve --port 8080
    """
    settings = settings_of(context)
    serve_home(settings.home, host, port)


def serve_home(folder: Path, host: str | None = None, port: int | None = None) -> None:
    """Serve the dashboard of the installation in `folder`; returns when it was stopped."""
    import uvicorn

    from monitor import settings
    from monitor.dashboard.app import create_app
    from monitor.pipeline import open_store

    loaded = settings.load(folder)
    open_store(loaded).close()  # an empty database shows empty pages, a missing one would show an error
    where = loaded.senim.serve
    app = create_app(loaded, lambda: open_store(loaded, read_only=True))
    click.echo(f"dashboard   http://{host or where.host}:{where.port if port is None else port}  (Ctrl-C stops it)")
    uvicorn.run(app, host=host or where.host, port=where.port if port is None else port, log_level="warning")


@click.command()
@click.option("--once", type=click.Choice(JOBS), help="Run one job now and end.")
@click.pass_context
def run(context: click.Context, once: str | None) -> None:
    """Crawl, classify, alert and digest by the timetable of senim.toml, for ever.

    \b
    Example:  senim -v run
    """
    from monitor import timetable
    from monitor.pipeline import open_store

    if once is None:
        settings = settings_of(context)
        timetable.run(settings, lambda: open_store(settings))
        return
    with opened(context) as (settings, store):
        if not timetable.run_job(once, timetable.jobs()[once], settings, store):
            raise SenimError(store.jobs(once, limit=1)[0].detail, where=once)
        click.echo(store.jobs(once, limit=1)[0].detail)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_context
def backup(context: click.Context, file: Path) -> None:
    """Write a checked copy of the database to FILE; others may go on writing meanwhile.

    \b
    Example:  senim backup backups/2026-11-22.db
    """
    from monitor import backup as copies

    copies.backup(settings_of(context).database, file)
    click.echo(f"{file}: {file.stat().st_size:,} bytes, checked")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_context
def restore(context: click.Context, file: Path) -> None:
    """Put the copy FILE in the place of the database, which is kept beside as NAME.before-restore.

    \b
    Example:  senim restore backups/2026-11-22.db
    """
    from monitor import backup as copies

    database = settings_of(context).database
    copies.restore(file, database)
    click.echo(f"{database}: restored from {file}")


COMMANDS = (serve, run, backup, restore)
