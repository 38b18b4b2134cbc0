"""What other counts the same areas may give: underlying rates drawn anew, people counted again.

A finding is picked because it is extreme, so that the next count is usually less so. How much
less depends on what kind of rates there are: here the published counts say it themselves.
"""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

COMMON = (0.03, 0.1, 0.3, 0.8)
"""Spreads of rates around the common rate, relative to it."""
NEARBY = (0.05, 0.15, 0.4)
"""Spreads of rates around that of the neighbours, relative to it."""
RECOUNTS = 200
"""Times that people are counted again."""
ROUNDS = 200
"""Rounds of the estimate of how frequent each kind of area is."""


def recounted(
    count: npt.ArrayLike,
    base: npt.ArrayLike,
    graph: csr_array,
    *,
    keys: Sequence[str],
    overdispersion: float = 1.0,
    draws: int = RECOUNTS,
    seed: int | str = 0,
) -> np.ndarray:
    """Return counts that the same areas may give when their people are counted again.

    Parameters
    ----------
    count, base
        (n,) cases among people, above 0; complete. More cases than people, as where both
        come from different sources, count as everybody.
    graph
        (n, n) ones for neighbours, nothing on the diagonal.
    keys
        (n,) ids; every area draws from a stream of its own, so that the order of the rows
        does not matter.
    overdispersion
        Variance of a count as a multiple of the binomial one: cases come in households.
    draws, seed
        Number of new counts and where the random numbers begin.

    Returns
    -------
    ndarray
        (n, draws) new counts; no whole numbers where `overdispersion` is above 1.

    Notes
    -----
    The rate of an area comes from one of several beta laws: narrow or wide around the
    common rate, or narrow or wide around the rate of its neighbours. How frequent each is
    among all areas is estimated from the counts (maximum likelihood by EM); given that, an
    area's own count says to which it belongs. Most areas are drawn to the common rate; an
    area amid others that are high is drawn to these instead, so that a group of areas that
    stands out together is not shrunk away, and a single one mostly is. Counts with scatter
    beyond chance are worth as many people as have the same variance.

    References
    ----------
    Laird (1978), Nonparametric maximum likelihood estimation of a mixing distribution,
    JASA 73(364), 805-811. Efron (2010), Large-scale inference, ch. 1.

    Examples
    --------
    >>> chain = csr_array(np.eye(4, k=1) + np.eye(4, k=-1))
    >>> new = recounted([40, 41, 8, 9], [100] * 4, chain, keys=list("abcd"), draws=50)
    >>> new.shape, bool((new[:2].mean() > 30) and (new[2:].mean() < 20))
    ((4, 50), True)
    """
    people = np.asarray(base, dtype=float)
    size = people / overdispersion
    cases = np.clip(np.asarray(count, dtype=float), 0.0, people) / overdispersion
    laws = _laws(cases, size, csr_array(graph))
    shares = np.cumsum(_belongs(*laws, cases, size), axis=0)[:-1]
    a, b = laws[0] + cases, laws[1] + size - cases
    heads = np.maximum(np.rint(size), 1.0)
    each = people / heads
    new = np.empty((len(people), draws))
    for i, key in enumerate(keys):
        random = _stream(f"{seed}/{key}")
        drawn = np.searchsorted(shares[:, i], random.random(draws), side="right")
        rate = random.beta(a[drawn, i], b[drawn, i])
        new[i] = random.binomial(int(heads[i]), rate) * each[i]
    return new


def _laws(cases: np.ndarray, size: np.ndarray, graph: csr_array) -> tuple[np.ndarray, np.ndarray]:
    """Return both parameters (laws, n) of the beta laws that a rate may come from."""
    total = float(size.sum())
    common = float(np.clip(cases.sum(), min(1.0, total / 2), max(total - 1, total / 2)) / total)
    around, people = graph @ cases, graph @ size
    # one more person, who is like all others, keeps rates away from 0 and 1
    nearby = (around + common) / (people + 1)
    doubt = nearby * (1 - nearby) / (people + 1)
    means = [np.full(len(size), common)] * len(COMMON) + [nearby] * len(NEARBY)
    spreads = [(s * common) ** 2 for s in COMMON] + [(s * nearby) ** 2 + doubt for s in NEARBY]
    mean, spread = np.stack(means), np.stack([np.broadcast_to(s, len(size)) for s in spreads])
    precision = np.maximum(mean * (1 - mean) / spread - 1, 1.0)
    return mean * precision, (1 - mean) * precision


def _belongs(a: np.ndarray, b: np.ndarray, cases: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return the probability (laws, n) that an area's rate comes from each law."""
    from scipy.special import betaln

    fit = betaln(a + cases, b + size - cases) - betaln(a, b)
    fit = np.exp(fit - fit.max(axis=0))
    frequent = np.full(len(fit), 1 / len(fit))
    for _ in range(ROUNDS):
        chances = frequent[:, None] * fit
        frequent = (chances / chances.sum(axis=0)).mean(axis=1)
    chances = frequent[:, None] * fit
    return chances / chances.sum(axis=0)


def _stream(text: str) -> np.random.Generator:
    """Return the random numbers that belong to a text, wherever it stands."""
    digest = blake2b(text.encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(int.from_bytes(digest, "big")))
