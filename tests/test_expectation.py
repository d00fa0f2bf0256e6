"""What is usual: the law against its definition, against a library, and in series whose truth we know."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.expectation import YEAR, critical, expect, expect_cold, tail

LEVEL = np.zeros(60, dtype=int)


def series(rng, mean, dispersion=0.05):
    """Negative binomial counts of the means `mean`."""
    return rng.poisson(mean * rng.gamma(1 / dispersion, dispersion, size=np.shape(mean))).astype(float)


def weeks(number):
    return np.arange(-float(number), 0)


def test_the_tail_is_that_of_the_negative_binomial():
    from scipy.stats import nbinom

    for k, mean, size in ((1, 0.3, 0.5), (4, 2.0, 1.0), (12, 3.0, 40.0)):
        assert tail(k, mean, size) == pytest.approx(nbinom.sf(k - 1, size, size / (size + mean)))


@given(st.floats(1e-6, 0.9), st.floats(0.05, 300), st.floats(0.5, 200), st.integers(1, 50))
def test_the_critical_number_is_the_first_that_is_rare_enough(level, mean, size, least):
    found = float(critical(level, mean, size, least))
    assert found >= least
    assert tail(found, mean, size) <= level
    assert found == least or tail(found - 1, mean, size) > level


def test_the_law_learns_mean_and_dispersion():
    rng = np.random.default_rng(5)
    law = expect(series(rng, np.full((60, 26), 4.0), 0.4), weeks(26), LEVEL)
    assert float(law.mean.mean()) == pytest.approx(4, rel=0.15)
    assert 1 < float(np.median(law.size)) < 5  # 1 / 0.4 = 2.5, outbreaks down-weighted, uncertainty of the mean added


def test_the_regression_is_that_of_statsmodels():
    """With the same dispersion and weights, and no season: the trend of the sum of many years."""
    import statsmodels.api as sm

    rng = np.random.default_rng(8)
    when = weeks(80)
    y = series(rng, 40 * np.exp(0.8 * when / YEAR), 0.02)
    law = expect(y[None, :], when, LEVEL[:1])
    design = sm.add_constant(when / YEAR)
    fit = sm.GLM(y, design, family=sm.families.NegativeBinomial(alpha=0.02), freq_weights=0.5 ** (-when / 26)).fit()
    assert law.trend[0]
    assert float(law.mean[0]) == pytest.approx(float(np.exp(fit.params[0])), rel=0.03)


def test_past_outbreaks_are_not_learnt():
    rng = np.random.default_rng(6)
    calm = series(rng, np.full((60, 40), 8.0))
    loud = calm.copy()
    loud[:, [10, 20, 30]] *= 6
    assert loud.mean() > 1.3 * calm.mean()
    assert expect(loud, weeks(40), LEVEL).mean.mean() < 1.15 * expect(calm, weeks(40), LEVEL).mean.mean()


def test_a_trend_enters_only_where_it_is_clear():
    rng = np.random.default_rng(7)
    when = weeks(78)
    assert expect(series(rng, np.full((60, 78), 8.0)), when, LEVEL).trend.mean() < 0.1
    law = expect(series(rng, np.tile(20 * np.exp(1.0 * when / YEAR), (60, 1))), when, LEVEL)
    assert law.trend.mean() > 0.9
    assert float(np.median(law.mean)) == pytest.approx(20, rel=0.1)


@pytest.mark.parametrize(("number", "season"), [(52, False), (120, True)])
def test_a_season_is_learnt_from_more_than_a_year(number, season):
    rng = np.random.default_rng(9)
    when = weeks(number)
    wave = 10 * np.exp(0.4 * np.cos(2 * np.pi * when / YEAR))  # week 0 is the crest
    law = expect(series(rng, np.tile(wave, (60, 1))), when, LEVEL)
    assert law.season is season
    if season:
        assert float(np.median(law.mean)) == pytest.approx(10 * np.exp(0.4), rel=0.1)


def test_the_law_of_silence_is_not_certain_of_it():
    law = expect(np.zeros((60, 26)), weeks(26), LEVEL)
    assert np.all((law.mean > 0) & (law.mean < 0.1))
    assert 1e-6 < float(tail(2, law.mean, law.size)[0]) < 0.01


def test_a_cold_start_is_less_sure_than_a_long_past():
    rng = np.random.default_rng(10)
    y = series(rng, np.full((60, 26), 6.0))
    cold, warm = expect_cold(y[:, -4:], LEVEL), expect(y, weeks(26), LEVEL)
    assert np.median(tail(14, cold.mean, cold.size)) > np.median(tail(14, warm.mean, warm.size))


def test_the_order_of_cells_does_not_matter():
    rng = np.random.default_rng(11)
    y, mix = series(rng, rng.gamma(1, 5, size=(60, 1)) * np.ones((60, 90))), rng.permutation(60)
    one, other = expect(y, weeks(90), LEVEL), expect(y[mix], weeks(90), LEVEL)
    assert other.mean == pytest.approx(one.mean[mix])
    assert other.size == pytest.approx(one.size[mix])


def test_quiet_series_pass_the_bound_as_often_as_it_says():
    """Of 3,600 weeks 1 % should be beyond the 99 % bound; discreteness makes it fewer, estimation more."""
    rng = np.random.default_rng(12)
    passed = []
    for _ in range(60):
        y = series(rng, np.full((60, 61), 9.0))
        law = expect(y[:, :-1], weeks(60), LEVEL)
        passed.append(tail(np.maximum(y[:, -1], 1), law.mean, law.size) <= 0.01)
    assert 0.004 < float(np.mean(passed)) < 0.016
