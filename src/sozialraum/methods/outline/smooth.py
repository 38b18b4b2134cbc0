"""Smooth the inner borders of a coverage, and check the result exactly."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely
from scipy.spatial import KDTree

from sozialraum.methods.outline.follow import Ground, Lines, Run, find_runs, usable_lines
from sozialraum.methods.outline.lay import Laid, lay_runs
from sozialraum.methods.outline.network import Arcs, Network, network_of, shapes_of
from sozialraum.methods.outline.relax import arcs_of, lines_of, places_of, relaxed
from sozialraum.methods.outline.strokes import strokes_of

SPACING = 0.55
"""Cells between the points that are moved: both ends and the middle of a cell's side."""
ROOM = 0.8
"""Share of the distance to the nearest anchor or fixed border by which a point may move."""
FURTHEST = 1.0
"""Cells by which a point may move where no anchor is near."""
ROUNDS = 100
"""Movements of every point; stairs with steps of up to ten cells become straight."""
THINNING = 0.05
"""Cells by which the thinned line may leave the smoothed one."""
REACH = 1.0
"""Cells between a border and a line that it follows."""
LARGE = 6.0
"""Cells of a shape whose border moves freely: a smaller one would lose too much of itself."""
LEAST = 0.4
"""Share of its room that the border of the smallest shape keeps."""
HALF = 0.4
"""Share of its way that a point still moves where a check failed; at the next, none."""
TRIALS = 12
"""Attempts to mend what a check finds, before a whole unit is given back as it was."""
PLACE = re.compile(r"\[(\S+) (\S+)\]")


class _Task(NamedTuple):
    """What stays the same over all attempts."""

    shapes: np.ndarray
    network: Network
    ground: Ground
    lines: Lines | None
    reach: float
    anchors: np.ndarray
    owner: np.ndarray
    homes: KDTree | None
    borders: shapely.STRtree
    unit: np.ndarray
    tight: np.ndarray
    ease: np.ndarray


def smooth_coverage(
    shapes: np.ndarray,
    *,
    step: float,
    units: np.ndarray | None = None,
    anchors: np.ndarray | None = None,
    owner: np.ndarray | None = None,
    lines: np.ndarray | None = None,
    reach: float | None = None,
) -> np.ndarray:
    """Replace the staircase borders of a coverage by lines a person would draw.

    Parameters
    ----------
    shapes
        (n,) polygons made of cells that form a valid coverage
        (:func:`shapely.coverage_is_valid`).
    step
        Side of a cell in metres.
    units
        (n,) unit of every shape: borders between units do not move, nor does the border
        around all. Omitted: all shapes are of one unit.
    anchors
        (a, 2) points such as the centres of inhabited cells.
    owner
        (a,) position of the shape that holds each anchor; the anchor stays in it. An
        anchor that lies outside its shape to begin with is free.
    lines
        (l,) lines such as streets and streams. Where a border runs near one for at least
        two cells it is laid onto it, unless an anchor lies between them.
    reach
        Largest distance in metres between a border and a line it follows; one cell when
        omitted.

    Returns
    -------
    (n,) polygons
        A valid coverage with the same neighbours, holes and parts, every anchor still in
        its shape. Usually with far fewer points. The same for the same set of shapes and
        lines in whatever order. Shapes that are no valid coverage come back as they are.

    Notes
    -----
    Borders are drawn taut inside a tube: points move towards the middle of their
    neighbours (Laplacian smoothing), junctions too, but never further than 0.8 of the
    distance to the nearest anchor or fixed border, nor than one cell, less around shapes
    of less than six cells. Then they are thinned (Douglas & Peucker 1973, tolerance 0.05
    cells). :func:`shapely.coverage_simplify` cannot move junctions and keeps corners of
    stairs. What cannot be mended after several attempts is given back one unit at a time.

    Examples
    --------
    >>> stairs = shapely.Polygon(
    ...     [(0, 0), (100, 0), (100, 100), (200, 100), (200, 200), (300, 200), (300, 300), (0, 300)]
    ... )
    >>> rest = shapely.box(0, 0, 300, 300) - stairs
    >>> upper, lower = smooth_coverage(np.array([stairs, rest]), step=100)
    >>> bool(upper.hausdorff_distance(shapely.Polygon([(0, 0), (300, 300), (0, 300)])) < 71)
    True
    """
    shapes = np.array(shapes, dtype=object)
    if len(shapes) < 2 or not shapely.coverage_is_valid(shapes):
        return shapes
    task = _task(shapes, step, units, anchors, owner, reach or REACH * step)
    task = _with_lines(task, lines)
    runs = find_runs(task.ground, task.lines, task.reach) if task.lines else []
    slack = np.ones(task.network.arcs.number)
    for trial in range(TRIALS + 1 + int(task.unit.max(initial=0))):
        arcs = _drawn(task, runs, slack)
        fresh = shapes_of(task.network, arcs)
        troubled = _troubled(task, fresh, arcs)
        if not troubled.any():
            return fresh
        given_up = trial >= TRIALS
        if given_up:
            troubled = np.isin(task.unit, task.unit[troubled]) & task.ground.free
        runs, slack = _eased(task, runs, slack, troubled, at_once=given_up)
    return shapes


