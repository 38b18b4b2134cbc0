"""Published series of the areas: what may be looked at over time, and from when on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date as day

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import IndicatorError
from sozialraum.methods.pooling import apart
from sozialraum.model import Indicator, Release
from sozialraum.schema import State

DAYS = 365.25


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One indicator over time.

    Parameters
    ----------
    indicator
        Definition.
    dates
        ISO dates, ascending.
    counts, bases, values
        (areas, dates) published numerators, denominators and rates; NaN elsewhere.
    """

    indicator: Indicator
    dates: tuple[str, ...]
    counts: np.ndarray
    bases: np.ndarray
    values: np.ndarray

    @property
    def times(self) -> np.ndarray:
        """Years since the first date."""
        days = np.array([day.fromisoformat(one).toordinal() for one in self.dates], dtype=float)
        return np.round((days - days[0]) / DAYS, 2) if len(days) else days

    @property
    def known(self) -> np.ndarray:
        """Where an area has a point."""
        return ~np.isnan(self.counts)


def watched(release: Release, names: Sequence[str] | None, until: str | None) -> list[Indicator]:
    """Return the rates with a series: those asked for, or all that have a direction.

    Raises
    ------
    IndicatorError
        An indicator asked for is unknown or a count.
    """
    if names is not None:
        wanted = [release.indicator(name) for name in dict.fromkeys(names)]
        counts = [one.id for one in wanted if not one.is_rate]
        if counts:
            raise IndicatorError("flags.not_a_rate", ids=counts)
        return wanted
    rates = [one for one in release.indicators if one.is_rate and one.polarity != 0]
    return [one for one in rates if len(series_dates(release, one, until)) > 1]


def series_dates(release: Release, indicator: Indicator, until: str | None) -> tuple[str, ...]:
    """Return the dates of a series: after the last break that blocks, windows apart."""
    dates = [one for one in release.dates(indicator.id) if until is None or one <= until]
    if not dates or any(_unreadable(one) for one in dates):
        return ()
    blocked = [one.date for one in indicator.series_breaks if one.effect == "block"]
    start = max((one for one in blocked if one <= dates[-1]), default="")
    return apart([one for one in dates if one >= start], indicator.pool)


def published_series(
    release: Release, indicator: Indicator, areas: pd.Index, until: str | None
) -> Series:
    """Return the published values of the small areas over the dates of a series."""
    dates = series_dates(release, indicator, until)
    table = release.table
    mine = table[(table[schema.INDICATOR] == indicator.id) & (table["state"] == State.VALUE)]
    mine = mine[mine[schema.GEOGRAPHY] == schema.AREAS_LEVEL]
    rows = areas.get_indexer(pd.Index(mine[schema.AREA_ID]))
    columns = pd.Index(dates).get_indexer(pd.Index(mine[schema.DATE]))
    inside = (rows >= 0) & (columns >= 0)
    inside &= (mine["denominator"] > 0).to_numpy() & mine["numerator"].notna().to_numpy()
    found = np.full((3, len(areas), len(dates)), np.nan)
    numbers = mine[["numerator", "denominator", "value"]].to_numpy(dtype=float)
    found[:, rows[inside], columns[inside]] = numbers[inside].T
    return Series(indicator, dates, *found)


def _unreadable(date: str) -> bool:
    try:
        day.fromisoformat(date)
    except ValueError:
        return True
    return False
