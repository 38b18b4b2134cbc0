"""How far hidden counts can still vary, proven by examples.

Where counts enter several rules at once (children are persons, a hidden total above
hidden areas), a linear programme looks for the smallest and largest possible value. Its
answer is never trusted: it counts only if the solution, rounded to whole numbers, meets
every rule in whole-number arithmetic. Such a solution is a witness that the value is
possible. What no witness shows is taken as impossible, so that a wrong answer of the
solver can hide too much but never too little.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, vstack
from scipy.sparse.csgraph import connected_components

from sozialraum.methods.programme import Programme
from sozialraum.methods.suppression import Need
from sozialraum.methods.tables import FAR


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """Unknown counts (columns) and what is known of their sums and differences (rows).

    Parameters
    ----------
    matrix
        (rows, columns) whole-number coefficients.
    row_low, row_high
        Limits of every row; :data:`FAR` and ``-FAR`` where there is none.
    low, high
        Limits of every count, the supplier's marks included.
    free_low, free_high
        The same without the supplier's marks.
    truth
        True counts, -1 where not known to us. Only used as a first witness.
    """

    matrix: csr_array
    row_low: np.ndarray
    row_high: np.ndarray
    low: np.ndarray
    high: np.ndarray
    free_low: np.ndarray
    free_high: np.ndarray
    truth: np.ndarray

    def chosen(self, rows: np.ndarray, columns: np.ndarray) -> "Rules":
        """Return some rows over some columns."""
        return Rules(
            csr_array(self.matrix[rows][:, columns]),
            self.row_low[rows],
            self.row_high[rows],
            self.low[columns],
            self.high[columns],
            self.free_low[columns],
            self.free_high[columns],
            self.truth[columns],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """Sums of hidden counts that must not be narrowed too far.

    Parameters
    ----------
    matrix
        (targets, columns) zeros and ones.
    offset
        Published part of every sum.
    need
        What must remain possible.
    relaxed
        (targets, columns) ones where the supplier's mark of a count is left aside.
    """

    matrix: csr_array
    offset: np.ndarray
    need: Need
    relaxed: csr_array

    def chosen(self, rows: np.ndarray, columns: np.ndarray) -> "Targets":
        """Return some targets over some columns."""
        need = Need(self.need.low[rows], self.need.high[rows], self.need.width[rows])
        return Targets(
            csr_array(self.matrix[rows][:, columns]),
            self.offset[rows],
            need,
            csr_array(self.relaxed[rows][:, columns]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Witnessed:
    """Smallest and largest value of every target that a witness shows, and the work done.

    Targets without any witness have ``low > high``.
    """

    low: np.ndarray
    high: np.ndarray
    solved: int


def components(rules: Rules, targets: Targets) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return which independent part every column, row and target belongs to."""
    links = csr_array(vstack([rules.matrix, targets.matrix])).tocoo()
    split = len(rules.row_low)
    rows, columns = split + len(targets.offset), len(rules.low)
    graph = csr_array(
        (np.ones(links.nnz), (links.coords[0], links.coords[1] + rows)),
        shape=(rows + columns, rows + columns),
    )
    _, label = connected_components(graph, directed=False)
    return label[rows:], label[:split], label[split:rows]


def witness_ranges(rules: Rules, targets: Targets) -> Witnessed:
    """Return how far every target can vary, as far as its need asks for.

    Parameters
    ----------
    rules
        What is known of the hidden counts.
    targets
        What must not be narrowed too far. The search for a target ends as soon as
        witnesses meet its need.

    Returns
    -------
    Witnessed
        Values shown by whole-number solutions that meet every rule.
    """
    search = _Search(rules, targets)
    while True:
        chosen = search.next_targets()
        if not len(chosen):
            return Witnessed(search.low, search.high, search.solved)
        search.solve(chosen)