def _task(
    shapes: np.ndarray,
    step: float,
    units: np.ndarray | None,
    anchors: np.ndarray | None,
    owner: np.ndarray | None,
    reach: float,
) -> _Task:
    """Take the coverage apart and smooth it without lines."""
    given = np.zeros(len(shapes), dtype=np.int64) if units is None else np.asarray(units)
    unit = np.unique(given, return_inverse=True)[1]
    network = network_of(shapes, unit)
    of_arc = np.zeros(network.arcs.number, dtype=np.int64)
    of_arc[network.piece] = unit[network.shape[network.part[network.ring]]]
    size = shapely.area(shapes)[network.shape[network.part[network.ring]]] / step**2
    ease = np.ones(network.arcs.number)
    np.minimum.at(ease, network.piece, np.maximum(np.sqrt(size / LARGE), LEAST))
    dots = np.empty((0, 2)) if anchors is None else np.asarray(anchors, dtype=float)
    of_dot = np.empty(0, dtype=np.int64) if owner is None else np.asarray(owner)
    inside = shapely.contains_xy(shapes[of_dot], dots[:, 0], dots[:, 1])
    dots, of_dot = dots[inside], of_dot[inside]
    lines = lines_of(network.arcs)
    free = ~network.fixed
    lines[free] = shapely.segmentize(lines[free], SPACING * step)
    home = arcs_of(lines)
    held = np.zeros(int(network.node.max(initial=-1)) + 1, dtype=bool)
    held[network.node[network.fixed]] = True
    ground = Ground(home, home.points, network.node, free, held, dots, step)
    homes = KDTree(dots) if len(dots) else None
    borders = shapely.STRtree(lines[~free])
    task = _Task(
        shapes, network, ground, None, reach, dots, of_dot, homes, borders, of_arc, held, ease
    )
    laid = Laid(home, home.points, np.zeros(len(home.points), dtype=bool))
    now, tight = _taut(task, laid, np.ones(network.arcs.number))
    return task._replace(ground=ground._replace(now=now), tight=tight)


def _with_lines(task: _Task, lines: np.ndarray | None) -> _Task:
    """Return the task with the lines that may be followed."""
    if lines is None or not len(lines) or not task.ground.free.any():
        return task
    usable = usable_lines(strokes_of(np.asarray(lines, dtype=object)), task.ground, task.reach)
    return task._replace(lines=usable if len(usable.shapes) else None)


