"""A municipality's own list of streets by area: read, and compared with the map."""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import SourceError
from sozialraum.methods.house_numbers import read_number
from sozialraum.model.addresses import LISTED_COLUMNS, SIDES, StreetList
from sozialraum.sources.archives import local_file
from sozialraum.sources.books import is_workbook, sheet_names
from sozialraum.sources.keys import find_column
from sozialraum.sources.loaded import Loaded, Place, load, places_in
from sozialraum.sources.person_words import plain

HEADINGS = {
    "street": ("strasse", "strassenname", "street", "str", "name der strasse"),
    "first": (
        *("von", "hausnummer von", "hausnr von", "hnr von", "nr von", "hausnummern von", "ab"),
        *("von hausnummer", "von nr", "from", "number from", "hausnummer", "hausnummern"),
        *("hausnummernbereich", "von bis", "nummern", "hausnr", "hnr", "nr", "numbers"),
    ),
    "last": (
        *("bis", "hausnummer bis", "hausnr bis", "hnr bis", "nr bis", "hausnummern bis"),
        *("bis hausnummer", "bis nr", "to", "number to"),
    ),
    "side": (
        *("seite", "gerade ungerade", "gerade ungerade alle", "g u", "strassenseite", "side"),
        *("hausnummernart", "bereich", "even odd"),
    ),
    "area": (
        *("gebiet", "gebietsschluessel", "gebietsnummer", "gebiets id", "quartier", "quartier id"),
        *("sozialraum", "bezirk", "wahlbezirk", "schulbezirk", "stimmbezirk", "area", "area id"),
        *("gebietsname", "area name"),
    ),
    "street_key": ("strassenschluessel", "street key", "strassennummer"),
    "district": ("ortsteil", "stadtteil", "district"),
    schema.MUNICIPALITY: ("gemeindeschluessel", "ags", "municipality"),
}
"""What a column may be called, best name first; without case, umlauts and signs."""
NEEDED = ("street", "area")
STREETS_SHEETS = ("strassen", "streets")
SIDE_WORDS = {
    "even": ("gerade", "g", "even", "2"),
    "odd": ("ungerade", "u", "odd", "1"),
    "all": ("alle", "beide", "beidseitig", "fortlaufend", "f", "a", "g u", "all", "both", "", "0"),
    "one": ("nur diese", "einzeln", "ohne nummer", "only this", "without number"),
}
ENDS = ("ende", "end", "999", "9999", "max")
STARTS = ("anfang", "start", "0")


def read_street_list(
    path: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    header: str | None = None,
) -> StreetList:
    r"""Return a municipality's own list of streets and number ranges by area.

    Parameters
    ----------
    path
        CSV or workbook with a street, from and to number, the side (``gerade``,
        ``ungerade``, ``alle``) and the area. Without numbers the whole street belongs to
        the area.
    columns
        Columns by part (``street``, ``first``, ``last``, ``side``, ``area``,
        ``street_key``, ``district``, ``municipality``), where the names do not tell.
    sheet
        Sheet of a workbook, if there are several; the one called "Straßen" otherwise.
    header
        Text of a cell in the header row, where titles stand above it.

    Returns
    -------
    StreetList

    Raises
    ------
    SourceError
        Columns are missing, or cells hold neither a number nor a side: with row and
        column, all at once.
    DisclosureError
        The list says who lives there.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "strassen.csv"
    >>> _ = file.write_text("Straße;von;bis;Seite;Gebiet\nRingstr.;2;12a;gerade;Q1\n")
    >>> read_street_list(file).rows[["street", "first", "last", "side", "area"]].to_numpy().tolist()
    [['Ringstr.', '2', '12a', 'even', 'Q1']]
    """
    loaded = load(_place(path, sheet), header=header)
    found = _columns(loaded, columns or {})
    cells = {part: loaded.texts(name) for part, name in found.items()}
    blank = pd.Series("", index=pd.RangeIndex(len(loaded.rows)), dtype="str")
    rows = pd.DataFrame({part: cells.get(part, blank) for part in LISTED_COLUMNS[:-1]})
    faults = _faults(rows, found, loaded)
    if faults:
        shown = "\n  ".join(faults)
        raise SourceError("streets.faulty", ids=faults, path=loaded.where, faults=shown)
    rows = _ranges(rows, closed="last" not in found)
    rows["row"] = loaded.rows
    filled = rows[(rows["street"] != "") & (rows["area"] != "")]
    return StreetList(filled.reset_index(drop=True)[list(LISTED_COLUMNS)], loaded.where)


