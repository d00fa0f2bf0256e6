"""Calibration error and the risk-coverage curve, on models whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from labels_and_answers import answers, make_answer, make_labelled

from models import certainty


def simulated(posts, shift=0.0, seed=1):
    """Return confidences and whether each answer is right, `shift` less often than the confidence says."""
    rng = np.random.default_rng(seed)
    confidence = rng.uniform(0.4, 0.99, posts)
    return confidence, rng.random(posts) < confidence - shift


def test_a_perfectly_calibrated_model_has_almost_no_error():
    confidence, right = simulated(200_000)
    assert certainty.calibration_error(confidence, right) < 0.005


def test_a_boastful_model_has_the_error_of_its_boast():
    confidence, right = simulated(100_000, shift=0.2)
    assert certainty.calibration_error(confidence, right) == pytest.approx(0.2, abs=0.01)


def test_the_error_by_chance_is_what_a_perfect_model_shows_on_few_posts():
    errors = [certainty.calibration_error(*simulated(300, seed=seed)) for seed in range(60)]
    expected = certainty.chance_error(simulated(300)[0])
    assert np.mean(errors) == pytest.approx(expected, rel=0.15)
    assert expected > 0.04


def test_bins_are_of_equal_mass_and_hold_everything():
    confidence, right = simulated(100)
    bins = certainty.reliability(confidence, right)
    assert len(bins) == certainty.BINS
    assert sum(b.n for b in bins) == 100
    assert {b.n for b in bins} <= {6, 7}
    assert sum(b.n * b.right for b in bins) == pytest.approx(right.sum())
    assert [b.confidence for b in bins] == sorted(b.confidence for b in bins)


@pytest.mark.parametrize(
    ("confidence", "right", "area"),
    [
        ([0.9, 0.8, 0.7], [1, 1, 1], 0.0),
        ([0.9, 0.8, 0.7], [0, 0, 0], 1.0),
        ([0.9, 0.8, 0.7, 0.6], [1, 1, 1, 0], (0 + 0 + 0 + 1 / 4) / 4),
        ([0.9, 0.8, 0.7, 0.6], [0, 1, 1, 1], (1 + 1 / 2 + 1 / 3 + 1 / 4) / 4),
        ([0.5, 0.5, 0.5, 0.5], [0, 1, 1, 1], 0.25),
    ],
)
def test_area_of_small_cases(confidence, right, area):
    assert certainty.area(np.array(confidence), np.array(right)) == pytest.approx(area)


pairs = st.lists(st.tuples(st.sampled_from((0.4, 0.5, 0.6, 0.7)), st.booleans()), min_size=1, max_size=30)


@settings(deadline=None)
@given(pairs, st.randoms())
def test_the_order_of_posts_changes_nothing(given_pairs, rng):
    shuffled = list(given_pairs)
    rng.shuffle(shuffled)
    one, other = (tuple(np.array(x) for x in zip(*p, strict=True)) for p in (given_pairs, shuffled))
    assert certainty.area(*one) == pytest.approx(certainty.area(*other))
    coverage, risk = certainty.risk_coverage(*one)
    assert coverage[-1] == 1.0
    assert risk[-1] == pytest.approx(1 - one[1].mean())
    assert 0 <= certainty.area(one[1].astype(float), one[1]) <= certainty.area(*one) + 1e-9


def test_figures_by_language():
    posts = [make_labelled(n, language=("kk", "ru")[n % 2]) for n in range(50)]
    found = certainty.figures(
        answers(*((p, make_answer(confidence=0.5 + n / 200)) for n, p in enumerate(posts))), np.full(50, 0.9)
    )
    assert found["stance"]["n"] == found["about"]["n"] == 50
    assert found["stance_by_language"]["kk"]["n"] == 25
    assert found["about"]["ece"] == pytest.approx(0.1)
    assert found["risk_coverage"]["aurc"] == 0.0
    assert found["risk_coverage"]["curve"][-1] == {"coverage": 1.0, "risk": 0.0}
    assert certainty.figures(answers(), np.zeros(0))["risk_coverage"]["n"] == 0
