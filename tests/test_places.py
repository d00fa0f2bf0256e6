"""Places: our own sentences with the regions they are about, homonyms, persons, streets and speed."""

import json
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.declarations import Region
from monitor.gazetteer import HEAD, build, table
from monitor.places import Gazetteer, regions_of

ROOT = Path(__file__).parent.parent
SENTENCES = [json.loads(line) for line in (ROOT / "tests/places.jsonl").read_text("utf-8").splitlines()]
HELD_OUT = [json.loads(line) for line in (ROOT / "tests/places_heldout.jsonl").read_text("utf-8").splitlines()]


@cache
def regions():
    blocks = tomllib.loads((ROOT / "config/regions.toml").read_text("utf-8"))["region"]
    return tuple(Region.model_validate(block) for block in blocks)


@cache
def gazetteer():
    return Gazetteer.load(ROOT / "config", regions())


def found(text):
    return regions_of(gazetteer().locate(text))


def macro_f1(sentences):
    """Return the mean F1 over the regions that occur."""
    right, wrong, missed = Counter(), Counter(), Counter()
    for s in sentences:
        got, want = set(found(s["text"])), set(s["regions"])
        right.update(got & want)
        wrong.update(got - want)
        missed.update(want - got)
    codes = set(right) | set(wrong) | set(missed)
    return sum(2 * right[c] / (2 * right[c] + wrong[c] + missed[c]) for c in codes) / len(codes)


@pytest.mark.parametrize("language", ["kk", "ru", "en", "mixed"])
def test_own_sentences_by_language(language):
    assert macro_f1([s for s in SENTENCES if s["language"] == language]) >= 0.95


def test_own_sentences_together():
    assert len(SENTENCES) >= 250
    assert macro_f1(SENTENCES) >= 0.95
    assert {code for s in SENTENCES for code in s["regions"]} == {r.code for r in regions()}


def test_sentences_written_after_the_rules():
    # At their first run, before anything was mended: 0.957 (the first 60) and 0.884 (the last 40, chosen harder).
    assert macro_f1(HELD_OUT) >= 0.95


@pytest.mark.parametrize("text", [s["text"] for s in SENTENCES if not s["regions"]])
def test_no_place_is_seen_where_there_is_none(text):
    assert found(text) == ()


def test_offsets_give_the_name_back():
    text = "Кеше Қарағанды облысында, содан соң в Экибастузе жиын өтті."
    assert [text[p.start : p.end] for p in gazetteer().locate(text)] == ["Қарағанды", "Экибастузе"]


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("Жамбылский район, Алматинская область", "KZ-19"),
        ("Жамбылский район, Северо-Казахстанская область", "KZ-59"),
        ("Жамбылский район, Жамбылская область", "KZ-31"),
        ("Абай ауданы, Шымкент", "KZ-79"),
        ("Абай ауданы, Қарағанды облысы", "KZ-35"),
    ],
)
def test_homonyms_follow_the_rest_of_the_text(text, region):
    assert found(text) == (region,)


def test_a_homonym_without_context_gives_nothing():
    assert found("В Жамбылском районе полиция нашла пропавших лошадей.") == ()
    assert found("Достық ауылында учаскелік жоқ.") == ()


def test_the_ends_of_a_road_are_shown_but_do_not_count():
    text = "Авария на трассе Алматы – Талдыкорган, полиция на месте."
    assert {p.region for p in gazetteer().locate(text)} == {"KZ-75", "KZ-33"}
    assert found(text) == ()


def test_courts_of_a_region_are_not_those_of_its_city():
    assert found("Алматинский областной суд отменил приговор полицейскому.") == ("KZ-19",)
    assert found("Алматинский городской суд отменил приговор полицейскому.") == ("KZ-75",)


@pytest.mark.parametrize("text", ["Бұл былтырғыға қарағанда көп.", "Сот ақтау үкімін шығарды.", "Семейный суд"])
def test_common_words_that_look_like_towns(text):
    assert found(text) == ()


@pytest.mark.parametrize("region", regions(), ids=lambda r: r.code)
def test_every_region_is_found_by_its_names(region):
    for name in (region.name.kk, region.name.ru, region.name.en):
        assert found(f"{name}: полиция") == (region.code,), name
        assert found(f"Бүгін {name} туралы айтылды") == (region.code,), name


@given(st.text(max_size=120))
def test_any_text_can_be_read(text):
    for place in gazetteer().locate(text):
        assert 0 <= place.start < place.end <= len(text)
        assert 0 < place.confidence <= 1


def test_the_gazetteer_in_the_repository_is_complete():
    rows = table(ROOT / "config/gazetteer.csv")
    assert (ROOT / "config/gazetteer.csv").stat().st_size < 1_000_000
    assert {row["region"] for row in rows} == {r.code for r in regions()}
    assert sum(row["level"] == "district" for row in rows) > 180
    own = {(row["region"], row["ru"]) for row in table(ROOT / "config/settlements.csv")}
    cities = {("KZ-71", "Астана"), ("KZ-75", "Алматы"), ("KZ-79", "Шымкент")}
    assert own - cities <= {(row["region"], row["ru"]) for row in rows}


def test_building_keeps_towns_and_drops_camps():
    units = [
        {"kato": "101000000", "level": "district", "name_ru": "Выдуманный район", "name_kk": "Ойдан ауданы"},
        {"kato": "101010100", "level": "settlement", "name_ru": "с.Примерное", "name_kk": "Үлгі а."},
        {"kato": "101010102", "level": "settlement", "name_ru": "зимовка Примерная", "name_kk": "Үлгі қыстауы"},
        {"kato": "101020000", "level": "sub_district", "name_ru": "Примерный с.о.", "name_kk": "Үлгі а.о."},
    ]
    own = [{"region": "KZ-10", "ru": "Примерное", "en": "Primernoe", "rank": "free", "also": "Старое"}]
    rows = list(build(units, own))
    assert [tuple(row) for row in rows] == [tuple(HEAD)] * 2
    assert [(row["type"], row["ru"], row["kk"], row["rank"]) for row in rows] == [
        ("district", "Выдуманный район", "Ойдан ауданы", "marker"),
        ("village", "Примерное", "Үлгі", "free"),
    ]
