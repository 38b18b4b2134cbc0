"""Hide statements until every target keeps what must remain possible.

Every proof that a need is unmet names statements of which one must go. The cheapest that
hit all proofs are hidden, the targets that were unmet are searched again, and so on: with
fewer statements nothing can be narrowed further, so that a need once met stays met. At the
end what was hidden without need is shown again, the costliest first. Hitting sets of
proofs: Fischetti and Salazar-González (2000), Journal of the American Statistical
Association 95(451), there for the exact problem.
"""

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from sozialraum.methods.feasibility.hunt import Hunt, Notify
from sozialraum.methods.feasibility.restore import Restorer, Shown
from sozialraum.methods.feasibility.system import Repaired, System, Targets
from sozialraum.methods.suppression import Need


def repair(
    system: System,
    targets: Targets,
    cost: np.ndarray,
    *,
    groups: np.ndarray | None = None,
    seed: int = 0,
    workers: int = 1,
    notify: Notify | None = None,
) -> Repaired:
    """Hide statements until no target is unmet or unresolved, as cheaply as is easily found.

    Parameters
    ----------
    system, targets, seed, workers
        As in :func:`search`.
    cost
        (groups,) what hiding a group costs, above 0; infinite if it may not be hidden.
    groups
        (rows,) group of every row, hidden together; -1 for rows that stay. Every row by
        itself if left out.
    notify
        Called with how many targets are settled, and how many there are.

    Returns
    -------
    Repaired
        What is hidden, and the verdicts of a complete search without it. Of the groups
        that are hidden none could be shown again alone.

    Raises
    ------
    ContradictionError
        As in :func:`search`.

    Examples
    --------
    A total of nine and one of its two parts are shown; one of them must go:

    >>> total, parts = [1, 1], [0, 1]
    >>> shown = np.array([9, 7])
    >>> system = System(
    ...     csr_array(np.array([total, parts])), shown, shown,
    ...     np.zeros(2, int), np.full(2, 20), np.array([2, 7]),
    ... )
    >>> need = Need(low=np.array([2**40]), high=np.array([3]), width=np.array([2]))
    >>> first = Targets(csr_array(np.array([[1, 0]])), np.array([0]), need)
    >>> repair(system, first, np.array([9.0, 7.0])).hidden
    array([False,  True])
    """
    of_row = np.arange(system.rows) if groups is None else groups
    if of_row.shape != (system.rows,) or of_row.max(initial=-1) >= len(cost):
        message = f"groups of {len(of_row)} rows and {len(cost)} costs do not fit"
        raise ValueError(message)
    if not (cost > 0).all():
        raise ValueError("hiding must cost something")
    needed = _chosen(targets, np.flatnonzero(~targets.need.vacuous))
    mending = _Mending(system, needed, cost, of_row)
    mending.hide(seed=seed, workers=workers, notify=notify)
    mending.restore()
    return mending.repaired(targets, seed=seed, workers=workers)


