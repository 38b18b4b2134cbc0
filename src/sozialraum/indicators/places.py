"""The places counts are brought to: areas, municipalities, the county."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import IndicatorError
from sozialraum.model import Areas, Blocks


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
    changed
        Areas that hold other blocks than the given area of their key, or are new: what
        was delivered for areas was counted within the former borders.
    """

    areas: pd.Index
    units: pd.Index
    blocks: pd.Index
    county: str
    unit_of_area: np.ndarray
    area_of_block: np.ndarray
    changed: frozenset[str] = frozenset()

    @property
    def keys(self) -> list[str]:
        """Keys of all places: areas, municipalities, county."""
        return [*self.areas, *self.units, self.county]

    @property
    def geographies(self) -> list[str]:
        """Geography of every place, in the order of :attr:`keys`."""
        small = [schema.AREAS_LEVEL] * len(self.areas)
        return [*small, *[schema.MUNICIPALITY_LEVEL] * len(self.units), schema.COUNTY_LEVEL]


def county_key(units: pd.Index) -> str:
    """Return the key of the county: the five digits its municipalities share.

    Examples
    --------
    >>> county_key(pd.Index(["05382004", "05382008"]))
    '05382'
    """
    heads = sorted({str(key)[:5] for key in units})
    return heads[0] if len(heads) == 1 else schema.COUNTY_LEVEL


def across_borders(blocks: Blocks, areas: Areas) -> tuple[str, ...]:
    """Return the areas that hold a block of another municipality than their own."""
    member = areas.membership.reindex(blocks.frame.index)
    owner = areas.frame[schema.MUNICIPALITY].reindex(pd.Index(member)).to_numpy()
    crossing = member[owner != blocks.frame[schema.MUNICIPALITY].to_numpy()]
    return tuple(sorted(set(crossing)))


def find_places(blocks: Blocks, areas: Areas) -> Places:
    """Return the places of a partition, after checking that everything nests.

    Raises
    ------
    IndicatorError
        A block lies in no area, or an area in no municipality.
    """
    member = areas.membership.reindex(blocks.frame.index)
    homeless = member.index[member.isna()]
    if len(homeless):
        raise IndicatorError("measure.blocks_without_area", ids=homeless)
    unit_of_area = blocks.units.index.get_indexer(pd.Index(areas.frame[schema.MUNICIPALITY]))
    if (unit_of_area < 0).any():
        raise IndicatorError("measure.areas_without_unit", ids=areas.frame.index[unit_of_area < 0])
    return Places(
        areas=areas.frame.index,
        units=blocks.units.index,
        blocks=blocks.frame.index,
        county=county_key(blocks.units.index),
        unit_of_area=unit_of_area,
        area_of_block=areas.frame.index.get_indexer(pd.Index(member)),
        changed=_changed(areas),
    )


def _changed(areas: Areas) -> frozenset[str]:
    """Return the areas that are not what they were when their key was given out."""
    named = areas.report.get("changed", ())
    assert isinstance(named, tuple)
    return frozenset(map(str, named))
