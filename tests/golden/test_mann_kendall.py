"""Mann-Kendall against numbers from elsewhere.

Upper tails P(S >= s): Kendall (1975), Rank correlation methods, 4th ed., appendix table 1, as
printed to three digits. Lake Huron: data set ``LakeHuron`` of R (annual level in feet, 1875 on),
p-values of ``cor.test(1:n, y, method = "kendall")`` of R 4.2.2, exact up to twelve years and
with continuity correction for forty.
"""

import numpy as np
import pytest

from sozialraum.methods.trends import mann_kendall

TABLE = {
    (5, 6): 0.117,
    (5, 8): 0.042,
    (6, 9): 0.068,
    (6, 11): 0.028,
    (8, 16): 0.031,
    (8, 18): 0.016,
    (9, 18): 0.038,
    (9, 20): 0.022,
    (10, 19): 0.054,
    (10, 21): 0.036,
    (10, 23): 0.023,
}
LAKE_HURON = [
    *(580.38, 581.86, 580.97, 580.8, 579.79, 580.39, 580.42, 580.82, 581.4, 581.32),
    *(581.44, 581.68, 581.17, 580.53, 580.01, 579.91, 579.14, 579.16, 579.55, 579.67),
    *(578.44, 578.24, 579.1, 579.09, 579.35, 578.82, 579.32, 579.01, 579.0, 579.8),
    *(579.83, 579.72, 579.89, 580.01, 579.37, 578.69, 578.19, 578.67, 579.55, 578.92),
]


def order_with(points: int, statistic: int) -> np.ndarray:
    """Return a series of different values with a given statistic."""
    falls = (points * (points - 1) // 2 - statistic) // 2
    left, order = list(range(points)), []
    while left:
        moved = min(falls, len(left) - 1)
        order.append(left.pop(moved))
        falls -= moved
    return np.array(order, dtype=float)


@pytest.mark.parametrize(("asked", "printed"), TABLE.items())
def test_kendalls_table(asked, printed):
    found = mann_kendall([order_with(*asked)])
    assert found.statistic[0] == asked[1]
    assert found.p[0] / 2 == pytest.approx(printed, abs=0.00051)


@pytest.mark.parametrize(
    ("years", "tau", "p"),
    [
        (6, -0.333333333333333, 0.469444444444444),
        (8, -0.0714285714285714, 0.904861111111111),
        (12, 0.393939393939394, 0.0863171145983646),
        (40, -0.472400902708533, 1.89845824134477e-05),
    ],
)
def test_lake_huron(years, tau, p):
    found = mann_kendall([LAKE_HURON[:years]])
    assert found.tau[0] == pytest.approx(tau, rel=1e-12)
    assert found.p[0] == pytest.approx(p, rel=1e-10)
