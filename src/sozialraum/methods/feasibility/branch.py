"""Whole numbers where linear programmes give fractions: branch and bound with proofs.

Every branch ends with a solution in whole numbers, or with a certificate in rational
arithmetic that it holds nothing better; the rows of all certificates together are the
proof. Without certificate, or when the tree grows too large, nothing is claimed.
"""

from dataclasses import dataclass
from math import floor

import numpy as np

from sozialraum.methods.feasibility.certificate import certify, certify_empty
from sozialraum.methods.feasibility.solver import Solver, Suggestion
from sozialraum.methods.feasibility.system import System
from sozialraum.methods.tables import FAR

NODES = 3_000
"""Branches before the search is given up."""
AMPLE = 2**24
"""Columns without limit end here while an example is looked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a search for more than a threshold found.

    Parameters
    ----------
    point
        (columns,) whole numbers that fulfil every row, with a larger value; None if none.
    proven
        True if it is proven that there is none.
    rows, columns
        What the proof rests on: rows, and columns (2 c for the lower limit of column c,
        2 c + 1 for the upper one).
    """

    point: np.ndarray | None = None
    proven: bool = False
    rows: frozenset[int] = frozenset()
    columns: frozenset[int] = frozenset()


def fulfils(system: System, point: np.ndarray) -> bool:
    """Return True if whole numbers keep every limit, in integers that cannot overflow."""
    if ((point < system.low) | (point > system.high) | (np.abs(point) > FAR)).any():
        return False
    matrix = system.matrix
    size = abs(matrix).astype(float) @ np.abs(point).astype(float)
    if size.max(initial=0.0) >= 2.0**62:
        return False
    total = matrix @ point
    above = (system.row_low <= -FAR) | (total >= system.row_low)
    return bool((above & ((system.row_high >= FAR) | (total <= system.row_high))).all())


class Brancher:
    """Searches in one system.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> pairs = csr_array(np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]]))
    >>> one = np.ones(3, dtype=int)
    >>> odd = System(pairs, 0 * one, one, 0 * one, one, -one)
    >>> brancher = Brancher(odd)
    >>> int(brancher.more_than(one, 0).point.sum()), brancher.more_than(one, 1).proven
    (1, True)
    """

    def __init__(self, system: System) -> None:
        self.system = system
        self._linear: Solver | None = None
        self._whole: Solver | None = None
        self.nodes = 0

    def more_than(self, cost: np.ndarray, threshold: int) -> Outcome:
        """Look for whole numbers whose value is above a threshold.

        Parameters
        ----------
        cost
            (columns,) whole numbers.
        """
        tree = _Tree(self.system, cost, threshold)
        point = tree.improves(tree.sane(self._suggested(cost)).values)
        if point is not None:
            return Outcome(point)
        if self._linear is None:
            self._linear = Solver(self.system)
        outcome = tree.search(self._linear)
        self.nodes += tree.nodes
        return outcome

    def _suggested(self, cost: np.ndarray) -> Suggestion:
        """Return whole numbers with a large value, as the solver suggests."""
        system = self.system
        if self._whole is None:
            self._whole = Solver(system, whole=True)
        low, high = np.maximum(system.low, -AMPLE), np.minimum(system.high, AMPLE)
        return self._whole.maximise(cost, np.minimum(low, high), high)


class _Tree:
    """One search: open branches as limits of the columns, and what has been proven."""

    def __init__(self, system: System, cost: np.ndarray, threshold: int) -> None:
        self.system, self.cost, self.threshold = system, cost, threshold
        at = np.flatnonzero(cost)
        self._objective = dict(zip(at.tolist(), cost[at].tolist(), strict=True))
        self._rows: set[int] = set()
        self._columns: set[int] = set()
        self.nodes = 0

    def sane(self, answer: Suggestion) -> Suggestion:
        """Return an answer without what cannot be one: wrong lengths, no numbers."""

        def fit(part: np.ndarray | None, length: int) -> np.ndarray | None:
            fits = part is not None and part.shape == (length,) and np.isfinite(part).all()
            return part if fits else None

        values = fit(answer.values, self.system.columns)
        return Suggestion(answer.kind, values, fit(answer.duals, self.system.rows))

    def improves(self, values: np.ndarray | None) -> np.ndarray | None:
        """Return a suggestion in whole numbers if it holds and is above the threshold."""
        if values is None or np.abs(values).max(initial=0) > FAR:
            return None
        point = np.rint(values).astype(np.int64)
        if int(self.cost @ point) > self.threshold and fulfils(self.system, point):
            return point
        return None

    def search(self, solver: Solver) -> Outcome:
        """Go through the branches, those nearer to the suggestion first."""
        stack = [(self.system.low.copy(), self.system.high.copy())]
        while stack:
            low, high = stack.pop()
            if (low > high).any():
                continue
            self.nodes += 1
            if self.nodes > NODES:
                return Outcome()
            answer = self.sane(solver.maximise(self.cost, low, high))
            if self._closed(answer, (low, high)):
                continue
            point = self.improves(answer.values)
            if point is not None:
                return Outcome(point)
            column = self._widest(answer, low, high)
            if column < 0:
                return Outcome()
            stack += self._halves(answer, (low, high), column)
        return Outcome(None, True, frozenset(self._rows), frozenset(self._columns))

    def _closed(self, answer: Suggestion, limits: tuple[np.ndarray, np.ndarray]) -> bool:
        """Return True if it is proven that a branch holds nothing above the threshold."""
        if answer.duals is None:
            return False
        if answer.kind == "infeasible":
            proof = certify_empty(self.system, answer.duals, limits)
        else:
            claimed = float(self.threshold)
            proof = certify(self.system, self._objective, answer.duals, limits, claimed=claimed)
            if proof is None or floor(proof.bound) > self.threshold:
                return False
        if proof is None:
            return False
        self._rows |= proof.rows.keys()
        self._columns |= {2 * column + (share > 0) for column, share in proof.columns.items()}
        return True

    def _widest(self, answer: Suggestion, low: np.ndarray, high: np.ndarray) -> int:
        """Return the column to branch on: the least whole one; -1 if none is left."""
        if answer.values is not None:
            off = np.abs(answer.values - np.rint(answer.values))
            if off.max(initial=0.0) > 1e-6:
                return int(np.argmax(np.round(off, 6)))
        spread = np.where((np.abs(low) < FAR) & (np.abs(high) < FAR), high - low, 0)
        return int(np.argmax(spread)) if spread.max(initial=0) > 0 else -1

    def _halves(
        self, answer: Suggestion, limits: tuple[np.ndarray, np.ndarray], column: int
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return the two branches of a column, the one to look at first last."""
        low, high = limits
        middle = float(low[column] + (high[column] - low[column]) // 2)
        if answer.values is not None:
            value = float(answer.values[column])
            if abs(value - np.rint(value)) > 1e-6:
                middle = value
        cut = floor(middle)
        upper_high, lower_low = high.copy(), low.copy()
        upper_high[column], lower_low[column] = cut, cut + 1
        below, above = (low, upper_high), (lower_low, high)
        return [above, below] if middle - cut < 0.5 else [below, above]
