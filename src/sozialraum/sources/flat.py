"""Flat files (ffcsv) of GENESIS, Regionalstatistik and the census database.

Two layouts: since November 2024 one value a row (``value``, ``value_variable_code``),
before that one column a variable (``BEV001__Bevoelkerung__Anzahl``). Both name region,
time and further characteristics in numbered columns.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sozialraum.errors import SourceError
from sozialraum.sources.dates import iso_date
from sozialraum.sources.keys import AGS_LENGTH, ARS_LENGTH, COUNTY_LENGTH
from sozialraum.sources.loaded import Loaded, row_names
from sozialraum.sources.long import Part, spread, stacked
from sozialraum.sources.notes import note
from sozialraum.sources.symbols import Counts, Mark, combine

NEW = ("statistics_code", "time", "value", "value_variable_code")
OLD = ("Statistik_Code", "Zeit", "1_Merkmal_Code", "1_Auspraegung_Code")
REGION = re.compile(r"GEMEIN|KREISE?|GEO[A-Z]{2}\d?|DLAND|REGBEZ|DINSG|VBGEM")
NOT_COUNTED = re.compile(
    r"prozent|%|^je |=\s?100|anteil|quote|durchschn|index|veränderung", re.IGNORECASE
)
"""Units and labels of what is not a count and must not be summed."""
LEVELS = {COUNTY_LENGTH: "county", AGS_LENGTH: "municipality", ARS_LENGTH: "municipality"}


@dataclass(frozen=True, slots=True)
class Names:
    """How the columns of a layout are called."""

    time: str
    feature: str
    code: str


LAYOUTS = {
    True: Names("time", "{}_variable_code", "{}_variable_attribute_code"),
    False: Names("Zeit", "{}_Merkmal_Code", "{}_Auspraegung_Code"),
}


def is_flat(names: list[str]) -> bool:
    """Return True if a header is that of a flat file of either layout."""
    return set(NEW) <= set(names) or set(OLD) <= set(names)


def read_flat(
    loaded: Loaded, variables: Mapping[str, str] | None, *, dash_is_zero: bool, date: str | None
) -> tuple[list[Part], list[str]]:
    """Return the counts of a flat file for counties and municipalities.

    Variables are called ``VALUE_ATTRIBUTE…``, such as ``BEVSTD_GESW``; totals have no
    attribute: ``BEVSTD``. Rows of other levels (country, Land) are left out, shares and
    means too; the notes say so.

    Raises
    ------
    SourceError
        No column holds regions, nothing is a count, times or keys are unclear, a
        combination occurs twice.
    """
    new = set(NEW) <= set(loaded.names)
    layout = LAYOUTS[new]
    region, others = _axes(loaded, layout)
    frame, counts = _values(loaded, others, layout, new=new, dash_is_zero=dash_is_zero)
    keys = loaded.texts(layout.code.format(region)).to_numpy()[frame["row"]]
    length = pd.Series(keys).str.len().to_numpy()
    kept = np.isin(length, list(LEVELS)) & pd.Series(keys).str.fullmatch(r"\d+").to_numpy()
    counted = ~frame["share"].to_numpy()
    notes = _notes(frame, counts, kept, counted, loaded)
    use = kept & counted
    if not use.any():
        message = "sources.nothing_counted" if kept.any() else "sources.no_regions"
        raise SourceError(message, path=loaded.where)
    frame = frame.assign(
        level=pd.Series(length).map(LEVELS),
        key=np.where(length == ARS_LENGTH, [f"{key[:5]}{key[9:]}" for key in keys], keys),
        date=date or _dates(loaded, layout.time)[frame["row"]],
    )
    _check_negative(loaded, frame[use], counts, np.flatnonzero(use))
    part = _wide(loaded, frame[use], counts.taken(np.flatnonzero(use)))
    if variables is not None:
        chosen = {name: combine(expression, part.counts) for name, expression in variables.items()}
        part = Part(part.level, part.key, part.date, chosen)
    return [part], notes


def _axes(loaded: Loaded, layout: Names) -> tuple[int, list[int]]:
    """Return the number of the region among the characteristics, and the other numbers."""
    present = [i for i in range(1, 20) if layout.feature.format(i) in loaded.names]
    for i in present:
        codes = loaded.texts(layout.feature.format(i))
        if codes.str.fullmatch(REGION.pattern).all():
            return i, [j for j in present if j != i]
    raise SourceError("sources.no_regions", path=loaded.where)


def _values(
    loaded: Loaded, others: list[int], layout: Names, *, new: bool, dash_is_zero: bool
) -> tuple[pd.DataFrame, Counts]:
    """Return one entry a value: row, variable, whether it is a share, and the numbers."""
    attributes = [loaded.texts(layout.code.format(i)) for i in others]
    suffix = pd.Series("", index=range(len(loaded.rows)), dtype="str")
    for attribute in attributes:
        suffix = suffix + np.where(attribute != "", "_" + attribute, "")
    if new:
        value = loaded.numbers(["value"], dash_is_zero=dash_is_zero)["value"]
        about = loaded.texts("value_unit") + " " + loaded.texts("value_variable_label")
        variable = loaded.texts("value_variable_code") + suffix
        share = about.str.contains(NOT_COUNTED)
        rows = np.arange(len(variable))
        return pd.DataFrame({"row": rows, "variable": variable, "share": share}), value
    columns = [n for n in loaded.names if "__" in n and not n.endswith("__q")]
    parsed = loaded.numbers(columns, dash_is_zero=dash_is_zero)
    frames = [
        pd.DataFrame(
            {
                "row": np.arange(len(suffix)),
                "variable": name.split("__")[0] + suffix,
                "share": bool(NOT_COUNTED.search(" ".join(name.split("__")[1:]))),
            }
        )
        for name in columns
    ]
    if not frames:
        raise SourceError("sources.nothing_counted", path=loaded.where)
    return pd.concat(frames, ignore_index=True), stacked(list(parsed.values()))


def _dates(loaded: Loaded, column: str) -> np.ndarray:
    texts = loaded.texts(column)
    known = {text: iso_date(text) for text in texts.unique()}
    strange = [text for text, day in known.items() if day is None]
    if strange:
        raise SourceError("sources.not_dates", ids=strange, path=loaded.where, column=column)
    return texts.map(known).to_numpy(dtype=object)


def _check_negative(
    loaded: Loaded, frame: pd.DataFrame, counts: Counts, positions: np.ndarray
) -> None:
    negative = counts.value[positions] < 0
    if negative.any():
        rows = loaded.rows[frame["row"].to_numpy()[negative]]
        raise SourceError("sources.negative", ids=row_names(rows), path=loaded.where)


def _wide(loaded: Loaded, frame: pd.DataFrame, counts: Counts) -> Part:
    """Return one entry a region and time, with a column a variable.

    A combination without a row was not delivered.
    """
    identity = ["level", "key", "date", "variable"]
    twice = frame.duplicated(identity)
    if twice.any():
        rows = loaded.rows[frame.loc[twice, "row"]]
        raise SourceError("sources.rows_repeated", ids=row_names(rows), path=loaded.where)
    place = ["level", "key", "date"]
    codes = frame.groupby(place, sort=False).ngroup().to_numpy()
    unique = frame.drop_duplicates(place)
    columns = {
        str(name): spread(counts.taken(np.asarray(at)), codes[at], len(unique))
        for name, at in frame.reset_index(drop=True).groupby("variable").indices.items()
    }
    level, key, date = (unique[name].to_numpy(dtype=object) for name in place)
    return Part(level, key, date, columns)


def _notes(
    frame: pd.DataFrame, counts: Counts, kept: np.ndarray, counted: np.ndarray, loaded: Loaded
) -> list[str]:
    notes = []
    if not kept.all():
        notes.append(note("other_levels", path=loaded.where, count=int((~kept).sum())))
    if not counted.all():
        ids = sorted(frame.loc[~counted, "variable"].unique())
        notes.append(note("not_counted", ids=ids, path=loaded.where))
    missing = int((counts.mark != Mark.VALUE).sum())
    if missing:
        notes.append(note("missing_values", path=loaded.where, count=missing))
    return notes
