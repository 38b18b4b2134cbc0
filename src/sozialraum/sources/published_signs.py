"""Which sign stands before the decimals, column by column, and which groups thousands.

``192.000`` is 192 in one country and 192 000 in another. A cell says what it can be, a
column what all of its cells can be; where two readings are left, nobody guesses.
"""

import re
from collections.abc import Iterable, Sequence

SIGNS: tuple[str, ...] = (",", ".")
OTHER: dict[str, str] = {",": ".", ".": ","}
GROUPS: dict[str, re.Pattern[str]] = {
    ",": re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?"),
    ".": re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?"),
}
"""Numbers with grouped thousands, by their decimal sign."""
DECIMALS: dict[str, re.Pattern[str]] = {
    ",": re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?"),
    ".": re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?"),
}
LIMITED = re.compile(r"\(\s*([^()]+?)\s*\)")
WHOLE = re.compile(r"[+-]?\d+")
UNGROUPED = 3
"""Digits of the longest number that needs no group."""


def readings(cell: str) -> set[str]:
    """Return the decimal signs with which a cell is a number; empty if it says nothing.

    Examples
    --------
    >>> readings("-0.075"), readings("1,234.5"), sorted(readings("192.000")), readings("12")
    ({'.'}, {'.'}, [',', '.'], set())
    """
    inner = LIMITED.fullmatch(cell)
    plain = inner[1] if inner else cell
    return {s for s in SIGNS if DECIMALS[s].fullmatch(plain) or GROUPS[s].fullmatch(plain)}


def sign_of(cells: Sequence[str], *, whole: bool = False, halves: bool = False) -> str | None:
    """Return the decimal sign of a column, None where it cannot be told.

    Parameters
    ----------
    cells
        Texts.
    whole
        The column holds whole numbers: decimals other than zeros are no reading.
    halves
        With `whole`: decimals may also be one half, as in ranks of equals.

    Examples
    --------
    >>> sign_of(["6,4", "12"]), sign_of(["6.383", "7.500"]), sign_of(["1.234,5", "0.5"])
    (',', '.', None)
    >>> sign_of(["3.114", "192.000"], whole=True), sign_of(["192.000"], whole=True)
    (',', None)
    """
    unique = dict.fromkeys(cells)
    told = [found for found in map(readings, unique) if found]
    common = set(SIGNS).intersection(*told)
    if len(common) == 1:
        return common.pop()
    if not told:
        return "."
    marks = {sign for cell in unique for sign in SIGNS if sign in cell and readings(cell)}
    if not common or len(marks) > 1:
        return None
    mark = marks.pop()
    return _of_whole(unique, mark, halves=halves) if whole else mark


def degrouped(cell: str, sign: str) -> str:
    """Return a number without the signs that group its thousands.

    Examples
    --------
    >>> degrouped("1.234,5", ","), degrouped("32,844", "."), degrouped("-0.075", ".")
    ('1234,5', '32844', '-0.075')
    """
    inner = LIMITED.fullmatch(cell)
    plain = inner[1] if inner else cell
    if not GROUPS[sign].fullmatch(plain):
        return cell
    return cell.replace(OTHER[sign], "")


def _of_whole(cells: Iterable[str], mark: str, *, halves: bool) -> str | None:
    """Return the sign of a column of whole numbers whose only mark could be both."""
    ends = {cell.rpartition(mark)[2].rstrip(")") for cell in cells if readings(cell)}
    if not ends <= ({"000", "500"} if halves else {"000"}):
        return OTHER[mark]
    digits = [len(cell.lstrip("+-")) for cell in cells if WHOLE.fullmatch(cell)]
    # who writes 299 beside 1.000 writes no decimals; 1200 beside it says nothing
    return OTHER[mark] if digits and max(digits) <= UNGROUPED else None
