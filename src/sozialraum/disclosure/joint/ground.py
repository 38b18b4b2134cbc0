"""Places of every geography over the pieces they cut each other into."""

from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from sozialraum import schema
from sozialraum.disclosure.links import Links
from sozialraum.disclosure.reading import Reading, read_cells
from sozialraum.disclosure.sheet import Sheet
from sozialraum.disclosure.single import allowed
from sozialraum.disclosure.tree.telling import follow
from sozialraum.methods.tables import FAR, Cells, Hierarchy
from sozialraum.model import Measures, Policy
from sozialraum.model.overlay import atom_ids
from sozialraum.schema import State


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """Everything the joint audit needs to know of places and pieces.

    Parameters
    ----------
    keys
        Id of every place: those of the sheet first, then areas of further geographies.
    geography
        Geography of every place.
    inside
        (places, pieces) ones where a piece lies in a place.
    cells
        Counts at the places; `published` as it stands.
    label, delivered
        (tables, places) state of what is not published; whether it was delivered.
    pieces
        Counts at the pieces.
    known
        (tables, pieces) True where the count of a piece is known to us.
    residue
        (tables, places) people in a place but in none of its pieces (no address).
    blocks
        Number of its piece, by block id.
    withheld
        (tables, pieces) True in municipalities that have not agreed.
    tree
        Number of places of the one hierarchy.
    before
        (areas, pieces) areas of earlier publications, ones.
    before_of
        Geography of each of these.
    """

    keys: tuple[str, ...]
    geography: np.ndarray
    inside: csr_array
    cells: Cells
    label: np.ndarray
    delivered: np.ndarray
    pieces: Cells
    known: np.ndarray
    residue: np.ndarray
    blocks: pd.Series
    withheld: np.ndarray
    tree: int
    before: csr_array
    before_of: np.ndarray

    @property
    def overlaps(self) -> bool:
        """True where there is more than areas in municipalities in a county."""
        return len(self.before_of) > 0 or len(self.keys) > self.tree

    def among(self, tables: np.ndarray) -> "Ground":
        """Return the ground of some tables."""
        return replace(
            self,
            cells=self.cells.rows(tables),
            label=self.label[tables],
            delivered=self.delivered[tables],
            pieces=self.pieces.rows(tables),
            known=self.known[tables],
            residue=self.residue[tables],
            withheld=self.withheld[tables],
        )


def make_ground(
    measures: Measures, policy: Policy, sheet: Sheet, links: Links, published: np.ndarray
) -> Ground:
    """Return places and pieces of all geographies.

    Parameters
    ----------
    measures, policy
        As for the gate.
    sheet, links
        Small areas, municipalities and county, and how the tables are connected.
    published
        (tables, places of the sheet) what may be published of these.
    """
    h = sheet.hierarchy
    cells = replace(sheet.cells, published=published)
    levels = [schema.AREAS_LEVEL] * h.areas + [schema.MUNICIPALITY_LEVEL] * h.units
    levels.append(schema.COUNTY_LEVEL)
    if measures.overlay is None:
        blocks, before = measures.areas.membership, []
        numbers = pd.Index(sheet.keys[: h.areas]).get_indexer(pd.Index(blocks))
        inside = _nested(h.unit_of_area, h.units)
        of_pieces = _part(cells, slice(0, h.areas))
        known = of_pieces.low == of_pieces.high
        label, delivered, keys = sheet.label, sheet.delivered, sheet.keys
    else:
        further = [(a.geography, str(key)) for a in measures.others for key in a.frame.index]
        levels += [geography for geography, _ in further]
        others = read_cells(measures, policy, tuple(key for _, key in further))
        atoms = measures.atoms
        reading = read_cells(measures, policy, tuple(atoms.index.astype(str)))
        of_pieces, known = reading.cells, reading.known
        inside = _lying_in(atoms, list(zip(levels, sheet.keys, strict=False)) + further)
        cells = _beside(cells, _further(others, links, changed=policy.protection.changes))
        label = np.hstack([sheet.label, others.label])
        delivered = np.hstack([sheet.delivered, others.delivered])
        keys = (*sheet.keys, *(key for _, key in further))
        numbers = atoms.index.get_indexer(pd.Index(atom_ids(measures.overlay)))
        blocks = measures.overlay
        before = _earlier(atoms, set(levels))
    units = slice(h.areas, h.areas + h.units)
    withheld = sheet.withheld.astype(np.int64) @ inside[units] > 0
    within = _within(inside, withheld)
    cells = replace(cells, published=cells.published & ~within)
    # a large count that was not agreed to must not look different from a small one
    label = np.where(within & delivered, str(State.NOT_RELEASED), label)
    return Ground(
        keys,
        np.array(levels, dtype=object),
        inside,
        cells,
        label,
        delivered,
        of_pieces,
        known,
        _residue(h, inside, cells, of_pieces, known),
        pd.Series(numbers, index=blocks.index),
        withheld,
        len(sheet.keys),
        csr_array(inside[:0]) if not before else _lying_in(measures.atoms, before),
        np.array([geography for geography, _ in before], dtype=object),
    )


