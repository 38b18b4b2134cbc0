"""Other borders: partitions of areas into zones of near-equal size, each one different.

Whether areas stand out may be a matter of where the borders run (the modifiable areal unit
problem). Trying other borders needs no finer data: neighbouring areas are joined two by two,
large ones with small ones, in many different ways. Every such zoning is a random matching on
the graph of neighbours; an area that finds no partner joins a pair.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

ZONINGS = 24
"""Zonings that findings are tried on."""
LARGEST = 3
"""Most areas of a zone."""
EVEN = 1.0
"""How much a zone that is far from the usual size counts against it, beside chance (1)."""
LONELY = 0.5
"""How much each further choice of the areas of a pair counts against it: those go first that
would soon be left alone."""
BATCHES = 5
"""How often as many zonings again are drawn where some are alike."""


class Links(NamedTuple):
    """Who touches whom: two ends each, the zoning they belong to included in the number."""

    left: np.ndarray
    right: np.ndarray


def zonings(
    adjacency: csr_array,
    sizes: npt.ArrayLike,
    units: npt.ArrayLike,
    *,
    number: int = ZONINGS,
    seed: int = 0,
    keys: npt.ArrayLike | None = None,
) -> np.ndarray:
    """Return partitions of areas into zones of about two neighbours, each one different.

    Parameters
    ----------
    adjacency
        Symmetric (n × n); an entry other than 0 makes two areas neighbours.
    sizes
        (n,) people of every area; zones are to be near-equal in their sum.
    units
        (n,) municipality of every area; no zone leaves it.
    number
        Zonings wanted.
    seed
        Of the draws.
    keys
        (n,) ids of the areas, so that the order of the rows does not matter; the rows
        count as ordered when omitted.

    Returns
    -------
    ndarray
        (zonings, n) whole numbers: the zone of every area, numbered by first appearance
        in the order of the ids. There are fewer rows than wanted where so many different
        ones do not exist. Zones are contiguous and hold two areas; three where an area
        would be left over, and one where it has no neighbour in its municipality, or
        where all of them are taken.

    References
    ----------
    Openshaw, *The Modifiable Areal Unit Problem*, 1984. Preis, Linear time
    1/2-approximation algorithm for maximum weighted matching, STACS 1999 (pairs that are
    the best choice of both ends).

    Examples
    --------
    >>> chain = csr_array(np.eye(4, k=1) + np.eye(4, k=-1))
    >>> sorted(zonings(chain, [1, 1, 1, 1], ["a"] * 4).tolist())
    [[0, 0, 0, 1], [0, 0, 1, 1], [0, 1, 1, 1]]
    """
    size, unit = np.asarray(sizes, dtype=float), np.asarray(units)
    n = len(size)
    order = np.arange(n) if keys is None else np.argsort(np.asarray(keys), kind="stable")
    links = _links(csr_array(adjacency[order][:, order]), unit[order])
    usual = _usual(size[order], unit[order])
    rng = np.random.Generator(np.random.Philox(seed))
    found: dict[bytes, np.ndarray] = {}
    for _ in range(BATCHES):
        for labels in _drawn(links, size[order], usual, number, rng):
            found.setdefault(labels.tobytes(), labels)
        if len(found) >= number:
            break
    different = np.array(list(found.values())[:number], dtype=np.int64)
    zones = np.empty_like(different)
    zones[:, order] = different
    return zones


def zone_sums(values: npt.ArrayLike, zones: np.ndarray) -> np.ndarray:
    """Return the sum of every zone.

    Parameters
    ----------
    values
        (n,) counts of the areas.
    zones
        (n,) zone of every area, 0 and up.

    Examples
    --------
    >>> zone_sums([1, 2, 4], np.array([0, 1, 0])).tolist()
    [5.0, 2.0]
    """
    return np.bincount(zones, weights=np.asarray(values, dtype=float))


def zone_adjacency(adjacency: csr_array, zones: np.ndarray) -> csr_array:
    """Return which zones touch: those that hold areas that do.

    Parameters
    ----------
    adjacency
        Symmetric (n × n) of the areas.
    zones
        (n,) zone of every area, 0 and up.

    Returns
    -------
    csr_array
        (zones × zones) of ones; no zone is its own neighbour.

    Examples
    --------
    >>> chain = csr_array(np.eye(4, k=1) + np.eye(4, k=-1))
    >>> zone_adjacency(chain, np.array([0, 0, 1, 1])).toarray().tolist()
    [[0, 1], [1, 0]]
    """
    pairs = adjacency.tocoo()
    row, column = (zones[ends] for ends in pairs.coords)
    apart = (row != column) & (pairs.data != 0)
    count = int(zones.max()) + 1 if len(zones) else 0
    both = np.unique(row[apart].astype(np.int64) * count + column[apart])
    ends = np.divmod(both, max(count, 1))
    return csr_array((np.ones(len(both), dtype=np.int64), ends), shape=(count, count))


def zone_spread(sizes: npt.ArrayLike, zones: np.ndarray) -> float:
    """Return how unequal zones are: the coefficient of variation of their sizes.

    Examples
    --------
    >>> zone_spread([100, 300, 250, 150], np.array([0, 0, 1, 1]))
    0.0
    """
    sums = zone_sums(sizes, zones)
    return float(sums.std() / sums.mean())


def _links(adjacency: csr_array, units: np.ndarray) -> Links:
    """Return the pairs of neighbours in a municipality, in the order of the areas."""
    pairs = adjacency.tocoo()
    row, column = (ends.astype(np.int64) for ends in pairs.coords)
    kept = (row < column) & (units[row] == units[column]) & (pairs.data != 0)
    order = np.lexsort((column[kept], row[kept]))
    return Links(row[kept][order], column[kept][order])


def _usual(sizes: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Return the size that a zone should have: two average areas of its municipality."""
    _, unit = np.unique(units, return_inverse=True)
    mean = np.bincount(unit, weights=sizes) / np.maximum(np.bincount(unit), 1)
    return np.maximum(2 * mean[unit], np.finfo(float).tiny)


