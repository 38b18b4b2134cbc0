"""Counts that are changed a little, always in the same way: rounding and the cell key.

Nothing here draws random numbers. What looks random is a keyed hash of what a cell is, so
that the same cell is changed in the same way in every table, run and order: whoever sees
a count twice learns nothing from the second time. The key must stay secret.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from sozialraum.errors import DisclosureError
from sozialraum.methods.noise import transitions

RANGE = 1 << 64
"""Hashes are whole numbers below this."""
SHORTEST_KEY = 16
"""Bytes that a secret key must have at least."""


class Perturbed(NamedTuple):
    """Changed counts, and what their reader knows of the true ones.

    Parameters
    ----------
    values
        (n,) int64.
    statement
        Kind and parameters of the statement that each value makes: ``{"kind": "rounded",
        "base": 5, "method": "random"}`` says that the count differs from the value by
        less than 5, ``{"kind": "perturbed", "max_dev": 3}`` that it does by at most 3.
    """

    values: np.ndarray
    statement: Mapping[str, object]


def record_keys(units: Sequence[str], key: bytes) -> np.ndarray:
    """Return the hash of every unit: (n,) uint64.

    Raises
    ------
    DisclosureError
        The key is shorter than 16 bytes: it could be tried out.

    Examples
    --------
    >>> keys = record_keys(["b1", "b2", "b1"], bytes(16))
    >>> bool(keys[0] == keys[2]), bool(keys[0] == keys[1])
    (True, False)
    """
    if len(key) < SHORTEST_KEY:
        raise DisclosureError("disclosure.key_short", least=SHORTEST_KEY)
    secret = key if len(key) <= blake2b.MAX_KEY_SIZE else blake2b(key).digest()
    found = [
        int.from_bytes(blake2b(unit.encode(), key=secret, digest_size=8).digest(), "big")
        for unit in units
    ]
    return np.array(found, dtype=np.uint64)


def random_rounding(counts: np.ndarray, base: int, cells: Sequence[str], key: bytes) -> Perturbed:
    """Round counts up or down to multiples of a base, without bias.

    A count with remainder r goes up with probability r / base. Multiples stay.

    Parameters
    ----------
    counts
        (n,) whole numbers.
    base
        What is rounded to, at least 2.
    cells
        (n,) what each count is: area, variable and date. The same cell is rounded by the
        same hash for ever.
    key
        Secret of at least 16 bytes.

    Examples
    --------
    >>> random_rounding(np.array([0, 10, 13]), 5, ["a", "b", "c"], bytes(16)).values.tolist()
    [0, 10, 15]
    """
    _check_base(base)
    whole = np.asarray(counts, dtype=np.int64)
    rest = whole % base
    up = record_keys(cells, key) < _thresholds(base)[rest]
    return Perturbed(whole - rest + base * up, _rounded(base))


def controlled_rounding(
    counts: np.ndarray, sums: csr_array, base: int, cells: Sequence[str], key: bytes
) -> Perturbed:
    """Round parts so that every total, being the sum of its rounded parts, is rounded, too.

    Which parts go up is chosen by an integer programme that keeps as close as possible to
    what :func:`random_rounding` would do; its answer is checked in whole numbers. Nested
    totals and two-way tables can always be rounded so. Geographies that overlap otherwise
    need not: then totals may be off by more, and the statement says by how much.

    Parameters
    ----------
    counts
        (n,) whole numbers, the finest parts.
    sums
        (m, n) zeros and ones: the parts of every total.
    base
        What is rounded to, at least 2.
    cells
        (n,) what each part is; different for each.
    key
        Secret of at least 16 bytes.

    Returns
    -------
    Perturbed
        The parts; totals are ``sums @ values``, and the statement holds for both.

    References
    ----------
    Cox, L. H. (1987): A constructive procedure for unbiased controlled rounding. Journal
    of the American Statistical Association 82, 520-524.

    Examples
    --------
    >>> table = csr_array(np.array([[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1]]))
    >>> found = controlled_rounding(np.array([1, 2, 3, 1]), table, 3, list("abcd"), bytes(16))
    >>> [int(total) for total in table @ found.values]
    [3, 3, 3, 3]
    """
    _check_base(base)
    order = np.argsort(np.array(cells, dtype=str), kind="stable")
    whole = np.asarray(counts, dtype=np.int64)[order]
    totals = csr_array(sums, dtype=np.int64)[:, order]
    hashes = record_keys([cells[int(i)] for i in order], key)
    up = _controlled(whole, totals, base, hashes)
    parts = whole // base + up
    excess = _excess(totals @ parts, totals @ whole, base)
    values = np.empty_like(whole)
    values[order] = base * parts
    if excess:
        return Perturbed(values, {"kind": "perturbed", "max_dev": base * (1 + excess) - 1})
    return Perturbed(values, _rounded(base))


def cell_key(
    counts: np.ndarray,
    units: csr_array,
    keys: np.ndarray,
    *,
    max_deviation: int,
    variance: float,
    js: int = 0,
) -> Perturbed:
    """Add noise that depends on the set of units counted, and on nothing else.

    The hashes of the units of a cell are summed modulo 2⁶⁴; the sum looks up the noise. The
    same set of units gets the same noise in every table and year, however it is called,
    so that nothing is gained by asking again. Zeros stay zeros; a value above zero says
    that the count is above zero. Sums of changed counts are not changed sums.

    Parameters
    ----------
    counts
        (n,) whole numbers.
    units
        (n, u) ones where a unit is counted in a cell.
    keys
        (u,) hashes of the units, see :func:`record_keys`.
    max_deviation, variance, js
        Of the noise, see :func:`sozialraum.methods.noise.transitions`.

    References
    ----------
    Fraser, B., Wooton, J. (2005): A proposed method for confidentialising tabular output to
    protect against differencing. UNECE/Eurostat work session on statistical data
    confidentiality. Thompson, G., Broadfoot, S., Elazar, D. (2013): Methodology for the
    automatic confidentialisation of statistical outputs from remote servers at the
    Australian Bureau of Statistics. UNECE/Eurostat work session.

    Examples
    --------
    >>> keys = record_keys(["b1", "b2", "b3"], bytes(16))
    >>> cells = csr_array(np.array([[1, 1, 0], [1, 1, 0], [0, 1, 1]]))
    >>> noisy = cell_key(np.array([20, 20, 0]), cells, keys, max_deviation=3, variance=2.0)
    >>> bool(noisy.values[0] == noisy.values[1]), int(noisy.values[2])
    (True, 0)
    """
    if max_deviation < 1 or not 0 < variance < max_deviation**2 or not 0 <= js <= max_deviation:
        named = ["max_deviation", "variance", "js"]
        raise DisclosureError("disclosure.perturbation_unfit", ids=named)
    whole = np.asarray(counts, dtype=np.int64)
    rows = transitions(max_deviation, variance, js)
    limits = np.array([_limits(row) for row in rows], dtype=np.uint64)
    seen = csr_array(units, dtype=np.uint64) @ np.asarray(keys, dtype=np.uint64)
    row = np.clip(whole, 0, len(rows) - 1)
    last = np.array([np.flatnonzero(row)[-1] for row in rows])
    # a deviation of probability 0 leaves no hash to itself; there is none beyond the last
    step = np.minimum((seen[:, None] >= limits[row]).sum(axis=1), last[row])
    statement = {"kind": "perturbed", "max_dev": max_deviation}
    return Perturbed(whole + step - max_deviation, statement)


def _limits(row: np.ndarray) -> list[int]:
    """Return the hashes at which the next deviation begins."""
    return [min(int(end * RANGE), RANGE - 1) for end in np.cumsum(row)]


def _check_base(base: int) -> None:
    if base < 2:
        raise DisclosureError("disclosure.perturbation_unfit", ids=["base"])


def _rounded(base: int) -> Mapping[str, object]:
    return {"kind": "rounded", "base": base, "method": "random"}


def _thresholds(base: int) -> np.ndarray:
    """Return below which hash a count goes up, by its remainder."""
    return np.array([-(-rest * RANGE // base) for rest in range(base)], dtype=np.uint64)


def _excess(shown: np.ndarray, totals: np.ndarray, base: int) -> int:
    """Return by how many steps a total is off at most beyond its neighbouring multiples."""
    low, high = totals // base, -(-totals // base)
    return int(np.maximum(np.maximum(low - shown, shown - high), 0).max(initial=0))


def _controlled(whole: np.ndarray, totals: csr_array, base: int, hashes: np.ndarray) -> np.ndarray:
    """Return which parts go up."""
    rest = whole % base
    alone = (hashes < _thresholds(base)[rest]).astype(np.int64)
    open_to = np.flatnonzero(rest)
    if not open_to.size or len(totals.indptr) == 1:
        return alone
    matrix = _ordered(totals)[:, open_to]
    count, fixed = _ordered(totals) @ whole, _ordered(totals) @ (whole // base)
    limits = count // base - fixed, -(-count // base) - fixed
    cost = hashes[open_to].astype(float) / RANGE - rest[open_to] / base
    for slack in (False, True):
        chosen = _solve(matrix, limits, cost, slack=slack)
        if chosen is not None:
            up = np.zeros_like(alone)
            up[open_to] = chosen
            return up
    return alone


def _ordered(totals: csr_array) -> csr_array:
    """Return the totals in an order of their own: the solution must not hang on that of rows."""
    columns = [tuple(part) for part in np.split(totals.indices, totals.indptr[1:-1])]
    return totals[sorted(range(len(columns)), key=lambda i: sorted(columns[i]))]


def _solve(
    matrix: csr_array,
    limits: tuple[np.ndarray, np.ndarray],
    cost: np.ndarray,
    *,
    slack: bool,
) -> np.ndarray | None:
    """Return the parts that go up at the smallest cost; None where there is no solution.

    With `slack`, totals may be off by as few further steps as possible.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import hstack

    rows, parts = len(limits[0]), len(cost)
    more = np.ones((rows, 1)) if slack else np.zeros((rows, 0))
    width = more.shape[1]
    needed: list[Any] = [
        (hstack([matrix, csr_array(more)]), limits[0], np.inf),
        (hstack([matrix, csr_array(-more)]), -np.inf, limits[1]),
    ]
    most: Any = np.append(np.ones(parts), np.full(width, np.inf))
    found = milp(
        np.append(cost, np.full(width, 2.0 * parts)),
        integrality=np.ones(parts + width),
        bounds=Bounds(0, most),
        constraints=[LinearConstraint(*sides) for sides in needed],
        options={"mip_rel_gap": 0.0},
    )
    if found.x is None:
        return None
    chosen = np.round(found.x[:parts]).astype(np.int64)
    totals = matrix @ chosen
    met = (totals >= limits[0]).all() and (totals <= limits[1]).all()
    return chosen if slack or met else None
