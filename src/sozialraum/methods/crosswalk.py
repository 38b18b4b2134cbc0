"""From areas before a reform to areas after it: who lived where, and how much is estimated.

Counts of an old area that lies in one new area are carried over as they are. Counts of an
area that was split are apportioned by population; those are estimates, and how much of a
new area rests on them is told. Population-weighted apportionment as in Goodchild, M. F. and
Lam, N. S.-N. (1980): Areal interpolation: a variant of the traditional spatial problem.
Geo-Processing 1, 297-312; weights by blocks instead of land.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from scipy.sparse import csr_array

NONE = -1
"""Area of a block that lies in none."""


@dataclass(frozen=True, slots=True, eq=False)
class Crosswalk:
    """Where the population of old areas is in new ones.

    Parameters
    ----------
    old, new
        (pieces,) old and new area of every piece, ordered by old area, then new one.
    weight
        (pieces,) population of the piece.
    share
        (pieces,) share of the old area's population that lives in the piece.
    shape
        Number of old and of new areas.
    gap
        (new,) True where people of a new area lived in no old one: nothing is known of them.
    """

    old: np.ndarray
    new: np.ndarray
    weight: np.ndarray
    share: np.ndarray
    shape: tuple[int, int]
    gap: np.ndarray

    @property
    def split(self) -> np.ndarray:
        """(old,) True where the people of an old area live in several new ones, or in none."""
        one = np.zeros(self.shape[0], dtype=bool)
        one[self.old[self.share == 1.0]] = True
        return ~one

    def matrix(self) -> "csr_array":
        """Return the shares as a sparse matrix, (old, new), a row for every old area."""
        from scipy.sparse import csr_array

        return csr_array((self.share, (self.old, self.new)), shape=self.shape)


def crosswalk(
    weights: ArrayLike, old: ArrayLike, new: ArrayLike, shape: tuple[int, int] | None = None
) -> Crosswalk:
    """Return where the population of old areas is in new ones.

    Parameters
    ----------
    weights
        (blocks,) population, not negative.
    old, new
        (blocks,) area of every block before and after, from 0; -1 where it lies in none.
    shape
        Numbers of old and new areas; the largest that occur when omitted.

    Returns
    -------
    Crosswalk
        Blocks without population split nothing. An old area without any is shared out by
        numbers of blocks. Shares of an old area add up to 1 unless some of its people live
        in no new area.

    Examples
    --------
    >>> found = crosswalk([10, 30, 5, 0], [0, 0, 1, 1], [0, 1, 1, 0])
    >>> found.matrix().toarray()
    array([[0.25, 0.75],
           [0.  , 1.  ]])
    """
    people, before, after = np.asarray(weights, float), np.asarray(old), np.asarray(new)
    sizes = shape or (int(before.max(initial=NONE)) + 1, int(after.max(initial=NONE)) + 1)
    gap = np.zeros(sizes[1], dtype=bool)
    gap[after[(before == NONE) & (after != NONE) & (people > 0)]] = True
    inside = before != NONE
    before, after, people = before[inside], after[inside], people[inside]
    empty = np.bincount(before, people, sizes[0]) == 0
    part = np.where(empty[before], 1.0, people)
    total = np.bincount(before, part, sizes[0])
    # blocks in no new area count in the total, but have no piece to go to
    placed = (after != NONE) & (part > 0)
    cell = before[placed].astype(np.int64) * sizes[1] + after[placed]
    found, position = np.unique(cell, return_inverse=True)
    first, second = np.divmod(found, max(sizes[1], 1))
    share = np.bincount(position, part[placed], len(found)) / total[first]
    weight = np.bincount(position, people[placed], len(found))
    return Crosswalk(first, second, weight, share, sizes, gap)


def backcast(
    values: ArrayLike, walk: Crosswalk, *, whole: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return counts of old areas for new ones, and how much of each is estimated.

    Parameters
    ----------
    values
        (old,) counts; NaN where missing.
    walk
        Crosswalk.
    whole
        Share out whole numbers by largest remainders, so that every piece is one.

    Returns
    -------
    counts : ndarray
        (new,) counts; NaN as soon as a part is missing, or people lived in no old area.
        They add up to the old ones where nothing is missing.
    share_estimated : ndarray
        (new,) share of the population whose count came from an area that was split; 0 means
        that the count is exact; NaN where the count is missing.

    Examples
    --------
    >>> walk = crosswalk([10, 30, 20, 40], [0, 0, 1, 2], [0, 1, 1, 2])
    >>> counts, estimated = backcast([8, 5, np.nan], walk)
    >>> counts, estimated
    (array([ 2., 11., nan]), array([1. , 0.6, nan]))
    """
    counts = np.asarray(values, float)
    pieces = largest_remainders(counts, walk) if whole else counts[walk.old] * walk.share
    size = walk.shape[1]
    total = np.bincount(walk.new, np.nan_to_num(pieces), size)
    known = np.bincount(walk.new, minlength=size) > 0
    lost = np.bincount(walk.new, np.isnan(pieces), size) > 0
    there = known & ~lost & ~walk.gap
    return np.where(there, total, np.nan), np.where(there, _estimated(walk), np.nan)


