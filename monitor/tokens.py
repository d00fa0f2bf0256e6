"""The words of a text, and the names of places found among them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from monitor import markers, toponyms
from monitor.spellings import Entry, Name

SURE, FREE, RESOLVED, WEAK = 0.97, 0.9, 0.8, 0.3  # with a marker; alone; in lower case; a road's end, a club
_CLOSED = re.compile(r"(?:[ -][^\W\d_]+){0,2}[»\"”]")
_SENTENCE_END = re.compile(r"[.!?…:\n]\s*[«\"“(—–-]*\s*$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A place named in a text, resolved to one region; `confidence` in 0..1.

    `district` is the classifier's code (KATO) of its district or city administration, `settlement` one of
    `SETTLEMENTS`; both are empty for a region.
    """

    region: str
    name: str
    level: str  # country, region, district, settlement
    start: int
    end: int
    confidence: float
    district: str = ""
    settlement: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A name found at words [first, last]."""

    first: int
    last: int
    name: Name
    ending: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The entries that words [first, last] could mean after a look at their neighbours."""

    first: int
    last: int
    entries: tuple[Entry, ...]
    confidence: float
    road: bool = False


class Words:
    """The words of a text with their offsets; skeletons are made only where they are asked for."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.spans = [m.span() for m in toponyms.WORD.finditer(text)]
        self.raw = [text[a:b] for a, b in self.spans]

    def key(self, i: int) -> str:
        """Return the skeleton of word i, "" beyond the ends."""
        return toponyms.key(self.raw[i]) if 0 <= i < len(self.raw) else ""

    def gap(self, i: int) -> str:
        """Return what stands between word i and the next one."""
        if not 0 <= i < len(self.raw) - 1:
            return ""
        return self.text[self.spans[i][1] : self.spans[i + 1][0]]

    def opens(self, i: int) -> bool:
        """Say whether word i opens a sentence."""
        return i == 0 or bool(_SENTENCE_END.search(self.text, max(0, self.spans[i][0] - 6), self.spans[i][0]))

    def quoted(self, first: int, last: int) -> bool:
        """Say whether words [first, last] stand in quotation marks, at most two words before their end: a firm."""
        a, b = self.spans[first][0], self.spans[last][1]
        if a == 0 or self.text[a - 1] not in '«"“':
            return False
        return bool(_CLOSED.match(self.text, b)) and not markers.is_institution(self.key(last + 1))

    def place(self, reading: Reading, entry: Entry, confidence: float) -> Place:
        """Return the record of a resolved reading."""
        start, end = self.spans[reading.first][0], self.spans[reading.last][1]
        if self.quoted(reading.first, reading.last):
            confidence = min(confidence, WEAK)
        return Place(
            region=entry.region, name=entry.name, level=entry.level, start=start, end=end, confidence=confidence,
            district=entry.district, settlement=entry.settlement,
        )  # fmt: skip


def match(words: Words, i: int, name: Name, ending: str) -> Hit | None:
    """Return the hit when a name whose first word fits at word i goes on there; `ending` is that of the first word."""
    last = i + len(name.rest)
    if last >= len(words.raw):
        return None
    if name.form == "abbreviation" and not words.raw[i].rstrip("абвгдежзиклмнопрстуфхцчшщыэюяіңғүұқөһә").isupper():
        return None
    for n, pattern in enumerate(name.rest, i + 1):
        if not pattern.fits(words.key(n)) or len(words.gap(n - 1)) > 1:
            return None
        ending = words.key(n)[len(pattern.stem) :]
    return Hit(i, last, name, ending)
