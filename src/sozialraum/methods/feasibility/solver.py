"""HiGHS, asked for suggestions.

One thread, a fixed seed, and everything that is read is read before the model is touched
again: a change of costs or limits invalidates the solution that the solver holds.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sozialraum.methods.feasibility.limits import infinite
from sozialraum.methods.feasibility.system import System

NODES = 2_000
"""Nodes that the solver may open for a whole-number solution."""


@dataclass(frozen=True, slots=True, eq=False)
class Suggestion:
    """What the solver claims.

    Parameters
    ----------
    kind
        "optimal", "infeasible", "unbounded" or "none".
    values
        (columns,) a solution; None if there is none.
    duals
        (rows,) multipliers of the rows: of the objective if optimal, of a contradiction if
        infeasible; None if there are none.
    """

    kind: str
    values: np.ndarray | None = None
    duals: np.ndarray | None = None


class Solver:
    """Linear objectives over one system, which stays loaded.

    Parameters
    ----------
    system
        Limits as it says, unless others are given for a question.
    whole
        Ask for whole numbers.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> nine = np.array([9])
    >>> both = System(
    ...     csr_array(np.array([[1, 1]])), nine, nine,
    ...     np.zeros(2, int), np.array([5, 7]), np.array([-1, -1]),
    ... )
    >>> Solver(both).maximise(np.array([1.0, 0.0]), both.low, both.high).values
    array([5., 4.])
    """

    def __init__(self, system: System, *, whole: bool = False) -> None:
        self._whole = whole
        self._model = _load(system, whole=whole)
        self._index = np.arange(system.columns, dtype=np.int32)

    def maximise(self, cost: np.ndarray, low: np.ndarray, high: np.ndarray) -> Suggestion:
        """Return what the solver claims about an objective within limits of the columns."""
        import highspy

        model, index = self._model, self._index
        if len(index):
            model.changeColsCost(len(index), index, cost.astype(float))
            model.changeColsBounds(len(index), index, infinite(low), infinite(high))
        model.run()
        status, kinds = model.getModelStatus(), highspy.HighsModelStatus
        solution = model.getSolution()
        if status == kinds.kOptimal:
            duals = None if self._whole else np.array(solution.row_dual)
            return Suggestion("optimal", np.array(solution.col_value), duals)
        if status == kinds.kInfeasible:
            return Suggestion("infeasible", duals=None if self._whole else self._ray())
        if status in (kinds.kUnbounded, kinds.kUnboundedOrInfeasible):
            return Suggestion("unbounded")
        values = np.array(solution.col_value) if solution.value_valid else None
        return Suggestion("none", values)

    def _ray(self) -> np.ndarray | None:
        """Return multipliers of rows that show a contradiction, as the solver claims."""
        answer = self._model.getDualRay()
        return np.array(answer[2], dtype=float) if answer[1] else None


def _load(system: System, *, whole: bool) -> Any:
    import highspy

    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = system.rows, system.columns
    lp.col_cost_ = np.zeros(system.columns)
    lp.col_lower_, lp.col_upper_ = infinite(system.low), infinite(system.high)
    lp.row_lower_, lp.row_upper_ = infinite(system.row_low), infinite(system.row_high)
    matrix = system.matrix.tocsc()
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    lp.a_matrix_.index_ = matrix.indices.astype(np.int32)
    lp.a_matrix_.value_ = matrix.data.astype(float)
    lp.sense_ = highspy.ObjSense.kMaximize
    if whole:
        lp.integrality_ = [highspy.HighsVarType.kInteger] * system.columns
    model = highspy.Highs()
    options = {
        "output_flag": False,
        "threads": 1,
        "random_seed": 0,
        "presolve": "choose" if whole else "off",
        "mip_max_nodes": NODES,
        "mip_rel_gap": 0.0,
        "mip_abs_gap": 0.999,
    }
    for name, value in options.items():
        model.setOptionValue(name, value)
    model.passModel(lp)
    return model
