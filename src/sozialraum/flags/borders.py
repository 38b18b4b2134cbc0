"""How firm the global picture is: Moran's I of every indicator over other zonings."""

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from sozialraum import schema
from sozialraum.flags.evidence import global_moran
from sozialraum.flags.samples import Sample, sample, touching
from sozialraum.flags.zoning import ZONINGS, Find, statistic_range
from sozialraum.methods.funnel import funnel
from sozialraum.model import Flags

COLUMNS = (schema.INDICATOR, schema.DATE, "global_moran", "lowest", "highest")


def moran_over_zonings(flags: Flags, *, zonings: int = ZONINGS, seed: int = 0) -> pd.DataFrame:
    """Return Moran's I of every indicator beside its range over other zonings.

    Parameters
    ----------
    flags
        Result of :func:`sozialraum.flags.flag`.
    zonings, seed
        See :func:`sozialraum.flags.zoning.kept_shares`.

    Returns
    -------
    DataFrame
        One row an indicator: `indicator`, `date`, `global_moran` of the areas, `lowest` and
        `highest` of the zonings. Zones are about twice as large as areas; a value that
        moves a lot says that the pattern has the size of single areas.

    References
    ----------
    Openshaw, *The Modifiable Areal Unit Problem*, 1984.

    Examples
    --------
    ::

        moran_over_zonings(flag(release))
    """
    areas = flags.release.areas.loc[flags.areas.index].sort_index()
    graph = touching(areas)
    dates = flags.table.groupby(schema.INDICATOR, sort=False)[schema.DATE].first()
    rows = []
    for name, date in dates.items():
        one = sample(flags.release, str(name), str(date), areas.index, graph)
        units = areas.loc[one.areas, schema.MUNICIPALITY].to_numpy()
        low, high = statistic_range(
            one.count, one.base, one.adjacency, units, _moran(one), zonings=zonings, seed=seed
        )
        rows.append((name, date, flags.global_moran[str(name)], low, high))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _moran(one: Sample) -> Find[float]:
    """Return what computes Moran's I of zones as it is computed of areas."""

    def statistic(count: np.ndarray, base: np.ndarray, adjacency: csr_array) -> float:
        zones = pd.RangeIndex(len(count))
        rates = funnel(count, base)
        return global_moran(
            replace(one, areas=zones, count=count, base=base, funnel=rates, graph=adjacency)
        )

    return statistic
