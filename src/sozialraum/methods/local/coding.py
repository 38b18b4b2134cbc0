"""The lattice on which sums are counted."""

from typing import NamedTuple

import numpy as np

LATTICE = 8_192
"""Steps of data that are counted on a lattice of their own: whole numbers, marks, ranks."""
MULTIPLES = 8
"""The smallest difference of lattice data may be this many of its steps."""
OFF_LATTICE = 1e-6
"""Share of a lattice step by which computed values may miss it."""
HEAVY = 0.01
"""Share of one value from which ties are kept apart from what surrounds them."""
TIED_BINS = 8_192
"""Bins where several values are shared by many and the others lie on no lattice."""
LEAST_BITS, MOST_BITS = 10, 15
"""Continuous values are counted in 2**10 to 2**15 bins."""
BINS_PER_SPREAD = 64
"""Bins within one standard deviation (by the quartiles) of continuous values."""
QUARTILES_OF_NORMAL = 1.349
"""Distance of the quartiles of a normal distribution, in standard deviations."""


class Bins(NamedTuple):
    """Bins from the smallest to the largest value.

    Parameters
    ----------
    at
        (n,) int64 from 0: nearest lattice point of every value.
    scale
        Codes from one lattice point to the next.
    """

    at: np.ndarray
    scale: int


def own_lattice(codes: np.ndarray, steps: int, slack: int) -> int:
    """Return the steps of the lattice on which all values lie, 0 if there is none.

    Parameters
    ----------
    codes
        (n,) int64 from 0 to `steps`.
    steps
        A power of two.
    slack
        Codes by which equal values may differ.

    Examples
    --------
    >>> own_lattice(np.array([0, 2**46, 2**48]), 2**48, 512)
    4
    """
    shift = steps.bit_length() - 1 - MOST_BITS
    if len(codes) > LATTICE + 1 and np.count_nonzero(np.bincount(codes >> shift)) > LATTICE + 1:
        return 0
    ordered, starts = _distinct(codes, slack)
    return lattice_steps(ordered[starts] / steps)


def shared_values(codes: np.ndarray, slack: int, more_than: float) -> list[int]:
    """Return the codes that more than so many areas share, the most frequent first.

    Examples
    --------
    >>> shared_values(np.array([5, 0, 0, 9, 9, 9]), 0, 1)
    [9, 0]
    """
    coarse = max(int(codes.max()).bit_length() - MOST_BITS, 0)
    if np.bincount(codes >> coarse).max() <= more_than / 2:
        return []
    ordered, starts = _distinct(codes, slack)
    ties = np.diff(starts, append=len(codes))
    often = np.flatnonzero(ties > more_than)
    often = often[np.argsort(-ties[often], kind="stable")]
    return ordered[starts[often]].tolist()


def _distinct(codes: np.ndarray, slack: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the codes, sorted, and where another value begins."""
    ordered = np.sort(codes)
    changes = np.flatnonzero(np.diff(ordered) > 2 * slack) + 1
    return ordered, np.concatenate([[0], changes])


def bins(codes: np.ndarray, steps: int) -> Bins:
    """Return bins so fine that the sums' distribution between them hardly bends.

    Examples
    --------
    >>> found = bins(np.array([0, 2**46, 2**47, 2**48]), 2**48)
    >>> found.at.tolist(), 2**48 // found.scale
    ([0, 256, 512, 1024], 1024)
    """
    shift = steps.bit_length() - 1 - MOST_BITS
    histogram = np.bincount(codes >> shift, minlength=2**MOST_BITS + 1)
    shift += MOST_BITS - _bits(np.cumsum(histogram))
    return Bins((codes + (1 << (shift - 1))) >> shift, 1 << shift)


def on_lattice(codes: np.ndarray, steps: int, wanted: int) -> np.ndarray:
    """Return the nearest of so many steps of every value."""
    return np.rint(codes * (wanted / steps)).astype(np.int64)


def lattice_steps(distinct: np.ndarray) -> int:
    """Return the steps of the lattice that holds all values, 0 if there is none.

    Parameters
    ----------
    distinct
        Different values from 0 to 1, sorted.

    Examples
    --------
    >>> lattice_steps(np.array([0.0, 0.4, 1.0])), lattice_steps(np.array([0.0, 0.3**0.5, 1.0]))
    (5, 0)
    """
    if not 1 < len(distinct) <= LATTICE + 1:
        return 0
    least = np.diff(distinct).min()
    for multiple in range(1, MULTIPLES + 1):
        steps = round(multiple / least)
        if steps > LATTICE:
            return 0
        at = distinct * steps
        if np.abs(at - np.rint(at)).max() <= OFF_LATTICE:
            return steps
    return 0


def _bits(cumulated: np.ndarray) -> int:
    """Return how fine the bins are: finer where most values lie close together."""
    quarter, three = np.searchsorted(cumulated, np.array([0.25, 0.75]) * cumulated[-1])
    spread = max(three - quarter, 1) / 2**MOST_BITS / QUARTILES_OF_NORMAL
    wanted = np.ceil(np.log2(BINS_PER_SPREAD / spread))
    return int(np.clip(wanted, LEAST_BITS, MOST_BITS))
