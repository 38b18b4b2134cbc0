"""What linked indicators tell of each other's hidden counts, and hiding what they would tell."""

from dataclasses import replace

import numpy as np

from sozialraum.disclosure.links import Links
from sozialraum.disclosure.sheet import Sheet
from sozialraum.methods.derivation import derive
from sozialraum.methods.suppression import place_needs
from sozialraum.methods.tables import FAR, Cells

ROUNDS = 50
"""Limits are passed on between linked counts at most so often; fewer rounds only tell less."""


def follow(links: Links, cells: Cells, published: np.ndarray) -> np.ndarray:
    """Return what stays published when no table shows a count that another one hides.

    Of a full set of categories at least two are hidden, or none.
    """
    result = published.copy()
    changed = True
    while changed:
        before = result.copy()
        for leader, follower in links.leads:
            result[follower] &= result[leader]
        for group in links.categories:
            rows = np.array(group)
            alone = (~result[rows]).sum(axis=0) == 1
            small = np.where(result[rows] & (cells.low[rows] > 0), cells.low[rows], FAR)
            places = np.flatnonzero(alone & (small.min(axis=0) < FAR))
            result[rows[np.argmin(small, axis=0)[places]], places] = False
        changed = bool((before != result).any())
    return result


def with_possible(sheet: Sheet, links: Links) -> Sheet:
    """Return the sheet with what is possible at all, given which counts contain which."""
    cells = sheet.cells
    nothing = np.zeros_like(cells.published)
    low, high = _tightened(cells, links, nothing, (cells.least, cells.most))
    possible = derive(
        sheet.hierarchy, replace(cells, free_low=low, free_high=high), nothing, low, high
    )
    low, high = possible.free_low, possible.free_high
    return replace(
        sheet,
        cells=replace(
            cells,
            least=low,
            most=high,
            known_low=np.maximum(cells.known_low, low),
            known_high=np.minimum(cells.known_high, high),
            free_low=low,
            free_high=high,
        ),
    )


def with_links(sheet: Sheet, links: Links, published: np.ndarray) -> Cells:
    """Return the cells with what the published counts of linked indicators tell."""
    cells = sheet.cells
    known = _tightened(cells, links, published, (cells.known_low, cells.known_high))
    free = _tightened(cells, links, published, (cells.free_low, cells.free_high))
    return replace(
        cells,
        published=published,
        known_low=known[0],
        known_high=known[1],
        free_low=free[0],
        free_high=free[1],
    )


def _tightened(
    cells: Cells, links: Links, published: np.ndarray, limits: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the limits of every hidden count, narrowed by the limits of linked counts.

    Published counts get the limits they would have if they were hidden next, together
    with the counts that would then have to be hidden too.
    """
    low = np.where(published, cells.low, limits[0])
    high = np.where(published, cells.low, limits[1])
    once = _narrowed(cells, links, (low, high), limits, next_ones=True)
    for _ in range(ROUNDS):
        new = _narrowed(cells, links, (low, high), (low, high))
        new = (np.where(published, low, new[0]), np.where(published, high, new[1]))
        if (new[0] == low).all() and (new[1] == high).all():
            break
        low, high = new
    return np.where(published, once[0], low), np.where(published, once[1], high)


def _narrowed(
    cells: Cells,
    links: Links,
    linked: tuple[np.ndarray, np.ndarray],
    own: tuple[np.ndarray, np.ndarray],
    *,
    next_ones: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Return own limits narrowed once by what the linked counts' limits tell."""
    low, high = own[0].copy(), own[1].copy()
    leads = set(links.leads) if next_ones else set()
    for (part, whole), spare in zip(links.parts, links.spare, strict=True):
        valid, close = spare >= 0, (spare >= 0) & (spare < FAR)
        if (part, whole) not in leads:
            most, least = linked[1][whole], linked[0][whole] - spare
            high[part] = np.where(valid, np.minimum(high[part], most), high[part])
            low[part] = np.where(close, np.maximum(low[part], least), low[part])
        if (whole, part) not in leads:
            most, least = linked[1][part] + spare, linked[0][part]
            high[whole] = np.where(close, np.minimum(high[whole], most), high[whole])
            low[whole] = np.where(valid, np.maximum(low[whole], least), low[whole])
    for group in () if next_ones else links.categories:
        rows, base = list(group), cells.base[group[0]]
        valid = base < FAR
        all_low, all_high = linked[0][rows].sum(axis=0), linked[1][rows].sum(axis=0)
        for row in rows:
            most, least = base - (all_low - linked[0][row]), base - (all_high - linked[1][row])
            high[row] = np.where(valid, np.minimum(high[row], most), high[row])
            low[row] = np.where(valid, np.maximum(low[row], least), low[row])
    return low, high


def betrayed(links: Links, cells: Cells) -> np.ndarray:
    """Return what must be hidden because a linked count at the same place gives one away.

    Returns
    -------
    ndarray
        (tables, places) published counts to hide.
    """
    hidden = ~cells.published
    exposed = hidden & place_needs(cells).unmet(cells.free_low, cells.free_high)
    exposed = _spread(links, exposed, hidden)
    result = np.zeros_like(exposed)
    for (part, whole), spare in zip(links.parts, links.spare, strict=True):
        valid = spare >= 0
        result[whole] |= valid & exposed[part] & cells.published[whole]
        result[part] |= valid & exposed[whole] & cells.published[part]
    return result


def _spread(links: Links, exposed: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Return exposed counts and the hidden counts that they are linked to, step by step."""
    result = exposed.copy()
    for _ in range(len(links.parts) if exposed.any() else 0):
        before = result.sum()
        for (part, whole), spare in zip(links.parts, links.spare, strict=True):
            valid = spare >= 0
            result[whole] |= result[part] & hidden[whole] & valid
            result[part] |= result[whole] & hidden[part] & valid
        if result.sum() == before:
            break
    return result
