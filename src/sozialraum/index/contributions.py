"""What every indicator contributes to the index of an area, and what would change its class."""

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import IndicatorError
from sozialraum.index.chain import Inputs, chain_of
from sozialraum.methods.contributions import class_limits, points
from sozialraum.model import Index, Release
from sozialraum.model.publishable import require_publishable

CONTRIBUTION_COLUMNS = (
    *(schema.AREA_ID, schema.INDICATOR, schema.DATE),
    *("value", "county_value", "score", "weight", "points", "numerator"),
    *("to_lower", "to_upper", "persons_lower", "persons_upper"),
    *("points_before", "change"),
)
LINEAR = ("z", "weighted", "robust", "none")
"""Standardisations in which a score moves in proportion to its value."""


def contributions(index: Index, *, since: Index | None = None) -> pd.DataFrame:
    """Return what every indicator contributes to the index of every area.

    Parameters
    ----------
    index
        From :func:`sozialraum.index.score`; only published values are looked at.
    since
        An earlier edition to compare with; the same index at the start of the dynamics
        when omitted.

    Returns
    -------
    DataFrame
        One row an area × indicator (areas without an index included, with missing
        numbers):

        * `value`, `county_value`: rate of the area as it enters the index, and published
          rate of the county;
        * `score`, `weight`: standardised value and its weight;
        * `points`: contribution in units of the index; over the indicators of an area
          they add up to its `status_index`;
        * `numerator`: persons (or cases) counted, where published;
        * `to_lower`, `to_upper`: index points to the next class below (negative) and
          above; missing where there is none;
        * `persons_lower`, `persons_upper`: by how many persons the numerator would have
          to change (negative: fewer) to reach that class if nothing else changed.
          Approximate: means and spreads of the county are kept. Missing where ranks are
          scored, where counts are not published, or where this indicator alone cannot
          do it;
        * `points_before`, `change`: points in the earlier edition and the difference;
          missing where that was made of other indicators or with other weights.

    Raises
    ------
    IndicatorError
        `since` was computed by another method.

    Examples
    --------
    Whatever the method, the points of an area are its index::

        table = contributions(index)
        table.groupby("area_id")["points"].sum(min_count=1)  # index.table["status_index"]
    """
    require_publishable(index, "contributions")
    inputs = chain_of(index)
    standing = list(inputs.chain.standing)
    own = _points(index, inputs, inputs.now)
    before = _before(index, inputs, since)
    status = index.table["status_index"].to_numpy(dtype=float)
    lower, upper = class_limits(status, inputs.chain.method.status)
    persons = _persons(inputs, status)
    cells = {
        "value": inputs.now[:, standing],
        "county_value": np.broadcast_to(_county(index), own.shape),
        "score": index.scores.to_numpy(dtype=float),
        "weight": np.broadcast_to(_weights(index, inputs), own.shape),
        "points": own,
        "numerator": inputs.numerators[:, standing],
        "to_lower": np.broadcast_to((lower - status)[:, None], own.shape),
        "to_upper": np.broadcast_to((upper - status)[:, None], own.shape),
        "persons_lower": _whole((lower - status)[:, None] * persons, inputs),
        "persons_upper": _whole((upper - status)[:, None] * persons, inputs),
        "points_before": before,
        "change": own - before,
    }
    areas, ids = index.table.index, list(index.indicators)
    frame = pd.DataFrame({name: values.ravel() for name, values in cells.items()})
    frame[schema.AREA_ID] = np.repeat(areas.to_numpy(dtype=object), len(ids))
    frame[schema.INDICATOR] = np.tile(np.array(ids, dtype=object), len(areas))
    frame[schema.DATE] = index.date
    return frame[list(CONTRIBUTION_COLUMNS)]


def _points(index: Index, inputs: Inputs, rates: np.ndarray) -> np.ndarray:
    return points(inputs.chain.status(rates), restandardise=index.method.restandardise)


def _weights(index: Index, inputs: Inputs) -> np.ndarray:
    if index.weights:
        return np.array([index.weights[name] for name in index.indicators])
    return inputs.chain.status(inputs.now).weights


