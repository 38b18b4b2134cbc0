"""GeoPackages: the objects of the file, its bytes, and the tables the format asks for.

Covered: every table, view, trigger and index is one we write; no metadata tables; no byte
of a deleted row (the file equals a fresh copy of itself page by page); columns, values,
shapes, codebook, audit record and styles against the release; texts of the catalogue tables
by the rules for texts. Numbers of the index and of flags are checked for their form only.
"""

import re
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sozialraum.files import geopackage as layout
from sozialraum.files.proposal import AREAS, BLOCKS
from sozialraum.files.scan.finding import Finding, found
from sozialraum.files.scan.known import Known
from sozialraum.files.scan.lines import check_lines
from sozialraum.files.scan.package_tables import (
    check_proposal_tables,
    check_release_tables,
    read_all,
)
from sozialraum.files.scan.styles import check_style

COUNTERS = ((18, 20), (24, 28), (40, 44), (92, 100))
"""Bytes of the header that count changes or name the library that wrote last."""
SHADOWS = ("node", "parent", "rowid")
EMPTY = ("gpkg_tile_matrix", "gpkg_tile_matrix_set", "gpkg_data_column_constraints")
CATALOGUE = (
    *("gpkg_spatial_ref_sys", "gpkg_contents", "gpkg_ogr_contents", "gpkg_geometry_columns"),
    *("gpkg_extensions", "gpkg_data_columns", "sqlite_sequence", *EMPTY),
)
TEXTS = {
    "gpkg_contents": ("identifier", "description"),
    "gpkg_data_columns": ("title",),
}
NOTHING = {
    "gpkg_data_columns": ("name", "description", "mime_type", "constraint_name"),
    layout.STYLES: ("f_table_catalog", "f_table_schema", "styleSLD", "owner", "ui", "description"),
}
DESCRIBED = frozenset(
    (
        "",
        "undefined Cartesian coordinate reference system",
        "undefined geographic coordinate reference system",
        "longitude/latitude coordinates in decimal degrees on the WGS 84 spheroid",
    )
)
"""How GDAL describes reference systems."""
UNDEFINED = {
    -1: ("Undefined Cartesian SRS", "undefined"),
    0: ("Undefined geographic SRS", "undefined"),
}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT00:00:00\.000Z")


def scan_geopackage(path: Path, known: Known) -> Iterator[Finding]:
    """Yield what a GeoPackage holds beyond the release."""
    yield from _remnants(path)
    with layout.reading(path) as connection:
        layers = _layers(connection)
        stray = list(_objects(connection, layers, known))
        yield from stray
        if any(one.fault in ("unregistered", "views") for one in stray):
            return
        yield from _catalogue(connection, layers, known)
        if known.release is None or layout.CHECKS not in layout.table_names(connection):
            yield from check_proposal_tables(connection, layers, known)
        else:
            yield from check_release_tables(connection, layers, known)
        yield from _styles(connection, layers, known)


