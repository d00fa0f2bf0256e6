"""Kazakh in its three dresses, and its stems."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.kazakh import fold, from_latin, is_suffix, kazakh_stem, skeleton

STEMS = {
    "полиция": "полицияны полицияның полицияға полицияда полициядан полициямен полициясы полициясының полициялар",
    "полицей": "полицейлер полицейлердің полицейге полицейлерді",
    "тәртіп": "тәртіпті тәртіпке тәртібі тәртібін тәртіптің",
    "сенімсіздік": "сенімсіздіктің сенімсіздігі сенімсіздігін",
    "кәсібилік": "кәсібилігі кәсібилікке",
    "жемқорлық": "жемқорлықты жемқорлыққа жемқорлығы жемқорлықтан",
    "орган": "органдар органдары органдарының органға органы",
    "сақшы": "сақшылар сақшылардың сақшыны сақшыға сақшысы сақшының",
    "департамент": "департаменті департаментінің департаментке департаменттер",
    "қызметкер": "қызметкерлер қызметкері қызметкерлеріне қызметкерден",
    "сот": "соттың сотқа сотта соттан сотты соттар",
    "пара": "параны парамен парасы",
    "облыс": "облысы облысында облысының",
    "ііо": "ІІО-ның ІІО-ға ІІО-дан",
    "тартип": "тартипти тартиби тартибин",
    "болма": "болмады болмайды болмаған",
}


@pytest.mark.parametrize(("word", "stem"), [(w, s) for s, words in STEMS.items() for w in [s, *words.split()]])
def test_kazakh_stem(word, stem):
    assert kazakh_stem(word) == stem


@given(st.text(st.sampled_from("абдегиклмнорстуыіңғқөүәшй-"), min_size=1, max_size=20))
def test_a_stem_is_never_empty_and_never_longer(word):
    assert 0 < len(kazakh_stem(word)) <= len(word) or word.startswith("-")


@pytest.mark.parametrize("word", ["polisiia", "polisia", "politsiya", "polısia", "полиция", "Полиция"])
def test_all_spellings_of_police_share_a_skeleton(word):
    assert skeleton(word) == "полисиа"


def test_latin_kazakh_becomes_cyrillic():
    assert from_latin("qyzmetker") == "қызметкер"
    assert from_latin("zhauapty") == "жауапты"
    assert from_latin("Tártip") == "тәртип"


@given(st.text(max_size=50))
def test_folding_keeps_every_offset(text):
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize("tail", ["", "нын", "ларга", "сынын", "дагылар", "мен", "ындагы"])
def test_noun_endings(tail):
    assert is_suffix(tail)


@pytest.mark.parametrize("tail", ["рудник", "овый", "ной", "алитет", "ба"])
def test_no_noun_endings(tail):
    assert not is_suffix(tail)
