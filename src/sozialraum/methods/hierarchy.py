"""Draws of underlying rates from a hierarchical model, by Gibbs sampling.

Every area has a vector of log-odds (or logarithms of rates). A linear map turns it into a
level of every indicator and a change of every indicator that is known at two dates. Over
areas the levels follow a multivariate t distribution; the changes follow another one around
a regression on the levels. Counts are binomial (or Poisson) given the vector. Regression,
covariances and degrees of freedom are drawn along.

Every area draws from a stream of its own (SplitMix64 from a given state).
"""

from math import lgamma
from typing import NamedTuple

import numpy as np
from numba import njit

from sozialraum.methods.kernels import INSIDE

TAILS = np.array([1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0, 30.0, 1000.0])
"""Degrees of freedom that are possible; the last is as good as normal."""
RIDGE = np.array([1e-4, 1.0])
"""How strongly intercept and slopes are drawn to 0, in areas."""
STEP = np.uint64(0x9E3779B97F4A7C15)
MIX_A = np.uint64(0xBF58476D1CE4E5B9)
MIX_B = np.uint64(0x94D049BB133111EB)


class Work(NamedTuple):
    """What is known and where the sampler is; arrays are changed in place.

    Parameters
    ----------
    theta
        (areas, columns) vectors of log-odds or logarithms of rates.
    likely
        (areas, columns) what they are worth in every cell (:func:`_beyond`).
    cells
        (areas, columns, 4) numerator, denominator (0: not known), centre and precision of
        a normal stand-in for the likelihood.
    poisson
        (columns,) True: logarithm of a Poisson rate, False: log-odds of a binomial share.
    states
        (areas + 1,) state of every stream; the last draws what belongs to no area.
    """

    theta: np.ndarray
    likely: np.ndarray
    cells: np.ndarray
    poisson: np.ndarray
    states: np.ndarray


@njit(**INSIDE)
def _uniform(states: np.ndarray, i: int) -> float:
    """Return a number of stream `i` in (0, 1) and move the stream on (SplitMix64)."""
    states[i] += STEP
    z = states[i]
    z = (z ^ (z >> np.uint64(30))) * MIX_A
    z = (z ^ (z >> np.uint64(27))) * MIX_B
    z ^= z >> np.uint64(31)
    return (np.float64(z >> np.uint64(11)) + 0.5) / 9007199254740992.0


@njit(**INSIDE)
def _normal(states: np.ndarray, i: int) -> float:
    """Return a standard normal number of stream `i` (Box and Muller)."""
    radius = np.sqrt(-2.0 * np.log(_uniform(states, i)))
    return radius * np.cos(2.0 * np.pi * _uniform(states, i))


@njit(**INSIDE)
def _gamma(shape: float, states: np.ndarray, i: int) -> float:
    """Return a gamma number with scale 1 (Marsaglia and Tsang 2000)."""
    if shape < 1.0:
        lift = _uniform(states, i) ** (1.0 / shape)
        return lift * _gamma(shape + 1.0, states, i)
    d = shape - 1.0 / 3.0
    c = 1.0 / np.sqrt(9.0 * d)
    while True:
        x = _normal(states, i)
        v = (1.0 + c * x) ** 3
        if v > 0.0 and np.log(_uniform(states, i)) < 0.5 * x * x + d - d * v + d * np.log(v):
            return d * v


@njit(**INSIDE)
def _factor(a: np.ndarray, lower: np.ndarray) -> None:
    """Write the Cholesky factor of `a` into `lower`."""
    for i in range(len(a)):
        for j in range(i + 1):
            total = a[i, j]
            for k in range(j):
                total -= lower[i, k] * lower[j, k]
            lower[i, j] = np.sqrt(max(total, 1e-300)) if i == j else total / lower[j, j]


@njit(**INSIDE)
def _forward(lower: np.ndarray, x: np.ndarray) -> None:
    """Solve lower · y = x in place."""
    for i in range(len(x)):
        for k in range(i):
            x[i] -= lower[i, k] * x[k]
        x[i] /= lower[i, i]


@njit(**INSIDE)
def _backward(lower: np.ndarray, x: np.ndarray) -> None:
    """Solve lower' · y = x in place."""
    for i in range(len(x) - 1, -1, -1):
        for k in range(i + 1, len(x)):
            x[i] -= lower[k, i] * x[k]
        x[i] /= lower[i, i]


@njit(**INSIDE)
def _beyond(w: Work, i: int, a: int, x: float) -> float:
    """Return log-likelihood of a value in a cell less that of the normal stand-in."""
    y, n = w.cells[i, a, 0], w.cells[i, a, 1]
    if n <= 0.0:
        return 0.0
    far = x - w.cells[i, a, 2]
    worth = y * x + 0.5 * w.cells[i, a, 3] * far * far
    if w.poisson[a]:
        return worth - n * np.exp(min(x, 700.0))
    return worth - n * (max(x, 0.0) + np.log1p(np.exp(-abs(x))))


