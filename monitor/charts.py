"""Draws figures as Vega-Lite specifications: the same one goes into the dashboard, the mail (PNG) and the PDF (SVG).

A specification is a plain dictionary; Altair checks it and vl-convert draws it, without a browser. Colours are orange
for worse and blue for better, told apart with every common colour blindness (the ends of ColorBrewer's PuOr and RdBu);
grey means that too few posts stand behind a figure. Sizes are for a mail of 600 pixels. The map is in `maps`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from monitor.records import Cell
from monitor.weeks import between, monday
from monitor.wording import Wording

Spec = dict[str, Any]

WIDTH = 560  # 600 pixels less the margins of the mail
WORSE, BETTER, MIDDLE, GREY = "#b35806", "#2166ac", "#f7f7f7", "#c4c4c4"
STRONG = {"negative": WORSE, "positive": BETTER}
PALE = {"negative": "#f1a340", "positive": "#92c5de"}
INK, FAINT, GRID = "#1f2328", "#6b7280", "#e5e7eb"
FONT = "Senim Sans, Noto Sans, DejaVu Sans, Arial, sans-serif"  # Liberation Sans, the usual one, lacks ә ғ қ ң ө ұ ү һ


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """A reason in the bar chart: posts that judge with it (`said`) and that only report it (`reported`)."""

    name: str
    said: int
    reported: int


def index(cells: Sequence[Cell], wording: Wording) -> Spec:
    """Draw the balance by week with its band of 90 %; withheld and missing weeks are gaps, not guesses.

    `cells` are of one region, language, body and reason, one for each week, in any order; none gives an empty chart.
    """
    by_week = {c.week: c for c in cells}
    weeks = between(min(by_week), max(by_week)) if by_week else ()
    rows = [_week_row(w, by_week.get(w), wording) for w in weeks]
    known = [r for r in rows if r["net"] is not None]
    domain = [min([-20, *(r["low"] - 5 for r in known)]), max([20, *(r["high"] + 5 for r in known)])]
    x = {"field": "day", "type": "temporal", "title": None, "scale": {"type": "utc", "padding": 12}}
    x["axis"] = _time_axis(wording, len(rows))
    sign = "datum.value == 0 ? '0' : format(datum.value, '+d')"
    axis = {"title": None, "labelExpr": sign, "tickCount": 6, "gridColor": GRID, "domain": False, "ticks": False}
    y = {"field": "net", "type": "quantitative", "axis": axis, "scale": {"domain": domain, "nice": True}}
    gaps = "break-paths-filter-domains"
    tooltip = [{"field": "said", "title": wording.say("balance")}, {"field": "week", "title": " "}]
    layers: list[Spec] = [
        {
            "mark": {"type": "area", "color": BETTER, "opacity": 0.18, "invalid": gaps},
            "encoding": {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}},
        },
        {
            "data": {"values": [{"zero": 0}]},
            "mark": {"type": "rule", "color": FAINT, "strokeDash": [4, 3]},
            "encoding": {"y": {"field": "zero", "type": "quantitative"}},
        },
        {
            "mark": {"type": "line", "color": BETTER, "strokeWidth": 2.5, "invalid": gaps},
            "encoding": {"x": x, "y": y},
        },
        {
            "mark": {"type": "point", "color": BETTER, "filled": True, "size": 36, "opacity": 1},
            "encoding": {"x": x, "y": y, "tooltip": tooltip},
        },
        {
            "data": {"values": known[-1:]},
            "mark": {"type": "text", "align": "left", "dx": 10, "fontSize": 16, "fontWeight": "bold"},
            "encoding": {"x": x, "y": y, "text": {"field": "short"}, "color": {"value": INK}},
        },
    ]
    chart = {"data": {"values": rows}, "layer": layers, "width": WIDTH - 60, "height": 220}
    return finish(chart, wording.say("chart_index_title"), wording.say("chart_index_note"))


def _week_row(week: str, cell: Cell | None, wording: Wording) -> dict[str, Any]:
    row: dict[str, Any] = {"day": monday(week).isoformat(), "week": wording.week(week)}
    if cell is None or cell.net is None or cell.low is None or cell.high is None:
        return row | {"net": None, "low": None, "high": None, "short": "", "said": ""}
    net, low, high = (wording.signed(x) for x in (cell.net, cell.low, cell.high))
    figures = {"net": round(cell.net * 100, 1), "low": round(cell.low * 100, 1), "high": round(cell.high * 100, 1)}
    return row | figures | {"short": net, "said": f"{net} ({low} … {high})"}


def _time_axis(wording: Wording, weeks: int) -> Spec:
    """Label days in words of the language: Vega knows English months only."""
    months = "[" + ",".join(f"'{m}'" for m in wording.language.months) + "]"
    return {
        "labelExpr": f"utcdate(datum.value) + ' ' + {months}[utcmonth(datum.value)]",
        "tickCount": min(max(weeks, 1), 6),
        "labelOverlap": True,
        "grid": False,
    }


def reasons(bars: Sequence[Bar], wording: Wording, polarity: str = "negative") -> Spec:
    """Draw reasons as bars, in the order given: judged posts in the strong colour, mere reports in the pale one."""
    said, reported = wording.say("said"), wording.say("reported")
    rows = [
        {"name": b.name, "kind": kind, "order": n, "posts": posts}
        for b in bars
        for n, (kind, posts) in enumerate(((said, b.said), (reported, b.reported)))
    ]
    totals = [
        {"name": b.name, "total": b.said + b.reported, "label": wording.number(b.said + b.reported)} for b in bars
    ]
    most = max((b.said + b.reported for b in bars), default=1) or 1
    axis = {"labelLimit": 340, "domain": False, "ticks": False, "labelPadding": 8}
    y = {"field": "name", "type": "nominal", "sort": [b.name for b in bars], "title": None, "axis": axis}
    x = {"type": "quantitative", "axis": None, "scale": {"domain": [0, most * 1.12]}}
    colour = {
        "field": "kind",
        "type": "nominal",
        "scale": {"domain": [said, reported], "range": [STRONG[polarity], PALE[polarity]]},
        "legend": {"title": None, "orient": "top", "symbolType": "square", "labelFontSize": 13},
    }
    layers: list[Spec] = [
        {
            "data": {"values": rows},
            "mark": {"type": "bar", "height": {"band": 0.7}},
            "encoding": {
                "y": y, "x": x | {"field": "posts", "stack": "zero"}, "color": colour, "order": {"field": "order"},
                "tooltip": [{"field": f, "title": " "} for f in ("name", "kind", "posts")],
            },
        },
        {
            "data": {"values": totals},
            "mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 12, "color": INK},
            "encoding": {"y": y, "x": x | {"field": "total"}, "text": {"field": "label"}},
        },
    ]  # fmt: skip
    chart = {
        "layer": layers,
        "width": WIDTH + 40,
        "height": {"step": 24},
        "autosize": {"type": "fit-x", "contains": "padding"},
    }
    return finish(chart, wording.say("chart_reasons_title"))


def finish(chart: Spec, title: str, note: str = "") -> Spec:
    """Give a chart its title, note and fonts, and have Altair check it: a slip must fail here, not draw nothing."""
    import altair as alt

    heading = {"text": title, "subtitle": note, "anchor": "start", "fontSize": 15, "subtitleFontSize": 12, "offset": 10}
    config = {
        "font": FONT,
        "padding": 8,
        "view": {"stroke": None},
        "axis": {"labelColor": INK, "labelFontSize": 12},
        "title": {"color": INK, "subtitleColor": FAINT, "fontWeight": "bold"},
    }
    schema = "https://vega.github.io/schema/vega-lite/v6.json"
    spec: Spec = {"$schema": schema, "background": "white", "title": heading, "config": config} | chart
    alt.Chart.from_dict(spec, validate=True)
    return spec


def png(spec: Spec, scale: float = 2.0) -> bytes:
    """Draw a specification as PNG, twice as dense as the screen unless told otherwise."""
    return bytes(_converter().vegalite_to_png(spec, scale=scale))


def svg(spec: Spec) -> str:
    """Draw a specification as SVG text."""
    return str(_converter().vegalite_to_svg(spec))


@lru_cache(maxsize=1)
def _converter() -> Any:  # noqa: ANN401 - an extension module without types
    """Import vl-convert and show it our font: a bare server has none, or one without the Kazakh letters."""
    import vl_convert

    vl_convert.register_font_directory(str(Path(__file__).with_name("fonts")))
    return vl_convert
