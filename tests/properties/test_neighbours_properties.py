"""Neighbours are the shapes that lie together, however their borders are drawn."""

import networkx as nx
import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from sozialraum.methods.connectivity import connectivity
from sozialraum.methods.contiguity import contiguity, nearest_neighbours
from sozialraum.methods.graph import Edges, adjacency_of

SIDE = 5


@st.composite
def drawings(draw):
    """Return rectangles of cells: joined at will, drawn with and without points between."""
    labels = np.array(draw(st.lists(st.integers(0, 5), min_size=25, max_size=25)))
    x, y = (part.ravel().astype(float) for part in np.meshgrid(range(SIDE), range(SIDE)))
    cells = shapely.box(x, y, x + 1, y + 1)
    shapes = [shapely.union_all(cells[labels == one]) for one in np.unique(labels)]
    simple = draw(st.lists(st.booleans(), min_size=len(shapes), max_size=len(shapes)))
    shapes = [
        shape.simplify(0) if plain else shape for shape, plain in zip(shapes, simple, strict=True)
    ]
    overlay = draw(st.lists(st.tuples(*[st.integers(0, 8)] * 4), max_size=2))
    extra = [shapely.box(a / 2, b / 2, (a + c + 1) / 2, (b + d + 1) / 2) for a, b, c, d in overlay]
    return np.array([*shapes, *extra], dtype=object)


@settings(deadline=None, max_examples=80)
@given(drawings())
def test_neighbours_are_those_at_no_distance(shapes):
    apart = shapely.distance(shapes[:, None], shapes)
    np.fill_diagonal(apart, np.inf)
    assert np.array_equal(contiguity(shapes).toarray() > 0, apart <= 1e-3)
    border = shapely.intersection(shapely.boundary(shapes)[:, None], shapely.boundary(shapes))
    overlap = shapely.area(shapely.intersection(shapes[:, None], shapes))
    common = (shapely.length(border) > 0) | (overlap > 0)
    np.fill_diagonal(common, val=False)
    assert np.array_equal(contiguity(shapes, rook=True).toarray() > 0, common)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=30), st.integers(1, 9))
def test_nobody_else_is_nearer_than_a_nearest_neighbour(points, k):
    where = np.array(points, dtype=float).reshape(-1, 2)
    found = nearest_neighbours(where, k)
    apart = np.hypot(*(where[:, None] - where).transpose(2, 0, 1))
    for i in range(len(where)):
        others = [j for j in range(len(where)) if j != i]
        expected = sorted(others, key=lambda j: (round(apart[i, j], 6), j))[:k]
        assert found[[i]].indices.tolist() == sorted(expected)


@settings(deadline=None, max_examples=60)
@given(st.sets(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=20))
def test_taking_a_bridge_away_parts_a_component(ends):
    edges = sorted({(min(e), max(e)) for e in ends if e[0] != e[1]})
    left, right = np.array(edges, dtype=np.int64).reshape(-1, 2).T
    found = connectivity(adjacency_of(Edges(left, right, np.ones(len(left))), 12))
    net = nx.Graph(edges)
    assert {tuple(edge) for edge in found.bridges.tolist()} == {
        (min(e), max(e)) for e in nx.bridges(net)
    }
    assert set(np.flatnonzero(found.cut_nodes)) == set(nx.articulation_points(net))
