"""Points and rasters of real files; numbers are computed here by hand."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio

from sozialraum.errors import SourceError
from sozialraum.sources import read_municipalities
from sozialraum.sources.points import read_points
from sozialraum.sources.raster import read_raster

KOELN = {
    "doctors": 108,
    "hospital": 32,
    "kindergarten": 246,
    "library": 68,
    "pharmacy": 364,
    "school": 228,
    "social_facility": 25,
}


@pytest.mark.parametrize("kind", KOELN)
def test_points_of_openstreetmap(shared, kind):
    path = shared / f"points/koeln_osm/amenity_{kind}.geojson"
    layer = read_points(path)
    assert len(layer.frame) == KOELN[kind]
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    expected = gpd.GeoSeries.from_xy(
        *np.array([f["geometry"]["coordinates"][:2] for f in features]).T, crs=4326
    )
    expected = expected.to_crs(25832).total_bounds
    assert layer.frame.total_bounds == pytest.approx(expected, abs=0.01)


def test_schools_of_the_county(shared):
    path = shared / "rhein_sieg/rsk_bonn_schulen_2024_25_sozialindex.geojson"
    layer = read_points(path, key="Schulnummer", capacity="Anzahl")
    raw = gpd.read_file(path)
    assert len(layer.frame) == 288
    assert layer.frame["Anzahl"].sum() == raw["Anzahl"].astype(int).sum()
    county = read_municipalities(
        shared / "rhein_sieg/rsk_bonn_gemeinden_25832.gpkg", county="05382"
    )
    with pytest.raises(SourceError) as caught:
        read_points(path, key="Schulnummer", within=county)
    assert caught.value.message == "points.faulty"
    inside = read_points(path, key="Schulnummer", within=county, margin=500, repair=True)
    assert set(inside.frame["Amtlicher Gemeindeschlüssel"].str[:5]) >= {"05382"}
    assert len(inside.frame) < 288


def test_schools_of_the_land_with_lost_zeros_and_strayed_points(shared):
    path = shared / "points/nrw_schulen_2024_25_sozialindex_TRAP_leading_zero_lost.csv"
    with pytest.raises(SourceError) as caught:
        read_points(path, key="Schulnummer")
    assert caught.value.message == "sources.leading_zero_lost"
    layer = read_points(path, key="Schulnummer", repair=True)
    raw = pd.read_csv(path, dtype=str)
    lon, lat = raw["longitude"].astype(float), raw["latitude"].astype(float)
    sound = lon.between(5.4, 15.6) & lat.between(46.9, 55.5)
    assert len(raw) == 5_407
    assert sorted(layer.frame.index) == sorted(raw.loc[sound, "Schulnummer"])
    keys = "0" + raw.loc[sound].set_index("Schulnummer")["Amtlicher Gemeindeschlüssel"]
    assert (layer.frame["Amtlicher Gemeindeschlüssel"] == keys[layer.frame.index]).all()


def test_middles_of_the_municipalities(shared):
    layer = read_points(shared / "rhein_sieg/rsk_bonn_vg250_pk_points_25832.gpkg", key="AGS")
    assert len(layer.frame) == 20
    assert layer.frame["name"]["05382060"] == "Siegburg"


def test_rasters_stay_as_they_are(shared):
    files = [*shared.glob("raster/heidelberg_ghsl/*.tif"), *shared.glob("rhein_sieg/*.tif")]
    assert len(files) == 8
    for path in files:
        raster = read_raster(path)
        with rasterio.open(path) as file:
            expected = np.ma.filled(file.read(1, masked=True).astype(float), np.nan)
            bounds = file.bounds
        np.testing.assert_array_equal(raster.values, expected)
        assert (raster.west, raster.north) == (bounds.left, bounds.top)
        assert raster.crs.is_projected
    population = next(p for p in files if "GHS_POP_E2015" in p.name)
    raster = read_raster(population)
    assert raster.crs.to_authority() == ("ESRI", "54009")
    assert np.nansum(raster.values) == pytest.approx(150_487.45, abs=0.01)
    assert np.isnan(raster.values).sum() == 48
    assert "European Union" in raster.source.line()
