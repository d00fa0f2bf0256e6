"""Sets the order of things in the media beside their order in a survey: bodies, regions, reasons.

Levels cannot be compared: a survey asks people, the index reads texts. Orders can. Their likeness is Spearman's rank
correlation. Its interval tells what other stories of the same time would have given: whole stories are drawn again with
all that they say (bootstrap; Efron and Tibshirani 1993), while the figures of a survey are taken as they are, since
their samples are not stated. Its p is exact: the share of all orders that agree or disagree as much (of RANDOM random
ones where there are more than MANY things). With three things no order is improbable, so p is at least 1/3 there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

from monitor.records import Judged
from monitor.spotcheck import wilson
from monitor.weeks import period_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DRAWS = 1000  # the ends of an interval then differ between seeds by about 0.02
LEVEL = 0.9
LEAST = 3  # things without which there is no order to speak of
MANY, RANDOM = 7, 9999
SEED = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranked:
    """One thing in both orders: the survey's value, and the media's with its interval of probability 0.9.

    Of bodies and regions `media` is the net stance in -1..1, of reasons the share of stories that give a reason.
    `stories` are those behind it; a share has Wilson's interval. `survey` is None for a reason that the survey does
    not know.
    """

    name: str
    survey: float | None
    media: float
    low: float
    high: float
    stories: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranking:
    """A series of a survey and a half-year of the media: `rho` between their orders, its interval and exact p.

    `of` is bodies, regions or reasons; `things` stand in the order of the survey. `rho` is None with fewer than LEAST
    things that both know, or where all are alike. `same_time`: the survey was made in this half-year.
    """

    series: str
    of: str
    body: str
    period: str
    same_time: bool
    things: tuple[Ranked, ...]
    rho: float | None
    low: float | None
    high: float | None
    p: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Voices:
    """What stories say of things: rows of part and whole for each thing [stories, things, 2]; a value is part / whole.

    Equal stories are one row with their number in `times`.
    """

    names: tuple[str, ...]
    said: Floats
    times: Floats


def stances(judged: Iterable[Judged], dimension: str, names: Sequence[str], body: str = "") -> dict[str, Voices]:
    """Return by half-year what stories say of bodies or regions: the mean stance of a story's posts is its voice.

    Regions: the stance toward `body`. Posts of official sources and without a stance do not count.
    """
    place = {name: n for n, name in enumerate(names)}
    found: dict[tuple[str, str], dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for post in judged:
        for name in () if post.official else post.bodies if dimension == "bodies" else post.regions:
            stance = toward(post, name if dimension == "bodies" else body)
            if name in place and stance is not None:
                found[period_of(post.published, "half"), post.story][place[name]].append(stance)
    rows: dict[str, list[tuple[tuple[float, float], ...]]] = defaultdict(list)
    for (period, _), own in found.items():
        told = [own.get(n, []) for n in range(len(names))]
        rows[period].append(tuple((sum(t) / len(t), 1.0) if t else (0.0, 0.0) for t in told))
    return {period: _voices(names, own) for period, own in sorted(rows.items())}


def reasons(judged: Iterable[Judged], answers: Mapping[str, frozenset[str]], body: str) -> dict[str, Voices]:
    """Return by half-year which answers stories give for a negative stance toward `body`; all with any reason count.

    `answers` are the codes that each stands for. A story gives an answer when a post of it does.
    """
    names = tuple(answers)
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for post in judged:
        if not post.official and toward(post, body) == -1:
            found[period_of(post.published, "half"), post.story] |= set(post.reasons)
    rows: dict[str, list[tuple[tuple[float, float], ...]]] = defaultdict(list)
    for (period, _), codes in found.items():
        if codes:
            rows[period].append(tuple((float(bool(codes & answers[name])), 1.0) for name in names))
    return {period: _voices(names, own) for period, own in sorted(rows.items())}


def toward(post: Judged, body: str) -> int | None:
    """Return the stance of a post toward a body it names: -1, 0, 1, or None."""
    if body and body not in post.bodies:
        return None
    own = dict(post.stances)
    stance = own.get(body, post.sentiment)
    return {"negative": -1, "neutral": 0, "positive": 1}.get(stance or "")


def ranking(
    voices: Voices, survey: Mapping[str, float], *, series: str, of: str, period: str, when: str, body: str = "",
    k: int = 1,
    rising: bool = False,
) -> Ranking:  # fmt: skip
    """Set the order of `survey` beside that of `voices`; things with fewer than `k` stories are left out.

    `rising`: the survey gives places, so that its least value comes first.
    """
    import numpy as np

    whole = (voices.said[:, :, 1] * voices.times[:, None]).sum(0)
    kept = [n for n in range(len(voices.names)) if whole[n] >= max(k, 1)]
    value = _values(voices.said[:, kept], voices.times[None])[0]
    drawn = _values(voices.said[:, kept], _drawn(voices.times))
    ends = np.nanquantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0) if kept else np.zeros((2, 0))
    if of == "reasons":  # shares of stories; where no story gives a reason, neither does a resample
        ends = np.array([wilson(v, float(whole[n])) for v, n in zip(value, kept, strict=True)]).reshape(-1, 2).T
    things = [
        Ranked(name=voices.names[n], survey=survey.get(voices.names[n]), media=float(value[i]), low=float(ends[0, i]),
               high=float(ends[1, i]), stories=int(whole[n]))
        for i, n in enumerate(kept)
    ]  # fmt: skip
    both = [i for i, thing in enumerate(things) if thing.survey is not None]
    sign = -1.0 if rising else 1.0
    theirs = sign * np.array([things[i].survey for i in both], dtype=np.float64)
    rho = spearman(theirs, value[both]) if len(both) >= LEAST else None
    low = high = p = None
    if rho is not None:
        rhos = [r for row in drawn[:, both] if (r := spearman(theirs, row)) is not None]
        low, high = (float(x) for x in np.quantile(rhos, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]))
        p = exact(theirs, value[both])
    order = sorted(things, key=lambda t: (t.survey is None, -sign * (t.survey or 0.0), -t.media, t.name))
    return Ranking(series=series, of=of, body=body, period=period, same_time=period in halves(when),
                   things=tuple(order), rho=rho, low=low, high=high, p=p)  # fmt: skip


def spearman(one: Floats, other: Floats) -> float | None:
    """Return the rank correlation, ties at their middle rank; None where all values of a side are alike."""
    import numpy as np

    a, b = _ranks(one), _ranks(other)
    a, b = a - a.mean(), b - b.mean()
    length = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / length if length > 0 else None


def exact(one: Floats, other: Floats) -> float:
    """Return the two-sided p of a rank correlation under all orders, or under RANDOM ones of many things."""
    import numpy as np

    a, b = _ranks(one), _ranks(other)
    a, b = a - a.mean(), b - b.mean()
    if len(a) <= MANY:
        orders = b[np.array(list(permutations(range(len(b)))))]
        return float((np.abs(orders @ a) >= abs(a @ b) - 1e-9).mean())
    orders = np.random.default_rng(SEED).permuted(np.tile(b, (RANDOM, 1)), axis=1)
    return float((1 + (np.abs(orders @ a) >= abs(a @ b) - 1e-9).sum()) / (1 + RANDOM))


def halves(when: str) -> tuple[str, ...]:
    """Return the half-years that a survey's time touches: `2024-10/2024-11` is 2024-H2, `2019` both of its halves."""
    first, _, last = when.partition("/")
    last = last or first
    begin = int(first[:4]) * 2 + (int(first[5:7]) > 6 if len(first) > 4 else 0)
    finish = int(last[:4]) * 2 + (int(last[5:7]) > 6 if len(last) > 4 else 1)
    return tuple(f"{n // 2}-H{n % 2 + 1}" for n in range(begin, finish + 1))


