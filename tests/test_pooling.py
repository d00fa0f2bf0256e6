"""Few posts lean on what others say, many stand by themselves, and what comes later hardly changes a figure."""

from __future__ import annotations

import numpy as np
import pytest
from coverage_of_intervals import measure
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import REGIONS, WEEKS, world

from monitor.adjusting import Counted, adjust
from monitor.correction import Confusion, correction
from monitor.pooling import Seen, interval, pool

MODEL = correction(Confusion(model="m1", counts={"ru": [[90, 5, 3, 2], [5, 90, 3, 2], [3, 5, 90, 2]]}))


def seen(means, posts, loading=1.0):
    """Return one group of series."""
    mean, weight = np.array([means], dtype=float), np.array([posts], dtype=float)
    mean[weight == 0] = np.nan
    there = np.where(weight > 0, loading, 0.0)[..., None]
    return Seen(
        mean=mean, variance=np.where(weight > 0, 0.6 / np.maximum(weight, 1), np.nan), weight=weight, loading=there
    )


def both(regions, posts):
    """Return country and regions, the country being their sum."""
    means, weights = np.array(regions, dtype=float), np.array(posts, dtype=float)
    total = weights.sum(0)
    whole = (means * weights).sum(0) / np.maximum(total, 1)
    return seen([whole], [total]), seen(means, weights)


QUIET = [[-0.5] * 8] * 6


def test_a_region_with_three_posts_does_not_jump():
    few = [*QUIET[:-1], [-0.5] * 7 + [1.0]]
    country, regions = pool(*both(few, [[30] * 8] * 5 + [[30] * 7 + [3]]))
    assert regions.mean[0, -1, -1] < -0.3
    assert country.mean[0, 0, -1] < -0.4


def test_a_region_with_many_posts_speaks_for_itself():
    _, regions = pool(*both([*QUIET[:-1], [0.4] * 8], [[300] * 8] * 6))
    assert regions.mean[0, -1, -1] == pytest.approx(0.4, abs=0.05)
    assert regions.mean[0, 0, -1] == pytest.approx(-0.5, abs=0.05)


def test_a_region_without_posts_is_predicted_and_less_sure():
    _, regions = pool(*both(QUIET, [[30] * 8] * 5 + [[30] * 6 + [0, 0]]))
    assert regions.mean[0, -1, -1] == pytest.approx(-0.5, abs=0.1)
    assert regions.variance[0, -1, -1] > regions.variance[0, 0, -1]


def test_an_error_that_all_share_is_not_averaged_away():
    country, regions = pool(*both(QUIET, [[300] * 8] * 6))
    assert regions.loading[0, :, -1, 0] == pytest.approx(1, abs=0.1)
    assert country.loading[0, 0, -1, 0] == pytest.approx(1, abs=0.1)


@given(st.floats(-3, 3), st.floats(1e-9, 4))
def test_intervals_stay_within_the_scale(mean, variance):
    middle, low, high = (float(x[0]) for x in interval(np.array([mean]), np.array([variance])))
    assert -1 <= low <= high <= 1
    assert -1 <= middle <= 1


def test_a_published_figure_hardly_changes_when_later_weeks_come():
    one = world(5)
    undone = correction(one.confusion)
    early = one.cells.period < WEEKS - 3
    part = Counted(
        answers=one.cells.answers[early],
        effective=one.cells.effective[early],
        group=one.cells.group[early],
        region=one.cells.region[early],
        period=one.cells.period[early],
    )
    moved = np.abs(adjust(one.cells, undone)[0][early] - adjust(part, undone)[0])
    assert np.nanmean(moved) < 0.01
    assert np.nanmax(moved) < 0.1


@settings(deadline=None, max_examples=15)
@given(st.randoms())
def test_the_order_of_cells_does_not_matter(random):
    one = world(3)
    undone = correction(one.confusion)
    order = list(range(len(one.cells.period)))
    random.shuffle(order)
    names = ("answers", "effective", "group", "region", "period")
    shuffled = Counted(**{name: getattr(one.cells, name)[order] for name in names})
    for straight, mixed in zip(adjust(one.cells, undone), adjust(shuffled, undone), strict=True):
        assert straight[order] == pytest.approx(mixed, abs=1e-9, nan_ok=True)


def test_groups_are_pooled_apart():
    one, other = world(1).cells, world(2).cells
    undone = correction(world(1).confusion)
    names = ("answers", "effective", "region", "period")
    two = Counted(
        **{name: np.concatenate([getattr(one, name), getattr(other, name)]) for name in names},
        group=np.concatenate([one.group, other.group + 1]),
    )
    alone, together = adjust(one, undone)[0], adjust(two, undone)[0]
    assert together[: len(alone)] == pytest.approx(alone, abs=1e-9, nan_ok=True)


def test_a_cell_without_answers_has_no_figure():
    cells = Counted(
        answers=np.zeros((1, len(MODEL.languages), 4)),
        effective=np.ones(1),
        group=np.zeros(1, dtype=np.int64),
        region=np.full(1, -1),
        period=np.zeros(1, dtype=np.int64),
    )
    assert np.isnan(adjust(cells, MODEL)).all()


def test_intervals_hold_the_truth_nine_times_of_ten():
    """Thirty worlds and loose bounds; tests/bench/test_coverage.py has a thousand and the promised ones."""
    found = measure(range(30))
    best = found["corrected and pooled"]
    assert best.cells > 100 * REGIONS
    assert 0.86 <= best.held <= 0.94
    assert found["neither"].held < 0.82
    assert found["not corrected"].held < 0.7
    assert best.width < 0.7 * found["not pooled"].width
    assert best.error < 0.7 * found["not pooled"].error
