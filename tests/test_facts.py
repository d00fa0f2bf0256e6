"""Numbers in three languages, concepts whose stems do their work, and the facts of a text."""

from __future__ import annotations

import csv
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telling_set import rows, telling, tools

from monitor import quantities
from monitor.settings import shipped_config

NUMBERS = [
    ("сорок семь лошадей", [47]),
    ("47 лошадей", [47]),
    ("қырық жеті жылқы", [47]),
    ("forty-seven horses", [47]),
    ("forty seven horses", [47]),
    ("екі жүз адам", [200]),
    ("двести человек", [200]),
    ("two hundred people", [200]),
    ("1,5 млн тенге", [1_500_000]),
    ("полтора миллиона тенге", [1_500_000]),
    ("1 500 000 теңге", [1_500_000]),
    ("тысяча восемьсот вакансий", [1800]),
    ("четыре три", [4, 3]),
    ("он пришёл", []),
    ("он тоғыз жылқы", [19]),
    ("один человек", []),
    ("16-летний подросток", [16]),
    ("", []),
]


@pytest.mark.parametrize(("text", "numbers"), NUMBERS)
def test_numbers(text, numbers):
    words = [word for word, _ in quantities.words(text)]
    assert [value for value, _, _ in quantities.find(words)] == numbers


@given(st.text(alphabet="0123456789 .,-двa млн жүз", max_size=60) | st.text(max_size=60))
def test_any_text_has_finite_numbers(text):
    words = [word for word, _ in quantities.words(text)]
    for value, start, end in quantities.find(words):
        assert 1 < value < float("inf")
        assert 0 <= start < end <= len(words)


@pytest.mark.parametrize("word", ["16-летний", "8-летнего", "16-жастағы"])
def test_an_age_is_known(word):
    assert quantities.is_age(word)


def test_every_concept_has_a_weight_and_stems_and_its_own_code():
    with (shipped_config() / "concepts.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(line for line in file if not line.startswith("#")))
    assert len({row["code"] for row in table}) == len(table)
    for row in table:
        assert 1 <= float(row["weight"]) <= 9, row
        assert all(row[language].strip() for language in ("kk", "ru", "en")), row
        assert None not in row, row


def test_most_concepts_are_met_in_all_languages():
    lexicon, _ = tools()
    for kk, ru, en in [
        ("ұрлық", "кражу", "stolen"),
        ("полицейлер өртенген", "пожара", "fire"),
        ("жылқыны", "лошадей", "horses"),
    ]:
        found = [frozenset().union(*(lexicon.codes(w) for w in text.split())) for text in (kk, ru, en)]
        assert found[0] & found[1] & found[2]


def test_facts_of_one_event_agree_across_languages():
    at = datetime(2026, 3, 2, tzinfo=UTC)
    texts = {
        "kk": "Аралда 47 жылқы ұрлағандар ұсталды. Залал 1,5 млн теңге.",
        "ru": "В Аральске задержали угонщиков сорока семи лошадей. Ущерб полтора миллиона тенге.",
        "en": "Thieves of 47 horses held in Aralsk. The damage is 1.5 million tenge.",
    }
    found = [telling(language, at, language, "", text).facts for language, text in texts.items()]
    assert all((1_500_000, "unit_money") in facts.numbers for facts in found)
    assert all(47 in {value for value, _ in facts.numbers} for facts in found)
    assert frozenset.intersection(*(facts.concepts for facts in found)) >= {"livestock"}
    assert len({facts.regions for facts in found}) == 1


def test_years_and_telephones_are_no_facts():
    facts = telling("a", datetime(2026, 3, 2, tzinfo=UTC), "ru", "", "В 2026 году звоните 102, угнали 53 коровы").facts
    assert {value for value, _ in facts.numbers} == {53}


def test_a_name_is_a_capital_inside_a_sentence():
    facts = telling("a", datetime(2026, 3, 2, tzinfo=UTC), "ru", "", "Вчера на проспекте Саина. Полиция едет.").facts
    assert facts.names == {"саина"}


def test_the_tellings_are_whole():
    known = {row["event"] for row in rows()}
    assert len({row["id"] for row in rows()}) == len(rows()) >= 450
    for row in rows():
        assert row["text"].strip()
        assert row["language"] in ("kk", "ru", "en")
        assert not row["like"] or row["like"] in known
        assert datetime.fromisoformat(row["published"]).tzinfo
