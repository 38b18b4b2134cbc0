"""Protection within one hierarchy: areas in municipalities in a county.

Sums form a tree there, so closed forms tell what can be derived, table by table; where
linked tables meet, linear programmes and witnesses decide.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sozialraum.disclosure.links import Links
from sozialraum.disclosure.sheet import Sheet
from sozialraum.disclosure.tree.check import Finding, check
from sozialraum.disclosure.tree.telling import betrayed, follow, with_links
from sozialraum.errors import DisclosureError
from sozialraum.methods.derivation import derive
from sozialraum.methods.repair import next_step, repair
from sozialraum.methods.suppression import Minima
from sozialraum.methods.tables import Cells


def protect_in_tree(sheet: Sheet, links: Links, minima: Minima) -> tuple[np.ndarray, Finding]:
    """Return what may be published, and the check that nothing else can be derived."""
    published = sheet.cells.published
    changed = np.ones((len(sheet.tables), sheet.hierarchy.units + 1), dtype=bool)
    published = _settled(sheet, links, minima, published)
    while True:
        cells = with_links(sheet, links, published)
        finding = check(sheet, links, cells, minima, changed)
        if not finding.open_zones:
            return published, finding
        before = published
        published = _hide_more(sheet, links, cells, finding.open_zones)
        published = _settled(sheet, links, minima, published)
        changed = _changed(sheet, links, before != published, finding.open_zones)


def _changed(
    sheet: Sheet, links: Links, places: np.ndarray, zones: Sequence[tuple[int, int]]
) -> np.ndarray:
    """Return (tables, municipalities + 1) where a check has to be made again."""
    h = sheet.hierarchy
    changed = np.zeros((len(places), h.units + 1), dtype=bool)
    changed[:, : h.units] = h.sums(places[:, : h.areas].astype(np.int64)) > 0
    changed |= places[:, h.areas :].any(axis=1, keepdims=True)
    changed[tuple(np.array(zones).T)] = True
    family = np.zeros_like(changed)
    np.logical_or.at(family, links.families, changed)
    return family[links.families]


def _settled(sheet: Sheet, links: Links, minima: Minima, published: np.ndarray) -> np.ndarray:
    """Return what may be published when no table and no link alone gives anything away."""
    while True:
        published = follow(links, sheet.cells, published)
        cells = with_links(sheet, links, published)
        traitors = betrayed(links, cells)
        if traitors.any():
            published = published & ~traitors
            continue
        after, stuck = _repaired(sheet, links, cells, minima)
        if stuck:
            after = _hide_more(sheet, links, replace(cells, published=after), stuck)
        if (after == published).all():
            return published
        published = after


def _repaired(
    sheet: Sheet, links: Links, cells: Cells, minima: Minima
) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Return what may be published, every table on its own, and what is still open."""
    published = cells.published.copy()
    stuck = []
    for table in range(len(sheet.tables)):
        alone = len(links.family(table)) == 1
        row = cells.rows(slice(table, table + 1))
        found = repair(sheet.hierarchy, row, minima, alone=alone)
        published[table] = found.published
        if found.stuck is not None:
            stuck.append((table, found.stuck))
    return published, stuck


def _hide_more(
    sheet: Sheet, links: Links, cells: Cells, zones: Sequence[tuple[int, int]]
) -> np.ndarray:
    """Return what stays published when more is hidden where something is still open.

    What a hidden count leaves open is often closed by a linked one that can be derived
    because it is hidden alone; so those get company first.
    """
    h = sheet.hierarchy
    ranges = derive(h, cells, cells.published, cells.known_low, cells.known_high)
    tight = ~cells.published & (ranges.high - ranges.low < cells.k)
    published = cells.published.copy()
    for table, zone in zones:
        linked = [other for other in links.family(table) if other != table]
        inside = np.r_[h.starts[zone] : h.starts[zone + 1]] if zone < h.units else slice(None)
        alone = [other for other in linked if tight[other, inside].any()]
        steps = _steps_for(sheet, cells, alone, zone)
        steps = steps or _steps_for(sheet, cells, [table], zone)
        steps = steps or _steps_for(sheet, cells, linked, zone)
        if not steps:
            raise DisclosureError("disclosure.not_protectable", ids=[sheet.name(table)])
        for other, step in steps:
            published[other, list(step)] = False
    return published


def _steps_for(
    sheet: Sheet, cells: Cells, tables: Sequence[int], zone: int
) -> list[tuple[int, tuple[int, ...]]]:
    """Return the next thing to hide in each table that has one left."""
    found = [
        (table, next_step(sheet.hierarchy, cells.rows(slice(table, table + 1)), zone))
        for table in tables
    ]
    return [(table, step) for table, step in found if step is not None]
