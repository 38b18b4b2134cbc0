"""Where a net of neighbours falls apart: islands, components, bridges, cut nodes."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from sozialraum.methods.graph import component_labels


@dataclass(frozen=True, slots=True, eq=False)
class Connectivity:
    """Where a net of neighbours falls apart, or would.

    Parameters
    ----------
    islands
        (n,) bool: nodes without neighbours.
    components
        (n,) connected component of every node, numbered by first appearance.
    bridges
        (m, 2) edges whose removal parts a component, smaller position first, sorted.
    cut_nodes
        (n,) bool: nodes whose removal parts a component.
    """

    islands: np.ndarray
    components: np.ndarray
    bridges: np.ndarray
    cut_nodes: np.ndarray


def connectivity(graph: csr_array) -> Connectivity:
    """Report islands, components, bridges and cut nodes of a graph.

    Parameters
    ----------
    graph
        (n, n) neighbours; directions do not matter, nor does the diagonal.

    Notes
    -----
    Depth-first search: an edge is a bridge, and a node cuts, where nothing behind it leads
    back to before it.

    References
    ----------
    Tarjan (1974), A note on finding the bridges of a graph, Information Processing
    Letters 2(6).

    Examples
    --------
    >>> chain = csr_array(np.eye(4, k=1))
    >>> chain[2, 3] = 0.0
    >>> found = connectivity(chain)
    >>> found.islands.tolist(), found.components.tolist()
    ([False, False, False, True], [0, 0, 0, 1])
    >>> found.bridges.tolist(), found.cut_nodes.tolist()
    ([[0, 1], [1, 2]], [False, True, False, False])
    """
    either = csr_array(graph + graph.T, copy=True)
    either.setdiag(0.0)
    either.eliminate_zeros()
    either.sort_indices()
    bridges, cut_nodes = _weak_points(either.indptr.tolist(), either.indices.tolist())
    return Connectivity(
        islands=np.diff(either.indptr) == 0,
        components=component_labels(either),
        bridges=np.array(sorted(bridges), dtype=np.int64).reshape(-1, 2),
        cut_nodes=np.array(cut_nodes, dtype=bool),
    )


def _weak_points(starts: list[int], ends: list[int]) -> tuple[list[tuple[int, int]], list[bool]]:
    """Return bridges and cut nodes of a symmetric graph without loops."""
    n = len(starts) - 1
    seen, low, upcoming = [-1] * n, [0] * n, list(starts)
    bridges, cuts, clock = [], [False] * n, 0
    for root in range(n):
        if seen[root] >= 0:
            continue
        seen[root] = low[root] = clock
        clock, path, branches = clock + 1, [(root, -1)], 0
        while path:
            node, parent = path[-1]
            if upcoming[node] < starts[node + 1]:
                other = ends[upcoming[node]]
                upcoming[node] += 1
                if seen[other] < 0:
                    seen[other] = low[other] = clock
                    clock += 1
                    path.append((other, node))
                elif other != parent:
                    low[node] = min(low[node], seen[other])
                continue
            path.pop()
            if parent < 0:
                continue
            low[parent] = min(low[parent], low[node])
            if low[node] > seen[parent]:
                bridges.append((min(node, parent), max(node, parent)))
            branches += parent == root
            cuts[parent] |= parent != root and low[node] >= seen[parent]
        cuts[root] = branches > 1
    return bridges, cuts
