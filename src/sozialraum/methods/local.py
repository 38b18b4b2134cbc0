"""Local autocorrelation with two-sided permutation p-values.

Two questions, two tests. Local Moran's I asks whether the neighbours go with the area: its own
value stays, the neighbours' are drawn from the other areas (conditional permutation). Gi* asks
whether the area and its neighbours together stand out: all values are drawn (total
randomisation). With equal weights either null distribution depends on the area only through its
number of neighbours, and the first through the exclusion of the area itself: one pool of draws
serves all areas and both tests.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

TIES = 1e-12
"""Standardised values closer than this are counted as equal."""
CHUNK = 20_000_000
"""Largest number of random numbers held at once."""


@dataclass(frozen=True, slots=True, eq=False)
class LocalResult:
    """Local statistics of every area.

    Parameters
    ----------
    z
        Standardised values (mean 0, standard deviation 1 with ddof 0).
    lag
        Mean of the neighbours' `z`; missing without neighbours.
    statistic
        Local Moran's I (Anselin 1995), scaled by (n - 1) / Σz²; missing without
        neighbours.
    gi_star
        Getis-Ord Gi* as a standard score (binary weights, the area itself included).
    p_moran
        Two-sided conditional permutation p-value of local Moran's I; missing without
        neighbours.
    p_gi
        Two-sided p-value of Gi* under total randomisation; missing without neighbours.
    quadrant
        ``"high-high"``, ``"low-low"``, ``"high-low"`` (high amid low), ``"low-high"``;
        ``""`` without neighbours.
    """

    z: np.ndarray
    lag: np.ndarray
    statistic: np.ndarray
    gi_star: np.ndarray
    p_moran: np.ndarray
    p_gi: np.ndarray
    quadrant: np.ndarray


def local_moran(
    values: npt.ArrayLike, adjacency: csr_array, *, permutations: int = 9_999, seed: int = 0
) -> LocalResult:
    """Return local Moran's I and Gi* with permutation p-values.

    Parameters
    ----------
    values
        (n,) numbers, complete. Values without any spread give missing statistics.
    adjacency
        (n, n) symmetric zeros and ones, nothing on the diagonal.
    permutations
        Number of draws.
    seed
        Of the counter-based generator; same seed, same p, whatever else runs.

    Notes
    -----
    p = min(1, 2 · min(P≥, P≤)); the observed value is counted on both sides, so the
    smallest p is 2 / (permutations + 1). Sums are compared as whole multiples of
    :data:`TIES`, and a multiple or two per neighbour apart is equal.

    References
    ----------
    Anselin (1995), Local indicators of spatial association, Geographical Analysis 27(2).
    Ord and Getis (1995), Local spatial autocorrelation statistics, ibid. 27(4).

    Examples
    --------
    >>> chain = csr_array(np.eye(4, k=1) + np.eye(4, k=-1))
    >>> found = local_moran([1.0, 2.0, 8.0, 9.0], chain, permutations=99)
    >>> found.statistic.round(3), found.quadrant.tolist()
    (array([0.72, 0.09, 0.09, 0.72]), ['low-low', 'low-low', 'high-high', 'high-high'])
    """
    values = np.asarray(values, dtype=float)
    degree = np.diff(csr_array(adjacency).indptr)
    alone = degree == 0
    spread = values.std() if len(values) else 0.0
    if len(values) < 2 or spread <= TIES * max(1.0, float(np.abs(values).max(initial=0))):
        return _without_spread(len(values))
    z = (values - values.mean()) / spread
    around = adjacency @ z
    lag = np.where(alone, np.nan, around / np.maximum(degree, 1))
    p_moran, p_gi = _two_sided_p(z, adjacency, degree, permutations, seed)
    return LocalResult(
        z=z,
        lag=lag,
        statistic=(len(z) - 1) * z * lag / (z @ z),
        gi_star=_gi_star(z, around, degree),
        p_moran=p_moran,
        p_gi=p_gi,
        quadrant=_quadrants(z, lag),
    )


def _without_spread(n: int) -> LocalResult:
    nothing = np.full(n, np.nan)
    return LocalResult(
        z=nothing,
        lag=nothing,
        statistic=nothing,
        gi_star=nothing,
        p_moran=nothing,
        p_gi=nothing,
        quadrant=np.full(n, "", dtype=object),
    )


def _gi_star(z: np.ndarray, around: np.ndarray, degree: np.ndarray) -> np.ndarray:
    n, weight = len(z), degree + 1.0
    variance = (n * weight - weight**2) / (n - 1)
    safe = np.where(variance > 0, variance, np.nan)
    return np.where(degree == 0, np.nan, (around + z) / np.sqrt(safe))


def _quadrants(z: np.ndarray, lag: np.ndarray) -> np.ndarray:
    own = np.where(z > 0, "high", "low").astype(object)
    others = np.where(lag > 0, "high", "low").astype(object)
    return np.where(np.isnan(lag), "", own + "-" + others)


def _two_sided_p(
    z: np.ndarray, adjacency: csr_array, degree: np.ndarray, permutations: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return p-values of both tests, comparing sums of whole multiples of the tie width."""
    p_moran, p_gi = np.full(len(z), np.nan), np.full(len(z), np.nan)
    if not degree.any() or permutations < 1:
        return p_moran, p_gi
    codes = np.rint(z / TIES).astype(np.int64)
    around = csr_array(adjacency).astype(np.int64) @ codes
    most = int(degree.max())
    pool = ordered_samples(len(z), most + 1, permutations, seed)
    drawn = codes[pool]
    sums = np.cumsum(drawn, axis=1)
    where = np.argsort(pool.ravel(), kind="stable")
    first = np.searchsorted(pool.ravel()[where], np.arange(len(z) + 1))
    for k in np.unique(degree[degree > 0]):
        ordered, ordered_with_own = np.sort(sums[:, k - 1]), np.sort(sums[:, k])
        for i in np.flatnonzero(degree == k):
            draw, position = np.divmod(where[first[i] : first[i + 1]], most + 1)
            draw = draw[position < k]
            # a draw that holds the area itself takes its next one instead
            plain = sums[draw, k - 1]
            instead = plain - codes[i] + drawn[draw, k]
            p_moran[i] = _p_among(around[i], k, ordered, plain, instead)
            p_gi[i] = _p_among(around[i] + codes[i], k + 1, ordered_with_own)
    return p_moran, p_gi


def _p_among(
    observed: np.int64,
    terms: int,
    ordered: np.ndarray,
    replaced: np.ndarray | None = None,
    replacing: np.ndarray | None = None,
) -> float:
    """Return the two-sided p of a sum among drawn sums, some of which are replaced."""
    # every term was rounded once, on either side
    least, most_equal = observed - 2 * terms, observed + 2 * terms
    above = len(ordered) - np.searchsorted(ordered, least, "left")
    below = np.searchsorted(ordered, most_equal, "right")
    if replaced is not None and replacing is not None:
        above += (replacing >= least).sum() - (replaced >= least).sum()
        below += (replacing <= most_equal).sum() - (replaced <= most_equal).sum()
    return float(min(1.0, 2 * (min(above, below) + 1) / (len(ordered) + 1)))


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
