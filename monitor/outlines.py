"""Computes config/outlines.json, the simplified map of the regions: `python -m monitor.outlines [CONFIG]`.

The map is made of facts only: coordinates of settlements with their regions (settlements.csv) and a coarse border of
the country (border.csv). Every spot belongs to the region of the nearest settlement. Pairs of points on both sides of
the border take part as settlements, the outer ones of no region: so one Voronoi diagram yields inner and outer
borders with common corners, and nothing needs to be clipped. Good for colouring a map of the country, for nothing else.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from monitor.gazetteer import table

Point = tuple[float, float]  # longitude, latitude in degrees
Ring = list[Point]
CITIES = {"KZ-71": 0.30, "KZ-75": 0.30, "KZ-79": 0.25}  # drawn as circles, radius in degrees: to be seen, not to scale
_SQUEEZE = math.cos(math.radians(48))  # a degree of longitude in degrees of latitude at the country's middle
_STEP, _OFFSET = 0.15, 0.04  # of the pairs along the border, and from it; finer steps only make the file larger
_NEAR = 0.1  # towns nearer to the border only lend their label to its pairs: their cells would reach across it
_CORNERS = 24  # of a circle
_DIGITS = 2  # 0.01 degree is 1 km, far below the error of the method


def outlines(border: Ring, towns: Sequence[tuple[str, Point]]) -> dict[str, object]:
    """Return a GeoJSON FeatureCollection: a feature for each region, its code in `id` and properties.code.

    `border` is the ring of the country without repetition of its first point; `towns` are (region, point). Exterior
    rings run clockwise, as d3 and Vega want them on the sphere.
    """
    edge = [(lon * _SQUEEZE, lat) for lon, lat in border]
    plane = [(code, (lon * _SQUEEZE, lat)) for code, (lon, lat) in towns if code not in CITIES]
    sites = [(code, point) for code, point in plane if _inside(point, edge) and _distance(point, edge) > _NEAR]
    for inner, outer in _pairs(edge):
        sites.append((min(plane, key=lambda town: math.dist(town[1], inner))[0], inner))
        sites.append(("", outer))
    shapes = {code: [[_degrees(ring)] for ring in rings] for code, rings in _regions(sites).items() if code}
    shapes |= {code: [[_circle(point, CITIES[code])]] for code, point in towns if code in CITIES}
    return {"type": "FeatureCollection", "features": [_feature(code, shapes[code]) for code in sorted(shapes)]}


def _feature(code: str, polygons: list[list[Ring]]) -> dict[str, object]:
    geometry = {"type": "MultiPolygon", "coordinates": polygons}
    return {"type": "Feature", "id": code, "properties": {"code": code}, "geometry": geometry}


def _pairs(edge: Ring) -> list[tuple[Point, Point]]:
    """Return points in steps along the ring, each as (inside, outside)."""
    turn = 1 if _area(edge) > 0 else -1  # counter-clockwise: the inside is on the left
    found = []
    for (x1, y1), (x2, y2) in _sides(edge):
        length = math.dist((x1, y1), (x2, y2))
        count = max(1, round(length / _STEP))
        dx, dy = -(y2 - y1) / length * _OFFSET * turn, (x2 - x1) / length * _OFFSET * turn
        for n in range(count):
            x, y = x1 + (x2 - x1) * (n + 0.5) / count, y1 + (y2 - y1) * (n + 0.5) / count
            found.append(((x + dx, y + dy), (x - dx, y - dy)))
    return found


def _regions(sites: list[tuple[str, Point]]) -> dict[str, list[Ring]]:
    """Return the rings of each label: the ridges of the Voronoi diagram between sites of different labels."""
    from scipy.spatial import Voronoi

    far = [("", (x, y)) for x in (-500.0, 500.0) for y in (-500.0, 500.0)]  # no ridge that we use is endless
    labels = [code for code, _ in (*sites, *far)]
    diagram = Voronoi([point for _, point in (*sites, *far)])
    steps: dict[str, dict[int, list[int]]] = {}
    for (a, b), (start, end) in zip(diagram.ridge_points, diagram.ridge_vertices, strict=True):
        if labels[a] == labels[b] or -1 in (start, end):
            continue
        p, q = diagram.vertices[start], diagram.vertices[end]
        ax, ay = diagram.points[a]
        left = (q[0] - p[0]) * (ay - p[1]) - (q[1] - p[1]) * (ax - p[0]) > 0  # site a lies left of start -> end
        for label, (here, there) in ((labels[a], (end, start)), (labels[b], (start, end))):
            here, there = (here, there) if left else (there, here)
            steps.setdefault(label, {}).setdefault(here, []).append(there)  # the region on the right: clockwise
    corners = [(float(x), float(y)) for x, y in diagram.vertices]
    return {code: [[corners[n] for n in ring] for ring in _rings(after)] for code, after in steps.items()}


def _rings(after: dict[int, list[int]]) -> list[list[int]]:
    """Join directed steps to closed rings; every corner is left as often as it is reached."""
    rings = []
    while after:
        ring = [next(iter(after))]
        while ring[-1] in after:
            here = ring[-1]
            ring.append(after[here].pop())
            if not after[here]:
                del after[here]
            if ring[-1] == ring[0]:
                break
        rings.append(ring[:-1])
    return rings


def _degrees(ring: Ring) -> Ring:
    """Return a closed ring in degrees, rounded, without corners that rounding made equal or needless."""
    points = [(round(x / _SQUEEZE, _DIGITS), round(y, _DIGITS)) for x, y in ring]
    points = [p for n, p in enumerate(points) if p != points[n - 1]]
    return [*points, points[0]]


def _circle(centre: Point, radius: float) -> Ring:
    """Return a clockwise circle around a point in degrees."""
    turns = [2 * math.pi * n / _CORNERS for n in range(_CORNERS)]
    ring = [
        (round(centre[0] + radius * math.sin(t) / _SQUEEZE, _DIGITS), round(centre[1] + radius * math.cos(t), _DIGITS))
        for t in turns
    ]
    return [*ring, ring[0]]


def _area(ring: Ring) -> float:
    """Return the signed area, positive for a counter-clockwise ring."""
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in _sides(ring)) / 2


def _inside(point: Point, edge: Ring) -> bool:
    """Say whether a point lies inside a ring: a ray to the east crosses it an odd number of times."""
    x, y = point
    crossed = ((x2 - x1) * (y - y1) / (y2 - y1) + x1 for (x1, y1), (x2, y2) in _sides(edge) if (y1 > y) != (y2 > y))
    return sum(x < cut for cut in crossed) % 2 == 1


def _sides(ring: Ring) -> Iterator[tuple[Point, Point]]:
    return pairwise([*ring, ring[0]])


def _distance(point: Point, edge: Ring) -> float:
    """Return how far a point lies from a ring."""
    return min(_to_segment(point, a, b) for a, b in _sides(edge))


def _to_segment(point: Point, a: Point, b: Point) -> float:
    (px, py), (ax, ay), (bx, by) = point, a, b
    along = ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2)
    along = min(1.0, max(0.0, along))
    return math.dist(point, (ax + along * (bx - ax), ay + along * (by - ay)))


def main(arguments: list[str]) -> int:
    """Write outlines.json of the config folder (default: config)."""
    folder = Path(arguments[0] if arguments else "config")
    border = [(float(row["lon"]), float(row["lat"])) for row in table(folder / "border.csv")]
    towns = [(row["region"], (float(row["lon"]), float(row["lat"]))) for row in table(folder / "settlements.csv")]
    text = json.dumps(outlines(border, towns), separators=(",", ":"))
    (folder / "outlines.json").write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
