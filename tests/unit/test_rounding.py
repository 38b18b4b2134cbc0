"""Rates are rounded exactly, halves upwards."""

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sozialraum.methods.rounding import rounded_rate


def test_small_denominators_give_whole_per_cent():
    np.testing.assert_array_equal(rounded_rate([57, 57], [199, 200]), [29.0, 28.5])


def test_halves_go_up_where_binary_fractions_would_not():
    # 100 * 23 / 40000 is 0.0575, 100 * 1 / 2000 is 0.05: exactly on the edge
    np.testing.assert_array_equal(rounded_rate([1, 3, 1], [2000, 2000, 8]), [0.1, 0.2, 13.0])


def test_per_may_differ():
    np.testing.assert_array_equal(rounded_rate([1, 1], [400, 400], per=[100, 1000]), [0.3, 2.5])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 10**6), st.sampled_from([100, 1000, 10_000]))
def test_the_error_is_at_most_half_a_step(count, base, per):
    value = Fraction(str(float(rounded_rate(count, base, per))))
    exact = Fraction(per * count, base)
    step = Fraction(1) if base < 200 else Fraction(1, 10)
    assert -step / 2 < value - exact <= step / 2
    assert (value / step).denominator == 1
