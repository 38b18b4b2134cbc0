"""Barriers part cells and districts, crossings join them again, nothing gets lost."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import shapely.ops
from hypothesis import given, settings
from hypothesis import strategies as st

from properties.strategies import CRS, SOURCE, cells_in_towns, grid_layer, municipality_layer
from sozialraum.blocks import build_blocks
from sozialraum.errors import GeometryError
from sozialraum.methods.apportion import GRID_CRS, Cells, parse_cell_ids
from sozialraum.methods.barriers import lay_barriers, open_barriers, parted, standpoints
from sozialraum.methods.graph import component_labels, edges_of
from sozialraum.model import Blocks, Layer

COLUMN, ROW = 41_000, 31_000
CORNER = np.array([COLUMN, ROW]) * 100.0


def cell(column: int, row: int) -> str:
    return f"CRS3035RES100mN{(ROW + row) * 100}E{(COLUMN + column) * 100}"


def cells(places: list[tuple[int, int]]) -> Layer:
    at = np.array(places)
    made = Cells(100, at[:, 0] + COLUMN, at[:, 1] + ROW)
    return grid_layer(made, {"residents": np.ones(len(places))})


def land(*boxes: tuple[float, float, float, float]) -> Layer:
    """Return one municipality out of rectangles in metres from the corner of the grid."""
    shapes = [moved(shapely.box(*sides)) for sides in boxes]
    return municipality_layer({"05999001": shapely.union_all(shapes)}, crs=GRID_CRS)


def moved(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(shape, lambda points: points + CORNER)


def line(*points: tuple[float, float]) -> shapely.Geometry:
    return moved(shapely.LineString(points))


def layer(*shapes: shapely.Geometry, crs: str = GRID_CRS) -> Layer:
    index = pd.Index([f"b{i}" for i in range(len(shapes))], name="feature", dtype="str")
    return Layer(gpd.GeoDataFrame(geometry=list(shapes), crs=crs, index=index), "feature", SOURCE)


def joined(blocks: Blocks) -> set[tuple[str, str]]:
    ids = blocks.frame.index
    edges = edges_of(blocks.adjacency)
    return {(ids[i], ids[j]) for i, j in zip(edges.left, edges.right, strict=True)}


def is_joined(blocks: Blocks, one: str, other: str) -> bool:
    return not {(one, other), (other, one)}.isdisjoint(joined(blocks))


def filled(blocks: Blocks) -> float:
    """Return how much of the municipalities the tiles cover, without counting twice."""
    tiles = np.asarray(blocks.frame.geometry)
    return shapely.union_all(tiles).area / blocks.units.geometry.area.sum()


FIELD = [(column, row) for column in range(9) for row in range(6)]
"""Nine columns and six rows of inhabited cells."""
SQUARE = (0.0, 0.0, 900.0, 600.0)
RIVER = line((-500, 310), (200, 320), (450, 290), (1500, 305))
"""From west to east, a little above and below the border of rows 2 and 3."""


def sides(blocks: Blocks) -> pd.Series:
    """Return True for blocks north of the river's row."""
    rows = parse_cell_ids(blocks.frame.index).row - ROW
    return pd.Series(rows >= 3, index=blocks.frame.index)


def test_a_river_parts_what_was_joined():
    open_land = build_blocks(cells(FIELD), nest_in=land(SQUARE))
    made = build_blocks(cells(FIELD), nest_in=land(SQUARE), barriers=layer(RIVER))
    north = sides(made)
    across = {pair for pair in joined(open_land) if north[pair[0]] != north[pair[1]]}
    # one step over the river in each of the nine columns, and nothing else is cut
    assert len(across) == 9
    assert joined(made) == joined(open_land) - across
    assert set(component_labels(made.adjacency)) == {0, 1}
    assert any("Nachbarn trennen: 1; Übergänge: 0" in note for note in made.notes)
    assert SOURCE in made.sources


