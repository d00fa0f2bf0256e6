"""The parts of the dashboard that need no server: marks, excerpts, versions, questions read from addresses, words."""

import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from monitor.dashboard import evidence, filters
from monitor.dashboard.page import Pages
from monitor.records import KINDS, LANGUAGES, Citation, Fate
from monitor.search import Filters
from monitor.settings import load

CITATIONS = st.lists(
    st.builds(
        Citation,
        code=st.sampled_from(("corruption", "formalism")),
        start=st.integers(-3, 60),
        end=st.integers(-3, 60),
        confidence=st.floats(0, 1),
    ),
    max_size=6,
)


@given(st.text(max_size=50), CITATIONS)
def test_pieces_put_together_are_the_text_and_every_cited_character_is_marked(text, citations):
    pieces = evidence.pieces(text, citations)
    assert "".join(p.text for p in pieces) == text
    at = 0
    for piece in pieces:
        for here in range(at, at + len(piece.text)):
            assert set(piece.codes) == {c.code for c in citations if c.start <= here < c.end}
        at += len(piece.text)
    usable = [c for c in citations if max(c.start, 0) < min(c.end, len(text))]
    assert sum(len(p.ends) for p in pieces) == len(usable)


@given(st.text(max_size=600), CITATIONS)
def test_an_excerpt_is_short_and_holds_the_surest_citation_whole(text, citations):
    shown = "".join(p.text for p in evidence.excerpt(text, citations))
    assert len(shown) < 900
    usable = [c for c in citations if 0 <= c.start < c.end <= len(text)]
    if usable:
        best = max(usable, key=lambda c: c.confidence)
        assert text[best.start : best.end] in shown


@given(st.text(alphabet="аб .\n", max_size=60), st.text(alphabet="аб .\n", max_size=60))
def test_a_difference_holds_both_versions(old, new):
    edits = evidence.difference(old, new)
    assert "".join(e.text for e in edits if e.kind != "new") == old
    assert "".join(e.text for e in edits if e.kind != "old") == new


def test_long_versions_are_compared_quickly():
    old = " ".join(f"слово{n}." for n in range(15000))
    begun = time.monotonic()
    edits = evidence.difference(old, old.replace("слово700.", "иначе."))
    assert [e.kind for e in edits] == ["same", "old", "new", "same"]
    assert time.monotonic() - begun < 5


@given(st.dictionaries(st.sampled_from((*filters.NAMES, "page", "official", "other")), st.text(max_size=30)))
def test_any_address_is_a_question_that_can_be_asked_again(query):
    asked = filters.read(query)
    assert 1 <= asked.page <= filters.LAST_PAGE
    pairs = dict(pair.split("=", 1) for pair in asked.address()[1:].split("&") if pair)
    assert set(pairs) <= {*filters.NAMES, "official"}


def test_every_fate_kind_and_language_has_its_words():
    for wording in Pages(load(Path(__file__).parents[1])).wordings.values():
        wanted = [f"fate_{f.value.replace(' ', '_')}" for f in Fate] + [f"kind_{k}" for k in KINDS]
        for key in (*wanted, *(f"lang_{x}" for x in LANGUAGES)):
            assert wording.say(key)


def test_filters_of_the_pages_are_those_of_the_store():
    assert set(filters.as_dict(Filters())) == {*filters.NAMES, "official", "about"}
