"""Reads one name where it stands: the words beside it say whether it is a place, and of which kind.

A street, a river, a person and a football club carry the names of towns; a town carries the name of its region.
"""

from __future__ import annotations

import re

from monitor import guards, markers, toponyms
from monitor.kazakh import skeleton
from monitor.spellings import Entry
from monitor.tokens import FREE, RESOLVED, SURE, WEAK, Hit, Reading, Words

_DASH = re.compile(r"\s*[-–—]\s*")
_AMBIGUOUS_ADJECTIVES = frozenset(map(skeleton, ("уральск", "алтайск", "абайск", "рудненск", "степняцк")))
_GOVERNED = frozenset(
    ["", "е", "и", "а", "иа", "ом", "ого", "им", "ем", "у"]
)  # endings after a preposition or "жители"
_LONG = 6  # letters of a skeleton
_DWELLING = ("лик", "дик", "тик")  # оралдықтар, рудныйлық
_UNMISTAKABLE = frozenset(map(skeleton, ("семей", "рудный")))  # "семейлік" is of the town, in small letters too
_GENITIVE_PLURAL = ("их", "ых")  # "Семей полицейских" are families
_DOORS = frozenset(map(skeleton, ("есік", "шар", "құлан", "саран")))  # "Есіктен шыққан": from the door
_OWNED = frozenset(map(skeleton, ("области", "района")))
_ENGLISH_STREETS = frozenset(("st", "str", "ave", "rd"))
_RARE = frozenset(map(skeleton, ("жуалы", "көксу", "келес")))  # districts of short names that nothing else has
_RETURN = skeleton("орал")  # "оралдық" is also "we came back"
_MICRO = frozenset(map(skeleton, ("шағын", "ықшам", "мөлтек")))
_NAMED_AFTER = (*_MICRO, skeleton("атынд"))
_LIST = 8  # words that a plural marker may stand away from the first name of its list


