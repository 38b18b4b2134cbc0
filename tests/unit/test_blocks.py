"""Blocks out of census cells, registers and districts."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from properties.strategies import CRS, SOURCE, grid_layer, municipality_layer
from sozialraum.blocks import build_blocks
from sozialraum.errors import DelineationError, GeometryError, SourceError
from sozialraum.methods.apportion import GRID_CRS, Cells
from sozialraum.methods.graph import component_labels
from sozialraum.model import Delivery, Layer, Source
from sozialraum.schema import State

COLUMN, ROW = 41_000, 31_000
WEST, SOUTH = COLUMN * 100.0, ROW * 100.0


def box(left: float, bottom: float, right: float, top: float) -> shapely.Polygon:
    """Return a rectangle in metres from the south-west corner of the made-up grid."""
    return shapely.box(WEST + left, SOUTH + bottom, WEST + right, SOUTH + top)


def cell(column: int, row: int) -> str:
    return f"CRS3035RES100mN{(ROW + row) * 100}E{(COLUMN + column) * 100}"


def cells(places: list[tuple[int, int]], **counts: list[float]) -> Layer:
    at = np.array(places)
    made = Cells(100, at[:, 0] + COLUMN, at[:, 1] + ROW)
    return grid_layer(made, {name: np.array(column) for name, column in counts.items()})


def towns(**shapes: shapely.Geometry) -> Layer:
    keys = {f"0599900{name[-1]}": shape for name, shape in shapes.items()}
    return municipality_layer(keys, crs=GRID_CRS)


def register(rows: list[tuple], **options) -> Delivery:
    """Return a register out of (key, date, variable, value, state)."""
    table = pd.DataFrame(rows, columns=["key", "date", "variable", "value", "state"])
    level = options.pop("level", "cell")
    table = table.assign(level=level, low=table["value"], high=table["value"])
    return Delivery("register", table, Source("town", "register", confidential=True), **options)


@pytest.fixture
def two_towns() -> Layer:
    return towns(t1=box(0, 0, 300, 300), t2=box(300, 0, 600, 300))


def test_cells_of_all_layers_and_the_register_are_joined(two_towns):
    first = cells([(0, 0), (1, 1)], dwellings=[10.0, 20.0])
    second = cells([(1, 1), (4, 1)], vacant=[1.0, 2.0])
    listed = register(
        [(cell(2, 2), "2025-12-31", "residents", 7.0, State.VALUE)], absent_is_zero=True
    )
    made = build_blocks([first, second], nest_in=two_towns, register=listed)
    assert made.frame.index.tolist() == sorted(
        map(cell, *zip(*[(0, 0), (1, 1), (2, 2), (4, 1)], strict=True))
    )
    assert made.counts.loc[cell(1, 1)].to_dict() == {"dwellings": 20, "vacant": 1, "residents": 0}
    assert made.counts.loc[cell(2, 2)].to_dict() == {"dwellings": 0, "vacant": 0, "residents": 7}
    assert made.frame.loc[cell(4, 1), "municipality"] == "05999002"
    assert made.dates == {
        "dwellings": "2022-05-15", "vacant": "2022-05-15", "residents": "2025-12-31"
    }  # fmt: skip
    assert made.design == ("residents", "dwellings")
    assert [source.title for source in made.sources] == ["made up", "made up", "register"]


def test_nothing_that_goes_in_is_changed(two_towns):
    layer = cells([(0, 0), (4, 1)], dwellings=[10.0, 20.0])
    before, shapes = layer.frame.copy(), two_towns.frame.copy()
    build_blocks(layer, nest_in=two_towns, derived={"double": "dwellings * 2"})
    assert layer.frame.equals(before)
    assert two_towns.frame.equals(shapes)


def test_tiles_fill_the_municipality_and_keep_to_the_nearer_cell(two_towns):
    made = build_blocks(cells([(0, 0), (2, 2), (5, 0)], dwellings=[1.0, 1, 1]), nest_in=two_towns)
    size = two_towns.frame.geometry.area
    filled = made.frame.geometry.area.groupby(made.frame["municipality"]).sum()
    assert (abs(filled / size - 1) < 1e-6).all()
    # (0, 0) and (2, 2) are four steps apart; nobody is a neighbour across the border
    assert made.adjacency.toarray().tolist() == [[0, 0, 400], [0, 0, 0], [400, 0, 0]]
    centre = gpd.GeoSeries([shapely.Point(WEST + 150, SOUTH + 50)], crs=GRID_CRS).to_crs(CRS)[0]
    assert made.frame.geometry[cell(0, 0)].contains(centre)


def test_a_cell_on_a_border_goes_to_the_municipality_that_holds_most(two_towns):
    shifted = towns(t1=box(0, 0, 230, 300), t2=box(230, 0, 600, 300))
    made = build_blocks(cells([(2, 1), (1, 1)], dwellings=[1.0, 1]), nest_in=shifted)
    assert made.frame.loc[cell(2, 1), "municipality"] == "05999002"
    assert any("Gemeindegrenze: 1." in note for note in made.notes)


def test_cells_outside_are_left_out_and_noted_without_a_small_number(two_towns):
    layer = cells([(0, 0), (9, 9), (9, 8)], residents=[10.0, 3.0, 4.0])
    made = build_blocks(layer, nest_in=two_towns)
    assert made.frame.index.tolist() == [cell(0, 0)]
    note = next(note for note in made.notes if "außerhalb" in note)
    assert "bleiben: 2 (" in note
    assert "weniger als 100" in note
    assert "7" not in note


def test_a_cell_the_register_lists_belongs_to_the_county_even_at_its_edge(two_towns):
    edge = towns(t1=box(0, 0, 320, 300))
    layer = cells([(0, 0), (3, 0)], dwellings=[5.0, 6.0])
    rows = [(cell(3, 1), "2025-12-31", "residents", 9.0, State.VALUE)]
    made = build_blocks(layer, nest_in=edge, register=register(rows, absent_is_zero=True))
    assert made.frame.index.tolist() == [cell(0, 0), cell(3, 1)]
    assert made.counts["residents"].sum() == 9


def test_what_is_missing_stays_missing_and_shapes_nothing(two_towns):
    layer = cells([(0, 0), (1, 0)], dwellings=[10.0, np.nan], vacant=[1.0, 2.0])
    made = build_blocks(layer, nest_in=two_towns, derived={"used": "dwellings - vacant"})
    assert made.counts["dwellings"].isna().tolist() == [False, True]
    assert made.counts["used"].isna().tolist() == [False, True]
    assert made.design == ()
    assert any("dwellings" in note for note in made.notes)
    with pytest.raises(DelineationError) as caught:
        build_blocks(layer, nest_in=two_towns, design=["dwellings"])
    assert caught.value.message == "blocks.design_incomplete"
    assert caught.value.ids == (cell(1, 0),)


def test_absent_means_nobody_only_where_the_register_says_so(two_towns):
    layer = cells([(0, 0), (1, 0), (4, 0)], dwellings=[10.0, 10, 10])
    rows = [
        (cell(0, 0), "2025-12-31", "residents", 9.0, State.VALUE),
        (cell(0, 0), "2025-12-31", "u15", np.nan, State.SUPPLIER),
        (cell(4, 0), "2024-12-31", "residents", 5.0, State.VALUE),
    ]
    silent = build_blocks(layer, nest_in=two_towns, register=register(rows))
    assert silent.counts["residents"].isna().tolist() == [False, True, True]
    whole = register(rows, absent_is_zero=True, covers=("05999001",))
    made = build_blocks(layer, nest_in=two_towns, register=whole)
    assert made.counts["residents"].fillna(-1).tolist() == [9, 0, -1]
    assert made.counts["u15"].fillna(-1).tolist() == [-1, 0, -1]
    earlier = build_blocks(layer, nest_in=two_towns, register=whole, register_date="2024-12-31")
    assert earlier.counts["residents"].fillna(-1).tolist() == [0, 0, 5]
    assert earlier.dates["residents"] == "2024-12-31"


def test_an_unknown_date_names_the_known_ones(two_towns):
    layer = cells([(0, 0)], dwellings=[10.0])
    rows = [(cell(0, 0), "2025-12-31", "residents", 9.0, State.VALUE)]
    with pytest.raises(DelineationError, match="Stichtage: 2025-12-31"):
        build_blocks(layer, nest_in=two_towns, register=register(rows), register_date="2023-12-31")


@pytest.mark.parametrize("clash", ["layer", "register", "derived"])
def test_names_never_overwrite_each_other(two_towns, clash):
    layer = cells([(0, 0)], dwellings=[10.0])
    rows = [(cell(0, 0), "2025-12-31", "dwellings", 9.0, State.VALUE)]
    options = {
        "layer": {"layers": [layer, layer]},
        "register": {"layers": layer, "register": register(rows)},
        "derived": {"layers": layer, "derived": {"dwellings": "dwellings * 2"}},
    }[clash]
    with pytest.raises(DelineationError) as caught:
        build_blocks(nest_in=two_towns, **options)
    assert caught.value.message == "blocks.names_clash"
    assert caught.value.ids == ("dwellings",)


def test_derived_counts_may_use_earlier_ones(two_towns):
    layer = cells([(0, 0)], B_1=[10.0], B_2=[5.0])
    made = build_blocks(
        layer,
        nest_in=two_towns,
        derived={"all": "total(B, 1, 2)", "rest": "max(0, all - 12)"},
        estimates=["rest"],
        design=["all"],
    )
    assert made.counts.iloc[0].to_dict() == {"B_1": 10, "B_2": 5, "all": 15, "rest": 3}
    assert made.dates["rest"] == "2022-05-15"
    assert made.estimates == ("rest",)
    assert made.design == ("all",)


def test_unknown_design_and_estimates_are_refused(two_towns):
    layer = cells([(0, 0)], dwellings=[10.0])
    with pytest.raises(SourceError, match="u15"):
        build_blocks(layer, nest_in=two_towns, design=["u15"])
    with pytest.raises(SourceError, match="u15"):
        build_blocks(layer, nest_in=two_towns, estimates=["u15"])


def test_shares_never_become_counts(two_towns):
    layer = cells([(0, 0)], dwellings=[10.0], rent=[7.5])
    layer = replace(layer, additive=("dwellings",), shares=("rent",))
    assert build_blocks(layer, nest_in=two_towns).counts.columns.tolist() == ["dwellings"]


def test_exclaves_are_components_and_empty_parts_go_to_the_nearest_tile():
    apart = shapely.union_all([box(0, 0, 300, 300), box(600, 0, 900, 300), box(0, 600, 90, 700)])
    made = build_blocks(
        cells([(0, 0), (1, 1), (7, 1), (8, 2)], dwellings=[1.0] * 4), nest_in=towns(t1=apart)
    )
    # sorted by northing: (0, 0), (1, 1), (7, 1), (8, 2); the third part has no cell of its own
    assert component_labels(made.adjacency).tolist() == [0, 0, 1, 1]
    assert made.frame.geometry.area.sum() == pytest.approx(made.units.geometry.area.sum(), 1e-6)
    assert [shape.geom_type for shape in made.frame.geometry].count("MultiPolygon") == 1


def test_tiles_that_only_meet_across_foreign_land_are_no_neighbours():
    # two arms of one municipality, 40 metres apart: cells overlap both, borders do not touch
    comb = shapely.union_all([box(0, 0, 600, 80), box(0, 120, 600, 300), box(0, 0, 100, 300)])
    made = build_blocks(
        cells([(0, 1), (5, 0), (5, 2)], dwellings=[1.0] * 3), nest_in=towns(t1=comb)
    )
    position = {block: i for i, block in enumerate(made.frame.index)}
    lower, upper = position[cell(5, 0)], position[cell(5, 2)]
    assert made.adjacency[lower, upper] == 0
    assert set(component_labels(made.adjacency)) == {0}


def test_settled_contiguity_keeps_only_the_shortest_bridge():
    land = towns(t1=box(0, 0, 900, 300))
    places = [(0, 0), (0, 1), (0, 2), (8, 0), (8, 1), (8, 2)]
    layer = cells(places, dwellings=[1.0] * 6)
    full = build_blocks(layer, nest_in=land)
    lean = build_blocks(layer, nest_in=land, contiguity="settled")
    assert (full.adjacency.data == 800).sum() == 6
    assert (lean.adjacency.data == 800).sum() == 2
    assert (lean.adjacency.data == 100).sum() == 8


def test_cells_of_a_settlement_are_neighbours_over_a_corner_but_not_across_a_border(two_towns):
    places = [(0, 0), (1, 1), (2, 2), (3, 1), (4, 2), (5, 0)]
    layer = cells(places, dwellings=[1.0] * 6)
    made = build_blocks(layer, nest_in=two_towns, contiguity="settled")
    at = {block: i for i, block in enumerate(made.frame.index)}
    found = {
        (one, other): made.adjacency[at[cell(*one)], at[cell(*other)]]
        for one, other in [
            ((0, 0), (1, 1)),
            ((1, 1), (2, 2)),
            ((2, 2), (3, 1)),
            ((3, 1), (4, 2)),
            ((4, 2), (5, 0)),
            ((3, 1), (5, 0)),
        ]
    }
    # corners are √2 cells apart; (5, 0) is a bridge of three steps away from both, and the
    # first by id is taken
    assert list(found.values()) == pytest.approx([2e4**0.5, 2e4**0.5, 0, 2e4**0.5, 0, 300])
    full = build_blocks(layer, nest_in=two_towns)
    assert full.adjacency[at[cell(0, 0)], at[cell(1, 1)]] == 200


def test_settled_blocks_have_the_components_of_full_contiguity():
    apart = shapely.union_all([box(0, 0, 300, 300), box(600, 0, 900, 300)])
    places = [(0, 0), (1, 1), (2, 2), (6, 0), (7, 1), (8, 0)]
    layer = cells(places, dwellings=[1.0] * 6)
    made = [
        component_labels(build_blocks(layer, nest_in=towns(t1=apart), contiguity=kind).adjacency)
        for kind in ("voronoi", "settled")
    ]
    assert made[0].tolist() == made[1].tolist()
    assert set(made[0]) == {0, 1}


def test_municipalities_without_a_block_are_noted(two_towns):
    made = build_blocks(cells([(0, 0)], dwellings=[1.0]), nest_in=two_towns)
    assert any("Stadt 2" in note for note in made.notes)
    assert made.units.index.tolist() == ["05999001", "05999002"]


def test_cells_far_away_are_an_error(two_towns):
    with pytest.raises(DelineationError, match="Koordinatensysteme"):
        build_blocks(cells([(5_000, 0)], dwellings=[1.0]), nest_in=two_towns)


def districts(shapes: dict[str, shapely.Geometry], **counts: list[float]) -> Layer:
    frame = gpd.GeoDataFrame(
        counts, geometry=list(shapes.values()), crs=CRS, index=pd.Index(list(shapes), name="wb")
    )
    return Layer(frame, "wb", SOURCE, additive=tuple(counts))


@pytest.fixture
def square() -> Layer:
    return municipality_layer(
        {"05999001": shapely.box(0, 0, 200, 200), "05999002": shapely.box(200, 0, 400, 200)}
    )


def test_districts_are_nested_and_neighbours_share_a_border(square):
    layer = districts(
        {
            "d2": shapely.box(100, 0, 200.5, 200),  # a sliver of 100 m² across the border
            "d1": shapely.box(0, 0, 100, 200),
            "d3": shapely.box(200.5, 0, 400, 200),
        },
        residents=[10.0, 20.0, 30.0],
    )
    made = build_blocks(layer, nest_in=square)
    assert made.frame["municipality"].tolist() == ["05999001", "05999001", "05999002"]
    assert made.counts["residents"].tolist() == [20, 10, 30]
    assert made.adjacency.toarray()[0].tolist() == [0, pytest.approx(100, abs=1), 0]
    assert made.frame.geometry["d2"].area == pytest.approx(20_000)
    assert any("wurden: 1." in note for note in made.notes)


def test_districts_may_leave_gaps_which_are_noted(square):
    layer = districts({"d1": shapely.box(0, 0, 100, 200), "d3": shapely.box(200, 0, 400, 200)})
    made = build_blocks(layer, nest_in=square)
    assert any("25.0%" in note for note in made.notes)


def test_counts_of_districts_may_come_from_the_register(square):
    layer = districts({"d1": shapely.box(0, 0, 200, 200), "d3": shapely.box(200, 0, 400, 200)})
    rows = [
        ("d1", "2025-12-31", "residents", 9.0, State.VALUE),
        ("d9", "2025-12-31", "residents", 9.0, State.VALUE),
    ]
    made = build_blocks(layer, nest_in=square, register=register(rows, level="area"))
    assert made.counts["residents"].fillna(-1).tolist() == [9, -1]
    assert any("bleiben: 1." in note for note in made.notes)


def test_districts_that_cross_a_border_or_overlap_are_named(square):
    crossing = districts({"d1": shapely.box(0, 0, 230, 200), "d2": shapely.box(230, 0, 400, 200)})
    with pytest.raises(GeometryError, match="d1"):
        build_blocks(crossing, nest_in=square)
    double = districts({"d1": shapely.box(0, 0, 200, 200), "d2": shapely.box(150, 0, 200, 200)})
    with pytest.raises(GeometryError, match="d1/d2"):
        build_blocks(double, nest_in=square)


def test_cells_and_districts_do_not_mix(square):
    layer = districts({"d1": shapely.box(0, 0, 200, 200)}, residents=[1.0])
    with pytest.raises(DelineationError) as caught:
        build_blocks([layer, cells([(0, 0)], dwellings=[1.0])], nest_in=square)
    assert caught.value.message == "blocks.mixed"


def test_a_district_in_two_layers_is_an_error(square):
    layer = districts({"d1": shapely.box(0, 0, 200, 200)}, residents=[1.0])
    with pytest.raises(DelineationError) as caught:
        build_blocks([layer, layer], nest_in=square)
    assert caught.value.message == "blocks.ids_repeated"


# --- several reference dates -------------------------------------------------------------


def two_years() -> Delivery:
    """Return a register in which the second cell empties and the third one fills."""
    rows = [
        (cell(0, 0), "2022-12-31", "residents", 50.0, State.VALUE),
        (cell(1, 0), "2022-12-31", "residents", 70.0, State.VALUE),
        (cell(0, 0), "2022-12-31", "u15", 9.0, State.VALUE),
        (cell(0, 0), "2025-12-31", "residents", 60.0, State.VALUE),
        (cell(2, 0), "2025-12-31", "residents", 20.0, State.VALUE),
        (cell(0, 0), "2025-12-31", "u15", 8.0, State.VALUE),
        (cell(0, 0), "2025-12-31", "u65", 40.0, State.VALUE),
    ]
    return register(rows, absent_is_zero=True)


def test_earlier_dates_of_the_register_are_counts_of_their_own(two_towns):
    made = build_blocks((), nest_in=two_towns, register=two_years(), register_date="all")
    old = "residents@2022-12-31"
    assert made.counts.index.tolist() == [cell(0, 0), cell(1, 0), cell(2, 0)]
    assert made.counts["residents"].tolist() == [60, 0, 20]
    assert made.counts[old].tolist() == [50, 70, 0]
    assert made.dates == {
        "residents": "2025-12-31", "u15": "2025-12-31", "u65": "2025-12-31",
        old: "2022-12-31", "u15@2022-12-31": "2022-12-31",
    }  # fmt: skip
    assert made.design == ("residents",)
    latest = build_blocks((), nest_in=two_towns, register=two_years())
    assert latest.counts.index.tolist() == [cell(0, 0), cell(2, 0)]
    assert list(latest.counts) == ["residents", "u15", "u65"]
    named = build_blocks(
        (), nest_in=two_towns, register=two_years(), register_date=["2025-12-31", "2022-12-31"]
    )
    assert named.counts.equals(made.counts)


def test_a_date_the_register_lacks_is_named(two_towns):
    with pytest.raises(DelineationError, match="2019-12-31"):
        build_blocks(
            (), nest_in=two_towns, register=two_years(), register_date=["2019-12-31", "2022-12-31"]
        )


def test_derived_counts_are_derived_at_every_date_that_has_all_they_need(two_towns):
    made = build_blocks(
        (),
        nest_in=two_towns,
        register=two_years(),
        register_date="all",
        derived={"grown": "residents - u15", "working": "u65 - u15", "double": "grown * 2"},
    )
    assert made.counts["grown@2022-12-31"].tolist() == [41, 70, 0]
    assert made.counts["double@2022-12-31"].tolist() == [82, 140, 0]
    assert made.dates["double@2022-12-31"] == "2022-12-31"
    assert "working@2022-12-31" not in made.counts.columns
