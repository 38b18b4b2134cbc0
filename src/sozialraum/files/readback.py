"""Read our own GeoPackage back, exactly as it was written."""

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sozialraum import schema
from sozialraum.errors import SourceError
from sozialraum.files import geopackage as layout
from sozialraum.files.records import from_record
from sozialraum.model import Audit, Flags, Index, Indicator, Method, Policy, Release, Source
from sozialraum.model.judged import (
    FLAG_AREA_COLUMNS,
    FLAG_COLUMNS,
    INDEX_COLUMNS,
    WARNING_COLUMNS,
)
from sozialraum.model.release import RELEASE_COLUMNS

RELEASE_NUMBERS = ("numerator", "denominator", "value")
INDEX_NUMBERS = (
    *("status_sum", "status_index", "status_stability"),
    *("dynamics_index", "dynamics_stability", "baseline_index"),
)
FLAG_NUMBERS = (
    *("z", "local_moran", "gi_star", "p_rate", "p_moran", "p_gi", "p", "q"),
    *("stability", "kept"),
)
WARNING_NUMBERS = ("points", "slope", "trend_p", "change_z", "ewma", "p", "q")


def read_release(path: str | Path) -> Release:
    """Return the release that a GeoPackage of this library carries.

    Parameters
    ----------
    path
        File written by ``write_geopackage``.

    Returns
    -------
    Release
        Equal to the one written: values, states, shapes, definitions, policy, audit.

    Raises
    ------
    SourceError
        The file is missing, no GeoPackage, or not one of ours: without the audit table
        nobody knows whether its values may be shown.
    """
    path = Path(path)
    with layout.reading(path) as connection:
        facts = _facts(connection, path)
        table = _texts_and_numbers(connection, layout.VALUES, RELEASE_COLUMNS, RELEASE_NUMBERS)
        membership = read_membership(connection, path)
    return Release(
        table=table,
        areas=_areas(path, facts),
        indicators=tuple(from_record(Indicator, one) for one in facts["indicators"]),
        policy=from_record(Policy, facts["policy"]),
        audit=from_record(Audit, facts["audit"]),
        title=facts["title"],
        audience=facts["audience"],
        draft=facts["draft"],
        sources=tuple(from_record(Source, one) for one in facts["sources"]),
        membership=membership,
    )


def read_index(path: str | Path) -> Index | None:
    """Return the index that a GeoPackage of this library carries, or None."""
    release = read_release(path)
    with layout.reading(Path(path)) as connection:
        facts = _facts(connection, Path(path))
        return _index(connection, facts, release) if "index" in facts else None


def read_flags(path: str | Path) -> Flags | None:
    """Return the flags that a GeoPackage of this library carries, or None."""
    release = read_release(path)
    with layout.reading(Path(path)) as connection:
        facts = _facts(connection, Path(path))
        if "flags" not in facts:
            return None
        known = facts["flags"]
        columns = (schema.AREA_ID, *FLAG_AREA_COLUMNS)
        areas = _texts_and_numbers(connection, layout.FLAG_AREAS, columns, ("stability", "kept"))
        return Flags(
            release=release,
            index=_index(connection, facts, release) if known["has_index"] else None,
            rate=known["rate"],
            tests=known["tests"],
            table=_texts_and_numbers(connection, layout.FLAG_VALUES, FLAG_COLUMNS, FLAG_NUMBERS),
            areas=areas.set_index(schema.AREA_ID),
            global_moran={k: np.nan if v is None else v for k, v in known["global_moran"].items()},
            islands=tuple(known["islands"]),
            warnings=_warnings(connection),
            zonings=known["zonings"],
        )


def _warnings(connection: sqlite3.Connection) -> pd.DataFrame:
    table = _texts_and_numbers(connection, layout.WARNINGS, WARNING_COLUMNS, WARNING_NUMBERS)
    return table.astype({"points": "int64"})


