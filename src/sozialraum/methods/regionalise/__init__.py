"""As many regions as possible: every one contiguous and above every minimum (max-p regions).

Construction, then re-cutting of groups of neighbouring regions into more, then lower
sums of squares at an equal number of regions, then a check that no region splits.
The problem: Duque, Anselin and Rey (2012), "The max-p-regions problem", Journal of
Regional Science 52(3).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from sozialraum.methods.regionalise.prepare import (
    ROUNDING,
    Effort,
    canonical_order,
    check_options,
    check_symmetric,
    checked_counts,
    checked_names,
    typical_distance,
    whole_problem,
)

__all__ = [
    "ROUNDING",
    "Effort",
    "Regionalisation",
    "component_seed",
    "max_p_regions",
    "meets",
    "totals_by",
    "typical_distance",
    "upper_bounds",
]


@dataclass(frozen=True, slots=True, eq=False)
class Regionalisation:
    """A partition of blocks into contiguous regions above every minimum.

    Parameters
    ----------
    labels
        (n,) region of every block, 0 … n_regions - 1; -1 in components that cannot
        reach the minima.
    n_regions
        Number of regions.
    upper_bound
        Number of regions that no partition can exceed (:func:`upper_bounds`).
    slack
        (n_regions, k) totals above the minima, in counts.
    binding
        (n_regions,) which minimum is the tightest.
    proven
        (n_regions,) True where no split into two contiguous regions that both pass
        exists; False where a search of a large region found none, and everywhere if
        regions were given up for homogeneity (`tolerance`).
    components
        (n,) connected component of every block.
    joint_bound
        A lower number that no partition can exceed either, looking at several minima
        together; None unless it was asked for with ``effort="thorough"``.
    """

    labels: np.ndarray
    n_regions: int
    upper_bound: int
    slack: np.ndarray
    binding: np.ndarray
    proven: np.ndarray
    components: np.ndarray
    joint_bound: int | None = None

    @property
    def ratio(self) -> float:
        """Number of regions over the upper bound; 1 where no region is possible."""
        return self.n_regions / self.upper_bound if self.upper_bound else 1.0


def meets(totals: np.ndarray, minima: np.ndarray) -> np.ndarray:
    """Return where totals reach minima, cell by cell.

    Examples
    --------
    >>> meets(np.array([[100.0, 4.0]]), np.array([100.0, 5.0])).tolist()
    [[True, False]]
    """
    return np.asarray(totals) >= np.asarray(minima) * (1 - ROUNDING)


def totals_by(labels: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return (number of labels, k) sums of counts by label 0, 1, …; negative ones are left out.

    Examples
    --------
    >>> totals_by(np.array([0, 0, -1]), np.array([[1.0], [2.0], [4.0]])).tolist()
    [[3.0]]
    """
    inside = labels >= 0
    number = int(labels.max(initial=-1)) + 1
    sums = [np.bincount(labels[inside], column[inside], minlength=number) for column in counts.T]
    return np.stack(sums, axis=1)


def upper_bounds(counts: np.ndarray, minima: np.ndarray, components: np.ndarray) -> np.ndarray:
    """Return, for every component, a number of regions that no partition exceeds.

    A block worth several minima still fills one region only, so it counts at most the
    minimum: a component has at most ⌊Σ min(w, T) / T⌋ regions, for every minimum T.

    Parameters
    ----------
    counts
        (n, k) counts of the blocks.
    minima
        (k,) minima.
    components
        (n,) component of every block, 0, 1, ….

    Returns
    -------
    numpy.ndarray
        (number of components,) whole numbers.

    Examples
    --------
    >>> upper_bounds(np.array([[250.0], [60.0]]), np.array([100.0]), np.array([0, 0])).tolist()
    [1]
    """
    clipped = totals_by(components, np.minimum(counts, minima)) / minima
    return np.floor(clipped.min(axis=1) * (1 + ROUNDING)).astype(np.int64)


