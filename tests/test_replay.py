"""The rules in worlds whose truth we know: how often they are wrong, and what they find; all of it by seed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from monitor.replay import Score, ears, fitted, play, two_sigma
from monitor.settings import load
from monitor.simulation import World, draw, name, raised, roll_up

RULES = load(Path(__file__).parents[1]).rules
SMALL = World(history=60, weeks=8)


def score(scores: tuple[Score, ...], method: str) -> Score:
    return next(s for s in scores if s.method.startswith(method))


@pytest.fixture(scope="module")
def quick() -> tuple[Score, ...]:
    return play(World(weeks=20), RULES, seed=3, trials=12)


def test_the_same_seed_draws_the_same_year_and_another_seed_another():
    assert np.array_equal(draw(SMALL, 1).counts, draw(SMALL, 1).counts)
    assert not np.array_equal(draw(SMALL, 1).counts, draw(SMALL, 2).counts)


def test_a_year_has_the_size_and_the_cells_that_were_asked_for():
    year = draw(SMALL, 1)
    assert year.counts.shape == (20, 4, 3, 68)
    assert year.counts.sum() / 68 == pytest.approx(600, rel=0.25)
    assert (year.mean[:, :, 60] >= 10).sum() >= 10


def test_counts_vary_more_than_by_chance():
    still = replace(SMALL, season=0, trend=0, holidays=False, shared=0, weeks=240)
    for dispersion in (0.0, 0.2):
        year = draw(replace(still, dispersion=dispersion), 5)
        cell = year.counts.sum(2).reshape(80, -1)
        mean = year.mean.reshape(80, -1)
        found = float((((cell - mean) ** 2 - mean) / mean**2)[mean > 3].mean())
        assert found == pytest.approx(dispersion, abs=0.05)


def test_a_raised_cell_has_more_and_the_others_the_same():
    year = draw(SMALL, 1)
    loud = raised(year, (0, 0), 60, 4.0, seed=1, lasts=2) - year.counts
    assert loud[0, 0, :, 60:62].sum() == pytest.approx(3 * year.mean[0, 0, 60:62].sum(), rel=0.5)
    loud[0, 0, :, 60:62] = 0
    assert not loud.any()


def test_roll_ups_hold_every_story_once():
    year = draw(SMALL, 1)
    found = {(c.region, c.reason): c for c in roll_up(year.counts, [60], year.calendar)}
    leaf = found[name(0, 0)]
    assert len(leaf.stories) == year.counts[0, 0, :, 60].sum()
    assert set(leaf.stories) < set(found["R01", ""].stories) < set(found["", ""].stories)
    assert len(found["", ""].stories) == year.counts[..., 60].sum()


def test_the_bounds_of_the_simple_methods_are_what_they_are_called():
    past = np.arange(30.0)[None, :]
    assert ears(past, np.zeros(1, dtype=int))[0] == pytest.approx(24 + 3 * np.std(np.arange(7), ddof=1))
    assert two_sigma(past, np.zeros(1, dtype=int))[0] == pytest.approx(16.5 + 2 * np.std(np.arange(26), ddof=1))


def test_quiet_weeks_ring_at_most_once_a_week_over_all_cells(quick):
    assert score(quick, "these rules").a_week <= 1.0
    assert score(quick, "these rules").cells == 105


def test_simple_methods_ring_falsely_more_often(quick):
    """And so the bound above can fail: it would for a rule as careless as these."""
    mine = score(quick, "these rules").a_week
    assert score(quick, "mean + 2 sd").a_week > max(1.0, mine)
    assert score(quick, "EARS").a_week > max(1.0, mine)


def test_shifts_are_found_and_large_ones_sooner(quick):
    found = {(f.factor, f.large): f for f in score(quick, "these rules").found}
    assert found[4.0, True].first >= 0.9
    assert found[2.0, True].second >= 0.7
    assert found[1.5, True].first <= found[2.0, True].first <= found[4.0, True].first
    assert all(f.first <= f.second <= f.fourth for f in found.values())


def test_the_same_seed_gives_the_same_scores():
    tiny = World(history=30, weeks=5)
    assert play(tiny, RULES, seed=4, trials=2) == play(tiny, RULES, seed=4, trials=2)


def test_a_world_is_fitted_to_the_past():
    still = World(season=0, trend=0, holidays=False, shared=0, dispersion=0.2, history=80, weeks=1)
    year = draw(still, 6)
    counts = roll_up(year.counts, range(80), year.calendar)
    world = fitted(counts, year.calendar[:80])
    assert world.stories == pytest.approx(600, rel=0.1)
    assert world.dispersion == pytest.approx(0.2, rel=0.35)
    assert fitted((), ()) == World()


def most_powerful(dispersion: float, weeks: int) -> float:
    """Share of twofold rises in large cells that the likelihood ratio finds when it knows the true laws of all cells.

    It spends one false alarm a week, on the large cells alone; neither is granted to the rules.
    """
    from scipy.stats import nbinom

    year = draw(World(dispersion=dispersion), 1)
    found = []
    for week in range(104, 152, 8):
        large = year.mean[:, :, week] >= 10
        mean = year.mean[:, :, week : week + weeks].sum(2)[large][:, None]
        size = weeks / dispersion
        stories = np.arange(500)
        quiet = nbinom.pmf(stories, size, size / (size + mean))
        loud = nbinom.pmf(stories, 2 * size, 2 * size / (2 * size + 2 * mean))  # as much again, drawn by itself
        best = np.argsort(-(loud / np.maximum(quiet, 1e-300)).ravel())
        spent = quiet.ravel()[best].cumsum()
        found.append(loud.ravel()[best][: np.searchsorted(spent, 1.0)].sum() / len(mean))
    return float(np.mean(found))


def test_no_reading_of_weekly_counts_finds_nine_of_ten_twofold_rises_in_their_first_week():
    assert most_powerful(0.03, 1) == pytest.approx(0.86, abs=0.02)
    assert most_powerful(0.03, 2) == pytest.approx(0.98, abs=0.02)
    assert most_powerful(0.1, 1) < 0.75
