"""How geographies lie over each other: the pieces they cut, and what they are made of."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import IndicatorError
from sozialraum.indicators.places import NOBODY, Atoms, Other, Places, county_key
from sozialraum.model import Areas, Blocks
from sozialraum.model.overlay import atom_ids, atoms_of


def across_borders(blocks: Blocks, areas: Areas) -> tuple[str, ...]:
    """Return the areas that hold blocks of several municipalities, or of another than theirs."""
    member = areas.membership.reindex(blocks.frame.index)
    if areas.partial:
        units = blocks.frame[schema.MUNICIPALITY].groupby(member.to_numpy())
        several = units.min() != units.max()
        return tuple(sorted(set(several.index[several]) - {""}))
    owner = areas.frame[schema.MUNICIPALITY].reindex(pd.Index(member)).to_numpy()
    crossing = member[owner != blocks.frame[schema.MUNICIPALITY].to_numpy()]
    return tuple(sorted(set(crossing)))


def make_overlay(
    blocks: Blocks, areas: Areas, others: Sequence[Areas], earlier: pd.DataFrame | None
) -> pd.DataFrame | None:
    """Return the area of every block in every geography; None where nothing overlaps.

    Parameters
    ----------
    blocks, areas
        Blocks and the small areas.
    others
        Further geographies.
    earlier
        Areas of geographies published before, indexed by `block_id`. Blocks that do not
        exist any more are kept: what was published of them is still known.

    Returns
    -------
    DataFrame
        Blocks first, then blocks of earlier years, sorted; municipalities, small areas,
        `others` and `earlier` as columns; ``""`` where a block lies in none.

    Raises
    ------
    IndicatorError
        Two geographies share a name, or two areas an id.
    """
    if not others and earlier is None:
        return None
    before = pd.DataFrame(index=blocks.frame.index[:0]) if earlier is None else earlier
    _check_names(areas, others, [str(name) for name in before.columns])
    _check_ids(blocks, areas, others)
    now = {schema.MUNICIPALITY_LEVEL: blocks.frame[schema.MUNICIPALITY]}
    now[schema.AREAS_LEVEL] = _members(blocks, areas)
    now |= {other.geography: _members(blocks, other) for other in others}
    gone = sorted(set(before.index) - set(blocks.frame.index))
    index = pd.Index([*blocks.frame.index, *gone], name=schema.BLOCK_ID, dtype="str")
    columns = {name: column.reindex(index) for name, column in now.items()}
    columns |= {str(name): before[name].reindex(index) for name in before.columns}
    return pd.DataFrame(columns, index=index).astype("str").fillna("")


def find_places(
    blocks: Blocks,
    areas: Areas,
    others: Sequence[Areas] = (),
    overlay: pd.DataFrame | None = None,
) -> Places:
    """Return the places of all geographies, after checking that the small areas nest.

    Raises
    ------
    IndicatorError
        A block lies in no area, or an area in no municipality.
    """
    member = _members(blocks, areas)
    unit_of_area = blocks.units.index.get_indexer(pd.Index(areas.frame[schema.MUNICIPALITY]))
    if (unit_of_area < 0).any():
        raise IndicatorError("measure.areas_without_unit", ids=areas.frame.index[unit_of_area < 0])
    area_of_block = areas.frame.index.get_indexer(pd.Index(member))
    atoms = _atoms(blocks, area_of_block, overlay)
    return Places(
        areas=areas.frame.index,
        units=blocks.units.index,
        blocks=blocks.frame.index,
        county=county_key(blocks.units.index),
        unit_of_area=unit_of_area,
        area_of_block=area_of_block,
        names=frozenset({"", schema.AREAS_LEVEL, areas.geography}),
        changed=_changed([areas, *others]),
        others=tuple(
            _other(blocks, other, area_of_block, atoms, len(areas.frame)) for other in others
        ),
        atoms=atoms,
    )


def _members(blocks: Blocks, areas: Areas) -> pd.Series:
    """Return the area of every block; raise where a block has none and must have one."""
    member = areas.membership.reindex(blocks.frame.index)
    homeless = member.isna() if areas.partial else member.isna() | (member == "")
    if homeless.any():
        raise IndicatorError("measure.blocks_without_area", ids=member.index[homeless])
    return member


def _atoms(blocks: Blocks, area_of_block: np.ndarray, overlay: pd.DataFrame | None) -> Atoms:
    if overlay is None:
        return Atoms(of_block=np.zeros(len(blocks.frame), dtype=np.int64))
    keys = atoms_of(overlay).index
    of_block = keys.get_indexer(pd.Index(atom_ids(overlay.loc[blocks.frame.index])))
    unit_of_block = blocks.units.index.get_indexer(pd.Index(blocks.frame[schema.MUNICIPALITY]))
    area, unit = (np.full(len(keys), NOBODY) for _ in range(2))
    area[of_block], unit[of_block] = area_of_block, unit_of_block
    held = area[area >= 0]
    alone = np.bincount(held, minlength=area_of_block.max() + 1) == 1
    return Atoms(keys, of_block, area, unit, (area >= 0) & alone[area])


def _other(
    blocks: Blocks, areas: Areas, area_of_block: np.ndarray, atoms: Atoms, small: int
) -> Other:
    """Return a further geography and the small areas and pieces it is made of."""
    member = areas.frame.index.get_indexer(pd.Index(_members(blocks, areas)))
    inside = member >= 0
    unit_of_block = blocks.units.index.get_indexer(pd.Index(blocks.frame[schema.MUNICIPALITY]))
    units = np.zeros((len(areas.frame), len(blocks.units)), dtype=bool)
    units[member[inside], unit_of_block[inside]] = True
    # a small area lies wholly in one area of this geography if all of its blocks agree
    low, high = np.full(small, len(areas.frame)), np.full(small, NOBODY)
    np.minimum.at(low, area_of_block, member)
    np.maximum.at(high, area_of_block, member)
    whole = (low == high)[area_of_block]
    part = np.where(whole, area_of_block, small + atoms.of_block)
    pairs = np.unique(np.column_stack([part[inside], member[inside]]), axis=0)
    return Other(areas.geography, areas.frame.index, units, pairs[:, 0], pairs[:, 1])


def _changed(geographies: Iterable[Areas]) -> frozenset[str]:
    """Return the areas that are not what they were when their key was given out."""
    named = [areas.report.get("changed", ()) for areas in geographies]
    assert all(isinstance(keys, tuple) for keys in named)
    return frozenset(str(key) for keys in named if isinstance(keys, tuple) for key in keys)


def _check_names(areas: Areas, others: Sequence[Areas], before: Sequence[str]) -> None:
    """Raise where two geographies share a name, or one has a name of ours."""
    taken, twice = {areas.geography, *schema.LEVELS, schema.MUNICIPALITY}, []
    for name in [*(other.geography for other in others), *before]:
        twice += [name] if name in taken or not name else []
        taken.add(name)
    if twice:
        raise IndicatorError("measure.geography_names", ids=twice)


def _check_ids(blocks: Blocks, areas: Areas, others: Sequence[Areas]) -> None:
    """Raise where areas of different geographies share an id, and say which geographies."""
    units = blocks.units.index
    seen = dict.fromkeys(map(str, units), schema.MUNICIPALITY_LEVEL)
    seen |= {county_key(units): schema.COUNTY_LEVEL}
    shared = []
    for one in (areas, *others):
        for key in map(str, one.frame.index):
            if key in seen:
                shared.append(f"{key} ({seen[key]}, {one.geography})")
            seen[key] = one.geography
    if shared:
        raise IndicatorError("measure.area_ids_shared", ids=shared)
