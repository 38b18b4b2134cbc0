"""Which areas share pieces, which contain which, and which belong to one geography."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array

from sozialraum.disclosure.publications.frame import Frame
from sozialraum.model.publication import Publication


@dataclass(frozen=True, slots=True, eq=False)
class Overlap:
    """Areas that differ, and the pairs of them that share pieces.

    Parameters
    ----------
    names
        Name of every area; of equal areas the first by name.
    members
        (areas, pieces) ones.
    left, right
        (pairs,) positions of two areas that share pieces, the left one first.
    shared
        (pairs, pieces) ones: what they share.
    touches, contains
        (areas, areas) ones where they share pieces (each touches itself); where the one
        of the row contains the one of the column and more.
    hidden
        (variables, areas) True where a mark is shown instead of a number.
    """

    names: tuple[str, ...]
    members: csr_array
    left: np.ndarray
    right: np.ndarray
    shared: csr_array
    touches: csr_array
    contains: csr_array
    hidden: np.ndarray

    @property
    def size(self) -> np.ndarray:
        """Number of pieces of every area."""
        return np.diff(self.members.indptr)


def find_overlap(publication: Publication, frame: Frame) -> Overlap:
    """Return the areas of a publication and how they overlap; empty areas are left out."""
    position, members, names = _different(frame)
    left, right, shared = _shared(members, frame.pieces)
    areas, size, common = len(names), np.diff(members.indptr), np.diff(shared.indptr)
    own = np.arange(areas)
    touches = _ones(np.concatenate([left, right, own]), np.concatenate([right, left, own]), areas)
    larger, smaller = common == size[right], common == size[left]
    contains = _ones(
        np.concatenate([left[larger], right[smaller]]),
        np.concatenate([right[larger], left[smaller]]),
        areas,
    )
    return Overlap(
        names,
        members,
        left,
        right,
        shared,
        touches,
        contains,
        _hidden(publication, frame, position, areas),
    )


def _hidden(publication: Publication, frame: Frame, position: np.ndarray, areas: int) -> np.ndarray:
    marks = [
        (frame.variables[s.var], frame.areas[s.area])
        for s in publication.stated
        if s.kind == "suppressed"
    ]
    given = np.array(marks, dtype=np.int64).reshape(-1, 2)
    if publication.sums is not None:
        sums = publication.sums
        marked = np.column_stack([sums.var[sums.hidden], sums.area[sums.hidden]])
        given = np.concatenate([given, marked])
    variable, area = given[:, 0], position[given[:, 1]]
    found = np.zeros((len(frame.variables), areas), dtype=bool)
    found[variable[area >= 0], area[area >= 0]] = True
    return found


def _ones(row: np.ndarray, column: np.ndarray, areas: int) -> csr_array:
    entries = (np.ones(len(row), dtype=np.int64), (row, column))
    return csr_array(coo_array(entries, shape=(areas, areas)))


def _different(frame: Frame) -> tuple[np.ndarray, csr_array, tuple[str, ...]]:
    """Return the new position of every area (-1: empty), and the areas that differ.

    They come in the order of their names, named areas before units: what a target is
    called does not depend on the order of the file.
    """
    starts, inside = frame.members.indptr, frame.members.indices
    listed = list(frame.areas)
    position = np.full(len(listed), -1)
    keys: dict[bytes, int] = {}
    first: list[int] = []
    for area in sorted(range(len(listed)), key=lambda a: (a >= frame.named, listed[a])):
        key = np.sort(inside[starts[area] : starts[area + 1]]).tobytes()
        if not key:
            continue
        position[area] = keys.setdefault(key, len(keys))
        if position[area] == len(first):
            first.append(area)
    members = csr_array(frame.members[np.array(first, dtype=np.int64)])
    return position, members, tuple(listed[area] for area in first)


def _shared(members: csr_array, pieces: int) -> tuple[np.ndarray, np.ndarray, csr_array]:
    """Return the pairs of areas that share pieces, and what they share.

    Every piece names the pairs of areas it lies in; a few for each, so that areas as
    large as the county cost no more than others.
    """
    areas = len(members.indptr) - 1
    by_piece = members.tocsc()
    by_piece.sort_indices()
    starts, inside = by_piece.indptr.astype(np.int64), by_piece.indices.astype(np.int64)
    depth = np.diff(starts)
    left, right, piece = [], [], []
    for step in range(1, int(depth.max(initial=0))):
        at = np.arange(len(inside) - step) if len(inside) > step else np.zeros(0, np.int64)
        owner = np.repeat(np.arange(pieces), depth)
        at = at[owner[at] == owner[at + step]]
        left.append(inside[at])
        right.append(inside[at + step])
        piece.append(owner[at])
    none = np.zeros(0, dtype=np.int64)
    left, right, piece = (np.concatenate([none, *part]) for part in (left, right, piece))
    code, pair = np.unique(left * max(areas, 1) + right, return_inverse=True)
    entries = (np.ones(len(piece), dtype=np.int64), (pair, piece))
    shared = csr_array(coo_array(entries, shape=(len(code), pieces)))
    return code // max(areas, 1), code % max(areas, 1), shared


def geographies_of(publication: Publication, overlap: Overlap, pieces: int) -> np.ndarray:
    """Return the number of the geography of every area.

    Areas of one geography do not overlap. Where the publication does not say which areas
    belong together, areas are taken in the order of their names, each into the first
    geography that it does not overlap.
    """
    areas = len(overlap.names)
    given = [publication.geographies.get(name) for name in overlap.names]
    numbers = {name: n for n, name in enumerate(sorted({g for g in given if g is not None}))}
    found = np.array([-1 if g is None else numbers[g] for g in given], dtype=np.int64)
    taken: list[np.ndarray] = []
    for area in sorted((i for i in range(areas) if found[i] < 0), key=lambda i: overlap.names[i]):
        inside = overlap.members.indices[
            overlap.members.indptr[area] : overlap.members.indptr[area + 1]
        ]
        number = next((n for n, full in enumerate(taken) if not full[inside].any()), len(taken))
        if number == len(taken):
            taken.append(np.zeros(pieces, dtype=bool))
        taken[number][inside] = True
        found[area] = len(numbers) + number
    return found