def read_membership(connection: sqlite3.Connection, path: Path) -> pd.DataFrame | None:
    """Return the area of every block (index) in every geography (columns), if it is there."""
    if layout.MEMBERSHIP not in layout.table_names(connection):
        return None
    columns = layout.TABLES[layout.MEMBERSHIP]
    long = layout.read_table(connection, layout.MEMBERSHIP, columns, columns)
    blocks, names = long[schema.BLOCK_ID].unique(), long[schema.GEOGRAPHY].unique()
    written = pd.MultiIndex.from_product([names, blocks])
    if not written.equals(pd.MultiIndex.from_frame(long[[schema.GEOGRAPHY, schema.BLOCK_ID]])):
        raise SourceError("readback.membership", path=path, table=layout.MEMBERSHIP)
    return pd.DataFrame(
        long[schema.AREA_ID].to_numpy().reshape(len(names), len(blocks)).T,
        index=pd.Index(blocks, name=schema.BLOCK_ID, dtype="str"),
        columns=[str(name) for name in names],
        dtype="str",
    )


def _index(connection: sqlite3.Connection, facts: Mapping[str, Any], release: Release) -> Index:
    columns = (schema.AREA_ID, *INDEX_COLUMNS)
    table = _texts_and_numbers(connection, layout.INDEX_VALUES, columns, INDEX_NUMBERS)
    table = table.set_index(schema.AREA_ID)
    long = layout.read_table(
        connection,
        layout.INDEX_SCORES,
        (schema.AREA_ID, "indicator", "score"),
        (schema.AREA_ID, "indicator"),
    )
    known = facts["index"]
    wide = long.set_index([schema.AREA_ID, "indicator"])["score"].unstack()  # noqa: PD010 - a pivot_table drops what is missing
    scores = wide.reindex(index=table.index, columns=known["scores"])
    scores.columns.name = None
    return Index(
        release=release,
        method=from_record(Method, known["method"]),
        date=known["date"],
        start=known["start"],
        indicators=tuple(known["indicators"]),
        table=table,
        scores=scores,
        weights=known["weights"],
        baseline=known["baseline"],
        notes=tuple(known["notes"]),
        moving=tuple(known["moving"]),
    )


def _facts(connection: sqlite3.Connection, path: Path) -> dict[str, Any]:
    if layout.CHECKS not in layout.table_names(connection):
        raise SourceError("readback.not_ours", path=path)
    columns = layout.TABLES[layout.CHECKS]
    table = layout.read_table(connection, layout.CHECKS, columns, columns)
    facts = {
        key: json.loads(text) for key, text in zip(table["key"], table["content"], strict=True)
    }
    if facts.get("format") != layout.FORMAT:
        raise SourceError("readback.other_format", path=path, known=layout.FORMAT)
    return facts


def _texts_and_numbers(
    connection: sqlite3.Connection, table: str, columns: tuple[str, ...], numbers: tuple[str, ...]
) -> pd.DataFrame:
    texts = [name for name in columns if name not in numbers]
    return layout.read_table(connection, table, columns, texts)


def _areas(path: Path, facts: Mapping[str, Any]) -> gpd.GeoDataFrame:
    import pyogrio

    columns = list(layout.AREA_COLUMNS)
    parts = []
    for geography in facts["geographies"]:
        layer = pyogrio.read_dataframe(path, layer=geography, columns=columns, fid_as_index=True)
        layer[schema.GEOGRAPHY] = geography
        parts.append(layer)
    joined = gpd.GeoDataFrame(pd.concat(parts), crs=parts[0].crs).sort_index()
    joined = joined.set_index(schema.AREA_ID)
    plain = pd.DataFrame(joined.drop(columns=joined.geometry.name)).astype("str")
    plain[facts["geometry_column"]] = _demoted(joined.geometry, frozenset(facts["single_part"]))
    return gpd.GeoDataFrame(plain[facts["area_columns"]], geometry=facts["geometry_column"])


def _demoted(shapes: gpd.GeoSeries, kept: frozenset[str]) -> gpd.GeoSeries:
    """Return one-part multipolygons as polygons, as they were before a layer took them."""
    found = shapes.to_numpy()
    alone = (shapely.get_num_geometries(found) == 1) & ~shapes.index.isin(kept)
    return gpd.GeoSeries(
        np.where(alone, shapely.get_geometry(found, 0), found), index=shapes.index, crs=shapes.crs
    )
