"""Fetches what stands beside surveys: the index by half-year, the orders of bodies, regions and reasons. A door.

A series of figures is compared where it asks one question about several bodies, about one body in several regions, or
for the reasons; figures of different questions never are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor import grounds, rankings, surveys
from monitor.coordination import once
from monitor.declarations import Survey
from monitor.rankings import Ranking
from monitor.records import Cell, Judged
from monitor.settings import Settings

if TYPE_CHECKING:
    from monitor.store import Store


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """The media beside the surveys: `index` has a cell for each body that surveys ask about and half-year."""

    index: tuple[Cell, ...]
    rankings: tuple[Ranking, ...]

    def of(self, survey: Survey) -> tuple[Cell, ...]:
        """Return the index of the body of a figure in the half-years in which it was asked; none of a region."""
        asked = rankings.halves(survey.when)
        return tuple(c for c in self.index if c.body == survey.target and c.week in asked and not survey.region)


def beside(settings: Settings, store: Store) -> Beside:
    """Return what this installation knows of the half-years that it has posts of."""
    targets = {s.target for s in settings.surveys}
    cells = grounds.cells(settings, store, by=("week", "body"), fold="half")
    judged = once(store.judged())
    return Beside(
        index=tuple(c for c in cells if c.body in targets),
        rankings=tuple(r for members in surveys.series(settings).values() for r in _ranked(settings, judged, members)),
    )


def answers(settings: Settings, members: Sequence[Survey]) -> dict[str, frozenset[str]]:
    """Return the codes that each answer of a series stands for: the codebook rolled up as the survey asks.

    Negative reasons that are in none of its answers stand for themselves, so that what a survey does not ask is seen.
    """
    asked = {s.reason for s in members}
    found: dict[str, set[str]] = {name: set() for name in sorted(asked)}
    for reason in settings.reasons:
        if reason.polarity == "negative":
            names = asked & {reason.deputy_reason, reason.bureau_answer} or {reason.code}
            for name in names:
                found.setdefault(name, set()).add(reason.code)
    return {name: frozenset(codes) for name, codes in found.items()}


def _ranked(settings: Settings, judged: Sequence[Judged], members: Sequence[Survey]) -> Iterator[Ranking]:
    first, k = members[0], settings.senim.privacy.min_posts
    regions = {s.region: s.value for s in members if s.region}
    bodies = {s.target: s.value for s in members if not s.region}
    reasons = {s.reason: s.value for s in members if s.reason}
    survey: Mapping[str, float]
    if first.measure == "reason":
        of, survey, body = "reasons", reasons, first.target
        voices = rankings.reasons(judged, answers(settings, members), body) if reasons else {}
    elif len(regions) == len(members) >= rankings.LEAST and len({s.target for s in members}) == 1:
        of, survey, body = "regions", regions, first.target
        voices = rankings.stances(judged, of, tuple(regions), body)
    else:
        of, survey, body = "bodies", bodies, ""
        voices = rankings.stances(judged, of, tuple(bodies)) if len(bodies) == len(members) >= rankings.LEAST else {}
    for period, said in voices.items():
        yield rankings.ranking(said, survey, series=first.series, of=of, period=period, when=first.when, body=body, k=k,
                               rising=surveys.places(first))  # fmt: skip
