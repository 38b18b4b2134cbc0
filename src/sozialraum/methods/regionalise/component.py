"""Solving one connected component: construction, search, and proof.

Imported on use only: it loads the compiled kernels.
"""

from typing import NamedTuple

import numpy as np

from sozialraum.methods.regionalise import ROUNDING, Effort
from sozialraum.methods.regionalise.grow import grow_regions
from sozialraum.methods.regionalise.moves import move_blocks
from sozialraum.methods.regionalise.problem import EXACT_BLOCKS, Problem
from sozialraum.methods.regionalise.recut import cut_region, raise_regions, round_regions
from sozialraum.methods.regionalise.split import find_split


class Plan(NamedTuple):
    """How long to search, per region of a component.

    Parameters
    ----------
    raising, rounding
        Groups re-cut for more regions, and pairs re-cut for rounder ones, per region.
    trees
        Spanning trees drawn for each.
    most
        Most regions of a group.
    capacity
        Most blocks of a group.
    sweeps
        Most sweeps of single-block moves.
    """

    raising: float
    rounding: float
    trees: int = 2
    most: int = 6
    capacity: int = 400
    sweeps: int = 5


PLANS: dict[Effort, Plan] = {
    "fast": Plan(raising=4, rounding=2),
    "standard": Plan(raising=15, rounding=10),
    "thorough": Plan(raising=150, rounding=30),
}
USUAL_SIZE = 5
"""Blocks of a small region: 100 residents in cells of a hectare."""
SPLIT_TREES = 60
"""Spanning trees tried on a large region that might split."""


def solve(problem: Problem, plan: Plan, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Divide one component that reaches the minima; return labels and what is proven."""
    generator = np.random.default_rng(seed)
    n = problem.counts.shape[0]
    labels, regions = grow_regions(problem, generator.random(n))
    state = np.array([seed], np.uint64)
    if regions > 1:
        rounds = int(plan.raising * _rounds_scale(regions, n))
        regions = raise_regions(
            problem, labels, regions, rounds, plan.trees, plan.most, plan.capacity, state
        )
        if problem.features.shape[1]:
            rounds = int(plan.rounding * _rounds_scale(regions, n))
            regions = round_regions(
                problem, labels, regions, rounds, plan.trees, plan.capacity, state
            )
            visits = np.stack([generator.permutation(n) for _ in range(plan.sweeps)])
            move_blocks(problem, labels, regions, visits)
    proven = split_regions(problem, labels, regions, state)
    return _renumbered(labels, proven)


def _rounds_scale(regions: int, blocks: int) -> float:
    """Return the number of regions, raised where they are large: their groups vary more."""
    return max(regions, float(np.sqrt(regions * blocks / USUAL_SIZE)))


def split_regions(
    problem: Problem, labels: np.ndarray, regions: int, state: np.ndarray
) -> np.ndarray:
    """Split every region that splits; return which regions are proven not to.

    Regions whose clipped totals are below two minima cannot split. Among the others,
    small ones are enumerated exactly and large ones are searched along spanning trees.
    """
    clipped = np.minimum(problem.counts, problem.need)
    potential = [
        np.bincount(labels, column, minlength=regions) / limit
        for column, limit in zip(clipped.T, problem.need, strict=True)
    ]
    waiting = list(np.flatnonzero(np.min(potential, axis=0) >= 2 * (1 - ROUNDING))[::-1])
    proven = [True] * regions
    while waiting:
        region = int(waiting.pop())
        blocks = np.flatnonzero(labels == region)
        if blocks.size <= EXACT_BLOCKS:
            part = _exact_split(problem, blocks)
        else:
            part, _ = cut_region(problem, blocks.astype(np.int32), SPLIT_TREES, state)
        parts = int(part.max()) + 1
        proven[region] = blocks.size <= EXACT_BLOCKS
        if parts > 1:
            fresh = [region, *range(len(proven), len(proven) + parts - 1)]
            labels[blocks] = np.array(fresh)[part]
            proven += [True] * (parts - 1)
            waiting += fresh
    return np.array(proven)


def _exact_split(problem: Problem, blocks: np.ndarray) -> np.ndarray:
    """Return 0 for every block, or a split into 0 and 1 if there is one."""
    place = {int(block): i for i, block in enumerate(blocks)}
    masks = np.zeros(blocks.size, np.int64)
    for block, i in place.items():
        for neighbour in problem.indices[problem.indptr[block] : problem.indptr[block + 1]]:
            if int(neighbour) in place:
                masks[i] |= 1 << place[int(neighbour)]
    found = int(find_split(problem.counts[blocks], problem.need, masks))
    return np.array([found >> i & 1 for i in range(blocks.size)], np.int32)


def _renumbered(labels: np.ndarray, proven: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return labels and proofs with the regions numbered by their first block."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    new = np.empty(order.size, np.int64)
    new[order] = np.arange(order.size)
    return new[inverse], proven[order]
