"""What changed in the past: two states of a delivery, compared place by place.

The differences are as confidential as the counts: a difference of two small counts is one.
:func:`changes` returns them; :func:`coarse` says of them what may be shown on a screen.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.model.delivered import DELIVERY_LEVELS

IDENTITY = ("level", "key", schema.DATE, "variable")
NUMBERS = ("value", "low", "high")
COLUMNS = (*IDENTITY, "kind", "before", "before_state", "after", "after_state")
LARGE = 1000.0
"""Smallest total of the county of which a change is told, in classes of percent."""
Places = Literal["1–5", "6–50", "> 50"]
Shift = Literal["", "< 1 %", "+1–5 %", "-1–5 %", "+> 5 %", "-> 5 %"]


@dataclass(frozen=True, slots=True)
class Coarse:
    """What may be told of the changes of one variable: no count, no difference.

    Parameters
    ----------
    variable
        Which count.
    dates
        Reference dates with changes, ascending.
    places
        How many places changed, in three classes.
    total
        By how much the total of the county changed most, in classes of percent with the
        direction; ``""`` where the total is small.
    """

    variable: str
    dates: tuple[str, ...]
    places: Places
    total: Shift


def changes(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return what differs at the reference dates that were there before.

    A variable's new reference date and a new variable are no change of the past; a place
    that was added to, or left out of, an earlier date is one, and so is a date left out.

    Parameters
    ----------
    before, after
        Long tables of a delivery with
        :data:`~sozialraum.model.confidential.DELIVERY_COLUMNS`.

    Returns
    -------
    pandas.DataFrame
        One row a place × date × variable that differs: `level`, `key`, `date`,
        `variable`, `kind` (``"changed"``, ``"added"``, ``"removed"``), `before`,
        `before_state`, `after`, `after_state`. Confidential.

    Examples
    --------
    >>> from sozialraum.model.delivered import DELIVERY_COLUMNS
    >>> row = ("area", "Q1", "2024-12-31", "u3", 40.0, 40.0, 40.0, "value")
    >>> new = ("area", "Q1", "2025-12-31", "u3", 44.0, 44.0, 44.0, "value")
    >>> old = pd.DataFrame([row], columns=list(DELIVERY_COLUMNS))
    >>> len(changes(old, pd.DataFrame([row, new], columns=list(DELIVERY_COLUMNS))))
    0
    >>> changes(old, old.assign(value=41.0, low=41.0, high=41.0))["kind"].tolist()
    ['changed']
    """
    known, asked = _numbered(before, after, ("variable", schema.DATE))
    after = after[np.isin(asked, known)]
    old, new = _numbered(before, after, IDENTITY)
    order = np.argsort(old, kind="stable")
    ranked = old[order]
    at = np.searchsorted(ranked, new)
    found = at < len(ranked)
    found[found] = ranked[at[found]] == new[found]
    mine, theirs = order[at[found]], np.flatnonzero(found)
    differs = _differs(before, mine, after, theirs)
    parts = [
        _rows("changed", before.iloc[mine[differs]], after.iloc[theirs[differs]]),
        _rows("added", None, after[~found]),
        _rows("removed", before[~np.isin(old, new)], None),
    ]
    table = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    return table.sort_values(["variable", schema.DATE, "level", "key"], ignore_index=True)


def coarse(found: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame) -> tuple[Coarse, ...]:
    """Return what may be told of changes, one entry a variable.

    Parameters
    ----------
    found
        As :func:`changes` returns it.
    before, after
        What was compared.

    Examples
    --------
    >>> from sozialraum.model.delivered import DELIVERY_COLUMNS
    >>> row = ("area", "Q1", "2024-12-31", "u3", 40.0, 40.0, 40.0, "value")
    >>> old = pd.DataFrame([row], columns=list(DELIVERY_COLUMNS))
    >>> new = old.assign(value=41.0, low=41.0, high=41.0)
    >>> coarse(changes(old, new), old, new)
    (Coarse(variable='u3', dates=('2024-12-31',), places='1–5', total=''),)
    """
    told = []
    for variable, rows in found.groupby("variable", sort=True):
        dates = tuple(sorted(rows[schema.DATE].unique()))
        places = len(rows[["level", "key"]].drop_duplicates())
        totals = [_totals(table, str(variable), dates) for table in (before, after)]
        told.append(Coarse(str(variable), dates, _places(places), _shift(*totals)))
    return tuple(told)


def _numbered(
    before: pd.DataFrame, after: pd.DataFrame, columns: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Return a number for every row of both tables, equal where the columns are equal."""
    number = np.zeros(len(before) + len(after), dtype=np.int64)
    for column in columns:
        both = pd.concat([before[column], after[column]], ignore_index=True)
        code, names = pd.factorize(both)
        number = number * max(len(names), 1) + code
    return number[: len(before)], number[len(before) :]


def _differs(
    before: pd.DataFrame, mine: np.ndarray, after: pd.DataFrame, theirs: np.ndarray
) -> np.ndarray:
    """Return which pairs of rows do not say the same; two missing numbers are the same."""
    differs = np.zeros(len(mine), dtype=bool)
    for column in NUMBERS:
        old = before[column].to_numpy(dtype=float)[mine]
        new = after[column].to_numpy(dtype=float)[theirs]
        differs |= ~((old == new) | (np.isnan(old) & np.isnan(new)))
    states = [t["state"].to_numpy(dtype=object) for t in (before, after)]
    return differs | (states[0][mine] != states[1][theirs])


def _rows(kind: str, before: pd.DataFrame | None, after: pd.DataFrame | None) -> pd.DataFrame:
    present = before if before is not None else after
    assert present is not None
    columns = {name: present[name].to_numpy(dtype=object) for name in IDENTITY}
    columns["kind"] = np.full(len(present), kind, dtype=object)
    for name, table in (("before", before), ("after", after)):
        values, states = np.full(len(present), np.nan), np.full(len(present), "", dtype=object)
        if table is not None:
            values, states = table["value"].to_numpy(dtype=float), table["state"].to_numpy(object)
        columns |= {name: values, f"{name}_state": states}
    return pd.DataFrame(columns, columns=list(COLUMNS))


def _places(number: int) -> Places:
    return "1–5" if number <= 5 else "6–50" if number <= 50 else "> 50"


def _totals(table: pd.DataFrame, variable: str, dates: tuple[str, ...]) -> pd.Series:
    """Return the total of the county at each date, of the finest level that there is."""
    rows = table[(table["variable"] == variable) & table[schema.DATE].isin(dates)]
    levels = set(rows["level"])
    finest = next((level for level in DELIVERY_LEVELS if level in levels), "")
    sums = rows[rows["level"] == finest].groupby(schema.DATE)["value"].sum()
    return sums.reindex(list(dates), fill_value=0.0)


def _shift(before: pd.Series, after: pd.Series) -> Shift:
    """Return the largest change of a total as a class; without direction below 1 percent."""
    if before.min() < LARGE or after.min() < LARGE:
        return ""
    relative = (after / before - 1).to_numpy()
    largest = float(relative[np.abs(relative).argmax()])
    if abs(largest) < 0.01:
        return "< 1 %"
    if abs(largest) <= 0.05:
        return "+1–5 %" if largest > 0 else "-1–5 %"
    return "+> 5 %" if largest > 0 else "-> 5 %"
