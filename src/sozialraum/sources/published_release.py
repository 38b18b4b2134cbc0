"""Somebody's published table, loaded, as a release that is not ours."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import Polygon

from sozialraum import schema
from sozialraum.errors import SourceError
from sozialraum.messages import default_language, text
from sozialraum.model import Audit, Indicator, Layer, Policy, Release, Source
from sozialraum.model.release import RELEASE_AREA_COLUMNS, RELEASE_COLUMNS
from sozialraum.schema import State
from sozialraum.sources.loaded import Loaded
from sozialraum.sources.published_cells import published_numbers
from sozialraum.sources.published_rows import RESIDENTS, Layout, chosen_rows
from sozialraum.sources.shapes import stem
from sozialraum.sources.symbols import Counts, states_of


def published_release(
    loaded: Loaded, layout: Layout, areas: Layer | None = None, source: Source | None = None
) -> Release:
    """Return the rows of areas of a loaded table as a release that is not ours.

    Raises
    ------
    SourceError
        Keys are repeated, no row satisfies the conditions, cells are faulty, columns hold
        no number, keys have no shape.
    """
    loaded, excluded = chosen_rows(loaded, layout)
    numbers = published_numbers(loaded, layout.kinds, layout.decimal)
    blank = [name for name, one in numbers.items() if np.isnan(one.value[~excluded]).all()]
    if blank:
        raise SourceError("published.no_values", ids=blank, path=loaded.where)
    indicators = _indicators(layout)
    keys = loaded.texts(layout.key)
    held = {**layout.columns, **layout.changes}
    held |= {RESIDENTS: layout.residents} if layout.residents else {}
    parts = [
        _part(keys, one.id, layout.date, numbers[held[one.id]], excluded) for one in indicators
    ]
    table = pd.concat(parts, ignore_index=True)
    frame = _areas(loaded, layout, areas)
    known = int((table["state"] == State.VALUE).sum())
    model = text("published.model", default_language())
    origin = Source(Path(loaded.where).name, stem(loaded.where), reference_date=layout.date)
    return Release(
        table=table,
        areas=frame,
        indicators=indicators,
        policy=Policy("published", residents=0, denominator=0, k=1),
        audit=Audit(model, cells=len(table), published=known, passed=True, ours=False),
        draft=False,
        sources=(source or origin,),
    )


def _part(
    keys: pd.Series, indicator: str, date: str, counts: Counts, excluded: np.ndarray
) -> pd.DataFrame:
    """Return the rows of one indicator; what the publisher hid is protected here too."""
    state = states_of(counts.mark)
    state[state == str(State.SUPPLIER)] = str(State.SUPPRESSED)
    state[excluded] = str(State.EXCLUDED)
    value = np.where(state == str(State.VALUE), counts.value, np.nan)
    columns = {
        schema.GEOGRAPHY: schema.AREAS_LEVEL,
        schema.AREA_ID: keys.to_numpy(),
        schema.INDICATOR: indicator,
        schema.DATE: date,
        "numerator": np.nan,
        "denominator": np.nan,
        "value": value,
        "state": state,
    }
    return pd.DataFrame(columns)[list(RELEASE_COLUMNS)]


def _indicators(layout: Layout) -> tuple[Indicator, ...]:
    """Return definitions that say no more than the table does."""
    rank, share = layout.kind == "rank", layout.kind == "share"
    units = {
        c: "%" if share else text("published.rank_unit", c) if rank else "" for c in ("de", "en")
    }
    base = "table.base" if share else None
    made = [
        _indicator(name, column, units, base, polarity=-1 if rank else 1)
        for name, column in layout.columns.items()
    ]
    points = {c: text("published.points", c) for c in ("de", "en")}
    made += [_indicator(name, column, points) for name, column in layout.changes.items()]
    if layout.residents:
        de, en = (text("published.residents", c) for c in ("de", "en"))
        people = Indicator(RESIDENTS, RESIDENTS, None, de, en, polarity=0, unit_de="", unit_en="")
        made.append(people)
    return tuple(made)


def _indicator(
    name: str,
    column: str,
    units: Mapping[str, str],
    base: str | None = None,
    polarity: Literal[-1, 0, 1] = 0,
) -> Indicator:
    return Indicator(
        name,
        f"table.{name}",
        base,
        label_de=column,
        label_en=column,
        polarity=polarity,
        unit_de=units["de"],
        unit_en=units["en"],
    )


def _areas(loaded: Loaded, layout: Layout, shapes: Layer | None) -> gpd.GeoDataFrame:
    """Return the areas of a table; without shapes they are empty polygons."""
    keys = loaded.texts(layout.key)
    names = loaded.texts(layout.name) if layout.name else keys
    index = pd.Index(keys, name=schema.AREA_ID, dtype="str")
    facts = dict.fromkeys(RELEASE_AREA_COLUMNS, "")
    facts |= {schema.GEOGRAPHY: schema.AREAS_LEVEL, "origin": "adopted", "status": "accepted"}
    frame = pd.DataFrame(facts, index=index)
    frame[schema.NAME] = names.to_numpy()
    if shapes is None:
        return gpd.GeoDataFrame(frame, geometry=[Polygon()] * len(frame))
    absent = [key for key in index if key not in shapes.frame.index]
    if absent:
        matched = len(index) - len(absent)
        raise SourceError(
            "published.keys_unmatched",
            ids=absent,
            path=loaded.where,
            matched=matched,
            count=len(index),
        )
    geometry = shapes.frame.geometry.reindex(index)
    return gpd.GeoDataFrame(frame, geometry=geometry.to_numpy(), crs=shapes.frame.crs)
