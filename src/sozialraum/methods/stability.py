"""How sure a class is: draws of the underlying rates, and the share that keeps the class.

Published counts are small and partly chance. Resampling them would add noise to noisy
numbers; instead the rates behind the counts are drawn given the counts and what the other
areas show about how rates are spread and go together (:mod:`sozialraum.methods.hierarchy`).
"""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Literal

import numpy as np
import numpy.typing as npt

from sozialraum.errors import StatisticsError

type Noise = Literal["binomial", "poisson", "none"]
BURN_IN = 200
"""Rounds of the sampler before the first draw is kept."""
ROUNDS = 40
"""Rounds of the estimate the sampler begins with."""
FREEDOM = 3.0
"""How many areas the prior of the covariances is worth."""
FLOOR = 0.1
"""Least spread between areas that the prior allows for, in units of the noise."""


def posterior_rates(
    numerators: npt.ArrayLike,
    denominators: npt.ArrayLike,
    *,
    keys: Sequence[str],
    draws: int = 1000,
    seed: int = 0,
    pairs: Sequence[tuple[int, int]] = (),
    noise: Sequence[Noise] = (),
) -> np.ndarray:
    """Return draws of the rates that may stand behind counts.

    Parameters
    ----------
    numerators, denominators
        (areas, columns) counts, a column for every indicator and date. NaN where they are
        not known; a denominator of 0 counts as not known.
    keys
        (areas,) ids; every area draws from a stream of its own, so that the order of the
        rows does not matter.
    draws, seed
        Number of draws and where the random numbers begin.
    pairs
        Columns (now, before) that hold the same indicator at two dates. The change
        between them gets a distribution of its own.
    noise
        (columns,) ``"binomial"`` for a number of people among people (the default),
        ``"poisson"`` for events, ``"none"`` for counts that are no random events.

    Returns
    -------
    ndarray
        (draws, areas, columns) rates (numerator per denominator); NaN where counts are
        not known.

    Raises
    ------
    StatisticsError
        A count is negative or infinite, or a number of people exceeds its denominator.

    References
    ----------
    Gelman, Carlin, Stern, Dunson, Vehtari, Rubin, *Bayesian Data Analysis*, 3rd ed. 2013,
    ch. 5, 15 and 17.

    Examples
    --------
    >>> found = posterior_rates([[30], [20], [25]], [[300]] * 3, keys=["a", "b", "c"], draws=9)
    >>> found.shape, bool((found > 0.02).all() and (found < 0.3).all())
    ((9, 3, 1), True)
    """
    above = np.asarray(numerators, dtype=float)
    below = np.asarray(denominators, dtype=float)
    kinds = np.array(noise or ["binomial"] * above.shape[1])
    known = ~np.isnan(above) & (below > 0)
    _check(above, below, known, kinds, keys)
    found = np.full((draws, *above.shape), np.nan)
    fixed = kinds == "none"
    found[:, :, fixed] = np.divide(above, below, out=np.full(above.shape, np.nan), where=known)[
        :, fixed
    ]
    chosen = np.flatnonzero(~fixed & known.any(axis=0))
    order = np.argsort(np.array(keys, dtype=object))
    rows = order[known[order][:, chosen].any(axis=1)]
    if not len(rows) or not len(chosen):
        return found
    cells = _cells(above, below, known, kinds == "poisson")[np.ix_(rows, chosen)]
    turn, levels = _turn(chosen.tolist(), pairs)
    names = [str(keys[row]) for row in rows]
    poisson = kinds[chosen] == "poisson"
    drawn = _sampled(cells, poisson, (turn, levels), _states(names, seed), draws)
    unknown = ~known[np.ix_(rows, chosen)]
    for draw, rates in zip(found, drawn, strict=True):
        draw[np.ix_(rows, chosen)] = np.where(unknown, np.nan, rates)
    return found


