"""Shapes of municipalities, areas and backgrounds: keys, systems, broken features."""

import json
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from shapely import MultiPolygon, Point, Polygon, box

from sozialraum.errors import SourceError
from sozialraum.model import Source
from sozialraum.sources import read_background, read_districts, read_lines, read_municipalities
from sozialraum.sources.key_columns import find_key, find_name
from sozialraum.sources.keys import municipality_keys

X, Y = 370_000.0, 5_620_000.0
BOW_TIE = Polygon([(X, Y), (X + 100, Y + 100), (X + 100, Y), (X, Y + 100)])
KOELN = (
    'PROJCS["WGS_1984_UTM_Zone_32N",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",'
    'SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],'
    'UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
    'PARAMETER["False_Easting",2500000.0],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",9.0],PARAMETER["Scale_Factor",0.9996],'
    'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)


def cell(i, size=100.0):
    return box(X + i * size, Y, X + (i + 1) * size, Y + size)


def write(path, columns, shapes=None, crs="EPSG:25832", **options):
    shapes = shapes or [cell(i) for i in range(len(next(iter(columns.values()))))]
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)
    pyogrio.write_dataframe(frame, path, **options)
    return path


def raised(message, read, *args, **options):
    with pytest.raises(SourceError) as caught:
        read(*args, **options)
    assert caught.value.message == f"sources.{message}"
    assert caught.value.text("de") != caught.value.text("en")
    return caught.value


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.geojson", "a.fgb", "a.gdb"])
def test_formats(tmp_path, name):
    options = {"driver": "OpenFileGDB"} if name.endswith("gdb") else {}
    crs = "EPSG:4326" if name.endswith("json") else "EPSG:25832"
    shapes = gpd.GeoSeries([cell(0), cell(1)], crs="EPSG:25832").to_crs(crs).tolist()
    path = write(
        tmp_path / name, {"nr": ["02", "01"], "name": ["Süd", "Nord"]}, shapes, crs, **options
    )
    layer = read_districts(path)
    assert layer.key == layer.frame.index.name == "nr"
    assert layer.frame["name"].to_dict() == {"01": "Nord", "02": "Süd"}
    assert layer.frame.area.to_numpy() == pytest.approx([10_000, 10_000], rel=1e-3)
    assert layer.frame.crs.to_epsg() == 25832
    assert any("umgerechnet" in note for note in layer.notes) == name.endswith("json")


def test_zipped_shapefile_with_cp1252_and_no_code_page(tmp_path):
    write(tmp_path / "a.shp", {"nr": ["1"], "name": ["Köln-Mülheim"]}, encoding="CP1252")
    (tmp_path / "a.cpg").unlink()
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for part in tmp_path.glob("a.*"):
            if part.suffix != ".zip":
                archive.write(part, f"ordner/{part.name}")
    assert read_districts(path).frame["name"].tolist() == ["Köln-Mülheim"]


def test_a_wrong_code_page_is_noticed(tmp_path):
    path = write(tmp_path / "a.shp", {"nr": ["1"], "name": ["Grünstraße"]}, encoding="UTF-8")
    (tmp_path / "a.cpg").write_text("ISO-8859-1")
    assert read_districts(path).frame["name"].tolist() == ["Grünstraße"]


@pytest.mark.parametrize("content", [b"<OGRVRTDataSource/>", b"", b"a,b\n1,2\n"])
def test_other_formats_are_not_opened(tmp_path, content):
    path = tmp_path / "a.geojson"
    path.write_bytes(content)
    raised("not_shapes", read_districts, path)


