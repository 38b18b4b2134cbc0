"""Independent parts of a system, and a first solution of each."""

from functools import cached_property

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from sozialraum.methods.feasibility.branch import Brancher, fulfils
from sozialraum.methods.feasibility.system import EmptyError, System
from sozialraum.methods.tables import FAR


class Parts:
    """Which rows and columns of a system hang together."""

    def __init__(self, system: System) -> None:
        self.system = system

    @cached_property
    def labels(self) -> tuple[np.ndarray, np.ndarray]:
        """Part of every row and of every column."""
        links = self.system.matrix.tocoo()
        rows, columns = self.system.rows, self.system.columns
        size = rows + columns
        graph = csr_array(
            (np.ones(links.nnz), (links.coords[0], links.coords[1] + rows)), shape=(size, size)
        )
        _, label = connected_components(graph, directed=False)
        return label[:rows], label[rows:]

    def members(self, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows and the columns of some parts."""
        of_rows, of_columns = self.labels
        chosen = np.zeros(self.system.rows + self.system.columns, dtype=bool)
        chosen[labels] = True
        return np.flatnonzero(chosen[of_rows]), np.flatnonzero(chosen[of_columns])


def cut(system: System, rows: np.ndarray, columns: np.ndarray) -> System:
    """Return some rows over some columns."""
    return System(
        csr_array(system.matrix[rows][:, columns]),
        system.row_low[rows],
        system.row_high[rows],
        system.low[columns],
        system.high[columns],
        system.truth[columns],
    )


def first_solution(system: System, parts: Parts, blame: np.ndarray) -> np.ndarray:
    """Return whole numbers that fulfil every row.

    The truth is taken where it is one; elsewhere a solution is looked for.

    Parameters
    ----------
    blame
        (columns,) column of the whole system, to say which part is contradictory.

    Raises
    ------
    EmptyError
        If a part has no solution, or none was found.
    """
    low, high = np.maximum(system.low, -FAR), np.minimum(system.high, FAR)
    start = np.clip(system.truth, np.minimum(low, high), high)
    if fulfils(system, start):
        return start
    of_rows, of_columns = parts.labels
    total = system.matrix @ start
    off = (total < system.row_low) | (total > system.row_high)
    wrong = np.union1d(of_rows[off], of_columns[system.low > system.high])
    for label in wrong.tolist():
        rows, columns = parts.members(np.array([label]))
        outcome = Brancher(cut(system, rows, columns)).more_than(
            np.zeros(len(columns), dtype=np.int64), -1
        )
        if outcome.point is None:
            raise EmptyError(blame[columns], proven=outcome.proven)
        start[columns] = outcome.point
    if not fulfils(system, start):
        raise EmptyError(blame, proven=False)
    return start
