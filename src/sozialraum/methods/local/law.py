"""Distribution of sums of different members of a population, each in or out."""

from typing import Protocol

import numpy as np

from sozialraum.methods.local.coding import (
    HEAVY,
    TIED_BINS,
    Bins,
    bins,
    on_lattice,
    own_lattice,
    shared_values,
)
from sozialraum.methods.local.sums import (
    LISTED,
    NEGLIGIBLE,
    is_listed,
    is_stable,
    listed_sums,
    sums_distribution,
)
from sozialraum.methods.local.variable import Variable

LONGEST, LONGEST_UNSTABLE = 2**18, 2**16
"""Largest lattice of sums, and where members are added one by one."""
SHARED, FEW = 3, 20_000
"""Most shared values that are told apart among a few areas; among more, one."""


class Law(Protocol):
    """What is asked of a population.

    Parameters
    ----------
    codes
        (n,) whole numbers of which sums are taken.
    """

    codes: np.ndarray

    def of_all(self, terms: int, sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return P(S <= s) and P(S >= s) for sums of so many members."""
        ...

    def of_others(
        self, terms: int, sums: np.ndarray, own: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the same where the member with the code `own` is not drawn."""
        ...


def law_of(found: Variable, least: int, most: int) -> Law:
    """Return the law of a variable's sums.

    Sums are listed where there are few of them, and counted on a lattice where there are
    many. Values that many areas share are told apart from the others, one after the other.

    Parameters
    ----------
    found
        The variable.
    least, most
        Fewest and largest number of terms asked for.
    """
    codes, n = found.codes, len(found.codes)
    if is_listed(n, most):
        return Smooth(codes, None, (least, most), found.slack)
    longest = LONGEST if is_stable(n, most) else LONGEST_UNSTABLE
    steps = own_lattice(codes, found.steps, found.slack)
    if 0 < steps * most <= longest:
        return Exact(on_lattice(codes, found.steps, steps), most)
    shared = shared_values(codes, found.slack, max(1.0, HEAVY * n))
    if len(shared) > (SHARED if n <= FEW else 1):
        return Exact(on_lattice(codes, found.steps, min(TIED_BINS, longest // most)), most)
    return _apart(found, codes, shared, (least, most))


def _apart(found: Variable, codes: np.ndarray, shared: list[int], terms: tuple[int, int]) -> Law:
    """Return the law of codes some of which are shared by many."""
    least, most = terms[0], min(terms[1], len(codes))
    if is_listed(len(codes), most):
        return Smooth(codes, None, (least, most), found.slack)
    if not shared:
        return Smooth(codes, bins(codes, found.steps), (least, most), found.slack)
    rest = codes[np.abs(codes - shared[0]) > 2 * found.slack]
    return Shared(codes, shared[0], _apart(found, rest, shared[1:], (0, most)), found.slack)


class Exact:
    """Whole numbers, counted one by one; ties are met exactly.

    Examples
    --------
    >>> law = Exact(np.array([0, 0, 1, 1, 2]), 2)
    >>> [tail.round(3).tolist() for tail in law.of_all(2, np.array([0, 3]))]
    [[0.1, 1.0], [1.0, 0.2]]
    """

    def __init__(self, codes: np.ndarray, most: int) -> None:
        self.codes = codes
        below = sums_distribution(codes, most)
        self._below = np.concatenate([np.zeros((most + 1, 1)), below], axis=1)

    def of_all(self, terms: int, sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return P(S <= s) and P(S >= s) for sums of so many members."""
        below = self._below[terms]
        at = np.clip(sums, -1, len(below) - 2) + 1
        return below[at], 1 - below[np.maximum(at - 1, 0)]

    def of_others(
        self, terms: int, sums: np.ndarray, own: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the same where the member with the code `own` is not drawn."""
        return excluded(self, len(self.codes), terms, sums, own)


class Smooth:
    """Numbers between lattice points: listed while they are few, else interpolated.

    Parameters
    ----------
    codes
        (n,) whole numbers, much finer than the lattice.
    on
        The lattice; None where all sums are listed.
    terms
        Fewest and largest number of terms asked for.
    slack
        Codes by which equal sums may differ, for each term.
    """

    def __init__(
        self, codes: np.ndarray, on: Bins | None, terms: tuple[int, int], slack: int
    ) -> None:
        self.codes, self._slack, self._lists = codes, slack, []
        least, most = terms
        if on is None or least <= 1 or len(codes) <= LISTED:
            self._lists = listed_sums(np.sort(codes), most)
        if on is not None and len(self._lists) < most:
            below = sums_distribution(on.at, most)
            self._below = np.concatenate([np.zeros((most + 1, 1)), below], axis=1)
            self._scale = 1 / on.scale
            mean_miss = codes.mean() / on.scale - on.at.mean()
            self._shift = 0.5 - mean_miss * np.arange(most + 1)

    def of_all(self, terms: int, sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return P(S <= s) and P(S >= s) for sums of so many members."""
        slack = self._slack * max(terms, 1)
        if terms == 0:
            return (sums >= -slack).astype(float), (sums <= slack).astype(float)
        if terms <= len(self._lists):
            listed = self._lists[terms - 1]
            less = np.searchsorted(listed, sums - slack, "left")
            at_most = np.searchsorted(listed, sums + slack, "right")
            return at_most / len(listed), 1 - less / len(listed)
        below = _interpolated(self._below[terms], sums * self._scale + self._shift[terms])
        return below, 1 - below

    def of_others(
        self, terms: int, sums: np.ndarray, own: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the same where the member with the code `own` is not drawn."""
        return excluded(self, len(self.codes), terms, sums, own)


class Shared:
    """Many members share one value: how many of these are drawn is told apart.

    Parameters
    ----------
    codes
        (n,) codes of all members.
    value
        The code that many share.
    rest
        Law of the other members.
    slack
        Codes by which equal values may differ.
    """

    def __init__(self, codes: np.ndarray, value: int, rest: Law, slack: int) -> None:
        self.codes, self._value, self._rest, self._slack = codes, value, rest, slack

    def of_all(self, terms: int, sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return P(S <= s) and P(S >= s) for sums of so many members."""
        others = len(self._rest.codes)
        below, above = np.zeros((2, len(sums)))
        for drawn, chance in _drawn(len(self.codes), others, terms):
            tails = self._rest.of_all(drawn, sums - (terms - drawn) * self._value)
            below += chance * tails[0]
            above += chance * tails[1]
        return below, above

    def of_others(
        self, terms: int, sums: np.ndarray, own: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the same where the member with the code `own` is not drawn."""
        n, others = len(self.codes) - 1, len(self._rest.codes)
        below, above = np.zeros((2, len(sums)))
        shares = np.abs(own - self._value) <= 2 * self._slack
        for mine, left in ((shares, others), (~shares, others - 1)):
            at = np.flatnonzero(mine)
            for drawn, chance in _drawn(n, left, terms) if len(at) else ():
                left_over = sums[at] - (terms - drawn) * self._value
                if left == others:
                    tails = self._rest.of_all(drawn, left_over)
                else:
                    tails = self._rest.of_others(drawn, left_over, own[at])
                below[at] += chance * tails[0]
                above[at] += chance * tails[1]
        return below, above


def _drawn(n: int, marked: int, terms: int) -> list[tuple[int, float]]:
    """Return the numbers of marked ones among so many drawn, each with its probability."""
    from scipy.stats import hypergeom

    counts = np.arange(terms + 1)
    chances = hypergeom.pmf(counts, n, marked, terms)
    kept = chances > NEGLIGIBLE
    return list(zip(counts[kept].tolist(), chances[kept].tolist(), strict=True))


def _interpolated(table: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return values between the entries of a table, the outermost ones beyond it."""
    at = np.clip(at, 0, len(table) - 1)
    left = np.minimum(at.astype(np.int64), len(table) - 2)
    low = table[left]
    at -= left
    at *= table[left + 1] - low
    at += low
    return at


def excluded(
    law: Law, n: int, terms: int, sums: np.ndarray, own: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return P(S <= s) and P(S >= s) where the member with the code `own` is not drawn.

    A draw of k from all n holds the one in question with probability k / n, and the rest
    of that draw is one of k - 1 others. Solved for the draws without it, step by step, this
    is an alternating sum over distributions of all members.
    """
    below, above = np.zeros((2, len(sums)))
    for j, factor in enumerate(exclusion(n, terms)):
        tails = law.of_all(terms - j, sums - j * own if j else sums)
        below += factor * tails[0]
        above += factor * tails[1]
    return below, above


def exclusion(n: int, k: int) -> list[float]:
    """Return the factors of the sums of k, k - 1, … members in that of k others.

    Examples
    --------
    >>> [round(factor, 3) for factor in exclusion(4, 1)]
    [1.333, -0.333]
    """
    factors, product = [], 1.0
    for j in range(k + 1):
        factors.append(product * n / (n - k + j))
        product *= -(k - j) / (n - k + j)
        if abs(product) < NEGLIGIBLE:
            break
    return factors
