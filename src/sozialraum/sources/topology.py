"""How well polygons fit together: overlaps, gaps and slivers, with their sizes."""

from collections.abc import Iterable

import numpy as np
import shapely

from sozialraum.sources.notes import note

NOISE = 0.01
"""Square metres below which an overlap or a gap is rounding of coordinates."""
NARROW = 1.0
"""Metres below which an overlap or a gap is a sliver: twice its area by its outline."""
TINY = 1.0
"""Square metres below which a part of a polygon is a leftover of drawing."""
HECTARE = 10_000
LARGE = 10 * HECTARE
"""Square metres from which a size is told in hectares."""


def fit_notes(geometry: np.ndarray, keys: Iterable[str], where: str) -> list[str]:
    """Return sentences about overlaps, gaps and tiny parts; none where everything fits.

    Parameters
    ----------
    geometry
        Valid polygons, in metres.
    keys
        What to call them.
    where
        What to call the file.

    Notes
    -----
    A hole that a whole layer encloses is a gap even where it is meant, such as a city that
    belongs to no county: the sentence tells where and how large it is.

    Examples
    --------
    >>> left, right = shapely.box(0, 0, 100, 50), shapely.box(90, 0, 200, 50)
    >>> len(fit_notes(np.array([left, right]), ["a", "b"], "a.gpkg"))
    1
    """
    if len(geometry) < 2:
        return []
    names = np.array(list(keys), dtype=object)
    # only polygons whose edges do not match those of their neighbours can overlap
    amiss = ~shapely.is_empty(shapely.coverage_invalid_edges(geometry))
    notes = _overlap_notes(geometry[amiss], names[amiss], where)
    whole = shapely.union_all(geometry) if amiss.any() else shapely.coverage_union_all(geometry)
    notes += _gap_notes(whole, where)
    parts, owner = shapely.get_parts(geometry, return_index=True)
    tiny = np.unique(owner[shapely.area(parts) < TINY])
    if len(tiny):
        notes.append(note("shapes.note_small_parts", ids=names[tiny], path=where))
    return notes


def overlaps(geometry: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return pairs of polygons that overlap, and what they share, largest first."""
    left, right = shapely.STRtree(geometry).query(geometry)
    left, right = left[left < right], right[left < right]
    shared = shapely.intersection(geometry[left], geometry[right])
    kept = np.flatnonzero(shapely.area(shared) > NOISE)
    order = kept[np.argsort(-shapely.area(shared[kept]), kind="stable")]
    return left[order], right[order], shared[order]


def _overlap_notes(geometry: np.ndarray, names: np.ndarray, where: str) -> list[str]:
    if len(geometry) < 2:
        return []
    left, right, shared = overlaps(geometry)
    if not len(shared):
        return []
    pairs = [f"{a} / {b}" for a, b in zip(names[left], names[right], strict=True)]
    return [note("shapes.note_overlaps", ids=pairs, path=where, **_sizes(shared))]


def _gap_notes(whole: shapely.Geometry, where: str) -> list[str]:
    parts = shapely.get_parts(whole)
    rings = [ring for part in parts for ring in part.interiors]
    gaps = np.array([shapely.Polygon(ring) for ring in rings], dtype=object)
    gaps = gaps[shapely.area(gaps) > NOISE]
    if not len(gaps):
        return []
    largest = shapely.point_on_surface(gaps[np.argmax(shapely.area(gaps))])
    place = f"{largest.x:.0f} / {largest.y:.0f}"
    return [note("shapes.note_gaps", ids=[place], path=where, **_sizes(gaps))]


def _sizes(shapes: np.ndarray) -> dict[str, object]:
    """Return number, total and largest size and the number of slivers."""
    areas = shapely.area(shapes)
    narrow = 2 * areas < NARROW * shapely.length(shapes)
    return {
        "count": len(shapes),
        "total": _size(float(areas.sum())),
        "largest": _size(float(areas.max())),
        "slivers": int(narrow.sum()),
    }


def _size(area: float) -> str:
    """Return an area in words.

    Examples
    --------
    >>> _size(0.5), _size(250.4), _size(123_456.0)
    ('< 1 m²', '250 m²', '12 ha')
    """
    if area < 1:
        return "< 1 m²"
    return f"{area:.0f} m²" if area < LARGE else f"{area / HECTARE:.0f} ha"
