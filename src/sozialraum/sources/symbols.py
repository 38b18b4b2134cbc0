"""Numbers and the official symbols that stand in their place.

German official statistics, the employment agency and municipal offices write symbols
where there is no number. Each keeps its meaning (:class:`sozialraum.schema.State`); none
becomes 0. Signs and meanings: *Zeichenerklärung* of the statistical offices of the Federation
and the Länder; employment agency, *Arbeitsmarktdaten in kleinräumiger Gliederung*.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from math import inf, nan

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sozialraum.methods.expression import evaluate, is_increasing, names_in
from sozialraum.schema import State


class Mark(IntEnum):
    """What a cell says, in the order in which one part of a sum hides the others."""

    VALUE = 0
    NOT_APPLICABLE = 1
    NOT_DELIVERED = 2
    FEWER = 3
    """Fewer than the supplier's minimum, but not nobody."""
    SECRET = 4
    """Secret or unknown: nothing is known about the number."""
    WRONG = 5
    """Neither number nor symbol."""


STATES = {
    Mark.VALUE: State.VALUE,
    Mark.NOT_APPLICABLE: State.NOT_APPLICABLE,
    Mark.NOT_DELIVERED: State.NOT_DELIVERED,
    Mark.FEWER: State.SUPPLIER,
    Mark.SECRET: State.SUPPLIER,
}

DASHES = ("-", "–", "—", "\ufffd")
"""Dashes in use; the last is what a wrongly decoded dash turns into."""
OFFICIAL: Mapping[str, Mark] = {
    **dict.fromkeys(DASHES, Mark.NOT_DELIVERED),
    **dict.fromkeys(("", "/", "…", "...", "k.a.", "k. a.", "()"), Mark.NOT_DELIVERED),
    **dict.fromkeys((".", "·"), Mark.SECRET),
    **dict.fromkeys(("*", "•"), Mark.FEWER),
    "x": Mark.NOT_APPLICABLE,
}
CENSUS_2022: Mapping[str, Mark] = {
    # In the grid files one dash stands for "no case" and for "secret": not told apart.
    **dict.fromkeys(DASHES, Mark.SECRET),
    "": Mark.NOT_DELIVERED,
}
CENSUS_2011: Mapping[str, Mark] = {"": Mark.NOT_DELIVERED}

