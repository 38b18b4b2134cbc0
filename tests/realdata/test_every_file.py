"""Every real file: the reader that takes it, its rows, system, keys and gaps, or the one error.

Rows are counted here once more, by other means than the readers'. Below, one test for each of
the 24 known traps of these files, or the test elsewhere that holds it.
"""

import csv
import fnmatch
import gzip
import json
import re
import sqlite3
import zipfile
from pathlib import Path

import numpy as np
import pytest

from sozialraum.errors import SourceError, SozialraumError
from sozialraum.schema import State
from sozialraum.sources import (
    inspect_file,
    read_census_grid,
    read_districts,
    read_municipalities,
    read_table,
)
from sozialraum.sources.elections import read_election
from sozialraum.sources.joins import join_report
from sozialraum.sources.points import read_points
from sozialraum.sources.raster import read_raster

TESTS = Path(__file__).parents[1]
REPAIRED = {"repair": True}
SCHOOLS = "points/nrw_schulen_2024_25_sozialindex_TRAP_leading_zero_lost.csv"
SCHOOL_OPTIONS = {"key": "Schulnummer", "x": "longitude", "y": "latitude", "crs": "EPSG:4326"}
MERCATOR = {"crs": "EPSG:3857"}
HALLE = "formats/zensus2011_official_layout"
LAYOUT = "formats/zensus2022_layout"
CELLS = "rhein_sieg/zensus2011_100m"
GHSL = "raster/heidelberg_ghsl"
FINE = "rhein_sieg/zensus2011_100m"
COARSE = "rhein_sieg/zensus2011_1km_rsk_bonn_bbox"
FIRST = "CRS3035RES100mN3054200E4106400"
KOELN = "planning_areas/koeln"
UTM, GRID = 25832, 3035
# file, reader, options, rows, system, first key, numbers that are missing
LOADED = [
    ("rhein_sieg/rsk_bonn_gemeinden_25832.gpkg", read_municipalities, {}, 20, UTM, "05314000", 0),
    ("rhein_sieg/rsk_bonn_gemeinden_4326.geojson", read_municipalities, {}, 20, UTM, "05314000", 0),
    (f"{CELLS}/csv_Haushalte_100m_Gitter.zip", read_census_grid, {}, 36_523, GRID, None, 0),
    (f"{FINE}_rsk_bonn_clipped.parquet", read_census_grid, {}, 23_930, GRID, FIRST, 0),
    (f"{COARSE}_spitze.csv", read_census_grid, {}, 3_072, GRID, None, 525),
    (f"{COARSE}_klassiert.csv", read_census_grid, {}, 3_072, GRID, None, 525),
    ("rhein_sieg/1000A-0000_rsk_bonn_de_flat.csv", read_table, {}, 20, None, "05314000", 0),
    ("rhein_sieg/rsk_bonn_schulen_2024_25_sozialindex.geojson", read_points, {}, 288, UTM, None, 0),
    ("rhein_sieg/btw2025_wahlkreise_rsk_bonn.geojson", read_districts, {}, 3, UTM, "95", 0),
    ("rhein_sieg/rsk_bonn_vg250_pk_points_25832.gpkg", read_points, {}, 20, UTM, None, 0),
    ("berlin_mss/lor_plr_pre2021.gpkg", read_districts, {}, 447, UTM, "01011101", 0),
    ("electoral/bottrop_kommunalwahlbezirke_2025.geojson", read_districts, {}, 27, UTM, "1", 0),
    ("school/RBS_OD_ESB_2012_12.geojson", read_districts, MERCATOR, 339, UTM, None, 0),
    (f"{KOELN}/Stadtbezirk/Stadtbezirk.shp", read_districts, {}, 9, UTM, "1", 0),
    (f"{KOELN}/Stadtteil/Stadtteil.shp", read_districts, REPAIRED, 86, UTM, "101", 0),
    (f"{KOELN}/Stadtviertel/Stadtviertel.shp", read_districts, REPAIRED, 371, UTM, None, 0),
    ("points/koeln_osm/amenity_doctors.geojson", read_points, {}, 108, UTM, None, 0),
    ("points/koeln_osm/amenity_hospital.geojson", read_points, {}, 32, UTM, None, 0),
    ("points/koeln_osm/amenity_kindergarten.geojson", read_points, {}, 246, UTM, None, 0),
    ("points/koeln_osm/amenity_library.geojson", read_points, {}, 68, UTM, None, 0),
    ("points/koeln_osm/amenity_pharmacy.geojson", read_points, {}, 364, UTM, None, 0),
    ("points/koeln_osm/amenity_school.geojson", read_points, {}, 228, UTM, None, 0),
    ("points/koeln_osm/amenity_social_facility.geojson", read_points, {}, 25, UTM, None, 0),
    ("tables/1000A-0000_1773175153999_de_flat.csv", read_table, {}, 10_786, None, None, 0),
    (f"{LAYOUT}/Zensus2022_Bevoelkerungszahl.zip", read_census_grid, {}, 2_547, GRID, None, 0),
    (
        f"{LAYOUT}/Leerstandsquote_in_Gitterzellen.zip",
        read_census_grid,
        {},
        2_547,
        GRID,
        None,
        None,
    ),
    (f"{HALLE}/Haushalte100m__rsk_bonn_20000rows.csv", read_census_grid, {}, 10_374, GRID, None, 0),
]
REFUSED = [
    ("germany/vg250_gem_germany_simplified.gpkg", read_municipalities, "sources.geometry_invalid"),
    ("school/RBS_OD_ESB_2012_12.geojson", read_districts, "sources.not_in_germany"),
    ("points/koeln_osm/amenity_school.geojson", read_districts, "sources.no_polygons"),
    ("tables/AI-N-01-2-5_1773175147935_de_flat.csv", read_table, "sources.nothing_counted"),
    ("rhein_sieg/AI-N-01-2-5_rsk_bonn_de_flat.csv", read_table, "sources.nothing_counted"),
    ("formats/genesis_flat/21611-0002_de_flat.csv", read_table, "sources.no_regions"),
    ("formats/genesis_flat/61111-0003_de_flat.zip", read_table, "sources.no_regions"),
    ("electoral/koeln_btw2013_result_stimmbezirk.csv", read_table, "sources.key_needed"),
    ("rhein_sieg/zensus2011_codes.csv", read_census_grid, "sources.not_a_grid_file"),
]
RASTERS = {
    "rhein_sieg/zensus2011_einwohner_1km_rsk_bonn_3035.tif": (48, 64, 1_000),
    f"{FINE}_demography_ALTER_10JG_1_rsk_bonn_3035.tif": (480, 640, 100),
    f"{FINE}_dwellings_NUTZUNG_DETAIL_HHGEN_4_rsk_bonn_3035.tif": (
        480,
        640,
        100,
    ),
    f"{FINE}_households_HHGROESS_KLASS_3_rsk_bonn_3035.tif": (480, 640, 100),
    f"{GHSL}/GHS_POP_E2015_GLOBE_R2019A_54009_1K_V1_0_heidelberg.tif": (
        10,
        15,
        1_000,
    ),
    f"{GHSL}/GHS_SMOD_POP2015_GLOBE_R2019A_54009_1K_V2_0_heidelberg.tif": (
        10,
        15,
        1_000,
    ),
    f"{GHSL}/GHS_BUILT_R2018A-Heidelberg.tif": (3, 3, 1_000),
}
TABLES = {
    "electoral/koeln_btw2013_result_stimmbezirk.csv": (1_024, "Wahlergebnis, Tabelle einer Stadt"),
    "planning_areas/koeln/bevoelkerung.csv": (29_135, "Tabelle"),
    "berlin_mss/mss_2013.csv": (447, "Tabelle"),
    "berlin_mss/mss_2017.csv": (447, "Tabelle"),
    "gisd/gisd_nordrhein-westfalen_kreis_2025v1.csv": (1_272, "Tabelle"),
    "rhein_sieg/zensus2011_codes.csv": (223, "Tabelle"),
    "scotland_simd/simd2016_indicator_descriptions.csv": (None, "Tabelle"),
}
GZIPPED = {
    "england_imd/imd2019_england_lsoa11.csv.gz": 32_844,
    "scotland_simd/simd2016_ranks.csv.gz": 6_976,
}
ELSEWHERE = {
    "electoral/koeln_stimmbezirke_2013/*": "test_a_citys_own_coordinate_system",
    "planning_areas/koeln/*/*": "test_a_citys_own_coordinate_system",
    "rhein_sieg/zensus2011_100m/*.zip": "test_census_2011_columns_equal_a_plain_pivot",
    "germany/vg250_gem_germany_simplified.gpkg": "test_municipalities_of_germany",
    "germany/zensus2011_100m_germany_19features.parquet": "test_germany_by_midpoints",
    "formats/zensus2022_layout/*.zip": "test_layout_of_the_census_2022",
    "formats/zensus2011_official_layout/*1km*.csv": "test_classes_are_never_summed",
    "tables/12411-*.csv": "test_a_dash_is_not_zero",
    "tables/13111-*.csv": "test_a_dash_is_not_zero",
    "rhein_sieg/12411-*.csv": "test_extracts_of_the_county",
    "berlin_mss/mss_2015.csv": "test_every_class_is_reproduced",
    "england_imd/*": "test_published_indices.py",
    "scotland_simd/*": "test_published_indices.py",
    "gisd/*": "test_published_indices.py",
    "points/nrw_schulen*": "test_lost_zeros_of_the_school_list",
    "raster/heidelberg_ghsl/GHS_BUILT_LDS*": "test_rasters",
}
"""Files whose test stands elsewhere, and where."""
NO_DATA = ("disclosure/*", "kommonitor/*", "*.md", "indicators.yaml")
TRAPS = {
    1: "realdata/test_sources_real.py::test_lost_zeros_of_the_school_list",
    2: "unit/test_joins.py::test_different_official_keys_are_never_joined",
    3: "realdata/test_shapes_real.py::test_municipalities_meet_the_census",
    4: "unit/test_sources_shapes.py::test_municipalities",
    5: "realdata/test_sources_real.py::test_census_2011_at_1_km",
    6: "unit/test_sources_census_topics.py::test_the_published_total_is_the_denominator",
    7: "realdata/test_sources_real.py::test_a_dash_is_not_zero",
    8: "realdata/test_sources_real.py::test_census_2011_at_1_km",
    9: "realdata/test_sources_real.py::test_classes_are_never_summed",
    10: "realdata/test_sources_real.py::test_a_citys_own_coordinate_system",
    11: "realdata/test_every_file.py::test_trap_11_swapped_axes",
    12: "realdata/test_every_file.py::test_trap_12_names_cut_after_ten_letters",
    13: "realdata/test_sources_real.py::test_umlauts_without_a_code_page",
    14: "realdata/test_sources_real.py::test_municipalities_of_germany",
    15: "realdata/test_every_file.py::test_trap_15_names_are_no_keys",
    16: "realdata/test_every_file.py::test_trap_16_postal_districts",
    17: "realdata/test_every_file.py::test_trap_17_districts_of_two_cities_share_numbers",
    18: "realdata/test_every_file.py::test_trap_18_mixed_levels",
    19: "realdata/test_every_file.py::test_trap_19_withheld_is_a_state",
    20: "realdata/test_every_file.py::test_trap_20_quoted_cells_and_places_outside",
    21: "realdata/test_census_real.py::test_germany_by_midpoints",
    22: "realdata/test_every_file.py::test_trap_22_half_a_cell",
    23: "realdata/test_every_file.py::test_trap_23_censuses_say_which_they_are",
    24: "realdata/test_every_file.py::test_trap_24_two_dates_in_one_table",
}


