"""Components of a partition solved side by side, the largest first.

The unit of work is one component of one unit. Its seed is tied to its name, so nothing
about the result depends on how the components are packed, nor on where or in which order
they are solved. The kernels release the interpreter lock, so threads are the default; a
backend that the caller chose with ``joblib.parallel_config`` wins over them.

Imported on use only: it loads the compiled kernels.
"""

import heapq
import logging
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, cast

import numpy as np

from sozialraum.methods.regionalise import Effort
from sozialraum.methods.regionalise.component import PLANS, Plan, solve
from sozialraum.methods.regionalise.problem import Array, Problem

LOGGER = logging.getLogger(__name__)
"""Told at level INFO which share of the blocks is done, and nothing else."""

BATCHES_PER_WORKER = 6
"""Enough to level out workers of unequal speed, few enough to cost nothing."""
BATCH_BLOCKS = 40_000
"""Batches of more blocks are packed smaller: about 5 MB travel to a worker at a time, and
that much work is lost with a worker that dies."""


class Part(NamedTuple):
    """One component on its way to a worker.

    Tuples on purpose: Dask would put bare arrays on one worker ahead of the task, and
    they would be lost with it. What is inside a tuple stays with the task.

    Parameters
    ----------
    number
        Which component it is.
    problem
        Its rows; without edge costs (size 0) where none of them is above 0.
    seed
        Its seed.
    start
        Labels to start from, or None.
    """

    number: int
    problem: Problem
    seed: int
    start: Array | None

    def __repr__(self) -> str:
        """Return its number only: a worker logs what it was given when it fails."""
        return f"<component {self.number}>"


class Solved(NamedTuple):
    """One component on its way back: labels from 0 on, and which regions are proven."""

    number: int
    labels: np.ndarray
    proven: np.ndarray


