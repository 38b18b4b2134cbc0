"""Real files with shapes, and the same data in the formats that other senders use."""

import warnings
import zipfile

import geopandas as gpd
import pyogrio
import pytest

from sozialraum.errors import SourceError
from sozialraum.sources import read_districts, read_municipalities, read_table
from sozialraum.sources.joins import join_report


@pytest.fixture(scope="module")
def county(shared):
    return gpd.read_file(shared / "rhein_sieg/rsk_bonn_gemeinden_25832.gpkg").query(
        "AGS.str.startswith('05382')"
    )


def written(frame, path, **options):
    with warnings.catch_warnings(record=True, action="always"):
        pyogrio.write_dataframe(frame, path, **options)
    return path


@pytest.mark.parametrize("crs", [4326, 31467, 4647, 25833, 3857, 31466, 3035])
@pytest.mark.parametrize("ending", ["shp", "gpkg", "fgb", "geojson", "gml"])
def test_the_county_in_every_format_and_system(county, tmp_path, crs, ending):
    path = written(county.to_crs(crs), tmp_path / f"vg250_gem.{ending}")
    layer = read_municipalities(path, county="05382")
    assert len(layer.frame) == 19
    assert layer.frame["name"]["05382060"] == "Siegburg"
    assert layer.frame.area.sum() == pytest.approx(county.area.sum(), rel=2e-5)
    assert any("umgerechnet" in note for note in layer.notes)


def test_the_county_as_kml_and_in_nested_archives(county, tmp_path):
    degrees = county.to_crs(4326).rename(columns={"GEN": "name"})
    path = written(degrees, tmp_path / "gemeinden.kml", driver="LIBKML")
    assert len(read_municipalities(path, county="05382").frame) == 19
    written(county, tmp_path / "VG250_GEM.gdb", driver="OpenFileGDB")
    inner, outer = tmp_path / "gdb.zip", tmp_path / "lieferung.zip"
    with zipfile.ZipFile(inner, "w") as archive:
        for part in (tmp_path / "VG250_GEM.gdb").iterdir():
            archive.write(part, f"daten/VG250_GEM.gdb/{part.name}")
    with zipfile.ZipFile(outer, "w") as archive:
        archive.write(inner, "kreis/gdb.zip")
    assert len(read_municipalities(outer, county="05382").frame) == 19


def test_overlaps_and_gaps_of_real_districts(shared):
    path = shared / "electoral/koeln_stimmbezirke_2013/Stimmbezirk.shp"
    notes = read_districts(path, repair=True).notes
    (overlaps,) = [note for note in notes if "Überlappungen" in note]
    # two polling districts share three hectares; everything else is drawing
    assert "388, zusammen" in overlaps
    assert "(30505 / 30506" in overlaps
    assert overlaps.endswith("387.")
    shapes = gpd.read_file(path).set_index("NUMMER").geometry.make_valid()
    shared_area = shapes["30505"].intersection(shapes["30506"]).area
    assert f"die größte {shared_area:.0f} m²" in overlaps
    bottrop = read_districts(shared / "electoral/bottrop_kommunalwahlbezirke_2025.geojson")
    assert all("< 1 m²" in n for n in bottrop.notes if "Lücken" in n or "Überl" in n)


def test_web_mercator_is_recognised_by_its_coordinates(shared):
    with pytest.raises(SourceError) as caught:
        read_districts(shared / "school/RBS_OD_ESB_2012_12.geojson")
    assert 'crs="EPSG:3857"' in caught.value.text("de")


def test_points_are_no_districts(shared):
    for name in ("points/koeln_osm/amenity_school.geojson",
                 "rhein_sieg/rsk_bonn_vg250_pk_points_25832.gpkg"):  # fmt: skip
        with pytest.raises(SourceError) as caught:
            read_districts(shared / name)
        assert caught.value.message == "sources.no_polygons"


def test_municipalities_meet_the_census(shared):
    germany = read_municipalities(shared / "germany/vg250_gem_germany_simplified.gpkg", repair=True)
    census = read_table(shared / "tables/1000A-0000_1773175153999_de_flat.csv", name="zensus")
    report = join_report(germany, census)
    assert report.left.keys == 10_990
    assert report.right.keys == 10_786
    # boundaries of two dates, and areas without inhabitants that belong to no municipality
    assert report.matched == 10_990 - len(report.left.alone) == 10_786 - len(report.right.alone)
    ours = set(germany.frame.index) & set(census.table["key"])
    assert report.matched == len(ours)
    assert (report.left.key_type, report.right.key_type) == ("ags", "ags")
    assert not report.complete
