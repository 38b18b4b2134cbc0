"""Cells of a census table as numbers and marks."""

import re

import numpy as np
import pyarrow as pa

from sozialraum.sources.census_cells import check_cells, numbers
from sozialraum.sources.census_table import GridFile
from sozialraum.sources.census_topics import SHARE
from sozialraum.sources.grid import Corners
from sozialraum.sources.symbols import CENSUS_2011, CENSUS_2022, Counts, Mark, parse

SECRET_2011 = (-1.0, -9.0)
"""-1: uninhabited or secret; -9: inhabited, value secret."""
LEADING_ZERO = re.compile(r"0\d+")


def parsed(
    column: pa.ChunkedArray, name: str, file: GridFile, corners: Corners, *, dash_is_zero: bool
) -> Counts:
    """Return one column as numbers and marks; complain about anything else.

    Raises
    ------
    SourceError
        Names the cells that hold neither a number nor an official symbol, or a count below 0.
    """
    old = file.edition == "2011"
    if not (pa.types.is_string(column.type) or pa.types.is_binary(column.type)):
        counts = _plain(column, dash_is_zero=dash_is_zero)
    else:
        symbols = CENSUS_2011 if old else CENSUS_2022
        counts = parse(
            column,
            decimal=file.decimal,
            symbols=symbols,
            dash_is_zero=dash_is_zero and not old,
        )
    check_cells(
        np.flatnonzero(counts.mark == Mark.WRONG),
        "sources.cells_not_numbers",
        name,
        file.where,
        corners,
    )
    if file.edition != "2022":
        counts = without_secret_codes(counts)
    if not SHARE.search(name):
        check_cells(counts.negative, "sources.cells_negative", name, file.where, corners)
    return counts


def _plain(column: pa.ChunkedArray, *, dash_is_zero: bool) -> Counts:
    """Return a column that holds numbers already; blank is missing, infinite is wrong."""
    value = np.asarray(column.to_numpy(), dtype=float)
    value = np.nan_to_num(value, posinf=np.inf, neginf=-np.inf) if dash_is_zero else value
    counts = numbers(value)
    counts.mark[np.isinf(value)] = Mark.WRONG
    return counts


def has_decimals(counts: Counts) -> bool:
    """Return True if any number is not whole."""
    return bool((counts.value - np.floor(counts.value) > 0).any())


def holds_other_texts(column: pa.ChunkedArray) -> bool:
    """Return True for texts of a typed file that are names or keys, not written numbers."""
    if not pa.types.is_string(column.type):
        return False
    texts = column.unique().drop_null()
    wrong = len(parse(texts, symbols=CENSUS_2022).wrong)
    return bool(wrong) or any(LEADING_ZERO.fullmatch(text) for text in texts.to_pylist())


def without_secret_codes(counts: Counts) -> Counts:
    """Return numbers of 2011 with -1 and -9 as what they are: marks."""
    secret = np.isin(counts.value, SECRET_2011)
    return counts.marked(secret, Mark.SECRET) if secret.any() else counts
