"""The nouns that everybody shares: frozen records, one for each kind of fact.

All times are aware and in UTC, all sequences are tuples, all offsets are Python character offsets into
`Post.text` (end exclusive). A record never changes once it is stored: what is found out later points to it
by `post_id`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Fate(StrEnum):
    """What became of an item that entered a pass; every item gets exactly one."""

    STORED = "stored"
    NEW_VERSION = "new version"  # same address, other words
    DUPLICATE = "duplicate"  # same address, same words: already stored
    NOT_RELEVANT = "not relevant"  # says nothing about a law-enforcement body; its text is not kept
    TOO_SHORT = "too short"
    UNREADABLE = "unreadable"  # no text could be got out of it
    BAD_LINE = "bad line"  # broken JSON, missing field, wrong type
    TOO_LARGE = "too large"
    FORBIDDEN = "forbidden"  # robots.txt, or an address that must not be asked
    UNREACHABLE = "unreachable"  # the server failed, timed out, or redirected without end
    GONE = "gone"  # the server says there is no such page
    UNCHANGED = "unchanged"  # a listing that is as it was (304): nothing new, and no proof that pages can be read
    EMPTY = "empty"  # a listing that could be read and names nothing
    SPENT = "budget spent"  # not asked: what may be spent in a day is spent
    POSSIBLE_GAP = "possible gap"  # all entries of a listing are new: others may have come and gone unseen
    QUARANTINED = "quarantined"  # an error that we did not expect: kept aside with its message


KINDS = ("article", "post", "comment", "review", "appeal", "answer")
LANGUAGES = ("kk", "ru", "en", "mixed", "und")
SETTLEMENTS = ("republican", "centre", "town", "village")  # city of republican significance, regional centre, ...
SENTIMENTS = ("negative", "neutral", "positive")


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """A law-enforcement body named in a post: characters [start, end) of the text, or of the title."""

    body: str
    start: int
    end: int
    in_title: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """One text by one author at one address, in one version.

    `published` is None when no plausible date was found; `published_from` says which step of the date ladder
    gave it (jsonld, meta, feed, selector, text, import). `author_key` is a keyed hash or empty. `parent` is the
    id of the post that a comment stands below. `regions` are ISO 3166-2 codes; `regions_from` is `text`,
    `source` (the fall-back) or empty. `fingerprint` is the packed MinHash signature of the words.
    """

    id: str
    source: str
    kind: str
    url: str
    published: datetime | None
    published_from: str
    fetched: datetime
    title: str
    text: str
    language: str = "und"
    author_key: str = ""
    parent: str = ""
    regions: tuple[str, ...] = ()
    regions_from: str = ""
    settlements: tuple[str, ...] = ()  # of SETTLEMENTS
    mentions: tuple[Mention, ...] = ()
    fingerprint: bytes = b""
    version: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a server sent, as one packed WARC record; `id` is its WARC-Record-ID."""

    id: str
    data: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One thing that entered a pass, with its fate so far.

    `key` names it within the pass (an address, or file and line). With a `post`, fate STORED means "please store";
    the store may answer with DUPLICATE or NEW_VERSION. Without one, `detail` says what was wrong. `answer` is what
    the post was read from, where an archive is kept.
    """

    key: str
    source: str
    fate: Fate
    post: Post | None = None
    detail: str = ""
    answer: Answer | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """What the statistics need to know of one judged post: no words, no author.

    `stances` are (body, sentiment) of bodies with a stance of their own, None where the model abstained on them.
    `model` is the model version that judged it, or a person (`person:` and a name, never shown). `chorus` names the
    coordinated posting (`monitor.coordination`) that it is part of, empty for none, and `account` which of its accounts
    speaks, from 1: never who.
    """

    post_id: str
    source: str
    official: bool
    published: datetime
    regions: tuple[str, ...]
    language: str
    bodies: tuple[str, ...]
    sentiment: str | None
    reasons: tuple[str, ...]
    story: str
    abstained: bool
    stances: tuple[tuple[str, str | None], ...] = ()
    model: str = ""
    settlements: tuple[str, ...] = ()
    chorus: str = ""
    account: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Citation:
    """The characters [start, end) of a post's text that give the reason `code`.

    `provisional` marks a reason answered by its cues because the weights do not know it.
    """

    code: str
    start: int
    end: int
    confidence: float
    provisional: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class BodyStance:
    """The stance of a post toward one of the bodies that it names; `sentiment` is None where the model abstains.

    The characters [start, end) of the text are the passage that says it most clearly; both are 0 where there is none.
    """

    body: str
    sentiment: str | None
    confidence: float
    probabilities: tuple[float, float, float]
    start: int = 0
    end: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Opinion:
    """What one model version reads in one post.

    `sentiment` is the stance toward the body, None when `about` is false or the model abstains;
    `probabilities` are (negative, neutral, positive) and sum to 1; `confidence` is the calibrated probability
    of the answer given. `stances` are those toward single bodies where the text names several and has a passage on
    each; a body that has none there is meant by the whole, see `toward`.
    """

    post_id: str
    about: bool
    bodies: tuple[str, ...]
    sentiment: str | None
    confidence: float
    probabilities: tuple[float, float, float]
    reasons: tuple[Citation, ...]
    model: str
    codebook: str
    abstained: bool
    stances: tuple[BodyStance, ...] = ()

    def toward(self, body: str) -> BodyStance:
        """Return the stance toward one body: its own where there is one, else that of the whole post."""
        whole = BodyStance(
            body=body, sentiment=self.sentiment, confidence=self.confidence, probabilities=self.probabilities
        )
        return next((stance for stance in self.stances if stance.body == body), whole)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """The figures of a region x week x language x body x reason x settlement; an empty string means "all".

    `week` is an ISO week like `2026-W07` in local time. `net` is (positive - negative) / judged, in -1..1, with
    the interval [`low`, `high`] of probability 0.9; all three are None when fewer than k posts stand behind it.
    `judged` counts posts with a stance, `posts` all that are about the body, `stories` their distinct stories.
    Folded cells have a month, quarter or half-year for `week`: `2026-02`, `2026-Q1`, `2026-H1`.

    `net_stories` gives each story one voice, `net_sources` each of the `independent` sources, those first with a story.
    `corrected` is `net` without the classifier's error, pooled with region's past and country's week, with its credible
    interval of 0.9; None where that error was not measured or too much is missing. `official` posts are those of the
    bodies themselves, left out of all else. `collected` is the share of `posts` in all that was collected, `coverage`
    that of the usual sources that delivered; None where nobody knows. `coordinated` posts of `accounts` say nearly the
    same in a short time: in all other figures each such chorus counts as one post.
    """

    region: str
    week: str
    language: str
    body: str
    reason: str
    posts: int
    stories: int
    sources: int
    negative: int
    neutral: int
    positive: int
    abstained: int
    net: float | None
    low: float | None
    high: float | None
    net_stories: float | None = None
    net_sources: float | None = None
    independent: int = 0
    corrected: float | None = None
    corrected_low: float | None = None
    corrected_high: float | None = None
    official: int = 0
    official_positive: int = 0
    collected: float | None = None
    coverage: float | None = None
    settlement: str = ""
    coordinated: int = 0
    accounts: int = 0

    @property
    def judged(self) -> int:
        """Posts with a stance."""
        return self.negative + self.neutral + self.positive


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """A cell that rang: `observed` stories in `span` weeks up to `week`; `expected` is usual, `upper` still plausible.

    `p` is the one-sided probability, `q` after accounting for all cells; `posts` are one for each of the top stories.
    Learnt from `weeks` weeks; `shared` is how loud most places are; `shift` is of the net stance, from `since` on.
    """

    id: str
    rule: str
    week: str
    region: str
    reason: str
    observed: int
    expected: float
    upper: float
    p: float
    q: float
    sources: int
    posts: tuple[str, ...]
    kind: str = "spike"
    span: int = 1
    weeks: int = 0
    cold: bool = False
    trend: bool = False
    season: bool = False
    shared: float = 1.0
    reasons: tuple[str, ...] = ()
    since: str = ""
    before: float | None = None
    after: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A mail ready to be sent: `key` makes it unique for ever (kind, subject matter, recipient)."""

    key: str
    kind: str
    recipient: str
    language: str
    subject: str
    html: str
    text: str
    images: tuple[tuple[str, bytes], ...] = ()


def post_id(address: str, title: str, text: str) -> str:
    """Return the content key of a post: 20 hex digits of SHA-1 over its address, title and text.

    The same words at the same address are the same post however often they are met; an edit is another one.
    """
    return hashlib.sha1("\x1f".join((address, title, text)).encode()).hexdigest()[:20]
