"""A corrected figure finds what posts say behind what a classifier reads in them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.correction import ANSWERS, FILE, OTHER, PERSON, Confusion, correction, load, table
from monitor.errors import SenimError

RUSSIAN = [[80, 10, 4, 6], [10, 90, 5, 5], [10, 10, 60, 5]]
CONFUSION = Confusion(model="m1", counts={"ru": RUSSIAN, "kk": [[160, 20, 8, 12], [2, 80, 1, 5], [3, 5, 70, 4]]})
ROW = st.lists(st.integers(0, 60), min_size=4, max_size=4)


def sure(number=100_000):
    """Return the same classifier, tested on so many posts that nothing is left to doubt."""
    return correction(Confusion(model="m1", counts={"ru": (np.array(RUSSIAN) * number).tolist()}))


@given(st.tuples(*[st.floats(0.01, 1)] * 3))
def test_what_a_known_classifier_does_is_undone(weights):
    truth = np.array(weights) / sum(weights)
    rows = np.array(RUSSIAN) / np.sum(RUSSIAN, axis=1, keepdims=True)
    undone = sure()
    ru = undone.languages.index("ru")
    assert truth @ rows @ undone.scores[ru] == pytest.approx(truth[2] - truth[0], abs=1e-4)
    assert truth @ rows @ undone.shares[ru] == pytest.approx(truth, abs=1e-4)


@given(ROW, ROW, ROW)
def test_shares_sum_to_one_and_are_none_below_zero(negative, neutral, positive):
    undone = correction(Confusion(model="m1", counts={"kk": [[90, 5, 3, 2], [9, 80, 9, 2], [5, 5, 85, 5]]}))
    counts = np.zeros((len(undone.languages), 4))
    counts[:3] = negative, neutral, positive
    found = undone.truth(counts)
    assert (found >= 0).all()
    assert found.sum() == pytest.approx(1 if counts.sum() else 0)
    assert found.sum(-1) * max(counts.sum(), 1) == pytest.approx(counts.sum(-1))  # languages keep their weight


def test_the_more_held_out_posts_the_less_doubt():
    few, many = correction(CONFUSION), sure(10)
    assert (many.doubt[0] < few.doubt[few.languages.index("ru")]).all()


def test_a_language_with_few_posts_borrows_and_one_without_any_is_the_mean_of_all():
    counts = {**CONFUSION.counts, "en": [[2, 1, 0, 0], [0, 3, 0, 0], [1, 0, 0, 0]]}
    undone = correction(Confusion(model="m1", counts=counts))
    assert undone.languages == ("en", "kk", "ru", OTHER, PERSON)
    assert np.isfinite(undone.scores).all()
    assert (undone.doubt[0] > undone.doubt[1]).all()
    assert undone.place("und", "m1") == undone.place("mixed", "m1") == 3


def test_people_are_believed_and_another_version_was_never_measured():
    undone = correction(CONFUSION)
    person = undone.place("ru", "person:one")
    assert undone.scores[person].tolist() == [-1, 0, 1, 0]
    assert undone.doubt[person].tolist() == [0, 0, 0]
    assert undone.place("ru", "m2") == -1


def test_texts_not_about_the_police_are_no_stance_and_missed_ones_are_in_no_cell():
    found = dict.fromkeys((*ANSWERS, "not about"), 1)
    rows = {"ru": {name: dict(found) for name in ("negative", "neutral", "positive", "not about")}}
    assert table(rows)["ru"]["neutral"] == dict.fromkeys(ANSWERS, 2)
    assert table(rows)["ru"]["negative"] == dict.fromkeys(ANSWERS, 1)


def test_the_table_is_read_as_it_was_written(tmp_path):
    assert load(tmp_path / FILE) is None
    rows = {name: dict(zip(ANSWERS, row, strict=True)) for name, row in zip(ANSWERS[:3], RUSSIAN, strict=True)}
    (tmp_path / FILE).write_text(json.dumps({"model": "m1", "counts": {"ru": rows}}), "utf-8")
    assert load(tmp_path / FILE) == Confusion(model="m1", counts={"ru": RUSSIAN})


@pytest.mark.parametrize("text", ["", "[]", '{"model": "m1"}', '{"model": "m1", "counts": {"ru": {"negative": 3}}}'])
def test_a_broken_table_says_what_to_do(tmp_path, text):
    (tmp_path / FILE).write_text(text, "utf-8")
    with pytest.raises(SenimError, match="not a table of confusions"):
        load(tmp_path / FILE)
