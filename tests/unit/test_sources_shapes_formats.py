"""Files as offices and services send them: GML, KML, archives, other systems, real column names."""

import json
import sqlite3
import zipfile
from contextlib import contextmanager

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import MultiPolygon, Point, box

from sozialraum.errors import SourceError
from sozialraum.sources import read_districts, read_lines, read_municipalities
from sozialraum.sources.key_columns import find_key, find_municipality_key, find_name

X, Y = 370_000.0, 5_620_000.0


def cell(i, size=100.0):
    return box(X + i * size, Y, X + (i + 1) * size, Y + size)


def write(path, columns, shapes=None, crs="EPSG:25832", **options):
    shapes = shapes or [cell(i) for i in range(len(next(iter(columns.values()))))]
    gpd.GeoDataFrame(columns, geometry=shapes, crs=crs).to_file(path, **options)
    return path


def in_degrees(shapes):
    return gpd.GeoSeries(shapes, crs="EPSG:25832").to_crs("EPSG:4326").tolist()


def raised(message, read, *args, **options):
    with pytest.raises(SourceError) as caught:
        read(*args, **options)
    assert caught.value.message == message
    assert caught.value.text("de") != caught.value.text("en")
    return caught.value


def positions(shape, *, swapped=False):
    points = [(y, x) if swapped else (x, y) for x, y in shape.exterior.coords]
    return " ".join(f"{a} {b}" for a, b in points)


def gml(features, srs="urn:ogc:def:crs:EPSG::25832", root="", extra=""):
    """Return what a service sends: members with a surface and columns."""
    members = "".join(
        f"<wfs:member><{kind} gml:id='{kind}.{i}'><dvg:msGeometry>"
        f"<gml:MultiSurface srsName='{srs}'><gml:surfaceMember><gml:Polygon><gml:exterior>"
        f"<gml:LinearRing><gml:posList>{ring}</gml:posList></gml:LinearRing></gml:exterior>"
        f"</gml:Polygon></gml:surfaceMember></gml:MultiSurface></dvg:msGeometry>"
        + "".join(f"<dvg:{n}>{v}</dvg:{n}>" for n, v in columns.items())
        + f"</{kind}></wfs:member>"
        for i, (kind, ring, columns) in enumerate(features)
    )
    return (
        f"<?xml version='1.0' encoding='UTF-8'?>{extra}<wfs:FeatureCollection {root} "
        "xmlns:wfs='http://www.opengis.net/wfs/2.0' xmlns:gml='http://www.opengis.net/gml/3.2' "
        f"xmlns:dvg='http://example.org/dvg'>{members}</wfs:FeatureCollection>"
    )


DVG = "dvg:nw_dvg1_gem"
SIEGBURG = (DVG, positions(cell(0)), {"art": "G", "gn": "Siegburg", "kn": "05382060"})
KOENIGSWINTER = (DVG, positions(cell(1)), {"art": "G", "gn": "Königswinter", "kn": "05382024"})


def test_an_answer_of_a_service_in_gml(tmp_path):
    path = tmp_path / "gem.gml"
    path.write_text(gml([SIEGBURG, KOENIGSWINTER]), encoding="utf-8")
    layer = read_municipalities(path, county="05382")
    assert layer.frame["name"].to_dict() == {"05382024": "Königswinter", "05382060": "Siegburg"}
    assert layer.frame.area.tolist() == pytest.approx([10_000, 10_000])
    # the reader's own notes on the file stay in a temporary folder
    assert [p.name for p in tmp_path.iterdir()] == ["gem.gml"]


