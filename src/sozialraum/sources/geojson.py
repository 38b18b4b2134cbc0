"""GeoJSON of any sender, read without GDAL.

GDAL decides by content which of its drivers opens a JSON file, and some of them run commands
or fetch addresses that stand in the file. Here a JSON file is data and nothing else.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from sozialraum.errors import SourceError
from sozialraum.sources.archives import content

type Json = Mapping[str, Any]

WGS84 = "EPSG:4326"
KINDS = frozenset(
    ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")
)
COUNTS = ("numberMatched", "totalFeatures")
"""How a service says how many features there are."""
FEATURE_ID = "feature_id"
"""Column for ids that belong to features and not to what they show."""
METRES = (200_000, 5_100_000, 1_000_000, 6_200_000)
"""Easting and northing of Germany in UTM, generously: no degrees are that large."""


def read_geojson(path: Path, where: str) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, str | None]:
    """Return the features of a GeoJSON file, or of one feature a line.

    Parameters
    ----------
    path
        File on this machine.
    where
        What to call it in errors.

    Returns
    -------
    attributes
        Properties, one row a feature; nested ones as JSON text.
    geometry
        Shapes in two dimensions; None where one is missing or broken.
    closed
        What broken shapes are once their rings are closed; None elsewhere.
    crs
        System the file names, else degrees (RFC 7946); None where the numbers are plainly
        metres and the file names none.

    Raises
    ------
    SourceError
        Not GeoJSON, nested too deeply, another JSON with shapes, or only the first page of
        what a service would send.
    """
    root = _parsed(content(path), where)
    if isinstance(root, Mapping):
        _check_kind(root, where)
        _check_complete(root, where)
    features = _features(root, where)
    shapes = [f.get("geometry") for f in features]
    geometry, closed = geometries(shapes)
    attributes = table([f.get("properties") for f in features], features)
    return attributes, geometry, closed, _crs(root, shapes, geometry)


def geometries(shapes: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Return shapes from GeoJSON geometries, and what broken ones are with closed rings.

    Examples
    --------
    >>> ring = [[7.0, 50.0], [7.1, 50.0], [7.1, 50.1]]
    >>> broken, closed = geometries([{"type": "Polygon", "coordinates": [ring]}])
    >>> broken.tolist(), closed[0].area > 0
    ([None], True)
    """
    geometry = _read([_text(s) for s in shapes])
    broken = [i for i, s in enumerate(shapes) if geometry[i] is None and isinstance(s, Mapping)]
    closed = np.full(len(shapes), None, dtype=object)
    closed[broken] = _read([_text(_closed(shapes[i])) for i in broken])
    return geometry, closed


def table(rows: Sequence[Any], features: Sequence[Json]) -> pd.DataFrame:
    """Return properties as columns in the order of their first appearance."""
    dicts = [row if isinstance(row, Mapping) else {} for row in rows]
    names = list(dict.fromkeys(name for row in dicts for name in row))
    columns: dict[str, list[Any]] = {
        name: [_cell(row.get(name)) for row in dicts] for name in names
    }
    # the id of a feature stands outside its properties and is often the only one there is
    ids = [f.get("id") for f in features]
    if any(isinstance(i, str | int) for i in ids) and FEATURE_ID not in columns:
        columns[FEATURE_ID] = [None if i is None else str(i) for i in ids]
    return pd.DataFrame(columns, index=pd.RangeIndex(len(dicts)))


def _parsed(data: bytes, where: str) -> Any:
    """Return what a JSON text, or a JSON text a line, holds."""
    try:
        text = data.decode(json.detect_encoding(data)).lstrip("\ufeff\x1e \t\r\n")
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            lines = [line.strip("\x1e \r") for line in text.split("\n")]
            if len(lines) < 2:
                raise
            return [json.loads(line) for line in lines if line]
    except RecursionError as error:
        raise SourceError("shapes.too_deep", path=where) from error
    # ValueError: no JSON, another encoding, or a number of thousands of digits
    except ValueError as error:
        raise SourceError("sources.not_shapes", path=where) from error


