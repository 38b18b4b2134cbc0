"""Targets that no push has settled, one by one: branch and bound over their part."""

import numpy as np
from scipy.sparse import csr_array

from sozialraum.methods.feasibility import arrays
from sozialraum.methods.feasibility.branch import Brancher, Outcome
from sozialraum.methods.feasibility.parts import Parts, cut
from sozialraum.methods.feasibility.pushes import Pushes
from sozialraum.methods.feasibility.reduce import Reduced
from sozialraum.methods.feasibility.system import System


class Corner:
    """The last stage of a search.

    Attributes
    ----------
    reasons
        What the proofs of bounds rest on that multipliers alone do not prove, by target
        and side: rows of the reduced system, and limits of its columns (2 c for the lower
        limit of column c, 2 c + 1 for the upper one).
    nodes, targets
        Branches and targets so far.
    """

    def __init__(self, reduced: Reduced, parts: Parts, pushes: Pushes) -> None:
        self._reduced, self._parts, self._pushes = reduced, parts, pushes
        self._branchers: dict[tuple[int, ...], Brancher] = {}
        self.reasons: dict[tuple[int, int], tuple[set[int], set[int]]] = {}
        self.nodes = 0
        self.targets = 0

    def settle(self, target: int, *, exact: bool) -> None:
        """Show that a need is met, prove that it is not, or leave it unresolved.

        Parameters
        ----------
        exact
            If the need is not met, find both ends.
        """
        asked = _Asked(self, target)
        self.targets += 1
        need, offset = self._reduced.targets.need, int(self._reduced.targets.offset[target])
        low, high = int(need.low[target]) - offset, int(need.high[target]) - offset
        width = int(need.width[target])
        value, bound = self._pushes.found.value, self._pushes.found.bound
        if value[1, target] < high <= bound[1, target]:
            asked.beyond(1, high - 1)
        if value[0, target] > low >= bound[0, target]:
            asked.beyond(0, low + 1)
        for side in (1, 0):
            while value[1, target] - value[0, target] < width and asked.further(side):
                pass
        narrow = bound[1, target] - bound[0, target] < width
        if exact and (narrow or bound[1, target] < high or bound[0, target] > low):
            for side in (1, 0):
                while asked.further(side):
                    pass

    def brancher(self, target: int, columns: np.ndarray, rows: np.ndarray) -> Brancher:
        """Return the search in the part of a target, with wide limits where relaxed."""
        whole = self._wide(target)
        if whole is not self._reduced.system:
            return Brancher(cut(whole, rows, columns))
        key = tuple(columns.tolist())
        if key not in self._branchers:
            self._branchers[key] = Brancher(cut(whole, rows, columns))
        return self._branchers[key]

    def _wide(self, target: int) -> System:
        reduced = self._reduced
        system = reduced.system
        places = csr_array(reduced.relaxed[[target]]).indices
        if not len(places):
            return system
        columns = places[places < system.columns]
        rows = places[places >= system.columns] - system.columns
        row_low, row_high = system.row_low.copy(), system.row_high.copy()
        low, high = system.low.copy(), system.high.copy()
        row_low[rows], row_high[rows] = (
            wide[system.columns + rows] for wide in (reduced.wide_low, reduced.wide_high)
        )
        low[columns], high[columns] = (
            wide[columns] for wide in (reduced.wide_low, reduced.wide_high)
        )
        return System(system.matrix, row_low, row_high, low, high, system.truth)

    def members(self, target: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows and the columns of the parts that a target touches."""
        columns = csr_array(self._reduced.targets.matrix[[target]]).indices
        return self._parts.members(self._parts.labels[1][columns])


class _Asked:
    """Questions about one target."""

    def __init__(self, corner: Corner, target: int) -> None:
        self._corner, self._target = corner, target
        self._rows, self._columns = corner.members(target)
        self._brancher = corner.brancher(target, self._columns, self._rows)
        reduced = corner._reduced  # noqa: SLF001 - one class in two halves
        self._pushes = corner._pushes  # noqa: SLF001
        line = csr_array(reduced.targets.matrix[[target]])
        self._cost = line.toarray()[0][self._columns].astype(np.int64)
        self._relaxed = bool(len(csr_array(reduced.relaxed[[target]]).indices))
        self._stuck = set[int]()

    def further(self, side: int) -> bool:
        """Look for a value beyond the last one shown; False if there is nothing to look for."""
        found = self._pushes.found
        value = int(found.value[side, self._target])
        endless = found.state[side, self._target] == arrays.UNBOUNDED
        if side in self._stuck or endless or value == found.bound[side, self._target]:
            return False
        return self.beyond(side, value)

    def beyond(self, side: int, threshold: int) -> bool:
        """Look for a value beyond a threshold; return False if none was found."""
        sign, found = (1 if side == 1 else -1), self._pushes.found
        before = self._brancher.nodes
        outcome = self._brancher.more_than(sign * self._cost, sign * threshold)
        self._corner.nodes += self._brancher.nodes - before
        if outcome.point is not None:
            point = self._pushes.base.copy()
            point[self._columns] = outcome.point
            self._pushes.learn(point, self._target if self._relaxed else -1)
            return True
        if outcome.proven:
            found.bound[side, self._target] = threshold
            self._note(side, outcome)
        else:
            self._stuck.add(side)
        return False

    def _note(self, side: int, outcome: Outcome) -> None:
        rows = {int(self._rows[row]) for row in outcome.rows}
        limits = {2 * int(self._columns[code // 2]) + code % 2 for code in outcome.columns}
        self._corner.reasons[self._target, side] = rows, limits