def rows_in(path):
    """Return the rows of a file by other means than the readers', None where they differ."""
    if path.suffix == ".geojson":
        return len(json.loads(path.read_text(encoding="utf-8"))["features"])
    if path.suffix == ".gpkg":
        with sqlite3.connect(path) as base:
            (name,) = base.execute("SELECT table_name FROM gpkg_contents").fetchone()
            return base.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
    if path.suffix == ".shp":
        return (path.with_suffix(".shx").stat().st_size - 100) // 8
    if path.suffix == ".csv" and "1km" in path.name:
        return len(path.read_text(encoding="latin-1").splitlines()) - 1
    return None


@pytest.mark.parametrize("case", LOADED, ids=lambda case: Path(case[0]).name)
def test_files_load_whole(shared, case):
    name, read, options, rows, system, first, missing = case
    noun = read(shared / name, **options)
    counted = rows_in(shared / name)
    assert counted in (rows, None)
    if not hasattr(noun, "frame"):
        assert noun.table["key"].nunique() == rows
        assert first is None or noun.table["key"].min() == first
        assert noun.table["value"].isna().sum() == missing
        return
    assert len(noun.frame) == rows
    assert noun.frame.index.is_unique
    assert noun.frame.crs.to_epsg() == system
    assert noun.frame.geometry.is_valid.all()
    assert first is None or noun.frame.index[0] == first
    if noun.additive and missing is not None:
        assert noun.frame[noun.additive[0]].isna().sum() == missing