def solve_components(
    whole: Problem,
    starts: np.ndarray,
    seeds: Sequence[int],
    effort: Effort,
    n_jobs: int,
    *,
    begin: np.ndarray | None = None,
    tolerance: float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Divide every component into regions.

    Parameters
    ----------
    whole
        All components, the blocks of each next to each other.
    starts
        First row of every component.
    seeds
        Seed of every component.
    effort
        How long to search.
    n_jobs
        Threads; -1 takes all processors. 1 leaves the number to a surrounding
        ``joblib.parallel_config``, and -1 and others leave the backend to it.
    begin
        (n,) regions to start from, -1 for none; or None.
    tolerance
        Share of the regions that may be given up for a lower sum of squares.

    Returns
    -------
    labels : (n,) int64
        Regions numbered through, in the order of the components and of their first
        block; -1 where a component cannot reach the minima.
    proven : (number of regions,) bool

    Notes
    -----
    The result is the same for every number of threads, processes or cluster workers.
    No part of the problem is written to disk by joblib.

    Examples
    --------
    Two rows of four blocks, 60 people each, at least 100 people a region:

    >>> ends = np.array([0, 1, 3, 5, 6], np.int32)
    >>> indptr = np.append(ends, ends[1:] + 6).astype(np.int32)
    >>> indices = np.array([1, 0, 2, 1, 3, 2, 5, 4, 6, 5, 7, 6], np.int32)
    >>> none = np.zeros((8, 0))
    >>> whole = Problem(
    ...     indptr, indices, np.full((8, 1), 60.0), np.array([100.0]), none, np.zeros(12)
    ... )
    >>> labels, proven = solve_components(whole, np.array([0, 4]), [1, 2], "fast", n_jobs=2)
    >>> labels.tolist(), proven.tolist()
    ([0, 0, 1, 1, 2, 2, 3, 3], [True, True, True, True])
    """
    import joblib

    ends = np.append(starts[1:], whole.counts.shape[0]).astype(np.int64)
    reachable = _reachable(whole, starts)
    # 1 is what a caller passes who did not choose: joblib calls that None
    jobs = cast("Any", None if n_jobs == 1 else n_jobs)
    wanted = BATCHES_PER_WORKER * joblib.effective_n_jobs(jobs)
    batches = packed(ends[reachable] - starts[reachable], wanted)
    todo = (
        tuple(_part(whole, starts, ends, c, seeds, begin) for c in reachable[batch])
        for batch in batches
    )
    plan = PLANS[effort]._replace(tolerance=tolerance)
    return _numbered(_solved(todo, plan, jobs, int(ends[-1])), starts, ends)


def packed(sizes: np.ndarray, number: int) -> list[np.ndarray]:
    """Pack pieces of work into batches of about the same size.

    The longest-processing-time rule: the largest piece left goes to the lightest batch.

    Parameters
    ----------
    sizes
        (m,) size of every piece.
    number
        How many batches are wanted. There are more where they would grow too large
        (`BATCH_BLOCKS`), and no empty ones.

    Returns
    -------
    list of numpy.ndarray
        Positions of the pieces in every batch, the largest first; the batches by their
        largest piece.

    Examples
    --------
    >>> [batch.tolist() for batch in packed(np.array([2, 10, 4, 5]), 2)]
    [[1], [3, 2, 0]]
    """
    wanted = max(number, -(-int(sizes.sum()) // BATCH_BLOCKS))
    batches: list[list[int]] = [[] for _ in range(min(wanted, sizes.size))]
    lightest = [(0, b) for b in range(len(batches))]
    for piece in np.argsort(-sizes, kind="stable"):
        held, b = heapq.heappop(lightest)
        batches[b].append(int(piece))
        heapq.heappush(lightest, (held + int(sizes[piece]), b))
    return [np.array(batch) for batch in batches]


def component_of(whole: Problem, start: int, end: int) -> Problem:
    """Return one component: the rows from `start` to `end`, which no edge leaves."""
    first, last = whole.indptr[start], whole.indptr[end]
    return Problem(
        (whole.indptr[start : end + 1] - first).astype(np.int32),
        (whole.indices[first:last] - start).astype(np.int32),
        np.ascontiguousarray(whole.counts[start:end]),
        whole.need,
        np.ascontiguousarray(whole.features[start:end]),
        np.ascontiguousarray(whole.edge_cost[first:last]),
    )


def _reachable(whole: Problem, starts: np.ndarray) -> np.ndarray:
    """Return the components that reach every minimum as a whole."""
    if not starts.size:
        return np.empty(0, np.int64)
    # `need` already allows for rounding: allowing for it twice would let pass what kernels do not
    return np.flatnonzero((np.add.reduceat(whole.counts, starts) >= whole.need).all(axis=1))


def _part(
    whole: Problem,
    starts: np.ndarray,
    ends: np.ndarray,
    number: int,
    seeds: Sequence[int],
    begin: np.ndarray | None,
) -> Part:
    """Return what a worker needs of one component."""
    start, end = int(starts[number]), int(ends[number])
    problem = component_of(whole, start, end)
    if not problem.edge_cost.any():
        problem = problem._replace(edge_cost=np.empty(0))
    labels = None if begin is None else np.ascontiguousarray(begin[start:end])
    return Part(int(number), problem, seeds[number], labels)


def _solved(
    todo: Iterator[tuple[Part, ...]], plan: Plan, n_jobs: int | None, blocks: int
) -> Iterator[Solved]:
    """Yield the components as they come, and say which share of the blocks is done."""
    import joblib
    from joblib.parallel import get_active_backend

    backend: Any = get_active_backend(prefer="threads")[0]
    parallel: Any = joblib.Parallel  # its stated types leave out what it documents
    run = parallel(
        n_jobs=n_jobs,
        prefer="threads",  # a hint: a backend chosen by the caller wins
        return_as="generator_unordered" if backend.supports_return_generator else "list",
        batch_size=1,
        max_nbytes=None,  # larger arrays would be written to a temporary folder
    )
    done = 0
    for batch in run(joblib.delayed(solve_batch)(parts, plan) for parts in todo):
        done += sum(found.labels.size for found in batch)
        LOGGER.info("%d %%", 100 * done // blocks)
        yield from batch


def solve_batch(parts: tuple[Part, ...], plan: Plan) -> list[Solved]:
    """Solve some components one after the other; runs on a worker."""
    found = []
    for part in parts:
        labels, proven = solve(_writable(part.problem), plan, part.seed, part.start)
        found.append(Solved(part.number, labels.astype(np.int32), proven))
    return found


def _writable(problem: Problem) -> Problem:
    """Return the problem as kernels are compiled for: what travelled may be read-only."""
    if not problem.edge_cost.size:
        problem = problem._replace(edge_cost=np.zeros(problem.indices.size))
    return Problem(*(np.require(column, requirements=["C", "W"]) for column in problem))


def _numbered(
    solved: Iterator[Solved], starts: np.ndarray, ends: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the labels of all components numbered through, and what is proven."""
    labels = np.full(int(ends[-1]), -1, np.int64)
    certain: list[np.ndarray] = [np.empty(0, bool)] * starts.size
    for number, own, proven in solved:
        labels[starts[number] : ends[number]] = own
        certain[number] = proven
    first = np.cumsum([0, *(proven.size for proven in certain[:-1])])
    labels += np.where(labels >= 0, np.repeat(first, ends - starts), 0)
    return labels, np.concatenate(certain)
