"""Borders drawn taut: a staircase of cells becomes the line that runs through its middle."""

import numpy as np
import shapely
from scipy.sparse import coo_array, csr_array

from sozialraum.methods.outline.network import Arcs


def lines_of(arcs: Arcs) -> np.ndarray:
    """Return arcs as lines."""
    return np.asarray(shapely.linestrings(arcs.points, indices=arcs.of_point))


def arcs_of(lines: np.ndarray) -> Arcs:
    """Return lines as arcs."""
    points = shapely.get_coordinates(lines)
    return Arcs(points, np.append(0, np.cumsum(shapely.get_num_coordinates(lines))))


def places_of(arcs: Arcs, node: np.ndarray) -> np.ndarray:
    """Return the (points,) number of the place of every point; arcs that meet share one."""
    number = int(node.max(initial=-1)) + 1
    place = np.empty(len(arcs.points), dtype=np.int64)
    inner = np.ones(place.size, dtype=bool)
    inner[arcs.start[:-1]] = inner[arcs.start[1:] - 1] = False
    place[inner] = number + np.arange(int(inner.sum()))
    place[arcs.start[:-1]], place[arcs.start[1:] - 1] = node[:, 0], node[:, 1]
    return place


def relaxed(
    arcs: Arcs, place: np.ndarray, radius: np.ndarray, *, rounds: int, begin: np.ndarray
) -> np.ndarray:
    """Pull borders taut: every point moves towards the middle of its neighbours.

    Parameters
    ----------
    arcs
        Borders with points close to each other.
    place
        (points,) from :func:`places_of`.
    radius
        (points,) how far a point may move from where it lies, in metres; 0 holds it.
        Where arcs meet, the smallest radius counts.
    rounds
        How often all points move. A staircase of long steps needs more.
    begin
        (points, 2) where the movement starts.

    Returns
    -------
    (points, 2)
        No point is further than its radius from where it was in `arcs`.
    """
    number = int(place.max(initial=-1)) + 1
    home, now, reach = np.zeros((number, 2)), np.zeros((number, 2)), np.full(number, np.inf)
    home[place], now[place] = arcs.points, begin
    np.minimum.at(reach, place, radius)
    mean = _means(arcs, place, number)
    now[reach <= 0] = home[reach <= 0]
    moving = np.flatnonzero(reach > 0)
    mean, home_of, reach = csr_array(mean[moving]), home[moving], reach[moving]
    for _ in range(rounds):
        step = 0.5 * (now[moving] + mean @ now) - home_of
        far = np.maximum(np.linalg.norm(step, axis=1) / reach, 1.0)
        now[moving] = home_of + step / far[:, None]
    return now[place]


def _means(arcs: Arcs, place: np.ndarray, number: int) -> csr_array:
    """Return the matrix that takes every place to the middle of its neighbours."""
    same = np.ones(len(arcs.points) - 1, dtype=bool)
    same[arcs.start[1:-1] - 1] = False
    one, other = place[:-1][same], place[1:][same]
    ends = (np.concatenate([one, other]), np.concatenate([other, one]))
    table = csr_array(coo_array((np.ones(ends[0].size), ends), shape=(number, number)))
    weight = np.asarray(table.sum(axis=1)).ravel()
    table.data /= np.repeat(weight, np.diff(table.indptr))
    return table
