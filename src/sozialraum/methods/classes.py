"""Class breaks: where one class of a map ends and the next begins.

A value on a break belongs to the upper class ("5 to less than 10"). Missing values are
dropped first: mapclassify 2.11 shifts its quantiles silently when they are not.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

Method = Literal["quantile", "equal", "fisher_jenks"]


def class_breaks(
    values: npt.ArrayLike,
    classes: int = 5,
    *,
    method: Method = "quantile",
    rounded: bool = True,
) -> tuple[float, ...]:
    """Return the inner breaks that split values into classes.

    Parameters
    ----------
    values
        Numbers; missing ones are ignored.
    classes
        Number of classes wanted. Fewer come out where values repeat too often.
    method
        ``"quantile"``: equally many values in each class, the smallest value apart where it
        would fill one alone; ``"equal"``: equally wide
        classes; ``"fisher_jenks"``: smallest spread inside classes [1]_.
    rounded
        Move breaks to round numbers (see :func:`round_breaks`).

    Returns
    -------
    tuple of float
        At most ``classes - 1`` ascending breaks, all above the smallest value and none
        above the largest; empty when all values are equal or none is left.

    References
    ----------
    .. [1] Fisher (1958), On grouping for maximum homogeneity, JASA 53(284), 789-798.

    Examples
    --------
    >>> class_breaks([1, 2, 3, 4, 11, 12, 13, 14, 28, 41], 3, method="equal", rounded=False)
    (14.333333333333334, 27.666666666666668)
    >>> class_breaks([1, 2, 3, 4, 11, 12, 13, 14, 28, 41], 3, method="equal")
    (15.0, 30.0)
    >>> class_breaks([7, 7, float("nan")])
    ()
    """
    known = np.asarray(values, dtype=float)
    known = np.sort(known[np.isfinite(known)])
    if known.size == 0 or known[0] == known[-1]:
        return ()
    inner = np.unique(_raw_breaks(known, classes, method))
    inner = inner[(inner > known[0]) & (inner <= known[-1])]
    breaks = tuple(float(value) for value in inner)
    if not rounded:
        return breaks
    return tuple(b for b in round_breaks(breaks, known[0]) if known[0] < b <= known[-1])


def _raw_breaks(known: np.ndarray, classes: int, method: Method) -> np.ndarray:
    if method == "quantile":
        return _quantiles(known, classes)
    if method == "equal":
        return np.linspace(known[0], known[-1], classes + 1)[1:-1]
    from mapclassify import FisherJenks

    classes = min(classes, np.unique(known).size)
    # mapclassify gives the largest value of each class; our break opens the next one
    closing = np.asarray(FisherJenks(known, classes).bins[:-1], dtype=float)
    return known[np.searchsorted(known, closing, side="right")]


def _quantiles(known: np.ndarray, classes: int) -> np.ndarray:
    """Return quantiles; a smallest value that fills a class has it to itself.

    Many areas without a single case would otherwise swallow several classes.
    """
    above = known[known > known[0]]
    if len(known) - len(above) < len(known) / classes:
        return np.quantile(known, np.arange(1, classes) / classes)
    return np.r_[above[0], np.quantile(above, np.arange(1, classes - 1) / (classes - 1))]


def round_breaks(breaks: tuple[float, ...], lowest: float) -> tuple[float, ...]:
    """Return breaks as multiples of the coarsest 1, 2 or 5 × 10ⁿ that keeps them apart.

    Parameters
    ----------
    breaks
        Ascending breaks.
    lowest
        Smallest value of the data, so that the first class keeps its width too.

    Returns
    -------
    tuple of float
        As many breaks; none moved by more than a third of the narrowest class.

    Examples
    --------
    >>> round_breaks((5.43, 6.41, 7.44, 8.98), 2.1)
    (5.5, 6.5, 7.5, 9.0)
    >>> round_breaks((1034.0, 2511.0), 12.0)
    (1000.0, 2500.0)
    """
    if not breaks:
        return ()
    gap = float(np.diff((lowest, *breaks)).min())
    widest = gap * 2 / 3
    exponent = int(np.floor(np.log10(widest)))
    mantissa = next(m for m in (5, 2, 1) if m * 10.0**exponent <= widest * (1 + 1e-9))
    step = mantissa * 10.0**exponent
    digits = max(0, -exponent)
    return tuple(round(float(round(value / step) * step), digits) for value in breaks)


def classify(values: npt.ArrayLike, breaks: tuple[float, ...]) -> np.ndarray:
    """Return the class of every value: 0 below the first break, −1 where it is missing.

    Examples
    --------
    >>> classify([1.0, 5.0, float("nan"), 9.9], (5.0, 9.0)).tolist()
    [0, 1, -1, 2]
    """
    numbers = np.asarray(values, dtype=float)
    classes = np.searchsorted(np.asarray(breaks, dtype=float), numbers, side="right")
    return np.where(np.isnan(numbers), -1, classes)


def decimals(breaks: tuple[float, ...], most: int = 3) -> int:
    """Return how many decimals are needed to write all breaks.

    Examples
    --------
    >>> decimals((5.0, 7.5)), decimals((10.0, 20.0))
    (1, 0)
    """
    for digits in range(most):
        if all(abs(value - round(value, digits)) < 1e-9 for value in breaks):
            return digits
    return most
