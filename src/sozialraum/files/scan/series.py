"""What is told of a series: its length and slope, against the published values."""

from collections.abc import Iterator
from datetime import date
from itertools import combinations

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.files.scan.cells import Column, number_in, plain, positions
from sozialraum.files.scan.known import Known
from sozialraum.methods.pooling import apart
from sozialraum.schema import State

YEAR = 365.25
"""Days."""
CLOSE = 0.01
"""Slopes this close to each other, relative to the steepest step, are one: years differ."""

type Series = list[tuple[float, float]]
"""Published values: when, in years, and what."""


def series_column(name: str, known: Known) -> Column:
    """Return the check of the points or the slope of a series between two dates.

    The slope is the median of the slopes between any two published values (Theil-Sen).
    """

    def check(column: pd.Series, table: pd.DataFrame) -> list[int]:
        pairs = zip(column, _published(table, known), strict=True)
        if name == "points":
            return positions(number_in(cell) != len(series) for cell, series in pairs)
        return positions(plain(cell) != "" and not _rises(cell, series) for cell, series in pairs)

    return check


def _rises(cell: object, series: Series) -> bool:
    number = number_in(cell)
    slopes = [(b - a) / (t - s) for (s, a), (t, b) in combinations(series, 2) if t > s]
    if number is None or not slopes:
        return False
    return abs(number - float(np.median(slopes))) <= CLOSE * float(np.abs(slopes).max())


def _published(table: pd.DataFrame, known: Known) -> Iterator[Series]:
    """Yield the published values between the dates of every row, in order."""
    assert known.release is not None
    given, indicators = known.release.table, known.release.indicators
    people = given["denominator"].isna() | (given["denominator"] > 0)
    shown = given[(given["state"] == State.VALUE) & people].sort_values(schema.DATE)
    own: dict[tuple[str, str], list[tuple[str, float]]] = {}
    columns = (schema.AREA_ID, schema.INDICATOR, schema.DATE, "value")
    for area, indicator, day, value in zip(*(shown[name] for name in columns), strict=True):
        own.setdefault((str(area), str(indicator)), []).append((str(day), float(value)))
    keys = (schema.AREA_ID, schema.INDICATOR, "start", schema.DATE)
    parts = [table[name].astype(str) if name in table else [""] * len(table) for name in keys]
    last: dict[str, str] = {}
    for indicator, end in zip(parts[1], parts[3], strict=True):
        last[indicator] = max(last.get(indicator, ""), end)
    dates = {
        # whoever looks back counts from the last date looked at
        one.id: apart([d for d in known.release.dates(one.id) if d <= last[one.id]], one.pool)
        for one in indicators
        if one.id in last
    }
    for area, indicator, start, end in zip(*parts, strict=True):
        counted = dates.get(indicator, ())
        found = own.get((area, indicator), [])
        yield [(_years(d), v) for d, v in found if start <= d <= end and d in counted]


def _years(day: str) -> float:
    return date.fromisoformat(day).toordinal() / YEAR
