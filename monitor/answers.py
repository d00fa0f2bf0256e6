"""From which archived answers posts were read, and which reading of an answer stands."""

from __future__ import annotations

from collections.abc import Collection

from monitor.connection import Connection


class Answers(Connection):
    """Telling answers from posts and posts from answers."""

    def answers_behind(self, *, author_key: str = "", url: str = "") -> set[str]:
        """Return the ids of the answers from which the posts of an author or at an address were read."""
        column, value = ("author_key", author_key) if author_key else ("url", url)
        sql = f"SELECT DISTINCT answer FROM kept JOIN post ON number = kept.post WHERE post.{column} = ?"
        return {row["answer"] for row in self.rows(sql, (value,))} if value else set()

    def restand(self, answer: str, ids: Collection[str]) -> int:
        """Let the posts `ids`, just read again from `answer`, stand for it, and no others; returns how many fell.

        Nothing is deleted: what falls is superseded, with its labels. An answer of which nothing stands, because a
        later one took its place, stays as it is, and so does one that gives no post any more.
        """
        if not ids:
            return 0
        with self.writing() as connection:
            sql = "SELECT number, id, newest FROM post JOIN kept ON kept.post = number WHERE kept.answer = ?"
            found = connection.execute(sql, (answer,)).fetchall()
            fallen = [number for number, post_id, newest in found if newest and post_id not in ids]
            risen = [number for number, post_id, newest in found if not newest and post_id in ids]
            if not any(newest for _, _, newest in found):
                return 0
            connection.executemany("UPDATE post SET newest = 0 WHERE number = ?", [(n,) for n in fallen])
            connection.executemany("UPDATE post SET newest = 1 WHERE number = ?", [(n,) for n in risen])
        return len(fallen)
