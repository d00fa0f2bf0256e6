"""Offsets in the normal form lead back to the very characters that were given."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.cleaning import normalise
from monitor.origins import Origins

TRICKY = [
    "й",
    "и\u0306",
    "ә",
    "а",
    "o",
    "p",
    "П",
    "1",
    "-",
    "\u2010",
    "\u00ad",
    "\u200b",
    " ",
    "\t",
    "\r\n",
    "\r",
    "\n",
]
TRICKY += ["\u2028", "\xa0", "\u3164", "\ufeff", "👮🏽‍♂️", "e\u0301", ".", "«", "ﬁ", "\ud800", "\U0001d400", "\u0301"]


def cited(raw, words):
    clean = normalise(raw)
    start = clean.index(words)
    a, b = Origins(raw, clean).span(start, start + len(words))
    return raw[a:b]


@pytest.mark.parametrize(
    ("raw", "words", "expected"),
    [
        ("Полиция приехала.", "приехала", "приехала"),
        ("  Полиция\r\n\r\n\tне  приехала", "Полиция\nне приехала", "Полиция\r\n\r\n\tне  приехала"),
        (unicodedata.normalize("NFD", "полицейский йод"), "полицейский", unicodedata.normalize("NFD", "полицейский")),
        ("пoлиция мoлчит", "полиция", "пoлиция"),
        ("\ufeffпо\u00adли\u200bция здесь", "полиция", "по\u00adли\u200bция"),
        ("участко-\nвый не пришёл", "участковый", "участко-\nвый"),
        ("ІІМ-\nнің өкілі", "ІІМ-нің", "ІІМ-\nнің"),
        ("\u3164\u3164полиция", "полиция", "полиция"),
        ("👮🏽‍♂️ полиция", "полиция", "полиция"),
        ("\ud800полиция", "полиция", "полиция"),
    ],
)
def test_words_of_the_normal_form_are_found_as_they_were_given(raw, words, expected):
    assert cited(raw, words) == expected


def test_an_empty_span_stays_empty():
    raw = "  полиция\r\n"
    origins = Origins(raw, normalise(raw))
    assert origins.span(0, 0) == (2, 2)
    assert origins.span(7, 7) == (len(raw), len(raw))


@given(st.lists(st.sampled_from(TRICKY), max_size=40).map("".join) | st.text(max_size=60))
def test_spans_lie_in_the_text_and_never_go_back(raw):
    clean = normalise(raw)
    origins = Origins(raw, clean)
    spans = [origins.span(n, n + 1) for n in range(len(clean))]
    assert all(0 <= a < b <= len(raw) for a, b in spans)
    assert spans == sorted(spans)


@given(st.lists(st.sampled_from([t for t in TRICKY if t != "-"]), max_size=40).map("".join))
def test_each_word_comes_from_letters_that_make_it(raw):
    clean = normalise(raw)
    origins = Origins(raw, clean)
    for word in re.finditer(r"[а-яәП]+", clean):
        a, b = origins.span(*word.span())
        assert len(re.findall(r"[^\W\d_]", unicodedata.normalize("NFC", raw[a:b]))) == len(word[0])