def test_broken_files_are_one_error(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text('{"type": "FeatureCollection", "features": [')
    raised("not_shapes", read_districts, path)


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        ({"STB_NR": ["1", "2"], "STB_NAME": ["A", "B"]}, "STB_NR"),
        ({"NUMMER": ["1", "2"], "NR_STT": ["9", "9"]}, "NUMMER"),
        ({"plr_id": ["01", "02"], "bez_id": ["1", "1"], "area": [1.5, 2.5]}, "plr_id"),
        ({"Bezirk": ["A", "B"], "Bezirk_Nr": [19, 20]}, "Bezirk_Nr"),
        ({"gebietNr": ["1", "2"]}, "gebietNr"),
        ({"Schlüssel": ["1", "2"]}, "Schlüssel"),
    ],
)
def test_the_key_is_found(columns, key):
    assert find_key(pd.DataFrame(columns), "a") == key


@pytest.mark.parametrize(
    ("columns", "candidates"),
    [
        ({"AGS": ["1", "2"], "ARS": ["1", "2"], "x": ["a", "a"]}, ("AGS", "ARS")),
        ({"Bezirk": ["A", "B"], "x": ["a", "a"]}, ("Bezirk",)),
        ({"nr": ["1", None], "x": ["a", "a"]}, ("nr", "x")),
    ],
)
def test_an_unclear_key_lists_the_candidates(tmp_path, columns, candidates):
    error = raised("which_key", read_districts, write(tmp_path / "a.gpkg", columns))
    assert error.ids == candidates


@pytest.mark.parametrize(
    ("columns", "key", "name"),
    [
        ({"nr": ["1"], "GEN": ["A"], "BEZ": ["Stadt"]}, "nr", "GEN"),
        ({"WKR_NR": [1], "WKR_NAME": ["A"], "LAND_NAME": ["B"]}, "WKR_NR", "WKR_NAME"),
        ({"Bezirk_Nr": [1], "Bezirk": ["A"]}, "Bezirk_Nr", "Bezirk"),
        ({"nr": ["1"], "Ortsname": ["A"]}, "nr", "Ortsname"),
        ({"nr": ["1"], "STB": ["A"]}, "nr", None),
    ],
)
def test_the_name_is_found(columns, key, name):
    assert find_name(pd.DataFrame(columns), key) == name


def test_named_columns(tmp_path):
    columns = {"a": ["x", "y"], "b": ["p", "q"], "LANGER_NAM": [1, 2]}
    path = write(tmp_path / "a.gpkg", columns)
    layer = read_districts(path, key="A", name="b")
    assert layer.frame["name"].to_dict() == {"x": "p", "y": "q"}
    assert "b" not in layer.frame
    cut = read_districts(path, key="Langer_Name_der_Spalte")
    assert cut.frame.index.tolist() == ["1", "2"]
    assert any("Zahlen" in note for note in cut.notes)
    assert raised("columns_missing", read_districts, path, key="fehlt").ids == ("fehlt",)


def test_blank_and_repeated_keys(tmp_path):
    path = write(tmp_path / "a.gpkg", {"nr": ["1", ""]})
    assert raised("keys_blank", read_districts, path, key="nr").ids == ("#2",)
    path = write(tmp_path / "b.gpkg", {"nr": ["1", "2", "1"], "x": ["a", "b", "c"]})
    assert raised("keys_repeated", read_districts, path, key="nr").ids == ("1",)
    layer = read_districts(path, key="nr", repair=True)
    assert layer.frame.area.to_dict() == {"1": 20_000, "2": 10_000}
    assert any("zusammengefasst" in note for note in layer.notes)


def test_invalid_shapes_are_named_and_mended_on_request(tmp_path):
    shapes = [cell(3), BOW_TIE]
    path = write(tmp_path / "a.gpkg", {"nr": ["01", "02"]}, shapes)
    assert raised("geometry_invalid", read_districts, path).ids == ("02",)
    layer = read_districts(path, repair=True)
    assert layer.frame.is_valid.all()
    assert set(layer.frame.geom_type) <= {"Polygon", "MultiPolygon"}
    assert layer.frame.area["02"] == pytest.approx(5_000)
    assert any("repariert: 02" in note for note in layer.notes)


