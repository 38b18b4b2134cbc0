"""Numbers of blocks added up to areas, as a delivery of counts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.model import Areas, Source
from sozialraum.schema import State


def counts_by_area(
    areas: Areas, owner: np.ndarray, numbers: Mapping[str, np.ndarray], date: str
) -> pd.DataFrame:
    """Return the long table of a delivery of level ``area``.

    Parameters
    ----------
    areas
        The areas.
    owner
        (blocks,) position of every block's area, -1 where it lies in none.
    numbers
        (blocks,) numbers by variable; NaN where a number is not known. An area with such a
        block is missing, with what is known as its lower limit; so is one without a block.
    date
        Reference date of the numbers.
    """
    size, held = len(areas.frame), owner >= 0
    members = np.bincount(owner[held], minlength=size)
    parts = []
    for variable in sorted(numbers):
        values = numbers[variable][held]
        unknown = np.bincount(owner[held], np.isnan(values), size)
        known = np.bincount(owner[held], np.nan_to_num(values), size)
        missing = (unknown > 0) | (members == 0)
        low = np.where(members == 0, np.nan, known)
        parts.append(rows(areas.frame.index, variable, date, low, np.where(missing, np.nan, low)))
    return pd.concat(parts, ignore_index=True)


def rows(
    keys: pd.Index,
    variable: str,
    date: str,
    low: np.ndarray,
    value: np.ndarray,
    *,
    high: np.ndarray | None = None,
) -> pd.DataFrame:
    """Return the rows of one variable; missing values were not delivered."""
    return pd.DataFrame(
        {
            "level": "area",
            "key": keys.to_numpy(dtype=object),
            schema.DATE: date,
            "variable": variable,
            "value": value,
            "low": low,
            "high": value if high is None else high,
            "state": np.where(np.isnan(value), str(State.NOT_DELIVERED), str(State.VALUE)),
        }
    )


def combined(first: Source, others: Sequence[Source], *, changes: str, date: str) -> Source:
    """Return the source of numbers made of several: all are named, the strictest rule holds.

    Parameters
    ----------
    first
        What was measured: its licence and attribution are printed.
    others
        What it was combined with, such as registers of residents.
    changes
        What was done, in words.
    date
        Reference date of the result.
    """
    secret = [source for source in (first, *others) if source.confidential]
    days = [source.delete_by for source in secret if source.delete_by]
    return replace(
        first,
        changes="; ".join(part for part in (first.changes, changes) if part),
        reference_date=date or first.reference_date,
        confidential=bool(secret),
        purpose="; ".join(dict.fromkeys(s.purpose for s in secret if s.purpose)),
        legal_basis="; ".join(dict.fromkeys(s.legal_basis for s in secret if s.legal_basis)),
        delete_by=min(days, default=first.delete_by),
        minimum=max(source.minimum for source in (first, *others)),
    )
