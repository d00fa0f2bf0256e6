"""What the model says of a post, and of each body that it names; the weights here have learnt nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import make_post

from models import passages
from monitor import settings
from monitor.records import SENTIMENTS
from monitor.relevance import Matcher

PRAISE = "Полиция приехала через пять минут и вернула велосипед, спасибо ребятам."
BLAME = "Прокуратура второй месяц не отвечает на жалобу и покрывает взяточников."
WEATHER = " ".join(f"Погода {n} в городе была тихой, и на рынке продавали яблоки и дыни." for n in range(12))


@pytest.fixture(scope="module")
def about():
    """Return a maker of posts with the mentions that the shipped names find."""
    matcher = Matcher(settings.load(settings.shipped_config().parent).bodies)

    def made(text, title=""):
        return make_post(0, title=title, text=text, mentions=matcher.mentions(title, text))

    return made


def test_praise_of_one_body_and_blame_of_another_are_two_stances(tiny_classifier, about):
    (opinion,) = tiny_classifier.judge([about(f"{PRAISE} {BLAME}")])
    assert opinion.bodies == ("police", "prosecutor")
    assert [s.body for s in opinion.stances] == ["police", "prosecutor"]
    police, prosecutor = opinion.stances
    assert police.probabilities != prosecutor.probabilities
    text = f"{PRAISE} {BLAME}"
    assert [text[s.start : s.end] for s in opinion.stances] == [PRAISE, BLAME]
    for stance in opinion.stances:
        assert sum(stance.probabilities) == pytest.approx(1, abs=1e-9)
        assert stance.confidence == max(stance.probabilities)
        assert stance.sentiment in (None, SENTIMENTS[stance.probabilities.index(stance.confidence)])
        assert (stance.sentiment is None) == (stance.confidence < tiny_classifier.card.abstain)


def test_the_model_abstains_on_one_body_alone(tiny_classifier, about):
    (opinion,) = tiny_classifier.judge([about(f"{PRAISE} {BLAME}")])
    low, high = sorted(s.confidence for s in opinion.stances)
    between, tiny_classifier.card = tiny_classifier.card, replace(tiny_classifier.card, abstain=(low + high) / 2)
    try:
        (shy,) = tiny_classifier.judge([about(f"{PRAISE} {BLAME}")])
    finally:
        tiny_classifier.card = between
    assert sorted(s.sentiment is None for s in shy.stances) == [False, True]


def test_the_whole_post_is_read_as_if_nobody_asked_for_single_bodies(tiny_classifier, about):
    both, one = about(f"{PRAISE} {BLAME}"), about(PRAISE)
    (opinion,) = tiny_classifier.judge([both])
    cut = passages.cut(both.title, both.text, both.mentions)
    assert replace(opinion, stances=()) == tiny_classifier._opinion(both, tiny_classifier._read(cut))
    assert tiny_classifier.judge([one])[0].stances == ()


def test_the_strongest_passage_of_a_long_text_is_the_evidence(tiny_classifier, about):
    text = f"{PRAISE} {WEATHER} {BLAME} {WEATHER} Полиция снова молодцы, нашли угонщика за час. {WEATHER}"
    (opinion,) = tiny_classifier.judge([about(text)])
    for stance, name in zip(opinion.stances, ("Полиция", "Прокуратура"), strict=True):
        assert name in text[stance.start : stance.end]
        assert stance.end - stance.start < len(text) / 2


def test_posts_about_something_else_have_no_stances(tiny_classifier, about):
    assert tiny_classifier.judge([replace(about(f"{PRAISE} {BLAME}"), language="und")])[0].stances == ()
    assert tiny_classifier.judge([]) == []
