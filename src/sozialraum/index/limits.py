"""What a reader knows about values that a release hides: limits, from the release alone."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.index.chain import Inputs
from sozialraum.index.values import Published
from sozialraum.model import Index, Indicator, Release
from sozialraum.schema import State

HIDDEN = (str(State.SUPPRESSED), str(State.NOT_RELEASED))


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Limits of the counts behind an index; published ones are known exactly.

    All arrays are (areas, indicators): areas of `areas`, indicators of the status.

    Parameters
    ----------
    areas
        Areas whose values are all published or hidden; those with values that nobody
        delivered take no part.
    hidden
        True where the value is hidden.
    rates
        Published rates, NaN where hidden.
    most
        Largest possible numerator.
    base_low, base_high
        Limits of the denominator; infinite above where nothing is known.
    group, left, base_left
        Position of the municipality of every area, and what the published areas leave of
        its totals of numerators and denominators (municipalities, indicators); infinite
        where the total is not published.
    """

    areas: pd.Index
    hidden: np.ndarray
    rates: np.ndarray
    most: np.ndarray
    base_low: np.ndarray
    base_high: np.ndarray
    group: np.ndarray
    left: np.ndarray
    base_left: np.ndarray

    def box(self, indicators: tuple[Indicator, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Return the lowest and highest rate of every cell, per ``Indicator.per``.

        Whoever is counted is taken to be among those below the line.
        """
        rated = np.array([i.is_rate for i in indicators])
        per = np.array([i.per if i.is_rate else 1 for i in indicators], dtype=float)
        highest = np.where(rated, np.minimum(self.most / self.base_low, 1.0), self.most) * per
        low = np.where(self.hidden, 0.0, self.rates)
        return low, np.where(self.hidden, highest, self.rates)


def limits_of(index: Index, inputs: Inputs) -> Limits:
    """Return what the release of an index tells about the values it hides.

    A hidden numerator is at least 0 and at most its denominator, where another indicator
    shows it, and at most what the published areas leave of the municipality's total. The
    mark does not tell whether a count is small or hidden to protect others, so that the
    minimum count of the policy narrows nothing. Where counts are rounded, totals are not
    used.
    """
    standing = list(inputs.chain.standing)
    indicators = tuple(inputs.chain.indicators[k] for k in standing)
    states = _states(index, indicators)
    rates, hidden = inputs.now[:, standing], np.isin(states, HIDDEN)
    kept = (hidden | ~np.isnan(rates)).all(axis=1)
    kept &= (index.table["state"] != State.EXCLUDED).to_numpy()
    areas = index.table.index[kept]
    units = index.release.areas.loc[areas, schema.MUNICIPALITY].to_numpy(dtype=object)
    names, group = np.unique(units.astype(str), return_inverse=True)
    left = [_left(index, indicator, names) for indicator in indicators]
    above = np.stack([pair[0] for pair in left], axis=1)
    below = np.stack([pair[1] for pair in left], axis=1)
    low, high = _bases(index, indicators, areas)
    high = np.minimum(high, np.maximum(below[group], low))
    hidden = hidden[kept]
    most = np.minimum(above[group], high)
    return Limits(areas, hidden, rates[kept], most, low, high, group, above, below)


def _states(index: Index, indicators: tuple[Indicator, ...]) -> np.ndarray:
    frames = [index.release.frame(i.id, index.date)["state"] for i in indicators]
    columns = [frame.reindex(index.table.index).astype(str).to_numpy() for frame in frames]
    return np.column_stack(columns)


def _left(index: Index, indicator: Indicator, names: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what published areas leave of municipal numerators and denominators."""
    release = index.release
    nothing = np.full(len(names), np.inf)
    if release.policy.protection.changes:
        return nothing, nothing
    frames = [
        release.frame(indicator.id, index.date, level)
        for level in (schema.MUNICIPALITY_LEVEL, schema.AREAS_LEVEL)
    ]
    total = frames[0].reindex(names)
    seen = frames[1].groupby(schema.MUNICIPALITY)[["numerator", "denominator"]].sum()
    rest = [
        (total[side] - seen[side].reindex(names).fillna(0.0)).to_numpy(dtype=float)
        for side in ("numerator", "denominator")
    ]
    above, below = (np.where(np.isnan(r), np.inf, np.maximum(r, 0.0)) for r in rest)
    return above, below


def _bases(
    index: Index, indicators: tuple[Indicator, ...], areas: pd.Index
) -> tuple[np.ndarray, np.ndarray]:
    """Return limits of denominators: another indicator may show the same count."""
    known = _counts(index.release, index.date, areas)
    shift = index.release.policy.protection.largest
    low, high = [], []
    for indicator in indicators:
        found = known.get(_key(indicator, "denominator"), np.full(len(areas), np.nan))
        low.append(np.where(np.isnan(found), 1.0, np.maximum(found - shift, 1.0)))
        high.append(np.where(np.isnan(found), np.inf, found + shift))
    return np.stack(low, axis=1), np.stack(high, axis=1)


def _counts(release: Release, date: str, areas: pd.Index) -> dict[object, np.ndarray]:
    """Return every published count of the areas, by what is counted."""
    source, found = Published.of(release, areas), {}
    for indicator in release.indicators:
        if not source.has(date, indicator.id):
            continue
        columns = source.columns[date, indicator.id]
        for place, side in enumerate(("numerator", "denominator")):
            key = _key(indicator, side)
            before = found.get(key, np.full(len(areas), np.nan))
            found[key] = np.where(np.isnan(before), columns[:, place], before)
    return found


def _key(indicator: Indicator, side: str) -> object:
    """Return what is counted: variable, date and number of years."""
    if side == "numerator":
        return indicator.numerator, "same", indicator.pool
    return indicator.denominator, indicator.denominator_date, indicator.pool
