"""Opens the database file, or says in one sentence why it cannot be used and what to do.

Write-ahead logging lets the dashboard read while a crawl writes. `synchronous=FULL`, not the usual NORMAL: NORMAL
survives the killing of the process but may lose the last transactions when the power fails, and then a fate that
a pass has reported would be gone. It costs one fsync for each batch that is added, not for each post (measured on a
virtual disk: 0.1 to 1.5 ms for a small transaction, 0.01 ms with NORMAL). sqlite-utils is imported late, because it
loads pandas where pandas is installed: a third of a second.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from monitor.errors import StoreError

if TYPE_CHECKING:
    from sqlite_utils import Database

Row = dict[str, Any]
Parameters = Sequence[Any] | Mapping[str, Any]
MAGIC = b"SQLite format 3\x00"
RESTORE = "Bring back the last good copy with `senim restore FILE`."


class Connection:
    """One open database: reading and writing with every expected trouble turned into StoreError."""

    def __init__(self, path: Path, database: Database, clock: Callable[[], datetime]) -> None:
        self.path, self.database, self.clock = path, database, clock
        self._lock = threading.RLock()  # the dashboard answers from several threads over one connection

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        read_only: bool = False,
        wait: float = 10.0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> Self:
        """Open a database, making an empty one where there is none, and bring its tables up to date.

        `wait`: seconds to wait for another writer. A read-only one makes and changes nothing. Raises StoreError
        for a missing folder, a file that is no Senim database, damaged, locked, or of a newer version.
        """
        from sqlite_utils import Database

        file = Path(path)
        inspect(file, must_exist=read_only)
        with troubles(file):
            database = Database(_connect(file, read_only, wait))
            try:
                _prepare(database, file, read_only)
            except BaseException:
                database.close()
                raise
        return cls(file, database, clock)

    def close(self) -> None:
        """Close the file; a second time is harmless."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def check(self) -> tuple[str, ...]:
        """Return what SQLite finds wrong with pages, indexes and references; empty when all is well."""
        with troubles(self.path), self._lock:
            return tuple(problems(self.database.conn))

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """Return all rows of a query as dictionaries."""
        with troubles(self.path), self._lock:
            cursor = self.database.conn.execute(sql, parameters)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]

    def value(self, sql: str, parameters: Parameters = ()) -> Any:  # noqa: ANN401 - whatever the column holds
        """Return the first value of the first row, None when there is no row."""
        with troubles(self.path), self._lock:
            row = self.database.conn.execute(sql, parameters).fetchone()
            return None if row is None else row[0]

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Run a block as one transaction: all of it is stored, or nothing.

        IMMEDIATE asks for the write lock at once and waits for it; a transaction that begins by reading could only
        fail when another writer came in between.
        """
        with troubles(self.path), self._lock:
            connection = self.database.conn
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all reading in a block see one moment, whatever another process writes meanwhile."""
        with troubles(self.path), self._lock:
            self.database.conn.execute("BEGIN")
            try:
                yield
            finally:
                self.database.rollback()

    def now(self) -> str:
        """Return the present moment as it is stored."""
        return stamp(self.clock())


def stamp(moment: datetime) -> str:
    """Return an aware time as text of equal width in UTC, so that text order is time order."""
    if moment.tzinfo is None:
        raise StoreError(f"{moment.isoformat()} has no time zone", advice="Pass an aware time, best in UTC.")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment(text: str) -> datetime:
    """Return the aware time that `stamp` wrote."""
    return datetime.fromisoformat(text)


def inspect(file: Path, *, must_exist: bool) -> None:
    """Look at a file without opening it as a database; raises StoreError when it cannot be one."""
    if file.is_dir():
        raise StoreError("is a folder", where=str(file), advice="Name the database file, like var/senim.db.")
    if not file.exists():
        if must_exist:
            raise StoreError("there is no database", where=str(file), advice="Make one with `senim init DIR`.")
        if not file.parent.is_dir():
            raise StoreError("its folder is missing", where=str(file), advice="Make one with `senim init DIR`.")
        return
    try:
        with file.open("rb") as stream:
            head = stream.read(100)
    except OSError as error:
        raise StoreError(f"cannot be read ({error.strerror})", where=str(file), advice="Ask for access.") from error
    if head and not head.startswith(MAGIC):
        raise StoreError("is not an SQLite database, or its first page is damaged", where=str(file), advice=RESTORE)
    if 0 < len(head) < 100 or _cut_short(file, head):
        raise StoreError("is only half written: its end is missing", where=str(file), advice=RESTORE)


