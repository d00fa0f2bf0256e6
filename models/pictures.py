"""The pictures of the evaluation report, as Vega-Lite dictionaries; whoever calls draws them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Spec = dict[str, Any]
BLUE, ORANGE, GREY = "#2166ac", "#b35806", "#9ca3af"
SIDE = 300
_ENDS = ("value", "low", "high")
_SHARE = {"format": ".0%", "grid": True, "gridColor": "#e5e7eb", "tickCount": 5}
METHODS = {
    "majority": "majority", "cues": "keyword cues", "tfidf": "TF-IDF + regression", "fasttext_like": "fastText-like",
}  # fmt: skip
FIGURES = {"about_f1": "about, F1", "stance_macro_f1": "stance, macro-F1", "reasons_micro_f1": "reasons, micro-F1"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """One chart with its title and the line below the title; `name` is that of its file."""

    name: str
    title: str
    note: str
    spec: Spec


def pictures(found: Mapping[str, Any]) -> list[Picture]:
    """Return the pictures for which there are figures."""
    certainty = found["calibration"]
    made = []
    if certainty["stance"]["n"]:
        made.append(
            Picture(
                name="reliability", title="Reliability of stance", spec=_reliability(certainty["stance"]["bins"]),
                note="each point a fifteenth of the posts; on the line: as often right as said",
            )
        )  # fmt: skip
        made.append(
            Picture(
                name="risk", title="Mistakes among the surest answers",
                note="stance; answering only the surest part", spec=_risk(certainty["risk_coverage"]),
            )
        )  # fmt: skip
    if found.get("baselines"):
        made.append(
            Picture(
                name="baselines", title="The model beside simple methods",
                note="same training posts, same test; bars of 90 %", spec=_baselines(found),
            )
        )  # fmt: skip
    if found["robustness"]:
        made.append(
            Picture(
                name="robustness", title="The same posts, typed otherwise",
                note="difference to the posts as they were; bars of 90 %", spec=_robustness(found["robustness"]),
            )
        )  # fmt: skip
    return made


def _share(field: str, title: str, low: float = 0.0) -> Spec:
    return {
        "field": field, "type": "quantitative", "title": title, "axis": _SHARE, "scale": {"domain": [low, 1]},
    }  # fmt: skip


def _reliability(bins: list[dict[str, Any]]) -> Spec:
    diagonal = [{"confidence": v, "right": v} for v in (0.3, 1.0)]
    x, y = _share("confidence", "confidence", 0.3), _share("right", "share right")
    return {
        "width": SIDE, "height": SIDE,
        "layer": [
            {"data": {"values": diagonal}, "mark": {"type": "line", "color": GREY, "strokeDash": [4, 3]},
             "encoding": {"x": x, "y": y}},
            {"data": {"values": bins}, "mark": {"type": "line", "color": BLUE, "point": {"color": BLUE, "size": 40}},
             "encoding": {"x": x, "y": y}},
        ],
    }  # fmt: skip


def _risk(curve: Mapping[str, Any]) -> Spec:
    highest = max([0.1, *(p["risk"] for p in curve["curve"])])
    y = _share("risk", "share wrong") | {"scale": {"domain": [0, highest], "nice": True}}
    return {
        "width": SIDE, "height": SIDE, "data": {"values": curve["curve"]},
        "mark": {"type": "line", "color": ORANGE, "point": {"color": ORANGE, "size": 30}},
        "encoding": {"x": _share("coverage", "share of posts answered"), "y": y},
    }  # fmt: skip


def _baselines(found: Mapping[str, Any]) -> Spec:
    methods = {"senim-mini": found["all"]} | found["baselines"]
    rows = [
        {
            "method": METHODS.get(method, method),
            "figure": said,
            **{k: figures[key][k] for k in _ENDS},
        }
        for method, figures in methods.items()
        for key, said in FIGURES.items()
        if "value" in figures[key]
    ]
    order = [METHODS.get(m, m) for m in methods]
    y = {"field": "method", "type": "nominal", "sort": order, "title": None}
    colour = {"condition": {"test": "datum.method == 'senim-mini'", "value": BLUE}, "value": GREY}
    return _dots(rows, y, _share("value", ""), "figure", list(FIGURES.values()), colour)


def _robustness(found: Mapping[str, Any]) -> Spec:
    rows = [
        {"kind": kind.replace("_", " "), "figure": said, **{k: figures[key][k] for k in _ENDS}}
        for kind, figures in found.items()
        for key, said in FIGURES.items()
        if "value" in figures[key]
    ]
    y = {"field": "kind", "type": "nominal", "sort": [k.replace("_", " ") for k in found], "title": None}
    axis = _SHARE | {"format": "+.0%", "tickCount": 5}
    x = {"field": "value", "type": "quantitative", "title": "", "axis": axis}
    return _dots(rows, y, x, "figure", list(FIGURES.values()), {"value": ORANGE})


def _dots(rows: list[Spec], y: Spec, x: Spec, column: str, order: list[str], colour: Spec) -> Spec:
    """Draw a dot with its interval for each row, one column of the picture for each figure."""
    encoding = {"y": y, "color": colour}
    return {
        "data": {"values": rows},
        "facet": {"column": {"field": column, "type": "nominal", "sort": order, "title": None}},
        "spec": {
            "width": 170, "height": {"step": 26},
            "layer": [
                {"mark": {"type": "rule", "strokeWidth": 2},
                 "encoding": encoding | {"x": x | {"field": "low"}, "x2": {"field": "high"}}},
                {"mark": {"type": "point", "filled": True, "size": 55, "opacity": 1}, "encoding": encoding | {"x": x}},
            ],
        },
    }  # fmt: skip
