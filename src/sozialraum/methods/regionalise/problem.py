"""What the kernels work on: one connected component as plain arrays.

This module holds no compiled code, so the kernel files may share it: numba's cache does
not notice a change in a compiled function of another file.
"""

from typing import Any, NamedTuple

import numpy as np

type Array = Any
"""An ndarray. numba infers what is in it; numpy's stubs cannot follow its elements."""

NONE: Any = np.int64(-1)
ZERO: Any = np.int64(0)
wide: Any = np.int64
"""Typed, so that a kernel is not compiled once more for every literal it is called with."""

EXACT_BLOCKS = 25
"""Regions up to this number of blocks are proven unsplittable by enumeration."""


class Problem(NamedTuple):
    """One connected component.

    Parameters
    ----------
    indptr, indices
        Neighbours of every block in compressed rows, int32, sorted, without loops.
    counts
        (n, k) float64 counts of every block.
    need
        (k,) float64: what every region must reach in every count.
    features
        (n, d) float64: what regions should be compact or alike in.
    edge_cost
        (number of entries of `indices`,) float64: what it costs a region to reach over
        this edge, in the units of squared features; the same in both directions.
    """

    indptr: Array
    indices: Array
    counts: Array
    need: Array
    features: Array
    edge_cost: Array
