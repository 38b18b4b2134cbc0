"""How firm a finding is in words, and what it says of an area."""

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.model.judged import HIGH, LOW, MIXED, RISING, WAYS
from sozialraum.schema import FIRM, FLAGGED, Grade

NOTABLE, HINT = 0.005, 0.05


def grades(table: pd.DataFrame, rate: float) -> np.ndarray:
    """Return the grade of every row; without neighbours the rate alone may still speak."""
    p, q, neighbours = (table[name].to_numpy(dtype=float) for name in ("p", "q", "neighbours"))
    cases = [np.isnan(neighbours), q <= rate, p <= NOTABLE, p <= HINT, neighbours == 0]
    grades = (Grade.NOT_PUBLISHED, *FLAGGED, Grade.NO_NEIGHBOURS)
    return np.select(cases, [str(g) for g in grades], str(Grade.NONE)).astype(object)


def ways(table: pd.DataFrame) -> np.ndarray:
    """Return the direction of every row: that of the statistic that speaks loudest.

    A neighbourhood that stands out makes an area high or low only if its own rate lies on
    the same side of the usual one.
    """
    own = np.where(table["z"] > 0, HIGH, LOW)
    around = np.where(table["gi_star"] > 0, HIGH, LOW)
    alike = table["quadrant"].map({"high-high": HIGH, "low-low": LOW}).fillna(MIXED)
    cases = [table["evidence"] == "rate", table["evidence"] == "gi_star"]
    together = np.where(own == around, own, MIXED)
    return np.select(cases, [own, together], alike).astype(object)


def strongest(table: pd.DataFrame, warnings: pd.DataFrame, areas: pd.Index) -> pd.DataFrame:
    """Return the strongest grade of every area, its direction, what is behind it, its warning.

    Burdens come first where the same grade stands for several directions: nobody should
    overlook one because something else is good. An area stands out again when one of its
    indicators does: it is as firm as the firmest of these, at least.
    """
    grade = table["grade"].map({str(one): i for i, one in enumerate(Grade)})
    way = pd.Series(ways(table), index=table.index)
    rank = len(WAYS) * grade + way.map({one: i for i, one in enumerate(WAYS)})
    area = table[schema.AREA_ID]
    best = table[rank == rank.groupby(area).transform("min")].assign(direction=way)
    first = best.groupby(schema.AREA_ID)
    behind = best[best["grade"].isin(FLAGGED)].groupby(schema.AREA_ID)
    columns = {
        "grade": first["grade"].first(),
        "direction": behind["direction"].first(),
        "indicators": behind[schema.INDICATOR].agg(", ".join),
        "stability": behind["stability"].max(),
        "kept": behind["kept"].max(),
    }
    found = pd.DataFrame(columns).reindex(areas).rename_axis(schema.AREA_ID)
    found[["direction", "indicators"]] = found[["direction", "indicators"]].fillna("")
    return found.assign(warning=_warned(warnings, areas))


def _warned(warnings: pd.DataFrame, areas: pd.Index) -> list[str]:
    """Return the direction of the strongest early warning of every area, ``""`` without one.

    Only confirmed and notable warnings count; the smaller p is the stronger one, and a
    growing burden comes first where two are alike.
    """
    firm = warnings[warnings["grade"].isin(FIRM)]
    order = firm.assign(rises=firm["direction"] == RISING).sort_values(
        ["p", "rises"], ascending=[True, False], kind="stable"
    )
    first = order.drop_duplicates(schema.AREA_ID).set_index(schema.AREA_ID)["direction"]
    return [str(first.get(area, "")) for area in areas]
