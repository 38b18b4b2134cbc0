"""What is known of single areas, as sentences and tables tell it; published values only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import StatisticsError
from sozialraum.flags.grades import HINT
from sozialraum.model import Flags, Indicator
from sozialraum.schema import FLAGGED, Grade, State

RATE = "rate"
"""Evidence that rests on an area's own rate, whatever its neighbours are like."""


@dataclass(frozen=True, slots=True)
class Value:
    """A published value of an area: both counts, the rate, and the county's rate.

    `count` and `base` are NaN where the rate alone is published, `county` and `county_base`
    where the county's value is not.
    """

    indicator: Indicator
    count: float
    base: float
    rate: float
    county: float
    county_base: float


@dataclass(frozen=True, slots=True)
class AreaFacts:
    """Everything that is said of one area.

    Parameters
    ----------
    area
        Its id.
    grade, direction
        As in ``Flags.areas``.
    leading, others
        Published values behind the finding, strongest first, and the remaining ones that
        were tested.
    untested
        Published values of which no test could be made.
    hidden
        Indicators that were looked at and have no published value here.
    stability, kept
        As in ``Flags.areas``; NaN where they are not known.
    around
        True if the finding rests on the neighbourhood, False if on the own rates alone.
    apart
        True if one of the own rates behind the finding lies apart from the usual by itself.
    knn
        True if the finding stays with the six nearest areas as neighbours; None where
        that is not known or does not matter.
    status, status_stability
        Class of the index and how often it holds; ``""`` and NaN without one.
    warning
        As in ``Flags.areas``.
    moving
        The strongest early warning in that direction, a row of ``Flags.warnings``; None
        without one.
    """

    area: str
    grade: Grade
    direction: str
    leading: tuple[Value, ...]
    others: tuple[Value, ...]
    untested: tuple[Value, ...]
    hidden: tuple[Indicator, ...]
    stability: float
    kept: float
    around: bool
    apart: bool
    knn: bool | None
    status: str
    status_stability: float
    warning: str
    moving: dict[Any, Any] | None


def area_facts(flags: Flags, areas: Sequence[str] | None = None) -> Iterator[AreaFacts]:
    """Yield what is known of areas; of all of them, in the order of ``Flags.areas``, when omitted.

    Raises
    ------
    StatisticsError
        There is no such area.
    """
    chosen = [str(area) for area in (flags.areas.index if areas is None else areas)]
    unknown = [area for area in chosen if area not in flags.areas.index]
    if unknown:
        raise StatisticsError("flags.unknown_area", ids=unknown)
    table = flags.table[flags.table[schema.AREA_ID].isin(chosen)]
    rows: dict[str, list[dict[Any, Any]]] = {area: [] for area in chosen}
    for row in table.to_dict("records"):
        rows[str(row[schema.AREA_ID])].append(row)
    values = _published(flags)
    judged = flags.areas.loc[chosen].to_dict("records")
    moving = _moving(flags)
    for area, summary in zip(chosen, judged, strict=True):
        moves = moving.get((area, str(summary["warning"])))
        yield _facts(flags, area, summary, rows[area], values, moves)


def _moving(flags: Flags) -> dict[tuple[str, str], dict[Any, Any]]:
    """Return the strongest early warning of every area and direction."""
    warned = flags.warnings[flags.warnings["grade"].isin(FLAGGED)]
    ranks = warned["grade"].map({str(grade): i for i, grade in enumerate(FLAGGED)})
    order = warned.assign(rank=ranks).sort_values(["rank", "p"], kind="stable", ascending=False)
    rows = order[list(flags.warnings.columns)].to_dict("records")
    # later rows, the stronger ones, take the place of earlier ones
    return {(str(row[schema.AREA_ID]), str(row["direction"])): row for row in rows}


def _published(flags: Flags) -> dict[str, dict[str, Value]]:
    """Return the published values by indicator and area."""
    found = {}
    dates = flags.table.groupby(schema.INDICATOR, sort=False)[schema.DATE].first()
    for name, date in dates.items():
        indicator = flags.release.indicator(str(name))
        frame = flags.release.frame(indicator.id, str(date))
        shown = frame[frame["state"] == State.VALUE]
        county = _of_county(flags, indicator.id, str(date))
        counts = [shown[part].tolist() for part in ("numerator", "denominator", "value")]
        rows = zip(shown.index, *counts, strict=True)
        found[indicator.id] = {
            str(area): Value(indicator, count, base, rate, *county)
            for area, count, base, rate in rows
        }
    return found


def _of_county(flags: Flags, indicator: str, date: str) -> tuple[float, float]:
    frame = flags.release.frame(indicator, date, schema.COUNTY_LEVEL)
    shown = frame[frame["state"] == State.VALUE]
    if len(shown) != 1:
        return np.nan, np.nan
    return float(shown["value"].iloc[0]), float(shown["denominator"].iloc[0])


def _facts(
    flags: Flags,
    area: str,
    summary: dict[Any, Any],
    rows: list[dict[Any, Any]],
    values: dict[str, dict[str, Value]],
    moving: dict[Any, Any] | None,
) -> AreaFacts:
    names = [name for name in str(summary["indicators"] or "").split(", ") if name]
    # the strongest evidence first; equally strong ones stay in the order of the indicators
    ranked = sorted(rows, key=lambda row: np.nan_to_num(row["p"], nan=2.0))
    behind = [row for row in ranked if row[schema.INDICATOR] in names]
    leading = [str(row[schema.INDICATOR]) for row in behind]
    order = [str(row[schema.INDICATOR]) for row in rows]
    shown = [name for name in order if area in values[name]]
    silent = {str(row[schema.INDICATOR]) for row in rows if pd.isna(row["p"])}
    around = any(row["evidence"] != RATE for row in behind)
    nearest = [row["knn_grade"] for row in behind if row["knn_grade"]]
    return AreaFacts(
        area=area,
        grade=Grade(summary["grade"]),
        direction=str(summary["direction"]),
        leading=tuple(values[name][area] for name in leading),
        others=tuple(values[name][area] for name in shown if name not in {*leading, *silent}),
        untested=tuple(values[name][area] for name in shown if name in silent),
        hidden=tuple(flags.release.indicator(name) for name in order if name not in shown),
        stability=float(summary["stability"]),
        kept=float(summary["kept"]),
        around=around,
        apart=any(row["p_rate"] <= HINT for row in behind),
        knn=any(grade in FLAGGED for grade in nearest) if around and nearest else None,
        warning=str(summary["warning"]),
        moving=moving,
        **_status(flags, area),
    )


def _status(flags: Flags, area: str) -> dict[str, Any]:
    """Return class of the index and how often it holds."""
    if flags.index is None or area not in flags.index.table.index:
        return {"status": "", "status_stability": np.nan}
    row = flags.index.table.loc[[area], ["status_class", "status_stability"]].to_dict("records")[0]
    status = "" if pd.isna(row["status_class"]) else str(row["status_class"])
    return {"status": status, "status_stability": row["status_stability"] if status else np.nan}
