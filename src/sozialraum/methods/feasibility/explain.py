"""Proofs in terms of the statements as they were made.

A proof over the free unknowns becomes multipliers of the original rows: those of the rows
that were solved follow from the others.
Whatever comes out is evaluated anew, in integers, against the original rows.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm

import numpy as np
from scipy.sparse import csr_array, vstack

from sozialraum.methods.feasibility.limits import wide_limits
from sozialraum.methods.feasibility.reduce import Reduced, sorted_entries
from sozialraum.methods.feasibility.system import Multipliers, System, Targets, height
from sozialraum.methods.tables import FAR

BATCH = 256
"""Proofs that are solved for together."""
SAFE = 2.0**61
"""Sums that could be larger are not trusted in 64 bits."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A proof over the free unknowns: rows, multipliers in whole fractions, the fraction."""

    target: int
    upper: bool
    rows: np.ndarray
    values: np.ndarray
    share: int


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """A proof over the original rows.

    Parameters
    ----------
    bound
        What it proves of the target without its offset, None where nothing.
    scale
        +1 for an upper bound, -1 for a lower one, over the common fraction.
    rows, columns
        Numbers, and multipliers in whole fractions.
    divisor
        What rows were divided by.
    """

    bound: int | None
    scale: Fraction
    rows: tuple[np.ndarray, np.ndarray]
    columns: tuple[np.ndarray, np.ndarray]
    divisor: np.ndarray

    def row_multipliers(self) -> Multipliers:
        """Return multipliers of the rows as they were made."""
        pairs = sorted(zip(*(part.tolist() for part in self.rows), strict=True))
        return tuple(
            (row, self.scale * value / int(self.divisor[row])) for row, value in pairs if value
        )

    def column_multipliers(self) -> Multipliers:
        """Return multipliers of the limits of columns."""
        pairs = sorted(zip(*(part.tolist() for part in self.columns), strict=True))
        return tuple((column, self.scale * value) for column, value in pairs)


