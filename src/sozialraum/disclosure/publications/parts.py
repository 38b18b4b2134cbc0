"""Parts of a publication's file beside its statements: variables, units, rule, amounts."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from sozialraum.model.exact import (
    Fault,
    Key,
    Refused,
    flag,
    name_of,
    names_of,
    number,
    parse_keys,
    whole,
)
from sozialraum.model.publication import Amount, Rule, Variable

VARIABLE = {
    "known_per_unit": Key(flag, required=False),
    "subset_of": Key(name_of, required=False),
    "max_per_unit": Key(whole, required=False),
}
POLICY = {
    "k": Key(whole),
    "min_width": Key(whole, required=False),
    "require_upper_k": Key(flag, required=False),
    "complement": Key(flag, required=False),
    "all_sensitive": Key(flag, required=False),
    "zero_sensitive": Key(flag, required=False),
    "min_population": Key(whole, required=False),
    "insider": Key(flag, required=False),
    "sensitive": Key(names_of, required=False),
}
MOST = 2**31
"""Largest count that is taken as one."""


def required(content: Mapping[str, Any], name: str, faults: list[Fault]) -> None:
    """Add a fault where a part is left out; a file about amounts only needs no counts."""
    if content.get(name) is None and not content.get("magnitudes"):
        faults.append(Fault(name, "audit.missing", {}))


def object_of(content: Mapping[str, Any], name: str, faults: list[Fault]) -> Mapping[str, Any]:
    """Return a part of the file that must be an object; empty where it is left out."""
    given = content.get(name)
    if given is None or isinstance(given, Mapping):
        return given or {}
    faults.append(Fault(name, "audit.not_object", {}))
    return {}


def list_of(content: Mapping[str, Any], name: str, faults: list[Fault]) -> list[Any]:
    """Return a part of the file that must be a list; empty where it is left out."""
    given = content.get(name)
    if given is None or isinstance(given, list):
        return given or []
    faults.append(Fault(name, "audit.not_array", {}))
    return []


def read_variables(content: Mapping[str, Any], faults: list[Fault]) -> dict[str, Variable]:
    """Return the variables; each may be a part of another, but not of itself."""
    found: dict[str, Variable] = {}
    for name, given in object_of(content, "variables", faults).items():
        place = f"variables.{name}"
        if not isinstance(given, Mapping):
            faults.append(Fault(place, "audit.not_object", {}))
            continue
        found[name] = Variable(**parse_keys(given, VARIABLE, place, faults))
    required(content, "variables", faults)
    for name, variable in found.items():
        place = f"variables.{name}.subset_of"
        if variable.subset_of and variable.subset_of not in found:
            faults.append(Fault(place, "audit.unknown_variable", {}))
        elif name in universes_of(name, found):
            faults.append(Fault(place, "audit.circle", {}))
    return found


def universes_of(name: str, variables: Mapping[str, Variable]) -> list[str]:
    """Return what a variable is a part of, the nearest first.

    Examples
    --------
    >>> parts = {"a": Variable(subset_of="b"), "b": Variable(subset_of="c"), "c": Variable()}
    >>> universes_of("a", parts)
    ['b', 'c']
    """
    found: list[str] = []
    above = variables[name].subset_of
    while above in variables and above not in found:
        found.append(above)
        above = variables[above].subset_of
    return found


def read_rule(
    content: Mapping[str, Any], variables: Mapping[str, Variable], faults: list[Fault]
) -> Rule:
    """Return the rule; what is left out follows from the variables."""
    universes = {variable.subset_of for variable in variables.values()} - {""}
    required(content, "policy", faults)
    given = object_of(content, "policy", faults)
    values = parse_keys(given, POLICY, "policy", faults) if given else {}
    sensitive = tuple(
        name for name, v in variables.items() if not v.known_per_unit and name not in universes
    )
    for position, name in enumerate(values.get("sensitive", ())):
        if name not in variables:
            faults.append(Fault(f"policy.sensitive[{position}]", "audit.unknown_variable", {}))
    chosen = tuple(name for name in values.get("sensitive", sensitive) if name in variables)
    if values.get("k") == 0:
        faults.append(Fault("policy.k", "audit.not_positive", {}))
    usual = {"k": 1, "complement": bool(universes)}
    return Rule(**{**usual, **values, "sensitive": chosen})


def read_units(
    content: Mapping[str, Any], variables: Mapping[str, Variable], faults: list[Fault]
) -> tuple[tuple[str, ...], dict[str, np.ndarray]]:
    """Return the ids of the units and their true counts, -1 where not known to us."""
    required(content, "units", faults)
    given = list_of(content, "units", faults)
    ids: dict[str, int] = {}
    rows: list[list[int]] = []
    for position, unit in enumerate(given):
        place = f"units[{position}]"
        if not isinstance(unit, Mapping) or not isinstance(unit.get("counts"), Mapping):
            faults.append(Fault(place, "audit.not_unit", {}))
            continue
        name = unit.get("id")
        if not isinstance(name, str) or not name:
            faults.append(Fault(f"{place}.id", "audit.not_text", {}))
        elif name in ids:
            faults.append(Fault(f"{place}.id", "audit.twice", {}))
        else:
            ids[name] = position
            rows.append(_counts(unit["counts"], variables, f"{place}.counts", faults))
    table = np.array(rows, dtype=np.int64).reshape(len(rows), len(variables))
    counts = {name: table[:, column].copy() for column, name in enumerate(variables)}
    _check_truth(tuple(ids.values()), variables, counts, faults)
    return tuple(ids), counts


def _counts(
    given: Mapping[str, Any], variables: Mapping[str, Variable], place: str, faults: list[Fault]
) -> list[int]:
    """Return the counts of one unit in the order of the variables."""
    found = []
    for name, variable in variables.items():
        count = -1
        if name not in given or (given[name] is None and variable.known_per_unit):
            faults.append(Fault(f"{place}.{name}", "audit.missing", {}))
        elif given[name] is not None:
            try:
                count = whole(given[name])
            except Refused as refused:
                faults.append(Fault(f"{place}.{name}", str(refused), {}))
            if count > MOST:
                faults.append(Fault(f"{place}.{name}", "audit.too_large", {}))
                count = -1
        found.append(count)
    return found


def _check_truth(
    positions: tuple[int, ...],
    variables: Mapping[str, Variable],
    counts: Mapping[str, np.ndarray],
    faults: list[Fault],
) -> None:
    """Add a fault where a count exceeds its universe or the largest count of a unit."""
    for name, variable in variables.items():
        own = counts[name]
        checks = []
        if variable.subset_of in counts:
            whole_count = counts[variable.subset_of]
            checks.append(("audit.exceeds_universe", (own > whole_count) & (whole_count >= 0)))
        if variable.max_per_unit is not None:
            checks.append(("audit.exceeds_most", own > variable.max_per_unit))
        for message, wrong in checks:
            places = (f"units[{positions[i]}].counts.{name}" for i in np.flatnonzero(wrong))
            faults += [Fault(place, message, {}) for place in places]


def read_amounts(content: Mapping[str, Any], faults: list[Fault]) -> tuple[Amount, ...]:
    """Return the sums of money and the rule of dominance of each."""
    found = []
    for position, given in enumerate(list_of(content, "magnitudes", faults)):
        place = f"magnitudes[{position}]"
        if not isinstance(given, Mapping):
            faults.append(Fault(place, "audit.not_object", {}))
            continue
        values = parse_keys(given, AMOUNT, place, faults)
        rule = given.get("rule")
        if not isinstance(rule, Mapping) or not ({"p"} <= set(rule) or {"n", "share"} <= set(rule)):
            faults.append(Fault(f"{place}.rule", "audit.not_dominance", {}))
            continue
        values |= parse_keys(rule, DOMINANCE, f"{place}.rule", faults)
        if {"id", "contributions"} <= set(values):
            found.append(Amount(**values))
    return tuple(found)


def _contributions(given: object) -> tuple[Fraction, ...]:
    if not isinstance(given, list) or not given:
        raise Refused("audit.not_contributions")
    found = tuple(sorted((number(amount) for amount in given), reverse=True))
    if found[-1] < 0:
        raise Refused("audit.not_contributions")
    return found


def _percent(given: object) -> Fraction:
    exact = number(given)
    if exact < 0:
        raise Refused("audit.not_percent")
    return exact


AMOUNT = {"id": Key(name_of), "contributions": Key(_contributions)}
DOMINANCE = {
    "p": Key(_percent, required=False),
    "n": Key(whole, required=False),
    "share": Key(_percent, required=False),
}
