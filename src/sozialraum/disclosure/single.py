"""The rules for single counts, one by one: what hides a count whatever else is shown."""

import numpy as np
import pandas as pd

from sozialraum.methods.tables import FAR, Cells
from sozialraum.model import Measures, Policy


def too_small(
    measures: Measures, policy: Policy, keys: tuple[str, ...], cells: Cells
) -> dict[str, np.ndarray]:
    """Return where a place has too few people, or nobody knows how many, by rule.

    Parameters
    ----------
    measures, policy
        As for the gate.
    keys
        Ids of the places.
    cells
        Counts at these, residents and denominators among them.

    Returns
    -------
    dict
        ``"residents"``, ``"minimum"`` (the area misses one of its minima) and
        ``"denominator"`` (too small, or an estimate where too few people are known to
        live), each (tables, places).
    """
    frames = [areas.frame for areas in (measures.areas, *measures.others)]
    failing = [frame.index[~frame["passes"].to_numpy(dtype=bool)] for frame in frames]
    missed = pd.Index(keys).isin(np.concatenate(failing))
    return {
        "residents": (cells.residents < policy.residents) & (policy.residents > 0),
        "minimum": np.broadcast_to(missed, cells.base.shape),
        "denominator": (cells.base < FAR) & (cells.sure < policy.denominator),
    }


def too_telling(cells: Cells, *, changed: bool = False) -> dict[str, np.ndarray]:
    """Return where a count itself may not be shown, by rule.

    Parameters
    ----------
    cells
        Counts that are known to us.
    changed
        True where counts are changed before they are shown: then small ones may be, unless
        "nobody" is protected. Were only zeros hidden then, hiding would tell them.

    Returns
    -------
    dict
        ``"households"`` (too few behind the persons), ``"zero"`` ("nobody" is protected)
        and, unless changed, ``"count"`` (below k) and ``"rest"`` (fewer than k are left of
        the denominator), each (tables, places).
    """
    n = cells.low
    found = {"households": cells.guarded, "zero": cells.zero & (n < (cells.k if changed else 1))}
    if not changed:
        found["count"] = (n > 0) & (n < cells.k)
        found["rest"] = (n > 0) & (cells.base < FAR) & (cells.base - n < cells.k)
    return found


def allowed(cells: Cells, *, changed: bool = False) -> np.ndarray:
    """Return where the rules for single counts allow a known count to be published.

    A count n of N people: n = 0, or n ≥ k and N - n ≥ k; a protected zero is not shown,
    nor is a place that is too thin or has too few households behind the persons. Where
    counts are changed before they are shown, k is not asked for.
    """
    return ~np.logical_or.reduce([cells.thin, *too_telling(cells, changed=changed).values()])
