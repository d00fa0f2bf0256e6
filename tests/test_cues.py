"""Cues: stems end with a star, other cues are whole words; spelling without Kazakh letters is the same word."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from models.cues import Cues
from monitor.declarations import PerLanguage

REASONS = [
    SimpleNamespace(code="corruption", cues=PerLanguage(kk=("пара", "пара алды"), ru=("взятк*",), en=("bribe*",))),
    SimpleNamespace(code="slow", cues=PerLanguage(kk=("кешікті*",), ru=("так и не приехал*",))),
]


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("Дал взятку, и отпустили", "corruption", "взятку"),
        ("Инспектор пара алды деп естідім", "corruption", "пара алды"),
        ("They were BRIBED", "corruption", "BRIBED"),
        ("полиция кешиктириппп... кешиктирилди", "slow", None),
        ("Наряд кешикти гой", "slow", "кешикти"),
        ("Так  и не приехали!", "slow", "Так  и не приехали"),
        ("Парақ пен парад", "corruption", None),
    ],
)
def test_find(text, code, words):
    hit = Cues(REASONS).find(text).get(code)
    if words is None:
        assert hit is None or text[slice(*hit)].startswith("кешик")
    else:
        assert text[slice(*hit)] == words
