"""Releases straight from numbers, without the gate, for tests of what is computed from them.

Areas are squares of 1 km in one row a municipality, ids ``05999001-Q01`` and so on.
"""

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import union_all
from shapely.geometry import box

from sozialraum import schema
from sozialraum.model import Audit, Indicator, Policy, Release
from sozialraum.model.release import RELEASE_COLUMNS
from sozialraum.schema import State

LAST, FIRST = "2025-12-31", "2023-12-31"


def plain_areas(sizes: Sequence[int]) -> gpd.GeoDataFrame:
    rows = []
    for u, size in enumerate(sizes):
        key, name = f"05999{u + 1:03d}", f"Ort {u + 1}"
        boxes = [box(i * 1000, u * 1000, (i + 1) * 1000, (u + 1) * 1000) for i in range(size)]
        rows += [
            (f"{key}-Q{i + 1:02d}", schema.AREAS_LEVEL, f"{name} {i + 1}", key, name, shape)
            for i, shape in enumerate(boxes)
        ]
        rows.append((key, schema.MUNICIPALITY_LEVEL, name, key, name, union_all(boxes)))
    rows.append(
        ("05999", schema.COUNTY_LEVEL, "Musterkreis", "", "", union_all([r[-1] for r in rows]))
    )
    columns = ["area_id", schema.GEOGRAPHY, "name", "municipality", "municipality_name", "geometry"]
    frame = gpd.GeoDataFrame(rows, columns=columns, crs="EPSG:25832").set_index("area_id")
    return frame.assign(origin="adopted", status="accepted")


def plain_release(
    counts: Mapping[str, Mapping[str, Sequence[float]]],
    bases: Mapping[str, Sequence[float]] | None = None,
    *,
    indicators: Sequence[Indicator],
    sizes: Sequence[int],
    hidden: Sequence[tuple[str, int]] = (),
    totals: bool = True,
) -> Release:
    """Return a release of counts by indicator and date; `hidden` names (indicator, area)."""
    areas = plain_areas(sizes)
    small = areas.index[areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL]
    home = areas.loc[small, "municipality"].to_numpy()
    rows = []
    for one in indicators:
        base = None if one.denominator is None else np.asarray((bases or {})[one.id], float)
        for date, values in counts[one.id].items():
            above = np.asarray(values, float)
            cells = [
                (schema.AREAS_LEVEL, area, *_shown(one.id, i, above, base, hidden))
                for i, area in enumerate(small)
            ]
            groups = [(schema.MUNICIPALITY_LEVEL, k, home == k) for k in np.unique(home)]
            groups.append((schema.COUNTY_LEVEL, "05999", home != ""))
            for level, key, member in groups if totals else []:
                below = None if base is None else base[member].sum()
                cells.append((level, key, above[member].sum(), below))
            rows += [_row(one, date, *cell) for cell in cells]
    return Release(
        table=pd.DataFrame(rows, columns=list(RELEASE_COLUMNS)),
        areas=areas,
        indicators=tuple(indicators),
        policy=Policy("standard", residents=300, denominator=30, k=3),
        audit=Audit(model="test", passed=True),
        title="Musterkreis",
    )


def _shown(
    name: str, i: int, above: np.ndarray, base: np.ndarray | None, hidden: Sequence[tuple[str, int]]
) -> tuple[float | None, float | None]:
    if (name, i) in set(hidden):
        return None, None
    return above[i], None if base is None else base[i]


def _row(one: Indicator, date: str, level: str, area: str, n: float | None, d: float | None):
    if n is None:
        return level, area, one.id, date, np.nan, np.nan, np.nan, str(State.SUPPRESSED)
    value = n if d is None else round(one.per * n / d, 1)
    below = np.nan if d is None else d
    return level, area, one.id, date, n, below, value, str(State.VALUE)


def small(release: Release) -> pd.Index:
    return release.areas.index[release.areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL]