def _estimated(walk: Crosswalk) -> np.ndarray:
    """Return the share of every new area's population that comes from split old areas."""
    size, split = walk.shape[1], walk.split[walk.old]
    people = np.bincount(walk.new, walk.weight, size)
    pieces = np.bincount(walk.new, minlength=size)
    by_people = np.bincount(walk.new, walk.weight * split, size) / np.where(people > 0, people, 1)
    by_pieces = np.bincount(walk.new, split, size) / np.maximum(pieces, 1)
    return np.where(people > 0, by_people, by_pieces)


def largest_remainders(values: ArrayLike, walk: Crosswalk) -> np.ndarray:
    """Return whole counts of pieces that add up to the whole count of every old area.

    Pieces get their share rounded down; what is left goes one each to the largest
    remainders, then the larger shares, then the earlier new areas.

    Parameters
    ----------
    values
        (old,) whole counts; NaN where missing.
    walk
        Crosswalk.

    Returns
    -------
    ndarray
        (pieces,) counts, NaN where that of the old area is. Where some people of an old
        area live in no new one, the pieces add up to the rounded rest.

    Examples
    --------
    >>> walk = crosswalk([1, 1, 1], [0, 0, 0], [0, 1, 2])
    >>> largest_remainders([5], walk)
    array([2., 2., 1.])
    """
    counts = np.asarray(values, float)
    exact = np.nan_to_num(counts)[walk.old] * walk.share
    near = np.round(exact)
    down = np.where(np.abs(exact - near) < 1e-9, near, np.floor(exact))
    old = walk.shape[0]
    wanted = np.round(np.bincount(walk.old, exact, old)) - np.bincount(walk.old, down, old)
    order = np.lexsort((walk.new, -walk.share, down - exact, walk.old))
    starts = np.searchsorted(walk.old[order], np.arange(old))
    rank = np.empty(len(order))
    rank[order] = np.arange(len(order)) - starts[walk.old[order]]
    pieces = down + (rank < wanted[walk.old])
    return np.where(np.isnan(counts[walk.old]), np.nan, pieces)


def common_coarsening(*partitions: ArrayLike) -> np.ndarray:
    """Return the finest areas that are unions of areas in every partition.

    Parameters
    ----------
    *partitions
        (blocks,) area of every block in each partition, from 0; -1 where it lies in none.

    Returns
    -------
    ndarray
        (blocks,) common area, numbered in the order of the first block; -1 for blocks of
        unions that reach beyond one of the partitions.

    Examples
    --------
    >>> common_coarsening([0, 0, 1, 1, 2], [0, 0, 1, 2, 2])
    array([0, 0, 1, 1, 1])
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    areas = np.array([np.asarray(one) for one in partitions], dtype=np.int64)
    blocks = areas.shape[1]
    sizes = areas.max(axis=1, initial=NONE) + 1
    starts = blocks + np.concatenate([[0], np.cumsum(sizes)[:-1]])
    inside = areas != NONE
    rows = np.broadcast_to(np.arange(blocks), areas.shape)[inside]
    columns = (areas + starts[:, None])[inside]
    nodes = blocks + int(sizes.sum())
    graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(nodes, nodes))
    group = connected_components(graph, directed=False)[1][:blocks]
    torn = np.unique(group[~inside.all(axis=0)])
    group = np.where(np.isin(group, torn), NONE, group)
    kept = group[group != NONE]
    _, first, position = np.unique(kept, return_index=True, return_inverse=True)
    number = np.argsort(np.argsort(first))
    result = np.full(blocks, NONE)
    result[group != NONE] = number[position]
    return result
