"""Distribution of the sum of k numbers drawn without replacement."""

import math
from typing import cast

import numpy as np

STABLE = 1e3
"""Largest growth of rounding errors at which Newton's identities are used."""
NEGLIGIBLE = 1e-18
"""Terms with smaller factors are left out."""
LISTED = 65_536
"""Largest number of draws whose sums are all listed."""


def sums_distribution(bins: np.ndarray, most: int) -> np.ndarray:
    """Return the distribution functions of the sums of 0 … `most` different members.

    Parameters
    ----------
    bins
        (n,) whole numbers from 0.
    most
        Largest number of terms, at most n.

    Returns
    -------
    ndarray
        (most + 1, L): P(sum of k <= x) in row k and column x.

    Notes
    -----
    Newton's identities turn the power sums Σ exp(2πi·t·m·b), which are one discrete Fourier
    transform of the histogram read at multiples of the frequency t, into elementary
    symmetric functions, the characteristic functions of the k-sums. Where these identities
    would lose digits (many terms out of few members) members are added one by one.

    Examples
    --------
    >>> sums_distribution(np.array([0, 0, 1, 2]), 2)[2].round(3)
    array([0.167, 0.5  , 0.833, 1.   , 1.   ])
    """
    length = most * int(bins.max()) + 1
    factors = _factors(len(bins), most)
    if _growth(factors) > STABLE:
        return np.cumsum(_added_one_by_one(bins, most, length), axis=1)
    return np.cumsum(_newton(bins, factors, length), axis=1)


def _factors(n: int, most: int) -> list[np.ndarray]:
    """Return, for every k, what the m-th power sum and the (k - m)-sum count for."""
    rows = []
    for k in range(most + 1):
        m = np.arange(1, k + 1)
        falling = np.cumprod(np.append(float(n), np.arange(k - 1.0, 0.0, -1.0)))[:k]
        row = (-1.0) ** (m - 1) * falling / np.cumprod(n - k + m.astype(float))
        rows.append(row[: np.flatnonzero(np.abs(row) > NEGLIGIBLE).max(initial=-1) + 1])
    return rows


def is_stable(n: int, most: int) -> bool:
    """Return True if Newton's identities hold their digits.

    Examples
    --------
    >>> is_stable(400, 12), is_stable(90, 45)
    (True, False)
    """
    return bool(_growth(_factors(n, most)) <= STABLE)


def _growth(factors: list[np.ndarray]) -> float:
    """Return by how much rounding errors may grow from the first sum to the last."""
    growth = [1.0]
    for k, row in enumerate(factors[1:], start=1):
        growth.append(sum(abs(f) * growth[k - m] for m, f in enumerate(row, start=1)))
    return max(growth)


def _newton(bins: np.ndarray, factors: list[np.ndarray], length: int) -> np.ndarray:
    from scipy import fft

    size = cast("int", fft.next_fast_len(length, real=True))
    spectrum = fft.fft(np.bincount(bins, minlength=size) / len(bins))
    frequencies = np.arange(size // 2 + 1)
    most = len(factors) - 1
    powers = [spectrum[m * frequencies % size] for m in range(1, max(map(len, factors)) + 1)]
    sums = np.empty((most + 1, len(frequencies)), dtype=complex)
    sums[0] = 1.0
    for k in range(1, most + 1):
        sums[k] = factors[k][0] * powers[0] * sums[k - 1]
        for m, factor in enumerate(factors[k][1:], start=2):
            sums[k] += factor * powers[m - 1] * sums[k - m]
    return np.asarray(fft.irfft(sums, n=size, axis=1))[:, :length]


def _added_one_by_one(bins: np.ndarray, most: int, length: int) -> np.ndarray:
    """Return the probabilities, members joining one after the other."""
    mass = np.zeros((most + 1, length))
    mass[0, 0] = 1.0
    terms = np.arange(1.0, most + 1)[:, None]
    for count, bin_ in enumerate(bins.tolist(), start=1):
        joined = np.zeros((most, length))
        joined[:, bin_:] = mass[:-1, : length - bin_]
        mass[1:] = np.maximum(count - terms, 0) / count * mass[1:] + terms / count * joined
    return mass


def is_listed(n: int, most: int) -> bool:
    """Return True if all sums of up to so many of n members are listed.

    Examples
    --------
    >>> is_listed(20, 10), is_listed(40, 5), is_listed(40, 40)
    (False, False, False)
    >>> is_listed(18, 18)
    True
    """
    return math.comb(n, min(most, n // 2)) <= LISTED


def listed_sums(codes: np.ndarray, most: int) -> list[np.ndarray]:
    """Return all sums of 1, 2, … members, each list sorted, while they are few.

    Parameters
    ----------
    codes
        (n,) whole numbers, sorted.
    most
        Largest number of terms, at most n.

    Examples
    --------
    >>> [sums.tolist() for sums in listed_sums(np.array([1, 2, 4]), 2)]
    [[1, 2, 4], [3, 5, 6]]
    """
    n, lists = len(codes), []
    sums, last = codes, np.arange(n)
    for terms in range(1, most + 1):
        if terms > 1:
            if math.comb(n, terms) > LISTED:
                break
            following = n - 1 - last
            begin = np.repeat(np.cumsum(following) - following, following)
            joining = np.repeat(last + 1, following) + np.arange(following.sum()) - begin
            sums, last = np.repeat(sums, following) + codes[joining], joining
        lists.append(np.sort(sums))
    return lists
