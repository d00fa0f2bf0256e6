"""A passage marks the bodies and can always be walked back to the characters of the post."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import passages
from monitor.records import Mention

LONG = " ".join(f"Бұл {n}-сөйлем ауа райы туралы жазылған, өзге ештеңе жоқ." for n in range(40))


def mentions_of(text, word="полиция"):
    found, at = [], text.find(word)
    while at >= 0:
        found.append(Mention(body="police", start=at, end=at + len(word)))
        at = text.find(word, at + 1)
    return found


def test_a_short_text_is_one_passage_with_its_bodies_marked():
    text = "Кеше полиция келмеді. Бүгін полиция келді."
    (passage,) = passages.cut("", text, mentions_of(text))
    assert passage.text == "Кеше [T] полиция [/T] келмеді. Бүгін [T] полиция [/T] келді."
    assert passage.bodies == ("police",)


def test_a_long_text_is_read_around_its_mentions_only():
    text = LONG + " Вот полиция приехала через два часа после вызова. " + LONG
    cut = passages.cut("", text, mentions_of(text))
    assert len(cut) == 1
    assert "[T] полиция [/T] приехала" in cut[0].text
    assert len(cut[0].text) < 400


def test_a_long_text_without_a_mention_is_read_from_its_lead():
    (passage,) = passages.cut("", LONG, [])
    assert LONG.startswith(passage.text[:300])
    assert len(passage.text) <= passages.WHOLE


def test_the_title_stands_in_front_and_leads_nowhere():
    (passage,) = passages.cut("Заголовок", "Текст о полиции.", [])
    assert passage.text.startswith("Заголовок. Текст")
    assert passage.origin(0) == -1
    assert passage.origin(len("Заголовок. ")) == 0


def test_no_more_passages_than_the_most():
    text = " ".join(f"{LONG} Тут полиция номер {n}." for n in range(12))
    assert len(passages.cut("", text, mentions_of(text))) == passages.MOST


@given(st.text(alphabet="аб .!?\nполиця", max_size=60), st.integers(0, 3))
def test_every_character_of_a_passage_is_that_of_the_post(noise, copies):
    text = (noise + " полиция ") * (copies + 1)
    for passage in passages.cut("", text, mentions_of(text)):
        for i, char in enumerate(passage.text):
            origin = passage.origin(i)
            assert origin == -1 or text[origin] == char


@given(st.text(max_size=300))
def test_sentences_cover_the_text(text):
    spans = passages.sentences(text)
    assert "".join(text[a:b] for a, b in spans) == text


@pytest.mark.parametrize("text", ["", " ", "\n\n", "."])
def test_nothing_is_a_passage_too(text):
    assert len(passages.cut("", text, [])) == 1
