"""Several geographies over the same blocks: what they are made of, and their overlay."""

import subprocess
import sys
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from counts import AGENCY, DATE, further, make_areas, make_blocks, make_delivery
from sozialraum import schema
from sozialraum.areas import adopt_geography
from sozialraum.config import read_config
from sozialraum.errors import ConfigError, DelineationError, GeometryError, IndicatorError
from sozialraum.indicators import measure
from sozialraum.methods.apportion import GRID_CRS, Cells, squares
from sozialraum.model import Areas, Blocks, Indicator, Layer, Policy, Source
from sozialraum.model.overlay import atom_id, atom_ids
from sozialraum.schema import State

POLICY = Policy("house", residents=100, denominator=30, k=3, design=("residents",))
SOURCE = Source("Schulamt", "Schulbezirke")


def share(numerator: str, denominator: str | None = "residents", **options) -> Indicator:
    return Indicator("x", numerator, denominator, "x", "x", **options)


@pytest.fixture
def blocks():
    counts = {"residents": [100, 200, 300, 400, 500, 600], "u15": [10, 20, 30, 40, 50, 60]}
    return make_blocks([3, 3], counts)


@pytest.fixture
def areas(blocks):
    """Return areas of two blocks and of one: Q01 and Q02 in both municipalities."""
    return make_areas(blocks, per_area=2)


def rows(measures, level: str, date: str = DATE) -> pd.DataFrame:
    table = measures.table
    return table[(table["geography"] == level) & (table["date"] == date)].set_index("area_id")


def pieces(measures, *names: str) -> dict[tuple[str, ...], tuple[float, str]]:
    """Return numerator and state of every piece by the areas it lies in."""
    table = rows(measures, schema.OVERLAY_LEVEL)
    atoms = measures.atoms
    keys = [tuple(atoms.loc[atom, list(names)]) for atom in table.index]
    values = zip(table["numerator"], table["numerator_state"], strict=True)
    return dict(zip(keys, values, strict=True))


def test_a_further_geography_may_cross_areas_and_municipalities(blocks, areas):
    schools = further(blocks, ["A", "B", "B", "B", "", ""])
    measures = measure(blocks, areas, [share("u15")], others=[schools])
    found = rows(measures, "schools")
    assert found["numerator"].to_dict() == {"A": 10, "B": 90}
    assert found["denominator"].to_dict() == {"A": 100, "B": 900}
    assert found["residents"].to_dict() == {"A": 100, "B": 900}
    assert measures.others[0].crossing == ("B",)
    assert list(measures.overlay.columns) == ["gemeinde", "sozialraum", "schools"]
    assert measures.overlay.loc["b2-03"].tolist() == ["05999002", "05999002-Q02", ""]
    assert pieces(measures, "sozialraum", "schools") == {
        ("05999001-Q01", "A"): (10, State.VALUE),
        ("05999001-Q01", "B"): (20, State.VALUE),
        ("05999001-Q02", "B"): (30, State.VALUE),
        ("05999002-Q01", "B"): (40, State.VALUE),
        ("05999002-Q01", ""): (50, State.VALUE),
        ("05999002-Q02", ""): (60, State.VALUE),
    }


def test_the_rows_of_one_hierarchy_are_as_without_others(blocks, areas):
    register = make_delivery("register", [("cell", "b1-01", "u6", 3)], absent_is_zero=True)
    wanted = [share("u15"), replace(share("register.u6"), id="y")]
    alone = measure(blocks, areas, wanted, [register])
    schools = further(blocks, ["A", "B", "B", "B", "", ""])
    among = measure(blocks, areas, wanted, [register], others=[schools]).table
    small = among[among["geography"].isin(["sozialraum", "gemeinde", "kreis"])]
    assert_frame_equal(small.reset_index(drop=True), alone.table)
    assert alone.overlay is None
    assert alone.atoms.empty
    assert schema.OVERLAY_LEVEL not in set(alone.table["geography"])


