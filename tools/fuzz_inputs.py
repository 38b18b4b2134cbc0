"""Small valid files of every kind that is read, their readers, and how many rows they hold."""

import csv
import importlib
import importlib.util
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

type Truth = Callable[[bytes], int | None]
DAMAGED = -1
"""What a `Truth` returns for a file that must not be loaded at all."""
SAMPLE = Path(__file__).parents[1] / "data" / "boundaries"


@dataclass(frozen=True)
class Kind:
    """A kind of file: how it is made, damaged, read and counted.

    `readers` are ``"module:function"`` below ``sozialraum.sources`` with options; those that
    do not exist are passed over.
    """

    name: str
    suffix: str
    structure: str
    make: Callable[[], bytes]
    readers: tuple[tuple[str, Mapping[str, Any]], ...]
    truth: Truth = lambda _: None
    beside: Mapping[str, str] = field(default_factory=dict)

    def functions(self) -> list[tuple[str, Callable[[Path], Any]]]:
        """Return the readers that exist, with their options bound."""
        found = []
        for where, options in self.readers:
            module, _, name = where.partition(":")
            if importlib.util.find_spec(f"sozialraum.sources.{module}") is None:
                continue
            function = getattr(importlib.import_module(f"sozialraum.sources.{module}"), name)
            found.append((name, lambda path, f=function, o=options: f(path, **o)))
        return found


def rows_of(noun: Any) -> int | None:
    """Return the rows of a layer, or the keys and dates of a delivery; None for others."""
    if hasattr(noun, "frame"):
        return len(noun.frame)
    if hasattr(noun, "table") and {"key", "date"} <= set(noun.table.columns):
        return len(noun.table[["key", "date"]].drop_duplicates())
    return None


def _text_rows(data: bytes, *, titles: int = 0) -> int | None:
    """Return the rows below the header, where every row has as many cells as the header."""
    try:
        decoded = data.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(decoded, newline=""), delimiter=";", strict=True))
    except (UnicodeDecodeError, csv.Error):
        return None
    rows = [row for row in rows[titles:] if row]
    if not rows or any(len(row) != len(rows[0]) or "\n" in "".join(row) for row in rows):
        return None
    return len([row for row in rows[1:] if any(cell.strip() for cell in row[1:])])


def _archive_rows(data: bytes) -> int | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            tables = [name for name in archive.namelist() if name.lower().endswith(".csv")]
            texts = [archive.read(name) for name in tables]
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, RuntimeError, zipfile.error):
        return DAMAGED
    except Exception:  # noqa: BLE001 - whatever zlib or lzma raise: it cannot be unpacked
        return DAMAGED
    return _text_rows(texts[0]) if len(texts) == 1 else None


def _json_rows(data: bytes) -> int | None:
    try:
        tree = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        # one JSON text a line is another format
        return None if data.count(b"\n") else DAMAGED
    features = tree.get("features") if isinstance(tree, dict) else None
    return len(features) if isinstance(features, list) else None


def _book_rows(data: bytes) -> int | None:
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheets = [list(sheet.values) for sheet in book]
    except Exception:  # noqa: BLE001 - openpyxl raises what it meets
        return None
    if len(sheets) != 1 or not sheets[0] or sheets[0][0][0] != "Gebiet":
        return None
    return len([row for row in sheets[0][1:] if any(cell is not None for cell in row[1:])])


def _parquet_rows(data: bytes) -> int | None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(io.BytesIO(data)).num_rows
    except (pa.ArrowException, OSError, ValueError, KeyError):
        return DAMAGED


