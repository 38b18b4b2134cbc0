"""Tables of counts that add up: areas to municipalities, municipalities to a county."""

from dataclasses import dataclass, fields

import numpy as np

FAR = 2**40
"""Stands for "no upper limit"; sums of thousands of them stay exact in 64 bits."""


@dataclass(frozen=True, slots=True, eq=False)
class Hierarchy:
    """Areas in municipalities in one county, as positions in a table.

    Places are ordered: areas (those of a municipality side by side), municipalities,
    county. Municipality `m` holds the areas ``starts[m]`` to ``starts[m + 1] - 1``.
    """

    starts: np.ndarray

    @property
    def areas(self) -> int:
        """Number of areas."""
        return int(self.starts[-1])

    @property
    def units(self) -> int:
        """Number of municipalities."""
        return len(self.starts) - 1

    @property
    def unit_of_area(self) -> np.ndarray:
        """Municipality of every area."""
        return np.repeat(np.arange(self.units), np.diff(self.starts))

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Return sums over the areas of every municipality, along the last axis.

        Examples
        --------
        >>> Hierarchy(np.array([0, 2, 2, 3])).sums(np.array([1, 2, 3]))
        array([3, 0, 3])
        """
        running = np.zeros((*values.shape[:-1], self.areas + 1), dtype=np.int64)
        np.cumsum(values, axis=-1, out=running[..., 1:])
        return running[..., self.starts[1:]] - running[..., self.starts[:-1]]

    def largest(self, values: np.ndarray) -> np.ndarray:
        """Return the largest value of every municipality; the smallest of all if empty."""
        filled = np.flatnonzero(np.diff(self.starts))
        result = np.full((*values.shape[:-1], self.units), values.min(initial=FAR))
        result[..., filled] = np.maximum.reduceat(values, self.starts[filled], axis=-1)
        return result


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Counts of several tables (rows) at all places (columns); whole numbers.

    Parameters
    ----------
    low, high
        True limits: equal where the count is known to us.
    base
        Denominators, :data:`FAR` where there is none.
    sure
        What of these may pass a threshold: of an estimate not more than people live there.
    least, most
        What is possible at all: 0 to `base`, less where other counts contain this one.
    known_low, known_high
        What a reader knows of a count beforehand if it is hidden: `least` to `most`,
        narrower for a supplier's mark or through published counts it is part of.
    free_low, free_high
        The same without the supplier's mark.
    marked
        True where the supplier's mark of the count itself tells something.
    k
        Smallest count that may be published.
    width
        By how much a hidden count must stay uncertain.
    thin
        True where the place may not be published at all (too few people).
    guarded
        True where too few households stand behind the persons.
    zero
        (tables, 1) True where "nobody" is protected too.
    residents, behind
        People and households, for sums of hidden areas; `behind` :data:`FAR` where not
        asked for.
    residue
        People in a sum but in none of its parts (no address), by place; 0 for areas.
    loss
        What hiding the cell costs: people it speaks of.
    published
        True where the count is published.
    """

    low: np.ndarray
    high: np.ndarray
    base: np.ndarray
    sure: np.ndarray
    least: np.ndarray
    most: np.ndarray
    known_low: np.ndarray
    known_high: np.ndarray
    free_low: np.ndarray
    free_high: np.ndarray
    marked: np.ndarray
    k: np.ndarray
    width: np.ndarray
    thin: np.ndarray
    guarded: np.ndarray
    zero: np.ndarray
    residents: np.ndarray
    behind: np.ndarray
    residue: np.ndarray
    loss: np.ndarray
    published: np.ndarray

    def rows(self, chosen: slice | np.ndarray) -> "Cells":
        """Return some of the tables."""
        return Cells(*(getattr(self, part.name)[chosen] for part in fields(self)))
