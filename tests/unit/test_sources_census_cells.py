"""Cells as Parquet, GeoParquet and raster; cells added up; windows as boxes."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from sozialraum.errors import SourceError
from sozialraum.model import Layer, Source
from sozialraum.schema import State
from sozialraum.sources import read_census_grid
from sozialraum.sources.grid import Corners, corners_of, keys_of, squares

NORTH, EAST = 3_051_000, 4_097_000


@pytest.fixture
def cells():
    """Return 40 × 40 cells of 100 m with counts, some of them missing."""
    random = np.random.default_rng(5)
    place = random.permutation(1600)[:900]
    corners = Corners(NORTH + place // 40 * 100, EAST + place % 40 * 100, 100)
    frame = pd.DataFrame(
        {
            "GITTER_ID_100m": keys_of(corners).to_pylist(),
            "x_mp_100m": corners.east + 50,
            "y_mp_100m": corners.north + 50,
            "Einwohner": random.integers(3, 90, 900),
        }
    )
    frame["Unter18"] = np.where(random.random(900) < 0.01, np.nan, frame["Einwohner"] // 5)
    return frame, corners


def as_csv(frame, path):
    text = frame.astype({"Unter18": "Int64"}).to_csv(sep=";", index=False, na_rep="–")
    path.write_text(text, encoding="utf-8")
    return path


def larger(frame, size):
    north = (frame["y_mp_100m"] // size * size).astype(str)
    east = (frame["x_mp_100m"] // size * size).astype(str)
    return frame.groupby(f"CRS3035RES{size}mN" + north + "E" + east)


@pytest.mark.parametrize(("resolution", "size"), [("1km", 1000), ("10km", 10_000)])
def test_added_up_counts_are_plain_sums(tmp_path, cells, resolution, size):
    frame, _ = cells
    layer = read_census_grid(as_csv(frame, tmp_path / "a.csv"), resolution=resolution)
    groups = larger(frame, size)
    expected = groups["Einwohner"].sum().sort_index()
    assert layer.frame["Einwohner"].to_dict() == expected.to_dict()
    assert layer.frame.area.tolist() == pytest.approx([size**2] * len(expected))
    missing = groups["Unter18"].apply(lambda part: part.isna().any()).sort_index().to_numpy()
    assert missing.any()
    assert layer.states is not None
    supplier = layer.states["Unter18"] == State.SUPPLIER
    np.testing.assert_array_equal(supplier, missing)
    np.testing.assert_array_equal(layer.frame["Unter18"].isna(), missing)
    known = groups["Unter18"].sum().sort_index()
    np.testing.assert_array_equal(layer.frame["Unter18__at_least"], known)
    assert "Unter18__at_least" not in layer.additive
    assert "Einwohner__at_least" not in layer.frame
    assert any("zusammengezählt" in text for text in layer.notes)
    assert "100m zu" in layer.source.changes


def test_expressions_are_computed_before_adding_up(tmp_path, cells):
    frame, _ = cells
    path = as_csv(frame, tmp_path / "a.csv")
    layer = read_census_grid(path, resolution="1km", variables={"many": "max(0, Einwohner - 40)"})
    expected = larger(frame.assign(many=(frame["Einwohner"] - 40).clip(lower=0)), 1000)["many"]
    assert layer.frame["many"].to_dict() == expected.sum().to_dict()


def test_larger_cells_are_whole_where_the_window_cuts_them(tmp_path, cells):
    frame, _ = cells
    path = as_csv(frame, tmp_path / "a.csv")
    whole = read_census_grid(path, resolution="1km")
    box = (EAST + 1_450, NORTH + 1_450, EAST + 1_550, NORTH + 2_050)
    part = read_census_grid(path, resolution="1km", within=box)
    assert len(part.frame) == 2
    kept = whole.frame.loc[part.frame.index, "Einwohner"]
    assert part.frame["Einwohner"].tolist() == kept.tolist()
    with pytest.raises(SourceError) as caught:
        read_census_grid(path, resolution="1km", within=(4e6, 3e6, 4.001e6, 3.001e6))
    assert caught.value.message == "sources.no_cell_within"


def test_shares_are_not_added_up(tmp_path, cells):
    frame, _ = cells
    path = tmp_path / "a.csv"
    mixed = frame.drop(columns="Unter18").assign(AnteilUnter18="12,5", Unter18=1)
    as_csv(mixed, path)
    layer = read_census_grid(path, resolution="1km")
    assert layer.additive == ("Einwohner", "Unter18")
    assert layer.shares == ()
    assert any("AnteilUnter18" in text for text in layer.notes)
    for variables in ({"u18": "AnteilUnter18"}, {"u18": "Einwohner * AnteilUnter18"}):
        with pytest.raises(SourceError) as caught:
            read_census_grid(path, resolution="1km", variables=variables)
        assert caught.value.message == "sources.shares_summed"
    only = path.with_name("only.csv")
    mixed[["GITTER_ID_100m", "x_mp_100m", "y_mp_100m", "AnteilUnter18"]].to_csv(
        only, sep=";", index=False
    )
    with pytest.raises(SourceError) as caught:
        read_census_grid(only, resolution="1km")
    assert caught.value.ids == ("AnteilUnter18",)


def test_larger_cells_of_the_long_layout(tmp_path):
    path = tmp_path / "Wohnungen100m.csv"
    lines = ["Gitter_ID_100m,Gitter_ID_100m_neu,Merkmal,Auspraegung_Code,Auspraegung_Text,Anzahl"]
    for column, count in ((0, 3), (1, 4), (12, 5)):
        east = EAST + 100 * column
        keys = f"100mN{NORTH // 100}E{east // 100},CRS3035RES100mN{NORTH}E{east}"
        lines.append(f"{keys},HEIZTYP    ,1,Fernheizung,{count}")
    path.write_text("\n".join(lines) + "\n", encoding="latin-1")
    layer = read_census_grid(path, resolution="1km")
    assert layer.frame["HEIZTYP_1"].tolist() == [7, 5]


@pytest.mark.parametrize("kind", ["keys", "midpoints", "short names", "squares", "points", "text"])
def test_parquet_holds_the_same_cells(tmp_path, cells, kind):
    frame, corners = cells
    expected = read_census_grid(as_csv(frame, tmp_path / "a.csv"))
    numbers = frame[["Einwohner", "Unter18"]]
    path = tmp_path / "zensus2022.parquet"
    if kind == "keys":
        frame.drop(columns=["x_mp_100m", "y_mp_100m"]).to_parquet(path)
    elif kind == "midpoints":
        frame.drop(columns="GITTER_ID_100m").to_parquet(path)
    elif kind == "short names":
        middle = {"x": corners.east + 50.0, "y": corners.north + 50.0}
        numbers.assign(**middle, ags="05382060").to_parquet(path)
    elif kind == "text":
        written = frame.assign(Unter18=frame["Unter18"].astype("Int64").astype("string"))
        written["Unter18"] = written["Unter18"].fillna("–").astype("category")
        written.assign(Ort="Aue", Schluessel="05382060").to_parquet(path)
    else:
        shapes = squares(corners)
        shapes = shapely.centroid(shapes) if kind == "points" else shapes
        gpd.GeoDataFrame(numbers, geometry=shapes, crs=3035).to_parquet(path)
    layer = read_census_grid(path)
    assert layer.additive == ("Einwohner", "Unter18")
    columns = ["Einwohner", "Unter18", "geometry"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(layer.frame[columns]),
        pd.DataFrame(expected.frame[columns]),
        check_dtype=False,
    )
    assert "Zensus 2022" in layer.source.line()
    assert layer.states is not None
    state = State.SUPPLIER if kind == "text" else State.NOT_DELIVERED
    assert set(layer.states["Unter18"]) == {State.VALUE, state}
    zero = read_census_grid(path, variables={"u18": "Unter18"}, dash_is_zero=True)
    assert zero.frame["u18"].sum() == frame["Unter18"].sum()
    assert zero.states is None


def test_blank_categories_of_2011_are_rows_that_were_left_out(tmp_path):
    path = tmp_path / "zellen.parquet"
    frame = pd.DataFrame(
        {
            "x_mp_100m": [4097050, 4097150],
            "y_mp_100m": [3051050, 3051050],
            "dwellings_HEIZTYP_1": [3, None],
        }
    )
    frame.to_parquet(path)
    layer = read_census_grid(path)
    assert layer.frame["dwellings_HEIZTYP_1"].tolist() == [3, 0]
    assert layer.source.reference_date == "2011-05-09"
    assert any("SAFE" in text for text in layer.notes)
    frame.rename(columns={"dwellings_HEIZTYP_1": "people"}).to_parquet(path)
    unnamed = read_census_grid(path)
    assert unnamed.frame["people"].isna().tolist() == [False, True]
    assert unnamed.source.provider == "zellen.parquet"


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"x": [4097000.0], "y": [3051000.0], "n": [1]}), "census.not_midpoints"),
        (pd.DataFrame({"n": [1]}), "census.no_cells"),
        (pd.DataFrame({"x": [4097050.0], "y": [3051050.0], "n": [-4]}), "sources.cells_negative"),
        (pd.DataFrame({"x": [4097050.0], "y": [3051050.0]}), "census.nothing_counted"),
        (
            pd.DataFrame({"x": [4097050.0] * 2, "y": [3051050.0] * 2, "n": 1}),
            "census.cells_repeated",
        ),
        (pd.DataFrame({"x": pd.Series([], dtype=float)}), "sources.empty_file"),
        (
            gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.box(0, 0, 100, 100)], crs=25832),
            "census.shapes_elsewhere",
        ),
    ],
)
def test_parquet_without_cells(tmp_path, frame, message):
    path = tmp_path / "a.parquet"
    frame.to_parquet(path)
    with pytest.raises(SourceError) as caught:
        read_census_grid(path)
    assert caught.value.message == message
    assert caught.value.text("de")


def test_damaged_parquet(tmp_path, cells):
    path = tmp_path / "a.parquet"
    cells[0].to_parquet(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(SourceError) as caught:
        read_census_grid(path)
    assert caught.value.message == "census.not_parquet"
    # the description at the end is whole, the numbers before it are not
    path.write_bytes(data[:4] + bytes(len(data) // 2) + data[4 + len(data) // 2 :])
    with pytest.raises(SourceError):
        read_census_grid(path)


def raster(path, values, *, west=4_096_000, crs="EPSG:3035", size=1000):
    transform = from_origin(west, 3_099_000, size, size)
    rows, columns = values.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=columns,
        height=rows,
        count=1,
        dtype="int32",
        nodata=-9999,
        crs=crs,
        transform=transform,
    ) as file:
        file.write(values.astype("int32"), 1)


def test_a_raster_of_one_characteristic(tmp_path):
    path = tmp_path / "zensus2011_1km_einwohner.tif"
    raster(path, np.array([[5, -9999], [-1, 7]]))
    layer = read_census_grid(path, variables={"residents": "einwohner"})
    assert layer.frame["residents"].to_dict() == pytest.approx(
        {
            "CRS3035RES1000mN3097000E4096000": np.nan,
            "CRS3035RES1000mN3097000E4097000": 7,
            "CRS3035RES1000mN3098000E4096000": 5,
        },
        nan_ok=True,
    )
    assert layer.states is not None
    assert layer.states["residents"].iloc[0] == State.SUPPLIER
    box = (4_096_100, 3_098_100, 4_096_900, 3_098_900)
    assert read_census_grid(path, within=box).frame["einwohner"].tolist() == [5]
    summed = read_census_grid(path, resolution="10km").frame
    assert summed["einwohner__at_least"].tolist() == [12]
    wrong: list[dict[str, Any]] = [{"west": 4_096_500}, {"crs": "EPSG:25832"}, {"size": 250}]
    for options in wrong:
        raster(path, np.array([[5]]), **options)
        with pytest.raises(SourceError) as caught:
            read_census_grid(path)
        assert caught.value.message == "census.raster_elsewhere"


def test_boxes_in_three_systems_are_one_window(tmp_path, cells):
    path = as_csv(cells[0], tmp_path / "a.csv")
    box = shapely.box(EAST + 910, NORTH + 910, EAST + 1_390, NORTH + 1_290)
    expected = read_census_grid(path, within=box.bounds)
    assert 0 < len(expected.frame) <= 20
    for crs in (25832, 4326):
        shape = gpd.GeoSeries([box], crs=3035).to_crs(crs)
        found = read_census_grid(path, within=shape.total_bounds.tolist())
        assert set(found.frame.index) >= set(expected.frame.index)
    frame = gpd.GeoDataFrame({"ags": ["05382060"]}, geometry=[box], crs=3035).set_index("ags")
    layer = Layer(frame.to_crs(25832), "ags", Source("Kreis", "Gebiet"))
    assert read_census_grid(path, within=layer).frame.index.equals(expected.frame.index)
    boxes: list[Any] = [(50, 7, 51, 8), (0, 0, 1, 1), (8, 51, 7, 50), ("a", 1, 2, 3), (7, 50, 8)]
    for wrong in boxes:
        with pytest.raises(SourceError) as caught:
            read_census_grid(path, within=wrong)
        assert caught.value.message == "census.not_a_box"


def test_keys_of_differing_width_are_read_like_others():
    import pyarrow as pa

    keys = ["100mN26891E43370", "100mN9E43370", "100mN26891E43370"]
    corners = corners_of(pa.array(keys), "a.csv")
    assert corners.north.tolist() == [2_689_100, 900, 2_689_100]
    assert corners.east.tolist() == [4_337_000] * 3
    with pytest.raises(SourceError) as caught:
        corners_of(pa.array(["100mN26891E43370", "100mN2689xE43370"]), "a.csv")
    assert caught.value.ids == ("100mN2689xE43370",)
    for absurd in (["CRS3035RES100mN99999999999999999999E1"], ["100mN26891E99999999999999999999"]):
        with pytest.raises(SourceError) as caught:
            corners_of(pa.array(absurd), "a.csv")
        assert caught.value.message == "sources.not_cell_keys"
    part = pa.array(["x", *keys])[1:2]
    assert corners_of(part, "a.csv").north.tolist() == [2_689_100]
