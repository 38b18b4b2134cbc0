"""Small pieces of a made-up county: what the search finds, and what is possible at most.

The optimum is computed by set packing over all smallest contiguous sets that reach the
minima. Pieces with more such sets than the solver takes are passed over, so thinly
populated places are missing.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from areas_bench.instances import Instance
from sozialraum.methods.regionalise import max_p_regions, upper_bounds
from sozialraum.methods.regionalise.bound import joint_bound
from sozialraum.methods.regionalise.problem import Problem
from sozialraum.methods.regionalise.sets import exact_regions

SIZES = (60, 100)
"""Cells of a piece: a few areas, and a few dozen."""
TRIES = 200
"""Places tried before the search for solvable pieces is given up."""
MOST_SETS = 5_000
"""Smallest sets of a piece beyond which it is passed over: its optimum may take minutes."""


def pieces(cells: Instance, number: int, seed: int) -> Iterator[np.ndarray]:
    """Yield the cells nearest to random places, walking along neighbours."""
    rng = np.random.default_rng(seed)
    for turn in range(number):
        start = int(rng.integers(cells.units.size))
        reached = breadth_first_order(cells.adjacency, start, return_predecessors=False)
        wanted = SIZES[turn % len(SIZES)]
        if reached.size >= wanted:
            yield np.sort(reached[:wanted])


def solved(
    cells: Instance, minima: dict[str, float], efforts: tuple[str, ...], number: int, seed: int
) -> list[dict[str, Any]]:
    """Return what is found and what is possible on some pieces that can be solved exactly.

    Each entry holds the number of cells, the bounds, the optimum and, by effort, the
    number of areas found.
    """
    found: list[dict[str, Any]] = []
    for chosen in pieces(cells, TRIES, seed):
        if len(found) == number:
            break
        problem = _problem(cells, minima, chosen)
        exact = exact_regions(problem, most_sets=MOST_SETS)
        if exact is None or not exact.proven:
            continue
        counts, least = problem.counts, np.array(list(minima.values()), dtype=float)
        line: dict[str, Any] = {
            "cells": int(chosen.size),
            "bound": int(upper_bounds(counts, least, np.zeros(chosen.size, int)).sum()),
            "joint_bound": int(joint_bound(problem)),
            "optimum": int(exact.regions),
        }
        graph = cells.adjacency[chosen][:, chosen]
        places = np.column_stack([cells.x, cells.y])[chosen].astype(float)
        for effort in efforts:
            areas = max_p_regions(graph, counts, least, features=places, effort=effort)
            line[effort] = areas.n_regions
        found.append(line)
    return found


def _problem(cells: Instance, minima: dict[str, float], chosen: np.ndarray) -> Problem:
    graph = csr_array(cells.adjacency[chosen][:, chosen])
    graph.sort_indices()
    return Problem(
        graph.indptr.astype(np.int32),
        graph.indices.astype(np.int32),
        np.ascontiguousarray(cells.columns(minima)[chosen]),
        np.array(list(minima.values())) * (1 - 1e-9),
        np.empty((chosen.size, 0)),
        np.zeros(graph.indices.size),
    )
