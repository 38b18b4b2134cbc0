"""What may be published, how it is protected, who may see it, and who decided so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from sozialraum.errors import DisclosureError
from sozialraum.model.definitions import SENSITIVITIES
from sozialraum.model.describe import fields_table

PUBLIC = "public"
"""The widest audience: everybody."""
ROLES = 2
"""So many roles must agree before a refusal is overridden (rule R11)."""
METHODS = ("suppression", "random-rounding", "controlled-rounding", "cell-key")


class Threshold(NamedTuple):
    """What protects one count: smallest count `k`, smallest width, and whether 0 is protected."""

    k: int
    width: int
    zero: bool


@dataclass(frozen=True, slots=True)
class Protection:
    """How counts are protected that may not be shown as they are.

    Parameters
    ----------
    method
        ``"suppression"`` hides counts; ``"random-rounding"`` and ``"controlled-rounding"``
        show multiples of `base`; ``"cell-key"`` adds noise that is the same wherever the
        same people are counted.
    base
        What is rounded to; the rounding methods need it.
    max_deviation, variance, js
        Of the cell key: largest deviation, variance of the noise, and the largest count
        that is never shown above zero (0: every count may be).
    """

    method: Literal["suppression", "random-rounding", "controlled-rounding", "cell-key"] = (
        "suppression"
    )
    base: int = 0
    max_deviation: int = 0
    variance: float = 0.0
    js: int = 0

    @property
    def changes(self) -> bool:
        """True where counts are changed before they are shown."""
        return self.method != "suppression"

    @property
    def largest(self) -> int:
        """By how much a count can differ at most from the one that is shown."""
        return self.base - 1 if self.base else self.max_deviation

    @property
    def faults(self) -> list[str]:
        """Names of the fields that do not fit the method."""
        rounding, keyed = self.method.endswith("-rounding"), self.method == "cell-key"
        wrong = [] if self.method in METHODS else ["method"]
        wrong += ["base"] if (self.base < 2 if rounding else self.base) else []
        wrong += ["max_deviation"] if (self.max_deviation > 0) != keyed else []
        limit = self.max_deviation**2
        fits = 0 < self.variance < limit if keyed and limit else not self.variance
        wrong += [] if fits else ["variance"]
        wrong += [] if 0 <= self.js <= (self.max_deviation if keyed else 0) else ["js"]
        return wrong


@dataclass(frozen=True, slots=True)
class Amounts:
    """When a sum of money may be published; a rule with a 0 is not asked for.

    Parameters
    ----------
    p
        Nobody may be able to estimate the largest contribution to within this percentage.
    n, share
        The `n` largest contributions may be at most this percentage of the sum.

    References
    ----------
    Hundepool, A. et al. (2012): Statistical Disclosure Control. Wiley, chapter 4.
    """

    p: float = 0.0
    n: int = 0
    share: float = 0.0

    @property
    def faults(self) -> list[str]:
        """Names of the fields that make no rule."""
        wrong = [] if 0 <= self.p <= 100 else ["p"]
        wrong += [] if self.n >= 0 and bool(self.n) == bool(self.share) else ["n"]
        return wrong + ([] if 0 <= self.share <= 100 else ["share"])


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be published, and who decided so.

    Parameters
    ----------
    name
        Name of the preset or of the controller's own policy.
    residents
        Smallest number of residents an area may have (rule R1).
    denominator
        Smallest denominator of a published rate (rule R1).
    k
        Smallest count, and smallest complement, that may be published (rule R2).
    k_by_sensitivity
        Larger minimum counts by sensitivity class.
    minima
        Further minima of areas by block variable, such as ``{"dwellings": 100}``;
        they replace `residents` where the blocks hold no residents.
    design
        Block variables that may shape areas: population-side counts, never the
        sensitive numerators, whose boundaries would leak them.
    origin
        Where the numbers come from, by field, or ``"house rule"``.
    decided_by, decided_on, dpo_consulted_on, valid_until
        Who decided and when the data-protection officer was heard (ISO dates). Unsigned
        or expired policies make drafts only.
    min_width
        By how much a hidden count must stay uncertain; None: one less than the smallest
        count that applies.
    zero_sensitive
        Sensitivity classes in which "nobody" is protected, too, beside the indicators
        that say so themselves.
    coarse_below
        Rates of smaller denominators are given as whole numbers only (rule R5).
    protection
        How counts are protected.
    amounts
        When sums of money may be published.
    audiences
        Narrower audiences than the public; for each the wider ones whose releases it sees
        as well, the public last (rule R13).
    insiders
        Whether a municipality is taken to know its own register data (rule R13).
    override
        The roles, two at least, that must agree to override a refusal; none: nobody may.
        What is proven to leak is never overridden (rule R11).
    """

    name: str
    residents: int
    denominator: int
    k: int
    k_by_sensitivity: Mapping[str, int] = field(default_factory=dict)
    minima: Mapping[str, float] = field(default_factory=dict)
    design: tuple[str, ...] = ()
    origin: Mapping[str, str] = field(default_factory=dict)
    decided_by: str = ""
    decided_on: str = ""
    dpo_consulted_on: str = ""
    valid_until: str = ""
    min_width: int | None = None
    zero_sensitive: tuple[str, ...] = ()
    coarse_below: int = 200
    protection: Protection = field(default_factory=Protection)
    amounts: Amounts = field(default_factory=Amounts)
    audiences: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    insiders: bool = False
    override: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "k_by_sensitivity", MappingProxyType(dict(self.k_by_sensitivity)))
        object.__setattr__(self, "minima", MappingProxyType(dict(self.minima)))
        object.__setattr__(self, "origin", MappingProxyType(dict(self.origin)))
        wider = {name: tuple(named) for name, named in self.audiences.items()}
        object.__setattr__(self, "audiences", MappingProxyType(wider))
        low = [name for name in ("residents", "denominator") if getattr(self, name) < 0]
        low += [] if self.k >= 1 else ["k"]
        low += [f"k.{name}" for name, k in self.k_by_sensitivity.items() if k < self.k]
        low += [f"minima.{name}" for name, value in self.minima.items() if value <= 0]
        low += ["min_width"] if self.min_width is not None and self.min_width < 1 else []
        if low:
            raise DisclosureError("model.policy_too_low", ids=low, policy=self.name)
        wrong = [f"protection.{name}" for name in self.protection.faults]
        wrong += [f"amounts.{name}" for name in self.amounts.faults]
        wrong += [] if self.coarse_below >= 0 else ["coarse_below"]
        wrong += [f"zero_sensitive.{c}" for c in self.zero_sensitive if c not in SENSITIVITIES]
        wrong += self._audience_faults()
        wrong += ["override"] if 0 < len(set(self.override)) < ROLES else []
        if wrong:
            raise DisclosureError("model.policy_contradicts", ids=wrong, policy=self.name)

    def _audience_faults(self) -> list[str]:
        """Return the audiences that do not lie inside each other as they say."""
        known = self.audiences
        wrong = []
        for name, wider in known.items():
            # what somebody sees who is seen is seen, too: each list is complete and in order
            inner = [set(known.get(other, ())) for other in wider]
            later = [set(wider[position + 1 :]) for position in range(len(wider))]
            complete = all(a <= b for a, b in zip(inner, later, strict=True))
            fits = wider[-1:] == (PUBLIC,) and len(set(wider)) == len(wider) and complete
            unknown = set(wider) - set(known) - {PUBLIC}
            if name == PUBLIC or not fits or unknown or name in wider:
                wrong.append(f"audiences.{name}")
        return wrong

    def __reduce__(self) -> tuple[Any, ...]:
        plain = [getattr(self, name) for name in self.__slots__]
        return Policy, tuple(dict(v) if isinstance(v, MappingProxyType) else v for v in plain)

    def _repr_html_(self) -> str:
        return fields_table(self)

    def k_for(self, sensitivity: str, supplier_minimum: int = 0) -> int:
        """Return the effective minimum count: the largest of policy, class and supplier.

        Examples
        --------
        >>> Policy("house", residents=300, denominator=30, k=3).k_for("social", 10)
        10
        """
        return max(self.k, self.k_by_sensitivity.get(sensitivity, 0), supplier_minimum)

    def effective(
        self, sensitivity: str, supplier_minimum: int = 0, *, zero: bool = False
    ) -> Threshold:
        """Return what protects a count of a sensitivity class.

        Parameters
        ----------
        sensitivity
            Class of the indicator.
        supplier_minimum
            Smallest count that its supplier gives out.
        zero
            Whether the indicator itself protects "nobody".

        Examples
        --------
        >>> Policy("house", residents=300, denominator=30, k=3).effective("social", 10)
        Threshold(k=10, width=9, zero=False)
        """
        k = self.k_for(sensitivity, supplier_minimum)
        width = k - 1 if self.min_width is None else self.min_width
        return Threshold(k, width, zero or sensitivity in self.zero_sensitive)

    def sees(self, audience: str = PUBLIC) -> tuple[str, ...]:
        """Return the audiences whose releases an audience sees: its own, then wider ones.

        Raises
        ------
        DisclosureError
            The policy does not know the audience.

        Examples
        --------
        >>> wider = {"committee": ("public",)}
        >>> Policy("house", 300, 30, 3, audiences=wider).sees("committee")
        ('committee', 'public')
        """
        if audience == PUBLIC:
            return (PUBLIC,)
        if audience not in self.audiences:
            known = ", ".join([PUBLIC, *self.audiences])
            raise DisclosureError("disclosure.unknown_audience", ids=[audience], known=known)
        return (audience, *self.audiences[audience])

    def is_signed(self, on: date) -> bool:
        """Return True if the policy is decided, the officer was heard and it is still valid."""
        if not (self.decided_by and self.decided_on and self.dpo_consulted_on):
            return False
        return not self.valid_until or on <= date.fromisoformat(self.valid_until)
