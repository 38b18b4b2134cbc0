"""The layout of our GeoPackage: which tables and columns it may hold, and how to open it.

Writing, reading back and scanning share this page, so that a column which is not named
here can neither be written nor pass the scan.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pandas as pd

from sozialraum.errors import SourceError
from sozialraum.model.judged import (
    FLAG_AREA_COLUMNS,
    FLAG_COLUMNS,
    INDEX_COLUMNS,
    WARNING_COLUMNS,
)
from sozialraum.model.release import RELEASE_AREA_COLUMNS, RELEASE_COLUMNS
from sozialraum.schema import AREA_ID, BLOCK_ID, GEOGRAPHY

FORMAT = "3"
"""Version of this layout."""

CHECKS = "pruefung"
VALUES = "werte"
INDICATORS = "indikatoren"
SOURCES = "quellen"
INDEX_VALUES = "index_werte"
INDEX_SCORES = "index_punkte"
FLAG_VALUES = "hinweise"
FLAG_AREAS = "hinweise_gebiete"
WARNINGS = "fruehwarnung"
MEMBERSHIP = "zuordnung"
STYLES = "layer_styles"

INDICATOR_COLUMNS = (
    *("id", "numerator", "denominator", "label_de", "label_en", "per", "polarity"),
    *("sensitivity", "zero_sensitive", "part_of", "behind", "denominator_date", "themes"),
    *("breaks", "unit_de", "unit_en", "note_de", "note_en", "estimate", "adopted_by", "adopted_on"),
    *("numerator_de", "numerator_en", "denominator_de", "denominator_en", "numerator_source"),
    *("denominator_source", "numerator_day", "denominator_day", "smallest_level", "pool"),
    *("standard", "strata", "standard_population", "kind", "goal_de", "goal_en", "target"),
    *("target_on", "rhythm", "next_due", "series_breaks"),
)
SOURCE_COLUMNS = (
    *("provider", "title", "licence", "attribution", "url", "reference_date", "territory_date"),
    *("changes", "confidential", "purpose", "legal_basis", "audiences", "delete_by", "minimum"),
)
TABLES: dict[str, tuple[str, ...]] = {
    VALUES: RELEASE_COLUMNS,
    INDICATORS: INDICATOR_COLUMNS,
    SOURCES: SOURCE_COLUMNS,
    CHECKS: ("key", "content"),
    INDEX_VALUES: (AREA_ID, *INDEX_COLUMNS),
    INDEX_SCORES: (AREA_ID, "indicator", "score"),
    FLAG_VALUES: FLAG_COLUMNS,
    FLAG_AREAS: (AREA_ID, *FLAG_AREA_COLUMNS),
    WARNINGS: WARNING_COLUMNS,
    MEMBERSHIP: (GEOGRAPHY, BLOCK_ID, AREA_ID),
}
"""Tables without shapes and their columns, besides the row number."""

AREA_COLUMNS = (AREA_ID, *(c for c in RELEASE_AREA_COLUMNS if c != "geography"))
"""Columns every layer of areas starts with."""

INDICATOR_PARTS = ("wert", "zaehler", "nenner", "zustand", "klasse")
"""Columns of an indicator in a layer, after its id: value, counts, state, class."""

JUDGEMENTS = {
    "status": "index_status",
    "dynamics": "index_dynamik",
    "group": "index_gruppe",
    "grade": "hinweis",
}
"""How the columns of a judgement begin, by theme."""

JUDGEMENT_PARTS = ("klasse", "text", "wert")

SYSTEM_TABLES = ("gpkg_", "rtree_", "sqlite_")
"""How tables begin that the format itself asks for."""


def column(indicator: str, part: str) -> str:
    """Return the column of one part of an indicator or judgement in a layer.

    Examples
    --------
    >>> column("sgb2", "wert"), column("status", "klasse")
    ('sgb2_wert', 'status_klasse')
    """
    return f"{indicator}_{part}"


def quoted(name: str) -> str:
    """Return a table or column name as SQL takes it."""
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a GeoPackage for reading, without touching the file.

    Raises
    ------
    SourceError
        It is missing or no SQLite file.
    """
    if not path.is_file():
        raise SourceError("readback.missing", path=path)
    address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            yield connection
    except sqlite3.DatabaseError as error:
        raise SourceError("readback.not_a_geopackage", path=path) from error


def table_names(connection: sqlite3.Connection) -> list[str]:
    """Return the names of all tables, in order."""
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return [str(name) for (name,) in rows]


def column_names(connection: sqlite3.Connection, table: str) -> list[str]:
    """Return the columns of a table, in order."""
    rows = connection.execute(f"PRAGMA table_info({quoted(table)})")
    return [str(row[1]) for row in rows]


def read_table(
    connection: sqlite3.Connection, table: str, columns: Sequence[str], texts: Sequence[str]
) -> pd.DataFrame:
    """Return columns of a table in the order of its rows.

    Parameters
    ----------
    connection
        Open file.
    table, columns
        What to read.
    texts
        Which columns hold text; all others are numbers.
    """
    listed = ", ".join(quoted(name) for name in columns)
    rows = connection.execute(f"SELECT {listed} FROM {quoted(table)} ORDER BY fid")  # noqa: S608
    frame = pd.DataFrame(rows.fetchall(), columns=list(columns))
    return frame.astype({name: "str" if name in texts else "float64" for name in columns})