def test_what_was_delivered_for_areas_says_nothing_of_their_pieces(blocks, areas):
    keys = list(areas.frame.index)
    values = zip(keys, [30, 20, 40, 0], strict=True)
    agency = make_delivery("sgb2", [("area", key, "persons", v) for key, v in values], AGENCY)
    schools = further(blocks, ["A", "B", "B", "C", "C", "C"])
    measures = measure(blocks, areas, [share("sgb2.persons")], [agency], others=[schools])
    found = rows(measures, "schools")
    assert found.loc["C", "numerator"] == 40  # two whole areas
    assert found["numerator_state"].to_dict() == {
        "A": State.NOT_DELIVERED,
        "B": State.NOT_DELIVERED,
        "C": State.VALUE,
    }
    assert np.isnan(found.loc["A", "numerator"])
    measured = pieces(measures, "sozialraum", "schools")
    assert measured[keys[1], "B"] == (20, State.VALUE)  # the whole area
    assert measured[keys[2], "C"] == (40, State.VALUE)
    assert measured[keys[3], "C"] == (0, State.VALUE)
    for school in "AB":
        value, state = measured[keys[0], school]
        assert np.isnan(value)
        assert state == State.NOT_DELIVERED


def test_nobody_in_an_area_is_nobody_in_its_pieces(blocks, areas):
    keys = list(areas.frame.index)
    delivered = [("area", keys[0], "persons", 0), ("area", keys[2], "persons", "*")]
    agency = make_delivery("sgb2", delivered, AGENCY)
    schools = further(blocks, ["A", "B", "B", "B", "C", ""])
    measured = pieces(
        measure(blocks, areas, [share("sgb2.persons")], [agency], others=[schools]),
        "sozialraum",
        "schools",
    )
    assert measured[keys[0], "A"] == measured[keys[0], "B"] == (0, State.VALUE)
    assert measured[keys[2], "C"][1] == State.NOT_DELIVERED
    assert measured[keys[1], "B"][1] == State.NOT_DELIVERED


def test_a_delivery_belongs_to_the_geography_that_it_names(blocks, areas):
    schools = further(blocks, ["A", "B", "B", "B", "", ""])
    office = make_delivery(
        "office", [("area", "A", "pupils", 9), ("area", "B", "pupils", "*")], AGENCY
    )
    office = replace(office, geography="schools")
    both = [share("office.pupils|u15"), replace(share("office.pupils"), id="y")]
    measures = measure(blocks, areas, both, [office], others=[schools])
    table = measures.table[measures.table["indicator"] == "y"].set_index("area_id")
    assert table.loc["A", "numerator"] == 9
    assert table.loc["B", "numerator_state"] == State.SUPPLIER
    assert (table.loc["B", "numerator_low"], table.loc["B", "numerator_high"]) == (1, 9)
    assert (table.loc[areas.frame.index, "numerator_state"] == State.NOT_DELIVERED).all()
    mixed = measures.table[measures.table["indicator"] == "x"].set_index("area_id")
    assert mixed.loc["A", "numerator"] == 9
    assert mixed.loc[areas.frame.index[0], "numerator"] == 30


def test_absent_schools_are_zero_only_where_their_municipalities_are_covered(blocks, areas):
    schools = further(blocks, ["A", "B", "B", "C", "D", ""])
    rows_ = [("area", "A", "pupils", 9)]
    office = make_delivery("office", rows_, absent_is_zero=True, geography="schools")
    measures = measure(blocks, areas, [share("office.pupils")], [office], others=[schools])
    found = rows(measures, "schools")
    assert found["numerator"].dropna().to_dict() == {"A": 9, "B": 0}
    assert found.loc["D", "numerator_state"] == State.NOT_DELIVERED


def test_numbers_for_former_borders_of_a_school_do_not_count(blocks, areas):
    schools = further(blocks, ["A", "B", "B", "B", "", ""], changed=("A",))
    delivered = [("area", "A", "pupils", 9), ("area", "B", "pupils", 8)]
    office = make_delivery("office", delivered, geography="schools")
    measures = measure(blocks, areas, [share("office.pupils")], [office], others=[schools])
    found = rows(measures, "schools")
    assert found["numerator"].dropna().to_dict() == {"B": 8}
    assert any("früheren Grenzen" in note for note in measures.notes)


