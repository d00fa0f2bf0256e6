"""How far people agree who read the same posts: figures corrected for chance, each with its interval.

Items are posts with readings of two labellers or more. The figures of two labellers (Cohen's kappa, F1) are taken
over every pair of labellers; kappa is then the mean of the pairs, weighted by their items (Light 1971, Psychological
Bulletin 76:365-377). A figure that does not exist, because everybody always gave one and the same answer or because
too few items stand behind it, is None and never 1.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from monitor.records import SENTIMENTS

Floats = NDArray[np.float64]
RESAMPLES = 1000
LEVEL = 0.9  # of the percentile interval
FEWEST = 5  # items behind a figure: fewer give any value between -1 and 1
DEFINED = 0.9  # of the resamples must have the figure, or its interval would speak of another question


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What one labeller read in one post; `sentiment` and `reasons` say nothing unless it is `about` a body."""

    id: str
    language: str
    labeller: str
    about: bool
    sentiment: str | None
    reasons: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A value with its interval [`low`, `high`] of probability LEVEL; None is undefined. `n` are its items."""

    n: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """The figures of one language, of all when it is empty.

    about: kappa of yes and no. sentiment: kappa over items that both say are about a body. stance: kappa over all
    items, with "not about" as a fourth class. reasons: Krippendorff's alpha of the sets of reasons with MASI distance.
    f1: of the reasons, all codes together. The last two are over labellers who say that the item is about a body.
    """

    language: str
    items: int
    about: Figure
    sentiment: Figure
    stance: Figure
    reasons: Figure
    f1: Figure


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeFigures:
    """Agreement on one reason; `n` are the items where somebody gave it, `positive` is 2 both / (2 both + one)."""

    code: str
    n: int
    kappa: Figure
    positive: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Disagreement:
    """Two answers that were given to the same question, by how many pairs of labellers, and up to three items."""

    question: str
    one: str
    other: str
    n: int
    ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """All figures; `figures` begins with that of all languages, `pairs` are (labeller, labeller, items)."""

    items: int
    pairs: tuple[tuple[str, str, int], ...]
    figures: tuple[Figures, ...]
    codes: tuple[CodeFigures, ...]
    disagreements: tuple[Disagreement, ...]


@dataclass(slots=True)
class _Items:
    """Items in the order of their ids, and their pairs of readings as (item, pair of labellers, one, other)."""

    readings: list[list[Reading]]
    pairs: list[tuple[str, str]] = field(init=False)
    rows: list[tuple[int, int, Reading, Reading]] = field(init=False)

    def __post_init__(self) -> None:
        self.pairs = sorted({(a.labeller, b.labeller) for each in self.readings for a, b in combinations(each, 2)})
        place = {pair: n for n, pair in enumerate(self.pairs)}
        self.rows = [
            (item, place[a.labeller, b.labeller], a, b)
            for item, each in enumerate(self.readings)
            for a, b in combinations(each, 2)
        ]

    def weights(self, seed: int) -> Floats:
        """Return how often each item counts: once in the first row, then as resamples of the items draw it."""
        size = len(self.readings)
        drawn = np.random.default_rng(seed).multinomial(size, np.full(size, 1 / size), size=RESAMPLES)
        return np.vstack([np.ones(size), drawn])


def measure(readings: Iterable[Reading], *, seed: int = 1) -> Agreement:
    """Return how far the labellers agree, the same for any order of `readings`.

    Items with one reading are left out. Raises ValueError for two readings of one item by one labeller.
    """
    everything = _together(readings)
    languages = sorted({each[0].language for each in everything})
    groups = [("", everything), *((x, [each for each in everything if each[0].language == x]) for x in languages)]
    whole = _Items(everything)
    counts = [sum(pair == n for _, pair, _, _ in whole.rows) for n in range(len(whole.pairs))]
    return Agreement(
        items=len(everything),
        pairs=tuple((*pair, n) for pair, n in zip(whole.pairs, counts, strict=True)),
        figures=tuple(_figures(language, _Items(group), seed) for language, group in groups if group),
        codes=tuple(_codes(whole, seed)),
        disagreements=disagreements(whole.rows),
    )


def masi(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the MASI distance of two sets in 0..1: 1 - Jaccard x monotonicity (Passonneau 2006, LREC)."""
    if one == other:
        return 0.0
    common = one & other
    monotonic = 2 / 3 if common in (one, other) else 1 / 3
    return 1 - monotonic * len(common) / len(one | other)


