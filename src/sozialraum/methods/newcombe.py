"""Interval for the difference of two shares, from counts."""

import math

Z95 = 1.959963984540054
"""Two-sided 95 % point of the normal distribution."""


def wilson(count: float, base: float, z: float = Z95) -> tuple[float, float]:
    """Return the Wilson score interval of a share.

    Examples
    --------
    >>> tuple(round(x, 4) for x in wilson(56, 70))
    (0.6918, 0.877)
    """
    share, spread = count / base, z * z / base
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / base + spread / (4 * base)) / (1 + spread)
    return middle - half if count > 0 else 0.0, middle + half if count < base else 1.0


def newcombe(
    after: tuple[float, float], before: tuple[float, float], z: float = Z95
) -> tuple[float, float]:
    """Return an interval for the difference of two independent shares.

    Parameters
    ----------
    after, before
        Count and base of either share; the count at most the base, the base above 0.
    z
        Point of the normal distribution; 95 % when omitted.

    References
    ----------
    Newcombe, R. G. (1998): Interval estimation for the difference between independent
    proportions: comparison of eleven methods. Statistics in Medicine 17, 873-890, method 10.

    Examples
    --------
    >>> tuple(round(x, 4) for x in newcombe((56, 70), (48, 80)))
    (0.0524, 0.3339)
    """
    p, q = after[0] / after[1], before[0] / before[1]
    (low, high), (below, above) = wilson(*after, z), wilson(*before, z)
    down = math.sqrt((p - low) ** 2 + (above - q) ** 2)
    up = math.sqrt((high - p) ** 2 + (q - below) ** 2)
    return p - q - down, p - q + up
