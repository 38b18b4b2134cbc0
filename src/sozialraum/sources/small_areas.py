"""The employment agency's labour-market data by small areas (AkG).

One row a municipality × area of its own division, with abbreviated columns of counts.
Rows of sums and of people without an address stand between the areas. Source: Statistik der
Bundesagentur für Arbeit, *Arbeitsmarktdaten in kleinräumiger Gliederung*.
"""

from collections import Counter

import numpy as np
import pandas as pd

from sozialraum.errors import SourceError
from sozialraum.sources.delivery_file import Entry, Resolved
from sozialraum.sources.keys import find_column, municipality_keys
from sozialraum.sources.loaded import Loaded, Place, load, places_in, row_names
from sozialraum.sources.long import Part, repeated
from sozialraum.sources.mapped import combined, dates_of, formatted, needed_columns
from sozialraum.sources.notes import note

MONTH = "Berichtsmonat"
UNIT = "Gemeindeschlüssel"
TOTAL = "SUMSUMSUM"
SUM = "SUM"
NO_ADDRESS = "999999999"
"""Row of people whose address is not known to lie in any area."""
NAME = "Name"
NOT_STATED = "keine angabe"
KEY_FORMAT = "{municipality}-{gliederung}"


def read_small_areas(resolved: Resolved) -> tuple[list[Part], list[str]]:
    """Return counts by area, and by municipality from the rows of totals, and notes.

    The rows "keine Angabe" are part of the municipality's total and of no area.

    Raises
    ------
    SourceError
        A column is missing, an area occurs twice at one date, a cell is neither a number
        nor an official symbol, a count is negative.
    """
    entry = resolved.entry
    parts: list[Part] = []
    notes: list[str] = []
    passed_over: Counter[str] = Counter()
    for file, shown in resolved.files:
        for place in places_in(file, sheet=entry.sheet or None, shown=shown):
            part, more = _one(place, entry, passed_over)
            parts.append(part)
            notes += more
    for name, count in sorted(passed_over.items()):
        notes.append(note(name, delivery=entry.name, count=count))
    return parts, notes


def _one(place: Place, entry: Entry, passed_over: Counter[str]) -> tuple[Part, list[str]]:
    loaded = load(place, header=entry.header_contains or (UNIT if place.sheet else None))
    names = loaded.names
    unit = find_column(names, entry.columns.municipality or UNIT, loaded.where)
    division = find_column(names, entry.columns.gliederung, loaded.where)
    needed = needed_columns(entry.variables, loaded)
    loaded = _without_sums(loaded, division, passed_over)
    units, notes = municipality_keys(loaded.texts(unit), loaded.where, repair=entry.repair_keys)
    divisions = loaded.texts(division)
    total = (divisions == TOTAL).to_numpy()
    pattern = entry.columns.key_format or KEY_FORMAT
    keys = np.where(total, units, formatted(pattern, divisions, units)).astype(object)
    month = entry.date_named or (MONTH if MONTH in names and not entry.date else None)
    dates = dates_of(loaded, entry.date or None, month, place)
    counts = loaded.counts(needed, minimum=entry.source.minimum, dash_is_zero=entry.dash_is_zero)
    chosen = {n: combined(e, counts, loaded, n) for n, e in entry.variables.items()}
    level = np.where(total, repeated("municipality", len(keys)), "area").astype(object)
    _check_unique(keys, dates, loaded, division)
    return Part(level, keys, dates, chosen), notes


def _without_sums(loaded: Loaded, division: str, passed_over: Counter[str]) -> Loaded:
    """Return areas and municipal totals; count the sub-totals and rows without address."""
    divisions = loaded.texts(division)
    partial = (divisions.str.endswith(SUM) & (divisions != TOTAL)).to_numpy()
    nowhere = (divisions == NO_ADDRESS).to_numpy()
    if NAME in loaded.names:
        nowhere = nowhere | (loaded.texts(NAME).str.casefold() == NOT_STATED).to_numpy()
    blank = (divisions == "").to_numpy() & ~nowhere
    loaded.complain("sources.blank_at", np.flatnonzero(blank), division)
    counts = {"subtotals_left_out": int(partial.sum()), "no_address": int(nowhere.sum())}
    passed_over.update({name: count for name, count in counts.items() if count})
    return loaded.kept(~(partial | nowhere))


def _check_unique(keys: np.ndarray, dates: np.ndarray, loaded: Loaded, column: str) -> None:
    twice = pd.DataFrame({"key": keys, "date": dates}).duplicated().to_numpy()
    if twice.any():
        rows = row_names(loaded.rows[twice])
        ids = [f"{key} ({row})" for key, row in zip(keys[twice], rows, strict=True)]
        raise SourceError("sources.keys_repeated", ids=ids, path=loaded.where, column=column)
