"""Limits over the unknowns that remain free: of rows, of columns, usual and wide ones."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from sozialraum.methods.feasibility.system import System, Targets
from sozialraum.methods.tables import FAR


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Rows over the free columns, the wide limits where relaxed, and what they say."""

    matrix: csr_array
    low: np.ndarray
    high: np.ndarray
    wide_low: np.ndarray
    wide_high: np.ndarray
    divisor: np.ndarray
    origin: np.ndarray

    @property
    def lengths(self) -> np.ndarray:
        """Number of free columns in every row."""
        return np.diff(self.matrix.indptr)

    def chosen(self, rows: np.ndarray) -> "Limits":
        """Return some of the rows."""
        return Limits(
            csr_array(self.matrix[rows]),
            self.low[rows],
            self.high[rows],
            self.wide_low[rows],
            self.wide_high[rows],
            self.divisor[rows],
            self.origin[rows],
        )


def wide_limits(system: System, targets: Targets) -> tuple[np.ndarray, np.ndarray]:
    """Return the limits of all columns as a target sees them where it is relaxed."""
    if targets.free_low is None or targets.free_high is None:
        return system.low, system.high
    return np.minimum(targets.free_low, system.low), np.maximum(targets.free_high, system.high)


class Bounds:
    """Limits of the free columns, usual and wide, and what each comes from."""

    def __init__(self, system: System, targets: Targets, free: np.ndarray) -> None:
        self.low, self.high = system.low[free], system.high[free]
        self.wide_low, self.wide_high = (side[free] for side in wide_limits(system, targets))
        self.origins = np.tile(-1 - free, (2, 1))
        self.wide_origins = self.origins.copy()

    def tighten(self, rows: Limits) -> None:
        """Take over the limits of rows about one column each, which are 1 or -1 of it."""
        column, plus = rows.matrix.indices, rows.matrix.data > 0
        low = np.where(plus, rows.low, -rows.high)
        high = np.where(plus, rows.high, -rows.low)
        for origins, below, above in (
            (self.origins, self.low, self.high),
            (self.wide_origins, self.wide_low, self.wide_high),
        ):
            # the tightest come last, so that it is them that stay
            for at in np.argsort(low, kind="stable"):
                if low[at] > below[column[at]]:
                    below[column[at]], origins[0, column[at]] = low[at], rows.origin[at]
            for at in np.argsort(-high, kind="stable"):
                if high[at] < above[column[at]]:
                    above[column[at]], origins[1, column[at]] = high[at], rows.origin[at]


def may_bind(rows: Limits, bounds: Bounds) -> np.ndarray:
    """Return False for rows that the limits of their columns keep anyway."""
    value = rows.matrix.data.astype(float)
    columns = rows.matrix.indices
    number = np.repeat(np.arange(len(rows.low)), rows.lengths)
    low, high = infinite(bounds.wide_low)[columns], infinite(bounds.wide_high)[columns]
    with np.errstate(invalid="ignore"):
        most = np.where(value > 0, value * high, value * low)
        least = np.where(value > 0, value * low, value * high)
    top = np.bincount(number, most, minlength=len(rows.low))
    bottom = np.bincount(number, least, minlength=len(rows.low))
    # rounding of floats stays below 1 as long as the sums are far below 2**53
    kept = (top <= np.minimum(rows.high, 2.0**50)) | (rows.high >= FAR)
    kept &= (bottom >= np.maximum(rows.low, -(2.0**50))) | (rows.low <= -FAR)
    return ~kept


def infinite(limits: np.ndarray) -> np.ndarray:
    """Return limits as floats, infinite where there is none."""
    result = limits.astype(float)
    result[limits >= FAR] = np.inf
    result[limits <= -FAR] = -np.inf
    return result
