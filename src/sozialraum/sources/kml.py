"""KML: placemarks with their data, wherever the exporting program put them."""

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sozialraum.errors import SourceError
from sozialraum.sources.geojson import geometries, table

POINT, LINE, POLYGON, MANY = "Point", "LineString", "Polygon", "MultiGeometry"
NUMBERS = re.compile(r"[^\s,]+(?:,[^\s,]*)+")


def read_kml(path: Path, where: str) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Return the placemarks of a KML file that :func:`..markup.clean_copy` wrote.

    Parameters
    ----------
    path
        The clean copy.
    where
        What to call the file in errors.

    Returns
    -------
    attributes
        ``name``, ``folder`` where there are several, and what the placemarks say: extended
        data, else the table in their description.
    geometry, closed
        As :func:`sozialraum.sources.geojson.geometries` returns them, in degrees.

    Raises
    ------
    SourceError
        There is no placemark in it: it only refers to other files, for example.
    """
    rows: list[dict[str, Any]] = []
    shapes: list[Any] = []
    folders: list[str] = []
    try:
        # the clean copy holds no document type, so nothing unfolds
        for event, element in ET.iterparse(path, events=("start", "end")):  # noqa: S314
            tag = _local(element)
            if tag == "Folder":
                # its name follows as its first child
                folders.append("") if event == "start" else folders.pop()
            elif event == "end" and tag == "name" and folders and not folders[-1]:
                folders[-1] = _text(element)
            elif event == "end" and tag == "Placemark":
                rows.append(_row(element, "/".join(folders)))
                shapes.append(_shape(element))
                element.clear()
    except ET.ParseError as error:
        raise SourceError("sources.not_shapes", path=where) from error
    if not rows:
        raise SourceError("shapes.nothing_in_kml", path=where)
    if len({row["folder"] for row in rows}) == 1:
        rows = [{n: v for n, v in row.items() if n != "folder"} for row in rows]
    return table(rows, []), *geometries(shapes)


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _text(element: ET.Element | None) -> str:
    return (element.text or "").strip() if element is not None else ""


def _children(element: ET.Element, name: str) -> list[ET.Element]:
    return [child for child in element.iter() if _local(child) == name]


def _row(placemark: ET.Element, folder: str) -> dict[str, Any]:
    """Return name, folder and data of a placemark."""
    own = {_local(child): child for child in placemark}
    row: dict[str, Any] = {"name": _text(own.get("name")), "folder": folder}
    for data in _children(placemark, "Data"):
        values = _children(data, "value")
        row[data.get("name", "")] = _text(values[0]) if values else None
    for data in _children(placemark, "SimpleData"):
        row[data.get("name", "")] = _text(data)
    if len(row) == 2:
        row |= _described(_text(own.get("description")))
    return row


class _Cells(HTMLParser):
    """Collects the cells of tables in a description."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.open = False

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - as it is called
        if tag == "tr":
            self.rows.append([])
        self.open = tag in ("td", "th")
        if self.open and self.rows:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self.open = self.open and tag not in ("td", "th", "tr", "table")

    def handle_data(self, data: str) -> None:
        if self.open and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.strip()


def _described(description: str) -> dict[str, str]:
    """Return the pairs of a table of two columns, as programs write them for balloons."""
    if "<td" not in description.casefold():
        return {}
    cells = _Cells()
    cells.feed(description)
    return {row[0]: row[1] for row in cells.rows if len(row) == 2 and row[0]}


def _shape(placemark: ET.Element) -> Any:
    """Return the geometry of a placemark in terms of GeoJSON, or None."""
    found = [_shape_of(child) for child in placemark]
    return next((shape for shape in found if shape), None)


def _shape_of(element: ET.Element) -> Any:
    tag = _local(element)
    if tag == MANY:
        return _together([shape for shape in map(_shape_of, element) if shape])
    if tag == POLYGON:
        outer = [_points(b) for b in element if _local(b) == "outerBoundaryIs"]
        inner = [_points(ring) for b in element if _local(b) == "innerBoundaryIs" for ring in b]
        return {"type": POLYGON, "coordinates": [*outer, *inner]}
    if tag in (POINT, LINE):
        points = _points(element)
        return {"type": tag, "coordinates": points if tag == LINE else (points or [[]])[0]}
    return None


def _together(parts: list[Any]) -> Any:
    """Return several shapes as one; the points that carry labels of polygons are left out."""
    polygons = [p["coordinates"] for p in parts if p["type"] == POLYGON]
    polygons += [c for p in parts if p["type"] == "MultiPolygon" for c in p["coordinates"]]
    if polygons:
        return {"type": "MultiPolygon", "coordinates": polygons}
    return {"type": "GeometryCollection", "geometries": parts} if parts else None


def _points(element: ET.Element) -> list[list[float]]:
    """Return longitude and latitude of the coordinates below an element."""
    texts = [_text(c) for c in _children(element, "coordinates")]
    return [_point(match) for text in texts for match in NUMBERS.findall(text)]


def _point(text: str) -> list[float]:
    try:
        return [float(number) for number in text.split(",")[:2]]
    except ValueError:
        # not a number: GEOS calls the shape broken, and it is named
        return [float("nan"), float("nan")]
