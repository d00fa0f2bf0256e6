"""A passage marks the bodies and can always be walked back to the characters of the post."""

from __future__ import annotations

from dataclasses import replace

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
    behind = len("Заголовок. ")
    assert passage.origins([(0, 9), (behind, behind + 5)]).tolist() == [[-1, -1], [0, 5]]


def test_no_more_passages_than_the_most():
    text = " ".join(f"{LONG} Тут полиция номер {n}." for n in range(12))
    assert len(passages.cut("", text, mentions_of(text))) == passages.MOST


def named(text, **forms):
    """Return the mentions of bodies by one form each, in the order of the text."""
    found = [replace(m, body=body) for body, form in forms.items() for m in mentions_of(text, form)]
    return sorted(found, key=lambda m: m.start)


def own_of(title, text, mentions):
    found = passages.own(title, text, mentions, passages.cut(title, text, mentions))
    assert all(text[slice(*p.span)] in p.text.replace(passages.OPEN, "").replace(passages.CLOSE, "") for p in found)
    return {body: [p.text for p in found if body in p.bodies] for body in sorted({b for p in found for b in p.bodies})}


def test_each_of_several_bodies_has_the_sentences_that_name_it_and_the_one_after():
    text = "Вчера полиция не приняла заявление. Нагрубили и выгнали. Вот прокуратура за день всё решила. Спасибо!"
    assert own_of("", text, named(text, police="полиция", prosecutor="прокуратура")) == {
        "police": ["Вчера [T] полиция [/T] не приняла заявление. Нагрубили и выгнали."],
        "prosecutor": ["Вот [T] прокуратура [/T] за день всё решила. Спасибо!"],
    }


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("Там полиция молодцы, а суд взял взятку.", "Там [T] полиция [/T] молодцы,", "а [T] суд [/T] взял взятку."),
        ("Бұл полиция жақсы, ал суд пара алды.", "Бұл [T] полиция [/T] жақсы,", "ал [T] суд [/T] пара алды."),
        ("This полиция helped, but the суд lied.", "This [T] полиция [/T] helped,", "but the [T] суд [/T] lied."),
    ],
)
def test_a_sentence_is_cut_where_it_turns_to_another_body(text, first, second):
    assert own_of("", text, named(text, police="полиция", courts="суд")) == {"courts": [second], "police": [first]}


def test_bodies_that_are_never_told_apart_are_not_read_again():
    text = "Ту же полиция и суд обещали проверить."
    assert own_of("", text, named(text, police="полиция", courts="суд")) == {}
    assert own_of("", "Кеше полиция келді.", mentions_of("Кеше полиция келді.")) == {}
    text += " Отдельно прокуратура ничего жителям не обещала."
    found = own_of("", text, named(text, police="полиция", courts="суд", prosecutor="прокуратура"))
    assert found["police"] == found["courts"] == ["Ту же [T] полиция [/T] и [T] суд [/T] обещали проверить."]


def test_a_title_about_another_body_does_not_stand_in_front():
    text = "Вчера полиция не приняла заявление жильцов. Потом прокуратура за один день всё решила."
    heading = Mention(body="police", start=0, end=7, in_title=True)
    mentions = [*named(text, police="полиция", prosecutor="прокуратура"), heading]
    found = own_of("Полиция отказала", text, mentions)
    assert found["police"][0].startswith("Полиция отказала. Вчера")
    assert found["prosecutor"][0].startswith("Потом")


def test_a_passage_of_one_body_is_not_read_twice():
    text = f"Вот полиция приехала через два часа после вызова. {LONG} Вот суд оправдал невиновного человека. {LONG}"
    mentions = named(text, police="полиция", courts="суд")
    assert [p.bodies for p in passages.cut("", text, mentions)] == [("police",), ("courts",)]
    assert own_of("", text, mentions) == {}


def test_every_body_has_a_passage_before_one_has_two():
    text = " ".join(f"Снова полиция номер {n} опять промолчала. Зато суд номер {n} ответил всем." for n in range(4))
    found = own_of("", text, named(text, police="полиция", courts="суд"))
    assert [len(own) for own in found.values()] == [passages.EXTRA // 2] * 2


@given(st.lists(st.sampled_from(["полиция", "суд", " а ", ", а ", ". ", "\n", " и слова о погоде "]), max_size=12))
def test_passages_of_single_bodies_hold_the_characters_of_the_post(parts):
    text = "".join(parts)
    mentions = named(text, police="полиция", courts="суд")
    found = passages.own("", text, mentions, passages.cut("", text, mentions))
    assert len(found) <= passages.EXTRA
    for passage in found:
        start, end = passage.span
        assert passage.text.replace(passages.OPEN, "").replace(passages.CLOSE, "") == text[start:end]
        assert all(any(m.body == b and start <= m.start < end for m in mentions) for b in passage.bodies)


@given(st.text(alphabet="аб .!?\nполиця", max_size=60), st.integers(0, 3))
def test_every_character_of_a_passage_is_that_of_the_post(noise, copies):
    text = (noise + " полиция ") * (copies + 1)
    for passage in passages.cut("", text, mentions_of(text)):
        each = passage.origins([(i, i + 1) for i in range(len(passage.text))])
        for char, (start, end) in zip(passage.text, each.tolist(), strict=True):
            assert (start, end) == (-1, -1) or text[start:end] == char


@given(st.text(max_size=300))
def test_sentences_cover_the_text(text):
    spans = passages.sentences(text)
    assert "".join(text[a:b] for a, b in spans) == text


@pytest.mark.parametrize("text", ["", " ", "\n\n", "."])
def test_nothing_is_a_passage_too(text):
    assert len(passages.cut("", text, [])) == 1
