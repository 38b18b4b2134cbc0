"""Arcs with stretches replaced by pieces of lines, and junctions moved onto lines."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely

from sozialraum.methods.outline.follow import Ground, Lines, Run
from sozialraum.methods.outline.network import Arcs

TURN = 5
"""Most points between two stretches of an arc that are joined where their lines cross."""
SAME = 1e-6
"""Metres: points this close are one."""


class Laid(NamedTuple):
    """Arcs to be drawn taut.

    Parameters
    ----------
    home
        Arcs whose points lie where they were given, or on a line.
    begin
        (points, 2) where smoothing starts.
    held
        (points,) bool: lies on a line and does not move.
    """

    home: Arcs
    begin: np.ndarray
    held: np.ndarray


def lay_runs(ground: Ground, lines: Lines, runs: Sequence[Run], reach: float) -> Laid:
    """Lay stretches of arcs onto lines.

    Where two borders that follow different lines meet, the junction moves to the point
    where the lines cross, if that is near; otherwise the shorter one leaves its line
    before the junction.
    """
    runs, moved = _junctions(ground, lines, list(runs), reach)
    of_arc: dict[int, list[Run]] = {}
    for run in runs:
        of_arc.setdefault(run.arc, []).append(run)
    start = ground.home.start
    home = np.split(ground.home.points, start[1:-1])
    begin = np.split(ground.now, start[1:-1])
    held = [np.zeros(len(points), dtype=bool) for points in home]
    for arc in np.flatnonzero(np.isin(ground.node, list(moved)).any(axis=1)).tolist():
        of_arc.setdefault(arc, [])
    for arc, own in of_arc.items():
        given = home[arc], begin[arc], held[arc]
        turned = _corners(ground, lines, sorted(own, key=lambda run: run.first), reach)
        table = _replaced(given, int(start[arc]), turned, lines)
        for end, node in zip((0, -1), ground.node[arc].tolist(), strict=True):
            if node in moved:
                table = _to_junction(table, end, moved[node])
        home[arc], begin[arc], held[arc] = table
    fresh = np.append(0, np.cumsum([len(points) for points in home]))
    return Laid(Arcs(np.concatenate(home), fresh), np.concatenate(begin), np.concatenate(held))


def _junctions(
    ground: Ground, lines: Lines, runs: list[Run], reach: float
) -> tuple[list[Run], dict[int, np.ndarray]]:
    """Return the runs with their ends at junctions settled, and where junctions move to."""
    ends: dict[int, list[tuple[int, int]]] = {}
    for number, run in enumerate(runs):
        for side, at in enumerate((run.first, run.last)):
            if at == (ground.home.start[run.arc], ground.home.start[run.arc + 1] - 1)[side]:
                ends.setdefault(int(ground.node[run.arc, side]), []).append((number, side))
    moved: dict[int, np.ndarray] = {}
    for node, met in ends.items():
        leader = runs[met[0][0]]
        here = lines.piece(leader)[0 if met[0][1] == 0 else -1]
        others = sorted({runs[number].line for number, _ in met} - {leader.line})
        crossing = _crossing(lines, leader.line, others, here, reach) if others else None
        moved[node] = here if crossing is None else crossing
        for number, side in met:
            run = runs[number]
            if crossing is None and run.line != leader.line:
                runs[number] = _cut_back(ground, lines, run, side)
            elif crossing is not None:
                along = float(lines.shapes[run.line].project(shapely.Point(crossing)))
                runs[number] = run._replace(**{("begin", "end")[side]: along})
    return [run for run in runs if run.last > run.first], moved


def _crossing(
    lines: Lines, line: int, others: list[int], here: np.ndarray, reach: float
) -> np.ndarray | None:
    """Return the point near a place where two lines cross, None where there is none."""
    if len(others) != 1:
        return None
    common = shapely.intersection(lines.shapes[line], lines.shapes[others[0]])
    points = shapely.get_coordinates(common)
    gap = np.linalg.norm(points - here, axis=1)
    return points[gap.argmin()] if gap.size and gap.min() <= reach else None


def _corners(ground: Ground, lines: Lines, runs: list[Run], reach: float) -> list[Run]:
    """Return the runs of an arc, led to the crossing where one line is left for the next."""
    runs = runs.copy()
    for number in range(len(runs) - 1):
        one, other = runs[number], runs[number + 1]
        if other.first - one.last > TURN:
            continue
        here = ground.now[(one.last + other.first) // 2]
        place = _crossing(lines, one.line, [other.line], here, reach)
        if place is None:
            continue
        there = shapely.Point(place)
        end = float(lines.shapes[one.line].project(there))
        begin = float(lines.shapes[other.line].project(there))
        # both keep their direction: neither turns back on its line
        if (
            (end - one.begin) * (one.end - one.begin)
            > 0
            < (other.end - begin) * (other.end - other.begin)
        ):
            runs[number] = one._replace(end=end, last=other.first - 1)
            runs[number + 1] = other._replace(begin=begin)
    return runs


def _cut_back(ground: Ground, lines: Lines, run: Run, side: int) -> Run:
    """Return a run that ends one point before its junction."""
    at = run.first + 1 if side == 0 else run.last - 1
    along = float(lines.shapes[run.line].project(shapely.Point(ground.now[at])))
    return run._replace(first=at, begin=along) if side == 0 else run._replace(last=at, end=along)


def _replaced(
    given: tuple[np.ndarray, np.ndarray, np.ndarray], offset: int, runs: list[Run], lines: Lines
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the points of one arc with its runs replaced by pieces of line."""
    parts = []
    cursor, size = 0, len(given[0])
    for run in runs:
        first, last = run.first - offset, run.last - offset
        # one point less on both sides: the border swings onto the line
        stop = max(first - 1, cursor + 1) if first > 0 and cursor == 0 else max(first - 1, cursor)
        if first > 0:
            parts.append(tuple(column[cursor:stop] for column in given))
        piece = lines.piece(run)
        parts.append((piece, piece, np.ones(len(piece), dtype=bool)))
        cursor = last + 1 if last >= size - 2 else last + 2
    parts.append(tuple(column[cursor:] for column in given))
    home, begin, held = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    # where two lines cross the point would come twice
    again = np.append(np.linalg.norm(np.diff(home, axis=0), axis=1) < SAME, False)
    again[0] = False
    return home[~again], begin[~again], held[~again]


def _to_junction(
    table: tuple[np.ndarray, np.ndarray, np.ndarray], end: int, place: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the points of an arc with one end moved; free points passed by are left out."""
    home, begin, held = (column[::-1] if end else column for column in table)
    away = np.linalg.norm(begin - begin[0], axis=1)
    far = (away > np.linalg.norm(place - begin[0])) | held
    far[-1] = True
    rest = max(int(far.argmax()), 1)
    first = place[None]
    fresh = (
        np.concatenate([first, home[rest:]]),
        np.concatenate([first, begin[rest:]]),
        np.concatenate([[True], held[rest:]]),
    )
    home, begin, held = (column[::-1] if end else column for column in fresh)
    return home, begin, held
