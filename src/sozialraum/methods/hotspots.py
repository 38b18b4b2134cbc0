"""Emerging hot spots: how clusters of high or low values come, stay and go over time.

Gi* says for every date whether an area and its neighbours together stand out. The course of
these verdicts has seventeen names: eight for hot spots, the same eight for cold spots, and none.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from sozialraum.methods.trends import mann_kendall

HOT, COLD = 1, -1
MOSTLY = 0.9
"""Share of the dates from which on a spot counts as a lasting one."""
LEVEL = 0.005
"""Largest p of Gi* of a spot: one area in two hundred by chance, as for notable findings."""
TREND = 0.05
"""Largest p of the trend of a lasting spot that grows or fades."""
NO_PATTERN = "no pattern"
PATTERNS = (
    "new",
    "consecutive",
    "intensifying",
    "persistent",
    "diminishing",
    "sporadic",
    "oscillating",
    "historical",
)
"""Names of the patterns, each ``"… hot spot"`` or ``"… cold spot"``."""


@dataclass(frozen=True, slots=True, eq=False)
class HotSpots:
    """Clusters over time.

    Parameters
    ----------
    gi_star
        (areas, dates) Gi* as a standard score; missing where it cannot be computed.
    state
        (areas, dates) 1 for a hot spot, -1 for a cold spot, 0 for neither or unknown.
    trend_p
        (areas,) two-sided p of the trend of Gi* (Mann-Kendall).
    pattern
        (areas,) name of the pattern; :data:`NO_PATTERN`, or ``""`` without any Gi*.
    """

    gi_star: np.ndarray
    state: np.ndarray
    trend_p: np.ndarray
    pattern: np.ndarray


def emerging_hot_spots(
    values: npt.ArrayLike,
    graph: csr_array,
    *,
    level: float = LEVEL,
    correlation: npt.ArrayLike | None = None,
) -> HotSpots:
    """Return how hot and cold spots developed.

    Parameters
    ----------
    values
        (areas, dates) numbers, dates ascending; NaN is missing.
    graph
        (areas, areas) neighbours.
    level
        Largest two-sided p of Gi* of a hot or cold spot.
    correlation
        Between the dates of an area without a trend, as for
        :func:`sozialraum.methods.trends.mann_kendall`.

    Notes
    -----
    The classes are those of ArcGIS' Emerging Hot Spot Analysis; "90 % of the dates" is
    counted over the dates with a Gi*. Different from there: a date's neighbours in time do
    not count as neighbours (annual values of stocks hold their own past already); Gi* is
    tested by the exact permutation law; the trend may allow for the memory of a series;
    with fewer than ten dates a spot cannot be historical, since nine of ten dates must be
    hot and the last not; and an area that was cold and is hot counts as oscillating even
    where it is also new or consecutive, because the turn is what a reader must know.

    References
    ----------
    Ord and Getis (1995), Local spatial autocorrelation statistics, Geographical Analysis
    27(4). Esri, "How Emerging Hot Spot Analysis works", ArcGIS Pro tool reference, for the
    definitions; R package sfdep (Parry), for a second reading of them.

    Examples
    --------
    >>> chain = csr_array(np.eye(8, k=1) + np.eye(8, k=-1))
    >>> emerging_hot_spots(np.zeros((8, 3)), chain).pattern.tolist()[:2]
    ['', '']
    """
    from sozialraum.methods.local import local_g

    series = np.asarray(values, dtype=float)
    gi_star, p = np.full(series.shape, np.nan), np.full(series.shape, np.nan)
    links = csr_array(graph)
    for date in range(series.shape[1]):
        at = np.flatnonzero(~np.isnan(series[:, date]))
        if len(at) > 1:
            found = local_g(series[at, date], links[at][:, at], star=True, null="total")
            gi_star[at, date] = found.statistic
            p[at, date] = found.p
    sure = np.nan_to_num(p, nan=1.0) <= level
    state = np.where(sure, np.sign(np.nan_to_num(gi_star)), 0).astype(int)
    trend = mann_kendall(gi_star, correlation=correlation)
    growing = np.where(trend.p <= TREND, np.sign(np.nan_to_num(trend.statistic)), 0).astype(int)
    return HotSpots(gi_star, state, trend.p, classify(state, ~np.isnan(gi_star), growing))


def classify(state: np.ndarray, known: np.ndarray, trend: np.ndarray) -> np.ndarray:
    """Return the pattern of every area.

    Parameters
    ----------
    state
        (areas, dates) 1 hot, -1 cold, 0 neither.
    known
        (areas, dates) bool; other dates are left out.
    trend
        (areas,) 1 where the values rise for sure, -1 where they fall, else 0.

    Examples
    --------
    >>> hot = np.array([[0, 0, 0, 0, 1], [0, 0, 0, 1, 1], [1, 1, 1, 1, 1], [-1, 0, 0, -1, -1]])
    >>> classify(hot, np.ones_like(hot, dtype=bool), np.array([0, 0, 1, 0])).tolist()
    ['new hot spot', 'consecutive hot spot', 'intensifying hot spot', 'sporadic cold spot']
    """
    names = []
    for states, there, way in zip(state, known, trend, strict=True):
        seen = states[there]
        # the side that is there now; a historical spot is not there now
        side = int(seen[-1]) if len(seen) else 0
        if not side and len(seen):
            side = HOT if (seen == HOT).mean() >= MOSTLY else COLD
        kind = _pattern(seen == side, seen == -side, int(way) * side) if len(seen) else ""
        spot = "hot spot" if side == HOT else "cold spot"
        names.append(f"{kind} {spot}" if kind in PATTERNS else kind)
    return np.array(names, dtype=object)


def _pattern(on: np.ndarray, opposite: np.ndarray, growing: int) -> str:
    """Return the pattern of one area as far as one side is concerned."""
    lasting = on.mean() >= MOSTLY
    if not on[-1]:
        return "historical" if lasting else NO_PATTERN
    if lasting:
        return {1: "intensifying", -1: "diminishing", 0: "persistent"}[growing]
    if opposite.any():
        return "oscillating"
    run = len(on) - 1 - np.flatnonzero(~on)[-1]
    if on.sum() > run:
        return "sporadic"
    return "new" if run == 1 else "consecutive"
