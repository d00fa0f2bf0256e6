"""Draws the charts of the first page, each once for the figures it shows: a wide one, and a narrow one for phones.

Drawing is the slowest part of the page (0.2 s a chart, measured on two cores), and most changes of the database
leave most charts as they were.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from monitor import charts, maps
from monitor.charts import Bar, Spec
from monitor.digest import Digest
from monitor.records import Cell
from monitor.settings import Settings
from monitor.wording import Wording

NARROW = {"index": 280, "negative": 330, "positive": 330}  # pixels on a phone of 360, margins and axis left out
SEA = "#eef2f6"  # behind the map: regions near zero are almost white
MOST = 64  # charts remembered: three languages of the five weeks that people look at


class Drawings:
    """The charts of one installation."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.wordings: dict[str, Wording] = {language.code: Wording(language) for language in settings.languages}
        outlines = settings.config / "outlines.json"
        self.outlines: dict[str, Any] | None = json.loads(outlines.read_text("utf-8")) if outlines.is_file() else None
        self._index: Callable[..., Markup] = lru_cache(MOST)(self._draw_index)
        self._map: Callable[..., Markup] = lru_cache(MOST)(self._draw_map)
        self._reasons: Callable[..., Markup] = lru_cache(MOST)(self._draw_reasons)

    def of(self, found: Digest, language: str) -> dict[str, str]:
        """Return the charts index, map, negative and positive; those that would show nothing are empty."""
        drawn = dict.fromkeys(("index", "map", "negative", "positive"), "")
        if any(cell.net is not None for cell in found.index):
            drawn["index"] = self._index(found.index, language)
        cells = tuple(change.cell for change in found.regions)
        if self.outlines and any(cell.net is not None for cell in cells):
            drawn["map"] = self._map(cells, language)
        for polarity in ("negative", "positive"):
            bars = tuple(
                Bar(name=self.settings.reason(r.code).name.get(language), said=r.said, reported=r.reported)
                for r in found.reasons
                if r.polarity == polarity and r.said is not None and r.reported is not None
            )
            if bars:
                drawn[polarity] = self._reasons(bars, language, polarity)
        return drawn

    def _draw_index(self, cells: tuple[Cell, ...], language: str) -> Markup:
        wording = self.wordings[language]
        return _both("index", charts.index(cells, wording), wording.say("chart_index_title"))

    def _draw_map(self, cells: tuple[Cell, ...], language: str) -> Markup:
        wording = self.wordings[language]
        by_region = {cell.region: cell for cell in cells}
        small = self.settings.senim.privacy.min_posts
        spec = maps.regions(by_region, self.outlines or {}, self.settings.regions, wording, small)
        return _both("map", spec | {"background": SEA}, wording.say("chart_map_title"))

    def _draw_reasons(self, bars: tuple[Bar, ...], language: str, polarity: str) -> Markup:
        wording = self.wordings[language]
        label = wording.say("said_critical" if polarity == "negative" else "said_praise")
        return _both(polarity, charts.reasons(bars, wording, polarity), label)


def _both(kind: str, spec: Spec, label: str) -> Markup:
    """Return a chart in its widths, without the title that the page has as a heading."""
    title = spec.get("title", {})
    bare = {key: value for key, value in spec.items() if key != "title"}
    wide = _picture(charts.svg(bare), label, "desk" if kind in NARROW else "any")
    note = Markup('<figcaption class="quiet">{}</figcaption>').format(title.get("subtitle", ""))
    if kind in NARROW:
        wide += _picture(charts.svg(bare | {"width": NARROW[kind]}), label, "phone")
    return wide + note


def _picture(svg: str, label: str, screen: str) -> Markup:
    """Return a drawn chart as a picture with a name for those who do not see it; vl-convert has escaped its words."""
    head = Markup('<svg role="img" aria-label="{}" data-for="{}" ').format(label, screen)
    return head + Markup(svg.removeprefix("<svg "))
