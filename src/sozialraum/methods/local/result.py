"""What a local statistic returns, and p-values from both tails."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from sozialraum.errors import StatisticsError

Alternative = Literal["two-sided", "greater", "less"]
Method = Literal["exact", "pool"]
ALTERNATIVES = ("two-sided", "greater", "less")
METHODS = ("exact", "pool")


@dataclass(frozen=True, slots=True, eq=False)
class LocalResult:
    """Local statistics of every area, for one variable or for several side by side.

    Parameters
    ----------
    statistic
        (n,) or (n, m) local statistic; missing without neighbours.
    lag
        Mean of the neighbours' standardised values (mean 0, standard deviation 1 with
        ddof 0); missing without neighbours.
    p
        p-value; missing without neighbours.
    quadrant
        ``"high-high"``, ``"low-low"``, ``"high-low"`` (high amid low), ``"low-high"``;
        ``""`` without neighbours.
    """

    statistic: np.ndarray
    lag: np.ndarray
    p: np.ndarray
    quadrant: np.ndarray


class Tails(NamedTuple):
    """P(S ≤ s) and P(S ≥ s) of every area; the observed value is counted in both."""

    below: np.ndarray
    above: np.ndarray

    def p(self, alternative: Alternative) -> np.ndarray:
        """Return p-values.

        Examples
        --------
        >>> Tails(np.array([0.9]), np.array([0.2])).p("two-sided")
        array([0.4])
        """
        one_sided = {"greater": self.above, "less": self.below}
        if alternative in one_sided:
            return np.minimum(1.0, one_sided[alternative])
        return np.minimum(1.0, 2 * np.minimum(self.below, self.above))


def missing(n: int) -> LocalResult:
    """Return the result of values without any spread."""
    nothing = np.full(n, np.nan)
    return LocalResult(nothing, nothing, nothing, np.full(n, "", dtype=object))


def quadrants(own: np.ndarray, around: np.ndarray) -> np.ndarray:
    """Return in which quadrant of the Moran scatter plot every area lies.

    Examples
    --------
    >>> quadrants(np.array([1.0, -1.0, 1.0]), np.array([0.5, 0.5, np.nan])).tolist()
    ['high-high', 'low-high', '']
    """
    names = np.array(["low-low", "low-high", "high-low", "high-high", ""], dtype=object)
    at = 2 * (own > 0) + (around > 0)
    return names[np.where(np.isnan(around), 4, at)]


def by_column(
    values: npt.ArrayLike, n: int, local: Callable[[np.ndarray], LocalResult]
) -> LocalResult:
    """Return the results of the columns of `values` side by side, each computed alone."""
    table = np.asarray(values, dtype=float)
    if table.ndim not in (1, 2) or len(table) != n:
        raise StatisticsError("local.shape", rows=len(table) if table.ndim else 0, areas=n)
    if not np.isfinite(table).all():
        raise StatisticsError("local.not_finite")
    if table.ndim == 1:
        return local(table)
    columns = np.ascontiguousarray(table.T)
    kinds = {"statistic": float, "lag": float, "p": float, "quadrant": object}
    held = {name: np.empty(columns.shape, dtype=kind) for name, kind in kinds.items()}
    for at, column in enumerate(columns):
        found = local(column)
        for name, rows in held.items():
            rows[at] = getattr(found, name)
    return LocalResult(**{name: rows.T for name, rows in held.items()})


def check_options(alternative: str, method: str, permutations: int) -> None:
    """Refuse options that do not exist.

    Raises
    ------
    StatisticsError
        Alternative or method are unknown, or nothing would be drawn.
    """
    if alternative not in ALTERNATIVES:
        raise StatisticsError("local.option", given=alternative, known=", ".join(ALTERNATIVES))
    if method not in METHODS:
        raise StatisticsError("local.option", given=method, known=", ".join(METHODS))
    if permutations < 1:
        raise StatisticsError("local.permutations", given=permutations)
