"""Sums of counts of which some are missing."""

import numpy as np

from sozialraum.methods.totals import Counts, first_known, grouped, nothing, stacked

ABSENT = 9


def counts(low, high=None, missing=None, minimum=0):
    low = np.array([low], dtype=float)
    high = low if high is None else np.array([high], dtype=float)
    missing = np.zeros(low.shape) if missing is None else np.array([missing])
    return Counts(low, high, missing.astype(np.int8), np.full(low.shape, minimum))


def test_the_strongest_reason_and_the_limits_survive_a_sum():
    parts = counts([2, 1, 0], [2, 9, np.inf], [0, 1, ABSENT], minimum=10)
    sums = grouped(parts, np.array([0, 0, 1]), 2, ABSENT)
    assert np.isnan(sums.value).all()
    assert sums.missing[0].tolist() == [1, ABSENT]
    assert sums.low[0].tolist() == [3, 0]
    assert sums.high[0].tolist() == [11, np.inf]
    assert sums.minimum[0].tolist() == [10, 10]


def test_an_empty_sum_is_not_a_zero():
    sums = grouped(counts([4.0]), np.array([1]), 3, ABSENT)
    assert sums.missing[0].tolist() == [ABSENT, 0, ABSENT]
    assert np.isnan(sums.value[0, 0])


def test_a_suppressed_count_is_there_an_absent_one_is_not():
    first = counts([1, 0], [9, np.inf], [1, ABSENT], minimum=10)
    chosen = first_known(first, counts([7, 7]), ABSENT)
    assert chosen.missing[0].tolist() == [1, 0]
    assert chosen.value[0, 1] == 7
    assert chosen.minimum[0].tolist() == [10, 0]


def test_rows_that_are_not_there_are_missing():
    taken = counts([5, 6]).take(np.array([0, -1]), ABSENT)
    assert taken.value[0].tolist() == [5, 6]
    assert (taken.missing[1] == ABSENT).all()
    assert np.isinf(taken.high[1]).all()


def test_limits_are_rounded_outwards_and_counts_half_up():
    found = counts([2.5, 1.2], [2.5, 3.4], [0, 1]).whole()
    assert found.low[0].tolist() == [3, 1]
    assert found.high[0].tolist() == [3, 4]


def test_places_stand_side_by_side():
    joined = stacked(counts([1, 2]), nothing(1, 1, ABSENT))
    assert joined.missing[0].tolist() == [0, 0, ABSENT]
