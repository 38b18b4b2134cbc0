"""Columns of a census file, read and typed, and what happens when cells are added up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from sozialraum.errors import SourceError
from sozialraum.sources.grid import Corners, coarser, keys_of
from sozialraum.sources.symbols import Counts, Mark
from sozialraum.sources.window import Window


@dataclass(frozen=True, slots=True)
class Cells:
    """Columns of a census file, read and typed.

    Parameters
    ----------
    corners
        Cells in the order of the file.
    columns
        Numbers and marks by column of the file; `limited` is the file's own warning that
        a number is uncertain.
    shares
        Columns that are shares, means or classes.
    flagged
        Columns to which the file's warnings apply.
    left_out
        Shares and means that were not read because cells are added up.
    notes
        What was found.
    """

    corners: Corners
    columns: Mapping[str, Counts]
    shares: frozenset[str] = frozenset()
    flagged: frozenset[str] = frozenset()
    notes: tuple[str, ...] = field(default=())
    left_out: tuple[str, ...] = ()


def check_cells(
    places: Sequence[int] | np.ndarray, message: str, name: str, where: str, corners: Corners
) -> None:
    """Raise with the keys of the cells at some places, if there are any."""
    if len(places):
        ids = keys_of(corners).take(pa.array(places)).to_pylist()
        raise SourceError(message, ids=ids, path=where, column=name)


def numbers(value: np.ndarray, mark: np.ndarray | None = None) -> Counts:
    """Return plain numbers as counts; what is missing was not delivered, unless marks say more."""
    if mark is None:
        mark = np.isnan(value) * np.int8(Mark.NOT_DELIVERED)
    return Counts(value, value, value, mark, np.zeros(len(value), bool))


def taken(corners: Corners, kept: np.ndarray) -> Corners:
    """Return some of the cells, by position or by True and False."""
    return Corners(corners.north[kept], corners.east[kept], corners.size)


def added_up(
    corners: Corners, columns: Mapping[str, Counts], size: int, window: Window | None, where: str
) -> tuple[Corners, dict[str, Counts]]:
    """Return the counts of larger cells, whole also where the window cuts them.

    A sum with a missing part is missing and marked like its strongest part; its lower limit
    is the sum of the parts that are known, since no count is negative.

    Raises
    ------
    SourceError
        No larger cell touches the window.
    """
    larger, group = coarser(corners, size)
    summed = {name: _summed(counts, group, len(larger.north)) for name, counts in columns.items()}
    if window is None:
        return larger, summed
    touched = window.touched(larger)
    if not touched.any():
        raise SourceError("sources.no_cell_within", path=where)
    kept = {name: counts.taken(touched) for name, counts in summed.items()}
    return taken(larger, touched), kept


def _summed(counts: Counts, group: np.ndarray, size: int) -> Counts:
    missing = np.flatnonzero(counts.mark)
    marks, groups = counts.mark[missing], group[missing]
    known = counts.value
    if len(missing):
        known = known.copy()
        known[missing] = 0
    known = np.bincount(group, known, size)
    mark = np.full(size, Mark.VALUE, np.int8)
    for strength in Mark:
        # ascending: the strongest mark is written last
        mark[groups[marks == strength]] = strength
    value = np.where(mark == Mark.VALUE, known, np.nan)
    limited = np.zeros(size, bool)
    limited[group[counts.limited]] = True
    return Counts(value, known, value, mark, limited)