def _voices(names: Sequence[str], rows: Sequence[tuple[tuple[float, float], ...]]) -> Voices:
    import numpy as np

    counted = sorted(Counter(rows).items())
    return Voices(
        names=tuple(names),
        said=np.array([row for row, _ in counted], dtype=np.float64).reshape(len(counted), len(names), 2),
        times=np.array([n for _, n in counted], dtype=np.float64),
    )


def _drawn(times: Floats) -> Floats:
    """Return how often each kind of story comes in each of DRAWS resamples."""
    import numpy as np

    size = int(times.sum())
    return np.random.default_rng(SEED).multinomial(size, times / size, size=DRAWS).astype(np.float64)


def _values(said: Floats, times: Floats) -> Floats:
    """Return part / whole [draws, things]; where a resample has no story of a thing, that of all of them."""
    import numpy as np

    part, whole = times @ said[:, :, 0], times @ said[:, :, 1]
    every = said[:, :, 0].sum(0) / np.maximum(said[:, :, 1].sum(0), 1e-12)
    return np.where(whole > 0, part / np.maximum(whole, 1e-12), every[None])


def _ranks(values: Floats) -> Floats:
    import numpy as np

    below = (values[None] < values[:, None] - 1e-12).sum(1)
    return np.asarray(below + (np.abs(values[None] - values[:, None]) <= 1e-12).sum(1) / 2, dtype=np.float64)
