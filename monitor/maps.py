"""Draws the 20 regions coloured by balance: shapes of regions, circles of cities, and every figure as a number too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from monitor.charts import GREY, INK, MIDDLE, WIDTH, Spec, finish
from monitor.declarations import Region
from monitor.records import Cell
from monitor.wording import Wording

WORSE, BETTER = "#e08214", "#4393c3"  # lighter than in the charts: dark figures stand on them, contrast 5.5 and 4.6
SCALE = 50  # points at which the colours are full: few regions go beyond
APART = 1.15  # degrees between a city and the label of the region around it: two lines of text at this size
GENERIC = ("облысы", "қаласы", "область", "город", "region", "city")


def regions(
    cells: Mapping[str, Cell], outlines: Mapping[str, Any], named: Sequence[Region], wording: Wording, small: int
) -> Spec:
    """Draw the map; regions with fewer than `small` posts have no figure and are grey.

    `cells` is by region code. `outlines` is a GeoJSON FeatureCollection whose features carry `code`; cities may be
    points or small polygons. Features of unknown code are left out.
    """
    known = {r.code: r for r in named}
    features: list[Spec] = []
    marks: list[dict[str, Any]] = []
    for feature in outlines["features"]:
        region = known.get(feature["properties"]["code"])
        if region is None:
            continue
        row = _row(region, cells.get(region.code), wording)
        lon, lat = _middle(feature["geometry"])
        marks.append({**row, "lon": lon, "lat": lat, "city": region.kind == "city"})
        if region.kind == "region":
            features.append({"type": "Feature", "geometry": _clockwise(feature["geometry"]), "properties": row})
    _spread(marks)
    chart = {
        "layer": [*_land(features, wording), *_labels(marks, wording)],
        "projection": {"type": "conicEqualArea", "parallels": [42, 54], "rotate": [-67, 0, 0]},
        "width": WIDTH + 16,
        "height": 340,
    }
    note = wording.say("chart_grey", k=small)
    return finish(chart, wording.say("chart_map_title"), note)


def _row(region: Region, cell: Cell | None, wording: Wording) -> dict[str, Any]:
    name = region.name.get(wording.language.code)
    net = cell.net if cell else None
    said = "" if net is None else wording.signed(net)
    return {
        "code": region.code,
        "name": name,
        "short": _short(name),
        "net": None if net is None else round(net * 100, 1),
        "said": said,
        "tip": f"{name}: {said or wording.say('chart_withheld')}",
    }


def _short(name: str) -> str:
    """Leave out "region" and "city" in three languages, and break a double name into two lines."""
    short = " ".join(w for w in name.split() if w.casefold() not in GENERIC)
    for whole in ("Қазақстан", "Kazakhstan"):
        short = short.replace(f" {whole}", f"\n{whole}")
    return short.replace("-", "-\n")


def _land(features: list[Spec], wording: Wording) -> list[Spec]:
    """Grey below, colours above: Vega leaves out shapes without a value instead of greying them."""
    known = [f for f in features if f["properties"]["net"] is not None]
    tip = {"field": "properties.tip", "title": " "}
    edge = {"type": "geoshape", "stroke": "white", "strokeWidth": 1}
    colour = _colour("properties.net", wording)
    return [
        {"data": {"values": features}, "mark": edge | {"fill": GREY}, "encoding": {"tooltip": tip}},
        {"data": {"values": known}, "mark": edge, "encoding": {"color": colour, "tooltip": tip}},
    ]


def _labels(marks: list[dict[str, Any]], wording: Wording) -> list[Spec]:
    """Circles for cities, and names and figures for all: the map must be readable without its colours."""
    land, cities = ([m for m in marks if m["city"] is is_city] for is_city in (False, True))
    known = [m for m in cities if m["net"] is not None]
    tip = {"tooltip": {"field": "tip", "title": " "}}
    circle = {"type": "circle", "size": 380, "stroke": INK, "strokeWidth": 1, "opacity": 1}
    name = {"type": "text", "fontSize": 10, "color": INK, "lineBreak": "\n"}
    figure = {"type": "text", "fontWeight": "bold", "color": INK}

    def layer(rows: list[dict[str, Any]], mark: Spec, **encoding: Any) -> Spec:  # noqa: ANN401 - Vega's own values
        place = {
            "longitude": {"field": "lon", "type": "quantitative"},
            "latitude": {"field": "lat", "type": "quantitative"},
        }
        return {"data": {"values": rows}, "mark": mark, "encoding": place | encoding}

    said, short = {"field": "said"}, {"field": "short"}
    return [
        layer(cities, circle | {"fill": GREY}, **tip),
        layer(known, circle, color=_colour("net", wording), **tip),
        layer(cities, figure | {"fontSize": 10}, text=said),
        layer(cities, name | {"align": "left", "dx": 13, "fontStyle": "italic"}, text=short),
        layer([m for m in land if "\n" not in m["short"]], name | {"baseline": "bottom"}, text=short),
        layer([m for m in land if "\n" in m["short"]], name | {"baseline": "bottom", "dy": -12}, text=short),
        layer(land, figure | {"baseline": "top", "dy": 1, "fontSize": 12}, text=said),
    ]


def _colour(field: str, wording: Wording) -> Spec:
    worse, better = wording.say("chart_more_negative"), wording.say("chart_more_positive")
    return {
        "field": field,
        "type": "quantitative",
        "scale": {"domain": [-SCALE, 0, SCALE], "range": [WORSE, MIDDLE, BETTER], "clamp": True},
        "legend": {
            "title": None, "orient": "bottom-right", "direction": "horizontal", "gradientLength": 120,
            "values": [-SCALE, 0, SCALE], "labelFontSize": 12, "offset": 4,
            "labelExpr": f"datum.value < 0 ? '{worse}' : datum.value > 0 ? '{better}' : '0'",
        },
    }  # fmt: skip


def _spread(marks: list[dict[str, Any]]) -> None:
    """Push the label of a region away from a city inside it, to the north, where these three regions have room."""
    cities = [m for m in marks if m["city"]]
    for mark in marks:
        for city in cities:
            if mark is not city and abs(mark["lon"] - city["lon"]) < 3 and abs(mark["lat"] - city["lat"]) < APART:
                mark["lat"] = city["lat"] + APART


def _clockwise(geometry: Mapping[str, Any]) -> Spec:
    """Wind outer rings clockwise and holes the other way: d3 would otherwise paint the whole globe but the region."""
    many = geometry["type"] == "MultiPolygon"
    polygons = geometry["coordinates"] if many else [geometry["coordinates"]]
    wound = [
        [ring if (_area(ring) < 0) == (n == 0) else ring[::-1] for n, ring in enumerate(polygon)]
        for polygon in polygons
    ]
    return {"type": geometry["type"], "coordinates": wound if many else wound[0]}


def _area(ring: Sequence[Sequence[float]]) -> float:
    """Twice the signed area in square degrees: positive when counter-clockwise."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))


def _middle(geometry: Mapping[str, Any]) -> tuple[float, float]:
    """Return longitude and latitude of the centroid of the largest ring, or of the point itself."""
    if geometry["type"] == "Point":
        return float(geometry["coordinates"][0]), float(geometry["coordinates"][1])
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    ring = max((p[0] for p in polygons), key=lambda r: abs(_area(r)))
    pairs = list(zip(ring, [*ring[1:], ring[0]], strict=True))
    weight = 3 * _area(ring) or 1.0
    x, y = (sum((a[k] + b[k]) * (a[0] * b[1] - b[0] * a[1]) for a, b in pairs) / weight for k in (0, 1))
    return x, y
