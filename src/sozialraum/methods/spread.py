"""Compiled breadth-first search on a raster. Imported on use only."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _step(right: np.ndarray, down: np.ndarray, row: int, column: int, way: int) -> tuple[int, int]:
    """Return the next cell up, left, right or down, or the same one if the way is closed."""
    if way == 0 and row > 0 and down[row - 1, column]:
        return row - 1, column
    if way == 1 and column > 0 and right[row, column - 1]:
        return row, column - 1
    if way == 2 and column < right.shape[1] and right[row, column]:
        return row, column + 1
    if way == 3 and row < down.shape[0] and down[row, column]:
        return row + 1, column
    return row, column


@njit(cache=True, nogil=True)
def spread(right: np.ndarray, down: np.ndarray, labels: np.ndarray, steps: np.ndarray) -> None:
    """Spread labels over a raster, one step at a time, from all labelled cells at once.

    Parameters
    ----------
    right
        (rows, columns - 1) bool: whether one may step between a cell and the next one in
        its row.
    down
        (rows - 1, columns) bool: the same between a cell and the next one in its column.
    labels
        (rows, columns) int32, -1 where free; filled in place.
    steps
        (rows, columns) int32 steps to the nearest labelled cell; filled in place.
    """
    rows, columns = labels.shape
    queue = np.empty(rows * columns, np.int64)
    head, tail = 0, 0
    for row in range(rows):
        for column in range(columns):
            if labels[row, column] >= 0:
                queue[tail] = row * columns + column
                tail += 1
    while head < tail:
        row, column = queue[head] // columns, queue[head] % columns
        head += 1
        for way in range(4):
            i, j = _step(right, down, row, column, way)
            if labels[i, j] < 0:
                labels[i, j] = labels[row, column]
                steps[i, j] = steps[row, column] + 1
                queue[tail] = i * columns + j
                tail += 1
