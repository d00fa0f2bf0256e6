"""Charts and the map: what they show, what they leave out, and that they can be drawn in all three languages."""

import json
import re
from pathlib import Path

import pytest
from test_wording import SAY

from monitor import charts, maps
from monitor.charts import Bar
from monitor.declarations import Names, Region
from monitor.records import Cell

PNG = b"\x89PNG\r\n\x1a\n"


def make_cell(**given):
    values = {
        "region": "", "week": "2026-W07", "language": "", "body": "", "reason": "", "posts": 40,
        "stories": 30, "sources": 6,
        "negative": 20, "neutral": 10, "positive": 10, "abstained": 2, "net": -0.25, "low": -0.4, "high": -0.1,
    } | given  # fmt: skip
    return Cell(**values)


def make_region(code="KZ-75", kind="region", kk="Абай облысы", ru="Область Абай", en="Abai region"):
    return Region(
        code=code, name=Names(kk=kk, ru=ru, en=en), kind=kind, population=1, population_date="2024", kato="100000000"
    )


def square(code, west=65.0, south=45.0, side=3.0):
    east, north = west + side, south + side
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"code": code}, "geometry": geometry}


def outlines(*features):
    return {"type": "FeatureCollection", "features": list(features)}


def texts(spec):
    """All words of the drawing, as a reader sees them."""
    return re.findall(r"<text[^>]*>([^<]+)</text>", charts.svg(spec))


@pytest.mark.parametrize("code", ["kk", "ru", "en"])
def test_all_three_are_drawn_in_every_language(code):
    say = SAY[code]
    drawn = (
        charts.index([make_cell(), make_cell(week="2026-W06")], say),
        charts.reasons([Bar(name="формализм", said=3, reported=2)], say),
        maps.regions({"KZ-75": make_cell()}, outlines(square("KZ-75")), [make_region()], say, 5),
    )
    for spec in drawn:
        json.dumps(spec)  # it goes to the dashboard as JSON
        assert charts.png(spec, scale=1).startswith(PNG)
    assert texts(drawn[0])[-3:] or say.language.code == code
    assert say.language.words["said"] in texts(drawn[1])


def test_a_missing_and_a_withheld_week_are_gaps():
    cells = [
        make_cell(week="2026-W01"),
        make_cell(week="2026-W03", net=None, low=None, high=None),
        make_cell(week="2026-W04"),
    ]
    rows = charts.index(cells, SAY["en"])["data"]["values"]
    assert [r["net"] for r in rows] == [-25.0, None, None, -25.0]
    assert "−25" in texts(charts.index(cells, SAY["en"]))


def test_weeks_are_labelled_in_the_language():
    cells = [make_cell(week=f"2026-W{n:02}") for n in range(5, 12)]
    assert any("ақпан" in t for t in texts(charts.index(cells, SAY["kk"])))
    assert not any("Feb" in t for t in texts(charts.index(cells, SAY["ru"])))


def test_nothing_to_draw_draws_an_empty_chart():
    assert charts.png(charts.index([], SAY["ru"]), scale=1).startswith(PNG)
    assert charts.png(charts.reasons([], SAY["ru"]), scale=1).startswith(PNG)
    assert charts.png(maps.regions({}, outlines(), [], SAY["ru"], 5), scale=1).startswith(PNG)


def test_bars_keep_their_order_and_say_their_totals():
    bars = [Bar(name="а", said=1, reported=0), Bar(name="б", said=5, reported=7)]
    shown = texts(charts.reasons(bars, SAY["ru"]))
    assert shown.index("а") < shown.index("б")
    assert "12" in shown


def test_a_region_without_a_figure_is_grey_and_has_no_number():
    spec = maps.regions({}, outlines(square("KZ-75")), [make_region()], SAY["ru"], 5)
    assert charts.GREY in charts.svg(spec)
    assert not any(re.fullmatch("[+−]?\\d+", t) for t in texts(spec) if t != "0")


def test_cities_are_circles_and_regions_of_unknown_code_are_left_out():
    point = {
        "type": "Feature",
        "properties": {"code": "KZ-71"},
        "geometry": {"type": "Point", "coordinates": [71.4, 51.1]},
    }
    known = [make_region(), make_region("KZ-71", "city", "Астана", "Астана", "Astana")]
    cells = {"KZ-71": make_cell(net=0.3), "KZ-75": make_cell()}
    spec = maps.regions(cells, outlines(square("KZ-75"), point, square("KZ-99")), known, SAY["kk"], 5)
    shown = texts(spec)
    assert {"+30", "−25", "Астана", "Абай"} <= set(shown)


@pytest.mark.parametrize("turned", [False, True])
def test_the_direction_of_a_ring_does_not_matter(turned):
    feature = square("KZ-75")
    if turned:
        feature["geometry"]["coordinates"][0].reverse()
    ring = maps._clockwise(feature["geometry"])["coordinates"][0]
    assert maps._area(ring) < 0
    assert maps._middle(feature["geometry"]) == pytest.approx((66.5, 46.5))


def test_colours_can_be_told_apart_by_the_colour_blind():
    def luminance(colour):
        channels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for polarity in ("negative", "positive"):  # the pale bar differs from the strong one in lightness, not only in hue
        assert luminance(charts.PALE[polarity]) > 2 * luminance(charts.STRONG[polarity])
    assert luminance(charts.GREY) < 0.7 * luminance(charts.MIDDLE)


def test_the_font_has_every_letter_of_the_wording():
    shown = set("".join("".join(s.language.words.values()) + "".join(s.language.months) for s in SAY.values()))
    spec = charts.finish({"data": {"values": []}, "mark": "point"}, "".join(sorted(shown)))
    drawn = charts.png(spec, scale=1)
    assert drawn.startswith(PNG)
    font = (Path(charts.__file__).parent / "fonts" / "SenimSans-Regular.ttf").read_bytes()
    assert {ord(c) for c in shown if c.isprintable()} <= letters(font)


def letters(font):
    """Return the code points of a TrueType font: table cmap, subtable format 4 (OpenType 1.9, section cmap)."""
    from struct import unpack_from

    tables = {
        font[12 + 16 * n : 16 + 16 * n]: unpack_from(">I", font, 20 + 16 * n)[0]
        for n in range(unpack_from(">H", font, 4)[0])
    }
    base = tables[b"cmap"]
    found = set()
    for n in range(unpack_from(">H", font, base + 2)[0]):
        at = base + unpack_from(">I", font, base + 8 + 8 * n)[0]
        if unpack_from(">H", font, at)[0] != 4:
            continue
        segments = unpack_from(">H", font, at + 6)[0] // 2
        ends = unpack_from(f">{segments}H", font, at + 14)
        starts = unpack_from(f">{segments}H", font, at + 16 + 2 * segments)
        found |= {c for a, b in zip(starts, ends, strict=True) for c in range(a, b + 1)}
    return found