def _drawn(
    links: Links, sizes: np.ndarray, usual: np.ndarray, number: int, rng: np.random.Generator
) -> np.ndarray:
    """Return (number, n) zonings: all are drawn at once, side by side as one large graph."""
    n = len(sizes)
    shift = n * np.arange(number)[:, None]
    many = Links((links.left + shift).ravel(), (links.right + shift).ravel())
    sizes, usual = np.tile(sizes, number), np.tile(usual, number)
    zones = _pairs(many, sizes, usual, rng)
    zones = _by_first_member(_left_over(many, zones, sizes, usual, rng)).reshape(number, n)
    return zones - zones.min(axis=1, keepdims=True, initial=len(sizes))


def _by_first_member(zones: np.ndarray) -> np.ndarray:
    """Return zones numbered in the order of their first areas."""
    first = np.full(len(zones), len(zones))
    np.minimum.at(first, zones, np.arange(len(zones)))
    return np.unique(first[zones], return_inverse=True)[1]


def _pairs(
    links: Links, sizes: np.ndarray, usual: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return the first area of the pair of every area; itself where it stays alone."""
    zones = np.arange(len(sizes))
    left, right = links
    uneven = np.abs(sizes[left] + sizes[right] - usual[left]) / usual[left]
    worth = rng.random(len(left)) - EVEN * np.minimum(uneven, 2.0)
    while len(left):
        choices = np.bincount(left, minlength=len(sizes)) + np.bincount(right, minlength=len(sizes))
        fewest = np.minimum(choices[left], choices[right])
        chosen = _best_of_both(left, right, worth - LONELY * fewest, len(sizes))
        zones[right[chosen]] = left[chosen]
        taken = np.zeros(len(sizes), dtype=bool)
        taken[left[chosen]] = taken[right[chosen]] = True
        still = ~(taken[left] | taken[right])
        left, right, worth = left[still], right[still], worth[still]
    return zones


def _left_over(
    links: Links, zones: np.ndarray, sizes: np.ndarray, usual: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return zones after single areas have joined a pair beside them, small pairs first."""
    zones = zones.copy()
    left = np.concatenate([links.left, links.right])
    right = np.concatenate([links.right, links.left])
    chance = rng.random(len(left))
    while True:
        members = np.bincount(zones, minlength=len(zones))
        open_ = (members[zones[left]] == 1) & (members[zones[right]] == LARGEST - 1)
        left, right, chance = left[open_], right[open_], chance[open_]
        if not len(left):
            return zones
        sums = np.bincount(zones, weights=sizes, minlength=len(zones))
        worth = chance - EVEN * sums[zones[right]] / usual[left]
        chosen = _best_of_both(left, zones[right], worth, len(zones))
        zones[left[chosen]] = zones[right[chosen]]


def _best_of_both(left: np.ndarray, right: np.ndarray, worth: np.ndarray, n: int) -> np.ndarray:
    """Return True for links that are the best choice of both of their ends."""
    rank = np.empty(len(worth), dtype=np.int64)
    rank[np.argsort(worth, kind="stable")] = np.arange(len(worth))
    best = np.full(n, -1)
    np.maximum.at(best, left, rank)
    np.maximum.at(best, right, rank)
    return (best[left] == rank) & (best[right] == rank)
