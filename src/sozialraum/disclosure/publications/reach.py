"""What is looked at: every set of pieces that publications give away by subtraction.

Areas, what two of them share and what one leaves of another (Duke-Williams & Rees 1998,
*Int. J. Geographical Information Science* 12:579), haloes, and unions of hidden areas. A
set is kept for a variable only where the truth makes it protected; sums are worked out
before any set is made.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array, vstack

from sozialraum.disclosure.publications.frame import Frame
from sozialraum.disclosure.publications.halo import Kind, nested_rests
from sozialraum.disclosure.publications.judge import NO_UNIVERSE, Facts
from sozialraum.disclosure.publications.overlap import Overlap, find_overlap, geographies_of
from sozialraum.disclosure.publications.truth import Truth
from sozialraum.model.publication import Publication

type Name = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """Targets: sets of pieces, each for one variable.

    Parameters
    ----------
    sets
        (sets, pieces) ones.
    names
        How every set is made up.
    which, variable
        (targets,) number of the set and position of the variable.
    facts
        What is true of every target.
    cut
        Names of areas of which not everything could be looked at.
    looked_at
        How many sets there were before the truth said which are protected.
    """

    sets: csr_array
    names: tuple[Name, ...]
    which: np.ndarray
    variable: np.ndarray
    facts: Facts
    cut: tuple[Name, ...]
    looked_at: int

    def __len__(self) -> int:
        return len(self.which)


class _Gathered:
    """Sets, family by family; the first name of a set stays."""

    def __init__(self, truth: Truth, pieces: int) -> None:
        self.truth = truth
        self.pieces = pieces
        self.rows: list[csr_array] = []
        self.names: list[Name] = []
        self.wanted: list[np.ndarray] = []
        self.looked_at = 0

    def add(self, sets: csr_array, names: Iterable[Name], wanted: np.ndarray) -> None:
        """Add sets with (variables, sets) True where they are protected."""
        self.rows.append(sets)
        self.names += names
        self.wanted.append(wanted)

    def add_protected(self, sets: csr_array, names: Iterable[Name]) -> None:
        """Add those of some sets that are protected."""
        self.looked_at += len(sets.indptr) - 1
        wanted = self.truth.protected(self.truth.sums(lambda x: sets @ x))
        some = np.flatnonzero(wanted.any(axis=0))
        listed = list(names)
        self.add(csr_array(sets[some]), [listed[i] for i in some], wanted[:, some])


def find_reach(
    publication: Publication,
    frame: Frame,
    nothing: np.ndarray,
    free: np.ndarray | None = None,
) -> Reach:
    """Return the targets of a publication.

    Parameters
    ----------
    publication, frame
        The publication and its pieces.
    nothing
        (variables, pieces) True where a published zero says that a count is 0.
    free
        (variables, pieces) True where a count is proven to be perhaps so large that no
        set with it leaks (:func:`sozialraum.disclosure.publications.asking.free_pieces`). Asked for
        only where there are too many sets otherwise.
    """
    truth = Truth(publication, frame)
    overlap = find_overlap(publication, frame)
    gathered = _Gathered(truth, frame.pieces)
    gathered.add_protected(overlap.members, [("area", name) for name in overlap.names])
    _pairs(overlap, truth, gathered)
    geography = geographies_of(publication, overlap, frame.pieces)
    _haloes(overlap, geography, gathered)
    cut = _nested(overlap, truth.kinds(nothing, free), gathered)
    _unions(overlap, truth, geography, gathered)
    for depth in sorted({frame.named, len(frame.areas)}):
        _atoms(frame, depth, gathered)
    return _joined(gathered, cut)


def _atoms(frame: Frame, depth: int, gathered: _Gathered) -> None:
    """Add pieces that lie in the same areas, counting the first areas only."""
    inside = frame.members[:depth].tocsc()
    inside.sort_indices()
    starts, areas = inside.indptr, inside.indices
    keys: dict[bytes, int] = {}
    atom = [
        keys.setdefault(areas[starts[p] : starts[p + 1]].tobytes(), len(keys))
        for p in range(frame.pieces)
    ]
    entries = (np.ones(frame.pieces, np.int64), (atom, np.arange(frame.pieces)))
    sets = csr_array(coo_array(entries, shape=(len(keys), frame.pieces)))
    gathered.add_protected(sets, [("atom",)] * len(keys))


def _pairs(overlap: Overlap, truth: Truth, gathered: _Gathered) -> None:
    """Add what two areas share, and what one leaves of the other."""
    areas, shared, left, right = overlap.members, overlap.shared, overlap.left, overlap.right
    names = overlap.names
    of_area, of_shared = (truth.sums(lambda x, m=m: m @ x) for m in (areas, shared))
    gathered.looked_at += 3 * len(left)
    for one, other in ((left, right), (right, left)):
        rest = of_area[:, :, one] - of_shared
        rest[1][truth.universes < 0] = NO_UNIVERSE
        wanted = truth.protected(rest) & (overlap.size[one] > np.diff(shared.indptr))
        some = np.flatnonzero(wanted.any(axis=0))
        sets = csr_array(areas[one[some]] - shared[some])
        sets.eliminate_zeros()
        minus = [("minus", names[one[i]], names[other[i]]) for i in some]
        gathered.add(sets, minus, wanted[:, some])
    wanted = truth.protected(of_shared)
    some = np.flatnonzero(wanted.any(axis=0))
    both = [("and", names[left[i]], names[right[i]]) for i in some]
    gathered.add(csr_array(shared[some]), both, wanted[:, some])


def _haloes(overlap: Overlap, geography: np.ndarray, gathered: _Gathered) -> None:
    """Add what surrounds an area, and what it leaves beside all areas it contains.

    Several areas of one other geography are joined; a single one makes a pair.
    """
    names, members = overlap.names, overlap.members
    for number in range(int(geography.max(initial=-1)) + 1):
        of_it = np.flatnonzero(geography == number)
        for kind, relation in (("around", overlap.touches), ("within", overlap.contains)):
            related = csr_array(relation[:, of_it])
            several = np.diff(related.indptr) > 1
            chosen = np.flatnonzero(several & (geography != number))
            joined = csr_array(related[chosen] @ members[of_it])
            joined.data = np.minimum(joined.data, 1)
            own = members[chosen]
            sets = csr_array(joined - own if kind == "around" else own - joined)
            sets.data = np.maximum(sets.data, 0)
            sets.eliminate_zeros()
            some = np.flatnonzero(np.diff(sets.indptr) > 0)
            listed = [(kind, names[chosen[i]]) for i in some]
            gathered.add_protected(csr_array(sets[some]), listed)


def _nested(overlap: Overlap, kinds: list[Kind], gathered: _Gathered) -> tuple[Name, ...]:
    """Add what areas leave beside several areas they contain."""
    names = overlap.names
    rests, cut = nested_rests(overlap, kinds)
    sets = _sets([rest.pieces for rest in rests], gathered.pieces)
    listed = [("minus", names[r.area], *(names[part] for part in r.others)) for r in rests]
    gathered.add_protected(sets, listed)
    return tuple(("rests", names[area]) for area in cut)


def _sets(rows: list[list[int]], pieces: int) -> csr_array:
    starts = np.cumsum([0, *(len(row) for row in rows)])
    inside = np.fromiter((piece for row in rows for piece in row), np.int64, int(starts[-1]))
    return csr_array((np.ones_like(inside), inside, starts), shape=(len(rows), pieces))


def _unions(overlap: Overlap, truth: Truth, geography: np.ndarray, gathered: _Gathered) -> None:
    """Add the union of any two hidden areas, and of hidden ones of a geography in an area."""
    members, names = overlap.members, overlap.names
    left, right = _hidden_pairs(overlap, truth)
    sets = csr_array(members[left] + members[right])
    sets.data = np.minimum(sets.data, 1)
    pairs = [("or", names[i], names[j]) for i, j in zip(left, right, strict=True)]
    gathered.add_protected(sets, pairs)
    for marked in np.unique(overlap.hidden, axis=0):
        for number in np.unique(geography[marked]):
            chosen = np.flatnonzero(marked & (geography == number))
            inside = csr_array(overlap.contains[:, chosen])
            parents = np.flatnonzero(np.diff(inside.indptr) > 2)
            sets = csr_array(inside[parents] @ members[chosen])
            gathered.add_protected(sets, [("hidden", names[i]) for i in parents])


def _hidden_pairs(overlap: Overlap, truth: Truth) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs of hidden areas of which the union may be protected.

    Disjoint ones are small together; those that overlap are all taken.
    """
    marked = overlap.hidden.any(axis=0)
    hidden = np.flatnonzero(marked)
    both = marked[overlap.left] & marked[overlap.right]
    codes = [overlap.left[both] * len(marked) + overlap.right[both]]
    for kind in truth.kinds():
        value = (overlap.members @ kind.values)[hidden]
        order = np.argsort(value, kind="stable")
        ordered = value[order]
        own = np.arange(len(order))
        first = np.maximum(own + 1, np.searchsorted(ordered, kind.least - ordered))
        last = np.searchsorted(ordered, kind.most - ordered, side="right")
        length = np.maximum(last - first, 0)
        one = np.repeat(own, length)
        other = np.arange(len(one)) - np.repeat(np.cumsum(length) - length, length) + first[one]
        one, other = hidden[order[one]], hidden[order[other]]
        codes.append(np.minimum(one, other) * len(marked) + np.maximum(one, other))
    found = np.unique(np.concatenate(codes))
    return found // max(len(marked), 1), found % max(len(marked), 1)


