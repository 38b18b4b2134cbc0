"""The file that says what was delivered: which files, how laid out, from whom."""

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from sozialraum.errors import SourceError
from sozialraum.methods.expression import names_in
from sozialraum.model import Source
from sozialraum.model.definitions import Rhythm
from sozialraum.sources.archives import REMOTE
from sozialraum.sources.catalogue import Day
from sozialraum.sources.dates import iso_date
from sozialraum.sources.due import rhythm_faults
from sozialraum.sources.settings import fault, raise_faults, read_toml, tables_of, validated

Texts = Annotated[tuple[str, ...], Field(strict=False)]
FIELDS = {"key", "gliederung", "municipality"}
"""What a ``key_format`` may name in braces."""


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str | date) else value


Days = Annotated[tuple[Day, ...], BeforeValidator(_listed), Field(strict=False)]


class Strict(BaseModel):
    """A table of the file: no unknown keys, no silent conversions."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Columns(Strict):
    """``[delivery.columns]``: what the columns of the files are called."""

    key: str = ""
    municipality: str = ""
    date: str = ""
    gliederung: str = "Gliederung"
    key_format: str = ""


class Origin(Strict):
    """``[delivery.source]``: the fields of :class:`sozialraum.model.Source`."""

    provider: str = Field(min_length=1)
    title: str = Field(min_length=1)
    licence: str = ""
    attribution: str = ""
    url: str = ""
    reference_date: Day = ""
    territory_date: Day = ""
    changes: str = ""
    confidential: bool = False
    purpose: str = ""
    legal_basis: str = ""
    audiences: Texts = ()
    delete_by: Day = ""
    minimum: int = Field(default=0, ge=0)

    def source(self) -> Source:
        """Return the noun."""
        return Source(**self.model_dump())


class Entry(Strict):
    """One ``[[delivery]]`` table.

    `owner` and `contact` are offices, never people. `due` holds the days by which
    deliveries must be there: ``"03-31"`` for every year, or a single ISO day. `received` is
    the day on which the files came. `expected` lists the reference dates that should be
    there; `expected_since` names the first, and `rhythm` says when the next ones follow.
    """

    name: str = Field(pattern=r"^[^\W\d]\w*$")
    kind: Literal["register", "areas", "cells", "table"]
    files: Annotated[Texts, BeforeValidator(_listed), Field(min_length=1)]
    date: Day = ""
    date_column: str = ""
    absent_is_zero: bool = False
    covers: Texts = ()
    geography: str = ""
    columns: Columns = Columns()
    variables: dict[str, str] = {}
    source: Origin
    sheet: str = ""
    header_contains: str = ""
    dash_is_zero: bool = False
    level: Literal["cell", "area", "municipality", "county"] = "area"
    repair_keys: bool = False
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
    """An entry with the files it means: path and what to call it."""

    entry: Entry
    files: tuple[tuple[Path, str], ...]


def read_entries(path: str | Path) -> list[Resolved]:
    """Return the deliveries a file describes, with the files they mean.

    Raises
    ------
    SourceError
        Faults of the file, all at once; then files that are not there, all at once.
    """
    resolved = described_entries(path)
    if missing := [pattern for one in resolved for pattern in absent_files(one.entry, path)]:
        raise SourceError("sources.no_file", ids=missing)
    return resolved


def absent_files(entry: Entry, path: str | Path) -> list[str]:
    """Return which names of files of an entry mean no file; `path` is the description."""
    return [pattern for pattern in entry.files if not _matches(pattern, Path(path).parent)]


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
    return [Resolved(entry=entry, files=_files(entry, folder)) for entry in entries]


def _faults_of(entry: Entry, place: str, taken: set[str]) -> list[str]:
    """Return what is wrong with an entry beyond the kinds of its values."""
    faults = [fault("repeated", place)] if entry.name in taken else []
    faults += [
        fault("remote", f"{place}.files", pattern)
        for pattern in entry.files
        if REMOTE.match(pattern)
    ]
    if entry.date and iso_date(entry.date) != entry.date:
        faults.append(fault("no_date", f"{place}.date"))
    faults += rhythm_faults(entry, place)
    if any(not re.fullmatch(r"\d{8}", unit) for unit in entry.covers):
        faults.append(fault("no_municipality", f"{place}.covers"))
    if set(re.findall(r"\{(.*?)\}", entry.columns.key_format)) - FIELDS:
        faults.append(fault("not_one_of", f"{place}.columns.key_format", _braced(FIELDS)))
    if not entry.variables and entry.kind != "table":
        faults.append(fault("missing_key", f"{place}.variables"))
    for name, expression in entry.variables.items():
        where = f"{place}.variables.{name}"
        if not name.isidentifier():
            faults.append(fault("no_name", where))
        if expression.isidentifier() or not expression:
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


def _matches(pattern: str, folder: Path) -> list[Path]:
    """Return the files a name with ``*`` means, relative to a folder or absolute."""
    anchor = Path(pattern).anchor
    if anchor:
        return sorted(Path(anchor).glob(str(Path(pattern).relative_to(anchor))))
    return sorted(folder.glob(pattern))


def _files(entry: Entry, folder: Path) -> tuple[tuple[Path, str], ...]:
    """Return the files of an entry, each once, in an order that does not depend on the disk."""
    paths = sorted({path for pattern in entry.files for path in _matches(pattern, folder)})
    return tuple((path, _shown(path, folder)) for path in paths)


def _shown(path: Path, folder: Path) -> str:
    """Return a path as the description writes it."""
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)
