"""One normal form: look-alike letters, torn words, invisible characters, blanks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.cleaning import digest_key, normalise

CASES = [
    # look-alikes: a word takes the script of its unmistakable letters
    ("Рolisia.kz", "Polisia.kz"),  # Cyrillic Р
    ("КZ CERT", "KZ CERT"),  # Cyrillic К
    ("VІ бап", "VI бап"),  # Kazakh І in a Roman number
    ("XІX ғасыр", "XIX ғасыр"),
    ("cоотношение", "соотношение"),  # Latin c
    ("полиция бiздi қорғайды", "полиция бізді қорғайды"),  # Latin i becomes Kazakh і
    ("IIМ-нің", "ІІМ-нің"),  # Latin I twice, Cyrillic М
    ("ПOЛИЦИЯ", "ПОЛИЦИЯ"),
    ("əкімдік", "әкімдік"),  # Latin schwa
    ("қаhарман", "қаһарман"),
    ("пοлиция", "полиция"),  # Greek omicron
    ("жаӊа", "жаңа"),  # rare Cyrillic letter for ң
    ("п0лиция", "полиция"),
    ("102 және 2030ж", "102 және 2030ж"),
    # words in one script and honest mixtures stay
    ("cop", "cop"),
    ("СОР", "СОР"),
    ("iPhoneдар", "iPhoneдар"),
    ("IT-шник", "IT-шник"),
    ("Facebook-те", "Facebook-те"),
    ("c 12 до 13", "c 12 до 13"),
    # torn words and invisible characters
    ("поли\u00adция", "полиция"),
    ("поли\u200bция", "полиция"),
    ("участ-\nковый", "участковый"),
    ("участ- \n  ковый", "участковый"),
    ("ІІО-\nның", "ІІО-ның"),
    ("жол\u2011көлік", "жол-көлік"),
    ("ұрлық — қылмыс", "ұрлық — қылмыс"),
    ("\ufeffбасы", "басы"),
    ("👨\u200d👩\u200d👧 отбасы", "👨\u200d👩\u200d👧 отбасы"),
    ("и\u0306од", "йод"),  # NFC
    # blanks
    ("  бір\u00a0 екі\t үш  ", "бір екі үш"),
    ("бірінші\r\n\r\n\n екінші \n", "бірінші\nекінші"),
    ("a\u2028b", "a\nb"),
    ("", ""),
    ("\n \n", ""),
]


@pytest.mark.parametrize(("given_text", "expected"), CASES)
def test_normal_form(given_text, expected):
    assert normalise(given_text) == expected


LETTERS = st.sampled_from("aeiopcxyhHIKЕіІсоруАМnж-0 \n\t\u00ad\u200b\u200d\u0306\u0308əɵë1.,«»ο")


@given(st.text(LETTERS, max_size=40) | st.text(max_size=60))
def test_normalising_twice_changes_nothing(text):
    once = normalise(text)
    assert normalise(once) == once


@given(st.text(max_size=80))
def test_no_blank_lines_and_no_double_spaces(text):
    result = normalise(text)
    assert "  " not in result
    assert "\n\n" not in result
    assert result == result.strip()


def test_key_ignores_case_punctuation_and_look_alikes():
    assert digest_key("Полиция, келді!") == digest_key("полиция   КЕЛДI")  # noqa: RUF100
    assert digest_key("полиция келді") != digest_key("полиция келмеді")
    assert len(digest_key("")) == 40


def test_lone_surrogates_do_not_stop_a_pass():
    assert normalise("бір\ud800 екі") == "бір екі"