def test_axes_of_gml_follow_the_name_of_the_system(tmp_path):
    shape = in_degrees([cell(0, 1000)])[0]
    feature = (DVG, positions(shape, swapped=True), {"nr": "01"})
    path = tmp_path / "a.gml"
    path.write_text(gml([feature], "urn:ogc:def:crs:EPSG::4326"))
    assert read_districts(path).frame.area["01"] == pytest.approx(1e6, rel=1e-3)
    path.write_text(gml([feature], "EPSG:4326"))
    raised("sources.axes_swapped", read_districts, path)
    layer = read_districts(path, repair=True)
    assert layer.frame.area["01"] == pytest.approx(1e6, rel=1e-3)
    assert "getauscht" in layer.notes[0]


def test_one_broken_feature_of_a_gml(tmp_path):
    broken = (DVG, "370000 5620000 370100 5620000", {"nr": "02"})
    path = tmp_path / "a.gml"
    path.write_text(gml([(DVG, positions(cell(0)), {"nr": "01"}), broken]))
    assert raised("sources.geometry_missing", read_districts, path).ids == ("02",)
    assert read_districts(path, repair=True).frame.index.tolist() == ["01"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<ows:ExceptionReport xmlns:ows='http://x'/>", "shapes.service_answer"),
        ("<wfs:WFS_Capabilities xmlns:wfs='http://x'/>", "shapes.service_answer"),
        ("<OGRVRTDataSource/>", "sources.not_shapes"),
        (
            "<OGRWFSDataSource><URL>http://127.0.0.1:1</URL></OGRWFSDataSource>",
            "sources.not_shapes",
        ),
        ("<!DOCTYPE html><html/>", "sources.not_shapes"),
        ("<wfs:FeatureCollection", "sources.not_shapes"),
    ],
)
def test_other_xml_is_not_opened(tmp_path, text, message):
    path = tmp_path / "a.gml"
    path.write_text(text)
    raised(message, read_districts, path)


def test_the_first_page_of_a_service_is_not_the_whole(tmp_path):
    path = tmp_path / "a.gml"
    path.write_text(gml([SIEGBURG], root="numberMatched='19' numberReturned='1'"))
    error = raised("shapes.first_page", read_municipalities, path)
    assert "1 von 19" in error.text("de")
    page = {"type": "FeatureCollection", "features": [], "numberMatched": 3}
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps(page))
    raised("shapes.first_page", read_districts, path)
    path.write_text(json.dumps({**page, "numberMatched": 0, "exceededTransferLimit": True}))
    raised("shapes.first_page", read_districts, path)


PLACE = (
    "<Placemark id='k{i}'><name>{name}</name>{data}<MultiGeometry>"
    "<Point><coordinates>7.1,50.7</coordinates></Point><Polygon><outerBoundaryIs><LinearRing>"
    "<coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs></Polygon></MultiGeometry>"
    "</Placemark>"
)
BALLOON = "<description><![CDATA[<table><tr><td>NR</td><td>{nr}</td></tr></table>]]></description>"
EXTENDED = (
    "<ExtendedData><SchemaData schemaUrl='#s'><SimpleData name='NR'>{nr}</SimpleData>"
    "</SchemaData><Data name='Art'><value>Grundschule</value></Data></ExtendedData>"
)


def kml(data):
    shapes = in_degrees([cell(0), cell(1)])
    places = [
        PLACE.format(
            i=i,
            name=name,
            data=data.format(nr=f"0{i + 1}"),
            ring=" ".join(f"{x},{y},0" for x, y in shape.exterior.coords),
        )
        for i, (name, shape) in enumerate(zip(["Nord", "Süd"], shapes, strict=True))
    ]
    folders = "".join(f"<Folder><name>Blatt {i}</name>{p}</Folder>" for i, p in enumerate(places))
    return f"<kml xmlns='http://www.opengis.net/kml/2.2'><Document>{folders}</Document></kml>"


