"""Every sum that somebody could single out, with what must remain possible of it."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import csr_array, diags_array, vstack

from sozialraum import schema
from sozialraum.disclosure.joint.ground import Ground
from sozialraum.disclosure.joint.known import TOTALS
from sozialraum.disclosure.joint.needed import Needed, set_needs
from sozialraum.methods.differences import Differences, differences, unions
from sozialraum.methods.feasibility import Targets
from sozialraum.methods.suppression import Minima, Need
from sozialraum.methods.tables import FAR

type Limits = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, slots=True, eq=False)
class Aim:
    """Sums that must not be narrowed too far, what is needed, and the table of each."""

    targets: Targets
    needed: Needed
    table: np.ndarray

    def among(self, chosen: np.ndarray) -> "Aim":
        """Return some of the sums."""
        one, need = self.targets, self.targets.need
        need = Need(need.low[chosen], need.high[chosen], need.width[chosen])
        targets = Targets(csr_array(one.matrix[chosen]), one.offset[chosen], need)
        return Aim(targets, self.needed.among(chosen), self.table[chosen])


def first_aims(ground: Ground, minima: Minima, insider: np.ndarray | None) -> Aim:
    """Return places, pieces, and all differences of areas now and before."""
    geography = np.concatenate([ground.geography, ground.before_of])
    members = csr_array(vstack([ground.inside, ground.before]))
    limits = _true_limits(ground)
    places, tables = len(ground.keys), range(len(ground.known))
    if insider is None:
        sets = differences(members, geography)
        return joined([_aim(ground, minima, t, sets, limits, places=places) for t in tables])
    # who knows some pieces subtracts them: what is left of every sum must be safe from him
    touched = np.append(members @ insider > 0, False)
    left = differences(_beyond(members, insider), geography)
    left = replace(left, area=np.where(touched[left.area], -1, left.area))
    outside = np.flatnonzero(~touched[:places])
    none, every = np.full(places, -1), np.arange(places)
    whole = Differences(ground.inside, every, none, every)
    found = [_aim(ground, minima, t, whole, limits, places=places, chosen=outside) for t in tables]
    return joined(found + [_aim(ground, minima, t, left, limits) for t in tables])


def aims_together(
    ground: Ground, minima: Minima, insider: np.ndarray | None, hidden: np.ndarray
) -> Aim:
    """Return hidden areas of a municipality together: every two, and all of them."""
    limits = _true_limits(ground)
    group = _siblings(ground)
    found = []
    for table in range(len(ground.known)):
        places = np.flatnonzero(hidden[table] & (group >= 0))
        members = _beyond(csr_array(ground.inside[places]), insider)
        sets = unions(members, group[places])
        found.append(_aim(ground, minima, table, sets, limits))
    return joined(found)


def _beyond(members: csr_array, insider: np.ndarray | None) -> csr_array:
    """Return members without the pieces that somebody knows anyway."""
    if insider is None:
        return members
    found = csr_array(members @ diags_array((~insider).astype(np.int64), dtype=np.int64))
    found.eliminate_zeros()
    return found


def gap_aims(
    ground: Ground, published: np.ndarray, shown: Limits, insider: np.ndarray | None
) -> Aim:
    """Return the pieces of totals that would give away people without address.

    These are few, and the total less all pieces: so the pieces must not be known too well.
    """
    cells, count = ground.cells, ground.pieces.low.shape[1]
    known = np.zeros(count) if insider is None else insider
    asked = published & (ground.residue > 0) & (ground.residue < cells.k)
    asked &= np.isin(ground.geography, TOTALS) & (ground.inside @ known == 0)
    asked &= np.diff(ground.inside.indptr) > 0
    table, place = np.nonzero(asked)
    inside = ground.inside[place]
    moved = inside.indices + np.repeat(table, np.diff(inside.indptr)) * count
    shape = (len(place), ground.pieces.low.size)
    matrix = csr_array((inside.data, moved, inside.indptr), shape=shape, dtype=np.int64)
    low, high = (part[table, place] for part in shown)
    k, none = cells.k[table, place], np.zeros(len(place), dtype=np.int64)
    width = np.maximum(np.minimum(k - 1, high) - (high - low), 0)
    need = Need(np.maximum(high - k, 0), none, width)
    needed = Needed(need, none > 0, none + FAR, none)
    return Aim(Targets(matrix, none, need), needed, table)


def _siblings(ground: Ground) -> np.ndarray:
    """Return a number of every place: places of one geography and municipality share it."""
    units = np.flatnonzero(ground.geography == schema.MUNICIPALITY_LEVEL)
    size = np.diff(ground.inside.indptr)
    overlap = csr_array(ground.inside @ ground.inside[units].T).toarray()
    inside = (overlap == size[:, None]) & (size > 0)[:, None]
    owner = np.where(inside.any(axis=1), inside.argmax(axis=1), len(units))
    owner = np.where(ground.geography == schema.MUNICIPALITY_LEVEL, len(units), owner)
    names = {name: i for i, name in enumerate(sorted(set(ground.geography.tolist())))}
    level = np.array([names[name] for name in ground.geography])
    return np.where(size > 0, level * (len(units) + 1) + owner, -1)


def _aim(
    ground: Ground,
    minima: Minima,
    table: int,
    sets: Differences,
    limits: Limits,
    *,
    places: int = 0,
    chosen: np.ndarray | None = None,
) -> Aim:
    """Return the sums of one table, or chosen ones, of which something must remain possible."""
    tables, count = ground.pieces.low.shape
    low, high = limits
    needed = set_needs(ground, minima, table, sets, (low[table], high[table]), places=places)
    asked = np.flatnonzero(~needed.need.vacuous)
    asked = asked if chosen is None else np.intersect1d(asked, chosen)
    found = sets.sets(asked)
    shape = (len(asked), tables * count)
    moved = found.indices.astype(np.int64) + table * count
    matrix = csr_array((found.data, moved, found.indptr), shape=shape)
    offset = np.zeros(len(sets), dtype=np.int64)
    offset[:places] = ground.residue[table, :places]
    kept = needed.among(asked)
    return Aim(Targets(matrix, offset[asked], kept.need), kept, np.full(len(asked), table))


def joined(aims: list[Aim]) -> Aim:
    """Return the sums of several, one after the other."""
    needs = [one.targets.need for one in aims]
    need = Need(
        np.concatenate([one.low for one in needs]),
        np.concatenate([one.high for one in needs]),
        np.concatenate([one.width for one in needs]),
    )
    unsure, least, most = (
        np.concatenate([getattr(one.needed, name) for one in aims])
        for name in ("unsure", "least", "most")
    )
    matrix: Any = csr_array(vstack([one.targets.matrix for one in aims]), dtype=np.int64)
    offset = np.concatenate([one.targets.offset for one in aims])
    table = np.concatenate([one.table for one in aims])
    return Aim(Targets(matrix, offset, need), Needed(need, unsure, least, most), table)


def _true_limits(ground: Ground) -> tuple[np.ndarray, np.ndarray]:
    """Return what we know of every piece: its count, or what the places around it leave."""
    cells, pieces = ground.cells, ground.pieces
    high = np.where(ground.known, pieces.low, np.minimum(pieces.base, FAR))
    low = np.where(ground.known, pieces.low, 0)
    place, piece = ground.inside.tocoo().coords
    for table in np.flatnonzero(~ground.known.all(axis=1)):
        most = cells.high[table] - ground.residue[table]
        np.minimum.at(high[table], piece, np.maximum(most, 0)[place])
    return low, np.maximum(low, high)
