"""Solving one connected component: construction, search, and proof.

Imported on use only: it loads the compiled kernels.
"""

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from sozialraum.methods.regionalise import ROUNDING, Effort
from sozialraum.methods.regionalise.grow import FREE, grow_regions
from sozialraum.methods.regionalise.packing import polish_windows
from sozialraum.methods.regionalise.problem import EXACT_BLOCKS, Problem
from sozialraum.methods.regionalise.recut import cut_region, raise_regions
from sozialraum.methods.regionalise.rounding import round_regions
from sozialraum.methods.regionalise.split import find_split, neighbour_masks
from sozialraum.methods.regionalise.thin import thin_regions


class Plan(NamedTuple):
    """How long to search, per region of a component, and for what.

    Parameters
    ----------
    raising, rounding
        Groups re-cut for more regions, and groups re-cut for rounder ones, per region.
    trees
        Cuts drawn for each when raising.
    most
        Most regions of a group when raising.
    polishing
        Windows of neighbouring regions packed exactly, per region.
    tolerance
        Share of the regions found that may be given up for rounder ones.
    """

    raising: float
    rounding: float
    trees: int = 2
    most: int = 6
    polishing: float = 0.0
    tolerance: float = 0.0


PLANS: dict[Effort, Plan] = {
    "fast": Plan(raising=4, rounding=4),
    "standard": Plan(raising=30, rounding=60),
    "thorough": Plan(raising=250, rounding=300, polishing=10),
}
"""Regions found on made-up cells, 100 residents each, or four minima (100, and three times 5):

* Several minima leave more to find: from 15 to 40 groups a region four of them gain 0.008
  of the separate bound, one gains 0.004.
* Thorough spends about a minute of processor time on 38,000 cells: on 10,000 cells in five
  municipalities 250 groups a region instead of 60 give 1,945 regions instead of 1,939 (11
  seconds instead of 3). With four minima as many groups give 1,604 (14 seconds) and twice
  as many 1,610 (26 seconds).
* Packing windows of up to 62 blocks exactly takes a tenth of that. It is a proof more than
  a gain: in 80 crops of 60 to 100 cells and in the above it found no region that 250
  groups had left, and one after 120 groups with four minima.
"""
SEVERAL = 2
"""With several minima as many times the groups are re-cut for more regions."""
USUAL_SIZE = 5
"""Blocks of a small region: 100 residents in cells of a hectare."""
MOST_SCALE = 2
"""Large regions get at most as many times the groups of small ones: time stays linear."""
CAPACITY = 400
"""Most blocks of a group, or the double of usual groups where regions are large."""
LARGEST_CAPACITY = 20_000
SPLIT_TREES = 60
"""Spanning trees tried on a large region that might split."""


