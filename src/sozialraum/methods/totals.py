"""Counts that may be missing, summed up places: what is missing stays missing.

A count is known (its lower equals its upper limit) or missing for a reason. A sum that
contains a missing count is missing too; what remains known of it are its limits.
"""

from dataclasses import dataclass

import numpy as np

KNOWN = 0
"""Code of a count that is known. Larger codes are reasons why one is missing."""


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Counts per date (rows) and place (columns), with what is known of missing ones.

    Parameters
    ----------
    low, high
        (dates, places) limits of the count; equal where it is known, ``inf`` where
        nothing is known of the upper one.
    missing
        (dates, places) reason codes: 0 known, larger is a stronger reason.
    minimum
        (dates, places) smallest count that the supplier gives out.
    """

    low: np.ndarray
    high: np.ndarray
    missing: np.ndarray
    minimum: np.ndarray

    @property
    def value(self) -> np.ndarray:
        """Counts as numbers; NaN where missing."""
        return np.where(self.missing == KNOWN, self.low, np.nan)

    def take(self, rows: np.ndarray, absent: int) -> "Counts":
        """Return the counts of given rows; row -1 is all missing for reason `absent`."""
        gone = (rows < 0)[:, None]
        return Counts(
            np.where(gone, 0.0, self.low[rows]),
            np.where(gone, np.inf, self.high[rows]),
            np.where(gone, absent, self.missing[rows]).astype(np.int8),
            np.where(gone, 0, self.minimum[rows]),
        )

    def places(self, columns: np.ndarray) -> "Counts":
        """Return the counts of some places, in the order of their positions."""
        low, high = self.low[:, columns], self.high[:, columns]
        return Counts(low, high, self.missing[:, columns], self.minimum[:, columns])

    def whole(self) -> "Counts":
        """Return the counts rounded to whole numbers, halves upwards; limits outwards."""
        known = self.missing == KNOWN
        near = np.floor(self.low + 0.5)
        return Counts(
            np.where(known, near, np.floor(self.low)),
            np.where(known, near, np.ceil(self.high)),
            self.missing,
            self.minimum,
        )


def nothing(dates: int, places: int, absent: int) -> Counts:
    """Return counts that are all missing for reason `absent`.

    Examples
    --------
    >>> nothing(1, 2, 9).value
    array([[nan, nan]])
    """
    shape = (dates, places)
    return Counts(
        np.zeros(shape),
        np.full(shape, np.inf),
        np.full(shape, absent, dtype=np.int8),
        np.zeros(shape, dtype=np.int64),
    )


def first_known(first: Counts, second: Counts, absent: int) -> Counts:
    """Return the first counts where they are there at all, else the second ones.

    A count that its supplier suppressed is there; one with reason `absent` is not.
    """
    return either(first.missing != absent, first, second)


def either(where: np.ndarray, first: Counts, second: Counts) -> Counts:
    """Return the first counts where a condition holds, else the second ones.

    Examples
    --------
    >>> either(np.array([[True, False]]), nothing(1, 2, 7), nothing(1, 2, 9)).missing.tolist()
    [[7, 9]]
    """
    return Counts(
        np.where(where, first.low, second.low),
        np.where(where, first.high, second.high),
        np.where(where, first.missing, second.missing),
        np.where(where, first.minimum, second.minimum),
    )


def grouped(counts: Counts, group: np.ndarray, groups: int, absent: int) -> Counts:
    """Return sums over groups of places; missing as soon as one member is.

    Parameters
    ----------
    counts
        Counts of the members.
    group
        (places,) group of every place, 0 … groups - 1.
    groups
        Number of groups.
    absent
        Reason of a group without members: an empty sum is not a zero.

    Examples
    --------
    >>> member = Counts(*(np.array([[2.0, 3.0, 1.0]]), np.array([[2.0, 3.0, 9.0]])),
    ...                 np.array([[0, 0, 1]]), np.zeros((1, 3), dtype=int))
    >>> sums = grouped(member, np.array([0, 0, 1]), 2, 9)
    >>> sums.value, sums.high
    (array([[ 5., nan]]), array([[5., 9.]]))
    """
    dates = counts.low.shape[0]
    if not groups:
        return nothing(dates, 0, absent)
    cell = (np.arange(dates)[:, None] * groups + group).ravel()
    size = dates * groups

    def added(values: np.ndarray) -> np.ndarray:
        return np.bincount(cell, values.ravel(), size).reshape(dates, groups)

    missing = np.zeros(size, dtype=np.int8)
    np.maximum.at(missing, cell, counts.missing.ravel().astype(np.int8))
    minimum = np.zeros(size, dtype=np.int64)
    np.maximum.at(minimum, cell, counts.minimum.ravel().astype(np.int64))
    empty = np.bincount(group, minlength=groups) == 0
    return Counts(
        added(counts.low),
        np.where(empty, np.inf, added(counts.high)),
        np.where(empty, absent, missing.reshape(dates, groups)).astype(np.int8),
        minimum.reshape(dates, groups),
    )


def stacked(*parts: Counts) -> Counts:
    """Return counts of several kinds of places side by side."""
    return Counts(
        np.hstack([part.low for part in parts]),
        np.hstack([part.high for part in parts]),
        np.hstack([part.missing for part in parts]),
        np.hstack([part.minimum for part in parts]),
    )
