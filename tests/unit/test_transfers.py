"""Counts on other shapes: worked by hand on strips of land; nothing is lost, nothing invented."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pyproj import CRS
from shapely import Point, box

from counts import make_areas, make_blocks, make_delivery
from sozialraum.errors import GeometryError
from sozialraum.model import Layer, Raster, Source
from sozialraum.schema import State
from sozialraum.transfers import build_transfer, compare_rules, transfer

SOURCE = Source("Stadt", "Karte")


def layer(key, shapes, title="Karte", **columns):
    index = pd.Index(list(shapes), name=key)
    frame = gpd.GeoDataFrame(columns, geometry=list(shapes.values()), index=index, crs=25832)
    return Layer(frame, key, replace(SOURCE, title=title), additive=tuple(columns))


def strip(first, last):
    """Return a strip of land, a kilometre deep, from one kilometre to another."""
    return box(first * 1000, 0, last * 1000, 1000)


WARDS = {"w1": strip(0, 2), "w2": strip(2, 4), "w3": strip(4, 6)}
QUARTERS = {"a": strip(0, 3), "b": strip(3, 6)}


@pytest.fixture
def wards():
    return layer("ward", WARDS, "Wahlbezirke", voters=[30.0, 50.0, 10.0])


@pytest.fixture
def quarters():
    return layer("quarter", QUARTERS)


def shares(found):
    return pd.DataFrame(found.shares.toarray(), found.sources, found.targets).to_dict("index")


def cells(places, **columns):
    """Return cells of a kilometre on the European grid."""
    ids = [f"CRS3035RES1000mN{3000 + n}000E{4000 + e}000" for e, n in places]
    shapes = [box(e, n, e + 1, n + 1) for e, n in places]
    made = layer("cell", dict(zip(ids, shapes, strict=True)), "Gitter", **columns)
    corners = [((4000 + e) * 1000, (3000 + n) * 1000) for e, n in places]
    real = gpd.GeoSeries([box(x, y, x + 1000, y + 1000) for x, y in corners], crs=3035)
    frame = made.frame.set_geometry(real.set_axis(made.frame.index).to_crs(25832))
    return replace(made, frame=frame)


def on_grid(**shapes):
    """Return shapes given in kilometres from the corner of the cells."""
    real = gpd.GeoSeries(
        [box(4e6 + w * 1e3, 3e6 + s * 1e3, 4e6 + e * 1e3, 3e6 + n * 1e3) for w, s, e, n in
         shapes.values()], crs=3035
    )  # fmt: skip
    return layer("town", dict(zip(shapes, real.segmentize(10).to_crs(25832), strict=True)))


class TestShares:
    def test_a_split_district_goes_by_area_and_is_an_estimate(self, wards, quarters):
        found = build_transfer(wards, quarters)
        assert shares(found) == {
            "w1": {"a": 1, "b": 0}, "w2": {"a": 0.5, "b": 0.5}, "w3": {"a": 0, "b": 1}
        }  # fmt: skip
        assert found.estimated
        assert list(found.split) == ["w2"]
        assert found.outside.empty
        assert found.uncovered.empty

    def test_districts_that_fit_are_exact(self, quarters):
        fitting = layer("ward", {"w1": strip(0, 1), "w2": strip(1, 3), "w3": strip(3, 6)})
        found = build_transfer(fitting, quarters)
        assert not found.estimated
        assert found.split.empty
        assert found.notes == ()

    @pytest.mark.parametrize(
        ("rule", "w2"),
        [("within", []), ("centre", ["a"]), ("most", ["a"]), ("touching", ["a", "b"])],
    )
    def test_whole_districts(self, wards, quarters, rule, w2):
        found = build_transfer(wards, quarters, rule=rule)
        goes = pd.DataFrame(shares(found))["w2"]
        assert list(goes.index[goes > 0]) == w2
        assert set(goes) <= {0, 1}
        assert found.estimated == (rule != "within")

    def test_two_drawings_of_one_border_split_nothing(self, wards):
        off = layer("quarter", {"a": strip(0.004, 3.99), "b": strip(3.99, 6.01)})
        found = build_transfer(wards, off)
        assert shares(found)["w2"] == {"a": 1, "b": 0}
        assert not found.estimated
        assert found.outside.empty

    def test_a_small_target_in_a_large_source_is_no_sliver(self):
        wood = layer("ward", {"w": strip(0, 100)}, voters=[1000.0])
        small = layer("quarter", {"hut": strip(50, 50.5), "rest": strip(50.5, 100)})
        found = build_transfer(wood, small)
        assert shares(found)["w"]["hut"] == pytest.approx(0.005)

    def test_targets_in_another_coordinate_system(self, wards, quarters):
        there = replace(quarters, frame=quarters.frame.to_crs(25833))
        assert shares(build_transfer(wards, there))["w2"]["a"] == pytest.approx(0.5, abs=1e-6)

    def test_points_go_where_they_lie(self, quarters):
        places = layer("id", {"p": Point(500, 500), "q": Point(9e5, 0)}, seats=[7.0, 9.0])
        found = build_transfer(places, quarters)
        assert shares(found) == {"p": {"a": 1, "b": 0}, "q": {"a": 0, "b": 0}}
        assert not found.estimated
        assert found.outside.to_dict() == {"q": 1.0}

    def test_overlapping_targets_would_count_twice(self, wards):
        both = layer("quarter", {"a": strip(0, 3), "b": strip(2, 6)})
        with pytest.raises(GeometryError) as caught:
            build_transfer(wards, both)
        assert caught.value.message == "transfers.targets_overlap"
        assert caught.value.ids == ("a", "b")
        assert build_transfer(wards, both, rule="centre").shares.sum() == 3

    def test_another_county_is_an_error(self, wards):
        away = layer("quarter", {"x": box(9e5, 9e5, 9.1e5, 9.1e5)})
        with pytest.raises(GeometryError, match="Wahlbezirke") as caught:
            build_transfer(wards, away)
        assert caught.value.message == "transfers.nothing_inside"


class TestLosses:
    def test_what_lies_outside_is_listed(self, wards):
        short = layer("quarter", {"a": strip(0, 3)})
        found = build_transfer(wards, short)
        assert found.outside.to_dict() == {"w2": 0.5, "w3": 1.0}
        whole, partly = found.notes
        assert "w3" in whole
        assert "w2" in partly
        carried = transfer(wards, found)
        assert carried.frame["voters"].to_dict() == {"a": 55.0}
        # 55 of 90 voters arrive
        assert "61,1 %" in carried.notes[-1]
        assert "1 von 3" in carried.notes[-1]

    def test_targets_that_nobody_covers_have_no_value(self, wards):
        wide = layer("quarter", QUARTERS | {"c": strip(6, 8)})
        found = build_transfer(wards, wide)
        assert found.uncovered.to_dict() == {"c": 1.0}
        carried = transfer(wards, found)
        assert carried.frame["voters"].isna().to_dict() == {"a": False, "b": False, "c": True}
        assert carried.states is not None
        assert carried.states.loc["c", "voters"] == State.NOT_DELIVERED

    def test_a_river_may_be_left_open_when_the_caller_says_so(self, wards):
        river = layer("quarter", {"a": strip(0, 3), "b": strip(3, 6.5)})
        assert list(build_transfer(wards, river).uncovered.index) == ["b"]
        found = build_transfer(wards, river, open_share=0.2)
        assert found.uncovered.empty
        assert any("b" in note for note in found.notes)
        assert transfer(wards, found).frame["voters"].to_dict() == {"a": 55.0, "b": 35.0}

    def test_a_missing_part_makes_the_whole_missing(self, wards, quarters):
        frame = wards.frame.assign(voters=[np.nan, 50.0, 10.0])
        states = pd.DataFrame({"voters": [State.SUPPLIER, State.VALUE, State.VALUE]}, frame.index)
        given = replace(wards, frame=frame, states=states)
        carried = transfer(given, build_transfer(given, quarters))
        assert np.isnan(carried.frame.loc["a", "voters"])
        assert carried.frame.loc["b", "voters"] == 35
        assert carried.states is not None
        assert carried.states["voters"].to_dict() == {"a": State.SUPPLIER, "b": State.VALUE}
        assert any("Teil ohne Zahl" in note and "(a)" in note for note in carried.notes)

    def test_counts_without_a_place_on_the_map_are_told(self, wards, quarters):
        more = layer("ward", WARDS | {"w9": strip(6, 7)}, "Wahl", voters=[30.0, 50.0, 10.0, 10.0])
        carried = transfer(more, build_transfer(wards, quarters))
        assert any("w9" in note for note in carried.notes)
        assert "90,0 %" in carried.notes[-1]

    def test_shares_and_means_are_never_carried(self, wards, quarters):
        frame = wards.frame.assign(turnout=[0.5, 0.6, 0.7])
        given = replace(wards, frame=frame, shares=("turnout",))
        carried = transfer(given, build_transfer(given, quarters))
        assert "turnout" not in carried.frame
        assert any("turnout" in note for note in carried.notes)

    def test_what_was_done_travels_with_the_source(self, wards, quarters):
        carried = transfer(wards, build_transfer(wards, quarters))
        assert carried.source.changes == "übertragen nach Fläche"
        assert carried.estimates == ("voters",)
        whole = transfer(wards, build_transfer(wards, quarters, rule="within"))
        assert whole.estimates == ()


class TestDasymetric:
    def test_districts_are_split_where_people_live(self, wards, quarters):
        homes = layer("block", {"x": strip(2, 3), "y": strip(3, 4)}, residents=[30.0, 10.0])
        found = build_transfer(wards, quarters, by=homes, column="residents")
        assert shares(found)["w2"] == {"a": 0.75, "b": 0.25}
        assert found.rule == "residents"
        assert found.estimated
        # nobody is known to live in the other two: their area decides
        assert any("(w1, w3)" in note for note in found.notes)

    def test_blocks_go_to_the_areas_they_belong_to(self):
        blocks = make_blocks([6], {"residents": [10, 10, 30, 10, 0, 5]})
        areas = make_areas(blocks, per_area=3)
        wards = layer("ward", WARDS, voters=[1.0, 1.0, 1.0])
        found = build_transfer(wards, areas, by=blocks, column="residents")
        assert found.shares.toarray()[1].tolist() == [0.75, 0.25]
        assert found.geography == areas.geography
        assert list(found.targets) == list(areas.frame.index)

    def test_areas_before_a_reform_by_the_blocks_they_have_in_common(self):
        blocks = make_blocks([6], {"residents": [10, 10, 30, 10, 0, 5]})
        old, new = make_areas(blocks, per_area=3), make_areas(blocks, per_area=2)
        found = build_transfer(old, new, by=blocks, column="residents")
        np.testing.assert_allclose(
            found.shares.toarray(), [[0.4, 0.6, 0], [0, 2 / 3, 1 / 3]], atol=1e-12
        )
        assert found.estimated
        same = build_transfer(old, old, by=blocks, column="residents")
        assert not same.estimated
        assert (same.shares.toarray() == np.eye(2)).all()
        # people of a new area who lived in none before: nobody knows what they were counted as
        fewer = replace(old, frame=old.frame.iloc[:1], membership=old.membership.iloc[:3])
        found = build_transfer(fewer, new, by=blocks, column="residents")
        assert found.uncovered.to_dict() == {"05999001-Q02": 0.25, "05999001-Q03": 1.0}

    def test_districts_are_split_as_a_raster_says(self, wards, quarters):
        values = np.array([[0.0, 1, 3, 1, 2, np.nan]])
        raster = Raster(values, 0, 1000, 1000, 1000, CRS(25832), SOURCE)
        found = build_transfer(wards, quarters, by=raster)
        assert shares(found)["w2"] == {"a": 0.75, "b": 0.25}
        assert shares(found)["w3"] == {"a": 0, "b": 1}

    def test_a_weight_that_lies_in_no_source_leaves_its_target_open(self, quarters):
        wards = layer("ward", {"w1": strip(0, 3)}, voters=[9.0])
        homes = layer("block", {"x": strip(0, 1), "y": strip(3, 4)}, residents=[3.0, 1.0])
        found = build_transfer(wards, quarters, by=homes, column="residents")
        assert found.uncovered.to_dict() == {"b": 1.0}

    def test_a_weight_called_like_a_rule_is_still_an_estimate(self, wards, quarters):
        homes = layer("block", {"x": strip(0, 3), "y": strip(3, 6)}, most=[3.0, 1.0])
        assert build_transfer(wards, quarters, by=homes, column="most").estimated

    def test_people_on_a_sliver_stay_with_their_source(self, wards):
        """A cell of people astride two drawings of one border belongs to one side of it."""
        off = layer("quarter", {"a": strip(0, 2.01), "b": strip(2.01, 6)})
        homes = layer("block", {"x": strip(1.99, 2.03), "y": strip(3, 4)}, residents=[40.0, 60.0])
        found = build_transfer(wards, off, by=homes, column="residents")
        assert shares(found)["w2"] == {"a": 0, "b": 1}
        assert found.outside.empty
        assert found.uncovered.empty

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"column": "people"}, "no_weight"),
            ({"column": "broken"}, "weights_missing"),
            ({"column": "residents", "rule": "most"}, "rule_with_weights"),
        ],
    )
    def test_weights_that_do_not_work_are_errors(self, wards, quarters, options, message):
        homes = layer("block", {"x": strip(2, 3)}, residents=[30.0], broken=[np.nan])
        with pytest.raises(GeometryError) as caught:
            build_transfer(wards, quarters, by=homes, **options)
        assert caught.value.message == f"transfers.{message}"


class TestCells:
    def test_cells_on_a_border_by_their_exact_share(self):
        grid = cells([(0, 0), (1, 0), (2, 0), (9, 9)], people=[100.0, 40.0, 7.0, 5.0])
        towns = on_grid(west=(0, 0, 1.25, 1), east=(1.25, 0, 3, 1))
        found = build_transfer(grid, towns)
        np.testing.assert_allclose(
            found.shares.toarray(), [[1, 0], [0.25, 0.75], [0, 1], [0, 0]], atol=1e-5
        )
        carried = transfer(grid, found)
        assert carried.frame["people"].to_dict() == pytest.approx({"west": 110, "east": 37}, 1e-4)
        assert list(found.outside.index) == ["CRS3035RES1000mN3009000E4009000"]
        assert found.uncovered.empty

    def test_a_cell_that_a_topic_does_not_list_holds_nobody(self):
        grid = cells([(0, 0), (1, 0)], people=[100.0, 40.0])
        other = cells([(1, 0)], children=[8.0])
        found = build_transfer(grid, on_grid(town=(0, 0, 2, 1)))
        carried = transfer(other, found)
        assert carried.frame["children"].to_dict() == pytest.approx({"town": 8})
        assert carried.states is None

    def test_rules_beside_each_other(self):
        grid = cells([(0, 0), (1, 0), (2, 0)], people=[100.0, 40.0, 7.0])
        found = compare_rules(
            grid, on_grid(west=(-1, 0, 1.25, 1), east=(1.25, 0, 2.1, 1)), "people"
        )
        names = ["within", "centre", "most", "area", "touching"]
        assert found.loc["west", names].round(2).tolist() == [100, 100, 100, 110, 140]
        assert found.loc["east", names].round(2).tolist() == [0, 40, 40, 30.7, 47]
        # both together: nothing is counted twice
        assert found.loc["", names].round(2).tolist() == [140, 140, 140, 140.7, 147]
        assert found.loc["", "spread"] == pytest.approx(7 / 140.7, rel=1e-4)
        with pytest.raises(GeometryError, match="children"):
            compare_rules(grid, on_grid(town=(0, 0, 2, 1)), "children")


class TestDeliveries:
    def given(self, **values):
        rows = [("area", key, name, v) for name, vs in values.items() for key, v in vs.items()]
        source = replace(SOURCE, minimum=10)
        rows.append(("municipality", "05999001", "voters", 999.0))
        return make_delivery("wahl", rows, source, geography="ward")

    def test_rows_of_areas_are_carried_and_others_kept(self, wards, quarters):
        given = self.given(voters={"w1": 30.0, "w2": 50.0, "w3": 10.0})
        found = transfer(given, build_transfer(wards, quarters))
        table = found.table.set_index("key")["value"].to_dict()
        assert table == {"a": 55.0, "b": 35.0, "05999001": 999.0}
        assert found.geography == "quarter"
        assert found.estimates == ("voters",)
        assert "Alle Zahlen" in found.notes[-1]

    def test_a_suppressed_part_leaves_an_interval_where_nothing_was_divided(self):
        wards = layer("ward", {"w1": strip(0, 2), "w2": strip(2, 3), "w3": strip(3, 6)})
        given = self.given(voters={"w1": "*", "w2": 50.0, "w3": 10.0})
        found = transfer(given, build_transfer(wards, layer("quarter", QUARTERS)))
        row = found.table.set_index("key").loc["a"]
        assert row["state"] == State.SUPPLIER
        assert np.isnan(row["value"])
        assert (row["low"], row["high"]) == (51, 59)

    def test_limits_of_what_was_divided_say_nothing(self, wards, quarters):
        given = self.given(voters={"w1": "*", "w2": 50.0, "w3": 10.0})
        row = transfer(given, build_transfer(wards, quarters)).table.set_index("key").loc["a"]
        assert row["state"] == State.SUPPLIER
        assert row[["value", "low", "high"]].isna().all()

    def test_an_area_without_a_row_follows_what_the_delivery_says(self, wards, quarters):
        given = self.given(voters={"w1": 30.0, "w2": 50.0})
        over = build_transfer(wards, quarters)
        for absent_is_zero, state in ((True, State.VALUE), (False, State.NOT_DELIVERED)):
            told = replace(given, absent_is_zero=absent_is_zero)
            rows = transfer(told, over).table.set_index("key")
            assert rows.loc["b", "state"] == state
            assert rows.loc["a", "value"] == 55

    def test_a_delivery_for_other_areas_is_an_error(self, wards, quarters):
        with pytest.raises(GeometryError) as caught:
            transfer(self.given(voters={"x1": 3.0}), build_transfer(wards, quarters))
        assert caught.value.message == "transfers.no_key_matches"
        assert "w1" in str(caught.value)


def test_no_count_in_any_view(wards, quarters):
    found = build_transfer(wards, quarters)
    shown = repr(found) + found._repr_html_() + "".join(transfer(wards, found).notes)
    for count in ("30", "50", "10", "55", "35"):
        assert count not in shown


def test_a_district_moved_as_a_whole_across_a_border_is_a_guess(wards, quarters):
    assert build_transfer(wards, quarters, rule="most").estimated
    assert build_transfer(wards, quarters, rule="centre").estimated
    assert not build_transfer(wards, wards, rule="most").estimated


@pytest.mark.parametrize("state", [State.SUPPRESSED, State.NOT_RELEASED, "geheim"])
def test_a_state_that_is_no_value_never_becomes_one(wards, quarters, state):
    given = layer("ward", WARDS, voters=[30.0, np.nan, 10.0])
    typed = [str(State.VALUE), str(state), str(State.VALUE)]
    states = pd.DataFrame({"voters": typed}, index=given.frame.index)
    found = transfer(replace(given, states=states), build_transfer(given, quarters))
    assert found.frame["voters"].isna().any()
    assert (found.states["voters"][found.frame["voters"].isna()] != State.VALUE).all()