def solve(
    problem: Problem, plan: Plan, seed: int, start: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Divide one component that reaches the minima; return labels and what is proven.

    Parameters
    ----------
    problem
        The component.
    plan
        How long to search.
    seed
        Start of the random numbers.
    start
        (n,) earlier labels, negative for none, or None. Their contiguous pieces that
        meet the minima are kept to start from.

    Returns
    -------
    labels : (n,) int64
        Regions, numbered by their first block.
    proven : (number of regions,) bool
        True where no split exists; all False where regions were given up.
    """
    generator = np.random.default_rng(seed)
    n = problem.counts.shape[0]
    labels, regions = passing_pieces(problem, start)
    regions = grow_regions(problem, generator.random(n), labels, regions)
    state = np.array([seed], np.uint64)
    if regions > 1 and plan.raising:
        several = SEVERAL if problem.need.size > 1 else 1
        groups = int(plan.raising * several * _rounds_scale(regions, n))
        room = _capacity(regions, n, plan.most)
        regions = raise_regions(
            problem, labels, regions, groups, plan.trees, plan.most, room, state
        )
    if plan.polishing:
        windows = int(plan.polishing * regions)
        regions = polish_windows(problem, labels, regions, seed=seed, rounds=windows)
    if not plan.tolerance:
        # before rounding: what splits now is rounded off with the others
        regions = split_regions(problem, labels, regions, state).size
    wanted = int(np.ceil((1 - plan.tolerance) * regions * (1 - ROUNDING)))
    regions = thin_regions(problem, labels, regions, max(wanted, 1))
    if regions > 1 and (problem.features.shape[1] or problem.edge_cost.any()):
        groups, room = int(plan.rounding * regions), _capacity(regions, n, 3)
        round_regions(problem, labels, regions, groups, room, state)
    if plan.tolerance:
        return _renumbered(labels, np.zeros(regions, bool))
    return _renumbered(labels, split_regions(problem, labels, regions, state))


def passing_pieces(problem: Problem, start: np.ndarray | None) -> tuple[np.ndarray, int]:
    """Return the contiguous pieces of earlier regions that meet the minima, and their number.

    Returns
    -------
    labels : (n,) int32
        -1 outside of them.
    number : int
    """
    n = problem.counts.shape[0]
    labels = np.full(n, FREE, np.int32)
    if start is None or not (start >= 0).any():
        return labels, 0
    left = np.repeat(np.arange(n), np.diff(problem.indptr))
    inner = (start[left] == start[problem.indices]) & (start[left] >= 0)
    parts = (inner.astype(np.int8), problem.indices, problem.indptr)
    links = csr_array(parts, shape=(n, n), copy=True)  # what it drops must stay in the problem
    links.eliminate_zeros()
    number, piece = connected_components(links, directed=False)
    passes = start[np.unique(piece, return_index=True)[1]] >= 0
    for column, least in zip(problem.counts.T, problem.need, strict=True):
        passes &= np.bincount(piece, column, minlength=number) >= least
    name = np.where(passes, np.cumsum(passes) - 1, FREE)
    labels[:] = name[piece]
    return labels, int(passes.sum())


def _rounds_scale(regions: int, blocks: int) -> float:
    """Return the number of regions, raised where they are large: their groups vary more."""
    large = float(np.sqrt(regions * blocks / USUAL_SIZE))
    return min(max(regions, large), MOST_SCALE * regions)


def _capacity(regions: int, blocks: int, members: int) -> int:
    """Return the most blocks of a group of regions."""
    return int(min(max(CAPACITY, 2 * members * blocks / regions), LARGEST_CAPACITY))


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
    doubtful = np.flatnonzero(np.min(potential, axis=0) >= 2 * (1 - ROUNDING))
    by_region = np.argsort(labels, kind="stable")
    bounds = np.searchsorted(labels[by_region], np.stack([doubtful, doubtful + 1]))
    waiting = [
        (int(region), by_region[first:last])
        for region, first, last in zip(doubtful, *bounds, strict=True)
    ][::-1]
    proven = [True] * regions
    while waiting:
        region, blocks = waiting.pop()
        part = _split(problem, blocks, state)
        proven[region] = blocks.size <= EXACT_BLOCKS
        parts = int(part.max()) + 1
        if parts > 1:
            names = [region, *range(len(proven), len(proven) + parts - 1)]
            proven += [True] * (parts - 1)
            labels[blocks] = np.array(names)[part]
            waiting += [(name, blocks[part == q]) for q, name in enumerate(names)]
    return np.array(proven)


def _split(problem: Problem, blocks: np.ndarray, state: np.ndarray) -> np.ndarray:
    """Return 0 for every block of a region, or the parts of a split if one is found."""
    if blocks.size > EXACT_BLOCKS:
        return cut_region(problem, blocks.astype(np.int32), SPLIT_TREES, state)[0]
    masks = neighbour_masks(problem.indptr, problem.indices, blocks)
    found = int(find_split(problem.counts[blocks], problem.need, masks))
    return np.array([found >> i & 1 for i in range(blocks.size)], np.int32)


def _renumbered(labels: np.ndarray, proven: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return labels and proofs with the regions numbered by their first block."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    new = np.empty(order.size, np.int64)
    new[order] = np.arange(order.size)
    return new[inverse], proven[order]
