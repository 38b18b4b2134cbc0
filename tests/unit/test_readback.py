"""Reading our GeoPackage back: exactly what was written, and nothing that is not ours."""

import dataclasses
import sqlite3
from contextlib import closing

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from sozialraum.errors import SourceError
from sozialraum.export import write_geopackage
from sozialraum.files.readback import read_flags, read_index, read_release
from sozialraum.index import score
from sozialraum.model import Release
from support import make_flags, make_index, make_release


@pytest.fixture(scope="module")
def flags():
    release = make_release()
    areas = release.areas.copy()
    exclave = areas.geometry.iloc[0].union(areas.geometry.iloc[15].centroid.buffer(20))
    areas.loc[areas.index[0], "geometry"] = exclave
    lonely = shapely.MultiPolygon([areas.geometry.iloc[1]])
    areas.loc[areas.index[1], "geometry"] = lonely
    turned = areas.iloc[[*range(20, 44), *range(20)]]  # geographies mixed, county in between
    release = dataclasses.replace(release, areas=turned)
    return make_flags(release, make_index(release))


@pytest.fixture(scope="module")
def path(flags, tmp_path_factory):
    return write_geopackage(tmp_path_factory.mktemp("gpkg") / "a.gpkg", flags)


def same(found: Release, given: Release) -> None:
    pd.testing.assert_frame_equal(found.table, given.table)
    plain = [frame.drop(columns="geometry") for frame in (found.areas, given.areas)]
    pd.testing.assert_frame_equal(*(pd.DataFrame(frame) for frame in plain))
    assert shapely.to_wkb(found.areas.geometry.to_numpy()).tolist() == (
        shapely.to_wkb(given.areas.geometry.to_numpy()).tolist()
    )
    assert found.areas.crs == given.areas.crs
    for name in ("indicators", "policy", "audit", "title", "audience", "draft", "sources"):
        assert getattr(found, name) == getattr(given, name), name


def test_a_release_comes_back_as_it_was(path, flags):
    same(read_release(path), flags.release)


def test_index_and_flags_come_back_as_they_were(path, flags):
    index, found = read_index(path), read_flags(path)
    assert index is not None
    assert found is not None
    same(found.release, flags.release)
    pd.testing.assert_frame_equal(index.table, flags.index.table)
    pd.testing.assert_frame_equal(index.scores, flags.index.scores)
    assert (index.method, index.date, index.start) == (
        flags.index.method,
        "2025-12-31",
        "2023-12-31",
    )
    pd.testing.assert_frame_equal(found.table, flags.table)
    pd.testing.assert_frame_equal(found.areas, flags.areas)
    assert found.global_moran == flags.global_moran
    assert (found.rate, found.tests, found.islands) == (flags.rate, flags.tests, flags.islands)
    pd.testing.assert_frame_equal(found.warnings, flags.warnings)
    assert found.zonings == flags.zonings == 24
    assert found.index is not None


def test_writing_what_was_read_gives_the_same_file(path, tmp_path):
    again = write_geopackage(tmp_path / "b.gpkg", read_flags(path))
    assert again.read_bytes() == path.read_bytes()


def test_release_index_and_flags_read_one_by_one_are_written_together(path, tmp_path):
    nouns = read_release(path), read_index(path), read_flags(path)
    assert write_geopackage(tmp_path / "c.gpkg", *nouns).read_bytes() == path.read_bytes()


def test_an_index_scored_from_the_release_comes_back_as_it_was(tmp_path, flags):
    index = score(flags.release)
    found = read_index(write_geopackage(tmp_path / "a.gpkg", index))
    assert found is not None
    pd.testing.assert_frame_equal(found.table, index.table)
    pd.testing.assert_frame_equal(found.scores, index.scores)


def test_a_release_alone_has_no_index_and_no_flags(tmp_path, flags):
    path = write_geopackage(tmp_path / "a.gpkg", flags.release)
    assert read_index(path) is None
    assert read_flags(path) is None


def test_flags_without_an_index_stay_without(tmp_path):
    flags = make_flags(make_release(12 + 10))
    path = write_geopackage(tmp_path / "a.gpkg", flags)
    found = read_flags(path)
    assert found is not None
    assert found.index is None


def test_reading_leaves_the_file_untouched(path):
    before = path.read_bytes(), path.stat().st_mtime_ns
    read_flags(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert [p.name for p in path.parent.iterdir()] == ["a.gpkg"]


def test_other_files_are_refused_with_a_reason(tmp_path):
    with pytest.raises(SourceError, match="gibt es nicht"):
        read_release(tmp_path / "none.gpkg")
    text = tmp_path / "a.gpkg"
    text.write_text("name;value\n" * 200)
    with pytest.raises(SourceError, match="kein GeoPackage"):
        read_release(text)
    foreign = tmp_path / "foreign.gpkg"
    frame = gpd.GeoDataFrame({"value": [3]}, geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:25832")
    pyogrio.write_dataframe(frame, foreign, layer="sozialraum")
    with pytest.raises(SourceError, match="pruefung"):
        read_release(foreign)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE pruefung SET content = '\"99\"' WHERE key = 'format'", "anderen Aufbau"),
        ("UPDATE pruefung SET content = '{}' WHERE key = 'policy'", "Policy"),
    ],
)
def test_a_file_of_another_layout_is_refused(path, tmp_path, statement, message):
    other = tmp_path / "other.gpkg"
    other.write_bytes(path.read_bytes())
    with closing(sqlite3.connect(other)) as connection:
        connection.execute(statement)
        connection.commit()
    with pytest.raises(SourceError, match=message):
        read_release(other)
