"""Bodies are found in every form people write, and the words that only look like them are not."""

import itertools
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.abroad import whereabouts
from monitor.declarations import Body
from monitor.records import Mention
from monitor.relevance import Matcher

HERE = Path(__file__).parent
BODIES = [
    Body.model_validate(block)
    for block in tomllib.loads((HERE.parent / "config" / "bodies.toml").read_text("utf-8"))["body"]
]
MATCHER = Matcher(BODIES)


def _table() -> list[tuple[list[tuple[str, str]], str]]:
    lines = (HERE / "relevance.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [([tuple(e.split("=", 1)) for e in left.split("; ")] if left != "-" else [], right) for left, right in rows]


TABLE = _table()


def named(text: str) -> list[tuple[str, str]]:
    return [(m.body, text[m.start : m.end]) for m in MATCHER.mentions("", text)]


def test_the_table_is_long_enough():
    assert len(TABLE) >= 200
    assert {body for expected, _ in TABLE for body, _ in expected} == {b.id for b in BODIES}


@pytest.mark.parametrize(("expected", "text"), TABLE, ids=[t for _, t in TABLE])
def test_sentence(expected, text):
    assert named(text) == expected


PHRASES = [(b.id, p) for b in BODIES for language in ("kk", "ru", "en") for p in getattr(b.forms, language)]


@pytest.mark.parametrize(("body", "phrase"), PHRASES, ids=[p for _, p in PHRASES])
def test_every_declared_phrase_finds_its_body(body, phrase):
    plain = " ".join(w.strip("=*>") for w in phrase.split())
    traps = next(b for b in BODIES if b.id == body).not_when
    assert body in {b for b, _ in named(plain)} or plain in traps


@pytest.mark.parametrize(
    ("body", "abbreviation"), [(b.id, a.replace(">", "")) for b in BODIES for a in b.abbreviations]
)
def test_every_abbreviation_in_capitals_only(body, abbreviation):
    assert named(f"Кеше {abbreviation} хабарлады")[0][0] == body
    declared = {w.lstrip("=") for b in BODIES for forms in (b.forms.kk, b.forms.ru) for p in forms for w in p.split()}
    if abbreviation.lower() not in declared:
        assert named(f"Кеше {abbreviation.lower()} хабарлады") == []


def test_title_and_text_have_their_own_offsets():
    assert MATCHER.mentions("Полиция нашла вора", "Об этом сообщили в МВД") == (
        Mention(body="police", start=0, end=7, in_title=True),
        Mention(body="mia", start=19, end=22),
    )


def test_a_phrase_does_not_cross_a_sentence():
    assert [b for b, _ in named("Пришёл участковый. Инспектор молчал")] == ["precinct_inspector"]
    assert named("Это управление. Полиции нет")[0] == ("police", "Полиции")


@given(st.text(st.sampled_from("полицияУчаскелік инспктгМВДcopste-.,1\n ’'"), max_size=60))
def test_mentions_are_ordered_apart_and_inside(text):
    found = MATCHER.mentions("", text)
    assert all(0 <= m.start < m.end <= len(text) for m in found)
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))


FOREIGN = [
    "Полиция Нью-Йорка задержала двух подростков",
    "В Москве полицейские разогнали концерт",
    "Ресей полициясы жаңа форма киді",
    "МВД РФ опубликовало отчёт",
    "ФСБ задержала чиновника, суд арестовал его",
    "Кыргызстанские милиционеры нашли угнанный автобус",
    "NYPD officers under review",
    "Police in London said the man was armed. The court will hear the case on Monday",
    "Өзбекстанда полиция айыппұлды көбейтті",
]
DOMESTIC = [
    "Полиция опять не приехала",
    "В Алматы полицейские задержали гражданина России",
    "Наша полиция хуже, чем полиция Германии",
    "Біздің полиция Ресейден үйренсін",
    "Полиция Шымкента помогла туристам из Турции",
    "Полицейские вернули телефон. Потерпевшая улетела в Турцию",
    "МВД РК ответило коллегам из Узбекистана",
    "Kazakh police and their German colleagues met in Astana",
    "Түркістан облысының полициясы есеп берді",
]


@pytest.mark.parametrize("text", FOREIGN)
def test_foreign(text):
    assert MATCHER.is_foreign("", text)


@pytest.mark.parametrize("text", [*DOMESTIC, "", "Погода в Лондоне хорошая"])
def test_not_foreign(text):
    assert not MATCHER.is_foreign("", text)


def test_the_title_sets_the_place():
    assert MATCHER.is_foreign("Германия", "Полиция задержала двоих")
    assert not MATCHER.is_foreign("Павлодар", "Полиция задержала двоих из Германии")
    assert whereabouts("Ақтөбе").home
