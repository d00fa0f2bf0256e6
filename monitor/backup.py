"""Copies of the database that are known to be good, and bringing one back.

A copy is made through SQLite's own backup, so it holds one moment even while a crawl writes, and it is checked
before it gets its name: a file that bears the name of a backup is one.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from monitor.connection import MAGIC, inspect, problems, troubles
from monitor.errors import StoreError

_COMPANIONS = ("-wal", "-shm")


@dataclass(frozen=True, kw_only=True, slots=True)
class Copy:
    """A checked copy: where it lies, its size in bytes, and what it holds."""

    path: Path
    size: int
    posts: int
    labels: int


def backup(database: Path, target: Path) -> Copy:
    """Write a checked copy of `database` to the new file `target`.

    Writers may go on meanwhile. Raises StoreError when `target` exists already, or the database is missing or
    damaged; then nothing is left behind under the name of `target`.
    """
    inspect(database, must_exist=True)
    if target.exists():
        raise StoreError("there is already a file", where=str(target), advice="Name a new one for each backup.")
    if not target.parent.is_dir():
        raise StoreError("its folder is missing", where=str(target), advice="Make the folder first.")
    part = target.with_name(f".{target.name}.part")
    try:
        _copy(database, part)
        copy = _checked(part)
        _flush(part)
        part.rename(target)
        _flush(target.parent)
    finally:
        _remove(part)
    return Copy(path=target, size=target.stat().st_size, posts=copy.posts, labels=copy.labels)


def restore(copy: Path, database: Path) -> Copy:
    """Put the checked `copy` in the place of `database`, which is kept beside as `NAME.before-restore`.

    Raises StoreError when the copy is damaged, of another program or of a newer version, or when another process
    has the database open; then the database stays as it was. Killed half way, it may simply be repeated.
    """
    if not copy.is_file():
        raise StoreError("there is no such file", where=str(copy), advice="Name a file made by `senim backup`.")
    inspect(copy, must_exist=True)
    database.parent.mkdir(parents=True, exist_ok=True)
    part = database.with_name(f".{database.name}.part")
    try:
        _copy(copy, part)
        found = _checked(part)
        _flush(part)
        _set_aside(database)
        os.replace(part, database)
        _flush(database.parent)
    finally:
        _remove(part)
    return Copy(path=database, size=database.stat().st_size, posts=found.posts, labels=found.labels)


def kept_aside(database: Path) -> Path:
    """Return where `restore` keeps the database that it replaced; a second restore overwrites it."""
    return database.with_name(database.name + ".before-restore")


def _copy(source: Path, target: Path) -> None:
    _remove(target)
    address = f"{source.resolve().as_uri()}?mode=ro"
    with (
        troubles(source),
        closing(sqlite3.connect(address, uri=True, timeout=30)) as reading,
        closing(sqlite3.connect(target)) as writing,
    ):
        # All pages in one step: in steps SQLite begins again whenever somebody writes, perhaps for ever. A log lets
        # writers go on meanwhile.
        reading.backup(writing)
        writing.execute("PRAGMA journal_mode = DELETE")  # one file, with no log beside it


def _checked(file: Path) -> Copy:
    """Return what a copy holds; raises StoreError when it is not whole or not ours."""
    from monitor import schema

    with troubles(file), closing(sqlite3.connect(file)) as connection:
        if connection.execute("PRAGMA application_id").fetchone()[0] != schema.APPLICATION_ID:
            raise StoreError("is not a Senim database", where=str(file), advice="Name a file made by `senim backup`.")
        if complaint := next(problems(connection), None):
            raise StoreError(f"is damaged: {complaint}", where=str(file), advice="Take an older copy.")
        names = {name for (name,) in connection.execute("SELECT name FROM _sqlite_migrations")}
        if names - schema.known_names():
            raise StoreError("was written by a newer version of Senim", where=str(file), advice="Update Senim.")
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        posts, labels = (_count(connection, name) if name in tables else 0 for name in ("post", "label"))
    return Copy(path=file, size=file.stat().st_size, posts=posts, labels=labels)


def _count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _set_aside(database: Path) -> None:
    """Keep the present database under another name, in one piece, without ever leaving its own name empty.

    Its log must go: SQLite would play the old log into the new file.
    """
    if not database.exists():
        _remove_companions(database)
        return
    _close_log(database)
    aside = kept_aside(database)
    _remove(aside)
    _remove_companions(aside)
    for companion in _COMPANIONS:  # what a damaged database still has in its log stays with it
        with suppress(FileNotFoundError):
            os.replace(f"{database}{companion}", f"{aside}{companion}")
    os.link(database, aside)


def _close_log(database: Path) -> None:
    """Move the log into the database, and make sure that nobody has it open."""
    with database.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            return  # so damaged that there is nothing to save
    busy = StoreError(
        "is open in another process",
        where=str(database),
        advice="Stop `senim run`, `senim serve` and other commands, then restore again.",
    )
    with closing(sqlite3.connect(database, timeout=1, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            # Leaving write-ahead logging needs the file for oneself alone, so it fails while a reader is there.
            mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise busy from error
            return  # damaged: it is to be replaced anyway
        except sqlite3.DatabaseError:
            return
        if mode == "wal":
            raise busy


def _flush(path: Path) -> None:
    """Wait until the disk has a file, or a folder's names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(file: Path) -> None:
    file.unlink(missing_ok=True)
    for ending in (*_COMPANIONS, "-journal"):
        Path(f"{file}{ending}").unlink(missing_ok=True)


def _remove_companions(file: Path) -> None:
    for ending in _COMPANIONS:
        Path(f"{file}{ending}").unlink(missing_ok=True)
