"""Files with shapes that want to harm: one clear error, no network, nothing written beside them."""

import http.server
import json
import struct
import threading
import zipfile

import geopandas as gpd
import pyogrio
import pytest
from shapely import box

from sozialraum.errors import SourceError
from sozialraum.sources import read_districts

X, Y = 370_000.0, 5_620_000.0
RING = [[7.0, 50.7], [7.1, 50.7], [7.1, 50.8], [7.0, 50.7]]
SURFACE = (
    "<gml:Polygon srsName='{srs}'><gml:exterior><gml:LinearRing><gml:posList>370000 5620000 "
    "371000 5620000 371000 5621000 370000 5620000</gml:posList></gml:LinearRing></gml:exterior>"
    "</gml:Polygon>"
)


def write(path):
    shapes = [box(X, Y, X + 100, Y + 100), box(X + 100, Y, X + 200, Y + 100)]
    frame = gpd.GeoDataFrame({"nr": ["1", "2"]}, geometry=shapes, crs="EPSG:25832")
    pyogrio.write_dataframe(frame, path)
    return path


def refused(path, *messages):
    """Read a file that must be refused, and check that nothing else changed."""
    before = {p: p.read_bytes() for p in path.parent.iterdir() if p.is_file()}
    with pytest.raises(SourceError) as caught:
        read_districts(path, repair=True)
    assert caught.value.message in messages
    assert caught.value.text("de") != caught.value.text("en")
    assert {p: p.read_bytes() for p in path.parent.iterdir() if p.is_file()} == before


