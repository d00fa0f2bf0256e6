"""Orders of survey and media: their likeness, its interval, and that levels and questions are never mixed."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from builders import MONDAY, make_judged
from hypothesis import given
from hypothesis import settings as few
from hypothesis import strategies as st

from monitor import rankings

HALF = "2026-H1"
SURVEY = {"prosecutor": 66.1, "police": 64.3, "courts": 62.0, "anticorruption": 52.2, "economic_investigations": 48.3}


def stories(nets, size=60, **given):
    """Return judged posts in which each body has about the net stance that is given."""
    rng, rows = np.random.default_rng(1), []
    for body, net in nets.items():
        for _ in range(size):
            stance = "positive" if rng.random() < (1 + net) / 2 else "negative"
            rows.append(make_judged(len(rows), bodies=(body,), sentiment=stance, **given))
    return rows


def bodies(rows, survey=SURVEY, **given):
    voices = rankings.stances(rows, "bodies", tuple(survey))[HALF]
    return rankings.ranking(voices, survey, series="s", of="bodies", period=HALF, when="2026", **given)


def test_the_same_order_is_seen_with_its_interval():
    found = bodies(stories({name: 0.6 - 0.3 * n for n, name in enumerate(SURVEY)}, size=150))
    assert found.rho > 0.8
    assert 0.4 < found.low <= found.rho <= found.high <= 1
    assert found.p <= 0.1
    assert [t.name for t in found.things] == list(SURVEY)
    assert all(t.low <= t.media <= t.high for t in found.things)
    assert found.same_time


def test_few_stories_make_a_wide_interval():
    nets = {name: value / 40 - 1.4 for name, value in SURVEY.items()}
    few_, many = bodies(stories(nets, size=8)), bodies(stories(nets, size=400))
    assert few_.high - few_.low > 2 * (many.high - many.low)


def test_a_story_has_one_voice():
    rows = stories({name: 0.5 for name in SURVEY}, size=30)
    reprints = [make_judged(1000 + n, bodies=("police",), sentiment="negative", story="one") for n in range(500)]
    police = next(t for t in bodies([*rows, *reprints]).things if t.name == "police")
    assert police.stories == 31
    assert police.media > 0


def test_each_body_has_its_own_stance():
    both = [
        make_judged(n, bodies=("police", "courts"), sentiment="negative",
                    stances=(("courts", "positive"), ("police", None)))
        for n in range(9)
    ]  # fmt: skip
    found = bodies([*both, *stories({"prosecutor": 0.0, "anticorruption": 0.0})])
    assert {t.name: t.media for t in found.things}["courts"] == 1
    assert "police" not in {t.name for t in found.things}


def test_official_posts_and_bodies_below_the_floor_are_left_out():
    rows = stories(dict.fromkeys(SURVEY, 0.0), size=4, official=True) + stories({"police": 0.2, "courts": -0.2}, size=9)
    found = bodies(rows, k=5)
    assert {t.name for t in found.things} == {"police", "courts"}
    assert (found.rho, found.low, found.p) == (None, None, None)


def test_regions_are_those_of_the_body():
    rows = [make_judged(n, regions=(f"KZ-{10 + n % 4}",), sentiment="positive" if n % 4 > n // 40 else "negative")
            for n in range(160)]  # fmt: skip
    rows += [make_judged(500 + n, regions=("KZ-10",), bodies=("courts",), sentiment="positive") for n in range(90)]
    survey = {f"KZ-{10 + n}": 40.0 + n for n in range(4)}
    voices = rankings.stances(rows, "regions", tuple(survey), "police")[HALF]
    found = rankings.ranking(voices, survey, series="s", of="regions", period=HALF, when="2020", body="police")
    assert found.rho == pytest.approx(1)
    assert {t.stories for t in found.things} == {40}
    assert not found.same_time


def test_reasons_are_rolled_up_and_counted_once_a_story():
    rows = [make_judged(n, reasons=("low", "rude")) for n in range(6)]
    rows += [make_judged(10 + n, reasons=("corruption",)) for n in range(3)]
    rows += [make_judged(20 + n, reasons=("corruption",), sentiment="neutral") for n in range(9)]
    rows += [make_judged(40 + n, reasons=("corruption",), bodies=("courts",)) for n in range(9)]
    rows += [make_judged(60, reasons=())]
    answers = {"work": frozenset({"low", "rude"}), "corrupt": frozenset({"corruption"}), "other": frozenset({"none"})}
    voices = rankings.reasons(rows, answers, "police")[HALF]
    found = rankings.ranking(
        voices, {"work": 25.9, "corrupt": 31.9}, series="s", of="reasons", period=HALF, when="2023"
    )
    assert [(t.name, round(t.media, 2), t.survey) for t in found.things] == [
        ("corrupt", 0.33, 31.9), ("work", 0.67, 25.9), ("other", 0.0, None),
    ]  # fmt: skip
    assert {t.stories for t in found.things} == {9}
    assert found.rho is None


def test_places_are_ranks_from_the_top():
    rows = [make_judged(n, reasons=(("a", "a", "a", "b", "b", "c")[n % 6],)) for n in range(60)]
    voices = rankings.reasons(rows, {x: frozenset({x}) for x in "abc"}, "police")[HALF]
    kept = {"series": "s", "of": "reasons", "period": HALF, "when": "2025"}
    found = rankings.ranking(voices, {"a": 1, "b": 2, "c": 3}, rising=True, **kept)
    assert found.rho == pytest.approx(1)
    assert [t.name for t in found.things] == ["a", "b", "c"]
    assert found.p == pytest.approx(2 / 6)


def test_half_years_are_apart():
    rows = [make_judged(n, published=MONDAY + timedelta(days=200 * (n % 2))) for n in range(8)]
    assert list(rankings.stances(rows, "bodies", ("police",))) == ["2026-H1", "2026-H2"]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2019", ("2019-H1", "2019-H2")),
        ("2021-01/2021-06", ("2021-H1",)),
        ("2024-10/2024-11", ("2024-H2",)),
        ("2025-10-13", ("2025-H2",)),
        ("2024-06/2024-07", ("2024-H1", "2024-H2")),
    ],
)
def test_the_half_years_of_a_survey(when, expected):
    assert rankings.halves(when) == expected


@few(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=3, max_size=6))
def test_correlation_is_that_of_scipy(pairs):
    from scipy.stats import spearmanr

    one, other = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    found = rankings.spearman(one, other)
    if len(set(one)) == 1 or len(set(other)) == 1:
        assert found is None
    else:
        assert found == pytest.approx(spearmanr(one, other).statistic)
        assert 0 < rankings.exact(one, other) <= 1


def test_many_things_are_tried_in_random_orders():
    one = np.arange(20.0)
    assert rankings.exact(one, one) == pytest.approx(1 / 10_000)
    assert rankings.exact(one, np.random.default_rng(2).permutation(one)) > 0.05


def test_the_interval_holds_the_likeness_of_all_stories():
    """Of 25 small worlds drawn from one large one the interval holds the large one's rho at least 20 times."""
    nets = {name: 0.5 - 0.2 * n for n, name in enumerate(SURVEY)}
    held = 0
    for seed in range(25):
        rng, rows = np.random.default_rng(seed), []
        for body, net in nets.items():
            for _ in range(40):
                stance = "positive" if rng.random() < (1 + net) / 2 else "negative"
                rows.append(make_judged(len(rows), bodies=(body,), sentiment=stance))
        found = bodies(rows)
        held += found.low <= 1 <= found.high
    assert held >= 20