class _Mending:
    """What is hidden so far, and which targets still need something."""

    def __init__(
        self, system: System, targets: Targets, cost: np.ndarray, of_row: np.ndarray
    ) -> None:
        self._system, self._targets, self._cost, self._of_row = system, targets, cost, of_row
        self._hidden = np.zeros(len(cost), dtype=bool)
        self._suspects: dict[int, list[int]] = {}
        self._shown = Shown(len(targets), system.columns)

    def hide(self, *, seed: int, workers: int, notify: Notify | None) -> None:
        """Hide groups until no target is left that hiding could help."""
        todo = np.arange(len(self._targets))
        while len(todo):
            hunt = Hunt(self._left(), _chosen(self._targets, todo), seed=seed)
            hunt.run(exact=False, workers=workers)
            self._learn(hunt, todo)
            sets = self._choices(hunt, todo)
            todo = np.array(sorted({target for target, _ in sets}), dtype=np.int64)
            if notify is not None:
                notify(len(self._targets) - len(todo), len(self._targets))
            for group in _cover([choice for _, choice in sets], self._cost):
                self._hidden[group] = True
                self._suspects[group] = [target for target, choice in sets if group in choice]

    def restore(self) -> None:
        """Show groups again that need not be hidden, the costliest first."""
        hidden = np.flatnonzero(self._hidden)
        if not len(hidden):
            return
        restorer = Restorer(self._left(), self._targets, self._shown)
        for group in hidden[np.lexsort((hidden, -self._cost[hidden]))].tolist():
            rows = np.flatnonzero(self._of_row == group)
            if restorer.restored(self._system, rows, self._suspects[group]):
                self._hidden[group] = False

    def repaired(self, targets: Targets, *, seed: int, workers: int) -> Repaired:
        """Search once more from the start, and say what is left."""
        hunt = Hunt(self._left(), targets, seed=seed)
        hunt.run(exact=True, workers=workers)
        verdicts = hunt.verdicts()
        stuck = np.flatnonzero(verdicts.unmet | verdicts.unresolved)
        return Repaired(self._hidden, verdicts, tuple(stuck.tolist()))

    def _left(self) -> System:
        """Return the system without what is hidden."""
        grouped = self._of_row >= 0
        hidden = np.zeros(self._system.rows, dtype=bool)
        hidden[grouped] = self._hidden[self._of_row[grouped]]
        return self._system.without(hidden)

    def _learn(self, hunt: Hunt, todo: np.ndarray) -> None:
        """Keep the examples of targets that are met, and the solution they begin from."""
        met = np.flatnonzero(hunt.met())
        base, changes = hunt.shown(met)
        if (self._system.truth != base).any():
            self._system = replace(self._system, truth=base)
        self._shown.learn(base, todo[met], changes)

    def _choices(self, hunt: Hunt, todo: np.ndarray) -> list[tuple[int, frozenset[int]]]:
        """Return targets with sets of groups of which one must be hidden."""
        result = []
        for target, sets in hunt.culprits(np.flatnonzero(~hunt.met())).items():
            choices = [self._groups(rows) for rows in sets]
            if all(choices):
                result += [(int(todo[target]), choice) for choice in choices]
        return result

    def _groups(self, rows: frozenset[int]) -> frozenset[int]:
        groups = {int(self._of_row[row]) for row in rows} - {-1}
        return frozenset(group for group in groups if np.isfinite(self._cost[group]))


def _cover(sets: list[frozenset[int]], cost: np.ndarray) -> list[int]:
    """Return groups that hit every set: greedily most sets for the cost, then no spare one."""
    if not sets:
        return []
    lengths = [len(choice) for choice in sets]
    members = [group for choice in sets for group in sorted(choice)]
    table = csr_array(
        (np.ones(len(members)), (np.repeat(np.arange(len(sets)), lengths), members)),
        shape=(len(sets), len(cost)),
    )
    by_group = csr_array(table.T)
    left, chosen = np.ones(len(sets), dtype=bool), []
    while left.any():
        group = int(np.argmax((by_group @ left.astype(float)) / cost))
        chosen.append(group)
        left[by_group.indices[by_group.indptr[group] : by_group.indptr[group + 1]]] = False
    hits = table[:, chosen].sum(axis=1)
    kept = []
    for group in sorted(chosen, key=lambda group: (-cost[group], group)):
        own = by_group.indices[by_group.indptr[group] : by_group.indptr[group + 1]]
        if (hits[own] > 1).all():
            hits[own] -= 1
        else:
            kept.append(group)
    return sorted(kept)


def _chosen(targets: Targets, numbers: np.ndarray) -> Targets:
    """Return some of the targets."""
    need = targets.need
    return replace(
        targets,
        matrix=csr_array(targets.matrix[numbers]),
        offset=targets.offset[numbers],
        need=Need(need.low[numbers], need.high[numbers], need.width[numbers]),
        relaxed=None if targets.relaxed is None else csr_array(targets.relaxed[numbers]),
    )
