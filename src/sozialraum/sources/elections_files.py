"""Which files hold an election, of which kind they are, and on which day it was."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePath

from sozialraum.errors import SourceError
from sozialraum.sources.archives import content, is_zip, local_file, members, opened
from sozialraum.sources.dates import MONTHS, date_in_name
from sozialraum.sources.elections_federal import KIND as FEDERAL_KIND
from sozialraum.sources.elections_federal import NUMBER, read_federal, united
from sozialraum.sources.elections_kerg import (
    KERG2_HEADER,
    KERG_HEADER,
    read_kerg,
    read_kerg2,
)
from sozialraum.sources.elections_legend import legend_of
from sozialraum.sources.elections_mapped import read_mapped_election
from sozialraum.sources.elections_rows import Districts
from sozialraum.sources.elections_votemanager import (
    NEW_HEADER,
    OLD_HEADER,
    read_new,
    read_old,
)
from sozialraum.sources.headers import load_below
from sozialraum.sources.loaded import Place, is_workbook, load, places_in
from sozialraum.sources.text import SEPARATORS, rows_of

HEAD = 1 << 17
TABLES = (".csv", ".txt")
KINDS = ("kerg2", "kerg", "wbz", "votemanager", "table")
LINES = 40
"""Lines in which a header is looked for."""
DAYS = {
    "btw02": "2002-09-22",
    "btw05": "2005-09-18",
    "btw09": "2009-09-27",
    "btw13": "2013-09-22",
    "btw17": "2017-09-24",
    "btw21": "2021-09-26",
    "btw25": "2025-02-23",
    "ew09": "2009-06-07",
    "ew14": "2014-05-25",
    "ew19": "2019-05-26",
    "ew24": "2024-06-09",
}
"""Days of federal and European elections, by how their files are called."""
CALLED = re.compile(
    r"(?<![a-z])(btw|bundestagswahl|ew|europawahl)[-_ ]?(?:20)?(\d\d)(?!\d)", re.IGNORECASE
)
WRITTEN = re.compile(r"(\d{1,2})\. ([A-Za-zä]+) ((?:19|20)\d\d)")


def election_kind(path: str | Path) -> str | None:
    """Return what kind of election file a file is, or None.

    Returns
    -------
    str or None
        ``"kerg2"``, ``"kerg"``, ``"wbz"`` or ``"votemanager"``; None for any other file.

    Raises
    ------
    SourceError
        There is no such file, or its archive is damaged.
    """
    kinds = {kind for _, kind in _found(local_file(path))}
    return kinds.pop() if len(kinds) == 1 else None


def read_files(
    path: str | Path,
    kind: str | None,
    columns: Mapping[str, str],
    *,
    sheet: str | None = None,
    county: str = "",
    repair: bool = False,
) -> tuple[Districts, str]:
    """Return the districts of an election, and the kind of its file.

    Raises
    ------
    SourceError
        No such kind, the file is of no known kind, an archive holds several elections, or
        what the readers raise.
    """
    path = local_file(path)
    if kind is not None and kind not in KINDS:
        raise SourceError("elections.no_such_kind", ids=[kind], known=", ".join(KINDS))
    if kind == "table" or (kind is None and not _found(path)):
        if not columns:
            raise SourceError("elections.unknown_file", path=path)
        places = places_in(path, sheet=sheet)
        _check_one(places, path)
        loaded = load(places[0], header=columns.get("number"))
        return _dated(read_mapped_election(loaded, columns, repair=repair), places[0], ""), "table"
    found = [(place, one) for place, one in _found(path) if kind in (None, one)]
    if not found:
        raise SourceError("elections.other_kind", path=path, ids=[str(kind)])
    kinds = {one for _, one in found}
    if kinds == {"wbz"}:
        parts = [_federal(place, county) for place, _ in found]
        return united(parts) if len(parts) > 1 else parts[0], "wbz"
    _check_one([place for place, _ in found], path)
    place, one = found[0]
    if one == "votemanager":
        return _votemanager(place, columns, repair=repair), one
    return READERS[one](place), one


def _check_one(places: list[Place], path: Path) -> None:
    if len(places) > 1:
        ids = [place.member or place.where for place in places]
        raise SourceError("elections.several_files", ids=ids, path=path)


def _found(path: Path) -> list[tuple[Place, str]]:
    """Return the tables of a file that are election results, with their kinds."""
    if is_workbook(path):
        return []
    names = [n for n in members(path) if n.lower().endswith(TABLES)] if is_zip(path) else [None]
    places = [Place(path, member=name) for name in sorted(names, key=str)]
    return [(place, kind) for place in places if (kind := _kind(place))]


def _kind(place: Place) -> str | None:
    """Return the kind of a table by the cells of its header, wherever that stands."""
    for cells in _heads(place):
        if {"gebietsart", "gruppenart", "anzahl"} <= cells:
            return "kerg2"
        if {"nr", "gebiet", "gehört zu"} <= cells:
            return "kerg"
        if {"gebiet-nr", "ags"} <= cells or {"gebietsart", "bezirksnummer", "gemeinde"} <= cells:
            return "votemanager"
        if cells & set(NUMBER) and cells & set(FEDERAL_KIND) and {"land", "gemeinde"} <= cells:
            return "wbz"
    return None


def _heads(place: Place) -> Iterator[set[str]]:
    """Yield the first lines of a table as sets of cells in lower case."""
    with opened(place.path, place.member) as stream:
        data = stream.read(HEAD)
    try:
        head = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # other encodings, or a letter cut in two by the end of what is read
        cut = data[: data.rfind(b"\n") + 1]
        head = cut.decode("cp1252", errors="replace")
    for line in head.splitlines()[:LINES]:
        separator = max(SEPARATORS, key=line.count)
        yield {cell.strip(' "').casefold() for cell in line.split(separator)}


def _header(place: Place, wanted: tuple[str, ...]) -> str:
    """Return which of some names is a cell of the header."""
    for cells in _heads(place):
        if found := [name for name in wanted if name.casefold() in cells]:
            return found[0]
    return wanted[0]


def _federal(place: Place, county: str) -> Districts:
    name = PurePath(place.member or place.path.name).name.casefold()
    vote = "first" if "erst" in name and "zweit" not in name else ""
    loaded = load_below(place, _header(place, NUMBER))
    return _dated(read_federal(loaded, vote, county), place, "")


def _kerg2(place: Place) -> Districts:
    return _dated(read_kerg2(load(place, header=KERG2_HEADER)), place, "")


def _kerg(place: Place) -> Districts:
    rows = rows_of(content(place.path, place.member), place.where, KERG_HEADER)
    title = " ".join(cell for row in rows[:8] for cell in row[:1])
    return _dated(read_kerg(rows, place.where), place, title)


def _votemanager(place: Place, columns: Mapping[str, str], *, repair: bool) -> Districts:
    header = _header(place, (OLD_HEADER, "Bezirksnummer"))
    loaded = load(place, header=header)
    election = ""
    if "wahl" in loaded.names and len(loaded.rows):
        election = str(loaded.texts("wahl").iloc[0])
    legend = legend_of(place, columns, election)
    read = read_new if NEW_HEADER in loaded.names else read_old
    districts = read(loaded, legend, repair=repair)
    return _dated(_with_notes(districts, legend.notes), place, "")


READERS = {"kerg2": _kerg2, "kerg": _kerg}


def _with_notes(districts: Districts, notes: tuple[str, ...]) -> Districts:
    return replace(districts, notes=(*districts.notes, *notes))


def _dated(districts: Districts, place: Place, title: str) -> Districts:
    """Return districts with the day of their election, where anything tells it."""
    if districts.date:
        return districts
    names = [PurePath(place.member or "").name, place.path.name, title]
    days = (_called(name) or _written(name) for name in names)
    known = next((day for day in days if day), None)
    known = known or date_in_name(names[0]) or date_in_name(names[1])
    return replace(districts, date=known or "")


def _called(name: str) -> str | None:
    """Return the day of an election by how a file is called.

    Examples
    --------
    >>> _called("btw25_wbz_ergebnisse.csv"), _called("Bundestagswahl 2021"), _called("neu.csv")
    ('2025-02-23', '2021-09-26', None)
    """
    found = CALLED.search(name)
    if not found:
        return None
    return DAYS.get(f"{'btw' if found[1][0] in 'bB' else 'ew'}{found[2]}")


def _written(text: str) -> str | None:
    """Return a day written out: "24. September 2017"."""
    found = WRITTEN.search(text)
    month = MONTHS.get(found[2].casefold()[:3]) if found else None
    return f"{found[3]}-{month:02d}-{int(found[1]):02d}" if found and month else None
