"""Borders that follow streets and streams: stretches of arcs laid onto given lines.

A stretch of an arc runs along a line where it is near the line for at least two cells
and makes headway on it. It is laid onto the line unless somebody's home, or another
border, lies between the two; around such a point the arc keeps its own way.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import shapely

from sozialraum.methods.outline.network import Arcs
from sozialraum.methods.outline.relax import lines_of

SHORTEST = 2.0
"""A stretch must be this many cells long, on the arc and on the line."""
HEADWAY = 0.65
"""Share of its length that a stretch must get on along the line; and the line, along it."""
CLEAR = 1.0
"""Cells on both sides of a point in the way for which the arc keeps its own way."""
APART = 0.25
"""Cells between a line and the border of a unit: closer lines are not followed there."""


class Run(NamedTuple):
    """Points `first` to `last` of all arcs' points are laid on a line from one place to another."""

    arc: int
    first: int
    last: int
    line: int
    begin: float
    end: float


class Lines(NamedTuple):
    """Lines to follow, their points and the length along the line up to every point."""

    shapes: np.ndarray
    points: list[np.ndarray]
    along: list[np.ndarray]

    def piece(self, run: Run) -> np.ndarray:
        """Return the points of the line between the two places of a run."""
        low, high = sorted((run.begin, run.end))
        points, along = self.points[run.line], self.along[run.line]
        ends = np.column_stack([np.interp([low, high], along, axis) for axis in points.T])
        between = points[(along > low + 1e-6) & (along < high - 1e-6)]
        piece = np.concatenate([ends[:1], between, ends[1:]])
        return piece if run.begin <= run.end else piece[::-1]


class Ground(NamedTuple):
    """What runs are looked for in.

    Parameters
    ----------
    home
        Arcs as they were given, with points close to each other.
    now
        (points, 2) the smoothed place of every point.
    node
        (arcs, 2) junctions of the arcs.
    free
        (arcs,) bool: arcs that may move.
    held
        (junctions,) bool: junctions that may not move.
    anchors
        (a, 2) points that must stay on their side.
    step
        Side of a cell in metres.
    """

    home: Arcs
    now: np.ndarray
    node: np.ndarray
    free: np.ndarray
    held: np.ndarray
    anchors: np.ndarray
    step: float


def usable_lines(strokes: np.ndarray, ground: Ground, reach: float) -> Lines:
    """Return the parts of lines near arcs that may move, away from those that may not."""
    lines = lines_of(Arcs(ground.now, ground.home.start))
    tree = shapely.STRtree(lines[ground.free])
    strokes = strokes[shapely.length(strokes) >= SHORTEST * ground.step]
    near = np.unique(tree.query(strokes, predicate="dwithin", distance=reach)[0])
    left = _off_border(strokes[near], lines[~ground.free], APART * ground.step)
    left = left[(shapely.length(left) >= SHORTEST * ground.step) & shapely.is_simple(left)]
    points = [shapely.get_coordinates(line) for line in left]
    along = [
        np.append(0.0, np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))) for line in points
    ]
    return Lines(left, points, along)


def _off_border(strokes: np.ndarray, border: np.ndarray, distance: float) -> np.ndarray:
    """Return what is left of lines away from a border."""
    margin = shapely.buffer(shapely.union_all(border), distance, quad_segs=2)
    shapely.prepare(margin)
    touched = shapely.intersects(margin, strokes)
    left = shapely.difference(strokes[touched], margin)
    return np.concatenate([strokes[~touched], shapely.get_parts(left)])


def find_runs(ground: Ground, lines: Lines, reach: float) -> list[Run]:
    """Return the stretches to be laid onto lines; no two share a point or a piece of line.

    Parameters
    ----------
    ground, lines
        Where and onto what.
    reach
        Largest distance of an arc and the line it is laid on, in metres.

    Returns
    -------
    list of Run
        The longest first.
    """
    found = _cleared(list(_near(ground, lines, reach)), ground, lines)
    found.sort(key=lambda run: (-round(abs(run.end - run.begin), 3), *run))
    used = np.zeros(len(ground.now), dtype=bool)
    claims: dict[int, list[tuple[float, float]]] = {}
    kept: list[Run] = []
    for run in found:
        low, high = sorted((run.begin, run.end))
        shared = [min(high, b) - max(low, a) for a, b in claims.get(run.line, [])]
        inner = np.s_[run.first + 1 : run.last]
        if used[inner].any() or max(shared, default=0.0) > 1e-6:
            continue
        used[run.first : run.last + 1] = True
        claims.setdefault(run.line, []).append((low, high))
        kept.append(run)
    return kept