def component_seed(unit: str, smallest: str, seed: int) -> int:
    """Return the seed of one component: the same on every machine and in every order."""
    text = "\0".join((unit, smallest, str(seed)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def max_p_regions(  # noqa: PLR0913 - one option for each part of the problem
    adjacency: csr_array,
    counts: np.ndarray,
    minima: np.ndarray | Sequence[float],
    *,
    ids: Sequence[str] | np.ndarray | None = None,
    units: Sequence[str] | np.ndarray | None = None,
    features: np.ndarray | None = None,
    edge_cost: csr_array | None = None,
    start: np.ndarray | None = None,
    effort: Effort = "standard",
    tolerance: float = 0.0,
    seed: int = 0,
    n_jobs: int = 1,
) -> Regionalisation:
    """Divide blocks into as many contiguous regions as possible, all above every minimum.

    Parameters
    ----------
    adjacency
        Symmetric (n × n) matrix; an entry says that two blocks are neighbours.
    counts
        (n, k) or (n,) additive, non-negative, complete counts.
    minima
        (k,) what every region must reach, larger than 0.
    ids
        (n,) unique names of the blocks. They tie the result to the blocks: with ids the
        order of the rows does not matter. Without them the row number is the name.
    units
        (n,) nesting units; no region crosses from one to another.
    features
        (n, d) what regions should be compact or alike in, such as coordinates in metres.
        They are divided by the typical distance between neighbours.
    edge_cost
        Symmetric (n × n) matrix: what it costs a region to reach over an edge of the
        adjacency, in squared units of the features. An entry it lacks costs nothing, none
        may be infinite (take such an edge out of the adjacency). A region pays for the
        cheapest tree of edges that connects its blocks.
    start
        (n,) regions of an earlier partition, any numbers, -1 for none. Its contiguous
        pieces that meet every minimum are what the search starts from; there are never
        fewer regions than such pieces at `tolerance` 0.
    effort
        How long to search: ``"fast"``, ``"standard"`` or ``"thorough"``; the last also
        packs small windows exactly and gives the joint bound of several minima.
    tolerance
        Share of the regions found that may be given up for a lower sum of squares, from
        0 to below 1. At 0 no region of up to 25 blocks splits into two that both pass.
    seed
        Start of the random numbers.
    n_jobs
        Threads. The result does not depend on it.

    Returns
    -------
    Regionalisation

    Raises
    ------
    DelineationError
        Counts are incomplete or negative, minima not positive, ids repeated, the
        adjacency is not symmetric, or an option does not fit the blocks.

    Examples
    --------
    Six blocks in a row, 60 people each, at least 100 people a region:

    >>> row = csr_array(np.diag(np.ones(5), 1) + np.diag(np.ones(5), -1))
    >>> max_p_regions(row, np.full(6, 60.0), [100]).n_regions
    3
    """
    from sozialraum.methods.regionalise.batches import solve_components
    from sozialraum.methods.regionalise.bound import joint_bounds

    adjacency = csr_array(adjacency)
    n = int(adjacency.indptr.size) - 1
    counts, minima = checked_counts(counts, minima)
    names = checked_names(ids, counts, n)
    groups = np.zeros(n, dtype="U1") if units is None else np.asarray(units, dtype=str)
    shapes = np.zeros((n, 0)) if features is None else np.asarray(features, dtype=float)
    shapes = shapes[:, None] if shapes.ndim == 1 else shapes
    begin = None if start is None else np.asarray(start)
    check_options(n, groups, shapes, edge_cost, begin, effort, tolerance)
    check_symmetric(adjacency, n)

    order, sorted_components = canonical_order(adjacency, names, groups)
    starts = np.flatnonzero(np.diff(sorted_components, prepend=-1))
    seeds = [component_seed(str(groups[i]), str(names[i]), seed) for i in order[starts]]
    labels, proven, joint = np.full(n, -1, np.int64), np.empty(0, bool), None
    if n:
        whole = whole_problem(
            adjacency, counts, minima, shapes, edge_cost, order=order, groups=groups
        )
        labels[order], proven = solve_components(
            whole,
            starts,
            seeds,
            effort,
            n_jobs,
            begin=None if begin is None else begin[order],
            tolerance=tolerance,
        )
        if effort == "thorough" and minima.size > 1:
            joint = int(joint_bounds(whole, starts, n_jobs=n_jobs).sum())
    components = np.empty(n, np.int64)
    components[order] = sorted_components
    slack = totals_by(labels, counts) - minima
    return Regionalisation(
        labels=labels,
        n_regions=len(proven),
        upper_bound=int(upper_bounds(counts, minima, components).sum()),
        slack=slack,
        binding=(slack / minima).argmin(axis=1),
        proven=proven,
        components=components,
        joint_bound=joint,
    )