def _census() -> bytes:
    rows = ["GITTER_ID_1km;x_mp_1km;y_mp_1km;Einwohner;werterlaeuternde_Zeichen"]
    for i in range(60):
        north, east = 3_051_000 + 1000 * (i // 10), 4_097_000 + 1000 * (i % 10)
        value, sign = (
            ("–", "") if i % 7 == 3 else (str(3 * i + 4), "KLAMMERN" if i % 5 == 0 else "")
        )
        key = f"CRS3035RES1000mN{north}E{east}"
        rows.append(f"{key};{east + 500};{north + 500};{value};{sign}")
    return ("\n".join(rows) + "\n").encode()


def _census_long() -> bytes:
    rows = [
        "Gitter_ID_100m,Gitter_ID_100m_neu,Merkmal,Auspraegung_Code,Auspraegung_Text,Anzahl,Anzahl_q"
    ]
    for i in range(40):
        east = 43370 + i // 2
        new = f"CRS3035RES100mN2689100E{east}00"
        rows.append(f"100mN26891E{east},{new},GESCHLECHT  ,{1 + i % 2},Männlich,{3 + i},{i % 3}")
    return ("\n".join(rows) + "\n").encode("latin-1")


def _flat() -> bytes:
    names = "statistics_code;statistics_label;time_code;time_label;time;1_variable_code;"
    names += "1_variable_label;1_variable_attribute_code;1_variable_attribute_label;value;"
    names += "value_unit;value_variable_code;value_variable_label"
    rows = [
        f"1000A;Bevölkerung;STAG;Stichtag;2022-05-15;GEOGM4;Gemeinden;0599900100{i:02d};Ort {i};"
        f"{1000 + i};Anzahl;PRS018;Personen"
        for i in range(30)
    ]
    return b"\xef\xbb\xbf" + "\n".join([names, *rows, ""]).encode()


def _office() -> bytes:
    rows = [f"Q{i:02d};Quartier {i};{'*' if i % 6 == 2 else 12 + i};{30 - i}" for i in range(25)]
    return "\n".join(["Gebiet;Name;unter 3;ab 3", *rows, ""]).encode()


def _small_areas() -> bytes:
    rows = [
        f"202512;05999001;001{i:03d}001;Gebiet {i};{'*' if i % 4 == 0 else 20 + i};{40 + i}"
        for i in range(20)
    ]
    total = "202512;05999001;SUMSUMSUM;Musterort;900;1800"
    names = "Berichtsmonat;Gemeindeschlüssel;Gliederung;Name;ALO;SVB"
    return "\r\n".join([names, *rows, total, ""]).encode("cp1252")


def _geojson() -> bytes:
    features = []
    for i in range(12):
        x, y = 7.2 + 0.01 * (i % 4), 50.8 + 0.01 * (i // 4)
        ring = [[x, y], [x + 0.01, y], [x + 0.01, y + 0.01], [x, y + 0.01], [x, y]]
        features.append(
            {
                "type": "Feature",
                "properties": {"nr": f"{i:02d}", "name": f"Bezirk {i}", "wert": None},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def _archive(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name.replace("__", ".")), content)
    return target.getvalue()


def _book() -> bytes:
    from sozialraum.files.workbook import Sheet, write_workbook

    rows = [[f"Q{i:02d}", f"Quartier {i}", 12 + i, 30 - i] for i in range(25)]
    return _written("a.xlsx", lambda path: write_workbook(path, [Sheet("A", [HEADER, *rows])]))


HEADER = ["Gebiet", "Name", "unter 3", "ab 3"]


def _written(name: str, write: Callable[[Path], Any]) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path)
        return path.read_bytes()


def _shapes(name: str, **options: Any) -> bytes:
    import geopandas as gpd

    frame = gpd.read_file(io.BytesIO(_geojson())).to_crs("EPSG:25832")
    return _written(name, lambda path: frame.drop(columns="wert").to_file(path, **options))


def _shapefile() -> bytes:
    import geopandas as gpd

    frame = gpd.read_file(io.BytesIO(_geojson())).to_crs("EPSG:25832").drop(columns="wert")
    with TemporaryDirectory() as folder:
        frame.to_file(Path(folder) / "a.shp")
        parts = {p.name.replace(".", "__"): p.read_bytes() for p in sorted(Path(folder).iterdir())}
    return _archive(**parts)


def _kml() -> bytes:
    marks = "".join(
        f"<Placemark><name>Bezirk {i}</name><ExtendedData><Data name='nr'><value>{i:02d}</value>"
        f"</Data></ExtendedData><Polygon><outerBoundaryIs><LinearRing><coordinates>"
        f"{7 + i / 100},50 {7.01 + i / 100},50 {7.01 + i / 100},50.01 {7 + i / 100},50"
        "</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
        for i in range(8)
    )
    head = "<?xml version='1.0' encoding='UTF-8'?><kml xmlns='http://www.opengis.net/kml/2.2'>"
    return f"{head}<Document>{marks}</Document></kml>".encode()


def _parquet() -> bytes:
    import pandas as pd

    x = [4_097_050 + 100 * (i % 10) for i in range(50)]
    y = [3_051_050 + 100 * (i // 10) for i in range(50)]
    keys = [f"CRS3035RES100mN{b - 50}E{a - 50}" for a, b in zip(x, y, strict=True)]
    frame = pd.DataFrame(
        {"GITTER_ID_100m": keys, "x_mp_100m": x, "y_mp_100m": y, "Einwohner": range(3, 53)}
    )
    return _written("a.parquet", frame.to_parquet)


def _raster() -> bytes:
    import numpy as np
    import rasterio
    from rasterio.transform import from_origin

    def write(path: Path) -> None:
        grid = {"transform": from_origin(4_100_000, 3_060_000, 100, 100), "crs": "EPSG:3035"}
        shape = {"width": 20, "height": 20, "count": 1, "dtype": "float32", "nodata": -1}
        with rasterio.open(path, "w", driver="GTiff", **grid, **shape) as raster:
            raster.write(np.arange(400, dtype="float32").reshape(1, 20, 20))

    return _written("a.tif", write)


def _points() -> bytes:
    rows = [f"{i};Kita {i};{370_000 + 100 * i};{5_620_000 + 50 * i};{20 + i}" for i in range(20)]
    return "\n".join(["nr;name;x;y;plaetze", *rows, ""]).encode()


def _travel() -> bytes:
    rows = [f"b{i};z{j};{3 + i * j}" for i in range(8) for j in range(4)]
    return "\n".join(["von;nach;minuten", *rows, ""]).encode()


def _kerg2() -> bytes:
    head = [f"# Zeile {i}" for i in range(9)]
    names = (
        "Wahlart;Wahltag;Gebietsart;Gebietsnummer;Gebietsname;UegGebietsart;UegGebietsnummer;"
        "Gruppenart;Gruppenname;Gruppenreihenfolge;Stimme;Anzahl;Prozent;VorpAnzahl;VorpProzent;"
        "DiffProzent;DiffProzentPkt"
    )
    groups = [("System-Gruppe", "Wahlberechtigte", ""), ("System-Gruppe", "Wählende", "")]
    groups += [("System-Gruppe", "Ungültige", "2"), ("System-Gruppe", "Gültige", "2")]
    groups += [("Partei", "Aue-Partei", "2"), ("Partei", "Bergliste", "2")]
    rows = [
        f"BT;23.02.2025;Wahlkreis;{n:03d};Kreis {n};Land;05;{art};{name};{i};{vote};"
        f"{1000 - 100 * i};50,0;900;45,0;5,0;5,0"
        for n in range(95, 98)
        for i, (art, name, vote) in enumerate(groups)
    ]
    return "\n".join([*head, names, *rows, ""]).encode()


def _addresses() -> bytes:
    rows = [f"05999001;Aueweg;{i};;{370_000 + 10 * i};{5_620_000 + i}" for i in range(1, 25)]
    return "\n".join(["AGS;Straße;Hausnummer;Zusatz;Ostwert;Nordwert", *rows, ""]).encode()


def _streets() -> bytes:
    rows = [f"Aueweg;{2 * i + 1};{2 * i + 1};ungerade;Q{i:02d}" for i in range(20)]
    return "\n".join(["Straße;von;bis;Seite;Gebiet", *rows, ""]).encode()


def _register() -> bytes:
    names = [f"{sex}_{ages}" for sex in "mw" for ages in ("0_2", "3_5", "6_17", "18_64", "65_plus")]
    rows = [";".join([f"Q{i:02d}", *(str(5 + i + j) for j in range(10))]) for i in range(20)]
    return "\n".join([";".join(["Bezirk", *names]), *rows, ""]).encode()


REGISTERS = """[variables]
u6 = "0-5"
residents = "0+"
[[register]]
municipality = "05999001"
files = "{file}"
layout = "wide"
key = "Bezirk"
date = "2025-12-31"
"""


def _tables(name: str, begin: bytes) -> bytes:
    """Return the first tables of a file of the sample."""
    return begin.join((SAMPLE / name).read_bytes().split(begin)[:5])


DELIVERIES = """[[delivery]]
name = "sgb2"
kind = "areas"
files = "{file}"
geography = "quartiere"
variables = {{ alo = "ALO", svb = "SVB" }}
[delivery.source]
provider = "Agentur"
title = "AkG"
minimum = 10
"""
KEYED = {"key": "Gebiet", "date": "2025-12-31"}
TABLE = (("tables:read_table", KEYED),)
SHAPES = (
    ("districts:read_districts", {"key": "nr"}),
    ("districts:read_background", {}),
    ("lines:read_lines", {}),
)
GRID = (("census:read_census_grid", {}),)
KINDS = (
    Kind("census", ".csv", "text", _census, GRID, _text_rows),
    Kind("census_zip", ".zip", "zip", lambda: _archive(a_1km__csv=_census()), GRID, _archive_rows),
    Kind("census_long", ".csv", "text", _census_long, GRID),
    Kind("flat", ".csv", "text", _flat, (("tables:read_table", {}),), _text_rows),
    Kind("office", ".csv", "text", _office, TABLE, _text_rows),
    Kind("office_zip", ".zip", "zip", lambda: _archive(a__csv=_office()), TABLE, _archive_rows),
    Kind("book", ".xlsx", "zip", _book, TABLE, _book_rows),
    Kind("geojson", ".geojson", "json", _geojson, SHAPES, _json_rows),
    Kind("shapefile", ".zip", "zip", _shapefile, SHAPES),
    Kind("gpkg", ".gpkg", "binary", lambda: _shapes("a.gpkg"), SHAPES),
    Kind("kml", ".kml", "text", _kml, (("districts:read_districts", {"key": "name"}), *SHAPES[1:])),
    Kind("gml", ".gml", "text", lambda: _shapes("a.gml", driver="GML"), SHAPES),
    Kind("parquet", ".parquet", "binary", _parquet, GRID, _parquet_rows),
    Kind(
        "raster",
        ".tif",
        "binary",
        _raster,
        (("raster:read_raster", {}), ("census:read_census_grid", {})),
    ),
    Kind(
        "small_areas",
        ".csv",
        "text",
        _small_areas,
        (("deliveries:read_deliveries", {}),),
        beside={"deliveries.toml": DELIVERIES},
    ),
    Kind(
        "deliveries",
        ".toml",
        "text",
        lambda: _tables("deliveries.toml", b"[[delivery]]"),
        (("deliveries:read_deliveries", {}), ("described:describe_deliveries", {})),
    ),
    Kind(
        "catalogue",
        ".toml",
        "text",
        lambda: _tables("indicators.toml", b"[[indicator]]"),
        (("catalogue:read_indicators", {}),),
    ),
    Kind(
        "measures",
        ".csv",
        "text",
        (SAMPLE / "daten" / "massnahmen.csv").read_bytes,
        (("interventions:read_interventions", {}),),
    ),
    Kind(
        "points",
        ".csv",
        "text",
        _points,
        (("points:read_points", {"key": "nr", "x": "x", "y": "y", "crs": "EPSG:25832"}),),
        _text_rows,
    ),
    Kind(
        "travel",
        ".csv",
        "text",
        _travel,
        (
            (
                "travel:read_travel_times",
                {"origin": "von", "destination": "nach", "cost": "minuten", "unit": "minutes"},
            ),
        ),
    ),
    Kind("election", ".csv", "text", _kerg2, (("elections:read_election", {}),)),
    Kind("streets", ".csv", "text", _streets, (("street_lists:read_street_list", {}),)),
    Kind(
        "register",
        ".csv",
        "text",
        _register,
        (("registers:read_registers", {}),),
        beside={"melderegister.toml": REGISTERS},
    ),
    Kind("addresses", ".csv", "text", _addresses, (("addresses:read_addresses", {}),)),
)


@cache
def valid(name: str) -> bytes:
    """Return the valid file of a kind."""
    return next(kind for kind in KINDS if kind.name == name).make()