class Explainer:
    """Turns proofs over a reduced system into proofs over the original one.

    Parameters
    ----------
    system
        With clean rows, divided by `divisor`.
    targets
        Over its columns.
    """

    def __init__(
        self, system: System, divisor: np.ndarray, targets: Targets, reduced: Reduced
    ) -> None:
        self.system, self.divisor = system, divisor
        self.targets, self.reduced = targets, reduced

    def explained(self, questions: list[Question]) -> list[Explained]:
        """Return proofs over the original rows; bounds are without offset, of the target."""
        result: list[Explained] = []
        for start in range(0, len(questions), BATCH):
            result += self._batch(questions[start : start + BATCH])
        return result

    def support(self, target: int, rows: set[int], columns: set[int]) -> frozenset[int]:
        """Return all original rows that reasoning over the free unknowns rests on.

        Parameters
        ----------
        target
            That was reasoned about.
        rows
            Rows of the reduced system.
        columns
            Limits of its columns: 2 c for the lower limit of column c, 2 c + 1 upper.
        """
        origin = {int(self.reduced.origin[row]) for row in rows}
        wide = self._relaxed(np.array([target]))
        for code in columns:
            table = self.reduced.wide_origins if code // 2 in wide[0] else self.reduced.origins
            origin.add(int(table[code % 2, code // 2]))
        own = {code for code in origin if code >= 0}
        units = [-1 - code for code in origin if code < 0]
        size = self.system.columns
        ones = csr_array(
            (np.ones(len(units), np.int64), (np.arange(len(units)), units)),
            shape=(len(units), size),
        )
        asked = csr_array(
            vstack([self.targets.matrix[[target]], ones, self.system.matrix[sorted(own)]])
        )
        solved = self._solve(asked)
        return frozenset(own) | frozenset(np.unique(sorted_entries(solved).indices).tolist())

    def _batch(self, questions: list[Question]) -> list[Explained]:
        numbers = np.array([question.target for question in questions])
        sign = np.array([1 if question.upper else -1 for question in questions])
        shares, given, rest = self._given(questions, sign)
        objective = _scaled(csr_array(self.targets.matrix[numbers]), sign * shares)
        solved = self._solve(csr_array(objective - given @ self.system.matrix - rest))
        # abs() of a sparse array sorts it in place: sorted first, so that no order is lost
        rows = sorted_entries(given + solved)
        remaining = sorted_entries(objective - rows @ self.system.matrix)
        bounds = self._bounds(numbers, objective, rows, remaining)
        return [
            Explained(
                None if bound is None else int(way) * (bound // int(share)),
                Fraction(int(way), int(share)),
                _entries(rows, at),
                _entries(remaining, at),
                self.divisor,
            )
            for at, (way, share, bound) in enumerate(zip(sign, shares, bounds, strict=True))
        ]

    def _given(
        self, questions: list[Question], sign: np.ndarray
    ) -> tuple[np.ndarray, csr_array, csr_array]:
        """Return fractions, and multipliers of original rows and of limits of columns."""
        reduced = self.reduced
        shares = np.array([question.share for question in questions], dtype=np.int64)
        proof = _stacked(questions, reduced.system.rows)
        targets = csr_array(reduced.targets.matrix[[question.target for question in questions]])
        rest = (_scaled(targets, sign * shares) - proof @ reduced.system.matrix).tocoo()
        question, column = rest.coords
        side = (rest.data > 0).astype(np.int64)
        relaxed = self._relaxed([question.target for question in questions])
        wide = [z in relaxed[at] for at, z in zip(question, column, strict=True)]
        kind = np.array(wide, dtype=np.int64)
        origins, factors = self._limits
        number = np.repeat(np.arange(len(questions)), np.diff(proof.indptr))
        at = np.concatenate([number, question])
        code = np.concatenate([reduced.origin[proof.indices], origins[kind, side, column]])
        part = np.concatenate([reduced.divisor[proof.indices], factors[kind, side, column]])
        value = np.concatenate([proof.data, rest.data])
        common = np.ones(len(questions), dtype=np.int64)
        for entry in np.flatnonzero(np.abs(part) > 1):
            common[at[entry]] = lcm(int(common[at[entry]]), abs(int(part[entry])))
        value = value * (common[at] // np.abs(part)) * np.sign(part)
        row = code >= 0
        given = csr_array(
            (value[row], (at[row], code[row])), shape=(len(questions), self.system.rows)
        )
        limits = csr_array(
            (value[~row], (at[~row], -1 - code[~row])), shape=(len(questions), self.system.columns)
        )
        return shares * common, given, limits

    @cached_property
    def _limits(self) -> tuple[np.ndarray, np.ndarray]:
        """What limits a free column, usual and wide, and how much of the column that is."""
        reduced = self.reduced
        origins = np.stack([reduced.origins, reduced.wide_origins])
        factors = np.ones(origins.shape, dtype=np.int64)
        for table, part in zip(origins.reshape(4, -1), factors.reshape(4, -1), strict=True):
            column = np.flatnonzero(table < 0)
            part[column] = _picked(reduced.back, -1 - table[column], column)
            column = np.flatnonzero(table >= 0)
            of_rows = csr_array(self.system.matrix[table[column]] @ reduced.back)
            part[column] = _picked(of_rows, np.arange(len(column)), column)
        return origins, factors

    def _relaxed(self, chosen: np.ndarray | list[int]) -> list[set[int]]:
        """Return the free columns, and more, that targets look at in wide limits."""
        relaxed = csr_array(self.reduced.relaxed[chosen])
        ends = zip(relaxed.indptr[:-1], relaxed.indptr[1:], strict=True)
        return [set(relaxed.indices[start:end].tolist()) for start, end in ends]

    @cached_property
    def _recipes(self) -> csr_array:
        """How often each row is needed for one of the columns that were solved for."""
        reduced = self.reduced
        shape = (len(reduced.solved), self.system.rows)
        if reduced.solution is None:
            return csr_array(shape, dtype=np.int64)
        recipes = reduced.solution.recipes()
        entries = [
            (at, other, times * reduced.solution.rows[row][column])
            for at, (row, column) in enumerate(
                zip(reduced.solved.tolist(), reduced.pivot.tolist(), strict=True)
            )
            for other, times in recipes[row].items()
        ]
        table = np.array(entries, dtype=np.int64).reshape(-1, 3)
        return csr_array((table[:, 2], (table[:, 0], table[:, 1])), shape=shape)

    def _solve(self, asked: csr_array) -> csr_array:
        """Return how often each solved row is needed for sums of columns to come out."""
        return csr_array(asked[:, self.reduced.pivot] @ self._recipes)

    def _bounds(
        self, numbers: np.ndarray, objective: csr_array, rows: csr_array, rest: csr_array
    ) -> list[int | None]:
        """Return what multipliers of rows and columns prove, None where they prove nothing."""
        system = self.system
        low, high = self._column_limits(numbers, rest)
        limits = (
            np.where(rows.data > 0, system.row_high[rows.indices], system.row_low[rows.indices]),
            np.where(rest.data > 0, high, low),
        )
        sizes = abs(objective).astype(float) + abs(rows).astype(float) @ abs(system.matrix)
        fine = _largest(csr_array(sizes)) < SAFE
        total = np.zeros(len(numbers), dtype=np.int64)
        size = np.zeros(len(numbers))
        for part, limit in zip((rows, rest), limits, strict=True):
            number = np.repeat(np.arange(len(numbers)), np.diff(part.indptr))
            np.add.at(total, number, part.data * limit)
            np.add.at(size, number, np.abs(part.data.astype(float)) * np.abs(limit.astype(float)))
            fine[number[np.abs(limit) >= FAR]] = False
        fine &= size < SAFE
        return [int(value) if good else None for value, good in zip(total, fine, strict=True)]

    def _column_limits(self, numbers: np.ndarray, rest: csr_array) -> tuple[np.ndarray, np.ndarray]:
        """Return the limits of the columns of every entry, the wide ones where relaxed."""
        targets, column = self.targets, rest.indices
        low, high = self.system.low[column], self.system.high[column]
        if targets.relaxed is None:
            return low, high
        relaxed = csr_array(targets.relaxed[numbers])
        size = self.system.columns
        owner = np.repeat(np.arange(len(numbers)), np.diff(relaxed.indptr))
        number = np.repeat(np.arange(len(numbers)), np.diff(rest.indptr))
        wide = np.isin(number * size + column, owner * size + relaxed.indices)
        free_low, free_high = wide_limits(self.system, targets)
        return np.where(wide, free_low[column], low), np.where(wide, free_high[column], high)


def _stacked(questions: list[Question], rows: int) -> csr_array:
    nothing = [np.zeros(0, dtype=np.int64)]
    lengths = [len(question.rows) for question in questions]
    return csr_array(
        (
            np.concatenate([*(question.values for question in questions), *nothing]),
            np.concatenate([*(question.rows for question in questions), *nothing]),
            np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]),
        ),
        shape=(len(questions), rows),
    )


def _picked(matrix: csr_array, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    return np.asarray(matrix[rows, columns]).reshape(-1) if len(rows) else rows


def _scaled(matrix: csr_array, factor: np.ndarray) -> csr_array:
    data = matrix.data * np.repeat(factor, np.diff(matrix.indptr))
    return csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def _largest(matrix: csr_array) -> np.ndarray:
    """Return the largest entry of every row, 0 for empty ones."""
    result = np.zeros(height(matrix))
    number = np.repeat(np.arange(height(matrix)), np.diff(matrix.indptr))
    np.maximum.at(result, number, matrix.data)
    return result


def _entries(matrix: csr_array, at: int) -> tuple[np.ndarray, np.ndarray]:
    span = slice(matrix.indptr[at], matrix.indptr[at + 1])
    return matrix.indices[span], matrix.data[span]
