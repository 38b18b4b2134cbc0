"""Equal-weight index; more in tests/golden and tests/realdata."""

import numpy as np
import pytest

from sozialraum.errors import StatisticsError
from sozialraum.methods.composite import equal_weight_index, principal_weights, zscores
from sozialraum.methods.index_classes import dynamics_classes, status_classes


def test_standard_deviation_divides_by_n():
    z = zscores([0.0, 0.0, 0.0, 0.0, 5.0])
    np.testing.assert_allclose(z, [-0.5, -0.5, -0.5, -0.5, 2.0])


def test_incomplete_areas_take_no_part():
    values = [[1.0, 4.0], [2.0, 5.0], [4.0, 9.0], [1000.0, np.nan]]
    found = equal_weight_index(values, [1, 1])
    without = equal_weight_index(values[:3], [1, 1])
    np.testing.assert_array_equal(found.index[:3], without.index)
    assert np.isnan(found.index[3])
    assert np.isnan(found.scores[3]).all()


def test_a_strength_counts_the_other_way():
    burden = equal_weight_index([[1.0], [2.0], [4.0]], [1])
    strength = equal_weight_index([[-1.0], [-2.0], [-4.0]], [-1])
    np.testing.assert_allclose(burden.index, strength.index)


def test_scale_and_shift_leave_the_index_alone():
    values = np.array([[1.0, 4.0], [2.0, 5.0], [4.0, 9.0], [7.0, 1.0]])
    moved = values * [10, 0.5] + [3, 100]
    np.testing.assert_allclose(
        equal_weight_index(values, [1, -1]).index, equal_weight_index(moved, [1, -1]).index
    )


def test_an_indicator_without_spread_is_refused_by_position():
    with pytest.raises(StatisticsError) as error:
        equal_weight_index([[1.0, 0.3], [2.0, 0.3], [3.0, 0.3]], [1, 1])
    assert error.value.ids == ("1",)


def test_classes_close_on_the_side_the_source_names():
    x = [-1.0001, -1, 1, 1.0001, 1.5, 1.5001]
    assert status_classes(x).tolist() == ["1", "2", "2", "3", "3", "4"]
    assert dynamics_classes(x).tolist() == ["+", "+/-", "+/-", "-", "-", "-"]


def test_loadings_that_cancel_do_not_divide_by_zero():
    x = np.array([1.0, 2.0, 3.0, 5.0])
    weights = principal_weights(np.column_stack([zscores(x), zscores(-x)]))
    np.testing.assert_allclose(weights, [1.0, -1.0])
