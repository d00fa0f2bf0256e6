"""What several commands share: the installation, JSON, tables, progress, and what models are made and measured with."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from models.labelled import Finder, Labelled
    from monitor.settings import Settings
    from monitor.store import Store

DATA = click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), help="Folder with the public training texts."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")


def settings_of(context: click.Context) -> Settings:
    """Load the settings of the installation that the command was started for."""
    from monitor import settings

    return settings.load(Path(context.obj) if context.obj else None)


def iso_week(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """Accept a week that exists, like 2026-W07."""
    if value is None:
        return None
    try:
        datetime.strptime(f"{value}-1", "%G-W%V-%u")
    except ValueError:
        raise click.BadParameter(f"{value!r} is no ISO week; write it like 2026-W07.") from None
    return value


@contextmanager
def opened(context: click.Context, *, read_only: bool = False) -> Iterator[tuple[Settings, Store]]:
    """Open settings and database; the database is closed at the end whatever happens."""
    from monitor.pipeline import open_store

    settings = settings_of(context)
    store = open_store(settings, read_only=read_only)
    try:
        yield settings, store
    finally:
        store.close()


@contextmanager
def progress(label: str) -> Iterator[Callable[[int], None]]:
    """Show a counter on stderr when somebody watches; yields the function that counts on."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    done = 0

    def count(new: int) -> None:
        nonlocal done
        done += new
        click.echo(f"\r{label}: {done}", nl=False, err=True)

    yield count
    click.echo("", err=True)


def dump(value: object) -> None:
    """Print a record, a list of records or a mapping as JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1, default=_other))


def _other(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(type(value).__name__)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under a head, columns as wide as their widest cell, numbers to the right."""
    cells = [["" if v is None else str(v) for v in row] for row in rows]
    widths = [max(len(r[i]) for r in [list(head), *cells]) for i in range(len(head))]
    right = [all(_numeric(r[i]) for r in cells) and bool(cells) for i in range(len(head))]
    for row in [list(head), *cells]:
        parts = (c.rjust(w) if r else c.ljust(w) for c, w, r in zip(row, widths, right, strict=True))
        click.echo("  ".join(parts).rstrip())


def _numeric(cell: str) -> bool:
    return not cell or cell.lstrip("+-−").replace(".", "", 1).replace("%", "", 1).isdigit() or cell == "–"


def tell_steps() -> None:
    """Show on standard error how far training or measuring is: both take from minutes to hours."""
    import logging

    logging.getLogger("models").setLevel(logging.INFO)


def folder_of(settings: Settings) -> Path:
    """Return the model folder in use."""
    from models.classifier import SHIPPED

    return settings.home / settings.senim.model.folder if settings.senim.model.folder else SHIPPED


def finder_of(settings: Settings) -> Finder:
    """Return what finds the bodies in a text."""
    from monitor.relevance import Matcher

    return Matcher(settings.bodies)


def posts_of(data: Path | None, files: Sequence[Path] = ()) -> list[Labelled]:
    """Return our labelled posts: those of our own writing, and real ones whose words lie in the data folder."""
    from models import labelled
    from monitor.cleaning import digest_key

    posts = [p for f in files or labelled.OWN for p in labelled.read(f)]
    texts = data / "domain" / "unlabelled.jsonl.gz" if data else None
    if texts and texts.is_file() and not files:
        posts += labelled.join(labelled.REAL, texts, digest_key)
    return posts
