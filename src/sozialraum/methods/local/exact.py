"""Exact tails of the neighbours' sums, without draws."""

import math
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from sozialraum.methods.local.law import law_of
from sozialraum.methods.local.result import Tails
from sozialraum.methods.local.variable import Variable

FLOOR = 1e-14
"""Smallest probability that rounding leaves meaningful."""
ROWS = 16_384
"""Areas evaluated at a time: what stays in the processor's cache."""


class Groups(NamedTuple):
    """Areas by the number of terms of their sums.

    Parameters
    ----------
    at
        Areas, those with equally many terms side by side.
    ends
        Number of terms, and where these areas begin and end in `at`.
    flipped
        Whether the sum is that of all who are drawn not: the smaller part is counted.
    """

    at: np.ndarray
    ends: list[tuple[int, int, int]]
    flipped: np.ndarray

    @property
    def most(self) -> int:
        """Largest number of terms."""
        return self.ends[-1][0]


def groups(at: np.ndarray, size: np.ndarray, members: int) -> Groups:
    """Group areas by how many of the members make up their sums, or do not.

    Examples
    --------
    >>> groups(np.array([0, 1]), np.array([5, 2]), 6).ends
    [(1, 0, 1), (2, 1, 2)]
    """
    terms = np.minimum(size, members - size)
    order = np.argsort(terms, kind="stable")
    distinct, begin = np.unique(terms[order], return_index=True)
    end = np.append(begin[1:], len(at))
    ends = list(zip(distinct.tolist(), begin.tolist(), end.tolist(), strict=True))
    return Groups(at[order], ends, (terms < size)[order])


def conditional_tails(found: Variable, ones: csr_array, areas: Groups) -> Tails:
    """Return the tails of the neighbours' sums, drawn from the other areas.

    Parameters
    ----------
    found
        The variable.
    ones
        Who neighbours whom.
    areas
        Those asked for, by the number of their neighbours among n - 1 others.

    Returns
    -------
    Tails
        In the order of the groups.
    """
    law = law_of(found, areas.ends[0][0], areas.most)
    sums = (found.sums if law.codes is found.codes else ones @ law.codes)[areas.at]
    own = law.codes[areas.at]
    if areas.flipped.any():
        sums = np.where(areas.flipped, law.codes.sum() - own - sums, sums)
    below, above = np.empty((2, len(sums)))
    for terms, begin, end in areas.ends:
        draws = math.comb(len(law.codes) - 1, terms)
        for first in range(begin, end, ROWS):
            part = slice(first, min(first + ROWS, end))
            tails = law.of_others(terms, sums[part], own[part])
            below[part], above[part] = _limited(*tails, draws)
    return _both_ways(below, above, areas.flipped)


def total_tails(found: Variable, ones: csr_array, areas: Groups) -> Tails:
    """Return the tails of the sums of area and neighbours, drawn from all areas.

    `areas` are grouped by how many of all n they and their neighbours are.
    """
    law = law_of(found, areas.ends[0][0], areas.most)
    around = found.sums if law.codes is found.codes else ones @ law.codes
    sums = (around + law.codes)[areas.at]
    if areas.flipped.any():
        sums = np.where(areas.flipped, law.codes.sum() - sums, sums)
    below, above = np.empty((2, len(sums)))
    for terms, begin, end in areas.ends:
        part, draws = slice(begin, end), math.comb(len(law.codes), terms)
        below[part], above[part] = _limited(*law.of_all(terms, sums[part]), draws)
    return _both_ways(below, above, areas.flipped)


def _limited(below: np.ndarray, above: np.ndarray, draws: int) -> tuple[np.ndarray, np.ndarray]:
    """Return tails within their limits: the observed arrangement is one of the draws."""
    least = max(1 / draws, FLOOR)
    return np.clip(below, least, 1.0), np.clip(above, least, 1.0)


def _both_ways(below: np.ndarray, above: np.ndarray, flipped: np.ndarray) -> Tails:
    if not flipped.any():
        return Tails(below, above)
    return Tails(np.where(flipped, above, below), np.where(flipped, below, above))
