"""Round numbers along an axis: the same for who draws it and for who checks the file."""

import math

STEPS = (1.0, 2.0, 5.0, 10.0)
"""Steps between the numbers of an axis, times powers of ten."""
DECIMALS = 9
"""More than any axis is written with."""
SLACK = 1e-9
"""Steps by which a range may miss a round number and still end there."""


def ticks(low: float, high: float, most: int = 8) -> tuple[float, ...]:
    """Return round numbers that cover a range, evenly apart.

    Parameters
    ----------
    low, high
        Ends of the range.
    most
        The range is parted into so many steps at most.

    Returns
    -------
    tuple of float
        Multiples of 1, 2 or 5 times a power of ten; the first is not above `low`, the
        last not below `high`. Empty where an end is not known.

    Examples
    --------
    >>> ticks(0.0, 23.1), ticks(-1.1, 1.3)
    ((0.0, 5.0, 10.0, 15.0, 20.0, 25.0), (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5))
    >>> ticks(1140.0, 2226.0)
    (1000.0, 1200.0, 1400.0, 1600.0, 1800.0, 2000.0, 2200.0, 2400.0)
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return ()
    span = high - low or abs(high) or 1.0
    scale = 10.0 ** math.floor(math.log10(span / most))
    step = scale * next(one for one in STEPS if one * scale * (1 + SLACK) >= span / most)
    first, last = math.floor(low / step + SLACK), math.ceil(high / step - SLACK)
    return tuple(round(step * k, DECIMALS) + 0.0 for k in range(first, last + 1))
