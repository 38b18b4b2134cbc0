"""Earlier publications out of tables somebody filled in by hand."""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sozialraum import schema
from sozialraum.disclosure.register.members import read_members
from sozialraum.disclosure.register.places import Places
from sozialraum.disclosure.register.sheets import Row, read_rows
from sozialraum.disclosure.register.told import Told, told
from sozialraum.model.exact import Fault, raise_faults
from sozialraum.model.statement import FIELDS, Statement, parse_statement

MARKS = frozenset("*•xX./")
"""Marks of hidden numbers. A blank or a dash says nothing clear and is refused."""
NEEDED = (schema.GEOGRAPHY, "area", schema.INDICATOR, schema.DATE, "value")
DETAILS = ("base", "method", "max_dev", "decimals", "per", "lo", "hi")
COLUMNS = (*NEEDED, "denominator", "of", "kind", *DETAILS, "source")
KINDS = ("count", "suppressed", "range", "rounded", "perturbed", "rate", "rate_class")
"""Kinds of statements that a table can hold."""
WHOLE = frozenset({"count", "rounded", "perturbed"})
NAME = re.compile(r"[^\W\d][\w.]*")
DIGITS = re.compile(r"\d{1,18}")
NUMBER = re.compile(r"[+-]?\d{1,18}([.,]\d{1,12})?")
type Key = tuple[str, ...]


def read_import(
    path: str | Path, membership: str | Path | Places, *, geography: str = schema.AREAS_LEVEL
) -> Told:
    """Return what was published earlier, from a table with one number a row.

    Parameters
    ----------
    path
        CSV (semicolon, comma or tab; UTF-8 or Windows-1252) with the columns of
        :func:`write_template`.
    membership
        File that says which blocks the areas held (:func:`read_members`), or places that
        are known already.
    geography
        What the areas of a GeoPackage of ``sozialraum areas`` are called in `path`.

    Returns
    -------
    Told

    Raises
    ------
    SourceError
        Cells that cannot be understood, repeated or contradicting rows, areas without
        blocks: every fault with row and column.
    """
    known = isinstance(membership, dict)
    places = membership if known else read_members(membership, geography=geography)
    reader = _Reader(places)
    statements = [one for row in read_rows(Path(path), NEEDED, COLUMNS) for one in reader.read(row)]
    raise_faults(reader.faults, path)
    return told(places, statements)


