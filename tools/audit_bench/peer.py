"""A plain peer: linear programmes over the whole city, two for every protected count.

What somebody writes in an afternoon: every bound from one programme over all rows (HiGHS
through highspy, the model stays loaded), rounded to whole numbers. It trusts the solver,
and a bound that only whole numbers reach escapes it.
"""

import math
from collections.abc import Mapping
from typing import Any

import highspy
import numpy as np
from scipy.sparse import csr_array

from audit_bench.oracles import oracle

ROUNDING = 1e-6


def leaks(case: Mapping[str, Any], targets: list[frozenset[str]]) -> set[Any]:
    """Return the leaks that linear programmes over the whole publication show."""
    return set(oracle.leaks(case, bounds, targets))


def bounds(facts: Any, questions: csr_array) -> tuple[np.ndarray, np.ndarray]:
    """Return bounds of every question, each by one programme over all rows."""
    solver = _loaded(facts)
    index = np.arange(len(facts.low), dtype=np.int32)
    found = np.zeros((2, questions.shape[0]), dtype=np.int64)
    for place in range(questions.shape[0]):
        cost = questions[[place]].toarray()[0].astype(float)
        for side, sense in enumerate((highspy.ObjSense.kMinimize, highspy.ObjSense.kMaximize)):
            solver.changeColsCost(len(index), index, cost)
            solver.changeObjectiveSense(sense)
            solver.run()
            value = float(cost @ np.array(solver.getSolution().col_value))
            whole = math.floor(value + ROUNDING) if side else math.ceil(value - ROUNDING)
            found[side, place] = whole
    return found[0], found[1]


def _loaded(facts: Any) -> Any:
    matrix = csr_array(facts.matrix()).tocsc()
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = matrix.shape
    model.col_cost_ = np.zeros(matrix.shape[1])
    model.col_lower_, model.col_upper_ = _open(facts.low), _open(facts.high)
    model.row_lower_ = _open(np.array([row.low for row in facts.rows]))
    model.row_upper_ = _open(np.array([row.high for row in facts.rows]))
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    model.a_matrix_.index_ = matrix.indices.astype(np.int32)
    model.a_matrix_.value_ = matrix.data.astype(float)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.passModel(model)
    return solver


def _open(limits: np.ndarray) -> np.ndarray:
    return np.where(np.abs(limits) >= oracle.NONE, np.copysign(highspy.kHighsInf, limits), limits)