@pytest.mark.parametrize("data", [BALLOON, EXTENDED])
@pytest.mark.parametrize("zipped", [False, True])
def test_kml_and_kmz(tmp_path, data, zipped):
    path = tmp_path / "schulbezirke.kml"
    path.write_text(kml(data), encoding="utf-8")
    if zipped:
        path = tmp_path / "schulbezirke.kmz"
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(tmp_path / "schulbezirke.kml", "doc.kml")
    layer = read_districts(path)
    assert (layer.key, layer.frame["name"].to_dict()) == ("NR", {"01": "Nord", "02": "Süd"})
    assert layer.frame.area.to_numpy() == pytest.approx([10_000, 10_000], rel=1e-3)
    assert layer.frame["folder"].tolist() == ["Blatt 0", "Blatt 1"]


def test_kml_that_only_refers_to_others(tmp_path):
    path = tmp_path / "a.kml"
    link = "<NetworkLink><Link><href>http://127.0.0.1:1/a.kml</href></Link></NetworkLink>"
    path.write_text(f"<kml xmlns='http://www.opengis.net/kml/2.2'>{link}</kml>")
    raised("shapes.nothing_in_kml", read_districts, path)


def collection(features, **members):
    return {"type": "FeatureCollection", "features": features, **members}


def feature(shape, properties, **members):
    return {"type": "Feature", "geometry": shape, "properties": properties, **members}


def polygon(ring, **members):
    return {"type": "Polygon", "coordinates": [ring], **members}


RING = [[7.0, 50.7], [7.1, 50.7], [7.1, 50.8], [7.0, 50.7]]
METRES = [[370_000, 5_620_000], [371_000, 5_620_000], [371_000, 5_621_000], [370_000, 5_620_000]]


def geojson(tmp_path, root):
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps(root), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "member",
    [
        {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}},
        {"type": "name", "properties": {"name": "EPSG:25832"}},
        {"type": "EPSG", "properties": {"code": 25832}},
        None,
    ],
)
def test_systems_that_geojson_names_or_not(tmp_path, member):
    root = collection(
        [feature(polygon(METRES), {"nr": "1"})], **({"crs": member} if member else {})
    )
    layer = read_districts(geojson(tmp_path, root))
    assert layer.frame.area["1"] == pytest.approx(500_000)
    assert any("Koordinatensystem fehlt" in n for n in layer.notes) == (member is None)


def test_geojson_that_names_the_wrong_system(tmp_path):
    member = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    path = geojson(tmp_path, collection([feature(polygon(METRES), {"nr": "1"})], crs=member))
    error = raised("sources.not_in_germany", read_districts, path)
    assert 'crs="EPSG:25832"' in error.text("de")
    assert read_districts(path, crs="EPSG:25832").frame.area["1"] == pytest.approx(500_000)
    strange = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}}
    path = geojson(tmp_path, collection([feature(polygon(RING, crs=strange), {"nr": "1"})]))
    raised("sources.not_in_germany", read_districts, path)


def test_geojson_in_other_wrappings(tmp_path):
    one = feature(polygon(RING), {"nr": 1, "mehr": {"a": [1]}}, id="layer.1")
    layer = read_districts(geojson(tmp_path, one))
    assert layer.frame["mehr"].tolist() == ['{"a": [1]}']
    path = tmp_path / "zeilen.geojsonl"
    path.write_text("\n".join(json.dumps({**one, "properties": {"nr": i}}) for i in (1, 2)))
    assert read_districts(path).frame.index.tolist() == ["1", "2"]
    wide = tmp_path / "utf16.geojson"
    wide.write_bytes(json.dumps(one).encode("utf-16"))
    assert len(read_districts(wide).frame) == 1
    raised("sources.not_shapes", read_districts, geojson(tmp_path, {"type": "Andere"}))
    for other in ({"type": "Topology"}, {"geometryType": "esriGeometryPolygon", "features": []}):
        raised("shapes.other_json", read_districts, geojson(tmp_path, other))


