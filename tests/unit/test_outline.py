"""Outlines: a common coverage, arcs, borders drawn taut, lines followed, checks that hold."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from properties.strategies import CRS, SOUTH_WEST, grid_layer, make_blocks, municipality_layer
from sozialraum.areas.frame import proposed_frame
from sozialraum.areas.shapes import outlined
from sozialraum.blocks import build_blocks
from sozialraum.errors import GeometryError
from sozialraum.methods.apportion import GRID_CRS, Cells
from sozialraum.methods.outline import common_coverage, matched_units, smooth, smooth_coverage
from sozialraum.methods.outline.network import network_of, shapes_of
from sozialraum.methods.outline.strokes import strokes_of
from sozialraum.model import Layer, Source

STEP = 100.0


def raster(labels: np.ndarray) -> np.ndarray:
    """Return one polygon for every label of a raster of hectares; row 0 is the lowest."""
    row, column = np.indices(labels.shape).reshape(2, -1)
    boxes = shapely.box(column * STEP, row * STEP, (column + 1) * STEP, (row + 1) * STEP)
    return np.array(
        [shapely.coverage_union_all(boxes[labels.ravel() == i]) for i in range(labels.max() + 1)],
        dtype=object,
    )


def centres(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the centres of all cells and the label of each."""
    row, column = np.indices(labels.shape).reshape(2, -1)
    return np.column_stack([column + 0.5, row + 0.5]) * STEP, labels.ravel()


def stairs(size: int = 8, slope: int = 1) -> np.ndarray:
    """Return a raster divided by a staircase from the lower left to the upper right."""
    row, column = np.indices((size, size * slope))
    return (column > row * slope).astype(int)


def border(shapes: np.ndarray) -> shapely.Geometry:
    """Return the border between the first two shapes."""
    common = shapely.intersection(shapely.boundary(shapes[0]), shapely.boundary(shapes[1]))
    return shapely.line_merge(common)


def same(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(shapely.equals_exact(shapely.normalize(one), shapely.normalize(other)).all())


# --- one coverage --------------------------------------------------------------------------


def test_both_sides_of_a_border_get_the_points_of_both():
    west, east = shapely.box(0, 0, 100, 300), shapely.box(100, 0, 200, 300)
    # cut one town at a time, and rounded: borders end up to 0.1 mm beside the line
    tiles = [
        shapely.box(0, 0, 100.0001, 120),
        shapely.box(0, 120, 100.0001, 300),
        shapely.box(99.9999, 0, 200, 180),
        shapely.box(99.9999, 180, 200, 300),
    ]
    tiles = np.array(tiles)
    assert not shapely.coverage_is_valid(tiles)
    fine = common_coverage(tiles, np.array([west, east]))
    assert shapely.coverage_is_valid(fine)
    assert shapely.union_all(fine[:2]).equals(west)
    assert {(100.0, 120.0), (100.0, 180.0)} <= set(map(tuple, shapely.get_coordinates(fine[1:3])))


def test_two_points_that_nearly_meet_on_a_border_become_one():
    towns = np.array([shapely.box(0, 0, 1, 4), shapely.box(1, 0, 2, 4)])
    tiles = [
        shapely.box(0, 0, 1, 2),
        shapely.box(0, 2, 1, 4),
        shapely.box(1, 0, 2, 2.0003),
        shapely.box(1, 2.0003, 2, 4),
    ]
    fine = common_coverage(np.array(tiles), towns)
    points = np.unique(shapely.get_coordinates(fine), axis=0)
    assert ((points[:, 0] == 1) & (abs(points[:, 1] - 2) < 0.01)).sum() == 1


def test_tiles_away_from_the_border_are_the_very_same():
    tiles = raster(np.arange(25).reshape(5, 5))
    fine = common_coverage(tiles, np.array([shapely.box(0, 0, 500, 500)]))
    assert fine[12] is tiles[12]
    assert same(fine, tiles)


def test_units_that_lack_a_point_of_their_neighbour_get_it():
    left, right = shapely.box(0, 0, 1, 2), shapely.box(1, 0, 2, 1)
    beside = shapely.Polygon([(1, 1), (2, 1), (2, 2), (1.0004, 2), (1.0004, 1.5)])
    fine = matched_units(np.array([left, right, beside]))
    assert shapely.coverage_is_valid(fine)
    assert shapely.hausdorff_distance(fine, np.array([left, right, beside])).max() <= 0.001


def test_units_that_overlap_stay_as_given():
    pair = np.array([shapely.box(0, 0, 1, 2), shapely.box(0.5, 0, 2, 2)])
    assert shapely.equals(matched_units(pair), pair).all()
    assert shapely.equals(common_coverage(pair, pair), pair).all()


def test_shapes_away_from_every_border_stay_as_given():
    alone = np.array([shapely.box(10, 10, 11, 11)])
    assert common_coverage(alone, np.array([shapely.box(0, 0, 30, 30)])).tolist() == alone.tolist()
    assert common_coverage(alone, np.array([], dtype=object)).tolist() == alone.tolist()


# --- arcs ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "labels",
    [
        [[0, 0, 0], [0, 1, 0], [0, 0, 0]],  # a hole
        [[0, 1], [1, 0]],  # corners meet: two shapes of two parts each
        [[0, 1, 2], [0, 1, 2]],
        [[0, 0, 0, 0], [0, 1, 2, 0], [0, 0, 0, 0]],  # two areas in one hole
        [[0]],
    ],
)
def test_a_coverage_comes_back_from_its_arcs(labels):
    shapes = raster(np.array(labels))
    network = network_of(shapes, np.zeros(len(shapes), dtype=int))
    assert same(shapes_of(network, network.arcs), shapes)


