"""Coordinates and shares in one space: what noise weighs, and what the option trades."""

import numpy as np
import pytest

from sozialraum.errors import DelineationError
from sozialraum.methods.regionalise.features import (
    blend_features,
    shrunken_shares,
    within_share,
)

XY = np.array([[0.0, 0.0], [100.0, 0.0], [0.0, 100.0], [100.0, 100.0]])
SHARES = np.array([[0.0, 0.5], [0.2, 0.5], [0.4, 0.5], [0.6, 0.5]])


def test_likeness_0_and_no_shares_leave_coordinates_alone():
    for shares, likeness in ((SHARES, 0.0), (None, 0.7)):
        assert (blend_features(XY, shares, None, typical=100, likeness=likeness) == XY).all()


def test_likeness_1_leaves_shares_only():
    found = blend_features(XY, SHARES, None, typical=100, likeness=1)
    assert (found[:, :2] == 0).all()
    assert np.ptp(found[:, 2]) > 0


def test_likeness_trades_coordinates_for_shares():
    low, high = (
        blend_features(XY, SHARES, None, typical=100, likeness=likeness) for likeness in (0.2, 0.8)
    )
    assert np.ptp(low[:, 0]) == pytest.approx(2 * np.ptp(high[:, 0]))  # sqrt(0.8 / 0.2)
    assert np.ptp(high[:, 2]) == pytest.approx(2 * np.ptp(low[:, 2]))


def test_shares_keep_their_weight_whatever_the_unit_of_length():
    metres = blend_features(XY, SHARES, None, typical=100)
    kilometres = blend_features(XY / 1000, SHARES, None, typical=0.1)
    np.testing.assert_allclose(metres, kilometres * 1000)


def test_a_share_that_never_varies_is_ignored():
    assert (shrunken_shares(SHARES, None)[:, 1] == 0).all()


def test_small_denominators_say_little():
    sizes = np.array([[3.0], [300.0], [3.0], [300.0]])
    scores = shrunken_shares(SHARES[:, :1], sizes)[:, 0]
    plain = shrunken_shares(SHARES[:, :1], None)[:, 0]
    assert np.ptp(scores[[0, 2]]) < 0.5 * np.ptp(plain[[0, 2]])
    assert abs(scores[3]) > abs(scores[0])


def test_pure_sampling_noise_has_no_score():
    rng = np.random.default_rng(3)
    size = np.full((3_000, 1), 10.0)
    noise = shrunken_shares(rng.binomial(10, 0.3, (3_000, 1)) / 10, size)
    places = shrunken_shares(rng.binomial(10, rng.beta(1, 2, (3_000, 1))) / 10, size)
    assert noise.var() < 0.1
    assert places.var() > 0.5


def test_blocks_without_a_denominator_do_not_matter():
    shares = np.array([[np.nan], [0.2], [0.8]])
    scores = shrunken_shares(shares, np.array([[0.0], [500.0], [500.0]]))[:, 0]
    assert scores[0] == 0
    assert scores[1] == pytest.approx(-scores[2])


@pytest.mark.parametrize(
    ("shares", "sizes", "likeness"),
    [
        (SHARES[:2], None, 0.5),
        (SHARES[:, 0], None, 0.5),
        (SHARES, np.ones((4, 1)), 0.5),
        (np.full((4, 1), np.nan), None, 0.5),
        (SHARES, None, 1.5),
    ],
)
def test_faulty_features_are_refused(shares, sizes, likeness):
    with pytest.raises(DelineationError) as caught:
        blend_features(XY, shares, sizes, typical=100, likeness=likeness)
    assert caught.value.message == "areas.options_unfit"


def test_within_share_is_the_part_that_regions_leave_open():
    features = np.array([[1.0, 3.0], [2.0, 3.0], [5.0, 3.0], [6.0, 3.0]])
    # by hand: within 4 x 0.25 = 1, in total 17; the second column never varies
    assert within_share(np.array([0, 0, 1, 1]), features) == pytest.approx(1 / 17)
    assert within_share(np.zeros(4, int), features) == pytest.approx(1.0)
    assert within_share(np.arange(4), features) == 0.0
    assert np.isnan(within_share(np.zeros(4, int), features[:, 1:]))


def test_within_share_leaves_out_blocks_without_a_region():
    features = np.array([[1.0], [2.0], [900.0]])
    assert within_share(np.array([0, 1, -1]), features) == 0.0
