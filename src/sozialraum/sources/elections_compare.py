"""Which districts of two elections are the same: by their shapes, never by number alone.

Municipalities redraw and renumber their districts from election to election. Equal numbers
therefore prove nothing; only shapes do.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import shapely

from sozialraum.errors import SourceError
from sozialraum.model import Delivery, Layer

SAME, CHANGED, RENUMBERED, GONE = "same", "changed", "renumbered", "gone"
TOLERANCE = 0.01
"""Share of its area by which a district may differ and still be the same."""


def same_districts(
    old: Delivery,
    new: Delivery,
    *,
    old_shapes: Layer | None = None,
    new_shapes: Layer | None = None,
    tolerance: float = TOLERANCE,
) -> pd.DataFrame:
    """Return which districts of two elections may be compared.

    Parameters
    ----------
    old, new
        Results of two elections.
    old_shapes, new_shapes
        Shapes of the districts of either election, with the keys of the results.
    tolerance
        Share of the united area of two districts by which they may differ.

    Returns
    -------
    DataFrame
        Indexed by the key in `old`; ``key_new``, ``overlap`` (area of both over area of
        either, 0 to 1) and ``state``: ``"same"``, ``"changed"`` (same number, other area),
        ``"renumbered"`` (other number, same area), ``"gone"``. Districts that are new have
        no row. Only ``"same"`` and ``"renumbered"`` ones may be joined.

    Raises
    ------
    SourceError
        The elections are of different days and shapes are missing; districts have no shape.
    """
    days = old.dates, new.dates
    if old_shapes is None or new_shapes is None:
        if days[0] != days[1]:
            told = ", ".join(days[0]), ", ".join(days[1])
            raise SourceError("elections.different_days", old=told[0], new=told[1])
        keys = pd.Index(_keys(old), name="key_old")
        state = np.where(keys.isin(_keys(new)), SAME, GONE)
        return pd.DataFrame({"key_new": keys, "overlap": np.nan, "state": state}, index=keys)
    return _matched(old_shapes, new_shapes, tolerance)


def check_one_election(name: str, read: Sequence[Delivery]) -> None:
    """Raise for a delivery of several elections: its districts would be joined by number.

    Raises
    ------
    SourceError
        Names the days of the elections.
    """
    days = sorted({day for one in read for day in one.dates})
    if len(days) > 1:
        raise SourceError("elections.several_elections", ids=days, delivery=name)


def _keys(delivery: Delivery) -> list[str]:
    table = delivery.table
    return sorted(table.loc[table["level"] == "area", "key"].unique())


def _matched(old: Layer, new: Layer, tolerance: float) -> pd.DataFrame:
    """Return the best match of every old district among the new ones."""
    left = old.frame.geometry
    right = new.frame.geometry
    if left.crs is not None and left.crs != right.crs:
        right = right.to_crs(left.crs)
    pairs = shapely.STRtree(right.to_numpy()).query(left.to_numpy(), predicate="intersects")
    mine, theirs = left.to_numpy()[pairs[0]], right.to_numpy()[pairs[1]]
    both = shapely.area(shapely.intersection(mine, theirs))
    either = shapely.area(mine) + shapely.area(theirs) - both
    found = pd.DataFrame(
        {"old": left.index[pairs[0]], "key_new": right.index[pairs[1]], "overlap": both / either}
    )
    best = found.sort_values(["overlap", "key_new"], ascending=[False, True])
    best = best.drop_duplicates("old").set_index("old").reindex(left.index)
    equal = best["overlap"].fillna(0) >= 1 - tolerance
    named = best.index == best["key_new"]
    kept = best.index.isin(right.index)
    state = np.select([equal & named, equal, kept], [SAME, RENUMBERED, CHANGED], default=GONE)
    best = best.assign(state=state)
    best.loc[best["state"] == GONE, "key_new"] = None
    return best.rename_axis("key_old")
