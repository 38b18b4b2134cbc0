"""Neighbours: by vertices, by distance, the nearest, a ring outside, and weak points."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from libpysal.graph import Graph
from scipy.sparse import csr_array

from sozialraum.methods.connectivity import connectivity
from sozialraum.methods.contiguity import contiguity, nearest_neighbours, with_ring
from sozialraum.methods.vertices import matched_coverage, vertex_numbers
from support import make_areas

box = shapely.box


def pairs(graph):
    """Return the neighbours as a set of pairs, smaller position first."""
    rows, columns = graph.nonzero()
    return {(int(a), int(b)) for a, b in zip(rows, columns, strict=True) if a < b}


def voronoi(n, seed):
    points = shapely.multipoints(np.random.default_rng(seed).random((n, 2)) * 1000)
    return shapely.get_parts(shapely.voronoi_polygons(points, extend_to=box(0, 0, 1000, 1000)))


def coverages():
    small = make_areas(30)
    shapes = small[small["geography"] == "sozialraum"].geometry.to_numpy()
    x, y = np.meshgrid(np.arange(6.0), np.arange(5.0))
    squares = box(x.ravel(), y.ravel(), x.ravel() + 1, y.ravel() + 1)
    two = shapely.multipolygons([squares[0], squares[29]])
    hole = shapely.difference(box(-5, -5, 9, 9), box(0, 0, 6, 5).segmentize(1.0)).segmentize(1.0)
    ragged = shapely.reverse(squares[::2])
    return {
        "made-up areas": shapes,
        "voronoi": voronoi(300, 1),
        "squares": squares,
        "a multipolygon": np.array([two, *squares[1:29]]),
        "a hole filled by others": np.array([hole, *squares]),
        "islands": squares[[0, 3, 5, 20, 29]],
        "turned the other way": np.array([*ragged, *squares[1::2]]),
        "a lake": np.delete(squares, 8),
    }


@pytest.mark.parametrize("name", coverages())
@pytest.mark.parametrize("rook", [False, True])
def test_on_coverages_the_same_as_libpysal(name, rook):
    shapes = coverages()[name]
    assert matched_coverage(shapes, 1e-3) is not None
    found = contiguity(shapes, rook=rook)
    known = Graph.build_contiguity(gpd.GeoSeries(shapes), rook=rook)
    expected = csr_array(known.sparse.astype(float))
    expected.eliminate_zeros()
    assert pairs(found) == pairs(expected)
    assert set(found.data) <= {1.0}
    assert (found != found.T).nnz == 0


def test_corners_are_neighbours_of_the_queen_only():
    four = box([0, 1, 0, 1], [0, 0, 1, 1], [1, 2, 1, 2], [1, 1, 2, 2])
    assert pairs(contiguity(four)) == {(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)}
    assert pairs(contiguity(four, rook=True)) == {(0, 1), (0, 2), (1, 3), (2, 3)}


@pytest.mark.parametrize(
    ("name", "shapes", "queen"),
    [
        # the middle one of three small areas shares no vertex with the long one beside them
        ("unmatched", [box(0, y, 1, y + 1) for y in range(3)] + [box(1, 0, 2, 3)], (1, 3)),
        ("a hair apart", [box(0, 0, 1, 1), box(1 + 1e-7, 0.2, 2, 0.8)], (0, 1)),
        ("overlapping", [box(0, 0, 2, 2), box(1, 1, 3, 3)], (0, 1)),
        ("one inside the other", [box(0, 0, 9, 9), box(4, 4, 5, 5)], (0, 1)),
        ("a corner on a side", [box(0, 0, 1, 1), shapely.box(1, 0.5, 2, 1.5)], (0, 1)),
        (
            "an overlay on a matched border",
            [box(0, 0, 4, 4), box(4, 0, 8, 4), box(3, 1, 5, 2)],
            (0, 2),
        ),
    ],
)
def test_neighbours_that_share_no_vertex_are_not_missed(name, shapes, queen):
    assert matched_coverage(np.array(shapes), 1e-3) is None, name
    assert queen in pairs(contiguity(shapes))
    missed = Graph.build_contiguity(gpd.GeoSeries(shapes), rook=False)
    assert queen not in pairs(csr_array(missed.sparse)), "not a case of interest"


def test_common_borders_that_are_drawn_differently_are_found_by_the_rook():
    shapes = [box(0, y, 100, y + 100) for y in (0, 100, 200)] + [box(100, 0, 200, 300)]
    assert pairs(contiguity(shapes, rook=True)) == {(0, 1), (1, 2), (0, 3), (1, 3), (2, 3)}
    apart = [box(0, 0, 100, 100), box(100.5, 0, 200, 100), box(100.5, 100.5, 200, 200)]
    assert pairs(contiguity(apart, rook=True)) == set()
    assert pairs(contiguity(apart, rook=True, tolerance=1.0)) == {(0, 1), (1, 2)}


def test_a_tolerance_bridges_gaps_up_to_itself():
    apart = [box(0, 0, 10, 10), box(10.9, 0, 20, 10), box(21.1, 0, 30, 10)]
    assert pairs(contiguity(apart)) == set()
    assert pairs(contiguity(apart, tolerance=1.0)) == {(0, 1)}
    assert pairs(contiguity(apart, tolerance=1.2)) == {(0, 1), (1, 2)}


def test_missing_shapes_have_no_neighbours():
    shapes = np.array([box(0, 0, 1, 1), None, box(1, 0, 2, 1), shapely.Polygon()])
    for tolerance in (0.0, 1.0):
        assert pairs(contiguity(shapes, tolerance=tolerance)) == {(0, 2)}
    assert contiguity([]).shape == (0, 0)


def test_the_order_of_shapes_does_not_matter():
    shapes = voronoi(120, 3)
    order = np.random.default_rng(4).permutation(len(shapes))
    there = contiguity(shapes[order]).toarray()
    assert np.array_equal(there, contiguity(shapes).toarray()[np.ix_(order, order)])


def test_equal_codes_of_different_points_do_not_mix(monkeypatch):
    monkeypatch.setattr("sozialraum.methods.vertices._MIX", np.zeros(2, dtype=np.uint64))
    points = np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0], [2.0, 2.0]])
    assert vertex_numbers(points).tolist() == [0, 1, 0, 2]
    assert pairs(contiguity([box(0, 0, 1, 1), box(1, 0, 2, 1), box(5, 5, 6, 6)])) == {(0, 1)}


@pytest.mark.parametrize("k", [1, 6, 30])
def test_nearest_neighbours_as_all_distances_say(k):
    points = np.random.default_rng(1).random((60, 2)) * 1e4
    apart = np.hypot(*(points[:, None] - points).transpose(2, 0, 1))
    np.fill_diagonal(apart, np.inf)
    expected = np.sort(np.argsort(apart, axis=1)[:, :k], axis=1)
    found = nearest_neighbours(points, k)
    assert found.indices.reshape(-1, k).tolist() == expected.tolist()


def test_ties_go_to_those_that_come_first():
    x, y = np.meshgrid(np.arange(5.0), np.arange(5.0))
    grid = np.column_stack([x.ravel(), y.ravel()])
    assert nearest_neighbours(grid, 2)[[12]].indices.tolist() == [7, 11]
    assert nearest_neighbours(grid, 6)[[12]].indices.tolist() == [6, 7, 8, 11, 13, 17]
    assert nearest_neighbours(np.zeros((9, 2)), 3)[[8]].indices.tolist() == [0, 1, 2]


def test_few_points_have_all_others_as_neighbours():
    assert nearest_neighbours([[0, 0], [5, 0], [9, 0]], 6).toarray().tolist() == [
        [0.0, 1.0, 1.0],
        [1.0, 0.0, 1.0],
        [1.0, 1.0, 0.0],
    ]
    assert nearest_neighbours([[3, 4]], 6).nnz == 0
    assert nearest_neighbours(np.zeros((0, 2)), 6).shape == (0, 0)


def test_symmetric_neighbours_go_both_ways():
    points = np.random.default_rng(2).random((40, 2))
    one_way = nearest_neighbours(points, 3)
    both = nearest_neighbours(points, 3, symmetric=True)
    assert (one_way != one_way.T).nnz > 0
    assert (both != both.T).nnz == 0
    assert pairs(both) == pairs(one_way) | pairs(csr_array(one_way.T))


@pytest.mark.parametrize("seed", range(8))
def test_weak_points_as_networkx_finds_them(seed):
    net = nx.gnm_random_graph(40, 42, seed=seed)
    graph = csr_array(nx.to_scipy_sparse_array(net, dtype=float))
    found = connectivity(graph)
    assert {tuple(edge) for edge in found.bridges.tolist()} == {
        tuple(sorted(edge)) for edge in nx.bridges(net)
    }
    assert set(np.flatnonzero(found.cut_nodes)) == set(nx.articulation_points(net))
    assert set(np.flatnonzero(found.islands)) == set(nx.isolates(net))
    groups = {frozenset(np.flatnonzero(found.components == i)) for i in set(found.components)}
    assert groups == {frozenset(group) for group in nx.connected_components(net)}


def test_a_ring_of_neighbours_outside():
    row = [box(x, 0, x + 1, 1) for x in range(8)]
    one = with_ring(row[3:5], row[:3] + row[5:])
    assert one.chosen.tolist() == [2, 3]
    assert one.inside.tolist() == [True, True, False, False]
    assert pairs(one.graph) == {(0, 1), (0, 2), (1, 3)}
    two = with_ring(row[3:5], row[:3] + row[5:], steps=2)
    assert two.chosen.tolist() == [1, 2, 3, 4]
    none = with_ring(row[3:5], row[:3] + row[5:], steps=0)
    assert none.graph.toarray().tolist() == contiguity(row[3:5]).toarray().tolist()


def test_a_ring_completes_the_mean_of_the_neighbours():
    row = [box(x, 0, x + 1, 1) for x in range(4)]
    ring = with_ring(row[:2], row[2:])
    values = np.concatenate([[1.0, 2.0], np.array([10.0, 99.0])[ring.chosen]])
    lag = (ring.graph @ values)[ring.inside]
    assert lag.tolist() == [2.0, 11.0]
