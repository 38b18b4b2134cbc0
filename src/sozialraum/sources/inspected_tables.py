"""Tables looked at: text files, archives of them, and workbooks."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from sozialraum.errors import SourceError
from sozialraum.sources.archives import is_zip, members, opened
from sozialraum.sources.books import open_workbook, sheet_names, sheet_rows
from sozialraum.sources.elections import read_election
from sozialraum.sources.elections_files import election_kind
from sozialraum.sources.inspected import Report, listed, name_of, placeholder, plain_name
from sozialraum.sources.loaded import Loaded, Place, load, places_in, refuse_person_sheets
from sozialraum.sources.table_kinds import (
    FIRST_ROWS,
    Head,
    first_rows,
    head_of,
    header_text,
    is_number,
)
from sozialraum.sources.tables import read_table
from sozialraum.sources.template_parts import HIDDEN
from sozialraum.sources.text import encoding_of, squeezed

HEAD = 1 << 16
DATE_COLUMNS = ("stichtag", "datum", "berichtsmonat", "jahr", "date", "year")
KEY_COLUMNS = ("gemeindeschlüssel", "gliederung", "ags", "ars", "schuljahr")
"""Columns of digits that are no counts."""
DAY = re.compile(r"\d{1,2}\.\d{1,2}\.\d{2,4}|\d{4}-\d\d-\d\d")
YEAR = re.compile(r"(19|20)\d\d")
DIGITS = 3
"""Digits from which on a number is no age in the header."""
SOME = 3
"""Variables that are proposed."""
ELECTION = "election_"
DELIVERIES = "[[delivery]]"
TEXTS = (".csv", ".txt")


def look_at_table(path: Path, report: Report) -> None:
    """Note what table a text file is, or the tables of an archive."""
    if _is_election(path, report):
        return
    places = places_in(path) if not is_zip(path) else _places(path)
    place = places[0]
    with opened(place.path, place.member) as stream:
        data = stream.read(HEAD)
    encoding_of(data[: data.rfind(b"\n") + 1] or data, place.where)
    head = head_of(first_rows(data))
    if head is None:
        report.kind("text")
        load(place)
        return
    _tell(report, head)
    if len(places) > 1:
        report.add("members", len(places))
    if head.kind == "flat":
        _flat(path, report)
        return
    # titles above the header are passed over
    loaded = load(place, header=None if head.row == 0 else header_text(head))
    _check_header(head, loaded)
    _rows(report, loaded)
    _how(report, head, path, loaded)


def _is_election(path: Path, report: Report) -> bool:
    """Note an official election result; it is recognised by the reader itself."""
    kind = election_kind(path)
    if kind is None:
        return False
    report.kind(f"{ELECTION}{kind}")
    report.how(f'read_election("{path.name}")')
    report.paste(DELIVERIES, name=name_of(path), kind="election", files=path.name)
    delivery = read_election(path)
    report.add("loaded", repr(delivery))
    for note in delivery.notes:
        report.add("note", note)
    return True


def _places(path: Path) -> list[Place]:
    names = sorted(name for name in members(path) if name.lower().endswith(TEXTS))
    return [Place(path, member=name) for name in names]


def look_at_workbook(path: Path, report: Report) -> None:
    """Note the sheets of a workbook and what the first sheet with a known kind is."""
    sheets = sheet_names(path)
    if HIDDEN in sheets:
        report.kind("template")
        report.add("sheets", listed(name for name in sheets if name != HIDDEN))
        report.how(placeholder("template"))
        refuse_person_sheets(path)
        return
    workbook = open_workbook(path)
    heads = {
        name: head
        for name in sheets
        if (head := head_of(sheet_rows(workbook, name, f"{path}/{name}", first=FIRST_ROWS)))
    }
    refuse_person_sheets(path)
    if not heads:
        report.kind("table")
        report.add("sheets", listed(sheets))
        return
    known = [name for name, head in heads.items() if head.kind != "table"]
    sheet = next(iter(known), next(iter(heads)))
    head = heads[sheet]
    _tell(report, head)
    report.add("sheets", listed(sheets))
    loaded = load(Place(path, sheet=sheet), header=header_text(head))
    _check_header(head, loaded)
    _rows(report, loaded)
    _how(report, head, path, loaded, sheet=sheet if len(sheets) > 1 else "")


def _tell(report: Report, head: Head) -> None:
    """Note the kind; archives of registers by cell are many files of one kind."""
    kind = "cells" if head.kind == "grid" else head.kind
    report.kind(kind)
    if head.row:
        report.add("header", head.row + 1)


def _check_header(head: Head, loaded: Loaded) -> None:
    """Raise for a table whose header is a row of data: cells would be shown as names."""
    if head.kind == "table" and any(_is_value(n, loaded.texts(n)) for n in loaded.names):
        raise SourceError("inspection.no_header", path=loaded.where)


def _is_value(name: str, cells: Iterable[str]) -> bool:
    """Return True for a number or date above others of its kind; years above numbers are names."""
    if not is_number(name) or len(name) < DIGITS or YEAR.fullmatch(name):
        return False
    filled = [cell for cell in cells if cell]
    dated = DAY.fullmatch(name) is not None
    return bool(filled) and all(
        is_number(cell) and (DAY.fullmatch(cell) is not None) == dated for cell in filled
    )


def _rows(report: Report, loaded: Loaded) -> None:
    report.add("rows", len(loaded.rows))
    report.add("columns", listed(loaded.names))


def _flat(path: Path, report: Report) -> None:
    """Load an official flat file: it needs no mapping."""
    places = places_in(path)
    loaded = load(places[0])
    _rows(report, loaded)
    report.how(f'read_table("{path.name}")')
    report.paste(DELIVERIES, name=name_of(path), kind="table", files=path.name)
    delivery = read_table(path)
    report.add("loaded", repr(delivery))
    for note in delivery.notes:
        report.add("note", note)


def _how(report: Report, head: Head, path: Path, loaded: Loaded, sheet: str = "") -> None:
    """Note how the table is loaded, and the lines that make it part of a project."""
    name, at = path.name, head.columns
    calls = {
        "interventions": f'read_interventions("{name}")',
        "addresses": f'read_addresses("{name}")',
        "streets": f'read_street_list("{name}")',
        "points": f'read_points("{name}", key="{at.get("key")}", x="{at.get("x")}", '
        f'y="{at.get("y")}", crs="{_system(at)}")',
        "travel": f'read_travel_times("{name}", origin="{at.get("from")}", '
        f'destination="{at.get("to")}", cost="{at.get("cost")}", unit="{_unit(at)}")',
    }
    if head.kind in calls:
        report.how(calls[head.kind])
        if head.kind == "interventions":
            report.paste("[interventions]", file=name)
        return
    if head.kind == "election_city":
        columns = "{" + f'"number": "{head.names[0]}", …' + "}"
        report.how(f'read_election("{name}", kind="table", columns={columns})')
        return
    if head.kind == "registers":
        report.how(placeholder("registers"))
        _paste_register(report, head, path)
        return
    report.how(placeholder("deliveries"))
    _paste_delivery(report, head, path, loaded, sheet)


def _system(at: Mapping[str, str]) -> str:
    """Return the coordinate system that names of columns speak of."""
    return "EPSG:4326" if at.get("x", "").casefold()[:2] in ("lo", "ln", "lä") else "EPSG:25832"


def _unit(at: Mapping[str, str]) -> str:
    """Return the unit that the name of a column of costs speaks of."""
    cost = at.get("cost", "").casefold()
    units = {"sek": "seconds", "sec": "seconds", "km": "kilometres", "kilo": "kilometres"}
    units |= {
        "stund": "hours",
        "hour": "hours",
        "met": "metres",
        "dist": "metres",
        "entf": "metres",
    }
    return next((unit for sign, unit in units.items() if sign in cost), "minutes")


def _paste_register(report: Report, head: Head, path: Path) -> None:
    """Note a table of a saved mapping: which column is what."""
    at = head.columns
    long = "age" in at
    roles = {role: at[role] for role in ("key", "age", "sex", "count") if at.get(role)}
    report.paste(
        "[[register]]",
        municipality=placeholder("municipality"),
        files=path.name,
        layout="long" if long else "wide",
        **roles,
    )


def _paste_delivery(
    report: Report, head: Head, path: Path, loaded: Loaded, sheet: str = ""
) -> None:
    """Note a table of deliveries.toml that reads this table as it is."""
    kind = {"small_areas": "areas", "cells": "cells", "grid": "cells"}.get(head.kind, "table")
    key = head.columns.get("key", "")
    columns = {"key": key} if kind != "areas" else {}
    if head.columns.get("municipality"):
        columns["municipality"] = head.columns["municipality"]
    dated = [name for name in loaded.names if name.casefold() in DATE_COLUMNS]
    if dated and kind != "areas":
        columns["date"] = dated[0]
    further: dict[str, object] = {"sheet": sheet} if sheet else {}
    if not dated:
        further["date"] = placeholder("date")
    if kind == "table" and head.row:
        further["header_contains"] = key
    if columns:
        further["columns"] = columns
    report.paste(
        DELIVERIES,
        name=name_of(path),
        kind=kind,
        files=path.name,
        **further,
        variables=_variables(loaded, {*columns.values(), *dated}),
        source={"provider": placeholder("provider"), "title": placeholder("title")},
    )


def _variables(loaded: Loaded, taken: set[str]) -> Mapping[str, str]:
    """Return some columns of numbers as variables, under names that may be used."""
    numeric = [
        name
        for name in loaded.names
        if name not in taken
        and name.casefold() not in KEY_COLUMNS
        and not is_number(name)
        and _holds_numbers(loaded.texts(name))
    ]
    chosen: dict[str, str] = {}
    for name in numeric[:SOME]:
        chosen[plain_name(name, "n")] = name if name.isidentifier() else f'"{name}"'
    return chosen or {"name": placeholder("column")}


def _holds_numbers(texts: Iterable[str]) -> bool:
    filled = [cell for cell in texts if squeezed(cell)]
    return bool(filled) and sum(is_number(cell) for cell in filled) >= 0.8 * len(filled)
