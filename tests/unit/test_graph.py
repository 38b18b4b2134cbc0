"""Neighbourhood on rasters and polygons, components, bridges."""

import numpy as np
import pytest
import shapely
from scipy.sparse import csr_array

from sozialraum.methods.borders import border_edges
from sozialraum.methods.graph import (
    Edges,
    adjacency_of,
    bridge_components,
    component_labels,
    edges_of,
    gap_costs,
    passages_inside,
    raster_voronoi,
    rook_edges,
)
from sozialraum.methods.settled import corner_edges, settled_edges


def test_raster_voronoi_walks_around_what_is_outside():
    inside = np.array([[1, 0, 1], [1, 0, 1], [1, 1, 1]], dtype=bool)
    seeds = np.full((3, 3), -1)
    seeds[0, 0], seeds[2, 2] = 5, 9
    labels, steps = raster_voronoi(seeds, passages_inside(inside))
    # the upper right corner is two columns from 5 but five steps; 9 is two steps away
    assert labels.tolist() == [[5, -1, 9], [5, -1, 9], [5, 9, 9]]
    assert steps[0, 2] == 2
    assert labels.dtype == np.int32


def test_raster_voronoi_leaves_islands_without_a_seed_free():
    inside = np.array([[1, 0, 1]], dtype=bool)
    labels, _ = raster_voronoi(np.array([[4, -1, -1]]), passages_inside(inside))
    assert labels.tolist() == [[4, -1, -1]]


def test_nobody_steps_through_a_wall():
    inside = np.ones((2, 3), dtype=bool)
    passages = passages_inside(inside)
    passages.right[0, 0] = False
    labels, steps = raster_voronoi(np.array([[0, -1, -1], [-1, -1, 1]]), passages)
    assert labels.tolist() == [[0, 1, 1], [0, 1, 1]]
    edges = rook_edges(labels, steps, passages)
    assert edges.length.tolist() == [3]


def test_rook_edges_take_the_shortest_walk_and_no_corners():
    labels = np.array([[0, 0, 1], [2, 0, 1], [2, 2, 3]])
    steps = np.array([[0, 1, 1], [1, 2, 0], [0, 1, 0]])
    edges = rook_edges(labels, steps, passages_inside(labels >= 0))
    found = dict(zip(zip(edges.left, edges.right, strict=True), edges.length, strict=True))
    assert found == {(0, 1): 3, (0, 2): 2, (1, 3): 1, (2, 3): 2}


def test_adjacency_is_symmetric_and_returns_its_edges():
    edges = Edges(np.array([0, 1]), np.array([2, 2]), np.array([100.0, 250.0]))
    matrix = adjacency_of(edges, 4)
    assert (matrix.toarray() == matrix.toarray().T).all()
    back = edges_of(matrix)
    assert back.left.tolist() == [0, 1]
    assert back.length.tolist() == [100.0, 250.0]


@pytest.mark.parametrize("gap", [0.0, 0.005, -0.005])
def test_border_edges_forgive_a_digitising_gap_but_no_corner(gap):
    shapes = [
        shapely.box(0, 0, 100, 100),
        shapely.box(100 + gap, 0, 200, 100),
        shapely.box(100 + gap, 100, 200, 200),
    ]
    edges = border_edges(np.array(shapes))
    assert list(zip(edges.left, edges.right, strict=True)) == [(0, 1), (1, 2)]
    assert edges.length == pytest.approx([100, 100], abs=0.1)


def test_components_are_numbered_by_first_appearance():
    matrix = adjacency_of(Edges(np.array([1]), np.array([3]), np.array([1.0])), 4)
    assert component_labels(matrix).tolist() == [0, 1, 2, 1]


def test_settled_edges_keep_components_with_the_shortest_bridges():
    # two villages of two cells, joined by walks of 500 and 700 metres
    ends = np.array([0, 2, 1, 0]), np.array([1, 3, 2, 3])
    edges = settled_edges(Edges(*ends, np.array([100.0, 100.0, 500.0, 700.0])), 4, 100)
    assert sorted(edges.length.tolist()) == [100.0, 100.0, 500.0]
    assert set(component_labels(adjacency_of(edges, 4))) == {0}


