"""Whom do we reach: the share of affected people who live in the areas of attention."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import IndicatorError, StatisticsError
from sozialraum.index.settlement import settlement_types
from sozialraum.index.values import residents_of, small_areas
from sozialraum.model import Flags, Index, Release
from sozialraum.model.publishable import release_of, require_publishable
from sozialraum.schema import FIRM, State

SETTLEMENT = "settlement"
LEVELS = (schema.COUNTY_LEVEL, schema.MUNICIPALITY_LEVEL, SETTLEMENT)
COVERAGE_COLUMNS = (
    *("level", "place", "name", "areas", "areas_marked", "share_areas", "share_residents"),
    *("persons", "base", "persons_marked", "share_persons", "persons_top", "share_top"),
    *("areas_hidden", "share_hidden"),
)
PUBLISHED, VISIBLE = "published total", "visible areas"


def coverage(
    marked: Index | Flags | Collection[str],
    indicator: str,
    *,
    release: Release | None = None,
    date: str | None = None,
    by: Sequence[str] = LEVELS,
    settlement: pd.Series | None = None,
) -> pd.DataFrame:
    """Return which share of the affected people live in the areas of attention.

    Parameters
    ----------
    marked
        An index (its areas of attention, see ``Method.attention``), flags (areas of high
        burden, confirmed or notable), or ids of areas.
    indicator
        Whose numerator counts the people affected.
    release
        Needed with ids of areas.
    date
        ISO date; the index's, or the latest of the indicator, when omitted.
    by
        Which rows: ``"kreis"``, ``"gemeinde"``, ``"settlement"``.
    settlement
        Settlement types by `area_id`; from
        :func:`sozialraum.index.settlement.settlement_types` when omitted. Rows by type are
        left out where the release does not tell residents.

    Returns
    -------
    DataFrame
        One row a place:

        * `areas`, `areas_marked`, `share_areas`, and `share_residents`, the share of the
          published residents who live in marked areas;
        * `persons` affected: the published total of the municipality or county where there
          is one (`base` ``"published total"``), else the sum over the areas that show
          theirs (``"visible areas"``);
        * `persons_marked`, `share_persons`: those in marked areas;
        * `persons_top`, `share_top`: those in as many areas of the county, chosen by the
          number of people affected instead;
        * `areas_hidden`, `share_hidden`: areas whose number is not shown. Their people are
          not counted in `persons_marked` and `persons_top`, so that these shares are at
          least what is said where the base is a published total.

    Raises
    ------
    IndicatorError
        The indicator has no published counts, an area or a level is unknown.
    StatisticsError
        The method of the index names no areas of attention, or no release was given.

    Examples
    --------
    ::

        coverage(index, "child_poverty").query("level == 'kreis'")
    """
    release = _release(marked, release)
    date = date or (marked.date if isinstance(marked, Index) else None)
    date = date or release.dates(indicator)[-1]
    wrong = sorted(set(by) - set(LEVELS))
    if wrong:
        raise IndicatorError("explain.levels", ids=wrong, known=", ".join(LEVELS))
    areas = small_areas(release)
    inside = areas.isin(list(_chosen(marked, areas)))
    people = release.frame(indicator, date)["numerator"].reindex(areas).to_numpy(dtype=float)
    if np.isnan(people).all():
        raise IndicatorError("explain.no_counts", ids=[indicator], date=date)
    residents = residents_of(release, date, areas)
    facts = _Facts(
        inside,
        _largest(people, areas, int(inside.sum())),
        people,
        np.full(len(areas), np.nan) if residents is None else residents,
        (release.frame(indicator, date)["state"].reindex(areas) != State.VALUE).to_numpy(),
    )
    rows = []
    for level in by:
        for place, name, member, total in _places(release, level, indicator, date, settlement):
            rows.append((level, place, name, *facts.row(member, total)))
    return pd.DataFrame(rows, columns=list(COVERAGE_COLUMNS))


@dataclass(frozen=True, slots=True, eq=False)
class _Facts:
    """What is known of every area: marked, among the largest, people, residents, hidden."""

    marked: np.ndarray
    top: np.ndarray
    people: np.ndarray
    residents: np.ndarray
    hidden: np.ndarray

    def row(self, member: np.ndarray, total: float) -> tuple[float | str, ...]:
        """Return the numbers of one place."""
        marked, top = self.marked & member, self.top & member
        areas, hidden = int(member.sum()), int((self.hidden & member).sum())
        seen = float(np.nansum(self.people[member]))
        persons, base = (seen, VISIBLE) if np.isnan(total) else (total, PUBLISHED)
        here, best = (float(np.nansum(self.people[part])) for part in (marked, top))
        known = member & ~np.isnan(self.residents)
        residents = _share(self.residents[marked & known].sum(), self.residents[known].sum())
        return (
            *(areas, int(marked.sum()), _share(int(marked.sum()), areas), residents),
            *(persons, base, here, _share(here, persons), best, _share(best, persons)),
            *(hidden, _share(hidden, areas)),
        )


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else np.nan


def _release(marked: Index | Flags | Collection[str], release: Release | None) -> Release:
    if isinstance(marked, Index | Flags):
        return release_of(marked)
    if release is None:
        raise StatisticsError("explain.release_needed")
    require_publishable(release, "coverage")
    return release


def _chosen(marked: Index | Flags | Collection[str], areas: pd.Index) -> set[str]:
    """Return the ids of the marked areas."""
    if isinstance(marked, Index):
        return attention_areas(marked)
    if isinstance(marked, Flags):
        strong = marked.areas["grade"].isin(FIRM)
        return set(marked.areas.index[strong & (marked.areas["direction"] == "high")])
    unknown = sorted(set(marked) - set(areas))
    if unknown:
        raise IndicatorError("explain.unknown_area", ids=unknown)
    return set(marked)


def attention_areas(index: Index) -> set[str]:
    """Return the areas of attention of an index, by its method.

    An area without dynamics counts if its status does with any dynamics.
    """
    wanted = set(index.method.attention)
    if not wanted:
        raise StatisticsError("explain.no_attention", method=index.method.id)
    moves = index.method.dynamics.labels
    table = index.table
    alone = {c for c in index.method.classes if all(c + move in wanted for move in moves)}
    still = (table["dynamics_class"] == "") & table["status_class"].isin(alone)
    return set(table.index[table["group"].isin(wanted) | still])


def _largest(people: np.ndarray, areas: pd.Index, number: int) -> np.ndarray:
    """Return True for the areas with the most people; ties by area id."""
    order = np.lexsort((areas.to_numpy(dtype=str), -np.nan_to_num(people, nan=-1.0)))
    top = np.zeros(len(people), dtype=bool)
    top[order[:number]] = True
    return top & ~np.isnan(people)


def _places(
    release: Release, level: str, indicator: str, date: str, settlement: pd.Series | None
) -> list[tuple[str, str, np.ndarray, float]]:
    """Return key, name, members and published total of every place of a level."""
    areas = small_areas(release)
    if level == SETTLEMENT:
        types = _types(release, settlement)
        if types is None:
            return []
        found = types.reindex(areas).fillna("").to_numpy(dtype=object)
        return [(key, key, found == key, np.nan) for key in sorted(set(found))]
    frame = release.frame(indicator, date, level)
    totals = frame["numerator"]
    if level == schema.COUNTY_LEVEL:
        every = np.ones(len(areas), dtype=bool)
        if len(frame) != 1:
            return [("", release.title, every, np.nan)]
        return [(str(frame.index[0]), frame[schema.NAME].iloc[0], every, float(totals.iloc[0]))]
    home = release.areas.loc[areas, schema.MUNICIPALITY].to_numpy(dtype=object)
    names = release.areas.loc[areas].groupby(schema.MUNICIPALITY)["municipality_name"].first()
    return [
        (str(key), names[key], home == key, float(totals.get(key, np.nan))) for key in names.index
    ]


def _types(release: Release, settlement: pd.Series | None) -> pd.Series | None:
    if settlement is not None:
        return settlement_types(release, given=settlement)
    try:
        return settlement_types(release)
    except StatisticsError:
        return None
