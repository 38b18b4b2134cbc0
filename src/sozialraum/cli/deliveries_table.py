"""The register of deliveries as a table for people, as JSON and as CSV."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Literal

from sozialraum.messages import text

if TYPE_CHECKING:
    from sozialraum.pipeline.standing import Line

Format = Literal["table", "json", "csv"]
FORMATS: tuple[Format, ...] = ("table", "json", "csv")
SHOWN = ("name", "owner", "latest", "received", "due", "state", "details")
DAYS = ("latest", "received", "due")


def as_text(lines: Sequence["Line"], form: Format, language: str) -> str:
    """Return the register in one of the formats."""
    if form == "json":
        records = [asdict(line) for line in lines]
        return json.dumps(records, ensure_ascii=False, indent=1)
    if form == "csv":
        rows = [asdict(line) for line in lines]
        names = list(rows[0]) if rows else []
        cells = [[_plain(row[name]) for name in names] for row in rows]
        return csv_text([names, *cells])
    heads = [text(f"deliveries.column_{name}", language) for name in SHOWN]
    return columns([heads, *(_row(line, language) for line in lines)])


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as columns of plain text; the last column is as wide as it is.

    Examples
    --------
    >>> print(columns([["a", "b"], ["long", "c"]]))
    a     b
    long  c
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
    padded = [[c.ljust(w) for c, w in zip(row, [*widths, 0], strict=True)] for row in rows]
    return "\n".join("  ".join(row).rstrip() for row in padded)


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as CSV; a text that a spreadsheet would compute stays a text.

    Examples
    --------
    >>> csv_text([["=1+1", -2]])
    "'=1+1;-2"
    """
    from sozialraum.files.wording import inert

    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=";", lineterminator="\n")
    safe = ([inert(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    writer.writerows(safe)
    return stream.getvalue().rstrip("\n")


def _row(line: "Line", language: str) -> list[str]:
    from sozialraum.files.wording import day

    cells = {name: getattr(line, name) for name in SHOWN}
    cells |= {name: day(cells[name], language) for name in DAYS}
    cells["state"] = text(f"deliveries.state_{line.state.replace(' ', '_')}", language)
    cells["details"] = ", ".join(day(one, language) for one in line.details)
    return [cells[name] for name in SHOWN]


def _plain(value: object) -> object:
    return ", ".join(value) if isinstance(value, tuple) else value