def _near(ground: Ground, lines: Lines, reach: float) -> Iterator[Run]:
    """Yield the stretches of free arcs that run along a line."""
    of_point = ground.home.of_point
    some = np.flatnonzero(ground.free[of_point])
    dots = np.asarray(shapely.points(ground.now[some]), dtype=object)
    at, line = shapely.STRtree(lines.shapes).query(dots, predicate="dwithin", distance=reach)
    along = shapely.line_locate_point(lines.shapes[line], dots[at])
    place = some[at]
    order = np.lexsort((place, line))
    place, line, along = place[order], line[order], along[order]
    new = np.ones(place.size, dtype=bool)
    new[1:] = (
        (np.diff(place) != 1)
        | (np.diff(line) != 0)
        | (np.diff(of_point[place]) != 0)
        | (abs(np.diff(along)) > 2 * ground.step)
    )
    bounds = np.append(np.flatnonzero(new), place.size)
    headway = abs(along[bounds[1:] - 1] - along[bounds[:-1]])
    hopeful = headway >= (SHORTEST - 1) * ground.step
    for low, high in zip(bounds[:-1][hopeful], bounds[1:][hopeful], strict=True):
        run = _run(ground, place[low:high], int(line[low]), along[low:high])
        if run is not None:
            yield run


def _run(ground: Ground, place: np.ndarray, line: int, along: np.ndarray) -> Run | None:
    """Return a stretch as a run if it is long enough and gets on along the line."""
    arc = int(np.searchsorted(ground.home.start, place[0], side="right")) - 1
    first, last = int(place[0]), int(place[-1])
    # a junction on a fixed border stays where it is; the line is left shortly before
    if first == ground.home.start[arc] and ground.held[ground.node[arc, 0]]:
        first += 1
    if last == ground.home.start[arc + 1] - 1 and ground.held[ground.node[arc, 1]]:
        last -= 1
    if last - first < 2:
        return None
    begin, end = along[first - place[0]], along[last - place[0]]
    walked = np.linalg.norm(np.diff(ground.now[first : last + 1], axis=0), axis=1).sum()
    shortest = SHORTEST * ground.step
    if abs(end - begin) < max(shortest, HEADWAY * walked) or walked < shortest:
        return None
    return Run(arc, first, last, line, float(begin), float(end))


def _cleared(runs: list[Run], ground: Ground, lines: Lines, rounds: int = 4) -> list[Run]:
    """Shorten runs until no anchor and no other border lies between arc and line."""
    fine: list[Run] = []
    borders = _tree(ground.now)
    homes = _tree(ground.anchors)
    for _ in range(rounds):
        if not runs:
            break
        pieces = [lines.piece(run) for run in runs]
        swept = _swept(ground.home.points, runs, pieces)
        moved = _swept(ground.now, runs, pieces)
        in_way: dict[int, list[np.ndarray]] = {}
        for which, dot in homes.query(swept, predicate="contains").T:
            in_way.setdefault(int(which), []).append(ground.anchors[dot])
        for which, dot in borders.query(moved, predicate="contains").T:
            if not _belongs(ground, runs[which], int(dot)):
                in_way.setdefault(int(which), []).append(ground.now[dot])
        fine += [run for number, run in enumerate(runs) if number not in in_way]
        runs = [
            shorter
            for number, dots in in_way.items()
            for shorter in _shortened(ground, lines, runs[number], np.array(dots))
        ]
    return fine


def _tree(points: np.ndarray) -> shapely.STRtree:
    return shapely.STRtree(np.asarray(shapely.points(points), dtype=object))


def _swept(points: np.ndarray, runs: list[Run], pieces: list[np.ndarray]) -> np.ndarray:
    """Return the ground between every stretch of an arc and its piece of line."""
    rings = [
        np.concatenate([points[run.first : run.last + 1], piece[::-1]])
        for run, piece in zip(runs, pieces, strict=True)
    ]
    which = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
    ground = np.asarray(shapely.polygons(shapely.linearrings(np.concatenate(rings), indices=which)))
    crossed = ~shapely.is_valid(ground)
    ground[crossed] = shapely.make_valid(ground[crossed])
    return ground


def _belongs(ground: Ground, run: Run, dot: int) -> bool:
    """Return whether a point is part of the arc, or of an arc that starts where it ends."""
    arc = int(np.searchsorted(ground.home.start, dot, side="right")) - 1
    if arc == run.arc:
        return True
    ends = ground.home.start[run.arc], ground.home.start[run.arc + 1] - 1
    nodes = [
        node
        for node, end, at in zip(ground.node[run.arc], ends, (run.first, run.last), strict=True)
        if at == end
    ]
    near = dot - ground.home.start[arc], ground.home.start[arc + 1] - 1 - dot
    return any(
        node in nodes and away <= 2 for node, away in zip(ground.node[arc], near, strict=True)
    )


def _shortened(ground: Ground, lines: Lines, run: Run, dots: np.ndarray) -> Iterator[Run]:
    """Yield what is left of a run where points are in its way."""
    place = np.arange(run.first, run.last + 1)
    gap = np.linalg.norm(ground.home.points[place][:, None] - dots, axis=2).min(axis=1)
    open_ = gap > CLEAR * ground.step
    if open_.all():
        return
    along = shapely.line_locate_point(
        lines.shapes[run.line], shapely.points(ground.now[place[open_]])
    )
    bounds = np.flatnonzero(np.diff(place[open_]) != 1) + 1
    for part, at in zip(np.split(place[open_], bounds), np.split(along, bounds), strict=True):
        shorter = _run(ground, part, run.line, at) if part.size else None
        if shorter is not None:
            yield shorter
