"""Tables with a mapping: what an office sends, laid out its own way."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

import numpy as np
import pandas as pd

from sozialraum.errors import SourceError
from sozialraum.methods.expression import names_in
from sozialraum.sources.dates import date_in_name, iso_date
from sozialraum.sources.formulas import MARK
from sozialraum.sources.grid import are_cell_keys, corners_of, keys_of
from sozialraum.sources.keys import COUNTY_LENGTH, as_text, find_column, municipality_keys
from sozialraum.sources.loaded import Loaded, Place, row_names
from sozialraum.sources.long import Part, repeated
from sozialraum.sources.notes import note
from sozialraum.sources.symbols import OFFICIAL, Counts, combine

type Level = Literal["cell", "area", "municipality", "county"]
OTHER_LENGTHS = {"municipality": (1, 2, 3, 5, 9), "county": (1, 2, 3, 8, 9, 12)}
"""Lengths of official keys of other levels: country, Land, region, county, association, …"""
COUNTRY = ("DG", "DINSG", "D")
"""Keys of the country as a whole."""
TOTAL = re.compile(
    r"(insgesamt|(gesamt)?summe|gesamt(ergebnis|stadt|gemeinde)?|zusammen|total)\b.*"
    r"|.*\b(insgesamt|gesamt)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is laid out, and what its numbers are to be called.

    Parameters
    ----------
    key, municipality, date_column
        Columns with the key, with the municipality and with the date.
    key_format
        Pattern of the key, such as ``"{municipality}-{key}"``.
    date
        ISO date of the whole table.
    variables
        Counts by name, as expressions over the columns.
    level
        What the keys denote.
    header
        Text of a cell in the header row.
    header_rows
        Rows the header has.
    dash_is_zero
        The supplier says that a dash is exactly zero.
    minimum
        The supplier's minimum count.
    repair
        Put back lost leading zeros of municipality keys.
    """

    key: str | None = None
    municipality: str | None = None
    date_column: str | None = None
    key_format: str = ""
    date: str | None = None
    variables: Mapping[str, str] | None = None
    level: Level = "area"
    header: str | None = None
    header_rows: int = 1
    dash_is_zero: bool = False
    minimum: int = 0
    repair: bool = False


def read_mapped(loaded: Loaded, layout: Layout, place: Place) -> tuple[list[Part], list[str]]:
    """Return the counts of a table with a mapping."""
    key = find_column(loaded.names, layout.key or "", loaded.where)
    fixed = {key, layout.municipality, layout.date_column}
    columns = [name for name in loaded.names if name not in fixed]
    variables = layout.variables
    if variables is None:
        variables = {n: n for n in columns if _is_numeric(loaded, n, layout)}
    needed = needed_columns(variables, loaded)
    loaded, notes = body(loaded, key, needed)
    loaded, notes = _of_level(loaded, key, layout, notes)
    keys, more = _keys(loaded, key, layout)
    _check_formulas(loaded, needed)
    counts = loaded.counts(needed, minimum=layout.minimum, dash_is_zero=layout.dash_is_zero)
    chosen = {name: combined(e, counts, loaded, name) for name, e in variables.items()}
    dates = dates_of(loaded, layout.date, layout.date_column, place)
    level = repeated(layout.level, len(keys))
    part = Part(level, keys, dates, chosen)
    _check_unique(part, loaded, key)
    return [part], [*notes, *more]


def _check_formulas(loaded: Loaded, names: Sequence[str]) -> None:
    """Raise for cells that hold a formula without a result; names all of them."""
    places = [
        loaded.place(int(i), name)
        for name in names
        for i in np.flatnonzero(loaded.texts(name) == MARK)
    ]
    if places:
        raise SourceError("tables.formulas", ids=places, path=loaded.where)


def needed_columns(variables: Mapping[str, str], loaded: Loaded) -> list[str]:
    """Return the columns that expressions use, in the order of the file.

    Raises
    ------
    SourceError
        Columns are missing: names them all, the file, and what is there.
    """
    used = {n for e in variables.values() for n in names_in(e, loaded.names)}
    missing = sorted(used - set(loaded.names))
    if missing:
        present = ", ".join(loaded.names)
        raise SourceError(
            "sources.columns_missing", ids=missing, path=loaded.where, present=present
        )
    if not used:
        raise SourceError("sources.nothing_counted", path=loaded.where)
    return [name for name in loaded.names if name in used]


def combined(expression: str, counts: Mapping[str, Counts], loaded: Loaded, name: str) -> Counts:
    """Return an expression over columns; a difference must not fall below zero."""
    result = combine(expression, counts)
    loaded.complain("sources.negative", result.negative, name)
    return result


def dates_of(loaded: Loaded, date: str | None, column: str | None, place: Place) -> np.ndarray:
    """Return the ISO date of every row: given, from a column, or from the file's name.

    Raises
    ------
    SourceError
        No date is known, or cells hold none (with row and column).
    """
    if column:
        texts = loaded.texts(column)
        known = {text: iso_date(text) for text in texts.unique()}
        days = texts.map(known)
        loaded.complain("sources.not_dates_at", np.flatnonzero(days.isna()), column)
        return days.to_numpy(dtype=object)
    day = iso_date(date) if date else None
    day = day or date_in_name(PurePath(place.member or "").name) or date_in_name(place.path.name)
    if day is None:
        raise SourceError("sources.no_date", path=loaded.where)
    return repeated(day, len(loaded.rows))


