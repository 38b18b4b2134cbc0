"""The GeoPackage: complete, readable elsewhere, free of leftovers, same bytes."""

import dataclasses
import hashlib
import sqlite3
from contextlib import closing
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from sozialraum import schema
from sozialraum.errors import DisclosureError, OutputError
from sozialraum.export import write_geopackage, write_proposal
from sozialraum.export.tables import prefixes
from sozialraum.model import Proposal, Source
from sozialraum.schema import State
from sozialraum.themes import theme
from support import NASTY, make_flags, make_index, make_release


@pytest.fixture(scope="module")
def flags():
    release = make_release()
    return make_flags(release, make_index(release))


@pytest.fixture(scope="module")
def package(flags, tmp_path_factory):
    path = tmp_path_factory.mktemp("gpkg") / "a.gpkg"
    return write_geopackage(path, flags.release, flags.index, flags)


def query(path, statement: str) -> list[tuple]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def test_only_released_data_are_written(tmp_path):
    with pytest.raises(DisclosureError):
        write_geopackage(tmp_path / "a.gpkg", pd.DataFrame())  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_nouns_of_two_releases_do_not_go_into_one_file(tmp_path, flags):
    with pytest.raises(OutputError, match="genau eine Freigabe"):
        write_geopackage(tmp_path / "a.gpkg", make_release(20), flags)
    with pytest.raises(OutputError, match="genau eine Freigabe"):
        write_geopackage(tmp_path / "a.gpkg")
    other = flags.index.table.assign(status_index=0.0)
    with pytest.raises(OutputError, match="anderen Index"):
        write_geopackage(tmp_path / "a.gpkg", flags, dataclasses.replace(flags.index, table=other))


def test_equal_releases_count_as_one(tmp_path, flags):
    again = make_release()
    assert again is not flags.release
    assert write_geopackage(tmp_path / "a.gpkg", again, flags).exists()


def test_the_file_is_version_1_3_with_rollback_journal_and_no_free_page(package):
    assert query(package, "PRAGMA user_version") == [(10300,)]
    assert query(package, "PRAGMA journal_mode") == [("delete",)]
    assert query(package, "PRAGMA freelist_count") == [(0,)]
    assert query(package, "PRAGMA integrity_check") == [("ok",)]


def test_every_table_is_registered(package):
    listed = {name for (name,) in query(package, "SELECT table_name FROM gpkg_contents")}
    tables = {
        name for (name,) in query(package, "SELECT name FROM sqlite_master WHERE type='table'")
    }
    own = {t for t in tables if not t.startswith(("gpkg_", "rtree_", "sqlite_"))}
    assert own == listed
    assert {"sozialraum", "gemeinde", "kreis", "werte", "pruefung", "hinweise"} <= listed


def test_layers_hold_the_latest_values_and_null_where_protected(package, flags):
    layer = pyogrio.read_dataframe(package, layer="sozialraum").set_index("area_id")
    frame = flags.release.frame("sgb2")
    assert list(layer.index) == list(frame.index)
    pd.testing.assert_series_equal(layer["sgb2_wert"], frame["value"], check_names=False)
    hidden = frame.index[frame["state"] != State.VALUE]
    assert len(hidden)
    assert layer.loc[hidden, ["sgb2_wert", "sgb2_zaehler", "sgb2_nenner"]].isna().all(axis=None)
    assert set(layer.loc[hidden, "sgb2_zustand"]) == {"geschützt (Datenschutz)"}
    assert layer.crs == "EPSG:25832"


def test_a_plain_count_has_one_column_of_numbers(package):
    columns = pyogrio.read_info(package, layer="sozialraum")["fields"].tolist()
    assert [c for c in columns if c.startswith("residents")] == [
        "residents_wert",
        "residents_zustand",
        "residents_klasse",
    ]


def test_class_columns_agree_with_the_legend(package, flags):
    layer = pyogrio.read_dataframe(package, layer="sozialraum").set_index("area_id")
    for what, column in (("sgb2", "sgb2_klasse"), ("status", "index_status_klasse")):
        assert (layer[column] == theme(flags, what).frame["class"]).all()
    assert set(layer["hinweis_text"]) >= {"gesichert hoch", "anders als die Nachbargebiete"}


def test_long_values_equal_the_release(package, flags):
    rows = query(package, "SELECT area_id, indicator, date, value, state FROM werte ORDER BY fid")
    given = flags.release.table[["area_id", "indicator", "date", "value", "state"]]
    assert [r[:3] for r in rows] == list(
        given[["area_id", "indicator", "date"]].itertuples(index=False, name=None)
    )
    found = np.array([np.nan if r[3] is None else r[3] for r in rows])
    assert np.array_equal(found, given["value"].to_numpy(), equal_nan=True)
    assert all(r[3] is None for r in rows if r[4] != "value")


def test_every_theme_has_a_style_and_the_first_is_the_default(package):
    rows = query(
        package, "SELECT styleName, useAsDefault FROM layer_styles WHERE f_table_name='sozialraum'"
    )
    assert len(rows) == 8
    assert [default for _, default in rows] == [1, 0, 0, 0, 0, 0, 0, 0]
    outline = query(package, "SELECT styleName FROM layer_styles WHERE f_table_name='gemeinde'")
    assert outline == [("Umriss",)]


def test_styles_are_well_formed_and_their_rules_find_every_area(package):
    layer = pyogrio.read_dataframe(package, layer="sozialraum")
    rows = query(package, "SELECT styleQML FROM layer_styles WHERE f_table_name='sozialraum'")
    for (qml,) in rows:
        root = ET.fromstring(qml)
        found = 0
        for rule in root.iter("rule"):
            column, code = rule.get("filter").split(" = ")
            found += (layer[column.strip('"')] == code.strip("'")).sum()
        assert found == len(layer)
        assert {a.get("field") for a in root.iter("alias")} <= {*layer.columns}


