"""Rows of totals in a register's table: those by another name, and which one is the whole."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from sozialraum.errors import SourceError
from sozialraum.sources.ages import Group
from sozialraum.sources.notes import note
from sozialraum.sources.registers_rows import WHOLE
from sozialraum.sources.symbols import Counts

FEWEST_ROWS, FEWEST_GROUPS = 3, 4
"""Below these a row may be the sum of all others by chance."""
HALF = 0.5
"""Counts of people that differ by less are equal."""


@dataclass(frozen=True, slots=True)
class Cube:
    """Counts of a table by group.

    Parameters
    ----------
    kind, key, date
        What each row is (:mod:`sozialraum.sources.registers_rows`), its key (of a row of
        totals: what it is called), its ISO date.
    counts
        Numbers and marks by group.
    where
        The file.
    """

    kind: np.ndarray
    key: np.ndarray
    date: np.ndarray
    counts: Mapping[Group, Counts]
    where: str


def check_hidden_totals(cube: Cube) -> None:
    """Raise where an area is the sum of all others in every group: a total by another name."""
    values = np.column_stack([one.value for one in cube.counts.values()])
    hidden = []
    for day in np.unique(cube.date.astype(str)):
        at = np.flatnonzero((cube.date == day) & (cube.kind != WHOLE))
        rows = values[at]
        if len(rows) < FEWEST_ROWS:
            continue
        same = np.abs(2 * rows - rows.sum(axis=0)) < HALF
        certain = (rows > 0).sum(axis=1) >= FEWEST_GROUPS
        hidden += [str(cube.key[i]) for i in at[same.all(axis=1) & certain]]
    if hidden:
        raise SourceError("registers.hidden_total", ids=sorted(set(hidden)), path=cube.where)


def one_total(cube: Cube) -> tuple[Cube, list[str]]:
    """Return the counts with one row of totals a date at most, and notes.

    Offices add up parts of the town too ("Summe Nord"), or give the total twice. The whole is
    the row that neither another one nor all areas exceed in any group; if there is none, only
    parts were added up.
    """
    values = np.column_stack([one.value for one in cube.counts.values()])
    kept = cube.kind != WHOLE
    left_out: set[str] = set()
    for day in np.unique(cube.date.astype(str)):
        today = cube.date == day
        at = np.flatnonzero(today & (cube.kind == WHOLE))
        areas = np.nansum(values[today & (cube.kind != WHOLE)], axis=0)
        # a missing number exceeds none
        most = np.vstack([values[at], areas])
        whole = [i for i in at if len(at) == 1 or not (most > values[i] + HALF).any()][:1]
        kept[whole] = True
        left_out |= {str(cube.key[i]) for i in at if i not in whole}
    notes = [note("registers.note_totals", ids=sorted(left_out), path=cube.where)]
    counts = {group: one.taken(kept) for group, one in cube.counts.items()}
    rows = (cube.kind[kept], cube.key[kept], cube.date[kept])
    one = replace(cube, kind=rows[0], key=rows[1], date=rows[2], counts=counts)
    return one, notes if left_out else []
