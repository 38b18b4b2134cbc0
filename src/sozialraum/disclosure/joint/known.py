"""What a reader knows, as rows over the pieces of all geographies and all tables."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, vstack

from sozialraum import schema
from sozialraum.disclosure.joint.ground import Ground
from sozialraum.disclosure.links import Links
from sozialraum.disclosure.tree.system import Entries, Limits
from sozialraum.methods.feasibility import System
from sozialraum.methods.tables import FAR

OWN, MARKS, PUBLIC = 0, 1, 2
"""Where a row comes from: this release; marks and connections; what is public already."""

TOTALS = (schema.MUNICIPALITY_LEVEL, schema.COUNTY_LEVEL)
"""Geographies whose counts hold people without address."""


@dataclass(frozen=True, slots=True, eq=False)
class Public:
    """Rows that are public already: earlier releases, totals of other publishers.

    Parameters
    ----------
    matrix
        (rows, tables * pieces), int64.
    low, high
        Limits of every row.
    gap
        (rows,) True where people in none of the pieces were taken off the limits.
    """

    matrix: csr_array
    low: np.ndarray
    high: np.ndarray
    gap: np.ndarray

    def among(self, chosen: np.ndarray) -> "Public":
        """Return some of the rows."""
        matrix = csr_array(self.matrix[np.flatnonzero(chosen)])
        return Public(matrix, self.low[chosen], self.high[chosen], self.gap[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """All rows, and where each comes from.

    Parameters
    ----------
    system
        Columns are counted table by table: ``table * pieces + piece``.
    origin
        (rows,) :data:`OWN`, :data:`MARKS` or :data:`PUBLIC`.
    cell
        (own rows, 2) table and place of every own row; these rows come first.
    """

    system: System
    origin: np.ndarray
    cell: np.ndarray


def joint_rows(
    ground: Ground,
    links: Links,
    shown: tuple[np.ndarray, np.ndarray],
    public: Public | None = None,
    insider: np.ndarray | None = None,
    *,
    gaps: bool = True,
) -> Rows:
    """Return what a reader knows once everything marked as published is published.

    Parameters
    ----------
    ground
        Places and pieces.
    links
        How the tables are connected.
    shown
        (tables, places) smallest and largest true count a published number stands for.
    public
        What is public already.
    insider
        (pieces,) True where the reader knows every count himself.
    gaps
        Whether he knows how many people of a municipality are in none of its pieces. If
        not, a total only says that there are no more people than that.
    """
    tables, pieces = ground.pieces.low.shape
    entries = Entries()
    own, cell = _published(ground, shown, entries)
    limits = [own if gaps else _without_gaps(ground, own, cell)]
    limits += [_marks(ground, entries), *_parts(ground, links, entries)]
    limits += _categories(ground, links, entries)
    low = np.concatenate([part[0] for part in limits])
    high = np.concatenate([part[1] for part in limits])
    origin = np.where(np.arange(entries.rows) < len(cell), OWN, MARKS)
    if insider is not None:
        own_low, own_high = _own_register(ground, insider, entries)
        low, high = np.concatenate([low, own_low]), np.concatenate([high, own_high])
        origin = np.concatenate([origin, np.full(len(own_low), PUBLIC)])
    matrix = entries.matrix(tables * pieces)
    if public is not None:
        public = public if gaps else public.among(~public.gap)
        matrix = csr_array(vstack([matrix, public.matrix]), dtype=np.int64)
        low, high = np.concatenate([low, public.low]), np.concatenate([high, public.high])
        origin = np.concatenate([origin, np.full(len(public.low), PUBLIC)])
    most = np.minimum(ground.pieces.base, FAR).ravel()
    truth = np.where(ground.known, ground.pieces.low, -1).ravel()
    system = System(matrix, low, high, np.zeros_like(most), most, truth)
    return Rows(system, origin, cell)


def _add_places(
    ground: Ground, table: np.ndarray, place: np.ndarray, entries: Entries
) -> np.ndarray:
    """Add a row for every table and place, over its pieces; return the people in none."""
    inside = ground.inside[place]
    first = entries.block(len(place))
    lengths = np.diff(inside.indptr)
    row = first + np.repeat(np.arange(len(place)), lengths)
    column = np.repeat(table, lengths) * ground.pieces.low.shape[1] + inside.indices
    entries.add(row, column)
    return ground.residue[table, place]


def _published(
    ground: Ground, shown: tuple[np.ndarray, np.ndarray], entries: Entries
) -> tuple[Limits, np.ndarray]:
    """Add the numbers of this release; return the cell of every row too."""
    filled = np.diff(ground.inside.indptr) > 0
    table, place = np.nonzero(ground.cells.published & filled)
    gap = _add_places(ground, table, place, entries)
    limits = (shown[0][table, place] - gap, shown[1][table, place] - gap)
    return limits, np.column_stack([table, place])


def _without_gaps(ground: Ground, limits: Limits, cell: np.ndarray) -> Limits:
    """Return limits of rows as upper ones where people without address are in them."""
    table, place = cell.T
    total = np.isin(ground.geography, TOTALS)
    gap = np.where(total[place], ground.residue[table, place], 0)
    return np.where(gap > 0, -FAR, limits[0]), limits[1] + gap


def _own_register(ground: Ground, insider: np.ndarray, entries: Entries) -> Limits:
    """Add the counts of all places and pieces that lie in what an insider knows."""
    size = np.diff(ground.inside.indptr)
    within = (ground.inside @ insider.astype(np.int64) == size) & (size > 0)
    cells = ground.cells
    table, place = np.nonzero((cells.low == cells.high) & within)
    gap = _add_places(ground, table, place, entries)
    of_places = cells.low[table, place] - gap
    table, piece = np.nonzero(ground.known & insider)
    row = entries.block(len(piece)) + np.arange(len(piece))
    entries.add(row, table * len(insider) + piece)
    found = np.concatenate([of_places, ground.pieces.low[table, piece]])
    return found, found


def _marks(ground: Ground, entries: Entries) -> Limits:
    """Add what a supplier's mark says of a hidden count."""
    cells = ground.cells
    filled = np.diff(ground.inside.indptr) > 0
    table, place = np.nonzero(cells.marked & ~cells.published & filled)
    gap = _add_places(ground, table, place, entries)
    high = cells.known_high[table, place]
    return cells.known_low[table, place] - gap, np.where(high < FAR, high - gap, FAR)


