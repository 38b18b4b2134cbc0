"""The published series of an indicator: areas in order of their ids, dates in order of time."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from sozialraum import schema
from sozialraum.methods.contiguity import TOUCH, contiguity
from sozialraum.model import Indicator, Release

LEAST_REST = 0.05
"""A rate near the whole still varies as if this share were left."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Rates of every small area at every date; NaN where nothing is published.

    Parameters
    ----------
    indicator
        What is measured.
    areas, dates
        Rows, sorted by id, and columns, in order of time.
    rates
        (areas, dates) in units of the indicator, from published counts where there are any.
    people
        (areas, dates) denominators; 1 where a release holds shares only.
    sampling
        (areas, dates) variance of a rate if people were counted independently; where the
        counts are not known, as if all areas were of the same size.
    touching
        (areas, areas) which areas touch.
    kinds
        (areas,) kind of settlement, or empty.
    """

    indicator: Indicator
    areas: pd.Index
    dates: tuple[str, ...]
    rates: np.ndarray
    people: np.ndarray
    sampling: np.ndarray
    touching: csr_array
    kinds: np.ndarray

    def places(self, areas: tuple[str, ...]) -> np.ndarray:
        """Return the rows of some areas, in order of their ids."""
        return np.sort(self.areas.get_indexer(pd.Index(areas)))


def series_of(release: Release, indicator: Indicator, settlement: pd.Series | None) -> Series:
    """Return the published series of an indicator for the small areas of a release."""
    small = release.areas[release.areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL].sort_index()
    dates = release.dates(indicator.id)
    counts = [
        release.frame(indicator.id, date)
        .loc[small.index, ["numerator", "denominator", "value"]]
        .to_numpy(dtype=float)
        for date in dates
    ]
    above, below, value = np.moveaxis(np.array(counts).reshape(-1, len(small), 3), (0, 1), (2, 1))
    counted = ~np.isnan(above) & (below > 0)
    base = np.where(counted, below, 1.0)
    exact = indicator.per * np.where(counted, above, 0.0) / base
    shown = np.clip(value / indicator.per, 0.0, 1.0)
    share = np.where(counted, (np.where(counted, above, 0.0) + 0.5) / (base + 1), shown)
    sampling = indicator.per**2 * share * np.maximum(1 - share, LEAST_REST) / base
    kinds = np.array([], dtype=str)
    if settlement is not None:
        kinds = settlement.reindex(small.index).fillna("").to_numpy(dtype=str)
    return Series(
        indicator,
        small.index,
        dates,
        np.where(counted, exact, value),
        base,
        sampling,
        contiguity(small.geometry.to_numpy(), tolerance=TOUCH),
        kinds,
    )
