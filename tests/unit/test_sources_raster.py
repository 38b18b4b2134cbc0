"""Rasters: where cells lie, what stands for nothing, and what is refused."""

import warnings
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from affine import Affine
from shapely import box

from sozialraum.errors import SourceError
from sozialraum.model import Layer, Source
from sozialraum.sources.raster import read_raster

GRID = Affine(100, 0, 4_100_000, 0, -100, 3_100_000)
DEGREES = Affine(1 / 1200, 0, 7, 0, -1 / 1200, 51)
NUMBERS = np.arange(12, dtype="float32").reshape(3, 4)


def write(path, numbers=NUMBERS, crs="EPSG:3035", transform=GRID, bands=1, **options):
    rows, columns = numbers.shape
    facts = {"driver": "GTiff", "height": rows, "width": columns, "count": bands}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(
            path, "w", dtype=numbers.dtype, crs=crs, transform=transform, **facts, **options
        ) as file:
            for band in range(bands):
                file.write(numbers + band, band + 1)
    return path


def raised(message, path, **options):
    with pytest.raises(SourceError) as caught:
        read_raster(path, **options)
    assert caught.value.message == message
    assert caught.value.text("de") != caught.value.text("en")


def test_numbers_and_place(tmp_path):
    raster = read_raster(write(tmp_path / "a.tif", nodata=5))
    assert np.isnan(raster.values[1, 1])  # noqa: PD011 - an array
    assert np.nansum(raster.values) == NUMBERS.sum() - 5
    assert (raster.west, raster.north, raster.width, raster.height) == (4.1e6, 3.1e6, 100, 100)
    assert raster.crs.to_epsg() == 3035


def test_what_runs_northwards_or_westwards_is_turned(tmp_path):
    upwards = Affine(100, 0, 4_100_000, 0, 100, 3_099_700)
    raster = read_raster(write(tmp_path / "a.tif", NUMBERS[::-1], transform=upwards))
    assert (raster.values == NUMBERS).all()  # noqa: PD011 - an array
    assert raster.north == 3_100_000
    leftwards = Affine(-100, 0, 4_100_400, 0, -100, 3_100_000)
    raster = read_raster(write(tmp_path / "b.tif", NUMBERS[:, ::-1].copy(), transform=leftwards))
    assert (raster.values == NUMBERS).all()  # noqa: PD011 - an array
    assert raster.west == 4_100_000


def test_only_what_lies_around_some_shapes(tmp_path):
    path = write(tmp_path / "a.tif", np.arange(10_000, dtype="int32").reshape(100, 100))
    shape = box(4_102_010, 3_096_010, 4_102_290, 3_096_190)
    frame = gpd.GeoDataFrame(index=pd.Index(["k"], name="ags"), geometry=[shape], crs=3035)
    layer = Layer(frame.to_crs(25832), "ags", Source("", "Kreis"))
    raster = read_raster(path, within=layer)
    whole = read_raster(path)
    row, column = (
        int(n) for n in ((whole.north - raster.north) / 100, (raster.west - whole.west) / 100)
    )
    rows, columns = raster.values.shape  # noqa: PD011 - an array
    assert rows * columns < 60
    assert (raster.values == whole.values[row : row + rows, column : column + columns]).all()  # noqa: PD011 - an array
    assert raster.west <= 4_102_010 - 90
    assert raster.north >= 3_096_190
    far = Layer(frame.translate(1e5).to_frame("geometry"), "ags", Source("", "Kreis"))
    raised("rasters.elsewhere", path, within=far)


def test_bands_scale_and_what_stands_for_nothing(tmp_path):
    path = write(tmp_path / "a.tif", bands=3)
    raster = read_raster(path, band=2)
    assert (raster.values == NUMBERS + 1).all()  # noqa: PD011 - an array
    assert "2 von 3" in raster.notes[0]
    raised("rasters.no_such_band", path, band=4)
    with rasterio.open(path, "r+") as file:
        file.scales = (0.5, 1, 1)
    assert read_raster(path).values == pytest.approx(NUMBERS * 0.5)  # noqa: PD011 - an array
    odd = write(tmp_path / "b.tif", np.array([[-9999.0, 3], [np.inf, 4]]))
    raster = read_raster(odd)
    assert "-9999" in raster.notes[0]
    assert np.isnan(raster.values[1, 0])  # noqa: PD011 - an array
    assert np.nansum(read_raster(odd, nodata=-9999).values) == 7


