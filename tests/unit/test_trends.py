"""Mann-Kendall, Theil-Sen and the kink of a series."""

import itertools

import numpy as np
import pytest
from scipy import stats

from sozialraum.errors import StatisticsError
from sozialraum.methods.trends import mann_kendall, onset, theil_sen


def signs(values) -> float:
    pairs = itertools.combinations(values, 2)
    return float(sum(np.sign(later - before) for before, later in pairs))


@pytest.mark.parametrize(
    "values", [[7, 6, 6, 8, 9, 9, 8], [1, 1, 1, 2, 2], [3, 1, 4, 1, 5, 9, 2], [1, 2, 3, 4, 5]]
)
def test_the_law_with_ties_is_that_of_all_orders(values):
    all_orders = [abs(signs(order)) for order in itertools.permutations(values)]
    found = mann_kendall([values])
    assert found.statistic[0] == signs(values)
    assert found.p[0] == pytest.approx(np.mean(np.array(all_orders) >= abs(signs(values))))


def test_missing_years_are_left_out_and_counted():
    random = np.random.default_rng(2)
    values = random.normal(size=(30, 13))
    values[random.random(values.shape) < 0.3] = np.nan
    found = mann_kendall(values)
    slopes = theil_sen(values, np.arange(13))
    assert (found.points == (~np.isnan(values)).sum(axis=1)).all()
    for row, series in enumerate(values):
        known = ~np.isnan(series)
        if known.sum() < 5:
            assert np.isnan([found.p[row], found.statistic[row], slopes.slope[row]]).all()
            continue
        years = np.arange(13)[known]
        asked = stats.kendalltau(years, series[known], method="exact")
        assert found.p[row] == pytest.approx(asked.pvalue, rel=1e-12)
        assert found.tau[row] == pytest.approx(asked.statistic, rel=1e-12)
        sen = stats.theilslopes(series[known], years)
        limits = [slopes.slope[row], slopes.low[row], slopes.high[row]]
        assert limits == pytest.approx([sen.slope, sen.low_slope, sen.high_slope], rel=1e-12)


def test_long_series_take_the_law_corrected_for_ties():
    random = np.random.default_rng(3)
    values = random.integers(0, 6, 30).astype(float)
    found = mann_kendall([values])
    times = np.unique(values, return_counts=True)[1]
    variance = (30 * 29 * 65 - (times * (times - 1) * (2 * times + 5)).sum()) / 18
    z = (abs(signs(values)) - 1) / np.sqrt(variance)
    assert found.p[0] == pytest.approx(2 * stats.norm.sf(z))


def test_a_constant_series_has_no_trend():
    found = mann_kendall([[4.0] * 7])
    assert (found.statistic[0], found.tau[0], found.p[0]) == (0, 0, 1)


def test_a_memory_is_no_trend():
    lag = abs(np.subtract.outer(np.arange(10), np.arange(10)))
    correlation = 0.75**lag
    random = np.random.default_rng(4)
    series = random.normal(size=(8_000, 10)) @ np.linalg.cholesky(correlation).T
    plain = mann_kendall(series[:2_000])
    aware = mann_kendall(series, correlation=correlation)
    assert (plain.p <= 0.05).mean() > 0.2
    assert 0.005 < (aware.p <= 0.05).mean() < 0.055
    assert (aware.p <= 0.005).mean() < 0.0075


def test_correlations_of_single_areas_are_those_of_all():
    random = np.random.default_rng(5)
    values = random.normal(size=(4, 8))
    values[0, 3] = np.nan
    correlation = 0.5 ** abs(np.subtract.outer(np.arange(8), np.arange(8)))
    one = mann_kendall(values, correlation=correlation).p
    each = mann_kendall(values, correlation=np.repeat(correlation[None], 4, axis=0)).p
    np.testing.assert_allclose(one, each, rtol=1e-12)


def test_kinks():
    assert onset([5, 5, 5, 5, 6, 7], [1] * 6) == 3
    assert onset([9, 8, 7, 6, 5], [1] * 5) == 0
    assert onset([1, 4], [1, 1]) == 0


@pytest.mark.parametrize("times", [[0, 1], [0, 2, 1]])
def test_times_must_fit(times):
    with pytest.raises(StatisticsError, match="aufsteigen"):
        theil_sen([[1.0, 2.0, 3.0]], times)


def test_impossible_wishes_are_refused():
    with pytest.raises(StatisticsError, match="unendliche"):
        mann_kendall([[1.0, np.inf, 2.0]])
    with pytest.raises(StatisticsError, match="zwischen 0 und 1"):
        theil_sen([[1.0, 2.0]], [0, 1], interval=1.0)
