"""Which kind of table a file holds, told from its first rows and never from its name."""

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sozialraum.sources.address_layouts import is_official, without_header
from sozialraum.sources.flat import is_flat
from sozialraum.sources.grid import LONG, SHORT
from sozialraum.sources.interventions import HEADINGS, NEEDED
from sozialraum.sources.keys import ID_WORDS
from sozialraum.sources.text import BOM, SEPARATORS, squeezed

FIRST_ROWS = 60
"""Rows that are looked at."""
ID_CELL = re.compile(r"gitter_id_(100m|1km|10km)", re.IGNORECASE)
NUMBER = re.compile(r"[-+]?[\d.,\s]+%?|[–\-.x/*•]|\.{3}|")
AGES = re.compile(
    r"(?:(?:[mwd]|i|männlich|weiblich|divers|insgesamt|gesamt)[_\s])?(?:alter[_\s]?)?"
    r"(?:unter[_\s]?\d{1,2}|\d{1,3}(?:[_\s]*(?:-|bis|_)[_\s]*(?:unter[_\s]*)?\d{1,3}"
    r"|[_\s]*(?:plus|\+|und[_\s](?:älter|mehr)))?)(?:[_\s]jahre?)?",
)
"""How columns of ages are called: ``0``, ``w 3-5``, ``m_80_plus``, ``unter 3``, ``65 und mehr``."""
FEWEST_AGES = 8
"""Columns of ages from which on a table is one of a register."""
WEB_CODE = re.compile(r"(?:\d{5}-(?:\d{2}-){0,3}[\dbkz]+|1\d{3}[A-Z]-\d{4}|AI-\w-\d\d.*)\b")
WEB_LINE = "______"
COORDINATES = (
    *(("ostwert", "nordwert"), ("rechtswert", "hochwert"), ("x", "y"), ("lon", "lat")),
    *(("longitude", "latitude"), ("lng", "lat"), ("easting", "northing"), ("east", "north")),
    *(("utm_x", "utm_y"), ("laenge", "breite"), ("länge", "breite"), ("e", "n")),
)
FROM = {"von", "from", "start", "origin", "origin_id", "from_id", "quelle", "start_id", "i"}
TO = {"nach", "to", "ziel", "destination", "destination_id", "to_id", "ziel_id", "target", "j"}
COST = re.compile(r"minut|min\b|zeit|dauer|time|duration|dist|meter|entfernung|kosten|cost|weg")
STREETS = re.compile(r"str(aße|asse|assen|aßen)?(name|schl\w*|_?name)?|strasse\w*|straße\w*")
HOUSES = re.compile(r"haus\w*|hnr|hausnr|nr|adz|zusatz|nummer")


@dataclass(frozen=True, slots=True)
class Head:
    """What a table looks like.

    Parameters
    ----------
    kind
        ``"grid"``, ``"cells"``, ``"flat"``, ``"web"``, ``"small_areas"``, ``"election_city"``,
        ``"registers"``, ``"interventions"``, ``"travel"``, ``"streets"``, ``"addresses"``,
        ``"points"`` or ``"table"``.
    row
        Position of the header among the rows.
    names
        Its cells.
    columns
        Columns that matter, by role (``"key"``, ``"x"``, ``"y"``, ``"from"`` …).
    """

    kind: str
    row: int
    names: tuple[str, ...]
    columns: dict[str, str]


def first_rows(head: bytes) -> list[list[str]]:
    r"""Return the first rows of a text; its last line may be cut and is left out.

    Examples
    --------
    >>> first_rows("Plätze;;\nGebiet;unter 3\nQ1;12\nQ".encode())
    [['Plätze', '', ''], ['Gebiet', 'unter 3'], ['Q1', '12']]
    """
    data = head.removeprefix(BOM)
    try:
        decoded = data[: data.rfind(b"\n") + 1 or None].decode("utf-8")
    except UnicodeDecodeError:
        decoded = data.decode("cp1252", errors="replace")
    lines = decoded.splitlines()[:FIRST_ROWS]
    separator = max(SEPARATORS, key=lambda sign: sum(line.count(sign) for line in lines))
    try:
        return list(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator))
    except csv.Error:
        return [line.split(separator) for line in lines]