def _joined(gathered: _Gathered, cut: tuple[Name, ...]) -> Reach:
    """Return every set once, under its first name."""
    truth = gathered.truth
    sets = csr_array(vstack(gathered.rows, format="csr", dtype=np.int64))
    wanted = np.concatenate(gathered.wanted, axis=1)
    first, number = _first_of_equal(sets, gathered.pieces)
    kept = np.zeros((len(wanted), len(first)), dtype=bool)
    for row, mask in enumerate(wanted):
        kept[row, number[mask]] = True
    sets = csr_array(sets[first])
    facts = truth.facts(truth.sums(lambda x: sets @ x))
    variable, which = np.nonzero(kept)
    position = np.array(truth.variables, dtype=np.int64)
    return Reach(
        sets,
        tuple(gathered.names[i] for i in first),
        which,
        position[variable],
        Facts(facts.count[variable, which], facts.base[variable, which]),
        cut,
        gathered.looked_at,
    )


def _first_of_equal(sets: csr_array, pieces: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the first of equal sets, and for every set the number of the one it equals.

    Sets are told apart by two sums of random 64-bit numbers, the same in every run.
    """
    marks = np.random.default_rng(0).integers(0, 2**64, size=(pieces, 2), dtype=np.uint64)
    sums = sets.astype(np.uint64) @ marks
    _, first, number = np.unique(sums, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return first[order], rank[number.ravel()]
