"""Time series over reforms of areas, from published releases only.

Everything here is made of numbers that are published and of a population that is public.
Whoever has both can do the same, so nothing hidden can be learnt from it. An estimate that
looks like a number below a threshold is not shown all the same: readers would take it for one.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import StatisticsError
from sozialraum.index.carried import (
    MEANING,
    Partition,
    carried,
    check_audiences,
    check_meaning,
    partitions,
    public_weights,
)
from sozialraum.methods.crosswalk import NONE, Crosswalk, common_coarsening, crosswalk
from sozialraum.methods.pooling import window_years
from sozialraum.model import Indicator, Release, Source
from sozialraum.model.definitions import SeriesBreak

BACKCAST_COLUMNS = (
    *(schema.AREA_ID, schema.INDICATOR, schema.DATE),
    *("numerator", "denominator", "value", "state", "share_estimated"),
)
SERIES_COLUMNS = (*BACKCAST_COLUMNS, "edition", "break_")
CHOICES = ("stable", "common", "backcast")
JOIN = "+"
"""Between the ids of areas that only together are the same in all releases."""


def backcast_release(
    earlier: Release,
    later: Release,
    *,
    weights: pd.Series,
    source: Source,
    indicators: Sequence[str] | None = None,
    geography: str = schema.AREAS_LEVEL,
) -> pd.DataFrame:
    """Return what an earlier release says, on the areas of a later one.

    Parameters
    ----------
    earlier, later
        Releases for the same readers that say which blocks their areas hold.
    weights
        Population of every block, indexed by `block_id`, from a public source.
    source
        Where it comes from; a confidential source is refused.
    indicators
        Ids; all that count the same in both releases when omitted.
    geography
        Which set of areas.

    Returns
    -------
    DataFrame
        Columns :data:`BACKCAST_COLUMNS`, one row an area of `later` × indicator × date of
        `earlier`. Counts of areas that lie in one new area are carried over as they are
        (`share_estimated` 0); those of areas that were split are shared out by population,
        in whole numbers that add up to them. A part that is not published makes the whole
        not published. Estimates below the stricter of both policies' thresholds are
        hidden.

    Raises
    ------
    StatisticsError
        A release does not say which blocks its areas hold, or blocks lack a weight.
    IndicatorError
        An indicator asked for is missing or counts something else.
    DisclosureError
        The weights are confidential, or the releases are for different readers.
    """
    both = (earlier, later)
    check_audiences(both)
    blocks, (before, after) = partitions(both, geography)
    people = public_weights(weights, source, blocks, both)
    walk = _walk(people, before, after.codes, len(after.ids))
    named = (before.ids, after.ids)
    policies = [release.policy for release in both]
    tables = [
        carried(earlier, one, date, walk, named, geography=geography, policies=policies)
        for one in _shared(earlier, later, indicators)
        for date in earlier.dates(one.id)
    ]
    if not tables:
        return pd.DataFrame(columns=list(BACKCAST_COLUMNS))
    return pd.concat(tables, ignore_index=True)


def series(
    releases: Release | Sequence[Release],
    indicator: str,
    *,
    areas: Literal["stable", "common", "backcast"] = "stable",
    weights: pd.Series | None = None,
    source: Source | None = None,
    geography: str = schema.AREAS_LEVEL,
) -> pd.DataFrame:
    """Return one indicator over all dates of one or more releases, on areas that compare.

    Parameters
    ----------
    releases
        One release, or several of the same county, oldest first. A date that several have
        is taken from the latest of them.
    indicator
        Id.
    areas
        ``"stable"``: areas of the latest release that hold the same blocks in all;
        ``"common"``: the finest unions of areas that do, named ``"A+B"``;
        ``"backcast"``: all areas of the latest release, with estimates before a reform.
    weights, source
        Public population of the blocks, for ``"backcast"`` over several releases; see
        :func:`backcast_release`.
    geography
        Which set of areas.

    Returns
    -------
    DataFrame
        Columns :data:`SERIES_COLUMNS`, by area and date. `edition` is the position of the
        release a row comes from. `break_` is ``"block"`` or ``"mark"`` where a break of the
        series lies between the date before and this one, else ``""``. Pooled years of
        different releases that overlap are left out, the latest kept.

    Raises
    ------
    StatisticsError
        `areas` is unknown, weights are missing, or a release does not say which blocks its
        areas hold.
    IndicatorError
        The indicator is missing, or counts something else in one of the releases.
    DisclosureError
        The weights are confidential, or the releases are for different readers.
    """
    listed = (releases,) if isinstance(releases, Release) else tuple(releases)
    if areas not in CHOICES or not listed:
        raise StatisticsError("series.unknown_areas", ids=[areas], known=", ".join(CHOICES))
    check_audiences(listed)
    check_meaning(indicator, listed)
    own = listed[-1].indicator(indicator)
    walks, named = _walks(listed, areas, geography, (weights, source))
    policies = [release.policy for release in listed]
    tables = []
    for date, edition in _editions(listed, own):
        release, (walk, ids) = listed[edition], walks[edition]
        table = carried(
            *(release, release.indicator(indicator), date, walk, (ids, named)),
            geography=geography,
            policies=policies,
        )
        tables.append(table.assign(edition=edition))
    if not tables:
        return pd.DataFrame(columns=list(SERIES_COLUMNS))
    found = pd.concat(tables, ignore_index=True)
    found["break_"] = found[schema.DATE].map(_marks(own, sorted(found[schema.DATE].unique())))
    order = [schema.AREA_ID, schema.DATE]
    return found[list(SERIES_COLUMNS)].sort_values(order, kind="stable", ignore_index=True)


def breaks_between(indicator: Indicator, start: str, end: str) -> tuple[SeriesBreak, ...]:
    """Return the breaks of a series after one date, up to and including another.

    Examples
    --------
    >>> broken = Indicator("a", "a", None, "a", "a", series_breaks=(SeriesBreak("2023-01-01"),))
    >>> [one.date for one in breaks_between(broken, "2022-12-31", "2023-12-31")]
    ['2023-01-01']
    """
    return tuple(one for one in indicator.series_breaks if start < one.date <= end)


def _shared(earlier: Release, later: Release, wanted: Sequence[str] | None) -> list[Indicator]:
    if wanted is not None:
        for name in wanted:
            check_meaning(name, (earlier, later))
        return [earlier.indicator(name) for name in wanted]
    known = {one.id: one for one in later.indicators}
    both = [one for one in earlier.indicators if one.id in known]
    return [
        one
        for one in both
        if all(getattr(one, field) == getattr(known[one.id], field) for field in MEANING)
    ]


def _walk(people: np.ndarray, before: Partition, after: np.ndarray, size: int) -> Crosswalk:
    return crosswalk(people, before.codes, after, (len(before.ids), size))


def _walks(
    releases: tuple[Release, ...],
    areas: str,
    geography: str,
    public: tuple[pd.Series | None, Source | None],
) -> tuple[list[tuple[Crosswalk, tuple[str, ...]]], tuple[str, ...]]:
    """Return from the areas of every release to those of the series, and their ids."""
    if len(releases) == 1:
        here = releases[0].areas[schema.GEOGRAPHY] == geography
        ids = tuple(sorted(map(str, releases[0].areas.index[here])))
        every = np.arange(len(ids))
        return [(crosswalk(np.ones(len(ids)), every, every), ids)], ids
    blocks, parts = partitions(releases, geography)
    people = np.ones(len(blocks))
    if areas == "backcast":
        weights, source = public
        if weights is None or source is None:
            raise StatisticsError("series.no_weights")
        people = public_weights(weights, source, blocks, releases)
        after, ids = parts[-1].codes, parts[-1].ids
    else:
        after, ids = _grouped(parts, alone=areas == "stable")
    return [(_walk(people, part, after, len(ids)), part.ids) for part in parts], ids


def _grouped(parts: list[Partition], *, alone: bool) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return areas that are unions of areas in every partition, as codes and ids.

    With `alone` only those that are one area in each.
    """
    group = common_coarsening(*(part.codes for part in parts))
    held: list[list[set[int]]] = [
        [set() for _ in parts] for _ in range(int(group.max(initial=NONE)) + 1)
    ]
    for position, part in enumerate(parts):
        for number, code in zip(group.tolist(), part.codes.tolist(), strict=True):
            if NONE not in (number, code):
                held[number][position].add(code)
    single = [all(len(codes) == 1 for codes in one) for one in held]
    latest = parts[-1].ids
    names = [JOIN.join(latest[code] for code in sorted(one[-1])) for one in held]
    kept = [i for i, one in enumerate(single) if (one or not alone) and names[i]]
    kept.sort(key=lambda i: names[i])
    position = np.full(len(held) + 1, NONE)
    position[kept] = np.arange(len(kept))
    return position[group], tuple(names[i] for i in kept)


def _editions(releases: tuple[Release, ...], indicator: Indicator) -> list[tuple[str, int]]:
    """Return every date with the release it is taken from; pooled years never overlap."""
    chosen: dict[str, int] = {}
    for edition, release in enumerate(releases):
        chosen |= dict.fromkeys(release.dates(indicator.id), edition)
    kept: list[tuple[str, int]] = []
    for date in sorted(chosen, reverse=True):
        span = window_years(date, indicator.pool)
        after = window_years(kept[-1][0], indicator.pool) if kept else None
        if indicator.pool == 1 or not span or not after or span[1] < after[0]:
            kept.append((date, chosen[date]))
    return kept[::-1]


def _marks(indicator: Indicator, dates: list[str]) -> dict[str, str]:
    """Return how strong a break lies before every date."""
    found = dict.fromkeys(dates, "")
    for start, end in pairwise(dates):
        effects = {one.effect for one in breaks_between(indicator, start, end)}
        found[end] = "block" if "block" in effects else "mark" if effects else ""
    return found
