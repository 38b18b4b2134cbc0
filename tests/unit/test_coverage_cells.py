"""Exact coverage of cells by polygons, against intersections and worked by hand."""

from itertools import starmap

import numpy as np
import pytest
import shapely
from shapely import LineString, MultiPolygon, Point, Polygon, box

from sozialraum.methods import coverage as module
from sozialraum.methods.coverage import Lattice, coverage

GRID = Lattice(0, 0, 100, 100, 4, 3)


def cell_boxes(lattice, cells=None):
    every = np.arange(lattice.columns * lattice.rows) if cells is None else cells
    row, column = np.divmod(every, lattice.columns)
    west = lattice.west + column * lattice.width
    south = lattice.south + row * lattice.height
    return shapely.box(west, south, west + lattice.width, south + lattice.height)


def intersected(shapes, lattice):
    """Return the same shares by cutting every cell with every polygon."""
    cells = cell_boxes(lattice)
    common = shapely.area(shapely.intersection(np.array(shapes)[:, None], cells))
    return common / (lattice.width * lattice.height)


def test_a_cell_has_its_position_from_the_south_west():
    found = coverage([box(110, 210, 190, 290)], GRID).toarray()
    assert np.flatnonzero(found).tolist() == [2 * 4 + 1]
    assert found[0, 9] == pytest.approx(0.64)


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(box(100, 100, 300, 200), id="on the lines of the grid"),
        pytest.param(box(-500, -500, 900, 900), id="all around the grid"),
        pytest.param(box(-50, 120, 30, 900), id="beyond two sides"),
        pytest.param(box(120, 130, 130, 131), id="smaller than a cell"),
        pytest.param(Polygon([(0, 0), (400, 300), (400, 300.001)]), id="a sliver"),
        pytest.param(Polygon([(-100, -100), (500, -100), (500, 400)]), id="a corner outside"),
        pytest.param(box(10, 10, 390, 290).difference(box(120, 120, 280, 180)), id="a hole"),
        pytest.param(
            MultiPolygon([box(0, 0, 150, 50), box(100, 100, 150, 250), box(-9, -9, -1, -1)]),
            id="three parts",
        ),
        pytest.param(Polygon([(250, 50), (50, 50), (150, 250)]), id="clockwise"),
        pytest.param(Point(200, 150).buffer(130), id="a circle"),
    ],
)
def test_shares_are_those_of_intersections(shape):
    np.testing.assert_allclose(
        coverage([shape], GRID).toarray(), intersected([shape], GRID), atol=1e-9
    )


def test_cells_need_not_be_squares_nor_begin_at_zero():
    lattice = Lattice(-1234.5, 777.25, 30.5, 12.25, 9, 8)
    shape = Point(-1100, 820).buffer(60)
    np.testing.assert_allclose(
        coverage([shape], lattice).toarray(), intersected([shape], lattice), atol=1e-12
    )


def test_only_cells_that_exist_in_the_order_they_are_given():
    shapes = [Point(200, 150).buffer(130), box(0, 0, 400, 300)]
    wanted = np.array([7, 0, 10, 3])
    every, some = coverage(shapes, GRID), coverage(shapes, GRID, cells=wanted)
    np.testing.assert_array_equal(some.toarray(), every.toarray()[:, wanted])
    assert coverage(shapes, GRID, cells=[]).shape == (2, 0)


def test_nothing_covers_nothing():
    found = coverage([None, Polygon(), box(900, 900, 950, 950), MultiPolygon()], GRID)
    assert found.shape == (4, 12)
    assert found.nnz == 0
    assert coverage([], GRID).shape == (0, 12)


@pytest.mark.parametrize("cells", [[0, 0], [-1], [12]])
def test_cells_are_different_positions_of_the_grid(cells):
    with pytest.raises(ValueError, match="positions"):
        coverage([box(0, 0, 1, 1)], GRID, cells=cells)


@pytest.mark.parametrize("shape", [Point(5, 5), LineString([(0, 0), (9, 9)])])
def test_shapes_have_an_area(shape):
    with pytest.raises(ValueError, match="polygons"):
        coverage([box(0, 0, 1, 1), shape], GRID)


def test_neighbours_cover_every_cell_once():
    corners = np.random.default_rng(1).random((40, 2)) * (400, 300)
    around = box(0, 0, 400, 300)
    parts = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(corners)))
    found = coverage(shapely.intersection(parts, around), GRID)
    np.testing.assert_allclose(found.sum(axis=0), 1.0, atol=1e-9)


