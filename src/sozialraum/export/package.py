"""Write the bytes of a GeoPackage: layers by GDAL, tables and styles by SQLite."""

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from sozialraum.files.geopackage import STYLES, quoted

VERSION = "1.3"
"""QGIS 3.22 and ArcGIS Pro 3.2 know no later one."""

STYLE_TABLE = f"""CREATE TABLE {STYLES} (id INTEGER PRIMARY KEY, f_table_catalog TEXT(256),
f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30),
styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
update_time DATETIME)"""

TITLE_TABLES = """CREATE TABLE gpkg_data_columns (table_name TEXT NOT NULL,
column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT,
constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT NOT NULL,
constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC,
max_is_inclusive BOOLEAN, description TEXT,
CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));"""

SCHEMA_EXTENSION = "http://www.geopackage.org/spec121/#extension_schema"


@dataclass(frozen=True, slots=True)
class Style:
    """A QGIS style of one layer."""

    layer: str
    name: str
    qml: str
    default: bool


def moment(date: str) -> str:
    """Return the time stamp of a file whose data are of a date: never the clock's.

    Examples
    --------
    >>> moment("2025-12-31"), moment("")
    ('2025-12-31T00:00:00.000Z', '1970-01-01T00:00:00.000Z')
    """
    known = date if re.fullmatch(r"\d{4}-\d{2}-\d{2}", date) else "1970-01-01"
    return f"{known}T00:00:00.000Z"


@contextmanager
def fixed_clock(stamp: str) -> Iterator[None]:
    """Let GDAL write one time stamp, and its own clock again afterwards."""
    import pyogrio

    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": stamp})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def write_layer(path: Path, frame: gpd.GeoDataFrame, name: str, title: str, note: str) -> None:
    """Write one layer of polygons; the column ``fid`` becomes the row number."""
    import pyogrio

    pyogrio.write_dataframe(
        frame,
        path,
        layer=name,
        driver="GPKG",
        geometry_type="MultiPolygon",
        promote_to_multi=True,
        dataset_options={} if path.exists() else {"VERSION": VERSION},
        layer_options={
            "IDENTIFIER": title,
            "DESCRIPTION": note,
            "GEOMETRY_NAME": "geom",
            "FID": "fid",
        },
    )


class Package:
    """The open file while tables, styles and titles are added."""

    def __init__(self, connection: sqlite3.Connection, stamp: str) -> None:
        self.connection = connection
        self.stamp = stamp

    def add_table(self, name: str, frame: pd.DataFrame, title: str) -> None:
        """Add a table without shapes and register it."""
        kinds = [f"{quoted(c)} {_kind(frame[c])}" for c in frame.columns]
        columns = ", ".join(["fid INTEGER PRIMARY KEY", *kinds])
        self.connection.execute(f"CREATE TABLE {quoted(name)} ({columns})")
        marks = ", ".join("?" * (len(frame.columns) + 1))
        rows = zip(range(1, len(frame) + 1), *(_values(frame[c]) for c in frame), strict=True)
        self.connection.executemany(f"INSERT INTO {quoted(name)} VALUES ({marks})", rows)  # noqa: S608
        self._register(name, title)

    def add_styles(self, styles: Sequence[Style]) -> None:
        """Add QGIS styles; QGIS applies the default one when a layer is opened."""
        self.connection.execute(STYLE_TABLE)
        insert = f"INSERT INTO {STYLES} VALUES (?, '', '', ?, 'geom', ?, ?, '', ?, '', '', NULL, ?)"  # noqa: S608
        for i, style in enumerate(styles, start=1):
            row = (i, style.layer, style.name[:60], style.qml, int(style.default), self.stamp)
            self.connection.execute(insert, row)
        self._register(STYLES, STYLES)

    def add_titles(self, titles: Mapping[str, Mapping[str, str]]) -> None:
        """Add titles of columns, by table."""
        self.connection.executescript(TITLE_TABLES)
        for table in ("gpkg_data_columns", "gpkg_data_column_constraints"):
            row = (table, None, "gpkg_schema", SCHEMA_EXTENSION, "read-write")
            self.connection.execute("INSERT INTO gpkg_extensions VALUES (?, ?, ?, ?, ?)", row)
        insert = "INSERT INTO gpkg_data_columns (table_name, column_name, title) VALUES (?, ?, ?)"
        rows = [(t, c, title) for t, columns in titles.items() for c, title in columns.items()]
        self.connection.executemany(insert, rows)

    def _register(self, name: str, title: str) -> None:
        self.connection.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description,"
            " last_change, srs_id) VALUES (?, 'attributes', ?, '', ?, 0)",
            (name, title, self.stamp),
        )


@contextmanager
def adding(path: Path, stamp: str) -> Iterator[Package]:
    """Open a file that GDAL wrote, commit at the end and leave no free page behind."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        yield Package(connection, stamp)
        connection.commit()
        connection.execute("VACUUM")


def _kind(column: pd.Series) -> str:
    if pd.api.types.is_float_dtype(column):
        return "REAL"
    known = column.dropna()
    if not len(known) or not all(isinstance(item, int | float) for item in known):
        return "TEXT"
    return "INTEGER" if all(isinstance(item, int) for item in known) else "REAL"


def _values(column: pd.Series) -> list[Any]:
    missing = column.isna().to_numpy()
    plain = [item.item() if isinstance(item, np.generic) else item for item in column.tolist()]
    return [None if gone else item for item, gone in zip(plain, missing, strict=True)]
