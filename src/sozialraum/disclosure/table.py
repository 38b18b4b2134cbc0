"""What passed the gate, as tables: values, shapes, and the blocks that areas are made of."""

import geopandas as gpd
import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.disclosure.joint.ground import Ground
from sozialraum.disclosure.sheet import Sheet
from sozialraum.methods.rounding import rounded_rate
from sozialraum.methods.tables import FAR
from sozialraum.model import Areas, Measures
from sozialraum.model.release import RELEASE_AREA_COLUMNS, RELEASE_COLUMNS
from sozialraum.schema import State

OFFICIAL = {"origin": "adopted", "status": "accepted"}


def value_table(
    sheet: Sheet, ground: Ground, published: np.ndarray, shown: np.ndarray, coarse: int
) -> pd.DataFrame:
    """Return the long table of a release: numbers only where published.

    Parameters
    ----------
    sheet, ground
        Tables and places.
    published
        (tables, places) True where a number may be shown.
    shown
        (tables, places) the number to show: the count, or what perturbation makes of it.
    coarse
        Rates of smaller denominators are whole numbers.
    """
    frames = []
    for t, (indicator, date) in enumerate(sheet.tables):
        counts, bases = shown[t], ground.cells.base[t]
        state = np.where(published[t], str(State.VALUE), ground.label[t]).astype(object)
        value = counts.astype(float)
        if indicator.is_rate:
            state[published[t] & (bases == 0)] = str(State.NOT_APPLICABLE)
            value = _rates(counts, bases, indicator.per, coarse)
        told = state == State.VALUE
        based = told & indicator.is_rate & (bases < FAR)
        frames.append(
            pd.DataFrame(
                {
                    schema.GEOGRAPHY: ground.geography,
                    schema.AREA_ID: ground.keys,
                    schema.INDICATOR: indicator.id,
                    schema.DATE: date,
                    "numerator": np.where(told, counts, np.nan),
                    "denominator": np.where(based, bases, np.nan),
                    "value": np.where(told, value, np.nan),
                    "state": state,
                },
                columns=list(RELEASE_COLUMNS),
            )
        )
    return pd.concat(frames, ignore_index=True)


def _rates(counts: np.ndarray, bases: np.ndarray, per: int, coarse: int) -> np.ndarray:
    """Return rounded rates; a count that was rounded beyond its denominator counts as all."""
    return rounded_rate(np.minimum(counts, bases), np.maximum(bases, 1), per, coarse=coarse)


def area_table(measures: Measures, sheet: Sheet) -> gpd.GeoDataFrame:
    """Return the shapes of areas, municipalities, county and further geographies."""
    small, units = measures.areas.frame, measures.units.sort_index()
    units = units if small.crs is None else units.to_crs(small.crs)
    own = units[schema.NAME].astype(str)
    county = sheet.keys[-1]
    parts = [
        _of_areas(measures.areas, own, schema.AREAS_LEVEL).loc[list(sheet.keys[: len(small)])],
        _part(units, schema.MUNICIPALITY_LEVEL, units.index).assign(
            name=own, municipality_name=own, **OFFICIAL
        ),
    ]
    whole = gpd.GeoDataFrame(geometry=[units.geometry.union_all()], index=[county], crs=small.crs)
    parts.append(
        _part(whole, schema.COUNTY_LEVEL, "").assign(
            name=measures.county or county, municipality_name="", **OFFICIAL
        )
    )
    parts += [_of_areas(other, own, other.geography) for other in measures.others]
    joined = pd.concat([part[[*RELEASE_AREA_COLUMNS, "geometry"]] for part in parts])
    joined.index.name = schema.AREA_ID
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=small.crs)


def _of_areas(areas: Areas, own: pd.Series, geography: str) -> gpd.GeoDataFrame:
    """Return the areas of one geography; `own` names the municipalities."""
    frame = areas.frame
    found = _part(frame, geography, frame[schema.MUNICIPALITY])
    return found.assign(
        name=frame[schema.NAME].astype(str),
        municipality_name=frame[schema.MUNICIPALITY].map(own).fillna(""),
        origin=frame["origin"],
        status=frame["status"],
    )


def _part(frame: gpd.GeoDataFrame, geography: str, municipality: object) -> gpd.GeoDataFrame:
    data = {schema.GEOGRAPHY: geography, schema.MUNICIPALITY: municipality}
    return gpd.GeoDataFrame(data, index=frame.index, geometry=frame.geometry, crs=frame.crs)


def block_table(measures: Measures, sheet: Sheet) -> pd.DataFrame:
    """Return the area of every block in every geography of a release."""
    member = measures.areas.membership.astype("str")
    unit = measures.areas.frame[schema.MUNICIPALITY].reindex(pd.Index(member)).to_numpy()
    columns = {
        schema.AREAS_LEVEL: member,
        schema.MUNICIPALITY_LEVEL: pd.Series(unit, index=member.index),
        schema.COUNTY_LEVEL: sheet.keys[-1],
    }
    columns |= {one.geography: one.membership.reindex(member.index) for one in measures.others}
    table = pd.DataFrame(columns, index=member.index).astype("str").fillna("")
    table.index.name = schema.BLOCK_ID
    return table