def test_missing_shapes_are_left_out_on_request_only(tmp_path):
    path = write(tmp_path / "a.gpkg", {"nr": ["1", "2"]}, [cell(0), None])
    assert raised("geometry_missing", read_districts, path).ids == ("2",)
    layer = read_districts(path, repair=True)
    assert layer.frame.index.tolist() == ["1"]
    assert any("weggelassen: 2" in note for note in layer.notes)
    points = write(tmp_path / "b.gpkg", {"nr": ["1"]}, [Point(X, Y)])
    raised("no_polygons", read_districts, points)


def test_one_broken_feature_does_not_sink_the_file(tmp_path):
    square = [[7.0, 50.7], [7.1, 50.7], [7.1, 50.8], [7.0, 50.7]]
    features = [
        {"type": "Feature", "properties": {"nr": nr}, "geometry": {"type": "Polygon",
         "coordinates": [ring]}}
        for nr, ring in (("1", square), ("2", square[:2]))
    ]  # fmt: skip
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    assert raised("geometry_missing", read_districts, path).ids == ("2",)
    assert read_districts(path, repair=True).frame.index.tolist() == ["1"]


def test_mended_collections_keep_their_polygons_only(tmp_path):
    mixed = shapely.GeometryCollection([cell(0), MultiPolygon([cell(2)]), Point(X, Y)])
    path = write(tmp_path / "a.gpkg", {"nr": ["1", "2"]}, [mixed, cell(5)])
    layer = read_districts(path, repair=True)
    assert layer.frame.area["1"] == 20_000


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3857", "EPSG:25833", "EPSG:31467"])
def test_other_systems_are_transformed_and_noted(tmp_path, crs):
    shape = gpd.GeoSeries([cell(0, 1000)], crs="EPSG:25832").to_crs(crs)
    layer = read_districts(write(tmp_path / "a.gpkg", {"nr": ["1"]}, shape.tolist(), crs))
    assert layer.frame.area["1"] == pytest.approx(1e6, rel=1e-3)
    assert layer.frame.centroid.x["1"] == pytest.approx(X + 500, abs=5)
    assert "umgerechnet" in layer.notes[0]


def test_a_system_of_the_citys_own(tmp_path):
    path = write(
        tmp_path / "a.shp", {"nr": ["1"]}, [box(2_356_000, 5_645_000, 2_357_000, 5_646_000)]
    )
    (tmp_path / "a.prj").write_text(KOELN)
    layer = read_districts(path)
    # central Cologne: false easting 2,500,000 instead of 500,000
    assert layer.frame.total_bounds == pytest.approx(
        [356_000, 5_645_000, 357_000, 5_646_000], abs=1
    )


def test_a_missing_system(tmp_path):
    path = write(tmp_path / "a.shp", {"nr": ["1"]})
    (tmp_path / "a.prj").unlink()
    layer = read_districts(path)
    assert layer.frame.crs.to_epsg() == 25832
    assert "Koordinatensystem fehlt" in layer.notes[0]
    path = write(
        tmp_path / "b.shp", {"nr": ["1"]}, [box(2_570_000, 5_620_000, 2_571_000, 5_621_000)]
    )
    (tmp_path / "b.prj").unlink()
    assert "crs=" in raised("crs_unknown", read_districts, path).text("de")
    assert read_districts(path, crs="EPSG:31466").frame.crs.to_epsg() == 25832


def test_a_wrong_system_is_found_and_can_be_replaced(tmp_path):
    path = write(tmp_path / "a.gpkg", {"nr": ["1"]}, crs="EPSG:3857")
    assert raised("not_in_germany", read_districts, path).ids == ("1",)
    layer = read_districts(path, crs="EPSG:25832")
    assert any("ersetzt" in note for note in layer.notes)
    assert raised("no_such_crs", read_districts, path, crs="EPSG:1").ids == ("EPSG:1",)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:25832"])
