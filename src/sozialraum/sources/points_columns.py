"""Coordinates in the columns of a table: found by name, and read whatever their decimal sign."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from sozialraum.errors import SourceError
from sozialraum.sources.keys import find_column
from sozialraum.sources.person_words import plain

PAIRS = (
    (
        re.compile(r"lon|lng|long|longitude|laenge|laengengrad|geographische laenge"),
        re.compile(r"lat|latitude|breite|breitengrad|geographische breite"),
    ),
    (
        re.compile(r"x|e|ost|ostwert|east|easting|rw|rechts|rechtswert"),
        re.compile(r"y|n|nord|nordwert|north|northing|hw|hoch|hochwert"),
    ),
)
"""Names of easting and northing, without the words below; degrees before metres."""
AROUND = re.compile(
    r"\b(koordinaten?|koord|coordinates?|coord|geo|gps|point|punkt|pos|position|lage|wert|dez|dd"
    r"|wgs ?84|etrs ?89|epsg|utm ?(zone)? ?3[123]n?|utm|gk ?\d?|gauss|krueger|4326|2583[23]|3146\d"
    r"|4258|m|in|grad)\b"
)
"""Words around the name of a coordinate: systems, units."""
NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


def coordinate_columns(
    names: Sequence[str], x: str | None, y: str | None, where: str
) -> tuple[str, str]:
    """Return the columns with easting and northing, or with longitude and latitude.

    Parameters
    ----------
    names
        Columns of the table.
    x, y
        The columns, if they are known; both or none.
    where
        What to call the file.

    Raises
    ------
    SourceError
        Only one of both is given, or no pair of columns is called like coordinates, or several
        are.

    Examples
    --------
    >>> coordinate_columns(["Name", "Geogr. Breite", "Lat (WGS84)", "Lon (WGS84)"], None, None, "")
    ('Lon (WGS84)', 'Lat (WGS84)')
    >>> coordinate_columns(["UTM32_Ost", "UTM32_Nord"], None, None, "")
    ('UTM32_Ost', 'UTM32_Nord')
    """
    if (x is None) != (y is None):
        raise SourceError("points.one_coordinate", path=where)
    if x is not None and y is not None:
        return find_column(names, x, where), find_column(names, y, where)
    bare = {name: " ".join(AROUND.sub(" ", plain(name)).split()) for name in names}
    for pair in PAIRS:
        found = [[n for n in names if pattern.fullmatch(bare[n])] for pattern in pair]
        if all(len(columns) == 1 for columns in found):
            return found[0][0], found[1][0]
        if all(found):
            raise SourceError("points.which_coordinates", ids=[*found[0], *found[1]], path=where)
    raise SourceError("points.no_coordinates", ids=names, path=where)


def numbers_of(cells: pd.Series) -> np.ndarray:
    """Return coordinates as numbers; NaN where a cell is blank, infinite where it is none.

    The last of points and commas is the decimal sign, unless it occurs several times: then it
    groups thousands.

    Examples
    --------
    >>> numbers_of(pd.Series(["6,957", "50.934", "5.622.460,5", "5.622.460", "", "oben"])).tolist()
    [6.957, 50.934, 5622460.5, 5622460.0, nan, inf]
    """
    return np.array([_number(cell) for cell in cells.astype("str")], dtype=float)


def _number(cell: str) -> float:
    bare = re.sub(r"[\s°'\u00a0\u202f]", "", cell)
    if not bare or bare.casefold() in ("nan", "none", "null", "-", "na", "n/a"):
        return np.nan
    last = max((",", "."), key=bare.rfind)
    other = "." if last == "," else ","
    bare = bare.replace(other, "")
    bare = bare.replace(last, "") if bare.count(last) > 1 else bare.replace(last, ".")
    return float(bare) if NUMBER.fullmatch(bare) else np.inf