def _check_kind(root: Json, where: str) -> None:
    kind = root.get("type")
    if kind == "Topology":
        raise SourceError("shapes.other_json", path=where, kind="TopoJSON")
    if "spatialReference" in root or "geometryType" in root or "rings" in root:
        raise SourceError("shapes.other_json", path=where, kind="ESRI JSON")


def _check_complete(root: Json, where: str) -> None:
    """Raise where a service says that there is more than it sent."""
    sent = root.get("features")
    found = len(sent) if isinstance(sent, list) else 0
    for name in COUNTS:
        total = root.get(name)
        if isinstance(total, int) and not isinstance(total, bool) and total > found:
            raise SourceError("shapes.first_page", path=where, found=found, total=total)
    if root.get("exceededTransferLimit") is True:
        raise SourceError("shapes.first_page", path=where, found=found, total="?")


def _features(root: Any, where: str) -> list[Json]:
    """Return features of a collection, of lines, or of one feature or geometry."""
    if isinstance(root, list):
        parts = [_features(part, where) for part in root if isinstance(part, Mapping)]
        if len(parts) == len(root) and parts:
            return [feature for part in parts for feature in part]
    elif isinstance(root, Mapping):
        kind, found = root.get("type"), root.get("features")
        if kind == "FeatureCollection" and isinstance(found, list):
            return [f if isinstance(f, Mapping) else {} for f in found]
        if kind == "Feature":
            return [root]
        if kind == "GeometryCollection" or kind in KINDS:
            return [{"geometry": root}]
    raise SourceError("sources.not_shapes", path=where)


def _crs(root: Any, shapes: Sequence[Any], geometry: np.ndarray) -> str | None:
    """Return the name of the system, wherever the file states it."""
    holders: Iterable[Any] = (root, *shapes[:1])
    stated = [h.get("crs") for h in holders if isinstance(h, Mapping) and h.get("crs")]
    for crs in stated:
        properties = crs.get("properties") if isinstance(crs, Mapping) else None
        if not isinstance(properties, Mapping):
            continue
        name = properties.get("name")
        code = properties.get("code")
        if isinstance(name, str):
            return name
        if isinstance(code, int | str):
            return f"EPSG:{code}"
    return None if _in_metres(geometry) else WGS84


def _in_metres(geometry: np.ndarray) -> bool:
    present = geometry[~pd.isna(geometry)]
    if not len(present) or shapely.is_empty(present).all():
        return False
    west, south, east, north = METRES
    box = shapely.total_bounds(present)
    return bool(box[0] > west and box[1] > south and box[2] < east and box[3] < north)


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _text(shape: Any) -> str | None:
    """Return a geometry as text for GEOS; None where it is not a geometry at all."""
    if not isinstance(shape, Mapping):
        return None
    kept = {name: shape[name] for name in ("type", "coordinates", "geometries") if name in shape}
    return json.dumps(kept)


def _read(texts: Sequence[str | None]) -> np.ndarray:
    # a ring of two points makes GEOS fail; "ignore" turns that one shape into None
    found = shapely.from_geojson(np.array(texts, dtype=object), on_invalid="ignore")
    return shapely.force_2d(np.atleast_1d(found)) if len(texts) else np.array([], dtype=object)


def _closed(shape: Json) -> Json:
    """Return a geometry whose polygons have closed rings; anything else as it is."""
    kind, found = shape.get("type"), shape.get("coordinates")
    if kind == "Polygon":
        return {"type": kind, "coordinates": _rings(found)}
    if kind == "MultiPolygon" and isinstance(found, list):
        return {"type": kind, "coordinates": [_rings(part) for part in found]}
    return shape


def _rings(rings: Any) -> Any:
    if not isinstance(rings, list):
        return rings
    whole = [r for r in rings if isinstance(r, list) and len(r) > 2]
    return (
        [r if r[0] == r[-1] else [*r, r[0]] for r in whole] if len(whole) == len(rings) else rings
    )
