"""Tables with cells: every column on the list, every number the one published for its place.

The same check reads layers of a GeoPackage, properties of a GeoJSON file, CSV and the
sheets of a workbook. A row belongs to an area by the column ``area_id``. Numbers of an
indicator are compared for equality with the release. Judgements (index, flags) are not in
the release; of them only the form is checked: nothing where the area has no published
value, classes and words that exist, standard scores that are no whole numbers.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from sozialraum import schema
from sozialraum.files import geopackage as layout
from sozialraum.files.scan.cells import Column, equal, number_in, plain, positions
from sozialraum.files.scan.finding import Finding, found
from sozialraum.files.scan.judgements import JUDGED, WORDS, judged_column, worded_column
from sozialraum.files.scan.known import NUMBERS, Known
from sozialraum.model.release import RELEASE_AREA_COLUMNS, RELEASE_COLUMNS

PARTS = {"wert": "value", "zaehler": "numerator", "nenner": "denominator"}
AREAS = (schema.AREA_ID, *RELEASE_AREA_COLUMNS)
KEYED = (schema.AREA_ID, schema.INDICATOR, schema.DATE)
MOST_CLASSES = 20


def check_frame(table: pd.DataFrame, known: Known, what: str) -> list[Finding]:
    """Return what a table holds that the release does not.

    Parameters
    ----------
    table
        Cells as text, numbers or missing; columns in any order.
    known
        What may be shown.
    what
        Name of the table, for the findings.
    """
    checks = {str(name): _check_of(str(name), table, known) for name in table.columns}
    stray = [name for name, check in checks.items() if check is None]
    if stray or not table.columns.is_unique:
        twice = [str(name) for name in table.columns[table.columns.duplicated()]]
        return found("columns", [f"{what}.{name}" for name in (*stray, *twice)])
    if schema.AREA_ID not in checks and len(table):
        return found("no_areas", [what])
    wrong = [name for name, check in checks.items() if check and check(table[name], table)]
    return found("values", [f"{what}.{name}" for name in wrong])


def _check_of(name: str, table: pd.DataFrame, known: Known) -> Column | None:
    """Return how a column is checked, None for one that is not on the list."""
    long = schema.INDICATOR in table
    if name in AREAS:
        return _area_column(name, known)
    if name in NUMBERS:
        return _long_column(name, known) if long else _one_indicator(known)
    if name == "state":
        return _long_state(known) if long else worded_column(known)
    if name in ("fid", ""):
        return _rows(known)
    if name in RELEASE_COLUMNS and long:
        return _key_column(name, known, empty=name == schema.DATE and "start" in table)
    return judged_column(name, known) if name in JUDGED else _wide_column(name, known)


def _area_column(name: str, known: Known) -> Column:
    def check(column: pd.Series, table: pd.DataFrame) -> list[int]:
        if name == schema.AREA_ID:
            return positions(str(cell) not in known.areas.index for cell in column.tolist())
        given = known.areas[name].astype(str)
        pairs = zip(column.tolist(), table[schema.AREA_ID].astype(str).tolist(), strict=True)
        return positions(plain(cell) != given.get(area, "") for cell, area in pairs)

    return check


def _key_column(name: str, known: Known, *, empty: bool) -> Column:
    assert known.release is not None
    allowed = set(known.release.table[name].astype(str)) | ({""} if empty else set())
    return lambda column, _table: positions(str(cell) not in allowed for cell in column.tolist())


def _cells(known: Known, name: str) -> Mapping[tuple[str, ...], Any]:
    assert known.release is not None
    table = known.release.table
    keys = (table[schema.AREA_ID], table[schema.INDICATOR], table[schema.DATE])
    return dict(
        zip(
            zip(*(k.astype(str).tolist() for k in keys), strict=True),
            table[name].tolist(),
            strict=True,
        )
    )


def _places(table: pd.DataFrame) -> Iterable[tuple[str, ...]]:
    if any(key not in table for key in KEYED):
        return [("", "", "")] * len(table)
    return zip(*(table[key].astype(str).tolist() for key in KEYED), strict=True)


def _long_column(name: str, known: Known) -> Column:
    given = _cells(known, name)
    return lambda column, table: positions(
        not equal(cell, given.get(place, math.inf))
        for cell, place in zip(column.tolist(), _places(table), strict=True)
    )


def _long_state(known: Known) -> Column:
    given = _cells(known, "state")
    return lambda column, table: positions(
        str(cell) != str(given.get(place))
        for cell, place in zip(column.tolist(), _places(table), strict=True)
    )


def _one_indicator(known: Known) -> Column:
    """Return the check of a column of numbers in a table of one indicator and date.

    The table does not say which one; all its rows must fit one and the same.
    """
    assert known.release is not None
    keys = [schema.INDICATOR, schema.DATE]
    tables = [
        part.set_index(schema.AREA_ID)[list(NUMBERS)]
        for _, part in known.release.table.groupby(keys)
    ]

    def check(_column: pd.Series, table: pd.DataFrame) -> list[int]:
        names = [one for one in NUMBERS if one in table]
        areas = table[schema.AREA_ID].astype(str)
        for given in tables:
            here = given.reindex(areas)
            pairs = ((table[one], here[one]) for one in names)
            if all(equal(a, b) for x, y in pairs for a, b in zip(x, y, strict=True)):
                return []
        return [0]

    return check


def _wide_column(name: str, known: Known) -> Column | None:
    assert known.release is not None
    judged = "|".join(map(re.escape, layout.JUDGEMENTS.values()))
    match = re.fullmatch(rf"({judged})_({'|'.join(layout.JUDGEMENT_PARTS)})", name)
    if match:
        kinds = {"klasse": "group", "text": "text", "wert": "status_index"}
        return judged_column(kinds[match.group(2)], known)
    for indicator in known.release.indicators:
        match = re.fullmatch(
            rf"{re.escape(indicator.id)}(?:_\d+)?_({'|'.join(layout.INDICATOR_PARTS)})", name
        )
        if match and match.group(1) in PARTS:
            return _latest(indicator.id, PARTS[match.group(1)], known)
        if match:
            return (
                _class_column(indicator.id, known)
                if match.group(1) == "klasse"
                else worded_column(known)
            )
    return None


def latest(known: Known, indicator: str, part: str) -> dict[str, Any]:
    """Return one number of an indicator at its latest date, by area."""
    assert known.release is not None
    table = known.release.table
    own = table[table[schema.INDICATOR] == indicator]
    own = own[own[schema.DATE] == own[schema.DATE].max()]
    return dict(zip(own[schema.AREA_ID].astype(str), own[part].tolist(), strict=True))


def _latest(indicator: str, part: str, known: Known) -> Column:
    given = latest(known, indicator, part)
    return lambda column, table: positions(
        not equal(cell, given.get(area, math.nan))
        for cell, area in zip(
            column.tolist(), table[schema.AREA_ID].astype(str).tolist(), strict=True
        )
    )


def _class_column(indicator: str, known: Known) -> Column:
    """Return the check of classes: a number where a value is published, in its order."""
    values = latest(known, indicator, "value")

    def check(column: pd.Series, table: pd.DataFrame) -> list[int]:
        areas = table[schema.AREA_ID].astype(str)
        given = [values.get(area, math.nan) for area in areas]
        codes = [plain(cell) for cell in column]
        wrong = positions(
            (code.isdecimal() == pd.isna(value)) or not (code in WORDS or code.isdecimal())
            for code, value in zip(codes, given, strict=True)
        )
        if wrong:
            return wrong
        pairs = sorted((v, int(c)) for v, c in zip(given, codes, strict=True) if c.isdecimal())
        classes = [code for _, code in pairs]
        return [] if classes == sorted(classes) and max(classes, default=0) < MOST_CLASSES else [0]

    return check


def _rows(known: Known) -> Column:
    """Return the check of row numbers: ascending, none beyond the number of rows or areas."""

    def check(column: pd.Series, table: pd.DataFrame) -> list[int]:
        found = [number_in(cell) for cell in column]
        whole = [int(n) for n in found if n is not None and n == int(n)]
        most = max(len(table), len(known.areas))
        fine = len(whole) == len(found) and whole == sorted(set(whole))
        return [] if fine and all(0 <= n <= most for n in whole) else [0]

    return check


def records(rows: Sequence[Sequence[str]]) -> pd.DataFrame | None:
    """Return a table from rows of cells, the first its headings; None for ragged ones."""
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        return None
    return pd.DataFrame(rows[1:], columns=list(rows[0]), dtype=object)
