"""Control charts for few points."""

import numpy as np
import pytest

from sozialraum.errors import StatisticsError
from sozialraum.methods.ewma import control_limit, crossing_probability, ewma, first_crossing


@pytest.mark.parametrize(("points", "weight"), [(4, 0.3), (9, 0.3), (14, 0.2), (9, 1.0)])
def test_limits_keep_their_promise(points, weight):
    random = np.random.default_rng(points)
    path = ewma(random.normal(size=(200_000, points)), weight=weight)
    limit = control_limit(0.01, points, weight=weight)
    assert (np.abs(path).max(axis=1) >= limit).mean() == pytest.approx(0.01, abs=0.0009)


def test_weight_one_is_the_plain_chart():
    from scipy.stats import norm

    expected = 1 - (1 - 2 * norm.sf(2.5)) ** 6
    assert crossing_probability(2.5, 6, weight=1.0) == pytest.approx(expected, rel=1e-9)


def test_gaps_leave_the_average_as_it_was():
    path = ewma([[1.0, np.nan, 2.0], [1.0, 2.0, np.nan]])
    assert np.isnan(path[0, 1])
    assert np.isnan(path[1, 2])
    assert path[0, 2] == path[1, 1]


def test_a_crossing_counts_until_the_path_changes_sides():
    path = [[4.0, 4.0, -1.0, -4.0, np.nan, -5.0], [4.0, 1.0, 1.0, 1.0, 1.0, 1.0], [0.5] * 6]
    assert first_crossing(path, [3.0, 3.0, 3.0]).tolist() == [3, 0, -1]


def test_impossible_wishes_are_refused():
    with pytest.raises(StatisticsError, match="Gewicht"):
        ewma([[1.0]], weight=0.0)
    with pytest.raises(StatisticsError, match="Fehlalarms"):
        control_limit(0.0, 9)
