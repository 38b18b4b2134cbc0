"""One variable: standardised, as whole numbers, and summed over the neighbours."""

from typing import NamedTuple

import numpy as np

from sozialraum.methods.local.neighbours import Neighbours

LEAST_SPREAD = 1e-12
"""Values that differ less than this, relative to the largest, have no spread."""
BITS = 48
"""A value is a whole number of 2**-BITS of the range, less where many are added up."""
TIED_BITS = 39
"""Values that differ by 2**-TIED_BITS of the range are equal."""


class Variable(NamedTuple):
    """One variable over all areas.

    Parameters
    ----------
    z
        (n,) values with mean 0 and standard deviation 1 (ddof 0).
    lag
        (n,) mean of the neighbours' z, missing without any.
    codes
        (n,) int64: steps above the smallest value, `steps` up to the largest. Sums of
        these are exact, whatever their order.
    sums
        (n,) int64: sums of the neighbours' codes.
    steps
        A power of two.
    """

    z: np.ndarray
    lag: np.ndarray
    codes: np.ndarray
    sums: np.ndarray
    steps: int

    @property
    def slack(self) -> int:
        """Codes by which equal values may differ."""
        return self.steps >> TIED_BITS


def standardised(values: np.ndarray) -> np.ndarray | None:
    """Return values with mean 0 and standard deviation 1, or None without any spread.

    Examples
    --------
    >>> standardised(np.array([1.0, 3.0]))
    array([-1.,  1.])
    >>> standardised(np.array([1e300, 3e300])), standardised(np.array([1e-13, 3e-13]))
    (array([-1.,  1.]), array([-1.,  1.]))
    >>> standardised(np.array([0.1, 0.1])) is None
    True
    """
    if len(values) < 2:
        return None
    # a power of two changes no digit, and keeps squares within what numbers can hold
    _, exponent = np.frexp(np.abs(values).max())
    scaled = np.ldexp(values, -exponent)
    spread = scaled.std()
    if spread <= LEAST_SPREAD * np.abs(scaled).max():
        return None
    return (scaled - scaled.mean()) / spread


def variable(values: np.ndarray, around: Neighbours) -> Variable | None:
    """Prepare one variable, or return None if it has no spread.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> from sozialraum.methods.local.neighbours import neighbours
    >>> chain = csr_array(np.eye(3, k=1) + np.eye(3, k=-1))
    >>> found = variable(np.array([1.0, 2.0, 5.0]), neighbours(chain))
    >>> (found.codes / found.steps).tolist(), (found.sums / found.steps).tolist()
    ([0.0, 0.25, 1.0], [0.25, 1.0, 0.25])
    """
    z = standardised(values)
    if z is None:
        return None
    degree = around.degree
    steps = 2 ** min(BITS, 61 - int(degree.max(initial=0)).bit_length())
    least, reach = z.min(), np.ptp(z)
    codes = np.rint((z - least) * (steps / reach)).astype(np.int64)
    sums = around.ones @ codes
    if around.weights is None:
        lag = sums * (reach / steps) / np.maximum(degree, 1) + least
    else:
        lag = around.weights @ z
    lag[degree == 0] = np.nan
    return Variable(z, lag, codes, sums, steps)
