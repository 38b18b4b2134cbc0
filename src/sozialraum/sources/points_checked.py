"""Points that cannot be where they say: told apart by what went wrong with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from sozialraum.errors import FIRST, SourceError
from sozialraum.messages import default_language, listing, text
from sozialraum.sources.notes import note
from sozialraum.sources.projection import GERMANY, IN_USE, WGS84

FAULTS = ("no_number", "missing", "swapped", "other_system", "decimal", "outside", "beyond")
"""What may be wrong with a point, in the order in which it is looked for."""
SOUND = ""
POWERS = range(9)
"""Powers of ten by which a lost decimal sign makes a number larger."""


@dataclass(frozen=True, slots=True)
class Spots:
    """Coordinates as they stand in a file, with what to call each point in errors."""

    x: np.ndarray
    y: np.ndarray
    names: Sequence[str]
    where: str

    def swapped(self) -> "Spots":
        """Return the coordinates with x and y exchanged."""
        return Spots(self.y, self.x, self.names, self.where)


def system_of(spots: Spots, stated: CRS | None, asked: str | None, to_crs: str) -> CRS:
    """Return the system of the coordinates: asked for, stated, or the one that fits most points.

    Raises
    ------
    SourceError
        The system asked for does not exist, or none in use puts half of the points into Germany.
    """
    if asked is not None:
        return known_crs(asked, spots.where)
    if stated is not None:
        return stated
    fitting = {
        name: int(in_germany(spots.x, spots.y, known_crs(name, spots.where)).sum())
        for name in (to_crs, *IN_USE)
    }
    # of systems that fit as many points the result's own, then the most usual one
    best = max(fitting, key=lambda name: fitting[name])
    if fitting[best] * 2 < np.isfinite(spots.x + spots.y).sum() or not fitting[best]:
        swapped = {n: in_germany(spots.y, spots.x, _usual(n)) for n in IN_USE}
        best = max(swapped, key=lambda name: int(swapped[name].sum()))
        if not swapped[best].all():
            raise SourceError("points.no_system", path=spots.where)
    return CRS.from_user_input(best)


def known_crs(crs: str, where: str) -> CRS:
    """Return a system by its name; an error names the file."""
    try:
        return CRS.from_user_input(crs)
    except CRSError as error:
        raise SourceError("sources.no_such_crs", ids=[crs], path=where) from error


def in_germany(x: np.ndarray, y: np.ndarray, system: CRS) -> np.ndarray:
    """Return which coordinates lie in Germany, a little generously."""
    lon, lat = (np.asarray(part) for part in _to_degrees(system).transform(x, y))
    west, south, east, north = GERMANY
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


@cache
def _usual(name: str) -> CRS:
    """Return a system in use."""
    return CRS.from_user_input(name)


@cache
def _to_degrees(system: CRS) -> Transformer:
    """Return the change to degrees; making one takes longer than using it."""
    return Transformer.from_crs(system, WGS84, always_xy=True)


def faults_of(spots: Spots, system: CRS) -> np.ndarray:
    """Return what is wrong with every point, one of :data:`FAULTS`, or ``""``."""
    x, y = spots.x, spots.y
    found = np.full(len(x), "outside", dtype=object)
    found[_fits_scaled(x, y, system)] = "decimal"
    for name in IN_USE:
        found[in_germany(x, y, _usual(name))] = "other_system"
    found[in_germany(y, x, system)] = "swapped"
    found[np.isnan(x) | np.isnan(y) | ((x == 0) & (y == 0))] = "missing"
    found[np.isinf(x) | np.isinf(y)] = "no_number"
    found[in_germany(x, y, system)] = SOUND
    return found


def _fits_scaled(x: np.ndarray, y: np.ndarray, system: CRS) -> np.ndarray:
    """Return which coordinates lie in Germany once a lost decimal sign is put back."""
    box = Transformer.from_crs(WGS84, system, always_xy=True).transform_bounds(*GERMANY)
    west, south, east, north = box
    fits = []
    for values, low, high in ((x, west, east), (y, south, north)):
        scaled = values / 10.0 ** np.array(POWERS)[:, None]
        fits.append(((scaled >= low) & (scaled <= high)).any(axis=0))
    return fits[0] & fits[1]


def sound_ones(
    spots: Spots, faults: np.ndarray, system: CRS, *, repair: bool
) -> tuple[np.ndarray, list[str]]:
    """Return which points are sound, and notes about those that are left out.

    Raises
    ------
    SourceError
        Points are faulty and `repair` is False, or none is left. Tells all of them by kind.
    """
    language = default_language()
    lines, notes = [], []
    for kind in FAULTS:
        names = tuple(np.asarray(spots.names, dtype=object)[faults == kind])
        if names:
            what = text(f"points.fault_{kind}", language)
            lines.append(f"{what}: {listing(names, FIRST, language)}")
            notes.append(note("points.note_left_out", names, path=spots.where, what=what))
    sound = faults == SOUND
    if lines and not (repair and sound.any()):
        message = "points.faulty" if sound.any() else "points.all_faulty"
        told = "\n  ".join(lines)
        raise SourceError(message, path=spots.where, crs=system.name, faults=told)
    return sound, notes