def test_swapped_axes_are_called_so(tmp_path, crs):
    shape = gpd.GeoSeries([cell(0)], crs="EPSG:25832").to_crs(crs)
    swapped = shapely.transform(shape.to_numpy(), lambda xy: xy[:, ::-1]).tolist()
    path = write(tmp_path / "a.gpkg", {"nr": ["1"]}, swapped, crs)
    raised("axes_swapped", read_districts, path)


def test_one_stray_feature_is_named(tmp_path):
    path = write(tmp_path / "a.gpkg", {"nr": ["1", "2"]}, [cell(0), box(0, 0, 1, 1)])
    assert raised("not_in_germany", read_districts, path).ids == ("2",)


def test_several_layers_must_be_chosen(tmp_path):
    path = write(tmp_path / "a.gpkg", {"nr": ["1"]}, layer="alt")
    write(path, {"nr": ["1", "2"]}, layer="neu", append=True)
    assert raised("which_layer", read_districts, path).ids == ("alt", "neu")
    assert len(read_districts(path, layer="NEU").frame) == 2
    raised("which_layer", read_districts, path, layer="x")


def test_inputs_are_not_changed(tmp_path):
    path = write(tmp_path / "a.gpkg", {"nr": ["1", "2"]}, [cell(0), BOW_TIE])
    before = path.read_bytes()
    read_districts(path, repair=True)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.gpkg"]


@pytest.fixture
def vg250(tmp_path):
    columns = {
        "GF": [4, 2, 4, 4, 4],
        "ARS": ["053820060060", "053820060060", "053820008008", "053140000000", "053820008008"],
        "GEN": ["Siegburg", "Siegburg", "Bad Honnef", "Bonn", "Bad Honnef"],
        "BEZ": ["Stadt"] * 5,
    }
    write(tmp_path / "DE_VG250.gpkg", {"AGS": ["05"], "GEN": ["NRW"]}, layer="vg250_lan")
    write(tmp_path / "DE_VG250.gpkg", columns, layer="vg250_gem", append=True)
    return tmp_path / "DE_VG250.gpkg"


def test_municipalities(vg250):
    layer = read_municipalities(vg250, county="05382")
    assert layer.key == "ags"
    assert layer.frame["name"].to_dict() == {"05382008": "Bad Honnef", "05382060": "Siegburg"}
    assert layer.frame.area.to_dict() == {"05382008": 20_000, "05382060": 10_000}
    assert list(layer.frame.columns) == ["name", "geometry"]
    assert layer.source.line().startswith("© GeoBasis-DE / BKG")
    assert len(layer.notes) == 2
    assert len(read_municipalities(vg250).frame) == 3
    error = raised("county_not_there", read_municipalities, vg250, county="05334")
    assert error.ids == ("05314", "05382")


def test_a_view_with_long_names(tmp_path):
    columns = {"Regionalschlüssel_ARS": ["053820060060"], "GeografischerName_GEN": ["Siegburg"]}
    path = write(tmp_path / "a.gpkg", columns, layer="v_vg250_gem")
    assert read_municipalities(path).frame["name"].to_dict() == {"05382060": "Siegburg"}


def test_lost_zeros_are_named_and_put_back_on_request_only(tmp_path):
    columns = {"AGS": [5382060, 14713000], "GEN": ["Siegburg", "Leipzig"]}
    path = write(tmp_path / "a.gpkg", columns)
    error = raised("leading_zero_lost", read_municipalities, path)
    assert error.ids == ("5382060",)
    assert "repair=True" in error.text("de")
    layer = read_municipalities(path, repair=True)
    assert layer.frame.index.tolist() == ["05382060", "14713000"]
    assert any("05382060" in note for note in layer.notes)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (["05382"], "not_municipality_keys"),
        (["DEA2C"], "not_municipality_keys"),
        ([""], "not_municipality_keys"),
        (["53820060060"], "leading_zero_lost"),
    ],
)
def test_other_keys_are_refused(keys, message):
    raised(message, municipality_keys, pd.Series(keys), "a.csv")


