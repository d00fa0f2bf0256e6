"""The language of what people write: four dresses of Kazakh, Russian, English, and others refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.language import detect, kazakh_word

CASES = {
    "kk": [
        "Полицияға қоңырау шалдым, бір сағат күттім, ешкім келмеді",
        "Учаскелік инспектор үйді аралап, тұрғындармен сөйлесті",
        "рахмет",
        "ІІМ",
        "ІІМ мәлімдемесі",
        # without its letters
        "полиция шакырдым бирак ешким келмеди",
        "тартип сакшылары ози занды бузып жур",
        "жаксы жумыс истеп жатыр екен",
        # in Latin letters
        "Polisia qyzmetkerleri tez keldi, rahmet",
        "uchaskelik inspektor telefonyn almaidy",
        "polisia kelmedi",
        "Tärtip saqşylary jūmysyn jaqsy atqardy",
    ],
    "ru": [
        "Участковый не берёт трубку третий день",
        "привет",
        "Полиция",
        "Полицейские Шымкента",
        "Прокуратура начала проверку",
        "МВД отчиталось о снижении преступности",
        "v politsii skazali chto eto ne ih rabota",
    ],
    "en": [
        "Police officers were rude and refused to take my statement",
        "The court has ruled that the inspector must be reinstated",
        "cops lol",
        "Astana police return stolen phone to tourist",
    ],
    "mixed": [
        "Участковый келмеді, өтініш жаздым, толку ноль",
        "Полицияға звонил, сказали ждите, әлі күтіп отырмын",
        "Жарайсыңдар, молодцы ребята, так держать",
        "ұрлық болды, а участковый трубку не берёт",
    ],
    "und": [
        "",
        "123 !!! 😀",
        "https://example.org/a",
        "поліція приїхала дуже швидко",
        "милиция ишга келмади, ўзбекистонда қандай ҳолат",
        "жыл сайын көп адам келет, мен да ошол жакта болдум",
        "la policía llegó muy tarde y no hizo nada",
        "警察来了",
    ],
}


@pytest.mark.parametrize(("language", "text"), [(k, t) for k, texts in CASES.items() for t in texts])
def test_language(language, text):
    assert detect(text) == language


@given(st.text(max_size=120))
def test_every_text_gets_one_of_five_answers(text):
    assert detect(text) in ("kk", "ru", "en", "mixed", "und")


@pytest.mark.parametrize("text", ["Полицияға қоңырау шалдым", "Участковый не пришёл"])
def test_links_and_names_of_accounts_do_not_count(text):
    assert detect(f"{text} https://example.org/the-police-of-the-city @police #astana") == detect(text)


def test_words():
    assert kazakh_word("Қылмыс") == 1
    assert kazakh_word("емес") > 0.9
    assert kazakh_word("почему") < 0.1
    assert kazakh_word("телефон") == 0.5