def test_a_bridge_joins_the_banks_there_and_nowhere_else():
    bridge = layer(moved(shapely.Point(655, 303)))
    made = build_blocks(cells(FIELD), nest_in=land(SQUARE), barriers=layer(RIVER), crossings=bridge)
    north = sides(made)
    columns = {
        (int(one[-5:]) // 100, int(other[-5:]) // 100)
        for one, other in joined(made)
        if north[one] != north[other]
    }
    # steps over the river at most 150 metres from the bridge: those of columns 5 to 7
    assert columns == {(5, 5), (6, 6), (7, 7)}
    assert set(component_labels(made.adjacency)) == {0}


def test_a_crossing_may_be_a_line_and_one_without_a_river_is_noted():
    road, astray = line((650, 100), (655, 500)), moved(shapely.Point(100, 590))
    made = build_blocks(
        cells(FIELD), nest_in=land(SQUARE), barriers=layer(RIVER), crossings=layer(road, astray)
    )
    assert set(component_labels(made.adjacency)) == {0}
    assert any("Umkreis von 150 m, die nichts öffnen: 1" in note for note in made.notes)


def test_tiles_follow_the_river_instead_of_leaping_over_it():
    # one cell far from the river in the north, a village at its bank in the south
    places = [(4, 5), *((column, 2) for column in range(9))]
    leaping = build_blocks(cells(places), nest_in=land(SQUARE))
    made = build_blocks(cells(places), nest_in=land(SQUARE), barriers=layer(RIVER))
    above = municipality_layer({"x": moved(shapely.box(0, 300, 900, 600))}, crs=GRID_CRS)
    bank = above.frame.geometry.iloc[0]
    held = {
        name: blocks.frame.geometry[cell(4, 5)].intersection(bank).area / bank.area
        for name, blocks in (("leaping", leaping), ("made", made))
    }
    assert held["leaping"] < 0.8
    # the river runs up to 20 metres beside the border of the cells
    assert held["made"] == pytest.approx(1, abs=1e-3)
    assert filled(made) == pytest.approx(1, abs=1e-6)


def test_a_cell_the_line_runs_through_stays_one_block_on_the_side_of_its_centre():
    through = line((-500, 365), (1500, 340))
    made = build_blocks(cells(FIELD), nest_in=land(SQUARE), barriers=layer(through))
    # the river leaves the centres of row 3 (y = 350) on its southern bank west of x = 700
    assert len(made.frame) == len(FIELD)
    assert not is_joined(made, cell(2, 3), cell(2, 4))
    assert is_joined(made, cell(2, 2), cell(2, 3))
    assert is_joined(made, cell(8, 3), cell(8, 4))
    assert not is_joined(made, cell(8, 2), cell(8, 3))
    size = gpd.GeoSeries([moved(shapely.box(0, 0, 100, 100))], crs=GRID_CRS).to_crs(CRS)[0].area
    assert made.frame.geometry[cell(2, 3)].area == pytest.approx(size, rel=1e-3)


def test_a_line_through_the_very_centres_isolates_nobody():
    squares = shapely.box(np.arange(3) * 100, 0, np.arange(3) * 100 + 100, 100)
    wall = lay_barriers(np.array([shapely.LineString([(-50, 50), (400, 50)])]))
    points = standpoints(squares, wall)
    assert (points[:, 1] > 50).all()
    assert not parted(points[:-1], points[1:], wall).any()


def test_a_motorway_ring_cuts_off_its_inside_and_a_junction_opens_it():
    ring = shapely.buffer(moved(shapely.Point(450, 300)), 160).boundary
    made = build_blocks(cells(FIELD), nest_in=land(SQUARE), barriers=layer(ring))
    labels = pd.Series(component_labels(made.adjacency), index=made.frame.index)
    inside = labels[labels == labels[cell(4, 3)]]
    assert labels.nunique() == 2
    # centres within 160 metres of (450, 300): columns 3 to 5 of rows 2 and 3, 4 of 1 and 4
    assert len(inside) == 8
    assert filled(made) == pytest.approx(1, abs=1e-6)
    junction = layer(moved(shapely.Point(610, 300)))
    opened = build_blocks(
        cells(FIELD), nest_in=land(SQUARE), barriers=layer(ring), crossings=junction
    )
    assert set(component_labels(opened.adjacency)) == {0}


def test_what_barriers_cut_off_from_everybody_is_not_lost_and_joins_nobody():
    # the northern bank is uninhabited: it goes to the tiles beside it, but no walk leads there
    places = [(0, 2), (8, 2)]
    open_land = build_blocks(cells(places), nest_in=land(SQUARE))
    wood = line((450, -500), (450, 302))
    made = build_blocks(cells(places), nest_in=land(SQUARE), barriers=layer(RIVER, wood))
    assert open_land.adjacency.nnz == 2
    assert made.adjacency.nnz == 0
    assert filled(made) == pytest.approx(1, abs=1e-6)


def test_a_barrier_along_the_municipal_border_changes_nothing():
    border = shapely.box(*SQUARE).boundary
    shifted = shapely.box(-4, -3, 897, 598).boundary
    open_land = build_blocks(cells(FIELD), nest_in=land(SQUARE))
    for shape in (border, shifted):
        made = build_blocks(cells(FIELD), nest_in=land(SQUARE), barriers=layer(moved(shape)))
        assert joined(made) == joined(open_land)
        assert made.frame.geometry.geom_equals_exact(open_land.frame.geometry, 1e-6).all()


@pytest.mark.parametrize("kind", ["z", "multi", "crs", "two layers", "with gaps"])
def test_every_form_of_a_river_parts_the_same(kind):
    expected = joined(build_blocks(cells(FIELD), nest_in=land(SQUARE), barriers=layer(RIVER)))
    halves = shapely.ops.substring(RIVER, 0, 0.5, True), shapely.ops.substring(RIVER, 0.5, 1, True)
    forms = {
        "z": lambda: layer(shapely.force_3d(RIVER, 52.5)),
        "multi": lambda: layer(shapely.MultiLineString(halves)),
        "crs": lambda: layer(*gpd.GeoSeries([RIVER], crs=GRID_CRS).to_crs(CRS), crs=CRS),
        "two layers": lambda: [layer(halves[0]), layer(halves[1])],
        "with gaps": lambda: layer(RIVER, shapely.LineString(), None),
    }
    made = build_blocks(cells(FIELD), nest_in=land(SQUARE), barriers=forms[kind]())
    assert joined(made) == expected


def test_an_empty_layer_parts_nobody():
    open_land = build_blocks(cells(FIELD), nest_in=land(SQUARE))
    made = build_blocks(cells(FIELD), nest_in=land(SQUARE), barriers=layer())
    assert joined(made) == joined(open_land)
    assert made.notes == open_land.notes


def test_other_shapes_and_places_are_refused():
    town, bridge = land(SQUARE), moved(shapely.Point(600, 300))
    with pytest.raises(GeometryError, match="b0") as caught:
        build_blocks(cells(FIELD), nest_in=town, barriers=layer(bridge))
    assert caught.value.message == "blocks.barrier_kind"
    lake = moved(shapely.box(0, 0, 50, 50))
    with pytest.raises(GeometryError, match="b1") as caught:
        build_blocks(
            cells(FIELD), nest_in=town, barriers=layer(RIVER), crossings=layer(bridge, lake)
        )
    assert caught.value.message == "blocks.crossing_kind"
    far = shapely.transform(RIVER, lambda points: points + 50_000)
    with pytest.raises(GeometryError, match="Koordinatensystem"):
        build_blocks(cells(FIELD), nest_in=town, barriers=layer(far))


LAKE = moved(shapely.box(210, 210, 690, 390))
"""Over the centres of columns 2 to 6 of rows 2 and 3 (8 to 10 cells), with dry rims."""


def test_nobody_walks_through_a_lake():
    places = [(4, 1), (4, 4), (0, 0)]
    open_land = build_blocks(cells(places), nest_in=land(SQUARE))
    made = build_blocks(cells(places), nest_in=land(SQUARE), barriers=layer(LAKE))
    length = {
        name: blocks.adjacency[tuple(blocks.frame.index.get_indexer([cell(4, 1), cell(4, 4)]))]
        for name, blocks in (("open", open_land), ("lake", made))
    }
    # straight on it is three steps; around the lake three steps east, three north, three west
    assert length == {"open": 300, "lake": 900}
    assert filled(made) == pytest.approx(1, abs=1e-6)


def test_a_cell_with_its_centre_in_the_water_lies_where_its_dry_land_is():
    shore = moved(shapely.box(-500, 330, 1500, 460))
    made = build_blocks(cells(FIELD), nest_in=land(SQUARE), barriers=layer(shore))
    # row 3 (300 to 400) has its centre in the water and 30 dry metres in the south
    assert is_joined(made, cell(4, 2), cell(4, 3))
    assert not is_joined(made, cell(4, 3), cell(4, 4))
    assert is_joined(made, cell(4, 4), cell(4, 5))


def test_a_river_in_sections_holds_no_standpoint():
    # the centre is in the one section; the largest part outside it is in the other one
    sections = lay_barriers(np.array([shapely.box(0, 0, 55, 100), shapely.box(55, 0, 90, 100)]))
    stand = standpoints(np.array([shapely.box(0, 0, 100, 100)]), sections)
    assert stand.tolist() == [[95, 50]]


def test_a_bridge_over_a_wide_river_is_one_point_in_its_middle():
    wide = moved(shapely.box(-500, 110, 1500, 490))
    field = [(column, row) for column in range(9) for row in (0, 5)]
    bridge = layer(moved(shapely.Point(420, 280)))
    parted_land = build_blocks(cells(field), nest_in=land(SQUARE), barriers=layer(wide))
    made = build_blocks(cells(field), nest_in=land(SQUARE), barriers=layer(wide), crossings=bridge)
    assert set(component_labels(parted_land.adjacency)) == {0, 1}
    assert set(component_labels(made.adjacency)) == {0}
    north = sides(made)
    across = {pair for pair in joined(made) if north[pair[0]] != north[pair[1]]}
    columns = {int(block[-5:]) // 100 for pair in across for block in pair}
    assert columns <= {2, 3, 4, 5, 6}
    assert filled(made) == pytest.approx(1, abs=1e-6)


def test_a_crossing_opens_as_far_as_it_reaches():
    river = np.array([shapely.LineString([(0, 0), (1000, 0)])])
    left = open_barriers(river, np.array([shapely.Point(500, 30)]), reach=50)
    # a circle of 50 metres around a point 30 metres beside the river cuts out 80 metres
    assert sorted(shapely.length(left)) == pytest.approx([460, 460], abs=0.5)
    assert len(open_barriers(river, np.array([shapely.Point(500, 80)]), reach=50)) == 1


@given(made=cells_in_towns(), seed=st.integers(0, 10_000))
@settings(deadline=None, max_examples=25)
def test_barriers_only_ever_part(made, seed):
    layer_, towns = made
    rng = np.random.default_rng(seed)
    west, south, east, north = towns.frame.total_bounds
    ends = rng.uniform((west, south), (east, north), (int(rng.integers(1, 4)), 3, 2))
    lines = [shapely.LineString(points) for points in ends]
    gates = shapely.points(rng.uniform((west, south), (east, north), (2, 2)))
    open_land = build_blocks(layer_, nest_in=towns)
    blocks = build_blocks(
        layer_, nest_in=towns, barriers=layer(*lines, crs=CRS), crossings=layer(*gates, crs=CRS)
    )
    assert blocks.frame.index.equals(open_land.frame.index)
    areas = blocks.frame.geometry.area.groupby(blocks.frame["municipality"]).sum()
    assert areas.to_dict() == pytest.approx(blocks.units.geometry.area[areas.index].to_dict(), 1e-6)
    whole = component_labels(open_land.adjacency)
    parts = pd.Series(whole).groupby(component_labels(blocks.adjacency)).nunique()
    assert (parts == 1).all()
    at = parse_cell_ids(blocks.frame.index)
    edges = edges_of(blocks.adjacency)
    beside = abs(at.row[edges.left] - at.row[edges.right]) + abs(
        at.column[edges.left] - at.column[edges.right]
    )
    assert (edges.length >= 100 * beside - 1e-6).all()


# --- districts ------------------------------------------------------------------------


def districts(**shapes: shapely.Geometry) -> tuple[Layer, Layer]:
    frame = gpd.GeoDataFrame(
        geometry=list(shapes.values()), crs=CRS, index=pd.Index(list(shapes), name="wb")
    )
    town = shapely.union_all(shapely.buffer(list(shapes.values()), 0.01))
    return Layer(frame, "wb", SOURCE), municipality_layer({"05999001": town})


X, Y = 360_000.0, 5_630_000.0


def block(left: float, bottom: float, right: float, top: float) -> shapely.Polygon:
    return shapely.box(X + left, Y + bottom, X + right, Y + top)


def way(*points: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([(X + x, Y + y) for x, y in points])


SIDES = {"west": block(0, 0, 1000, 1000), "east": block(1000, 0, 2000, 1000)}


def pairs(shapes: dict[str, shapely.Geometry], barriers: Layer, *gates: shapely.Geometry) -> set:
    layer_, town = districts(**shapes)
    crossings = [layer(*gates, crs=CRS)] if gates else []
    return joined(build_blocks(layer_, nest_in=town, barriers=barriers, crossings=crossings))


@pytest.mark.parametrize(
    ("river", "cut"),
    [
        (way((1000, -50), (1000, 1050)), True),  # in the middle of the border
        (way((1015, -50), (1020, 1050)), True),  # digitised 20 metres beside it
        (way((1000, 400), (1000, 1050)), True),  # along 60 % of the border
        (way((1000, 600), (1000, 1050)), False),  # along 40 % of it
        (way((1300, -50), (1200, 1050)), True),  # inside, before the middle of the one
        (way((1700, -50), (1800, 1050)), False),  # inside, beyond the middle of both
        (way((-50, 500), (2050, 480)), False),  # across both: their middles lie on one side
        (block(980, -50, 1030, 1050), True),  # a river with two banks
    ],
)
def test_a_barrier_along_or_between_parts_districts(river, cut):
    assert pairs(SIDES, layer(river, crs=CRS)) == (set() if cut else {("east", "west")})


def test_a_bridge_near_the_border_joins_districts():
    river = layer(way((1020, -50), (1020, 1050)), crs=CRS)
    inside = layer(way((1300, -50), (1300, 1050)), crs=CRS)
    near = shapely.Point(X + 1030, Y + 900)
    assert pairs(SIDES, river, near) == {("east", "west")}
    assert pairs(SIDES, river, shapely.Point(X + 1200, Y + 900)) == set()
    assert pairs(SIDES, inside, shapely.Point(X + 1310, Y + 30)) == {("east", "west")}
    assert pairs(SIDES, inside, near) == set()


def test_barriers_elsewhere_and_digitising_gaps_part_no_districts():
    gap = {"west": block(0, 0, 1000, 1000), "east": block(1000.008, 0, 2000, 1000)}
    pond = layer(block(100, 100, 200, 200), crs=CRS)
    assert pairs(gap, pond) == {("east", "west")}
    apart = {
        "west": shapely.union_all([block(0, 0, 1000, 1000), block(0, 1500, 900, 2600)]),
        "east": block(1000, 0, 2000, 1000),
        "north": block(0, 1000, 1000, 1500),
    }
    # the larger part of "west" lies in the north, but the southern one is at the border
    assert ("east", "west") in pairs(apart, pond)
    assert ("east", "west") not in pairs(apart, layer(SIDES["east"].boundary, crs=CRS))
