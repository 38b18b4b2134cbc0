"""Is there any sum of unknown counts that is provably small? One programme for all sums.

Targets that are listed beforehand (areas, differences of two areas, …) can miss a clever
combination. Here the combination itself is unknown: a column of zeros and ones, together
with multipliers that prove, by weak duality, that the sum of the chosen counts is at most
k - 1 and at least 1. Both proofs are linear in the multipliers, so that the question "is
there such a combination?" is one mixed-integer programme.

What is found is proven again in rational arithmetic. That nothing is found rests on the
solver, and on multipliers of at most 10: it is not a proof of its own, and it speaks of
sums that are proven small, not of ranges that are merely narrow.
"""

import time
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from scipy.sparse import block_array, csr_array, eye_array, vstack

from sozialraum.methods.feasibility.complete_proof import bound, labels, tightened
from sozialraum.methods.feasibility.reduce import rounded
from sozialraum.methods.feasibility.system import Multipliers, Proof, System
from sozialraum.methods.tables import FAR

MOST = 10.0
"""Largest multiplier looked for."""
MARGIN = 0.01
"""How far a bound must clear a whole number: proofs by multipliers with denominators up to
100 do."""
INFEASIBLE = 2
"""Status of :func:`scipy.optimize.milp`."""


class SmallSum(NamedTuple):
    """Columns whose sum is proven to lie in low … high, with 1 ≤ low and high < k."""

    columns: np.ndarray
    low: int
    high: int
    proof: Proof


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """What a complete search says.

    Parameters
    ----------
    state
        ``found``: there is such a sum, proven. ``none``: there is none, by the solver's
        word and with multipliers of at most 10. ``open``: the time was not enough, or an
        answer of the solver could not be confirmed.
    found
        One sum of each independent part of the system that has any.
    parts
        Number of independent parts searched.
    unfinished
        Number of them that are open.
    """

    state: Literal["found", "none", "open"]
    found: tuple[SmallSum, ...]
    parts: int
    unfinished: int


def complete_search(
    system: System, k: int, *, seconds: float = 60.0, eligible: np.ndarray | None = None
) -> Searched:
    """Look for any sum of unknown counts that is provably between 1 and k - 1.

    Parameters
    ----------
    system
        Unknown counts and what is known of them. Its `truth` is not used.
    k
        Smallest count that may be known.
    seconds
        Time for all parts of the system together.
    eligible
        (columns,) True for the counts that may be added up; all if omitted. To search the
        counts of one variable in a system of several.

    Returns
    -------
    Searched
        The answer, with a proof in fractions for everything found.

    Raises
    ------
    ValueError
        If `k` is below 2 or a column of `eligible` is missing.

    Notes
    -----
    Parts of the system that share no row are searched one by one; nothing is lost, since
    a sum over several parts is only provably small if that of one of them is. Meant for a
    municipality of up to about 500 areas: the time to find that there is nothing grows
    quickly. Weak duality: Schrijver (1986), *Theory of Linear and Integer Programming*,
    ch. 7.

    Examples
    --------
    Two overlapping areas and all three blocks are published; the first area less the rest
    of the total is a block with 2 people.

    >>> rows = csr_array(np.array([[1, 1, 0], [0, 1, 1], [1, 1, 1]]))
    >>> known = np.array([12, 19, 21])
    >>> none = np.full(3, FAR)
    >>> system = System(rows, known, known, np.zeros(3, int), none, np.full(3, -1))
    >>> answer = complete_search(system, 3)
    >>> [(small.columns.tolist(), small.low, small.high) for small in answer.found]
    [([0], 2, 2)]
    >>> answer.found[0].proof.upper
    ((1, Fraction(-1, 1)), (2, Fraction(1, 1)))
    """
    chosen = np.ones(system.columns, dtype=bool) if eligible is None else eligible
    if k < 2 or chosen.shape != (system.columns,):
        raise ValueError(k, chosen.shape, system.columns)
    end = time.monotonic() + seconds
    prover = _Prover(system, k)
    limited = prover.limited
    fixed = np.flatnonzero((limited.low == limited.high) & chosen)
    small = fixed[(limited.low[fixed] >= 1) & (limited.low[fixed] < k)]
    answers = [prover.proven(np.array([column])) for column in small]
    parts = _parts(limited, chosen)
    answers += [_search(prover, part, chosen[part], end) for part in parts]
    found = tuple(answer for answer in answers if isinstance(answer, SmallSum))
    unfinished = answers.count("open")
    state = "found" if found else "open" if unfinished else "none"
    return Searched(state, found, len(small) + len(parts), unfinished)


def _parts(system: System, chosen: np.ndarray) -> list[np.ndarray]:
    """Return the columns of every independent part with a count to choose that is not known."""
    free = np.flatnonzero(system.low < system.high)
    label = labels(csr_array(system.matrix[:, free]))
    order = np.argsort(label, kind="stable")
    parts = np.split(free[order], np.flatnonzero(np.diff(label[order])) + 1)
    return [part for part in parts if chosen[part].any()]


def _search(
    prover: "_Prover", part: np.ndarray, chosen: np.ndarray, end: float
) -> SmallSum | Literal["open"] | None:
    """Return a small sum of one part, proven; None if there is none by the solver's word."""
    left = end - time.monotonic()
    if left <= 0:
        return "open"
    answer = _combination(_Dual(prover.limited, part), prover.k, chosen, left)
    return prover.proven(part[answer]) if isinstance(answer, np.ndarray) else answer


