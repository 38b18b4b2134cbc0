"""Which areas of a release and of what is public already give a small count by subtraction.

For those without the truth: it names areas where a refusal must say why. It looks at two
areas at a time and replaces no audit.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from sozialraum import schema
from sozialraum.disclosure.register.columns import Column
from sozialraum.disclosure.register.parts import Parts
from sozialraum.disclosure.register.told import Told
from sozialraum.model import Release


class Difference(NamedTuple):
    """Two published counts of one variable that differ by a small count: the areas' names."""

    variable: str
    whole: str
    part: str


def small_differences(release: Release, told: Told, parts: Parts) -> list[Difference]:
    """Return where one area contains another and their counts differ by less than k.

    Parameters
    ----------
    release, told
        The release and what it tells.
    parts
        What its readers know already.
    """
    known = {column.var for column in (*parts.columns, *parts.background)}
    areas = {**told.areas, **parts.areas}
    found = []
    for variable in sorted({column.var for column in told.columns} & known):
        named = [one for one in release.indicators if one.id == schema.undated(variable)]
        if not named:
            continue
        k = release.policy.effective(named[0].sensitivity).k
        new = _counts(told.columns, variable)
        old = _counts((*parts.columns, *parts.background), variable)
        found += [Difference(variable, *pair) for pair in _pairs(new, old, areas, k)]
    return found


def _counts(columns: Iterable[Column], variable: str) -> dict[str, int]:
    """Return the exact counts of a variable by the name of the area."""
    own = [one for one in columns if one.var == variable and one.kind == "count"]
    return {
        area: int(cell[0]) for one in own for area, cell in zip(one.areas, one.cells, strict=True)
    }


def _pairs(
    new: Mapping[str, int], old: Mapping[str, int], areas: Mapping[str, tuple[str, ...]], k: int
) -> list[tuple[str, str]]:
    """Return pairs of an area and one that it contains, one new and one old."""
    names = sorted({*new, *old})
    members = _members([areas[name] for name in names])
    size = np.diff(members.indptr)
    overlap = csr_array(members @ members.T).tocoo()
    whole, part = overlap.coords[0], overlap.coords[1]
    inside = (overlap.data == size[part]) & (size[part] < size[whole])
    found = []
    for w, p in zip(whole[inside], part[inside], strict=True):
        one, other = names[int(w)], names[int(p)]
        values = ((new, old), (old, new))
        rests = [a[one] - b[other] for a, b in values if one in a and other in b]
        if any(0 < rest < k for rest in rests):
            found.append((one, other))
    return found


def _members(areas: list[tuple[str, ...]]) -> csr_array:
    """Return the (areas, units) matrix of ones."""
    number: dict[str, int] = {}
    units = [number.setdefault(unit, len(number)) for inside in areas for unit in inside]
    starts = np.cumsum([0, *(len(inside) for inside in areas)])
    ones = np.ones(len(units), dtype=np.int64)
    return csr_array((ones, np.array(units, dtype=np.int64), starts))