@pytest.mark.parametrize(("name", "read", "message"), REFUSED)
def test_files_that_do_not_fit_say_why(shared, name, read, message):
    with pytest.raises(SourceError) as caught:
        read(shared / name)
    assert caught.value.message == message
    assert Path(name).name in caught.value.text("de")


@pytest.mark.parametrize("name", RASTERS)
def test_rasters(shared, name):
    raster = read_raster(shared / name)
    rows, columns, size = RASTERS[name]
    assert raster.values.shape == (rows, columns)
    assert f"{size} × {size} m" in repr(raster)


@pytest.mark.parametrize("name", TABLES)
def test_tables_without_a_reader_of_their_own_are_described(shared, name):
    facts, faults = inspect_file(shared / name)
    rows, kind = TABLES[name]
    assert faults == []
    assert dict(facts)["Art"] == kind
    counted = max(len(list(_rows(shared / name, sign))) - 1 for sign in ",;")
    assert int(dict(facts)["Zeilen"]) == counted
    assert rows in (counted, None)


def _rows(path, separator):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        yield from csv.reader(stream, delimiter=separator)


@pytest.mark.parametrize("name", GZIPPED)
def test_gzip_is_to_be_unpacked(shared, tmp_path, name):
    facts, _ = inspect_file(shared / name)
    assert "gzip" in dict(facts)["Art"]
    unpacked = tmp_path / "a.csv"
    unpacked.write_bytes(gzip.decompress((shared / name).read_bytes()))
    assert int(dict(inspect_file(unpacked)[0])["Zeilen"]) == GZIPPED[name]


