"""Mail that waits to be sent: written down before the server is asked, so that nothing is lost or sent twice.

States: queued -> sending -> sent, or failed -> sending ... -> given up. A process that dies while sending leaves
the message in `sending`; after a while it is due again, because an alert that comes twice is better than one that
never comes, and its `key`, which makes the Message-ID, lets a mail program fold the two into one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from monitor.connection import Connection, Row, moment, stamp
from monitor.errors import StoreError
from monitor.records import Message

STALE = timedelta(minutes=15)  # longer than any SMTP timeout: RFC 5321 allows 10 minutes for the last answer

State = Literal["queued", "sending", "sent", "failed", "given up"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter(Message):
    """A message with its history; `next_try` is when it is due, `error` what the server last said."""

    state: State
    attempts: int
    queued: datetime
    next_try: datetime
    sent: datetime | None
    error: str


class Outbox(Connection):
    """Queueing messages and keeping their state."""

    def enqueue(self, messages: Sequence[Message]) -> int:
        """Queue messages and return how many were new; a key that was ever queued is passed over."""
        at, new = self.now(), 0
        with self.writing() as connection:
            for message in messages:
                done = connection.execute(
                    "INSERT OR IGNORE INTO outbox (key, kind, recipient, language, subject, html, text, state, queued,"
                    " next_try) VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?)",
                    (*(getattr(message, name) for name in _WORDS), at, at),
                )
                if done.rowcount:
                    new += 1
                    images = [(message.key, place, *image) for place, image in enumerate(message.images)]
                    connection.executemany("INSERT INTO outbox_image VALUES (?, ?, ?, ?)", images)
        return new

    def outbox_due(self, now: datetime) -> list[Letter]:
        """Return the letters to be sent at `now`, the longest waiting first."""
        sql = (
            "SELECT * FROM outbox WHERE state IN ('queued', 'failed', 'sending') AND next_try <= ?"
            " ORDER BY next_try, key"
        )
        return self._letters(sql, (stamp(now),))

    def outbox(self) -> list[Letter]:
        """Return all letters, the latest queued first."""
        return self._letters("SELECT * FROM outbox ORDER BY queued DESC, key", ())

    def mark_sending(self, key: str, at: datetime) -> bool:
        """Take a due letter for sending; False when another process has taken it or it is not due."""
        sql = (
            "UPDATE outbox SET state = 'sending', attempts = attempts + 1, next_try = ?"
            " WHERE key = ? AND state NOT IN ('sent', 'given up') AND next_try <= ?"
        )
        with self.writing() as connection:
            return connection.execute(sql, (stamp(at + STALE), key, stamp(at))).rowcount == 1

    def mark_sent(self, key: str, at: datetime) -> None:
        """Write down that the server has taken the letter; StoreError for an unknown key."""
        self._mark(key, f"{_ATTEMPT}, state = 'sent', sent = ?, error = ''", stamp(at))

    def mark_failed(self, key: str, error: str, next_try: datetime | None) -> None:
        """Write down why the server did not take it, and when to try again; None gives it up."""
        if next_try is None:
            self._mark(key, f"{_ATTEMPT}, state = 'given up', error = ?", error)
        else:
            self._mark(key, f"{_ATTEMPT}, state = 'failed', error = ?, next_try = ?", error, stamp(next_try))

    def retry(self, key: str) -> None:
        """Queue a letter that failed or was given up once more, at once; one that was sent stays sent."""
        self._mark(key, "state = iif(state = 'sent', 'sent', 'queued'), next_try = ?", self.now())

    def _mark(self, key: str, change: str, *values: str) -> None:
        with self.writing() as connection:
            if not connection.execute(f"UPDATE outbox SET {change} WHERE key = ?", (*values, key)).rowcount:
                raise StoreError("there is no such message", where=key, advice="Look into the outbox for its key.")

    def _letters(self, sql: str, parameters: tuple[str, ...]) -> list[Letter]:
        images = "SELECT name, data FROM outbox_image WHERE message = ? ORDER BY place"
        return [
            _to_letter(row, tuple((image["name"], image["data"]) for image in self.rows(images, (row["key"],))))
            for row in self.rows(sql, parameters)
        ]


# `mark_sending` has counted the attempt already; a sender that goes without it is counted here.
_ATTEMPT = "attempts = attempts + (state != 'sending')"
_WORDS = ("key", "kind", "recipient", "language", "subject", "html", "text")


def _to_letter(row: Row, images: tuple[tuple[str, bytes], ...]) -> Letter:
    return Letter(
        **{name: row[name] for name in _WORDS},
        images=images,
        state=row["state"],
        attempts=row["attempts"],
        queued=moment(row["queued"]),
        next_try=moment(row["next_try"]),
        sent=moment(row["sent"]) if row["sent"] else None,
        error=row["error"],
    )
