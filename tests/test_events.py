"""Tellings of one event meet in any words and language; what contradicts never does, in whatever order they come."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telling_set import f1, score, strangers, telling, tellings, tools

from monitor import kinship
from monitor.events import candidates, group
from monitor.kinship import WINDOW, compare, contradict, odds

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
HORSES = {
    "kk": "Арқалық маңында полиция дронмен 19 жылқы айдаған үш ұрыны ұстады, мал иесіне қайтарылды.",
    "ru": "Полиция под Аркалыком с помощью дрона нашла девятнадцать украденных лошадей, трое задержаны.",
    "en": "Police near Arkalyk used a drone to find 19 stolen horses and detained three men.",
}
WEIGHTS = tools()[0].weights
LEARN = tellings("learn")


def told(name, text, days=0.0, language="ru"):
    return telling(name, AT + timedelta(days=days), language, "", text)


def grouped(*told):
    return group(told, WEIGHTS)


def test_three_languages_are_one_event_named_after_the_earliest():
    found = grouped(*(told(x, text, n / 10, x) for n, (x, text) in enumerate(HORSES.items())))
    assert found == {"kk": "kk", "ru": "kk", "en": "kk"}


@pytest.mark.parametrize(("days", "together"), [(0, True), (2, True), (4.01, False)])
def test_window(days, together):
    found = grouped(told("a", HORSES["ru"]), told("b", HORSES["ru"], days))
    assert (found["a"] == found["b"]) is together


@pytest.mark.parametrize(
    "other",
    [
        HORSES["ru"].replace("под Аркалыком", "под Таразом"),
        "Полиция под Аркалыком вернула хозяину велосипед, забытый у школы.",
        "На улицах Астаны появились новые светофоры.",
    ],
)
def test_other_events_stay_apart(other):
    found = grouped(told("a", HORSES["ru"]), told("b", other))
    assert found["a"] != found["b"]


def test_other_sums_of_money_are_other_events():
    text = "В Таразе мошенники выманили у пенсионерки {} млн тенге, полиция ищет курьера."
    one, other = told("a", text.format(14)), told("b", text.format(3))
    assert contradict(one.facts, other.facts)
    assert not contradict(one.facts, told("c", text.format("13,9")).facts)
    assert len(set(grouped(one, other).values())) == 2


def test_what_contradicts_one_member_does_not_join_the_group():
    text = "В Таразе мошенники выманили у пенсионерки {} тенге, полиция ищет курьера."
    found = grouped(
        told("a", text.format("14 млн")), told("b", text.format("пенсию в"), 0.1), told("c", text.format("3 млн"), 0.2)
    )
    assert found["a"] != found["c"]


def test_nothing_gives_nothing():
    assert grouped() == {}
    assert grouped(told("a", "")) == {"a": "a"}
    assert len(set(grouped(told("a", ""), told("b", "")).values())) == 2


@settings(max_examples=10)
@given(st.randoms(use_true_random=False))
def test_order_does_not_matter(chance):
    some = LEARN[:60]
    assert group(some, WEIGHTS) == group(chance.sample(some, len(some)), WEIGHTS)


def test_no_likely_pair_is_missing_among_the_candidates():
    ordered = sorted(LEARN[:120], key=lambda t: (t.published, t.id))
    ordered = [replace(t, facts=replace(t.facts, regions=frozenset())) if n % 3 else t for n, t in enumerate(ordered)]
    likely = {
        (i, j)
        for i, j in combinations(range(len(ordered)), 2)
        if ordered[j].published - ordered[i].published <= WINDOW
        and not contradict(ordered[i].facts, ordered[j].facts)
        and odds(compare(ordered[i], ordered[j], WEIGHTS)) > 0
    }
    assert len(likely) > 50
    assert likely <= set(candidates(ordered, WEIGHTS))


def test_weights_are_those_of_the_figures():
    assert list(kinship.WEIGHTS) == list(kinship.Comparison.__slots__)


def test_the_learning_half_is_told_apart_and_strangers_stay_strangers():
    others = strangers("learn", share=40)
    found = group(LEARN + others, WEIGHTS)
    assert f1(score(found, LEARN)) >= 0.9
    own = {t.id for t in LEARN}
    joined = {t.id for t in others if found[t.id] in own or list(found.values()).count(found[t.id]) > 1}
    assert len(joined) <= 0.05 * len(others)
