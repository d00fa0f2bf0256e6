"""The simple methods learn what is plain to see, and do so again in the same way."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from builders import Named
from labels_and_answers import make_labelled, write_public_sets

from models import answers as sides
from models import baselines, benchmarks, hashing, linear, measures
from monitor import settings

REASONS = [r for r in settings.load().reasons if r.code in ("corruption", "effective_help")]
CODES = [r.code for r in REASONS]
KINDS = (
    ("negative", "corruption", "полиция взяла взятку на посту"),
    ("positive", "effective_help", "полиция быстро нашла ребёнка"),
    ("neutral", None, "полиция сообщает о перекрытии улицы"),
    (None, None, "погода хорошая, гуляем в парке"),
)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def posts(split, count=40):
    found = []
    for n in range(count):
        sentiment, code, text = KINDS[n % 4]
        found.append(make_labelled(
            f"{split}-{n}", sentiment, [(code, 8, len(text))] if code else [], split=split, text=f"{text} {n % 7}",
        ))  # fmt: skip
    return found


@pytest.fixture(scope="module")
def said():
    return baselines.answers(posts("train"), posts("dev"), posts("test"), reasons=REASONS, finder=Named("полиция"))


def test_every_baseline_answers_every_post(said):
    assert set(said) == set(baselines.NAMES)
    assert {len(opinions) for opinions in said.values()} == {40}


@pytest.mark.parametrize("name", ["tfidf", "fasttext_like"])
def test_what_is_plain_is_learnt(said, name):
    found = measures.measure(sides.compare(posts("test"), said[name], CODES))
    assert found["about_f1"]["value"] == 1.0
    assert found["stance_macro_f1"]["value"] == 1.0
    assert found["reasons_micro_f1"]["value"] == 1.0


def test_the_majority_knows_no_reason(said):
    assert {(o.about, o.reasons) for o in said["majority"]} == {(True, ())}


def test_cues_take_the_side_of_their_reasons():
    texts = ("полиция требует взятку", "полиция закрыла улицу", "взятку дали не тем")
    found = baselines.by_cues([make_labelled(n, text=t) for n, t in enumerate(texts)], REASONS, Named("полиция"))
    assert [(o.about, o.sentiment) for o in found] == [(True, "negative"), (True, "neutral"), (False, None)]
    assert [(c.code, texts[0][c.start : c.end]) for c in found[0].reasons] == [("corruption", "взятку")]


def test_bags_are_the_same_again():
    from models import guesses

    truth = guesses.labels(posts("train"), CODES)
    texts = [p.text for p in posts("train")]
    one, other = (hashing.read(hashing.train(texts, truth, epochs=1), texts[:4]) for _ in range(2))
    assert np.array_equal(one.stance, other.stance)
    assert np.allclose(one.stance.sum(1), 1)
    assert len(hashing.hashed("")) == 1


def test_a_class_never_seen_has_no_probability():
    vectors = linear.features()
    seen = vectors.fit_transform(["беда беда", "рахмет рахмет", "беда опять", "рахмет опять"])
    found = linear.several(seen, np.array([0, 2, 0, 2]), [seen])[0]
    assert np.array_equal(found[:, 1], np.zeros(4))
    assert found.argmax(1).tolist() == [0, 2, 0, 2]
    assert linear.several(seen, np.array([2, 2, 2, 2]), [seen])[0].tolist() == [[0, 0, 1]] * 4


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_public_sets(tmp_path_factory.mktemp("public"))


def test_the_public_baseline_learns_each_family(data):
    assert baselines.public(data) == dict.fromkeys((b.name for b in benchmarks.BENCHMARKS), 1.0)


def test_the_language_rule_is_scored_over_three_languages(data):
    assert benchmarks.languages(data, lambda text: text.split()[0])["value"] == 1.0
    wrong = benchmarks.languages(data, lambda text: "en" if text.startswith("mixed") else text.split()[0])
    assert wrong["value"] == pytest.approx(2 / 3, abs=1e-4)
    assert wrong["n"] == 24


def test_public_tests_have_n_interval_and_anchor(data, tiny_model):
    from models import evaluation

    found = evaluation.public(tiny_model, data)
    assert set(found) == {"threshold", *(b.name for b in benchmarks.BENCHMARKS)}
    for b in benchmarks.BENCHMARKS:
        one = found[b.name]
        assert one["n"] == (12 if b.head == "review" else 18)
        assert 0 <= one["low"] <= one["high"] <= 1
        assert set(one["also"]) == set(b.also)
        assert one["anchor"].startswith(b.metric)
