"""Cells of somebody's published table: shares, changes, ranks or scores as numbers.

Other cities write what their programs wrote: ``NaN``, ``-9999`` or a blank where an area was
left out, ``1e-05`` for a small change, ``32,844`` for a rank. None of it may become a 0.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import numpy as np
import pyarrow as pa

from sozialraum.errors import SourceError
from sozialraum.sources.loaded import Loaded
from sozialraum.sources.symbols import COMMA, OFFICIAL, Counts, Mark, parse

type Kind = Literal["share", "change", "rank", "score", "count"]

SYMBOLS: Mapping[str, Mark] = {
    **OFFICIAL,
    **dict.fromkeys(
        ("nan", "na", "n/a", "#n/a", "none", "null", "nv", "#nv", "k. w."), Mark.NOT_DELIVERED
    ),
    **dict.fromkeys(("<na>", "nd", "no data", "keine angabe", "inf", "-inf"), Mark.NOT_DELIVERED),
}
"""Official symbols, and what programs write where there is no number."""
NODATA = re.compile(r"-9999+(?:[.,]0+)?")
"""What geographic information systems write where there is no number."""
EXPONENT = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")
BARE = re.compile(r"([+-]?)([.,]\d+)")
GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
WHOLE = 100.0
"""Largest share in percent."""


def published_numbers(
    loaded: Loaded, kinds: Mapping[str, Kind], decimal: str | None = None
) -> dict[str, Counts]:
    """Return columns of a published table as numbers and marks.

    Parameters
    ----------
    loaded
        The table.
    kinds
        What each column holds.
    decimal
        Decimal sign; seen from the numbers when omitted.

    Raises
    ------
    SourceError
        Cells that are no number, shares outside 0 to 100, counts in place of shares,
        ranks below 1: with row and column.
    """
    texts = {
        name: [_plain(str(cell), kind) for cell in loaded.texts(name)]
        for name, kind in kinds.items()
    }
    sign = decimal or _sign(texts.values())
    cells = {
        name: pa.array([_written_out(cell, sign) for cell in column], pa.string())
        for name, column in texts.items()
    }
    found = {name: parse(column, decimal=sign, symbols=SYMBOLS) for name, column in cells.items()}
    wrong = [loaded.place(i, name) for name, one in found.items() for i in one.wrong]
    if wrong:
        raise SourceError("sources.not_numbers", ids=wrong, path=loaded.where)
    _check_counts(loaded, found, kinds)
    limits = (
        ("published.above_hundred", "share", lambda x: x > WHOLE),
        ("published.negative", "share", lambda x: x < 0),
        ("published.negative", "count", lambda x: x < 0),
        ("published.too_large_change", "change", lambda x: np.abs(x) > WHOLE),
        ("published.not_ranks", "rank", lambda x: x < 1),
    )
    for message, kind, strange in limits:
        names = [name for name in found if kinds[name] == kind]
        places = [
            loaded.place(int(i), name)
            for name in names
            for i in np.flatnonzero(strange(found[name].value))
        ]
        if places:
            raise SourceError(message, ids=places, path=loaded.where)
    return found


def _check_counts(loaded: Loaded, found: Mapping[str, Counts], kinds: Mapping[str, Kind]) -> None:
    """Raise where a column of shares holds whole numbers beyond 100, or mostly beyond it."""
    counts = []
    for name, one in found.items():
        known = one.value[~np.isnan(one.value)]
        if kinds[name] == "share" and len(known) and known.max() > WHOLE:
            whole = (known == np.round(known)).all()
            counts += [name] if whole or np.median(known) > WHOLE else []
    if counts:
        raise SourceError("published.counts_not_shares", ids=counts, path=loaded.where)


def _plain(cell: str, kind: Kind) -> str:
    """Return a cell with a plain minus sign, without percent sign or mark of no data."""
    plain = cell.replace("\u2212", "-").removesuffix("%").strip()
    if NODATA.fullmatch(plain):
        return ""
    if kind in ("rank", "count") and GROUPED.fullmatch(plain):
        return plain.replace(".", "").replace(",", "")
    return plain


def _sign(columns: Iterable[Sequence[str]]) -> str:
    """Return the decimal sign: a comma only where one stands in a number."""
    comma = any(COMMA.fullmatch(cell) for column in columns for cell in column)
    return "," if comma else "."


def _written_out(cell: str, sign: str) -> str:
    """Return a number written in powers of ten, or without its zero, as plain digits."""
    if EXPONENT.fullmatch(cell):
        number = float(cell.replace(",", "."))
        return np.format_float_positional(number, trim="-").replace(".", sign)
    bare = BARE.fullmatch(cell)
    return f"{bare[1]}0{bare[2]}" if bare else cell
