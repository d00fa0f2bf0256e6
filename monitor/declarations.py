"""The shape of every block under config/: what may be written there, and what a mistake looks like.

A source, reason, body, region, survey, alert rule or recipient is declared, not programmed. pydantic checks a
block; `monitor.settings` turns its complaints into file, line, key and advice.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
SourceId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
RegionCode = Annotated[str, StringConstraints(pattern=r"^KZ-\d\d$")]
Words = tuple[Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)], ...]


def _http(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("write a full address that begins with https:// or http://")
    return url


def _mailbox(address: str) -> str:
    name, _, host = address.partition("@")
    if not name or ("." not in host and host != "localhost") or any(c.isspace() for c in address):
        raise ValueError("write an e-mail address like duty@example.org")
    return address


def _pattern(words: str) -> str:
    try:
        re.compile(words)
    except re.error as error:
        raise ValueError(f"is no regular expression ({error})") from None
    return words


def _selector(words: str) -> str:
    from cssselect import SelectorError, parse

    try:
        if words:
            parse(words)
    except SelectorError as error:
        raise ValueError(f"is no CSS selector ({error})") from None
    return words


Url = Annotated[str, AfterValidator(_http)]
Selector = Annotated[str, AfterValidator(_selector)]


class Block(BaseModel):
    """Base of all blocks: frozen, and an unknown key is a mistake, not a silent nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Names(Block):
    """One name in the three languages."""

    kk: str
    ru: str
    en: str

    def get(self, language: str) -> str:
        """Return the name in `language`, English for any other."""
        return {"kk": self.kk, "ru": self.ru}.get(language, self.en)


class PerLanguage(Block):
    """Lists of words or phrases for each language; a missing language is an empty list."""

    kk: Words = ()
    ru: Words = ()
    en: Words = ()

    def get(self, language: str) -> Words:
        """Return the list of `language`; mixed and unknown text gets all of them."""
        return {"kk": self.kk, "ru": self.ru, "en": self.en}.get(language, self.kk + self.ru + self.en)


class Sentiment(Block):
    """A stance toward a body."""

    code: Literal["negative", "neutral", "positive"]
    name: Names
    definition: Names


class Reason(Block):
    """A reason of the codebook: what counts, what does not, and the words that often give it away."""

    code: Code
    polarity: Literal["negative", "positive"]
    name: Names
    definition: Names
    counts: Words = Field(min_length=1)
    does_not_count: Words = Field(min_length=1)
    cues: PerLanguage
    examples: PerLanguage
    deputy_reason: str = ""  # roll-up to the three reasons named in parliament in October 2025
    bureau_answer: str = ""  # roll-up to the answers of the statistics bureau's survey


class Body(Block):
    """A law-enforcement body with its names, abbreviations and the words that only look like it."""

    id: Code
    name: Names
    forms: PerLanguage  # stems; the matcher knows the inflection of each language
    abbreviations: Words = ()  # matched in capitals, with Kazakh suffixes after a hyphen or without
    not_when: Words = ()  # phrases in which the word has another sense
    survey_target: bool = False


class Region(Block):
    """One of the 20 units of the first level (division of 2022)."""

    code: RegionCode
    name: Names
    kind: Literal["region", "city"]
    population: int = Field(gt=0)
    population_date: str
    kato: Annotated[str, StringConstraints(pattern=r"^\d{9}$")]
    aliases: Words = ()
    since: int = 0  # year from which the unit exists, 0 for older ones


class Survey(Block):
    """An official or scholarly figure with the wording and the scale that make it comparable, or not."""

    id: SourceId
    when: Annotated[str, StringConstraints(pattern=r"^\d{4}(-\d\d(-\d\d)?)?(/\d{4}-\d\d(-\d\d)?)?$")]  # 2024-10/2024-11
    who: Names
    method: str
    target: Code
    measure: Literal["trust", "reason", "evaluation", "administrative"]
    question: Names
    scale: Names
    answer: Names
    value: float
    unit: str
    base: str = ""
    source: str
    series: str = ""  # figures with the same series may stand in one line of a chart, others never
    region: RegionCode | None = None  # of which the figure is; none: of the whole country
    reason: str = ""  # of measure reason: the deputy_reason or bureau_answer of the codebook that the answer is


