"""Keeps the database open and remembers what was computed from it until it changes.

SQLite counts changes (`PRAGMA data_version` those of other connections, `total_changes` our own), so a figure is
computed once for each state of the data however many people look at it, and never shown when it is out of date.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

from monitor.store import Store

T = TypeVar("T")
MOST = 64  # results remembered: the pages need about ten, the rest is for the API


class Live:
    """The database as it is now; safe to use from several threads."""

    def __init__(self, factory: Callable[[], Store]) -> None:
        self._factory = factory
        self._lock = threading.RLock()
        self._store: Store | None = None
        self._file: Hashable = None
        self._state: Hashable = None
        self._known: OrderedDict[Hashable, Any] = OrderedDict()

    def store(self) -> Store:
        """Return the open database; opens it at first use and again after its file was replaced.

        StoreError, with advice, as long as it cannot be opened.
        """
        with self._lock:
            if self._store is None or self._file != _file(self._store):
                self._store = None  # not closed: another thread may still be reading from it
                self._store = self._factory()
                self._file = _file(self._store)
                self._known.clear()
            return self._store

    def recall(self, key: Hashable, make: Callable[[Store], T]) -> T:
        """Return make(store), computed once for each `key` and state of the database."""
        store = self.store()
        with self._lock:
            state = (store.value("PRAGMA data_version"), store.database.conn.total_changes)
            if state != self._state:
                self._known.clear()
                self._state = state
            if key not in self._known:
                self._known[key] = make(store)
                while len(self._known) > MOST:
                    self._known.popitem(last=False)
            self._known.move_to_end(key)
            return cast(T, self._known[key])

    def close(self) -> None:
        """Close the database; a later call opens it again."""
        with self._lock:
            if self._store is not None:
                self._store.close()
            self._store = None


def _file(store: Store) -> Hashable:
    """Return what tells this file from another one that took its name."""
    try:
        found = store.path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