def test_a_weak_exclave_is_joined_to_the_nearest_part_of_its_own_unit():
    dots = shapely.points([[0.0, 0], [10, 0], [60, 0], [62, 0]])
    units = np.array(["a", "a", "a", "b"])
    counts = np.array([[100.0], [100], [20], [100]])
    bridges = bridge_components(csr_array((4, 4)), dots, units, counts, np.array([100.0]))
    assert list(zip(*bridges, strict=True)) == [(1, 2, 50.0)]


def test_two_weak_parts_join_until_they_are_strong_enough():
    dots = shapely.points([[0.0, 0], [10, 0], [500, 0]])
    counts = np.array([[60.0, 9.0], [60.0, 9.0], [300.0, 1.0]])
    units = np.array(["a"] * 3)
    bridges = bridge_components(csr_array((3, 3)), dots, units, counts, np.array([100.0, 10.0]))
    assert bridges.left.tolist() == [0, 1]
    assert bridges.right.tolist() == [1, 2]


def test_a_unit_that_cannot_reach_a_minimum_gets_no_bridges():
    dots = shapely.points([[0.0, 0], [10, 0]])
    counts, units = np.array([[40.0], [40.0]]), np.array(["a", "a"])
    bridges = bridge_components(csr_array((2, 2)), dots, units, counts, np.array([100.0]))
    assert bridges.left.size == 0


def test_gaps_cost_the_square_of_the_way_beyond_one_step():
    edges = Edges(np.array([0, 0, 1]), np.array([1, 2, 2]), np.array([100.0, 250.0, 80.0]))
    adjacency = adjacency_of(edges, 3)
    costs = gap_costs(adjacency, step=100.0)
    # 150 metres beyond the first step; what is shorter than a step costs nothing
    assert costs.toarray().tolist() == [[0, 0, 22_500], [0, 0, 0], [22_500, 0, 0]]
    assert costs.indptr.tolist() == adjacency.indptr.tolist()
    assert costs.indices.tolist() == adjacency.indices.tolist()
    assert adjacency.data.tolist() == [100.0, 250.0, 100.0, 80.0, 250.0, 80.0]


def test_corners_join_where_one_way_around_is_open():
    seeds = np.array([[0, -1, 1], [-1, 2, -1]])
    inside = np.array([[1, 1, 1], [0, 1, 1]], dtype=bool)
    edges = corner_edges(seeds, passages_inside(inside))
    assert list(zip(edges.left, edges.right, strict=True)) == [(0, 2), (1, 2)]
    assert edges.length == pytest.approx([2**0.5] * 2)
    walled = passages_inside(inside)
    walled.right[0, 0] = False
    assert corner_edges(seeds, walled).left.tolist() == [1]
    walled.down[0, 1:] = False
    assert corner_edges(seeds, walled).left.size == 0


def test_a_bridge_over_a_barrier_joins_the_closest_centres_of_tiles_that_touch():
    # three tiles above a river, three below; the second pair is the closest by its centres
    shapes = shapely.box(
        np.array([0, 100, 300, 0, 110, 400]), np.repeat([100, 0], 3),
        np.array([100, 300, 900, 110, 290, 900]), np.repeat([200, 100], 3),
    )  # fmt: skip
    sides = np.repeat([0, 1], 3)
    edges = Edges(np.array([0, 1, 3, 4]), np.array([1, 2, 4, 5]), np.full(4, 100.0))
    counts = np.where(sides == 0, 100.0, 10.0)[:, None]
    bridges = bridge_components(
        adjacency_of(edges, 6), shapes, np.array(["a"] * 6), counts, np.array([100.0])
    )
    assert list(zip(*bridges, strict=True)) == [(1, 4, 100.0)]
