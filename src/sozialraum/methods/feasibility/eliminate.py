"""Equalities solved for one of their unknowns, in whole numbers.

Gauss and Jordan with pivots of 1 and -1 only, so that whole numbers stay whole numbers in
both directions; pivots are chosen for little fill (Markowitz 1957, Management Science 3).
"""

import heapq

import numpy as np

from sozialraum.methods.feasibility.system import System
from sozialraum.methods.tables import FAR

LONGEST = 64
"""Statements about more unknowns are not solved: they would connect everything."""
FILL = 2_000
"""A pivot that could create so many entries is left alone."""
LARGEST = 1_000
"""A pivot that creates larger coefficients is left alone."""


class Elimination:
    """Equalities of a system, solved as far as that stays small.

    Attributes
    ----------
    rows
        Coefficients of every equality that was looked at, by row; after the elimination
        those of solved rows hold their pivot and free columns only.
    right
        Their right sides.
    pivots
        Column that a row was solved for, by row.
    """

    def __init__(self, system: System) -> None:
        self.rows: dict[int, dict[int, int]] = {}
        self.right: dict[int, int] = {}
        self.pivots: dict[int, int] = {}
        self._steps: list[tuple[int, int, int]] = []
        self._held: list[set[int]] = [set() for _ in range(system.columns)]
        matrix = system.matrix
        usable = (system.row_low == system.row_high) & (np.diff(matrix.indptr) <= LONGEST)
        start = [int(at) for at in matrix.indptr]
        index = [int(at) for at in matrix.indices]
        value = [int(entry) for entry in matrix.data]
        for row in np.flatnonzero(usable).tolist():
            span = slice(start[row], start[row + 1])
            self.rows[row] = dict(zip(index[span], value[span], strict=True))
            self.right[row] = int(system.row_low[row])
            for column in self.rows[row]:
                self._held[column].add(row)
        self._solve()

    def recipes(self) -> dict[int, dict[int, int]]:
        """Return how often each equality, as it was, is in each of the solved rows."""
        recipes = {row: {row: 1} for row in self.pivots}
        for row, source, factor in self._steps:
            if row in recipes:
                recipe = recipes[row]
                for other, times in recipes[source].items():
                    entry = recipe.get(other, 0) - factor * times
                    if entry:
                        recipe[other] = entry
                    else:
                        recipe.pop(other, None)
        return recipes

    def _solve(self) -> None:
        queue = [(len(entries), row) for row, entries in self.rows.items()]
        heapq.heapify(queue)
        while queue:
            length, row = heapq.heappop(queue)
            if row in self.pivots or len(self.rows[row]) != length:
                continue
            column = self._pivot(row)
            if column < 0:
                continue
            changed = self._substituted(row, column)
            if changed is None:
                continue
            self.pivots[row] = column
            for other, (entries, right, factor) in changed.items():
                self._replace(other, entries, right)
                self._steps.append((other, row, factor))
                if other not in self.pivots:
                    heapq.heappush(queue, (len(entries), other))

    def _pivot(self, row: int) -> int:
        """Return the column with a unit coefficient that the fewest equalities hold."""
        units = [column for column, value in self.rows[row].items() if abs(value) == 1]
        return min(units, key=lambda column: (len(self._held[column]), column), default=-1)

    def _substituted(
        self, row: int, column: int
    ) -> dict[int, tuple[dict[int, int], int, int]] | None:
        """Return the other equalities without the column, None if they would grow too much."""
        own = self.rows[row]
        others = sorted(self._held[column] - {row})
        if (len(own) - 1) * len(others) > FILL:
            return None
        unit, changed = own[column], {}
        for other in others:
            entries = dict(self.rows[other])
            factor = entries[column] * unit
            for key, value in own.items():
                entry = entries.get(key, 0) - factor * value
                if abs(entry) > LARGEST:
                    return None
                if entry:
                    entries[key] = entry
                else:
                    entries.pop(key, None)
            right = self.right[other] - factor * self.right[row]
            if abs(right) > FAR:
                return None
            changed[other] = entries, right, factor
        return changed

    def _replace(self, row: int, entries: dict[int, int], right: int) -> None:
        before = self.rows[row]
        for column in before.keys() - entries.keys():
            self._held[column].discard(row)
        for column in entries.keys() - before.keys():
            self._held[column].add(row)
        self.rows[row], self.right[row] = entries, right