def _parts(ground: Ground, links: Links, entries: Entries) -> list[Limits]:
    """Add which counts contain others, piece by piece."""
    pieces, known = ground.pieces, ground.known
    count = pieces.low.shape[1]
    found = []
    for (part, whole), spare in zip(links.parts, links.spare, strict=True):
        both = known[part] & known[whole]
        above = pieces.low[whole] - pieces.low[part]
        room = _room(ground, int(part), int(whole), spare)
        room = np.where(both & (above > room), FAR, room)
        at = np.flatnonzero(np.where(both, above >= 0, (spare >= 0).all()))
        row = entries.block(len(at)) + np.arange(len(at))
        entries.add(row, whole * count + at)
        entries.add(row, part * count + at, -1)
        found.append((np.zeros(len(at), dtype=np.int64), room[at]))
    return found


def _room(ground: Ground, part: int, whole: int, spare: np.ndarray) -> np.ndarray:
    """Return how much a whole can exceed its part by in every piece."""
    count = ground.pieces.low.shape[1]
    valid = spare[spare >= 0]
    if len(valid) and (valid == 0).all():
        return np.zeros(count, dtype=np.int64)  # one count shown by two indicators
    base = ground.pieces.base
    based = (base[part] < FAR) & (base[whole] < FAR) & (base[whole] >= base[part])
    told = bool((valid < FAR).any())
    return np.where(based & told, base[whole] - base[part], FAR)


def _categories(ground: Ground, links: Links, entries: Entries) -> list[Limits]:
    """Add full sets of categories: in every piece they add up to its denominator."""
    pieces = ground.pieces
    count = pieces.low.shape[1]
    found = []
    for group in links.categories:
        rows = np.array(group)
        base = pieces.base[rows[0]]
        known = ground.known[rows].all(axis=0)
        right = ~known | (pieces.low[rows].sum(axis=0) == base)
        at = np.flatnonzero((base < FAR) & right)
        row = entries.block(len(at)) + np.arange(len(at))
        for table in group:
            entries.add(row, table * count + at)
        found.append((base[at], base[at]))
    return found
