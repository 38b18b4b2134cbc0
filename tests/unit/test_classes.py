"""Class breaks: missing values do not count, breaks are round, every class is filled."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sozialraum.methods.classes import class_breaks, classify, decimals, round_breaks

numbers = st.lists(st.floats(-1e6, 1e6).map(lambda v: round(v, 1)), min_size=2, max_size=60)


@pytest.mark.parametrize("method", ["quantile", "equal", "fisher_jenks"])
def test_missing_values_do_not_shift_breaks(method):
    values = np.random.default_rng(0).gamma(2, 4, 200)
    holes = np.concatenate([values, np.full(37, np.nan)])
    assert class_breaks(holes, method=method) == class_breaks(values, method=method)


def test_quantiles_agree_with_mapclassify():
    from mapclassify import Quantiles

    values = np.random.default_rng(1).gamma(2, 4, 321)
    ours = class_breaks(values, rounded=False)
    assert ours == pytest.approx(Quantiles(values, 5).bins[:-1])


def test_fisher_jenks_finds_the_groups_that_are_there():
    values = [1, 2, 3, 20, 21, 22, 50, 51, 52]
    assert class_breaks(values, 3, method="fisher_jenks", rounded=False) == (20.0, 50.0)


def test_constant_or_empty_values_make_one_class():
    assert class_breaks([4.0] * 9) == ()
    assert class_breaks([np.nan, np.nan]) == ()


def test_few_distinct_values_make_few_classes():
    assert class_breaks([1, 1, 1, 1, 1, 1, 1, 1, 2]) == (2.0,)
    assert class_breaks([1, 1, 2, 2], 5, method="fisher_jenks") == (2.0,)


@given(numbers, st.sampled_from(["quantile", "equal"]), st.integers(2, 7))
@settings(max_examples=30, deadline=None)
def test_breaks_ascend_and_leave_no_outer_class_empty(values, method, classes):
    breaks = class_breaks(values, classes, method=method)
    assert len(breaks) < classes
    assert list(breaks) == sorted(set(breaks))
    filled = classify(values, breaks)
    assert filled.min() == 0
    assert filled.max() == len(breaks)


@given(numbers)
@settings(max_examples=30, deadline=None)
def test_rounding_moves_no_break_by_more_than_a_third_of_a_class(values):
    raw = class_breaks(values, rounded=False)
    if raw:
        moved = np.abs(np.subtract(round_breaks(raw, min(values)), raw)).max()
        assert moved <= np.diff((min(values), *raw)).min() / 3 + 1e-6


def test_a_value_on_a_break_belongs_to_the_upper_class():
    assert classify([4.9, 5.0], (5.0,)).tolist() == [0, 1]


def test_missing_values_have_no_class():
    assert classify([np.nan], (1.0, 2.0)).tolist() == [-1]


def test_decimals_are_those_of_the_finest_break():
    assert decimals((1.25, 3.0)) == 2
    assert decimals(()) == 0


def test_many_areas_without_a_case_leave_classes_for_the_others():
    values = [0.0] * 700 + list(np.linspace(2, 20, 300))
    breaks = class_breaks(values, 5)
    assert len(breaks) == 4
    counts = np.bincount(classify(values, breaks))
    assert counts[0] == 700
    assert counts[1:].min() > 50
