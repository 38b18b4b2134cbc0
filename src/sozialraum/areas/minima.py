"""Which minima areas must meet, and which they miss."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from sozialraum.errors import DelineationError
from sozialraum.methods.regionalise import meets
from sozialraum.model import Blocks, Policy

RESIDENTS = "residents"


def minima_of(blocks: Blocks, policy: Policy, rates: Iterable[str] = ()) -> dict[str, float]:
    """Return the minima of areas under a policy, by block variable.

    Parameters
    ----------
    blocks
        Blocks with their counts.
    policy
        `residents` is a minimum where the blocks count residents; `minima` always are.
    rates
        Block variables that are denominators of rates to be published; each must reach
        `policy.denominator`.

    Returns
    -------
    dict
        The larger value where a variable is named twice.

    Raises
    ------
    DelineationError
        There is no minimum at all, or a minimum names a variable that the blocks lack,
        that may not shape areas (rule R9), or that is incomplete.
    """
    named = [*policy.minima.items(), *((name, policy.denominator) for name in rates)]
    if RESIDENTS in blocks.counts.columns:
        named.insert(0, (RESIDENTS, policy.residents))
    minima: dict[str, float] = {}
    for name, value in named:
        if value > 0:
            minima[name] = max(float(value), minima.get(name, 0.0))
    if not minima:
        raise DelineationError("areas.no_minimum", policy=policy.name)
    _check_usable(blocks, policy, list(minima))
    return minima


def _check_usable(blocks: Blocks, policy: Policy, names: list[str]) -> None:
    """Raise unless every minimum is a complete count that may shape areas."""
    unknown = [name for name in names if name not in blocks.counts.columns]
    if unknown:
        known = ", ".join(map(str, blocks.counts.columns))
        raise DelineationError("areas.unknown_minimum", ids=unknown, known=known)
    incomplete = [name for name in names if blocks.counts[name].isna().any()]
    if incomplete:
        raise DelineationError("areas.minimum_incomplete", ids=incomplete)
    forbidden = [name for name in names if name not in {*blocks.design, *policy.design}]
    if forbidden:
        raise DelineationError("areas.not_design", ids=forbidden)


def missed(totals: pd.DataFrame, minima: Mapping[str, float]) -> pd.Series:
    """Return the names of the minima that each row misses, joined by ", "; never a count.

    Examples
    --------
    >>> missed(pd.DataFrame({"residents": [90.0]}, index=["a"]), {"residents": 100.0}).to_dict()
    {'a': 'residents'}
    """
    names = np.array(list(minima), dtype=object)
    reached = meets(totals[list(minima)].to_numpy(dtype=float), np.array(list(minima.values())))
    listed = [", ".join(names[~row]) for row in reached]
    return pd.Series(listed, index=totals.index, dtype="str")