def test_borders_between_units_are_fixed():
    shapes = raster(np.array([[0, 1, 2]]))
    network = network_of(shapes, np.array([0, 0, 1]))
    points = np.split(network.arcs.points, network.arcs.start[1:-1])
    free = [arc.tolist() for arc, fixed in zip(points, network.fixed, strict=True) if not fixed]
    assert free == [[[100.0, 0.0], [100.0, 100.0]]]


# --- smoothing -----------------------------------------------------------------------------


@pytest.mark.parametrize("slope", [1, 2, 5])
def test_a_staircase_becomes_the_line_through_its_middle(slope):
    labels = stairs(slope=slope)
    shapes = raster(labels)
    anchors, owner = centres(labels)
    fresh = smooth_coverage(shapes, step=STEP, anchors=anchors, owner=owner)
    # through the middle of all uprights: from (100, 50) on, one step of 100 m a row
    middle = shapely.LineString([(100 - 50 * slope, 0), (100 + 750 * slope, 800)])
    inner, before = (
        shapely.intersection(border(some), shapely.box(0, 200, 9_000, 600))
        for some in (fresh, shapes)
    )
    assert shapely.hausdorff_distance(before, middle.intersection(inner.envelope)) > 35
    assert shapely.hausdorff_distance(inner, middle.intersection(inner.envelope)) < 25
    assert shapely.get_num_coordinates(border(fresh)) <= (
        shapely.get_num_coordinates(border(shapes)) / 2
    )
    assert shapely.coverage_is_valid(fresh)
    assert shapely.contains_xy(fresh[owner], *anchors.T).all()


def test_the_border_of_the_unit_and_around_all_stays():
    labels = stairs()
    shapes = raster(labels)
    apart = smooth_coverage(shapes, step=STEP, units=np.array(["a", "b"]))
    assert same(apart, shapes)
    fresh = smooth_coverage(shapes, step=STEP)
    assert not same(fresh, shapes)
    assert shapely.equals(shapely.union_all(fresh), shapely.union_all(shapes))
    outer = set(map(tuple, shapely.get_coordinates(shapely.union_all(shapes))))
    assert outer <= set(map(tuple, shapely.get_coordinates(fresh)))


