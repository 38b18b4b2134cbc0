"""Sets of pieces that somebody gets by subtracting areas of overlapping geographies.

What two areas share, what one leaves of another, and haloes: the areas of another
geography around an area without it, and what it holds beside all those it contains
(Duke-Williams & Rees 1998, *Int. J. Geographical Information Science* 12:579). Sums over
such sets follow from sums over few rows, so that sets need not be made to be judged.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array, diags_array, vstack


@dataclass(frozen=True, slots=True, eq=False)
class Differences:
    """Sets of pieces, each a row or a row less another one that lies in it.

    Parameters
    ----------
    rows
        (rows, pieces) ones.
    plus, minus
        (sets,) rows; -1 where nothing is taken away.
    area
        (rows,) an area that equals the row, -1 where there is none.
    """

    rows: csr_array
    plus: np.ndarray
    minus: np.ndarray
    area: np.ndarray

    def __len__(self) -> int:
        return len(self.plus)

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Return the sums over all sets of numbers at the pieces."""
        found = self.rows @ values
        return found[self.plus] - np.where(self.minus >= 0, found[self.minus], 0)

    def limits(
        self, pieces: tuple[np.ndarray, np.ndarray], areas: tuple[np.ndarray, np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return lower and upper limits of the sums, from those of pieces and of areas."""
        low, high = (self.rows @ part for part in pieces)
        like = self.area >= 0
        low = np.where(like, np.maximum(low, areas[0][self.area]), low)
        high = np.where(like, np.minimum(high, areas[1][self.area]), high)
        none = np.where(self.minus >= 0, 1, 0)
        return (
            np.maximum(self.sums(pieces[0]), low[self.plus] - none * high[self.minus]),
            np.minimum(self.sums(pieces[1]), high[self.plus] - none * low[self.minus]),
        )

    def sets(self, chosen: np.ndarray) -> csr_array:
        """Return some of the sets as rows of ones."""
        plus, minus = self.plus[chosen], self.minus[chosen]
        taken = diags_array((minus >= 0).astype(np.int64), dtype=np.int64) @ self.rows[minus]
        found = csr_array(self.rows[plus] - taken)
        found.eliminate_zeros()
        found.sort_indices()
        return found


def differences(members: csr_array, geography: np.ndarray) -> Differences:
    """Return areas, pieces, and all that two areas or a halo give away.

    Parameters
    ----------
    members
        (areas, pieces) ones.
    geography
        Geography of every area; areas of one geography do not overlap.

    Returns
    -------
    Differences
        The areas first, in their order; every other set once. Empty sets are left out.

    Examples
    --------
    >>> members = csr_array(np.array([[1, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 1]]))
    >>> found = differences(members, np.array(["w", "w", "s", "s"]))
    >>> found.sets(np.arange(len(found))).toarray().tolist()
    [[1, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 1], [0, 1, 0]]
    """
    shape: Any = members.shape
    areas, pieces = shape
    members = csr_array(members, dtype=np.int64)
    shared, left, right = _shared(members)
    halos = _haloes(members, geography)
    rows = csr_array(
        vstack(
            [members, diags_array(np.ones(pieces, dtype=np.int64), dtype=np.int64), shared, halos]
        )
    )
    first = areas + pieces
    both = first + np.arange(len(left))
    around = first + len(left) + np.arange(len(halos.indptr) - 1)
    alone = np.concatenate([np.arange(first), both, around])
    plus = np.concatenate([alone, left, right])
    minus = np.concatenate([np.full(len(alone), -1), both, both])
    marks = _marks(rows)
    _, one, same = np.unique(marks, axis=0, return_index=True, return_inverse=True)
    equal = np.where(one < areas, one, -1)[same.ravel()]
    return _once(Differences(rows, plus, minus, equal), areas)


def unions(members: csr_array, group: np.ndarray) -> Differences:
    """Return every two areas of a group together, and all areas of a group together.

    Parameters
    ----------
    members
        (areas, pieces) ones.
    group
        (areas,) group of every area; areas of one group do not overlap.

    Examples
    --------
    >>> members = csr_array(np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]]))
    >>> unions(members, np.array([4, 4, 7])).sets(np.arange(1)).toarray()
    array([[1, 1, 0]])
    """
    joined = [np.zeros((0, 2), dtype=np.int64)]
    whole = []
    for number in np.unique(group):
        own = np.flatnonzero(group == number)
        joined.append(np.column_stack([own[part] for part in np.triu_indices(len(own), 1)]))
        whole += [own] if len(own) > 2 else []
    pairs = np.concatenate(joined)
    sets = [*pairs, *whole]
    row = np.repeat(np.arange(len(sets)), [len(part) for part in sets])
    column = np.concatenate([np.zeros(0, dtype=np.int64), *sets])
    shape = (len(sets), len(group))
    of_areas = csr_array((np.ones(len(row), dtype=np.int64), (row, column)), shape=shape)
    number = np.arange(len(sets))
    none = np.full(len(sets), -1)
    return Differences(csr_array(of_areas @ members), number, none, none)


def _marks(rows: csr_array) -> np.ndarray:
    """Return the size of every row and two sums of large random numbers over it.

    Rows of one size that differ agree in both sums by chance in one of 10²⁰ pairs.
    """
    shape: Any = rows.shape
    values = np.random.default_rng(0).integers(1, 2**40, (2, shape[1]))
    ones = np.ones(shape[1], dtype=np.int64)
    return np.column_stack([rows @ part for part in (ones, *values)])


def _shared(members: csr_array) -> tuple[csr_array, np.ndarray, np.ndarray]:
    """Return what every two areas share, as rows, and the two areas of each."""
    overlap: Any = csr_array(members @ members.T)
    row = np.repeat(np.arange(len(members.indptr) - 1), np.diff(overlap.indptr))
    column = overlap.indices
    left, right = (part[row < column] for part in (row, column))
    shared = csr_array(members[left].multiply(members[right]), dtype=np.int64)
    return shared, left, right


def _haloes(members: csr_array, geography: np.ndarray) -> csr_array:
    """Return the haloes of every area in every other geography, as rows of ones.

    With one area of the other geography they are plain differences, and left out.
    """
    size = np.asarray(members.sum(axis=1)).ravel()
    overlap = csr_array(members @ members.T)
    inside = overlap.copy()
    inside.data = (overlap.data == size[overlap.indices]).astype(np.int64)
    overlap.data = np.minimum(overlap.data, 1)
    found = []
    for name in sorted(set(geography.tolist())):
        of_it = diags_array((geography == name).astype(np.int64), dtype=np.int64)
        for relation, sign in ((overlap, 1), (inside, -1)):
            chosen = csr_array(relation @ of_it)
            number = np.asarray(chosen.sum(axis=1)).ravel()
            several = np.flatnonzero((number > 1) & (geography != name))
            joined = csr_array(chosen[several] @ members)
            joined.data = np.minimum(joined.data, 1)
            halo = csr_array(sign * (joined - members[several]))
            halo.data = np.maximum(halo.data, 0)
            halo.eliminate_zeros()
            found.append(halo)
    return csr_array(vstack(found), dtype=np.int64)


def _once(found: Differences, areas: int) -> Differences:
    """Return the sets without empty ones and repetitions; the areas all stay."""
    marks = _marks(found.rows)
    taken = np.where(found.minus[:, None] >= 0, marks[found.minus], 0)
    marks = marks[found.plus] - taken
    _, first = np.unique(marks, axis=0, return_index=True)
    first = first[marks[first, 0] > 0]
    kept = np.concatenate([np.arange(areas), np.sort(first[first >= areas])])
    return Differences(found.rows, found.plus[kept], found.minus[kept], found.area)
