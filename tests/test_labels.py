"""Labels are facts that are never taken back; what counts now is derived from them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from builders import MONDAY, make_item, make_opinion, make_post
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.labels import from_json, to_json
from monitor.records import BodyStance, Citation
from monitor.store import Store


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "senim.db") as opened:
        opened.add(opened.begin("test"), [make_item(n) for n in range(3)])
        yield opened


POSTS = [make_post(n) for n in range(3)]


def test_a_label_comes_back_as_it_was(store):
    opinion = make_opinion(
        POSTS[0],
        sentiment=None,
        abstained=True,
        bodies=("police", "courts"),
        reasons=(Citation(code="corruption", start=1, end=9, confidence=0.25, provisional=True),),
    )
    assert store.add_opinions([opinion]) == 1
    assert store.opinion(opinion.post_id) == opinion
    assert store.opinions([p.id for p in POSTS]) == {opinion.post_id: opinion}


PRAISE = BodyStance(body="police", sentiment="positive", confidence=0.8, probabilities=(0.1, 0.1, 0.8), start=0, end=9)
DOUBT = BodyStance(body="courts", sentiment=None, confidence=0.4, probabilities=(0.4, 0.3, 0.3), start=10, end=20)


def test_stances_toward_several_bodies_come_back_and_count(store):
    opinion = make_opinion(POSTS[0], bodies=("courts", "knb", "police"), stances=(DOUBT, PRAISE))
    store.add_opinions([opinion])
    assert store.opinion(POSTS[0].id) == opinion
    assert [opinion.toward(b).sentiment for b in opinion.bodies] == [None, "negative", "positive"]
    (row,) = store.judged()
    assert row.stances == (("courts", None), ("police", "positive"))
    found = {(b, s): store.count(body=b, sentiment=s) for b in opinion.bodies for s in ("negative", "positive")}
    assert {place for place, n in found.items() if n} == {("knb", "negative"), ("police", "positive")}
    assert store.count(sentiment="negative") == 1
    store.add_opinions([make_opinion(POSTS[0], model="person:a")])  # a person means the whole post
    assert next(store.judged()).stances == ()
    store.forget(url=POSTS[0].url)
    assert store.rows("SELECT * FROM current_stance") == []


def test_a_label_from_before_there_were_stances_is_read_and_equal_to_its_like(store):
    old = make_opinion(POSTS[0], model="person:a")
    store.add_opinions([old])
    (written,) = store.rows("SELECT what FROM label")
    assert "stances" not in written["what"]
    assert store.opinion(POSTS[0].id).stances == ()
    assert store.add_opinions([old]) == 0


def test_a_model_version_labels_a_post_once(store):
    assert store.add_opinions([make_opinion(POSTS[0]), make_opinion(POSTS[0], confidence=0.5)]) == 1
    assert store.add_opinions([make_opinion(POSTS[0])]) == 0
    assert store.opinion(POSTS[0].id).confidence == 0.9


def test_the_newest_model_counts_until_a_person_speaks(store):
    first, second = make_opinion(POSTS[0]), make_opinion(POSTS[0], model="m2", sentiment="neutral")
    person = make_opinion(POSTS[0], model="person:ab", sentiment="positive")
    third = make_opinion(POSTS[0], model="m3")
    for hour, opinion in enumerate((first, second, person, third)):
        store.add_opinions([opinion], at=MONDAY + timedelta(hours=hour))
        assert store.opinion(POSTS[0].id) == (person if hour > 2 else opinion)
    assert [x.labeller for x in store.labels(POSTS[0].id)] == ["m1", "m2", "person:ab", "m3"]
    assert [x.at for x in store.labels(POSTS[0].id)] == [MONDAY + timedelta(hours=n) for n in range(4)]


def test_a_person_may_change_their_mind_and_the_history_shows_it(store):
    yes, no = (make_opinion(POSTS[0], model="person:ab", sentiment=s) for s in ("positive", "negative"))
    assert [store.add_opinions([opinion]) for opinion in (yes, yes, no, yes)] == [1, 0, 1, 1]
    assert store.opinion(POSTS[0].id) == yes
    assert len(store.labels(POSTS[0].id)) == 3


def test_a_label_of_an_earlier_day_is_stored_once_and_does_not_supersede(store):
    yes, no = (make_opinion(POSTS[0], model="person:ab", sentiment=s) for s in ("positive", "negative"))
    store.add_opinions([yes], at=MONDAY)
    earlier = MONDAY - timedelta(days=3)
    assert [store.add_opinions([no], at=earlier), store.add_opinions([no], at=earlier)] == [1, 0]
    assert store.opinion(POSTS[0].id) == yes


def test_candidates_are_current_and_judged_by_no_person(store):
    store.add(1, [make_item(7), make_item(0, text="Полиция, второе сообщение.", language="kk")])
    edited = make_post(0, text="Полиция, второе сообщение.")
    store.add_opinions([make_opinion(p) for p in (*POSTS, edited)])
    store.add_opinions([make_opinion(POSTS[1], model="person:ab")])
    assert {c.id for c in store.candidates()} == {edited.id, POSTS[2].id}
    (kazakh,) = store.candidates(["kk"])
    assert (kazakh.story, kazakh.reads, kazakh.doubt) == (edited.id, "negative", pytest.approx(0.17))
    assert store.known_stories() == {POSTS[1].id}


def test_people_are_heard_with_their_last_word(store):
    said = [("person:b", "negative"), ("person:a", "neutral"), ("person:a", "positive"), ("m1", "negative")]
    for hour, (who, sentiment) in enumerate(said):
        opinion = make_opinion(POSTS[0], model=who, sentiment=sentiment)
        store.add_opinions([opinion], at=MONDAY + timedelta(hours=hour))
    assert [(x.labeller, x.opinion.sentiment) for x in store.people()] == [
        ("person:a", "positive"),
        ("person:b", "negative"),
    ]


def test_labels_of_unknown_posts_are_passed_over(store):
    assert store.add_opinions([make_opinion("nothing")]) == 0
    assert store.labels("nothing") == []


def test_unjudged_posts_are_handed_out_until_there_are_none(store):
    assert [p.id for p in store.unjudged("m1", 2)] == [POSTS[0].id, POSTS[1].id]
    store.add_opinions([make_opinion(POSTS[1])])
    assert [p.id for p in store.unjudged("m1", 9)] == [POSTS[0].id, POSTS[2].id]
    store.add_opinions([make_opinion(POSTS[0]), make_opinion(POSTS[2])])
    assert store.unjudged("m1", 9) == []
    assert len(store.unjudged("m2", 9)) == 3
    store.add(1, [make_item(7), make_item(0, text="Полиция, второе сообщение.")])
    assert len(store.unjudged("m1", 9)) == 2
    assert len(store.unjudged("m2", 9)) == 4  # the superseded first version is not worth a judgement


def test_filters_follow_the_newest_label(store):
    store.add_opinions([make_opinion(POSTS[0], bodies=("courts",))])
    assert store.count(body="courts", reason="slow_ineffective", sentiment="negative") == 1
    assert store.count(body="police") == 2
    person = make_opinion(POSTS[0], model="person:a", sentiment="positive", bodies=(), reasons=())
    store.add_opinions([person])
    assert (
        store.count(body="courts") == store.count(reason="slow_ineffective") == store.count(sentiment="negative") == 0
    )
    assert store.count(body="police") == 3  # no body named: the one that the text mentions


def test_judged_rows_are_current_dated_and_about_a_body(store):
    edited = make_post(0, text="Полиция ответила всем.")
    late, undated = make_post(5, published=MONDAY + timedelta(days=7)), make_post(6, published=None)
    store.add(1, [make_item(0, text=edited.text), make_item(5, published=late.published), make_item(6, published=None)])
    store.add_opinions([make_opinion(p) for p in (POSTS[0], edited, late, undated)])
    store.add_opinions([make_opinion(POSTS[1], about=False, sentiment=None)])
    store.add_opinions([make_opinion(POSTS[2], sentiment=None, abstained=True)])
    assert [j.post_id for j in store.judged()] == [edited.id, POSTS[2].id, late.id]
    assert [j.post_id for j in store.judged(first="2026-W08")] == [late.id]
    assert [j.post_id for j in store.judged(last="2026-W07")] == [edited.id, POSTS[2].id]
    row = next(store.judged())
    assert (row.regions, row.bodies, row.reasons) == (("KZ-75",), ("police",), ("slow_ineffective",))
    assert (row.story, row.official, row.abstained, row.published) == (edited.id, False, False, MONDAY)


@pytest.mark.parametrize(("kind", "official"), [("article", True), ("comment", False), ("appeal", False)])
def test_what_citizens_say_on_the_channel_of_a_body_is_theirs(store, kind, official):
    store.declare_sources([SimpleNamespace(id="ministry", official=True)])
    post = make_post(7, source="ministry", kind=kind)
    store.add(1, [make_item(7, source="ministry", kind=kind)])
    store.add_opinions([make_opinion(post)])
    assert [row.official for row in store.judged()] == [official]
    assert store.count(official=True) == official


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["m1", "m2", "person:a", "person:b"]), st.sampled_from("abc")), max_size=8))
def test_the_current_view_is_what_the_history_says(tmp_path_factory, given_labels):
    with Store.open(tmp_path_factory.mktemp("labels") / "senim.db") as store:
        store.add(store.begin("test"), [make_item(0)])
        for hour, (who, what) in enumerate(given_labels):
            opinion = make_opinion(POSTS[0], model=who, codebook=what)
            store.add_opinions([opinion], at=MONDAY + timedelta(hours=hour))
        history = store.labels(POSTS[0].id)
        people = [x for x in history if x.labeller.startswith("person:")]
        assert store.opinion(POSTS[0].id) == ((people or history)[-1].opinion if history else None)
        models = [x.labeller for x in history if x not in people]
        assert len(models) == len(set(models))


def test_equal_opinions_are_equal_text():
    opinion = make_opinion("x")
    assert from_json(to_json(opinion)) == opinion
    assert to_json(opinion) == to_json(replace(opinion))