def test_column_titles_are_registered(package):
    titles = dict(
        query(
            package,
            "SELECT column_name, title FROM gpkg_data_columns WHERE table_name='sozialraum'",
        )
    )
    assert titles["sgb2_wert"] == "Leistungsbezug nach SGB II unter 65 Jahren: Wert (%)"
    assert titles["area_id"] == "Schlüssel"


def test_codebook_and_sources_are_readable(package):
    rows = query(package, "SELECT id, label_de, breaks, per, estimate FROM indikatoren")
    breaks = "12.0, 15.0, 18.0, 21.0"
    assert rows[1] == ("children", "Anteil der unter 18-Jährigen", breaks, 100, 0)
    assert query(package, "SELECT provider FROM quellen") == [
        ("Statistikstelle Musterkreis",),
        ("Jobcenter",),
    ]


def test_names_are_stored_as_they_are(package):
    names = [n for (n,) in query(package, "SELECT name FROM sozialraum")]
    assert set(NASTY) <= set(names)


def test_equal_input_gives_equal_bytes_and_the_clock_is_given_back(tmp_path, flags, package):
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2001-01-01T00:00:00.000Z"})
    try:
        path = write_geopackage(tmp_path / "b.gpkg", flags)
        left = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    assert left == "2001-01-01T00:00:00.000Z"
    assert (
        hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(package.read_bytes()).digest()
    )
    assert b"2001-01-01" not in path.read_bytes()


def test_a_release_alone_has_no_tables_of_index_and_flags(tmp_path, flags):
    path = write_geopackage(tmp_path / "a.gpkg", flags.release, language="en")
    listed = {name for (name,) in query(path, "SELECT table_name FROM gpkg_contents")}
    assert not {"index_werte", "hinweise"} & listed
    titles = dict(query(path, "SELECT table_name, identifier FROM gpkg_contents"))
    assert titles["sozialraum"] == "Areas – Musterkreis"


def test_a_geography_named_like_a_table_is_refused(tmp_path, flags):
    areas = flags.release.areas.replace({schema.GEOGRAPHY: {"gemeinde": "werte"}})
    table = flags.release.table.replace({schema.GEOGRAPHY: {"gemeinde": "werte"}})
    release = dataclasses.replace(flags.release, areas=areas, table=table)
    with pytest.raises(OutputError, match="werte"):
        write_geopackage(tmp_path / "a.gpkg", release)


def test_an_existing_file_stays_when_writing_fails(tmp_path, flags, monkeypatch):
    path = tmp_path / "a.gpkg"
    path.write_bytes(b"old")
    with pytest.raises(OutputError):
        write_geopackage(path, flags)

    def refuse(*_args):
        raise DisclosureError("scan.columns", ids=["x"], path="a")

    monkeypatch.setattr("sozialraum.export.geopackage.check_file", refuse)
    with pytest.raises(DisclosureError):
        write_geopackage(path, flags, overwrite=True)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.gpkg"]


def test_prefixes_do_not_collide_where_case_does_not_count():
    assert prefixes(["ab", "AB", "aB", "grade"]) == {
        "ab": "ab",
        "AB": "AB_2",
        "aB": "aB_3",
        "grade": "hinweis",
    }


@pytest.fixture(scope="module")
def proposal(flags) -> Proposal:
    areas = flags.release.areas
    small = areas[areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL]
    frame = small[["name", "municipality", "origin", "status", "geometry"]].assign(
        passes=[i != 3 for i in range(len(small))],
        fails=["residents" if i == 3 else "" for i in range(len(small))],
    )
    units = areas[areas[schema.GEOGRAPHY] == schema.MUNICIPALITY_LEVEL]
    return Proposal(frame, units, {"residents": 300.0}, (Source("Amt", "Karte"),))


def test_a_proposal_is_written_without_any_count(tmp_path, proposal):
    path = write_proposal(tmp_path / "p.gpkg", proposal)
    layer = pyogrio.read_dataframe(path, layer="gebiete")
    assert {*layer.columns} == {
        *("area_id", "name", "municipality", "origin", "status", "passes", "fails", "klasse"),
        *("decided_by", "decided_on", "geometry"),
    }
    assert (layer["klasse"] == "fails").sum() == 1
    assert query(path, "PRAGMA freelist_count") == [(0,)]


def test_blocks_go_along_with_their_area_and_nothing_else(tmp_path, proposal):
    class Tiles:
        frame = gpd.GeoDataFrame(
            {"municipality": "05999001"},
            geometry=shapely.buffer(
                shapely.point_on_surface(proposal.frame.geometry.to_numpy()[:9]), 5
            ),
            index=[f"b{i}" for i in range(9)],
            crs="EPSG:25832",
        )
        counts = pd.DataFrame({"residents": 7}, index=frame.index)

    areas = pd.Series(proposal.frame.index[:9], index=Tiles.frame.index)
    proposal = dataclasses.replace(proposal, membership=areas)
    path = write_proposal(tmp_path / "p.gpkg", proposal, blocks=Tiles())  # type: ignore[arg-type]
    layer = pyogrio.read_dataframe(path, layer="bloecke")
    assert {*layer.columns} == {
        *("block_id", "area_id", "area_id_before", "municipality", "geometry"),
    }
    assert layer["area_id"].tolist() == list(proposal.frame.index[:9])


def test_only_proposals_are_written_as_proposals(tmp_path, flags):
    with pytest.raises(DisclosureError):
        write_proposal(tmp_path / "p.gpkg", flags)  # type: ignore[arg-type]