def test_counts_in_degrees_keep_their_total(tmp_path):
    numbers = np.random.default_rng(2).integers(0, 40, (60, 80)).astype("float32")
    path = write(tmp_path / "pop.tif", numbers, "EPSG:4326", DEGREES)
    raised("rasters.not_metres", path)
    raster = read_raster(path, warp="sum")
    assert np.nansum(raster.values) == pytest.approx(numbers.sum(), rel=1e-4)
    assert raster.crs.to_epsg() == 3035
    classes = read_raster(path, warp="nearest")
    assert set(np.unique(classes.values[~np.isnan(classes.values)])) <= set(np.unique(numbers))  # noqa: PD011 - an array
    raised("rasters.no_such_warp", path, warp="mean")


def test_turned_rasters_and_web_maps(tmp_path):
    turned = write(tmp_path / "a.tif", transform=Affine(90, 9, 4_100_000, 9, -90, 3_100_000))
    raised("rasters.rotated", turned)
    assert np.nansum(read_raster(turned, warp="sum").values) == pytest.approx(
        NUMBERS.sum(), rel=1e-3
    )
    web = write(tmp_path / "b.tif", crs="EPSG:3857", transform=Affine(100, 0, 8e5, 0, -100, 66e5))
    raised("rasters.web_mercator", web)


def test_no_system_and_no_place(tmp_path):
    path = write(tmp_path / "a.tif", crs=None)
    raised("rasters.no_crs", path)
    assert read_raster(path, crs="EPSG:3035").crs.to_epsg() == 3035
    raised("sources.no_such_crs", path, crs="EPSG:1")
    picture = write(tmp_path / "b.tif", transform=Affine(1, 0, 0, 0, -1, 0))
    raised("rasters.not_placed", picture)


def test_what_is_no_geotiff_is_refused(tmp_path):
    other = write(tmp_path / "a.tif")
    vrt = tmp_path / "b.tif"
    vrt.write_text(f'<VRTDataset rasterXSize="4"><Source>{other}</Source></VRTDataset>')
    raised("rasters.not_geotiff", vrt)
    raised("sources.not_local", "/vsicurl/https://example.org/a.tif")
    raised("sources.no_file", tmp_path / "c.tif")
    cut = tmp_path / "d.tif"
    cut.write_bytes(other.read_bytes()[:60])
    with pytest.raises(SourceError) as caught:
        read_raster(cut)
    assert caught.value.message in ("rasters.not_readable", "rasters.damaged")
    raised("rasters.complex", write(tmp_path / "e.tif", NUMBERS.astype("complex64")))


def test_too_many_cells(tmp_path):
    path = tmp_path / "a.tif"
    facts = {"driver": "GTiff", "height": 20_000, "width": 20_000, "count": 1, "dtype": "uint8"}
    with rasterio.open(
        path, "w", crs="EPSG:3035", transform=GRID, tiled=True, SPARSE_OK=True, **facts
    ):
        pass
    raised("rasters.too_many_cells", path)


def test_zipped(tmp_path):
    path = write(tmp_path / "GHS_POP.tif")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(path, "ordner/GHS_POP.tif")
        archive.writestr("liesmich.txt", "x")
    assert read_raster(tmp_path / "a.zip").values.sum() == NUMBERS.sum()  # noqa: PD011 - an array
    assert "European Union" in read_raster(path).source.line()
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("liesmich.txt", "x")
    raised("rasters.none_in_zip", tmp_path / "b.zip")


def test_a_file_beside_the_raster_is_not_followed(tmp_path):
    path = write(tmp_path / "a.tif")
    beside = tmp_path / "a.tif.aux.xml"
    beside.write_text("<PAMDataset><SRS>EPSG:4326</SRS><Metadata domain='OVERVIEWS'/></PAMDataset>")
    assert read_raster(path).crs.to_epsg() == 3035
    assert beside.is_file()
