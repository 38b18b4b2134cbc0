"""Hiding further counts of one table until nothing hidden can be derived (greedy)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from sozialraum.methods.suppression import Minima, exposed
from sozialraum.methods.tables import Cells, Hierarchy


@dataclass(frozen=True, slots=True, eq=False)
class Repair:
    """What may be published of a table, and where that is not enough.

    Parameters
    ----------
    published
        (places,) what may be published.
    stuck
        Municipality (or county) that is still exposed; None if nothing is.
    """

    published: np.ndarray
    stuck: int | None


def repair(hierarchy: Hierarchy, cells: Cells, minima: Minima, *, alone: bool = True) -> Repair:
    """Hide further counts of one table until nothing is exposed.

    Parameters
    ----------
    hierarchy, minima
        Places and the rule for sums.
    cells
        One table (first axis of length 1).
    alone
        True where no other table is linked: then a step that helps but is not enough is
        taken too. Otherwise the search stops there, since hiding elsewhere may do it.

    Notes
    -----
    Greedy: for each municipality in which something is exposed, the cheapest step that
    ends it. A step hides one area; else the municipality's total, together with another
    municipality and one of its areas where the county's total would give it away; else
    the county's total. Costs are people spoken of; ties are broken by position.
    """
    while True:
        zones = np.flatnonzero(exposed(hierarchy, cells, minima).zone[0])
        if not len(zones):
            return Repair(cells.published[0], None)
        zone = int(zones[0])
        step = _best_step(hierarchy, cells, minima, zone, len(zones))
        if step is None and alone:
            step = next_step(hierarchy, cells, zone)
        if step is None:
            return Repair(cells.published[0], zone)
        cells = hide(cells, step)


def hide(cells: Cells, places: tuple[int, ...]) -> Cells:
    """Return the cells with some places of the first table hidden."""
    published = cells.published.copy()
    published[0, list(places)] = False
    return replace(cells, published=published)


def next_step(hierarchy: Hierarchy, cells: Cells, zone: int) -> tuple[int, ...] | None:
    """Return the cheapest step that hides something which adds to a sum; None if none is left."""
    steps = list(_steps(hierarchy, cells, zone))
    adding = [step for step in steps if cells.low[0, list(step)].any()]
    return next(iter([*adding, *steps]), None)


def _best_step(
    hierarchy: Hierarchy, cells: Cells, minima: Minima, zone: int, zones: int
) -> tuple[int, ...] | None:
    for step in _steps(hierarchy, cells, zone):
        after = exposed(hierarchy, hide(cells, step), minima).zone[0]
        if not after[zone] and after.sum() < zones:
            return step
    return None


def _steps(hierarchy: Hierarchy, cells: Cells, zone: int) -> Iterator[tuple[int, ...]]:
    """Yield what could be hidden to protect a municipality (or the county), in order."""
    n, m = hierarchy.areas, hierarchy.units
    published, top = cells.published[0], n + m
    lead: tuple[int, ...] = ()
    first: tuple[int, ...] = ()
    if zone < m:
        areas = _areas_in_order(hierarchy, cells, zone)
        yield from ((area,) for area in areas)
        first = tuple(area for area in areas if cells.low[0, area])[:1]
        lead = (n + zone,) if published[n + zone] else ()
        if lead:
            yield lead
    if published[top]:
        for partner in _partners(hierarchy, cells, zone):
            yield lead + partner
            if first:
                yield first + lead + partner
        yield (*lead, top)
    elif zone == m:
        yield from _partners(hierarchy, cells, zone)


def _areas_in_order(hierarchy: Hierarchy, cells: Cells, unit: int) -> list[int]:
    """Return published areas: those with people first, the cheapest first among them."""
    places = np.arange(hierarchy.starts[unit], hierarchy.starts[unit + 1])
    places = places[cells.published[0, places]]
    empty, loss = cells.low[0, places] == 0, cells.loss[0, places]
    return [int(place) for place in places[np.lexsort((places, loss, empty))]]


def _partners(hierarchy: Hierarchy, cells: Cells, zone: int) -> Iterator[tuple[int, ...]]:
    """Yield other municipalities to hide, alone where an area is hidden, and with one more."""
    n, m = hierarchy.areas, hierarchy.units
    units = np.arange(m)
    for unit in units[np.lexsort((units, cells.loss[0, n : n + m]))]:
        if unit == zone:
            continue
        total = (int(n + unit),) if cells.published[0, n + unit] else ()
        area = tuple(_areas_in_order(hierarchy, cells, unit)[:1])
        inside = cells.published[0, hierarchy.starts[unit] : hierarchy.starts[unit + 1]]
        if total and not (len(inside) and inside.all()):
            yield total
        if area:
            yield total + area
