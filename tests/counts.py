"""A small made-up county before the gate, built in code: blocks, areas, deliveries, measures.

Municipalities are rows of unit squares (1 km), one square a block.
"""

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from shapely.geometry import box

from sozialraum import schema
from sozialraum.model import Areas, Blocks, Delivery, Indicator, Measures, Policy, Source
from sozialraum.model.confidential import MEASURE_COLUMNS
from sozialraum.model.delivered import DELIVERY_COLUMNS
from sozialraum.schema import State

CRS = 25832
DATE = "2025-12-31"
REGISTER = Source("Gemeinden", "Melderegister", confidential=True)
AGENCY = Source("Agentur", "Grundsicherung", confidential=True, minimum=10)


def square(x: float, y: float, side: float = 1000.0):
    return box(x * side, y * side, (x + 1) * side, (y + 1) * side)


def unit_keys(number: int) -> list[str]:
    return [f"05999{i + 1:03d}" for i in range(number)]


def make_blocks(
    sizes: Sequence[int],
    counts: Mapping[str, Sequence[float]] | None = None,
    dates: Mapping[str, str] | None = None,
    estimates: Sequence[str] = (),
) -> Blocks:
    """Return blocks: one row of squares a municipality, ids ``b<unit>-<number>``."""
    keys = unit_keys(len(sizes))
    ids = [f"b{u + 1}-{i + 1:02d}" for u, size in enumerate(sizes) for i in range(size)]
    units = [keys[u] for u, size in enumerate(sizes) for _ in range(size)]
    shapes = [square(i, u) for u, size in enumerate(sizes) for i in range(size)]
    index = pd.Index(ids, name=schema.BLOCK_ID)
    frame = gpd.GeoDataFrame({"municipality": units}, geometry=shapes, index=index, crs=CRS)
    named = {"name": [f"Ort {u + 1}" for u in range(len(sizes))]}
    unit_shapes = [box(0, u * 1000, size * 1000, (u + 1) * 1000) for u, size in enumerate(sizes)]
    unit_frame = gpd.GeoDataFrame(
        named, geometry=unit_shapes, index=pd.Index(keys, name="ags"), crs=CRS
    )
    return Blocks(
        frame=frame,
        counts=pd.DataFrame(dict(counts or {}), index=index, dtype=float),
        units=unit_frame,
        adjacency=csr_array((len(ids), len(ids))),
        estimates=tuple(estimates),
        dates=dict.fromkeys(counts or {}, DATE) | dict(dates or {}),
        sources=(REGISTER,),
    )


def make_areas(blocks: Blocks, per_area: int = 1, passes: Sequence[str] | None = None) -> Areas:
    """Return areas of `per_area` consecutive blocks, ids ``<ags>-Q<number>``."""
    member = {}
    for key, rows in blocks.frame.groupby("municipality", sort=True):
        for i, block in enumerate(rows.index):
            member[block] = f"{key}-Q{i // per_area + 1:02d}"
    membership = pd.Series(member).reindex(blocks.frame.index)
    frame = blocks.frame.dissolve(by=membership.to_numpy())
    frame.index.name = schema.AREA_ID
    frame["name"] = [f"Gebiet {i[-3:]}" for i in frame.index]
    good = frame.index if passes is None else passes
    frame = frame.assign(
        origin="adopted",
        status="accepted",
        decided_by="",
        decided_on="",
        passes=frame.index.isin(good),
        fails="",
    )
    return Areas(frame=frame, membership=membership)


def further(blocks: Blocks, member: list[str], name: str = "schools", **report) -> Areas:
    """Return a further geography with the blocks it is said to have."""
    keys = sorted(set(member) - {""})
    index = pd.Index(keys, name=schema.AREA_ID, dtype="str")
    data = dict.fromkeys(Areas.COLUMNS, "") | {"passes": True, "origin": "adopted"}
    shapes = [box(i, 0, i + 1, 1) for i in range(len(keys))]
    frame = gpd.GeoDataFrame(pd.DataFrame(data, index=index), geometry=shapes, crs=CRS)
    membership = pd.Series(member, index=blocks.frame.index, dtype="str")
    return Areas(frame=frame, membership=membership, geography=name, partial=True, report=report)