def test_no_other_file_is_more_than_one_error(shared):
    """Descriptions, parts of shapefiles, JSON: all are told apart, none is a crash."""
    others = [
        path
        for folder in ("kommonitor", "disclosure", "formats/genesis_flat", "electoral")
        for path in sorted((shared / folder).rglob("*"))
        if path.is_file() and path.suffix != ".geojson"
    ]
    assert len(others) > 60
    for path in others:
        facts, faults = inspect_file(path)
        assert facts, path.name
        assert all(isinstance(fault, SozialraumError) for fault in faults)
        assert len(faults) <= 1


def test_the_table_is_complete(shared):
    named = {case[0] for case in (*LOADED, *REFUSED)} | {*RASTERS, *TABLES, *GZIPPED}
    patterns = (*ELSEWHERE, *NO_DATA)
    files = [p.relative_to(shared) for p in shared.rglob("*") if p.is_file()]
    left = [str(f) for f in files if str(f) not in named and not _matches(f, patterns)]
    assert left == []
    tests = "".join(path.name + path.read_text(encoding="utf-8") for path in TESTS.rglob("*.py"))
    assert all(f"def {name}(" in tests or name in tests for name in ELSEWHERE.values())
    assert named <= {str(f) for f in files}


def _matches(path, patterns):
    return any(fnmatch.fnmatch(str(path), pattern) for pattern in patterns)


@pytest.mark.parametrize("trap", TRAPS)
def test_every_trap_has_a_test(trap):
    path, name = TRAPS[trap].split("::")
    assert re.search(rf"^def {name}\(", (TESTS / path).read_text(encoding="utf-8"), re.MULTILINE)


def test_trap_11_swapped_axes(shared, tmp_path):
    source = shared / "electoral/bottrop_kommunalwahlbezirke_2025.geojson"
    tree = json.loads(source.read_text(encoding="utf-8"))

    def turned(part):
        return part[1::-1] if isinstance(part[0], float) else [turned(one) for one in part]

    for feature in tree["features"]:
        feature["geometry"]["coordinates"] = turned(feature["geometry"]["coordinates"])
    path = tmp_path / "swapped.geojson"
    path.write_text(json.dumps(tree))
    with pytest.raises(SourceError) as caught:
        read_districts(path)
    assert caught.value.message == "sources.axes_swapped"
    mended = read_districts(path, repair=True).frame
    assert mended.area.sum() == pytest.approx(read_districts(source).frame.area.sum(), rel=1e-6)


def test_trap_12_names_cut_after_ten_letters(shared):
    """A shapefile keeps ten letters; whoever writes the whole name means that column."""
    layer = read_districts(shared / f"{KOELN}/Stadtbezirk/Stadtbezirk.shp", key="SHAPE_AREA_QM")
    assert layer.key == "SHAPE_AREA"
    assert len(layer.frame) == 9


def test_trap_15_names_are_no_keys(shared):
    layer = read_districts(shared / "berlin_mss/lor_plr_pre2021.gpkg").frame
    assert layer.index.nunique() == 447
    twice = layer["name"][layer["name"].duplicated()]
    assert "Schloßstraße" in set(twice)


