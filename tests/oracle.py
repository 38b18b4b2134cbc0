"""What an intruder can derive from a publication, worked out without the auditor.

The statements are read into whole-number rows by own code, and judged by an own reading
of the rule of the cases. Bounds come in two ways that share nothing but the rows: all
whole-number solutions one after another (`enumerated`), and two mixed-integer programmes
a question, their solutions checked in whole numbers (`solved`).
"""

import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from oracle_bounds import Bounds, TooManyError, enumerated, solutions, solved
from oracle_rows import NONE, Case, Facts, Row, read, used_areas

__all__ = [
    "NONE",
    "Facts",
    "Leak",
    "Row",
    "TooManyError",
    "can_leak",
    "enumerated",
    "families",
    "leaks",
    "read",
    "solutions",
    "solved",
    "used_areas",
]

Units = frozenset[str]


class Leak(NamedTuple):
    """One target that leaks."""

    units: tuple[str, ...]
    variable: str
    lo: int
    hi: int
    reason: str


def families(case: Case, *, without: Iterable[str] = ()) -> list[Units]:
    """Return the targets: what areas, and sums and differences of areas, consist of.

    Areas `without` are left aside: of a city, any four areas could be taken away.
    """
    left_aside = set(without)
    used = {name: units for name, units in used_areas(case).items() if name not in left_aside}
    sets = [frozenset(units) for units in used.values()]
    sides: dict[tuple[bool, ...], set[str]] = {}
    for unit in case["units"]:
        sides.setdefault(tuple(unit["id"] in units for units in sets), set()).add(unit["id"])
    found = {frozenset(atom) for atom in sides.values()} | set(sets)
    for one, other in itertools.permutations(sets, 2):
        found |= {one & other, one - other}
    for whole in sets:
        parts = sorted({part for part in sets if part < whole}, key=sorted)
        for number in (2, 3, 4):
            for some in itertools.combinations(parts, number):
                found.add(whole - frozenset().union(*some))
    hidden = {
        frozenset(used[statement["area"]])
        for statement in [*case["published"], *case.get("background", [])]
        if statement["kind"] == "suppressed"
    }
    found |= {one | other for one, other in itertools.combinations(hidden, 2)}
    return sorted(found - {frozenset()}, key=lambda units: (len(units), sorted(units)))


def leaks(
    case: Case,
    bounds: Callable[[Facts, csr_array], Bounds],
    targets: Iterable[Units] | None = None,
) -> list[Leak]:
    """Return every target that leaks, judged by bounds of counts and of their rests."""
    facts, policy = read(case), case["policy"]
    asked = [
        (units, name)
        for units in (families(case) if targets is None else targets)
        for name in policy["sensitive"]
        if can_leak(case, units, name)
    ]
    found = _judged(case, asked, *_both(case, facts, asked, bounds))
    if policy.get("insider"):
        found += _insiders(case, facts, asked, found, bounds)
    return sorted(found)


def _sizes(case: Case, units: Units, name: str) -> tuple[int, int | None]:
    """Return the true count and universe of some units."""
    whole = case["variables"][name].get("subset_of")
    inside = [unit["counts"] for unit in case["units"] if unit["id"] in units]
    return (
        sum(counts[name] for counts in inside),
        None if whole is None else sum(counts[whole] for counts in inside),
    )


def can_leak(case: Case, units: Units, name: str) -> bool:
    """Return whether there are bounds that would make this target a leak."""
    policy = case["policy"]
    count, size = _sizes(case, units, name)
    if 1 <= count < policy["k"] or (count == 0 and policy.get("zero_sensitive")):
        return True
    if size is None:
        return False
    near = count >= 1 and size - count < policy["k"]
    everybody = bool(policy.get("all_sensitive")) and count == size > 0
    return everybody or (near and bool(policy.get("complement"))) or _is_sliver(policy, size)


