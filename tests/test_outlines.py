"""Outlines: the committed map is what the script computes, fits Vega's expectations and agrees with the settlements."""

import json
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from monitor.gazetteer import table
from monitor.outlines import CITIES, main, outlines

CONFIG = Path(__file__).parent.parent / "config"
FEATURES = {f["properties"]["code"]: f for f in json.loads((CONFIG / "outlines.json").read_text("utf-8"))["features"]}


def rings(feature):
    return [ring for polygon in feature["geometry"]["coordinates"] for ring in polygon]


def signed_area(ring):
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring)) / 2


def inside(point, feature):
    x, y = point
    hits = 0
    for ring in rings(feature):
        for (x1, y1), (x2, y2) in pairwise(ring):
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                hits += 1
    return hits % 2 == 1


def test_every_region_has_an_outline():
    blocks = tomllib.loads((CONFIG / "regions.toml").read_text("utf-8"))["region"]
    assert set(FEATURES) == {block["code"] for block in blocks}
    assert (CONFIG / "outlines.json").stat().st_size < 80_000


@pytest.mark.parametrize("code", sorted(FEATURES))
def test_rings_are_closed_and_clockwise(code):
    for ring in rings(FEATURES[code]):
        assert ring[0] == ring[-1]
        assert len(ring) > 4
        assert signed_area(ring) < 0


def test_the_committed_file_is_what_the_script_writes(tmp_path):
    for name in ("border.csv", "settlements.csv"):
        (tmp_path / name).write_bytes((CONFIG / name).read_bytes())
    assert main([str(tmp_path)]) == 0
    assert (tmp_path / "outlines.json").read_text("utf-8") == (CONFIG / "outlines.json").read_text("utf-8")


def test_settlements_lie_in_their_regions():
    rows = [row for row in table(CONFIG / "settlements.csv") if row["region"] not in CITIES]
    right = [inside((float(row["lon"]), float(row["lat"])), FEATURES[row["region"]]) for row in rows]
    assert sum(right) / len(right) >= 0.97  # a few lie on the border itself


def test_regions_do_not_overlap():
    shapes = [f for code, f in FEATURES.items() if code not in CITIES]
    for lon in range(47, 88, 2):
        for lat in range(41, 56):
            assert sum(inside((lon + 0.113, lat + 0.217), f) for f in shapes) <= 1


def test_two_towns_share_a_square_evenly():
    square = [(60.0, 45.0), (62.0, 45.0), (62.0, 47.0), (60.0, 47.0)]
    towns = [("KZ-10", (60.5, 46.0)), ("KZ-11", (61.5, 46.0)), ("KZ-71", (61.0, 46.0))]
    found = {f["id"]: f for f in outlines(square, towns)["features"]}
    assert set(found) == {"KZ-10", "KZ-11", "KZ-71"}
    west, east = (abs(signed_area(rings(found[code])[0])) for code in ("KZ-10", "KZ-11"))
    assert west == pytest.approx(east, rel=0.15)  # a pair of the border stands in the very middle
    assert west + east == pytest.approx(4, rel=0.05)
    assert inside((60.3, 46.5), found["KZ-10"])
    assert not inside((60.3, 46.5), found["KZ-11"])
