"""Exact proof that a small region does not split into two that both meet the minima.

If a region splits at all, one of the two parts has at most half of the blocks, and any
contiguous set inside it that meets the minima leaves the other part whole: what else is
left over can join. So it is enough to enumerate contiguous sets up to half the blocks,
to stop growing a set as soon as it meets the minima, and to look for a contiguous piece
of the rest that meets them too.
"""

import numpy as np
from numba import njit

from sozialraum.methods.kernels import INSIDE
from sozialraum.methods.regionalise.problem import Array

type Bits = int | np.int64
"""A set of blocks of a region: bit i stands for block i."""


@njit(**INSIDE)
def _spread(masks: Array, start: Bits, allowed: Bits) -> Bits:
    """Return the blocks reachable from `start` inside `allowed`, as a bit mask."""
    reached = start
    fresh = start
    while fresh:
        found = np.int64(0)
        for i in range(masks.size):
            if (fresh >> i) & 1:
                found |= masks[i]
        fresh = found & allowed & ~reached
        reached |= fresh
    return reached


@njit(**INSIDE)
def _meets(counts: Array, need: Array, members: Bits) -> bool:
    """Return True if the blocks of a mask meet every minimum."""
    for c in range(need.size):
        total = 0.0
        for i in range(counts.shape[0]):
            if (members >> i) & 1:
                total += counts[i, c]
        if total < need[c]:
            return False
    return True


@njit(**INSIDE)
def _partner(counts: Array, need: Array, masks: Array, members: Bits, everything: Bits) -> Bits:
    """Return a contiguous piece outside `members` that meets the minima, or 0."""
    rest = everything & ~members
    if not _meets(counts, need, rest):
        return np.int64(0)
    while rest:
        piece = _spread(masks, rest & -rest, rest)
        if _meets(counts, need, piece):
            return piece
        rest &= ~piece
    return np.int64(0)


@njit(**INSIDE)
def _neighbourhood(masks: Array, members: Bits) -> Bits:
    """Return the blocks beside a mask (members may be among them)."""
    found = np.int64(0)
    for i in range(masks.size):
        if (members >> i) & 1:
            found |= masks[i]
    return found


@njit(cache=True, nogil=True)
def neighbour_masks(indptr: Array, indices: Array, blocks: Array) -> Array:
    """Return (m,) the neighbours of every block among up to 63 ascending blocks, as bits."""
    masks = np.zeros(blocks.size, np.int64)
    for i in range(blocks.size):
        for e in range(indptr[blocks[i]], indptr[blocks[i] + 1]):
            j = np.searchsorted(blocks, indices[e])
            if j < blocks.size and blocks[j] == indices[e]:
                masks[i] |= np.int64(1) << j
    return masks


@njit(cache=True, nogil=True)
def find_split(counts: Array, need: Array, masks: Array) -> Bits:
    """Return one part of a split of a region into two that both pass, or 0 if there is none.

    Parameters
    ----------
    counts
        (m, k) counts of the blocks of a contiguous region, m ≤ 25.
    need
        (k,) minima.
    masks
        (m,) int64 neighbours of every block as bits.

    Returns
    -------
    int
        Bit mask of one part; it and the rest are contiguous and meet every minimum.
    """
    m = masks.size
    everything = (np.int64(1) << m) - 1
    grown = np.empty(2 * m + 2, np.int64)
    barred = np.empty(2 * m + 2, np.int64)
    for root in range(m):
        # sets whose lowest block is the root: every set is met exactly once
        grown[0] = np.int64(1) << root
        barred[0] = grown[0] - 1
        depth = 1
        while depth:
            depth -= 1
            members, excluded = grown[depth], barred[depth]
            if _meets(counts, need, members):
                partner = _partner(counts, need, masks, members, everything)
                if partner:
                    return partner
                continue
            size = 0
            for i in range(m):
                size += (members >> i) & 1
            open_blocks = _neighbourhood(masks, members) & ~members & ~excluded
            if size >= m // 2 or not open_blocks:
                continue
            chosen = open_blocks & -open_blocks
            grown[depth], barred[depth] = members, excluded | chosen
            grown[depth + 1], barred[depth + 1] = members | chosen, excluded
            depth += 2
    return np.int64(0)