def test_trap_16_postal_districts(shared):
    path = shared / "electoral/koeln_btw2013_result_stimmbezirk.csv"
    columns = {"number": "Nr", "eligible": "Wahlberechtigte", "voters": "abgegeben"}
    columns |= {"valid": "gültig", "invalid": "ungültig"}
    rows = [row for row in _rows(path, ",") if row]
    at = rows[0].index("Wahlberechtigte")
    postal = [row for row in rows[1:] if row[at] in ("", "0")]
    assert (len(rows) - 1, len(postal)) == (1_024, 224)
    options = {"kind": "table", "columns": columns, "date": "2013-09-22"}
    with pytest.raises(SourceError) as caught:
        read_election(path, **options)
    assert "postal" in caught.value.text("de")
    dropped = read_election(path, postal="drop", **options).table
    assert dropped["key"].nunique() == 800


def test_trap_17_districts_of_two_cities_share_numbers(shared):
    """Equal numbers are no equal districts: the report says what the two layers are."""
    left = read_districts(shared / f"{KOELN}/Stadtbezirk/Stadtbezirk.shp")
    right = read_districts(shared / "electoral/bottrop_kommunalwahlbezirke_2025.geojson")
    report = join_report(left, right)
    assert report.matched == 9
    assert len(report.right.alone) == 18


def test_trap_18_mixed_levels(shared):
    path = shared / "tables/12411-01-01-4_1773175772751_de_flat.csv"
    table = read_table(path).table
    assert set(table["level"]) == {"county", "municipality"}
    lengths = table.groupby("level")["key"].agg(lambda keys: set(keys.str.len()))
    assert lengths.to_dict() == {"county": {5}, "municipality": {8}}


def test_trap_19_withheld_is_a_state(shared):
    path = shared / "tables/13111-01-03-4_1773175029986_de_flat.csv"
    table = read_table(path).table
    assert table["value"].isna().all()
    assert set(table["state"]) == {State.SUPPLIER, State.NOT_DELIVERED}


def test_trap_20_quoted_cells_and_places_outside(shared):
    rows = list(_rows(shared / SCHOOLS, ","))
    assert len(rows) - 1 == 5_407
    assert sum("," in cell for row in rows for cell in row) > 5_000
    unplaced = sum(not row[rows[0].index("latitude")] for row in rows[1:])
    options = {**SCHOOL_OPTIONS, "repair": True}
    layer = read_points(shared / SCHOOLS, **options)
    assert len(layer.frame) <= 5_407 - unplaced
    assert len(layer.frame) > 5_300


def test_trap_22_half_a_cell(shared, tmp_path):
    source = shared / "rhein_sieg/zensus2011_1km_rsk_bonn_bbox_spitze.csv"
    lines = source.read_text(encoding="latin-1").splitlines()
    moved = [lines[0]]
    for line in lines[1:50]:
        cells = line.split(";")
        cells[1] = str(int(cells[1]) + 500)
        moved.append(";".join(cells))
    path = tmp_path / "verschoben.csv"
    path.write_text("\n".join([*moved, ""]), encoding="latin-1")
    with pytest.raises(SourceError) as caught:
        read_census_grid(path)
    assert caught.value.message == "sources.half_cell"


def test_trap_23_censuses_say_which_they_are(shared):
    old = read_census_grid(shared / "rhein_sieg/zensus2011_1km_rsk_bonn_bbox_spitze.csv")
    new = read_census_grid(shared / f"{LAYOUT}/Zensus2022_Bevoelkerungszahl.zip")
    assert old.source.reference_date == "2011-05-09"
    assert new.source.reference_date == "2022-05-15"
    assert "2011" in old.source.attribution
    assert "2022" in new.source.attribution


def test_trap_24_two_dates_in_one_table(shared):
    """Values keep the date they are of; the territory's date stands in the source."""
    table = read_table(shared / "tables/12411-01-01-4_1773175772751_de_flat.csv").table
    assert table["date"].str.fullmatch(r"\d{4}-\d{2}-\d{2}").all()
    assert np.all(table["date"] <= "2024-12-31")


def test_members_of_official_archives_are_called_otherwise(shared):
    for path in sorted((shared / LAYOUT).glob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            assert all(Path(name).stem != path.stem for name in archive.namelist())
        assert dict(inspect_file(path)[0])["Art"] == "Zensusgitter"