def test_a_piece_takes_the_source_that_its_area_takes(blocks, areas):
    keys = list(areas.frame.index)
    agency = make_delivery("sgb2", [("area", keys[0], "persons", 30)], AGENCY)
    cells = [("cell", block, "persons", 7) for block in blocks.frame.index]
    office = make_delivery("office", cells)
    schools = further(blocks, ["A", "B", "B", "B", "A", "A"])
    wanted = [share("sgb2.persons|office.persons")]
    measures = measure(blocks, areas, wanted, [agency, office], others=[schools])
    measured = pieces(measures, "sozialraum", "schools")
    assert measured[keys[0], "A"][1] == State.NOT_DELIVERED
    assert measured[keys[2], "A"] == (7, State.VALUE)
    back = measure(
        blocks, areas, [share("office.persons|sgb2.persons")], [agency, office], others=[schools]
    )
    assert pieces(back, "sozialraum", "schools")[keys[0], "A"] == (7, State.VALUE)


def test_contradictions_in_single_pieces_are_taken_out_and_said(blocks, areas):
    cells = [
        ("cell", b, "persons", n)
        for b, n in zip(blocks.frame.index, [120, 9, 9, 9, 9, 9], strict=True)
    ]
    office = make_delivery("office", cells)
    schools = further(blocks, ["A", "B", "A", "B", "B", "B"])
    measures = measure(blocks, areas, [share("office.persons")], [office], others=[schools])
    measured = pieces(measures, "sozialraum", "schools")
    assert measured["05999001-Q01", "A"][1] == State.NOT_DELIVERED
    assert measured["05999001-Q01", "B"] == (9, State.VALUE)
    doubtful = rows(measures, schema.OVERLAY_LEVEL).query("numerator_state != 'value'")
    assert set(doubtful["denominator_state"]) == {State.NOT_DELIVERED}
    assert "x" in measures.notes[-1]
    assert "120" not in " ".join(measures.notes)


def test_a_school_with_more_cases_than_people_is_refused(blocks, areas):
    schools = further(blocks, ["A", "B", "B", "B", "B", "B"])
    office = make_delivery("office", [("area", "A", "pupils", 8_765)], geography="schools")
    with pytest.raises(IndicatorError) as error:
        measure(blocks, areas, [share("office.pupils")], [office], others=[schools])
    assert error.value.message == "measure.numerator_exceeds"
    assert "8765" not in str(error.value).replace(".", "")


def test_an_estimate_is_summed_before_it_is_rounded():
    blocks = make_blocks([4], {"residents": [100] * 4, "u15": [10.4, 20.4, 20.4, 7]})
    schools = further(blocks, ["A", "B", "A", "A"])
    measures = measure(
        blocks, make_areas(blocks, per_area=2), [share("u15", estimate=True)], others=[schools]
    )
    assert rows(measures, "schools")["numerator"].to_dict() == {"A": 37, "B": 20}
    states = rows(measures, schema.OVERLAY_LEVEL)["numerator_state"]
    assert sorted(states) == [State.NOT_DELIVERED] * 2 + [State.VALUE]
    with pytest.raises(IndicatorError, match="keine ganze Zahl"):
        measure(blocks, make_areas(blocks, per_area=4), [share("u15")], others=[schools])


def test_earlier_geographies_cut_pieces_and_lost_blocks_are_kept(blocks, areas):
    index = pd.Index(["b1-01", "b1-02", "gone"], name="block_id")
    earlier = pd.DataFrame({"R1/areas": ["E1", None, "E2"]}, index=index)
    measures = measure(blocks, areas, [share("u15")], earlier=earlier)
    overlay = measures.overlay
    assert list(overlay.columns) == ["gemeinde", "sozialraum", "R1/areas"]
    assert overlay.loc["gone"].tolist() == ["", "", "E2"]
    assert overlay.index[-1] == "gone"
    measured = pieces(measures, "sozialraum", "R1/areas")
    assert measured["05999001-Q01", "E1"] == (10, State.VALUE)
    assert measured["05999001-Q01", ""] == (20, State.VALUE)
    assert measured["", "E2"][1] == State.NOT_DELIVERED
    register = make_delivery("register", [("cell", "b1-01", "u6", 3)], absent_is_zero=True)
    counted = measure(blocks, areas, [share("register.u6")], [register], earlier=earlier)
    assert pieces(counted, "sozialraum", "R1/areas")["", "E2"][1] == State.NOT_DELIVERED