def _layers(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT table_name FROM gpkg_contents WHERE data_type = 'features'")
    return [str(name) for (name,) in rows]


def _remnants(path: Path) -> Iterator[Finding]:
    """Compare the file with a fresh copy of itself: deleted rows are in one of them only."""
    with tempfile.TemporaryDirectory(prefix="sozialraum-") as folder, layout.reading(path) as one:
        (free,) = one.execute("PRAGMA freelist_count").fetchone()
        fresh = Path(folder) / "fresh.gpkg"
        one.execute("VACUUM INTO ?", (str(fresh),))
        given, copied = bytearray(path.read_bytes()), bytearray(fresh.read_bytes())
    for start, end in COUNTERS:
        given[start:end] = copied[start:end] = bytes(end - start)
    beside = [name.name for name in path.parent.glob(f"{path.name}-*")]
    yield from found("remnants", [] if given == copied else ["freelist" if free else "pages"])
    yield from found("remnants", beside)


def _objects(connection: sqlite3.Connection, layers: list[str], known: Known) -> Iterator[Finding]:
    """Yield tables, views, triggers and indexes that are not ours."""
    rows = connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master").fetchall()
    by_kind: dict[str, dict[str, str]] = {}
    for kind, name, sql in rows:
        by_kind.setdefault(str(kind), {})[str(name)] = str(sql)
    registered = {str(n) for (n,) in connection.execute("SELECT table_name FROM gpkg_contents")}
    trees = {f"rtree_{name}_geom" for name in layers}
    system = {*CATALOGUE, *trees, *(f"{tree}_{part}" for tree in trees for part in SHADOWS)}
    ours = {*layout.TABLES, layout.STYLES} if known.release is not None else {layout.STYLES}
    geographies = set(known.areas.get("geography", ())) or set(layers)
    allowed = (ours | geographies | {AREAS, BLOCKS}) & registered
    tables = by_kind.get("table", {})
    yield from found("unregistered", [n for n in tables if n not in allowed | system])
    yield from found("unregistered", sorted(registered - set(tables)))
    yield from found("views", [*by_kind.get("view", {})])
    fine = re.compile("|".join(_triggers(layers)))
    strange = [n for n, sql in by_kind.get("trigger", {}).items() if not _is_ours(n, sql, fine)]
    yield from found("triggers", strange)
    yield from found("indexes", [n for n, sql in by_kind.get("index", {}).items() if sql])
    yield from found("comments", [n for n, sql in tables.items() if re.search(r"--|/\*", sql)])
    defaults = [n for n in (allowed & set(tables)) if _has_defaults(connection, n)]
    yield from found("defaults", defaults)


def _triggers(layers: list[str]) -> list[str]:
    names = [r"gpkg_tile_matrix_\w+_(?:insert|update)"]
    for layer in map(re.escape, layers):
        names += [rf"rtree_{layer}_geom_\w+", rf"trigger_(?:insert|delete)_feature_count_{layer}"]
    return names


def _is_ours(name: str, sql: str, fine: re.Pattern[str]) -> bool:
    """Return True for a trigger that GDAL writes: by its name, without a number or remark."""
    body = re.sub(r"'(?:[^']|'')*'|\"[^\"]*\"", "", sql)
    plain = re.sub(r"\w*[A-Za-z_]\w*", "", body)
    return bool(fine.fullmatch(name)) and not re.search(r"--|/\*|[2-9]|\d\d", plain)


def _has_defaults(connection: sqlite3.Connection, table: str) -> bool:
    rows = connection.execute(f"PRAGMA table_info({layout.quoted(table)})")
    return any(row[4] is not None for row in rows)


def _catalogue(
    connection: sqlite3.Connection, layers: list[str], known: Known
) -> Iterator[Finding]:
    """Yield what the tables of the format say that they need not."""
    present = set(layout.table_names(connection))
    for table in sorted(present & {*CATALOGUE, layout.STYLES}):
        frame = read_all(connection, table)
        texts = TEXTS.get(table, ())
        lines = [(f"{table}.{name}", str(cell)) for name in texts for cell in frame[name].dropna()]
        yield from check_lines(lines, known)
        filled = [n for n in NOTHING.get(table, ()) if frame[n].fillna("").astype(str).any()]
        filled += ["*"] if table in EMPTY and len(frame) else []
        yield from found("catalogue", [f"{table}.{name}" for name in filled])
    contents = read_all(connection, "gpkg_contents")
    odd = [c for c in contents["last_change"] if not MOMENT.fullmatch(str(c))]
    yield from found("catalogue", ["gpkg_contents.last_change"] if odd else [])
    yield from found("catalogue", list(_counters(connection, layers)))
    yield from found("catalogue", list(_systems(connection)))
    yield from found("catalogue", list(_extensions(connection)))


def _counters(connection: sqlite3.Connection, layers: list[str]) -> Iterator[str]:
    """Yield counters that differ from what they count."""
    for layer in layers:
        name = layout.quoted(layer)
        query = f"SELECT count(*), coalesce(max(fid), 0) FROM {name}"  # noqa: S608 - quoted
        rows, last = connection.execute(query).fetchone()
        told = dict(connection.execute("SELECT table_name, feature_count FROM gpkg_ogr_contents"))
        kept = dict(connection.execute("SELECT name, seq FROM sqlite_sequence"))
        if told.get(layer, rows) != rows or set(told) != set(layers):
            yield f"gpkg_ogr_contents.{layer}"
        if kept.get(layer, last) != last or not set(kept) <= set(layers):
            yield f"sqlite_sequence.{layer}"


def _systems(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield reference systems that are neither the format's own nor that of the layers."""
    from pyproj import CRS

    used = {n for (n,) in connection.execute("SELECT srs_id FROM gpkg_geometry_columns")}
    query = "SELECT srs_id, srs_name, definition, description FROM gpkg_spatial_ref_sys"
    for number, name, definition, description in connection.execute(query).fetchall():
        where = f"gpkg_spatial_ref_sys.{number}"
        if number not in {-1, 0, 4326} | used or str(description or "") not in DESCRIBED:
            yield where
        elif number in UNDEFINED:
            yield from () if (name, definition) == UNDEFINED[number] else (where,)
        elif re.search(r"REMARK|EXTENSION|--|/\*", definition):
            yield where
        else:
            named = number not in used or CRS.from_wkt(definition).name == name
            yield from () if named else (where,)


def _extensions(connection: sqlite3.Connection) -> Iterator[str]:
    for name, definition in connection.execute(
        "SELECT extension_name, definition FROM gpkg_extensions"
    ):
        known = str(definition).startswith("http://www.geopackage.org/spec12")
        if name not in ("gpkg_rtree_index", "gpkg_schema") or not known:
            yield f"gpkg_extensions.{name}"


def _styles(connection: sqlite3.Connection, layers: list[str], known: Known) -> Iterator[Finding]:
    if layout.STYLES not in layout.table_names(connection):
        return
    frame = read_all(connection, layout.STYLES)
    strange = [str(n) for n in frame["f_table_name"] if n not in layers]
    yield from found("styles", [f"{layout.STYLES}.f_table_name" for _ in strange[:1]])
    lines = [(f"{layout.STYLES}.styleName", str(name)) for name in frame["styleName"]]
    yield from check_lines(lines, known)
    for i, qml in zip(frame["id"], frame["styleQML"], strict=True):
        yield from check_style(str(qml), known, f"{layout.STYLES} {i}")
