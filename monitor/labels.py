"""Labels as append-only facts: who read what in which post, and when; the current view is derived from them.

A person's newest label stands above the newest of a model. A model version labels a post once; a person may
change their mind, and every label they gave stays in the history.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from monitor.choosing import Candidate
from monitor.connection import Connection, Row, moment, stamp
from monitor.posts import to_post, write_bodies
from monitor.records import BodyStance, Citation, Judged, Opinion, Post
from monitor.search import OFFICIAL

PERSON = "person:"  # a labeller that begins so is a person: the rest is a keyed hash
_CHUNK = 500  # ids in one statement; SQLite allows 32766


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """One fact of the history: `labeller` (a model version, or `person:` and a hash) read `opinion` at `at`."""

    post_id: str
    labeller: str
    at: datetime
    opinion: Opinion


class Labels(Connection):
    """Storing and reading labels."""

    def add_opinions(self, opinions: Sequence[Opinion], at: datetime | None = None) -> int:
        """Append labels as one transaction and return how many were new.

        Passed over: a second label of the same model version for a post, a label equal to the one that the same person
        held at that moment, and labels of posts that are not stored (they may have been forgotten meanwhile).
        """
        when = stamp(at or self.clock())
        with self.writing() as connection:
            return sum(_append(connection, opinion, when) for opinion in opinions)

    def unjudged(self, model: str, limit: int) -> list[Post]:
        """Return up to `limit` newest versions that this model version has not labelled, in order of arrival."""
        # Posts only ever gain labels, so what lies below the first hit need not be looked at again: without this
        # the batches of a long pass would take quadratic time, and each pass would read the whole base.
        seen = self.__dict__.setdefault("_all_judged_below", {})
        if model not in seen:
            seen[model] = int(self.value("SELECT number FROM judged_below WHERE model = ?", (model,)) or 0)
            self.__dict__["_forgotten_before"] = self._forgotten()
        found = self.rows(
            "SELECT * FROM post WHERE number >= ? AND newest AND NOT EXISTS (SELECT 1 FROM label"
            " WHERE label.post = post.number AND labeller = ?) ORDER BY number LIMIT ?",
            (seen[model], model, limit),
        )
        if found:
            seen[model] = found[0]["number"]
        return [to_post(row) for row in found]

    def remember_judged(self, model: str) -> None:
        """Let the next pass of this model begin where the last call of `unjudged` found posts.

        Unless posts were forgotten meanwhile: others may have come in their numbers.
        """
        seen = self.__dict__.get("_all_judged_below", {}).pop(model, 0)
        with self.writing() as connection:
            if self.__dict__.get("_forgotten_before") == self._forgotten():
                connection.execute("INSERT OR REPLACE INTO judged_below (model, number) VALUES (?, ?)", (model, seen))

    def _forgotten(self) -> int:
        return int(self.value("SELECT count(*) FROM forgotten"))

    def opinion(self, post_id: str) -> Opinion | None:
        """Return the opinion that counts for a post, None when nobody has judged it."""
        return self.opinions((post_id,)).get(post_id)

    def opinions(self, ids: Iterable[str]) -> dict[str, Opinion]:
        """Return the opinions that count, by post id; ids that nobody has judged are left out."""
        wanted, found = list(ids), dict[str, Opinion]()
        for begin in range(0, len(wanted), _CHUNK):
            part = wanted[begin : begin + _CHUNK]
            sql = (
                "SELECT post.id AS post_id, labeller, label.at, what FROM post JOIN current ON current.post = number"
                f" JOIN label ON label.id = current.label WHERE post.id IN ({', '.join('?' * len(part))})"
            )
            found |= {row["post_id"]: _to_label(row).opinion for row in self.rows(sql, part)}
        return found

    def labels(self, post_id: str) -> list[Label]:
        """Return all labels that a post was ever given, the oldest first."""
        sql = (
            "SELECT post.id AS post_id, labeller, label.at, what FROM label JOIN post ON post.number = label.post"
            " WHERE post.id = ? ORDER BY label.at, label.id"
        )
        return [_to_label(row) for row in self.rows(sql, (post_id,))]

    def candidates(self, languages: Sequence[str] = ()) -> list[Candidate]:
        """Return the posts that a model has judged and no person has, in these languages or in all."""
        marks = f" AND post.language IN ({', '.join('?' * len(languages))})" if languages else ""
        return [_to_candidate(row) for row in self.rows(_CANDIDATES + marks, (PERSON, *languages))]

    def known_stories(self) -> frozenset[str]:
        """Return the stories of which a person has labelled a post."""
        sql = (
            "SELECT DISTINCT coalesce(story.story, post.id) AS story"
            " FROM current JOIN label ON label.id = current.label"
            " JOIN post ON post.number = current.post LEFT JOIN story ON story.post = post.number"
            f" WHERE substr(labeller, 1, {len(PERSON)}) = ?"
        )
        return frozenset(row["story"] for row in self.rows(sql, (PERSON,)))

    def people(self) -> list[Label]:
        """Return the newest label of each person for each post, ordered by post and labeller."""
        sql = (
            "SELECT * FROM (SELECT post.id AS post_id, labeller, label.at, what, row_number() OVER"
            " (PARTITION BY post, labeller ORDER BY label.at DESC, label.id DESC) AS place"
            f" FROM label JOIN post ON number = label.post WHERE substr(labeller, 1, {len(PERSON)}) = ?)"
            " WHERE place = 1 ORDER BY post_id, labeller"
        )
        return [_to_label(row) for row in self.rows(sql, (PERSON,))]

    def judged(self, first: str | None = None, last: str | None = None) -> Iterator[Judged]:
        """Yield one row for each newest version that is judged to be about a body, ordered by date and id.

        `first` and `last` are ISO weeks, both included. Posts without a date are left out: no week is theirs.
        """
        for row in self.rows(JUDGED, (first or "0000-W00", last or "9999-W99")):
            yield _to_judged(row)


JUDGED = f"""
SELECT post.id, post.source, post.published, post.regions, post.settlements, post.language, current.sentiment,
  current.abstained,
  label.labeller AS model,
  ({OFFICIAL}) AS official,
  coalesce(CASE WHEN post.fingerprint = x'' THEN chorus.chorus END, story.story, post.id) AS story,
  coalesce(chorus.chorus, '') AS chorus, coalesce(chorus.account, 0) AS account,
  (SELECT group_concat(body) FROM post_body WHERE post = post.number) AS bodies,
  (SELECT group_concat(code) FROM current_reason WHERE post = post.number) AS reasons,
  (SELECT json_group_array(json_array(body, sentiment)) FROM current_stance WHERE post = post.number) AS stances
