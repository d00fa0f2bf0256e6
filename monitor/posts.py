"""Posts in the database: stored once, found by filters and words, never changed, forgotten on request.

The content key (`records.post_id`) makes storing idempotent: a pass that was killed and repeated stores what is
missing and nothing twice. Derived rows (regions, bodies, search indexes) are written in the same transaction.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from monitor.connection import Connection, Row, moment, stamp
from monitor.records import Fate, Item, Mention, Post
from monitor.search import Filters, lemma_text, where
from monitor.weeks import week_of

if TYPE_CHECKING:
    from monitor.declarations import Source

# One address, many authors: a version is what the same author wrote at the same moment.
_SHARED_ADDRESS = ("comment", "review", "answer")
_DONE_WITH = (Fate.NOT_RELEVANT, Fate.TOO_SHORT, Fate.GONE, Fate.FORBIDDEN)
_FORGOTTEN = "forgotten on request"
_COLUMNS = (
    *("id", "source", "kind", "url", "version", "newest", "published", "published_from", "week", "fetched", "title"),
    *("text", "language", "author_key", "parent", "regions", "regions_from", "settlements", "mentions", "fingerprint"),
)
_INSERT = f"INSERT INTO post ({', '.join(_COLUMNS)}) VALUES ({', '.join(':' + c for c in _COLUMNS)})"


class _Ready(NamedTuple):
    """An item with what is slow to compute done before the transaction begins."""

    item: Item
    title: str
    text: str


class Posts(Connection):
    """Storing, finding and forgetting posts."""

    def add(self, pass_id: int, items: Sequence[Item]) -> Counter[Fate]:
        """Store items and their fates as one transaction and return how many met which fate.

        An id that is stored already is DUPLICATE, whatever came after it. The same address with other words is
        NEW_VERSION: its `version` counts arrivals, and the version fetched last is the one that counts from then
        on; for comments, reviews and answers, which share addresses, author and time must be the same too.
        """
        ready = self._ready(items)
        counts: Counter[Fate] = Counter()
        at = self.now()
        with self.writing() as connection:
            for one in ready:
                fate, detail = self._store(connection, one)
                key = "" if detail == _FORGOTTEN else one.item.key
                connection.execute(
                    "INSERT INTO fate (pass, key, source, fate, detail, at) VALUES (?, ?, ?, ?, ?, ?)",
                    (pass_id, key, one.item.source, fate.value, detail, at),
                )
                counts[fate] += 1
        return counts

    def declare_sources(self, sources: Iterable[Source]) -> None:
        """Remember which sources speak for a body; `official` filters and figures know no others."""
        with self.writing() as connection:
            # Only what differs: figures of all weeks of a source are added up anew when its row changes.
            before = dict(connection.execute("SELECT id, official FROM source").fetchall())
            after = {source.id: int(source.official) for source in sources}
            gone = [(name,) for name in before.keys() - after.keys()]
            connection.executemany("DELETE FROM source WHERE id = ?", gone)
            new = [(name, said) for name, said in sorted(after.items()) if name not in before]
            connection.executemany("INSERT INTO source (id, official) VALUES (?, ?)", new)
            changed = [(said, name) for name, said in after.items() if before.get(name, said) != said]
            connection.executemany("UPDATE source SET official = ? WHERE id = ?", changed)

    def known(self, source: str) -> dict[str, str]:
        """Return the addresses of a source that need no second visit, each with the id of its newest post.

        The id is empty for addresses that were read and not kept: not relevant, too short, gone, forbidden.
        """
        done = [fate.value for fate in _DONE_WITH]
        sql = f"SELECT DISTINCT key FROM fate WHERE source = ? AND fate IN ({', '.join('?' * len(done))})"
        found = {row["key"]: "" for row in self.rows(sql, (source, *done))}
        kept = self.rows(
            "SELECT url, id FROM post WHERE source = ? AND newest AND url != '' ORDER BY number", (source,)
        )
        return found | {row["url"]: row["id"] for row in kept}

    def known_at(self, source: str) -> dict[str, datetime]:
        """Return the addresses of `known`, each with the moment when it was last read."""
        marks = ", ".join("?" * len(_DONE_WITH))
        sql = f"SELECT key, max(at) AS at FROM fate WHERE source = ? AND fate IN ({marks}) GROUP BY key"
        done = self.rows(sql, (source, *(fate.value for fate in _DONE_WITH)))
        kept = self.rows("SELECT url, fetched FROM post WHERE source = ? AND newest AND url != ''", (source,))
        return {row["key"]: moment(row["at"]) for row in done} | {row["url"]: moment(row["fetched"]) for row in kept}

    def post(self, post_id: str) -> Post | None:
        """Return one post in any version, None when there is none."""
        found = self.rows("SELECT * FROM post WHERE id = ?", (post_id,))
        return to_post(found[0]) if found else None

    def versions(self, url: str) -> list[Post]:
        """Return all versions of all posts at an address, in the order of their arrival."""
        return [to_post(row) for row in self.rows("SELECT * FROM post WHERE url = ? ORDER BY number", (url,))]

    def posts(self, *, limit: int | None = 50, offset: int = 0, **filters: Any) -> list[Post]:  # noqa: ANN401
        """Return the newest versions that pass `filters` (see `search.Filters`), the latest published first.

        Posts without a date come last. TypeError for a filter that does not exist.
        """
        condition, parameters = where(Filters(**filters))
        sql = f"SELECT * FROM post WHERE {condition} ORDER BY published DESC, id LIMIT :limit OFFSET :offset"
        found = self.rows(sql, {**parameters, "limit": -1 if limit is None else limit, "offset": offset})
        return [to_post(row) for row in found]

    def count(self, **filters: Any) -> int:  # noqa: ANN401 - the fields of Filters
        """Return how many posts `posts` would find without a limit."""
        condition, parameters = where(Filters(**filters))
        return int(self.value(f"SELECT count(*) FROM post WHERE {condition}", parameters))

    def each_post(self, chunk: int = 1000, **filters: Any) -> Iterator[Post]:  # noqa: ANN401 - the fields of Filters
        """Yield all posts that pass `filters` in the order of their ids, holding `chunk` of them in memory."""
        condition, parameters = where(Filters(**filters))
        sql = f"SELECT * FROM post WHERE {condition} AND id > :after ORDER BY id LIMIT :chunk"
        after = ""
        while found := self.rows(sql, {**parameters, "after": after, "chunk": chunk}):
            yield from (to_post(row) for row in found)
            after = found[-1]["id"]

    def forget(self, *, author_key: str = "", url: str = "") -> int:
        """Delete all posts of an author or at an address with their labels, and never store them again.

        Returns the number of posts deleted. Only hashes are kept, to recognise what must not come back. Copies
        made earlier with `senim backup` and releases still hold them.
        """
        column, value = ("author_key", author_key) if author_key else ("url", url)
        if not value:
            return 0
        at = self.now()
        with self.writing() as connection:
            sql = f"SELECT number, id, url, title, text FROM post WHERE {column} = ?"
            found = connection.execute(sql, (value,)).fetchall()
            marks = [(_mark(column, value), at), *((row[1], at) for row in found)]
            connection.executemany("INSERT OR IGNORE INTO forgotten (id, at) VALUES (?, ?)", marks)
            for number, _, _, title, text in found:
                _unindex(connection, number, title, text)
                connection.execute("DELETE FROM current WHERE post = ?", (number,))
                connection.execute("DELETE FROM post WHERE number = ?", (number,))
            addresses = [(_FORGOTTEN, address) for address in {url, *(row[2] for row in found)} if address]
            connection.executemany("UPDATE fate SET key = '', detail = ? WHERE key = ?", addresses)
            for index in ("words", "letters"):  # merging is what really drops deleted words from an FTS5 index
                connection.execute(f"INSERT INTO {index} ({index}) VALUES ('optimize')")
        self.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        return len(found)

    def reindex(self) -> int:
        """Compute the lemmas of all posts anew, after the rules of `monitor.lemmas` changed; returns their number."""
        found = [row["number"] for row in self.rows("SELECT number FROM post ORDER BY number")]
        with self.writing() as connection:
            connection.execute("DELETE FROM words")
            for number in found:
                language, title, text = connection.execute(
                    "SELECT language, title, text FROM post WHERE number = ?", (number,)
                ).fetchone()
                _index_words(connection, number, lemma_text(title, language), lemma_text(text, language))
        return len(found)

    def _ready(self, items: Sequence[Item]) -> list[_Ready]:
        ready = []
        for item in items:
            post = item.post
            if post is None or self.value("SELECT 1 FROM post WHERE id = ?", (post.id,)):
                ready.append(_Ready(item, "", ""))
            else:
                ready.append(_Ready(item, lemma_text(post.title, post.language), lemma_text(post.text, post.language)))
        return ready

    def _store(self, connection: sqlite3.Connection, ready: _Ready) -> tuple[Fate, str]:
        """Store one item's post if it is to be stored and new; returns the fate it met, with the reason."""
        item, post = ready.item, ready.item.post
        if item.fate is not Fate.STORED:
            return item.fate, item.detail
        if post is None:
            return Fate.QUARANTINED, "came to be stored without a post"
        if connection.execute("SELECT 1 FROM post WHERE id = ?", (post.id,)).fetchone():
            return Fate.DUPLICATE, item.detail
        marks = (post.id, _mark("url", post.url), _mark("author_key", post.author_key))
        if connection.execute("SELECT 1 FROM forgotten WHERE id IN (?, ?, ?)", marks).fetchone():
            return Fate.FORBIDDEN, _FORGOTTEN
        earlier = _earlier_versions(connection, post)
        number = _insert(connection, post, version=len(earlier) + 1)
        _index_words(connection, number, ready.title, ready.text)
        if item.answer:
            connection.execute("INSERT INTO kept (post, answer) VALUES (?, ?)", (number, item.answer.id))
        if not earlier:
            return Fate.STORED, item.detail
        family = (*earlier, number)
        _mark_newest(connection, family)
        return Fate.NEW_VERSION, item.detail