def test_names_and_ids_must_differ_between_geographies(blocks, areas):
    schools = further(blocks, ["A", "B", "B", "B", "", ""])
    wrong = [[schools, schools], [further(blocks, ["A"] * 6, "overlay")]]
    for others in wrong:
        with pytest.raises(IndicatorError) as error:
            measure(blocks, areas, [share("u15")], others=others)
        assert error.value.message == "measure.geography_names"
    clashing = further(blocks, [areas.frame.index[0]] * 5 + ["05999"], "wards")
    with pytest.raises(IndicatorError) as error:
        measure(blocks, areas, [share("u15")], others=[clashing])
    assert error.value.ids == (
        "05999 (kreis, wards)",
        f"{areas.frame.index[0]} (sozialraum, wards)",
    )
    assert "prefix" in str(error.value)


def test_a_delivery_for_an_unknown_geography_is_refused(blocks, areas):
    schools = further(blocks, ["A", "B", "B", "B", "", ""])
    office = make_delivery("office", [("area", "A", "pupils", 9)], geography="Schulen")
    with pytest.raises(IndicatorError, match="Schulen") as error:
        measure(blocks, areas, [share("office.pupils")], [office], others=[schools])
    assert "sozialraum, schools" in str(error.value)


def test_blocks_of_a_whole_geography_must_all_have_an_area(blocks, areas):
    schools = further(blocks, ["A", "B", "B", "B", "", ""])
    lost = replace(schools, membership=schools.membership.iloc[1:])
    with pytest.raises(IndicatorError, match="b1-01"):
        measure(blocks, areas, [share("u15")], others=[lost])
    with pytest.raises(DelineationError, match="b2-02"):
        replace(schools, partial=False)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.sampled_from(["", "A", "B", "C"]), min_size=7, max_size=7),
    st.lists(st.sampled_from(["", "X", "Y"]), min_size=7, max_size=7),
    st.lists(st.integers(0, 30), min_size=7, max_size=7),
    st.randoms(use_true_random=False),
)
def test_pieces_add_up_to_every_area_in_any_order(schools, wards, counts, chance):
    if not any(schools) or not any(wards):
        return
    blocks = make_blocks([4, 3], {"residents": [100] * 7, "u15": counts})
    areas = make_areas(blocks, per_area=3)
    others = [further(blocks, schools), further(blocks, wards, "wards")]
    measures = measure(blocks, areas, [share("u15")], others=others)
    atoms = measures.atoms
    number = rows(measures, schema.OVERLAY_LEVEL)["numerator"]
    assert set(number.index) == set(atoms.index)
    for level in ("sozialraum", "gemeinde", "schools", "wards"):
        summed = number.groupby(atoms[level].reindex(number.index)).sum()
        assert (
            rows(measures, level)["numerator"].to_dict()
            == summed.drop("", errors="ignore").to_dict()
        )
    order = list(range(7))
    chance.shuffle(order)
    mixed = replace(blocks, frame=blocks.frame.iloc[order], counts=blocks.counts.iloc[order])
    again = measure(mixed, areas, [share("u15")], others=others[::-1])
    key = ["geography", "area_id"]
    left, right = (m.table.sort_values(key).reset_index(drop=True) for m in (measures, again))
    assert_frame_equal(left, right)


def test_ids_of_pieces_do_not_hang_on_the_process():
    statement = (
        "from sozialraum.model.overlay import atom_id;"
        "print(atom_id([('schools', 'A'), ('gemeinde', '05999001')]))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", statement],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert found == {atom_id([("gemeinde", "05999001"), ("schools", "A"), ("wards", "")])}
    assert atom_id([("a", "1"), ("b", "2")]) != atom_id([("a", "2"), ("b", "1")])
    overlay = pd.DataFrame({"a": ["1", "1"], "b": ["", "2"]}, index=["p", "q"])
    assert atom_ids(overlay).nunique() == 2