def test_numbers_and_missing_keys():
    keys, notes = municipality_keys(pd.Series([5382060.0, 14713000.0]), "a", repair=True)
    assert keys.tolist() == ["05382060", "14713000"]
    assert len(notes) == 1
    raised("not_municipality_keys", municipality_keys, pd.Series(["05382060", None]), "a")


def test_background(tmp_path):
    path = tmp_path / "hintergrund.gpkg"
    write(path, {"name": ["Sieg"]}, [shapely.LineString([(X, Y), (X + 9, Y)])], layer="fluss")
    write(path, {"name": ["Aue"]}, [Point(X, Y)], layer="orte", append=True)
    source = Source("OpenStreetMap", "OSM", attribution="© OpenStreetMap")
    layers = read_background(path, source=source)
    assert [layer.source.title for layer in layers] == ["fluss", "orte"]
    assert layers[0].source.attribution == "© OpenStreetMap"
    assert layers[1].frame["name"].tolist() == ["Aue"]
    assert layers[0].frame.index.tolist() == ["fluss-1"]
    assert np.isfinite(layers[0].frame.total_bounds).all()


@pytest.fixture
def waters(tmp_path):
    lines = [shapely.LineString([(X, Y, 60), (X + 900, Y, 61)]), None]
    lines += [shapely.MultiLineString([[(X, Y), (X, Y + 9)], [(X, Y + 20), (X, Y + 30)]])]
    path = write(
        tmp_path / "gewaesser.gpkg",
        {"art": ["Fluss", "Fluss", "Bach"], "ordnung": [1, 1, 3]},
        lines,
        layer="linien",
    )
    return write(path, {"art": ["See"]}, [cell(0)], layer="flaechen", append=True)


def test_lines_of_one_kind_are_read_in_two_dimensions(waters):
    layer = read_lines(waters, layer="linien", where={"art": "Fluss", "ordnung": ["1", "3"]})
    assert layer.frame.index.tolist() == ["linien-1"]
    assert not shapely.has_z(layer.frame.geometry.iloc[0])
    assert any("linien-2" in text for text in layer.notes)
    assert read_lines(waters, layer="linien").frame.index.tolist() == ["linien-1", "linien-3"]
    assert read_lines(waters, layer="flaechen").frame.geom_type.tolist() == ["Polygon"]


def test_shapes_without_a_single_column_are_not_lost(tmp_path):
    path = tmp_path / "bruecken.gpkg"
    gpd.GeoSeries([Point(X, Y), Point(X + 9, Y)], crs="EPSG:25832").to_file(path)
    assert read_lines(path).frame.index.tolist() == ["bruecken-1", "bruecken-2"]
    assert len(read_background(path)[0].frame) == 2


def test_lines_are_transformed_and_faults_are_named(waters, tmp_path):
    moved = gpd.GeoSeries([shapely.LineString([(X, Y), (X + 900, Y)])], crs="EPSG:25832")
    file = write(
        tmp_path / "a.geojson", {"nr": [1]}, moved.to_crs("EPSG:4326").tolist(), "EPSG:4326"
    )
    layer = read_lines(file)
    assert layer.frame.total_bounds == pytest.approx([X, Y, X + 900, Y], abs=1)
    assert "linien" in raised("which_layer", read_lines, waters).ids
    error = raised("no_such_value", read_lines, waters, layer="linien", where={"art": ["Strom"]})
    assert error.ids == ("Strom",)
    assert "Bach, Fluss" in str(error)
    raised("columns_missing", read_lines, waters, layer="linien", where={"typ": "Fluss"})
    far = write(tmp_path / "far.gpkg", {"nr": [1]}, [shapely.LineString([(0, 0), (9, 9)])])
    raised("not_in_germany", read_lines, far)
