"""A published statement about counts: what the auditor, the ledger and the gate speak in."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from sozialraum.model.exact import (
    Fault,
    Key,
    Refused,
    flag,
    name_of,
    names_of,
    number,
    parse_keys,
    plain,
    raise_faults,
    whole,
)

METHODS = ("nearest", "random", "up", "down")
MOST_DECIMALS = 12
"""Most decimals a rate may be shown with."""


class Term(NamedTuple):
    """One term of a linear statement: how often a variable of an area counts."""

    factor: Fraction
    area: str
    var: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One published number, mark, class, rank or sum.

    Parameters
    ----------
    kind
        ``count``, ``suppressed``, ``range``, ``rounded``, ``perturbed``, ``rate``,
        ``rate_class``, ``affine_index``, ``order`` or ``linear``.
    area, var
        The area (or unit) and the variable it is about.
    value
        What is shown.
    lo, hi
        Limits of a range, a class or a sum; None where there is none.
    base, method
        Rounding base, and ``nearest`` (half up), ``random`` (within the base), ``up`` or
        ``down``.
    max_dev, zero_means_zero
        Largest deviation of a perturbed count, and whether zeros are always kept.
    decimals, per, of
        Decimals a rate or index is shown with, what it is per, and its denominator.
    mean, sd
        Published mean and standard deviation that an index was formed with.
    areas
        Areas by ascending rate.
    terms
        Terms of a sum.
    known_range
        What a public mark means (low, high or None).
    label
        What it is called in the publication.

    Examples
    --------
    >>> Statement("count", "A", "sgb2", value=Fraction(12)).as_json()
    {'kind': 'count', 'area': 'A', 'var': 'sgb2', 'value': 12}
    >>> Statement.from_json({"kind": "range", "area": "A", "var": "sgb2", "hi": "1/3"}).hi
    Fraction(1, 3)
    """

    kind: str
    area: str = ""
    var: str = ""
    value: Fraction | None = None
    lo: Fraction | None = None
    hi: Fraction | None = None
    base: int = 0
    method: str = "nearest"
    max_dev: int = 0
    zero_means_zero: bool = False
    decimals: int = 0
    per: Fraction = Fraction(100)
    of: str = ""
    mean: Fraction = Fraction(0)
    sd: Fraction = Fraction(1)
    areas: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    known_range: tuple[Fraction, Fraction | None] | None = None
    label: str = ""

    @classmethod
    def from_json(cls, content: object, where: str = "statement") -> "Statement":
        """Return the statement a JSON object describes.

        Parameters
        ----------
        content
            The object. Keys that no kind knows are passed over as descriptions.
        where
            Its place in the file, for errors.

        Raises
        ------
        SourceError
            Something is missing or not what it should be; every fault is named.
        """
        faults: list[Fault] = []
        found = parse_statement(content, where, faults)
        raise_faults(faults, where)
        assert found is not None
        return found

    def as_json(self) -> dict[str, Any]:
        """Return the JSON object; reading it again gives an equal statement."""
        record: dict[str, Any] = {"kind": self.kind}
        for name in FIELDS[self.kind]:
            value = getattr(self, name)
            if FIELDS[self.kind][name].required or value != BLANK[name]:
                record[name] = plain(value)
        return record

    @property
    def places(self) -> tuple[str, ...]:
        """Areas (or units) it speaks about."""
        named = (self.area,) if self.area else ()
        return named + self.areas + tuple(term.area for term in self.terms)

    @property
    def variables(self) -> tuple[str, ...]:
        """Variables it speaks about."""
        own = tuple(name for name in (self.var, self.of) if name)
        return own + tuple(term.var for term in self.terms)


def parse_statement(content: object, where: str, faults: list[Fault]) -> Statement | None:
    """Return the statement a JSON object describes, or None and its faults added."""
    if not isinstance(content, Mapping):
        faults.append(Fault(where, "audit.not_object", {}))
        return None
    kind = content.get("kind")
    if not isinstance(kind, str) or kind not in FIELDS:
        known = ", ".join(sorted(FIELDS))
        faults.append(Fault(f"{where}.kind", "audit.unknown_kind", {"known": known}))
        return None
    before = len(faults)
    values = parse_keys(content, FIELDS[kind], where, faults)
    if len(faults) > before:
        return None
    found = Statement(kind, **values)
    if found.lo is not None and found.hi is not None and found.lo > found.hi:
        faults.append(Fault(f"{where}.hi", "audit.limits", {}))
    return found


def _count(given: object) -> Fraction:
    return Fraction(whole(given))


def _positive(given: object) -> Fraction:
    exact = number(given)
    if exact <= 0:
        raise Refused("audit.not_positive")
    return exact


def _base(given: object) -> int:
    return whole(_positive(given))


def _decimals(given: object) -> int:
    decimals = whole(given)
    if decimals > MOST_DECIMALS:
        raise Refused("audit.decimals")
    return decimals


def _method(given: object) -> str:
    if given not in METHODS:
        raise Refused("audit.unknown_method")
    return str(given)


def _terms(given: object) -> tuple[Term, ...]:
    if not isinstance(given, list | tuple) or not given:
        raise Refused("audit.not_terms")
    if not all(isinstance(term, list | tuple) and len(term) == 3 for term in given):
        raise Refused("audit.not_terms")
    return tuple(Term(number(c), name_of(area), name_of(var)) for c, area, var in given)


def _known_range(given: object) -> tuple[Fraction, Fraction | None]:
    if not isinstance(given, list | tuple) or len(given) != 2:
        raise Refused("audit.not_range")
    low, high = given
    limits = number(0 if low is None else low), None if high is None else number(high)
    if limits[1] is not None and limits[1] < limits[0]:
        raise Refused("audit.not_range")
    return limits


_PLACE = {"area": Key(name_of), "var": Key(name_of)}
_LABEL = {"label": Key(name_of, required=False)}
_RATE = {**_PLACE, "of": Key(name_of), "per": Key(_positive, required=False)}
_LIMITS = {"lo": Key(number, required=False), "hi": Key(number, required=False)}
FIELDS: dict[str, dict[str, Key]] = {
    kind: {**keys, **_LABEL}
    for kind, keys in {
        "count": {**_PLACE, "value": Key(_count)},
        "suppressed": {**_PLACE, "known_range": Key(_known_range, required=False)},
        "range": {**_PLACE, **_LIMITS},
        "rounded": {
            **_PLACE,
            "value": Key(_count),
            "base": Key(_base),
            "method": Key(_method, required=False),
        },
        "perturbed": {
            **_PLACE,
            "value": Key(_count),
            "max_dev": Key(whole),
            "zero_means_zero": Key(flag, required=False),
        },
        "rate": {**_RATE, "value": Key(number), "decimals": Key(_decimals)},
        "rate_class": {**_RATE, **_LIMITS},
        "affine_index": {
            **_RATE,
            "value": Key(number),
            "decimals": Key(_decimals),
            "mean": Key(number),
            "sd": Key(number),
        },
        "order": {"var": Key(name_of), "of": Key(name_of), "areas": Key(names_of)},
        "linear": {"terms": Key(_terms), **_LIMITS},
    }.items()
}
"""Keys of every kind of statement."""
BLANK = {
    name: field.default for name, field in Statement.__dataclass_fields__.items() if name != "kind"
}
"""What a key is when it is left out."""
