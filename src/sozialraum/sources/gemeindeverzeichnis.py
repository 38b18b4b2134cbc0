"""The official register of municipalities (Gemeindeverzeichnis, ``AuszugGV…xlsx``).

The header spans several rows, the key stands in five columns (Land, Regierungsbezirk, Kreis,
association, Gemeinde), rows of all levels are told apart by ``Satzart``, decimals may be text
with a comma. Population and territory have different dates. Source: Destatis,
*Gemeindeverzeichnis-Informationssystem GV-ISys*.
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from sozialraum.errors import SourceError
from sozialraum.sources.dates import iso_date
from sozialraum.sources.loaded import Loaded
from sozialraum.sources.long import Part, repeated
from sozialraum.sources.notes import note
from sozialraum.sources.symbols import combine

KIND = "Satzart"
MUNICIPALITY = "60"
KINDS = ("10", "20", "40", "50", MUNICIPALITY)
"""Land, Regierungsbezirk, Kreis, association of municipalities, municipality."""
KEY_PARTS = (("land", 2), ("rb", 1), ("kreis", 2), ("gem", 3))
"""Last words of the headers of the columns that make the municipality key, and digits."""
COUNTS = {
    "area_km2": re.compile(r"fläche"),
    "residents": re.compile(r"insgesamt"),
    "male": re.compile(r"männlich"),
    "female": re.compile(r"weiblich"),
}
FIRST = 12
DAY = re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}")


def is_register(rows: Sequence[Sequence[str]]) -> bool:
    """Return True if a table is the register of municipalities."""
    return _start(rows) is not None


def read_register(
    rows: Sequence[Sequence[str]],
    where: str,
    variables: Mapping[str, str] | None,
    date: str | None,
) -> tuple[list[Part], list[str]]:
    """Return area and population of the municipalities, and notes.

    Raises
    ------
    SourceError
        Columns of the key are missing, keys are incomplete, cells are no numbers, or the
        date of the population is not known.
    """
    at = _start(rows) or 0
    end = next(i for i, row in enumerate(rows) if i > at and row and row[0].strip() in KINDS)
    names = _names(rows[at:end])
    body = [
        (i + 1, row) for i, row in enumerate(rows) if i >= end and row and row[0].strip() in KINDS
    ]
    kept = [(i, row) for i, row in body if row[0].strip() == MUNICIPALITY]
    if not kept:
        raise SourceError("sources.no_regions", path=where)
    found = {name: next((i for i, text in enumerate(names) if pattern.search(text)), None)
             for name, pattern in COUNTS.items()}  # fmt: skip
    columns = {name: i for name, i in found.items() if i is not None}
    loaded = _loaded(kept, columns, where)
    key = _keys(kept, names, loaded)
    counts = loaded.counts(list(columns))
    if variables is not None:
        counts = {name: combine(e, counts) for name, e in variables.items()}
    day, territory = _days(rows[:end], names, columns)
    day = iso_date(date) if date else day
    if not day:
        raise SourceError("sources.no_date", path=where)
    level = repeated("municipality", len(kept))
    notes = [note("other_levels", path=where, count=len(body) - len(kept))]
    if territory and territory != day:
        notes.append(note("tables.note_two_dates", path=where, day=day, territory=territory))
    return [Part(level, key, repeated(day, len(kept)), counts)], notes


def _start(rows: Sequence[Sequence[str]]) -> int | None:
    """Return the row in which the header begins."""
    for i, row in enumerate(rows[:FIRST]):
        if row and re.sub(r"[-\s]", "", row[0]).casefold() == KIND.casefold():
            following = rows[i + 1 : i + FIRST]
            return i if any(r and r[0].strip() in KINDS for r in following) else None
    return None


def _names(head: Sequence[Sequence[str]]) -> list[str]:
    """Return what the rows of the header say of every column, in lower case."""
    width = max(len(row) for row in head)
    return [
        " ".join(" ".join(row[i].split()) for row in head if i < len(row) and row[i].strip())
        .casefold()
        .strip()
        for i in range(width)
    ]


def _loaded(
    kept: Sequence[tuple[int, Sequence[str]]], columns: Mapping[str, int], where: str
) -> Loaded:
    table = pa.table({
        name: pa.array([row[i].strip() if i < len(row) else "" for _, row in kept], pa.string())
        for name, i in columns.items()
    })  # fmt: skip
    return Loaded(table, np.array([i for i, _ in kept]), where)


def _keys(
    kept: Sequence[tuple[int, Sequence[str]]], names: Sequence[str], loaded: Loaded
) -> np.ndarray:
    """Return municipality keys out of their parts."""
    places = []
    for word, width in KEY_PARTS:
        found = [i for i, name in enumerate(names) if name.split()[-1:] == [word]]
        if not found:
            present = ", ".join(names)
            raise SourceError(
                "sources.columns_missing", ids=[word], path=loaded.where, present=present
            )
        places.append((found[0], width))
    cells = [[str(row[i]).strip().zfill(w) for i, w in places] for _, row in kept]
    keys = pd.Series(["".join(parts) for parts in cells], dtype="str")
    wrong = ~keys.str.fullmatch(r"\d{8}").to_numpy(dtype=bool)
    loaded.complain("tables.no_key", np.flatnonzero(wrong), KEY_PARTS[-1][0])
    return keys.to_numpy(dtype=object)


def _days(
    above: Sequence[Sequence[str]], names: Sequence[str], columns: Mapping[str, int]
) -> tuple[str, str]:
    """Return the date of the population and that of the territory, where they are told."""
    own = [names[i] for name, i in columns.items() if name != "area_km2"]
    counted = {iso_date(m) for text in own for m in DAY.findall(text)} - {None}
    told = [iso_date(m) for row in above for cell in row for m in DAY.findall(cell)]
    days = [day for day in told if day]
    territory = next((day for day in days if day not in counted), days[0] if days else "")
    day = counted.pop() if len(counted) == 1 else territory
    return str(day or ""), str(territory)
