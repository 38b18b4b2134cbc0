"""The scan of finished files: planted leaks in GeoPackages are found, clean files pass."""

import shutil
import sqlite3
from contextlib import closing

import geopandas as gpd
import pandas as pd
import pytest

from sozialraum.errors import DisclosureError
from sozialraum.export import write_geopackage, write_proposal
from sozialraum.files.scan import KINDS, check_file, check_proposal, how, scan_file
from sozialraum.files.scan.code import LEAFLET
from sozialraum.messages import catalogue
from sozialraum.model import Proposal
from sozialraum.model.release import RELEASE_COLUMNS
from support import make_flags, make_index, make_release

TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name NOT LIKE 'gpkg_%'"


@pytest.fixture(scope="module")
def release():
    return make_release(25)


@pytest.fixture(scope="module")
def written(release, tmp_path_factory):
    index = make_index(release)
    path = tmp_path_factory.mktemp("clean") / "a.gpkg"
    return write_geopackage(path, release, index, make_flags(release, index))


@pytest.fixture
def package(written, tmp_path):
    return shutil.copy(written, tmp_path / "a.gpkg")


def change(path, *statements):
    """Change a file as a planner would who cleans up afterwards."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        # spatial triggers need functions that plain SQLite does not have
        kept = connection.execute(TRIGGERS.replace("name FROM", "name, sql FROM")).fetchall()
        for name, _ in kept:
            connection.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            connection.execute(statement)
        for _, sql in kept:
            connection.execute(sql)
        connection.execute("VACUUM")


def restyled(old, new):
    return f"UPDATE layer_styles SET styleQML = replace(styleQML, '{old}', '{new}')"


def faults(path, release):
    found = {}
    for one in scan_file(path, release):
        found[one.fault] = (*found.get(one.fault, ()), *one.where)
    return found


def test_a_clean_file_passes(package, release):
    check_file(package, release)
    assert scan_file(package, release) == ()


def test_a_file_that_was_only_rewritten_passes(package, release):
    change(package)
    assert scan_file(package, release) == ()


@pytest.mark.parametrize(
    ("statement", "fault", "where"),
    [
        ("CREATE TABLE entwurf (count INTEGER)", "unregistered", "entwurf"),
        ("CREATE TABLE gpkg_entwurf (count INTEGER)", "unregistered", "gpkg_entwurf"),
        ("CREATE TABLE rtree_entwurf (count INTEGER)", "unregistered", "rtree_entwurf"),
        ("CREATE TABLE gpkg_metadata (metadata TEXT)", "unregistered", "gpkg_metadata"),
        ("CREATE VIEW sicht AS SELECT * FROM werte", "views", "sicht"),
        (
            "CREATE TRIGGER gpkg_x AFTER INSERT ON werte BEGIN SELECT 17; END",
            "triggers",
            "gpkg_x",
        ),
        (
            "CREATE TRIGGER rtree_sozialraum_geom_x AFTER INSERT ON werte BEGIN SELECT 17; END",
            "triggers",
            "rtree_sozialraum_geom_x",
        ),
        ("CREATE INDEX i17 ON werte (area_id)", "indexes", "i17"),
        ("ALTER TABLE sozialraum ADD COLUMN persons INTEGER", "columns", "sozialraum.persons"),
        ("ALTER TABLE werte ADD COLUMN note TEXT", "columns", "werte.note"),
        ("ALTER TABLE pruefung ADD COLUMN note TEXT", "columns", "pruefung.note"),
        ("ALTER TABLE indikatoren ADD COLUMN note TEXT", "columns", "indikatoren.note"),
        ("ALTER TABLE werte ADD COLUMN numerator_2 TEXT DEFAULT '17'", "defaults", "werte"),
        ("UPDATE werte SET value = 4.2 WHERE state = 'suppressed'", "values", "werte.value"),
        ("UPDATE werte SET numerator = 2 WHERE state = 'suppressed'", "values", "werte.numerator"),
        ("UPDATE werte SET value = value + 0.01 WHERE fid = 5", "values", "werte.value"),
        ("UPDATE werte SET state = 'value' WHERE state = 'suppressed'", "values", "werte.state"),
        ("UPDATE werte SET area_id = 'x' WHERE fid = 5", "values", "werte.area_id"),
        ("UPDATE werte SET fid = 100000 WHERE fid = 5", "values", "werte.fid"),
        ("DELETE FROM werte WHERE fid = 5", "rows", "werte"),
        (
            f"INSERT INTO werte SELECT NULL, {', '.join(RELEASE_COLUMNS)} FROM werte WHERE fid = 5",
            "rows",
            "werte",
        ),
        (
            "UPDATE sozialraum SET sgb2_wert = 3 WHERE sgb2_wert IS NULL",
            "values",
            "sozialraum.sgb2_wert",
        ),
        ("UPDATE gemeinde SET sgb2_zaehler = 3", "values", "gemeinde.sgb2_zaehler"),
        ("UPDATE sozialraum SET name = 'Nord 17' WHERE fid = 2", "values", "sozialraum.name"),
        (
            "UPDATE sozialraum SET sgb2_klasse = '2' WHERE sgb2_wert IS NULL",
            "values",
            "sozialraum.sgb2_klasse",
        ),
        (
            "UPDATE sozialraum SET sgb2_zustand = 'zwei' WHERE sgb2_wert IS NULL",
            "values",
            "sozialraum.sgb2_zustand",
        ),
        ("UPDATE index_werte SET status_index = 17 WHERE fid = 5", "values", None),
        ("UPDATE hinweise SET z = 17 WHERE fid = 5", "values", "hinweise.z"),
        ("UPDATE hinweise SET p = 17 WHERE fid = 5", "values", "hinweise.p"),
        ("UPDATE hinweise_gebiete SET grade = '17' WHERE fid = 5", "values", None),
        *(
            (f"UPDATE {table} SET {column} = {forged}", "values", f"{table}.{column}")
            for table, column, forged in (
                ("hinweise", "stability", "17 WHERE stability > 0"),
                ("hinweise", "stability", "0.5 WHERE grade = 'none'"),
                ("hinweise", "kept", "2 WHERE kept > 0"),
                ("hinweise", "kept", "0 WHERE grade = 'not published'"),
                ("hinweise", "knn_grade", "'17' WHERE fid = 5"),
                ("hinweise_gebiete", "stability", "17 WHERE stability > 0"),
                ("hinweise_gebiete", "warning", "'17' WHERE fid = 5"),
                ("fruehwarnung", "points", "17 WHERE fid = 5"),
                ("fruehwarnung", "slope", "2 WHERE fid = 5"),
                ("fruehwarnung", "slope", "0.5 WHERE slope IS NULL"),
                ("fruehwarnung", "trend_p", "17 WHERE fid = 5"),
                ("fruehwarnung", "change_z", "17 WHERE fid = 5"),
                ("fruehwarnung", "ewma", "2 WHERE fid = 5"),
                ("fruehwarnung", "start", "'17' WHERE fid = 5"),
                ("fruehwarnung", "date", "'17' WHERE fid = 5"),
                ("fruehwarnung", "signal", "'17' WHERE fid = 5"),
                ("fruehwarnung", "pattern", "'17 hot spot' WHERE fid = 5"),
                ("fruehwarnung", "direction", "'17' WHERE fid = 5"),
                ("fruehwarnung", "grade", "'17' WHERE fid = 5"),
            )
        ),
        (
            "UPDATE pruefung SET content = replace(content, '24', '17000') WHERE key = 'flags'",
            "values",
            "pruefung.flags",
        ),
        ("UPDATE indikatoren SET note_de = '17 Personen'", "values", "indikatoren.note_de"),
        ("UPDATE quellen SET title = '17 Personen'", "values", "quellen.title"),
        (
            "UPDATE pruefung SET content = '[17]' WHERE key = 'sources'",
            "values",
            "pruefung.sources",
        ),
        ("INSERT INTO pruefung VALUES (99, 'notiz', '17')", "values", "pruefung.notiz"),
        (
            "UPDATE gpkg_contents SET description = 'Auental 08: 1717 Personen'",
            "beside",
            "gpkg_contents.description",
        ),
        ("UPDATE gpkg_contents SET last_change = '17'", "catalogue", "gpkg_contents.last_change"),
        (
            "UPDATE gpkg_data_columns SET description = '17'",
            "catalogue",
            "gpkg_data_columns.description",
        ),
        (
            "UPDATE gpkg_ogr_contents SET feature_count = 1717",
            "catalogue",
            "gpkg_ogr_contents.sozialraum",
        ),
        (
            "INSERT INTO gpkg_extensions VALUES ('a', 'b', '17', 'd', 'e')",
            "catalogue",
            "gpkg_extensions.17",
        ),
        (
            "INSERT INTO gpkg_spatial_ref_sys VALUES ('17', 17, '17', 17, '17', '17')",
            "catalogue",
            "gpkg_spatial_ref_sys.17",
        ),
        ("UPDATE layer_styles SET styleSLD = '17'", "catalogue", "layer_styles.styleSLD"),
        (
            restyled("</qgis>", "<layerMetadata>17</layerMetadata></qgis>"),
            "styles",
            None,
        ),
        (
            restyled("</qgis>", "<!-- 17 --></qgis>"),
            "comments",
            None,
        ),
        (
            restyled('value="0.15"', 'value="17"'),
            "styles",
            None,
        ),
        (
            restyled("</qgis>", "<mapTip>Auental 08: 1717</mapTip></qgis>"),
            "beside",
            None,
        ),
    ],
)
def test_planted_leaks_in_a_geopackage_are_found(package, release, statement, fault, where):
    change(package, statement)
    found = faults(package, release)
    assert fault in found
    assert where is None or where in found[fault]
    with pytest.raises(DisclosureError):
        check_file(package, release)


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE TABLE x AS SELECT * FROM werte", "DROP TABLE x"],
        ["UPDATE werte SET state = 'gestrichen' WHERE fid = 5", "DELETE FROM werte WHERE fid = 5"],
        ["DELETE FROM hinweise_gebiete WHERE fid = 5"],
    ],
)
def test_rows_that_were_deleted_but_are_still_readable_are_found(package, release, statements):
    with closing(sqlite3.connect(package, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
    assert "remnants" in faults(package, release)


def test_bytes_behind_the_last_page_and_files_beside_are_found(package, release):
    with package.open("ab") as stream:
        stream.write(b"secret")
    assert faults(package, release)["remnants"] == ("pages",)


def test_a_log_beside_the_file_is_found(package, release):
    package.with_name("a.gpkg-journal").write_bytes(b"17")
    assert faults(package, release) == {"remnants": ("a.gpkg-journal",)}


def test_shapes_must_be_those_of_the_release(package, release):
    moved = gpd.GeoSeries(release.areas.geometry).translate(17)
    other = other_release(release, areas=release.areas.set_geometry(moved))
    assert faults(package, other)["shapes"] == ("sozialraum", "gemeinde", "kreis")


def test_blocks_must_lie_in_the_areas_of_the_release(release, tmp_path):
    small = release.areas.index[release.areas["geography"] == "sozialraum"]
    blocks = pd.Index([f"b{i}" for i in range(len(small))], name="block_id", dtype="str")
    membership = pd.DataFrame({"sozialraum": small.astype("str")}, index=blocks, dtype="str")
    given = other_release(release, membership=membership)
    path = write_geopackage(tmp_path / "b.gpkg", given)
    assert scan_file(path, given) == ()
    assert faults(path, release) == {"values": ("zuordnung",)}
    change(path, f"UPDATE zuordnung SET area_id = '{small[3]}' WHERE block_id = 'b7'")
    assert faults(path, given) == {"values": ("zuordnung",)}


def other_release(release, **changes):
    """Return a release with other parts."""
    names = [name for name in release.__dataclass_fields__ if not name.startswith("_")]
    return type(release)(**{name: getattr(release, name) for name in names} | changes)


def test_all_faults_are_told_at_once_and_no_number(package, release):
    change(
        package,
        "CREATE TABLE gpkg_x (a INTEGER)",
        "UPDATE werte SET numerator = 1717 WHERE state = 'suppressed'",
    )
    change(package, "DROP TABLE gpkg_x", "ALTER TABLE pruefung ADD COLUMN note TEXT")
    with pytest.raises(DisclosureError) as caught:
        check_file(package, release)
    told = caught.value.text("de")
    assert "werte.numerator" in told
    assert "pruefung.note" in told
    assert "1717" not in told


def test_what_cannot_be_read_is_refused(tmp_path, release):
    for name, content in (("a.gpkg", b"x"), ("a.pdf", b"x"), ("a.xlsx", b"PK"), ("a.json", b"{")):
        path = tmp_path / name
        path.write_bytes(content)
        assert "unreadable" in faults(path, release), name
    empty = tmp_path / "leer.csv"
    empty.write_bytes(b"")
    assert faults(empty, release) == {"empty": ()}
    assert faults(tmp_path / "fehlt.csv", release) == {"empty": ()}
    strange = tmp_path / "a.sav"
    strange.write_bytes(b"17")
    assert faults(strange, release) == {"unknown": (".sav",)}


def test_every_kind_says_how_it_is_checked():
    for suffix in KINDS:
        assert how(f"a{suffix}", "de") == catalogue("scan")[f"how_{suffix[1:]}"]["de"]


def test_the_digests_of_leaflet_are_those_of_the_pages():
    from hashlib import sha256

    from sozialraum.webmaps.assets import leaflet

    for kind, name in (("script", "leaflet.js"), ("style", "leaflet.css")):
        assert LEAFLET[kind] == sha256(leaflet(name).encode()).hexdigest()


@pytest.fixture
def proposal(release, tmp_path):
    small = release.areas[release.areas["geography"] == "sozialraum"]
    units = release.areas[release.areas["geography"] == "gemeinde"]
    frame = small[["name", "municipality", "origin", "status", "geometry"]].assign(
        passes=True, fails=""
    )
    noun = Proposal(gpd.GeoDataFrame(frame), gpd.GeoDataFrame(units[["name", "geometry"]]))
    return write_proposal(tmp_path / "gebiete.gpkg", noun)


def test_a_proposal_holds_no_value(proposal, release):
    check_proposal(proposal)
    assert scan_file(proposal, release) == ()


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("ALTER TABLE gebiete ADD COLUMN residents INTEGER", "columns"),
        ("UPDATE gebiete SET fails = '17' WHERE fid = 2", "values"),
        ("UPDATE gebiete SET status = 17 WHERE fid = 2", "values"),
        ("UPDATE gebiete SET passes = 17 WHERE fid = 2", "values"),
        ("UPDATE gebiete SET decided_by = 'Auental 08: 1717 Personen' WHERE fid = 2", "beside"),
        ("CREATE TABLE werte (a INTEGER)", "unregistered"),
    ],
)
def test_counts_in_a_proposal_are_found(proposal, release, statement, fault):
    change(proposal, statement)
    assert fault in faults(proposal, release)
    with pytest.raises(DisclosureError):
        check_proposal(proposal)
