"""Statements that were hidden and need not be: shown again if all needs stay met.

Examples decide first: a statement that all of them fulfil takes nothing away. Only targets
of which an example breaks it are searched again, those first that it was hidden for, and
only until one is no longer met.
"""

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array, hstack, vstack

from sozialraum.methods.feasibility.corner import Corner
from sozialraum.methods.feasibility.parts import Parts
from sozialraum.methods.feasibility.pushes import TRIES, Pushes
from sozialraum.methods.feasibility.reduce import Reduced, moved, reduce, rounded, sorted_entries
from sozialraum.methods.feasibility.system import System, Targets, height, width

FIRST = 8
"""Targets that are looked at before all others."""


SPARE = 4
"""So many times as many examples as are needed are kept before the old ones go."""
ADDED = 24
"""Rows that are taken along unsolved before everything is solved anew."""


class Shown:
    """Examples that targets can be as small and as large as they must be able to be.

    Attributes
    ----------
    base
        (columns,) the solution they begin from.
    """

    def __init__(self, targets: int, columns: int) -> None:
        self.base = np.zeros(columns, dtype=np.int64)
        self._number = np.full((targets, 2), -1)
        self._changes = csr_array((columns, 0), dtype=np.int64)

    def learn(self, base: np.ndarray, targets: np.ndarray, changes: csr_array) -> None:
        """Take over examples: differences from `base`, the low ones of all targets first."""
        self.base = base
        first, count = width(self._changes), len(targets)
        self._number[targets, 0] = first + np.arange(count)
        self._number[targets, 1] = first + count + np.arange(count)
        self._changes = csr_array(hstack([self._changes, changes.T], format="csr"))
        if width(self._changes) > SPARE * self._number.size:
            used, place = np.unique(self._number, return_inverse=True)
            self._changes = csr_array(self._changes[:, used[used >= 0]])
            self._number = place.reshape(self._number.shape) - int((used < 0).any())

    def broken(self, matrix: csr_array, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """Return the targets of which an example breaks one of some rows."""
        if not width(self._changes):
            return np.zeros(0, dtype=np.int64)
        total = csr_array(matrix @ self._changes).toarray() + (matrix @ self.base)[:, None]
        wrong = ((total < low[:, None]) | (total > high[:, None])).any(axis=0)
        return np.flatnonzero((self._number >= 0).all(axis=1) & wrong[self._number].any(axis=1))


class Restorer:
    """A system without hidden rows, to which they are given back one group at a time.

    Parameters
    ----------
    system
        Without what is hidden.
    targets, shown
        All needs, and examples that they are met.
    """

    def __init__(self, system: System, targets: Targets, shown: Shown) -> None:
        self._system, self._targets, self._shown = system, targets, shown
        self._solve()

    def restored(self, whole: System, rows: np.ndarray, suspects: list[int]) -> bool:
        """Give rows back if every need stays met; return whether it was done.

        Parameters
        ----------
        whole
            With the rows.
        suspects
            Targets that they were hidden for.
        """
        matrix = csr_array(whole.matrix[rows])
        low, high = whole.row_low[rows], whole.row_high[rows]
        affected = self._shown.broken(matrix, low, high)
        added = with_rows(self._reduced, matrix, low, high)
        pushes = Pushes(added, self._base)
        first = [target for target in suspects if target in set(affected.tolist())]
        order = np.array([*first, *np.setdiff1d(affected, first).tolist()], dtype=np.int64)
        for chunk in (order[:FIRST], order[FIRST:]):
            if not _all_met(pushes, added, chunk):
                return False
        if len(order):
            self._shown.learn(self._shown.base, order, pushes.shown(order))
        self._reduced = added
        self._system = _given_back(self._system, whole, rows)
        self._added += len(rows)
        if self._added > ADDED:
            self._solve()
        return True

    def _solve(self) -> None:
        self._reduced = reduce(rounded(self._system)[0], self._targets)
        self._base = self._shown.base[self._reduced.free]
        self._added = 0


def with_rows(reduced: Reduced, matrix: csr_array, low: np.ndarray, high: np.ndarray) -> Reduced:
    """Return a reduced system with more rows, given over the columns of the whole one.

    Their origin is not kept: pushes in it show examples, their proofs are not asked for.
    """
    system, shift = reduced.system, matrix @ reduced.constant
    columns, count = system.columns, height(matrix)
    low, high = moved(low, high, shift)
    larger = System(
        csr_array(vstack([system.matrix, sorted_entries(csr_array(matrix @ reduced.back))])),
        np.concatenate([system.row_low, low]),
        np.concatenate([system.row_high, high]),
        system.low,
        system.high,
        system.truth,
    )
    relaxed = csr_array(
        (reduced.relaxed.data, reduced.relaxed.indices, reduced.relaxed.indptr),
        shape=(len(reduced.targets), columns + larger.rows),
    )
    return replace(
        reduced,
        system=larger,
        origin=np.concatenate([reduced.origin, np.full(count, -1)]),
        divisor=np.concatenate([reduced.divisor, np.ones(count, dtype=np.int64)]),
        relaxed=relaxed,
        wide_low=np.concatenate([reduced.wide_low, low]),
        wide_high=np.concatenate([reduced.wide_high, high]),
    )


def _all_met(pushes: Pushes, reduced: Reduced, chosen: np.ndarray) -> bool:
    """Push targets and return True if examples show that all needs are met."""
    need, offset = reduced.targets.need, reduced.targets.offset
    left = chosen
    for attempt in range(TRIES + 1):
        pushes.run(left, exact=False, workers=1, attempt=attempt)
        left = left[need.unmet(*(pushes.found.value + offset))[left]]
        if len(pushes.retry(left)) < len(left):
            return False
        if not len(left):
            return True
    corner = Corner(reduced, Parts(reduced.system), pushes)
    for target in left.tolist():
        corner.settle(target, exact=False)
    return not need.unmet(*(pushes.found.value + offset))[left].any()


def _given_back(system: System, whole: System, rows: np.ndarray) -> System:
    low, high = system.row_low.copy(), system.row_high.copy()
    low[rows], high[rows] = whole.row_low[rows], whole.row_high[rows]
    return replace(system, row_low=low, row_high=high)
