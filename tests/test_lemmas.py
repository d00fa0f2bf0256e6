"""A query in any form, dress or case meets the text: same lemma on both sides."""

import pytest

from monitor.lemmas import lemmas

SAME = [
    ("взятки", "ru", "взятку", "ru"),
    ("полицейские", "ru", "полицейского", "ru"),
    ("её дёрнули", "ru", "ее дернули", "ru"),
    ("тәртібін", "kk", "тартип", "kk"),  # without the Kazakh letters
    ("қызметкерлер", "kk", "кызметкердин", "kk"),
    ("полициясы", "kk", "полиция", "kk"),
    ("полиция", "ru", "полицияға", "kk"),
    ("officers", "en", "officer", "en"),
    ("bribes", "en", "bribe", "en"),
    ("stopped", "en", "stop", "en"),
    ("policies", "en", "policy", "en"),
    ("prosecutor's", "en", "prosecutors", "en"),
    ("сақшылар взятку алды", "mixed", "сақшы взятка алды", "mixed"),
]


@pytest.mark.parametrize(("one", "its_language", "other", "other_language"), SAME)
def test_forms_of_one_word_meet(one, its_language, other, other_language):
    assert lemmas(one, its_language) == lemmas(other, other_language)


def test_order_numbers_and_punctuation():
    assert lemmas("102-ге қоңырау шалдым, келмеді!", "kk").split()[0] == "102"
    assert lemmas("", "ru") == ""
    assert lemmas("«...»", "und") == ""
