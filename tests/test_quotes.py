"""A quotation shows the cited words, whole words, and not much more."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.quotes import quote

TEXT = "Вчера вечером в доме шумели. Участковый так и не пришёл, хотя звонили трижды. Соседи устали ждать."
CITED = "так и не пришёл"
SPAN = (TEXT.index(CITED), TEXT.index(CITED) + len(CITED))


def test_the_cited_words_are_marked_inside_their_sentence():
    found = quote(TEXT, [SPAN], width=60)
    assert found.marked == "… Участковый *так и не пришёл*, хотя звонили трижды. …"


def test_a_short_text_is_quoted_whole():
    assert quote("Спасибо полиции!", []).plain == "Спасибо полиции!"
    assert quote("Бардак.", [(0, 6)]).parts == (("Бардак", True), (".", False))


def test_a_long_sentence_is_cut_at_words():
    words = "слово " * 80 + "взятка " + "слово " * 80
    at = words.index("взятка")
    found = quote(words, [(at, at + 6)], width=100)
    assert "*взятка*" in found.marked
    assert len(found.plain) < 115
    assert set(found.plain.replace("…", "").split()) == {"слово", "взятка"}


def test_overlapping_spans_are_marked_once():
    assert quote("один два три", [(0, 8), (5, 12)]).marked == "*один два три*"


def test_spans_out_of_range_do_no_harm():
    assert quote("коротко", [(-5, 3), (90, 99), (4, 4)]).marked == "*кор*отко"
    assert quote("", [(0, 5)]).plain == ""


@given(st.text(max_size=600), st.lists(st.tuples(st.integers(0, 600), st.integers(0, 600)), max_size=4))
def test_the_first_citation_is_always_shown(text, spans):
    found = quote(text, spans, width=120)
    good = sorted((a, min(b, len(text))) for a, b in spans if a < min(b, len(text)))
    assert any(mark for _, mark in found.parts) == bool(good)
    if good:
        cited = text[good[0][0] : good[0][1]]
        assert "".join(found.plain.split()).find("".join(cited.split())[:20]) >= 0
        assert len(found.plain) <= max(120, len(cited)) + 130
