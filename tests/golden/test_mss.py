"""The Berlin method on numbers small enough to check by hand.

Five areas, three indicators. Each indicator is the same in four areas and 5 points worse
in one: mean 1 point above the four, standard deviation 2 (ddof 0), so scores are -1/2
four times and 2 once. Indicators 1 and 3 are worst in area 5, indicator 2 (a strength,
hence low) in area 4. Sums: -3/2, -3/2, -3/2, 1, 7/2; their mean is 0 and their standard
deviation 2; so the index is -3/4, -3/4, -3/4, 1/2, 7/4.
"""

import numpy as np
import pytest

from counts import DATE, indicator, make_measures, policy
from sozialraum.disclosure import protect
from sozialraum.index import score

EARLIER = "2023-12-31"
NOW = {
    "a": [100, 100, 100, 100, 150],
    "b": [550, 550, 550, 500, 550],
    "c": [200, 200, 200, 200, 250],
}
BEFORE = {"a": [90, 100, 100, 100, 150], "b": NOW["b"], "c": NOW["c"]}


@pytest.fixture
def release():
    indicators = [indicator("a"), indicator("b", polarity=-1), indicator("c")]
    numbers = {name: {DATE: NOW[name]} for name in NOW}
    numbers["a"][EARLIER] = BEFORE["a"]
    bases = dict.fromkeys(NOW, [1000] * 5)
    return protect(make_measures(numbers, indicators, [5], denominators=bases), policy(3))


def test_status_by_hand(release):
    index = score(release)
    assert index.indicators == ("a", "b", "c")
    np.testing.assert_allclose(index.table["status_index"], [-0.75, -0.75, -0.75, 0.5, 1.75])
    assert index.table["status_class"].tolist() == ["2", "2", "2", "2", "4"]
    np.testing.assert_allclose(index.scores["b"], [-0.5, -0.5, -0.5, 2.0, -0.5])


def test_dynamics_by_hand(release):
    """Only indicator a has an earlier date: it rose by 1 point in the first area alone."""
    index = score(release)
    assert (index.date, index.start) == (DATE, EARLIER)
    np.testing.assert_allclose(index.table["dynamics_index"], [2.0, -0.5, -0.5, -0.5, -0.5])
    assert index.table["group"].tolist() == ["2-", "2+/-", "2+/-", "2+/-", "4+/-"]
