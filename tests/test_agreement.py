"""Agreement between labellers: values worked out by hand or in the literature, and what must hold for any labels."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.agreement import Reading, alpha, kappa, masi, measure
from monitor.records import SENTIMENTS

CODES = ("corruption", "formalism", "rude_unfair_treatment")
NO = (False, None, "")


def readings(*items, language="ru"):
    """Return the readings of items that are given as one (about, sentiment, reasons parted by blanks) a labeller."""
    return [
        Reading(id=f"p{n:02}", language=language, labeller=f"reader-{who}", about=about, sentiment=sentiment,
                reasons=frozenset(reasons.split()))
        for n, item in enumerate(items)
        for who, (about, sentiment, reasons) in enumerate(item)
    ]  # fmt: skip


def says(sentiment="negative", reasons=""):
    return (True, sentiment, reasons)


def test_masi_is_that_of_passonneau():
    a, ab, bc, c, none = (frozenset(x) for x in ("a", "ab", "bc", "c", ""))
    assert masi(ab, ab) == masi(none, none) == 0
    assert masi(a, ab) == pytest.approx(1 - 1 / 2 * 2 / 3)
    assert masi(ab, bc) == pytest.approx(1 - 1 / 3 * 1 / 3)
    assert masi(a, c) == masi(none, a) == 1


def test_kappa_of_a_table_worked_out_by_hand():
    # observed 35/50, by chance (25*30 + 25*20)/50^2 = 1/2
    assert kappa(np.array([[[20.0, 5], [10, 15]]])) == pytest.approx([0.4])
    assert np.isnan(kappa(np.array([[[9.0, 0], [0, 0]], [[0, 0], [0, 0]]]))).all()
    assert kappa(np.array([[[0.0, 5], [5, 0]]])) == pytest.approx([-1])


def test_alpha_of_sets_worked_out_by_hand():
    # {a}{a} {b}{b} {a}{a,b}: observed 1/6 * 2 * 2/3 = 2/9; by chance 2/30 * (3*2*1 + 3*1*2/3 + 2*1*2/3) = 28/45
    sets = [frozenset("a"), frozenset("b"), frozenset("ab")]
    distances = np.array([[masi(x, y) for y in sets] for x in sets])
    counts = np.array([[2.0, 0, 0], [0, 2, 0], [1, 0, 1]])
    assert alpha(counts, distances, np.ones((1, 3))) == pytest.approx([9 / 14])
    alone = np.vstack([counts, [0, 1, 0]])  # one reader only: says nothing of agreement
    assert alpha(alone, distances, np.ones((1, 4))) == pytest.approx([9 / 14])


def test_alpha_of_the_published_example_with_missing_values():
    # Krippendorff 2011, example C: four observers, twelve units, nominal; 0.743
    given_values = ("1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .",
                    "1 2 3 3 2 4 4 1 2 5 1 .")  # fmt: skip
    counts = np.zeros((12, 5))
    for observer in given_values:
        for unit, value in enumerate(observer.split()):
            if value != ".":
                counts[unit, int(value) - 1] += 1
    assert alpha(counts, 1 - np.eye(5), np.ones((1, 12))) == pytest.approx([0.743], abs=5e-4)


def test_figures_of_a_small_set_worked_out_by_hand():
    found = measure(readings(
        (says("negative", "corruption"), says("negative", "corruption")),
        (says("negative", "corruption"), says("negative", "formalism")),
        (says("neutral"), says("negative")),
        (says("positive"), says("positive")),
        (says("negative", "corruption formalism"), says("negative", "corruption")),
        (NO, NO),
        (NO, says("neutral")),
    ))  # fmt: skip
    whole = found.figures[0]
    # about: 6 of 7 agree, by chance (5*6 + 2*1)/49
    assert (whole.items, whole.about.n, whole.about.value) == (7, 7, pytest.approx((6 / 7 - 32 / 49) / (1 - 32 / 49)))
    # sentiment: 4 of 5, by chance (3*4 + 1*0 + 1*1)/25
    assert (whole.sentiment.n, whole.sentiment.value) == (5, pytest.approx((4 / 5 - 13 / 25) / (1 - 13 / 25)))
    # with a fourth class: 5 of 7, by chance (3*4 + 1*1 + 1*1 + 2*1)/49
    assert (whole.stance.n, whole.stance.value) == (7, pytest.approx((5 / 7 - 16 / 49) / (1 - 16 / 49)))
    assert (whole.f1.n, whole.f1.value) == (5, pytest.approx(2 * 2 / (4 + 3)))
    assert [(c.code, c.n, c.positive) for c in found.codes] == [("corruption", 3, None), ("formalism", 2, None)]
    # corruption: 4 of 5, by chance (3*2 + 2*3)/25
    assert found.codes[0].kappa.value == pytest.approx((4 / 5 - 12 / 25) / (1 - 12 / 25))
    assert {(d.question, d.one, d.other, d.n, d.ids) for d in found.disagreements} == {
        ("about", "yes", "no", 1, ("p06",)),
        ("sentiment", "negative", "neutral", 1, ("p02",)),
        ("reason", "corruption", "formalism", 1, ("p01",)),
        ("reason", "formalism", "none", 1, ("p04",)),
    }


def test_what_does_not_exist_is_none_and_never_one():
    one_class = measure(readings(*[(says(), says())] * 30)).figures[0]
    for figure in (one_class.about, one_class.sentiment, one_class.stance, one_class.reasons, one_class.f1):
        assert (figure.n, figure.value, figure.low, figure.high) == (30, None, None, None)
    few = measure(readings(*[(says(), says("positive")), (NO, NO)] * 2)).figures[0]
    assert few.about.value is few.stance.value is None
    assert measure([]).figures == ()
    assert measure(readings((says(),), (NO,))).items == 0


def test_a_language_has_its_own_figures():
    kazakh = [replace(r, id="k" + r.id) for r in readings(*[(says(), NO)] * 6, language="kk")]
    found = measure([*readings(*[(says(), says()), (NO, NO)] * 3), *kazakh])
    assert [(f.language, f.items, f.about.value) for f in found.figures[1:]] == [("kk", 6, 0.0), ("ru", 6, 1.0)]
    assert 0 < found.figures[0].about.value < 1
    assert found.figures[0].about.low < found.figures[0].about.value < found.figures[0].about.high


def test_three_labellers_are_three_pairs_weighted_by_their_items():
    two = readings(*[(says(), says()), (NO, NO), (says(), NO)] * 4)
    found = measure([*two, *(replace(r, labeller="reader-2") for r in two if r.labeller == "reader-0")])
    assert [pair[2] for pair in found.pairs] == [12, 12, 12]
    # each of reader-0 and reader-2 agrees with reader-1 in 8 of 12, by chance 1/3*2/3 * 2; with each other in all
    apart = (2 / 3 - 4 / 9) / (1 - 4 / 9)
    assert found.figures[0].about.value == pytest.approx((apart + apart + 1) / 3)


def test_a_second_reading_by_the_same_person_is_a_mistake():
    twice = readings((says(), says()))
    with pytest.raises(ValueError, match="two readings of p00"):
        measure([*twice, replace(twice[0], about=False)])


def test_four_hundred_items_take_less_than_two_seconds():
    rng = np.random.default_rng(1)
    codes = [f"code{n}" for n in range(16)]
    items = [
        [says(SENTIMENTS[rng.integers(3)], " ".join(rng.choice(codes, 2))) if rng.random() < 0.8 else NO for _ in "ab"]
        for _ in range(400)
    ]
    began = time.perf_counter()
    measure(readings(*items))
    assert time.perf_counter() - began < 2


readers = st.one_of(
    st.just(NO), st.tuples(st.just(True), st.sampled_from(SENTIMENTS), st.sets(st.sampled_from(CODES)).map(" ".join))
)


def values(found):
    for figures in found.figures:
        yield from ((figures.language, f) for f in (figures.about, figures.sentiment, figures.stance, figures.reasons))
        yield figures.language, figures.f1
    yield from ((c.code, c.kappa) for c in found.codes)


@settings(max_examples=40, deadline=None)
@given(st.lists(readers, min_size=5, max_size=12))
def test_who_agrees_always_has_one_or_nothing(items):
    found = measure(readings(*[(item, item) for item in items]))
    for _, figure in values(found):
        assert figure.value is None or figure.value == pytest.approx(1)
    assert found.disagreements == ()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(readers, readers), max_size=12), st.randoms(use_true_random=False))
def test_neither_the_order_nor_the_names_matter(items, chance):
    given_readings = readings(*items)
    first = measure(given_readings)
    shuffled = chance.sample(given_readings, len(given_readings))
    assert measure(shuffled) == first
    swapped = measure(replace(r, labeller={"reader-0": "z", "reader-1": "a"}[r.labeller]) for r in shuffled)
    assert swapped.disagreements == first.disagreements
    for (name, one), (same, other) in zip(values(first), values(swapped), strict=True):
        assert name == same
        for x, y in ((one.value, other.value), (one.low, other.low), (one.high, other.high)):
            assert (x is None) is (y is None)
            assert x is None or x == pytest.approx(y)
            assert x is None or -1.0001 <= x <= 1.0001


def test_the_shipped_double_labels_are_of_shipped_posts():
    from models.labelled import DATA, FILES
    from monitor import labelling
    from monitor.settings import load

    loaded = load()
    given, problems = labelling.readings_of([DATA / "double.jsonl"], labelling.codes_of(loaded))
    shipped = {json.loads(line)["id"] for file in FILES for line in file.read_text("utf-8").splitlines()}
    assert problems == []
    assert {r.id for r in given} <= shipped
    found = measure([r for r in given if r.labeller.startswith("blind")])
    assert found.items >= 400
    assert {f.language for f in found.figures} == {"", "kk", "ru", "en", "mixed"}
