"""A proposal goes out as a GeoPackage, is edited by hand, and comes back checked."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from properties.strategies import blocks as made_up_blocks
from sozialraum.areas import adopt_assignment, check_areas, propose
from sozialraum.areas.frame import dissolve
from sozialraum.errors import DelineationError, OutputError, SourceError
from sozialraum.export import write_proposal
from sozialraum.files.proposal import read_proposal
from sozialraum.methods.graph import Edges, adjacency_of, component_labels, within_groups
from sozialraum.model import Areas, Blocks, Policy

CRS = "EPSG:25832"
TOWN, OTHER = "05999001", "05999002"
POLICY = Policy("house", residents=100, denominator=30, k=3)
SIDE, X, Y = 6, 360_000.0, 5_630_000.0


def make_blocks() -> Blocks:
    """Return two towns of 6 × 3 hectares side by side, 40 residents each hectare."""
    row, column = (grid.ravel() for grid in np.mgrid[0:SIDE, 0:SIDE])
    left, bottom = X + column * 100, Y - row * 100
    ids = [f"r{r}c{c}" for r, c in zip(row, column, strict=True)]
    town = np.where(column < 3, TOWN, OTHER)
    at = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    pairs = np.concatenate(
        [
            np.column_stack([at[:-1].ravel(), at[1:].ravel()]),
            np.column_stack([at[:, :-1].ravel(), at[:, 1:].ravel()]),
        ]
    )
    pairs = pairs[town[pairs[:, 0]] == town[pairs[:, 1]]]
    edges = Edges(pairs[:, 0], pairs[:, 1], np.full(len(pairs), 100.0))
    halves = [
        shapely.box(X, Y - 500, X + 300, Y + 100),
        shapely.box(X + 300, Y - 500, X + 600, Y + 100),
    ]
    return Blocks(
        frame=gpd.GeoDataFrame(
            {"municipality": town},
            geometry=shapely.box(left, bottom, left + 100, bottom + 100),
            crs=CRS,
            index=pd.Index(ids, name="block_id"),
        ),
        counts=pd.DataFrame({"residents": 40.0}, index=ids),
        units=gpd.GeoDataFrame(
            {"name": ["Auental", "Talheim"]}, geometry=halves, crs=CRS, index=[TOWN, OTHER]
        ),
        adjacency=adjacency_of(edges, SIDE * SIDE),
        design=("residents",),
    )


def by_hand(blocks: Blocks, membership: pd.Series, *, origin: str = "adopted") -> Areas:
    codes, ids = pd.factorize(membership, sort=True)
    first = np.unique(codes, return_index=True)[1]
    owner = blocks.frame["municipality"].to_numpy()[first]
    columns = {
        "name": [
            f"Auental {key[-1]}" if town == TOWN else f"Talheim {key[-1]}"
            for key, town in zip(ids, owner, strict=True)
        ],
        "municipality": owner,
        "origin": origin,
        "status": "proposed",
        "decided_by": "",
        "decided_on": "",
        "passes": True,
        "fails": "",
    }
    index = pd.Index(ids, name="area_id", dtype="str")
    shapes = dissolve(np.asarray(blocks.frame.geometry), codes)
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS, index=index)
    return Areas(frame, membership.rename("area_id"), minima={"residents": 100.0})


@pytest.fixture(scope="module")
def blocks() -> Blocks:
    return make_blocks()


@pytest.fixture(scope="module")
def areas(blocks) -> Areas:
    rows = blocks.frame.index.str[1].astype(int) // 2 + 1
    membership = blocks.frame["municipality"] + "-P00" + rows.astype(str)
    return by_hand(blocks, membership, origin="proposed")


@pytest.fixture(scope="module")
def written(blocks, areas, tmp_path_factory):
    path = tmp_path_factory.mktemp("out") / "vorschlag.gpkg"
    return write_proposal(path, propose(areas, blocks), blocks=blocks)


def written_to(path, blocks: Blocks, membership: pd.Series):
    return write_proposal(path, propose(by_hand(blocks, membership), blocks), blocks=blocks)


@pytest.fixture
def file(written, tmp_path):
    return shutil.copy(written, tmp_path / "vorschlag.gpkg")


def sql(path, *statements: str) -> None:
    """Change attributes; the triggers of shapes need functions that only GDAL has."""
    with closing(sqlite3.connect(path)) as connection:
        made = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (trigger,) in connection.execute(made).fetchall():
            connection.execute(f'DROP TRIGGER "{trigger}"')
        for statement in statements:
            connection.execute(statement)
        connection.execute("UPDATE gpkg_ogr_contents SET feature_count = NULL")
        connection.commit()


def layers(path) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    return tuple(pyogrio.read_dataframe(path, layer=name) for name in ("gebiete", "bloecke"))


def rewrite(path, blocks: pd.DataFrame, name: str = "bloecke") -> None:
    """Replace a layer, as an export out of QGIS does."""
    pyogrio.write_dataframe(blocks, path, layer=name, driver="GPKG", append=True)


def adopt(path, blocks, **options) -> Areas:
    return adopt_assignment(blocks, read_proposal(path), policy=POLICY, **options)


def faults(path, blocks, **options) -> str:
    with pytest.raises(DelineationError) as caught:
        adopt(path, blocks, **options)
    assert caught.value.message == "areas.assignment_faulty"
    assert caught.value.text("de") != caught.value.text("en")
    return caught.value.text("de")


def notes(areas: Areas) -> str:
    return "\n".join(areas.notes)


def some(areas: Areas, town: str = TOWN) -> list[str]:
    """Return the areas of a town, north first."""
    return [area for area in areas.frame.index if area.startswith(town)]


# --- out ------------------------------------------------------------------------------


def test_the_area_of_a_block_is_its_membership_wherever_it_lies(blocks, areas, tmp_path):
    shifted = areas.frame.set_geometry(areas.frame.geometry.translate(250, 130))
    moved = Areas(shifted, areas.membership, minima=areas.minima)
    path = write_proposal(tmp_path / "p.gpkg", propose(moved, blocks), blocks=blocks)
    layer = layers(path)[1].set_index("block_id")
    assert layer["area_id"].to_dict() == areas.membership.to_dict()
    assert layer["area_id_before"].equals(layer["area_id"])
    assert layer["municipality"].to_dict() == blocks.frame["municipality"].to_dict()


def test_no_count_goes_out(written):
    for layer in layers(written):
        assert layer.drop(columns="geometry").select_dtypes("number").empty
    with closing(sqlite3.connect(written)) as connection:
        texts = " ".join(map(str, connection.iterdump()))
    assert "residents" not in texts


def test_blocks_without_a_known_area_are_not_written(blocks, areas, tmp_path):
    proposal = replace(propose(areas, blocks), membership=areas.membership.iloc[1:])
    with pytest.raises(OutputError, match="propose"):
        write_proposal(tmp_path / "p.gpkg", proposal, blocks=blocks)
    assert list(tmp_path.iterdir()) == []


def test_a_membership_of_unknown_areas_is_refused(blocks, areas):
    with pytest.raises(DelineationError, match="r0c0"):
        replace(
            propose(areas, blocks),
            membership=areas.membership.replace(areas.membership.iloc[0], "x"),
        )


# --- and back -------------------------------------------------------------------------


def test_an_untouched_file_gives_the_same_areas(blocks, areas, file):
    before = file.read_bytes()
    made = adopt(file, blocks)
    assert made.membership.equals(areas.membership)
    plain, known = made.frame.drop(columns="geometry"), areas.frame.drop(columns="geometry")
    pd.testing.assert_frame_equal(plain, known)
    assert (made.frame.geometry.area - areas.frame.geometry.area).abs().max() < 1
    assert made.notes == ()
    assert (made.report["edited"], made.report["new"], made.report["gone"]) == (0, (), ())
    assert made.minima == areas.minima
    check_areas(made)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_writing_and_reading_again_changes_nothing(blocks, areas, file, tmp_path):
    one = some(areas)[0]
    sql(
        file,
        f"UPDATE bloecke SET area_id = 'neu' WHERE area_id = '{one}'",
        f"UPDATE gebiete SET name = 'Süd', status = 'accepted' WHERE area_id = '{some(areas)[1]}'",
    )
    first = adopt(file, blocks)
    again = write_proposal(tmp_path / "b.gpkg", propose(first, blocks), blocks=blocks)
    second = adopt(again, blocks)
    assert second.membership.equals(first.membership)
    pd.testing.assert_frame_equal(
        second.frame.drop(columns="geometry"), first.frame.drop(columns="geometry")
    )
    third = write_proposal(tmp_path / "c.gpkg", propose(second, blocks), blocks=blocks)
    assert third.read_bytes() == again.read_bytes()
    assert second.notes == ()


def test_a_new_id_makes_an_area_and_an_emptied_one_vanishes(blocks, areas, file):
    one = some(areas)[0]
    sql(file, f"UPDATE bloecke SET area_id = ' {TOWN}-Nord ' WHERE area_id = '{one}'")
    made = adopt(file, blocks)
    assert made.frame.loc[f"{TOWN}-Nord", "name"] == "Auental Nord"
    assert made.frame.loc[f"{TOWN}-Nord", ["origin", "status"]].tolist() == ["proposed"] * 2
    assert one not in made.frame.index
    assert made.report["new"] == (f"{TOWN}-Nord",)
    assert made.report["gone"] == (one,)
    held = areas.membership == one
    assert (made.membership[held] == f"{TOWN}-Nord").all()
    assert made.report["edited"] == held.sum()
    assert f"Neue Gebiete: {TOWN}-Nord" in notes(made)
    assert f"wegfallen: {one}" in notes(made)


def test_shapes_are_made_from_the_blocks_and_keep_filling_the_towns(blocks, areas, file):
    one, two = some(areas)[:2]
    sql(file, f"UPDATE bloecke SET area_id = '{one}' WHERE area_id = '{two}'")
    made = adopt(file, blocks)
    tiles = blocks.frame.geometry[areas.membership.isin([one, two])]
    assert made.frame.geometry[one].equals(shapely.union_all(tiles.to_numpy()))
    assert made.frame.geometry.area.sum() == pytest.approx(blocks.units.geometry.area.sum())


def test_names_and_decisions_come_back(blocks, areas, file):
    one, two, three = some(areas)[:3]
    sql(
        file,
        f"UPDATE gebiete SET name = 'Am Bach', status = 'beschlossen', decided_by = 'Rat',"
        f" decided_on = '3.11.2025' WHERE area_id = '{one}'",
        f"UPDATE gebiete SET status = 'rejected', decided_on = '2025-11-04', name = NULL"
        f" WHERE area_id = '{two}'",
        f"UPDATE gebiete SET origin = 'adopted', status = NULL WHERE area_id = '{three}'",
    )
    made = adopt(file, blocks, decided_by="Kreistag", decided_on="2025-12-01").frame
    columns = ["name", "origin", "status", "decided_by", "decided_on"]
    assert made.loc[one, columns].tolist() == [
        *("Am Bach", "proposed", "accepted", "Rat", "2025-11-03"),
    ]
    assert made.loc[two, columns].tolist() == [
        *(f"Auental {two.removeprefix(TOWN)[1:]}", "proposed", "rejected"),
        *("Kreistag", "2025-11-04"),
    ]  # fmt: skip
    assert made.loc[three, columns[1:]].tolist() == [
        *("adopted", "proposed", "Kreistag", "2025-12-01"),
    ]


def test_areas_below_a_minimum_are_adopted_and_listed_without_their_count(blocks, areas, file):
    block = areas.membership.index[0]
    sql(file, f"UPDATE bloecke SET area_id = 'klein' WHERE block_id = '{block}'")
    made = adopt(file, blocks)
    assert not made.frame.loc["klein", "passes"]
    assert made.frame.loc["klein", "fails"] == "residents"
    assert "klein (residents)" in notes(made)
    assert "40" not in notes(made)
    with pytest.raises(DelineationError, match="klein"):
        check_areas(made)


def test_every_fault_is_named_at_once(blocks, areas, file):
    south = areas.membership["r5c0"]
    sql(
        file,
        "UPDATE bloecke SET block_id = 'fremd' WHERE block_id = 'r0c0'",
        "UPDATE bloecke SET area_id = '' WHERE block_id = 'r0c1'",
        "UPDATE bloecke SET area_id = NULL WHERE block_id = 'r0c2'",
        f"UPDATE bloecke SET area_id = '{south}' WHERE block_id = 'r5c5'",
        f"UPDATE bloecke SET area_id = '{TOWN}' WHERE block_id = 'r3c3'",
        f"UPDATE gebiete SET status = 'vielleicht', decided_on = '31.2.2025'"
        f" WHERE area_id = '{south}'",
        f"INSERT INTO gebiete (area_id, name) VALUES ('{south}', 'noch einmal')",
        "INSERT INTO bloecke (block_id, area_id) VALUES (NULL, 'x')",
        "INSERT INTO bloecke (block_id, area_id) VALUES ('r4c4', 'x')",
    )
    text = faults(file, blocks)
    for part in [
        "vorschlag.gpkg: Die bearbeiteten Gebiete lassen sich so nicht übernehmen (",
        "nicht gibt: fremd.",
        "in der Datei fehlen: r0c0.",
        "Blöcke ohne Gebiet: r0c1, r0c2.",
        f"aus mehreren Gemeinden: {south} ({TOWN}, {OTHER}).",
        f"der Kreis trägt: {TOWN}.",
        f"Stand der Entscheidung: {south} („vielleicht“).",
        f"Kein Datum: {south} („31.2.2025“).",
        f"mehrere Zeilen mit verschiedenen Angaben: {south}.",
        "ohne Blockschlüssel: #37.",
        "verschiedenen Gebieten zugeordnet wurden: r4c4.",
    ]:
        assert part in text, part
    # no count stands in it: 40 residents a block
    assert "40" not in text


def test_areas_in_pieces_are_named_by_the_blocks_cut_off(blocks, areas, file):
    north, south = areas.membership["r0c0"], areas.membership["r5c0"]
    sql(file, f"UPDATE bloecke SET area_id = '{north}' WHERE block_id = 'r5c0'")
    assert f"{north} (r5c0)" in faults(file, blocks)
    made = adopt(file, blocks, contiguous=False)
    assert f"{north} (r5c0)" in notes(made)
    assert made.membership["r5c0"] == north
    assert made.report["changed"] == (north, south)
    assert made.frame.geometry[north].geom_type == "MultiPolygon"
    assert south in made.frame.index


def test_pieces_that_were_there_before_and_parts_that_lie_apart_are_no_fault(blocks, tmp_path):
    # r0c0 and r0c1 lie apart from the rest of the town: no way leads there
    edges = np.array([0 if i < 2 else 1 for i in range(36)])
    apart = within_groups(blocks.adjacency, edges)
    island = replace(blocks, adjacency=apart)
    assert len(set(component_labels(apart))) == 3
    membership = pd.Series("A", index=blocks.frame.index, dtype="str").rename("area_id")
    membership[blocks.frame["municipality"] == OTHER] = "B"
    membership[["r0c3", "r5c3", "r1c3", "r4c5"]] = "C"  # in pieces from the start
    path = written_to(tmp_path / "a.gpkg", island, membership)
    made = adopt(path, island)
    assert made.notes == () or "Stücke" not in notes(made)
    sql(path, "UPDATE bloecke SET area_id = 'Z' WHERE area_id = 'C'")
    renamed = adopt(path, island)
    assert renamed.membership["r0c3"] == "Z"  # another id splits nothing
    assert renamed.report["changed"] == ()
    sql(path, "UPDATE bloecke SET area_id = 'C' WHERE area_id = 'Z'")
    sql(path, "UPDATE bloecke SET area_id = 'D' WHERE block_id IN ('r5c0', 'r5c1', 'r0c0', 'r0c1')")
    assert adopt(path, island).membership["r0c0"] == "D"
    sql(path, "UPDATE bloecke SET area_id = 'C' WHERE block_id = 'r2c5'")
    assert "C (" in faults(path, island)


def test_split_and_moved_shapes_are_ignored_and_noted(blocks, areas, file, tmp_path):
    names, tiles = layers(file)
    half = tiles[tiles["block_id"] == "r2c2"].copy()
    west, south, east, north = half.total_bounds
    tiles.loc[half.index, "geometry"] = shapely.box(west, south, west + 40, north)
    half["geometry"] = shapely.box(west + 40, south, east, north)
    tiles.loc[tiles["block_id"] == "r4c1", "geometry"] = shapely.box(X, Y, X + 9, Y + 9)
    other = tmp_path / "gespeichert.gpkg"
    rewrite(other, pd.concat([tiles, half]).to_crs("EPSG:3035"), "bloecke_neu")
    made = adopt(other, blocks)
    assert made.membership.equals(areas.membership)
    assert "bleiben ganz: r2c2" in notes(made)
    assert "Form bleibt die alte: r4c1" in notes(made)
    assert "heißt in der Datei „bloecke_neu“" in notes(made)
    assert "„gebiete“ fehlt" in notes(made)
    assert made.frame.geometry.area.sum() == pytest.approx(blocks.units.geometry.area.sum())
    assert names["name"].tolist() != made.frame["name"].tolist()


def test_a_file_of_an_earlier_kind_without_the_areas_before_is_read(blocks, areas, tmp_path, file):
    names, tiles = layers(file)
    old = tmp_path / "alt.gpkg"
    rewrite(old, tiles[["block_id", "area_id", "geometry"]])
    rewrite(old, names, "gebiete")
    made = adopt(old, blocks)
    assert made.membership.equals(areas.membership)
    assert (made.notes, made.report["new"]) == ((), ())
    sql(old, f"UPDATE bloecke SET area_id = '{areas.membership['r0c0']}' WHERE block_id = 'r5c0'")
    assert "zerfallen" in faults(old, blocks)


def test_numbers_as_ids_stay_whole(blocks, areas, tmp_path, file):
    tiles = layers(file)[1]
    codes = pd.factorize(tiles["area_id"])[0].astype(float) + 1
    rewrite(tmp_path / "zahlen.gpkg", tiles.assign(area_id=codes))
    made = adopt(tmp_path / "zahlen.gpkg", blocks)
    assert set(made.frame.index) == {str(i + 1) for i in range(len(areas.frame))}


def test_same_names_and_rows_without_a_block_are_noted(blocks, areas, file):
    one, two = some(areas)[:2]
    sql(
        file,
        f"UPDATE gebiete SET name = 'Mitte' WHERE area_id IN ('{one}', '{two}')",
        "INSERT INTO gebiete (area_id, name) VALUES ('leer', 'Leer')",
        "INSERT INTO gebiete (area_id, name) VALUES (NULL, 'Ohne')",
    )
    made = adopt(file, blocks)
    assert f"demselben Namen: Mitte ({one}), Mitte ({two})" in notes(made)
    assert "wegfallen: leer" in notes(made)
    assert "ohne Schlüssel, die nicht zählen: 1" in notes(made)


def test_an_area_over_a_border_is_a_fault_unless_it_was_so_before(blocks, tmp_path):
    membership = pd.Series("A", index=blocks.frame.index, dtype="str").rename("area_id")
    path = written_to(tmp_path / "a.gpkg", blocks, membership)
    made = adopt(path, blocks)
    assert made.crossing == ("A",)
    sql(path, "UPDATE bloecke SET area_id = 'B' WHERE block_id IN ('r0c2', 'r0c3')")
    assert f"B ({TOWN}, {OTHER})" in faults(path, blocks)


def test_files_that_are_something_else(tmp_path, file, written):
    def refused(path) -> SourceError:
        with pytest.raises(SourceError) as caught:
            read_proposal(path)
        assert caught.value.text("de") != caught.value.text("en")
        return caught.value

    assert refused(tmp_path / "fehlt.gpkg").message == "readback.missing"
    (tmp_path / "text.gpkg").write_text("kein GeoPackage")
    assert refused(tmp_path / "text.gpkg").message == "readback.not_a_geopackage"
    sql(file, "ALTER TABLE bloecke RENAME COLUMN area_id TO gebiet")
    error = refused(file)
    assert error.message == "readback.no_blocks"
    assert error.ids == ("bloecke", "gebiete")  # no tables of the format itself
    open_ = tmp_path / "offen.gpkg"
    shutil.copy(written, open_)
    open_.with_name("offen.gpkg-wal").write_bytes(b"pages")
    assert "QGIS schließen" in str(refused(open_))


def test_what_is_read_shows_no_more_than_its_size(file):
    assignment = read_proposal(file)
    number = assignment.blocks["area_id"].nunique()
    assert repr(assignment) == (
        f"<Assignment: 36 blocks in {number} areas, 0 changed, vorschlag.gpkg>"
    )
    assert "vorschlag.gpkg" in assignment._repr_html_()


def test_the_order_of_rows_does_not_matter(blocks, areas, file, tmp_path):
    names, tiles = layers(file)
    rng = np.random.default_rng(1)
    other = tmp_path / "gemischt.gpkg"
    rewrite(other, tiles.iloc[rng.permutation(len(tiles))])
    rewrite(other, names.iloc[rng.permutation(len(names))], "gebiete")
    mixed = rng.permutation(len(blocks.frame))
    turned = Blocks(
        frame=blocks.frame.iloc[mixed],
        counts=blocks.counts.iloc[mixed],
        units=blocks.units,
        adjacency=csr_array(blocks.adjacency[mixed][:, mixed]),
        design=blocks.design,
    )
    made = adopt(other, turned)
    assert made.membership.sort_index().equals(areas.membership.sort_index())
    assert made.frame.index.equals(areas.frame.index)


@given(made=made_up_blocks(), seed=st.integers(0, 10_000))
@settings(deadline=None, max_examples=5, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_edited_comes_back_as_it_was_written(made, seed):
    rng = np.random.default_rng(seed)
    town = made.frame["municipality"]
    number = rng.integers(0, 4, len(town)).astype(str)
    membership = (town + "-" + number).rename("area_id")
    with TemporaryDirectory() as folder:
        areas = by_hand(made, membership)
        path = write_proposal(Path(folder) / "a.gpkg", propose(areas, made), blocks=made)
        changed = made.frame.index[rng.random(len(town)) < 0.2]
        listed = ", ".join(f"'{block}'" for block in changed)
        sql(path, f"UPDATE bloecke SET area_id = area_id || 'x' WHERE block_id IN ({listed})")
        first = adopt(path, made, contiguous=False)
        expected = membership.where(~membership.index.isin(changed), membership + "x")
        assert first.membership.to_dict() == expected.to_dict()
        assert first.report["edited"] == len(changed)
        path = write_proposal(Path(folder) / "b.gpkg", propose(first, made), blocks=made)
        second = adopt(path, made)
    assert second.membership.equals(first.membership)
    plain = [areas.frame.drop(columns="geometry") for areas in (first, second)]
    pd.testing.assert_frame_equal(*plain)
    assert first.frame.geometry.area.sum() == pytest.approx(made.frame.geometry.area.sum())
