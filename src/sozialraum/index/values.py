"""What a release holds, as arrays: counts and rates of the small areas at a date."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.model import Indicator, Release
from sozialraum.schema import State

RESIDENTS = "residents"
"""Name of the count of people, in a register or as a variable of the blocks."""


@dataclass(frozen=True, slots=True, eq=False)
class Published:
    """Published numbers of some areas, by date and indicator.

    Parameters
    ----------
    release
        Where they stand.
    areas
        Areas (rows of all arrays).
    columns
        ``(numerator, denominator, value)`` of every indicator and date that has any.
    """

    release: Release
    areas: pd.Index
    columns: Mapping[tuple[str, str], np.ndarray]

    @classmethod
    def of(cls, release: Release, areas: pd.Index | None = None) -> "Published":
        """Return the numbers of the small areas of a release (all of them by default)."""
        if areas is None:
            areas = small_areas(release)
        table = release.table
        kept = (table[schema.GEOGRAPHY] == schema.AREAS_LEVEL) & (table["state"] == State.VALUE)
        small = table[kept]
        place = areas.get_indexer(pd.Index(small[schema.AREA_ID]))
        numbers = small[["numerator", "denominator", "value"]].to_numpy(dtype=float)
        columns = {}
        for key, rows in small.groupby([schema.DATE, schema.INDICATOR], sort=False).indices.items():
            held = np.asarray(rows)[place[rows] >= 0]
            columns[key] = np.full((len(areas), 3), np.nan)
            columns[key][place[held]] = numbers[held]
        return cls(release, areas, columns)

    def has(self, date: str, indicator: str) -> bool:
        """Return True if any area has a value of an indicator at a date."""
        return (date, indicator) in self.columns

    @property
    def dates(self) -> list[str]:
        """Dates with any value, ascending."""
        return sorted({date for date, _ in self.columns})

    def at(self, date: str, ids: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return numerators, denominators and values (areas, indicators) at a date.

        Values are exact: numerator and denominator are published, so their ratio is too.
        Counts are NaN where a release holds shares only.
        """
        nothing = np.full((len(self.areas), 3), np.nan)
        table = np.stack([self.columns.get((date, name), nothing) for name in ids], axis=1)
        above, below, values = (table[:, :, i] for i in range(3))
        indicators = [self.release.indicator(name) for name in ids]
        per = np.array([indicator.per for indicator in indicators], dtype=float)
        exact = per * above / np.where(below > 0, below, np.nan)
        return above, below, np.where(np.isnan(exact), values, exact)


def small_areas(release: Release) -> pd.Index:
    """Return the ids of the small areas, in the order of the release."""
    return release.areas.index[release.areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL]


def residents_of(release: Release, date: str, areas: pd.Index) -> np.ndarray | None:
    """Return published numbers of people (areas,), None where a release does not say.

    They stand in the numerator of a plain count or in the denominator of a rate.
    """
    source = Published.of(release, areas)
    found = np.full(len(areas), np.nan)
    for indicator in release.indicators:
        side = _side(indicator)
        if side is not None and source.has(date, indicator.id):
            column = source.columns[date, indicator.id]
            counted = column[:, side] if indicator.is_rate else column[:, 2]
            found = np.where(np.isnan(found), counted, found)
    return None if np.isnan(found).all() else found


def _side(indicator: Indicator) -> int | None:
    """Return 1 if the people are the denominator of an indicator, 0 if they are counted."""
    if indicator.denominator is None:
        return 0 if _is_residents(indicator.numerator) else None
    same = indicator.denominator_date == "same"
    return 1 if same and _is_residents(indicator.denominator) else None


def _is_residents(name: str) -> bool:
    """Return True for ``residents``, ``register.residents`` or a choice of such counts."""
    counts = [schema.undated(one).rpartition(".")[2] for one in name.split("|")]
    return all(count == RESIDENTS for count in counts)