# Kinds that are read through an API: its key goes to no other host than that of the platform, or to this machine.
_HOME = r"(https://{}|http://(127\.0\.0\.1|localhost)(:\d+)?)"
_PLACES = {
    "youtube": (
        _HOME.format(r"(www\.)?youtube\.com") + r"/(@[^/?#]+|channel/UC[\w-]{22}|results\?search_query=[^&#]+)",
        "https://www.youtube.com/@NAME, /channel/UC... or /results?search_query=WORDS",
    ),
    "vk": (
        _HOME.format(r"vk\.(com|ru)") + r"/[\w.-]+(\?q=[^&#]+)?",
        "https://vk.com/NAME or https://vk.com/NAME?q=WORDS",
    ),
    "mastodon": (
        _HOME.format(r"[\w.-]+") + r"/(tags/[^/?#]+|search\?q=[^&#]+)",
        "https://SERVER/tags/WORD or https://SERVER/search?q=WORDS",
    ),
    "bluesky": (
        _HOME.format(r"bsky\.app") + r"/(hashtag/[^/?#]+|search\?q=[^&#]+)",
        "https://bsky.app/hashtag/WORD or https://bsky.app/search?q=WORDS",
    ),
}


class Marks(Block):
    """Where the parts of a question-and-answer page stand, as CSS selectors; all but the first are inside a `block`."""

    block: Selector  # one appeal with its answers
    appeal: Selector
    answer: Selector
    title: Selector = ""
    author: Selector = ""
    asked: Selector = ""  # when the appeal was sent
    answered: Selector = ""  # when it was answered
    link: Selector = ""  # where it stands alone


class Source(Block):
    """A place to collect from."""

    id: SourceId
    name: str
    kind: Literal[
        "feed", "sitemap", "site", "telegram", "portal", "youtube", "vk", "mastodon", "bluesky", "archive"
    ]  # fmt: skip
    url: Url
    language: Literal["kk", "ru", "en", "mixed"]
    region: RegionCode | None = None  # where its news happen when the text names no place
    official: bool = False  # speaks for a law-enforcement body: self-praise is told from opinion
    post_kind: Literal["article", "post", "appeal"] = "article"
    comments: bool = False  # read the comments below its articles or posts; of youtube they always are
    quota: int = Field(default=1000, gt=0)  # units of YouTube's API a day; a key has 10,000 for all sources together
    only: Annotated[str, AfterValidator(_pattern)] = ""  # regular expression that an address must match
    sections: tuple[Url, ...] = ()  # of kind site: further section pages beside `url`
    links: Annotated[str, AfterValidator(_pattern)] = ""  # of kind site: what the addresses of articles match
    next: Annotated[str, AfterValidator(_pattern)] = ""  # of kind site and portal: addresses of further lists
    depth: int = Field(default=3, gt=0, le=20)  # of kind site and portal: lists one behind the other in one pass
    marks: Marks | None = None  # of kind portal: where the parts stand on a page that does not say so itself
    enabled: bool = True
    checked: str = ""  # date of the last live check, empty when it was never asked live

    @field_validator("url")
    @classmethod
    def _place(cls, url: str, info: ValidationInfo) -> str:
        pattern, example = _PLACES.get(info.data.get("kind", ""), ("", ""))
        if pattern and not re.fullmatch(pattern, url):
            raise ValueError(f"is no address of this kind; write {example}")
        return url

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind == "site" and not self.links:
            raise ValueError("a source of kind site needs `links`, a regular expression for addresses of articles")
        return self


class Language(Block):
    """Names and wording of one language of the digest; the keys are held equal across languages by `check`."""

    code: Literal["kk", "ru", "en"]
    name: str
    months: Annotated[Words, Field(min_length=12, max_length=12)]
    words: dict[str, str]


class Rule(Block):
    """When an alert rings."""

    id: SourceId
    kind: Literal["spike", "shift"] = "spike"  # of the number of stories, or of the net stance
    level: float = Field(gt=0, lt=0.5)  # false discovery rate over all cells of a week
    min_stories: int = Field(ge=2)  # fewer stories never ring, whatever their probability
    min_sources: int = Field(ge=1)
    min_weeks: int = Field(ge=4)  # weeks of history without which it is a cold start; of a shift, on each side
    history_weeks: int = Field(ge=4)
    span: int = Field(default=1, ge=1, le=4)  # weeks that are judged as one
    min_ratio: float = Field(default=1, ge=1)  # observed / expected
    min_excess: float = Field(default=0, ge=0)  # observed - expected
    min_change: float = Field(default=0, ge=0, le=2)  # of the net stance
    reasons: tuple[Code, ...] = ()  # empty: all negative reasons


class Recipient(Block):
    """Who gets mail; an empty list of regions means the whole country."""

    email: Annotated[str, AfterValidator(_mailbox)]
    language: Literal["kk", "ru", "en"]
    regions: tuple[RegionCode, ...] = ()
    alerts: bool = True
    digest: bool = True
