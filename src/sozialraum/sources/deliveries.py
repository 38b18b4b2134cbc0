"""Deliveries of the offices: described in one TOML file, read into long tables."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from sozialraum.model import Delivery
from sozialraum.sources.cells import read_cells
from sozialraum.sources.delivery_file import Resolved, read_entries
from sozialraum.sources.elections import read_election
from sozialraum.sources.elections_compare import check_one_election
from sozialraum.sources.long import Part, long_table
from sozialraum.sources.mapped import Layout
from sozialraum.sources.registers import covered, read_senders, zero_for_all
from sozialraum.sources.registers_file import read_mapping
from sozialraum.sources.small_areas import read_small_areas
from sozialraum.sources.tables import read_place, table_places
from sozialraum.sources.templates import read_templates


def read_deliveries(path: str | Path) -> tuple[Delivery, ...]:
    """Return the deliveries that a file describes.

    Parameters
    ----------
    path
        TOML file with one ``[[delivery]]`` table a delivery; the files it names are
        relative to its folder.

        ``kind = "register"`` and ``"cells"``: counts by grid cell, in CSV files or ZIPs of
        them; ``"registers"``: population registers of many senders, each laid out by a saved
        mapping; ``"areas"``: the employment agency's small areas; ``"table"``: CSV or Excel
        tables of any office, flat files of official statistics; ``"template"``: workbooks
        that an office filled in; ``"election"``: results by polling district.

    Returns
    -------
    tuple of Delivery
        In the order of the file.

    Raises
    ------
    SourceError
        Faults of the description (all at once), files that are missing (all at once),
        columns that are missing, keys or dates that cannot be read, cells that are neither
        a number nor an official symbol, negative counts: with file, row and column. A
        delivery is read whole or not at all.
    """
    return tuple(read_delivery(resolved) for resolved in read_entries(path))


def delivery_files(path: str | Path) -> tuple[Path, ...]:
    """Return the files that a description of deliveries names, sorted, each once.

    Raises
    ------
    SourceError
        The description is faulty, or files are missing.
    """
    return tuple(sorted({file for resolved in read_entries(path) for file, _ in resolved.read}))


def read_delivery(resolved: Resolved) -> Delivery:
    """Return one delivery out of its files.

    Raises
    ------
    SourceError
        As for :func:`read_deliveries`.
    """
    entry = resolved.entry
    if entry.kind == "election":
        return _election(resolved)
    if entry.kind == "registers":
        return _registers(resolved)
    covers: tuple[str, ...] = entry.covers
    if entry.kind in ("register", "cells"):
        parts, found, notes = read_cells(resolved)
        covers = covers or found
    elif entry.kind == "areas":
        parts, notes = read_small_areas(resolved)
    elif entry.kind == "template":
        parts, notes = read_templates(resolved)
    else:
        parts, notes = _tables(resolved)
    return Delivery(
        entry.name,
        long_table(parts),
        entry.source.source(),
        geography=entry.geography,
        covers=covers,
        absent_is_zero=entry.absent_is_zero,
        notes=tuple(notes),
    )


def _registers(resolved: Resolved) -> Delivery:
    """Return the registers of many senders; mappings stand beside the files."""
    entry = resolved.entry
    minimum = entry.source.minimum
    sent = [read_senders(path, entry.variables, minimum) for path, _ in resolved.beside]
    mappings = [read_mapping(path) for path, _ in resolved.beside]
    found = sorted({unit for one in sent for unit in covered(one)})
    return Delivery(
        entry.name,
        long_table([part for one in sent for part in one.parts]),
        entry.source.source(),
        geography=entry.geography or next((m.geography for m in mappings if m.geography), ""),
        covers=entry.covers or tuple(found),
        absent_is_zero=entry.absent_is_zero or all(map(zero_for_all, mappings)),
        notes=tuple(note for one in sent for note in one.notes),
    )


def _election(resolved: Resolved) -> Delivery:
    """Return results of elections, one file an election."""
    entry = resolved.entry
    asked = {
        "kind": entry.votes.form or None,
        "postal": entry.postal or None,
        "key_format": entry.columns.key_format,
        "geography": entry.geography,
        "date": entry.date or None,
        "columns": entry.votes.columns or None,
        "variables": entry.variables or None,
        "source": entry.source.source(),
        "county": entry.votes.county,
        "postal_groups": entry.votes.postal_groups or None,
        "sheet": entry.sheet or None,
        "repair": entry.repair_keys,
    }
    read = [read_election(path, name=entry.name, **asked) for path, _ in resolved.files]
    if not entry.votes.same_districts:
        check_one_election(entry.name, read)
    first = read[0]
    return replace(
        first,
        table=pd.concat([one.table for one in read], ignore_index=True),
        covers=entry.covers or tuple(sorted({unit for one in read for unit in one.covers})),
        notes=tuple(dict.fromkeys(note for one in read for note in one.notes)),
        estimates=tuple(sorted({name for one in read for name in one.estimates})),
    )


def _tables(resolved: Resolved) -> tuple[list[Part], list[str]]:
    entry = resolved.entry
    layout = Layout(
        key=entry.columns.key or None,
        municipality=entry.columns.municipality or None,
        date_column=entry.date_named,
        key_format=entry.columns.key_format,
        date=entry.date or None,
        variables=entry.variables or None,
        level=entry.level,
        header=entry.header_contains or None,
        header_rows=entry.header_rows,
        dash_is_zero=entry.dash_is_zero,
        minimum=entry.source.minimum,
        repair=entry.repair_keys,
    )
    parts: list[Part] = []
    notes: list[str] = []
    for file, shown in resolved.files:
        for place in table_places(file, layout, sheet=entry.sheet or None, shown=shown):
            read, more = read_place(place, layout)
            parts += read
            notes += more
    return parts, notes
