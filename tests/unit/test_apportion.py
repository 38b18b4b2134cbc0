"""Which larger shape holds a smaller one, and the cells of a grid."""

import numpy as np
import pytest
import shapely

from sozialraum.methods.apportion import (
    Cells,
    cell_sizes,
    largest_overlap,
    nearest,
    overlapping_pairs,
    parse_cell_ids,
    polygonal,
    squares,
    touching_cells,
)


def test_cell_ids_name_the_south_west_corner_northing_first():
    cells = parse_cell_ids(["CRS3035RES1000mN2689000E4337000"])
    assert squares(cells)[0].bounds == (4_337_000, 2_689_000, 4_338_000, 2_690_000)
    assert cell_sizes(["CRS3035RES1000mN2689000E4337000", "1kmN2689E4337"]) == {1000, -1}


@pytest.mark.parametrize("seed", range(5))
def test_touching_cells_are_those_that_intersect(seed):
    rng = np.random.default_rng(seed)
    shape = shapely.convex_hull(shapely.multipoints(rng.random((6, 2)) * 4_000 - 1_000))
    shape = shapely.difference(shape, shapely.buffer(shapely.centroid(shape), 400))
    found = touching_cells(shape, 100)
    column, row = (grid.ravel() for grid in np.meshgrid(np.arange(-12, 33), np.arange(-12, 33)))
    expected = shapely.intersects(shape, squares(Cells(100, column, row)))
    assert set(zip(found.column, found.row, strict=True)) == set(
        zip(column[expected], row[expected], strict=True)
    )
    assert (np.diff(found.row) >= 0).all()


def test_slack_takes_the_next_cell_too():
    assert touching_cells(shapely.box(10, 10, 99.5, 90), 100).column.tolist() == [0]
    assert touching_cells(shapely.box(10, 10, 99.5, 90), 100, slack=1).column.tolist() == [0, 1]


def test_a_part_goes_to_the_whole_that_holds_most_of_it():
    wholes = np.array([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)])
    parts = np.array(
        [
            shapely.box(6, 0, 12, 5),  # 4 : 2
            shapely.box(9, 0, 13, 5),  # 1 : 3
            shapely.box(8, 0, 12, 5),  # a tie goes to the first
            shapely.box(18, 8, 30, 12),  # mostly outside
            shapely.box(40, 40, 41, 41),  # nowhere
        ]
    )
    found = largest_overlap(parts, wholes)
    assert found.owner.tolist() == [0, 1, 0, 1, -1]
    assert found.held.tolist() == [20, 15, 10, 4, 0]
    assert found.outside.tolist() == [0, 0, 0, 44, 1]


def test_the_order_of_the_wholes_decides_ties_only():
    wholes = np.array([shapely.box(10, 0, 20, 10), shapely.box(0, 0, 10, 10)])
    parts = np.array([shapely.box(6, 0, 12, 5), shapely.box(8, 0, 12, 5)])
    assert largest_overlap(parts, wholes).owner.tolist() == [1, 0]


def test_nearest_takes_the_first_of_equals():
    targets = np.array([shapely.Point(0, 0), shapely.Point(4, 0), shapely.Point(9, 0)])
    shapes = np.array([shapely.Point(2, 0), shapely.Point(8, 0)])
    assert nearest(shapes, targets).tolist() == [0, 2]


def test_slivers_are_no_overlap():
    shapes = np.array(
        [shapely.box(0, 0, 100, 100), shapely.box(99.999, 0, 200, 100), shapely.box(150, 0, 300, 9)]
    )
    left, right = overlapping_pairs(shapes, area=1, share=0.001)
    assert list(zip(left, right, strict=True)) == [(1, 2)]


def test_polygonal_keeps_areas_of_a_mixed_geometry():
    mixed = shapely.from_wkt(
        "GEOMETRYCOLLECTION (LINESTRING (0 0, 1 1), POLYGON ((0 0, 1 0, 1 1, 0 0)),"
        " MULTIPOLYGON (((5 5, 6 5, 6 6, 5 5))))"
    )
    clean = polygonal(np.array([mixed, shapely.box(0, 0, 1, 1)]))
    assert [shape.geom_type for shape in clean] == ["MultiPolygon", "Polygon"]
    assert clean[0].area == 1.0
