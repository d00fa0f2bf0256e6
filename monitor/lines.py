"""The contract of `senim classify IN.jsonl`: what a line may be, and the answer to it.

A line is judged in its normal form, like a post that is imported; the answer cites the text as it was given.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from monitor import cleaning
from monitor.origins import Origins
from monitor.preparation import Preparer
from monitor.records import LANGUAGES, SENTIMENTS, Opinion, Post

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # the lines of a file are not kept: no date of theirs is ever used


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of the input: its id, and either a post with the `text` as it was given, or what is wrong with it."""

    id: Any
    number: int
    post: Post | None = None
    text: str = ""
    foreign: bool = False
    error: str = ""


def read(preparer: Preparer, line: str | bytes, number: int) -> Line:
    """Read one line; `number` is its place in the file, from 1."""
    try:
        text = line.decode("utf-8") if isinstance(line, bytes) else line
        record = json.loads(text.removeprefix("\ufeff"), parse_constant=_no_number)
    except UnicodeDecodeError as error:
        return Line(id=None, number=number, error=f"not UTF-8: {error.reason} at byte {error.start}")
    except (ValueError, RecursionError) as error:
        return Line(id=None, number=number, error=f"not JSON: {error}")
    if not isinstance(record, dict):
        return Line(id=None, number=number, error='not an object: write {"id": ..., "text": ...}')
    return _read_record(preparer, record, number)


def _read_record(preparer: Preparer, record: dict[str, Any], number: int) -> Line:
    name, given, heading = record.get("id"), record.get("text"), record.get("title") or ""
    if not isinstance(given, str):
        return Line(id=name, number=number, error='no text: give "text" as a string')
    if not isinstance(heading, str):
        return Line(id=name, number=number, error='the title is no text: give "title" as a string or leave it out')
    title, text = cleaning.normalise(heading), cleaning.normalise(given)
    longest = preparer.settings.senim.text.max_characters
    if not text:
        return Line(id=name, number=number, error='no text: "text" is empty')
    if len(text) > longest:
        error = f"the text has {len(text)} characters, at most {longest} are read"
        return Line(id=name, number=number, error=error)
    raw = Post(
        id=str(number), source="", kind="post", url="", published=None, published_from="", fetched=_NEVER,
        title=title, text=text,
    )  # fmt: skip
    post = preparer.complete(raw, title, text, preparer.matcher.mentions(title, text))
    language = record.get("language")
    post = replace(post, language=language) if language in LANGUAGES else post
    return Line(id=name, number=number, post=post, text=given, foreign=preparer.matcher.is_foreign(title, text))


def answer(line: Line, opinion: Opinion | None) -> dict[str, Any]:
    """Return the answer to a line in the form of the contract; `opinion` is None for a bad one."""
    if line.post is None or opinion is None:
        return {"id": line.id, "line": line.number, "error": line.error}
    about, origins = opinion.about and not line.foreign, Origins(line.text, line.post.text)
    stances = [_toward(body, opinion, line, origins) for body in opinion.bodies] if about else []
    reasons = []
    for cited in opinion.reasons if about else ():
        start, end = origins.span(cited.start, cited.end)
        found = {"code": cited.code, "confidence": cited.confidence, "start": start, "end": end,
                 "quote": line.text[start:end]}  # fmt: skip
        reasons.append(found | {"provisional": True} if cited.provisional else found)
    return {
        "id": line.id,
        "about": about,
        "language": line.post.language,
        "bodies": list(opinion.bodies) if about else [],
        "sentiment": opinion.sentiment if about else None,
        "confidence": opinion.confidence,
        "probabilities": dict(zip(SENTIMENTS, opinion.probabilities, strict=True)),
        "reasons": reasons,
        "regions": list(line.post.regions),
        "abstained": opinion.abstained and about,
        "model": opinion.model,
        "stances": stances,
    }


def _toward(body: str, opinion: Opinion, line: Line, origins: Origins) -> dict[str, Any]:
    """Return the stance toward one body: with a quote where the text speaks of it apart, else that of the whole."""
    stance = opinion.toward(body)
    start, end = origins.span(stance.start, stance.end)
    found = {"body": body, "sentiment": stance.sentiment, "confidence": stance.confidence,
             "probabilities": dict(zip(SENTIMENTS, stance.probabilities, strict=True))}  # fmt: skip
    return found | {"start": start, "end": end, "quote": line.text[start:end]} if stance.end else found


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number")
