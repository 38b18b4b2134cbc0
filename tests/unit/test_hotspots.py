"""The seventeen names of hot spots over time."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from sozialraum.methods.hotspots import NO_PATTERN, PATTERNS, classify, emerging_hot_spots

COURSES = {
    "new": ([0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 0),
    "consecutive": ([0, 0, 0, 0, 0, 0, 0, 1, 1, 1], 0),
    "intensifying": ([0, 1, 1, 1, 1, 1, 1, 1, 1, 1], 1),
    "persistent": ([1, 1, 1, 1, 1, 1, 1, 1, 1, 1], 0),
    "diminishing": ([1, 1, 1, 1, 1, 1, 1, 1, 1, 1], -1),
    "sporadic": ([0, 1, 0, 0, 0, 1, 1, 0, 1, 1], 0),
    "oscillating": ([-1, 0, 0, 0, 0, 0, 0, 0, 1, 1], 0),
    "historical": ([1, 1, 1, 1, 1, 1, 1, 1, 1, 0], 0),
}


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("name", PATTERNS)
def test_every_pattern_has_its_course(name, side):
    states, trend = COURSES[name]
    found = classify(
        side * np.array([states]), np.ones((1, 10), dtype=bool), np.array([side * trend])
    )
    assert found[0] == f"{name} {'hot' if side == 1 else 'cold'} spot"


def test_the_rest_has_no_pattern():
    states = np.array([[0] * 10, [1, 1, 1, 0, 0, 0, 0, 0, 0, 0], [0] * 10])
    known = np.ones((3, 10), dtype=bool)
    known[2] = False
    assert classify(states, known, np.zeros(3, dtype=int)).tolist() == [NO_PATTERN] * 2 + [""]


def test_unknown_dates_do_not_count():
    states = np.array([[0, 1, 1, 1, 1, 1]])
    known = np.array([[False, True, True, True, True, True]])
    assert classify(states, known, np.zeros(1, dtype=int))[0] == "persistent hot spot"


def test_a_growing_cluster_is_seen():
    side = 20
    row, column = np.divmod(np.arange(side**2), side)
    near = (abs(row[:, None] - row) <= 1) & (abs(column[:, None] - column) <= 1)
    np.fill_diagonal(near, val=False)
    values = np.random.default_rng(4).normal(size=(side**2, 10))
    middle = (abs(row - 10) <= 1) & (abs(column - 10) <= 1)
    values[middle, 7:] += [3.0, 4.0, 5.0]
    values[0, 2] = np.nan
    found = emerging_hot_spots(values, csr_array(near.astype(float)))
    centre = 10 * side + 10
    assert found.pattern[centre] == "consecutive hot spot"
    assert found.state[centre].tolist() == [0] * 7 + [1] * 3
    assert np.isnan(found.gi_star[0, 2])
    assert (found.pattern == NO_PATTERN).mean() > 0.9
