"""Status and dynamics of areas, computed from a release only."""

from collections.abc import Sequence
from datetime import date as day

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import IndicatorError, StatisticsError
from sozialraum.index.methods import PRESETS
from sozialraum.index.methods import preset as read_preset
from sozialraum.methods.composite import (
    Composite,
    dynamics_classes,
    equal_weight_index,
    status_classes,
)
from sozialraum.model import Index, Indicator, Release
from sozialraum.model.publishable import require_publishable
from sozialraum.schema import State


def score(
    release: Release,
    *,
    preset: str = "mss",
    indicators: Sequence[str] | None = None,
    date: str | None = None,
    years: int = 2,
) -> Index:
    """Return the index of every area: how burdened it is, and how that is changing.

    Parameters
    ----------
    release
        Published values; nothing else is looked at.
    preset
        ``"mss"``: the method of the Berlin monitoring
        (:func:`sozialraum.methods.composite.equal_weight_index`); status from the values
        at `date`, dynamics from the change since `years` years before.
    indicators
        Ids; all burdens and strengths (polarity not 0) that have values at `date` when
        omitted.
    date
        ISO date of the status; the latest that most of the indicators share when omitted.
    years
        Span of the dynamics. Indicators without values at its start enter the status only.

    Returns
    -------
    Index
        Areas in which any indicator is missing have no class, and the state of the cause.

    Raises
    ------
    IndicatorError
        An indicator asked for has no published value at `date`.
    StatisticsError
        The preset is unknown, there is no indicator to score, too few areas are complete,
        or an indicator is the same everywhere.
    """
    require_publishable(release, "score")
    if preset not in PRESETS:
        raise StatisticsError("index.unknown_preset", ids=[preset], known=", ".join(PRESETS))
    values = _values(release)
    date, chosen = _chosen(release, values, indicators or None, date or None)
    areas = release.areas.index[release.areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL]
    now = _at(values, date, areas)[[i.id for i in chosen]]
    status = _composite(now, chosen)
    start = years_before(date, years)
    moving = [i for i in chosen if _has(values, start, i.id)]
    dynamics = np.full(len(areas), np.nan)
    if moving:
        names = [i.id for i in moving]
        change = now[names] - _at(values, start, areas)[names]
        change = change.where(now.notna().all(axis=1))
        dynamics = _composite(change, moving).index
    return Index(
        release=release,
        method=read_preset(preset),
        date=date,
        start=start if moving else "",
        indicators=tuple(i.id for i in chosen),
        table=_table(areas, status, dynamics, _states(release, date, chosen, areas)),
        scores=pd.DataFrame(status.scores, index=areas, columns=[i.id for i in chosen]),
    )


def years_before(date: str, years: int) -> str:
    """Return the same day some years earlier (28 February for 29 February).

    Examples
    --------
    >>> years_before("2024-12-31", 2), years_before("2024-02-29", 2)
    ('2022-12-31', '2022-02-28')
    """
    try:
        then = day.fromisoformat(date)
    except ValueError:
        return ""
    try:
        return then.replace(year=then.year - years).isoformat()
    except ValueError:
        return then.replace(year=then.year - years, day=28).isoformat()


def _values(release: Release) -> pd.DataFrame:
    """Return unrounded published values of the small areas: (date, area) by indicator.

    Numerator and denominator are both published, so their exact ratio is as well.
    """
    table = release.table
    small = table[(table[schema.GEOGRAPHY] == schema.AREAS_LEVEL) & (table["state"] == State.VALUE)]
    per = small[schema.INDICATOR].map({i.id: i.per for i in release.indicators}).astype(float)
    ratio = per * small["numerator"] / small["denominator"]
    value = ratio.where(small["denominator"].notna(), small["value"])
    keys = [schema.DATE, schema.AREA_ID, schema.INDICATOR]
    long = small[keys].assign(value=value)
    index = [schema.DATE, schema.AREA_ID]
    return long.pivot_table("value", index=index, columns=schema.INDICATOR, aggfunc="first")


def _has(values: pd.DataFrame, date: str, indicator: str) -> bool:
    if indicator not in values.columns or date not in values.index.get_level_values(0):
        return False
    return bool(values.loc[date][indicator].notna().any())


def _chosen(
    release: Release, values: pd.DataFrame, names: Sequence[str] | None, date: str | None
) -> tuple[str, list[Indicator]]:
    """Return the date of the status and the indicators that go in."""
    if names is None:
        wanted = [indicator for indicator in release.indicators if indicator.polarity != 0]
    else:
        wanted = [release.indicator(name) for name in names]
    dates = sorted(set(values.index.get_level_values(0)))
    shared = {d: sum(_has(values, d, i.id) for i in wanted) for d in dates}
    if date is None and shared:
        date = max(dates, key=lambda d: (shared[d], d))
    present = [i for i in wanted if date is not None and _has(values, date, i.id)]
    missing = [i.id for i in wanted if i not in present]
    if names is not None and missing:
        raise IndicatorError("index.not_published", ids=missing, date=date or "")
    if not present or date is None:
        raise StatisticsError("index.nothing_to_score", date=date or "")
    return date, present


def _composite(values: pd.DataFrame, indicators: list[Indicator]) -> Composite:
    """Return the index of a table of values, naming indicators that are the same everywhere."""
    complete = values.dropna()
    if len(complete) < 2:
        raise StatisticsError("index.too_few", ids=[i.id for i in indicators])
    flat = [name for name in values.columns if np.ptp(complete[name].to_numpy()) == 0]
    if flat:
        raise StatisticsError("index.no_spread", ids=flat)
    orientation = [indicator.polarity or 1 for indicator in indicators]
    return equal_weight_index(values.to_numpy(), orientation)


def _states(
    release: Release, date: str, indicators: list[Indicator], areas: pd.Index
) -> np.ndarray:
    """Return the state of every area: a value, or why none; protected first."""
    columns = [
        release.frame(indicator.id, date)["state"].reindex(areas).astype(str)
        for indicator in indicators
    ]
    table = np.column_stack([column.to_numpy(dtype=object) for column in columns])
    result = np.full(len(areas), str(State.VALUE), dtype=object)
    order = [state for state in schema.PUBLIC_STATES if state != State.VALUE]
    for state in reversed(order):
        result[(table == str(state)).any(axis=1)] = str(state)
    return result


def _at(values: pd.DataFrame, date: str, areas: pd.Index) -> pd.DataFrame:
    return pd.DataFrame(values.xs(date, level=0)).reindex(areas)


def _table(
    areas: pd.Index, status: Composite, dynamics: np.ndarray, states: np.ndarray
) -> pd.DataFrame:
    classes, moves = status_classes(status.index), dynamics_classes(dynamics)
    both = (classes != "") & (moves != "")
    return pd.DataFrame(
        {
            "status_sum": status.total,
            "status_index": status.index,
            "status_class": classes,
            "status_stability": np.nan,
            "dynamics_index": dynamics,
            "dynamics_class": moves,
            "dynamics_stability": np.nan,
            "baseline_index": np.nan,
            "baseline_class": "",
            "group": np.where(both, classes + moves, ""),
            "state": states,
        },
        index=areas,
    )
