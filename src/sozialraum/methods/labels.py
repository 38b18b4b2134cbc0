"""Where names and class numbers stand: inside their area, none over another."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

GRID = 17
"""Candidate positions along each side of an area's bounding box."""


@dataclass(frozen=True, slots=True)
class Label:
    """A text that wants a place: the shape it belongs to and its size in map units."""

    text: str
    shape: BaseGeometry
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Placed:
    """A text and the centre of its place, in map units."""

    text: str
    x: float
    y: float


def heart(shape: BaseGeometry) -> tuple[float, float]:
    """Return the centre of the largest circle inside a shape: its visual middle."""
    low_x, low_y, high_x, high_y = shape.bounds
    tolerance = max(high_x - low_x, high_y - low_y) / 200
    if tolerance <= 0:
        return low_x, low_y
    (circle,) = shapely.maximum_inscribed_circle(np.array([shape]), np.array([tolerance]))
    (x, y), *_ = shapely.get_coordinates(circle)
    return float(x), float(y)


def place(
    labels: Sequence[Label],
    *,
    taken: Sequence[tuple[float, float, float, float]] = (),
    avoid: np.ndarray | None = None,
    frame: tuple[float, float, float, float] | None = None,
) -> list[Placed | None]:
    """Return a place for every label, largest shape first, or None where there is none.

    Parameters
    ----------
    labels
        What is to be placed.
    taken
        Boxes (low x, low y, high x, high y) that must stay free.
    avoid
        Points (n, 2) that a label should rather not cover.
    frame
        Box that every label must lie in.

    Returns
    -------
    list
        In the order of `labels`; equal input gives equal places.

    Notes
    -----
    Greedy: each label takes the free position nearest to the visual middle of its shape,
    among those that cover the fewest points to avoid.
    """
    boxes = [np.asarray(box, dtype=float) for box in taken]
    order = sorted(range(len(labels)), key=lambda i: (-labels[i].shape.area, i))
    found: list[Placed | None] = [None] * len(labels)
    for i in order:
        label = labels[i]
        spot = _best_spot(label, np.array(boxes).reshape(-1, 4), avoid, frame)
        if spot is not None:
            found[i] = Placed(label.text, float(spot[0]), float(spot[1]))
            boxes.append(_boxes(np.array([spot]), label)[0])
    return found


def box_of(placed: Placed, width: float, height: float) -> tuple[float, float, float, float]:
    """Return the box that a placed text covers."""
    x, y = placed.x, placed.y
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _boxes(points: np.ndarray, label: Label) -> np.ndarray:
    half = np.array([label.width, label.height]) / 2
    return np.hstack([points - half, points + half])


def _best_spot(
    label: Label,
    taken: np.ndarray,
    avoid: np.ndarray | None,
    frame: tuple[float, float, float, float] | None,
) -> np.ndarray | None:
    centre = np.array(heart(label.shape))
    points = np.vstack([centre, _grid_inside(label.shape)])
    boxes = _boxes(points, label)
    free = ~_overlap(boxes, taken).any(axis=1)
    if frame is not None:
        inside = (boxes[:, :2] >= frame[:2]) & (boxes[:, 2:] <= frame[2:])
        free &= inside.all(axis=1)
    if not free.any():
        return None
    covered = np.zeros(len(points))
    if avoid is not None and len(avoid):
        covered = _covers(boxes, avoid).sum(axis=1)
    distance = ((points - centre) ** 2).sum(axis=1)
    ranked = np.lexsort((np.arange(len(points)), distance, covered))
    return points[ranked[free[ranked]][0]]


def _grid_inside(shape: BaseGeometry) -> np.ndarray:
    low_x, low_y, high_x, high_y = shape.bounds
    x, y = np.meshgrid(np.linspace(low_x, high_x, GRID), np.linspace(low_y, high_y, GRID))
    points = np.column_stack([x.ravel(), y.ravel()])
    shapely.prepare(shape)
    return points[shapely.contains_xy(shape, points[:, 0], points[:, 1])]


def _overlap(boxes: np.ndarray, taken: np.ndarray) -> np.ndarray:
    low = boxes[:, None, :2] < taken[None, :, 2:]
    high = boxes[:, None, 2:] > taken[None, :, :2]
    return (low & high).all(axis=2)


def _covers(boxes: np.ndarray, points: np.ndarray) -> np.ndarray:
    low = boxes[:, None, :2] <= points[None]
    high = boxes[:, None, 2:] >= points[None]
    return (low & high).all(axis=2)