def _is_sliver(policy: Mapping[str, Any], size: int) -> bool:
    return 0 < size < (policy.get("min_population") or 0)


def _both(
    case: Case,
    facts: Facts,
    asked: list[tuple[Units, str]],
    bounds: Callable[[Facts, csr_array], Bounds],
) -> tuple[Bounds, Bounds]:
    """Return bounds of the counts asked for, and of the rests of their universes."""
    questions = np.zeros((2 * len(asked), len(facts.columns)), dtype=np.int64)
    for place, (units, name) in enumerate(asked):
        whole = case["variables"][name].get("subset_of")
        for unit in units:
            questions[place, facts.columns[unit, name]] = 1
            if whole is not None:
                questions[len(asked) + place, facts.columns[unit, name]] = -1
                questions[len(asked) + place, facts.columns[unit, whole]] = 1
    low, high = bounds(facts, csr_array(questions))
    half = len(asked)
    return (low[:half], high[:half]), (low[half:], high[half:])


def _judged(
    case: Case, asked: list[tuple[Units, str]], counts: Bounds, rests: Bounds
) -> list[Leak]:
    found = []
    for (units, name), low, high, rest_low, rest_high in zip(
        asked, *(side.tolist() for side in (*counts, *rests)), strict=True
    ):
        sizes = _sizes(case, units, name)
        reason = _reason(case["policy"], *sizes, (low, high), (rest_low, rest_high))
        if reason:
            found.append(Leak(tuple(sorted(units)), name, low, high, reason))
    return found


def _reason(
    policy: Mapping[str, Any],
    count: int,
    size: int | None,
    limits: tuple[int, int],
    rest: tuple[int, int],
) -> str | None:
    """Return why a target leaks, the first reason that applies."""
    if 1 <= count < policy["k"]:
        reason = _small(policy, size, *limits)
        if reason:
            return reason
    if size is not None:
        if policy.get("all_sensitive") and count == size > 0 and rest[1] == 0:
            return "all"
        near = count >= 1 and size - count < policy["k"]
        if policy.get("complement") and near and _small(policy, size, *rest):
            return "complement"
    if policy.get("zero_sensitive") and count == 0 and limits[1] == 0 and size != 0:
        return "none"
    if size is not None and _is_sliver(policy, size) and limits[0] == limits[1]:
        return "sliver"
    return None


def _small(policy: Mapping[str, Any], size: int | None, low: int, high: int) -> str | None:
    """Return what bounds tell of a count below k in a universe of a size."""
    k = policy["k"]
    width = policy.get("min_width", k - 1)
    size = NONE if size is None else size
    if low == high:
        return "exact"
    if low >= 1 and high < k:
        return "proven_small"
    if policy.get("require_upper_k", True) and high < min(k, size):
        return "below_k"
    return "narrow" if high - low < min(width, size) else None


def _insiders(
    case: Case,
    facts: Facts,
    asked: list[tuple[Units, str]],
    found: list[Leak],
    bounds: Callable[[Facts, csr_array], Bounds],
) -> list[Leak]:
    """Return what becomes exact for the only person counted in an area, apart from it."""
    known = {leak[:2] for leak in found}
    more: dict[tuple[tuple[str, ...], str], Leak] = {}
    for area, name in itertools.product(used_areas(case).values(), case["policy"]["sensitive"]):
        if _sizes(case, frozenset(area), name)[0] != 1:
            continue
        own = Row({facts.columns[unit, name]: 1 for unit in area}, 1, 1)
        apart = [
            (units, other)
            for units, other in asked
            if units.isdisjoint(area) and 1 <= _sizes(case, units, other)[0] < case["policy"]["k"]
        ]
        inside = facts._replace(rows=[*facts.rows, own])
        counts, rests = _both(case, inside, apart, bounds)
        for leak in _judged(case, apart, counts, rests):
            if leak.reason == "exact" and leak[:2] not in known:
                more[leak[:2]] = leak._replace(reason="insider")
    return list(more.values())
