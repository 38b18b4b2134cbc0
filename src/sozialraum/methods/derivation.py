"""What a reader can derive of hidden counts from the sums they enter.

Published counts are known to the reader, and so are all denominators; of a hidden count
he knows a range beforehand. The sums form a tree, in which one pass up and one pass down
give the exact range of every hidden count, whole numbers included: every limit is a whole
number and no count enters two sums of one level.
"""

from dataclasses import dataclass, replace

import numpy as np

from sozialraum.methods.tables import FAR, Cells, Hierarchy


@dataclass(frozen=True, slots=True, eq=False)
class Ranges:
    """Derived ranges, lower limits beside upper ones.

    Parameters
    ----------
    low, high
        (tables, places) everything considered, the supplier's mark of the count itself
        included.
    free_low, free_high
        The same without the supplier's mark of the count itself.
    rest_low, rest_high
        (tables, municipalities + 1) all hidden areas of a municipality together; last,
        all municipalities together whose total is hidden.
    parts_low, parts_high
        The same, the totals themselves left aside.
    gap_low, gap_high
        (tables, municipalities + 1) people in a total but in none of its parts.
    """

    low: np.ndarray
    high: np.ndarray
    free_low: np.ndarray
    free_high: np.ndarray
    rest_low: np.ndarray
    rest_high: np.ndarray
    parts_low: np.ndarray
    parts_high: np.ndarray
    gap_low: np.ndarray
    gap_high: np.ndarray


