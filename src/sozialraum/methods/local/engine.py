"""One engine for all statistics that rest on the sum of the neighbours."""

from functools import cached_property

import numpy as np

from sozialraum.methods.local.exact import Groups, conditional_tails, groups, total_tails
from sozialraum.methods.local.neighbours import Neighbours
from sozialraum.methods.local.pool import Pool
from sozialraum.methods.local.result import Method, Tails
from sozialraum.methods.local.variable import Variable

MOST_TERMS = 64
"""Largest number of neighbours, or of areas that are none, whose sums are counted."""


class Engine:
    """Tails of neighbours' sums, for any number of variables over the same neighbours.

    Parameters
    ----------
    around
        Neighbours of all areas.
    method
        ``"exact"`` or ``"pool"``. Drawn anyway: weights that differ within an area, and
        areas with more than :data:`MOST_TERMS` neighbours and as many others that are none.
    permutations, seed
        Of the pool.
    """

    def __init__(self, around: Neighbours, method: Method, permutations: int, seed: int) -> None:
        self.around = around
        self.pool = Pool(around, permutations, seed)
        degree = around.degree
        few = np.minimum(degree, around.n - 1 - degree) <= MOST_TERMS
        exact = (degree > 0) & few & (method == "exact") & (around.weights is None)
        self._counted = np.flatnonzero(exact)
        self._draws = bool(((degree > 0) & ~exact).any())

    def conditional(self, found: Variable) -> Tails:
        """Return the tails of the neighbours' sums, drawn from the other areas."""
        if self.around.weights is not None:
            return self.pool.weighted(_itself, [found.z])
        tails = self.pool.conditional(found) if self._draws else self._nothing()
        if len(self._counted):
            counted = conditional_tails(found, self.around.ones, self._conditional)
            _fill(tails, self._conditional, counted)
        return tails

    def total(self, found: Variable, own: np.ndarray) -> Tails:
        """Return the tails of the sums of area and neighbours, drawn from all areas.

        Parameters
        ----------
        found
            The variable.
        own
            (n,) weight of every area with itself beside weights that add up to 1; where
            all neighbours weigh the same, it counts as one of them.
        """
        if self.around.weights is not None:
            return self.pool.weighted_total(found.z, own)
        tails = self.pool.total(found) if self._draws else self._nothing()
        if len(self._counted):
            _fill(tails, self._total, total_tails(found, self.around.ones, self._total))
        return tails

    @cached_property
    def _conditional(self) -> Groups:
        return groups(self._counted, self.around.degree[self._counted], self.around.n - 1)

    @cached_property
    def _total(self) -> Groups:
        return groups(self._counted, self.around.degree[self._counted] + 1, self.around.n)

    def _nothing(self) -> Tails:
        return Tails(*np.full((2, self.around.n), np.nan))


def _fill(tails: Tails, areas: Groups, counted: Tails) -> None:
    for whole, part in zip(tails, counted, strict=True):
        whole[areas.at] = part


def _itself(areas: np.ndarray, mean: np.ndarray) -> np.ndarray:
    del areas
    return mean
