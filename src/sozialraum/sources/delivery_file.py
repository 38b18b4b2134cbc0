"""The file that says what was delivered: which files, how laid out, from whom."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from sozialraum.errors import SourceError
from sozialraum.methods.expression import names_in
from sozialraum.model.definitions import Rhythm
from sozialraum.sources.archives import REMOTE
from sozialraum.sources.catalogue import Day
from sozialraum.sources.dates import iso_date
from sozialraum.sources.delivery_parts import (
    Columns,
    Days,
    Origin,
    Strict,
    Texts,
    Votes,
    listed,
)
from sozialraum.sources.due import rhythm_faults
from sozialraum.sources.elections_legend import LEGEND
from sozialraum.sources.patterns import named_files, unmatched
from sozialraum.sources.registers_file import absent_of, files_of, request_faults
from sozialraum.sources.settings import fault, raise_faults, read_toml, tables_of, validated

FIELDS = {"key", "gliederung", "municipality"}
"""What a ``key_format`` may name in braces."""


class Entry(Strict):
    """One ``[[delivery]]`` table.

    `owner` and `contact` are offices, never people. `due` holds the days by which
    deliveries must be there: ``"03-31"`` for every year, or a single ISO day. `received` is
    the day on which the files came. `expected` lists the reference dates that should be
    there; `expected_since` names the first, and `rhythm` says when the next ones follow.

    `template` names the workbooks that were given out for an office to fill in; `votes` says
    how results of an election are laid out, `postal` what becomes of postal votes.
    """

    name: str = Field(pattern=r"^[^\W\d]\w*$")
    kind: Literal["register", "registers", "areas", "cells", "table", "template", "election"]
    files: Annotated[Texts, BeforeValidator(listed), Field(min_length=1)]
    date: Day = ""
    date_column: str = ""
    absent_is_zero: bool = False
    covers: Texts = ()
    geography: str = ""
    columns: Columns = Columns()
    variables: dict[str, str] = Field(default_factory=dict)
    source: Origin
    sheet: str = ""
    header_contains: str = ""
    header_rows: int = Field(default=1, ge=1)
    dash_is_zero: bool = False
    level: Literal["cell", "area", "municipality", "county"] = "area"
    repair_keys: bool = False
    template: Annotated[Texts, BeforeValidator(listed)] = ()
    postal: Literal["", "separate", "drop", "share"] = ""
    votes: Votes = Votes()
    owner: str = ""
    contact: str = ""
    rhythm: Rhythm = ""
    due: Days = ()
    received: Day = ""
    expected: Days = ()
    expected_since: Day = ""

    @property
    def date_named(self) -> str | None:
        """Column that holds the dates, if one is named."""
        return self.columns.date or self.date_column or None


class Resolved(BaseModel):
    """An entry with the files it means: path and what to call it.

    `files` were delivered. `beside` are read along: mappings of registers, templates given
    out, what the codes of an election mean.
    """

    entry: Entry
    files: tuple[tuple[Path, str], ...]
    beside: tuple[tuple[Path, str], ...] = ()

    @property
    def read(self) -> tuple[tuple[Path, str], ...]:
        """Everything that a delivery is read from."""
        return (*self.files, *self.beside)


def read_entries(path: str | Path) -> list[Resolved]:
    """Return the deliveries a file describes, with the files they mean.

    Raises
    ------
    SourceError
        Faults of the file, all at once; then files that are not there, all at once.
    """
    resolved = described_entries(path)
    folder = Path(path).parent
    named = [name for one in resolved for name in (*one.entry.files, *one.entry.template)]
    if missing := unmatched(named, folder):
        raise SourceError("sources.no_file", ids=missing)
    return resolved


def absent_files(entry: Entry, path: str | Path) -> list[str]:
    """Return which names of files of an entry mean no file; `path` is the description.

    Files of single senders of registers count too: a register may be read without them.
    """
    folder = Path(path).parent
    absent = unmatched((*entry.files, *entry.template), folder)
    if entry.kind == "registers":
        mappings = named_files(entry.files, folder)
        absent += [name for mapping, _ in mappings for name in absent_of(mapping)]
    return absent


def described_entries(path: str | Path) -> list[Resolved]:
    """Return the deliveries a file describes, with those of their files that are there.

    Raises
    ------
    SourceError
        Faults of the description, all at once.
    """
    tables, faults = tables_of(read_toml(path), "delivery")
    entries: list[Entry] = []
    for i, table in enumerate(tables):
        place = f"delivery[{i + 1}] „{table.get('name', '?')}“"
        entry, found = validated(Entry, table, place)
        faults += found
        if entry is not None:
            faults += _faults_of(entry, place, {e.name for e in entries})
            entries.append(entry)
    raise_faults(faults, path)
    folder = Path(path).parent
    return [_resolved(entry, folder) for entry in entries]


def _resolved(entry: Entry, folder: Path) -> Resolved:
    files = named_files(entry.files, folder)
    if entry.kind != "registers":
        legends = sorted({str(Path(shown).with_name(LEGEND)) for _, shown in files})
        ours = legends if entry.kind == "election" else entry.template
        return Resolved(entry=entry, files=files, beside=named_files(ours, folder))
    sent = {file: shown for mapping, _ in files for file, shown in files_of(mapping)}
    return Resolved(entry=entry, files=tuple(sorted(sent.items())), beside=files)


def _faults_of(entry: Entry, place: str, taken: set[str]) -> list[str]:
    """Return what is wrong with an entry beyond the kinds of its values."""
    faults = [fault("repeated", place)] if entry.name in taken else []
    faults += [
        fault("remote", f"{place}.files", pattern)
        for pattern in (*entry.files, *entry.template)
        if REMOTE.match(pattern)
    ]
    if entry.date and iso_date(entry.date) != entry.date:
        faults.append(fault("no_date", f"{place}.date"))
    faults += rhythm_faults(entry, place)
    if any(not re.fullmatch(r"\d{8}", unit) for unit in entry.covers):
        faults.append(fault("no_municipality", f"{place}.covers"))
    if set(re.findall(r"\{(.*?)\}", entry.columns.key_format)) - FIELDS:
        faults.append(fault("not_one_of", f"{place}.columns.key_format", _braced(FIELDS)))
    if not entry.variables and entry.kind not in ("table", "election"):
        faults.append(fault("missing_key", f"{place}.variables"))
    if entry.kind == "template" and not entry.template:
        faults.append(fault("missing_key", f"{place}.template"))
    if entry.kind == "registers":
        return faults + request_faults(entry.variables, place)
    for name, expression in entry.variables.items():
        where = f"{place}.variables.{name}"
        if not name.isidentifier():
            faults.append(fault("no_name", where))
        if expression.isidentifier() or not expression or entry.kind == "template":
            continue
        faults += _faulty_expression(expression, where)
    return faults


def _braced(names: Iterable[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names))


def _faulty_expression(expression: str, where: str) -> list[str]:
    """Return a fault where a text can be no expression.

    A text that is no expression may still be the name of a column ("unter 3"), which only
    the file can tell; so only what can be neither is a fault here.
    """
    try:
        names_in(expression)
    except SourceError as error:
        if any(sign in expression for sign in "()[]{}=*+;"):
            return [f"{where}: {error}"]
    return []
