"""Census cells of real files: Parquet and rasters hold what the text files hold."""

import zipfile

import numpy as np
import pandas as pd
import pytest

from sozialraum.sources import read_census_grid, read_municipalities
from sozialraum.sources.census_topics import TOPICS

WIDE = "rhein_sieg/zensus2011_100m_rsk_bonn_clipped.parquet"
GERMANY = "germany/zensus2011_100m_germany_19features.parquet"
OLD = "rhein_sieg/zensus2011_100m/csv_{}_100m_Gitter.zip"
RASTERS = {
    "demography_ALTER_10JG_1": "Demographie",
    "dwellings_NUTZUNG_DETAIL_HHGEN_4": "Wohnungen",
    "households_HHGROESS_KLASS_3": "Haushalte",
}


@pytest.fixture(scope="module")
def region(shared):
    return read_municipalities(shared / "rhein_sieg/rsk_bonn_gemeinden_25832.gpkg")


def test_columns_of_official_layouts_are_known(shared):
    """Every value column of the official archives stands in the table of topics."""
    found = 0
    for path in sorted((shared / "formats/zensus2022_layout").glob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if not name.endswith(".csv"):
                    continue
                header = archive.read(name).split(b"\n", 1)[0].decode("utf-8-sig").strip()
                columns = [c for c in header.split(";")[3:] if not c.startswith("werterl")]
                topic = name.split("/")[-1].removeprefix("Zensus2022_").rsplit("_", 1)[0]
                assert TOPICS[topic].split() == columns
                found += 1
    assert found >= 5


def test_wide_parquet_equals_the_long_text(shared):
    wide = read_census_grid(shared / WIDE)
    assert len(wide.frame) == 23_930
    assert wide.states is None
    assert not any("AGS" in column for column in wide.frame)
    long = read_census_grid(shared / OLD.format("Wohnungen")).frame
    columns = [c.removeprefix("dwellings_") for c in wide.frame if c.startswith("dwellings_")]
    ours = long.reindex(wide.frame.index)[columns].fillna(0)
    assert len(columns) > 40
    np.testing.assert_array_equal(
        ours.to_numpy(), wide.frame[[f"dwellings_{c}" for c in columns]].to_numpy()
    )


def test_germany_by_midpoints(shared, region):
    rows = pd.read_parquet(
        shared / GERMANY, columns=["x_mp_100m", "y_mp_100m", "demography_ALTER_10JG_1"]
    )
    assert len(rows) == 2_709_155
    variables = {"u10": "demography_ALTER_10JG_1"}
    large = read_census_grid(shared / GERMANY, resolution="10km", variables=variables)
    cells = rows.groupby([rows["y_mp_100m"] // 10_000, rows["x_mp_100m"] // 10_000])
    expected = cells["demography_ALTER_10JG_1"].sum()
    keys = [f"CRS3035RES10000mN{n}0000E{e}0000" for n, e in expected.index]
    assert large.frame["u10"].to_dict() == dict(zip(keys, expected, strict=True))
    part = read_census_grid(shared / GERMANY, within=region, variables=variables)
    clip = read_census_grid(shared / WIDE, variables=variables)
    inner = part.frame.index.intersection(clip.frame.index)
    assert len(inner) > 0.95 * len(clip.frame)
    assert part.frame["u10"][inner].equals(clip.frame["u10"][inner])


@pytest.mark.parametrize("name", RASTERS)
def test_rasters_equal_the_text(shared, name):
    raster = read_census_grid(shared / f"rhein_sieg/zensus2011_100m_{name}_rsk_bonn_3035.tif")
    code = name.split("_", 1)[1]
    text = read_census_grid(shared / OLD.format(RASTERS[name]), variables={"n": code}).frame["n"]
    found = raster.frame[raster.additive[0]]
    assert found.sum() > 20_000
    assert found[found > 0].to_dict() == text.reindex(found[found > 0].index).to_dict()
    summed = read_census_grid(
        shared / OLD.format(RASTERS[name]), variables={"n": code}, resolution="1km"
    )
    assert summed.frame["n"].sum() == text.sum()


def test_the_raster_at_1_km_equals_the_text(shared):
    text = read_census_grid(shared / "rhein_sieg/zensus2011_1km_rsk_bonn_bbox_spitze.csv")
    raster = read_census_grid(shared / "rhein_sieg/zensus2011_einwohner_1km_rsk_bonn_3035.tif")
    found = raster.frame[raster.additive[0]].dropna()
    expected = text.frame["Einwohner"].dropna()
    assert found[found > 0].to_dict() == expected[found[found > 0].index].to_dict()
    assert found.sum() == expected.sum()


def test_a_box_holds_the_cells_of_the_county(shared, region):
    path = shared / OLD.format("Wohnungen")
    variables = {"n": "HEIZTYP_5"}
    county = read_census_grid(path, within=region, variables=variables)
    box = read_census_grid(path, within=region.frame.total_bounds.tolist(), variables=variables)
    assert len(box.frame) > len(county.frame)
    assert set(county.frame.index) <= set(box.frame.index)
