"""Reads one name where it stands: the words beside it say whether it is a place, and of which kind.

A street, a river, a person and a football club carry the names of towns; a town carries the name of its region.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from monitor import markers, toponyms
from monitor.kazakh import skeleton
from monitor.records import Place
from monitor.spellings import Entry, Name

SURE, FREE, RESOLVED, WEAK = 0.97, 0.9, 0.8, 0.3  # with a marker; alone; in lower case; a road's end, a club
_SENTENCE_END = re.compile(r"[.!?…:\n]\s*[«\"“(—–-]*\s*$")
_DASH = re.compile(r"\s*[-–—]\s*")
_AMBIGUOUS_ADJECTIVES = frozenset(map(skeleton, ("уральск", "алтайск", "столичн", "абайск", "рудненск", "степняцк")))
_GOVERNED = frozenset(["", "е", "и", "а", "иа", "ом", "ого"])  # endings after a preposition or "жители"
_LONG = 6  # letters of a skeleton
_LIST = 8  # words that a plural marker may stand away from the first name of its list


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
        """Say whether words [first, last] alone stand in quotation marks: the name of a firm or a club."""
        a, b = self.spans[first][0], self.spans[last][1]
        return self.text[a - 1 : a] in ("«", '"', "“") and self.text[b : b + 1] in ("»", '"', "”")

    def place(self, reading: Reading, entry: Entry, confidence: float) -> Place:
        """Return the record of a resolved reading."""
        start, end = self.spans[reading.first][0], self.spans[reading.last][1]
        if self.quoted(reading.first, reading.last):
            confidence = min(confidence, WEAK)
        return Place(
            region=entry.region, name=entry.name, level=entry.level, start=start, end=end, confidence=confidence
        )


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


class Reader:
    """Decides what the names found at one spot mean, from the words beside them."""

    def __init__(self, words: Words, hits: list[Hit], starts: set[int]) -> None:
        self.words, self.hits, self.starts = words, hits, starts
        self.first, self.last = hits[0].first, hits[0].last

    def read(self) -> Reading | None:
        """Return the reading, or None where the words mean a person, a street, a river or nothing."""
        if self._elsewhere() or markers.is_lookalike(self.words.raw[self.first], self.words.key(self.first)):
            return None
        marker = self._marker()
        if marker in ("street", "nature"):
            return None
        if marker:
            entries = [h.name.entry for h in self.hits if _suits(h, marker)]
            if marker == "district" and self._is_abroad():
                return None
            if entries:
                return self._reading(entries, SURE)
            if marker == "region":
                return None
        plain = [h for h in self.hits if self._stands_alone(h)]
        if not plain:
            return None
        cities = [h for h in plain if h.name.entry.level == "settlement" or h.name.entry.type == "city"]
        entries = [h.name.entry for h in (cities or plain)]
        return self._reading(entries, FREE if self._is_capital() else RESOLVED)

    def _reading(self, entries: list[Entry], confidence: float) -> Reading:
        if self._is_road():
            confidence = WEAK
        return Reading(self.first, self.last, tuple(dict.fromkeys(entries)), confidence)

    def _is_capital(self) -> bool:
        return self.words.raw[self.first][0].isupper()

    def _elsewhere(self) -> bool:
        stem = self.hits[0].name.first.stem
        before, after = self.words.key(self.first - 1), self.words.key(self.last + 1)
        return (
            before.startswith(markers.OTHER_PLACE_BEFORE.get(stem, ("\0",)))
            or after.startswith(markers.OTHER_PLACE_AFTER.get(stem, ("\0",)))
        )  # fmt: skip

    def _is_abroad(self) -> bool:
        """Say whether a foreign town follows: "Тимирязевский районный суд г. Москвы"."""
        return any(self.words.key(i).startswith(markers.FOREIGN_CAPITALS) for i in range(self.last + 1, self.last + 6))

    def _marker(self) -> str:
        """Return the kind of marker beside the name, or at the end (or head) of its list."""
        words = self.words
        after = "" if self._is_declined() else self._marker_after(self.last + 1)
        before = words.key(self.first - 1)
        kind = markers.before(before) if len(before) > 1 or words.raw[self.first - 1].islower() else ""
        dotted = words.gap(self.first - 1).startswith(".")
        if (markers.needs_dot(before) and not dotted) or (not dotted and words.gap(self.first - 1).strip()):
            kind = ""
        taken = self.first - 2 in self.starts and not words.gap(self.first - 2).strip()
        if kind in ("district", "region") and taken:
            kind = ""  # "Алматинского района Астаны": the marker is the first name's
        if kind == "district" and after:
            kind = ""  # "в районе Алматинской области" is a neighbourhood
        return after or kind or self._listed(1) or self._listed(-1)

    def _is_declined(self) -> bool:
        """Say whether the name stands in the Kazakh locative: "Павлодарда өзенге" is a town, and then a river."""
        return all(h.name.form == "noun" and toponyms.is_place_case(h.ending) for h in self.hits)

    def _marker_after(self, i: int) -> str:
        words = self.words
        if words.gap(i - 1).strip(' "»”-') or i >= len(words.raw):
            return ""
        word = words.key(i)
        if word == "р" and words.key(i + 1) == "н":
            return "district"
        if len(word) == 1 and not (words.gap(i).startswith(".") and words.raw[i].islower()):
            return ""  # "а." is a village, "А." an initial
        return "village" if word == "а" else markers.after(word)

    def _listed(self, step: int) -> str:
        """Follow a list of names to the plural marker at its end: "Акмолинской и Костанайской областей"."""
        words, side = self.words, markers.after if step > 0 else markers.before
        i = (self.last if step > 0 else self.first) + step
        for _ in range(_LIST):
            word = words.key(i)
            if word in markers.PLURAL:
                return side(word)
            if not word or not (word in markers.JOINERS or i in self.starts):
                return ""
            i += step
        return ""

    def _stands_alone(self, hit: Hit) -> bool:
        """Say whether a name may be believed without a marker."""
        if hit.name.form == "adjective":
            return self._adjective_alone(hit)
        if hit.name.form == "resident":
            return hit.name.rank == "free"
        rank = hit.name.rank
        if rank == "free":
            return not self._is_adjective_of_a_range(hit)
        if not self._is_capital() or self._is_person(hit):
            return False
        if rank == "marker":
            return self._is_long_district(hit)
        latin = self.words.raw[self.first][0].isascii()  # English gives a capital letter to names of all kinds
        if rank == "name" and not latin:
            return True
        office = markers.is_institution(self.words.key(self.last + 1)) and self.words.gap(self.last).isspace()
        if office or toponyms.is_place_case(hit.ending) or self._after_preposition(hit):
            return True
        inner = not latin and not self.words.opens(self.first)
        return rank != "person" and (inner or markers.is_institution(self.words.key(self.first - 1)))

    def _is_long_district(self, hit: Hit) -> bool:
        """Say whether a district of a long, hence rare, name stands in the Kazakh locative: Айыртауда."""
        long = hit.name.entry.type == "district" and len(hit.name.first.stem) >= _LONG
        return long and hit.name.form == "noun" and toponyms.is_place_case(hit.ending)

    def _is_adjective_of_a_range(self, hit: Hit) -> bool:
        """Say whether "Уральском" is the adjective of the mountains: the town has that form only below "под"."""
        if hit.name.first.stem not in _AMBIGUOUS_ADJECTIVES or hit.ending != "ом":
            return False
        return self.words.key(self.first - 1) not in ("под", "с", "над", "между", "перед")

    def _adjective_alone(self, hit: Hit) -> bool:
        after = self.words.key(self.last + 1)
        office = markers.is_institution(after)
        if hit.name.first.stem in _AMBIGUOUS_ADJECTIVES:
            keys = (self.words.key(i) for i in range(len(self.words.raw)))
            return office and not any(k.startswith(markers.FOREIGN_CAPITALS) for k in keys)
        if hit.name.entry.level == "district":
            return office
        return hit.name.rank == "free" or (hit.name.rank == "name" and office)

    def _after_preposition(self, hit: Hit) -> bool:
        """Say whether "в", "из", "in" stands before, with the case that a place takes there."""
        before = self.words.key(self.first - 1)
        governs = before in markers.PLACE_PREPOSITIONS or before.startswith(markers.DWELLERS)
        return governs and hit.ending in _GOVERNED and self.words.gap(self.first - 1).isspace()

    def _is_person(self, hit: Hit) -> bool:
        """Say whether the neighbours make it a person: initials before, surname or patronymic after."""
        words, first, last = self.words, self.first, self.last
        if self._after_preposition(hit) and hit.name.rank != "person":
            return False
        if (
            first
            and len(words.raw[first - 1]) == 1
            and words.raw[first - 1].isupper()
            and words.gap(first - 1)[:1] == "."
        ):
            return True
        follows = words.raw[last + 1] if last + 1 < len(words.raw) and words.gap(last) == " " else ""
        if follows and markers.is_surname(words.key(last + 1)):
            return follows[0].isupper() or follows in ("аға", "апа", "көке")
        return False

    def _is_road(self) -> bool:
        """Say whether the name is one end of a road or a line: "трасса Алматы - Талдыкорган"."""
        words = self.words
        right = self.last + 1 in self.starts and _DASH.fullmatch(words.gap(self.last))
        left = self.first - 1 in self.starts and _DASH.fullmatch(words.gap(self.first - 1))
        if not (left or right):
            return False
        near = (*range(self.first - 4, self.first), *range(self.last + 1, self.last + 5))
        return any(words.key(i).startswith(markers.ROUTES) for i in near)


def _suits(hit: Hit, marker: str) -> bool:
    entry = hit.name.entry
    if hit.name.form == "resident":
        return False
    if marker == "city":
        return entry.type == "city" and hit.name.form == "noun"
    if marker == "village":
        return entry.level == "settlement" and entry.type != "city" and hit.name.form == "noun"
    return entry.level == marker and entry.type != "city"
