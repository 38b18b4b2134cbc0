"""Whether a finding holds when the borders run elsewhere; from published values only.

Published areas are joined to zones in many different ways (:mod:`sozialraum.methods.zonings`),
their counts added up, and the same tests made again. What comes out could be computed by every
reader of the release.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from sozialraum.methods.zonings import ZONINGS, zone_adjacency, zone_sums
from sozialraum.methods.zonings import zonings as draw_zonings

type Find[T] = Callable[[np.ndarray, np.ndarray, csr_array], T]
"""Takes numerators, denominators and neighbours of zones and makes the test again."""


class Zoning(NamedTuple):
    """One other way to draw the borders: what is known of its zones, and the zone of areas."""

    numerators: np.ndarray
    denominators: np.ndarray
    adjacency: csr_array
    zones: np.ndarray


def kept_shares(
    numerators: npt.ArrayLike,
    denominators: npt.ArrayLike,
    adjacency: csr_array,
    units: npt.ArrayLike,
    found: npt.ArrayLike,
    *,
    find: Find[npt.ArrayLike],
    zonings: int = ZONINGS,
    seed: int = 0,
) -> np.ndarray:
    """Return the share of other zonings in which every finding is made again.

    Parameters
    ----------
    numerators, denominators
        (n,) or (n, m) published counts, a column an indicator; NaN where none is published.
        Rows stand in the order of the area ids: draws are tied to it.
    adjacency
        Symmetric (n × n) neighbours of the areas.
    units
        (n,) municipality of every area; no zone leaves it.
    found
        Like `numerators`: the finding of every area, such as ``"high"`` or ``"low"``;
        ``""``, False or 0 where there is none.
    find
        The test: takes (zones,) numerators and denominators and the (zones × zones)
        neighbours, and returns (zones,) findings of the kind of `found`, down to the
        weakest grade. Called once a zoning and indicator.
    zonings, seed
        Number of other zonings, and where the random numbers begin.

    Returns
    -------
    ndarray
        Like `numerators`, between 0 and 1: a finding is kept by a zoning if the zone that
        holds the area is found in the same direction, at least as a hint. NaN without a
        finding, and for areas that no zoning joins to another: nothing was tried there.

    Notes
    -----
    A zone holds about two areas, so that a single small area that stands out among usual
    ones loses its flag more often than a group does. That is the point: what depends on
    where exactly the border runs should not be said of an area without saying so.

    Examples
    --------
    >>> chain = csr_array(np.eye(4, k=1) + np.eye(4, k=-1))
    >>> high = lambda count, base, touching: np.where(count / base > 0.2, "high", "")
    >>> first = high(np.array([30, 29, 30, 2]), 100, chain)
    >>> kept_shares([30, 29, 30, 2], [100] * 4, chain, ["a"] * 4, first, find=high)
    array([1.        , 1.        , 0.66666667,        nan])
    """
    above, below = (np.asarray(counts, dtype=float) for counts in (numerators, denominators))
    labels = np.asarray(found)
    options = {"find": find, "zonings": zonings, "seed": seed}
    if above.ndim == 2:
        columns = zip(above.T, below.T, labels.T, strict=True)
        shares = [kept_shares(a, b, adjacency, units, f, **options) for a, b, f in columns]
        return np.stack(shares, axis=1) if shares else np.empty(above.shape)
    flagged = np.array([bool(label) for label in labels.tolist()], dtype=bool)
    tried, kept = np.zeros(len(above)), np.zeros(len(above))
    for at, other in _others(above, below, adjacency, units, zonings=zonings, seed=seed):
        again = np.asarray(find(other.numerators, other.denominators, other.adjacency))
        joined = np.bincount(other.zones)[other.zones] > 1
        tried[at] += joined
        kept[at] += joined & (again[other.zones] == labels[at])
    share = np.divide(kept, tried, out=np.full(len(above), np.nan), where=tried > 0)
    return np.where(flagged, share, np.nan)


def statistic_range(
    numerators: npt.ArrayLike,
    denominators: npt.ArrayLike,
    adjacency: csr_array,
    units: npt.ArrayLike,
    statistic: Find[float],
    *,
    zonings: int = ZONINGS,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the lowest and highest value of a statistic, such as Moran's I, over zonings.

    Parameters
    ----------
    numerators, denominators, adjacency, units, zonings, seed
        See :func:`kept_shares`; counts of one indicator.
    statistic
        Takes (zones,) numerators and denominators and the neighbours of the zones and
        returns one number.

    Returns
    -------
    tuple of float
        NaN where nothing is published, or nothing could be computed.

    Examples
    --------
    >>> chain = csr_array(np.eye(4, k=1) + np.eye(4, k=-1))
    >>> largest = lambda count, base, touching: float((count / base).max())
    >>> statistic_range([4, 2, 0, 2], [10] * 4, chain, ["a"] * 4, largest)
    (0.2, 0.4)
    """
    above, below = (np.asarray(counts, dtype=float) for counts in (numerators, denominators))
    others = _others(above, below, adjacency, units, zonings=zonings, seed=seed)
    values = np.array([statistic(*other[:3]) for _, other in others], dtype=float)
    known = values[~np.isnan(values)]
    return (float(known.min()), float(known.max())) if len(known) else (np.nan, np.nan)


def _others(
    above: np.ndarray,
    below: np.ndarray,
    adjacency: csr_array,
    units: npt.ArrayLike,
    *,
    zonings: int,
    seed: int,
) -> Iterator[tuple[np.ndarray, Zoning]]:
    """Yield positions of the published areas, and every other zoning of them."""
    at = np.flatnonzero(~np.isnan(above) & (below > 0))
    if not len(at):
        return
    touching = csr_array(adjacency[at][:, at])
    drawn = draw_zonings(touching, below[at], np.asarray(units)[at], number=zonings, seed=seed)
    for zones in drawn:
        sums = zone_sums(above[at], zones), zone_sums(below[at], zones)
        yield at, Zoning(*sums, zone_adjacency(touching, zones), zones)
