"""The rule: what must remain possible for a target, and why it leaks.

The truth decides only which targets are protected; what can be derived about them never
uses it. A target is a set of pieces with n cases of N; [lo, hi] are the numbers of cases
that fit what is published, [clo, chi] those of the rest of its universe.
"""

from dataclasses import dataclass

import numpy as np

from sozialraum.methods.suppression import Need
from sozialraum.methods.tables import FAR
from sozialraum.model.publication import Rule

NO_UNIVERSE = -1
"""Stands for N where a variable is no part of another."""
IMPOSSIBLE = (-1, FAR, 0)
"""A need that no count meets: its exact interval is asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What is true of targets.

    Parameters
    ----------
    count
        (targets,) cases n; :data:`UNKNOWN` where not known to us.
    base
        (targets,) universe N; :data:`NO_UNIVERSE` where there is none, :data:`FAR` where
        it is not known to us.
    """

    count: np.ndarray
    base: np.ndarray

    def at(self, targets: np.ndarray) -> "Facts":
        """Return the facts of some targets."""
        return Facts(self.count[targets], self.base[targets])

    @property
    def unsure(self) -> np.ndarray:
        """True where the truth is not known to us: then whatever it may be."""
        return (self.count < 0) | (self.base == FAR)

    @property
    def most(self) -> np.ndarray:
        """Largest number of cases there can be, :data:`FAR` where there is no universe."""
        return np.where(self.base == NO_UNIVERSE, FAR, self.base)

    @property
    def rest(self) -> np.ndarray:
        """The rest of the universe; far away where there is none."""
        return np.where(self.unsure | (self.base < 0), FAR, self.base - self.count)


def _small(rule: Rule, facts: Facts) -> np.ndarray:
    return facts.unsure | ((facts.count >= 1) & (facts.count < rule.k))


def _small_rest(rule: Rule, facts: Facts) -> np.ndarray:
    near = (facts.count >= 1) & (facts.rest < rule.k)
    return (near | (facts.unsure & (facts.base >= 0))) & rule.complement


def _everything(rule: Rule, facts: Facts) -> np.ndarray:
    return (facts.base > 0) & (facts.rest == 0) & rule.all_sensitive


def _nothing(rule: Rule, facts: Facts) -> np.ndarray:
    none = (facts.count == 0) & (facts.base != 0)
    return (none | facts.unsure) & rule.zero_sensitive


def _sliver(rule: Rule, facts: Facts) -> np.ndarray:
    limit = rule.min_population or 0
    return (facts.base > 0) & (facts.base < limit)


def protected(rule: Rule, facts: Facts) -> np.ndarray:
    """Return which targets are protected at all.

    Examples
    --------
    >>> facts = Facts(np.array([0, 2, 9, 29]), np.array([30, 30, 30, 30]))
    >>> protected(Rule(k=3), facts)
    array([False,  True, False,  True])
    """
    found = _small(rule, facts) | _small_rest(rule, facts) | _everything(rule, facts)
    return found | _nothing(rule, facts) | _sliver(rule, facts)


def count_needs(rule: Rule, facts: Facts, *, fixed: np.ndarray) -> Need:
    """Return what must remain possible for the cases.

    Parameters
    ----------
    rule, facts
        The rule, and what is true of the targets.
    fixed
        (targets,) True where everybody knows the universe: then the rest is as uncertain
        as the cases, and its needs are joined to theirs.

    Returns
    -------
    Need
        Met needs mean "no leak". Unmet ones do not yet mean a leak where the rule asks for
        either of two things; :func:`reason` decides by the exact limits.
    """
    most = facts.most
    small, nothing = _small(rule, facts), _nothing(rule, facts)
    low, high, width = _side(rule, most, small)
    high = np.where(nothing, np.maximum(high, 1), high)
    width = np.where(_sliver(rule, facts), np.maximum(width, 1), width)
    rest = rest_needs(rule, facts)
    joined = fixed & (facts.base >= 0) & (facts.base < FAR)
    base = np.where(joined, facts.base, 0)
    low = np.where(joined & (rest.high > 0), np.minimum(low, base - rest.high), low)
    high = np.where(joined & (rest.low < FAR), np.maximum(high, base - rest.low), high)
    width = np.where(joined, np.maximum(width, rest.width), width)
    return Need(low, high, width)


def rest_needs(rule: Rule, facts: Facts) -> Need:
    """Return what must remain possible for the rest of the universe."""
    low, high, width = _side(rule, facts.most, _small_rest(rule, facts))
    high = np.where(_everything(rule, facts), np.maximum(high, 1), high)
    return Need(low, high, width)


def _side(
    rule: Rule, most: np.ndarray, small: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the needs of small counts of which there can be `most`.

    "Known to lie in 1 to k - 1" asks for either limit. Mostly it follows from the other
    two needs; where it does not, one limit is asked for and the exact limits decide.
    """
    k = rule.k
    width = np.maximum(np.minimum(rule.width, most), 1)
    upper = np.minimum(k, most) if rule.require_upper_k else np.zeros_like(most)
    # limits may lie beyond a true universe that is not public: it implies nothing
    implied = (width >= k - 1) | ((upper == k) & (most >= k))
    upper = np.where(~implied & (most >= k), k, upper)
    lower = np.where(~implied & (most < k), 0, FAR)
    return (
        np.where(small, lower, FAR),
        np.where(small, upper, 0),
        np.where(small, width, 0),
    )


def reason(
    rule: Rule,
    truth: tuple[int, int],
    count: tuple[int, int],
    rest: tuple[int, int] | None,
) -> str | None:
    """Return why a target leaks, the first reason that applies, or None.

    Parameters
    ----------
    rule
        The rule.
    truth
        n and N (:data:`NO_UNIVERSE`, :data:`FAR`) as in :class:`Facts`.
    count
        Exact limits of the cases.
    rest
        Exact limits of the rest of the universe; None without a universe.

    Examples
    --------
    >>> reason(Rule(k=3), (2, 27), (0, 2), (25, 27))
    'below_k'
    """
    n, base = truth
    facts = Facts(np.array([n]), np.array([base]))
    most = int(facts.most[0])
    unsure = bool(facts.unsure[0])
    low, high = count
    possible = high >= 1 and low < rule.k
    if _small(rule, facts)[0] and (possible or not unsure):
        found = _narrowed(rule, count, most)
        if found:
            return found
    if rest is not None:
        if _everything(rule, facts)[0] and rest[1] == 0:
            return "all"
        possible = high >= 1 and rest[0] < rule.k
        if _small_rest(rule, facts)[0] and (possible or not unsure) and _narrowed(rule, rest, most):
            return "complement"
    if _nothing(rule, facts)[0] and high == 0:
        return "none"
    return "sliver" if _sliver(rule, facts)[0] and low == high else None


def _narrowed(rule: Rule, limits: tuple[int, int], most: int) -> str | None:
    """Return how far a small count is narrowed beyond what the rule allows."""
    low, high = limits
    if low == high:
        return "exact"
    if low >= 1 and high < rule.k:
        return "proven_small"
    if rule.require_upper_k and high < min(rule.k, most):
        return "below_k"
    return "narrow" if high - low < min(rule.width, most) else None
