"""Coordinates: into the project's system, and where they ought to be."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from sozialraum.errors import SourceError
from sozialraum.messages import default_language, text
from sozialraum.sources.notes import note
from sozialraum.sources.shapes import Shapes

PROJECT_CRS = "EPSG:25832"
WGS84 = "EPSG:4326"
GERMANY = (5.4, 46.9, 15.6, 55.5)
"""West, south, east, north in degrees, a little wider than the country."""
IN_USE = (
    *("EPSG:25832", "EPSG:4326", "EPSG:3857", "EPSG:31466", "EPSG:31467", "EPSG:25833"),
    *("EPSG:31468", "EPSG:31469", "EPSG:4647", "EPSG:5650", "EPSG:3035"),
)
"""Systems of German files: UTM, degrees, web maps, Gauß-Krüger, UTM with the zone in front."""
SUGGESTED = 2
"""How many systems an error proposes."""


def projected(
    shapes: Shapes, keys: Sequence[str], crs: str | None, to_crs: str, *, repair: bool = False
) -> tuple[np.ndarray, list[str]]:
    """Return the shapes in another CRS, checked to lie in Germany, and what was done.

    Parameters
    ----------
    shapes
        A layer as it stands in its file.
    keys
        What to call its features in errors.
    crs
        CRS to believe instead of the file's.
    to_crs
        CRS of the result.
    repair
        Exchange easting and northing where that puts everything into Germany.

    Raises
    ------
    SourceError
        No CRS is known, or shapes lie outside Germany; says so if the axes are swapped, and
        names the systems in which the coordinates would fit.
    """
    source, notes = _stated(shapes, crs, to_crs)
    target = _known(to_crs, shapes.where)
    geometry = shapes.geometry
    outside = _outside(geometry, source)
    if outside.any():
        swapped = exchanged(geometry)
        ids = [key for key, out in zip(keys, outside, strict=True) if out]
        facts = {"path": shapes.where, "crs": source.name}
        if _outside(swapped, source).any():
            raise SourceError(
                "sources.not_in_germany", ids=ids, hint=_hint(geometry, outside), **facts
            )
        if not repair:
            raise SourceError("sources.axes_swapped", ids=ids, **facts)
        geometry = swapped
        notes.append(note("shapes.note_axes_exchanged", path=shapes.where))
    if not _same(source, target):
        geometry, roughly = transformed(geometry, source, target)
        notes.append(note("transformed", path=shapes.where, crs=source.name, to=target.name))
        if roughly:
            notes.append(
                note("shapes.note_roughly_transformed", path=shapes.where, crs=source.name)
            )
    return geometry, notes


def transformed(geometry: np.ndarray, source: CRS, target: CRS) -> tuple[np.ndarray, bool]:
    """Return shapes in another CRS, and whether the datum shift between the two is unknown.

    An unknown shift (a datum of the sender's own) leaves the shapes 100 m or more off.
    """
    change = Transformer.from_crs(source, target, always_xy=True)
    present = ~pd.isna(geometry)
    moved = geometry.copy()
    moved[present] = shapely.transform(
        geometry[present],
        lambda points: np.column_stack(change.transform(points[:, 0], points[:, 1])),
    )
    if not present.any():
        return moved, False
    # which of several shifts was taken is known after the first use only
    try:
        taken = change.get_last_used_operation()
    except ProjError:
        # no point was one that could be moved: empty shapes, or coordinates that are none
        return moved, False
    return moved, "Ballpark" in taken.description


def exchanged(geometry: np.ndarray) -> np.ndarray:
    """Return shapes whose x and y have changed places."""
    present = ~pd.isna(geometry)
    swapped = geometry.copy()
    swapped[present] = shapely.transform(geometry[present], lambda points: points[:, ::-1])
    return swapped


def _stated(shapes: Shapes, crs: str | None, to_crs: str) -> tuple[CRS, list[str]]:
    """Return the CRS to start from: the one asked for, the file's, or a plausible one."""
    if crs is not None:
        asked = _known(crs, shapes.where)
        if shapes.crs is None or _same(asked, shapes.crs):
            return asked, []
        named = shapes.crs.name
        return asked, [note("crs_replaced", path=shapes.where, crs=asked.name, stated=named)]
    if shapes.crs is not None:
        return shapes.crs, []
    assumed = _known(to_crs, shapes.where)
    if _outside(shapes.geometry, assumed).any():
        everything = np.ones(len(shapes.geometry), dtype=bool)
        hint = _hint(shapes.geometry, everything)
        raise SourceError("sources.crs_unknown", path=shapes.where, hint=hint)
    return assumed, [note("crs_assumed", path=shapes.where, crs=assumed.name)]


def _hint(geometry: np.ndarray, outside: np.ndarray) -> str:
    """Return which systems the coordinates fit, as the end of a sentence.

    Nothing where only some shapes are astray: then it is not the system that is wrong.
    """
    present = ~pd.isna(geometry) & ~shapely.is_empty(geometry)
    if (present & ~outside).any():
        return ""
    fitting = [name for name in IN_USE if not _outside(geometry, CRS.from_user_input(name)).any()]
    if not fitting:
        return ""
    named = ", ".join(f'crs="{name}"' for name in fitting[:SUGGESTED])
    return text("shapes.would_fit", default_language(), systems=named)


def _known(crs: str, where: str) -> CRS:
    try:
        return CRS.from_user_input(crs)
    except CRSError as error:
        raise SourceError("sources.no_such_crs", ids=[crs], path=where) from error


def _same(a: CRS, b: CRS) -> bool:
    return a.equals(b, ignore_axis_order=True)


def _outside(geometry: np.ndarray, crs: CRS) -> np.ndarray:
    """Return True for shapes whose bounding box leaves Germany."""
    boxes = shapely.bounds(geometry)
    present = ~pd.isna(geometry) & ~shapely.is_empty(geometry)
    to_degrees = Transformer.from_crs(crs, WGS84, always_xy=True)
    west, south, east, north = GERMANY
    outside = np.zeros(len(geometry), bool)
    for x, y in ((0, 1), (2, 3)):
        lon, lat = to_degrees.transform(boxes[:, x], boxes[:, y])
        inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
        outside |= present & ~inside
    return outside
