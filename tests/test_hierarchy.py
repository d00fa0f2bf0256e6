"""Control over all cells, and the one cell of an event that rings."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.hierarchy import Candidate, Rung, adjust, control, families, once


def test_q_values_agree_with_statsmodels():
    from statsmodels.stats.multitest import multipletests

    p = np.random.default_rng(3).uniform(size=50) ** 2
    assert adjust(p) == pytest.approx(multipletests(p, method="fdr_bh")[1])


def uniform(number):
    return lambda level: np.full(number, level)


def test_within_one_family_it_is_benjamini_and_hochberg():
    p = np.random.default_rng(4).uniform(size=30) ** 2
    assert control(p, np.zeros(30, dtype=int), uniform(30)) == pytest.approx(adjust(p))


def test_cells_that_cannot_ring_cost_nothing():
    p = np.array([0.01, 1.0, 1.0, 1.0])
    family = np.array([0, 0, 1, 1])
    assert control(p, family, uniform(4))[0] == pytest.approx(0.04)
    assert control(p, family, lambda level: np.array([level, 0, 0, 0]))[0] == pytest.approx(0.01)


def test_the_choice_of_families_is_paid_for():
    p = np.ones(40)
    p[:2] = 0.001
    family = np.repeat(np.arange(20), 2)
    assert control(p, family, uniform(40))[0] == pytest.approx(0.02)  # 20 families, two alike in the first


def test_the_false_discovery_rate_holds():
    """Two cells of twenty families are truly loud; of what is chosen at 0.2 at most a fifth is not."""
    rng = np.random.default_rng(5)
    family = np.repeat(np.arange(20), 5)
    false, chosen, alarms = [], 0, 0
    for _ in range(300):
        p = rng.uniform(size=100)
        alarms += bool((control(p, family, uniform(100)) <= 0.2).any())
        p[[3, 50]] = 1e-5
        q = control(p, family, uniform(100)) <= 0.2
        chosen += int(q[[3, 50]].sum())
        false.append((q.sum() - q[[3, 50]].sum()) / max(q.sum(), 1))
    assert np.mean(false) <= 0.22
    assert alarms / 300 <= 0.25
    assert chosen == 600


@given(st.lists(st.floats(1e-6, 1), min_size=2, max_size=20), st.randoms())
def test_the_order_of_cells_does_not_matter(values, random):
    p, family = np.array(values), np.arange(len(values)) % 3
    mix = list(range(len(values)))
    random.shuffle(mix)
    assert control(p[mix], family[mix], uniform(len(p))) == pytest.approx(control(p, family, uniform(len(p)))[mix])


def cell(region, reason, stories, mean, **given):
    ids = tuple(stories)
    values = {"key": (region, reason), "stories": ids, "mean": mean, "p": 1 / (1 + len(ids))} | given
    return Candidate(rings=lambda n, usual: n >= 2 * usual and n >= 4, **values)


def named(prefix, number):
    return [f"{prefix}{n}" for n in range(number)]


def rung(*cells, state=None):
    return [c.key for c in once(cells, state or Rung())]


def test_an_event_at_one_place_rings_there():
    own = named("a", 20)
    assert rung(
        cell("KZ-75", "x", own, 5), cell("KZ-75", "", own, 8), cell("", "x", own, 9), cell("", "", own, 10)
    ) == [("KZ-75", "x")]


def test_two_events_at_two_places_ring_twice_and_the_country_does_not():
    one, two = named("a", 20), named("b", 30)
    found = rung(
        cell("KZ-75", "x", one, 5), cell("KZ-71", "y", two, 5), cell("", "", [*one, *two, *named("c", 30)], 40)
    )
    assert sorted(found) == [("KZ-71", "y"), ("KZ-75", "x")]


def test_what_is_shared_rings_as_the_whole_and_what_stands_out_of_it_too():
    one, rest = named("a", 12), named("b", 60)
    whole = cell("", "x", [*one, *rest], 35)
    assert rung(cell("KZ-75", "x", one, 5), whole) == [("", "x")]
    assert rung(cell("KZ-75", "x", named("a", 60), 5), cell("", "x", [*named("a", 60), *rest], 35)) == [
        ("", "x"), ("KZ-75", "x"),
    ]  # fmt: skip


def test_a_region_whose_reasons_all_rise_rings_as_the_region():
    parts = [named(reason, 12) for reason in "wxyz"]
    cells = [cell("KZ-75", reason, ids, 5) for reason, ids in zip("wxyz", parts, strict=True)]
    assert rung(cell("KZ-75", "", [s for ids in parts for s in ids], 20), *cells) == [("KZ-75", "")]


def test_stories_of_two_regions_ring_in_one():
    both = named("a", 20)
    assert len(rung(cell("KZ-75", "x", both, 5), cell("KZ-71", "x", both, 5))) == 1


def test_what_rang_lately_explains_what_is_coarser():
    own = named("a", 20)
    assert rung(cell("KZ-75", "x", own, 5, silent=True), cell("", "x", own, 9)) == []


def test_a_region_keeps_its_reason_through_the_week():
    state = Rung(places={"KZ-75": "y"})
    assert rung(cell("KZ-75", "x", named("a", 20), 5), state=state) == []


def test_families_are_regions():
    assert families([("", ""), ("", "x"), ("KZ-10", ""), ("KZ-10", "x")]) == [0, 0, 1, 1]
