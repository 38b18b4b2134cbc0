"""Pieces of lines joined to the long lines that a person sees: streets, streams, railways.

Line layers are cut at every crossing. At a crossing the two pieces that go on most
straightly belong together, as in Thomson & Richardson's good continuation (19th
International Cartographic Conference, 1999).
"""

from typing import NamedTuple

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from sozialraum.methods.outline.network import Arcs
from sozialraum.methods.outline.relax import arcs_of

STRAIGHT = 45.0
"""Degrees: pieces that turn by more at a crossing are not one line."""


class _Ends(NamedTuple):
    """Ends of lines: the line, the crossing, and the direction out of the line."""

    line: np.ndarray
    node: np.ndarray
    way: np.ndarray


def strokes_of(lines: np.ndarray) -> np.ndarray:
    """Join lines that go on straightly where they meet.

    Parameters
    ----------
    lines
        (n,) lines, single or multiple.

    Returns
    -------
    (m,) single lines
        In an order that does not depend on that of `lines`.

    Examples
    --------
    >>> street = [shapely.LineString([(0, 0), (5, 0)]), shapely.LineString([(5, 0), (9, 1)])]
    >>> lane = shapely.LineString([(5, 0), (5, 4)])
    >>> [stroke.wkt for stroke in strokes_of(np.array([*street, lane]))]
    ['LINESTRING (0 0, 5 0, 9 1)', 'LINESTRING (5 0, 5 4)']
    """
    pieces = _pieces(lines)
    if not pieces.size:
        return pieces
    ends = _ends_of(arcs_of(pieces))
    one, other = _continued(ends)
    links = coo_array((np.ones(one.size), (ends.line[one], ends.line[other])), (pieces.size,) * 2)
    _, stroke = connected_components(links, directed=False)
    order = np.argsort(stroke, kind="stable")
    whole = shapely.multilinestrings(pieces[order], indices=stroke[order])
    return _pieces(shapely.line_merge(np.asarray(whole)))


def _pieces(lines: np.ndarray) -> np.ndarray:
    """Return single lines without doubles, each from its smaller end, in a fixed order."""
    flat = shapely.get_parts(shapely.get_parts(shapely.force_2d(lines)))
    flat = flat[(shapely.get_type_id(flat) == 1) & (shapely.length(flat) > 0)]
    _, chosen = np.unique(shapely.to_wkb(shapely.normalize(flat)), return_index=True)
    flat = shapely.normalize(flat[chosen])
    first = shapely.get_coordinates(shapely.get_point(flat, 0))
    last = shapely.get_coordinates(shapely.get_point(flat, -1))
    keys = (shapely.length(flat), *last.T[::-1], *first.T[::-1])
    return flat[np.lexsort(keys)]


def _ends_of(lines: Arcs) -> _Ends:
    """Return both ends of every line."""
    first, last = lines.start[:-1], lines.start[1:] - 1
    at = np.concatenate([first, last])
    inward = np.concatenate([first + 1, last - 1])
    way = lines.points[at] - lines.points[inward]
    way /= np.maximum(np.linalg.norm(way, axis=1), 1e-12)[:, None]
    _, node = np.unique(lines.points[at], axis=0, return_inverse=True)
    return _Ends(np.tile(np.arange(lines.number), 2), node.ravel(), way)


def _continued(ends: _Ends) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs of ends that continue each other, the straightest first."""
    order = np.argsort(ends.node, kind="stable")
    size = np.bincount(ends.node)
    begin = np.cumsum(size) - size
    mates = size[ends.node[order]]
    one = np.repeat(order, mates)
    step = np.arange(one.size) - np.repeat(np.cumsum(mates) - mates, mates)
    other = order[np.repeat(begin[ends.node[order]], mates) + step]
    one, other = one[one < other], other[one < other]
    bend = -(ends.way[one] * ends.way[other]).sum(axis=1)
    fine = (bend >= np.cos(np.radians(STRAIGHT))) & (ends.line[one] != ends.line[other])
    one, other, bend = one[fine], other[fine], bend[fine]
    taken, kept = np.zeros(ends.line.size, dtype=bool), []
    for pair in np.lexsort((other, one, -np.round(bend, 9))):
        if not (taken[one[pair]] or taken[other[pair]]):
            taken[[one[pair], other[pair]]] = True
            kept.append(pair)
    return one[kept], other[kept]
