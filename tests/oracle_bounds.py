"""Smallest and largest values of sums over whole-number rows, by enumeration and by a solver."""

import itertools
from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_array

from oracle_rows import NONE, Facts

BLOCK = 2_048
"""Partial solutions extended at once."""

Bounds = tuple[np.ndarray, np.ndarray]


class TooManyError(Exception):
    """More solutions than the enumeration was allowed."""


def enumerated(facts: Facts, questions: csr_array, *, limit: int = 500_000) -> Bounds:
    """Return the smallest and largest value of every question over all solutions."""
    weights = questions.toarray().astype(float).T
    low, high = np.full(weights.shape[1], np.inf), np.full(weights.shape[1], -np.inf)
    seen = 0
    for block in solutions(facts):
        seen += len(block)
        if seen > limit:
            raise TooManyError(seen)
        values = block.astype(float) @ weights
        low, high = np.minimum(low, values.min(axis=0)), np.maximum(high, values.max(axis=0))
    return low.astype(np.int64), high.astype(np.int64)


def solutions(facts: Facts) -> Iterator[np.ndarray]:
    """Yield all whole-number solutions, some at a time: depth first, exact pruning.

    A partial solution is extended by those values of the next column that leave every
    row reachable with the limits of the columns after it.
    """
    matrix = facts.matrix()
    least = np.minimum(matrix * facts.low, matrix * facts.high)
    most = np.maximum(matrix * facts.low, matrix * facts.high)
    after = [slice(column + 1, None) for column in range(matrix.shape[1])]
    low = np.array([row.low for row in facts.rows], dtype=np.int64)
    high = np.array([row.high for row in facts.rows], dtype=np.int64)
    stack = [np.zeros((1, 0), dtype=np.int64)]
    while stack:
        block = stack.pop()
        column = block.shape[1]
        if column == matrix.shape[1]:
            yield block
            continue
        sums = block @ matrix[:, :column].T
        room = (
            low - most[:, after[column]].sum(axis=1) - sums,
            high - least[:, after[column]].sum(axis=1) - sums,
        )
        limits = facts.low[column], facts.high[column]
        extended = _extended(block, matrix[:, column], room, limits)
        stack.extend(extended[at : at + BLOCK] for at in range(0, len(extended), BLOCK))


def solved(facts: Facts, questions: csr_array) -> Bounds:
    """Return the smallest and largest value of every question, by the solver's word.

    Its solutions are rounded and checked in whole numbers, so that every value is
    attained; that none is beyond it is the solver's claim.
    """
    from scipy.optimize import Bounds as Box
    from scipy.optimize import LinearConstraint, milp

    matrix = csr_array(facts.matrix())
    low = np.array([row.low for row in facts.rows], dtype=np.int64)
    high = np.array([row.high for row in facts.rows], dtype=np.int64)
    limits = LinearConstraint(matrix, _open(low), _open(high))
    box = Box(_open(facts.low), _open(facts.high))
    found = np.zeros((2, questions.shape[0]), dtype=np.int64)
    for place, sign in itertools.product(range(questions.shape[0]), (1, -1)):
        cost = questions[[place]].toarray()[0]
        made = milp(
            sign * cost,
            constraints=limits,
            bounds=box,
            integrality=np.ones(len(facts.low)),
            options={"mip_rel_gap": 0},
        )
        # the truth is a solution: what has no optimum has no limit
        value = -sign * NONE
        if made.x is not None:
            point = np.rint(made.x).astype(np.int64)
            activity = matrix @ point
            assert ((activity >= low) & (activity <= high)).all()
            assert ((point >= facts.low) & (point <= facts.high)).all()
            value = int(cost @ point)
            assert round(sign * made.fun) == value
            assert made.status == 0, made.message
        found[0 if sign == 1 else 1, place] = value
    return found[0], found[1]


def _open(limit: np.ndarray) -> np.ndarray:
    return np.where(np.abs(limit) >= NONE, np.copysign(np.inf, limit), limit)


def _extended(
    block: np.ndarray,
    coefficients: np.ndarray,
    room: tuple[np.ndarray, np.ndarray],
    limits: tuple[np.int64, np.int64],
) -> np.ndarray:
    """Return the partial solutions with every value that the next column can take."""
    first, last = (np.full(len(block), limit) for limit in limits)
    for row in np.flatnonzero(coefficients):
        factor = coefficients[row]
        below, above = (side[:, row] for side in (room if factor > 0 else room[::-1]))
        first = np.maximum(first, -((-below) // factor))
        last = np.minimum(last, above // factor)
    number = np.maximum(last - first + 1, 0)
    parent = np.repeat(np.arange(len(block)), number)
    step = np.arange(len(parent)) - np.repeat(np.cumsum(number) - number, number)
    return np.column_stack([block[parent], first[parent] + step])
