"""The last check before release: no hidden count can be narrowed too far.

Where one sum stands alone, the ranges of :mod:`sozialraum.methods.derivation` are exact.
Where several rules meet (linked indicators, hidden totals), witnesses decide.
"""

from dataclasses import dataclass

import numpy as np

from sozialraum.disclosure.links import Links
from sozialraum.disclosure.sheet import Sheet
from sozialraum.disclosure.tree.system import Unknowns, known_rules
from sozialraum.disclosure.tree.targets import make_targets
from sozialraum.methods.suppression import Minima
from sozialraum.methods.tables import Cells
from sozialraum.methods.witnesses import components, witness_ranges


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """Result of a check.

    Parameters
    ----------
    closed
        Number of hidden counts and sums checked by a closed form.
    programmed
        Number of those checked by linear programmes.
    open_zones
        Table and municipality (or county) of what is not shown to be protected.
    """

    closed: int
    programmed: int
    open_zones: tuple[tuple[int, int], ...]


def check(sheet: Sheet, links: Links, cells: Cells, minima: Minima, changed: np.ndarray) -> Finding:
    """Check every hidden count, and every sum of hidden ones that a total gives away.

    Parameters
    ----------
    sheet, links
        Places, tables and how they are connected.
    cells
        Counts with `published` as it is to be released and with known ranges of the
        others; nothing of it is exposed in its own table.
    minima
        Rule for sums.
    changed
        (tables, municipalities + 1) where anything changed since a check that left
        nothing open there. Only what is connected with a change is solved anew.
    """
    unknowns = Unknowns(sheet, cells)
    rules = known_rules(unknowns, links)
    targets, zones = make_targets(unknowns, links, minima)
    column_part, row_part, target_part = components(rules, targets)
    parts = max(column_part.max(initial=-1), target_part.max(initial=-1)) + 1
    coupled = np.bincount(row_part, minlength=parts) > 1
    asked = ~targets.need.vacuous & coupled[target_part]
    anew = np.zeros(parts, dtype=bool)
    anew[column_part[changed[unknowns.table, unknowns.owner]]] = True
    rows = np.flatnonzero(asked & anew[target_part])
    coupled &= anew
    chosen_columns = np.flatnonzero(coupled[column_part])
    chosen = targets.chosen(rows, chosen_columns)
    found = witness_ranges(rules.chosen(np.flatnonzero(coupled[row_part]), chosen_columns), chosen)
    unmet = chosen.need.unmet(found.low, found.high)
    return Finding(
        closed=int((~targets.need.vacuous & ~asked).sum()),
        programmed=int(asked.sum()),
        open_zones=tuple(sorted({(int(t), int(z)) for t, z in zones[rows[unmet]]})),
    )