class _Dual:
    """Bounds of sums over one part, as linear forms of multipliers.

    Columns are counted from their lower limit; a column without one has equality in place
    of an inequality below.

    Attributes
    ----------
    upper, lower
        (columns, multipliers) and (multipliers,): what the multipliers make of the
        columns, and the bound they give.
    """

    def __init__(self, system: System, part: np.ndarray) -> None:
        rows = np.unique(csr_array(system.matrix[:, part]).nonzero()[0])
        matrix = csr_array(system.matrix[rows])
        inner = csr_array(matrix[:, part])
        start = np.where(system.low > -FAR, system.low, 0)
        rest = np.where(system.low == system.high, system.low, 0)
        rest[part] = start[part]
        given = matrix @ rest
        low, high = system.row_low[rows] - given, system.row_high[rows] - given
        self.start, self.bottomless = start[part], system.low[part] <= -FAR
        self.endless = system.high[part] >= FAR
        self.most = np.where(self.endless, 0, system.high[part] - self.start)
        least, most = self._reach(inner)
        equal = low == high
        below = ~equal & (high < np.minimum(most, FAR - given))
        above = ~equal & (low > np.maximum(least, -FAR - given))
        self.free = int(equal.sum())
        self.upper = vstack([inner[equal], inner[below], -inner[above]]).T
        self.upper_value = np.concatenate([high[equal], high[below], -low[above]])
        self.lower = vstack([inner[equal], inner[above], -inner[below]]).T
        self.lower_value = np.concatenate([low[equal], low[above], -high[below]])

    def _reach(self, matrix: csr_array) -> tuple[np.ndarray, np.ndarray]:
        """Return what the limits of the columns alone leave of every row.

        A row that says no more than that is not needed for any proof.
        """
        bottom = np.where(self.bottomless, -float(FAR), 0.0)
        top = np.where(self.endless, float(FAR), self.most)
        up, down = matrix.maximum(0), matrix.minimum(0)
        return up @ bottom + down @ top, up @ top + down @ bottom

    def __len__(self) -> int:
        return len(self.start)


def _combination(
    dual: _Dual, k: int, chosen: np.ndarray, seconds: float
) -> np.ndarray | Literal["open"] | None:
    """Return positions of columns with proofs in both directions, if the solver has any."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    # their stubs know single numbers only
    low: Any
    high: Any
    n, uppers, lowers = len(dual), len(dual.upper_value), len(dual.lower_value)
    one = eye_array(n)
    nothing = np.inf
    rows = block_array(
        [
            [-one, dual.upper, one, None, None],
            [-one, None, None, dual.lower, -one],
            [_row(dual.start), _row(dual.upper_value), _row(dual.most), None, None],
            [_row(dual.start), None, None, _row(dual.lower_value), _row(-dual.most)],
            [_row(np.ones(n)), None, None, None, None],
        ],
        format="csr",
    )
    tight = np.where(dual.bottomless, 0.0, nothing)
    low = np.concatenate([np.zeros(n), -tight, [-nothing, MARGIN, 1]])
    high = np.concatenate([tight, np.zeros(n), [k - MARGIN, nothing, nothing]])
    limits = LinearConstraint(rows, low, high)
    signed = [np.r_[np.full(dual.free, -MOST), np.zeros(c - dual.free)] for c in (uppers, lowers)]
    slack = np.where(dual.endless, 0.0, MOST)
    low = np.concatenate([np.zeros(n), signed[0], np.zeros(n), signed[1], np.zeros(n)])
    high = np.concatenate(
        [chosen.astype(float), np.full(uppers, MOST), slack, np.full(lowers, MOST), slack]
    )
    whole = np.concatenate([np.ones(n), np.zeros(len(low) - n)])
    answer = milp(
        whole,
        constraints=limits,
        integrality=whole,
        bounds=Bounds(low, high),
        options={"time_limit": seconds},
    )
    if answer.x is not None:
        return np.flatnonzero(answer.x[:n] > 0.5)
    return None if answer.status == INFEASIBLE else "open"


def _row(values: np.ndarray) -> csr_array:
    return csr_array(values[None, :])


class _Prover:
    """Proves sums of a system, its rows divided by what their coefficients share."""

    def __init__(self, system: System, k: int) -> None:
        self.whole, self.divisor = rounded(system)
        self.limited = tightened(self.whole)
        self.k = k

    def proven(self, columns: np.ndarray) -> SmallSum | Literal["open"]:
        """Return a sum with its proof in fractions; "open" if it cannot be proven small.

        Limits as given come first. Where they do not suffice, the tightened ones count,
        which is reasoning in whole numbers that the multipliers do not tell.
        """
        label = labels(self.whole.matrix)
        inside = np.flatnonzero(np.isin(label, label[columns]))
        rows = np.unique(csr_array(self.whole.matrix.T)[inside].indices)
        for system, linear in ((self.whole, True), (self.limited, False)):
            upper, lower = (bound(system, rows, inside, columns, sign) for sign in (1, -1))
            if upper is None or lower is None or lower.value < 1 or upper.value >= self.k:
                continue
            above, below = self._as_given(upper.rows), self._as_given(lower.rows)
            used = {row for row, _ in (*above, *below)} if linear else set(rows.tolist())
            parts = (above, below, upper.columns, lower.columns)
            proof = Proof(*parts, tuple(sorted(used)), linear)
            return SmallSum(columns, lower.value, upper.value, proof)
        return "open"

    def _as_given(self, multipliers: Multipliers) -> Multipliers:
        """Return multipliers of the rows as they were before they were divided."""
        return tuple((row, factor / int(self.divisor[row])) for row, factor in multipliers)
