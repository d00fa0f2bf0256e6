"""What a text says that can be compared across languages: places, numbers with what they count, concepts, names.

Two texts that tell one event in Kazakh, Russian and English share few words, but the same town, the same 47 horses and
the same river. Concepts are looked up by the stems of config/concepts.csv, places in the gazetteer, names by their
skeleton. A pure function of the text, so that a telling never needs to be looked at twice.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor import quantities
from monitor.gazetteer import table
from monitor.kazakh import fold, skeleton
from monitor.places import CERTAIN
from monitor.tokens import Place

UNIT = "unit_"  # codes that begin so say only what a number counts
REACH = 3  # words after a number among which stands what it counts
SHORT = 3  # letters of a word that is too short for a name
STEM = 5  # letters by which words and names of different languages are compared
YEARS = range(1990, 2036)  # numbers that are dates nearly always
TELEPHONES = (102.0, 112.0)  # of the police and of rescuers
_ENDED = re.compile(r"[.!?…:»\n]\W*$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What one text says; `numbers` are (value, code of the concept or unit counted, "" for unknown).

    `towns` are settlements and districts by their names, `regions` ISO codes, `stems` the first letters of its words
    in one spelling for all three languages, `names` those of its names.
    """

    regions: frozenset[str] = frozenset()
    towns: frozenset[str] = frozenset()
    numbers: frozenset[tuple[float, str]] = frozenset()
    concepts: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    stems: frozenset[str] = frozenset()


class Lexicon:
    """The concepts with their stems and weights, ready to be looked up."""

    def __init__(self, rows: Iterable[Mapping[str, str]]) -> None:
        self.weights: dict[str, float] = {}
        self._stems: dict[str, set[str]] = defaultdict(set)
        self._whole: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            self.weights[row["code"]] = float(row.get("weight") or 1.0)
            for stem in f"{row['kk']} {row['ru']} {row['en']}".split():
                known = self._whole if stem.endswith("=") else self._stems
                known[fold(stem.strip("="))].add(row["code"])
        self._longest = max(map(len, self._stems), default=0)

    @classmethod
    def load(cls, config_folder: Path) -> Lexicon:
        """Read concepts.csv of `config_folder`."""
        return cls(table(Path(config_folder) / "concepts.csv"))

    def codes(self, word: str) -> frozenset[str]:
        """Return the concepts that a word names."""
        folded = fold(word)
        found = set(self._whole.get(folded, ()))
        for end in range(2, min(len(folded), self._longest) + 1):
            found |= self._stems.get(folded[:end], set())
        return frozenset(found)


def read(title: str, text: str, places: Iterable[Place], lexicon: Lexicon) -> Facts:
    """Return the facts of a text; `places` are those located in title, line feed and text, or in the text alone."""
    whole = f"{title}\n{text}" if title else text
    certain = [p for p in places if p.confidence >= CERTAIN]
    words = quantities.words(whole)
    codes = [lexicon.codes(word) for word, _ in words]
    spans = [(p.start, p.end) for p in certain]
    named = {stem(w) for w, start in words if _is_name(w, whole, start) and not _inside(start, spans)}
    return Facts(
        regions=frozenset(p.region for p in certain),
        towns=frozenset(p.name for p in certain if p.level in ("settlement", "district")),
        numbers=frozenset(_counted([w for w, _ in words], codes)),
        concepts=frozenset(c for found in codes for c in found if not c.startswith(UNIT)),
        names=frozenset(named),
        stems=frozenset(
            stem(w) for w, start in words if len(w) >= STEM and w[0].isalpha() and not _inside(start, spans)
        ),
    )


def stem(word: str) -> str:
    """Return the first letters of a word in the spelling that Kazakh, Russian and Latin share."""
    return skeleton(word)[:STEM]


def _counted(words: list[str], codes: list[frozenset[str]]) -> Iterator[tuple[float, str]]:
    for value, start, end in quantities.find(words):
        if any(quantities.is_age(word) for word in words[start:end]):
            yield value, f"{UNIT}years"
            continue
        near = [c for found in codes[end : end + REACH] for c in sorted(found)]
        units = [c for c in near if c.startswith(UNIT)]
        code = (units or near or [""])[0]
        if code == f"{UNIT}money" or (value not in YEARS and value not in TELEPHONES):
            yield value, code


def _is_name(word: str, text: str, start: int) -> bool:
    """Tell whether a word has a capital that the beginning of a sentence does not explain.

    A first word that a mark follows at once is a call or a place: «Аксу! Из школы всех вывели».
    """
    if not word[0].isupper() or len(word) <= SHORT or word.isupper():
        return False
    first = not start or _ENDED.search(text[max(start - 3, 0) : start])
    return not first or text[start + len(word) : start + len(word) + 1] in (",", "!", ".", ":")


def _inside(start: int, spans: Iterable[tuple[int, int]]) -> bool:
    return any(a <= start < b for a, b in spans)
