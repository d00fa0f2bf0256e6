"""Vectors of posts in the database, by the model that made them; made when somebody asks for what is similar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from monitor.connection import Connection, Row
from monitor.posts import to_post
from monitor.records import Post
from monitor.search import Filters, where

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_STORED = "<f2"  # half precision: 512 bytes a post, and cosines stay right to three digits
_CHUNK = 500  # ids in one statement; SQLite allows 32766


class Vectors(Connection):
    """Storing and reading vectors; a post has those of one model."""

    def without_vector(self, model: str, chunk: int, **filters: Any) -> Iterator[list[Post]]:  # noqa: ANN401 - Filters
        """Yield the newest versions that pass `filters` and have no vector of this model, `chunk` of them at once."""
        missing = "NOT EXISTS (SELECT 1 FROM vector WHERE post = number AND model = :model)"
        for found in self._pages("SELECT * FROM post", missing, model, chunk, filters):
            yield [to_post(row) for row in found]

    def add_vectors(self, model: str, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Store the vectors [n, width] of posts as one transaction, in place of those of another model.

        Ids that are not stored are passed over: a post may have been forgotten meanwhile.
        """
        rows = [(model, vector.astype(_STORED).tobytes(), i) for i, vector in zip(ids, vectors, strict=True)]
        sql = "INSERT OR REPLACE INTO vector (post, model, value) SELECT number, ?, ? FROM post WHERE id = ?"
        with self.writing() as connection:
            connection.executemany(sql, rows)

    def vectors(
        self,
        model: str,
        chunk: int = 10_000,
        **filters: Any,  # noqa: ANN401 - the fields of Filters
    ) -> Iterator[tuple[list[str], NDArray[np.float32]]]:
        """Yield (ids, vectors [n, width]) of the posts that pass `filters`, `chunk` of them at once."""
        import numpy as np

        chosen = "SELECT post.id, number, value FROM post JOIN vector ON vector.post = number"
        for found in self._pages(chosen, "model = :model", model, chunk, filters):
            packed = np.frombuffer(b"".join(row["value"] for row in found), dtype=_STORED)
            yield [row["id"] for row in found], packed.astype(np.float32).reshape(len(found), -1)

    def _pages(
        self, chosen: str, condition: str, model: str, chunk: int, filters: dict[str, Any]
    ) -> Iterator[list[Row]]:
        """Yield the rows that `chosen` selects of the posts that pass, `chunk` of them at once, by number."""
        passing, parameters = where(Filters(**filters))
        sql = f"{chosen} WHERE {passing} AND {condition} AND number > :after ORDER BY number LIMIT :chunk"
        after = -1
        while found := self.rows(sql, {**parameters, "model": model, "after": after, "chunk": chunk}):
            yield found
            after = found[-1]["number"]

    def vectors_of(self, model: str, ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Return the vectors of posts by id; those that have none of this model are left out."""
        import numpy as np

        found: dict[str, NDArray[np.float32]] = {}
        for begin in range(0, len(ids), _CHUNK):
            part = list(ids[begin : begin + _CHUNK])
            marks = ", ".join("?" * len(part))
            sql = f"SELECT id, value FROM post JOIN vector ON vector.post = number WHERE model = ? AND id IN ({marks})"
            rows = self.rows(sql, (model, *part))
            found |= {row["id"]: np.frombuffer(row["value"], dtype=_STORED).astype(np.float32) for row in rows}
        return found
