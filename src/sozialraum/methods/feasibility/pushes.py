"""Many targets pushed one after the other, in one or several threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from scipy.sparse import csr_array

from sozialraum.methods.feasibility import arrays
from sozialraum.methods.feasibility.arrays import Found, Problem, Store
from sozialraum.methods.feasibility.reduce import Reduced

CHUNK = 512
"""Targets between two signs of progress."""
ENTRIES = 4_096
"""Examples or proofs in a store before the next one is begun."""
TRIES = 8
"""Other ways to the edge, by chance, where the first one ended in fractions."""
OWN = 2**36
"""More than the examples or proofs of one thread: each has numbers of its own."""


class Pushes:
    """What pushes have found about the targets of a reduced system.

    Attributes
    ----------
    found
        Values shown and bounds proven so far, without the offset of the targets.
    """

    def __init__(self, reduced: Reduced, base: np.ndarray) -> None:
        self.base = base
        self._reduced = reduced
        self._problem = arrays.problem(reduced, base)
        self.found = arrays.blank(len(reduced.targets))
        self.found.value[:] = reduced.targets.matrix @ base
        self._stores: list[tuple[int, Store, Store]] = []
        self._solutions: list[np.ndarray] = []
        self.steps = 0

    def run(
        self,
        jobs: np.ndarray,
        *,
        exact: bool,
        workers: int,
        attempt: int = 0,
        notify: Callable[[int, int], None] | None = None,
    ) -> None:
        """Push targets until their needs are met or proven unmet, as far as that goes.

        Parameters
        ----------
        jobs
            Targets.
        exact
            Push unmet targets to both ends.
        attempt
            0, or the number of another way by chance.
        """
        if not len(jobs):
            return
        shares = np.array_split(jobs, max(1, min(workers, len(jobs) // 64)))
        done = [0] * len(shares)

        def progress(worker: int, count: int) -> None:
            done[worker] = count
            if notify is not None:
                notify(sum(done), len(jobs))

        threads = [
            _Thread(self._problem, _copy(self.found), self._first(worker), exact=exact)
            for worker in range(len(shares))
        ]
        if len(threads) == 1:
            threads[0].run(jobs, attempt, lambda count: progress(0, count))
        else:
            with ThreadPoolExecutor(len(threads)) as pool:
                runs = [
                    pool.submit(thread.run, share, attempt, partial(progress, worker))
                    for worker, (thread, share) in enumerate(zip(threads, shares, strict=True))
                ]
            for run in runs:
                run.result()
        for thread in threads:
            self._stores += thread.stores
            self.steps += thread.steps
            _merge(self.found, thread.found)

    def retry(self, jobs: np.ndarray) -> np.ndarray:
        """Return the targets of which a push ended in fractions, and forget that it did."""
        state = self.found.state
        ended = np.isin(state[:, jobs], (arrays.GAP, arrays.LIMIT))
        again = jobs[ended.any(axis=0)]
        state[:, again] = np.where(
            np.isin(state[:, again], (arrays.GAP, arrays.LIMIT)), arrays.OPEN, state[:, again]
        )
        return again

    def learn(self, point: np.ndarray, alone: int = -1) -> None:
        """Take over a solution from elsewhere; for one target only if limits were wide."""
        number = len(self._solutions)
        self._solutions.append(point)
        matrix = self._reduced.targets.matrix
        value = matrix @ point
        chosen = np.zeros(len(value), dtype=bool)
        chosen[alone if alone >= 0 else slice(None)] = True
        found = self.found
        for side, better in ((0, value < found.value[0]), (1, value > found.value[1])):
            found.value[side] = np.where(better & chosen, value, found.value[side])
            found.example[side] = np.where(better & chosen, -2 - number, found.example[side])

    def example(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the columns in which an example differs from the start, and by how much."""
        if number == -1:
            none = np.zeros(0, dtype=np.int64)
            return none, none
        if number < -1:
            change = self._solutions[-2 - number] - self.base
            columns = np.flatnonzero(change)
            return columns, change[columns]
        columns, values, _ = self._entries(number, 0)
        return columns, values - self.base[columns]

    def proof(self, number: int) -> tuple[np.ndarray, np.ndarray, int]:
        """Return the rows of a proof, their multipliers in whole fractions, the fraction."""
        if number < 0:
            none = np.zeros(0, dtype=np.int64)
            return none, none, 1
        return self._entries(number, 1)

    def shown(self, chosen: np.ndarray) -> csr_array:
        """Return the examples of targets as differences from the start, in all columns.

        Returns
        -------
        csr_array
            (2 x targets, columns of the whole system) those of the smallest values first.
        """
        numbers = self.found.example[:, chosen].reshape(-1)
        pieces = [self.example(int(number)) for number in numbers]
        lengths = [len(columns) for columns, _ in pieces]
        nothing = [np.zeros(0, dtype=np.int64)]
        changes = csr_array(
            (
                np.concatenate([*(values for _, values in pieces), *nothing]),
                np.concatenate([*(columns for columns, _ in pieces), *nothing]),
                np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]),
            ),
            shape=(len(numbers), len(self.base)),
        )
        return csr_array(changes @ self._reduced.back.T)

    def _entries(self, number: int, kind: int) -> tuple[np.ndarray, np.ndarray, int]:
        for first, *stores in self._stores:
            store, at = stores[kind], number - first
            if 0 <= at < store.used[0]:
                span = slice(int(store.start[at]), int(store.start[at + 1]))
                return store.index[span], store.value[span], int(store.share[at])
        raise KeyError(number)

    def _first(self, worker: int) -> int:
        return OWN * (1 + worker + len(self._stores))