@pytest.mark.parametrize(
    ("ring", "mended"),
    [
        (RING[:2], False),
        (RING[:3], True),
        ([["a", "b"], *RING], False),
        ("viele", False),
        ([], False),
    ],
)
def test_broken_rings_are_named_and_closed_where_they_can_be(tmp_path, ring, mended):
    features = [feature(polygon(RING), {"nr": "1"}), feature(polygon(ring), {"nr": "2"})]
    path = geojson(tmp_path, collection([*features, feature(None, {"nr": "3"})]))
    assert set(raised("sources.geometry_missing", read_districts, path).ids) == {"2", "3"}
    layer = read_districts(path, repair=True)
    assert layer.frame.index.tolist() == (["1", "2"] if mended else ["1"])
    assert any("geschlossen" in n for n in layer.notes) == mended


def test_coordinates_that_are_no_numbers(tmp_path):
    path = tmp_path / "a.geojson"
    text = json.dumps(collection([feature(polygon(RING), {"nr": str(i)}) for i in (1, 2)]))
    path.write_text(text.replace("7.1, 50.8", "NaN, 50.8", 1))
    assert raised("sources.geometry_missing", read_districts, path).ids == ("1",)
    path = write(tmp_path / "b.gpkg", {"nr": ["1", "2"]})
    with edited(path) as base:
        (blob,) = base.execute("SELECT geom FROM b WHERE nr = '2'").fetchone()
        endless = blob[:-32] + np.array([np.nan, np.inf]).tobytes() + blob[-16:]
        base.execute("UPDATE b SET geom = ? WHERE nr = '2'", (endless,))
    assert raised("sources.geometry_missing", read_districts, path).ids == ("2",)


@contextmanager
def edited(path):
    """A GeoPackage opened as a database, without the triggers that need GDAL."""
    base = sqlite3.connect(path)
    names = base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in names:
        base.execute(f'DROP TRIGGER "{name}"')
    yield base
    base.commit()
    base.close()


def test_unclosed_rings_of_binary_files(tmp_path):
    path = write(tmp_path / "a.gpkg", {"nr": ["1", "2"]})
    with edited(path) as base:
        (blob,) = base.execute("SELECT geom FROM a WHERE nr = '2'").fetchone()
        # the last point of the ring no longer is the first
        moved = blob[:-16] + np.array([X + 150, Y + 50]).tobytes()
        base.execute("UPDATE a SET geom = ? WHERE nr = '2'", (moved,))
    assert raised("sources.geometry_missing", read_districts, path).ids == ("2",)
    assert read_districts(path, repair=True).frame.index.tolist() == ["1", "2"]


def test_three_dimensions_and_collections(tmp_path):
    high = shapely.force_3d(cell(0), 60.0)
    path = write(tmp_path / "a.gpkg", {"nr": ["1", "2"]}, [high, MultiPolygon([cell(2)])])
    layer = read_districts(path)
    assert not shapely.has_z(layer.frame.geometry.to_numpy()).any()


def test_polygons_beside_points(tmp_path):
    path = write(tmp_path / "a.gpkg", {"nr": ["1"]}, layer="gebiete")
    write(path, {"nr": ["9"]}, [Point(X, Y)], layer="schulen", mode="a")
    assert read_districts(path).frame.index.tolist() == ["1"]
    only = write(tmp_path / "b.gpkg", {"wert": [1, 1]}, [Point(X, Y), Point(X, Y)])
    raised("sources.no_polygons", read_districts, only)


def packed(path, folder, prefix=""):
    with zipfile.ZipFile(path, "a") as archive:
        for part in sorted(folder.rglob("*")):
            if part.is_file():
                archive.write(part, f"{prefix}{part.relative_to(folder)}")
    return path