def to_post(row: Row) -> Post:
    """Return the record that a row of the table `post` holds."""
    values = {name: row[name] for name in _COLUMNS if name not in ("newest", "week")}
    values["published"] = moment(row["published"]) if row["published"] else None
    values["fetched"] = moment(row["fetched"])
    values["regions"] = tuple(json.loads(row["regions"]))
    values["settlements"] = tuple(json.loads(row["settlements"] or "[]"))
    values["mentions"] = tuple(Mention(**mention) for mention in json.loads(row["mentions"]))
    return Post(**values)


def write_bodies(connection: sqlite3.Connection, number: int, bodies: Iterable[str]) -> None:
    """Replace the bodies that a post is filed under."""
    connection.execute("DELETE FROM post_body WHERE post = ?", (number,))
    rows = [(body, number) for body in sorted(set(bodies))]
    connection.executemany("INSERT INTO post_body (body, post) VALUES (?, ?)", rows)


def write_settlements(connection: sqlite3.Connection, number: int, settlements: Iterable[str]) -> None:
    """File a post under the types of settlement that it names."""
    rows = [(settlement, number) for settlement in sorted(set(settlements))]
    connection.executemany("INSERT INTO post_settlement (settlement, post) VALUES (?, ?)", rows)


def _insert(connection: sqlite3.Connection, post: Post, version: int) -> int:
    """Write the post with its regions, bodies and literal index; returns its number."""
    values = {name: getattr(post, name) for name in _COLUMNS if name not in ("newest", "week")} | {
        "version": version,
        "newest": 1,
        "week": week_of(post.published) if post.published else "",
        "published": stamp(post.published) if post.published else None,
        "fetched": stamp(post.fetched),
        "regions": json.dumps(post.regions),
        "settlements": json.dumps(post.settlements),
        "mentions": json.dumps([asdict(mention) for mention in post.mentions]),
    }
    number = int(connection.execute(_INSERT, values).lastrowid or 0)
    regions = [(region, number) for region in sorted(set(post.regions))]
    connection.executemany("INSERT INTO post_region (region, post) VALUES (?, ?)", regions)
    write_settlements(connection, number, post.settlements)
    write_bodies(connection, number, (mention.body for mention in post.mentions))
    connection.execute("INSERT INTO letters (rowid, title, text) VALUES (?, ?, ?)", (number, post.title, post.text))
    return number