FROM post JOIN current ON current.post = post.number JOIN label ON label.id = current.label
  LEFT JOIN story ON story.post = post.number
  LEFT JOIN chorus ON chorus.post = post.number AND chorus.chorus != ''
WHERE post.newest AND current.about AND post.week BETWEEN ? AND ? ORDER BY post.published, post.id
"""


_CANDIDATES = f"""
SELECT post.id, post.language, coalesce(story.story, post.id) AS story, about, sentiment, abstained, confidence,
  json_extract(what, '$.probabilities') AS probabilities
FROM post JOIN current ON current.post = number JOIN label ON label.id = current.label
  LEFT JOIN story ON story.post = number
WHERE post.newest AND substr(labeller, 1, {len(PERSON)}) != ?
"""


def to_json(opinion: Opinion) -> str:
    """Return an opinion as one line of JSON with sorted keys: equal opinions give equal text.

    Without stances by body the key is left out, so that a label from before there were any is still equal to its like.
    """
    values = asdict(opinion)
    if not opinion.stances:
        del values["stances"]
    return json.dumps(values, ensure_ascii=False, sort_keys=True)


def from_json(text: str) -> Opinion:
    """Return the opinion that `to_json` wrote."""
    values: dict[str, Any] = json.loads(text)
    values["bodies"] = tuple(values["bodies"])
    values["probabilities"] = tuple(values["probabilities"])
    values["reasons"] = tuple(Citation(**reason) for reason in values["reasons"])
    values["stances"] = tuple(
        BodyStance(**stance | {"probabilities": tuple(stance["probabilities"])}) for stance in values.get("stances", ())
    )
    return Opinion(**values)


def _append(connection: sqlite3.Connection, opinion: Opinion, at: str) -> bool:
    found = connection.execute("SELECT number FROM post WHERE id = ?", (opinion.post_id,)).fetchone()
    if found is None:
        return False
    number, what = int(found[0]), to_json(opinion)
    person = opinion.model.startswith(PERSON)
    before = connection.execute(
        "SELECT what FROM label WHERE post = ? AND labeller = ? AND (at <= ? OR NOT ?)"
        " ORDER BY at DESC, id DESC LIMIT 1",
        (number, opinion.model, at, person),
    ).fetchone()
    if before and (before[0] == what or not person):
        return False
    connection.execute(
        "INSERT INTO label (post, labeller, at, what) VALUES (?, ?, ?, ?)", (number, opinion.model, at, what)
    )
    _refresh(connection, number)
    return True


def _refresh(connection: sqlite3.Connection, number: int) -> None:
    """Derive the current view of one post from its labels."""
    label, what = connection.execute(
        "SELECT id, what FROM label WHERE post = ?"
        f" ORDER BY substr(labeller, 1, {len(PERSON)}) = '{PERSON}' DESC, at DESC, id DESC LIMIT 1",
        (number,),
    ).fetchone()
    opinion = from_json(what)
    connection.execute(
        "INSERT OR REPLACE INTO current (post, label, about, sentiment, abstained, confidence)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (number, label, int(opinion.about), opinion.sentiment, int(opinion.abstained), opinion.confidence),
    )
    connection.execute("DELETE FROM current_reason WHERE post = ?", (number,))
    codes = {reason.code for reason in opinion.reasons} if opinion.about else set()
    rows = [(code, number) for code in sorted(codes)]
    connection.executemany("INSERT INTO current_reason (code, post) VALUES (?, ?)", rows)
    connection.execute("DELETE FROM current_stance WHERE post = ?", (number,))
    stances = [(stance.body, number, stance.sentiment) for stance in opinion.stances if opinion.about]
    connection.executemany("INSERT INTO current_stance (body, post, sentiment) VALUES (?, ?, ?)", stances)
    named = opinion.bodies or _mentioned(connection, number)  # a verdict without bodies is on those mentioned
    write_bodies(connection, number, named)


def _mentioned(connection: sqlite3.Connection, number: int) -> tuple[str, ...]:
    (mentions,) = connection.execute("SELECT mentions FROM post WHERE number = ?", (number,)).fetchone()
    return tuple(mention["body"] for mention in json.loads(mentions))


def _to_label(row: Row) -> Label:
    return Label(post_id=row["post_id"], labeller=row["labeller"], at=moment(row["at"]), opinion=from_json(row["what"]))


def _to_candidate(row: Row) -> Candidate:
    values = row | {"about": bool(row["about"]), "abstained": bool(row["abstained"])}
    return Candidate(**values | {"probabilities": tuple(json.loads(row["probabilities"]))})


def _to_judged(row: Row) -> Judged:
    return Judged(
        post_id=row["id"],
        source=row["source"],
        official=bool(row["official"]),
        published=moment(row["published"]),
        regions=tuple(json.loads(row["regions"])),
        language=row["language"],
        bodies=tuple(sorted((row["bodies"] or "").split(","))) if row["bodies"] else (),
        sentiment=row["sentiment"],
        reasons=tuple(sorted(row["reasons"].split(","))) if row["reasons"] else (),
        story=row["story"],
        abstained=bool(row["abstained"]),
        stances=tuple((body, sentiment) for body, sentiment in sorted(json.loads(row["stances"]))),
        model=row["model"],
        settlements=tuple(json.loads(row["settlements"] or "[]")),
        chorus=row["chorus"],
        account=row["account"],
    )
