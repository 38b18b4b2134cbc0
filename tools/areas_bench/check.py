"""What a partition is worth, checked without the engine that made it: numpy and scipy only."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from areas_bench.instances import Instance


def assess(instance: Instance, labels: np.ndarray, minima: Mapping[str, float]) -> dict[str, Any]:
    """Return figures of a partition, and whether it keeps what it promises.

    Parameters
    ----------
    instance
        The cells.
    labels
        (n,) area of every cell; negative ones have none.
    minima
        What every area must reach, by name of a group.

    Returns
    -------
    dict
        `areas`, and of them `failing` a minimum, in pieces (`torn`) or in several
        municipalities (`crossing`); `left_out`, cells without an area although their
        component could hold one; `bound`, a number of areas nobody can exceed, and
        `ratio`; `wss_tss`, how unlike the cells of an area are, as a share of how unlike
        all cells are, over the three standardised shares; `msd`, the mean squared
        distance of a cell from the centre of its area, in cells².
    """
    limits = np.array(list(minima.values()))
    counts = instance.columns(minima)
    components = connected_components(instance.adjacency, directed=False)[1]
    bound, reachable = _bound(counts, limits, components)
    inside = labels >= 0
    _, area = np.unique(labels[inside], return_inverse=True)
    size = np.bincount(area)
    totals = _sums(area, counts[inside])
    least, most = np.full(size.size, np.iinfo(np.int64).max), np.full(size.size, -1)
    np.minimum.at(least, area, instance.units[inside])
    np.maximum.at(most, area, instance.units[inside])
    passing = int((totals >= limits).all(axis=1).sum())
    return {
        "areas": size.size,
        "failing": size.size - passing,
        "torn": _pieces(instance.adjacency, labels) - size.size,
        "crossing": int((least != most).sum()),
        "left_out": int((~inside & reachable[components]).sum()),
        "bound": bound,
        "ratio": round(passing / bound, 4) if bound else None,
        "wss_tss": _wss_tss(area, instance.shares[inside]),
        "msd": _msd(area, np.column_stack([instance.x, instance.y])[inside].astype(float)),
    }


def is_valid(figures: Mapping[str, Any]) -> bool:
    """Return whether every area is contiguous, nested and above every minimum."""
    return not any(figures[name] for name in ("failing", "torn", "crossing", "left_out"))


def _bound(
    counts: np.ndarray, limits: np.ndarray, components: np.ndarray
) -> tuple[int, np.ndarray]:
    """Return a bound on the number of areas, and which components can hold one.

    A cell fills at most one area, so it counts at most the minimum; whole counts, so the
    sums are exact.
    """
    clipped = _sums(components, np.minimum(counts, limits))
    return int((clipped // limits).min(axis=1).sum()), (_sums(components, counts) >= limits).all(
        axis=1
    )


def _sums(labels: np.ndarray, columns: np.ndarray) -> np.ndarray:
    return np.column_stack([np.bincount(labels, column) for column in columns.T])


def _pieces(adjacency: csr_array, labels: np.ndarray) -> int:
    """Return into how many contiguous pieces the areas fall."""
    left = np.repeat(np.arange(labels.size, dtype=np.int32), np.diff(adjacency.indptr))
    same = (labels[left] == labels[adjacency.indices]) & (labels[left] >= 0)
    ends = left[same], adjacency.indices[same]
    inner = csr_array((np.ones(ends[0].size, np.int8), ends), shape=adjacency.shape)
    return connected_components(inner, directed=False)[0] - int((labels < 0).sum())


def _wss_tss(area: np.ndarray, shares: np.ndarray) -> float | None:
    """Return the sum of squares within areas over the total one, of standardised shares."""
    if not shares.shape[1]:
        return None
    z = (shares - shares.mean(axis=0)) / shares.std(axis=0)
    within = z - (_sums(area, z) / np.bincount(area)[:, None])[area]
    return round(float((within**2).sum() / (z**2).sum()), 4)


def _msd(area: np.ndarray, at: np.ndarray) -> float:
    """Return the mean squared distance from the centre of the area."""
    centre = _sums(area, at) / np.bincount(area)[:, None]
    return round(float(((at - centre[area]) ** 2).sum(axis=1).mean()), 3)