@njit(**INSIDE)
def _jump(w: Work, i: int, precision: np.ndarray, pull: np.ndarray, room: np.ndarray) -> None:
    """Propose a whole new vector of an area (independence Metropolis-Hastings)."""
    d = len(pull)
    lower, proposal, worth = room[:d], room[d], room[d + 1]
    for a in range(d):
        precision[a, a] += w.cells[i, a, 3]
        proposal[a] = pull[a] + w.cells[i, a, 3] * w.cells[i, a, 2]
    _factor(precision, lower)
    _forward(lower, proposal)
    for a in range(d):
        proposal[a] += _normal(w.states, i)
        precision[a, a] -= w.cells[i, a, 3]
    _backward(lower, proposal)
    ratio = 0.0
    for a in range(d):
        worth[a] = _beyond(w, i, a, proposal[a])
        ratio += worth[a] - w.likely[i, a]
    if np.log(_uniform(w.states, i)) < ratio:
        for a in range(d):
            w.theta[i, a] = proposal[a]
            w.likely[i, a] = worth[a]


@njit(**INSIDE)
def _walk(w: Work, i: int, precision: np.ndarray, pull: np.ndarray) -> None:
    """Propose one coordinate of an area after the other; frees what a jump leaves stuck."""
    d = len(pull)
    for a in range(d):
        total = pull[a] + w.cells[i, a, 3] * w.cells[i, a, 2]
        for b in range(d):
            if b != a:
                total -= precision[a, b] * w.theta[i, b]
        weight = precision[a, a] + w.cells[i, a, 3]
        x = total / weight + _normal(w.states, i) / np.sqrt(weight)
        worth = _beyond(w, i, a, x)
        if np.log(_uniform(w.states, i)) < worth - w.likely[i, a]:
            w.theta[i, a] = x
            w.likely[i, a] = worth


@njit(**INSIDE)
def _product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return a · bᵀ; in loops, which compile faster than a call of BLAS."""
    found = np.zeros((len(a), len(b)))
    for i in range(len(a)):
        for j in range(len(b)):
            for k in range(a.shape[1]):
                found[i, j] += a[i, k] * b[j, k]
    return found


@njit(**INSIDE)
def _sums(
    x: np.ndarray, weights: np.ndarray, gram: np.ndarray, cross: np.ndarray, square: np.ndarray
) -> None:
    """Add up the weighted products of regressors (1 and the columns before) and columns."""
    p, q = cross.shape
    first = p - 1
    z = np.ones(p)
    for i in range(len(x)):
        z[1:] = x[i, :first]
        for a in range(p):
            for b in range(p):
                gram[a, b] += weights[i] * z[a] * z[b]
            for b in range(q):
                cross[a, b] += weights[i] * z[a] * x[i, first + b]
        for a in range(q):
            for b in range(q):
                square[a, b] += weights[i] * x[i, first + a] * x[i, first + b]


@njit(**INSIDE)
def _scatter(
    cross: np.ndarray, root: np.ndarray, lower: np.ndarray, a: np.ndarray, states: np.ndarray
) -> None:
    """Turn half-solved coefficients into a draw of them, in place."""
    p, q = cross.shape
    noise = np.zeros(q)
    for b in range(p):
        for c in range(q):
            noise[c] = _normal(states, len(states) - 1)
        _backward(a, noise)
        for c in range(q):
            for e in range(c + 1):
                cross[b, c] += lower[c, e] * noise[e]
    for b in range(q):
        _backward(root, cross[:, b])


@njit(**INSIDE)
def _regression(
    x: np.ndarray, weights: np.ndarray, scale: np.ndarray, freedom: float, states: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Draw coefficients (regressors, columns) and precision of one block of columns.

    Matrix-normal-inverse-Wishart prior; the precision by Bartlett's decomposition.
    """
    own, q = len(states) - 1, len(scale)
    p = x.shape[1] - q + 1
    gram, cross, square = np.zeros((p, p)), np.zeros((p, q)), scale.copy()
    for a in range(p):
        gram[a, a] = RIDGE[min(a, 1)]
    _sums(x, weights, gram, cross, square)
    root, lower, a = np.zeros((p, p)), np.zeros((q, q)), np.zeros((q, q))
    _factor(gram, root)
    for b in range(q):
        _forward(root, cross[:, b])
    for b in range(q):
        for c in range(q):
            for e in range(p):
                square[b, c] -= cross[e, b] * cross[e, c]
    _factor(square, lower)
    for b in range(q):
        a[b, b] = np.sqrt(2.0 * _gamma(0.5 * (freedom + q + len(x) - b), states, own))
        for c in range(b):
            a[b, c] = _normal(states, own)
    _scatter(cross, root, lower, a, states)
    for b in range(q):
        _backward(lower, a[:, b])
    return cross, _product(a, a)


