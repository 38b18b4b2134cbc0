"""Matching: areas whose level and course were like those of an area, and do not touch it."""

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

SIZE_WEIGHT = 1.0
"""How much a standard deviation of size counts, in usual deviations over time: high rates of
small areas fall back by themselves, those of large ones do not."""
OTHER_KIND = 2.0
"""Areas of another kind are this many usual deviations further away."""


def courses(rates: npt.ArrayLike) -> np.ndarray:
    """Return level, slope and latest deviation of every area before something starts.

    Parameters
    ----------
    rates
        (n, t) rates in order of time.

    Returns
    -------
    ndarray
        (n, 3): mean, change a date, how far the latest rate lies from the mean.

    Examples
    --------
    >>> courses([[8.0, 9.0, 10.0]]).tolist()
    [[9.0, 1.0, 1.0]]
    """
    found = np.asarray(rates, dtype=float)
    steps = np.arange(found.shape[1]) - (found.shape[1] - 1) / 2
    level = found.mean(axis=1)
    slope = found @ steps / max(float((steps**2).sum()), 1.0)
    return np.column_stack([level, slope, found[:, -1] - level])


def likeness(
    rates: npt.ArrayLike, people: npt.ArrayLike, donors: npt.ArrayLike, kinds: npt.ArrayLike = ()
) -> np.ndarray:
    """Return the coordinates in which areas alike lie near each other.

    Parameters
    ----------
    rates
        (n, t) rates of every area before something starts, in order of time.
    people
        (n,) people behind the rates.
    donors
        (d,) positions of the areas that may serve as controls.
    kinds
        (n,) kind of settlement of every area; empty: not looked at.

    Returns
    -------
    ndarray
        (n, coordinates): two areas lie as far apart as their rates differ on average over
        the dates (root mean square), in usual deviations of a rate over time; to this come
        size and kind.

    Examples
    --------
    >>> near = likeness([[8, 10], [8, 10], [9, 11]], [900, 900, 900], [0, 1, 2])
    >>> np.round(np.linalg.norm(near - near[0], axis=1), 3).tolist()
    [0.0, 0.0, 0.707]
    """
    found, own = np.asarray(rates, dtype=float), np.asarray(donors, dtype=np.intp)
    usual = float(np.median(found[own].std(axis=1, ddof=1)))
    path = found / np.sqrt(found.shape[1]) / (usual if usual > 0 else 1.0)
    size = np.log(np.maximum(np.asarray(people, dtype=float), 1.0))
    spread = float(size[own].std())
    size = SIZE_WEIGHT * (size - size[own].mean()) / (spread if spread > 0 else 1.0)
    kind = np.asarray(kinds)
    apart = [OTHER_KIND / np.sqrt(2) * (kind == one) for one in np.unique(kind)]
    return np.column_stack([path, size, *apart])


def matched(
    coordinates: np.ndarray,
    asked: npt.ArrayLike,
    donors: npt.ArrayLike,
    touching: csr_array,
    k: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the `k` donors most like each area, never itself or an area that touches it.

    Parameters
    ----------
    coordinates
        (n, coordinates) as :func:`likeness` returns them.
    asked
        (m,) positions of the areas to find controls for.
    donors
        (d,) positions of the areas that may be controls; one may serve several areas.
    touching
        (n, n) which areas touch.
    k
        Controls an area.

    Returns
    -------
    positions : (m, k)
        Nearest first. Of donors equally far, the one further up wins.
    distance : (m, k)
        Euclidean; infinite where there are too few donors.

    Examples
    --------
    >>> line = np.array([[0.0], [1.0], [1.5], [4.0]])
    >>> alone = csr_array((4, 4))
    >>> matched(line, [0], [0, 1, 2, 3], alone, 2)[0].tolist()
    [[1, 2]]
    """
    wanted, pool = (np.asarray(one, dtype=np.intp) for one in (asked, donors))
    found = np.zeros((len(wanted), k), dtype=np.intp)
    far = np.full((len(wanted), k), np.inf)
    for row, area in enumerate(wanted):
        away = np.sqrt(((coordinates[pool] - coordinates[area]) ** 2).sum(axis=1))
        beside = touching.indices[touching.indptr[area] : touching.indptr[area + 1]]
        away[np.isin(pool, beside) | (pool == area)] = np.inf
        nearest = np.argsort(np.round(away, 12), kind="stable")[:k]
        found[row, : len(nearest)] = pool[nearest]
        far[row, : len(nearest)] = away[nearest]
    return found, far