def agreement(
    rates: np.ndarray, published: npt.ArrayLike, classify: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Return in which share of the draws every area gets the class that was published.

    Parameters
    ----------
    rates
        (draws, areas, columns) draws of the rates.
    published
        (areas,) published classes, ``""`` where there is none.
    classify
        Makes (areas,) classes of (areas, columns) rates.

    Returns
    -------
    ndarray
        (areas,) shares between 0 and 1; NaN without a published class.

    Examples
    --------
    >>> draws = np.array([[[0.1], [0.4]], [[0.3], [0.2]]])
    >>> agreement(draws, ["low", ""], lambda x: np.where(x[:, 0] < 0.2, "low", "high"))
    array([0.5, nan])
    """
    classes = np.asarray(published, dtype=object)
    same = np.zeros(len(classes))
    for draw in rates:
        same += classify(draw) == classes
    return np.where(classes == "", np.nan, same / max(len(rates), 1))


def _check(
    above: np.ndarray, below: np.ndarray, known: np.ndarray, kinds: np.ndarray, keys: Sequence[str]
) -> None:
    bad = ~np.isfinite(above) | ~np.isfinite(below) | (above < 0)
    bad |= (above > below) & (kinds == "binomial")
    wrong = (bad & known).any(axis=1) | (below < 0).any(axis=1)
    if wrong.any():
        raise StatisticsError("stability.counts", ids=sorted(np.array(keys, dtype=object)[wrong]))
    if len(set(keys)) < len(above):
        raise StatisticsError("stability.keys")


def _cells(
    above: np.ndarray, below: np.ndarray, known: np.ndarray, poisson: np.ndarray
) -> np.ndarray:
    """Return numerator, denominator, centre and precision of the normal stand-in.

    The stand-in has the mean and the variance of the log-odds (log rate) under Jeffreys'
    prior, so that counts of 0 have one too.
    """
    from scipy.special import digamma, polygamma

    y, n = np.where(known, above, 0.0), np.where(known, below, 0.0)
    rest = np.where(poisson, 1.0, np.maximum(n - y, 0.0) + 0.5)
    other = np.where(poisson, np.log(np.maximum(n, 1e-300)), digamma(rest))
    variance = polygamma(1, y + 0.5) + np.where(poisson, 0.0, polygamma(1, rest))
    centre = digamma(y + 0.5) - other
    cells = np.stack([y, n, centre, 1 / variance], axis=-1)
    return np.where(known[:, :, None], cells, 0.0)


def _turn(columns: list[int], pairs: Sequence[tuple[int, int]]) -> tuple[np.ndarray, int]:
    """Return what makes levels and changes of a vector, and the number of levels.

    The level of a pair is the mean of both dates.
    """
    place = {column: i for i, column in enumerate(columns)}
    held = [(place[a], place[b]) for a, b in pairs if a in place and b in place]
    later = {b for _, b in held}
    turn = np.eye(len(columns))
    for now, before in held:
        turn[now, before] = turn[now, now] = 0.5
    changes = np.zeros((len(held), len(columns)))
    for row, (now, before) in zip(changes, held, strict=True):
        row[now], row[before] = 1.0, -1.0
    levels = turn[[i for i in range(len(columns)) if i not in later]]
    return np.vstack([levels, changes]), len(levels)


def _states(keys: Sequence[str], seed: int) -> np.ndarray:
    """Return where the stream of every area begins, then that of what belongs to none."""
    texts = [(f"{seed}/{key}", b"area") for key in keys] + [(f"{seed}", b"all")]
    digests = [blake2b(t.encode(), digest_size=8, person=p).digest() for t, p in texts]
    return np.array([int.from_bytes(d, "big") for d in digests], dtype=np.uint64)


def _sampled(
    cells: np.ndarray,
    poisson: np.ndarray,
    turned: tuple[np.ndarray, int],
    states: np.ndarray,
    draws: int,
) -> np.ndarray:
    """Return draws (draws, areas, columns) of rates."""
    from sozialraum.methods.hierarchy import Work, sample

    turn, levels = turned
    start, covariance = _start(cells)
    scales = FREEDOM * _floored(turn @ covariance @ turn.T, turn, cells, levels)
    work = Work(start, np.zeros_like(start), np.ascontiguousarray(cells), poisson, states)
    found = sample(work, turn, (levels, scales, 1 + FREEDOM), (BURN_IN, draws))
    np.exp(found, out=found)
    found[:, :, ~poisson] /= 1 + found[:, :, ~poisson]
    return found


def _start(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return likely vectors and their covariance over areas (EM, all taken as normal)."""
    centre, weight = cells[:, :, 2], cells[:, :, 3]
    mean = (centre * weight).sum(axis=0) / weight.sum(axis=0)
    filled = np.where(weight > 0, centre, mean)
    size = len(mean)
    covariance = np.cov(filled, rowvar=False, ddof=0).reshape(size, size)
    covariance = covariance + FLOOR * np.diag(_noise(cells))
    place = filled
    for _ in range(ROUNDS):
        precision = np.linalg.inv(covariance)
        spread = np.linalg.inv(precision + weight[:, :, None] * np.eye(size))
        place = np.einsum("nij,nj->ni", spread, weight * centre + precision @ mean)
        mean = place.mean(axis=0)
        far = place - mean
        covariance = spread.mean(axis=0) + far.T @ far / len(far)
    return np.ascontiguousarray(place), covariance


def _noise(cells: np.ndarray) -> np.ndarray:
    """Return the variance (columns,) that chance gives the vector of a usual area."""
    weight = cells[:, :, 3]
    return 1 / np.nanmedian(np.where(weight > 0, weight, np.nan), axis=0)


def _floored(
    covariance: np.ndarray, turn: np.ndarray, cells: np.ndarray, levels: int
) -> np.ndarray:
    """Return a covariance of levels and changes in which nothing is less than noise allows.

    Where noise drowns the differences between areas, an estimate of 0 means only that they
    cannot be seen.
    """
    noise = turn @ np.diag(_noise(cells)) @ turn.T
    found = np.zeros_like(covariance)
    for part in (slice(0, levels), slice(levels, len(turn))):
        unit = np.sqrt(np.diag(noise)[part])
        values, vectors = np.linalg.eigh(covariance[part, part] / np.outer(unit, unit))
        lifted = (vectors * np.maximum(values, FLOOR)) @ vectors.T
        found[part, part] = lifted * np.outer(unit, unit)
    return found