def head_of(rows: Sequence[Sequence[str]]) -> Head | None:
    """Return what a table looks like, or None where there is no row with two cells.

    The first row that is the header of a known kind decides; official tables of web pages
    are known by their titles and footers. Otherwise the first of the fullest rows is the
    header.

    Examples
    --------
    >>> head_of([["Titel", ""], ["von", "nach", "Minuten"], ["a", "b", "3"]]).kind
    'travel'
    """
    for kind, recognise in KINDS.items():
        for i, row in enumerate(rows[:FIRST_ROWS]):
            names = [" ".join(cell.split()) for cell in row]
            columns = recognise([name.casefold() for name in names])
            if columns is not None:
                spelt = {name.casefold(): name for name in reversed(names)}
                chosen = {role: spelt.get(name, name) for role, name in columns.items()}
                return Head(kind, i, tuple(names), chosen)
    at = _fullest(rows)
    if at is None:
        return None
    names = tuple(" ".join(cell.split()) for cell in rows[at])
    first = next((row[0] for row in rows if row and row[0].strip()), "")
    footed = any(row and row[0].startswith(WEB_LINE) for row in rows)
    kind = "web" if footed or _names_web_table(first) else "table"
    return Head(kind, at, names, _keyed(names))


def _names_web_table(cell: str) -> bool:
    return bool(re.match(rf"\W*(?:Tabelle:?\s*)?{WEB_CODE.pattern}", cell.strip(), re.IGNORECASE))


def _fullest(rows: Sequence[Sequence[str]]) -> int | None:
    """Return the first of the rows with the most texts that are no numbers."""
    widths = [sum(bool(cell.strip()) for cell in row) for row in rows]
    if not widths or max(widths) < 2:
        return None
    most = max(widths)
    full = [i for i, width in enumerate(widths) if width >= max(2, most - 1)]
    words = [i for i in full if sum(not is_number(cell) for cell in rows[i]) >= widths[i] - 1]
    return (words or full)[0]


def is_number(cell: str) -> bool:
    """Return True for numbers and official symbols, which are values and no names."""
    return NUMBER.fullmatch(cell.strip()) is not None


def _keyed(names: Sequence[str]) -> dict[str, str]:
    """Return the column that is probably the key: named like one, else the first."""
    named = [n for n in names if set(re.split(r"[_\W]+", n.casefold())) & (ID_WORDS | PLACES)]
    key = (named or [name for name in names if name] or [""])[0]
    return {"key": key}


PLACES = {
    *("gebiet", "quartier", "stadtteil", "stadtviertel", "stadtbezirk", "bezirk", "ortsteil"),
    *("gemeinde", "gemeindeschlüssel", "gemeindeschluessel", "wahlbezirk", "schulbezirk"),
    *("stimmbezirk", "planungsraum", "sozialraum", "gebietsschlüssel", "regionalschlüssel"),
}
type Recognise = Callable[[list[str]], dict[str, str] | None]


def _starting(*wanted: str) -> Recognise:
    """Return a test: for each of these a cell of the row starts so."""

    def recognise(cells: list[str]) -> dict[str, str] | None:
        every = all(any(cell.startswith(start) for cell in cells) for start in wanted)
        return {} if every else None

    return recognise


def _grid(cells: list[str]) -> dict[str, str] | None:
    keys = [cell for cell in cells if ID_CELL.match(cell)]
    official = any(cell.startswith("x_mp") for cell in cells) or "auspraegung_code" in cells
    return {"key": keys[0]} if keys and official else None


