"""Several vintages of boundaries in one file: which features were valid on a day."""

import re
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from sozialraum.errors import SourceError
from sozialraum.sources.dates import first_day, iso_date
from sozialraum.sources.keys import SHORT, as_text
from sozialraum.sources.notes import note
from sozialraum.sources.shapes import Shapes

BEGIN = (
    *("gueltig_von", "gültig_von", "gueltigvon", "gueltig_ab", "gültig_ab", "gueltigab"),
    *("valid_from", "validfrom", "beginn", "begin", "datum_von", "von"),
    *("gueltigkeit_von", "gueltigkeitsbeginn", "beginlifespanversion", "validstartdate"),
)
END = (
    *("gueltig_bis", "gültig_bis", "gueltigbis", "valid_to", "validto", "valid_until"),
    *("ende", "end", "datum_bis", "bis", "gueltigkeit_bis", "gueltigkeitsende"),
    *("endlifespanversion", "validenddate", "ausserkraft", "ausser_kraft"),
)
EDITION = ("stand", "stichtag", "gebietsstand", "datenstand", "wahltermin", "wahltag", "jahr")
"""Columns that say of which date a whole set of boundaries is."""
EPOCH = re.compile(r"-?\d{12,13}(\.0)?")
"""Milliseconds since 1970, as map services write days."""
OFTEN = 0.2
"""Share of repeated values from which a column not known to be the key tells editions apart."""
ALWAYS, NEVER = "0001-01-01", "9999-12-31"


@dataclass(frozen=True, slots=True)
class _Validity:
    """First and last day of every feature, and the columns that say so."""

    first: np.ndarray
    last: np.ndarray
    column: str

    @property
    def changes(self) -> list[str]:
        """Days from which something else was valid, newest first."""
        return sorted({day for day in self.first if day != ALWAYS}, reverse=True)


def at_date(shapes: Shapes, date: str | None, key: str | None) -> tuple[Shapes, list[str], str]:
    """Return the features that were valid on a day, notes, and the day if there is one.

    Columns with first and last day decide; else a column with the date of the set, where the
    same keys occur with several.

    Parameters
    ----------
    shapes
        A layer as it stands in its file.
    date
        The day (ISO 8601); None where the file holds one vintage.
    key
        Column with the keys, if it is known; else any that repeats from set to set tells.

    Raises
    ------
    SourceError
        The file holds several vintages and no day was chosen, nothing was valid on that day,
        or no column says what was.
    """
    if date is not None and iso_date(date) is None:
        raise SourceError("shapes.not_a_date", date=date)
    day = iso_date(date) if date is not None else None
    validity = _intervals(shapes.attributes) or _editions(shapes.attributes, key, chosen=day)
    if validity is None:
        if day is not None:
            names = [str(name) for name in shapes.attributes.columns]
            raise SourceError("shapes.no_validity", ids=names, path=shapes.where, date=date)
        return shapes, [], ""
    if day is None:
        if max(validity.first, default=ALWAYS) <= min(validity.last, default=NEVER):
            return shapes, [], ""
        raise SourceError(
            "shapes.several_vintages",
            ids=validity.changes,
            path=shapes.where,
            column=validity.column,
            newest=validity.changes[0] if validity.changes else NEVER,
        )
    valid = (validity.first <= day) & (day <= validity.last)
    if not valid.any():
        raise SourceError("shapes.no_vintage", ids=validity.changes, path=shapes.where, date=day)
    out = int((~valid).sum())
    notes = [note("shapes.note_vintage", path=shapes.where, date=day, count=out)] if out else []
    return shapes.rows(valid), notes, day


def edition_of(attributes: pd.DataFrame) -> str:
    """Return the one date that all features carry, or nothing.

    Examples
    --------
    >>> edition_of(pd.DataFrame({"STAND": ["20240101", "20240101"]}))
    '2024-01-01'
    """
    column = _column(attributes, EDITION)
    days = {_day(cell, last=True) for cell in as_text(attributes[column])} if column else set()
    day = days.pop() if len(days) == 1 else None
    return day or ""


def _column(attributes: pd.DataFrame, names: tuple[str, ...]) -> str | None:
    """Return the first column with one of some names, whole or cut to ten characters."""
    folded = {str(c).casefold(): str(c) for c in attributes.columns}
    for name in names:
        if name in folded:
            return folded[name]
        if len(name) > SHORT and name[:SHORT] in folded:
            return folded[name[:SHORT]]
    return None


def _intervals(attributes: pd.DataFrame) -> _Validity | None:
    """Return first and last days, where a column names the last ones."""
    end, begin = _column(attributes, END), _column(attributes, BEGIN)
    if end is None:
        return None
    last = [_day(cell, last=True) for cell in as_text(attributes[end])]
    if not any(last):
        return None
    first = [_day(cell) for cell in as_text(attributes[begin])] if begin else [None] * len(last)
    starts = np.array([day or ALWAYS for day in first])
    ends = np.array([day or NEVER for day in last])
    # a shape that ends on the day on which its successor begins gives way to it
    ends = np.where(np.isin(ends, starts) & (ends > starts), _eve(ends), ends)
    return _Validity(starts, ends, f"{begin}, {end}" if begin else end)


def _editions(attributes: pd.DataFrame, key: str | None, *, chosen: str | None) -> _Validity | None:
    """Return from when to when every edition was the newest, where keys occur in several."""
    column = _column(attributes, EDITION)
    if column is None:
        return None
    days = np.array([_day(cell, last=True) or "" for cell in as_text(attributes[column])])
    editions = sorted(set(days) - {""})
    if len(editions) < 2 or not (chosen or _repeats(attributes, days, key)):
        return None
    ends = {day: _before(after) for day, after in pairwise(editions)}
    ends[editions[-1]] = NEVER
    starts = np.where(days == "", ALWAYS, days)
    return _Validity(starts, np.array([ends.get(day, NEVER) for day in days]), column)


def _repeats(attributes: pd.DataFrame, days: np.ndarray, key: str | None) -> bool:
    """Return True if a column repeats its values, but not within an edition."""
    for name in [key] if key else [str(c) for c in attributes.columns]:
        keys = as_text(attributes[name])
        pairs = pd.DataFrame({"key": keys.to_numpy(), "day": days})
        again = keys.duplicated().mean() > (0 if key else OFTEN)
        if again and not pairs.duplicated().any() and (keys != "").all():
            return True
    return False


def _day(cell: str, *, last: bool = False) -> str | None:
    """Return an ISO day from what files write, or None; a year stands for an end of it.

    Examples
    --------
    >>> [_day(t) for t in ("2024-05-01T00:00:00Z", "2024/05/01", "1714521600000", "31.12.9999")]
    ['2024-05-01', '2024-05-01', '2024-05-01', None]
    """
    if EPOCH.fullmatch(cell):
        return str(pd.Timestamp(int(float(cell)), unit="ms").date())
    cell = re.split(r"[T ]", cell)[0].replace("/", "-").removesuffix("Z")
    return iso_date(cell) if last else first_day(cell)


def _eve(days: np.ndarray) -> np.ndarray:
    return np.array([_before(day) if day not in (ALWAYS, NEVER) else day for day in days])


def _before(day: str) -> str:
    return str((pd.Timestamp(day) - pd.Timedelta(days=1)).date())
