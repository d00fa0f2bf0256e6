"""Watches the model at work: fetches what drift and spot checks need from the database. A door."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor import distances, drift, spotcheck
from monitor.drift import PAST, Answer, Shift
from monitor.errors import ModelError
from monitor.labels import PERSON
from monitor.spotcheck import Accuracy, Checked
from monitor.weeks import shift

if TYPE_CHECKING:
    from monitor.settings import Settings
    from monitor.similar import Embeds
    from monitor.store import Store

BATCH = 256  # posts whose vectors are made and stored at once
_PERSON = f"substr(labeller, 1, {len(PERSON)}) = '{PERSON}'"
_BY_PERSON = _PERSON.replace("labeller", "label.labeller")
_STORY = "coalesce(story.story, post.id) AS story"

# The current view is quick; of posts that a person has labelled since, the model's own label is opened.
_ANSWERS = f"""
SELECT post.id AS post, week, source, language, {_STORY}, about, sentiment, abstained, confidence
FROM post JOIN current ON current.post = number JOIN label ON label.id = current.label
  LEFT JOIN story ON story.post = number
WHERE newest AND week BETWEEN :first AND :last AND label.labeller = :model
UNION ALL
SELECT post.id, week, source, language, {_STORY}, json_extract(own.what, '$.about'),
  json_extract(own.what, '$.sentiment'), json_extract(own.what, '$.abstained'), json_extract(own.what, '$.confidence')
FROM post JOIN current ON current.post = number JOIN label ON label.id = current.label AND {_BY_PERSON}
  JOIN label own ON own.post = number AND own.labeller = :model
  LEFT JOIN story ON story.post = number
WHERE newest AND week BETWEEN :first AND :last
"""

_MODEL = f"""
SELECT labeller FROM label JOIN post ON number = label.post
WHERE newest AND week = ? AND NOT {_PERSON} ORDER BY label.id DESC LIMIT 1
"""

# A person's newest label of each post, and the model's newest from before it; posts that nobody has read have the
# model's newest of all.
_CHECKED = f"""
WITH own AS (
  SELECT number, id, language FROM post WHERE newest AND week = :week
), read AS (
  SELECT number, at, what, row_number() OVER (PARTITION BY number ORDER BY at DESC, label.id DESC) AS place
  FROM own JOIN label ON post = number WHERE {_PERSON}
), answered AS (
  SELECT own.number, label.what,
    row_number() OVER (PARTITION BY own.number ORDER BY label.at DESC, label.id DESC) AS place
  FROM own JOIN label ON label.post = own.number LEFT JOIN read ON read.number = own.number AND read.place = 1
  WHERE NOT {_PERSON} AND (read.at IS NULL OR label.at <= read.at)
)
SELECT own.id AS post, language,
  json_extract(answered.what, '$.about') AS about, json_extract(answered.what, '$.sentiment') AS sentiment,
  json_extract(answered.what, '$.abstained') AS abstained,
  json_extract(read.what, '$.about') AS really, json_extract(read.what, '$.sentiment') AS truly
FROM own JOIN answered ON answered.number = own.number AND answered.place = 1
  LEFT JOIN read ON read.number = own.number AND read.place = 1
"""

_READ = f"""
SELECT DISTINCT week FROM post WHERE newest AND week BETWEEN ? AND ?
  AND number IN (SELECT post FROM label WHERE {_PERSON}) ORDER BY week
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Watched:
    """What changed in a week, by which model, and how often it was right of late.

    `without_vector` posts of the sample have no vector: texts are compared by those that have one. Where no post has
    one, texts are not compared.
    """

    week: str
    model: str
    shifts: tuple[Shift, ...]
    accuracy: tuple[Accuracy, ...]
    without_vector: int

    @property
    def warnings(self) -> tuple[Shift, ...]:
        """The comparisons that warn."""
        return tuple(s for s in self.shifts if s.warns)


def watch(
    store: Store, week: str, embedder: Embeds | None = None, progress: Callable[[int], None] = lambda _: None
) -> Watched:
    """Compare a week with those before it, and count how often the model was right in the last of them.

    Answers are those of the model that judged posts of the week last: another model's are another's. With an
    `embedder` the vectors of the sample that are missing are made and stored; without, those that are there are used.
    """
    model = str(store.value(_MODEL, (week,)) or "")
    answers = _answers(store, model, shift(week, -PAST), week)
    version = embedder.version if embedder else str(store.value("SELECT model FROM vector ORDER BY rowid DESC") or "")
    drawn = distances.sample(answers, week) if version else {}
    wanted = sorted({i for by_week in drawn.values() for ids in by_week.values() for i in ids})
    vectors = store.vectors_of(version, wanted)
    missing = [i for i in wanted if i not in vectors]
    if embedder and missing:
        _remember(store, embedder, missing, progress)
        vectors = store.vectors_of(version, wanted)
    found = (*drift.shifts(answers, week), *distances.shifts(drawn, week, vectors))
    return Watched(
        week=week,
        model=model,
        shifts=drift.judge(found),
        accuracy=accuracy(store, shift(week, 1 - PAST), week),
        without_vector=len(wanted) - len(vectors),
    )


def embedder(settings: Settings) -> Embeds:
    """Return what makes the vectors of this installation; ModelError when its model makes none."""
    from models.embedding import Embedder

    folder = settings.senim.model.folder
    return Embedder.load(settings.home / folder if folder else None)


def remember(settings: Settings, store: Store, week: str, load: Callable[[Settings], Embeds] = embedder) -> None:
    """Make and store the vectors by which the digest of a week compares texts, where there is a past to compare with.

    A model that makes no vectors is no trouble: then only answers are compared.
    """
    if watch(store, week).shifts:
        with suppress(ModelError):
            watch(store, week, load(settings))


def checked(store: Store, week: str) -> list[Checked]:
    """Return all posts of a week that a model has answered, with what people say."""
    return [
        Checked(
            post=row["post"], week=week, language=row["language"],
            answer=_answer(row["about"], row["sentiment"], row["abstained"]),
            truth=None if row["really"] is None else _answer(row["really"], row["truly"], 0),
        )
        for row in store.rows(_CHECKED, {"week": week})
    ]  # fmt: skip


def accuracy(store: Store, first: str, last: str) -> tuple[Accuracy, ...]:
    """Return how often the model was right in the weeks from `first` to `last` of which people have read posts."""
    weeks = [str(row["week"]) for row in store.rows(_READ, (first, last))]
    return spotcheck.accuracies(c for week in weeks for c in checked(store, week))


def _answers(store: Store, model: str, first: str, last: str) -> list[Answer]:
    rows = store.rows(_ANSWERS, {"first": first, "last": last, "model": model}) if model else []
    return [Answer(**row | {"about": bool(row["about"]), "abstained": bool(row["abstained"])}) for row in rows]


def _answer(about: int, sentiment: str | None, abstained: int) -> str:
    if not about:
        return "not about"
    return "abstained" if abstained or sentiment is None else sentiment


def _remember(store: Store, embedder: Embeds, ids: list[str], progress: Callable[[int], None]) -> None:
    for begin in range(0, len(ids), BATCH):
        posts = [p for i in ids[begin : begin + BATCH] if (p := store.post(i))]
        texts = [f"{p.title}\n{p.text}" if p.title else p.text for p in posts]
        store.add_vectors(embedder.version, [p.id for p in posts], embedder.embed(texts))
        progress(len(posts))