def _cells(cells: list[str]) -> dict[str, str] | None:
    keys = [cell for cell in cells if ID_CELL.match(cell)]
    units = [cell for cell in cells if cell in ("ags", "gemeindeschlüssel", "ars")]
    held = any(
        re.fullmatch(f"{LONG}|{re.sub('[?]P<[a-z]+>', '', SHORT)}", c.upper()) for c in cells
    )
    if not keys or held:
        return None
    return {"key": keys[0], **({"municipality": units[0]} if units else {})}


def _flat(cells: list[str]) -> dict[str, str] | None:
    spelt = {cell: cell for cell in cells}
    old = {"statistik_code", "zeit", "1_merkmal_code", "1_auspraegung_code"} <= set(cells)
    return {} if old or is_flat(list(spelt)) else None


def _registers(cells: list[str]) -> dict[str, str] | None:
    ages = [cell for cell in cells if AGES.fullmatch(cell)]
    # a row of numbers is no header: single years begin at 0 and follow each other
    years = [int(cell) for cell in ages if cell.isdecimal()]
    ages = ages if years == list(range(len(years))) else []
    if len(ages) >= FEWEST_AGES:
        return {"key": next((c for c in cells if c and c not in ages), "")}
    age = [c for c in cells if re.fullmatch(r"alter\w*|alters(gruppe|jahr|klasse)\w*|age", c)]
    sex = [c for c in cells if re.fullmatch(r"geschlecht\w*|sex|gender", c)]
    count = [c for c in cells if re.fullmatch(r"(anzahl|einwohner|personen|bestand|ew)\w*", c)]
    if not (age and count):
        return None
    others = [c for c in cells if c and c not in {age[0], count[0], *sex}]
    chosen = {"key": others[0] if others else "", "age": age[0], "count": count[0]}
    return chosen | ({"sex": sex[0]} if sex else {})


def _interventions(cells: list[str]) -> dict[str, str] | None:
    return {} if all(set(HEADINGS[name]) & set(cells) for name in NEEDED) else None


def _travel(cells: list[str]) -> dict[str, str] | None:
    starts, ends = ([c for c in cells if c in known] for known in (FROM, TO))
    costs = [c for c in cells if COST.search(c)]
    if not (starts and ends and costs) or len(cells) > 8:
        return None
    return {"from": starts[0], "to": ends[0], "cost": costs[0]}


def _places(cells: list[str]) -> dict[str, str] | None:
    for x, y in COORDINATES:
        if x in cells and y in cells:
            return {"x": x, "y": y}
    return None


def _streets(cells: list[str]) -> dict[str, str] | None:
    street = any(STREETS.fullmatch(cell) for cell in cells)
    ranges = any(re.match(r"(haus\w*|h?nr\.?)?\s?(von|bis)\b", cell) for cell in cells)
    areas = [cell for cell in cells if set(re.split(r"[_\W]+", cell)) & PLACES]
    return {"key": areas[0]} if street and ranges and areas else None


def _addresses(cells: list[str]) -> dict[str, str] | None:
    at = _places(cells)
    street = any(STREETS.fullmatch(cell) for cell in cells)
    plain = at and street and any(HOUSES.fullmatch(cell) for cell in cells)
    return {} if plain or is_official(cells) or without_header(cells) else None


def _points(cells: list[str]) -> dict[str, str] | None:
    at = _places(cells)
    return at | _keyed([c for c in cells if c not in at.values()]) if at else None


KINDS: dict[str, Recognise] = {
    "flat": _flat,
    "grid": _grid,
    "cells": _cells,
    "small_areas": lambda cells: (
        {} if "berichtsmonat" in cells and {"gliederung", "gebiet"} & set(cells) else None
    ),
    "election_city": _starting("wahlberechtigte", "gültig", "ungültig"),
    "registers": _registers,
    "interventions": _interventions,
    "travel": _travel,
    "streets": _streets,
    "addresses": _addresses,
    "points": _points,
}
"""How the header of each kind is recognised, most particular first."""


def header_text(head: Head) -> str:
    """Return the text of a cell by which the header row is found again."""
    key = head.columns.get("key", "")
    return key if squeezed(key) else next((name for name in head.names if name), "")
