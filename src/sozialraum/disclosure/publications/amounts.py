"""Sums of money: whether one contributor can work out another's amount.

The p % rule and the (n, share) rule of dominance as in Hundepool et al. (2024), *Handbook
on Statistical Disclosure Control*, 2nd ed., ch. 4.
"""

from collections.abc import Iterable

from sozialraum.model.audited import Leak
from sozialraum.model.publication import Amount


def is_safe(amount: Amount) -> bool:
    """Return whether a sum may be published.

    Parameters
    ----------
    amount
        Contributions and the rule.

    Returns
    -------
    bool
        p % rule: the sum without its two largest contributions is at least p % of the
        largest. (n, share) rule: the n largest are at most share % of the sum.

    Examples
    --------
    >>> from fractions import Fraction
    >>> is_safe(Amount("rent", (Fraction(50), Fraction(30), Fraction(4)), p=Fraction(10)))
    False
    """
    whole, ordered = sum(amount.contributions), sorted(amount.contributions, reverse=True)
    if amount.p is not None and (whole - sum(ordered[:2])) * 100 < amount.p * ordered[0]:
        return False
    return amount.share is None or sum(ordered[: amount.n]) * 100 <= amount.share * whole


def dominated(amounts: Iterable[Amount]) -> tuple[Leak, ...]:
    """Return a leak for every sum that its rule does not let pass; it has no limits."""
    return tuple(
        Leak((amount.id,), amount.id, None, None, "dominance", ("amount", amount.id))
        for amount in amounts
        if not is_safe(amount)
    )
