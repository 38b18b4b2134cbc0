"""Deliveries of the offices: described in one TOML file, read into long tables."""

from pathlib import Path

from sozialraum.model import Delivery
from sozialraum.sources.cells import read_cells
from sozialraum.sources.delivery_file import Resolved, read_entries
from sozialraum.sources.loaded import places_in
from sozialraum.sources.long import Part, long_table
from sozialraum.sources.mapped import Layout
from sozialraum.sources.small_areas import read_small_areas
from sozialraum.sources.tables import read_place


def read_deliveries(path: str | Path) -> tuple[Delivery, ...]:
    """Return the deliveries that a file describes.

    Parameters
    ----------
    path
        TOML file with one ``[[delivery]]`` table a delivery; the files it names are
        relative to its folder.

        ``kind = "register"`` and ``"cells"``: counts by grid cell, in CSV files or ZIPs of
        them; ``"areas"``: the employment agency's small areas; ``"table"``: CSV or Excel
        tables of any office, flat files of official statistics.

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
    return tuple(sorted({file for resolved in read_entries(path) for file, _ in resolved.files}))


def read_delivery(resolved: Resolved) -> Delivery:
    """Return one delivery out of its files.

    Raises
    ------
    SourceError
        As for :func:`read_deliveries`.
    """
    entry = resolved.entry
    covers: tuple[str, ...] = entry.covers
    if entry.kind in ("register", "cells"):
        parts, found, notes = read_cells(resolved)
        covers = covers or found
    elif entry.kind == "areas":
        parts, notes = read_small_areas(resolved)
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
        dash_is_zero=entry.dash_is_zero,
        minimum=entry.source.minimum,
        repair=entry.repair_keys,
    )
    parts: list[Part] = []
    notes: list[str] = []
    for file, shown in resolved.files:
        for place in places_in(file, sheet=entry.sheet or None, shown=shown):
            read, more = read_place(place, layout)
            parts += read
            notes += more
    return parts, notes