PLAIN = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
THOUSANDS = {",": re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?"), ".": None}
LIMITED = re.compile(r"\(\s*([^()]+?)\s*\)")
LESS_THAN = re.compile(r"<\s*(\d+)")
POINT = re.compile(r"[+-]?(?:\d+\.\d{1,2}|\d+\.\d{4,}|\d{4,}\.\d+)")
COMMA = re.compile(r"[+-]?[\d.]+,\d+")


@dataclass(frozen=True, slots=True)
class Counts:
    """A column read from outside: numbers, what is known of them, and marks.

    Parameters
    ----------
    value
        The number; missing unless the mark is ``VALUE``.
    low, high
        Limits; equal to the number where there is one, missing where nothing is known.
    mark
        :class:`Mark` of every cell.
    limited
        True where the supplier calls the number of limited reliability: ``(12)``.
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    mark: np.ndarray
    limited: np.ndarray

    def taken(self, positions: np.ndarray) -> "Counts":
        """Return the cells at some positions, or where a mask is True."""
        return Counts(
            self.value[positions],
            self.low[positions],
            self.high[positions],
            self.mark[positions],
            self.limited[positions],
        )

    def marked(self, where: np.ndarray, mark: Mark) -> "Counts":
        """Return the column without numbers where a mask is True, for the reason given."""
        value, low, high = (np.where(where, nan, x) for x in (self.value, self.low, self.high))
        marks = np.where(where, mark, self.mark).astype(np.int8)
        return Counts(value, low, high, marks, self.limited & ~where)

    @property
    def wrong(self) -> np.ndarray:
        """Positions of cells that are neither a number nor a symbol."""
        return np.flatnonzero(self.mark == Mark.WRONG)

    @property
    def negative(self) -> np.ndarray:
        """Positions of negative numbers."""
        return np.flatnonzero(self.value < 0)


def parse(
    cells: pa.Array | pa.ChunkedArray | pd.Series,
    *,
    decimal: str = ",",
    symbols: Mapping[str, Mark] = OFFICIAL,
    minimum: int = 0,
    dash_is_zero: bool = False,
) -> Counts:
    """Return a column of text as numbers and marks.

    Parameters
    ----------
    cells
        Text, one entry a row; bytes are read as UTF-8, else as cp1252.
    decimal
        Decimal sign. With a comma, points group thousands (``1.234,5``).
    symbols
        Meaning of the symbols, in lower case.
    minimum
        The supplier's minimum count: ``*`` then means 1 to ``minimum - 1``.
    dash_is_zero
        True only where the supplier says that a dash is exactly zero.

    Examples
    --------
    >>> counts = parse(pa.array(["12", "*", "-", "0,5"]), minimum=10)
    >>> counts.value, counts.high
    (array([12. ,  nan,  nan,  0.5]), array([12. ,  9. ,  nan,  0.5]))
    """
    encoded = _encoded(cells)
    unique = encoded.dictionary.to_pylist()
    rows = [
        _cell(
            _text(cell),
            decimal=decimal,
            symbols=symbols,
            minimum=minimum,
            dash_is_zero=dash_is_zero,
        )
        for cell in unique
    ]
    parsed = np.array(rows or np.empty((0, 5)), dtype=float).reshape(-1, 5).T.copy()
    row = encoded.indices.to_numpy(zero_copy_only=False)
    value = parsed[0][row]
    # one array serves as value and limit unless some symbol tells more than nothing
    low, high = (
        value if np.array_equal(limit, parsed[0], equal_nan=True) else limit[row]
        for limit in parsed[1:3]
    )
    return Counts(value, low, high, parsed[3].astype(np.int8)[row], parsed[4].astype(bool)[row])


def _encoded(cells: pa.Array | pa.ChunkedArray | pd.Series) -> pa.DictionaryArray:
    """Return text as codes of distinct texts: counts repeat, so few are ever parsed."""
    if isinstance(cells, pd.Series):
        cells = pa.array(cells, type=pa.string(), from_pandas=True)
    if isinstance(cells, pa.ChunkedArray):
        cells = cells.combine_chunks()
    filled = pc.fill_null(cells, pa.scalar("", type=cells.type)) if cells.null_count else cells
    return filled.dictionary_encode()


def _text(cell: str | bytes) -> str:
    """Return a cell as text. Bytes are decoded one by one: only dashes are ever not ASCII."""
    if isinstance(cell, str):
        return cell
    try:
        return cell.decode("utf-8")
    except UnicodeDecodeError:
        return cell.decode("cp1252", errors="replace")


def _cell(
    cell: str,
    *,
    decimal: str,
    symbols: Mapping[str, Mark],
    minimum: int,
    dash_is_zero: bool,
) -> tuple[float, float, float, int, bool]:
    """Return value, low, high, mark and limited reliability of one text."""
    plain = cell.replace("\xa0", " ").replace("\u202f", " ").strip().strip('"').strip()
    if dash_is_zero and plain in DASHES:
        plain = "0"
    mark = symbols.get(plain.casefold())
    if mark is not None:
        known = mark is Mark.FEWER and minimum > 1
        return (nan, 1.0 if known else nan, minimum - 1.0 if known else nan, mark, False)
    less = LESS_THAN.fullmatch(plain)
    if less:
        return (nan, 0.0, float(less[1]) - 1, Mark.FEWER, False)
    limited = LIMITED.fullmatch(plain)
    number = _number(limited[1] if limited else plain, decimal)
    if number is None:
        return (nan, nan, nan, Mark.WRONG, False)
    return (number, number, number, Mark.VALUE, limited is not None)


def _number(plain: str, decimal: str) -> float | None:
    """Return a number, or None where a text is not one."""
    grouped = THOUSANDS[decimal]
    if grouped and grouped.fullmatch(plain):
        plain = plain.replace(".", "")
    if not PLAIN.fullmatch(plain) or (decimal == "." and "," in plain):
        return None
    number = float(plain.replace(",", "."))
    return number if abs(number) < inf else None


def decimal_sign(columns: Iterable[pa.ChunkedArray | pd.Series]) -> str:
    """Return the decimal sign of a file: a point only where nothing else explains it.

    ``1.234`` alone is read the German way, as 1234; ``12.5`` is not German.

    Examples
    --------
    >>> decimal_sign([pd.Series(["12.5", "3"])]), decimal_sign([pd.Series(["1.234", "0,5"])])
    ('.', ',')
    """
    point = False
    for column in columns:
        cells = [str(cell).strip() for cell in _encoded(column).dictionary.to_pylist()]
        if any(COMMA.fullmatch(cell) for cell in cells):
            return ","
        point = point or any(POINT.fullmatch(cell) for cell in cells)
    return "." if point else ","


def combine(expression: str, columns: Mapping[str, Counts]) -> Counts:
    """Return an expression over columns, with its limits and its marks.

    A sum with a missing part is missing; its mark is the strongest of its parts. Limits
    survive where no subtraction occurs; a suppressed part of a difference leaves none.

    Raises
    ------
    SourceError
        The expression is faulty or names unknown columns.
    """
    if expression in columns:
        return columns[expression]
    value = np.asarray(evaluate(expression, {n: c.value for n, c in columns.items()}), float)
    parts = [columns[name] for name in names_in(expression, columns)]
    mark = np.maximum.reduce([part.mark for part in parts])
    # 0 * missing is missing too, so value and mark agree
    low = high = np.where(mark == Mark.VALUE, value, nan)
    if is_increasing(expression, columns):
        low = np.asarray(evaluate(expression, {n: c.low for n, c in columns.items()}), float)
        high = np.asarray(evaluate(expression, {n: c.high for n, c in columns.items()}), float)
    limited = np.logical_or.reduce([part.limited for part in parts])
    return Counts(value, low, high, mark, limited)


def states_of(marks: np.ndarray) -> np.ndarray:
    """Return the public state of every mark as an array of text."""
    names: Sequence[str] = [str(STATES.get(mark, "")) for mark in Mark]
    return np.array(names, dtype=object)[marks]