def squares_of_town(counts: list[int]) -> Blocks:
    """Return cells of 100 m side by side, the western half in one municipality."""
    n = len(counts)
    cells = Cells(100, 41_000 + np.arange(n), np.full(n, 31_000))
    shapes = squares(cells)
    ids = [f"CRS3035RES100mN3100000E{4_100_000 + 100 * i}" for i in range(n)]
    owner = np.where(np.arange(n) < n // 2, "05999001", "05999002")
    index = pd.Index(ids, name=schema.BLOCK_ID)
    blocks = make_blocks([n], {"residents": counts})
    units = [shapely.union_all(shapes[owner == u]) for u in ("05999001", "05999002")]
    return replace(
        blocks,
        frame=gpd.GeoDataFrame({"municipality": owner}, geometry=shapes, crs=GRID_CRS, index=index),
        counts=blocks.counts.set_axis(index),
        units=gpd.GeoDataFrame(
            {"name": ["West", "Ost"]}, geometry=units, crs=GRID_CRS, index=["05999001", "05999002"]
        ),
        design=("residents",),
    )


WEST, SOUTH = 4_100_000, 3_100_000


def layer(cuts: dict[str, tuple[float, float]], **columns) -> Layer:
    """Return strips from west to east, given by metres from the first cell."""
    shapes = [shapely.box(WEST + a, SOUTH - 500, WEST + b, SOUTH + 600) for a, b in cuts.values()]
    index = pd.Index(list(cuts), name="key")
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=GRID_CRS, index=index)
    return Layer(frame, "key", SOURCE)


def adopt(blocks: Blocks, cuts: dict[str, tuple[float, float]], **options) -> Areas:
    return adopt_geography(blocks, layer(cuts), geography="schools", policy=POLICY, **options)


def test_a_block_belongs_where_its_centre_lies_or_most_of_it():
    blocks = squares_of_town([60] * 8)
    cuts = {"A": (0, 260), "B": (260, 620), "C": (620, 660)}
    centre = adopt(blocks, cuts, label_de="Schulbezirke", label_en="School districts")
    assert centre.membership.tolist() == ["A", "A", "A", "B", "B", "B", "C", ""]
    assert centre.crossing == ("B",)
    assert centre.frame["municipality"].tolist() == ["05999001", "", "05999002"]
    assert centre.frame["passes"].tolist() == [True, True, False]
    assert (centre.label("de"), centre.label("en")) == ("Schulbezirke", "School districts")
    assert adopt(blocks, cuts).label() == "schools"
    notes = " ".join(centre.notes)
    assert blocks.frame.index[7] in notes
    assert "schools: Diese Gebiete reichen über Gemeindegrenzen: B." in centre.notes
    most = adopt(blocks, cuts | {"A": (0, 240), "B": (240, 620)}, rule="most")
    assert most.membership.tolist() == ["A", "A", "B", "B", "B", "B", "C", ""]


def test_a_cell_on_the_border_stays_with_its_municipality():
    blocks = squares_of_town([60] * 8)
    border = WEST + 455  # the fifth cell belongs to the west, its centre lies in the east
    units = [
        shapely.box(WEST, SOUTH, border, SOUTH + 100),
        shapely.box(border, SOUTH, WEST + 800, SOUTH + 100),
    ]
    owner = np.where(np.arange(8) < 5, "05999001", "05999002")
    blocks = replace(
        blocks,
        frame=blocks.frame.assign(municipality=owner),
        units=blocks.units.set_geometry(units),
    )
    strips = {"A": (0, 455), "B": (455, 800)}
    frame = layer(strips).frame
    frame = frame.set_geometry(
        [shapely.intersection(s, shapely.union_all(units)) for s in frame.geometry]
    )
    found = adopt_geography(blocks, Layer(frame, "key", SOURCE), geography="schools", policy=POLICY)
    assert found.membership.tolist() == ["A"] * 5 + ["B"] * 3
    assert found.crossing == ()