@njit(**INSIDE)
def _tails(distance: np.ndarray, q: int, weights: np.ndarray, states: np.ndarray) -> None:
    """Draw degrees of freedom of a block, then the weight of every area."""
    own = len(states) - 1
    odds = np.empty(len(TAILS))
    for k in range(len(TAILS)):
        t = TAILS[k]
        whole = lgamma(0.5 * (t + q)) - lgamma(0.5 * t) - 0.5 * q * np.log(t)
        odds[k] = len(distance) * whole
        for far in distance:
            odds[k] -= 0.5 * (t + q) * np.log1p(far / t)
    odds = np.exp(odds - odds.max())
    left, chosen = _uniform(states, own) * odds.sum(), 0
    while chosen < len(TAILS) - 1 and left >= odds[chosen]:
        left -= odds[chosen]
        chosen += 1
    t = TAILS[chosen]
    for i in range(len(distance)):
        weights[i] = _gamma(0.5 * (t + q), states, i) / (0.5 * (t + distance[i]))


@njit(**INSIDE)
def _block(
    x: np.ndarray,
    turn: np.ndarray,
    weights: np.ndarray,
    prior: tuple[np.ndarray, float],
    states: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw a block, the last columns of `x`; return its part of precision and pull."""
    q, first = len(prior[0]), x.shape[1] - len(prior[0])
    b, precision = _regression(x, weights, prior[0], prior[1], states)
    distance, far = np.zeros(len(x)), np.zeros(q)
    for i in range(len(x)):
        for e in range(q):
            far[e] = x[i, first + e] - b[0, e]
            for c in range(first):
                far[e] -= b[1 + c, e] * x[i, c]
        for e in range(q):
            for f in range(q):
                distance[i] += far[e] * precision[e, f] * far[f]
    _tails(distance, q, weights, states)
    rows = np.zeros((turn.shape[1], q))
    for e in range(q):
        for a in range(len(rows)):
            rows[a, e] = turn[first + e, a]
            for c in range(first):
                rows[a, e] -= b[1 + c, e] * turn[c, a]
    side = _product(rows, precision)
    return _product(side, rows), _product(side, b[:1])[:, 0]


@njit(**INSIDE)
def _round(
    w: Work,
    turn: np.ndarray,
    weights: np.ndarray,
    prior: tuple[int, np.ndarray, float],
    room: np.ndarray,
) -> None:
    """Draw everything once, given everything else."""
    n, d = w.theta.shape
    parts, pulls = np.zeros((2, d, d)), np.zeros((2, d))
    precision, pull = np.empty((d, d)), np.empty(d)
    x = _product(w.theta, turn)
    edges = np.array([0, prior[0], d])
    for k in range(1 if prior[0] == d else 2):
        a, b = edges[k], edges[k + 1]
        own = (prior[1][a:b, a:b].copy(), prior[2])
        parts[k], pulls[k] = _block(x[:, :b].copy(), turn[:b], weights[k], own, w.states)
    for i in range(n):
        for a in range(d):
            pull[a] = weights[0, i] * pulls[0, a] + weights[1, i] * pulls[1, a]
            for b in range(d):
                precision[a, b] = weights[0, i] * parts[0, a, b] + weights[1, i] * parts[1, a, b]
        _jump(w, i, precision, pull, room)
        _walk(w, i, precision, pull)


@njit(cache=True, nogil=True)
def sample(
    w: Work, turn: np.ndarray, prior: tuple[int, np.ndarray, float], plan: tuple[int, int]
) -> np.ndarray:
    """Return draws (draws, areas, columns) of the vectors of all areas.

    Parameters
    ----------
    w
        Counts and where to begin.
    turn
        (columns, columns) what makes levels (the first rows) and changes of a vector.
    prior
        Number of levels; scale matrix (columns, columns), of which the blocks of levels
        and of changes are used, and degrees of freedom beyond the size of a block, of
        the inverse Wishart priors.
    plan
        Rounds before the first draw, and draws.
    """
    n, d = w.theta.shape
    found = np.empty((plan[1], n, d))
    weights, room = np.ones((2, n)), np.zeros((d + 2, d))
    for i in range(n):
        for a in range(d):
            w.likely[i, a] = _beyond(w, i, a, w.theta[i, a])
    for turned in range(plan[0] + plan[1]):
        _round(w, turn, weights, prior, room)
        if turned >= plan[0]:
            found[turned - plan[0]] = w.theta
    return found