def kappa(tables: Floats) -> Floats:
    """Return Cohen's kappa of contingency tables [n, K, K], nan where all is one class or nothing."""
    total = tables.sum((1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        observed = np.trace(tables, axis1=1, axis2=2) / total
        chance = (tables.sum(2) * tables.sum(1)).sum(1) / total**2
        return np.where(1 - chance > 1e-12, (observed - chance) / (1 - chance), np.nan)


def alpha(counts: Floats, distances: Floats, weights: Floats) -> Floats:
    """Return Krippendorff's alpha for each row of `weights` [n, items], nan where nothing could differ.

    counts: how often each item was given each value [items, values]; distances: of values [values, values]. Items
    with one value only say nothing and are left out (Krippendorff 2011, Computing Krippendorff's Alpha-Reliability).
    """
    counts = np.where(counts.sum(1, keepdims=True) > 1, counts, 0)
    sizes = counts.sum(1)
    within = ((counts @ distances) * counts).sum(1) / np.maximum(sizes - 1, 1)
    totals = weights @ counts
    expected = ((totals @ distances) * totals).sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(expected > 1e-12, 1 - (weights @ within) * (weights @ sizes - 1) / expected, np.nan)


def disagreements(rows: Iterable[tuple[int, int, Reading, Reading]]) -> tuple[Disagreement, ...]:
    """Return the ten most frequent differences between two readings of one item, the most frequent first."""
    found: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for _, _, a, b in rows:
        for difference in _differences(a, b):
            found[difference].append(a.id)
    most = sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))[:10]
    return tuple(
        Disagreement(question=q, one=one, other=other, n=len(ids), ids=tuple(sorted(set(ids))[:3]))
        for (q, one, other), ids in most
    )


def _together(readings: Iterable[Reading]) -> list[list[Reading]]:
    """Return the readings of each item that has two or more, ordered by id and by labeller."""
    items: dict[str, dict[str, Reading]] = defaultdict(dict)
    for reading in readings:
        if items[reading.id].setdefault(reading.labeller, reading) is not reading:
            raise ValueError(f"{reading.labeller} has two readings of {reading.id}")
    return [[of[who] for who in sorted(of)] for _, of in sorted(items.items()) if len(of) > 1]


def _figures(language: str, items: _Items, seed: int) -> Figures:
    weights = items.weights(seed)
    return Figures(
        language=language,
        items=len(items.readings),
        about=_kappa(items, weights, [(int(a.about), int(b.about)) for _, _, a, b in items.rows], 2),
        sentiment=_kappa(items, weights, [_sides(a, b, apart=False) for _, _, a, b in items.rows], 3),
        stance=_kappa(items, weights, [_sides(a, b, apart=True) for _, _, a, b in items.rows], 4),
        reasons=_alpha(items, weights),
        f1=_f1(items, weights),
    )


def _codes(items: _Items, seed: int) -> Iterator[CodeFigures]:
    """Yield the figures of each reason that somebody gave, over items that both say are about a body."""
    weights = items.weights(seed) if items.rows else np.empty(0)
    for code in sorted({c for _, _, a, b in items.rows if a.about and b.about for c in a.reasons | b.reasons}):
        pairs = [
            (int(code in a.reasons), int(code in b.reasons)) if a.about and b.about else None
            for _, _, a, b in items.rows
        ]
        both, given = pairs.count((1, 1)), sum(map(sum, filter(None, pairs)))
        n = len({row[0] for row, pair in zip(items.rows, pairs, strict=True) if pair and any(pair)})
        positive = 2 * both / given if n >= FEWEST else None
        yield CodeFigures(code=code, n=n, kappa=_kappa(items, weights, pairs, 2), positive=positive)


