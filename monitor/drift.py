"""Has what the model answers, or what it is given to read, changed? One week set beside the weeks before it.

Each share (about law enforcement, abstentions, each stance) and the mean confidence is compared in all posts, in each
language and in each source. Weeks differ more than chance lets posts differ, since they have their subjects; so the
error is that between the past weeks (one-way analysis of variance) wherever it is larger than that within them. From
twelve weeks it is poorly known; each figure borrows from all others (moderated t, Smyth 2004, Statistical Applications
in Genetics and Molecular Biology 3:3), as much as they are alike. Where few posts say yes the exact test of Fisher is
asked, too, and the larger p counts. All tests of a week are held to a false discovery rate together (Benjamini and
Hochberg 1995); in a week without any change that is the chance of a false warning. A warning also needs a change of
LEAST: with thousands of posts everything is significant. A story counts once in each cell, as reprints are no evidence.

Measured on invented weeks of 13 cells without a change: 1 of 60 warned, 4 of 60 where subjects wander.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from monitor.hierarchy import adjust

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PAST = 12  # weeks that this one is compared with
MIN_WEEKS = 6  # of them that must have enough posts
MIN_POSTS = 20  # stories that a cell needs in a week to be compared
LEVEL = 0.05  # false discovery rate over all tests of a week
LEAST = 0.05  # smallest change of a share that is worth a warning
LIVELY = 0.05  # unrest below it is no chance: with 6 weeks once in 700 figures, with 12 never
INTERVAL = 0.9  # probability of the interval of a change
SHARES = ("about", "abstained", "negative", "neutral", "positive")
CONFIDENCE, TEXTS = "confidence", "texts"
KINDS = ("all", "language", "source")
Place = tuple[str, str]  # kind and name of a cell


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a model answered to one post, without its words."""

    post: str
    week: str
    source: str
    language: str
    story: str
    about: bool
    sentiment: str | None
    abstained: bool
    confidence: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """One figure of one cell in a week beside the weeks before.

    `kind` is all, language or source; `figure` one of SHARES, confidence or texts. `n` stories of the week stand beside
    `past` of `weeks` weeks. `change` is `now` - `usual` with its interval of probability 0.9. Of texts, `now` and
    `usual` are distances (`distances`) without an interval. `warns`: q is below LEVEL and the change large enough.
    """

    kind: str
    name: str
    figure: str
    n: int
    past: int
    weeks: int
    now: float
    usual: float
    low: float | None
    high: float | None
    p: float
    q: float = 1.0
    warns: bool = False

    @property
    def change(self) -> float:
        """How much more it is than usual."""
        return self.now - self.usual


def places(answer: Answer) -> tuple[Place, ...]:
    """Return the cells that a post belongs to."""
    return ("all", ""), ("language", answer.language), ("source", answer.source)


def cells(answers: Iterable[Answer]) -> dict[Place, dict[str, list[Answer]]]:
    """Return the answers by cell and week, of each story the first alone, in the order of post ids."""
    found: dict[Place, dict[str, list[Answer]]] = defaultdict(lambda: defaultdict(list))
    seen: set[tuple[Place, str, str]] = set()
    for answer in sorted(answers, key=lambda a: (a.week, a.post)):
        for place in places(answer):
            key = (place, answer.week, answer.story)
            if key not in seen:
                seen.add(key)
                found[place][answer.week].append(answer)
    return found


def shifts(answers: Iterable[Answer], week: str) -> tuple[Shift, ...]:
    """Compare `week` with the weeks before it in `answers`, cell by cell; `judge` then says which changes warn."""
    found: list[_Moments] = []
    for place, by_week in sorted(cells(answers).items(), key=lambda pair: (KINDS.index(pair[0][0]), pair[0])):
        for figure in (*SHARES, CONFIDENCE):
            values = {w: _values(figure, own) for w, own in by_week.items() if w <= week}
            values = {w: own for w, own in values.items() if len(own) >= MIN_POSTS}
            now = values.pop(week, None)
            if now is not None and len(values) >= MIN_WEEKS:
                found.append(_moments(place, figure, now, list(values.values())))
    return _compared(found)


def judge(found: Sequence[Shift], *, level: float = LEVEL) -> tuple[Shift, ...]:
    """Return the comparisons of one week with their q over all of them, those that warn first."""
    if not found:
        return ()
    import numpy as np

    qs = map(float, adjust(np.array([s.p for s in found])))
    judged = [replace(s, q=q, warns=q <= level and _matters(s)) for s, q in zip(found, qs, strict=True)]
    return tuple(sorted(judged, key=lambda s: (not s.warns, s.q, s.p, KINDS.index(s.kind), s.name, s.figure)))