def test_junctions_move_too():
    labels = np.array([[0, 0, 1, 1], [0, 0, 1, 1], [0, 2, 2, 1], [2, 2, 2, 2]])
    fresh = smooth_coverage(raster(labels), step=STEP)
    assert (200.0, 200.0) not in set(map(tuple, shapely.get_coordinates(fresh)))
    assert shapely.coverage_is_valid(fresh)


def test_inputs_are_left_alone():
    labels = stairs()
    shapes, kept = raster(labels), raster(labels)
    anchors, owner = centres(labels)
    before = anchors.copy()
    smooth_coverage(shapes, step=STEP, anchors=anchors, owner=owner)
    assert same(shapes, kept)
    assert (anchors == before).all()


def test_what_is_no_coverage_comes_back_as_it_is():
    pair = np.array([shapely.box(0, 0, 200, 200), shapely.box(100, 0, 300, 200)])
    assert same(smooth_coverage(pair, step=STEP), pair)
    assert same(smooth_coverage(pair[:1], step=STEP), pair[:1])
    assert smooth_coverage(pair[:0], step=STEP).size == 0


def test_an_anchor_outside_its_shape_is_no_obstacle():
    labels = stairs()
    far = np.array([[650.0, 50.0]])
    fresh = smooth_coverage(raster(labels), step=STEP, anchors=far, owner=np.array([0]))
    assert same(fresh, smooth_coverage(raster(labels), step=STEP))