def _before(index: Index, inputs: Inputs, since: Index | None) -> np.ndarray:
    """Return the points of an earlier edition in the shape of this one; NaN without one."""
    shape = len(index.table), len(index.indicators)
    nothing = np.full(shape, np.nan)
    if since is None:
        start = inputs.before[:, list(inputs.chain.standing)]
        complete = start[~np.isnan(start).any(axis=1)]
        if len(complete) < 2 or (np.ptp(complete, axis=0) == 0).any():
            return nothing
        return _points(index, inputs, inputs.before)
    if since.method.id != index.method.id:
        raise IndicatorError("explain.other_method", ids=[since.method.id, index.method.id])
    if set(since.indicators) != set(index.indicators):
        return nothing
    earlier = chain_of(since)
    found = pd.DataFrame(
        _points(since, earlier, earlier.now), index=since.table.index, columns=since.indicators
    )
    wanted = found.reindex(index=index.table.index, columns=list(index.indicators))
    return wanted.to_numpy(dtype=float)


def _county(index: Index) -> np.ndarray:
    """Return the published rate of the county, NaN where there is none."""
    return np.array([county_value(index.release, name, index.date) for name in index.indicators])


def county_value(release: Release, indicator: str, date: str) -> float:
    """Return the published rate of the county, unrounded where counts are published."""
    frame = release.frame(indicator, date, schema.COUNTY_LEVEL)
    if len(frame) != 1:
        return np.nan
    row = frame.iloc[0]
    if pd.notna(row["denominator"]) and row["denominator"] > 0:
        return release.indicator(indicator).per * row["numerator"] / row["denominator"]
    return float(row["value"]) if pd.notna(row["value"]) else np.nan


def _persons(inputs: Inputs, status: np.ndarray) -> np.ndarray:
    """Return persons per point of the index, (areas, indicators); NaN where unknown."""
    chain, standing = inputs.chain, list(inputs.chain.standing)
    found = chain.status(inputs.now)
    nothing = np.full(found.scores.shape, np.nan)
    if chain.method.standardise not in LINEAR:
        return nothing
    known = ~np.isnan(status)
    values, scores = inputs.now[known][:, standing], found.scores[known]
    complete = np.where(np.isnan(values).any(axis=1)[:, None], np.nan, values)
    spread = np.nanmax(complete, axis=0) - np.nanmin(complete, axis=0)
    full = ~np.isnan(complete).any(axis=1)
    unit = np.ptp(scores[full], axis=0) / spread * chain.orientation[standing]
    total = found.total[known].std() if chain.method.restandardise else 1.0
    slope = found.weights * unit / total
    base = np.where(
        [chain.indicators[k].is_rate for k in standing],
        inputs.denominators[:, standing] / chain.per[standing],
        1.0,
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        per_point = base / (slope * _own_part(inputs))
    return np.where(np.isfinite(per_point) & known[:, None], per_point, np.nan)


def _own_part(inputs: Inputs) -> np.ndarray:
    """Return how far a rate follows its own numerator: less than 1 where it is shrunk."""
    standing = list(inputs.chain.standing)
    parts = np.ones((len(inputs.now), len(standing)))
    if inputs.chain.method.rates != "shrunk":
        return parts
    from sozialraum.methods.smoothing import empirical_bayes

    for place, k in enumerate(standing):
        above, below = inputs.numerators[:, k], inputs.denominators[:, k]
        if inputs.chain.indicators[k].is_rate and not np.isnan(above).all():
            parts[:, place] = empirical_bayes(above, below).weight
    return parts


def _whole(persons: np.ndarray, inputs: Inputs) -> np.ndarray:
    """Return whole persons away from 0; NaN where the numerator cannot change that far."""
    standing = list(inputs.chain.standing)
    rounded = np.sign(persons) * np.ceil(np.abs(persons) - 1e-9)
    after = inputs.numerators[:, standing] + rounded
    rated = np.array([inputs.chain.indicators[k].is_rate for k in standing])
    ceiling = np.where(rated, inputs.denominators[:, standing], np.inf)
    with np.errstate(invalid="ignore"):
        return np.where((after >= 0) & (after <= ceiling), rounded, np.nan)
