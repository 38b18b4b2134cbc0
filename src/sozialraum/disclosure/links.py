"""What connects indicators of one date: parts of wholes, shared counts, full categories.

A reader knows these connections, so the audit must. They are taken as known wherever the
data bear them out.
"""

from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from sozialraum import schema
from sozialraum.disclosure.sheet import Sheet
from sozialraum.methods.tables import FAR, Cells
from sozialraum.model import Indicator

LARGEST_SET = 4
"""Categories are looked for in sets of up to this many indicators of one denominator."""


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """Connections between tables, by their positions.

    Parameters
    ----------
    parts
        (links, 2) tables of a part and of the whole that contains it.
    spare
        (links, places) most that the whole can exceed its part by; :data:`FAR` where
        nothing is known of it; -1 where the data contradict the link.
    leads
        Pairs of tables: where the first is hidden, the second would give it away.
    categories
        Sets of tables whose counts add up to their denominator.
    families
        (tables,) number of the connected group of every table.
    """

    parts: np.ndarray
    spare: np.ndarray
    leads: tuple[tuple[int, int], ...]
    categories: tuple[tuple[int, ...], ...]
    families: np.ndarray

    def family(self, table: int) -> list[int]:
        """Return the tables that are connected with one, itself included."""
        return [int(t) for t in np.flatnonzero(self.families == self.families[table])]

    def among(self, tables: np.ndarray) -> "Links":
        """Return the connections within some tables, in their new positions."""
        new = {int(table): position for position, table in enumerate(tables)}
        kept = np.isin(self.parts, tables).all(axis=1)
        inside = [group for group in self.categories if set(group) <= set(new)]
        return Links(
            np.array(
                [[new[int(t)] for t in pair] for pair in self.parts[kept]], dtype=np.int64
            ).reshape(-1, 2),
            self.spare[kept],
            tuple((new[a], new[b]) for a, b in self.leads if a in new and b in new),
            tuple(tuple(new[t] for t in group) for group in inside),
            np.zeros(len(tables), dtype=np.int64),
        )


def find_links(sheet: Sheet) -> Links:
    """Return how the tables of a sheet are connected."""
    by_date: dict[str, list[int]] = {}
    for table, (_, date) in enumerate(sheet.tables):
        by_date.setdefault(date, []).append(table)
    parts: dict[tuple[int, int], np.ndarray] = {}
    leads: set[tuple[int, int]] = set()
    categories: list[tuple[int, ...]] = []
    for same_date in by_date.values():
        for a in same_date:
            for b in same_date:
                if a != b and _is_part(sheet.tables[a][0], sheet.tables[b][0]):
                    parts[a, b] = _spare(sheet.cells, a, b)
        categories += _categories(sheet, same_date)
    for a, b, same in _shared_counts(sheet):
        leads.add((a, b))
        if same or (b, a) not in parts:
            parts[b, a] = _valid(sheet.cells, b, a, 0 if same else FAR)
    for a, b in (group for group in categories if len(group) == 2):
        leads |= {(a, b), (b, a)}
    pairs = sorted(parts)
    places = len(sheet.keys)
    return Links(
        np.array(pairs, dtype=np.int64).reshape(-1, 2),
        np.array([parts[pair] for pair in pairs], dtype=np.int64).reshape(-1, places),
        tuple(sorted(leads)),
        tuple(categories),
        _families(len(sheet.tables), [*pairs, *leads, *map(tuple, categories)]),
    )


def _families(tables: int, groups: list[tuple[int, ...]]) -> np.ndarray:
    joined = [(group[0], other) for group in groups for other in group[1:]]
    pairs = np.array(joined, dtype=np.int64).reshape(-1, 2)
    graph = csr_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(tables, tables))
    return connected_components(graph, directed=False)[1]


def _is_part(part: Indicator, whole: Indicator) -> bool:
    households = bool(whole.behind) and whole.behind == part.numerator
    return part.part_of == whole.id or households


def _shared_counts(sheet: Sheet) -> list[tuple[int, int, bool]]:
    """Return pairs (a, b) where b shows the count of a: as numerator too, or as denominator."""
    shown = [_names(one.numerator, one.pool) for one, _ in sheet.tables]
    found = []
    for a, (_, date) in enumerate(sheet.tables):
        for b, (other, other_date) in enumerate(sheet.tables):
            declared = other.denominator_date
            base_date = other_date if declared == "same" else declared
            same = date == other_date and bool(shown[a] & shown[b])
            below = date == base_date and bool(shown[a] & _names(other.denominator, other.pool))
            if a != b and (same or below):
                found.append((a, b, same))
    return found


def _names(reference: str | None, years: int) -> set[str]:
    return {schema.pooled(name, years) for name in reference.split("|")} if reference else set()


def _valid(cells: Cells, part: int, whole: int, spare: int | np.ndarray) -> np.ndarray:
    """Return the spare of a link; -1 where the data contradict it."""
    over = cells.low[whole] - cells.high[part] > spare
    under = cells.low[part] > cells.high[whole]
    return np.where(over | under, -1, spare)


def _spare(cells: Cells, part: int, whole: int) -> np.ndarray:
    """Return the most a whole can exceed its part by: the people who are not in the part's base.

    That holds only where the bases nest as the counts do, so it is taken from the data.
    """
    others = cells.base[whole] - cells.base[part]
    based = (cells.base[whole] < FAR) & (cells.base[part] < FAR)
    exact = (cells.low == cells.high)[[part, whole]].all(axis=0) & based
    nested = (others >= 0) & (cells.low[whole] - cells.low[part] <= others)
    if not exact.any() or not nested[exact].all() or (others[based] < 0).any():
        return _valid(cells, part, whole, FAR)
    return _valid(cells, part, whole, np.where(based, others, FAR))


def _categories(sheet: Sheet, tables: list[int]) -> list[tuple[int, ...]]:
    """Return sets of indicators with one denominator that add up to it everywhere."""
    cells = sheet.cells
    exact, areas = cells.low == cells.high, sheet.hierarchy.areas
    by_base: dict[tuple[str, str, int], list[int]] = {}
    for table in tables:
        indicator = sheet.tables[table][0]
        if indicator.denominator is not None:
            key = (indicator.denominator, indicator.denominator_date, indicator.pool)
            by_base.setdefault(key, []).append(table)
    found = []
    for group in by_base.values():
        for size in range(2, min(LARGEST_SET, len(group)) + 1):
            for chosen in combinations(group, size):
                rows = list(chosen)
                if any(
                    _is_part(sheet.tables[a][0], sheet.tables[b][0])
                    for a, b in permutations(chosen, 2)
                ):
                    continue
                base = cells.base[rows[0], :areas]
                known = exact[rows, :areas].all(axis=0) & (base > 0) & (base < FAR)
                sums = cells.low[rows, :areas].sum(axis=0)
                if known.sum() > 1 and (sums == base)[known].all():
                    found.append(chosen)
    return found