@pytest.fixture
def server():
    """An address of this machine, and the list of what was asked of it."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def do_HEAD(self):
            self.do_GET()

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}", asked
        running.shutdown()


def gml(url="", srs="EPSG:25832", more=""):
    location = (
        f"xsi:schemaLocation='http://x {url}/wfs?SERVICE=WFS&amp;VERSION=1.1.0&amp;"
        "REQUEST=DescribeFeatureType&amp;TYPENAME=a:gebiet'"
    )
    return (
        "<?xml version='1.0'?>"
        f"<wfs:FeatureCollection xmlns:wfs='http://www.opengis.net/wfs' {location} "
        "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xmlns:a='http://x' "
        "xmlns:gml='http://www.opengis.net/gml' xmlns:xlink='http://www.w3.org/1999/xlink'>"
        f"<gml:featureMember><a:gebiet gml:id='g.1'><a:geom>{SURFACE.format(srs=srs)}</a:geom>"
        f"<a:nr>01</a:nr><a:teil xlink:href='{url}/teil.xml#a'/>{more}</a:gebiet>"
        "</gml:featureMember></wfs:FeatureCollection>"
    )


def test_gml_with_addresses_is_read_without_following_them(tmp_path, server):
    url, asked = server
    path = tmp_path / "a.gml"
    for srs in ("EPSG:25832", f"{url}/crs.xml#25832"):
        path.write_text(gml(url, srs))
        assert read_districts(path).frame.area["01"] == pytest.approx(500_000)
    assert asked == []
    assert [p.name for p in tmp_path.iterdir()] == ["a.gml"]


@pytest.mark.parametrize(
    "text",
    [
        "<kml><NetworkLink><Link><href>{url}/a.kml</href></Link></NetworkLink></kml>",
        "<OGRVRTDataSource><OGRVRTLayer><SrcDataSource>/vsicurl/{url}/a</SrcDataSource>",
        "<OGRWFSDataSource><URL>{url}/wfs</URL></OGRWFSDataSource>",
        "<!DOCTYPE kml SYSTEM '{url}/a.dtd'><kml/>",
        '{{"type": "gdal_streamed_alg", "command_line": "gdal vector read {url}/a.json"}}',
        '{{"type": "FeatureCollection", "features": [], "crs": {{"href": "{url}/crs"}}}}',
        "/vsicurl/{url}/a.json",
        "{url}/a.json",
    ],
)
@pytest.mark.parametrize("name", ["a.geojson", "a.gml", "a.gpkg", "a.fgb", "a.kml"])
def test_files_that_send_a_reader_elsewhere(tmp_path, server, text, name):
    url, asked = server
    path = tmp_path / name
    path.write_text(text.format(url=url))
    known = ("sources.not_shapes", "sources.no_polygons", "sources.which_key")
    refused(path, *known, "shapes.nothing_in_kml", "shapes.doctype")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(path, name)
    refused(tmp_path / "a.zip", *known, "shapes.nothing_in_kml", "shapes.doctype")
    assert asked == []


VRT = (
    "<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>/vsicurl/{url}/a</SrcDataSource>"
    "</OGRVRTLayer></OGRVRTDataSource>"
)


@pytest.mark.parametrize("start", [b"fgb\x03fgb\x01", b"fgb\x03", b"SQLite format 3\x00", b"{}"])
def test_files_of_two_kinds(tmp_path, server, start):
    url, asked = server
    path = tmp_path / "a.fgb"
    path.write_bytes(start + VRT.format(url=url).encode())
    refused(path, "sources.not_shapes")
    path = tmp_path / "b.gml"
    path.write_text(gml(more=VRT.format(url=url)))
    try:
        read_districts(path)
    except SourceError as error:
        told = error.message
    else:
        told = ""
    assert told in ("", "sources.not_shapes")
    assert asked == []


def test_addresses_instead_of_files(server):
    url, asked = server
    for path in (f"{url}/a.geojson", f"/vsicurl/{url}/a.geojson", f"GeoJSON:{url}/a", f"WFS:{url}"):
        with pytest.raises(SourceError) as caught:
            read_districts(path)
        assert caught.value.message == "sources.not_local"
    assert asked == []


BOMB = "<!DOCTYPE a [<!ENTITY a '{}'>" + "".join(
    f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize("kind", ["bomb", "file"])
@pytest.mark.parametrize("name", ["a.gml", "a.kml"])
def test_entities(tmp_path, kind, name):
    (tmp_path / "geheim.txt").write_text("GEHEIM")
    entity = BOMB + "]>" if kind == "bomb" else "<!DOCTYPE a [<!ENTITY i SYSTEM 'geheim.txt'>]>"
    body = (
        gml(more="<a:t>&i;</a:t>") if name == "a.gml" else "<kml><Placemark>&i;</Placemark></kml>"
    )
    path = tmp_path / name
    path.write_text(entity + body.removeprefix("<?xml version='1.0'?>"))
    refused(path, "shapes.doctype")


def test_deep_nesting(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text('{"type": "FeatureCollection", "features": ' + "[" * 200_000)
    refused(path, "shapes.too_deep", "sources.not_shapes")
    path.write_text('{"a":' * 50_000 + "1" + "}" * 50_000)
    refused(path, "shapes.too_deep")
    coordinates = "[" * 400 + "7.0, 50.7" + "]" * 400
    shape = f'{{"type": "Polygon", "coordinates": {coordinates}}}'
    path.write_text(f'{{"type": "Feature", "properties": {{"nr": "1"}}, "geometry": {shape}}}')
    refused(path, "sources.no_polygons", "shapes.too_deep")
    path = tmp_path / "a.gml"
    path.write_text(gml(more="<a:x>" * 5_000 + "</a:x>" * 5_000))
    refused(path, "shapes.too_deep")


def test_a_collection_inside_collections(tmp_path):
    shape = {"type": "Polygon", "coordinates": [RING]}
    for _ in range(300):
        shape = {"type": "GeometryCollection", "geometries": [shape]}
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "Feature", "properties": {"nr": "1"}, "geometry": shape}))
    assert read_districts(path, repair=True).frame.index.tolist() == ["1"]


def test_numbers_without_end(tmp_path):
    path = tmp_path / "a.geojson"
    ring = json.dumps(RING)
    geometry = f'{{"type": "Polygon", "coordinates": [{ring}]}}'
    text = f'{{"type": "Feature", "properties": {{"nr": %s}}, "geometry": {geometry}}}'
    path.write_text(text % ("9" * 10_000))
    refused(path, "sources.not_shapes")
    path.write_text(text.replace("7.1, 50.8", "1e999, 50.8") % 1)
    refused(path, "sources.no_polygons", "sources.geometry_missing")


def test_one_giant_line(tmp_path):
    ring = [[7 + i / 1e6, 50.7] for i in range(20_000)] + [[7.0, 50.8], [7.0, 50.7]]
    features = [
        {"type": "Feature", "properties": {"nr": str(i)},
         "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for i in range(2)
    ]  # fmt: skip
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    assert len(read_districts(path).frame) == 2


@pytest.mark.parametrize("name", ["a.shp", "a.gpkg", "a.fgb"])
@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_files_that_were_cut_off(tmp_path, name, kept):
    path = write(tmp_path / name)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(SourceError) as caught:
        read_districts(path)
    nothing_left = "sources.no_polygons"
    assert caught.value.message in ("sources.not_shapes", "sources.geometry_missing", nothing_left)


def test_a_shapefile_that_promises_a_billion_points(tmp_path):
    path = write(tmp_path / "a.shp")
    data = bytearray(path.read_bytes())
    # record header of 8 bytes, type, box of 32 bytes, then the numbers of parts and points
    data[100 + 8 + 4 + 32 : 100 + 8 + 4 + 40] = struct.pack("<ii", 1, 1_000_000_000)
    path.write_bytes(bytes(data))
    with pytest.raises(SourceError) as caught:
        read_districts(path)
    assert caught.value.message == "sources.geometry_missing"
    assert read_districts(path, repair=True).frame.index.tolist() == ["2"]


def test_members_that_lead_out_of_an_archive(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../a.geojson", "{}")
    refused(path, "sources.zip_unsafe")
    inner = tmp_path / "inner.zip"
    path.rename(inner)
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(inner, "inner.zip")
    refused(path, "sources.zip_unsafe")