def make_delivery(
    name: str, rows: Sequence[tuple], source: Source = REGISTER, **options: object
) -> Delivery:
    """Return a delivery of rows (level, key, variable, value | "*" | None[, date])."""
    full = []
    for level, key, variable, value, *rest in rows:
        date = rest[0] if rest else DATE
        if value == "*":
            limits = (np.nan, 1.0, source.minimum - 1.0, str(State.SUPPLIER))
        elif value is None:
            limits = (np.nan, np.nan, np.nan, str(State.NOT_DELIVERED))
        else:
            limits = (value, value, value, str(State.VALUE))
        full.append((level, key, date, variable, *limits))
    table = pd.DataFrame(full, columns=list(DELIVERY_COLUMNS))
    return Delivery(name=name, table=table, source=source, **options)


def make_measures(
    numbers: Mapping[str, Mapping[str, Sequence[float | str | None]]],
    indicators: Sequence[Indicator],
    sizes: Sequence[int],
    *,
    denominators: Mapping[str, Sequence[float]] | None = None,
    residents: Sequence[float] | None = None,
    totals: Mapping[str, Sequence[float | str | None]] | None = None,
    behind: Mapping[str, Sequence[float]] | None = None,
    minimum: int = 0,
    passes: Sequence[str] | None = None,
) -> Measures:
    """Return measures straight from numbers per indicator, date and area.

    ``"*"`` is a supplier's mark (1 … minimum - 1), ``None`` is not delivered. Totals of
    municipalities are sums unless given in `totals`; the county is the sum of them.
    """
    blocks = make_blocks(sizes)
    areas = make_areas(blocks, passes=passes)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    n = int(starts[-1])
    people = np.full(n, 1000.0) if residents is None else np.asarray(residents, float)
    keys = [*areas.frame.index, *blocks.units.index, "05999"]
    levels = ["sozialraum"] * n + ["gemeinde"] * len(sizes) + ["kreis"]
    rows = []
    for indicator in indicators:
        base = (denominators or {}).get(indicator.id)
        base = None if base is None else np.asarray(base, float)
        for date, values in numbers[indicator.id].items():
            cells = [_limits(v, minimum) for v in values]
            own = (totals or {}).get(indicator.id)
            for u in range(len(sizes)):
                part = cells[starts[u] : starts[u + 1]]
                given = None if own is None else own[u]
                cells.append(_total(part) if given is None else _limits(given, minimum))
            cells.append(_total(cells[n:]))
            house = (behind or {}).get(indicator.id)
            for place, (key, level) in enumerate(zip(keys, levels, strict=True)):
                members = _members(place, n, starts)
                value, low, high, state = cells[place]
                below = np.nan if base is None else float(base[members].sum())
                if np.isfinite(below) and np.isfinite(high):
                    high = min(high, below)
                known = State.NOT_APPLICABLE if base is None else State.VALUE
                homes = np.nan if house is None else float(np.asarray(house)[members].sum())
                seen = (value, low, high, state, below, str(known))
                rows.append(
                    (level, key, indicator.id, date, *seen, homes, people[members].sum(), minimum)
                )
    return Measures(
        table=pd.DataFrame(rows, columns=list(MEASURE_COLUMNS)),
        areas=areas,
        units=blocks.units,
        county="Musterkreis",
        indicators=tuple(indicators),
        sources=(REGISTER,),
    )


def _members(place: int, n: int, starts: np.ndarray) -> np.ndarray:
    if place < n:
        return np.array([place])
    if place < n + len(starts) - 1:
        return np.arange(starts[place - n], starts[place - n + 1])
    return np.arange(n)


def _limits(value: float | str | None, minimum: int) -> tuple[float, float, float, str]:
    if value is None:
        return np.nan, np.nan, np.nan, str(State.NOT_DELIVERED)
    if value == "*":
        return np.nan, 1.0, minimum - 1.0, str(State.SUPPLIER)
    return float(value), float(value), float(value), str(State.VALUE)


def _total(cells: Sequence[tuple[float, float, float, str]]) -> tuple[float, float, float, str]:
    states = {cell[3] for cell in cells}
    low, high = float(sum(c[1] for c in cells)), float(sum(c[2] for c in cells))
    if states == {str(State.VALUE)}:
        return low, low, high, str(State.VALUE)
    state = State.NOT_DELIVERED if str(State.NOT_DELIVERED) in states else State.SUPPLIER
    return np.nan, low, high, str(state)


def policy(k: int = 3, *, residents: int = 0, denominator: int = 0, **options: object) -> Policy:
    return Policy("test", residents=residents, denominator=denominator, k=k, **options)


def indicator(name: str, denominator: str | None = "base", **options: object) -> Indicator:
    return Indicator(name, f"d.{name}", denominator, name, name, **options)
