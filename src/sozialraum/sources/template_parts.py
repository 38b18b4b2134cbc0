"""Templates that offices fill in: what they hold and by what they are known again."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import shapely

from sozialraum.files.workbook_form import cell_name
from sozialraum.sources.delivery_file import Entry

VERSION = "1"
HIDDEN = "_sozialraum"
"""Sheet that identifies a template; no program shows it."""
TITLE_ROW, DATE_ROW, HINT_ROW, HEADER_ROW = 0, 1, 2, 3
"""Rows of the sheet to fill in, counted from 0."""
DATE_CELL = (DATE_ROW, 1)
LONGEST_NAME = 31
"""Characters that the name of a sheet can have."""
PLACE_COLUMNS = 3
"""Key, name, and what the place belongs to."""


@dataclass(frozen=True, slots=True)
class Row:
    """A place of a template: key, name, and what it belongs to (an area: its municipality)."""

    key: str
    name: str
    belongs: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """A template before anything is filled in.

    Parameters
    ----------
    delivery, provider, title, owner
        As the description of the deliveries calls them.
    sheet
        Sheet to fill in.
    level, geography
        What the rows are.
    vintage
        Fingerprint of keys and shapes of the areas.
    date
        Reference date (ISO); blank: the office fills it in.
    columns
        Headings by variable, in the order of the columns.
    rows
        Places, in the order of the rows.
    minimum, dash_is_zero
        Of the supplier: ``*`` means 1 to ``minimum - 1``; a dash is exactly zero.
    """

    delivery: str
    provider: str
    title: str
    owner: str
    sheet: str
    level: str
    geography: str
    vintage: str
    date: str
    columns: Mapping[str, str]
    rows: Sequence[Row]
    minimum: int = 0
    dash_is_zero: bool = False

    @property
    def identification(self) -> dict[str, str]:
        """What the hidden sheet says, by name."""
        about = {
            "version": VERSION,
            "delivery": self.delivery,
            "provider": self.provider,
            "level": self.level,
            "geography": self.geography,
            "vintage": self.vintage,
            "date": self.date,
            "sheet": self.sheet,
            "columns": "|".join(self.columns),
        }
        listed = [f"{name}={value}" for name, value in about.items()]
        listed += [f"{v}={heading}" for v, heading in self.columns.items()]
        listed += [f"{row.key}|{row.name}|{row.belongs}" for row in self.rows]
        return about | {"id": _digest(listed)}

    @property
    def first(self) -> int:
        """Column of the first variable, counted from 0."""
        return PLACE_COLUMNS

    @property
    def proof(self) -> int:
        """Hidden column that repeats the key: it shows rows that were sorted in part."""
        return PLACE_COLUMNS + len(self.columns)

    @property
    def fields(self) -> str:
        """Range of the fields to fill in."""
        last = HEADER_ROW + len(self.rows)
        return f"{cell_name(HEADER_ROW + 1, self.first)}:{cell_name(last, self.proof - 1)}"


def template_of(
    entry: Entry, rows: Sequence[Row], vintage: str, *, date: str = "", geography: str = ""
) -> Template:
    """Return the template of a described delivery.

    Parameters
    ----------
    entry
        The delivery as it is described.
    rows
        Its places.
    vintage
        Fingerprint of the places (:func:`vintage_of`).
    date
        Reference date (ISO); that of the description when omitted.
    geography
        Name of the areas where the description has none.
    """
    return Template(
        delivery=entry.name,
        provider=entry.source.provider,
        title=entry.source.title,
        owner=entry.owner,
        sheet=sheet_name(entry.sheet or entry.name),
        level=entry.level,
        geography=entry.geography or geography,
        vintage=vintage,
        date=date or entry.date,
        columns={name: heading_of(name, said) for name, said in entry.variables.items()},
        rows=tuple(rows),
        minimum=entry.source.minimum,
        dash_is_zero=entry.dash_is_zero,
    )


def heading_of(variable: str, said: str) -> str:
    """Return the heading of a column: what the description says, or the name itself."""
    return " ".join(said.strip('"').split()) or variable


def sheet_name(name: str) -> str:
    """Return a name that a sheet can have.

    Examples
    --------
    >>> sheet_name("Kita: Plätze [U3]")
    'Kita Plätze U3'
    """
    return " ".join(re.sub(r"[\[\]:*?/\\]", " ", name).split())[:LONGEST_NAME].strip("'")


def vintage_of(frame: gpd.GeoDataFrame) -> str:
    """Return a fingerprint of keys and shapes, to a metre; the order of rows does not matter.

    Examples
    --------
    >>> from shapely import box
    >>> squares = gpd.GeoDataFrame(geometry=[box(0, 0, 9, 9), box(9, 0, 18, 9)], index=["a", "b"])
    >>> vintage_of(squares) == vintage_of(squares[::-1])
    True
    >>> vintage_of(squares) == vintage_of(squares.rename({"a": "c"}))
    False
    """
    shapes = shapely.normalize(shapely.set_precision(frame.geometry.to_numpy(), 1.0))
    pairs = zip(frame.index.astype(str), shapely.to_wkb(shapes, hex=True), strict=True)
    digest = _digest(sorted(f"{key}={shape}" for key, shape in pairs))
    return f"{digest[:4]}-{digest[4:8]}-{digest[8:12]}"


def _digest(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]
