"""How firm findings are: other neighbours, people counted again, other borders."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from sozialraum import schema
from sozialraum.flags.evidence import P_VALUES, Engine, around, evidence, neighbourhoods
from sozialraum.flags.grades import HINT, NOTABLE, ways
from sozialraum.flags.samples import Ring, Sample, among_nearest, bounded
from sozialraum.flags.zoning import ZONINGS, kept_shares
from sozialraum.methods.funnel import funnel, placed
from sozialraum.methods.recount import RECOUNTS, recounted
from sozialraum.schema import FIRM, FLAGGED

RECOUNT_PERMUTATIONS = 1_999
ZONING_PERMUTATIONS = 999
"""Draws of the tests that are only made again: their p-values are not shown."""


def nearest_grades(
    samples: Sequence[Sample],
    areas: gpd.GeoDataFrame,
    ring: Ring | None,
    *,
    rate: float,
    engine: Engine,
) -> np.ndarray:
    """Return the grades when the nearest areas count as neighbours."""
    others = [among_nearest(one, areas, ring) for one in samples]
    return evidence(others, areas.index, rate, engine)["grade"].to_numpy()


class _Again(NamedTuple):
    """Tests of recounted maps: p-values (n, 3, draws), and whether the rate is high."""

    p: np.ndarray
    high: np.ndarray


def stability(
    samples: Sequence[Sample], table: pd.DataFrame, areas: pd.Index, *, rate: float, seed: int
) -> np.ndarray:
    """Return how probably every finding is made again when people are counted again.

    Parameters
    ----------
    samples
        What was tested.
    table
        Evidence, all areas of the first sample first.
    areas
        Ids of all areas, in the order of the rows of each sample.
    rate, seed
        Of :func:`sozialraum.flags.flag`.

    Returns
    -------
    ndarray
        A share for every row: in which part of the recounts the whole family of tests,
        made anew, finds the area again on the same side of the usual rate: confirmed or
        notable what was confirmed or notable, a hint at least what was a hint. NaN without
        a finding.
    """
    rows = [areas.get_indexer(one.areas) + i * len(areas) for i, one in enumerate(samples)]
    drawn = [_again(one, seed) for one in samples]
    cut = _rejected([one.p for one in drawn], rate)
    found = np.full(len(table), np.nan)
    grades, z = table["grade"].to_numpy(), table["z"].to_numpy()
    for at, again in zip(rows, drawn, strict=True):
        firm = np.isin(grades[at], FIRM)[:, None]
        needed = np.maximum(np.where(firm, NOTABLE, HINT), cut)
        same = again.high == (z[at] > 0)[:, None]
        share = ((again.p.min(axis=1) <= needed) & same).mean(axis=1)
        found[at] = np.where(np.isin(grades[at], FLAGGED), share, np.nan)
    return found


def _again(sample: Sample, seed: int) -> _Again:
    """Return the tests of one indicator, its people counted again."""
    shape = len(sample.areas), len(P_VALUES), RECOUNTS
    if not sample.rated.any():
        return _Again(np.ones(shape, dtype=np.float32), np.zeros(shape[::2], dtype=bool))
    new = recounted(
        sample.count,
        sample.base,
        sample.adjacency,
        keys=[str(area) for area in sample.areas],
        overdispersion=sample.funnel.overdispersion,
        draws=RECOUNTS,
        seed=f"{seed}/{sample.indicator}",
    )
    z, p_rate = placed(new, sample.base[:, None], sample.funnel)
    engine = Engine("pool", RECOUNT_PERMUTATIONS, seed)
    moran, gi = around(sample, sample.sign * z, engine)
    p = np.stack([p_rate, moran.p, gi.p], axis=1)
    return _Again(np.nan_to_num(p, nan=1.0).astype(np.float32), sample.sign * z > 0)


def _rejected(p: Sequence[np.ndarray], rate: float) -> np.ndarray:
    """Return the largest p (draws,) that Benjamini and Hochberg reject in every recount."""
    family = np.concatenate([one.reshape(-1, one.shape[-1]) for one in p])
    family.sort(axis=0)
    limits = rate * np.arange(1, len(family) + 1)[:, None] / len(family)
    return np.where(family <= limits, family, 0.0).max(axis=0, initial=0.0)


def kept(
    samples: Sequence[Sample],
    table: pd.DataFrame,
    areas: gpd.GeoDataFrame,
    graph: csr_array,
    *,
    seed: int,
) -> np.ndarray:
    """Return the share of other zonings in which every finding is made again; NaN without one."""
    units = areas[schema.MUNICIPALITY].to_numpy()
    flagged = table["grade"].isin(FLAGGED)
    findings = np.where(flagged, ways(table), "").reshape(len(samples), len(areas))
    shares = np.full(findings.shape, np.nan)
    for share, found, one in zip(shares, findings, samples, strict=True):
        at = areas.index.get_indexer(one.areas)
        count, base = np.full((2, len(areas)), np.nan)
        count[at], base[at] = one.count, one.base
        find = _found(one.sign, seed)
        share[:] = kept_shares(
            count, base, graph, units, found, find=find, zonings=ZONINGS, seed=seed
        )
    return shares.ravel()


def _found(sign: int, seed: int) -> Callable[[np.ndarray, np.ndarray, csr_array], np.ndarray]:
    """Return the test of zones: their findings, down to hints, as directions."""
    engine = Engine("pool", ZONING_PERMUTATIONS, seed)

    def find(count: np.ndarray, base: np.ndarray, adjacency: csr_array) -> np.ndarray:
        rates = funnel(count, base)
        z = sign * rates.z
        moran, gi = neighbourhoods(bounded(z), adjacency, engine)
        p = np.column_stack([rates.p, moran.p, gi.p])
        p = np.where(np.isnan(p), 1.0, p)
        table = {"z": z, "gi_star": gi.statistic, "quadrant": moran.quadrant}
        loudest = np.array(list(P_VALUES.values()))[p.argmin(axis=1)]
        return np.where(
            p.min(axis=1) <= HINT, ways(pd.DataFrame(table | {"evidence": loudest})), ""
        )

    return find
