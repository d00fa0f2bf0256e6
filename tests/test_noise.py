"""Noise imitates careless typing; it never runs wild."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import noise


@pytest.mark.parametrize(
    ("full", "typed"),
    [
        ("Учаскелік инспектор көмектескен жоқ", "Учаскелик инспектор комектескен жок"),
        ("ҚЫЛМЫСТЫ ЖАСЫРҒАН", "КЫЛМЫСТЫ ЖАСЫРГАН"),
        ("үйдің жанында тұрды, қаһарман", "уйдин жанында турды, кахарман"),
    ],
)
def test_letterless(full, typed):
    assert noise.letterless(full) == typed


def test_letterless_keeps_every_offset():
    text = "Қарағанды облысының полициясы"
    assert len(noise.letterless(text)) == len(text)


def test_latin_is_latin():
    assert noise.latin("Полиция қызметкері шағым") == "Polisiia qyzmetkerı şağym"


@given(st.text(max_size=80), st.integers(0, 1000))
def test_widening_repeats_with_the_same_seed(text, seed):
    first = noise.widen(text, "kk", random.Random(seed))
    assert first == noise.widen(text, "kk", random.Random(seed))
    assert len(first) <= 3 * len(text) + 10
