"""Two steps of floating catchments: nothing is lost, and brute force says the same."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sozialraum.methods.access import (
    decay_weights,
    floating_catchments,
    nearest_known,
    nearest_straight,
    straight_costs,
)

PLACES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=12)
DECAYS = st.sampled_from([None, "gaussian", ((3.0, 1.0), (6.0, 0.68), (9.0, 0.22))])


@settings(deadline=None)
@given(PLACES, PLACES, DECAYS, st.integers(0, 2**31))
def test_what_everybody_gets_is_what_anybody_reaches(homes, doctors, decay, seed):
    rng = np.random.default_rng(seed)
    origins, destinations = np.array(homes, float), np.array(doctors, float)
    demand = rng.integers(0, 4, len(homes)).astype(float)
    supply = rng.integers(0, 9, len(doctors)).astype(float)
    costs = straight_costs(origins, destinations, 9.0)
    found = floating_catchments(decay_weights(costs, 9.0, decay), demand, supply)
    got = demand * found.access
    np.testing.assert_allclose(got.sum(), supply[~found.idle].sum())
    # by brute force, pair by pair
    away = np.hypot(*(origins[:, None] - destinations).transpose(2, 0, 1))
    if decay is None:
        weight = (away <= 9).astype(float)
    elif decay == "gaussian":
        end = np.exp(-0.5)
        weight = np.where(away < 9, (np.exp(-0.5 * (away / 9) ** 2) - end) / (1 - end), 0)
    else:
        weight = np.select([away <= limit for limit, _ in decay], [w for _, w in decay], 0)
    access = np.zeros(len(homes))
    for j, places in enumerate(supply):
        load = (weight[:, j] * demand).sum()
        assert found.idle[j] == (load == 0)
        access += weight[:, j] * (places / load if load else 0)
    np.testing.assert_allclose(found.access, access, atol=1e-12)


@settings(deadline=None)
@given(PLACES, PLACES, st.integers(0, 40))
def test_the_nearest_is_the_nearest_of_all_pairs(homes, doctors, reach):
    origins, destinations = np.array(homes, float), np.array(doctors, float)
    nearest = nearest_straight(origins, destinations)
    known = nearest_known(straight_costs(origins, destinations, float(reach)))
    np.testing.assert_allclose(known[known < np.inf], nearest[known < np.inf])
    assert ((nearest <= reach) == (known < np.inf)).all()