def _is_numeric(loaded: Loaded, name: str, layout: Layout) -> bool:
    """Return True for a column that holds a number and otherwise only numbers and symbols."""
    cells = loaded.texts(name).unique()
    others = [cell for cell in cells if cell.casefold() not in OFFICIAL and cell != MARK]
    numbers = [c for c in others if re.fullmatch(r"\(?\s*<?\s*[+-]?[\d.,]+\s*\)?", c)]
    return name != layout.key and bool(numbers) and len(numbers) == len(others)


def body(loaded: Loaded, key: str, columns: Sequence[str]) -> tuple[Loaded, list[str]]:
    """Return the rows between header and footer, without blank rows and totals; and notes.

    Parameters
    ----------
    loaded
        The table below its header.
    key
        Column with the keys.
    columns
        Columns with the numbers: the last row that fills one of them ends the table.

    Raises
    ------
    SourceError
        There are no numbers, or numbers stand without a key; names the rows.
    """
    keys = loaded.texts(key)
    filled = np.any([loaded.texts(name) != "" for name in columns], axis=0)
    if not filled.any():
        raise SourceError("sources.empty_file", ids=[loaded.where])
    inside = np.arange(len(keys)) <= int(np.flatnonzero(filled)[-1])
    blank = (keys == "").to_numpy()
    # totals often stand in the column of names, with a blank key
    named_total = np.any([_is_total(loaded.texts(name)) for name in loaded.names], axis=0)
    total = _is_total(keys) | (blank & named_total)
    orphaned = inside & filled & blank & ~total
    if orphaned.any():
        ids = row_names(loaded.rows[orphaned])
        raise SourceError("sources.number_without_key", ids=ids, path=loaded.where, column=key)
    kept = inside & ~total & ~blank
    notes = []
    if (inside & total).any():
        ids = row_names(loaded.rows[inside & total])
        notes.append(note("totals_left_out", ids=ids, path=loaded.where))
    return loaded.kept(kept), notes


def cell_keys(loaded: Loaded, column: str) -> np.ndarray:
    """Return the INSPIRE keys of a column of cell keys of either form.

    Raises
    ------
    SourceError
        Cells hold no such key; names the rows.
    """
    keys = loaded.column(column).combine_chunks()
    loaded.complain("sources.not_cell_keys_at", np.flatnonzero(~are_cell_keys(keys)), column)
    return keys_of(corners_of(keys, loaded.where)).to_numpy(zero_copy_only=False)


def _is_total(texts: pd.Series) -> np.ndarray:
    return texts.str.fullmatch(TOTAL.pattern, flags=re.IGNORECASE).to_numpy(dtype=bool)


def _of_level(
    loaded: Loaded, key: str, layout: Layout, notes: list[str]
) -> tuple[Loaded, list[str]]:
    """Return the rows of the level asked for: official tables mix country to municipality."""
    if layout.level not in OTHER_LENGTHS or layout.key_format:
        return loaded, notes
    keys = as_text(loaded.texts(key))
    other = keys.str.fullmatch(r"\d+") & keys.str.len().isin(OTHER_LENGTHS[layout.level])
    other |= keys.isin(COUNTRY)
    if not other.any() or other.all():
        return loaded, notes
    kept = loaded.kept(~other.to_numpy(dtype=bool))
    return kept, [*notes, note("other_levels", path=loaded.where, count=int(other.sum()))]


def _keys(loaded: Loaded, column: str, layout: Layout) -> tuple[np.ndarray, list[str]]:
    """Return the keys in the form of their level."""
    keys, notes = as_text(loaded.texts(column)), []
    if layout.key_format:
        municipality = pd.Series("", index=keys.index, dtype="str")
        if layout.municipality:
            municipality, notes = municipality_keys(
                loaded.texts(layout.municipality), loaded.where, repair=layout.repair
            )
        keys = formatted(layout.key_format, keys, municipality)
    if layout.level == "municipality":
        keys, notes = municipality_keys(keys, loaded.where, repair=layout.repair)
    if layout.level == "county" and not keys.str.fullmatch(rf"\d{{{COUNTY_LENGTH}}}").all():
        strange = keys[~keys.str.fullmatch(rf"\d{{{COUNTY_LENGTH}}}")].unique()
        raise SourceError("sources.not_county_keys", ids=strange, path=loaded.where)
    if layout.level == "cell":
        return cell_keys(loaded, column), notes
    return keys.to_numpy(dtype=object), notes


def formatted(pattern: str, keys: pd.Series, municipality: pd.Series) -> pd.Series:
    """Return keys put into a pattern with ``{key}``, ``{gliederung}`` or ``{municipality}``.

    Examples
    --------
    >>> formatted("{municipality}-{key}", pd.Series(["Q03"]), pd.Series(["05999001"])).tolist()
    ['05999001-Q03']
    """
    pairs = zip(keys, municipality, strict=True)
    texts = [
        pattern.replace("{municipality}", unit).replace("{gliederung}", key).replace("{key}", key)
        for key, unit in pairs
    ]
    return pd.Series(texts, index=keys.index, dtype="str")


def _check_unique(part: Part, loaded: Loaded, column: str) -> None:
    twice = pd.DataFrame({"key": part.key, "date": part.date}).duplicated().to_numpy()
    if twice.any():
        ids = [
            f"{part.key[i]} ({name})"
            for i, name in zip(np.flatnonzero(twice), row_names(loaded.rows[twice]), strict=True)
        ]
        raise SourceError("sources.keys_repeated", ids=ids, path=loaded.where, column=column)
