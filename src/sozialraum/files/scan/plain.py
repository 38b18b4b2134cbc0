"""CSV, GeoJSON and JSON: tables whose every cell is compared with the release.

A file must be a table of areas in our columns (``area_id`` and the columns of the
GeoPackage); anything else is refused, because nobody can say what its numbers mean.
"""

import csv
import json
import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pandas as pd

from sozialraum.files.manifest import MANIFEST
from sozialraum.files.scan.finding import Finding, found
from sozialraum.files.scan.frames import check_frame, records
from sozialraum.files.scan.known import Known
from sozialraum.files.scan.lines import check_lines
from sozialraum.files.scan.words import listed

COLLECTION = listed("type name crs features bbox")
FEATURE = listed("type id properties geometry bbox")
SHAPES = listed("Polygon MultiPolygon Point MultiPoint LineString MultiLineString")
SYSTEM = re.compile(r"urn:ogc:def:crs:(?:OGC:1\.3:CRS84|EPSG::\d{4,5})")
DIGEST = re.compile(r"[0-9a-f]{64}")


def scan_csv(text: str, known: Known, name: str) -> Iterator[Finding]:
    """Yield what a table of separated values holds beyond the release."""
    head = text.splitlines()[0] if text.strip() else ""
    mark = max(";\t,", key=head.count)
    rows = [row for row in csv.reader(StringIO(text), delimiter=mark) if row]
    table = records(rows)
    if table is None:
        yield Finding("ragged", (name,))
        return
    yield from check_frame(table, known, name)


def scan_json(text: str, known: Known, name: str) -> Iterator[Finding]:
    """Yield what a GeoJSON file, a list of records or our manifest holds beyond the release."""
    content = json.loads(text)
    if isinstance(content, dict) and content.get("type") == "FeatureCollection":
        yield from _geojson(content, known, name)
    elif isinstance(content, list) and all(isinstance(one, dict) for one in content):
        yield from _records(content, known, name)
    elif name == MANIFEST and isinstance(content, dict):
        yield from _manifest(content)
    else:
        yield Finding("structure", (name,))


def _geojson(content: dict[str, Any], known: Known, name: str) -> Iterator[Finding]:
    features = content["features"]
    stray = [key for key in content if key not in COLLECTION]
    stray += [f"features.{k}" for one in features for k in one if k not in FEATURE]
    yield from found("keys", stray)
    yield from check_lines([("name", str(content.get("name", "")))], known)
    yield from found("keys", [] if _is_system(content.get("crs")) else ["crs"])
    boxes = [one["bbox"] for one in (content, *features) if "bbox" in one]
    wrong = ["bbox"] if any(not _is_box(box) for box in boxes) else []
    shapes = [one.get("geometry") for one in features]
    wrong += ["geometry"] if any(s is not None and not _is_shape(s) for s in shapes) else []
    keys = zip((one.get("id", "") for one in features), range(len(features)), strict=True)
    areas = {str(area) for area in known.areas.index}
    wrong += ["id"] if any(str(k) not in {"", str(i), str(i + 1), *areas} for k, i in keys) else []
    yield from found("shapes", wrong)
    yield from _records([one.get("properties") or {} for one in features], known, name)


def _is_system(given: Any) -> bool:
    """Return True for no reference system, or one that is only named."""
    if given is None:
        return True
    name = given.get("properties", {}).get("name", "")
    plain = {"type": "name", "properties": {"name": name}}
    return given == plain and SYSTEM.fullmatch(name) is not None


def _is_shape(shape: dict[str, Any]) -> bool:
    """Return True for a shape with positions of two numbers and nothing else."""
    if set(shape) != {"type", "coordinates"} or shape["type"] not in SHAPES:
        return False
    return _are_positions(shape["coordinates"])


def _are_positions(part: Any) -> bool:
    if isinstance(part, list) and part and all(isinstance(one, list) for one in part):
        return all(_are_positions(one) for one in part)
    numeric = isinstance(part, list) and len(part) == 2
    return numeric and all(isinstance(n, int | float) and not isinstance(n, bool) for n in part)


def _is_box(box: Any) -> bool:
    return isinstance(box, list) and len(box) == 4 and all(isinstance(n, int | float) for n in box)


def _records(rows: list[dict[str, Any]], known: Known, name: str) -> Iterator[Finding]:
    nested = [
        f"{name}.{k}" for row in rows for k, cell in row.items() if isinstance(cell, list | dict)
    ]
    if nested:
        yield from found("nested", nested)
        return
    yield from check_frame(pd.DataFrame(rows, dtype=object), known, name)


def _manifest(content: dict[str, Any]) -> Iterator[Finding]:
    files = content.get("files", {})
    wrong = [key for key in content if key not in ("made_by", "files")]
    wrong += [] if content.get("made_by") == "sozialraum" else ["made_by"]
    wrong += [str(name) for name, digest in files.items() if not DIGEST.fullmatch(str(digest))]
    yield from found("keys", wrong)
