"""A linear programme that stays loaded while its objective changes."""

from typing import Any

import numpy as np
from scipy.sparse import csr_array


class Programme:
    """Maximises linear objectives over fixed rows and limits (HiGHS, one thread).

    Parameters
    ----------
    matrix
        (rows, columns) coefficients.
    rows, columns
        Lower and upper limits of every row and of every column.
    far
        Row limits of this size or beyond are none.

    Examples
    --------
    >>> both = csr_array(np.array([[1, 1]]))
    >>> nine = np.array([9])
    >>> limits = np.array([0, 0]), np.array([5, 7])
    >>> programme = Programme(both, (nine, nine), limits, far=100)
    >>> programme.maximise(np.array([1.0, 0.0]))
    array([5., 4.])
    """

    def __init__(
        self,
        matrix: csr_array,
        rows: tuple[np.ndarray, np.ndarray],
        columns: tuple[np.ndarray, np.ndarray],
        *,
        far: float,
    ) -> None:
        self._limits = _floats(columns)
        self._solver = _load(matrix, rows, self._limits, far)

    def maximise(
        self,
        cost: np.ndarray,
        relaxed: np.ndarray | None = None,
        limits: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> np.ndarray | None:
        """Return an optimal solution, or None if the solver claims none.

        Parameters
        ----------
        cost
            (columns,) objective.
        relaxed, limits
            Columns that take other limits for this objective only.
        """
        import highspy

        solver = self._solver
        index = np.arange(len(cost), dtype=np.int32)
        solver.changeColsCost(len(index), index, cost.astype(float))
        at = np.array([] if relaxed is None else relaxed, dtype=np.int32)
        if len(at) and limits is not None:
            solver.changeColsBounds(len(at), at, *_floats(limits))
        solver.run()
        # read everything before touching the model: a change invalidates the solution
        optimal = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        values = np.array(solver.getSolution().col_value)
        if len(at):
            solver.changeColsBounds(len(at), at, *(side[at] for side in self._limits))
        return values if optimal else None


def _floats(limits: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    return limits[0].astype(float), limits[1].astype(float)


def _load(
    matrix: csr_array,
    rows: tuple[np.ndarray, np.ndarray],
    columns: tuple[np.ndarray, np.ndarray],
    far: float,
) -> Any:
    import highspy

    none = highspy.kHighsInf
    low, high = _floats(rows)
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = len(low), len(columns[0])
    model.col_cost_ = np.zeros(len(columns[0]))
    model.col_lower_, model.col_upper_ = columns
    model.row_lower_ = np.where(low <= -far, -none, low)
    model.row_upper_ = np.where(high >= far, none, high)
    by_column = matrix.tocsc()
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = by_column.indptr.astype(np.int32)
    model.a_matrix_.index_ = by_column.indices.astype(np.int32)
    model.a_matrix_.value_ = by_column.data.astype(float)
    model.sense_ = highspy.ObjSense.kMaximize
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("random_seed", 0)
    solver.passModel(model)
    return solver