def problems(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield the complaints of SQLite's own checks over the whole file."""
    for (line,) in connection.execute("PRAGMA integrity_check(20)").fetchall():
        if line != "ok":
            yield line
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check").fetchall():
        yield f"row {row} of {table} points to a missing row of {parent}"


@contextmanager
def troubles(file: Path) -> Iterator[None]:
    """Turn the errors of SQLite that a user can act on into StoreError."""
    where = str(file)
    try:
        yield
    except sqlite3.IntegrityError:
        raise  # our own mistake, never the user's
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            advice = "Close the other process that writes to it (`senim run`, a crawl or an import) and try again."
            raise StoreError("is locked by another writer", where=where, advice=advice) from error
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise StoreError(f"is damaged ({error})", where=where, advice=RESTORE) from error
        if code == sqlite3.SQLITE_READONLY:
            raise StoreError("may only be read", where=where, advice="Open it for writing first.") from error
        if code == sqlite3.SQLITE_FULL:
            raise StoreError("the disk is full", where=where, advice="Make room and try again.") from error
        if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM):
            advice = "Check that its folder exists and may be written to."
            raise StoreError(f"cannot be opened ({error})", where=where, advice=advice) from error
        raise


def _cut_short(file: Path, head: bytes) -> bool:
    """Tell whether the file is shorter than its header says; a write-ahead log may still hold the rest."""
    page_size = int.from_bytes(head[16:18], "big")
    pages = int.from_bytes(head[28:32], "big")
    if not head or file.with_name(file.name + "-wal").exists():
        return False
    return file.stat().st_size < pages * (65536 if page_size == 1 else page_size)


def _connect(file: Path, read_only: bool, wait: float) -> sqlite3.Connection:
    mode = "ro" if read_only else "rwc"
    address = f"{file.resolve().as_uri()}?mode={mode}"
    connection = sqlite3.connect(address, uri=True, timeout=wait, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")  # what is forgotten is overwritten, not only unlinked
    connection.execute(f"PRAGMA query_only = {int(read_only)}")
    return connection


def _prepare(database: Database, file: Path, read_only: bool) -> None:
    """Check whose database it is and of which version, then apply what is missing."""
    from monitor import schema

    tables = set(database.table_names())
    identity = database.conn.execute("PRAGMA application_id").fetchone()[0]
    if tables and identity != schema.APPLICATION_ID:
        advice = "Name another file under [store] in senim.toml."
        raise StoreError("is the database of another program", where=str(file), advice=advice)
    applied = {m.name for m in schema.migrations.applied(database)}
    if applied - schema.known_names():
        advice = "Update Senim, or bring back an older copy with `senim restore FILE`."
        raise StoreError("was written by a newer version of Senim", where=str(file), advice=advice)
    if read_only and applied != schema.known_names():
        advice = "Run `senim check` once: it brings the tables up to date."
        raise StoreError("was written by an older version of Senim", where=str(file), advice=advice)
    if not read_only:
        _enable_wal(database)
        if applied != schema.known_names():
            _migrate(database)


def _enable_wal(database: Database) -> None:
    """Switch to the write-ahead log; SQLite refuses at once, without its own waiting, while another one switches."""
    for tries_left in reversed(range(100)):
        try:
            return database.enable_wal()
        except sqlite3.OperationalError as error:
            if not tries_left or "locked" not in str(error):
                raise
            time.sleep(0.05)


def _migrate(database: Database) -> None:
    """Apply all missing migrations as one transaction: two processes may open a new file at the same moment."""
    from monitor import schema

    database.conn.execute("BEGIN IMMEDIATE")
    try:
        schema.migrations.apply(database)
        database.conn.execute("COMMIT")
    except BaseException:
        database.rollback()
        raise
