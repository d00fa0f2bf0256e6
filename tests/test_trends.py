"""Figures are counts that can be recounted by hand, and intervals that hold what they promise."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import product

import numpy as np
import pytest
from builders import MONDAY, make_judged
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.trends import DIMENSIONS, compare, estimate, tally
from monitor.weeks import week_of

SMALL = st.integers(0, 40)
JUDGED = st.builds(
    make_judged,
    st.integers(0, 200),
    published=st.integers(0, 20).map(lambda n: MONDAY + timedelta(days=n)),
    source=st.sampled_from(["one", "two", "three"]),
    official=st.booleans(),
    regions=st.lists(st.sampled_from(["KZ-75", "KZ-71", "KZ-10"]), max_size=3).map(tuple),
    language=st.sampled_from(["kk", "ru"]),
    bodies=st.lists(st.sampled_from(["police", "courts"]), max_size=2).map(tuple),
    reasons=st.lists(st.sampled_from(["corruption", "formalism"]), max_size=2).map(tuple),
    settlements=st.lists(st.sampled_from(["centre", "village"]), max_size=2).map(tuple),
    sentiment=st.sampled_from(["negative", "neutral", "positive", None]),
    story=st.sampled_from(["s1", "s2", "s3", "s4"]),
    abstained=st.booleans(),
    stances=st.dictionaries(
        st.sampled_from(["police", "courts"]), st.sampled_from(["negative", "positive", None]), max_size=2
    ).map(lambda found: tuple(found.items())),
)
ROWS = st.lists(JUDGED, max_size=25)
BY = st.lists(st.sampled_from(DIMENSIONS), unique=True)


def recounted(rows, by):
    """Count in the plainest way: posts of every cell that each post belongs to."""
    cells = defaultdict(list)
    for row in rows:
        if row.official:
            continue
        places = {
            "region": {"", *row.regions},
            "week": {week_of(row.published)},
            "language": {"", row.language},
            "body": {"", *row.bodies},
            "reason": {"", *row.reasons},
            "settlement": {"", *row.settlements},
        }
        for key in product(*(places[name] if name in by else {""} for name in DIMENSIONS)):
            cells[key].append(row)
    return cells


def of(rows, **place):
    """Return the one cell at a place."""
    (cell,) = [c for c in rows if all(getattr(c, name) == value for name, value in place.items())]
    return cell


def test_a_post_that_praises_one_body_and_blames_another_counts_for_both():
    toward = (("courts", "negative"), ("police", "positive"))
    rows = [make_judged(n, bodies=("courts", "knb", "police"), stances=toward) for n in range(6)]
    cells = {c.body: (c.negative, c.positive) for c in tally(rows, by=("body",))}
    assert cells == {"": (6, 0), "courts": (6, 0), "knb": (6, 0), "police": (0, 6)}


def test_a_post_of_a_town_and_a_village_counts_for_both():
    rows = [make_judged(n, settlements=("centre", "village")) for n in range(5)] + [make_judged(9)]
    cells = {c.settlement: (c.posts, c.net) for c in tally(rows, by=("settlement",))}
    assert cells == {"": (6, -1), "centre": (5, -1), "village": (5, -1)}


@settings(deadline=None)
@given(ROWS, BY)
def test_cells_are_what_recounting_finds(rows, by):
    expected = recounted(rows, by)
    cells = tally(rows, by=by)
    assert [tuple(getattr(c, name) for name in DIMENSIONS) for c in cells] == sorted(expected)
    for cell in cells:
        mine = expected[tuple(getattr(cell, name) for name in DIMENSIONS)]
        said = [dict(row.stances).get(cell.body, "-" if row.abstained else row.sentiment or "") for row in mine]
        stances = ["-" if stance is None else stance for stance in said]
        assert cell.posts == len(mine)
        assert cell.stories == len({row.story for row in mine})
        assert cell.sources == len({row.source for row in mine})
        assert (cell.negative, cell.neutral, cell.positive) == tuple(
            stances.count(s) for s in ("negative", "neutral", "positive")
        )
        assert cell.abstained == stances.count("-")
        if cell.judged < 5:
            assert cell.net is cell.low is cell.high is None
        else:
            assert cell.net == pytest.approx((cell.positive - cell.negative) / cell.judged)
            assert -1 <= cell.low <= cell.net <= cell.high <= 1


@settings(deadline=None)
@given(ROWS, BY, st.randoms())
def test_order_of_arrival_does_not_matter(rows, by, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert tally(shuffled, by=by) == tally(rows, by=by)


@settings(deadline=None)
@given(st.lists(JUDGED, max_size=25))
def test_parts_sum_to_the_whole(rows):
    cells = tally(rows, by=("language",), official=True)
    if rows:
        whole = of(cells, language="")
        for name in ("posts", "negative", "neutral", "positive", "abstained"):
            assert getattr(whole, name) == sum(getattr(c, name) for c in cells if c.language)
    weeks = tally(rows, by=("week",), official=True)
    assert sum(c.posts for c in weeks) == len(rows)


def test_a_post_of_two_regions_counts_in_both_and_once_in_the_country():
    rows = [make_judged(n, regions=("KZ-75", "KZ-71")) for n in range(6)]
    assert [(c.region, c.posts) for c in tally(rows)] == [("", 6), ("KZ-71", 6), ("KZ-75", 6)]


def test_official_sources_are_not_the_public():
    rows = [make_judged(n, official=n < 3) for n in range(8)]
    assert [c.posts for c in tally(rows, by=())] == [5]
    assert [c.posts for c in tally(rows, by=(), official=True)] == [8]


def test_only_the_weeks_asked_for():
    rows = [make_judged(n, published=MONDAY + timedelta(weeks=n)) for n in range(5)]
    assert [c.week for c in tally(rows, by=("week",), first="2026-W08", last="2026-W10")] == [
        "2026-W08",
        "2026-W09",
        "2026-W10",
    ]
    assert tally([], by=("week",)) == ()


def test_reprints_widen_the_interval_and_leave_the_index():
    rows = [make_judged(n, sentiment="positive" if n % 3 else "negative") for n in range(60)]
    reprints = [make_judged(n, sentiment=r.sentiment, story=f"s{n % 6}") for n, r in enumerate(rows)]
    (own,), (copied,) = tally(rows, by=()), tally(reprints, by=())
    assert own.net == copied.net
    assert (copied.stories, copied.posts) == (6, 60)
    assert copied.high - copied.low > 2 * (own.high - own.low)


def test_too_few_posts_have_no_index():
    rows = [make_judged(n) for n in range(4)]
    assert of(tally(rows, by=())).net is None
    assert of(tally(rows, by=(), k=4)).net == -1
    assert of(tally([make_judged(1, sentiment=None, abstained=True)], by=(), k=0)).net is None


def test_an_unknown_dimension_is_a_mistake():
    with pytest.raises(ValueError, match="no such dimension: colour"):
        tally([make_judged()], by=("colour",))


@given(SMALL, SMALL, SMALL, st.floats(0.1, 1))
def test_the_interval_holds_the_index_within_bounds(negative, neutral, positive, share):
    judged = negative + neutral + positive
    if judged:
        net, low, high = estimate(negative, neutral, positive, effective=max(1.0, share * judged))
        assert -1 <= low <= net <= high <= 1
        mirrored = estimate(positive, neutral, negative, effective=max(1.0, share * judged))
        assert mirrored == pytest.approx((-net, -high, -low), abs=1e-9)


@given(SMALL, SMALL, SMALL)
def test_more_of_the_same_is_surer(negative, neutral, positive):
    if negative + neutral + positive:
        _, low, high = estimate(negative, neutral, positive)
        _, narrow_low, narrow_high = estimate(4 * negative, 4 * neutral, 4 * positive)
        assert narrow_high - narrow_low < high - low


def test_no_posts_have_no_index():
    with pytest.raises(ValueError, match="at least one post"):
        estimate(0, 0, 0)


@pytest.mark.parametrize("counts", [(3, 1, 1), (0, 0, 5), (12, 30, 4), (200, 90, 160), (1, 50, 0)])
def test_the_beta_law_is_close_to_the_exact_posterior(counts):
    draws = np.random.default_rng(1).dirichlet(np.array(counts) + 0.5, 200_000)
    exact = np.quantile(draws[:, 2] - draws[:, 0], [0.05, 0.95])
    net, low, high = estimate(*counts)
    assert [low, high] == pytest.approx([min(exact[0], net), max(exact[1], net)], abs=0.03)


@pytest.mark.parametrize("truth", [(0.6, 0.3, 0.1), (0.1, 0.8, 0.1), (0.9, 0.05, 0.05), (0.3, 0.3, 0.4)])
@pytest.mark.parametrize("size", [8, 40, 300])
def test_nine_of_ten_intervals_hold_the_truth(truth, size):
    samples = np.random.default_rng(size).multinomial(size, truth, 1000)
    held = [low <= truth[2] - truth[0] <= high for _, low, high in (estimate(*map(int, s)) for s in samples)]
    assert 0.86 <= np.mean(held) <= 0.99


def week(number, negative, positive):
    rows = [make_judged(n, sentiment="negative") for n in range(negative)]
    rows += [make_judged(1000 + n, sentiment="positive") for n in range(positive)]
    moved = [
        make_judged(n, sentiment=r.sentiment, published=MONDAY + timedelta(weeks=number)) for n, r in enumerate(rows)
    ]
    return tally(moved)


def test_a_change_has_its_own_interval():
    country, region = compare(week(1, 80, 20), week(0, 20, 80))
    assert country.cell.region == country.earlier.region == ""
    assert region.cell.region == "KZ-75"
    assert country.change == pytest.approx(-1.2)
    assert -2 <= country.low < -1.2 < country.high < 0
    assert country.certain


def test_a_small_change_is_not_certain_and_a_missing_one_is_none():
    same = compare(week(1, 10, 12), week(0, 11, 11))[0]
    assert same.low < 0 < same.high
    assert not same.certain
    for other in ((), week(0, 1, 1)):
        change = compare(week(1, 10, 10), other)[0]
        assert change.change is change.low is change.high is None
        assert not change.certain


def test_two_earlier_weeks_are_one_too_many():
    with pytest.raises(ValueError, match="pass one week"):
        compare(week(1, 5, 5), week(0, 5, 5) + week(2, 5, 5))


@pytest.mark.parametrize(("truth", "earlier"), [((0.5, 0.3, 0.2), (0.5, 0.3, 0.2)), ((0.7, 0.2, 0.1), (0.3, 0.3, 0.4))])
def test_nine_of_ten_intervals_of_a_change_hold_the_truth(truth, earlier):
    random = np.random.default_rng(7)
    held = []
    for now, before in zip(random.multinomial(30, truth, 600), random.multinomial(60, earlier, 600), strict=True):
        (net, low, high), (was, was_low, was_high) = estimate(*map(int, now)), estimate(*map(int, before))
        change = net - was
        true = (truth[2] - truth[0]) - (earlier[2] - earlier[0])
        held.append(
            change - np.hypot(net - low, was_high - was) <= true <= change + np.hypot(high - net, was - was_low)
        )
    assert 0.86 <= np.mean(held) <= 0.97
