"""Sets official figures beside each other without pretending that they form one series."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.declarations import Survey
from monitor.settings import Settings
from monitor.wording import Wording

MEASURES = ("trust", "reason", "evaluation", "administrative")


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A survey figure in the words of one language; `series` is empty when nothing may be compared with it."""

    id: str
    measure: str
    when: str
    who: str
    method: str
    body: str
    question: str
    scale: str
    answer: str
    value: str
    base: str
    source: str
    series: str
    region: str


def rows(settings: Settings, wording: Wording, *, measures: Sequence[str] = MEASURES) -> tuple[Row, ...]:
    """Return the figures by measure and time; inside one series the largest first."""
    shared = Counter(s.series for s in settings.surveys if s.series)
    chosen = [s for s in settings.surveys if s.measure in measures]
    chosen.sort(key=lambda s: (MEASURES.index(s.measure), s.when, s.series, s.value * (1 if places(s) else -1), s.id))
    bodies = {b.id: b.name for b in settings.bodies}
    code = wording.language.code
    return tuple(
        Row(
            id=s.id,
            measure=wording.say(f"measure_{s.measure}"),
            when=wording.when(s.when),
            who=s.who.get(code),
            method=s.method,
            body=bodies[s.target].get(code) if s.target in bodies else s.target,
            question=s.question.get(code),
            scale=s.scale.get(code),
            answer=s.answer.get(code),
            value=_value(s, wording),
            base=s.base,
            source=s.source,
            series=s.series if shared[s.series] > 1 else "",
            region=settings.region(s.region).name.get(code) if s.region else "",
        )
        for s in chosen
    )


def places(survey: Survey) -> bool:
    """Say whether a figure is a place, so that the least comes first."""
    return survey.unit == "place"


def series(settings: Settings) -> dict[str, tuple[Survey, ...]]:
    """Return the figures that share question, scale and survey, by series; those alone are left out.

    ValueError when figures under one series differ in their measure, scale or unit: they must not be drawn together.
    """
    found: dict[str, tuple[Survey, ...]] = {}
    for survey in settings.surveys:
        if survey.series:
            found[survey.series] = (*found.get(survey.series, ()), survey)
    for name, members in found.items():
        if len({(s.measure, s.scale, s.unit) for s in members}) > 1:
            raise ValueError(f"series {name}: its figures differ in measure, scale or unit; give them different series")
    return {name: members for name, members in found.items() if len(members) > 1}


def _value(survey: Survey, wording: Wording) -> str:
    """Write a value with as many digits as its source gives."""
    digits = len(f"{survey.value:g}".partition(".")[2])
    if survey.unit == "%":
        return wording.percent(survey.value / 100, digits)
    return wording.number(survey.value, digits)