def test_many_shapes_are_taken_some_at_a_time(monkeypatch):
    shapes = [Point(x, y).buffer(90) for x in range(0, 400, 40) for y in range(0, 300, 30)]
    at_once = coverage(shapes, GRID)
    monkeypatch.setattr(module, "CHUNK", 20)
    in_parts = coverage(shapes, GRID)
    np.testing.assert_array_equal(in_parts.toarray(), at_once.toarray())


def test_a_shape_wider_than_a_strip_is_summed_strip_by_strip():
    """Two thousand columns leave room for some two thousand rows in a strip."""
    lattice = Lattice(0, 0, 1, 1, 2_000, 4_500)
    shape = Polygon([(3, 2), (1_990, 50), (1_500, 4_490)])
    some = np.arange(700, 2_000 * 4_500, 4_001)
    found = coverage([shape], lattice, cells=some).toarray()[0]
    cells = cell_boxes(lattice, some)
    np.testing.assert_allclose(found, shapely.area(shapely.intersection(cells, shape)), atol=1e-7)


def test_a_later_order_of_points_and_shapes_changes_nothing():
    shapes = [Point(200, 150).buffer(130), Point(90, 90).buffer(50)]
    turned = list(starmap(Polygon, ((np.roll(s.exterior.coords[:-1], 7, axis=0),) for s in shapes)))
    np.testing.assert_allclose(
        coverage(turned[::-1], GRID).toarray()[::-1], coverage(shapes, GRID).toarray(), atol=1e-12
    )


def random_shape(rng, lattice):
    """Return a polygon with a hole, partly outside, sides along cells, in any orientation."""
    reach = lattice.columns * lattice.width
    x, y = np.array(lattice[:2]) + reach * rng.uniform(-0.2, 1.2, 2)
    shape = Point(x, y).buffer(reach * rng.uniform(0.02, 0.7), quad_segs=int(rng.integers(1, 6)))
    hole = Point(x + rng.uniform(-1, 1), y + rng.uniform(-1, 1))
    shape = shape.difference(hole.buffer(reach * rng.uniform(0.01, 0.3), quad_segs=2))
    if rng.random() < 0.5:
        west = lattice.west + rng.integers(0, lattice.columns) * lattice.width
        south = lattice.south + rng.integers(0, lattice.rows) * lattice.height
        shape = shape.union(box(west, south, west + 2 * lattice.width, south + lattice.height))
    return shapely.reverse(shape) if rng.random() < 0.5 else shape


@pytest.mark.parametrize("seed", range(8))
def test_random_shapes_on_random_grids(seed):
    rng = np.random.default_rng(seed)
    corner, sides = rng.uniform(-5, 5, 2), rng.uniform(0.3, 3, 2)
    # every other grid lies as far from the origin as those of official cells
    corner += (4_031_300, 2_684_100) if seed % 2 else 0
    lattice = Lattice(*corner, *sides, *(int(n) for n in rng.integers(1, 12, 2)))
    shapes = [random_shape(rng, lattice) for _ in range(6)]
    found = coverage(shapes, lattice).toarray()
    # coordinates so far out are known to half a nanometre only
    np.testing.assert_allclose(found, intersected(shapes, lattice), atol=2e-8 if seed % 2 else 1e-9)


@pytest.mark.parametrize("turned", [False, True])
def test_holes_that_run_like_their_ring_are_holes_all_the_same(turned):
    outer, hole = (list(box(*sides).exterior.coords) for sides in ((0, 0, 4, 4), (1, 1, 3, 3)))
    ring = Polygon(outer, [hole[::-1] if turned else hole])
    shape = MultiPolygon([ring, box(1.5, 1.5, 2.5, 2.5)])
    found = coverage([shape, shapely.reverse(shape)], Lattice(0, 0, 2, 2, 2, 2)).toarray()
    np.testing.assert_allclose(found, 0.75 + 0.0625, atol=1e-12)


def test_sides_along_the_grid_leave_nothing_behind():
    inside, beside = box(100, 100, 300, 200), box(400, 0, 500, 300)
    found = coverage([inside, beside], GRID)
    assert found.data.tolist() == [1, 1]
    almost = Polygon([(100, 100), (100 + 1e-9, 300), (300, 300), (300, 100)])
    np.testing.assert_allclose(
        coverage([almost], GRID).toarray(), intersected([almost], GRID), atol=1e-9
    )
