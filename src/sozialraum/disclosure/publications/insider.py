"""What a single case can derive, who knows itself.

Where an area holds one case, that person knows that it is one; what the person derives
about others is looked for in the part of the publication that hangs together with it
(the singleton problem, SSBtools ``singletonMethod``).
"""

from collections.abc import Mapping

import numpy as np
from scipy.sparse import coo_array, csr_array, vstack
from scipy.sparse.csgraph import connected_components

from sozialraum.disclosure.publications.asking import sums_of
from sozialraum.disclosure.publications.compile import Compiled
from sozialraum.disclosure.publications.grounds import Derived, Sources, leak_of, make_grounds
from sozialraum.disclosure.publications.reach import Name, Reach
from sozialraum.methods.feasibility import System, Targets, search
from sozialraum.methods.suppression import Need
from sozialraum.methods.tables import FAR
from sozialraum.model.audited import Leak


def insider_leaks(
    compiled: Compiled, reach: Reach, leaks: Mapping[int, Leak], *, workers: int = 1
) -> tuple[dict[int, Leak], set[Name]]:
    """Return small counts that a single case elsewhere derives exactly, by target.

    Parameters
    ----------
    compiled, reach
        The publication and its targets.
    leaks
        What everybody derives; not reported again.
    workers
        Threads of the search.

    Returns
    -------
    tuple
        Leaks by target, and names of targets that could not be decided.
    """
    k = compiled.publication.rule.k
    small = (reach.facts.count >= 1) & (reach.facts.count < k)
    small[list(leaks)] = False
    watched = np.flatnonzero(small)
    sums, known = sums_of(compiled.frame, csr_array(reach.sets[reach.which]), reach.variable)
    found: dict[int, Leak] = {}
    unsure: set[Name] = set()
    part = _parts(compiled.system)
    for alone in _single(reach, leaks):
        mine = np.array([t for t in watched.tolist() if t not in found], dtype=np.int64)
        asked = mine[_apart(reach, mine, alone) & _connected(sums, part, mine, alone)]
        if not len(asked):
            continue
        own = csr_array(sums[[alone]])
        system = _with_row(compiled.system, own, 1 - known[alone])
        nothing = np.zeros(len(asked), dtype=np.int64)
        need = Need(nothing + FAR, nothing, nothing + 1)
        targets = Targets(csr_array(sums[asked]), known[asked], need)
        verdicts = search(system, targets, workers=workers)
        sources = Sources(compiled, system, _knowledge(reach, alone))
        for position, target in enumerate(asked.tolist()):
            derived = Derived.of(verdicts, position)
            if verdicts.unmet[position]:
                grounds = make_grounds(sources, derived, known=int(known[target]))
                found[target] = leak_of(compiled, reach, target, "insider", derived, grounds)
            elif derived.open:
                unsure.add(reach.names[reach.which[target]])
    return found, unsure


def _single(reach: Reach, leaks: Mapping[int, Leak]) -> list[int]:
    """Return the targets that are areas with one case, unless everybody knows that."""
    return [
        target
        for target in np.flatnonzero(reach.facts.count == 1).tolist()
        if reach.names[reach.which[target]][0] == "area"
        and not (target in leaks and leaks[target].reason == "exact")
    ]


def _parts(system: System) -> np.ndarray:
    """Return the number of the independent part every unknown belongs to."""
    rows, columns = system.rows, system.columns
    found = system.matrix.tocoo()
    ones = np.ones(found.nnz, dtype=np.int8)
    links = coo_array((ones, (found.row, found.col + rows)), shape=(rows + columns,) * 2)
    return connected_components(links, directed=False)[1][rows:]


def _connected(sums: csr_array, part: np.ndarray, targets: np.ndarray, alone: int) -> np.ndarray:
    """Return which targets hang together with a single case."""
    own = np.unique(part[_columns(sums, alone)])
    return np.array([np.isin(part[_columns(sums, t)], own).any() for t in targets], dtype=bool)


def _columns(sums: csr_array, row: int) -> np.ndarray:
    return sums.indices[sums.indptr[row] : sums.indptr[row + 1]]


def _apart(reach: Reach, targets: np.ndarray, alone: int) -> np.ndarray:
    """Return which targets share no piece with a single case."""
    own = reach.sets[[reach.which[alone]]]
    shared = reach.sets[reach.which[targets]] @ own.T
    return np.asarray(shared.sum(axis=1)).ravel() == 0


def _with_row(system: System, row: csr_array, value: int) -> System:
    """Return a system with one more row: a sum of which the value is known."""
    limit = np.array([value], dtype=np.int64)
    return System(
        csr_array(vstack([system.matrix, row], format="csr", dtype=np.int64)),
        np.concatenate([system.row_low, limit]),
        np.concatenate([system.row_high, limit]),
        system.low,
        system.high,
        system.truth,
    )


def _knowledge(reach: Reach, alone: int) -> tuple[str, ...]:
    """Return who is alone where: what only this person knows."""
    return ("alone", reach.names[reach.which[alone]][1])