def test_an_archive_with_the_official_layout(tmp_path):
    for folder, east in (("utm32s", 0), ("gk3", 5)):
        made = tmp_path / "roh" / folder
        made.mkdir(parents=True)
        columns = {"AGS": ["05382060"], "GEN": ["Siegburg"], "GF": [4]}
        write(made / "VG250_GEM.shp", columns, [cell(east)])
        write(made / "VG250_PK.shp", {"AGS": ["05382060"]}, [Point(X, Y)])
    (tmp_path / "roh" / "metadaten.xml").write_text("<gmd:MD_Metadata xmlns:gmd='http://x'/>")
    (tmp_path / "roh" / "liesmich.txt").write_text("Stand 2024")
    one = packed(tmp_path / "eins.zip", tmp_path / "roh" / "utm32s", "vg250/ebenen/")
    assert read_municipalities(one).frame.area.tolist() == [10_000]
    both = packed(tmp_path / "beide.zip", tmp_path / "roh")
    error = raised("sources.which_layer", read_municipalities, both)
    assert "gk3/VG250_GEM/VG250_GEM" in error.ids
    layer = read_municipalities(both, layer="gk3/VG250_GEM/VG250_GEM")
    assert layer.frame.total_bounds[0] == X + 500


def test_file_geodatabases_and_archives_in_archives(tmp_path):
    (tmp_path / "gdb").mkdir()
    write(tmp_path / "gdb" / "a.gdb", {"nr": ["1"]}, driver="OpenFileGDB")
    inner = packed(tmp_path / "inner.zip", tmp_path / "gdb", "daten/")
    assert read_districts(inner).frame.index.tolist() == ["1"]
    outer = tmp_path / "outer.zip"
    with zipfile.ZipFile(outer, "w") as archive:
        archive.write(inner, "lieferung/inner.zip")
    assert read_districts(outer).frame.index.tolist() == ["1"]
    for depth in range(3):
        wrapped = tmp_path / f"tief{depth}.zip"
        with zipfile.ZipFile(wrapped, "w") as archive:
            archive.write(outer, outer.name)
        outer = wrapped
    raised("sources.no_shapes_in_zip", read_districts, outer)


@pytest.mark.parametrize("part", [".shx", ".dbf"])
def test_a_shapefile_without_a_part(tmp_path, part):
    path = write(tmp_path / "a.shp", {"nr": ["1"]})
    raised("shapes.name_the_shp", read_districts, tmp_path / f"a{part}")
    (tmp_path / f"a{part}").unlink()
    assert raised("shapes.parts_missing", read_districts, path).ids == (f"a{part}",)
    zipped = packed(tmp_path.parent / f"{tmp_path.name}.zip", tmp_path)
    raised("shapes.parts_missing", read_districts, zipped)
    assert not (tmp_path / "a.shx").exists() or part == ".dbf"


def test_a_geopackage_that_is_being_edited_stays_as_it_is(tmp_path):
    path = write(tmp_path / "a.gpkg", {"nr": ["1"]})
    with edited(path) as base:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("UPDATE a SET nr = '7'")
        base.commit()
        before = {p.name for p in tmp_path.iterdir()}
        assert "a.gpkg-wal" in before
        # what the other program has committed counts
        assert read_districts(path).frame.index.tolist() == ["7"]
        assert {p.name for p in tmp_path.iterdir()} == before
    read_districts(path)
    assert [p.name for p in tmp_path.iterdir()] == ["a.gpkg"]


def test_an_sqlite_file_that_is_no_geopackage(tmp_path):
    path = tmp_path / "a.gpkg"
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE a (nr TEXT)")
    base.close()
    raised("sources.not_shapes", read_districts, path)


