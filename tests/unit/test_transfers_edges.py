"""Counts on other shapes where it gets narrow: borders, empty land, order, several dates."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point, box

from counts import DATE, make_delivery
from properties.strategies import grid_layer, municipality_layer
from sozialraum.blocks import build_blocks
from sozialraum.errors import GeometryError
from sozialraum.methods.apportion import GRID_CRS, Cells
from sozialraum.model import Areas, Layer, Source
from sozialraum.schema import State
from sozialraum.transfers import build_transfer, compare_rules, transfer

EARLIER = "2020-12-31"
WEST, SOUTH = 41_000, 31_000
"""Column and row of the grid of 100 m."""


def layer(key: str, shapes, crs: str = "EPSG:25832", **columns) -> Layer:
    """Return shapes with counts; a shape may be given as the ends of a strip, in kilometres."""
    geometry = [
        box(s[0] * 1000, 0, s[1] * 1000, 1000) if isinstance(s, tuple) else s
        for s in shapes.values()
    ]
    index = pd.Index(list(shapes), name=key)
    frame = gpd.GeoDataFrame(columns, geometry=geometry, crs=crs, index=index)
    return Layer(frame, key, Source("town", key.title()), additive=tuple(columns))


def shares(found) -> dict[tuple[str, str], float]:
    """Return the shares that are not 0 by source and target."""
    table = found.shares.tocoo()
    names = zip(found.sources[table.row], found.targets[table.col], strict=True)
    return dict(zip(names, table.data.round(9).tolist(), strict=True))


def at(left: float, right: float):
    """Return a row of cells, in metres from the corner of the made-up grid."""
    return box(WEST * 100 + left, SOUTH * 100, WEST * 100 + right, SOUTH * 100 + 100)


def cells(**counts) -> Layer:
    """Return cells of 100 m side by side."""
    number = len(next(iter(counts.values())))
    made = Cells(100, np.arange(number) + WEST, np.full(number, SOUTH))
    return grid_layer(made, {name: np.array(values, float) for name, values in counts.items()})


def on_grid(key: str, **columns_and_shapes) -> Layer:
    return layer(key, columns_and_shapes, crs=GRID_CRS)


@pytest.fixture
def wards() -> Layer:
    return layer("ward", {"w1": (0, 2), "w2": (2, 4)}, voters=[30, 50])


@pytest.fixture
def targets() -> Layer:
    return layer("area", {"a": (0, 3), "b": (3, 4)})


def test_people_of_border_cells_live_in_their_own_municipality():
    grid = cells(people=[10, 60, 10])
    towns = municipality_layer({"05999001": at(0, 160), "05999002": at(160, 300)}, crs=GRID_CRS)
    blocks = build_blocks(grid, nest_in=towns, design=["people"])
    # most of the middle cell lies in the west, and so do all of its people
    assert list(blocks.frame["municipality"]) == ["05999001", "05999001", "05999002"]
    wards = on_grid("w", w1=at(0, 160), w2=at(160, 300))
    areas = on_grid("a", a=at(0, 130), b=at(130, 160), c=at(160, 300))
    found = shares(build_transfer(wards, areas, by=blocks, column="people"))
    assert found["w1", "a"] == pytest.approx((10 + 30) / 70, abs=1e-6)
    assert found["w1", "b"] == pytest.approx(30 / 70, abs=1e-6)
    assert found["w2", "c"] == 1
    # a layer of cells knows no municipality: 18, 18 and 24 of the 60
    plain = shares(build_transfer(wards, areas, by=grid, column="people"))
    assert plain["w1", "a"] == pytest.approx((10 + 18) / (10 + 36), abs=1e-6)


def test_cells_go_with_the_area_they_belong_to_whatever_its_border():
    grid = cells(people=[10, 30])
    towns = municipality_layer({"05999001": at(0, 200)}, crs=GRID_CRS)
    blocks = build_blocks(grid, nest_in=towns, design=["people"])
    data = dict.fromkeys(Areas.COLUMNS, "") | {"passes": True, "origin": "adopted"}
    index = pd.Index(["a", "b"], name="area_id")
    shapes = [at(0, 150), at(150, 200)]
    frame = gpd.GeoDataFrame(pd.DataFrame(data, index=index), geometry=shapes, crs=GRID_CRS)
    areas = Areas(frame=frame, membership=pd.Series(["a", "b"], index=blocks.frame.index))
    over = build_transfer(on_grid("w", w=at(0, 200)), areas, by=blocks, column="people")
    assert shares(over) == {("w", "a"): 0.25, ("w", "b"): 0.75}


def test_where_nobody_lives_there_is_nothing_to_carry(wards):
    people = layer("house", {"h1": (0.2, 0.4), "h2": (2.2, 2.4)}, people=[30, 10])
    targets = layer("area", {"a": (0, 1), "b": (1, 2), "c": (2, 4), "d": (8, 9)})
    over = build_transfer(wards, targets, by=people, column="people")
    # a forest inside the wards has no voters; nobody knows about land outside them
    assert over.uncovered.to_dict() == {"d": 1}
    assert transfer(wards, over).frame["voters"].fillna(-1).tolist() == [30, 0, 50, -1]


def test_a_target_that_no_source_is_given_to_has_no_value(wards):
    targets = layer("area", {"a": (0, 1.5), "b": (1.5, 2), "c": (2, 4)})
    over = build_transfer(wards, targets, rule="most")
    assert over.uncovered.to_dict() == {"b": 1}
    assert any("ohne Wert" in note and "(b)" in note for note in over.notes)
    assert transfer(wards, over).frame["voters"].fillna(-1).tolist() == [30, -1, 50]


def test_the_order_of_rows_does_not_matter(wards, targets):
    people = layer("house", {"h1": (2.2, 2.4), "h2": (3.1, 3.3)}, people=[30, 10])
    rows = [("area", "w1", "n", 30), ("area", "w2", "n", 50), ("area", "w1", "m", 1)]
    found = []
    for step in (1, -1):
        one, other, by = (replace(n, frame=n.frame[::step]) for n in (wards, targets, people))
        over = build_transfer(one, other, by=by, column="people")
        sent = transfer(make_delivery("d", rows[::step]), over)
        found.append((shares(over), sent.table, sent.notes))
    assert found[0][0] == found[1][0]
    order = ["date", "key", "variable"]
    tables = [table.sort_values(order, ignore_index=True) for _, table, _ in found]
    pd.testing.assert_frame_equal(*tables)
    assert found[0][2] == found[1][2]


def test_every_date_is_carried_by_itself(wards, targets):
    rows = [("area", key, "n", value) for key, value in (("w1", 30), ("w2", 50))]
    rows += [("area", "w1", "n", 4, EARLIER), ("area", "w2", "n", "*", EARLIER)]
    sent = make_delivery("d", rows, Source("town", "d", minimum=5))
    table = transfer(sent, build_transfer(wards, targets)).table.set_index(["date", "key"])
    assert table["value"][DATE].to_dict() == {"a": 55, "b": 25}
    assert table["state"][EARLIER].tolist() == [State.SUPPLIER] * 2


def test_complete_for_some_municipalities_says_nothing_about_districts(wards, targets):
    sent = make_delivery("d", [("area", "w1", "n", 30)], absent_is_zero=True)
    over = build_transfer(wards, targets)
    assert transfer(sent, over).table["value"].tolist() == [30, 0]
    partial = transfer(replace(sent, covers=("05999001",)), over)
    assert partial.table["state"].tolist() == [State.NOT_DELIVERED] * 2


def test_what_gets_lost_is_told_as_a_share(wards):
    over = build_transfer(wards, layer("area", {"a": (0, 2), "b": (2, 3)}))
    assert over.outside.round(9).to_dict() == {"w2": 0.5}
    rows = [("area", "w1", "n", 30), ("area", "w2", "n", 50), ("area", "w9", "n", 20)]
    found = transfer(make_delivery("d", rows), over)
    assert found.table["value"].sum() == 55
    assert any("55,0 %" in note for note in found.notes)  # of 100
    assert any("w9" in note for note in found.notes)
    assert any("w2" in note and "Zum Teil außerhalb" in note for note in found.notes)


def test_inputs_are_left_alone(wards, targets):
    over = build_transfer(wards, targets)
    before, weights = wards.frame.copy(), over.shares.copy()
    transfer(wards, over)
    assert wards.frame.equals(before)
    assert (over.shares != weights).nnz == 0


class TestRules:
    def test_a_town_that_holds_no_whole_source_has_none_of_it(self, wards):
        table = compare_rules(wards, layer("town", {"a": (0.5, 1.5)}), "voters")
        assert table.loc["a", ["within", "area"]].tolist() == pytest.approx([0, 15])

    def test_points_are_the_same_by_every_rule(self):
        spots = {"s1": Point(100, 100), "s2": Point(3500, 500)}
        towns = layer("t", {"a": (0, 3), "b": (3, 4)})
        table = compare_rules(layer("s", spots, beds=[1, 2]), towns, "beds")
        assert table.loc["a", ["within", "area", "touching", "spread"]].tolist() == [1, 1, 1, 0]

    def test_another_county_is_an_error(self, wards):
        with pytest.raises(GeometryError) as caught:
            compare_rules(wards, layer("town", {"a": (70, 80)}), "voters")
        assert caught.value.message == "transfers.nothing_inside"

    def test_missing_numbers_count_as_nobody(self):
        wards = layer("ward", {"w1": (0, 2), "w2": (2, 4)}, voters=[30, np.nan])
        assert compare_rules(wards, layer("t", {"t": (0, 4)}), "voters").loc["t", "area"] == 30
