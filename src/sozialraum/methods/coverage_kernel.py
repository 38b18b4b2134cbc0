"""Compiled edge scanline over a regular grid. Imported on use only."""

from typing import Any

import numpy as np
from numba import njit

from sozialraum.methods.kernels import INSIDE

STRIP = 1 << 22
"""Cells that are summed up at once: a country at 100 m fits in memory strip by strip."""
NEAR = 1e-9
"""Shares below this are what rounding leaves where a border runs along a cell's side."""


@njit(**INSIDE)
def _piece(line: Any, xa: float, xb: float, height: float, wide: int) -> None:
    """Add an edge within one row of cells: its height to the cell, and to all on its right."""
    low, high = min(xa, xb), max(xa, xb)
    if high <= 0.0:
        line[0] += height
        return
    if low >= wide:
        return
    first, last = int(max(low, 0.0)), min(int(high), wide - 1)
    if low >= 0.0 and high <= first + 1.0:
        mean = 0.5 * (low + high) - first
        line[first] += height * (1.0 - mean)
        line[first + 1] += height * mean
        return
    steep = height / (high - low)
    if low < 0.0:
        line[0] -= steep * low
    for column in range(first, last + 1):
        left, right = max(low, float(column)), min(high, column + 1.0)
        if right > left:
            part = steep * (right - left)
            mean = 0.5 * (left + right) - column
            line[column] += part * (1.0 - mean)
            line[column + 1] += part * mean


@njit(**INSIDE)
def _edge(strip: Any, x0: float, y0: float, x1: float, y1: float) -> None:
    """Add an edge to a strip of rows; coordinates in cells from the strip's corner."""
    rows, wide = strip.shape[0], strip.shape[1] - 1
    sign = 1.0
    if y0 > y1:
        x0, y0, x1, y1, sign = x1, y1, x0, y0, -1.0
    bottom, top = max(y0, 0.0), min(y1, float(rows))
    if top <= bottom:
        return
    slope = (x1 - x0) / (y1 - y0)
    row, y = int(bottom), bottom
    x = x0 + (bottom - y0) * slope
    while y < top and row < rows:
        upper = min(row + 1.0, top)
        end = x1 if upper == y1 else x0 + (upper - y0) * slope
        _piece(strip[row], x, end, sign * (upper - y), wide)
        x, y = end, upper
        row += 1


@njit(**INSIDE)
def _between(columns: Any, start: int, stop: int, first: int) -> int:
    """Return the first place from `start` on whose column is not below `first`."""
    while start < stop:
        middle = (start + stop) // 2
        if columns[middle] < first:
            start = middle + 1
        else:
            stop = middle
    return start


@njit(**INSIDE)
def _box(coords: Any, start: int, stop: int, columns: int, rows: int) -> Any:
    """Return the cells a shape may touch: first and last column, first and last row."""
    west, south = coords[start, 0], coords[start, 1]
    east, north = west, south
    for at in range(start, stop):
        west, east = min(west, coords[at, 0]), max(east, coords[at, 0])
        south, north = min(south, coords[at, 1]), max(north, coords[at, 1])
    left, right = max(0.0, np.floor(west)), min(float(columns), np.ceil(east))
    low, high = max(0.0, np.floor(south)), min(float(rows), np.ceil(north))
    return int(left), int(max(left, right)), int(low), int(max(low, high))


@njit(cache=True, nogil=True)
def room(coords: Any, ring: Any, shape: Any, row_start: Any, column: Any, size: Any) -> Any:
    """Return for every shape how many cells its box holds.

    `shape` says where the rings of a shape begin in `ring`, `ring` where the points of a ring
    begin in `coords` (in cells). `column` holds the columns of the cells that exist, row by
    row, `row_start` where a row begins; without rows every cell exists. `size` is (columns,
    rows) of the grid.
    """
    found = np.zeros(len(shape) - 1, np.int64)
    for one in range(len(shape) - 1):
        start, stop = ring[shape[one]], ring[shape[one + 1]]
        if start == stop:
            continue
        left, right, low, high = _box(coords, start, stop, size[0], size[1])
        if len(row_start) == 0:
            found[one] = (right - left) * (high - low)
            continue
        for row in range(low, high):
            first = _between(column, row_start[row], row_start[row + 1], left)
            found[one] += _between(column, first, row_start[row + 1], right) - first
    return found


@njit(cache=True, nogil=True)
def covered(
    coords: Any, ring: Any, shape: Any, row_start: Any, column: Any, size: Any, most: int
) -> Any:
    """Return, shape after shape, the cells and their covered shares, and how many of each.

    Arguments as for :func:`room`; `most` is the sum of what that returned. Outer rings run
    counter-clockwise and holes clockwise. Cells are places in `column`, or positions in the
    grid where every cell exists.
    """
    cell, share = np.empty(most, np.int64), np.empty(most)
    number = np.zeros(len(shape) - 1, np.int64)
    filled = 0
    for one in range(len(shape) - 1):
        start, stop = ring[shape[one]], ring[shape[one + 1]]
        if start == stop:
            continue
        left, right, low, high = _box(coords, start, stop, size[0], size[1])
        if right == left:
            continue
        deep = max(1, STRIP // (right - left + 1))
        before = filled
        for bottom in range(low, high, deep):
            strip = np.zeros((min(deep, high - bottom), right - left + 1))
            for part in range(shape[one], shape[one + 1]):
                for at in range(ring[part], ring[part + 1] - 1):
                    y0, y1 = coords[at, 1] - bottom, coords[at + 1, 1] - bottom
                    if y0 != y1:
                        x0, x1 = coords[at, 0] - left, coords[at + 1, 0] - left
                        _edge(strip, x0, y0, x1, y1)
            corner = (left, bottom, size[0])
            filled = _gathered(strip, corner, row_start, column, cell, share, filled)
        number[one] = filled - before
    return cell[:filled], share[:filled], number


@njit(**INSIDE)
def _gathered(
    strip: Any, corner: Any, row_start: Any, column: Any, cell: Any, share: Any, filled: int
) -> int:
    """Sum up the rows of a strip and keep the cells that exist and are covered.

    `corner`: first column and row of the strip, and the columns of the grid.
    """
    left, bottom, columns = corner
    wide = strip.shape[1] - 1
    for row in range(strip.shape[0]):
        line, whole = strip[row], 0.0
        at, end = 0, 0
        if len(row_start):
            end = row_start[bottom + row + 1]
            at = _between(column, row_start[bottom + row], end, left)
        for here in range(wide):
            # going up on the right side of a shape takes back what its left side gave
            whole -= line[here]
            if len(row_start):
                if at == end:
                    break
                if column[at] != left + here:
                    continue
                place = at
                at += 1
            else:
                place = (bottom + row) * columns + left + here
            if whole > NEAR:
                cell[filled] = place
                share[filled] = min(whole, 1.0)
                filled += 1
    return filled
