"""The places counts are brought to: areas, municipalities, the county, other geographies."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sozialraum import schema

NOBODY = -1
"""Position where there is none."""


@dataclass(frozen=True, slots=True, eq=False)
class Other:
    """A further geography: areas that may cross small areas and municipal borders.

    Parameters
    ----------
    name
        Name of the geography.
    areas
        Keys of its areas.
    units
        (areas, municipalities) True where an area has blocks.
    part, owner
        What its areas are made of: small areas that lie in them as a whole, and pieces of
        the overlay where they do not. `part` counts small areas first, then pieces.
    """

    name: str
    areas: pd.Index
    units: np.ndarray
    part: np.ndarray
    owner: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Atoms:
    """Pieces of the overlay, and where they lie; -1 where they hold no block any more.

    Parameters
    ----------
    keys
        Ids of the pieces.
    of_block
        (blocks,) piece of every block.
    area, unit
        (pieces,) small area and municipality of every piece.
    whole
        (pieces,) True where a piece is a whole small area.
    """

    keys: pd.Index = field(default_factory=lambda: pd.Index([], dtype="str"))
    of_block: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    area: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    unit: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    whole: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Areas, municipalities and county in a fixed order, and how they nest.

    Parameters
    ----------
    areas, units, blocks
        Keys of areas, municipalities and blocks.
    county
        Key of the county.
    unit_of_area, area_of_block
        Position of the municipality of every area, and of the area of every block.
    names
        Names that the geography of the areas goes by in deliveries.
    changed
        Areas of any geography that hold other blocks than the given area of their key, or
        are new: what was delivered for areas was counted within the former borders.
    others
        Further geographies.
    atoms
        Pieces of the overlay; none where there is one hierarchy only.
    """

    areas: pd.Index
    units: pd.Index
    blocks: pd.Index
    county: str
    unit_of_area: np.ndarray
    area_of_block: np.ndarray
    names: frozenset[str] = frozenset({"", schema.AREAS_LEVEL})
    changed: frozenset[str] = frozenset()
    others: tuple[Other, ...] = ()
    atoms: Atoms = field(default_factory=Atoms)

    @property
    def keys(self) -> list[str]:
        """Keys of all places: areas, municipalities, county, further areas, pieces."""
        further = [key for other in self.others for key in other.areas]
        return [*self.areas, *self.units, self.county, *further, *self.atoms.keys]

    @property
    def geographies(self) -> list[str]:
        """Geography of every place, in the order of :attr:`keys`."""
        small = [schema.AREAS_LEVEL] * len(self.areas)
        units = [schema.MUNICIPALITY_LEVEL] * len(self.units)
        further = [other.name for other in self.others for _ in other.areas]
        pieces = [schema.OVERLAY_LEVEL] * len(self.atoms.keys)
        return [*small, *units, schema.COUNTY_LEVEL, *further, *pieces]

    def home(self, geography: str) -> int | None:
        """Return which further geography this is, -1 for the small areas, None for neither."""
        if geography in self.names:
            return NOBODY
        known = [other.name for other in self.others]
        return known.index(geography) if geography in known else None


def county_key(units: pd.Index) -> str:
    """Return the key of the county: the five digits its municipalities share.

    Examples
    --------
    >>> county_key(pd.Index(["05382004", "05382008"]))
    '05382'
    """
    heads = sorted({str(key)[:5] for key in units})
    return heads[0] if len(heads) == 1 else schema.COUNTY_LEVEL
