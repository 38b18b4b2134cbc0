"""Access: worked by hand on the town of 30 blocks of 100 m, and against brute force."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.sparse import csr_array
from shapely import Point, box

from sozialraum.access import measure_access, measure_raster
from sozialraum.areas import adopt_areas
from sozialraum.datasets import load_town
from sozialraum.errors import GeometryError, IndicatorError, SourceError
from sozialraum.methods.access import (
    decay_weights,
    floating_catchments,
    nearest_known,
    nearest_straight,
    pairs_within,
    straight_costs,
)
from sozialraum.model import Layer, Policy, Raster, Source, TravelTimes
from sozialraum.schema import State

X, Y = 380_000.0, 5_630_000.0
ZONES = [(10, 1.0), (20, 0.68), (30, 0.22)]


def middle(block):
    """Return the middle of a block: column letter from the west, row number from the south."""
    return X + 50 + 100 * "abcdef".index(block[0]), Y + 50 + 100 * (int(block[1]) - 1)


def supply(places, column="plaetze", **moved):
    """Return points at the middles of blocks (or where said), with places by key."""
    spots = [moved.get(key) or middle(key) for key in places]
    index = pd.Index([f"P-{key}" for key in places], name="id")
    frame = gpd.GeoDataFrame(
        {column: list(places.values())},
        index=index,
        geometry=gpd.points_from_xy(*zip(*spots, strict=True)),
        crs=25832,
    )
    return Layer(frame, "id", Source("Kreis", "Praxen", licence="CC0-1.0"), additive=(column,))


@pytest.fixture(scope="module")
def town():
    return load_town()


@pytest.fixture(scope="module")
def areas(town):
    units = town.units.rename(index="{}-1".format).rename_axis("quartier")
    layer = Layer(units, "quartier", Source("Stadt", "Quartiere"))
    return adopt_areas(town, layer, policy=Policy("muster", 1, 1, 3))


def values(delivery):
    return delivery.table.pivot_table(index="key", columns="variable", values="value")


def notes(delivery):
    return "\n".join(delivery.notes)


def test_residents_within_reach_by_hand(town, areas):
    found = measure_access(supply({"d3": 1}), town, areas, name="praxis", reach=100)
    table = values(found)
    # d3, its neighbours c3, d2, d4 (the border is no barrier to a doctor: e3 too)
    assert table.loc["05997001-1", "residents_within"] == 140 + 200 + 120 + 110
    assert table.loc["05997002-1", "residents_within"] == 60
    assert table["residents"].tolist() == [2250, 430]
    assert (table["residents_within"] + table["residents_beyond"] == table["residents"]).all()
    assert found.geography == areas.geography
    assert found.estimates == ()
    assert found.table["state"].eq(State.VALUE).all()


def test_the_way_to_the_nearest_by_hand(town, areas):
    found = measure_access(supply({"a1": 1, "f1": 1}), town, areas, name="schule", method="nearest")
    table = values(found)
    residents = town.counts["residents"]
    expected = dict.fromkeys(table.index, 0)
    for block, people in residents.items():
        at = np.array(middle(block))
        way = min(np.hypot(*(at - middle("a1"))), np.hypot(*(at - middle("f1"))))
        expected["05997002-1" if block[0] in "ef" else "05997001-1"] += round(people * way)
    assert table["residents_metres"].to_dict() == expected
    assert table["residents_reached"].tolist() == [2250, 430]
    with pytest.raises(IndicatorError, match="nearest"):
        measure_access(supply({"a1": 1}), town, areas, name="x", method="nearest", reach=5)


def test_supply_in_reach_is_shared_with_nobody(town, areas):
    points = supply({"a1": 10, "a2": 5})
    found = measure_access(points, town, areas, name="x", method="supply", reach=100)
    # a1, a2 reach both; b1 and b2 one each, a3 the second
    expected = (70 + 90) * 15 + 90 * 10 + (130 + 100) * 5
    assert values(found).loc["05997001-1", "residents_supply"] == expected


def test_two_steps_by_hand(town, areas):
    points = supply({"d3": 57, "f1": 30})
    found = measure_access(points, town, areas, name="kita", method="2sfca", reach=100, enough=0.1)
    table = values(found)
    # d3 is reached by 570 + 60 people: 57 / 630 each; f1 by 30 (f1), 30 (e1) ... by hand:
    reached = {"f1": 30, "e1": 40, "f2": 40}
    own, other = 57 / 630, 30 / sum(reached.values())
    assert table.loc["05997001-1", "places"] == pytest.approx(570 * own)
    assert table.loc["05997002-1", "places"] == pytest.approx(60 * own + 30)
    assert table["places"].sum() == pytest.approx(87)
    assert table.loc["05997001-1", "residents_served"] == 0
    assert table.loc["05997002-1", "residents_served"] == 110
    assert other > 0.1 > own
    assert found.estimates == ("places", "residents_served")


def test_two_steps_after_luo_and_wang():
    """Two doctors; 8 people reach one, 5 the other, 2 of them both: 1/8, 1/5, and their sum."""
    weights = csr_array(np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]))
    found = floating_catchments(weights, np.array([6.0, 2.0, 3.0]), np.ones(2))
    assert found.access.tolist() == pytest.approx([1 / 8, 1 / 8 + 1 / 5, 1 / 5])


def test_zones_after_luo_and_qi_by_hand():
    """One doctor; 100, 200 and 300 people 5, 15 and 25 minutes away: weights 1, 0.68, 0.22."""
    costs = csr_array(np.array([[5.0], [15.0], [25.0]]))
    weights = decay_weights(costs, 30, ZONES)
    found = floating_catchments(weights, np.array([100.0, 200.0, 300.0]), np.ones(1))
    ratio = 1 / (100 + 0.68 * 200 + 0.22 * 300)
    assert found.access.tolist() == pytest.approx([ratio, 0.68 * ratio, 0.22 * ratio])
    assert (found.access * [100, 200, 300]).sum() == pytest.approx(1)


def test_a_limit_belongs_to_its_zone_and_beyond_nothing_counts():
    costs = csr_array(np.array([[10.0, 10.1, 30.0, 30.1]]))
    assert decay_weights(costs, 30, ZONES).data.tolist() == [1.0, 0.68, 0.22, 0.0]


def test_supply_nobody_reaches_is_named_and_left_over(town, areas):
    points = supply({"a1": 10, "far": 5}, far=(X - 5000, Y))
    found = measure_access(points, town, areas, name="kita", method="2sfca", reach=100)
    assert values(found)["places"].sum() == pytest.approx(10)
    assert "P-far" in notes(found)


def test_demand_beyond_the_border_takes_its_part(town, areas):
    points = supply({"f1": 60})
    cells = gpd.GeoDataFrame(
        {"residents": [110.0, 999.0, 999.0]},
        index=pd.Index(["g1", "f1", "inside"], name="zelle"),
        # the second is called like a block, the third lies in the county
        geometry=[
            box(X + 600, Y, X + 700, Y + 100),
            box(X + 600, Y, X + 700, Y + 100),
            box(X, Y, X + 9, Y + 9),
        ],
        crs=25832,
    )
    around = Layer(cells, "zelle", Source("Zensus", "Gitter"), additive=("residents",))
    options = {"name": "kita", "method": "2sfca", "reach": 100}
    alone = measure_access(points, town, areas, **options)
    both = measure_access(points, town, areas, **options, around=around)
    assert values(alone)["places"].sum() == pytest.approx(60)
    assert values(both)["places"].sum() == pytest.approx(60 * 110 / (110 + 110))
    assert "around=" in notes(alone)
    assert "around=" not in notes(both)
    assert "1 Zellen jenseits" in notes(both)
    cells.loc["g1", "residents"] = np.nan
    with pytest.raises(GeometryError) as caught:
        measure_access(points, town, areas, **options, around=around)
    assert caught.value.ids == ("g1",)


def test_the_edge_is_marked_until_supply_beyond_is_known(town, areas):
    inside = supply({"a3": 1})
    found = measure_access(inside, town, areas, name="praxis", reach=120)
    assert "Übungsstadt, Nebendorf" in notes(found)
    # within 60 m of the border only the outermost blocks of both
    beyond = supply({"a3": 1, "out": 1}, out=(X + 700, Y + 250))
    found = measure_access(beyond, town, areas, name="praxis", reach=120)
    assert "1 Einrichtungen jenseits" in notes(found)
    assert "kein Angebot jenseits" not in notes(found)


def test_nearest_is_safe_from_the_edge_where_the_border_is_further_away(town, areas):
    everywhere = supply(dict.fromkeys(town.frame.index, 1))
    found = measure_access(everywhere, town, areas, name="praxis", method="nearest")
    assert "kein Angebot jenseits" not in notes(found)


def travel(town, rows, unit="minutes", origins=None):
    origins = pd.Index(origins or town.frame.index, dtype="str")
    destinations = pd.Index(["P-a1", "P-f1"])
    start, end, cost = zip(*rows, strict=True)
    pairs = csr_array(
        (np.array(cost, float), (origins.get_indexer(start), destinations.get_indexer(end))),
        shape=(len(origins), 2),
    )
    return TravelTimes(origins, destinations, pairs, unit, Source("Amt", "Bus"))


def test_travel_times_replace_straight_lines(town, areas):
    points = supply({"a1": 8, "f1": 6})
    table = travel(
        town, [("a1", "P-a1", 0), ("b1", "P-a1", 9), ("c1", "P-f1", 11), ("e1", "P-f1", 3)]
    )
    near = measure_access(points, town, areas, name="x", reach=10, travel=table)
    assert values(near)["residents_within"].tolist() == [70 + 90, 40]
    mean = values(measure_access(points, town, areas, name="x", method="nearest", travel=table))
    assert mean["residents_minutes"].tolist() == [9 * 90 + 11 * 110, 3 * 40]
    assert mean["residents_reached"].tolist() == [70 + 90 + 110, 40]
    shared = measure_access(points, town, areas, name="x", method="2sfca", reach=10, travel=table)
    assert values(shared)["places"].tolist() == pytest.approx([8, 6])
    assert "Bus" in notes(near)


def test_origins_that_are_not_listed_are_unknown_and_never_far(town, areas):
    points = supply({"a1": 8, "f1": 6})
    listed = [b for b in town.frame.index if b != "c3"]
    table = travel(town, [("a1", "P-a1", 1)], origins=listed)
    found = measure_access(points, town, areas, name="x", reach=10, travel=table)
    rows = found.table[found.table["variable"] == "residents_within"].set_index("key")
    assert rows.loc["05997001-1", "state"] == State.NOT_DELIVERED
    assert np.isnan(rows.loc["05997001-1", "value"])
    assert rows.loc["05997001-1", "low"] == 70
    assert rows.loc["05997002-1", "value"] == 0
    with pytest.raises(IndicatorError) as caught:
        measure_access(points, town, areas, name="x", method="2sfca", reach=10, travel=table)
    assert caught.value.ids == ("c3",)


def test_travel_times_have_to_know_every_point(town, areas):
    table = travel(town, [("a1", "P-a1", 1)])
    with pytest.raises(IndicatorError) as caught:
        measure_access(supply({"a1": 1, "b1": 1}), town, areas, name="x", reach=9, travel=table)
    assert caught.value.ids == ("P-b1",)
    other = travel(town, [("Z", "P-a1", 1)], origins=["Z"])
    with pytest.raises(IndicatorError) as caught:
        measure_access(supply({"a1": 1}), town, areas, name="x", reach=9, travel=other)
    assert caught.value.message == "access.no_origin_matches"


def test_missing_counts_and_places_stay_missing(town, areas):
    counts = town.counts.copy()
    counts.loc["f1", "residents"] = np.nan
    gap = replace(town, counts=counts)
    near = measure_access(supply({"a1": 8}), gap, areas, name="x", reach=100)
    rows = near.table.set_index(["variable", "key"])["state"]
    assert rows["residents_within", "05997001-1"] == State.VALUE
    assert rows["residents", "05997002-1"] == State.NOT_DELIVERED
    shared = measure_access(supply({"f2": 8}), gap, areas, name="x", method="2sfca", reach=100)
    assert shared.table.set_index(["variable", "key"])["value"].isna()["places", "05997002-1"]
    nothing = supply({"a1": np.nan, "f1": 4})
    shared = measure_access(nothing, town, areas, name="x", method="2sfca", reach=100)
    table = shared.table.set_index(["variable", "key"])["value"]
    assert np.isnan(table["places", "05997001-1"])
    assert table["places", "05997002-1"] == pytest.approx(4)
    assert "P-a1" in notes(shared)


@pytest.mark.parametrize(
    ("message", "options"),
    [
        ("no_such_demand", {"demand": "u3", "reach": 1}),
        ("not_one_of", {"method": "gravity"}),
        ("no_reach", {}),
        ("no_reach", {"reach": -1}),
        ("unused", {"reach": 1, "decay": "gaussian"}),
        ("not_enough", {"method": "2sfca", "reach": 1, "enough": 0}),
        ("decay_faulty", {"method": "2sfca", "reach": 40, "decay": ZONES}),
        ("decay_faulty", {"method": "2sfca", "reach": 30, "decay": "linear"}),
        ("decay_faulty", {"method": "2sfca", "reach": 30, "decay": [(30, 1), (10, 2)]}),
    ],
)
def test_what_does_not_fit_is_told(town, areas, message, options):
    with pytest.raises(IndicatorError) as caught:
        measure_access(supply({"a1": 1}), town, areas, name="x", **options)
    assert caught.value.message == f"access.{message}"
    assert caught.value.text("de") != caught.value.text("en")


def test_points_have_to_be_points_and_places_a_column(town, areas):
    points = supply({"a1": 1})
    polygons = replace(points, frame=points.frame.set_geometry(points.frame.buffer(5)))
    with pytest.raises(GeometryError, match="read_points"):
        measure_access(polygons, town, areas, name="x", reach=1)
    with pytest.raises(GeometryError):
        measure_access(replace(points, frame=points.frame[:0]), town, areas, name="x", reach=1)
    two = replace(points, frame=points.frame.assign(gruppen=2), additive=("plaetze", "gruppen"))
    with pytest.raises(IndicatorError, match="gruppen"):
        measure_access(two, town, areas, name="x", method="2sfca", reach=100)
    with pytest.raises(SourceError):
        measure_access(two, town, areas, name="x", method="2sfca", reach=100, supply="betten")


def test_places_that_are_none_are_not_reached(town, areas):
    both = supply({"a1": 0, "f5": np.nan})
    one = measure_access(supply({"f5": 1}), town, areas, name="x", reach=150)
    found = measure_access(both, town, areas, name="x", reach=150)
    pd.testing.assert_frame_equal(found.table, one.table)
    assert "0 Plätze" in notes(found)
    assert "P-a1" in notes(found)
    far = values(measure_access(both, town, areas, name="x", method="nearest"))
    near = values(measure_access(supply({"f5": 1}), town, areas, name="x", method="nearest"))
    pd.testing.assert_frame_equal(far, near)
    with pytest.raises(GeometryError):
        measure_access(supply({"a1": 0}), town, areas, name="x", reach=150)


def test_a_file_of_another_county_is_no_secret(town, areas):
    far = supply({"a1": 1, "b1": 1}, a1=(X - 90_000, Y), b1=(X - 91_000, Y))
    found = measure_access(far, town, areas, name="x", reach=150)
    assert "Alle 2 Einrichtungen liegen jenseits" in notes(found)
    assert (values(found)["residents_within"] == 0).all()


def test_what_is_confidential_stays_so(town, areas):
    secret = Source("Amt", "Register", confidential=True, delete_by="2030-12-31", minimum=3)
    found = measure_access(
        supply({"a1": 1}), replace(town, sources=(secret,)), areas, name="x", reach=1
    )
    assert (found.source.confidential, found.source.delete_by) == (True, "2030-12-31")
    assert found.source.minimum == 3
    assert found.source.licence == "CC0-1.0"
    own = replace(supply({"a1": 1}), source=replace(secret, minimum=5))
    both = measure_access(own, replace(town, sources=(secret,)), areas, name="x", reach=1)
    assert both.source.minimum == 5


def test_pairs_equal_brute_force():
    rng = np.random.default_rng(5)
    origins, destinations = rng.integers(0, 60, (400, 2)) * 100.0, rng.uniform(0, 6000, (90, 2))
    away = np.hypot(*(origins[:, None] - destinations).transpose(2, 0, 1))
    costs = straight_costs(origins, destinations, 900.0)
    near = away <= 900
    assert costs.toarray() == pytest.approx(np.where(near, away, 0))
    assert costs.nnz == near.sum()
    assert nearest_straight(origins, destinations) == pytest.approx(away.min(axis=1))
    expected = np.where(near.any(axis=1), away.min(axis=1), np.inf)
    assert nearest_known(costs) == pytest.approx(expected)
    assert (pairs_within(costs, 300.0).toarray() > 0).sum() == ((away <= 300) & (away > 0)).sum()


def test_a_distance_of_nothing_is_a_pair():
    costs = straight_costs(np.zeros((1, 2)), np.array([[3.0, 4.0], [0.0, 0.0], [3.0, 4.1]]), 5.0)
    assert costs.nnz == 2
    assert nearest_known(costs).tolist() == [0.0]


# Rasters


def raster(values, width=100.0, west=X, north=Y + 500, crs="EPSG:25832"):
    from pyproj import CRS

    values = np.asarray(values, dtype=float)
    return Raster(values, west, north, width, width, CRS(crs), Source("Amt", "Landnutzung"))


def test_hectares_of_classes_by_hand(areas):
    # five rows from the north, six columns: the county exactly
    land = np.ones((5, 6))
    land[0, :] = 2
    land[:, 5] = 7
    found = measure_raster(raster(land), areas, name="land", classes={"wald": [2], "siedlung": [1]})
    table = values(found)
    assert table.loc["05997001-1", ["siedlung", "wald", "other"]].tolist() == pytest.approx(
        [16, 4, 0]
    )
    assert table.loc["05997002-1", ["siedlung", "wald", "other"]].tolist() == pytest.approx(
        [4, 1, 5]
    )
    assert table["hectares"].tolist() == pytest.approx([20, 10])
    assert "7" in notes(found)
    assert found.estimates == ("hectares", "other", "siedlung", "wald")


def test_a_cell_on_a_border_counts_in_both_areas_with_its_part(areas):
    # cells of 600 m, one over the whole county and more
    found = measure_raster(raster([[60.0]], width=600.0), areas, name="pop")
    table = values(found)
    assert table["total"].tolist() == pytest.approx([60 * 20 / 36, 60 * 10 / 36])


def test_areas_the_raster_does_not_know_are_missing(areas):
    land = np.ones((5, 6))
    land[2, 5] = np.nan
    some = measure_raster(raster(land), areas, name="land", classes={"wald": [1]})
    rows = some.table.set_index(["variable", "key"])
    assert rows.loc[("wald", "05997002-1"), "state"] == State.NOT_DELIVERED
    assert rows.loc[("wald", "05997002-1"), ["low", "high"]].tolist() == pytest.approx([9, 10])
    assert rows.loc[("wald", "05997001-1"), "value"] == pytest.approx(20)
    assert "Nebendorf" in notes(some)
    fine = measure_raster(raster(land), areas, name="land", classes={"wald": [1]}, gap=0.1)
    assert values(fine).loc["05997002-1", "wald"] == pytest.approx(9)


def test_rasters_that_do_not_fit(areas):
    ones = raster(np.ones((5, 6)))
    for message, given, classes in [
        ("class_repeated", ones, {"a": [1], "b": [1]}),
        ("class_name", ones, {"hectares": [1]}),
        ("raster_no_classes", raster(np.full((5, 6), 0.5)), {"a": [1]}),
        ("raster_negative", raster(np.full((5, 6), -9999)), None),
        ("raster_elsewhere", raster(np.ones((5, 6)), west=X + 9000), None),
    ]:
        with pytest.raises((IndicatorError, GeometryError)) as caught:
            measure_raster(given, areas, name="x", classes=classes)
        assert caught.value.message == f"access.{message}"
        assert caught.value.text("de") != caught.value.text("en")


def test_a_block_that_is_no_cell_counts_from_inside(town, areas):
    corner = shapely.union_all([box(X, Y, X + 10, Y + 100), box(X, Y, X + 100, Y + 10)])
    frame = town.frame.copy()
    frame.loc["a1", frame.geometry.name] = corner
    points = supply(
        {"a1": 1}, a1=(shapely.point_on_surface(corner).x, shapely.point_on_surface(corner).y)
    )
    found = measure_access(points, replace(town, frame=frame), areas, name="x", reach=1)
    assert not shapely.contains(corner, shapely.centroid(corner))
    assert values(found).loc["05997001-1", "residents_within"] == 70
    assert isinstance(points.frame.geometry.iloc[0], Point)
