"""Areas: proposals, adoption, checks, and what they refuse."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from properties.strategies import CRS, grid_layer, make_blocks, municipality_layer
from sozialraum.areas import adopt_areas, check_areas, delineate_areas, propose
from sozialraum.areas.frame import dissolve
from sozialraum.blocks import build_blocks
from sozialraum.errors import DelineationError, GeometryError
from sozialraum.methods.apportion import GRID_CRS, Cells
from sozialraum.methods.graph import Edges, adjacency_of
from sozialraum.model import Blocks, Layer, Policy, Proposal, Source

POLICY = Policy("house", residents=100, denominator=30, k=3)
TOWN, VILLAGE = "05999001", "05999002"


def row_of_blocks(
    residents: list[float], *, border: int | None = None, gap: int | None = None, **counts
) -> Blocks:
    """Return blocks of one hectare from west to east.

    From `border` on they lie in the village; before `gap` there is no edge but a
    kilometre of other land.
    """
    n = len(residents)
    at = np.arange(n)
    west = at * 100 + np.where(at >= (n if gap is None else gap), 1_000, 0)
    tiles = shapely.box(west, 0, west + 100, 100)
    ids = [f"b{i}" for i in range(n)]
    owner = np.where(at < (n if border is None else border), TOWN, VILLAGE)
    left = np.array([i for i in range(n - 1) if i + 1 not in (border, gap)], dtype=int)
    units = {key: shapely.union_all(tiles[owner == key]) for key in np.unique(owner)}
    names = {TOWN: "Neustadt", VILLAGE: "Altdorf"}
    return Blocks(
        frame=gpd.GeoDataFrame({"municipality": owner}, geometry=tiles, crs=CRS, index=ids),
        counts=pd.DataFrame({"residents": residents, **counts}, index=ids).astype(float),
        units=gpd.GeoDataFrame(
            {"name": [names[key] for key in units]},
            geometry=list(units.values()),
            crs=CRS,
            index=list(units),
        ),
        adjacency=adjacency_of(Edges(left, left + 1, np.full(left.size, 100.0)), n),
        design=("residents", *counts),
    )


def given(shapes: dict[str, shapely.Geometry], **columns: list[str]) -> Layer:
    index = pd.Index(list(shapes), name="key")
    frame = gpd.GeoDataFrame(columns, geometry=list(shapes.values()), crs=CRS, index=index)
    return Layer(frame, "key", Source("town", "Quartiere"))


# --- proposals ------------------------------------------------------------------------


def test_areas_are_numbered_from_north_to_south_and_west_to_east():
    county = make_blocks(6, 6, towns=2, holes=0.0, share=1.0, seed=3)
    areas = delineate_areas(county, policy=POLICY)
    for town, own in areas.frame.groupby("municipality"):
        inside = own.geometry.representative_point()
        order = np.lexsort((inside.x, -inside.y))
        assert order.tolist() == list(range(len(own)))
        assert own.index.tolist() == [f"{town}-P{i + 1:03d}" for i in range(len(own))]
        assert own["name"].tolist() == [f"Stadt {town[-1]} {i + 1}" for i in range(len(own))]
    assert set(areas.frame["origin"]) == set(areas.frame["status"]) == {"proposed"}


def test_thousands_of_areas_still_sort_by_key():
    county = row_of_blocks([100.0] * 1_001)
    areas = delineate_areas(county, policy=POLICY)
    assert areas.frame.index[[0, 1_000]].tolist() == ["05999001-P0001", "05999001-P1001"]


def test_several_minima_hold_at_once():
    county = row_of_blocks([60.0] * 8, households=[10.0] * 8)
    policy = replace(POLICY, minima={"households": 40})
    areas = delineate_areas(county, policy=policy)
    assert areas.minima == {"residents": 100.0, "households": 40.0}
    assert len(areas.frame) == 2
    assert areas.report["binding"] == {"residents": 0, "households": 2}


def test_denominators_of_rates_become_minima():
    county = row_of_blocks([60.0] * 8, households=[10.0] * 8)
    areas = delineate_areas(county, policy=POLICY, rates=["households"])
    assert areas.minima == {"residents": 100.0, "households": 30.0}
    assert len(areas.frame) == 2


def test_blocks_without_residents_are_held_to_the_other_minima():
    county = row_of_blocks([60.0] * 4, households=[10.0] * 4)
    county = replace(county, counts=county.counts[["households"]], design=("households",))
    areas = delineate_areas(county, policy=replace(POLICY, minima={"households": 20}))
    assert areas.minima == {"households": 20.0}
    with pytest.raises(DelineationError) as caught:
        delineate_areas(county, policy=POLICY)
    assert caught.value.message == "areas.no_minimum"


def test_sensitive_counts_may_not_shape_areas():
    county = row_of_blocks([60.0] * 4, benefits=[9.0] * 4)
    county = replace(county, design=("residents",))
    policy = replace(POLICY, minima={"benefits": 5})
    with pytest.raises(DelineationError, match="Regel R9") as caught:
        delineate_areas(county, policy=policy)
    assert caught.value.ids == ("benefits",)
    allowed = delineate_areas(county, policy=replace(policy, design=("benefits",)))
    assert allowed.minima["benefits"] == 5


def test_minima_on_unknown_or_incomplete_counts_are_refused():
    county = row_of_blocks([60.0] * 4, households=[9.0, np.nan, 9.0, 9.0])
    with pytest.raises(DelineationError) as caught:
        delineate_areas(county, policy=POLICY, rates=["households"])
    assert caught.value.message == "areas.minimum_incomplete"
    with pytest.raises(DelineationError) as caught:
        delineate_areas(county, policy=POLICY, rates=["register.u65"])
    assert caught.value.message == "areas.unknown_minimum"


def test_a_municipality_out_of_reach_is_named_with_the_minimum_but_no_count():
    county = row_of_blocks([60.0, 60, 17, 14], border=2)
    with pytest.raises(DelineationError) as caught:
        delineate_areas(county, policy=POLICY)
    message = str(caught.value)
    assert "Altdorf (residents)" in message
    assert "Neustadt" not in message
    assert not any(number in message for number in ("31", "17", "14"))


def test_a_municipality_out_of_reach_may_be_one_area_that_fails():
    county = row_of_blocks([60.0, 60, 17, 14], border=2)
    areas = delineate_areas(county, policy=POLICY, unreachable="unpublishable")
    assert areas.frame["passes"].to_dict() == {"05999001-P001": True, "05999002-P001": False}
    assert areas.frame.loc["05999002-P001", "fails"] == "residents"
    assert areas.report["unreachable"] == (VILLAGE,)
    assert "1 below a minimum" in repr(areas)
    assert any("Altdorf" in note for note in areas.notes)


def test_an_exclave_that_misses_a_minimum_is_bridged_and_recorded():
    county = row_of_blocks([60.0, 60, 60, 20, 20], gap=3)
    areas = delineate_areas(county, policy=POLICY)
    assert areas.report["bridges"] == (("b2", "b3", 1000),)
    assert areas.frame["passes"].all()
    assert areas.membership["b3"] == areas.membership["b4"] == areas.membership["b2"]
    assert any("angeschlossen" in note for note in areas.notes)


def test_an_exclave_that_reaches_the_minima_stands_alone():
    county = row_of_blocks([60.0, 60, 60, 60], gap=2)
    areas = delineate_areas(county, policy=POLICY)
    assert areas.report["bridges"] == ()
    assert areas.report["components"] == 2
    assert len(areas.frame) == 2


def test_the_report_and_the_proposal_hold_no_count():
    county = row_of_blocks([61.0, 62, 63, 64])
    areas = delineate_areas(county, policy=POLICY)
    proposal = propose(areas, county)
    assert isinstance(proposal, Proposal)
    assert "residents" not in proposal.frame.columns
    assert proposal.units.index.tolist() == [TOWN]
    shown = str(areas.report) + repr(areas) + areas._repr_html_() + repr(proposal)
    assert not any(number in shown for number in ("61", "62", "63", "64", "123", "127"))


def test_check_areas_is_silent_when_all_pass():
    assert check_areas(delineate_areas(row_of_blocks([60.0] * 4), policy=POLICY)) is None


def test_tiles_that_do_not_quite_meet_are_still_joined():
    tiles = np.array(
        [shapely.box(0, 0, 100, 100), shapely.box(100.0000001, 40, 200, 100)], dtype=object
    )
    joined = dissolve(tiles, np.array([0, 0]))
    assert joined[0].geom_type == "Polygon"
    assert joined[0].is_valid
    assert joined[0].area == pytest.approx(16_000, abs=0.1)


# --- adoption -------------------------------------------------------------------------


def test_given_areas_keep_their_shape_key_name_and_decision():
    county = row_of_blocks([60.0, 60, 60, 60, 60, 60], border=4)
    quarters = given(
        {"q2": shapely.box(200, 0, 400, 100), "q1": shapely.box(0, 0, 200, 100)},
        name=["Süd", ""],
        beschlossen_von=["Rat", ""],
        beschlossen_am=["2024-05-01", ""],
    )
    areas = adopt_areas(
        county, quarters, policy=POLICY, decided_by="Ausschuss", decided_on="2025-01-01"
    )
    assert areas.frame.index.tolist() == ["05999002-P001", "q1", "q2"]
    assert areas.frame["name"].tolist() == ["Altdorf 1", "q1", "Süd"]
    assert areas.frame["status"].tolist() == ["proposed", "accepted", "accepted"]
    assert areas.frame["decided_by"].tolist() == ["", "Ausschuss", "Rat"]
    assert areas.frame["decided_on"].tolist() == ["", "2025-01-01", "2024-05-01"]
    assert areas.frame.geometry["q2"].equals(quarters.frame.geometry["q2"])
    assert areas.membership.tolist() == ["q1", "q1", "q2", "q2", *["05999002-P001"] * 2]
    assert [source.title for source in areas.sources][-1] == "Quartiere"


def test_given_areas_that_fail_are_kept_and_named():
    county = row_of_blocks([60.0, 60, 47, 60])
    shapes = {
        "q1": shapely.box(0, 0, 200, 100),
        "q2": shapely.box(200, 0, 300, 100),
        "q3": shapely.box(300, 0, 400, 60),
        "q4": shapely.box(300, 60, 400, 100),
    }
    areas = adopt_areas(county, given(shapes), policy=POLICY)
    assert areas.frame["passes"].tolist() == [True, False, False, False]
    assert "q4" not in set(areas.membership)
    with pytest.raises(DelineationError) as caught:
        check_areas(areas)
    assert caught.value.ids == ("q2 (residents)", "q3 (residents)", "q4 (residents)")
    assert "47" not in str(caught.value)


def test_blocks_outside_all_given_areas_join_the_nearest():
    county = row_of_blocks([60.0] * 5)
    shapes = {"q1": shapely.box(0, 0, 100, 100), "q2": shapely.box(300, 0, 500, 100)}
    areas = adopt_areas(county, given(shapes), policy=POLICY)
    assert areas.membership.tolist() == ["q1", "q1", "q2", "q2", "q2"]
    assert areas.notes == (
        "Blöcke in keinem der gegebenen Gebiete ihrer Gemeinde, die zum nächstgelegenen zählen: 2.",
    )


def test_a_tie_goes_to_the_smaller_key():
    county = row_of_blocks([60.0])
    shapes = {"q2": shapely.box(0, 0, 50, 100), "q1": shapely.box(50, 0, 100, 100)}
    areas = adopt_areas(county, given(shapes), policy=POLICY)
    assert areas.membership.tolist() == ["q1"]


def test_cells_join_by_their_square_not_by_their_tile():
    west, south = 4_100_000, 3_100_000
    land = municipality_layer(
        {TOWN: shapely.box(west, south, west + 900, south + 100)}, crs=GRID_CRS
    )
    at = Cells(100, np.array([41_000, 41_001]), np.array([31_000, 31_000]))
    county = build_blocks(grid_layer(at, {"residents": np.array([200.0, 200])}), nest_in=land)
    # the tile of the second cell reaches 700 metres into the eastern area
    halves = [
        shapely.box(west + x, south, west + y, south + 100) for x, y in ((0, 200), (200, 900))
    ]
    shapes = gpd.GeoSeries(halves, index=["q1", "q2"], crs=GRID_CRS).to_crs(CRS)
    areas = adopt_areas(county, given(shapes.to_dict()), policy=POLICY)
    assert areas.membership.tolist() == ["q1", "q1"]
    assert areas.frame["passes"].tolist() == [True, False]


@pytest.mark.parametrize(
    ("elsewhere", "expected"),
    [("propose", ["Altdorf 1", "Altdorf 2"]), ("municipality", ["Altdorf"])],
)
def test_elsewhere_decides_on_municipalities_without_areas(elsewhere, expected):
    county = row_of_blocks([60.0] * 8, border=4)
    quarters = given({"q1": shapely.box(0, 0, 400, 100)})
    areas = adopt_areas(county, quarters, policy=POLICY, elsewhere=elsewhere)
    own = areas.frame[areas.frame["municipality"] == VILLAGE]
    assert own["name"].tolist() == expected
    assert own["origin"].unique().tolist() == ["proposed"]
    assert own.index[0] == "05999002-P001"


def test_elsewhere_may_be_an_error():
    county = row_of_blocks([60.0] * 8, border=4)
    quarters = given({"q1": shapely.box(0, 0, 400, 100)})
    with pytest.raises(DelineationError, match="Altdorf"):
        adopt_areas(county, quarters, policy=POLICY, elsewhere="error")


def test_adoption_proposes_the_same_areas_as_a_proposal():
    county = make_blocks(8, 9, towns=3, holes=0.1, seed=2)
    whole = delineate_areas(county, policy=POLICY, seed=4, unreachable="unpublishable")
    town = county.units.index[0]
    areas = adopt_areas(
        county,
        given({"q1": county.units.geometry[town]}),
        policy=POLICY,
        seed=4,
        unreachable="unpublishable",
    )
    other = county.frame["municipality"] != town
    assert areas.membership[other].equals(whole.membership[other])


def test_given_areas_of_several_layers_are_taken_together():
    county = row_of_blocks([60.0] * 4, border=2)
    layers = [
        given({"q1": shapely.box(0, 0, 200, 100)}),
        given({"r1": shapely.box(200, 0, 400, 100)}),
    ]
    areas = adopt_areas(county, layers, policy=POLICY)
    assert areas.frame["origin"].tolist() == ["adopted", "adopted"]
    with pytest.raises(DelineationError) as caught:
        adopt_areas(county, [layers[0], layers[0]], policy=POLICY)
    assert caught.value.message == "areas.keys_repeated"


@pytest.mark.parametrize(
    ("shapes", "error", "ids"),
    [
        (
            {"q1": shapely.box(0, 0, 200, 100), "q2": shapely.box(190, 0, 400, 100)},
            GeometryError,
            ("q1/q2",),
        ),
        ({"q1": shapely.box(0, 0, 400, 100)}, GeometryError, ("q1",)),
        ({"q1": shapely.box(9_000, 0, 9_400, 100)}, GeometryError, ("q1",)),
        ({"05999001": shapely.box(0, 0, 200, 100)}, DelineationError, ("05999001",)),
        ({"05999": shapely.box(0, 0, 200, 100)}, DelineationError, ("05999",)),
    ],
)
def test_faulty_given_areas_are_named(shapes, error, ids):
    county = row_of_blocks([60.0] * 4, border=2)
    with pytest.raises(error) as caught:
        adopt_areas(county, given(shapes), policy=POLICY)
    assert caught.value.ids == ids


def test_nothing_that_goes_in_is_changed():
    county = row_of_blocks([60.0] * 4)
    frame, counts, edges = county.frame.copy(), county.counts.copy(), county.adjacency.copy()
    quarters = given({"q1": shapely.box(0, 0, 400, 100)})
    before = quarters.frame.copy()
    delineate_areas(county, policy=POLICY)
    adopt_areas(county, quarters, policy=POLICY)
    assert county.frame.equals(frame)
    assert county.counts.equals(counts)
    assert (county.adjacency != edges).nnz == 0
    assert quarters.frame.equals(before)
