"""Turns what a person wrote into a line of a sheet into an opinion, or says what to write instead.

A line is what the sheet held: true or "yes" in `about`, offsets or a quote in `reasons`. People quote with other
capitals, blanks and look-alike letters than the text has, and with quotation marks around; that is forgiven. Words
that are not in the text are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from monitor.cleaning import normalise
from monitor.records import SENTIMENTS, Citation, Opinion, Post

Line = Mapping[str, Any]
FIELDS = ("about", "bodies", "sentiment", "reasons")  # what a labeller fills in
_YES = ("yes", "y", "true", "1", "да", "иә", "ия", "истина")  # the last: what a Russian spreadsheet makes of TRUE
_NO = ("no", "n", "false", "0", "нет", "жоқ", "жок", "ложь")
_QUOTATION = " \n«»„“”\"'"


@dataclass(frozen=True, kw_only=True, slots=True)
class Codes:
    """What a label may name: reasons and bodies in their order, and the version of the codebook."""

    reasons: tuple[str, ...]
    bodies: tuple[str, ...]
    codebook: str


def is_unfilled(line: Line) -> bool:
    """Tell whether a labeller has left a line as it was handed out."""
    return not any(_word(line.get(name)) for name in FIELDS)


def about(value: object) -> bool | None:
    """Return what a cell says, None when it is neither yes nor no."""
    word = _word(value)
    return True if word in _YES else False if word in _NO else None


def faults(line: Line, codes: Codes) -> Iterator[str]:
    """Yield what is wrong with a filled-in line whatever its post says, each with what to write instead."""
    answer = about(line.get("about"))
    if answer is None:
        yield f"about is {_shown(line.get('about'))}: write yes or no"
    sentiment, bodies, reasons = (line.get(name) or None for name in ("sentiment", "bodies", "reasons"))
    if answer is False and (sentiment or bodies or reasons):
        yield "is not about a body and yet has bodies, sentiment or reasons: write about yes, or leave these empty"
        return
    if answer and _word(sentiment) not in SENTIMENTS:
        yield f"sentiment is {_shown(sentiment)}: write {', '.join(SENTIMENTS[:-1])} or {SENTIMENTS[-1]}"
    for body in _listed(bodies):
        if _word(body) not in codes.bodies:
            yield f"unknown body {_shown(body)}: write {_nearest(body, codes.bodies)}"
    for reason in _listed(reasons):
        if not isinstance(reason, dict):
            yield f'reason {_shown(reason)} is no object: write {{"code": ..., "quote": ...}}'
        elif _word(reason.get("code")) not in codes.reasons:
            yield f"unknown reason {_shown(reason.get('code'))}: write {_nearest(reason.get('code'), codes.reasons)}"


def cited(line: Line) -> list[str]:
    """Return the codes of the reasons of a line without faults."""
    return [_word(reason["code"]) for reason in _listed(line.get("reasons") or None)]


def opinion(line: Line, post: Post, codes: Codes, labeller: str) -> Opinion | list[str]:
    """Return what a filled-in line says of its post, or a list of what is wrong with it.

    A person is sure: confidence 1, and the same probability for all stances where the post is not about a body.
    """
    wrong = list(faults(line, codes))
    if wrong:
        return wrong
    spans: set[tuple[int, int, str]] = set()
    for reason in _listed(line.get("reasons") or None):
        code = _word(reason["code"])
        found = _place(reason, code, post, line)
        if isinstance(found, str):
            wrong.append(found)
        else:
            spans.add((*found, code))
    if wrong:
        return wrong
    sentiment = _word(line.get("sentiment")) or None
    return Opinion(
        post_id=post.id, about=bool(about(line["about"])), sentiment=sentiment, confidence=1.0, abstained=False,
        bodies=tuple(sorted({_word(body) for body in _listed(line.get("bodies") or None)})),
        probabilities=_certain(sentiment), model=labeller, codebook=codes.codebook,
        reasons=tuple(Citation(code=code, start=start, end=end, confidence=1.0) for start, end, code in sorted(spans)),
    )  # fmt: skip


def find(quote: str, text: str) -> tuple[int, int] | None:
    """Return where the words of a quote first stand in a text, None when they do not."""
    for words in (quote, quote.strip(_QUOTATION), normalise(quote).strip(_QUOTATION)):
        if words and (start := text.find(words)) >= 0:
            return start, start + len(words)
    loose = r"\s+".join(map(re.escape, normalise(quote).strip(_QUOTATION).split()))
    met = re.search(loose, text, re.IGNORECASE) if loose else None
    return met.span() if met else None


def _place(reason: Mapping[str, Any], code: str, post: Post, line: Line) -> tuple[int, int] | str:
    """Return the characters of the post that a reason cites, or what is wrong with it."""
    quote, start, end = reason.get("quote"), reason.get("start"), reason.get("end")
    if start is None and end is None:
        return _quoted(quote, code, post)
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(post.text):
        return f"reason {code} has offsets outside the text: give start < end <= {len(post.text)}, or a quote"
    if line.get("text", post.text) != post.text:
        return (
            f"reason {code} has offsets into another text than that of the post: give a quote, and leave text as it was"
        )
    if quote is not None and quote != post.text[start:end]:
        return f"reason {code} has a quote that does not stand at {start}-{end}: leave one of the two out"
    return start, end


def _quoted(quote: object, code: str, post: Post) -> tuple[int, int] | str:
    if not isinstance(quote, str) or not quote.strip(_QUOTATION):
        return f"reason {code} has no quote: write {code}: and words of the text"
    found = find(quote, post.text)
    if found:
        return found
    shown = quote if len(quote) <= 60 else quote[:59] + "…"
    if find(quote, post.title):
        return f"«{shown}» stands in the title only: quote words of the text for {code}"
    return f"«{shown}» is not in the text of the post: copy words from it for {code}"


def _certain(sentiment: str | None) -> tuple[float, float, float]:
    if sentiment is None:
        return 1 / 3, 1 / 3, 1 / 3
    negative, neutral, positive = (float(sentiment == s) for s in SENTIMENTS)
    return negative, neutral, positive


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - whatever a line of JSON held
    return [] if value is None else value if isinstance(value, list) else [value]


def _word(value: object) -> str:
    return "" if value is None or value == [] else str(value).strip().casefold()


def _shown(value: object) -> str:
    return repr(value) if _word(value) else "empty"


def _nearest(value: object, known: tuple[str, ...]) -> str:
    close = get_close_matches(_word(value), known, n=1)
    return close[0] if close else f"one of {', '.join(known)}"
