"""Names of areas and who decided on them, as an edited file says."""

import re
from datetime import date
from typing import NamedTuple

import pandas as pd

from sozialraum import schema
from sozialraum.areas.findings import Findings
from sozialraum.messages import LANGUAGES, text
from sozialraum.model import Assignment, Blocks
from sozialraum.model.assignment import STATUSES

ORIGINS = ("adopted", "proposed")
GERMAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


class Decisions(NamedTuple):
    """What a file says of areas.

    Parameters
    ----------
    table
        Indexed by `area_id`, one row an area that holds a block: `name`, `origin`,
        `status`, `decided_by`, `decided_on`.
    new
        Areas that were not there when the file was written.
    gone
        Areas that were, or that have a name, but hold no block.
    """

    table: pd.DataFrame
    new: tuple[str, ...]
    gone: tuple[str, ...]


def decisions_of(
    blocks: Blocks,
    assignment: Assignment,
    membership: pd.Series,
    before: pd.Series,
    found: Findings,
) -> Decisions:
    """Return names and decisions of the areas that hold blocks.

    Parameters
    ----------
    blocks
        The blocks.
    assignment
        What stands in the file.
    membership
        Area of the blocks that have one.
    before
        Area of the blocks when the file was written, blank where it does not say.
    found
        Takes faults (rows that contradict each other, unknown statuses, dates) and notes.
    """
    rows = assignment.areas[assignment.areas[schema.AREA_ID] != ""].drop_duplicates()
    found.note("nameless_row", range(int((assignment.areas[schema.AREA_ID] == "").sum())))
    ids = rows[schema.AREA_ID]
    found.fault("area_twice", ids[ids.duplicated()].unique())
    given = rows[~ids.duplicated()].set_index(schema.AREA_ID)
    areas = pd.Index(sorted(set(membership)), name=schema.AREA_ID, dtype="str")
    old = set(before) - {""} or set(given.index)
    new, gone = sorted(set(areas) - old), sorted((old | set(given.index)) - set(areas))
    found.note("new_area", new)
    found.note("gone_area", gone)
    table = given.reindex(areas, fill_value="")
    owner = blocks.frame[schema.MUNICIPALITY].loc[membership.index].groupby(membership).first()
    unnamed = table[schema.NAME] == ""
    table[schema.NAME] = table[schema.NAME].mask(unnamed, _names(blocks, owner.loc[areas]))
    _note_same_names(table, owner.loc[areas], found)
    table["origin"] = table["origin"].where(table["origin"].isin(ORIGINS), "proposed")
    table["status"] = _statuses(table["status"], found)
    table["decided_on"] = _days(table["decided_on"], found)
    return Decisions(table, tuple(new), tuple(gone))


def _names(blocks: Blocks, owner: pd.Series) -> list[str]:
    """Return names for areas without one: their municipality and the rest of their id."""
    towns = blocks.units[schema.NAME].loc[owner].tolist()
    return [
        f"{town} {area.removeprefix(unit).lstrip('-_ ') or area}"
        for area, unit, town in zip(owner.index, owner, towns, strict=True)
    ]


def _note_same_names(table: pd.DataFrame, owner: pd.Series, found: Findings) -> None:
    """Note areas of one municipality that share a name."""
    named = pd.DataFrame({"name": table[schema.NAME], "owner": owner})
    twice = named[named.duplicated(keep=False)]
    found.note("same_name", [f"{name} ({area})" for area, name in twice["name"].items()])


def _statuses(column: pd.Series, found: Findings) -> pd.Series:
    """Return statuses by code; the words that QGIS shows are understood as well."""
    known = {code: code for code in STATUSES} | {"": "proposed"}
    for language in LANGUAGES:
        known |= {text(f"export.edit_{code}", language): code for code in STATUSES}
    folded = {word.casefold(): code for word, code in known.items()}
    codes = column.str.casefold().map(folded)
    wrong = codes.isna()
    found.fault("status", [f"{area} („{word}“)" for area, word in column[wrong].items()])
    return codes.fillna("proposed").astype("str")


def _days(column: pd.Series, found: Findings) -> pd.Series:
    """Return dates as ISO 8601; German ones are understood as well."""
    days = pd.Series([GERMAN_DATE.sub(_iso, day) for day in column.tolist()], column.index)
    wrong = ~days.map(_is_day)
    found.fault("date", [f"{area} („{day}“)" for area, day in column[wrong].items()])
    return days.astype("str")


def _iso(day: re.Match[str]) -> str:
    return f"{day[3]}-{int(day[2]):02d}-{int(day[1]):02d}"


def _is_day(day: str) -> bool:
    try:
        return not day or bool(date.fromisoformat(day))
    except ValueError:
        return False
