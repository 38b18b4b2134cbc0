"""Local statistics that happen to be whole numbers: only if they come out again."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.files.scan.cells import Column, number_in, plain, positions
from sozialraum.files.scan.known import Known
from sozialraum.files.scan.words import same
from sozialraum.methods.contiguity import TOUCH, contiguity
from sozialraum.methods.funnel import TRIM
from sozialraum.methods.local import LocalResult, local_g, local_moran

LOCAL = ("local_moran", "gi_star")


def local_column(name: str, known: Known, fits: Callable[[float | None], bool]) -> Column:
    """Return the check of a column of local statistics.

    Parameters
    ----------
    name
        One of :data:`LOCAL`.
    known
        What may be shown.
    fits
        What numbers may be without a closer look. In counties of a handful of areas others
        occur, too; they pass if they follow from the column `z` and from who touches whom.
    """

    def check(column: pd.Series, table: pd.DataFrame) -> list[int]:
        empty = [bool(pd.isna(cell)) or plain(cell) == "" for cell in column]
        cells = [None if blank else number_in(c) for blank, c in zip(empty, column, strict=True)]
        areas = table[schema.AREA_ID].astype(str)
        fine = [
            blank or (area in known.published and fits(number))
            for blank, number, area in zip(empty, cells, areas, strict=True)
        ]
        if all(fine):
            return []
        again = _again(name, table, known)
        rows = zip(fine, cells, again, areas, strict=True)
        return positions(
            not (good or (area in known.published and number is not None and _is(number, told)))
            for good, number, told, area in rows
        )

    return check


def _is(number: float, told: float) -> bool:
    return bool(np.isfinite(told)) and same(number) == same(told)


def _again(name: str, table: pd.DataFrame, known: Known) -> np.ndarray:
    """Return the local statistic of every row, NaN where nothing can be computed."""
    found = np.full(len(table), np.nan)
    if "z" not in table or schema.INDICATOR not in table:
        return found
    z = np.array([np.nan if plain(one) == "" else number_in(one) for one in table["z"]], float)
    areas = table[schema.AREA_ID].astype(str).to_numpy()
    shown = np.isfinite(z) & np.isin(areas, known.areas.index)
    for indicator in table[schema.INDICATOR].unique():
        at = np.flatnonzero(shown & (table[schema.INDICATOR] == indicator).to_numpy())
        values = np.clip(z[at], -TRIM, TRIM)
        if len(at) and np.ptp(values) > 0:
            shapes = known.areas.loc[pd.Index(areas[at])].geometry.to_numpy()
            found[at] = _local(name, values, shapes).statistic
    return found


def _local(name: str, values: np.ndarray, shapes: np.ndarray) -> LocalResult:
    graph = contiguity(shapes, tolerance=TOUCH)
    if name == "gi_star":
        return local_g(values, graph, star=True, null="total")
    return local_moran(values, graph)
