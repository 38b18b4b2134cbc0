"""Counts by grid cell: population registers, and other counts without addresses.

A register lists inhabited cells only. A cell on a municipal border stands in the files of
both municipalities; its counts are added up, so that the total of the county stays right.
"""

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import SourceError
from sozialraum.sources.delivery_file import Entry, Resolved
from sozialraum.sources.keys import find_column, municipality_keys
from sozialraum.sources.loaded import Loaded, Place, load, places_in, row_names
from sozialraum.sources.long import Part, repeated
from sozialraum.sources.mapped import cell_keys, combined, dates_of, needed_columns
from sozialraum.sources.notes import note
from sozialraum.sources.symbols import Counts, Mark

CELL_COLUMNS = ("Gitter_ID_100m", "GITTER_ID_100m", "Gitter_ID_100m_neu")
UNIT_COLUMNS = ("AGS", "ags", "Gemeindeschlüssel", "ARS")


def read_cells(resolved: Resolved) -> tuple[list[Part], tuple[str, ...], list[str]]:
    """Return counts by cell, the municipalities in the files, and notes.

    Raises
    ------
    SourceError
        A file lacks a column, a key is no cell key, a cell occurs twice in a municipality
        and at one date, a count is negative.
    """
    parts, units, notes = _read(resolved)
    whole, shared = _united(parts, np.concatenate(units))
    if shared:
        notes.append(note("cells_on_borders", count=shared, delivery=resolved.entry.name))
    found = tuple(sorted({unit for units_of in units for unit in set(units_of)} - {""}))
    return [whole], found, notes


def municipal_totals(resolved: Resolved, variable: str) -> pd.DataFrame:
    """Return the totals of one count by municipality and date, as the files name them.

    Parameters
    ----------
    resolved
        A delivery of kind ``"register"`` or ``"cells"``.
    variable
        One of its counts.

    Returns
    -------
    pandas.DataFrame
        `municipality`, `date`, `value`; rows without a municipality are left out. A total
        with a missing part is missing.

    Raises
    ------
    SourceError
        As for :func:`read_cells`.
    """
    parts, units, _ = _read(resolved)
    frame = pd.DataFrame(
        {
            schema.MUNICIPALITY: np.concatenate(units).astype(str),
            schema.DATE: np.concatenate([part.date for part in parts]).astype(str),
            "value": np.concatenate([part.counts[variable].value for part in parts]),
        }
    )
    named = frame[frame[schema.MUNICIPALITY] != ""]
    groups = named.groupby([schema.MUNICIPALITY, schema.DATE], sort=True)["value"]
    return groups.sum(min_count=1).where(groups.count() == groups.size()).reset_index()


def _read(resolved: Resolved) -> tuple[list[Part], list[np.ndarray], list[str]]:
    """Return counts and municipalities of all tables, and notes."""
    parts: list[Part] = []
    units: list[np.ndarray] = []
    notes: list[str] = []
    for file, shown in resolved.files:
        for place in places_in(file, shown=shown):
            part, unit, more = _one(place, resolved.entry)
            parts.append(part)
            units.append(unit)
            notes += more
    return parts, units, notes


def _one(place: Place, entry: Entry) -> tuple[Part, np.ndarray, list[str]]:
    """Return the counts and municipalities of one table."""
    loaded = load(place)
    key = _column(loaded, entry.columns.key, CELL_COLUMNS)
    if key is None:
        present = ", ".join(loaded.names)
        raise SourceError(
            "sources.columns_missing", ids=CELL_COLUMNS[:1], path=loaded.where, present=present
        )
    needed = needed_columns(entry.variables, loaded)
    counts = loaded.counts(needed, minimum=entry.source.minimum, dash_is_zero=entry.dash_is_zero)
    chosen = {n: combined(e, counts, loaded, n) for n, e in entry.variables.items()}
    keys = cell_keys(loaded, key)
    dates = dates_of(loaded, entry.date or None, entry.date_named, place)
    unit, notes = _units(loaded, entry)
    twice = pd.DataFrame({"key": keys, "date": dates, "unit": unit}).duplicated().to_numpy()
    if twice.any():
        ids = row_names(loaded.rows[twice])
        raise SourceError("sources.cells_repeated", ids=ids, path=loaded.where, column=key)
    return Part(repeated("cell", len(keys)), keys, dates, chosen), unit, notes


def _column(loaded: Loaded, named: str, usual: tuple[str, ...]) -> str | None:
    """Return the column named in the description, or one of the usual names."""
    if named:
        return find_column(loaded.names, named, loaded.where)
    return next((name for name in usual if name in loaded.names), None)


def _units(loaded: Loaded, entry: Entry) -> tuple[np.ndarray, list[str]]:
    """Return the municipality of every row; blank where the file does not say."""
    column = _column(loaded, entry.columns.municipality, UNIT_COLUMNS)
    if column is None:
        return repeated("", len(loaded.rows)), []
    keys, notes = municipality_keys(loaded.texts(column), loaded.where, repair=entry.repair_keys)
    return keys.to_numpy(dtype=object), notes


def _united(parts: list[Part], units: np.ndarray) -> tuple[Part, int]:
    """Return one entry a cell and date, and how many cells stand in several municipalities."""
    names = list(parts[0].counts)
    key = np.concatenate([part.key for part in parts])
    date = np.concatenate([part.date for part in parts])
    frame = pd.DataFrame({"key": key, "date": date, "unit": units})
    twice = frame.duplicated().to_numpy()
    if twice.any():
        ids = sorted(set(frame.loc[twice, "key"]))
        raise SourceError("sources.cells_in_two_files", ids=ids)
    group = frame.groupby(["key", "date"], sort=False).ngroup().to_numpy()
    places = frame.drop_duplicates(["key", "date"])
    columns = {name: summed([part.counts[name] for part in parts], group) for name in names}
    shared = frame.loc[frame.duplicated(["key", "date"]), "key"].nunique()
    cell, day = (places[column].to_numpy(dtype=object) for column in ("key", "date"))
    return Part(repeated("cell", len(cell)), cell, day, columns), int(shared)


def summed(parts: list[Counts], group: np.ndarray) -> Counts:
    """Return sums by group; a missing part makes the sum missing, with its mark."""
    size = int(group.max()) + 1
    value, low, high = (
        # bincount adds NaN as NaN, so a missing part stays visible
        np.bincount(group, np.concatenate([getattr(part, field) for part in parts]), size)
        for field in ("value", "low", "high")
    )
    mark = np.full(size, Mark.VALUE, np.int8)
    np.maximum.at(mark, group, np.concatenate([part.mark for part in parts]))
    limited = np.zeros(size, bool)
    np.logical_or.at(limited, group, np.concatenate([part.limited for part in parts]))
    return Counts(value, low, high, mark, limited)
