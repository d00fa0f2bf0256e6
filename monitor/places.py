"""Finds the places named in a text and resolves each to one of the 20 regions, or keeps silent.

One pass over the words: a dictionary of stems says which names a word could be, the words around it (see
`readings`) which of them it is, and the rest of the text decides between homonyms. A name that stays ambiguous gives
nothing, because a wrong region is worse than none: the pipeline then falls back on the region of the source.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from monitor import toponyms
from monitor.declarations import Region
from monitor.gazetteer import table
from monitor.readings import Reader
from monitor.records import SETTLEMENTS
from monitor.spellings import Entry, Name, region_names, row_names
from monitor.tokens import RESOLVED, Hit, Place, Reading, Words, match

CERTAIN = 0.5  # a place below it (a road's end, a name in quotation marks) is shown but counts for no region
_WEAK = 0.3  # a village of Russian name, alone in the text
_RUSSIAN_ENDS = ("ка", "во", "ое", "но", "ий", "ый", "ой", "ая", "ье", "ск", "ки")
_DEFAULT = 0.6  # a homonym that nothing in the text resolves, when only one of them is a town of note


class Gazetteer:
    """All names of places in Kazakhstan, ready to be found."""

    def __init__(self, names: Iterable[Name]) -> None:
        self._index: dict[str, list[Name]] = {}
        for name in names:
            self._index.setdefault(name.first.stem, []).append(name)
        self._longest = max(map(len, self._index), default=0)
        self._known: dict[str, tuple[tuple[Name, str], ...]] = {}

    @classmethod
    def load(cls, config_folder: Path, regions: Sequence[Region]) -> Gazetteer:
        """Read gazetteer.csv of `config_folder` and join it to the regions of the settings."""
        cities = frozenset(region.code for region in regions if region.kind == "city")
        names = [name for region in regions for name in region_names(region)]
        for row in table(Path(config_folder) / "gazetteer.csv"):
            names.extend(row_names(row, cities))
        return cls(names)

    def locate(self, text: str, home: str = "") -> tuple[Place, ...]:
        """Return the places of `text` in their order, homonyms resolved, each with its confidence.

        `home` is the region of the source: a homonym that nothing in the text resolves is its own one.
        """
        words = Words(text)
        hits = self._hits(words)
        if not hits:
            return ()
        starts = {hit.first for group in hits for hit in group} | {hit.last for group in hits for hit in group}
        readings = [r for r in (Reader(words, group, starts).read() for group in hits) if r]
        chosen = _resolve(readings, home)
        if not any(sure >= CERTAIN for _, _, sure in chosen):  # both ends of the road where nothing else is named
            chosen = [(r, entry, _DEFAULT if r.road else sure) for r, entry, sure in chosen]
        return tuple(words.place(r, entry, sure) for r, entry, sure in chosen)

    def _hits(self, words: Words) -> list[list[Hit]]:
        """Return for each place of the text the longest names that stand there."""
        found: list[list[Hit]] = []
        free = 0
        known = self._known
        for i, raw in enumerate(words.raw):
            names = known.get(raw)
            if names is None:
                names = self._remember(raw)
            if not names or i < free:
                continue
            hits = [hit for name, ending in names if (hit := match(words, i, name, ending))]
            if hits:
                last = max(hit.last for hit in hits)
                found.append([hit for hit in hits if hit.last == last])
                free = last + 1
        return found

    def _remember(self, raw: str) -> tuple[tuple[Name, str], ...]:
        """Look a word up by all its possible stems; 200,000 answers are kept, which is a month of news."""
        word = toponyms.key(raw)
        found = []
        for cut in range(min(len(word), self._longest), 1, -1):
            for name in self._index.get(word[:cut], ()):
                if word[cut:] in name.first.endings:
                    found.append((name, word[cut:]))
        if len(self._known) >= 200_000:
            self._known.clear()
        self._known[raw] = tuple(found)
        return self._known[raw]


def regions_of(places: Iterable[Place]) -> tuple[str, ...]:
    """Return the regions that stand behind the certain places, each once, in the order of their codes."""
    return tuple(sorted({p.region for p in places if p.confidence >= CERTAIN}))


def settlements_of(places: Iterable[Place]) -> tuple[str, ...]:
    """Return the types of settlement behind the certain places, each once, in the order of `SETTLEMENTS`.

    A district counts as its villages, unless a settlement of it is named: "Осакаровка Осакаровского района".
    """
    certain = [p for p in places if p.confidence >= CERTAIN]
    named = {p.district for p in certain if p.level == "settlement"}
    found = {p.settlement for p in certain if p.level != "district" or p.district not in named}
    return tuple(kind for kind in SETTLEMENTS if kind in found)


def _resolve(readings: list[Reading], home: str = "") -> list[tuple[Reading, Entry, float]]:
    """Choose one entry for each reading, homonyms by the places named nearest to them."""
    firm = [r for r in readings if len({e.region for e in r.entries}) == 1]
    chosen: list[tuple[Reading, Entry, float]] = []
    for reading in readings:
        if reading in firm:
            alone = not any(_together(reading.entries[0], r.entries) for r in firm if r is not reading)
            alone = alone and reading.entries[0].region != home
            sure = _WEAK if alone and _is_anywhere(reading.entries[0]) else reading.confidence
            chosen.append((reading, reading.entries[0], sure))
            continue
        near = sorted(firm, key=lambda r: (abs(r.first - reading.first), r.first))
        entry = next((e for r in near for e in reading.entries if _together(e, r.entries)), None)
        if entry is not None:
            chosen.append((reading, entry, min(RESOLVED, reading.confidence)))
            firm.append(replace(reading, entries=(entry,)))
            continue
        own = [e for e in reading.entries if e.region == home]
        towns = [e for e in reading.entries if e.noted and (e.rank != "marker" or (e.type == "city" and not firm))]
        known = own or towns
        if len({e.region for e in known}) == 1:
            chosen.append((reading, known[0], min(_DEFAULT, reading.confidence)))
    return chosen


def _is_anywhere(entry: Entry) -> bool:
    """Say whether a village has a Russian name as there are many beyond the border."""
    return entry.rank == "marker" and entry.level == "settlement" and entry.name.endswith(_RUSSIAN_ENDS)


def _together(entry: Entry, others: tuple[Entry, ...]) -> bool:
    """Say whether a homonym lies in the region of another place; a city is the neighbour of its own districts only."""
    return any(entry.region == other.region for other in others)
