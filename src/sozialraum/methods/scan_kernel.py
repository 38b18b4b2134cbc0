"""Compiled search over circles and intervals. Imported on use only.

Replicas lie side by side, so that one step outwards adds their counts, and compares them
with what a cluster needs, by vector instructions; the few that reach it are weighed.
"""

import math
from typing import Any

import numpy as np
from numba import njit

from sozialraum.methods.circles import Circles
from sozialraum.methods.kernels import INSIDE
from sozialraum.methods.scan_ratio import Null


@njit(**INSIDE)
def _log_ratio(count: Any, measure: float, null: Null) -> float:
    """Return the log likelihood ratio of a zone against the rest, of either direction."""
    rest, beyond = null.cases - count, null.whole - measure
    if measure <= 0.0 or beyond <= 1e-9 * null.whole:
        return 0.0
    if null.binomial:
        inside, outside = int(measure + 0.5), int(beyond + 0.5)
        if count > inside or rest > outside:
            return 0.0
        within = null.xlogx[count] + null.xlogx[inside - count] - null.xlogx[inside]
        without = null.xlogx[rest] + null.xlogx[outside - rest] - null.xlogx[outside]
        total = int(null.whole + 0.5)
        healthy = null.xlogx[total - null.cases]
        return within + without - null.xlogx[null.cases] - healthy + null.xlogx[total]
    expected, others = measure * null.cases / null.whole, beyond * null.cases / null.whole
    high = null.xlogx[count] - count * math.log(expected)
    return high + null.xlogx[rest] - rest * math.log(others)


@njit(**INSIDE)
def _weigh(
    found: np.ndarray,
    ends: tuple[int, int],
    needed: tuple[Any, Any],
    size: float,
    null: Null,
    best: np.ndarray,
) -> None:
    """Raise the best ratio of every lane by that of one zone, where enough is found."""
    for b in range(len(best)):
        count = found[ends[1] + b] - found[ends[0] + b]
        if count >= needed[0] or count <= needed[1]:
            best[b] = max(best[b], _log_ratio(count, size, null))


@njit(cache=True, nogil=True)
def best_in_batch(
    circles: Circles,
    counts: np.ndarray,
    measures: np.ndarray,
    needed: np.ndarray,
    scale: float,
    longest: int,
    null: Null,
) -> np.ndarray:
    """Return the largest log likelihood ratio of every replica.

    Parameters
    ----------
    circles
        Around every area.
    counts
        (areas, dates * lanes) int32 cases up to every date, a lane a replica. Their number
        is not a constant: loops of a known length are unrolled instead of vectorised.
    measures
        (areas, dates) measure up to every date.
    needed
        (2, steps) int32: fewest cases of a high, most cases of a low cluster for the step
        ``int(sqrt(measure * scale))``; others cannot reach the ratio looked for.
    scale
        Steps per square root of the measure.
    longest
        Largest number of dates of an interval.
    null
        What is compared with.
    """
    order, starts, closed = circles.order, circles.starts, circles.closed
    width, dates = counts.shape[1], measures.shape[1]
    lanes = width // dates
    best, measure = np.zeros(lanes), np.zeros(dates + 1)
    found = np.zeros(lanes + width, np.int32)  # the first lanes stay 0: before the first date
    for i in range(len(starts) - 1):
        found[lanes:] = 0
        measure[:] = 0.0
        for q in range(starts[i], starts[i + 1]):
            j = order[q]
            for b in range(width):
                found[lanes + b] = np.int32(found[lanes + b] + counts[j, b])
            for t in range(dates):
                measure[t + 1] += measures[j, t]
            if not closed[q]:
                continue
            for s in range(dates):
                for e in range(s + 1, min(dates, s + longest) + 1):
                    size = measure[e] - measure[s]
                    step = int(math.sqrt(size * scale))
                    early, late = s * lanes, e * lanes
                    top = bottom = np.int32(found[late] - found[early])
                    for b in range(lanes):
                        count = np.int32(found[late + b] - found[early + b])
                        top = max(top, count)
                        bottom = min(bottom, count)
                    if top >= needed[0, step] or bottom <= needed[1, step]:
                        ends, enough = (early, late), (needed[0, step], needed[1, step])
                        _weigh(found, ends, enough, size, null, best)
    return best


@njit(cache=True, nogil=True)
def best_zone(  # noqa: C901 - to hand arrays to a function costs more than a zone does
    circles: Circles,
    counts: np.ndarray,
    measures: np.ndarray,
    taken: np.ndarray,
    longest: int,
    null: Null,
    ways: tuple[bool, bool],
) -> tuple[float, int, int, int, int]:
    """Return the zone with the largest ratio among those without a taken area.

    Parameters
    ----------
    circles, measures, longest, null
        As :func:`best_in_batch` takes them.
    counts
        (areas, dates) int64 cases up to every date.
    taken
        (areas,) bool.
    ways
        Whether high and low clusters are looked for.

    Returns
    -------
    tuple
        Log likelihood ratio, centre (-1: none), number of areas, first and last date. Of
        zones that are equal up to rounding, the one of fewest areas, and then the first,
        wins.
    """
    order, starts, closed = circles.order, circles.starts, circles.closed
    dates, risk = measures.shape[1], null.cases / null.whole
    spread = 1.0 - risk if null.binomial else 1.0
    best = (0.0, -1, 0, 0, 0)
    found, measure = np.zeros(dates + 1, np.int64), np.zeros(dates + 1)
    for i in range(len(starts) - 1):
        found[:] = 0
        measure[:] = 0.0
        for q in range(starts[i], starts[i + 1]):
            j = order[q]
            if taken[j]:
                break
            for t in range(dates):
                found[t + 1] += counts[j, t]
                measure[t + 1] += measures[j, t]
            if not closed[q]:
                continue
            areas = q - starts[i] + 1
            for s in range(dates):
                for e in range(s + 1, min(dates, s + longest) + 1):
                    count, size = found[e] - found[s], measure[e] - measure[s]
                    expected = size * risk
                    if not ways[0 if count > expected else 1] or expected <= 0.0:
                        continue
                    # a divergence is at most chi squared: most zones need no logarithm
                    chi = (count - expected) ** 2 / (expected * spread)
                    if chi * null.whole < (best[0] - null.tie) * (null.whole - size):
                        continue
                    value = _log_ratio(count, size, null)
                    smaller = value > best[0] - null.tie and areas < best[2]
                    if value > best[0] + null.tie or smaller:
                        best = (value, i, areas, s, e - 1)
    return best
