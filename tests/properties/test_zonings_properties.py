"""Promises of other zonings, on random neighbourhoods of every kind."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from sozialraum.methods.graph import component_labels, within_groups
from sozialraum.methods.zonings import zone_adjacency, zone_sums, zonings


@st.composite
def counties(draw):
    """Return neighbours, sizes, municipalities and a seed."""
    n = draw(st.integers(1, 40))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    links = np.triu(rng.random((n, n)) < draw(st.floats(0, 0.5)), 1)
    sizes = np.exp(rng.normal(6, draw(st.floats(0, 1.5)), n)).round()
    units = rng.integers(0, draw(st.integers(1, 4)), n)
    return csr_array((links | links.T).astype(float)), sizes, units, draw(st.integers(0, 99))


@settings(deadline=None, max_examples=120)
@given(counties())
def test_zones_are_contiguous_small_and_within_their_municipality(county):
    adjacency, sizes, units, seed = county
    found = zonings(adjacency, sizes, units, number=6, seed=seed)
    assert 1 <= len(found) <= 6
    assert len({row.tobytes() for row in found}) == len(found)
    inside = within_groups(adjacency, units)
    for zones in found:
        members = np.bincount(zones)
        assert members.min() >= 1
        assert members.max() <= 3
        assert all(len(set(units[zones == zone])) == 1 for zone in range(len(members)))
        assert len(np.unique(component_labels(within_groups(inside, zones)))) == len(members)
        first = [np.flatnonzero(zones == zone)[0] for zone in range(len(members))]
        assert first == sorted(first)


@settings(deadline=None, max_examples=120)
@given(counties())
def test_nobody_stays_alone_beside_a_zone_with_room(county):
    """Who is alone has no neighbour in the municipality but members of full zones."""
    adjacency, sizes, units, seed = county
    inside = within_groups(adjacency, units).toarray() > 0
    for zones in zonings(adjacency, sizes, units, number=3, seed=seed):
        members = np.bincount(zones)[zones]
        for area in np.flatnonzero(members == 1):
            assert (members[inside[area]] == 3).all()


@settings(deadline=None, max_examples=60)
@given(counties(), st.randoms(use_true_random=False))
def test_rows_may_come_in_any_order(county, random):
    adjacency, sizes, units, seed = county
    keys = np.array([f"{i:02d}" for i in range(len(sizes))])
    order = np.array(random.sample(range(len(sizes)), len(sizes)), dtype=int)
    first = zonings(adjacency, sizes, units, number=4, seed=seed, keys=keys)
    moved = csr_array(adjacency[order][:, order])
    again = zonings(moved, sizes[order], units[order], number=4, seed=seed, keys=keys[order])
    np.testing.assert_array_equal(again, first[:, order])


@settings(deadline=None, max_examples=60)
@given(counties())
def test_sums_survive_and_neighbours_stay_symmetric(county):
    adjacency, sizes, units, seed = county
    for zones in zonings(adjacency, sizes, units, number=3, seed=seed):
        assert zone_sums(sizes, zones).sum() == sizes.sum()
        touching = zone_adjacency(adjacency, zones).toarray()
        assert (touching == touching.T).all()
        assert (np.diag(touching) == 0).all()
        apart = [
            touching[zones[i], zones[j]] == 1 or zones[i] == zones[j]
            for i, j in zip(*adjacency.nonzero(), strict=True)
        ]
        assert all(apart)
