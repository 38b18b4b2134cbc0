"""What must not be narrowed too far: every hidden count, and sums that totals give away."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, vstack

from sozialraum.disclosure.links import Links
from sozialraum.disclosure.tree.system import Entries, Unknowns, numbered
from sozialraum.methods.derivation import derive
from sozialraum.methods.suppression import Minima, Need, place_needs, rest_limits, rest_needs
from sozialraum.methods.tables import FAR
from sozialraum.methods.witnesses import Targets


@dataclass(frozen=True, slots=True, eq=False)
class _Kind:
    """Targets of one kind: offsets, needs (low, high, width), tables and zones."""

    offset: np.ndarray
    need: Need
    table: np.ndarray
    zone: np.ndarray


def make_targets(unknowns: Unknowns, links: Links, minima: Minima) -> tuple[Targets, np.ndarray]:
    """Return the targets, with table and zone (municipality or county) of each.

    Targets are hidden counts with the supplier's own mark left aside, the same with the
    mark (which must not be narrowed), hidden totals, and sums of hidden counts.
    """
    entries = Entries()
    need = place_needs(unknowns.cells)
    kinds = [
        _single(unknowns, need, entries),
        _totals(unknowns, need, entries),
        _county(unknowns, need, entries),
    ]
    unmarked = entries.rows
    kinds += [_marked(unknowns, entries), *_rests(unknowns, minima, entries)]
    joined = Need(
        *(
            np.concatenate([getattr(kind.need, side) for kind in kinds])
            for side in ("low", "high", "width")
        )
    )
    offset, table, zone = (
        np.concatenate([getattr(kind, name) for kind in kinds])
        for name in ("offset", "table", "zone")
    )
    matrix = entries.matrix(len(unknowns))
    relaxed = _marks_of(unknowns, links, matrix, unmarked)
    return Targets(matrix, offset, joined, relaxed), np.column_stack([table, zone])


def _at(need: Need, where: tuple[np.ndarray, ...]) -> Need:
    return Need(need.low[where], need.high[where], need.width[where])


def _single(unknowns: Unknowns, need: Need, entries: Entries) -> _Kind:
    """Every hidden count."""
    count = len(unknowns)
    everything = np.arange(count)
    entries.add(entries.block(count) + everything, everything)
    at = (unknowns.table, unknowns.place)
    zero = np.zeros(count, dtype=np.int64)
    return _Kind(zero, _at(need, at), unknowns.table, unknowns.owner)


def _marks_of(unknowns: Unknowns, links: Links, targets: csr_array, first: int) -> csr_array:
    """Return ones where a mark is left aside: at the places of the first targets.

    Marks of linked counts at the same place, of the totals above it, and of the parts
    below a total, are left aside too: they would say the same.
    """
    cells, at = unknowns.cells, (unknowns.table, unknowns.place)
    differs = (cells.known_low != cells.free_low) | (cells.known_high != cells.free_high)
    marked = np.flatnonzero(differs[at])
    size, places = len(unknowns), cells.low.shape[1]
    family = links.families[unknowns.table].astype(np.int64) * places
    unit = np.minimum(unknowns.hierarchy.areas + unknowns.owner, places - 1)
    own, above, top = (family + place for place in (unknowns.place, unit, places - 1))
    below = len(links.families) * places
    shape = (2 * below, size)
    seen_at = _incidence([own, above, top, below + own], np.arange(size), shape)
    saying = [spots[marked] for spots in (own, below + above, below + top)]
    said_at = _incidence(saying, marked, shape)
    result = csr_array(targets[:first] @ seen_at.T @ said_at)
    result.data[:] = 1
    rows = len(targets.indptr) - 1 - first
    return csr_array(vstack([result, csr_array((rows, size), dtype=np.int64)]))


def _incidence(spots: list[np.ndarray], columns: np.ndarray, shape: tuple[int, int]) -> csr_array:
    """Return ones where a column belongs to a spot: (spots, columns)."""
    ones = np.ones(len(spots) * len(columns), dtype=np.int64)
    return csr_array((ones, (np.concatenate(spots), np.tile(columns, len(spots)))), shape=shape)


def _marked(unknowns: Unknowns, entries: Entries) -> _Kind:
    """Every count with a supplier's mark: nothing may be learnt beyond the mark."""
    columns = np.flatnonzero(unknowns.cells.marked[unknowns.table, unknowns.place])
    entries.add(entries.block(len(columns)) + np.arange(len(columns)), columns)
    at = (unknowns.table[columns], unknowns.place[columns])
    zero = np.zeros(len(columns), dtype=np.int64)
    high = unknowns.cells.known_high[at]
    # a mark without an upper limit cannot be reached, and nothing is learnt below it
    need = Need(unknowns.cells.known_low[at], np.where(high < FAR, high, zero), zero)
    return _Kind(zero, need, at[0], unknowns.owner[columns])


def _totals(unknowns: Unknowns, need: Need, entries: Entries) -> _Kind:
    """Hidden totals of municipalities that have hidden areas and no column of their own."""
    chosen = unknowns.hidden[:, unknowns.unit] & (unknowns.inside > 0)
    chosen &= unknowns.column[:, unknowns.unit] < 0
    entries.add(*unknowns.of_units(numbered(chosen, entries.block(int(chosen.sum())))))
    table, zone = np.nonzero(chosen)
    at = (table, zone + unknowns.hierarchy.areas)
    return _Kind(unknowns.shown[chosen], _at(need, at), table, zone)


def _county(unknowns: Unknowns, need: Need, entries: Entries) -> _Kind:
    """Hidden totals of the county, where a municipality is hidden and none has a column."""
    hidden = unknowns.hidden
    chosen = hidden[:, -1] & hidden[:, unknowns.unit].any(axis=1) & (unknowns.column[:, -1] < 0)
    entries.add(*unknowns.of_county(numbered(chosen, entries.block(int(chosen.sum())))))
    table = np.flatnonzero(chosen)
    last = np.full(len(table), hidden.shape[1] - 1)
    zone = np.full(len(table), unknowns.hierarchy.units)
    return _Kind(unknowns.settled[chosen], _at(need, (table, last)), table, zone)


def _rests(unknowns: Unknowns, minima: Minima, entries: Entries) -> list[_Kind]:
    """All hidden areas of a municipality together, and all hidden municipalities.

    A sum whose range is too narrow beforehand (marks of the supplier alone) is left to
    the checks of its parts.
    """
    h, cells = unknowns.hierarchy, unknowns.cells
    need = rest_needs(h, cells, minima)
    hidden, m = unknowns.hidden, h.units
    ranges = derive(h, cells, cells.published, cells.known_low, cells.known_high)
    narrow = need.unmet(*rest_limits(h, cells, ranges))
    several = (unknowns.inside > 1) & ~narrow[:, :m]
    entries.add(*unknowns.of_units(numbered(several, entries.block(int(several.sum())))))
    table, zone = np.nonzero(several)
    zero = np.zeros(len(table), dtype=np.int64)
    found = [_Kind(zero, _at(need, (table, zone)), table, zone)]
    units = (hidden[:, unknowns.unit].sum(axis=1) > 1) & ~narrow[:, m]
    entries.add(*unknowns.of_county(numbered(units, entries.block(int(units.sum())))))
    table = np.flatnonzero(units)
    zone = np.full(len(table), m)
    shown = np.where(hidden[:, unknowns.unit], unknowns.shown, 0).sum(axis=1)
    return [*found, _Kind(shown[units], _at(need, (table, zone)), table, zone)]
