"""The metrics agree with scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from models import scores

labels = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=60)


@given(labels)
def test_macro_f1_and_recall(pairs):
    truth, guess = (np.array(x) for x in zip(*pairs, strict=True))
    expected = metrics.f1_score(truth, guess, labels=[0, 1, 2], average="macro", zero_division=0)
    assert scores.macro_f1(truth, guess) == pytest.approx(expected)
    expected = metrics.f1_score(truth, guess, labels=[0, 2], average="macro", zero_division=0)
    assert scores.macro_f1(truth, guess, only=(0, 2)) == pytest.approx(expected)
    present = sorted(set(truth))
    expected = metrics.recall_score(truth, guess, labels=present, average="macro", zero_division=0)
    assert scores.macro_recall(truth, guess) == pytest.approx(expected)


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=60))
def test_precision_and_recall(pairs):
    truth, guess = (np.array(x) for x in zip(*pairs, strict=True))
    precision, recall, f1 = scores.precision_recall(truth, guess)
    assert precision == pytest.approx(metrics.precision_score(truth, guess, zero_division=0))
    assert recall == pytest.approx(metrics.recall_score(truth, guess, zero_division=0))
    assert f1 == pytest.approx(metrics.f1_score(truth, guess, zero_division=0))
