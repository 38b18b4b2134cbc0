"""What a file may tell besides published numbers, because it is computed from them.

A whole number beside an area could be a count. So whole numbers are allowed only inside
exact sentences and cells that the writer would write again; by themselves only fractions
are, as people round them. The axes of a chart carry round numbers of a range, never others.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

ROUNDED = (1, 2)
"""Decimals with which fractions are written."""

type Axis = tuple[float, float, int]
"""Both ends of an axis and the most steps along it."""


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """Sentences, cells and fractions that were computed from a release.

    Parameters
    ----------
    texts
        Whole sentences and phrases, exactly as they are written.
    cells
        Whole cells of a row about an area, by area.
    numbers
        Fractions that may stand beside an area, by area; under ``""`` those of none.
    axes
        Ranges of axes and the most steps along them, as :func:`sozialraum.methods.ticks.ticks`
        takes them: its round numbers may stand alone in drawings.
    """

    texts: frozenset[str] = frozenset()
    cells: Mapping[str, frozenset[str]] = field(default_factory=dict)
    numbers: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    axes: tuple[Axis, ...] = ()

    def __or__(self, other: "Derived") -> "Derived":
        cells = {a: self.cells.get(a, frozenset()) | c for a, c in other.cells.items()}
        numbers = {a: self.numbers.get(a, ()) + n for a, n in other.numbers.items()}
        return Derived(
            self.texts | other.texts,
            {**self.cells, **cells},
            {**self.numbers, **numbers},
            self.axes + other.axes,
        )


NOTHING = Derived()


def written(values: Iterable[float]) -> set[float]:
    """Return fractions as they are written; a whole number is none.

    Examples
    --------
    >>> sorted(written([1.234, -0.56, 7.0, 2.999]))
    [0.56, 0.6, 1.2, 1.23]
    """
    told = {
        round(abs(value), digits) for value in values if math.isfinite(value) for digits in ROUNDED
    }
    return {value for value in told if value != round(value)}