def _place(path: str | Path, sheet: str | None) -> Place:
    """Return the table that is meant: of our own workbooks the sheet of streets."""
    path = local_file(path)
    if sheet is None and is_workbook(path):
        own = [name for name in sheet_names(path) if name.casefold() in STREETS_SHEETS]
        sheet = own[0] if own else None
    places = places_in(path, sheet=sheet)
    if len(places) > 1:
        raise SourceError("streets.several", ids=[p.member for p in places], path=path)
    return places[0]


def _columns(loaded: Loaded, given: Mapping[str, str]) -> dict[str, str]:
    """Return the column of every part; an error names those that are missing."""
    unknown = sorted(set(given) - set(HEADINGS))
    if unknown:
        raise SourceError("addresses.unknown_field", ids=unknown, known=", ".join(HEADINGS))
    by_name = {plain(name): name for name in reversed(loaded.names)}
    found = {
        part: by_name[heading]
        for part, headings in HEADINGS.items()
        for heading in reversed(headings)
        if heading in by_name
    }
    found |= {part: find_column(loaded.names, name, loaded.where) for part, name in given.items()}
    missing = [HEADINGS[part][0].capitalize() for part in NEEDED if part not in found]
    if missing:
        present = ", ".join(loaded.names)
        raise SourceError(
            "streets.columns_missing", ids=missing, path=loaded.where, present=present
        )
    return found


def _faults(rows: pd.DataFrame, columns: Mapping[str, str], loaded: Loaded) -> list[str]:
    """Return the places of cells that are neither number nor side, and of half-filled rows."""
    wrong = {part: ~rows[part].map(_is_number) for part in ("first", "last")}
    wrong["side"] = rows["side"].map(_side).isna()
    wrong["area"] = (rows["area"] == "") & (rows["street"] != "")
    wrong["street"] = (rows["street"] == "") & (rows["area"] != "")
    # "from 12 to 2" holds nobody
    pairs = zip(rows["first"], rows["last"], strict=True)
    wrong["last"] |= np.array([_is_reversed(*pair) for pair in pairs], dtype=bool)
    # an address without a number may be called anything
    wrong["first"] &= rows["side"].map(_side) != "one"
    wrong["last"] &= rows["side"].map(_side) != "one"
    return [
        loaded.place(i, columns[part])
        for part, cells in wrong.items()
        if part in columns
        for i in range(len(cells))
        if cells.iloc[i]
    ]


def _is_number(cell: str) -> bool:
    if not cell or cell.casefold() in (*ENDS, *STARTS):
        return True
    # "1,3,5" is no single number
    return read_number(cell).number > 0 and not re.search(r"[,;]", cell)


def _is_reversed(first: str, last: str) -> bool:
    if last.casefold() in ("", *ENDS) or not (_is_number(first) and _is_number(last)):
        return False
    return read_number(first).low > read_number(last).high


def _side(cell: str) -> str | None:
    words = plain(cell)
    return next((side for side in SIDES if words in SIDE_WORDS[side]), None)


def _ranges(rows: pd.DataFrame, *, closed: bool) -> pd.DataFrame:
    """Return the rows with numbers as they are compared; blank to the end of the street.

    `closed`: the file has one column of numbers, so that each is this number only, or "1-19".
    """
    first = [read_number("" if c.casefold() in STARTS else c) for c in rows["first"]]
    last = [read_number("" if c.casefold() in ENDS else c) for c in rows["last"]]
    side = [_side(cell) or "all" for cell in rows["side"]]
    if closed:
        side = ["one" if n.number and not n.until else s for n, s in zip(first, side, strict=True)]
        first, last = [n.first for n in first], [n.last for n in first]
    # several numbers are no single one, whatever the file says
    several = [s == "one" and a != b for s, a, b in zip(side, first, last, strict=True)]
    side = ["all" if more else s for s, more in zip(side, several, strict=True)]
    return rows.assign(first=[str(n) for n in first], last=[str(n) for n in last], side=side)