def _index_words(connection: sqlite3.Connection, number: int, title: str, text: str) -> None:
    connection.execute("INSERT INTO words (rowid, title, text) VALUES (?, ?, ?)", (number, title, text))


def _unindex(connection: sqlite3.Connection, number: int, title: str, text: str) -> None:
    """Take a post out of both indexes; the literal one keeps no copy and must be told what it had indexed."""
    connection.execute("DELETE FROM words WHERE rowid = ?", (number,))
    connection.execute(
        "INSERT INTO letters (letters, rowid, title, text) VALUES ('delete', ?, ?, ?)", (number, title, text)
    )


def _earlier_versions(connection: sqlite3.Connection, post: Post) -> list[int]:
    sql, parameters = "SELECT number FROM post WHERE url = ? AND kind = ?", [post.url, post.kind]
    if post.kind in _SHARED_ADDRESS:
        if not post.author_key or post.published is None:
            return []  # nothing tells it from what other people wrote there
        sql += " AND author_key = ? AND published = ?"
        parameters += [post.author_key, stamp(post.published)]
    if not post.url:
        return []
    return [row[0] for row in connection.execute(sql + " ORDER BY number", parameters).fetchall()]


def _mark_newest(connection: sqlite3.Connection, numbers: Sequence[int]) -> None:
    """Let the version that was fetched last stand for all: a page from an old archive does not supersede a live one."""
    marks = ", ".join("?" * len(numbers))
    sql = f"SELECT number FROM post WHERE number IN ({marks}) ORDER BY fetched DESC, number DESC"
    newest = connection.execute(sql, numbers).fetchone()[0]
    connection.execute(f"UPDATE post SET newest = (number = ?) WHERE number IN ({marks})", (newest, *numbers))


def _mark(kind: str, value: str) -> str:
    """Return the hash under which a forgotten address or author is remembered; empty for an empty value."""
    return hashlib.sha1(f"{kind}\x1f{value}".encode()).hexdigest() if value else ""