def _sides(one: Reading, other: Reading, *, apart: bool) -> tuple[int, int] | None:
    """Return the classes of a pair, None when a side has none; `apart` makes a class of what is not about a body."""
    classes = []
    for reading in (one, other):
        if reading.about and reading.sentiment is not None:
            classes.append(SENTIMENTS.index(reading.sentiment))
        elif apart and not reading.about:
            classes.append(len(SENTIMENTS))
        else:
            return None
    return classes[0], classes[1]


def _kappa(items: _Items, weights: Floats, classes: Sequence[tuple[int, int] | None], size: int) -> Figure:
    """Return the mean kappa of the pairs of labellers; `classes` belong to the rows of `items`."""
    tables = np.zeros((len(items.pairs), len(items.readings), size * size))
    for (item, pair, _, _), given in zip(items.rows, classes, strict=True):
        if given:
            tables[pair, item, given[0] * size + given[1]] += 1
    above, below = np.zeros(len(weights)), np.zeros(len(weights))
    for table in tables:
        cells = weights @ table
        values, n = kappa(cells.reshape(-1, size, size)), cells.sum(1)
        above += np.where(np.isnan(values), 0, values * n)
        below += np.where(np.isnan(values), 0, n)
    with np.errstate(invalid="ignore"):
        return _figure(above / below, int(tables.any((0, 2)).sum()))


def _alpha(items: _Items, weights: Floats) -> Figure:
    sets = sorted({r.reasons for each in items.readings for r in each if r.about}, key=sorted)
    place = {value: n for n, value in enumerate(sets)}
    counts = np.zeros((len(items.readings), len(sets)))
    for item, each in enumerate(items.readings):
        for reading in each:
            if reading.about:
                counts[item, place[reading.reasons]] += 1
    distances = np.array([[masi(a, b) for b in sets] for a in sets]).reshape(len(sets), len(sets))
    return _figure(alpha(counts, distances, weights), int((counts.sum(1) > 1).sum()))


def _f1(items: _Items, weights: Floats) -> Figure:
    both, given, there = (np.zeros(len(items.readings)) for _ in range(3))
    for item, _, a, b in items.rows:
        if a.about and b.about:
            both[item] += 2 * len(a.reasons & b.reasons)
            given[item] += len(a.reasons) + len(b.reasons)
            there[item] = 1
    with np.errstate(invalid="ignore"):
        return _figure((weights @ both) / (weights @ given), int(there.sum()))


def _figure(values: Floats, n: int) -> Figure:
    """Return the figure whose value stands first, before those of the resamples."""
    if n < FEWEST or np.isnan(values[0]):
        return Figure(n=n, value=None, low=None, high=None)
    defined = values[1:][~np.isnan(values[1:])]
    if len(defined) < DEFINED * RESAMPLES:
        return Figure(n=n, value=float(values[0]), low=None, high=None)
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Figure(n=n, value=float(values[0]), low=float(low), high=float(high))


def _differences(a: Reading, b: Reading) -> Iterator[tuple[str, str, str]]:
    if a.about != b.about:
        yield "about", "yes", "no"
    if not (a.about and b.about):
        return
    if a.sentiment and b.sentiment and a.sentiment != b.sentiment:
        first, second = sorted((a.sentiment, b.sentiment), key=SENTIMENTS.index)
        yield "sentiment", first, second
    one, other = a.reasons - b.reasons, b.reasons - a.reasons
    if one and other:
        yield from (("reason", min(x, y), max(x, y)) for x in one for y in other)
    else:
        yield from (("reason", x, "none") for x in one | other)
