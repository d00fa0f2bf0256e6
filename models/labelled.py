"""Reads our own labelled posts (models/data/*.jsonl) and turns them into training and test examples."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from models import corpus, passages
from models.passages import Passage
from models.tasks import Example
from monitor.declarations import Reason
from monitor.errors import ModelError
from monitor.records import SENTIMENTS, Mention

DATA = Path(__file__).resolve().parent / "data"
OWN = (DATA / "written.jsonl", DATA / "contrast.jsonl")  # texts of our own
REAL = DATA / "labels.jsonl"  # labels of real texts, whose words lie outside the project
FILES = (*OWN, REAL)


class Finder(Protocol):
    """What finds bodies in a text by rules, and tells where a text is about another country's police."""

    def mentions(self, title: str, text: str) -> Sequence[Mention]:
        """Return where bodies are named."""

    def is_foreign(self, title: str, text: str) -> bool:
        """Tell whether only the police of another country is meant."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Labelled:
    """One labelled post; `reasons` are (code, start, end) in `text`, `split` is train, dev or test.

    `origin` is written, contrast or real.
    """

    id: str
    language: str
    script: str
    register: str
    text: str
    about: bool
    bodies: tuple[str, ...]
    sentiment: str | None
    reasons: tuple[tuple[str, int, int], ...]
    split: str
    slices: tuple[str, ...] = ()
    origin: str = "written"


def read(file: Path) -> Iterator[Labelled]:
    """Yield the posts of one JSONL file; raises ModelError that names the line of the first broken one."""
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        try:
            yield _labelled(json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            advice = "Mend or remove the line; see models/data/README.md for the keys."
            raise ModelError(f"line {number} is broken: {error!r}", where=file.name, advice=advice) from error


def _labelled(r: dict[str, Any]) -> Labelled:
    return Labelled(
        id=r["id"], language=r["lang"], script=r.get("script", "full"), register=r["register"], text=r["text"],
        about=r["about"], bodies=tuple(r["bodies"]), sentiment=r["sentiment"],
        reasons=tuple((x["code"], x["start"], x["end"]) for x in r["reasons"]), split=r["split"],
        slices=tuple(r.get("slices", ())), origin=r.get("origin", "written"),
    )  # fmt: skip


def join(file: Path, texts: Path, key: Callable[[str], str]) -> Iterator[Labelled]:
    """Yield labelled real posts: labels of `file` joined by `key` (SHA-1 of the normal form) with records of `texts`.

    The words of real people are never in the project: only labels and offsets are. Labels whose text is not found are
    left out.
    """
    labels = {r["sha1"]: r for r in map(json.loads, file.read_text("utf-8").splitlines())}
    for record in corpus.records(texts):
        label = labels.pop(key(record["text"]), None)
        if label:
            yield _labelled(label | {"text": record["text"]})


def examples(posts: Iterable[Labelled], codes: Sequence[str], finder: Finder) -> list[Example]:
    """Return one example for each passage of each post, marked as it will be at work.

    A long post's reasons belong to the passages that hold their words; its stance is taught by those passages, or by
    the first one when no reason is given.
    """
    found: list[Example] = []
    for post in posts:
        cut = passages.cut("", post.text, finder.mentions("", post.text))
        placed = [_spans(p, post, codes) for p in cut]
        speaking = {i for i, spans in enumerate(placed) if spans} or {0}
        for i, (passage, spans) in enumerate(zip(cut, placed, strict=True)):
            sure = len(cut) == 1 or i in speaking
            found.append(
                Example(
                    text=passage.text, language=post.language, about=post.about if sure or not post.about else None,
                    sentiment=SENTIMENTS.index(post.sentiment) if post.sentiment and sure else None,
                    reasons=tuple(sorted({s[0] for s in spans})) if sure else None, spans=spans,
                )
            )  # fmt: skip
    return found


def _spans(passage: Passage, post: Labelled, codes: Sequence[str]) -> tuple[tuple[int, int, int], ...]:
    """Return the labelled characters in the coordinates of the marked passage."""
    each = passage.origins([(i, i + 1) for i in range(len(passage.text))])[:, 0].tolist()
    back = {at: i for i, at in enumerate(each) if at >= 0}
    spans = []
    for code, start, end in post.reasons:
        inside = [back[i] for i in range(start, end) if i in back]
        if inside:
            spans.append((codes.index(code), min(inside), max(inside) + 1))
    return tuple(spans)


def phrases(posts: Iterable[Labelled], reasons: Sequence[Reason]) -> list[Example]:
    """Return short examples that teach the words of a reason: labelled evidence alone, codebook examples and cues.

    A post gives the network one line about its reasons among much else; the evidence alone says which words it was.
    """
    codes = [r.code for r in reasons]
    found = [
        Example(text=post.text[start:end], language=post.language, reasons=(codes.index(code),), source="evidence")
        for post in posts
        for code, start, end in post.reasons
        if end - start > 8
    ]
    for n, reason in enumerate(reasons):
        for language in ("kk", "ru", "en"):
            words = (*reason.examples.get(language), *(c.replace("*", "") for c in reason.cues.get(language)))
            found += [Example(text=w, language=language, reasons=(n,), source="codebook") for w in words if len(w) > 4]
    return found