class Reader:
    """Decides what the names found at one spot mean, from the words beside them."""

    def __init__(self, words: Words, hits: list[Hit], starts: set[int]) -> None:
        self.words, self.hits, self.starts = words, hits, starts
        self.first, self.last = hits[0].first, hits[0].last

    def read(self) -> Reading | None:
        """Return the reading, or None where the words mean a person, a street, a river or nothing."""
        if self._is_something_else():
            return None
        marker = self._marker()
        if marker in ("street", "nature") or (marker == "district" and self._is_abroad()):
            return None
        entries = self._marked(marker) if marker else []
        if entries or marker == "region":
            return self._reading(entries, SURE) if entries else None
        plain = [h for h in self.hits if self._stands_alone(h)]
        if not plain:
            return None
        cities = [h for h in plain if h.name.entry.level == "settlement" or h.name.entry.type == "city"]
        entries = [h.name.entry for h in (cities or plain)]
        return self._reading(entries, FREE if self._is_capital() else RESOLVED)

    def _is_something_else(self) -> bool:
        """Say whether the name is borne by a person, a street, a firm, or a place that is none of ours."""
        words, first, last = self.words, self.first, self.last
        if self._elsewhere() or markers.is_lookalike(words.raw[first], words.key(first)) or self._is_street_of():
            return True
        if guards.is_named(words, self.hits) or guards.is_other_capital(words, self.hits):
            return True
        outside = guards.is_abroad(words, last, self.starts) or guards.is_foreign_namesake(words, self.hits)
        outside = outside or guards.is_firm_abroad(words, first, last)
        return outside or guards.is_club(words, last)

    def _marked(self, marker: str) -> list[Entry]:
        """Return what the name can be beside its marker; stations are mostly those of towns."""
        entries = [h.name.entry for h in self.hits if _suits(h, marker) and not self._is_common_word(h)]
        return ([e for e in entries if e.noted] or entries) if marker == "station" else entries

    def _reading(self, entries: list[Entry], confidence: float) -> Reading:
        road = self._is_road()
        return Reading(self.first, self.last, tuple(dict.fromkeys(entries)), WEAK if road else confidence, road)

    def _is_common_word(self, hit: Hit) -> bool:
        """Say whether it is a word of the language before "ауыл": "үш ауылда" is three villages, not the village Уш."""
        raw, entry = self.words.raw[self.first], hit.name.entry
        if hit.name.rank != "marker" or entry.level != "settlement" or hit.name.rest:
            return False
        declined = hit.ending and markers.after(self.words.key(self.last + 1)) == "village"  # "басқа ауыл", not Бас
        return raw.islower() or bool(declined)

    def _is_street_of(self) -> bool:
        """Say whether it is a street's adjective, "на Алматинской улице", or its owner, "на Тимирязева"."""
        words = self.words
        before, road = words.key(self.first - 1), words.key(self.last + 1).startswith(markers.ROAD_ADJECTIVES)
        if not road and before not in ("на", "по"):
            return False
        if all(h.name.form == "adjective" or h.name.rank == "marker" for h in self.hits):
            ends = self.last == len(words.raw) - 1 or bool(words.gap(self.last).strip())
            return road or (ends and self.hits[0].ending == "ои")
        raw = words.raw[self.last].lower()
        return before == "на" and raw.endswith(("ова", "ева", "ина"))

    def _is_capital(self) -> bool:
        return self.words.raw[self.first][0].isupper()

    def _elsewhere(self) -> bool:
        stems = {hit.name.first.stem for hit in self.hits}
        if stems.isdisjoint(markers.OTHER_PLACES):
            return False
        before, after = self.words.key(self.first - 1), self.words.key(self.last + 1)
        return any(
            before.startswith(markers.OTHER_PLACE_BEFORE.get(stem, ("\0",)))
            or after.startswith(markers.OTHER_PLACE_AFTER.get(stem, ("\0",)))
            for stem in stems
        )

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
        if kind in ("city", "village") and after in ("region", "district") and words.key(self.last + 1) in _OWNED:
            after = ""  # "в городе Шар области Абай": the marker behind is the next name's
        return after or kind or self._listed(1) or self._listed(-1)

    def _is_declined(self) -> bool:
        """Say whether the name stands in the Kazakh locative: "Павлодарда өзенге" is a town, and then a river."""
        return all(h.name.form == "noun" and toponyms.is_place_case(h.ending) for h in self.hits)

    def _marker_after(self, i: int) -> str:
        words = self.words
        if words.gap(i - 1).strip(' "»”-') or i >= len(words.raw):
            return ""
        word = words.key(i)
        if word.startswith(_NAMED_AFTER) and markers.after(words.key(i + 1)) == "district":
            return "street" if word in _MICRO else "district"
        if words.raw[i].lower() in _ENGLISH_STREETS:
            return "street"
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
        rank = hit.name.rank
        if hit.name.form == "resident":
            return rank == "free" or (rank == "name" and len(hit.name.first.stem) >= _LONG)
        if rank == "free":
            return not self._is_adjective_of_a_range(hit)
        dweller = hit.ending.startswith(_DWELLING) and rank in ("common", "name") and hit.name.form == "noun"
        returned = hit.name.first.stem == _RETURN and "та" not in hit.ending and self.words.opens(self.first)
        if dweller and not returned and (self._is_capital() or hit.name.first.stem in _UNMISTAKABLE):
            return True
        if not self._is_capital() or self._is_person(hit):
            return False
        if rank == "marker":
            return self._is_long_district(hit)
        if self._is_dateline(hit) or (rank == "common" and self.words.raw[self.first] == "Semey"):
            return True
        latin = self.words.raw[self.first][0].isascii()  # English gives a capital letter to names of all kinds
        if rank == "name" and not latin:
            return True
        follows = self.words.key(self.last + 1)
        office = markers.is_institution(follows) and self.words.gap(self.last).isspace()
        office = office and not follows.endswith(_GENITIVE_PLURAL)
        door = hit.name.first.stem in _DOORS and self.words.opens(self.first)
        if office or (toponyms.is_place_case(hit.ending) and not door) or self._after_preposition(hit):
            return True
        inner = not latin and not self.words.opens(self.first)
        return rank != "person" and (inner or markers.is_institution(self.words.key(self.first - 1)))

    def _is_dateline(self, hit: Hit) -> bool:
        """Say whether the name opens the text before a colon, or is a sentence of its own: "Орал: ...", "... Орал."."""
        words, behind = self.words, self.words.gap(self.last)
        if hit.ending or hit.name.form != "noun":
            return False
        if self.first == 0:
            return behind.startswith((":", ". ", " —", " –")) or (
                behind == ", " and hit.name.first.stem in _UNMISTAKABLE
            )
        closes = self.last == len(words.raw) - 1 or behind.startswith(".")
        return closes and bool(re.search(r"[.!?…]\s+$", words.gap(self.first - 1)))

    def _is_long_district(self, hit: Hit) -> bool:
        """Say whether a district of a long, hence rare, name stands as a place: Айыртауда, Bostandyk police."""
        if hit.name.entry.level != "district" or hit.name.form != "noun":
            return False
        if len(hit.name.first.stem) < _LONG and hit.name.first.stem not in _RARE:
            return False
        words = self.words
        office = markers.is_institution(words.key(self.last + 1)) and words.gap(self.last) == " "
        english = words.raw[self.first][0].isascii() and self._after_preposition(hit)
        return toponyms.is_place_case(hit.ending) or office or english

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
    if marker == "station":
        return (entry.level == "settlement" or entry.type == "city") and hit.name.form == "noun"
    if marker == "village":
        return entry.level == "settlement" and entry.type != "city" and hit.name.form == "noun"
    return entry.level == marker and entry.type != "city"
