"""Coordinates of addresses as points: UTM zones, decimal commas, and those that cannot be."""

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from sozialraum.errors import SourceError
from sozialraum.sources.notes import note
from sozialraum.sources.projection import GERMANY, WGS84

ZONES = (31, 32, 33)
MILLION = 1e6
MOST = 0.5
"""Share of implausible points from which on the whole list is in another system."""


def points_of(
    frame: pd.DataFrame, where: str, *, crs: str | None, to_crs: str, degrees: bool
) -> tuple[np.ndarray, list[str]]:
    """Return a point in `to_crs` for every address, and what was found.

    Parameters
    ----------
    frame
        Texts `east`, `north` and, where known, `zone`.
    where
        What to call the file in errors.
    crs
        CRS to believe for all of them.
    to_crs
        CRS of the result.
    degrees
        The columns are called longitude and latitude.

    Returns
    -------
    numpy.ndarray of shapely.Point
        None where the coordinates are none, or lie outside Germany.
    list of str
        Notes.

    Raises
    ------
    SourceError
        Most points lie outside Germany, or a CRS is none.
    """
    east, north = _numbers(frame["east"]), _numbers(frame["north"])
    stated = _named(crs or (WGS84 if degrees else to_crs), where)
    systems = np.full(len(frame), stated, dtype=object)
    if crs is None and not degrees:
        zone, east = _zones(frame, east)
        for one in ZONES:
            systems[zone == one] = _named(f"EPSG:258{one}", where)
    x, y, good = _moved(east, north, systems, _named(to_crs, where))
    if len(good) and good.mean() < MOST:
        swapped = _moved(north, east, systems, _named(to_crs, where))[2]
        message = "addresses.swapped" if swapped.mean() >= MOST else "addresses.nowhere"
        raise SourceError(message, path=where, crs=", ".join(sorted({str(s) for s in systems})))
    points = np.full(len(frame), None, dtype=object)
    points[good] = shapely.points(x[good], y[good])
    notes = []
    if not good.all():
        notes.append(note("addresses.note_implausible", path=where, count=int((~good).sum())))
    return points, notes


def _numbers(texts: pd.Series) -> np.ndarray:
    """Return texts as numbers; with a comma, dots are thousands."""
    plain = texts.str.replace(" ", "", regex=False)
    comma = plain.str.contains(",", regex=False)
    german = plain.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
    return pd.to_numeric(plain.where(~comma, german), errors="coerce").to_numpy(dtype=float)


def _zones(frame: pd.DataFrame, east: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the UTM zone of every address (0 unknown), and its easting without the zone."""
    zone = np.zeros(len(frame))
    if "zone" in frame.columns:
        zone = np.nan_to_num(pd.to_numeric(frame["zone"], errors="coerce").to_numpy(dtype=float))
    leading = np.floor(np.nan_to_num(east) / MILLION)
    led = np.isin(leading, ZONES)
    taken = np.where(led, leading, 0.0) * MILLION
    return np.where(led, leading, zone), east - taken


def _named(crs: str, where: str) -> str:
    """Return the short name of a CRS that exists."""
    try:
        CRS.from_user_input(crs)
    except CRSError as error:
        raise SourceError("sources.no_such_crs", ids=[crs], path=where) from error
    return crs


def _moved(
    east: np.ndarray, north: np.ndarray, systems: np.ndarray, target: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return points in another CRS, and which of them lie in Germany."""
    x, y = np.full(len(east), np.nan), np.full(len(east), np.nan)
    good = np.zeros(len(east), bool)
    west, south, right, top = GERMANY
    for system in sorted(set(systems)):
        own = np.flatnonzero((systems == system) & np.isfinite(east) & np.isfinite(north))
        to_degrees = Transformer.from_crs(system, WGS84, always_xy=True)
        lon, lat = to_degrees.transform(east[own], north[own])
        inside = (lon >= west) & (lon <= right) & (lat >= south) & (lat <= top)
        good[own] = inside
        if system == target:
            x[own], y[own] = east[own], north[own]
        else:
            to_target = Transformer.from_crs(system, target, always_xy=True)
            x[own], y[own] = to_target.transform(east[own], north[own])
    return x, y, good
