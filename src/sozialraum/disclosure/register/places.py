"""Areas as sets of blocks, under names that stay unique over all releases."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from sozialraum.files.journal import canonical

SIZE = 6
"""Bytes of a name's digest: areas of one id that hold other blocks get other names."""


@dataclass(frozen=True, slots=True)
class Place:
    """An area as it was when something was published of it.

    Parameters
    ----------
    geography, area_id, label
        Which set of areas, the id in it, and what a reader calls it.
    units
        Block ids, sorted.
    """

    geography: str
    area_id: str
    label: str
    units: tuple[str, ...]

    @property
    def name(self) -> str:
        """The same for the same blocks under the same id, and for nothing else.

        Examples
        --------
        >>> Place("quarter", "Q1", "North", ("b1", "b2")).name
        'quarter:Q1#9a2b75668815'
        """
        known = hashlib.blake2b(canonical(self.units), digest_size=SIZE).hexdigest()
        return f"{self.geography}:{self.area_id}#{known}"


type Places = dict[str, Place]
"""Places by name."""


class Span(NamedTuple):
    """Whole numbers one after the other, both ends included."""

    first: int
    last: int


def as_spans(numbers: Iterable[int]) -> str:
    """Return whole numbers, in their order, as text.

    Examples
    --------
    >>> as_spans([0, 1, 2, 5, 4])
    '0-2 5 4'
    """
    spans: list[Span] = []
    for number in numbers:
        if spans and spans[-1].last + 1 == number:
            spans[-1] = Span(spans[-1].first, number)
        else:
            spans.append(Span(number, number))
    return " ".join(f"{a}-{b}" if b > a else f"{a}" for a, b in spans)


def from_spans(written: str) -> list[int]:
    """Return the whole numbers that a text stands for.

    Examples
    --------
    >>> from_spans("0-2 5 4")
    [0, 1, 2, 5, 4]
    """
    found: list[int] = []
    for span in written.split():
        first, _, last = span.partition("-")
        found.extend(range(int(first), int(last or first) + 1))
    return found


def named(places: Iterable[Place]) -> Places:
    """Return places by name, sorted."""
    found = {place.name: place for place in places}
    return {name: found[name] for name in sorted(found)}


def of_membership(membership: pd.DataFrame, labels: Mapping[str, str]) -> list[Place]:
    """Return the areas of a table with the area of every block in every geography.

    Parameters
    ----------
    membership
        `area_id` by block (index) and geography (columns), ``""`` where none.
    labels
        Names of areas by id.
    """
    found = []
    for geography in membership.columns:
        inside = membership[geography][membership[geography] != ""]
        for area, blocks in inside.groupby(inside).groups.items():
            units = tuple(sorted(str(block) for block in blocks))
            key = str(area)
            found.append(Place(str(geography), key, labels.get(key, ""), units))
    return found


def encode(places: Places) -> dict[str, Any]:
    """Return places as JSON, short: blocks of an area mostly follow each other."""
    order = _order(places)
    position = {unit: i for i, unit in enumerate(order)}
    areas = [
        [p.geography, p.area_id, p.label, as_spans(sorted(position[unit] for unit in p.units))]
        for p in places.values()
    ]
    return {"units": order, "areas": areas}


def decode(content: Mapping[str, Any]) -> Places:
    """Return the places that :func:`encode` wrote, in their order."""
    order = content["units"]
    places = (
        Place(geography, area, label, tuple(sorted(order[i] for i in from_spans(units))))
        for geography, area, label, units in content["areas"]
    )
    return {place.name: place for place in places}


def _order(places: Places) -> list[str]:
    """Return blocks so that those of one area stand together: by large areas, then small."""
    ranks: dict[str, list[int]] = {}
    members: Sequence[Place] = sorted(places.values(), key=lambda p: (-len(p.units), p.name))
    for rank, place in enumerate(members):
        for unit in place.units:
            ranks.setdefault(unit, []).append(rank)
    return sorted(ranks, key=lambda unit: (ranks[unit], unit))
