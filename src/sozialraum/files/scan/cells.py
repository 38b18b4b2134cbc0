"""Single cells of tables: what they hold, and whether two are the same."""

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd

from sozialraum.files.scan.words import number_of, same

type Column = Callable[[pd.Series, pd.DataFrame], list[int]]
"""Takes a column and its table, returns the positions of wrong cells."""


def positions(wrong: Iterable[bool]) -> list[int]:
    """Return where something is wrong."""
    return [i for i, one in enumerate(wrong) if one]


def plain(cell: Any) -> str:
    """Return a cell as text, nothing for a missing one."""
    return "" if cell is None or (isinstance(cell, float) and math.isnan(cell)) else str(cell)


def number_in(cell: Any) -> float | None:
    """Return the number in a cell, None where it holds none."""
    if isinstance(cell, int | float | np.number):
        return float(cell)
    return number_of(str(cell))


def equal(cell: Any, given: Any) -> bool:
    """Return True if a cell holds the number given, or nothing where nothing is given.

    Examples
    --------
    >>> equal("7,5", 7.5), equal("", float("nan")), equal("0", float("nan")), equal("7.51", 7.5)
    (True, True, False, False)
    """
    empty = plain(cell).strip() == ""
    if pd.isna(given) or empty:
        return empty and bool(pd.isna(given))
    number = number_in(cell)
    return number is not None and same(number) == same(float(given))
