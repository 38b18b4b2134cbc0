"""Targets as sums of unknowns, and what must remain possible for each."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array, vstack

from sozialraum.disclosure.publications.compile import Compiled
from sozialraum.disclosure.publications.frame import Frame
from sozialraum.disclosure.publications.judge import IMPOSSIBLE, count_needs, rest_needs
from sozialraum.disclosure.publications.reach import Reach
from sozialraum.methods.feasibility import Targets, search
from sozialraum.methods.suppression import Need
from sozialraum.methods.tables import FAR
from sozialraum.model.publication import Publication

NO_ROW = -1


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What is asked of the search.

    Parameters
    ----------
    targets
        One row a target, its cases; then rows for the rests of universes that are not
        known.
    rest
        (targets,) row of the rest of the universe, :data:`NO_ROW` where there is none of
        its own.
    base
        (targets,) universe that everybody knows; meaningless elsewhere.
    fixed
        (targets,) True where everybody knows the universe.
    universe
        (targets,) its name, empty where there is none.
    """

    targets: Targets
    rest: np.ndarray
    base: np.ndarray
    fixed: np.ndarray
    universe: list[str]


def ask(publication: Publication, frame: Frame, reach: Reach) -> Asked:
    """Return the targets as rows over the unknowns, with their needs."""
    rule = publication.rule
    above = [publication.variables[name].subset_of for name in frame.variables]
    universe = np.array([frame.variables.get(name, -1) for name in above], dtype=np.int64)
    of_target = universe[reach.variable]
    count, known = sums_of(frame, csr_array(reach.sets[reach.which]), reach.variable)
    has = np.flatnonzero(of_target >= 0)
    base, base_known = sums_of(frame, csr_array(reach.sets[reach.which[has]]), of_target[has])
    open_ = np.diff(base.indptr) > 0
    fixed = np.zeros(len(reach), dtype=bool)
    fixed[has[~open_]] = True
    own = has[open_]
    rest = np.full(len(reach), NO_ROW)
    rest[own] = len(reach) + np.arange(len(own))
    needs = count_needs(rule, reach.facts, fixed=fixed)
    more = rest_needs(rule, reach.facts.at(own))
    total = np.zeros(len(reach), dtype=np.int64)
    total[has] = base_known
    targets = Targets(
        csr_array(vstack([count, base[open_] - count[own]], format="csr", dtype=np.int64)),
        np.concatenate([known, base_known[open_] - known[own]]),
        Need(
            *(
                np.concatenate([getattr(needs, side), getattr(more, side)])
                for side in ("low", "high", "width")
            )
        ),
    )
    return Asked(targets, rest, total, fixed, [above[v] for v in reach.variable])


def sums_of(frame: Frame, sets: csr_array, variable: np.ndarray) -> tuple[csr_array, np.ndarray]:
    """Return sums of a variable each over sets of pieces: unknowns, and what is known.

    Parameters
    ----------
    frame
        The pieces.
    sets
        (n, pieces) ones.
    variable
        (n,) positions of variables.
    """
    row = np.repeat(np.arange(len(variable)), np.diff(sets.indptr))
    column = frame.column[variable[row], sets.indices]
    known = np.zeros(len(variable), dtype=np.int64)
    np.add.at(known, row, frame.known[variable[row], sets.indices])
    free = column >= 0
    entries = (np.ones(int(free.sum()), dtype=np.int64), (row[free], column[free]))
    matrix = csr_array(coo_array(entries, shape=(len(variable), len(frame.low))))
    return matrix, known


def limits_asked(targets: Targets, rows: np.ndarray) -> Targets:
    """Return some targets with a need that nothing meets: their exact limits are wanted."""
    low, high, width = (np.full(len(rows), value, dtype=np.int64) for value in IMPOSSIBLE)
    return Targets(csr_array(targets.matrix[rows]), targets.offset[rows], Need(low, high, width))


def free_pieces(compiled: Compiled, *, workers: int = 1) -> np.ndarray:
    """Return (variables, pieces) True where a count may be so large that nothing leaks with it.

    A set of n < k cases that holds such a piece can reach k - 1 + w cases: it is neither
    below k nor narrower than w.
    """
    frame, rule = compiled.frame, compiled.publication.rule
    found = np.zeros(frame.column.shape, dtype=bool)
    for name in rule.sensitive:
        variable = frame.variables[name]
        column = frame.column[variable]
        unknown = np.flatnonzero(column >= 0)
        count = len(unknown)
        entries = (np.ones(count, np.int64), (np.arange(count), column[unknown]))
        matrix = csr_array(coo_array(entries, shape=(count, len(frame.low))))
        zero = np.zeros(count, dtype=np.int64)
        need = Need(zero + FAR, zero + rule.k - 1 + max(rule.width, 1), zero)
        targets = Targets(matrix, zero, need)
        verdicts = search(compiled.system, targets, exact=False, workers=workers)
        found[variable, unknown] = ~verdicts.unmet & ~verdicts.unresolved
    return found
