"""The rules a reader knows, as rows over the hidden counts of all tables."""

import numpy as np
from scipy.sparse import csr_array

from sozialraum.disclosure.links import Links
from sozialraum.disclosure.sheet import Sheet
from sozialraum.methods.tables import FAR, Cells
from sozialraum.methods.witnesses import Rules

type Limits = tuple[np.ndarray, np.ndarray]


class Entries:
    """Entries of a sparse matrix, gathered block of rows by block of rows."""

    def __init__(self) -> None:
        self.parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self.rows = 0

    def block(self, rows: int) -> int:
        """Begin a block of rows and return the number of its first row."""
        self.rows += rows
        return self.rows - rows

    def add(self, row: np.ndarray, column: np.ndarray, value: int = 1) -> None:
        """Add entries of one value."""
        self.parts.append((np.full(len(row), value, dtype=np.int64), row, column))

    def matrix(self, columns: int) -> csr_array:
        """Return the matrix."""
        none = np.zeros(0, dtype=np.int64)
        value, row, column = (
            np.concatenate([none, *part])
            for part in (zip(*self.parts, strict=True) if self.parts else ((), (), ()))
        )
        return csr_array((value, (row, column)), shape=(self.rows, columns))


class Unknowns:
    """Hidden counts as columns: areas, and totals of which more is known than of their parts.

    Parameters
    ----------
    sheet, cells
        Places, and counts with what is published.
    """

    def __init__(self, sheet: Sheet, cells: Cells) -> None:
        self.hierarchy = h = sheet.hierarchy
        self.cells = cells
        n, m = h.areas, h.units
        self.unit = slice(n, n + m)
        self.hidden = ~cells.published
        filled = np.diff(h.starts) > 0
        self.inside = h.sums(self.hidden[:, :n].astype(np.int64))
        shown = h.sums(np.where(cells.published, cells.low, 0)[:, :n])
        self.shown = np.where(filled, shown + cells.residue[:, self.unit], 0)
        settled = np.where(self.hidden[:, self.unit], self.shown, cells.low[:, self.unit])
        self.settled = settled.sum(axis=1) + cells.residue[:, n + m]
        chosen = self.hidden.copy()
        chosen[:, n:] &= self._telling() | np.append(~filled, False)
        self.table, self.place = np.nonzero(chosen)
        self.column = np.full(chosen.shape, -1)
        self.column[chosen] = np.arange(len(self.table))
        self.owner = np.concatenate([h.unit_of_area, np.arange(m), [m]])[self.place]
        is_part = np.concatenate([np.ones(n, bool), ~filled, [False]])
        self.parts = is_part[self.place]
        open_unit = np.column_stack([self.hidden[:, self.unit], np.zeros(len(settled), bool)])
        self.under_hidden = self.parts & open_unit[self.table, self.owner]

    def _telling(self) -> np.ndarray:
        """Return where more is known beforehand of a hidden total than of its hidden parts."""
        h, cells = self.hierarchy, self.cells
        n, m = h.areas, h.units
        hidden = self.hidden[:, :n]
        least = h.sums(np.where(hidden, cells.known_low[:, :n], 0)) + self.shown
        most = h.sums(np.where(hidden, cells.known_high[:, :n], 0)) + self.shown
        low, high = cells.known_low[:, n:], cells.known_high[:, n:]
        units = self.hidden[:, self.unit] & (self.inside > 0)
        units &= (low[:, :m] > least) | (high[:, :m] < most)
        county = self.hidden[:, n + m] & ((low[:, m] > 0) | (high[:, m] < cells.base[:, n + m]))
        return np.column_stack([units, county])

    def __len__(self) -> int:
        return len(self.table)

    def of_units(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return rows and columns of hidden areas, by (tables, units) row numbers or -1."""
        inside = self.place < self.hierarchy.areas
        unit = np.where(inside, self.owner, 0)
        row = np.where(inside, numbers[self.table, unit], -1)
        used = np.flatnonzero(row >= 0)
        return row[used], used

    def of_county(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return rows and columns below hidden units, by (tables,) row numbers or -1."""
        row = np.where(self.under_hidden, numbers[self.table], -1)
        used = np.flatnonzero(row >= 0)
        return row[used], used


def numbered(chosen: np.ndarray, first: int) -> np.ndarray:
    """Return consecutive numbers where `chosen`, -1 elsewhere.

    Examples
    --------
    >>> numbered(np.array([True, False, True]), 5)
    array([ 5, -1,  6])
    """
    result = np.full(chosen.shape, -1)
    result[chosen] = first + np.arange(chosen.sum())
    return result


def known_rules(unknowns: Unknowns, links: Links) -> Rules:
    """Return sums, marks of totals and links over the hidden counts."""
    entries = Entries()
    limits = [_unit_rows(unknowns, entries), _county_rows(unknowns, entries)]
    limits += _link_rows(unknowns, links, entries)
    at = (unknowns.table, unknowns.place)
    cells = unknowns.cells
    exact = cells.low[at] == cells.high[at]
    return Rules(
        entries.matrix(len(unknowns)),
        np.concatenate([low for low, _ in limits]),
        np.concatenate([high for _, high in limits]),
        cells.known_low[at],
        cells.known_high[at],
        cells.free_low[at],
        cells.free_high[at],
        truth=np.where(exact, cells.low[at], -1),
    )


def _unit_rows(unknowns: Unknowns, entries: Entries) -> Limits:
    """Municipalities of which the total is published, or a column of its own."""
    cells, unit = unknowns.cells, unknowns.unit
    published = cells.published[:, unit]
    own = unknowns.column[:, unit]
    tells = (unknowns.inside > 0) & (published | (own >= 0))
    numbers = numbered(tells, entries.block(int(tells.sum())))
    entries.add(*unknowns.of_units(numbers))
    entries.add(numbers[tells & (own >= 0)], own[tells & (own >= 0)], -1)
    total = (np.where(published, cells.low[:, unit], 0) - unknowns.shown)[tells]
    return total, total


def _county_rows(unknowns: Unknowns, entries: Entries) -> Limits:
    """Tables in which the county's total is published, or a column of its own."""
    cells, own = unknowns.cells, unknowns.column[:, -1]
    published = cells.published[:, -1]
    tells = unknowns.hidden[:, unknowns.unit].any(axis=1) & (published | (own >= 0))
    numbers = numbered(tells, entries.block(int(tells.sum())))
    entries.add(*unknowns.of_county(numbers))
    entries.add(numbers[tells & (own >= 0)], own[tells & (own >= 0)], -1)
    total = (np.where(published, cells.low[:, -1], 0) - unknowns.settled)[tells]
    return total, total


def _link_rows(unknowns: Unknowns, links: Links, entries: Entries) -> list[Limits]:
    """Parts within wholes and full categories, where several of them are hidden."""
    found: list[Limits] = []
    cells, column = unknowns.cells, unknowns.column
    for (part, whole), spare in zip(links.parts, links.spare, strict=True):
        places = np.flatnonzero((column[part] >= 0) & (column[whole] >= 0) & (spare >= 0))
        row = entries.block(len(places)) + np.arange(len(places))
        entries.add(row, column[whole, places])
        entries.add(row, column[part, places], -1)
        found.append((np.zeros_like(row), spare[places]))
    for group in links.categories:
        rows = np.array(group)
        unknown = column[rows] >= 0
        some = (unknown.sum(axis=0) > 1) & (cells.base[rows[0]] < FAR)
        places = np.flatnonzero(some & (unknown | cells.published[rows]).all(axis=0))
        first = entries.block(len(places))
        which, at = np.nonzero(unknown[:, places])
        entries.add(first + at, column[rows[which], places[at]])
        shown = np.where(cells.published[rows], cells.low[rows], 0).sum(axis=0)
        rest = (cells.base[rows[0]] - shown)[places]
        found.append((rest, rest))
    return found
