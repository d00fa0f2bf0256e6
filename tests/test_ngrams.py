"""N-grams beside the network: one key for all spellings, weights that are learnt, mixed and kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import blend, ngrams, noise, wide
from models.network import HEADS
from models.tasks import Example

KAZAKH = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя АӘҚҰІ,.-"
EXAMPLES = [
    example
    for n in range(8)
    for example in (
        Example(text=f"участковый взятка сұрады {n}", language="mixed", sentiment=0, about=True, reasons=(0,)),
        Example(text=f"полиция тез көмектесті {n}", language="kk", sentiment=2, about=True, reasons=(1,)),
        Example(text=f"полиция сообщила о погоде {n}", language="ru", sentiment=1, about=True, reasons=()),
        Example(text=f"бүгін ауа райы жылы {n}", language="kk", about=False, reasons=()),
    )
]


@pytest.fixture(scope="module")
def learnt():
    return wide.fit(EXAMPLES, 3)


@given(st.text(KAZAKH, max_size=60))
def test_kazakh_without_its_letters_has_the_same_key(text):
    assert ngrams.fold(noise.letterless(text)) == ngrams.fold(text)


@pytest.mark.parametrize("text", ["Полиция қызметкері шағым алмады", "үйге кірмейді, құжат сұрайды", "жақсы рахмет"])
def test_kazakh_in_latin_script_has_the_same_key(text):
    assert ngrams.fold(noise.latin(text)) == ngrams.fold(text)


def test_stretched_letters_and_marks_leave_no_trace():
    assert ngrams.fold("[T] полиция [/T] жаксыыыы") == ngrams.fold("полиция жақсы")


@given(st.text(max_size=200))
def test_any_text_gets_a_vector_whose_halves_have_length_one_or_none(text):
    buckets, values = ngrams.vector(text, np.ones(2 * ngrams.BUCKETS))
    assert (np.diff(buckets) > 0).all()
    for half in (values[buckets < ngrams.BUCKETS], values[buckets >= ngrams.BUCKETS]):
        assert not len(half) or np.linalg.norm(half) == pytest.approx(1.0)


def test_what_was_shown_is_learnt(learnt):
    said = learnt.read(["участковый взятку берет", "тез комектести рахмет", "жылы ауа"])
    assert said["sentiment"][:2, HEADS.index("stance")].argmax(1).tolist() == [0, 2]
    assert said["about"].argmin() == 2
    assert said["reasons"][:2, :2].argmax(1).tolist() == [0, 1]


def test_a_question_without_examples_adds_nothing(learnt):
    said = learnt.read(["участковый", "полиция"])
    assert not said["reasons"][:, 2].any()
    assert not said["sentiment"][:, HEADS.index("tweet")].any()


def test_weights_come_back_in_half_precision(learnt, tmp_path):
    learnt.save(tmp_path)
    again = ngrams.load(tmp_path)
    texts = [e.text for e in EXAMPLES]
    for name, values in learnt.read(texts).items():
        assert np.allclose(values, again.read(texts)[name], atol=0.02), name
    assert ngrams.load(tmp_path / "elsewhere") is None


@settings(deadline=None, max_examples=25)  # a minimisation each
@given(st.integers(0, 1000))
def test_a_mixture_leans_on_the_side_that_knows(seed):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, 300)
    knows = np.eye(3)[truth] * 2 + rng.normal(size=(300, 3))
    guesses = rng.normal(size=(300, 3))
    assert blend.sides(knows, guesses, truth)[0] > blend.sides(knows, guesses, truth)[1]
    assert blend.sides(guesses, knows, truth)[0] < blend.sides(guesses, knows, truth)[1]


def test_a_rare_sentiment_counts_as_much_as_the_others_where_it_should():
    rng = np.random.default_rng(2)
    truth = rng.choice(3, p=(0.05, 0.9, 0.05), size=3000)
    deep = np.eye(3)[truth] * 1.5 + np.log([0.05, 0.9, 0.05]) + rng.normal(size=(3000, 3))
    recalls = {}
    for even in (False, True):
        mixture = blend.sides(deep, np.zeros((3000, 3)), truth, even=even)
        said = (mixture[0] * deep + np.array(mixture[2:])).argmax(1)
        recalls[even] = np.mean([(said[truth == side] == side).mean() for side in range(3)])
    assert recalls[True] > recalls[False] + 0.1


def test_a_mixture_of_yes_and_no_knows_how_rare_a_yes_is():
    rng = np.random.default_rng(1)
    truth = (rng.random(4000) < 0.05).astype(int)
    deep, other = rng.normal(size=(2, 4000)) + 2 * truth
    weights = blend.answers(deep, other, truth)
    chance = 1 / (1 + np.exp(-(weights[0] * deep + weights[1] * other + weights[2])))
    assert chance.mean() == pytest.approx(0.05, abs=0.01)


def test_a_head_without_a_mixture_stays_as_the_network_says():
    deep = {"about": np.ones(2), "sentiment": np.ones((2, len(HEADS), 3)), "reasons": np.ones((2, 4)), "evidence": 0}
    other = {name: 5 * values for name, values in deep.items()}
    mixed = blend.mix({"about": (0.5, 1.0, 2.0)}, deep, other)
    assert mixed["about"].tolist() == [7.5, 7.5]
    assert (mixed["reasons"] == 1).all()
    assert (mixed["sentiment"] == 1).all()
    assert mixed["evidence"] == 0
