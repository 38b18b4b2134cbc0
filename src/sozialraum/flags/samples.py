"""What is tested: the published values of a rate, and which areas are neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array

from sozialraum import schema
from sozialraum.errors import IndicatorError, StatisticsError
from sozialraum.methods.contiguity import TOUCH, contiguity, nearest_neighbours, with_ring
from sozialraum.methods.funnel import TRIM, Funnel, funnel, placed
from sozialraum.model import Index, Release
from sozialraum.schema import State

COUNTS = ("numerator", "denominator")
ROUNDING = 1e-9
"""Distances below it are none."""
NEAREST = 6
"""Neighbours of every area where the nearest ones count instead of those that touch."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Published counts of one indicator, where they lie in the funnel, and who is near.

    Parameters
    ----------
    indicator, date
        What was counted, and when.
    areas
        Ids of the areas with both counts published and people to count, sorted.
    count, base
        Cases and people of each.
    funnel
        Where the rates lie.
    sign
        -1 where a high rate is a strength: findings speak of burdens.
    graph
        Ones for published neighbours: the areas first, then those of a ring around.
    ring
        Oriented distances of the areas of the ring; they are neighbours, never tested.
    ring_areas
        Ids of the areas of the ring.
    """

    indicator: str
    date: str
    areas: pd.Index
    count: np.ndarray
    base: np.ndarray
    funnel: Funnel
    sign: int
    graph: csr_array
    ring: np.ndarray = field(default_factory=lambda: np.empty(0))
    ring_areas: pd.Index = field(default_factory=lambda: pd.Index([]))

    @property
    def adjacency(self) -> csr_array:
        """Neighbours among the areas themselves."""
        own = np.arange(len(self.areas))
        return csr_array(self.graph[own][:, own])

    @cached_property
    def z(self) -> np.ndarray:
        """Distance of every rate from the usual one; high is a burden."""
        return self.sign * self.funnel.z

    @property
    def p_rate(self) -> np.ndarray:
        """Two-sided p of every rate."""
        return self.funnel.p

    @property
    def rated(self) -> np.ndarray:
        """Where the rate itself can be tested."""
        return ~np.isnan(self.p_rate)

    @property
    def neighbours(self) -> np.ndarray:
        """Number of published neighbours."""
        return np.diff(self.graph.indptr)[: len(self.areas)]

    @property
    def tested(self) -> np.ndarray:
        """Where a test can be made: the area has neighbours, and rates differ at all."""
        values = bounded(np.concatenate([self.z, self.ring]))
        return (self.neighbours > 0) & (np.ptp(values) > 0 if len(values) else False)


def chosen(
    release: Release, index: Index | None, names: Sequence[str] | None
) -> list[tuple[str, str]]:
    """Return ids and dates of the rates to test."""
    if names is not None:
        wanted = [release.indicator(name) for name in dict.fromkeys(names)]
    elif index is not None:
        wanted = [release.indicator(name) for name in index.indicators]
    else:
        wanted = [indicator for indicator in release.indicators if indicator.polarity != 0]
    counts = [indicator.id for indicator in wanted if not indicator.is_rate]
    if names is not None and counts:
        raise IndicatorError("flags.not_a_rate", ids=counts)
    table = release.table
    small = table[(table[schema.GEOGRAPHY] == schema.AREAS_LEVEL) & (table["state"] == State.VALUE)]
    latest = small.groupby(schema.INDICATOR)[schema.DATE].max()
    found = [
        (indicator.id, index.date if index else str(latest[indicator.id]))
        for indicator in wanted
        if indicator.is_rate and indicator.id in latest.index
    ]
    missing = sorted({i.id for i in wanted} - {name for name, _ in found} - set(counts))
    if names is not None and missing:
        raise IndicatorError("flags.no_values", ids=missing)
    if not found:
        raise StatisticsError("flags.nothing")
    return found


def bounded(z: np.ndarray) -> np.ndarray:
    """Return distances for autocorrelation: bounded, and 0 where rates cannot be compared.

    Distances are counted in standard deviations: tiny ones are the rounding of equal rates.
    """
    known = np.nan_to_num(z)
    return np.where(np.abs(known) < ROUNDING, 0.0, np.clip(known, -TRIM, TRIM))


class Ring(NamedTuple):
    """Areas around those to be tested, and where their values stand."""

    release: Release
    areas: gpd.GeoDataFrame


def touching(areas: gpd.GeoDataFrame) -> csr_array:
    """Return who touches whom, at a border or a corner, up to gaps of a metre."""
    return contiguity(areas.geometry.to_numpy(), tolerance=TOUCH)


def surroundings(areas: gpd.GeoDataFrame, release: Release | None) -> tuple[csr_array, Ring | None]:
    """Return who touches whom: areas first, then those of another release around them."""
    if release is None:
        return touching(areas), None
    known = release.areas[release.areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL]
    outside = known.drop(index=areas.index, errors="ignore").sort_index()
    assert areas.crs is not None
    outside = outside.to_crs(areas.crs)
    shapes = areas.geometry.to_numpy(), outside.geometry.to_numpy()
    found = with_ring(*shapes, tolerance=TOUCH)
    return found.graph, Ring(release, outside.iloc[found.chosen])


def sample(
    release: Release,
    indicator: str,
    date: str,
    areas: pd.Index,
    graph: csr_array,
    *,
    ring: Ring | None = None,
) -> Sample:
    """Return the published counts of an indicator at a date, and what lies around."""
    frame = _published(release, indicator, date).reindex(areas).dropna()
    count, base = frame["numerator"].to_numpy(float), frame["denominator"].to_numpy(float)
    own, sign = funnel(count, base), release.indicator(indicator).polarity or 1
    at, beyond = areas.get_indexer(frame.index), pd.DataFrame(columns=list(COUNTS), dtype=float)
    if ring is not None:
        beyond = _published(ring.release, indicator, date).reindex(ring.areas.index).dropna()
        at = np.append(at, len(areas) + ring.areas.index.get_indexer(beyond.index))
    return Sample(
        indicator=indicator,
        date=date,
        areas=frame.index,
        count=count,
        base=base,
        funnel=own,
        sign=sign,
        graph=csr_array(graph[at][:, at]),
        ring=sign * placed(beyond["numerator"], beyond["denominator"], own)[0],
        ring_areas=beyond.index,
    )


def _published(release: Release, indicator: str, date: str) -> pd.DataFrame:
    """Return the published counts of the small areas with people to count, by area."""
    table = release.table
    rows = (table[schema.INDICATOR] == indicator) & (table[schema.DATE] == date)
    rows &= (table[schema.GEOGRAPHY] == schema.AREAS_LEVEL) & (table["state"] == State.VALUE)
    rows &= table["denominator"] > 0
    return table[rows].set_index(schema.AREA_ID)[list(COUNTS)].astype(float)


def among_nearest(sample: Sample, areas: gpd.GeoDataFrame, ring: Ring | None) -> Sample:
    """Return a sample in which the nearest published areas are the neighbours."""
    shapes = areas.geometry.loc[sample.areas].to_numpy()
    if ring is not None:
        beyond = ring.areas.geometry.loc[sample.ring_areas].to_numpy()
        shapes = np.concatenate([shapes, beyond])
    points = shapely.get_coordinates(shapely.centroid(shapes))
    return replace(sample, graph=nearest_neighbours(points, NEAREST))