def test_checks_bring_back_what_smoothing_spoils(monkeypatch):
    # without the tube homes would change sides: the check must find and mend all of it
    labels = np.random.default_rng(4).permutation(np.arange(64) // 4).reshape(8, 8)
    shapes = raster(np.unique(labels, return_inverse=True)[1].reshape(8, 8))
    anchors, owner = centres(labels)
    monkeypatch.setattr(smooth, "ROOM", 20.0)
    monkeypatch.setattr(smooth, "FURTHEST", 6.0)
    loose = smooth_coverage(shapes, step=STEP)
    assert not shapely.contains_xy(loose[owner], *anchors.T).all()
    fresh = smooth_coverage(shapes, step=STEP, anchors=anchors, owner=owner)
    assert shapely.contains_xy(fresh[owner], *anchors.T).all()
    assert shapely.coverage_is_valid(fresh)


def test_what_cannot_be_mended_comes_back_as_it_is(monkeypatch):
    shapes = raster(stairs())
    monkeypatch.setattr(smooth, "_troubled", lambda task, _fresh, _arcs: task.ground.free)
    assert same(smooth_coverage(shapes, step=STEP), shapes)


# --- lines ---------------------------------------------------------------------------------

WAVE = shapely.LineString([(430, -50), (430, 150), (370, 300), (440, 480), (380, 650), (380, 900)])


def halves() -> np.ndarray:
    """Return a raster of two halves."""
    return np.tile(np.repeat([0, 1], 4), (8, 1))


def test_a_border_follows_a_line_nearby():
    fresh = smooth_coverage(raster(halves()), step=STEP, lines=np.array([WAVE]))
    inside = shapely.intersection(WAVE, shapely.box(0, 100, 800, 700))
    assert shapely.hausdorff_distance(
        inside, shapely.intersection(border(fresh), shapely.box(0, 100, 800, 700))
    ) == pytest.approx(0, abs=1e-6)


def test_a_line_out_of_reach_is_not_followed():
    plain = smooth_coverage(raster(halves()), step=STEP)
    far = shapely.LineString([(530, -50), (530, 900)])
    assert same(smooth_coverage(raster(halves()), step=STEP, lines=np.array([far])), plain)
    assert not same(
        smooth_coverage(raster(halves()), step=STEP, lines=np.array([far]), reach=150), plain
    )


def test_a_home_between_border_and_line_keeps_its_side():
    shapes, street = raster(halves()), shapely.LineString([(480, -50), (480, 900)])
    home = np.array([[450.0, 450.0]])
    fresh = smooth_coverage(
        shapes, step=STEP, anchors=home, owner=np.array([1]), lines=np.array([street])
    )
    assert shapely.contains_xy(fresh[1], 450.0, 450.0)
    along = shapely.intersection(border(fresh), shapely.buffer(street, 1e-6)).length
    # 800 m of street less a cell on both sides of the home and the way there and back
    assert 250 <= along <= 600


def test_a_junction_moves_onto_the_line():
    labels = np.array([[0, 0, 0, 0, 0, 0], [0] * 6, [1, 1, 1, 2, 2, 2], [1, 1, 1, 2, 2, 2]])
    street = shapely.LineString([(-100, 230), (700, 230)])
    fresh = smooth_coverage(raster(labels), step=STEP, lines=np.array([street]))
    meeting = shapely.intersection_all(shapely.boundary(fresh))
    assert isinstance(meeting, shapely.Point)
    assert meeting.y == pytest.approx(230, abs=1e-9)


def test_a_line_along_the_border_of_the_unit_is_not_followed_there():
    street = shapely.LineString([(-50, 10), (300, 10), (300, 790), (900, 790)])
    fresh = smooth_coverage(raster(halves()), step=STEP, lines=np.array([street]))
    assert shapely.coverage_is_valid(fresh)
    assert shapely.equals(shapely.union_all(fresh), shapely.box(0, 0, 800, 800))


def test_pieces_of_a_street_are_one_line():
    pieces = [
        shapely.LineString([(0, 0), (100, 0)]),
        shapely.LineString([(200, 10), (100, 0)]),
        shapely.LineString([(100, 0), (100, 80)]),
        shapely.LineString([(100, -90), (100, 0)]),
    ]
    strokes = strokes_of(np.array(pieces))
    assert [stroke.wkt for stroke in strokes] == [
        "LINESTRING (0 0, 100 0, 200 10)",
        "LINESTRING (100 -90, 100 0, 100 80)",
    ]
    turned = strokes_of(np.array([piece.reverse() for piece in pieces[::-1]]))
    assert [stroke.wkt for stroke in turned] == [stroke.wkt for stroke in strokes]


def test_points_and_areas_among_lines_do_no_harm():
    mixed = shapely.GeometryCollection([shapely.Point(1, 2), shapely.box(0, 0, 1, 1)])
    assert strokes_of(np.array([mixed, shapely.LineString()])).size == 0


def test_the_order_of_shapes_and_lines_does_not_matter():
    labels = np.random.default_rng(2).integers(0, 6, (6, 6))
    shapes = raster(labels)
    anchors, owner = centres(labels)
    lines = np.array([WAVE, shapely.LineString([(0, 310), (600, 280)])])
    plain = smooth_coverage(shapes, step=STEP, anchors=anchors, owner=owner, lines=lines)
    turn = np.array([3, 5, 0, 1, 4, 2])
    back = np.argsort(turn)
    other = smooth_coverage(
        shapes[turn],
        step=STEP,
        anchors=anchors[::-1],
        owner=back[owner][::-1],
        lines=lines[::-1],
    )
    assert same(other[back], plain)


# --- the stage -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def county():
    """Two towns of inhabited cells beside each other, with a slanted border."""
    west, south = (corner * 100 for corner in SOUTH_WEST)
    land = shapely.box(west, south, west + 1_200, south + 1_000)
    slant = shapely.Polygon(
        [(west, south), (west + 730, south), (west + 480, south + 1_000), (west, south + 1_000)]
    )
    towns = {"05999001": slant, "05999002": land - slant}
    column, row = (grid.ravel() for grid in np.meshgrid(np.arange(12), np.arange(10)))
    cells = Cells(100, column + SOUTH_WEST[0], row + SOUTH_WEST[1])
    layer = grid_layer(cells, {"residents": np.full(column.size, 10.0)})
    return build_blocks(layer, nest_in=municipality_layer(towns, crs=GRID_CRS))


@pytest.fixture(scope="module")
def proposed(county):
    """Divide every town by a staircase."""
    xy = shapely.get_coordinates(shapely.centroid(np.asarray(county.frame.geometry)))
    town = (county.frame["municipality"] == "05999002").to_numpy()
    over = xy @ np.array([1.0, 1.0]) > np.median(xy @ np.array([1.0, 1.0]))
    labels = np.unique(town * 2 + over, return_inverse=True)[1]
    return proposed_frame(county, labels)


def test_tiles_of_the_whole_county_are_one_coverage(county):
    tiles = np.asarray(county.frame.geometry)
    assert shapely.coverage_is_valid(tiles)
    for key, own in county.frame.geometry.groupby(county.frame["municipality"]):
        town = county.units.geometry[key]
        union = shapely.coverage_union_all(np.asarray(own))
        # rounding of points on a straight line moves areas of 0.6 km² by less than 1e-6 m²
        assert abs(union.area - town.area) < 1e-6
        corners = set(map(tuple, shapely.get_coordinates(town)))
        assert corners <= set(map(tuple, shapely.get_coordinates(union)))


def test_proposed_areas_are_smoothed_and_the_towns_stay(county, proposed):
    frame, membership = proposed
    fresh = outlined(frame, membership, county)
    shapes = np.asarray(fresh.geometry)
    assert shapely.coverage_is_valid(shapes)
    assert (
        shapely.get_num_coordinates(shapes).sum()
        < shapely.get_num_coordinates(np.asarray(frame.geometry)).sum()
    )
    filled = fresh.geometry.area.groupby(fresh["municipality"]).sum()
    assert (abs(filled - county.units.geometry.area.loc[filled.index]) < 1e-6).all()
    assert fresh.drop(columns="geometry").equals(frame.drop(columns="geometry"))


def test_cells_may_stay_cells(county, proposed):
    frame, membership = proposed
    assert outlined(frame, membership, county, outline="cells") is frame


def test_adopted_areas_keep_their_shape(county, proposed):
    frame, membership = proposed
    mixed = frame.assign(
        origin=np.where(frame["municipality"] == "05999001", "adopted", "proposed")
    )
    fresh = outlined(mixed, membership, county)
    own = (mixed["origin"] == "adopted").to_numpy()
    before, after = np.asarray(frame.geometry), np.asarray(fresh.geometry)
    assert same(before[own], after[own])
    assert not same(before[~own], after[~own])
    assert shapely.coverage_is_valid(after)
    redrawn = outlined(mixed, membership, county, redrawn=mixed.index)
    assert not same(before[own], np.asarray(redrawn.geometry)[own])


def test_areas_of_districts_keep_their_borders():
    blocks = make_blocks(5, 5, towns=1, seed=3)
    frame, membership = proposed_frame(blocks, np.arange(len(blocks.frame)) % 3)
    assert outlined(frame, membership, blocks) is frame


def test_lines_to_follow_must_be_lines_in_the_same_coordinates(county, proposed):
    frame, membership = proposed
    source = Source("town", "Straßen")
    line = shapely.LineString([(0, 0), (1, 1)])
    for shape, crs in ((line, "EPSG:3035"), (shapely.Point(0, 0), CRS)):
        streets = gpd.GeoDataFrame(
            {"art": ["x"]}, geometry=[shape], crs=crs, index=pd.Index(["s"], name="street")
        )
        with pytest.raises(GeometryError) as caught:
            outlined(frame, membership, county, follow=Layer(streets, "street", source))
        assert "Straßen" in str(caught.value)


def test_a_street_layer_is_followed(county, proposed):
    frame, membership = proposed
    own = (frame["municipality"] == "05999001").to_numpy()
    plain = border(np.asarray(outlined(frame, membership, county).geometry)[own])
    street = shapely.LineString(shapely.get_coordinates(plain) + np.array([4.0, 4.0]))
    streets = gpd.GeoDataFrame(
        {"art": ["x"]}, geometry=[street], crs=CRS, index=pd.Index(["s"], name="street")
    )
    layer = Layer(streets, "street", Source("town", "Straßen"))
    fresh = np.asarray(outlined(frame, membership, county, follow=layer).geometry)
    lines = shapely.union_all(shapely.boundary(fresh))
    assert shapely.intersection(lines, shapely.buffer(street, 0.001)).length > 0.5 * street.length
