"""Look at a file before it is handed out: what it holds that it must not.

The scan reads the bytes that were written, not the frames they were made from. It knows
GeoPackages, HTML and SVG; PNG and PDF hold the drawing of a release and nothing else
that could be read out of it, and are not opened.
"""

import re
import sqlite3
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import DisclosureError
from sozialraum.files import geopackage as layout
from sozialraum.model import Release

DATA_BLOCK = "sozialraum-data"
"""Id of the one data block that a page may carry."""

LOADING = ("src", "srcset", "data", "poster", "background", "action", "formaction", "manifest")
"""Attributes whose address a browser opens by itself."""

LINKING = ("href", "xlink:href")
"""Attributes whose address is opened by itself everywhere but in links."""

NUMBERS = {"wert": "value", "zaehler": "numerator", "nenner": "denominator"}


def check_file(path: str | Path, release: Release) -> None:
    """Raise unless a file holds only what the release publishes and loads nothing.

    Parameters
    ----------
    path
        GeoPackage, HTML page or SVG; other suffixes pass unopened.
    release
        What may be shown.

    Raises
    ------
    DisclosureError
        A GeoPackage with unregistered tables, free pages, columns that are not on the
        list, or numbers that differ from the release; a page with outside addresses,
        event attributes, comments or data blocks that are not ours.
    """
    path = Path(path)
    match path.suffix.lower():
        case ".gpkg":
            _check_geopackage(path, release)
        case ".html" | ".htm" | ".svg":
            _check_page(path)
        case _:
            return


def _refuse(name: str, path: Path, ids: list[str]) -> None:
    if ids:
        message = f"scan.{name}"
        raise DisclosureError(message, ids=ids, path=path.name)


def _check_geopackage(path: Path, release: Release) -> None:
    with layout.reading(path) as connection:
        _check_bytes(connection, path)
        rows = connection.execute("SELECT table_name, data_type FROM gpkg_contents").fetchall()
        listed = {str(name): str(kind) for name, kind in rows}
        names = layout.table_names(connection)
        stray = [n for n in names if n not in listed and not n.startswith(layout.SYSTEM_TABLES)]
        known = {*layout.TABLES, layout.STYLES}
        stray += [n for n, kind in listed.items() if kind != "features" and n not in known]
        _refuse("unregistered", path, stray)
        for name, kind in listed.items():
            _check_columns(connection, path, name, release, shapes=kind == "features")
        _check_values(connection, path, release)
        for name, kind in listed.items():
            if kind == "features":
                _check_layer(connection, path, name, release)


def _check_bytes(connection: sqlite3.Connection, path: Path) -> None:
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    _refuse("free_pages", path, ["freelist"] if free else [])
    _refuse("free_pages", path, ["page_count"] if pages * size != path.stat().st_size else [])


def _check_columns(
    connection: sqlite3.Connection, path: Path, table: str, release: Release, *, shapes: bool
) -> None:
    if table == layout.STYLES:
        return
    found = layout.column_names(connection, table)
    if not shapes:
        allowed = {"fid", *layout.TABLES[table]}
        _refuse("columns", path, [f"{table}.{name}" for name in found if name not in allowed])
        return
    starts = "|".join(map(re.escape, [*layout.JUDGEMENTS.values(), *_ids(release)]))
    parts = "|".join({*layout.INDICATOR_PARTS, *layout.JUDGEMENT_PARTS})
    wide = re.compile(rf"({starts})(_\d+)?_({parts})")
    plain = {"fid", "geom", *layout.AREA_COLUMNS}
    stray = [name for name in found if name not in plain and not wide.fullmatch(name)]
    _refuse("columns", path, [f"{table}.{name}" for name in stray])


def _ids(release: Release) -> list[str]:
    return [indicator.id for indicator in release.indicators]


def _check_values(connection: sqlite3.Connection, path: Path, release: Release) -> None:
    columns = layout.TABLES[layout.VALUES]
    numbers = [*NUMBERS.values()]
    texts = [name for name in columns if name not in numbers]
    found = layout.read_table(connection, layout.VALUES, columns, texts)
    same = len(found) == len(release.table)
    for name in columns if same else ():
        same &= _equal(found[name], release.table[name], number=name in numbers)
    _refuse("values", path, [] if same else [layout.VALUES])


def _equal(found: pd.Series, given: pd.Series, *, number: bool) -> bool:
    if number:
        return np.array_equal(
            found.to_numpy(dtype=float),
            given.to_numpy(dtype=float, na_value=np.nan),
            equal_nan=True,
        )
    return found.astype(str).tolist() == given.astype(str).tolist()


def _check_layer(connection: sqlite3.Connection, path: Path, layer: str, release: Release) -> None:
    """Compare the numbers of a layer with the release, area by area."""
    found = layout.column_names(connection, layer)
    wrong = []
    for indicator in _ids(release):
        dates = release.dates(indicator)
        for part, name in NUMBERS.items():
            column = layout.column(indicator, part)
            if column not in found or not dates:
                continue
            table = layout.read_table(
                connection, layer, (schema.AREA_ID, column), (schema.AREA_ID,)
            ).set_index(schema.AREA_ID)
            given = release.frame(indicator, dates[-1], layer)[name]
            if not _equal(table[column], given.reindex(table.index), number=True):
                wrong.append(f"{layer}.{column}")
    _refuse("values", path, wrong)


class _Reader(HTMLParser):
    """Collects what a page would load, run or carry along."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.outside: list[str] = []
        self.events: list[str] = []
        self.blocks: list[str] = []
        self.comments = 0
        self._style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        loads = [values[name] for name in LOADING if name in values and tag != "meta"]
        loads += [values[name] for name in LINKING if name in values and tag != "a"]
        self.outside += [address for address in loads if not _inside(address)]
        self.outside += _addresses(values.get("style", ""))
        self.events += [f"{tag} {name}" for name in values if name.startswith("on")]
        linked = values.get("href", "").strip().lower()
        self.events += [tag] if linked.startswith(("javascript:", "vbscript:")) else []
        if tag == "script" and values.get("type", "") not in ("", "text/javascript"):
            self.blocks.append(values.get("id", ""))
        self._style = tag == "style"

    def handle_data(self, data: str) -> None:
        if self._style:
            self.outside += _addresses(data)

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - as HTMLParser calls it
        self._style = False

    def handle_comment(self, data: str) -> None:  # noqa: ARG002 - as HTMLParser calls it
        self.comments += 1


def _inside(address: str) -> bool:
    return address == "" or address.startswith(("#", "data:"))


def _addresses(style: str) -> list[str]:
    """Return addresses in a style that would be opened."""
    found = [match.strip(" '\"") for match in re.findall(r"url\(([^)]*)\)", style)]
    found += re.findall(r"@import[^;]*", style)
    return [address for address in found if not _inside(address)]


def _check_page(path: Path) -> None:
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    reader.close()
    _refuse("outside", path, reader.outside)
    _refuse("events", path, reader.events)
    _refuse("blocks", path, [block or "?" for block in reader.blocks if block != DATA_BLOCK])
    if path.suffix.lower() != ".svg":
        # matplotlib comments its SVG with the very texts it draws
        _refuse("comments", path, ["<!-- -->"] if reader.comments else [])