class _Search:
    """State of one search: witnesses found so far, and what was tried."""

    def __init__(self, rules: Rules, targets: Targets) -> None:
        self.rules, self.targets = _bounded(rules, targets), targets
        self.column_part, self.row_part, self.target_part = components(rules, targets)
        self.parts = (
            int(max(self.column_part.max(initial=-1), self.target_part.max(initial=-1))) + 1
        )
        count = len(targets.offset)
        self.low, self.high = np.full(count, FAR), np.full(count, -FAR)
        self.tried = np.zeros((count, 2), dtype=bool)
        self.model: _Model | None = None
        self.solved = 0
        known = np.ones(self.parts, dtype=bool)
        known[self.column_part[rules.truth < 0]] = False
        self._learn(rules.truth, np.flatnonzero(known), np.array([], dtype=int))

    def next_targets(self) -> np.ndarray:
        """Return codes ``2 * target + (1 to maximise)``, at most one an independent part."""
        need = self.targets.need
        vacuous = need.vacuous
        narrow = self.high - self.low < need.width
        upwards = ((self.high < need.high) | narrow) & ~self.tried[:, 1] & ~vacuous
        downwards = ((self.low > need.low) | narrow) & ~self.tried[:, 0] & ~vacuous & ~upwards
        code = np.sort(
            np.concatenate([2 * np.flatnonzero(upwards) + 1, 2 * np.flatnonzero(downwards)])
        )
        _, first = np.unique(self.target_part[code // 2], return_index=True)
        return code[np.sort(first)]

    def solve(self, code: np.ndarray) -> None:
        """Look for an extreme value of each chosen target, all in one programme."""
        target, upwards = code // 2, code % 2
        self.tried[target, upwards] = True
        parts = self.target_part[target]
        if self.model is None or not self.model.covers(parts):
            self.model = _Model(self, parts)
        sign = np.where(upwards, 1.0, -1.0)
        cost = self.targets.matrix[target].T @ sign
        relaxed = np.unique(csr_array(self.targets.relaxed[target]).indices)
        solution = self.model.solve(cost, relaxed)
        self.solved += 1
        if solution is not None:
            self._learn(solution, parts, target)
        elif len(code) > 1:
            self.model = None
            for half in np.array_split(code, 2):
                self.solve(half)
        else:
            self.model = None

    def _learn(self, solution: np.ndarray, parts: np.ndarray, target: np.ndarray) -> None:
        """Keep what a whole-number solution shows, in the parts where it meets every rule."""
        rules = self.rules
        activity = rules.matrix @ solution
        broken_row = (activity < rules.row_low) | (activity > rules.row_high)
        beyond_mark = (solution < rules.low) | (solution > rules.high)
        beyond = (solution < rules.free_low) | (solution > rules.free_high)
        fine = np.zeros(self.parts, dtype=bool)
        fine[parts] = True
        fine[self.row_part[broken_row]] = False
        fine[self.column_part[beyond]] = False
        value = self.targets.matrix @ solution + self.targets.offset
        # a solution beyond marks speaks only for targets that leave these marks aside
        beyond_in_part = np.bincount(self.column_part[beyond_mark], minlength=self.parts)
        left_aside = self.targets.relaxed[target] @ beyond_mark.astype(np.int64)
        alone = np.zeros(len(value), dtype=bool)
        alone[target] = left_aside == beyond_in_part[self.target_part[target]]
        marked = fine.copy()
        marked[self.column_part[beyond_mark]] = False
        shown = marked[self.target_part] | (alone & fine[self.target_part])
        self.low = np.where(shown, np.minimum(self.low, value), self.low)
        self.high = np.where(shown, np.maximum(self.high, value), self.high)


class _Model:
    """A linear programme over some independent parts."""

    def __init__(self, search: _Search, parts: np.ndarray) -> None:
        self.parts = np.zeros(search.parts, dtype=bool)
        self.parts[parts] = True
        self.size = len(search.column_part)
        self.columns = np.flatnonzero(self.parts[search.column_part])
        self.rules = rules = search.rules
        self.position = np.full(self.size, -1)
        self.position[self.columns] = np.arange(len(self.columns))
        rows = np.flatnonzero(self.parts[search.row_part])
        self.programme = Programme(
            csr_array(rules.matrix[rows][:, self.columns]),
            (rules.row_low[rows], rules.row_high[rows]),
            (rules.low[self.columns], rules.high[self.columns]),
            far=FAR,
        )

    def covers(self, parts: np.ndarray) -> bool:
        """Return True if all parts are in it, and at most half of it is finished."""
        return bool(self.parts[parts].all()) and 2 * len(parts) >= self.parts.sum()

    def solve(self, cost: np.ndarray, relaxed: np.ndarray) -> np.ndarray | None:
        """Return the rounded solution that maximises the objective; None if there is none."""
        free = self.rules.free_low[relaxed], self.rules.free_high[relaxed]
        values = self.programme.maximise(cost[self.columns], self.position[relaxed], free)
        if values is None:
            return None
        solution = np.zeros(self.size, dtype=np.int64)
        solution[self.columns] = np.rint(values).astype(np.int64)
        return solution


def _bounded(rules: Rules, targets: Targets) -> Rules:
    """Return the rules with every count below a number that is ample for all needs.

    A smaller range can only make a witness harder to find, never wrong.
    """
    finite = [part[np.abs(part) < FAR] for part in (rules.row_low, rules.row_high, rules.high)]
    needed = targets.need.high[targets.need.high < FAR]
    ample = 1_000 + 4 * max(
        int(np.abs(part).max(initial=0)) for part in (*finite, needed, rules.truth)
    )
    return Rules(
        rules.matrix,
        rules.row_low,
        rules.row_high,
        rules.low,
        np.minimum(rules.high, ample),
        rules.free_low,
        np.minimum(rules.free_high, ample),
        rules.truth,
    )