def _within(inside: csr_array, withheld: np.ndarray) -> np.ndarray:
    """Return (tables, places) that lie wholly in what is withheld."""
    size = np.diff(inside.indptr)
    return (withheld.astype(np.int64) @ inside.T == size) & (size > 0)


def _nested(unit_of_area: np.ndarray, units: int) -> csr_array:
    """Return the incidence of areas, municipalities and county over the areas."""
    n = len(unit_of_area)
    own = np.arange(n)
    rows = np.concatenate([own, n + unit_of_area, np.full(n, n + units)])
    ones = np.ones(3 * n, dtype=np.int64)
    return csr_array((ones, (rows, np.tile(own, 3))), shape=(n + units + 1, n))


def _lying_in(atoms: pd.DataFrame, places: list[tuple[str, str]]) -> csr_array:
    """Return which pieces lie in which places."""
    by_place: dict[tuple[str, str], np.ndarray] = {}
    for geography in atoms.columns:
        groups = atoms.groupby(atoms[geography].astype(str), sort=True).indices
        for key, found in groups.items():
            by_place[str(geography), str(key)] = np.asarray(found)
    # a block of earlier years lies in no municipality of today
    everywhere = np.flatnonzero(atoms[schema.MUNICIPALITY_LEVEL].to_numpy() != "")
    none = np.zeros(0, dtype=np.int64)
    found = [
        everywhere if level == schema.COUNTY_LEVEL else by_place.get((level, key), none)
        for level, key in places
    ]
    rows = np.repeat(np.arange(len(places)), [len(part) for part in found])
    columns = np.concatenate([none, *found])
    ones = np.ones(len(rows), dtype=np.int64)
    return csr_array((ones, (rows, columns)), shape=(len(places), len(atoms)))


def _earlier(atoms: pd.DataFrame, today: set[str]) -> list[tuple[str, str]]:
    """Return the areas of earlier publications."""
    columns = [name for name in atoms.columns if name not in today]
    return [(name, key) for name in columns for key in sorted(set(atoms[name]) - {""})]


def _further(others: Reading, links: Links, *, changed: bool) -> Cells:
    """Return the cells of further geographies, with marks and what may be published alone."""
    cells = others.cells
    hidden = others.delivered & ~others.known
    marked = hidden & ((cells.low > 0) | (cells.high < np.minimum(cells.base, FAR)))
    cells = replace(
        cells,
        marked=marked,
        known_low=np.where(marked, cells.low, cells.known_low),
        known_high=np.where(marked, cells.high, cells.known_high),
    )
    alone = allowed(cells, changed=changed) & others.known
    return replace(cells, published=follow(links, cells, alone))


def _beside(left: Cells, right: Cells) -> Cells:
    """Return the cells of two sets of places side by side."""
    parts = {}
    for part in fields(Cells):
        one, other = getattr(left, part.name), getattr(right, part.name)
        parts[part.name] = one if part.name == "zero" else np.hstack([one, other])
    return Cells(**parts)


def _part(cells: Cells, places: slice) -> Cells:
    """Return the cells of some places."""
    parts = {}
    for part in fields(Cells):
        values = getattr(cells, part.name)
        parts[part.name] = values if part.name == "zero" else values[:, places]
    return Cells(**parts)


def _residue(
    h: Hierarchy, inside: csr_array, cells: Cells, pieces: Cells, known: np.ndarray
) -> np.ndarray:
    """Return the people of a place who are in none of its pieces, as far as we know.

    Where a piece is not known, what the sums of the one hierarchy say is taken.
    """
    missing = (~known).astype(np.int64) @ inside.T > 0
    sums = np.where(known, pieces.low, 0) @ inside.T
    exact = (cells.low == cells.high) & ~missing
    units, county = slice(h.areas, h.areas + h.units), h.areas + h.units
    handed_down = cells.residue.copy()
    handed_down[:, county] += cells.residue[:, units].sum(axis=1)
    return np.where(exact, cells.low - sums, handed_down)