class _Thread:
    """One thread's working space and stores."""

    def __init__(self, problem: Problem, found: Found, first: int, *, exact: bool) -> None:
        self._problem, self._first = problem, first
        self._work = arrays.work(problem)
        self._work.state[arrays.EXACT] = int(exact)
        self.found = found
        self.stores: list[tuple[int, Store, Store]] = []

    @property
    def steps(self) -> int:
        """Steps of the simplex method so far."""
        return int(self._work.state[arrays.PIVOTS])

    def run(self, jobs: np.ndarray, attempt: int, progress: Callable[[int], None]) -> None:
        """Push targets, with a new store whenever one is full."""
        from sozialraum.methods.feasibility.local import push_all

        self._work.state[arrays.TRY] = attempt
        self._renew()
        done = 0
        while done < len(jobs):
            chunk = jobs[done : done + CHUNK]
            count = push_all(self._problem, self._work, self.found, self.stores[-1][1:], chunk)
            if count < len(chunk):
                self._renew()
            done += count
            progress(done)

    def _renew(self) -> None:
        first = self._first + ENTRIES * len(self.stores)
        columns, basis = len(self._problem.low), len(self._work.inverse)
        examples = arrays.store(ENTRIES, 16 * columns + 64 * ENTRIES, first)
        proofs = arrays.store(ENTRIES, 80 * basis + 64 * ENTRIES, first)
        self.stores.append((first, examples, proofs))


def _copy(found: Found) -> Found:
    return Found(*(part.copy() for part in found))


def _merge(found: Found, other: Found) -> None:
    """Keep the better of what two threads have found."""
    for side, sign in ((0, -1), (1, 1)):
        more = sign * other.value[side] > sign * found.value[side]
        found.value[side][more] = other.value[side][more]
        found.example[side][more] = other.example[side][more]
        tighter = sign * other.bound[side] < sign * found.bound[side]
        found.bound[side][tighter] = other.bound[side][tighter]
        found.proof[side][tighter] = other.proof[side][tighter]
        told = other.state[side] != arrays.OPEN
        found.state[side][told] = other.state[side][told]