class _Reader:
    """Reads rows and remembers faults, and what was said before."""

    def __init__(self, places: Places) -> None:
        self.names = {(place.geography, place.area_id): name for name, place in places.items()}
        self.faults: list[Fault] = []
        self.rows: dict[Key, int] = {}
        self.bases: dict[Key, tuple[str, int]] = {}

    def read(self, row: Row) -> Iterator[Statement]:
        """Yield the statements of a row: the number, and its denominator."""
        before = len(self.faults)
        cells, date = row.cells, _date(row.cells[schema.DATE])
        self.faults += [row.fault(n, "ledger.blank") for n in NEEDED[:-1] if not cells[n]]
        name = self.names.get((cells[schema.GEOGRAPHY], cells["area"]), "")
        if not name and cells["area"] and cells[schema.GEOGRAPHY]:
            self.faults.append(row.fault("area", "ledger.no_blocks_known"))
        if cells[schema.DATE] and not date:
            self.faults.append(row.fault(schema.DATE, "ledger.no_date"))
        for column in (schema.INDICATOR, "of"):
            if cells.get(column) and not NAME.fullmatch(cells[column]):
                self.faults.append(row.fault(column, "ledger.no_name"))
        record = self._record(row)
        if record is None or len(self.faults) > before:
            return
        of = cells.get("of", "")
        record |= {"area": name, "var": schema.dated(cells[schema.INDICATOR], date)}
        record |= {"of": schema.dated(of, date)} if of else {}
        self._check_once(row, record)
        yield from self._parsed(row, record)
        yield from self._base(row, record)

    def _record(self, row: Row) -> dict[str, Any] | None:
        """Return kind, value and details of a row as JSON, or None and a fault added."""
        shown, details = row.cells["value"], _details(row)
        hidden = shown in MARKS
        kind = row.cells.get("kind") or ("suppressed" if hidden else "count")
        if kind not in KINDS:
            self.faults.append(row.fault("kind", "audit.unknown_kind", known=", ".join(KINDS)))
            return None
        record: dict[str, Any] = {"kind": kind, **_value(kind, shown)}
        if kind == "rate" and "decimals" not in details:
            record["decimals"] = len(shown.replace(",", ".").partition(".")[2])
        if kind == "suppressed" and {"lo", "hi"} & set(details):
            record["known_range"] = [details.pop("lo", None), details.pop("hi", None)]
        self.faults += _value_faults(row, kind, hidden=hidden)
        strange = [name for name in details if name not in FIELDS[kind]]
        self.faults += [row.fault(name, "ledger.not_for_kind", kind=kind) for name in strange]
        return record | details

    def _check_once(self, row: Row, record: dict[str, Any]) -> None:
        key = tuple(record[name] for name in ("area", "var", "kind"))
        first = self.rows.setdefault(key, row.line)
        if first != row.line:
            self.faults.append(row.fault("area", "ledger.row_twice", first=first))

    def _base(self, row: Row, record: dict[str, Any]) -> Iterator[Statement]:
        """Yield the denominator, shown in the way the number is."""
        shown = row.cells.get("denominator", "")
        if not shown:
            return
        if not DIGITS.fullmatch(shown) or not record.get("of"):
            column = "of" if DIGITS.fullmatch(shown) else "denominator"
            message = "ledger.base_unnamed" if column == "of" else "audit.not_whole"
            self.faults.append(row.fault(column, message))
            return
        value, first = self.bases.setdefault((record["area"], record["of"]), (shown, row.line))
        if value != shown:
            self.faults.append(row.fault("denominator", "ledger.base_differs", first=first))
        kind = record["kind"] if record["kind"] in WHOLE else "count"
        details = {name: record[name] for name in FIELDS[kind] if name in record}
        details |= {"kind": kind, "var": record["of"], "value": shown}
        yield from self._parsed(row, details)

    def _parsed(self, row: Row, record: dict[str, Any]) -> Iterator[Statement]:
        faults: list[Fault] = []
        source = {"label": row.cells["source"]} if row.cells.get("source") else {}
        found = parse_statement(record | source, "", faults)
        for fault in faults:
            column = fault.place.removeprefix(".")
            column = "lo" if column == "known_range" else column
            self.faults.append(fault._replace(place=row.place(column)))
        if found is not None:
            yield found


def _details(row: Row) -> dict[str, str]:
    """Return the cells that describe a number, with a decimal point."""
    given = {name: row.cells.get(name, "") for name in DETAILS}
    return {name: value.replace(",", ".") for name, value in given.items() if value}


def _value(kind: str, shown: str) -> dict[str, str]:
    return {"value": shown.replace(",", ".")} if "value" in FIELDS[kind] else {}


def _value_faults(row: Row, kind: str, *, hidden: bool) -> list[Fault]:
    """Return what is wrong with the value cell, given the kind of number."""
    shown, cell = row.cells["value"], "value"
    if kind == "suppressed":
        return [] if hidden else [row.fault(cell, "ledger.not_mark", marks=" ".join(sorted(MARKS)))]
    if kind not in WHOLE and kind != "rate":
        return [row.fault(cell, "ledger.not_for_kind", kind=kind)] if shown else []
    if not shown:
        return [row.fault(cell, "ledger.blank")]
    if kind in WHOLE:
        # "1.234" may be a thousand or a fraction: neither is guessed
        return [] if DIGITS.fullmatch(shown) else [row.fault(cell, "ledger.not_digits")]
    return [] if NUMBER.fullmatch(shown) else [row.fault(cell, "audit.not_number")]


def _date(given: str) -> str:
    """Return a date as ISO, or ``""`` where it is none.

    Examples
    --------
    >>> _date("31.12.2019"), _date("2019-12-31"), _date("2019")
    ('2019-12-31', '2019-12-31', '')
    """
    german = re.fullmatch(r"(\d{2})\.(\d{2})\.(\d{4})", given)
    iso = "-".join(reversed(german.groups())) if german else given
    try:
        return iso if len(iso) == 10 and dt.date.fromisoformat(iso) else ""
    except ValueError:
        return ""
