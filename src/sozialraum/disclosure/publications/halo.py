"""What an area leaves beside two to four areas that it contains.

There are far too many choices to look at; but hardly any leaves a protected number of
cases. Contained areas are chosen by size, the largest first, and a choice is given up as
soon as even the largest that follow would leave too much.
"""

from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from sozialraum.disclosure.publications.overlap import Overlap

MOST = 4
"""Most areas taken away from one that contains them."""
LIMIT = 100_000
"""Most choices looked at for one area and variable; beyond, the audit says so."""


class Search(NamedTuple):
    """One area, the areas it contains, and what is to become small.

    Parameters
    ----------
    parts
        Pieces of the contained areas as bits, the largest first.
    values
        Value of every piece.
    sizes
        Value of every contained area.
    least, most
        What may be left over.
    """

    parts: list[int]
    values: list[int]
    sizes: list[int]
    least: int
    most: int


class TooManyError(Exception):
    """More choices than may be looked at."""


def choices(search: Search, limit: int = LIMIT) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield what is left (as bits) and which parts were taken, for two to four of them.

    A part that takes nothing away is not taken: what is left then was looked at before.

    Examples
    --------
    >>> search = Search(parts=[3, 4, 8], values=[5, 4, 3, 1, 2], sizes=[9, 3, 1], least=1, most=3)
    >>> [(bin(left), taken) for left, taken in choices(search)]
    [('0b11000', (0, 1)), ('0b10000', (0, 1, 2))]
    """
    ahead = [0, *accumulate(search.sizes)]
    count, looked = len(search.parts), 0
    whole = (1 << len(search.values)) - 1
    stack: list[tuple[int, int, tuple[int, ...]]] = [(whole, sum(search.values), ())]
    while stack:
        bits, value, taken = stack.pop()
        if value < search.least:
            continue
        if len(taken) >= 2 and value <= search.most:
            yield bits, taken
        picks = MOST - len(taken)
        for part in range(taken[-1] + 1 if taken else 0, count if picks else 0):
            best = ahead[min(part + picks, count)] - ahead[part]
            if value - best > search.most:
                break
            looked += 1
            if looked > limit:
                raise TooManyError
            rest = bits & ~search.parts[part]
            if rest and rest != bits:
                gone = _value(bits & search.parts[part], search.values)
                stack.append((rest, value - gone, (*taken, part)))


def _value(bits: int, values: list[int]) -> int:
    return sum(values[position] for position in _positions(bits))


def _positions(bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


class Rest(NamedTuple):
    """What an area leaves beside others: its pieces, the area, and the others."""

    pieces: list[int]
    area: int
    others: tuple[int, ...]


class Kind(NamedTuple):
    """What is to become small: values of pieces, and what may be left.

    `dull` marks pieces that everybody knows to be empty: taking them away leaves the same
    limits of a smaller universe, which leaks only if the larger one does. So such areas
    need not be taken away where there are too many choices. `free` marks pieces proven to
    hold perhaps so much that no rest with one of them leaks; None: not asked for yet.
    """

    values: np.ndarray
    least: int
    most: int
    dull: np.ndarray
    free: np.ndarray | None = None


def nested_rests(overlap: Overlap, kinds: list[Kind]) -> tuple[list[Rest], list[int]]:
    """Return what areas leave beside two to four areas they contain, where little is left.

    Parameters
    ----------
    overlap
        Areas and which contain which.
    kinds
        What is to become small.

    Returns
    -------
    tuple
        The rests, and the areas for which there were too many choices.
    """
    found: list[Rest] = []
    cut: dict[int, None] = {}
    for kind in kinds:
        for area in np.flatnonzero(_promising(overlap, kind)):
            try:
                found += _rests(overlap, int(area), kind)
            except TooManyError:
                cut[int(area)] = None
    return found, list(cut)


def _promising(overlap: Overlap, kind: Kind) -> np.ndarray:
    """Return True where the four largest contained areas might leave little enough."""
    total = overlap.members @ kind.values
    inside = overlap.contains
    owner = np.repeat(np.arange(len(total)), np.diff(inside.indptr))
    value = total[inside.indices]
    order = np.lexsort((-value, owner))
    rank = np.arange(len(order)) - inside.indptr[owner]
    taken = np.zeros_like(total)
    first = rank < MOST
    np.add.at(taken, owner[first], value[order][first])
    return (np.diff(inside.indptr) >= 2) & (total - taken <= kind.most) & (total >= kind.least)


def _rests(overlap: Overlap, area: int, kind: Kind) -> list[Rest]:
    """Return what one area leaves: first beside all areas, then beside those that matter.

    At last only rests without any free piece are looked for.
    """
    inside = _row(overlap.contains, area)
    try:
        return _chosen(overlap, area, inside, kind)
    except TooManyError:
        telling = [part for part in inside if not kind.dull[_row(overlap.members, part)].all()]
        inside = np.array(telling, dtype=np.int64)
    try:
        return _chosen(overlap, area, inside, kind)
    except TooManyError:
        if kind.free is None:
            raise
        without = Kind(kind.free.astype(np.int64), 0, 0, kind.dull)
        return _chosen(overlap, area, inside, without)


def _chosen(overlap: Overlap, area: int, inside: np.ndarray, kind: Kind) -> list[Rest]:
    pieces = _row(overlap.members, area)
    place = {int(piece): position for position, piece in enumerate(pieces)}
    rows = [_row(overlap.members, part) for part in inside]
    sizes = np.array([kind.values[row].sum() for row in rows], dtype=np.int64)
    order = np.argsort(-sizes, kind="stable")
    search = Search(
        parts=[sum(1 << place[int(piece)] for piece in rows[i]) for i in order],
        values=kind.values[pieces].tolist(),
        sizes=sizes[order].tolist(),
        least=kind.least,
        most=kind.most,
    )
    found = list(choices(search))  # all of them, or an error before anything is made of them
    return [
        Rest(
            [int(pieces[position]) for position in _positions(bits)],
            area,
            tuple(int(inside[order[part]]) for part in taken),
        )
        for bits, taken in found
    ]


def _row(matrix: csr_array, row: int) -> np.ndarray:
    return matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
