"""Stories in the database: which posts are reprints of each other, kept up to date as posts arrive.

Whether two posts belong together depends on these two alone (`monitor.stories`). So only pairs with a new post
need a look, and they lie within 14 days of it; the components found there are merged with the stored ones. The
result equals that of grouping everything at once, in whatever order the posts came.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from monitor.connection import Connection, moment, stamp

WINDOW = timedelta(days=14)  # reach of monitor.stories.group
_CHUNK = 500  # numbers in one statement; SQLite allows 32766
T = TypeVar("T")


class Linking(Connection):
    """Grouping posts into stories."""

    def link_stories(self) -> int:
        """Give every post its story and return how many posts were new or changed theirs.

        All versions of a post take part: what was published once does link its reprints.
        """
        from monitor.stories import group

        new = self.rows("SELECT number, published FROM unlinked JOIN post ON number = post")
        if not new:
            return 0
        near = self._near([row["published"] for row in new])
        merged = _Union()
        for post_id, story in group(self._items(near)).items():
            merged.join(post_id, story)
        touched = self._stored_parts(near, merged)
        return self._write_stories(merged.parts(), touched)

    def story(self, story: str) -> list[str]:
        """Return the ids of the posts of a story, the earliest first."""
        sql = (
            "SELECT id FROM post JOIN story ON story.post = number WHERE story.story = ?"
            " ORDER BY published IS NULL, published, id"
        )
        return [row["id"] for row in self.rows(sql, (story,))]

    def stories(self, ids: Sequence[str]) -> dict[str, str]:
        """Return the stories of posts, by post id; posts that are not linked yet are left out."""
        found: dict[str, str] = {}
        for part in _parts(list(ids)):
            sql = f"SELECT id, story.story FROM post JOIN story ON story.post = number WHERE id IN ({_marks(part)})"
            found |= {row["id"]: row["story"] for row in self.rows(sql, part)}
        return found

    def story_of(self, post_id: str) -> str:
        """Return the story of a post, its own id while it has not been linked."""
        sql = "SELECT story.story FROM story JOIN post ON story.post = number WHERE id = ?"
        return str(self.value(sql, (post_id,)) or post_id)

    def _near(self, published: Iterable[str | None]) -> list[int]:
        """Return the numbers of all posts that may pair with posts of these dates, the latter included."""
        dates = list(published)
        numbers: set[int] = set()
        for begin, end in _spans(moment(date) for date in dates if date):
            sql = "SELECT number FROM post WHERE published BETWEEN ? AND ?"
            numbers.update(row["number"] for row in self.rows(sql, (stamp(begin), stamp(end))))
        if None in dates:
            numbers.update(row["number"] for row in self.rows("SELECT number FROM post WHERE published IS NULL"))
        return sorted(numbers)

    def _items(self, numbers: list[int]) -> Iterator[tuple[str, datetime | None, bytes, str]]:
        for part in _parts(numbers):
            sql = f"SELECT id, published, fingerprint, text FROM post WHERE number IN ({_marks(part)})"
            for row in self.rows(sql, part):
                published = moment(row["published"]) if row["published"] else None
                yield row["id"], published, row["fingerprint"], row["text"]

    def _stored_parts(self, numbers: list[int], merged: _Union) -> dict[str, str]:
        """Join what is stored as one story; returns the stored story of every member of a story touched."""
        stories: set[str] = set()
        for part in _parts(numbers):
            sql = f"SELECT DISTINCT story FROM story WHERE post IN ({_marks(part)})"
            stories.update(row["story"] for row in self.rows(sql, part))
        members: dict[str, str] = {}
        for names in _parts(sorted(stories)):
            sql = f"SELECT id, story FROM post JOIN story ON post = number WHERE story IN ({_marks(names)})"
            for row in self.rows(sql, names):
                members[row["id"]] = row["story"]
        firsts: dict[str, str] = {}
        for post_id, story in members.items():
            merged.join(post_id, firsts.setdefault(story, post_id))
        return members

    def _write_stories(self, components: Iterable[list[str]], stored: dict[str, str]) -> int:
        changed = 0
        with self.writing() as connection:
            for component in components:
                keys = []
                for part in _parts(component):
                    sql = f"SELECT number, id, published FROM post WHERE id IN ({_marks(part)})"
                    keys += connection.execute(sql, part).fetchall()
                story = min(keys, key=lambda key: (key[2] is None, key[2] or "", key[1]))[1]
                rows = [(number, story) for number, post_id, _ in keys if stored.get(post_id) != story]
                connection.executemany("INSERT OR REPLACE INTO story (post, story) VALUES (?, ?)", rows)
                changed += len(rows)
        return changed


class _Union:
    """Disjoint sets of post ids, with path halving (Tarjan and van Leeuwen 1984)."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def root(self, member: str) -> str:
        parent = self._parent
        parent.setdefault(member, member)
        while parent[member] != member:
            parent[member] = parent[parent[member]]
            member = parent[member]
        return member

    def join(self, one: str, other: str) -> None:
        self._parent[self.root(one)] = self.root(other)

    def parts(self) -> Iterable[list[str]]:
        parts: dict[str, list[str]] = defaultdict(list)
        for member in sorted(self._parent):
            parts[self.root(member)].append(member)
        return parts.values()


def _spans(dates: Iterable[datetime]) -> Iterator[tuple[datetime, datetime]]:
    """Yield the windows around dates, those that overlap as one."""
    begin = end = None
    for date in sorted(set(dates)):
        if begin is not None and end is not None and date - WINDOW > end:
            yield begin, end
            begin = None
        begin, end = begin or date - WINDOW, date + WINDOW
    if begin is not None and end is not None:
        yield begin, end


def _parts(values: list[T]) -> Iterator[list[T]]:
    return (values[begin : begin + _CHUNK] for begin in range(0, len(values), _CHUNK))


def _marks(part: Sequence[int | str]) -> str:
    return ", ".join("?" * len(part))
