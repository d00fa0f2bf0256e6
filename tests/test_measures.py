"""The figures of our task are those of scikit-learn; their intervals hold what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from labels_and_answers import CODES, answers, make_answer, make_labelled
from sklearn import metrics

from models import intervals, measures, scores
from monitor.records import SENTIMENTS

stances = st.lists(st.tuples(st.sampled_from(SENTIMENTS), st.sampled_from(SENTIMENTS)), min_size=1, max_size=40)


@settings(max_examples=30, deadline=None)
@given(stances)
def test_stance_is_the_mean_over_labelled_classes(pairs):
    truth, said = zip(*pairs, strict=True)
    found = measures.measure(answers(*((make_labelled(sentiment=t), make_answer(s)) for t, s in pairs)))
    expected = metrics.f1_score(truth, said, labels=sorted(set(truth)), average="macro", zero_division=0)
    assert found["stance_macro_f1"]["value"] == pytest.approx(expected, abs=1e-4)
    assert found["stance_accuracy"]["value"] == pytest.approx(metrics.accuracy_score(truth, said), abs=1e-4)
    assert found["stance_macro_f1"]["low"] <= found["stance_macro_f1"]["high"]


some = st.sets(st.sampled_from(CODES))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(some, some), min_size=1, max_size=20))
def test_reasons_agree_with_scikit_learn(pairs):
    def spans(codes):
        return [(c, 0, 7) for c in sorted(codes)]

    found = measures.measure(
        answers(*((make_labelled(reasons=spans(t)), make_answer(reasons=spans(s))) for t, s in pairs))
    )
    truth, said = ([[int(c in codes) for c in CODES] for codes in side] for side in zip(*pairs, strict=True))
    there = [n for n in range(len(CODES)) if any(row[n] for row in truth)]
    assert found["reasons_micro_f1"]["n"] == sum(map(sum, truth))
    if there:
        micro = metrics.f1_score(truth, said, average="micro", zero_division=0)
        macro = metrics.f1_score(truth, said, labels=there, average="macro", zero_division=0)
        assert found["reasons_micro_f1"]["value"] == pytest.approx(micro, abs=1e-4)
        assert found["reasons_macro_f1"]["value"] == pytest.approx(macro, abs=1e-4)


def test_an_abstention_and_a_missed_body_count_as_neutral():
    missed = make_answer(None)
    silent = make_answer("negative", abstained=True)
    found = measures.measure(answers((make_labelled(), missed), (make_labelled(sentiment="neutral"), silent)))
    assert found["stance_accuracy"]["value"] == 0.5
    assert found["about_accuracy"]["value"] == 0.5


def test_evidence_compares_characters_and_words():
    post = make_labelled(reasons=[("corruption", 14, 26)])  # взяла деньги
    assert post.text[14:26] == "взяла деньги"
    one_word = make_answer(reasons=[("corruption", 14, 19)])
    found = measures.measure(answers((post, one_word), (post, make_answer())))
    assert (found["evidence_token_f1"]["n"], found["evidence_token_f1"]["value"]) == (1, 0.6667)
    assert found["evidence_character_f1"]["value"] == pytest.approx(2 * 5 / (12 + 5), abs=1e-4)
    assert found["evidence_token_f1_of_all"]["value"] == pytest.approx(0.3333, abs=1e-4)


def test_few_posts_are_marked_and_none_have_no_figure():
    few, none = answers((make_labelled(), make_answer())), answers((make_labelled(sentiment=None), make_answer()))
    assert measures.measure(few)["stance_macro_f1"]["few"]
    assert measures.measure(none)["stance_macro_f1"] == {"n": 0}


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(200):
        right = (rng.random((80, 1)) < 0.7).astype(float)
        _, low, high = intervals.of_sums(right, lambda sums: sums[..., 0] / 80)
        hits += low <= 0.7 <= high
    assert 0.82 <= hits / 200 <= 0.97


def test_resampled_posts_and_resampled_tables_agree():
    rng = np.random.default_rng(5)
    truth, said = rng.integers(0, 3, 300), rng.integers(0, 3, 300)
    rows = np.zeros((300, 9))
    rows[np.arange(300), truth * 3 + said] = 1
    table = scores.confusion(truth, said)
    one = intervals.of_sums(rows, lambda sums: scores.f1_of(sums.reshape(*sums.shape[:-1], 3, 3)).mean(-1))
    other = intervals.of_table(table, scores.METRICS["macro-F1"])
    assert one[0] == other[0] == pytest.approx(scores.macro_f1(truth, said))
    assert one == pytest.approx(other, abs=0.01)


def test_the_same_answers_differ_by_nothing():
    same = answers(*((make_labelled(n), make_answer(("negative", "neutral")[n % 2])) for n in range(30)))
    found = measures.difference(same, same, "stance_macro_f1")
    assert (found["value"], found["low"], found["high"]) == (0.0, 0.0, 0.0)
    assert found["before"] == found["after"] > 0


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=60))
def test_public_metrics(pairs):
    truth, said = (np.array(x) for x in zip(*pairs, strict=True))
    table = scores.confusion(truth, said)
    expected = {
        "weighted F1": metrics.f1_score(truth, said, average="weighted", zero_division=0),
        "micro-F1 pos+neg": metrics.f1_score(truth, said, labels=[0, 2], average="micro", zero_division=0),
        "accuracy": metrics.accuracy_score(truth, said),
    }
    for name, value in expected.items():
        assert float(scores.METRICS[name](table)) == pytest.approx(value)
