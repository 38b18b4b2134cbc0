"""What the kernel works on, as plain arrays.

This module holds no compiled code, so the kernel file may use it: numba's cache does not
notice a change in a compiled function of another file.
"""

from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from sozialraum.methods.feasibility.limits import infinite
from sozialraum.methods.feasibility.reduce import Reduced
from sozialraum.methods.feasibility.system import height
from sozialraum.methods.tables import FAR

type Array = Any
"""An ndarray. numba infers what is in it; numpy's stubs cannot follow its elements."""

DENSE = 64
"""Rows with more columns are looked at last, so that they do not connect everything."""


BASIS = 400
"""A push that needs more rows at once is left to the solver of the whole system."""


class Problem(NamedTuple):
    """A system and its targets; `…_near` are rows divided by their largest coefficient.

    Limits are floats, infinite where there is none: whole numbers up to FAR are exact.
    """

    row_start: Array
    row_column: Array
    row_value: Array
    row_near: Array
    column_start: Array
    column_row: Array
    column_value: Array
    column_near: Array
    row_low: Array
    row_high: Array
    scale: Array
    dense: Array
    low: Array
    high: Array
    base: Array
    activity: Array
    target_start: Array
    target_column: Array
    target_value: Array
    touch_start: Array
    touch_target: Array
    touch_value: Array
    need_low: Array
    need_high: Array
    need_width: Array
    wide_start: Array
    wide_place: Array
    wide_low: Array
    wide_high: Array


class Found(NamedTuple):
    """What is known of every target without its offset, side 0 downwards and 1 upwards.

    `value` is shown by an example (number `example`), `bound` is proven (by number
    `proof`); `state` says how the last push on the side ended.
    """

    value: Array
    bound: Array
    example: Array
    proof: Array
    state: Array


class Store(NamedTuple):
    """Examples or proofs, one after the other: where each starts, its indices and values.

    `share` is the fraction of a proof's multipliers, or the target that alone an example
    counts for (-1: all); `used` holds how many there are and the number of the first.
    """

    start: Array
    index: Array
    value: Array
    share: Array
    used: Array


class Work(NamedTuple):
    """Where a push stands; put back after each one at the cost of what it touched."""

    x: Array
    low: Array
    high: Array
    row_low: Array
    row_high: Array
    activity: Array
    at_row: Array
    at_column: Array
    rows: Array
    columns: Array
    side: Array
    inverse: Array
    y: Array
    step: Array
    pivot: Array
    cost: Array
    shift: Array
    row_mark: Array
    row_list: Array
    column_mark: Array
    column_list: Array
    column_rest: Array
    moved: Array
    is_moved: Array
    met: Array
    is_met: Array
    sums: Array
    sum_mark: Array
    sum_list: Array
    state: Array


SIZE, STAMP, MOVED, MET, LISTED, PIVOTS, SUMMED, CAREFUL, TRY, EXACT = range(10)
"""Places in `Work.state`."""

OPEN, REACHED, EDGE, GAP, UNBOUNDED, LIMIT = range(6)
"""How a push ended: not tried, goal reached, bound proven and shown, bound proven but not
shown in whole numbers, no limit, given up."""


def problem(reduced: Reduced, base: np.ndarray) -> Problem:
    """Return a reduced system and its targets as the kernel needs them.

    Parameters
    ----------
    base
        Whole numbers that fulfil every row.
    """
    system, targets = reduced.system, reduced.targets
    rows, columns = system.matrix, csr_array(system.matrix.T)
    scale = _largest(rows)
    need = targets.need
    return Problem(
        *_parts(rows),
        rows.data / np.repeat(scale, np.diff(rows.indptr)),
        *_parts(columns),
        columns.data / scale[columns.indices],
        infinite(system.row_low),
        infinite(system.row_high),
        scale,
        np.diff(rows.indptr) > DENSE,
        infinite(system.low),
        infinite(system.high),
        base,
        rows @ base,
        *_parts(targets.matrix),
        *_parts(csr_array(targets.matrix.T)),
        need.low - targets.offset,
        need.high - targets.offset,
        need.width,
        *_parts(reduced.relaxed)[:2],
        infinite(reduced.wide_low),
        infinite(reduced.wide_high),
    )


def blank(count: int) -> Found:
    """Return what is known of so many targets before anything was tried."""
    none = np.tile(np.array([[-FAR], [FAR]]), count)
    return Found(
        np.tile(np.array([[FAR], [-FAR]]), count),
        none.copy(),
        np.full((2, count), -1),
        np.full((2, count), -1),
        np.zeros((2, count), dtype=np.int64),
    )


def store(entries: int, length: int, first: int) -> Store:
    """Return an empty store for so many examples or proofs of so much length together."""
    return Store(
        np.zeros(entries + 1, dtype=np.int64),
        np.zeros(length, dtype=np.int64),
        np.zeros(length, dtype=np.int64),
        np.ones(entries, dtype=np.int64),
        np.array([0, first], dtype=np.int64),
    )


def work(problem: Problem) -> Work:
    """Return fresh working space."""
    rows, columns = len(problem.row_low), len(problem.low)
    targets = len(problem.need_low)
    most = max(min(rows, columns), 1)

    def marks(length: int) -> np.ndarray:
        return np.zeros(length, dtype=np.int64)

    return Work(
        x=problem.base.astype(float),
        low=problem.low.copy(),
        high=problem.high.copy(),
        row_low=problem.row_low.copy(),
        row_high=problem.row_high.copy(),
        activity=problem.activity / problem.scale,
        at_row=np.full(rows, -1),
        at_column=np.full(columns, -1),
        rows=marks(most),
        columns=marks(most),
        side=marks(most),
        inverse=np.zeros((min(most, BASIS), min(most, BASIS))),
        y=np.zeros(most),
        step=np.zeros(most),
        pivot=np.zeros(most),
        cost=np.zeros(columns),
        shift=np.zeros(rows),
        row_mark=marks(rows),
        row_list=marks(rows),
        column_mark=marks(columns),
        column_list=marks(columns),
        column_rest=marks(columns),
        moved=marks(columns),
        is_moved=marks(columns),
        met=marks(rows),
        is_met=marks(rows),
        sums=marks(targets),
        sum_mark=marks(targets),
        sum_list=marks(targets),
        state=marks(10),
    )


def _parts(matrix: csr_array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return (
        matrix.indptr.astype(np.int64),
        matrix.indices.astype(np.int64),
        matrix.data.astype(np.int64),
    )


def _largest(matrix: csr_array) -> np.ndarray:
    result = np.ones(height(matrix), dtype=np.int64)
    numbers = np.repeat(np.arange(height(matrix)), np.diff(matrix.indptr))
    np.maximum.at(result, numbers, np.abs(matrix.data))
    return result
