"""The way of labels: posts drawn from the store, handed out in sheets, read back in, compared.

This door calls the pure modules and decides nothing: `choosing` draws, `sheets` writes and reads, `verdicts` checks.
A labeller's name is stored nowhere; what stands for it is a hash with the installation's secret.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor import choosing, sheets, spotcheck, verdicts, watching
from monitor.agreement import Reading
from monitor.choosing import Chosen
from monitor.errors import SenimError
from monitor.labels import PERSON
from monitor.privacy import SECRET, author_key
from monitor.records import Opinion, Post
from monitor.settings import Settings
from monitor.sheets import Filled
from monitor.store import Store
from monitor.verdicts import Codes

BATCH = 100  # labels stored in one transaction


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """A line that was refused: where, of which post, what is wrong and what to write instead."""

    file: str
    line: int
    id: str
    what: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.what}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of the lines of sheets; `lines` is the sum of `stored`, `unchanged`, `unfilled` and `refused`."""

    labeller: str
    lines: int
    stored: int
    unchanged: int
    unfilled: int
    refused: int
    problems: tuple[Problem, ...]


def codes_of(settings: Settings) -> Codes:
    """Return what a label of this installation may name."""
    return Codes(
        reasons=tuple(r.code for r in settings.reasons), bodies=tuple(b.id for b in settings.bodies),
        codebook=settings.codebook_version,
    )  # fmt: skip


def labeller_of(name: str) -> str:
    """Return what is stored instead of a labeller's name; SenimError when the name or the secret is missing."""
    if not name.strip():
        raise SenimError("the labeller has no name", advice="Give one with --labeller; only a hash of it is stored.")
    key = author_key(name, PERSON)  # no source can be called so: a labeller is never taken for an author
    if not key:
        advice = f"Set the environment variable {SECRET}, always to the same words: names are never stored."
        raise SenimError("there is no secret to hash the labeller's name with", advice=advice)
    return PERSON + key


def draw(store: Store, *, number: int, share: float, seed: int, languages: Sequence[str] = ()) -> list[Chosen]:
    """Return the posts that a person should label next, see `choosing.choose`."""
    return choosing.choose(
        store.candidates(languages), number=number, share=share, seed=seed, known=store.known_stories()
    )


def draw_check(store: Store, week: str, number: int) -> list[Chosen]:
    """Return what people have not read of the first `number` posts of a week's random sample, see `spotcheck`."""
    waiting = spotcheck.queue(watching.checked(store, week), week, number)
    candidates = {c.id: c for c in store.candidates()} if waiting else {}
    return [Chosen(candidate=candidates[c.post], drawn=choosing.CHECK) for c in waiting if c.post in candidates]


def blank(store: Store, chosen: Iterable[Chosen]) -> Iterator[dict[str, Any]]:
    """Yield the lines of a sheet to fill in; they do not show what the model reads."""
    for one in chosen:
        if post := store.post(one.candidate.id):
            yield {
                "id": post.id, "language": post.language, "title": post.title, "text": post.text, "url": post.url,
                "drawn": one.drawn, "about": None, "bodies": [], "sentiment": None, "reasons": [],
            }  # fmt: skip


