"""The evidence of every area and indicator: one family of tests."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from sozialraum import schema
from sozialraum.flags.grades import grades
from sozialraum.flags.samples import Sample, bounded
from sozialraum.methods.local import LocalResult, local_g, local_moran
from sozialraum.methods.multiplicity import benjamini_hochberg
from sozialraum.model.judged import FLAG_COLUMNS

P_VALUES = {"p_rate": "rate", "p_moran": "local_moran", "p_gi": "gi_star"}
"""Columns of p-values and the statistic each belongs to."""
FEWEST = 4
"""With fewer areas that have neighbours, Moran's I has no variance."""


class Engine(NamedTuple):
    """How p-values of neighbourhoods are computed."""

    method: Literal["exact", "pool"] = "exact"
    permutations: int = 9_999
    seed: int = 0


def evidence(
    samples: Sequence[Sample], areas: pd.Index, rate: float, engine: Engine
) -> pd.DataFrame:
    """Return the evidence of every area and indicator, published or not."""
    table = pd.concat([_tested(one, areas, engine) for one in samples], ignore_index=True)
    p = table[list(P_VALUES)].to_numpy(dtype=float)
    q = benjamini_hochberg(p.ravel()).reshape(p.shape)
    loudest = np.where(np.isnan(p), np.inf, p).argmin(axis=1)
    at = np.arange(len(table)), loudest
    table["p"], table["q"] = p[at], q[at]
    table["evidence"] = np.where(np.isnan(p[at]), "", np.array(list(P_VALUES.values()))[loudest])
    table["quadrant"] = table["quadrant"].fillna("")
    table["grade"] = grades(table, rate)
    table["knn_grade"], table["stability"], table["kept"] = "", np.nan, np.nan
    return table[list(FLAG_COLUMNS)]


def _tested(sample: Sample, areas: pd.Index, engine: Engine) -> pd.DataFrame:
    """Return the tests of one indicator, a row an area."""
    moran, gi = around(sample, sample.z, engine)
    known = pd.DataFrame(
        {
            "z": sample.z,
            "local_moran": moran.statistic,
            "gi_star": gi.statistic,
            "p_rate": sample.p_rate,
            "p_moran": moran.p,
            "p_gi": gi.p,
            "quadrant": moran.quadrant,
            "neighbours": sample.neighbours,
        },
        index=sample.areas,
    ).reindex(areas)
    known[schema.INDICATOR], known[schema.DATE] = sample.indicator, sample.date
    return known.rename_axis(schema.AREA_ID).reset_index()


def around(sample: Sample, z: np.ndarray, engine: Engine) -> tuple[LocalResult, LocalResult]:
    """Return local Moran's I and Gi* of the areas of a sample.

    Parameters
    ----------
    sample
        Who is near, and what is known beyond the areas.
    z
        (n,) distances of the areas, or (n, m) several side by side.
    engine
        How p-values are computed.
    """
    ring = sample.ring if z.ndim == 1 else np.repeat(sample.ring[:, None], z.shape[1], axis=1)
    moran, gi = neighbourhoods(bounded(np.concatenate([z, ring])), sample.graph, engine)
    return _first(moran, len(z)), _first(gi, len(z))


def _first(result: LocalResult, n: int) -> LocalResult:
    """Return the results of the areas themselves, without those of the ring."""
    return LocalResult(result.statistic[:n], result.lag[:n], result.p[:n], result.quadrant[:n])


def neighbourhoods(
    values: np.ndarray, adjacency: csr_array, engine: Engine
) -> tuple[LocalResult, LocalResult]:
    """Return local Moran's I and Gi* of values (n,) or, side by side, (n, m)."""
    options = engine._asdict()
    moran = local_moran(values, adjacency, **options)
    return moran, local_g(values, adjacency, star=True, null="total", **options)


def global_moran(sample: Sample) -> float:
    """Return Moran's I of the areas with neighbours; missing where it says nothing.

    Areas without neighbours have no part in likeness. Left in, they would only stretch the
    scale, up to values beyond 1.
    """
    linked = np.flatnonzero(np.diff(sample.adjacency.indptr))
    values = bounded(sample.z)[linked]
    if len(linked) < FEWEST or np.ptp(values) == 0:
        return float("nan")
    from esda import Moran
    from libpysal.graph import Graph

    adjacency = sample.adjacency[linked][:, linked]
    graph = Graph.from_sparse(adjacency.astype(float).tocoo())
    return float(Moran(values, graph, permutations=0).I)