def _matters(shift: Shift) -> bool:
    return shift.figure == TEXTS or abs(shift.change) >= LEAST


def _values(figure: str, answers: Sequence[Answer]) -> list[float]:
    """Return the figure of each post that has it; stances are shares of the posts with a stance."""
    if figure == CONFIDENCE:
        return [a.confidence for a in answers]
    if figure == "about":
        return [float(a.about) for a in answers]
    about = [a for a in answers if a.about]
    if figure == "abstained":
        return [float(a.abstained) for a in about]
    return [float(a.sentiment == figure) for a in about if a.sentiment and not a.abstained]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Moments:
    """A figure of a week and of the weeks before: `unrest` is the error between them, in units of `error` within."""

    place: Place
    figure: str
    n: int
    past: int
    weeks: int
    now: float
    usual: float
    error: float
    unrest: float
    exact: float


def _moments(place: Place, figure: str, now: Sequence[float], past: Sequence[Sequence[float]]) -> _Moments:
    import numpy as np

    sizes = np.array([len(own) for own in past], dtype=np.float64)
    sums = np.array([sum(own) for own in past])
    squares = np.array([sum(v * v for v in own) for own in past])
    n, total, weeks = len(now), int(sizes.sum()), len(past)
    mean, usual, yes = sum(now) / n, float(sums.sum() / total), float(sums.sum())
    between = float((sizes * (sums / sizes - usual) ** 2).sum() / (weeks - 1))
    within = float((squares - sums**2 / sizes).sum() / (total - weeks))
    share = figure != CONFIDENCE
    error = max(within, _binomial(sum(now) + yes + 0.5, n + total + 1) if share else 1e-6)
    exact = fisher(round(sum(now)), n, round(yes), total) if share else 0.0
    return _Moments(
        place=place, figure=figure, n=n, past=total, weeks=weeks, now=mean, usual=usual, error=error,
        unrest=between / error, exact=exact,
    )  # fmt: skip


def _compared(found: Sequence[_Moments]) -> tuple[Shift, ...]:
    """Compare each figure with its past by Student's t, the error being moderated over all of them."""
    from scipy.special import stdtr, stdtrit

    free, level = common([(m.unrest, m.weeks - 1) for m in found])
    shown = []
    for m in found:
        freedom = min(free + m.weeks - 1, 1e6)
        unrest = level if free > 1e5 else (free * level + (m.weeks - 1) * m.unrest) / freedom
        error = (m.error * max(unrest, 1.0) * (1 / m.n + 1 / m.past)) ** 0.5
        p = max(2 * float(stdtr(freedom, -abs(m.now - m.usual) / error)), m.exact)
        reach = float(stdtrit(freedom, (1 + INTERVAL) / 2)) * error
        ends = {"low": m.now - m.usual - reach, "high": m.now - m.usual + reach}
        shown.append(Shift(kind=m.place[0], name=m.place[1], figure=m.figure, n=m.n, past=m.past, weeks=m.weeks,
                           now=m.now, usual=m.usual, p=min(p, 1.0), **ends))  # fmt: skip
    return tuple(shown)


def common(unrests: Sequence[tuple[float, int]]) -> tuple[float, float]:
    """Return degrees of freedom and level of the unrest that all figures share, from pairs of unrest and its own.

    The moments of its logarithm (Smyth 2004, section 6.2). Figures without any, such as shares that are always 0, tell
    nothing; without others nothing is shared: (0, 1).
    """
    import numpy as np
    from scipy.special import digamma, polygamma

    told = np.array([pair for pair in unrests if pair[0] > LIVELY], dtype=np.float64).reshape(-1, 2)
    if len(told) < 3:
        return 0.0, 1.0
    half = told[:, 1] / 2
    logs = np.log(told[:, 0]) - digamma(half) + np.log(half)
    spread = float(logs.var(ddof=1) - polygamma(1, half).mean())
    if spread <= 0:
        return 1e6, float(np.exp(logs.mean()))
    grid = np.geomspace(0.1, 1e6, 2000) / 2
    free = float(grid[np.abs(polygamma(1, grid) - spread).argmin()])
    return 2 * free, float(np.exp(logs.mean() + digamma(free) - np.log(free)))


def _binomial(yes: float, n: float) -> float:
    """Return the variance of a yes or no; half a yes more keeps it above 0."""
    share = float(yes) / n
    return share * (1 - share)


def fisher(yes: int, n: int, past_yes: int, past: int) -> float:
    """Return the exact p that both samples have one share: twice the smaller tail of the hypergeometric law."""
    from scipy.stats import hypergeom

    law = hypergeom(n + past, yes + past_yes, n)
    return min(1.0, 2 * float(min(law.cdf(yes), law.sf(yes - 1))))
