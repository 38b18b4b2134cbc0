"""Published counts carried from the areas of one release to other areas."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import DisclosureError, IndicatorError, StatisticsError
from sozialraum.methods.crosswalk import Crosswalk, backcast
from sozialraum.methods.rounding import rounded_rate
from sozialraum.model import Indicator, Policy, Release, Source
from sozialraum.schema import State

MEANING = ("numerator", "denominator", "denominator_date", "per", "pool")
"""What of an indicator must be the same for its numbers to be one series."""
HIDDEN_FIRST = [str(state) for state in schema.PUBLIC_STATES if state != State.VALUE]
_WORST = {state: code for code, state in enumerate([*HIDDEN_FIRST, str(State.VALUE)])}
_NUMBERS = ["numerator", "denominator", "value"]


@dataclass(frozen=True, slots=True)
class Partition:
    """Which of its areas every block lies in: codes into sorted ids, -1 for none."""

    codes: np.ndarray
    ids: tuple[str, ...]


def partitions(releases: Sequence[Release], geography: str) -> tuple[pd.Index, list[Partition]]:
    """Return the blocks of several releases, and the partition of each.

    Raises
    ------
    StatisticsError
        A release does not say which blocks its areas hold.
    """
    found = []
    for release in releases:
        member = release.membership
        if member is None or geography not in member.columns:
            raise StatisticsError("series.no_membership", ids=[release.title], what=geography)
        found.append(member[geography])
    names = sorted({str(block) for member in found for block in member.index})
    blocks = pd.Index(names, name=schema.BLOCK_ID)
    parts = []
    for member in found:
        named = member.reindex(blocks).fillna("").astype(str).to_numpy(dtype=object)
        ids = tuple(sorted(set(named) - {""}))
        parts.append(Partition(pd.Index(ids).get_indexer(pd.Index(named)), ids))
    return blocks, parts


def check_audiences(releases: Sequence[Release]) -> None:
    """Raise unless all releases are for the same readers: what narrow ones see stays there."""
    audiences = sorted({release.audience for release in releases})
    if len(audiences) > 1:
        raise DisclosureError("series.audiences", ids=audiences)


def check_meaning(indicator: str, releases: Sequence[Release]) -> None:
    """Raise unless an indicator counts the same in all releases."""
    own = [release.indicator(indicator) for release in releases]
    differing = [name for name in MEANING if len({getattr(one, name) for one in own}) > 1]
    if differing:
        raise IndicatorError("series.meaning", ids=[indicator], fields=", ".join(differing))


def public_weights(
    weights: pd.Series, source: Source, blocks: pd.Index, releases: Sequence[Release]
) -> np.ndarray:
    """Return the population of every block; refuse one that must not leave the house.

    Whoever sees a split count and its pieces sees the shares of the population: they must
    be public themselves.
    """
    closed = {(s.provider, s.title) for r in releases for s in r.sources if s.confidential}
    if source.confidential or (source.provider, source.title) in closed:
        raise DisclosureError("series.weights_confidential", ids=[source.title])
    schema.check_keys(weights.index, "weights")
    people = weights.reindex(blocks).to_numpy(dtype=float, na_value=np.nan)
    lacking = np.isnan(people) | (people < 0) | np.isinf(people)
    if lacking.any():
        raise StatisticsError("series.weights_missing", ids=blocks[lacking])
    return people


def carried(
    release: Release,
    indicator: Indicator,
    date: str,
    walk: Crosswalk,
    names: tuple[Sequence[str], Sequence[str]],
    *,
    geography: str,
    policies: Sequence[Policy],
) -> pd.DataFrame:
    """Return the published counts of one indicator and date on other areas.

    Parameters
    ----------
    release, indicator, date, geography
        Published counts.
    walk
        From areas of the release to other areas.
    names
        Ids of the areas of the release and of the other areas, in the order of `walk`.
    policies
        Estimates that their thresholds would hide are hidden.

    Returns
    -------
    DataFrame
        One row an area: `area_id`, `indicator`, `date`, `numerator`, `denominator`,
        `value`, `state`, `share_estimated`.
    """
    old, new = names
    frame = release.frame(indicator.id, date, geography).reindex(list(old))
    states = frame["state"].fillna(State.NOT_DELIVERED).astype(str).to_numpy(dtype=object)
    counts, share = _on(frame["numerator"], walk)
    bases = np.full(len(new), np.nan)
    if indicator.is_rate:
        bases, based = _on(frame["denominator"], walk)
        share = np.where(np.isnan(based), np.nan, share)
    state = _states(states, walk, ~np.isnan(share))
    estimated = (state == State.VALUE) & (share > 0)
    hidden = estimated & _below(counts, bases, indicator, policies)
    state[hidden] = str(State.SUPPRESSED)
    state[(state == State.VALUE) & (bases == 0)] = str(State.NOT_APPLICABLE)
    value = _values(counts, bases, state, indicator, policies)
    table = pd.DataFrame(
        {
            schema.AREA_ID: list(new),
            schema.INDICATOR: indicator.id,
            schema.DATE: date,
            "numerator": counts,
            "denominator": bases,
            "value": value,
            "state": state,
            "share_estimated": share,
        }
    )
    told = state == State.VALUE
    table.loc[~told, [*_NUMBERS, "share_estimated"]] = np.nan
    return table


def _on(column: pd.Series, walk: Crosswalk) -> tuple[np.ndarray, np.ndarray]:
    numbers = column.to_numpy(dtype=float, na_value=np.nan)
    return backcast(numbers, walk, whole=True)


def _states(states: np.ndarray, walk: Crosswalk, known: np.ndarray) -> np.ndarray:
    """Return the state of every new area: a value, or the first reason of a part."""
    codes = np.array([_WORST[state] for state in states], dtype=np.int64)
    worst = np.full(walk.shape[1], _WORST[str(State.VALUE)])
    np.minimum.at(worst, walk.new, codes[walk.old])
    labels = np.array(list(_WORST), dtype=object)[worst]
    labels[(labels == State.VALUE) & ~known] = str(State.NOT_DELIVERED)
    return labels


def _below(
    counts: np.ndarray, bases: np.ndarray, indicator: Indicator, policies: Sequence[Policy]
) -> np.ndarray:
    """Return where an estimate looks like a number that a policy would not show."""
    limits = [p.effective(indicator.sensitivity, zero=indicator.zero_sensitive) for p in policies]
    k = max(limit.k for limit in limits)
    nobody = any(limit.zero for limit in limits)
    smallest = max(policy.denominator for policy in policies)
    below = (counts < k) & ((counts > 0) | nobody)
    if indicator.is_rate:
        rest = bases - counts
        below |= (bases < smallest) | ((rest < k) & (rest != 0)) | (nobody & (rest == 0))
    return below


def _values(
    counts: np.ndarray,
    bases: np.ndarray,
    state: np.ndarray,
    indicator: Indicator,
    policies: Sequence[Policy],
) -> np.ndarray:
    if not indicator.is_rate:
        return counts.copy()
    told = state == State.VALUE
    base = np.where(told, bases, 1)
    count = np.where(told, np.minimum(counts, bases), 0)
    coarse = max(policy.coarse_below for policy in policies)
    return rounded_rate(count, base, indicator.per, coarse=coarse)
