"""Unknown whole numbers, what is known of their sums, and what must remain possible.

Everything here is arrays: a system of unknown counts (columns) and statements about them
(rows), the targets that must not be narrowed too far, and what a search found out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from scipy.sparse import csr_array

from sozialraum.methods.suppression import Need
from sozialraum.methods.tables import FAR

Multipliers = tuple[tuple[int, Fraction], ...]
"""Numbers of rows or columns with a multiplier each, in ascending order of the number."""


class ContradictionError(ValueError):
    """No whole numbers fulfil all rows: the statements contradict each other.

    Parameters
    ----------
    rows
        Rows that cannot hold together (of one independent part of the system).
    proven
        False where no solution was found, but its absence could not be proven either.
    """

    def __init__(self, rows: tuple[int, ...], *, proven: bool) -> None:
        self.rows = rows
        self.proven = proven
        super().__init__("no solution was found for a part of the rows")


class EmptyError(ValueError):
    """Some columns have no solution, or none was found.

    Parameters
    ----------
    columns
        Columns of the system whose limits or rows contradict each other.
    proven
        False where no solution was found, but its absence could not be proven either.
    """

    def __init__(self, columns: np.ndarray, *, proven: bool) -> None:
        self.columns = columns
        self.proven = proven
        super().__init__("no solution found")


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """Unknown whole numbers (columns) and interval statements about them (rows).

    Parameters
    ----------
    matrix
        (rows, columns) whole-number coefficients, int64.
    row_low, row_high
        Limits of every row, int64; ``-FAR`` and :data:`FAR` where there is none.
    low, high
        Limits of every column, int64; ``-FAR`` and :data:`FAR` where there is none.
    truth
        A solution of all rows, -1 where it is not known to us. Only ever used as a first
        example of what is possible, never to narrow anything.

    Examples
    --------
    >>> one = np.array([9])
    >>> system = System(
    ...     csr_array(np.array([[1, 1]])), one, one,
    ...     np.zeros(2, int), np.full(2, FAR), np.array([4, 5]),
    ... )
    >>> system.rows, system.columns
    (1, 2)
    """

    matrix: csr_array
    row_low: np.ndarray
    row_high: np.ndarray
    low: np.ndarray
    high: np.ndarray
    truth: np.ndarray

    def __post_init__(self) -> None:
        _same_length("row limits", height(self.matrix), self.row_low, self.row_high)
        _same_length("columns", width(self.matrix), self.low, self.high, self.truth)
        arrays = (self.row_low, self.row_high, self.low, self.high, self.truth)
        _whole_numbers(self.matrix, *arrays)

    @property
    def rows(self) -> int:
        """Number of statements."""
        return len(self.row_low)

    @property
    def columns(self) -> int:
        """Number of unknowns."""
        return len(self.low)

    def without(self, rows: np.ndarray) -> "System":
        """Return the system with the rows of a mask taken away (their numbers stay).

        Parameters
        ----------
        rows
            (rows,) True for the statements that are no longer made.
        """
        return System(
            self.matrix,
            np.where(rows, -FAR, self.row_low),
            np.where(rows, FAR, self.row_high),
            self.low,
            self.high,
            self.truth,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """Sums of unknowns that must not be narrowed too far.

    Parameters
    ----------
    matrix
        (targets, columns) small whole numbers: 0 and 1 for a count, ``-1`` with the
        universe as offset for the rest of a universe.
    offset
        Known part of every target.
    need
        What must remain possible; nothing where it is vacuous.
    relaxed
        (targets, columns) ones where a target looks at a column with its free limits.
    free_low, free_high
        Limits of every column where it is relaxed; at least as wide as the usual ones.
    """

    matrix: csr_array
    offset: np.ndarray
    need: Need
    relaxed: csr_array | None = None
    free_low: np.ndarray | None = None
    free_high: np.ndarray | None = None

    def __post_init__(self) -> None:
        count, columns = height(self.matrix), width(self.matrix)
        need = self.need
        _same_length("targets", count, self.offset, need.low, need.high, need.width)
        _whole_numbers(self.matrix, self.offset, need.low, need.high, need.width)
        if self.relaxed is None:
            return
        if self.free_low is None or self.free_high is None:
            raise ValueError("relaxed targets need free_low and free_high")
        if self.relaxed.shape != self.matrix.shape:
            raise ValueError("relaxed and matrix must have the same shape")
        _same_length("free limits", columns, self.free_low, self.free_high)

    def __len__(self) -> int:
        return len(self.offset)


@dataclass(frozen=True, slots=True)
class Proof:
    """Why a target cannot be larger or smaller: multipliers of rows and of column limits.

    The rows, multiplied and added up, and the limits of the columns that remain give the
    bound (weak duality). A row counts with its limits rounded inwards to what whole
    numbers can reach: ``100 x + 100 y`` between 920 and 1000 is ``x + y = 10``.

    Parameters
    ----------
    upper, lower
        Rows and multipliers that prove the upper and the lower bound: the upper limit of
        a row counts where it pushes the bound from above, else its lower limit.
    upper_columns, lower_columns
        Columns whose limits are used, and how often.
    rows
        All rows the proof rests on. Without any one of them it may fall.
    linear
        False where whole-number reasoning beyond sums of rows is part of the proof; then
        the multipliers prove less than the bounds of the target, and `rows` is complete.
    """

    upper: Multipliers = ()
    lower: Multipliers = ()
    upper_columns: Multipliers = ()
    lower_columns: Multipliers = ()
    rows: tuple[int, ...] = ()
    linear: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """What can be derived about every target.

    Parameters
    ----------
    low, high
        (targets,) proven bounds, ``-FAR`` and :data:`FAR` where there is none. For unmet
        targets of a search with ``exact=True`` the smallest and the largest value that
        whole numbers allow.
    unmet
        True where less remains possible than must: proven.
    unresolved
        True where neither that nor the opposite could be proven; to be treated as unmet.
    proofs
        Proofs of unmet targets, by target number.
    stages
        How much work was done in which stage (counts).
    """

    low: np.ndarray
    high: np.ndarray
    unmet: np.ndarray
    unresolved: np.ndarray
    proofs: Mapping[int, Proof] = field(default_factory=dict)
    stages: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Repaired:
    """What is hidden so that every target keeps what must remain possible.

    Parameters
    ----------
    hidden
        (groups,) True where the rows of a group are taken away.
    verdicts
        Of the system without them.
    stuck
        Targets that stay unmet or unresolved although all that may be hidden and matters
        to them is hidden; empty after success.
    """

    hidden: np.ndarray
    verdicts: Verdicts
    stuck: tuple[int, ...] = ()


def height(matrix: csr_array) -> int:
    """Return the number of rows."""
    return len(matrix.indptr) - 1


def width(matrix: csr_array) -> int:
    """Return the number of columns."""
    return int(np.array(matrix.shape)[1])


def _same_length(what: str, length: int, *arrays: np.ndarray) -> None:
    for array in arrays:
        if array.shape != (length,):
            message = f"{what}: an array of shape {array.shape}, not ({length},)"
            raise ValueError(message)


def _whole_numbers(*parts: np.ndarray | csr_array) -> None:
    for part in parts:
        if part.dtype != np.int64:
            message = f"whole numbers must be int64, not {part.dtype}"
            raise TypeError(message)
