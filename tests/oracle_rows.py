"""The statements of a publication as whole-number rows, read by the oracle's own code."""

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

NONE = 2**40
"""No limit."""

Case = Mapping[str, Any]


class Row(NamedTuple):
    """low ≤ Σ coefficient · column ≤ high."""

    terms: dict[int, int]
    low: int
    high: int


class Facts(NamedTuple):
    """Unknown counts, one column for each unit and variable, and the rows about them."""

    columns: dict[tuple[str, str], int]
    low: np.ndarray
    high: np.ndarray
    truth: np.ndarray
    rows: list[Row]

    def matrix(self) -> np.ndarray:
        """Return (rows, columns) coefficients."""
        dense = np.zeros((len(self.rows), len(self.columns)), dtype=np.int64)
        for place, row in enumerate(self.rows):
            dense[place, list(row.terms)] = list(row.terms.values())
        return dense


def read(case: Case) -> Facts:
    """Return the unknowns and rows of a publication; its truth must meet them all."""
    columns: dict[tuple[str, str], int] = {}
    low, high, truth = [], [], []
    for unit in case["units"]:
        for name, about in case["variables"].items():
            columns[unit["id"], name] = len(columns)
            count = unit["counts"][name]
            known = about.get("known_per_unit", False)
            most = about.get("max_per_unit")
            low.append(count if known else 0)
            high.append(count if known else NONE if most is None else most)
            truth.append(count)
    facts = Facts(columns, *(np.array(part, dtype=np.int64) for part in (low, high, truth)), [])
    for name, about in case["variables"].items():
        whole = about.get("subset_of")
        if whole is None:
            continue
        for unit in case["units"]:
            terms = {columns[unit["id"], whole]: 1, columns[unit["id"], name]: -1}
            facts.rows.append(Row(terms, 0, NONE))
    for statement in [*case["published"], *case.get("background", [])]:
        facts.rows.extend(_rows(case, columns, statement))
    _refuse_untrue(facts)
    return facts


def used_areas(case: Case) -> dict[str, list[str]]:
    """Return the areas, and units that a statement uses like one."""
    areas = dict(case["areas"])
    units = {unit["id"] for unit in case["units"]}
    for statement in [*case["published"], *case.get("background", [])]:
        named = [statement.get("area"), *statement.get("areas", ())]
        named += [area for _, area, _ in statement.get("terms", ())]
        areas |= {name: [name] for name in named if name in units and name not in areas}
    return areas


def _rows(
    case: Case, columns: Mapping[tuple[str, str], int], statement: Mapping[str, Any]
) -> Iterator[Row]:
    """Yield what one statement says."""

    def terms(area: str, name: str, factor: Fraction | int = 1) -> dict[int, Fraction]:
        units = case["areas"].get(area, [area])
        return {columns[unit, name]: Fraction(factor) for unit in units}

    kind = statement["kind"]
    if kind == "linear":
        yield _linear(terms, statement)
    elif kind == "order":
        counts = {unit["id"]: unit["counts"] for unit in case["units"]}
        size = {}
        for area in statement["areas"]:
            units = case["areas"].get(area, [area])
            size[area] = sum(counts[unit][statement["of"]] for unit in units)
            # a ranking speaks of denominators that everybody knows
            yield _whole(terms(area, statement["of"]), size[area], size[area])
        for lower, upper in itertools.pairwise(statement["areas"]):
            above = terms(upper, statement["var"], size[lower])
            yield _whole(_sum(above, terms(lower, statement["var"], -size[upper])), 0, None)
    elif kind in ("rate", "rate_class", "affine_index"):
        per = Fraction(str(statement.get("per", 100)))
        for limit, side in zip(_rate_limits(statement), (1, -1), strict=True):
            counted = terms(statement["area"], statement["var"], side)
            whole = terms(statement["area"], statement["of"], -side * limit / per)
            yield _whole(_sum(counted, whole), 0, None)
    else:
        low, high = _count_limits(statement)
        yield _whole(terms(statement["area"], statement["var"]), low, high)


def _linear(terms: Callable[..., dict[int, Fraction]], statement: Mapping[str, Any]) -> Row:
    parts = [terms(area, name, Fraction(str(factor))) for factor, area, name in statement["terms"]]
    low, high = (
        None if statement.get(side) is None else Fraction(str(statement[side]))
        for side in ("lo", "hi")
    )
    return _whole(_sum(*parts), low, high)


def _rate_limits(statement: Mapping[str, Any]) -> tuple[Fraction, Fraction]:
    """Return the smallest and largest rate that a statement allows."""
    if statement["kind"] == "rate_class":
        return Fraction(str(statement["lo"])), Fraction(str(statement["hi"]))
    value = Fraction(str(statement["value"]))
    half = Fraction(1, 2 * 10 ** statement["decimals"])
    low, high = value - half, value + half
    if statement["kind"] == "rate":
        return low, high
    mean, spread = (Fraction(str(statement[name])) for name in ("mean", "sd"))
    return mean + spread * low, mean + spread * high


def _count_limits(statement: Mapping[str, Any]) -> tuple[int | Fraction | None, Any]:
    """Return the smallest and largest count that a statement allows."""
    kind, value = statement["kind"], statement.get("value")
    if kind == "suppressed":
        return tuple(statement.get("known_range") or (None, None))
    if kind == "range":
        return statement.get("lo"), statement.get("hi")
    if kind == "count":
        return value, value
    if kind == "perturbed":
        if not statement.get("zero_means_zero"):
            return value - statement["max_dev"], value + statement["max_dev"]
        return (
            (max(value - statement["max_dev"], 1), value + statement["max_dev"])
            if value
            else (0, 0)
        )
    base, method = statement["base"], statement.get("method", "nearest")
    return {
        "nearest": (Fraction(2 * value - base, 2), math.ceil(Fraction(2 * value + base, 2)) - 1),
        "random": (value - base + 1, value + base - 1),
        "up": (value - base + 1, value),
        "down": (value, value + base - 1),
    }[method]


def _sum(*parts: Mapping[int, Fraction]) -> dict[int, Fraction]:
    total: dict[int, Fraction] = {}
    for part in parts:
        for column, factor in part.items():
            total[column] = total.get(column, Fraction(0)) + factor
    return total


def _whole(terms: Mapping[int, Fraction], low: Any, high: Any) -> Row:
    """Return the row in whole numbers; limits are rounded inwards, which loses nothing."""
    scale = math.lcm(*(Fraction(factor).denominator for factor in terms.values()))
    factors = {column: int(factor * scale) for column, factor in terms.items() if factor}
    return Row(
        factors,
        -NONE if low is None else math.ceil(low * scale),
        NONE if high is None else math.floor(high * scale),
    )


def _refuse_untrue(facts: Facts) -> None:
    activity = facts.matrix() @ facts.truth
    for row, value in zip(facts.rows, activity, strict=True):
        assert row.low <= value <= row.high, row
    assert ((facts.truth >= facts.low) & (facts.truth <= facts.high)).all()
