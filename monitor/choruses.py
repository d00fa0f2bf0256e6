"""Coordinated posting in the database: which posts are in a chorus, kept up to date as posts arrive.

A new post may change what counts as usual for four weeks, so everything from shortly before it is looked at again;
the result equals that of looking at everything at once, in whatever order the posts came.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.connection import Connection, moment, stamp
from monitor.coordination import KINDS, Said, find
from monitor.search import OFFICIAL

if TYPE_CHECKING:
    from monitor.settings import CoordinationSettings

_SPEAKS = (
    f"post.newest AND post.published IS NOT NULL AND post.author_key != '' AND NOT ({OFFICIAL})"
    f" AND post.kind IN ({', '.join(repr(kind) for kind in KINDS)})"
)
# Two statements and not an upsert, whose conflict clause would hold in the triggers that mark weeks, too.
_ADD = "INSERT INTO chorus (chorus, account, post) VALUES (?, ?, ?)"
_CHANGE = "UPDATE chorus SET chorus = ?, account = ? WHERE post = ?"


@dataclass(frozen=True, kw_only=True, slots=True)
class Chorus:
    """Posts in near-identical words: how many, by how many accounts, and when the first and the last of them spoke."""

    id: str
    posts: int
    accounts: int
    first: datetime
    last: datetime


class Choruses(Connection):
    """Marking coordinated posts."""

    def mark_choruses(self, rule: CoordinationSettings) -> int:
        """Look for coordinated posting around what is new, and return how many posts changed into one.

        Under another rule than last time everything is looked at again.
        """
        self._keep_rule(rule)
        begin = self._begin(rule)
        if begin is None:
            return 0
        found = find(self._said(begin - _hours(3 * rule.hours) - timedelta(days=rule.history_days)), rule)
        marked = 0
        with self.writing() as connection:
            sql = (
                f"SELECT number, id, chorus.chorus, account FROM post LEFT JOIN chorus ON post = number"
                f" WHERE published >= ? AND (chorus.post IS NOT NULL OR {_SPEAKS})"
            )
            for number, post_id, chorus, account in connection.execute(sql, (stamp(begin),)).fetchall():
                part = found.get(post_id)
                now = (part.chorus, part.account) if part else ("", 0)
                if now != (chorus, account):  # what stays as it is does not mark the sums of its week as stale
                    connection.execute(_ADD if chorus is None else _CHANGE, (*now, number))
                    marked += bool(part)
        return marked

    def chorus_of(self, post_id: str) -> Chorus | None:
        """Return the chorus that a post is in, None when it is in none."""
        name = self.value("SELECT chorus FROM chorus JOIN post ON post.number = post WHERE id = ?", (post_id,))
        return next(iter(self.choruses(str(name))), None) if name else None

    def choruses(self, name: str | None = None) -> list[Chorus]:
        """Return all choruses, or the one of that id, the loudest first."""
        sql = (
            "SELECT chorus.chorus AS name, count(*) AS posts, max(account) AS accounts, min(published) AS first,"
            " max(published) AS last FROM chorus JOIN post ON number = chorus.post"
            " WHERE chorus.chorus != '' AND (:name IS NULL OR chorus.chorus = :name)"
            " GROUP BY name ORDER BY accounts DESC, posts DESC, name"
        )
        return [
            Chorus(id=row["name"], posts=row["posts"], accounts=row["accounts"],
                   first=moment(row["first"]), last=moment(row["last"]))
            for row in self.rows(sql, {"name": name})
        ]  # fmt: skip

    def _keep_rule(self, rule: CoordinationSettings) -> None:
        """Forget all marks when they were made under another rule."""
        what = rule.model_dump_json()
        if self.value("SELECT what FROM chorus_rule") == what:
            return
        with self.writing() as connection:
            connection.execute("DELETE FROM chorus")
            connection.execute("DELETE FROM chorus_rule")
            connection.execute("INSERT INTO chorus_rule (what) VALUES (?)", (what,))

    def _begin(self, rule: CoordinationSettings) -> datetime | None:
        """Return from when on all must be looked at: around the earliest new post, and no chorus is cut in two."""
        new = (
            f"SELECT min(published) FROM post WHERE {_SPEAKS} AND NOT EXISTS (SELECT 1 FROM chorus WHERE post = number)"
        )
        first = self.value(new)
        if first is None:
            return None
        begin = moment(str(first)) - _hours(2 * rule.hours)
        earliest = (
            "SELECT min(published) FROM post JOIN chorus ON chorus.post = number WHERE chorus.chorus IN"
            " (SELECT other.chorus FROM chorus AS other JOIN post ON number = other.post"
            " WHERE other.chorus != '' AND published >= ?)"
        )
        while (found := self.value(earliest, (stamp(begin - _hours(rule.hours)),))) and moment(str(found)) < begin:
            begin = moment(str(found))
        return begin

    def _said(self, begin: datetime) -> Iterator[Said]:
        wanted = "id AS post_id, author_key AS account, source, kind, published, text, fingerprint"
        for row in self.rows(f"SELECT {wanted} FROM post WHERE {_SPEAKS} AND published >= ?", (stamp(begin),)):
            yield Said(**row | {"published": moment(row["published"])})


def _hours(number: float) -> timedelta:
    return timedelta(hours=number)
