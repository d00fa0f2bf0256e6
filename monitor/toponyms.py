"""How the name of a place looks inside a sentence: Russian and Kazakh cases, adjectives, names of residents.

Everything is compared by `kazakh.skeleton`, so that a name with its Kazakh letters, without them and in Latin is
one key. A name is stored once as stem and set of endings; a word of a text is looked up by its possible stems.
No rule needs the stress or the gender, which the state classifier does not give.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from monitor.kazakh import skeleton

WORD = re.compile(r"[^\W\d_]+")
_VOWELS = "аеёиоуыэюяәіөүұ"


def _endings(text: str) -> frozenset[str]:
    """Return space-parted endings as skeletons; "-" is the empty ending."""
    return frozenset("" if e == "-" else skeleton(e) for e in text.split())


_ADJECTIVE = _endings("ий ый ой ая яя ое ее ого его ому ему им ым ом ем ую юю ие ые их ых ими ыми")
_RESIDENT = _endings("ец ца цу цем це цы цев цам цами цах чане чан чанам чанами чанах чанин чанина чанка")
_WOMAN = _endings("а и е у ой ам ами ах")
_NOUN = {  # last letters of a Russian name -> letters to cut, endings
    "ово": (1, _endings("о а у ом е")),
    "ево": (1, _endings("о а у ом е")),
    "ино": (1, _endings("о а у ом е")),
    "ье": (1, _endings("е я ю ем")),
    "ое": (2, _ADJECTIVE),
    "ая": (2, _ADJECTIVE),
    "ый": (2, _ADJECTIVE),
    "ий": (2, _ADJECTIVE),
    "ов": (0, _endings("- а у ым ом е")),
    "ев": (0, _endings("- а у ым ом е")),
    "сары": (1, _endings("ы ах ам ами")),  # Кульсары
    "нды": (1, _endings("ы ах ам ами")),
    "а": (1, _endings("а ы и е у ой ою")),
    "я": (1, _endings("я и е ю ей")),
    "й": (1, _endings("й я ю ем е")),
    "ь": (1, _endings("ь и ью я ю ем е")),
}
_CONSONANT = _endings("- а у ом е")
_STILL = _endings("-")


def _kazakh() -> Iterator[str]:
    """Yield every chain of suffixes that a place name takes; a possessive is none: елорда, not its елордасы."""
    case = "ның нің дың дің тың тің ны ні ды ді ты ті ға ге қа ке да де та те дан ден тан тен нан нен мен бен пен"
    kinds = "дағы дегі тағы тегі лық лік дық дік тық тік"
    plural = "лар лер дар дер тар тер"
    yield from ("", *case.split())
    for kind in kinds.split():
        yield kind
        yield from (kind + c for c in case.split())
        for many in plural.split():
            yield kind + many
            yield from (kind + many + c for c in case.split())


KAZAKH = frozenset(skeleton(s) for s in _kazakh())
_KAZAKH_SK = KAZAKH | frozenset("и" + s for s in KAZAKH)  # Щучинскіде: a vowel eases a Russian end
_PLACE_CASE = tuple(_endings("да де та те дан ден тан тен дағы дегі тағы тегі"))


@dataclass(frozen=True, slots=True)
class Pattern:
    """One word of a name: `stem` and the `endings` it may carry, both as skeletons."""

    stem: str
    endings: frozenset[str]

    def fits(self, word: str) -> bool:
        """Say whether the skeleton `word` is a form of it."""
        return word.startswith(self.stem) and word[len(self.stem) :] in self.endings


def russian(word: str) -> Pattern:
    """Return a Russian noun, or a name that looks like one, in all cases."""
    low = word.lower()
    for tail in (low[-4:], low[-3:], low[-2:], low[-1:]):
        if tail in _NOUN and len(low) > len(tail) + 1:
            cut, endings = _NOUN[tail]
            return Pattern(skeleton(low[: len(low) - cut]), endings)
    return Pattern(skeleton(low), _STILL if low[-1:] in _VOWELS else _CONSONANT)


def kazakh(word: str) -> Pattern:
    """Return a Kazakh name, or any name with Kazakh suffixes."""
    stem = skeleton(word)
    return Pattern(stem, _KAZAKH_SK if stem.endswith("ск") else KAZAKH)


def adjective(word: str) -> Pattern:
    """Return a Russian adjective given in any gender of the nominative: Талгарский, Западная."""
    return Pattern(skeleton(word.lower()[:-2]), _ADJECTIVE)


def derived(town: str) -> Iterator[tuple[str, Pattern]]:
    """Yield ("adjective" | "resident", pattern) for the words made from a Russian town name.

    Алматы gives алматинский and алматинец, Темиртау темиртауский, Уральск уральский.
    """
    for base in dict.fromkeys(_bases(town.lower())):
        yield "adjective", Pattern(skeleton(base) + "ск", _ADJECTIVE)
        yield "resident", Pattern(skeleton(base), _RESIDENT)
        if base.endswith("ин"):
            yield "resident", Pattern(skeleton(base) + "к", _WOMAN)  # алматинка
        if base.endswith("у"):
            yield "resident", Pattern(skeleton(base) + "с", _RESIDENT)  # актаусцы


def _bases(low: str) -> Iterable[str]:
    """Return what stands before -ский; names of five letters and more are told apart by their end."""
    last = low[-1]
    if low.endswith("ск"):
        return (low[:-2],)
    if low.endswith("ный"):
        return (low[:-2] + "ен",)  # рудненский
    if low.endswith(("вка", "нка")):
        return (low[:-2],)
    if last in "аыоеё":
        return (low[:-1] + "ин", low + "н")
    if last == "и":
        return (low + "й", low + "н")
    return (low[:-1] if last == "ь" else low,)


def is_place_case(ending: str) -> bool:
    """Say whether a skeleton ending is the Kazakh locative or ablative, which persons seldom carry in news."""
    return ending.removeprefix("и").startswith(_PLACE_CASE)  # Шахтинскіде


@lru_cache(maxsize=200_000)
def key(word: str) -> str:
    """Return the skeleton of a word of a text, remembered."""
    return skeleton(word)
