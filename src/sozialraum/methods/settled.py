"""Settled contiguity: cells that touch, and the shortest bridges between settlements."""

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import minimum_spanning_tree

from sozialraum.methods.graph import Edges, Passages, shortest

DIAGONAL = 2**0.5
"""Steps from the centre of a cell to that of one it touches at a corner."""


def corner_edges(seeds: np.ndarray, passages: Passages) -> Edges:
    """Return the seeds whose cells touch at a corner only.

    Parameters
    ----------
    seeds
        (rows, columns) label of the seed in a cell, -1 where there is none.
    passages
        Where one may step: two cells are neighbours over a corner only if one of the two
        ways around it, over the cell beside both, is open. So no edge leaves the unit or
        leaps over a barrier.

    Returns
    -------
    Edges
        The length is √2 steps, sorted by the ends.

    Examples
    --------
    >>> from sozialraum.methods.graph import passages_inside
    >>> seeds = np.array([[4, -1], [-1, 7]])
    >>> edges = corner_edges(seeds, passages_inside(np.array([[True, True], [False, True]])))
    >>> edges.left.tolist(), edges.right.tolist()
    ([4], [7])
    """
    right, down = passages
    above, below, west, east = right[:-1], right[1:], down[:, :-1], down[:, 1:]
    falling = (above & east) | (west & below)
    rising = (above & west) | (east & below)
    pairs = []
    for ways, one, other in (
        (falling, seeds[:-1, :-1], seeds[1:, 1:]),
        (rising, seeds[:-1, 1:], seeds[1:, :-1]),
    ):
        met = ways & (one >= 0) & (other >= 0)
        pairs.append((one[met], other[met]))
    one, other = (np.concatenate(ends).astype(np.int64) for ends in zip(*pairs, strict=True))
    length = np.full(one.size, DIAGONAL)
    return shortest(Edges(np.minimum(one, other), np.maximum(one, other), length))


def settled_edges(edges: Edges, n: int, longest: float) -> Edges:
    """Keep edges up to a length, and the shortest bridges between what they connect.

    Parameters
    ----------
    edges
        All edges with their lengths.
    n
        Number of nodes.
    longest
        Length up to which two nodes belong to the same settlement.

    Returns
    -------
    Edges
        With the same components as before: the longer edges are cut down to a minimum
        spanning tree.

    Examples
    --------
    >>> ends = np.array([0, 0, 1]), np.array([1, 2, 2])
    >>> settled_edges(Edges(*ends, np.array([100.0, 300.0, 400.0])), 3, 100).length.tolist()
    [100.0, 300.0]
    """
    # distinct weights: equally long bridges are chosen by their ends
    rank = np.empty(edges.length.size)
    rank[np.lexsort((edges.right, edges.left, edges.length))] = np.arange(1, rank.size + 1)
    tree = minimum_spanning_tree(csr_array(coo_array((rank, (edges.left, edges.right)), (n, n))))
    keep = (edges.length <= longest) | np.isin(rank, tree.data)
    return Edges(*(column[keep] for column in edges))