def labelled(store: Store, languages: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """Yield the newest label of each person for each post, with the keys that training and agreement read."""
    for label in store.people():
        post = store.post(label.post_id)
        if post is None or (languages and post.language not in languages):
            continue
        said = label.opinion
        yield {
            "id": post.id, "lang": post.language, "register": post.kind, "title": post.title, "text": post.text,
            "url": post.url, "about": said.about, "bodies": list(said.bodies), "sentiment": said.sentiment,
            "reasons": sheets.quotes(post.text, ((r.code, r.start, r.end) for r in said.reasons)),
            "split": _split(store.story_of(post.id)), "labeller": label.labeller, "at": label.at.isoformat(),
        }  # fmt: skip


def read_in(
    store: Store,
    codes: Codes,
    files: Iterable[Path],
    labeller: str,
    *,
    at: datetime | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Outcome:
    """Store the labels of filled-in sheets, as of now or of `at`; a bad line is reported and stops nothing.

    Labels are stored in batches of one transaction, and one that the labeller holds already is not stored again: a
    run that was killed is simply repeated.
    """
    counts: Counter[str] = Counter()
    problems: list[Problem] = []
    waiting: list[Opinion] = []
    when = at or store.clock()
    reader = _Reader(store, codes, labeller)

    def flush() -> None:
        new = store.add_opinions(waiting, at=when)
        counts.update(stored=new, unchanged=len(waiting) - new)
        progress(len(waiting))
        waiting.clear()

    for file in files:
        for filled in sheets.read(file):
            counts["lines"] += 1
            read = reader.read(filled)
            if isinstance(read, Opinion):
                waiting.append(read)
            elif read:
                counts["refused"] += 1
                problems += _problems(filled, read)
            else:
                counts["unfilled" if verdicts.is_unfilled(filled.values) else "unchanged"] += 1
            if len(waiting) == BATCH:
                flush()
    flush()
    names = ("lines", "stored", "unchanged", "unfilled", "refused")
    return Outcome(labeller=labeller, problems=tuple(problems), **{name: counts[name] for name in names})


class _Reader:
    """Reads the lines of one labeller's sheets; knows which posts it has met."""

    def __init__(self, store: Store, codes: Codes, labeller: str) -> None:
        self.store, self.codes, self.labeller = store, codes, labeller
        self.met: dict[str, tuple[Opinion, str]] = {}

    def read(self, filled: Filled) -> Opinion | list[str]:
        """Return the opinion of a line, what is wrong with it, or an empty list when there is nothing to store."""
        if filled.wrong:
            return [filled.wrong]
        if verdicts.is_unfilled(filled.values):
            return []
        post = self._post(filled.values.get("id"))
        if isinstance(post, str):
            return [post]
        read = verdicts.opinion(filled.values, post, self.codes, self.labeller)
        if not isinstance(read, Opinion):
            return read
        before, place = self.met.setdefault(post.id, (read, f"{filled.file}:{filled.line}"))
        if before is read:
            return read
        return [] if before == read else [f"post {post.id} has another label in {place}: leave one of the two"]

    def _post(self, name: object) -> Post | str:
        if not isinstance(name, str) or not name.strip():
            return "has no id: write that of the post, as it stood in the sheet"
        post = self.store.post(name.strip()) if name.isascii() else None
        advice = "take it out of the sheet if it was forgotten, or import the sheet where it was made"
        return post or f"there is no post {name!r} in this database: {advice}"


def readings(store: Store) -> list[Reading]:
    """Return the newest reading of each person for the posts that two or more have labelled."""
    by_post = defaultdict(list)
    for label in store.people():
        by_post[label.post_id].append(label)
    found = []
    for post_id, labels in by_post.items():
        post = store.post(post_id) if len(labels) > 1 else None
        for label in labels if post else ():
            said = label.opinion
            found.append(
                Reading(
                    id=post_id, language=post.language if post else "", labeller=label.labeller, about=said.about,
                    sentiment=said.sentiment, reasons=frozenset(r.code for r in said.reasons),
                )
            )  # fmt: skip
    return found


def readings_of(files: Iterable[Path], codes: Codes) -> tuple[list[Reading], list[Problem]]:
    """Return the readings in files of labels, and the lines that are none; unfilled lines are passed over."""
    found: dict[tuple[str, str], Reading] = {}
    problems: list[Problem] = []
    for file in files:
        for filled in sheets.read(file):
            values = filled.values
            wrong = [filled.wrong] if filled.wrong else []
            if not wrong and verdicts.is_unfilled(values):
                continue
            wrong = wrong or list(verdicts.faults(values, codes))
            name, labeller = str(values.get("id") or ""), str(values.get("labeller") or "")
            if not wrong and not (name and labeller):
                wrong = ["has no id or no labeller: write both"]
            if not wrong and (name, labeller) in found:
                wrong = [f"{labeller} has labelled {name} in an earlier line: leave one of the two"]
            problems += _problems(filled, wrong)
            if not wrong:
                found[name, labeller] = _reading(name, labeller, values)
    return list(found.values()), problems


def _problems(filled: Filled, wrong: Iterable[str]) -> list[Problem]:
    """Return what is wrong with a line; half a character that somebody wrote is shown as its escape."""
    name, *whats = (
        text.encode("utf-8", "backslashreplace").decode() for text in (str(filled.values.get("id") or ""), *wrong)
    )
    return [Problem(file=filled.file, line=filled.line, id=name, what=what) for what in whats]


def _reading(name: str, labeller: str, values: verdicts.Line) -> Reading:
    sentiment = str(values.get("sentiment") or "").strip().casefold()
    return Reading(
        id=name, language=str(values.get("lang") or values.get("language") or "und"), labeller=labeller,
        about=bool(verdicts.about(values["about"])), sentiment=sentiment or None,
        reasons=frozenset(verdicts.cited(values)),
    )  # fmt: skip


def _split(story: str) -> str:
    """Return train, dev or test, 80:10:10, for a story: its reprints never lie in two."""
    part = int(hashlib.sha1(story.encode()).hexdigest(), 16) % 10
    return {8: "dev", 9: "test"}.get(part, "train")
