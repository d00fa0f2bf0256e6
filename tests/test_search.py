"""A word finds all its forms, a quotation finds its characters, and no query can break the search."""

from __future__ import annotations

import pytest
from builders import make_post
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.records import Fate, Item
from monitor.store import Store

TEXTS = {
    "ru": "За взятки осудили бывшего инспектора, сообщает полиция.",
    "kk": "Полицейлер түнгі қоңырауға тез келді, рахмет айтамыз.",
    "en": "The officers answered quickly, neighbours said: 100% better.",
}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with Store.open(tmp_path_factory.mktemp("search") / "senim.db") as opened:
        posts = [make_post(n, language=x, title="", text=TEXTS[x], id=x) for n, x in enumerate(TEXTS)]
        opened.add(opened.begin("t"), [Item(key=p.id, source="s", fate=Fate.STORED, post=p) for p in posts])
        yield opened


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("взятка", {"ru"}),
        ("ВЗЯТКАМИ", {"ru"}),
        ("полицей", {"kk"}),
        ("коныраулар", {"kk"}),
        ("officer answering", {"en"}),
        ("инспектор взятка", {"ru"}),
        ("инспектор officer", set()),
        ("осуд*", {"ru"}),
        ('"тки осуд"', {"ru"}),
        ('"ТКИ ОСУД"', {"ru"}),
        ('"100% b"', {"en"}),
        ('"взятками"', set()),
        ("-взятка", {"kk", "en"}),
        ('officer -"better"', set()),
        ('officer -"worse"', {"en"}),
        ("", {"ru", "kk", "en"}),
        ("!!! *", {"ru", "kk", "en"}),
        ("text:взятка", set()),
        ("взятка OR officer", set()),
        ('"взятки', {"ru"}),
    ],
)
def test_what_a_query_finds(store, query, found):
    assert {p.id for p in store.posts(query=query)} == found


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text() | st.text(alphabet="\"'*-()^:+ ANDORNEQ{}взят\x00%_", max_size=30))
def test_any_characters_are_a_query(store, query):
    assert store.count(query=query) <= 3


def test_new_rules_of_lemmas_can_be_applied_to_old_posts(store):
    with store.writing() as connection:
        connection.execute("DELETE FROM words")
    assert store.posts(query="взятка") == []
    assert store.reindex() == 3
    assert {p.id for p in store.posts(query="взятка")} == {"ru"}
