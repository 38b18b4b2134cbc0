"""Ordered samples without replacement, the shared pool of all areas."""

import numpy as np

CHUNK = 20_000_000
"""Largest number of random numbers held at once."""


def ordered_samples(n: int, size: int, draws: int, seed: int) -> np.ndarray:
    """Return draws of `size` different numbers below `n`, in random order.

    Returns
    -------
    ndarray
        (draws, size) whole numbers.

    Notes
    -----
    Leaving one given number out of a draw (and taking the next instead) leaves an ordered
    sample of the others, since every order of these is equally likely.

    Examples
    --------
    >>> ordered_samples(4, 4, 2, seed=1).sum(axis=1)
    array([6, 6])
    """
    random = np.random.Generator(np.random.Philox(seed))
    if 4 * size >= n:
        rows = max(1, CHUNK // n)
        parts = [
            np.argsort(random.random((min(rows, draws - begin), n)), axis=1)[:, :size]
            for begin in range(0, draws, rows)
        ]
        return np.concatenate(parts)
    pool = np.empty((draws, size), dtype=np.int64)
    for column in range(size):
        fresh = np.arange(draws)
        while len(fresh):
            pool[fresh, column] = random.integers(0, n, len(fresh))
            again = (pool[fresh, :column] == pool[fresh, column, None]).any(axis=1)
            fresh = fresh[again]
    return pool