DATUM = (
    'PROJCS["Rathaus",GEOGCS["GCS_Rathaus",DATUM["D_Rathaus",SPHEROID["Bessel_1841",'
    '6377397.155,299.1528128]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],'
    'PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",2500000.0],'
    'PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",6.0],'
    'PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)


def test_a_datum_of_the_senders_own_is_only_roughly_known(tmp_path):
    shape = box(2_570_000, 5_620_000, 2_571_000, 5_621_000)
    path = write(tmp_path / "a.shp", {"nr": ["1"]}, [shape], "EPSG:31466")
    assert not any("100 m" in n for n in read_districts(path).notes)
    (tmp_path / "a.prj").write_text(DATUM)
    assert any("100 m" in n for n in read_districts(path).notes)


@pytest.mark.parametrize("crs", ["EPSG:31466", "EPSG:4647", "EPSG:3857", "EPSG:25833"])
def test_a_missing_system_is_guessed_in_words_only(tmp_path, crs):
    shapes = gpd.GeoSeries([cell(0)], crs="EPSG:25832").to_crs(crs).tolist()
    path = write(tmp_path / "a.shp", {"nr": ["1"]}, shapes, crs)
    (tmp_path / "a.prj").unlink()
    if crs != "EPSG:25833":
        error = raised("sources.crs_unknown", read_districts, path)
        assert f'crs="{crs}"' in error.text("de")
    assert read_districts(path, crs=crs).frame.area["1"] == pytest.approx(10_000, rel=1e-3)


def test_lines_of_a_gml_are_read_too(tmp_path):
    path = tmp_path / "a.gml"
    line = "<gml:LineString srsName='EPSG:25832'><gml:posList>370000 5620000 370900 5620000"
    path.write_text(
        "<gml:FeatureCollection xmlns:gml='http://www.opengis.net/gml' xmlns:a='http://x'>"
        f"<gml:featureMember><a:fluss><a:geom>{line}</gml:posList></gml:LineString></a:geom>"
        "<a:art>Fluss</a:art></a:fluss></gml:featureMember></gml:FeatureCollection>"
    )
    assert read_lines(path, where={"art": "Fluss"}).frame.length.tolist() == [900]


# column names that German cities publish their districts with
@pytest.mark.parametrize(
    ("columns", "key", "name"),
    [
        # Dresden, polling districts
        (
            {"wb": ["02300", "02400"], "wb_text": ["Altstadt", "Neustadt"], "wk": ["45", "45"],
             "feature_id": ["1965", "1966"]},
            "wb", "wb_text",
        ),
        # Hamburg, districts of the city
        (
            {"stadtteil_nummer": ["101", "102"], "stadtteil_name": ["A", "B"],
             "bezirk_name": ["M", "M"], "bezirk": ["1", "1"]},
            "stadtteil_nummer", "stadtteil_name",
        ),
        # Braunschweig, and a running number of the exporting program
        ({"OBJECTID": [1, 2], "Wahlbez_Nr": [11, 12]}, "Wahlbez_Nr", None),
        # Dortmund, by a data portal
        (
            {"stadtbezirk_nr": [0, 0], "kommunalwahlbezirk_nr": ["1", "1"],
             "stimmbezirk": ["1101", "1102"], "kommunalwahlbezirk": ["KWB 1", "KWB 1"]},
            "stimmbezirk", None,
        ),
        # Freiburg
        ({"Stadtteilnummer": [111, 112], "Stadtteilname": ["A", "B"]},
         "Stadtteilnummer", "Stadtteilname"),
        # Leipzig and others, by a service
        ({"gml_id": ["ot.1", "ot.2"], "OT": ["00", "01"], "Name": ["A", "B"]}, "OT", "Name"),
        ({"id": ["stt.1", "stt.2"], "nr": ["1", "2"]}, "nr", None),
        ({"id": [1, 2], "bezirk_nr": ["07", "08"], "bezirk_nam": ["A", "B"]},
         "bezirk_nr", "bezirk_nam"),
        # Berlin
        ({"PLR_ID": ["01100101", "01100102"], "PLR_NAME": ["A", "B"], "BEZ": ["01", "01"]},
         "PLR_ID", "PLR_NAME"),
    ],
)  # fmt: skip
def test_columns_of_german_cities(columns, key, name):
    attributes = pd.DataFrame(columns)
    assert find_key(attributes, "a") == key
    assert find_name(attributes, key) == name


def test_ids_of_rows_are_no_keys():
    for name in ("OBJECTID", "gml_id", "ogc_fid", "UUID", "feature_id", "OBJECTID_1"):
        attributes = pd.DataFrame({name: ["a1", "a2"], "text": ["x", "x"]})
        error = raised("sources.which_key", find_key, attributes, "a")
        assert error.ids == (name, "text")


@pytest.mark.parametrize(
    "columns",
    [
        {"Regionalschlüssel_ARS": ["053820060060"]},
        {"ags": ["05382060"], "gen": ["Siegburg"]},
        {"KN": ["05382060"]},
        {"Gemeindeschl": ["05382060"]},
        {"kennung_der_gemeinde": ["05382060"], "einwohner": [1]},
    ],
)
def test_columns_with_municipality_keys(columns):
    assert find_municipality_key(pd.DataFrame(columns), "a") == next(iter(columns))


def test_keys_in_several_parts(tmp_path):
    columns = {"SN_L": ["05", "05"], "SN_R": ["3", "3"], "SN_K": ["82", "82"], "SN_G": ["060", "8"]}
    path = write(tmp_path / "a.gpkg", {**columns, "GEN": ["Siegburg", "Bad Honnef"]})
    layer = read_municipalities(path)
    assert layer.frame["name"].to_dict() == {"05382008": "Bad Honnef", "05382060": "Siegburg"}
    assert any("SN_L, SN_R, SN_K, SN_G" in n for n in layer.notes)
    path = write(tmp_path / "b.gpkg", {**columns, "SN_G": ["060", "x"]})
    assert raised("shapes.key_parts", read_municipalities, path).ids == ("#2",)
    raised("shapes.key_parts", read_municipalities, path, key=("SN_L", "SN_G"))
    districts = {"ags": ["05382060", "05382008"], "stb": ["1", "1"]}
    path = write(tmp_path / "c.gpkg", districts)
    layer = read_districts(path, key=("ags", "stb"))
    assert layer.frame.index.tolist() == ["05382008-1", "05382060-1"]
    assert layer.key == "ags_stb"


def test_shapefiles_of_a_county_with_lower_case_names_and_numbers(tmp_path):
    columns = {"ags": [5382060.0, 5382008.0], "gen": ["Siegburg", "Königswinter"], "gf": [4, 4]}
    path = write(tmp_path / "vg250_gem.shp", columns, encoding="CP1252")
    (tmp_path / "vg250_gem.cpg").unlink()
    assert raised("sources.leading_zero_lost", read_municipalities, path).ids == (
        "5382060",
        "5382008",
    )
    layer = read_municipalities(path, repair=True)
    assert layer.frame["name"].to_dict() == {"05382008": "Königswinter", "05382060": "Siegburg"}


def test_letters_that_were_mangled_on_the_way(tmp_path):
    path = write(tmp_path / "a.gpkg", {"nr": ["1", "2"], "name": ["KÃ¶nigswinter", "Bonn"]})
    layer = read_districts(path)
    assert layer.frame["name"]["1"] == "KÃ¶nigswinter"
    assert any("repair=True" in n for n in layer.notes)
    assert read_districts(path, repair=True).frame["name"].tolist() == ["Königswinter", "Bonn"]


def test_a_file_without_features(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps(collection([])))
    raised("sources.no_polygons", read_districts, path)


def test_the_source_of_a_services_answer(tmp_path):
    path = tmp_path / "antwort.gml"
    path.write_text(gml([SIEGBURG]), encoding="utf-8")
    assert read_municipalities(path).source.licence == "dl-de/zero-2-0"


def test_the_ending_of_a_file_does_not_matter(tmp_path):
    path = geojson(tmp_path, collection([feature(polygon(RING), {"nr": "1"})]))
    for name in ("a.kml", "a.gpkg", "a.txt"):
        assert len(read_districts(path.rename(tmp_path / name)).frame) == 1
        path = tmp_path / name
    made = tmp_path / "schulbezirke.json"
    made.write_text(kml(EXTENDED), encoding="utf-8")
    assert len(read_districts(made).frame) == 2