def derive(
    hierarchy: Hierarchy, cells: Cells, known: np.ndarray, low: np.ndarray, high: np.ndarray
) -> Ranges:
    """Return what follows for every place from known counts, known ranges and the sums.

    Parameters
    ----------
    hierarchy, cells
        Places; counts with their residues and free limits.
    known
        (tables, places) True where the count is known exactly.
    low, high
        (tables, places) ranges known beforehand of the others.

    Notes
    -----
    One pass up the tree and one down; exact, because the sums form a tree. Where the mark
    of a count is left aside, so are those of the totals it enters and of the parts it is
    the total of: they would say the same.
    """
    residue = cells.residue
    low, high = np.where(known, cells.low, low), np.where(known, cells.low, high)
    free_low = np.where(known, cells.low, cells.free_low)
    free_high = np.where(known, cells.low, cells.free_high)
    up = _upwards(hierarchy, residue, low, high)
    down = _downwards(hierarchy, residue, low, high, up)
    areas = _around_areas(hierarchy, residue, (low, high), up, down)
    free_down = _downwards(hierarchy, residue, free_low, free_high, up)
    free_areas = _around_areas(hierarchy, residue, (low, high), up, free_down)
    totals = _around_totals(hierarchy, residue, up, down)
    free_up = _upwards(hierarchy, residue, free_low, free_high)
    free_totals = _around_totals(hierarchy, residue, free_up, free_down)
    parts, whole = _rests(hierarchy, residue, known, (low, high), sums=(up, down))
    total_low = low[..., hierarchy.areas :]
    return Ranges(
        low=np.maximum(_joined(areas[0], totals[0]), low),
        high=np.minimum(_joined(areas[1], totals[1]), high),
        free_low=np.maximum(_joined(free_areas[0], free_totals[0]), free_low),
        free_high=np.minimum(_joined(free_areas[1], free_totals[1]), free_high),
        rest_low=np.maximum(parts[0], whole[0]),
        rest_high=np.minimum(parts[1], whole[1]),
        parts_low=parts[0],
        parts_high=parts[1],
        gap_low=np.maximum(total_low - _with_top(up.sum_high, up.high), 0),
        gap_high=total_low - _with_top(up.sum_low, up.low),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Upwards:
    """Sums of areas, what they say of a municipality, and that within its own limits."""

    sum_low: np.ndarray
    sum_high: np.ndarray
    child_low: np.ndarray
    child_high: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class _Downwards:
    """What the county says of a municipality, and that within its own limits."""

    top_low: np.ndarray
    top_high: np.ndarray
    low: np.ndarray
    high: np.ndarray


def _upwards(h: Hierarchy, residue: np.ndarray, low: np.ndarray, high: np.ndarray) -> _Upwards:
    unit = slice(h.areas, h.areas + h.units)
    sum_low, sum_high = h.sums(low[..., : h.areas]), h.sums(high[..., : h.areas])
    filled = np.diff(h.starts) > 0
    child_low = np.where(filled, sum_low + residue[..., unit], 0)
    child_high = np.where(filled, sum_high + residue[..., unit], FAR)
    return _Upwards(
        sum_low,
        sum_high,
        child_low,
        child_high,
        np.maximum(low[..., unit], child_low),
        np.minimum(high[..., unit], child_high),
    )


def _downwards(
    h: Hierarchy, residue: np.ndarray, low: np.ndarray, high: np.ndarray, up: _Upwards
) -> _Downwards:
    unit, top = slice(h.areas, h.areas + h.units), slice(h.areas + h.units, None)
    others_low = up.low.sum(-1, keepdims=True) - up.low
    others_high = up.high.sum(-1, keepdims=True) - up.high
    top_low = low[..., top] - residue[..., top] - others_high
    top_high = high[..., top] - residue[..., top] - others_low
    return _Downwards(
        top_low,
        top_high,
        np.maximum(top_low, low[..., unit]),
        np.minimum(top_high, high[..., unit]),
    )


def _around_areas(
    h: Hierarchy,
    residue: np.ndarray,
    limits: tuple[np.ndarray, np.ndarray],
    up: _Upwards,
    down: _Downwards,
) -> tuple[np.ndarray, np.ndarray]:
    """Return what all others say of every area, its own limits left aside."""
    n, owner = h.areas, h.unit_of_area
    gap = residue[..., n : n + h.units]
    low = (down.low - gap - up.sum_high)[..., owner] + limits[1][..., :n]
    high = (down.high - gap - up.sum_low)[..., owner] + limits[0][..., :n]
    return low, high


def _around_totals(
    h: Hierarchy, residue: np.ndarray, up: _Upwards, down: _Downwards
) -> tuple[np.ndarray, np.ndarray]:
    """Return what all others say of every municipality and of the county."""
    top_gap = residue[..., h.areas + h.units :]
    low = np.maximum(down.top_low, up.child_low)
    high = np.minimum(down.top_high, up.child_high)
    top_low = up.low.sum(-1, keepdims=True) + top_gap
    top_high = up.high.sum(-1, keepdims=True) + top_gap
    return _joined(low, top_low), _joined(high, top_high)


def _joined(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return np.concatenate([left, right], axis=-1)


def _rests(
    h: Hierarchy,
    residue: np.ndarray,
    known: np.ndarray,
    limits: tuple[np.ndarray, np.ndarray],
    *,
    sums: tuple[_Upwards, _Downwards],
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return limits of hidden parts together, from the parts themselves and from the totals."""
    up, down = sums
    n, m = h.areas, h.units
    known_unit = known[..., n : n + m]
    shown_areas = h.sums(np.where(known[..., :n], limits[0][..., :n], 0))
    taken = _with_top(shown_areas, np.where(known_unit, up.low, 0)) + residue[..., n:]
    parts, whole = [], []
    for side, own, total in ((limits[0], up.low, down.low), (limits[1], up.high, down.high)):
        areas = h.sums(np.where(known[..., :n], 0, side[..., :n]))
        parts.append(_with_top(areas, np.where(known_unit, 0, own)))
        whole.append(_joined(total, side[..., n + m :]) - taken)
    return parts, whole


def _with_top(of_units: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Return values of municipalities, with the sum over municipalities as last column."""
    return np.concatenate([of_units, units.sum(-1, keepdims=True)], axis=-1)


def true_limits(hierarchy: Hierarchy, cells: Cells) -> Cells:
    """Return the cells with residues found and true limits narrowed by the sums.

    A total that exceeds the sum of its parts leaves a residue: people without address.
    Where parts are missing, the residue is as near to nothing as their limits allow.
    """
    n, m = hierarchy.areas, hierarchy.units
    exact = cells.low == cells.high
    residue = np.zeros_like(cells.low)
    total, known = cells.low[..., n : n + m], exact[..., n : n + m]
    filled = np.diff(hierarchy.starts) > 0
    parts_low = hierarchy.sums(cells.low[..., :n])
    parts_high = hierarchy.sums(cells.high[..., :n])
    gap = total - np.clip(total, parts_low, parts_high)
    residue[..., n : n + m] = np.where(known & filled, gap, 0)
    top = cells.low[..., n + m :]
    units_low = np.where(known | ~filled, total, np.maximum(total, parts_low))
    units_high = np.where(
        known | ~filled,
        cells.high[..., n : n + m],
        np.minimum(cells.high[..., n : n + m], parts_high),
    )
    top_gap = top - np.clip(
        top, units_low.sum(-1, keepdims=True), units_high.sum(-1, keepdims=True)
    )
    residue[..., n + m :] = np.where(exact[..., n + m :], top_gap, 0)
    settled = replace(cells, residue=residue)
    found = derive(hierarchy, settled, exact, cells.low, cells.high)
    # a supplier's limits may contradict each other; then they tell nothing more
    better = ~exact & (found.low <= found.high)
    return replace(
        settled,
        low=np.where(better, found.low, cells.low),
        high=np.where(better, found.high, cells.high),
    )
