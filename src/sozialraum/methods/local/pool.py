"""Tails from one pool of draws that serves all areas."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array, diags_array

from sozialraum.methods.local.draws import ordered_samples
from sozialraum.methods.local.neighbours import Neighbours
from sozialraum.methods.local.result import Tails
from sozialraum.methods.local.variable import Variable

Statistic = Callable[..., np.ndarray]
CELLS = 4_000_000
"""Largest number of sums of unequal weights held at once."""
FLOAT_TIES = 1e-12
"""Weighted means of standardised values closer than this are equal."""


@dataclass(frozen=True)
class Pool:
    """Ordered draws of one more than the largest number of neighbours.

    A draw of k neighbours is the first k of a row. A draw that holds the area itself takes
    the next one of its row instead.

    Parameters
    ----------
    around
        Neighbours of all areas.
    permutations, seed
        Number of draws; of the counter-based generator.
    """

    around: Neighbours
    permutations: int
    seed: int

    @cached_property
    def ids(self) -> np.ndarray:
        """(K + 1, draws) drawn areas, contiguous by position."""
        most = int(self.around.degree.max(initial=0))
        size = min(most + 1, self.around.n)
        return np.ascontiguousarray(
            ordered_samples(self.around.n, size, self.permutations, self.seed).T
        )

    @cached_property
    def own(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where a draw holds the area it is for: the area, the draw, and the position."""
        inside = np.arange(len(self.ids))[:, None] < self.around.degree[self.ids]
        position, draw = np.nonzero(inside)
        return self.ids[position, draw], draw, position

    @cached_property
    def by_degree(self) -> list[tuple[int, np.ndarray]]:
        """Numbers of neighbours that occur, and the areas that have so many."""
        degree = self.around.degree
        order = np.argsort(degree, kind="stable")
        distinct, first = np.unique(degree[order], return_index=True)
        parts = np.split(order, first[1:])
        return [(k, at) for k, at in zip(distinct.tolist(), parts, strict=True) if k > 0]

    def conditional(self, found: Variable) -> Tails:
        """Return the tails of the neighbours' sums, the others drawn."""
        degree = self.around.degree
        drawn = found.codes[self.ids]
        sums, slack = _running_sums(drawn), found.slack
        below, above = self._counts(sums, found.sums, slack, own=0)
        area, draw, _ = self.own
        terms = degree[area]
        plain = sums[terms - 1, draw]
        instead = plain - found.codes[area] + drawn[terms, draw]
        bounds = found.sums - slack * degree, found.sums + slack * degree
        return self._corrected((below, above), plain, instead, bounds)

    def total(self, found: Variable) -> Tails:
        """Return the tails of the sums of area and neighbours, all drawn."""
        sums = _running_sums(found.codes[self.ids])
        observed = found.sums + found.codes
        return self._tails(*self._counts(sums, observed, found.slack, own=1))

    def weighted(self, statistic: Statistic, values: Sequence[np.ndarray]) -> Tails:
        """Return the tails of a statistic of the neighbours' weighted means, others drawn.

        Parameters
        ----------
        statistic
            Of areas (n,) and one mean of each of `values`, (…) or (…, draws); returns the
            same shape.
        values
            (n,) values each, whose means are taken.
        """
        weights = self.around.standard
        observed = statistic(np.arange(self.around.n), *(weights @ x for x in values))
        least, most = observed - FLOAT_TIES, observed + FLOAT_TIES
        below, above = np.zeros((2, self.around.n), dtype=np.int64)
        for part, means in _weighted_means(weights, [x[self.ids] for x in values]):
            drawn = statistic(np.arange(self.around.n)[part, None], *means)
            above[part] = (drawn >= least[part, None]).sum(axis=1)
            below[part] = (drawn <= most[part, None]).sum(axis=1)
        area = self.own[0]
        pairs = [self._without_own(x) for x in values]
        plain, instead = (statistic(area, *means) for means in zip(*pairs, strict=True))
        return self._corrected((below, above), plain, instead, (least, most))

    def weighted_total(self, values: np.ndarray, own: np.ndarray) -> Tails:
        """Return the tails of the weighted sums of area and neighbours, all drawn.

        Parameters
        ----------
        values
            (n,) standardised values.
        own
            (n,) weight of every area with itself, beside neighbours' that add up to 1.
        """
        both = csr_array(self.around.standard + diags_array(own, format="csr"))
        observed = both @ values
        below, above = np.zeros((2, self.around.n), dtype=np.int64)
        for part, (drawn,) in _weighted_means(both, [values[self.ids]]):
            above[part] = (drawn >= observed[part, None] - FLOAT_TIES).sum(axis=1)
            below[part] = (drawn <= observed[part, None] + FLOAT_TIES).sum(axis=1)
        return self._tails(below, above)

    def _counts(
        self, sums: np.ndarray, observed: np.ndarray, slack: int, *, own: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return how many drawn sums are at most, and at least, every observed one.

        Parameters
        ----------
        sums
            (positions, draws) sums of the first terms of every draw.
        observed
            (n,) sum of every area's neighbours and of so many (`own`) more.
        slack
            By which equal sums may differ, for each term.
        """
        below, above = np.zeros((2, len(observed)), dtype=np.int64)
        for degree, at in self.by_degree:
            ordered, off = np.sort(sums[degree + own - 1]), slack * (degree + own)
            here = observed[at]
            below[at], above[at] = _bisect(ordered, here - off, here + off)
        return below, above

    def _without_own(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return means of the draws that hold the area itself, and of those in their place."""
        weights, degree = self.around.standard, self.around.degree
        area, draw, position = self.own
        first = weights.indptr[:-1]
        plain = np.zeros(len(area))
        for j in range(int(degree.max(initial=0))):
            has = np.flatnonzero(j < degree[area])
            plain[has] += weights.data[first[area[has]] + j] * values[self.ids[j, draw[has]]]
        replacing = values[self.ids[degree[area], draw]]
        return plain, plain + weights.data[first[area] + position] * (replacing - values[area])

    def _corrected(
        self,
        counts: tuple[np.ndarray, np.ndarray],
        plain: np.ndarray,
        instead: np.ndarray,
        bounds: tuple[np.ndarray, np.ndarray],
    ) -> Tails:
        """Return tails with the draws that hold the area itself replaced."""
        (below, above), area = counts, self.own[0]
        least, most = (bound[area] for bound in bounds)
        _add(above, area, instead >= least, plain >= least)
        _add(below, area, instead <= most, plain <= most)
        return self._tails(below, above)

    def _tails(self, below: np.ndarray, above: np.ndarray) -> Tails:
        """Return shares, the observed arrangement counted among the drawn ones."""
        alone = self.around.degree == 0
        shares = ((count + 1) / (self.permutations + 1) for count in (below, above))
        return Tails(*(np.where(alone, np.nan, share) for share in shares))


def _running_sums(drawn: np.ndarray) -> np.ndarray:
    """Return the sums of the first, the first two, … rows."""
    sums = np.empty_like(drawn)
    sums[0] = drawn[0]
    for row in range(1, len(drawn)):
        np.add(sums[row - 1], drawn[row], out=sums[row])
    return sums


def _bisect(
    ordered: np.ndarray, least: np.ndarray, most: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return how many of the ordered are <= most, and how many are >= least."""
    left = np.searchsorted(ordered, least, "left")
    right = left.copy()
    tied = np.flatnonzero(np.append(ordered, np.iinfo(np.int64).max)[left] <= most)
    right[tied] = np.searchsorted(ordered, most[tied], "right")
    return right, len(ordered) - left


def _weighted_means(
    weights: csr_array, drawn: Sequence[np.ndarray]
) -> Iterator[tuple[slice, list[np.ndarray]]]:
    """Yield weighted sums of drawn values, (areas, draws) each, some areas at a time."""
    n, draws = len(weights.indptr) - 1, drawn[0].shape[1]
    slot = np.arange(weights.nnz) - np.repeat(weights.indptr[:-1], np.diff(weights.indptr))
    slots = csr_array((weights.data, slot, weights.indptr), shape=(n, len(drawn[0])))
    rows = max(1, CELLS // draws)
    for begin in range(0, n, rows):
        part = slice(begin, min(begin + rows, n))
        yield part, [slots[part] @ table for table in drawn]


def _add(count: np.ndarray, area: np.ndarray, new: np.ndarray, old: np.ndarray) -> None:
    """Count what is new and discount what was old, for every area."""
    changed = np.flatnonzero(new != old)
    np.add.at(count, area[changed], np.where(new[changed], 1, -1))
