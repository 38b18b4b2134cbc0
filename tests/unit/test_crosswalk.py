"""Who lived where before and after a reform."""

import numpy as np
import pytest

from sozialraum.methods.crosswalk import (
    backcast,
    common_coarsening,
    crosswalk,
    largest_remainders,
)


def test_merged_areas_are_carried_over_exactly():
    walk = crosswalk([5, 5, 7], [0, 0, 1], [0, 0, 0])
    counts, estimated = backcast([12, 30], walk)
    assert counts.tolist() == [42]
    assert estimated.tolist() == [0]
    assert walk.split.tolist() == [False, False]


def test_a_split_area_is_shared_out_by_population():
    walk = crosswalk([30, 10, 60], [0, 0, 1], [0, 1, 1])
    assert walk.matrix().toarray().tolist() == [[0.75, 0.25], [0, 1]]
    counts, estimated = backcast([8, 100], walk)
    assert counts.tolist() == [6, 102]
    assert estimated == pytest.approx([1, 10 / 70])


def test_blocks_without_people_split_nothing():
    walk = crosswalk([30, 0], [0, 0], [0, 1])
    assert not walk.split.any()
    counts, estimated = backcast([9], walk)
    assert counts[0] == 9
    assert estimated[0] == 0
    assert np.isnan(counts[1])


def test_an_area_without_people_is_shared_out_by_blocks():
    walk = crosswalk([0, 0, 0, 0], [0, 0, 0, 0], [0, 1, 1, 1])
    assert walk.share.tolist() == [0.25, 0.75]
    assert backcast([4], walk)[1].tolist() == [1, 1]


def test_a_missing_part_makes_the_sum_missing():
    walk = crosswalk([1, 1, 1], [0, 1, 2], [0, 0, 1])
    counts, estimated = backcast([np.nan, 5, 6], walk)
    assert np.isnan(counts[0])
    assert np.isnan(estimated[0])
    assert counts[1] == 6


def test_people_who_lived_in_no_old_area_make_the_sum_missing():
    walk = crosswalk([4, 6, 0], [0, -1, -1], [0, 0, 1])
    assert walk.gap.tolist() == [True, False]
    assert np.isnan(backcast([3], walk)[0]).all()


def test_people_who_live_in_no_new_area_take_their_share_along():
    walk = crosswalk([25, 75], [0, 0], [0, -1])
    counts, estimated = backcast([100], walk)
    assert counts.tolist() == [25]
    assert estimated.tolist() == [1]


def test_whole_numbers_by_largest_remainders():
    walk = crosswalk([5, 3, 2], [0, 0, 0], [0, 1, 2])
    assert largest_remainders([7], walk).tolist() == [4, 2, 1]
    assert np.isnan(largest_remainders([np.nan], walk)).all()
    assert backcast([7], walk, whole=True)[0].tolist() == [4, 2, 1]


def test_equal_shares_are_settled_by_the_order_of_the_new_areas():
    walk = crosswalk([1, 1, 1, 1], [0, 0, 0, 0], [3, 1, 0, 2])
    assert largest_remainders([6], walk).tolist() == [2, 2, 1, 1]


def test_the_order_of_the_blocks_plays_no_part():
    rng = np.random.default_rng(1)
    people, old, new = rng.integers(0, 50, 200), rng.integers(0, 9, 200), rng.integers(0, 7, 200)
    values = rng.integers(0, 500, 9)
    turned = rng.permutation(200)
    one = backcast(values, crosswalk(people, old, new), whole=True)
    other = backcast(values, crosswalk(people[turned], old[turned], new[turned]), whole=True)
    assert np.array_equal(one[0], other[0])
    assert one[1] == pytest.approx(other[1])


def test_the_finest_common_areas():
    assert common_coarsening([0, 0, 1, 2], [0, 0, 1, 1]).tolist() == [0, 0, 1, 1]
    assert common_coarsening([0, 1, 2], [0, 1, 2], [0, 0, 1]).tolist() == [0, 0, 1]


def test_unions_that_reach_beyond_a_partition_are_no_common_areas():
    assert common_coarsening([0, 0, 1, -1], [0, -1, 1, -1]).tolist() == [-1, -1, 0, -1]
