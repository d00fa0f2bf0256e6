"""Tells how likely two texts are tellings of one event: from places, numbers, concepts, names and words.

A logistic law over what the two have in common and what contradicts. Texts that contradict each other firmly are never
of one event, whatever else they share: places in different regions, different sums of money, different numbers of two
kinds. It looks at these two texts alone, so that the answer never depends on what else has arrived.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.facts import UNIT, Facts

WINDOW = timedelta(days=4)  # between two tellings; news is retold within two days, essays on it within four
NEAR = 0.15  # large numbers that differ by less are the same: "about 120 million"
LARGE = 20.0  # from which a number may be rounded
RARE = 1000.0  # from which a number in common is hardly ever by chance, unless it is round
ROUND = (10_000.0, 100_000.0, 1_000_000.0, 1_000_000_000.0)
PREFIX = 4  # letters that names of different languages must share: Саина, Саин
MOST_NUMBERS, MOST_NAMES, MOST_OTHERS = 3.0, 4, 2  # more of them say no more
LEAST = 12.0  # weight of about three concepts: with fewer, to have all in common says little
MONEY, PEOPLE = f"{UNIT}money", f"{UNIT}people"


@dataclass(frozen=True, kw_only=True, slots=True)
class Telling:
    """One text that may be retold by others."""

    id: str
    published: datetime
    language: str
    facts: Facts


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """What two tellings have in common and what contradicts, each 0 for nothing."""

    town: float  # a settlement or district in common
    towns_apart: float  # both name some, none in common
    region: float
    share: float  # weight of the concepts in common, in all that both have
    numbers: float  # large numbers in common, whatever they count
    counted: float  # numbers in common that count the same thing, the larger the heavier
    people_apart: float
    others_apart: float  # kinds of other things that are counted differently
    names: float
    loose: float  # neither place nor large number nor name in common
    words: float  # beginnings of words in common, of those that the shorter one has
    days: float  # between them
    same_language: float

    @property
    def values(self) -> tuple[float, ...]:
        """The figures in the order of their names."""
        return tuple(float(getattr(self, name)) for name in self.__slots__)


# Learnt by tests/bench/fit_stories.py on 45,587 pairs, 296 of one event. The likeness of the vectors of
# models.embedding was among the figures and got no weight: places, numbers and concepts know it better.
WEIGHTS = {
    "town": 2.97,
    "towns_apart": -8.58,
    "region": 1.13,
    "share": 13.42,
    "numbers": 3.98,
    "counted": 2.3,
    "people_apart": -3.55,
    "others_apart": -3.52,
    "names": 1.43,
    "loose": -3.24,
    "words": 5.0,
    "days": -1.0,
    "same_language": -0.98,
}
BIAS = -7.41


def compare(one: Telling, other: Telling, weights: Mapping[str, float]) -> Comparison:
    """Set two tellings side by side; `weights` are those of the concepts."""
    a, b = one.facts, other.facts
    towns = beginnings(a.towns) & beginnings(b.towns)
    apart = _apart(a, b)
    numbers, names = telling_numbers(a) & telling_numbers(b), _met(a.names, b) + _met(b.names, a)
    return Comparison(
        town=float(bool(towns)),
        towns_apart=float(bool(a.towns and b.towns and not towns)),
        region=float(bool(a.regions & b.regions)),
        share=_share(a.concepts, b.concepts, weights),
        numbers=min(sum(weight(v) for v in numbers), MOST_NUMBERS),
        counted=min(sum(weight(v) for v, kind in a.numbers & b.numbers if kind), MOST_NUMBERS),
        people_apart=float(PEOPLE in apart),
        others_apart=float(min(len(apart - {MONEY, PEOPLE}), MOST_OTHERS)),
        names=float(min(names, MOST_NAMES)),
        loose=float(not (a.regions & b.regions or towns or numbers or names)),
        words=len(a.stems & b.stems) / max(1, min(len(a.stems), len(b.stems))),
        days=min(abs(one.published - other.published), WINDOW) / timedelta(days=1),
        same_language=float(one.language == other.language),
    )


def odds(comparison: Comparison) -> float:
    """Return the logarithm of the odds that the two tell one event; above 0 is more likely than not."""
    return BIAS + sum(w * value for w, value in zip(WEIGHTS.values(), comparison.values, strict=True))


def contradict(one: Facts, other: Facts) -> bool:
    """Tell whether two texts cannot tell one event, whatever they share."""
    elsewhere = bool(one.regions and other.regions and not one.regions & other.regions)
    if elsewhere and not telling_numbers(one) & telling_numbers(other):
        return True  # a text on heroin found at the border may name the town that it was bound for
    apart = _apart(one, other)
    # A long text counts many things: what is counted alike in both weighs up what is not.
    return MONEY in apart or len(apart) > 1 + len(one.numbers & other.numbers)


def weight(value: float) -> float:
    """Return what a number in common says: every second text has a two, few a 47, hardly any 1,800."""
    if value > LARGE:
        return 1.5 if value > RARE and value not in ROUND else 1.0
    return 0.5 if value > 3 else 0.25


def telling_numbers(facts: Facts) -> frozenset[float]:
    """Return the numbers that two texts hardly have in common by chance."""
    return frozenset(value for value, _ in facts.numbers if value > LARGE)


def beginnings(names: frozenset[str]) -> frozenset[str]:
    """Return the first letters by which names of towns and of their districts are the same."""
    return frozenset(name[:5] for name in names)


def _share(one: frozenset[str], other: frozenset[str], weights: Mapping[str, float]) -> float:
    common, a, b = (sum(weights.get(c, 1.0) for c in sorted(found)) for found in (one & other, one, other))
    return float(common / max(a * b, LEAST**2) ** 0.5)


def _apart(a: Facts, b: Facts) -> set[str]:
    """Return the kinds of things that both count and none of whose numbers the other one has."""
    found = set()
    values_a, values_b = _values(a), _values(b)
    for kind in {k for _, k in a.numbers} & {k for _, k in b.numbers} - {""}:
        mine, yours = ({v for v, k in facts.numbers if k == kind} for facts in (a, b))
        if not (_any_near(mine, values_b) or _any_near(yours, values_a)):
            found.add(kind)
    return found


def _any_near(some: set[float], others: set[float]) -> bool:
    return any(v == w or (min(v, w) > LARGE and abs(v - w) <= NEAR * max(v, w)) for v in some for w in others)


def _values(facts: Facts) -> set[float]:
    return {value for value, _ in facts.numbers}


def _met(names: frozenset[str], other: Facts) -> int:
    """Return how many names the other text has among its words, by their first letters."""
    known = {word[:PREFIX] for word in other.stems | other.names}
    return len({name[:PREFIX] for name in names} & known)
