"""Fewer regions: neighbours that are most alike are merged (Ward's criterion)."""

import numpy as np

from sozialraum.methods.regionalise.problem import Problem

SHARE = 0.25
"""Share of the possible merges made before the costs are computed anew."""


def thin_regions(problem: Problem, labels: np.ndarray, regions: int, wanted: int) -> int:
    """Merge neighbouring regions, the cheapest merges first, until `wanted` are left.

    A merge costs what it adds to the sum of squares (Ward 1963, Journal of the American
    Statistical Association 58) and the cheapest edge it reaches over.

    Parameters
    ----------
    problem
        One component.
    labels
        (n,) region of every block, changed in place.
    regions
        Number of regions.
    wanted
        Number of regions that shall be left, at least 1.

    Returns
    -------
    int
        The new number of regions.

    Examples
    --------
    >>> problem = Problem(
    ...     np.array([0, 1, 3, 4]), np.array([1, 0, 2, 1]), np.ones((3, 1)), np.ones(1),
    ...     np.array([[0.0], [5.0], [6.0]]), np.zeros(4),
    ... )
    >>> labels = np.array([0, 1, 2])
    >>> thin_regions(problem, labels, 3, 2), labels.tolist()
    (2, [0, 1, 1])
    """
    while regions > wanted:
        pairs = _pairs_by_cost(problem, labels, regions)
        most = min(regions - wanted, max(1, int(SHARE * len(pairs))))
        target = np.arange(regions)
        taken = np.zeros(regions, bool)
        merged = 0
        for one, other in pairs:
            if merged == most:
                break
            if not (taken[one] or taken[other]):
                taken[[one, other]] = True
                target[other] = one
                merged += 1
        _, target = np.unique(target, return_inverse=True)
        labels[:] = target[labels]
        regions -= merged
    return regions


def _pairs_by_cost(problem: Problem, labels: np.ndarray, regions: int) -> np.ndarray:
    """Return (m, 2) neighbouring regions, the cheapest merge first; ties by number."""
    left = np.repeat(labels, np.diff(problem.indptr))
    right = labels[problem.indices]
    across = left < right
    keys = left[across].astype(np.int64) * regions + right[across]
    found, inverse = np.unique(keys, return_inverse=True)
    toll = np.zeros(found.size)
    if problem.edge_cost.size:
        toll[:] = np.inf
        np.minimum.at(toll, inverse, problem.edge_cost[across])
    one, other = found // regions, found % regions
    sizes = np.bincount(labels, minlength=regions).astype(float)
    apart = np.zeros(found.size)
    for column in problem.features.T:
        centre = np.bincount(labels, column, minlength=regions) / sizes
        apart += (centre[one] - centre[other]) ** 2
    cost = sizes[one] * sizes[other] / (sizes[one] + sizes[other]) * apart + toll
    return np.column_stack([one, other])[np.argsort(cost, kind="stable")]
