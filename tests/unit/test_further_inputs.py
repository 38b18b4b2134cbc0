"""What the tables of other numbers in a project file ask of the readers."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from rasterio.transform import from_origin
from shapely import box

from sozialraum.config import Config
from sozialraum.errors import ConfigError
from sozialraum.model import Layer, Source
from sozialraum.pipeline.checking import check_carried
from sozialraum.pipeline.inputs import Inputs
from sozialraum.pipeline.making import Making
from sozialraum.sources import read_census_grid

PROJECT = {
    "project": {"title": "Kreis", "county": "Kreis"},
    "municipalities": {"file": "vg250.gpkg"},
    "blocks": {},
    "indicators": {"file": "indicators.toml"},
}
WEST, SOUTH = 4_100_000, 3_050_000


def inputs(folder, **tables) -> Inputs:
    """Return the inputs of a project whose county is a square of 1 km."""
    found = Inputs(Config.model_validate({**PROJECT, **tables, "folder": folder}))
    square = box(WEST, SOUTH, WEST + 1000, SOUTH + 1000)
    index = pd.Index(["05999001"], name="ags", dtype="str")
    frame = gpd.GeoDataFrame({"name": ["A"]}, geometry=[square], index=index, crs=3035)
    found.__dict__["municipalities"] = Layer(frame, "ags", Source("Amt", "Gemeinden"))
    return found


def cells(folder, east: list[int]) -> str:
    """Write cells of 1 km beside the county; return the name of the file."""
    rows = [f"CRS3035RES1000mN{SOUTH}E{WEST + e};{WEST + e + 500};{SOUTH + 500};10" for e in east]
    head = "GITTER_ID_1km;x_mp_1km;y_mp_1km;Einwohner"
    name = "Zensus2022_Bevoelkerungszahl_1km-Gitter.csv"
    (folder / name).write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    return name


def test_neighbours_are_read_as_far_as_they_may_share_a_place(tmp_path):
    file = cells(tmp_path, [-90_000, -3_000, 0, 3_000, 90_000])
    asked = {"file": file, "variables": {"residents": "Einwohner"}}
    part = {"name": "kita", "file": "p.csv", "method": "2sfca", "reach": 1500, "around": asked}
    (found,) = inputs(tmp_path, access=[part]).around
    assert len(found.frame) == 3
    # how far minutes lead is not known
    by_car = {**part, "travel": {"file": "w.csv", "origin": "von", "unit": "minutes"}}
    (found,) = inputs(tmp_path, access=[by_car]).around
    pd.testing.assert_index_equal(found.frame.index, read_census_grid(tmp_path / file).frame.index)


def test_rasters_without_a_system_and_points_with_columns_of_their_own(tmp_path):
    options = {"driver": "GTiff", "width": 20, "height": 20, "count": 1, "dtype": "int16"}
    place = from_origin(WEST, SOUTH + 1000, 50, 50)
    with rasterio.open(tmp_path / "land.tif", "w", transform=place, **options) as file:
        numbers = np.full((20, 20), 3, np.int16)
        numbers[0, 0] = -1
        file.write(numbers, 1)
    part = {"name": "land", "file": "land.tif", "crs": "EPSG:3035", "nodata": -1}
    (raster,) = inputs(tmp_path, rasters=[part]).rasters
    assert np.isnan(raster.values).sum() == 1
    table = "id;hier;dort;art\nA;6,95;50,93;Kita\nB;7,05;50,95;Kita\nC;50,9;7,0;Kita\n"
    (tmp_path / "punkte.csv").write_text(table, encoding="utf-8")
    part = {"name": "kita", "file": "punkte.csv", "key": "id", "x": "hier", "y": "dort"}
    (points,) = inputs(tmp_path, access=[{**part, "reach": 300, "repair": True}]).points
    assert points.frame.index.tolist() == ["A", "B"]


def test_a_delivery_that_is_not_there_cannot_be_carried():
    config = Config.model_validate(
        {**PROJECT, "carried": [{"delivery": "wahl", "shapes": {"file": "w.gpkg"}}]}
    )
    present = SimpleNamespace(config=config, deliveries=[SimpleNamespace(name="sgb2")])
    with pytest.raises(ConfigError, match=r"nicht: wahl\. Vorhanden sind: sgb2\."):
        check_carried(present)
    with pytest.raises(ConfigError, match=r"Vorhanden sind: –\."):
        check_carried(SimpleNamespace(config=config, deliveries=[]))
    check_carried(SimpleNamespace(config=config, deliveries=[SimpleNamespace(name="wahl")]))


@pytest.mark.parametrize(
    ("tables", "counts", "found"),
    [
        ({"districts": [{"file": "w.gpkg"}]}, ["residents", "u15"], "residents"),
        ({"districts": [{"file": "w.gpkg"}]}, ["u15"], None),
        # of cells the register itself is read again, with all its dates
        ({"cells": [{"file": "z.zip", "variables": {"a": "b"}}]}, ["residents"], None),
    ],
)
def test_residents_of_blocks_that_are_districts(tables, counts, found):
    config = Config.model_validate({**PROJECT, "blocks": {**tables, "register": "register"}})
    blocks = SimpleNamespace(counts=pd.DataFrame(columns=counts))
    assert Making._residents(SimpleNamespace(config=config), blocks) == found