def _taut(task: _Task, laid: Laid, slack: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the points of arcs drawn taut, and which of them have hardly any room."""
    step, fixed = task.ground.step, task.network.fixed[laid.home.of_point]
    room = np.minimum(FURTHEST * step, ROOM * _gaps(task, laid.home.points))
    tight = room < 2 * THINNING * step
    room *= (slack * task.ease)[laid.home.of_point]
    room[laid.held | fixed] = 0.0
    place = places_of(laid.home, task.network.node)
    return relaxed(laid.home, place, room, rounds=ROUNDS, begin=laid.begin), tight | fixed


def _gaps(task: _Task, points: np.ndarray) -> np.ndarray:
    """Return the distance of points to the nearest anchor or fixed border, infinite if far."""
    gap = np.full(len(points), np.inf)
    if task.homes is not None:
        gap = task.homes.query(points)[0]
    dots = np.asarray(shapely.points(points), dtype=object)
    near, away = task.borders.query_nearest(
        dots,
        max_distance=FURTHEST * task.ground.step / ROOM,
        return_distance=True,
        all_matches=False,
    )
    gap[near[0]] = np.minimum(gap[near[0]], away)
    return gap


def _drawn(task: _Task, runs: Sequence[Run], slack: np.ndarray) -> Arcs:
    """Return the arcs laid onto lines, drawn taut and thinned out."""
    ground = task.ground
    held = np.zeros(len(ground.now), dtype=bool)
    points, tight, laid = ground.now, task.tight, Laid(ground.home, ground.now, held)
    if task.lines is not None and runs:
        laid = lay_runs(ground, task.lines, runs, task.reach)
    if runs or (slack < 1).any():
        points, tight = _taut(task, laid, slack)
    arcs = Arcs(points, laid.home.start)
    kept = laid.held | tight | _ribs(arcs, task.network.node)
    lines = lines_of(_thinned(arcs, kept, THINNING * ground.step))
    given = slack == 0
    lines[given] = lines_of(task.network.arcs)[given]
    return arcs_of(lines)


def _ribs(arcs: Arcs, node: np.ndarray) -> np.ndarray:
    """Return points that keep a shape from collapsing between two arcs with the same ends."""
    ends = np.sort(node, axis=1)
    _, pair, often = np.unique(ends, axis=0, return_inverse=True, return_counts=True)
    alike = (often[pair.ravel()] > 1) | (ends[:, 0] == ends[:, 1])
    first, size = arcs.start[:-1][alike], np.diff(arcs.start)[alike]
    kept = np.zeros(len(arcs.points), dtype=bool)
    for share in (3, 2):
        kept[first + size // share] = True
        kept[first + size - 1 - size // share] = True
    return kept


def _thinned(arcs: Arcs, kept: np.ndarray, tolerance: float) -> Arcs:
    """Leave out points that a line hardly needs, none of those to be kept."""
    cut = kept.copy()
    cut[arcs.start[:-1]] = cut[arcs.start[1:] - 1] = True
    at = np.flatnonzero(cut)
    of_point = arcs.of_point
    same = of_point[at[1:]] == of_point[at[:-1]]
    first, last = at[:-1][same], at[1:][same]
    length = last - first + 1
    begin = np.cumsum(length) - length
    place = np.arange(length.sum()) - np.repeat(begin, length) + np.repeat(first, length)
    stretch = np.repeat(np.arange(first.size), length)
    lines = shapely.linestrings(arcs.points[place], indices=stretch)
    lines = shapely.simplify(lines, tolerance, preserve_topology=False)
    points, stretch = shapely.get_coordinates(lines, return_index=True)
    end = np.append(stretch[1:] != stretch[:-1], True)
    arc_end = end & (np.append(of_point[first][stretch][1:], -1) != of_point[first][stretch])
    keep = ~end | arc_end
    number = np.bincount(of_point[first][stretch[keep]], minlength=arcs.number)
    return Arcs(points[keep], np.append(0, np.cumsum(number)))


def _troubled(task: _Task, fresh: np.ndarray, arcs: Arcs) -> np.ndarray:
    """Return the arcs at fault for what is wrong with the shapes; none if nothing is."""
    free, step = task.ground.free, task.ground.step
    wrong = ~shapely.is_valid(fresh)
    if wrong.any():
        reasons = [PLACE.search(reason) for reason in shapely.is_valid_reason(fresh[wrong])]
        places = [[float(found[1]), float(found[2])] for found in reasons if found]
        spots = shapely.buffer(shapely.points(np.array(places).reshape(-1, 2)), step)
    else:
        spots = shapely.coverage_invalid_edges(fresh)
        wrong = ~shapely.is_empty(spots)
        spots = spots[wrong]
    x, y = task.anchors.T
    lost = ~shapely.contains_xy(fresh[task.owner], x, y)
    homes = np.asarray(shapely.points(task.anchors[lost]), dtype=object)
    spots = np.concatenate([np.asarray(spots, dtype=object), shapely.buffer(homes, step)])
    wrong[task.owner[lost]] = True
    if not wrong.any():
        return np.zeros(free.size, dtype=bool)
    found = np.zeros(free.size, dtype=bool)
    found[shapely.STRtree(lines_of(arcs)).query(spots, predicate="intersects")[1]] = True
    if not (found & free).any():
        network = task.network
        found[network.piece[wrong[network.shape[network.part[network.ring]]]]] = True
    return found & free


def _eased(
    task: _Task, runs: list[Run], slack: np.ndarray, troubled: np.ndarray, *, at_once: bool
) -> tuple[list[Run], np.ndarray]:
    """Take back the lines of troubled arcs, or else draw the arcs closer to the stairs."""
    node = task.network.node
    at = set(node[troubled].ravel().tolist())
    kept = [run for run in runs if not at & set(node[run.arc].tolist())]
    if len(kept) < len(runs) and not at_once:
        return kept, slack
    slack = slack.copy()
    slack[troubled] = np.where((slack[troubled] < 1) | at_once, 0.0, HALF)
    return kept, slack
