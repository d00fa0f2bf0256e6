"""Commands that operate an installation: serve, run, backup, restore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.commands.common import settings_of
from monitor.errors import SenimError

if TYPE_CHECKING:
    import socket

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
    import ipaddress
    from contextlib import suppress

    import uvicorn

    from monitor import settings
    from monitor.dashboard.app import create_app
    from monitor.pipeline import open_store

    loaded = settings.load(folder)
    where = loaded.senim.serve
    with _listening(host or where.host, where.port if port is None else port) as door:
        open_store(loaded).close()  # an empty database shows empty pages, a missing one would show an error
        app = create_app(loaded, lambda: open_store(loaded, read_only=True))
        address, number = door.getsockname()[:2]
        shown = f"[{address}]" if ":" in address else address
        click.echo(f"dashboard   http://{shown}:{number}  (Ctrl-C stops it)")
        if not ipaddress.ip_address(address.partition("%")[0]).is_loopback:
            click.echo("It has no accounts: whoever reaches this address sees everything.", err=True)
        with suppress(KeyboardInterrupt):  # uvicorn has shut down in order and says Ctrl-C once more
            uvicorn.Server(uvicorn.Config(app, log_level="warning", server_header=False)).run(sockets=[door])


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens there; SenimError when the address is taken or is not ours."""
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise SenimError(
            f"cannot listen ({error.strerror})",
            where=f"{host}:{port}",
            advice="Give another one with --host or --port, or stop what listens there.",
        ) from error


@click.command()
@click.option("--once", type=click.Choice(JOBS), help="Run one job now and end.")
@click.pass_context
def run(context: click.Context, once: str | None) -> None:
    """Crawl, classify, alert and digest by the timetable of senim.toml, for ever.

    Runs once at a time; what was missed while it was down is made up for once. SIGTERM and Ctrl-C stop it in order.
    Settings are read at the start.

    \b
    Example:  senim -v run
    """
    from monitor import timetable
    from monitor.pipeline import open_store

    settings = settings_of(context)
    if once is None:
        timetable.run(settings, lambda: open_store(settings))
        return
    stop = timetable.Stop()
    with timetable.owned(settings.database), timetable.heeding(stop), open_store(settings) as store:
        try:
            well = timetable.run_job(once, timetable.jobs(stop)[once], settings, store)
        except timetable.Stopped:
            well = False
        detail = store.jobs(once, limit=1)[0].detail
    if not well:
        raise SenimError(detail, where=once)
    click.echo(detail)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_context
def backup(context: click.Context, file: Path) -> None:
    """Write a checked copy of the database to FILE; others may go on writing meanwhile.

    Archived answers (`[archive]` in senim.toml) are files beside it and are not in the copy.

    \b
    Example:  senim backup backups/2026-11-22.db
    """
    from monitor import backup as copies

    made = copies.backup(settings_of(context).database, file)
    click.echo(f"{file}: {made.posts:,} posts, {made.labels:,} labels, {made.size:,} bytes, checked")


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
    found = copies.restore(file, database)
    click.echo(f"{database}: {found.posts:,} posts, {found.labels:,} labels, restored from {file}")
    if (aside := copies.kept_aside(database)).exists():
        click.echo(f"what was there is kept as {aside}")


COMMANDS = (serve, run, backup, restore)
