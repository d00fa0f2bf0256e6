"""`senim surveys` shows figures by question, and the media beside them where there is a database."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from builders import MONDAY, make_item, make_opinion
from click.testing import CliRunner
from installation import install

from monitor.cli import main
from monitor.errors import SettingsError
from monitor.records import Citation
from monitor.settings import load
from monitor.store import Store

BODIES = ("prosecutor", "police", "courts", "anticorruption", "economic_investigations")
CODES = ("corruption", "punitive_orientation", "low_professionalism", "formalism", "rude_unfair_treatment")
REGION = """
[[survey]]
id = "own-{value}"
when = "2026-02"
who = {{ kk = "біз", ru = "мы", en = "we" }}
method = "ours"
target = "police"
measure = "trust"
question = {{ kk = "сенесіз бе", ru = "доверяете ли", en = "do you trust" }}
scale = {{ kk = "иә/жоқ", ru = "да/нет", en = "yes/no" }}
answer = {{ kk = "иә", ru = "да", en = "yes" }}
value = {value}
unit = "%"
source = "ours"
series = "own"
region = "{code}"
"""


def run(home, *arguments, rc=0):
    done = CliRunner().invoke(main, ["--home", str(home), "surveys", *arguments])
    assert done.exit_code == rc, done.output
    return done.stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Sixty posts of one half-year: bodies in the order of the survey, corruption named most, three regions."""
    folder = install(tmp_path_factory.mktemp("surveys") / "home")
    with (folder / "config" / "surveys.toml").open("a", encoding="utf-8") as file:
        file.write("".join(REGION.format(code=f"KZ-{n}", value=value) for n, value in ((71, 50), (75, 60), (79, 70))))
    (folder / "var").mkdir()
    with Store.open(folder / "var" / "senim.db") as store:
        items = [make_item(n, published=MONDAY + timedelta(hours=n), regions=(("KZ-71", "KZ-75", "KZ-79")[n % 3],))
                 for n in range(120)]  # fmt: skip
        store.add(store.begin("test"), items)
        opinions = []
        for n, item in enumerate(items):
            body = BODIES[n % 5]
            bad = (n // 5) % 6 < 1 + n % 5
            codes = (CODES[(0, 0, 0, 1, 1, 2, 3, 4)[(n // 5) % 8]],) if bad else ()
            cited = tuple(Citation(code=c, start=0, end=7, confidence=0.8) for c in codes)
            sentiment = "negative" if bad else "positive"
            opinions.append(make_opinion(item.post, bodies=(body,), sentiment=sentiment, reasons=cited))
        store.add_opinions(opinions)
    return folder


def test_without_a_database_figures_stand_by_their_question(tmp_path):
    said = run(install(tmp_path / "home"))
    assert "Level of trust in the police  [not stated]" in said
    assert re.search(r"trust fully +38\.7", said)
    assert "by half-year" not in said
    assert json.loads(run(tmp_path / "home", "--json"))["rankings"] == []


def test_orders_stand_beside_each_other(home):
    found = {(r["series"], r["period"]): r for r in json.loads(run(home, "--json"))["rankings"]}
    trust = found["bureau-2024", "2026-H1"]
    assert (trust["of"], trust["same_time"]) == ("bodies", False)
    assert trust["rho"] == pytest.approx(1)
    assert trust["low"] <= trust["rho"]
    assert [t["name"] for t in trust["things"]] == list(BODIES)
    own = found["own", "2026-H1"]
    assert (own["of"], own["body"], own["same_time"], len(own["things"])) == ("regions", "police", True, 3)
    bureau = found["bureau-2023-reasons", "2026-H1"]
    assert [t["name"] for t in bureau["things"][:3]] == ["punitive", "corrupt", "unprofessional"]
    assert bureau["rho"] is not None
    assert {"formalism", "weak_prevention"} <= {t["name"] for t in bureau["things"] if t["survey"] is None}
    deputy = found["parliament-2025-reasons", "2026-H1"]
    assert [(t["name"], t["survey"]) for t in deputy["things"][:3]] == [
        ("corruption", 1), ("prevention", 2), ("formalism", 3),
    ]  # fmt: skip
    assert not {name for name, _ in found} & {"institute-2021", "victims-2018-confidence", "institute-2022-corruption"}


def test_the_index_of_the_half_year_stands_beside_its_figures(home):
    found = json.loads(run(home, "--json"))
    assert {(c["half_year"], c["body"]) for c in found["index"]} == {("2026-H1", body) for body in BODIES}
    beside = {f["id"]: f["media"] for f in found["figures"]}
    assert beside["bureau-2024-police"] == []  # nothing was collected then
    assert beside["own-50"] == []  # the index of the country is not that of a region


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_the_page_is_in_words(home, language):
    said = run(home, "--lang", language)
    words = load(home).language(language).words
    assert words["rollup_punitive"] in said
    assert words["rollup_prevention"] in said
    assert "2026-H1" in said


def test_a_region_or_an_answer_that_is_not_known_is_refused(tmp_path):
    for old, new in (('region = "KZ-75"', 'region = "KZ-99"'), ('series = "own"', 'series = "own"\nreason = "bad"')):
        home = install(tmp_path / new.partition('"')[2][:4])
        file = home / "config" / "surveys.toml"
        text = file.read_text("utf-8") + REGION.format(code="KZ-75", value=60)
        file.write_text(text.replace(old, new), "utf-8")
        with pytest.raises(SettingsError, match=r"surveys\.toml"):
            load(home)