def test_a_prefix_keeps_keys_apart_and_empty_districts_are_named():
    blocks = squares_of_town([60] * 8)
    found = adopt(blocks, {"1": (0, 800), "2": (900, 1_000)}, prefix="GS-")
    assert list(found.frame["name"]) == ["1", "2"]
    assert set(found.frame["origin"]) == {"adopted"}
    assert list(found.frame.index) == ["GS-1", "GS-2"]
    assert any("GS-2" in note for note in found.notes)
    assert not found.frame.loc["GS-2", "passes"]


def test_geographies_that_cannot_be_adopted_say_why():
    blocks = squares_of_town([60] * 8)
    with pytest.raises(DelineationError, match="schools"):
        adopt(blocks, {"A": (5_000, 6_000)})
    with pytest.raises(GeometryError, match="A/B"):
        adopt(blocks, {"A": (0, 400), "B": (300, 800)})
    with pytest.raises(DelineationError, match="05999001"):
        adopt(blocks, {"05999001": (0, 400)})
    with pytest.raises(DelineationError, match="rule"):
        adopt(blocks, {"A": (0, 400)}, rule="guess")


PROJECT = """
[project]
title = "Sozialmonitoring"
county = "Musterkreis"
[municipalities]
file = "vg250.gpkg"
[blocks]
[indicators]
file = "indicators.toml"
[[geographies]]
name = "schulbezirke"
file = "schulen.gpkg"
key = "nr"
names = "bezeichnung"
prefix = "GS-"
label = { de = "Schulbezirke", en = "School districts" }
"""


def test_a_project_names_further_geographies(tmp_path):
    path = tmp_path / "sozialraum.toml"
    path.write_text(PROJECT, encoding="utf-8")
    (part,) = read_config(path).geographies
    assert (part.name, part.rule, part.label.en) == ("schulbezirke", "centre", "School districts")
    for wrong, named in (
        (PROJECT + '[[geographies]]\nname = "schulbezirke"\nfile = "x.gpkg"\n', "eigenen Namen"),
        (PROJECT.replace('"schulbezirke"', '"gemeinde"'), "eigenen Namen"),
        (PROJECT + 'rule = "guess"\n', "geographies.0.rule"),
        (PROJECT + "colour = 3\n", "geographies.0.colour: unbekannt"),
    ):
        path.write_text(wrong, encoding="utf-8")
        with pytest.raises(ConfigError, match=named):
            read_config(path)


SCHOOLS = """
[[geographies]]
name = "schulbezirke"
file = "daten/grundschulbezirke.gpkg"
key = "schulbezirk_id"
names = "name"
label = { de = "Grundschulbezirke", en = "Primary school districts" }
"""


@pytest.fixture
def project(short_county):
    """Return a project with school districts; its other areas are whole municipalities."""
    content = (short_county / "sozialraum.toml").read_text(encoding="utf-8")
    path = short_county / "mit_schulbezirken.toml"
    content = content.replace('elsewhere = "propose"', 'elsewhere = "municipality"')
    path.write_text(content + SCHOOLS, encoding="utf-8")
    yield path
    path.unlink()


def test_a_project_measures_its_further_geographies(project, tmp_path):
    from sozialraum.pipeline import check_inputs, run

    config = read_config(project)
    faults, parts = check_inputs(config)
    assert faults == []
    assert len(dict(parts)["geographies"]) == 1
    made = run(config, until="measures", work=tmp_path / "work")
    (schools,) = made.measures.others
    assert schools.geography == "schulbezirke"
    assert schools.label("en") == "Primary school districts"
    found = made.measures.table
    known = found[found["numerator_state"] == State.VALUE]
    assert {"schulbezirke", schema.OVERLAY_LEVEL} <= set(known["geography"])
    again = run(config, until="measures", work=tmp_path / "work")
    assert [step.status for step in again.steps] == ["unchanged"] * 3
    renamed = project.read_text(encoding="utf-8").replace("Primary school", "School")
    project.write_text(renamed, encoding="utf-8")
    other = run(read_config(project), until="measures", work=tmp_path / "work")
    assert [step.status for step in other.steps] == ["unchanged", "unchanged", "done"]
    assert other.measures.others[0].label("en") == "School districts"
