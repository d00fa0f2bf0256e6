"""What a person may ask of the posts, and its SQL: the same filters for pages, releases and figures.

A query is words and quoted phrases. A word finds all its forms (its lemmas in Russian, Kazakh and English are
looked up in the index of lemmas); `"a phrase"` finds just these characters (trigram index); `-word` leaves posts
out; `word*` finds what begins so. Everything is quoted for FTS5, so no character of a query is an operator.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# A body speaks in answers and in the posts of its own channels; what citizens write below them or ask is theirs.
OFFICIAL = (
    "post.kind = 'answer' OR"
    " (post.kind NOT IN ('comment', 'appeal') AND post.source IN (SELECT id FROM source WHERE official))"
)
SHORTEST_LITERAL = 3  # characters: a trigram index cannot find less
_PART = re.compile(r'(?P<minus>(?<!\S)-)?(?:"(?P<literal>[^"]*)"?|(?P<word>[^\s"]+))')


@dataclass(frozen=True, kw_only=True, slots=True)
class Filters:
    """Which current posts; None means any.

    `week` is the ISO week of publication, `region` an ISO 3166-2 code, `settlement` a type of settlement that the post
    names (`records.SETTLEMENTS`), `body` a body that the newest label names,
    `sentiment` and `reason` are those of the newest label; beside a `body`, `sentiment` is the stance toward that one.
    `about` False finds what was judged to be of something else, `official` asks for the sources that speak for a body.
    """

    week: str | None = None
    region: str | None = None
    settlement: str | None = None
    language: str | None = None
    body: str | None = None
    source: str | None = None
    sentiment: str | None = None
    reason: str | None = None
    story: str | None = None
    query: str | None = None
    official: bool | None = None
    about: bool | None = None


_CONDITIONS = {
    "week": "post.week = :week",
    "language": "post.language = :language",
    "source": "post.source = :source",
    "region": "post.number IN (SELECT post FROM post_region WHERE region = :region)",
    "settlement": "post.number IN (SELECT post FROM post_settlement WHERE settlement = :settlement)",
    "body": "post.number IN (SELECT post FROM post_body WHERE body = :body)",
    "reason": "post.number IN (SELECT post FROM current_reason WHERE code = :reason)",
    "sentiment": "post.number IN (SELECT post FROM current WHERE sentiment = :sentiment AND about)",
    "story": "post.number IN (SELECT post FROM story WHERE story = :story)",
    "about": "post.number IN (SELECT post FROM current WHERE about = :about)",
    "official": f"({OFFICIAL}) = :official",
}
# Toward one body: its own stance where the label has one, else that of the whole post.
_TOWARD = (
    "post.number IN (SELECT current.post FROM current LEFT JOIN current_stance AS own"
    " ON own.post = current.post AND own.body = :body WHERE about"
    " AND CASE WHEN own.body IS NULL THEN current.sentiment ELSE own.sentiment END = :sentiment)"
)
_LEMMAS = "post.number IN (SELECT rowid FROM words WHERE words MATCH :{})"
_LETTERS = "post.number IN (SELECT rowid FROM letters WHERE letters MATCH :{})"


def where(filters: Filters) -> tuple[str, dict[str, str | int]]:
    """Return the condition of `filters` over the table `post`, with its parameters; only newest versions."""
    conditions, parameters = ["post.newest"], dict[str, str | int]()
    for name, condition in _CONDITIONS.items():
        value = getattr(filters, name)
        if value is not None:
            conditions.append(_TOWARD if name == "sentiment" and filters.body is not None else condition)
            parameters[name] = value
    for number, (condition, wanted) in enumerate(conditions_of(filters.query or "")):
        conditions.append(condition.format(f"q{number}"))
        parameters[f"q{number}"] = wanted
    return " AND ".join(conditions), parameters


def conditions_of(query: str) -> list[tuple[str, str]]:
    """Return (condition with one `{}` for a parameter's name, FTS5 expression) for each part of a query."""
    found = []
    for part in _PART.finditer(query):
        literal = (part["literal"] or "").strip()
        if len(literal) >= SHORTEST_LITERAL:
            condition, expression = _LETTERS, _quoted(literal)
        else:
            condition, expression = _LEMMAS, _any_form(literal or part["word"] or "")
        if expression:
            found.append((condition.replace("IN", "NOT IN", 1) if part["minus"] else condition, expression))
    return found


def lemma_text(text: str, language: str) -> str:
    """Return the text as the index of lemmas holds it."""
    from monitor.lemmas import lemmas

    return lemmas(text, language)


def _any_form(word: str) -> str:
    """Return an FTS5 expression for the forms of a word; empty when it holds no letter or digit."""
    from monitor.kazakh import fold

    if not any(c.isalnum() for c in word):
        return ""
    if word.endswith("*"):
        return f"{_quoted(fold(word.rstrip('*').casefold()))} *"
    forms = {fold(word.casefold()), *(lemma_text(word, language) for language in ("ru", "kk", "en", "mixed"))}
    return " OR ".join(_quoted(form) for form in sorted(forms) if form)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""').replace("\x00", "") + '"'
