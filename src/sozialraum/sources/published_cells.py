"""Cells of somebody's published table: shares, changes, ranks or scores as numbers.

Other cities write what their programs wrote: ``NaN``, ``-9999`` or a blank where an area was
left out, ``1e-05`` for a small change, ``32,844`` for a rank. None of it may become a 0.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pyarrow as pa

from sozialraum.errors import SourceError
from sozialraum.sources.loaded import Loaded
from sozialraum.sources.published_signs import SIGNS, degrouped, readings, sign_of
from sozialraum.sources.symbols import OFFICIAL, Counts, Mark, parse

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
HIGHEST_CODE = -9
"""Largest whole number that programs write for a missing change."""
NEAR_CODES = (-99.9,)
CERTAIN_CODES = (-99, -99.9)
"""Numbers that are hardly ever changes, even if they stand there only once."""
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
        Decimal sign; seen from the numbers of each column when omitted.

    Raises
    ------
    SourceError
        Cells that are no number, columns with both decimal signs or whose thousands could
        be decimals, shares outside 0 to 100, counts in place of shares, ranks that are not
        whole (or half, for equals) or below 1: with row and column.
    """
    texts = {name: [_plain(str(cell)) for cell in loaded.texts(name)] for name in kinds}
    signs = _signs(texts, kinds, loaded.where, decimal)
    cells = {
        name: pa.array([_written_out(cell, signs[name]) for cell in column], pa.string())
        for name, column in texts.items()
    }
    found = {
        name: parse(column, decimal=signs[name], symbols=SYMBOLS) for name, column in cells.items()
    }
    wrong = [loaded.place(i, name) for name, one in found.items() for i in one.wrong]
    if wrong:
        raise SourceError("sources.not_numbers", ids=wrong, path=loaded.where)
    _check_counts(loaded, found, kinds)
    limits = (
        ("published.above_hundred", "share", lambda x: x > WHOLE),
        ("published.negative", "share", lambda x: x < 0),
        ("published.negative", "count", lambda x: x < 0),
        ("published.too_large_change", "change", lambda x: np.abs(x) > WHOLE),
        ("published.not_ranks", "rank", lambda x: (x < 1) | (x * 2 % 1 > 0)),
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


def suspicious(values: np.ndarray) -> float | None:
    """Return the lowest of some changes if it looks like a code for missing numbers.

    That is -99, or a repeated -9 or other low whole number, where the others have decimals.

    Examples
    --------
    >>> suspicious(np.array([-99.0, 0.5, -99.0, -1.25])), suspicious(np.array([-12.0, 3.5]))
    (-99.0, None)
    """
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    lowest = float(known.min())
    code = lowest <= HIGHEST_CODE and (lowest % 1 == 0 or lowest in NEAR_CODES)
    others = known[known != lowest]
    repeated = (known == lowest).sum() > 1 or lowest in CERTAIN_CODES
    return lowest if code and repeated and (others % 1 != 0).any() else None


def _plain(cell: str) -> str:
    """Return a cell with a plain minus sign, without percent sign or mark of no data."""
    plain = cell.replace("\u2212", "-").removesuffix("%").strip()
    return "" if NODATA.fullmatch(plain) else plain


def _signs(
    texts: Mapping[str, Sequence[str]],
    kinds: Mapping[str, Kind],
    where: str,
    decimal: str | None,
) -> dict[str, str]:
    """Return the decimal sign of every column; name those that cannot be told."""
    signs: dict[str, str] = {}
    mixed, unclear = [], []
    for name, cells in texts.items():
        kind = kinds[name]
        if decimal:
            sign = decimal if all(decimal in (readings(c) or SIGNS) for c in cells) else None
        else:
            sign = sign_of(cells, whole=kind in ("rank", "count"), halves=kind == "rank")
        if sign is None:
            marks = {
                s for cell in dict.fromkeys(cells) for s in SIGNS if s in cell and readings(cell)
            }
            (mixed if decimal or len(marks) > 1 else unclear).append(name)
        else:
            signs[name] = sign
    if mixed:
        raise SourceError("published.mixed_signs", ids=mixed, path=where)
    if unclear:
        raise SourceError("published.unclear_thousands", ids=unclear, path=where)
    return signs


def _written_out(cell: str, sign: str) -> str:
    """Return a number in groups, in powers of ten or without its zero as plain digits."""
    cell = degrouped(cell, sign)
    if EXPONENT.fullmatch(cell):
        number = float(cell.replace(",", "."))
        return np.format_float_positional(number, trim="-").replace(".", sign)
    bare = BARE.fullmatch(cell)
    return f"{bare[1]}0{bare[2]}" if bare else cell
