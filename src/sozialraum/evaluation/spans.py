"""Which dates are before an intervention, which after, and which interventions run together."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sozialraum.methods.pooling import window_years, year_of
from sozialraum.model.definitions import Indicator
from sozialraum.model.effects import OVERLAP_COLUMNS, Intervention

FOREVER = "9999-12-31"
BLOCK = "block"


def spans(
    dates: Sequence[str], intervention: Intervention, indicator: Indicator, years: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return which dates are before an intervention and which show what came of it.

    Parameters
    ----------
    dates
        ISO dates, ascending.
    intervention, indicator
        A break that blocks the series ends the time before or after; years added up must
        not hold the start.
    years
        Years before the start that are looked at; None: all there are.

    Returns
    -------
    before, after : ndarray of bool
        After goes on to the first date at or after the end of the intervention.

    Examples
    --------
    >>> dates = [f"{year}-12-31" for year in range(2019, 2025)]
    >>> once = Intervention("M", "M", ("a",), "2022-01-01", "2023-06-30")
    >>> before, after = spans(dates, once, Indicator("a", "b", "c", "A", "A"), 2)
    >>> before.nonzero()[0].tolist(), after.nonzero()[0].tolist()
    ([1, 2], [3, 4])
    """
    days = np.array(dates, dtype=str)
    before, after = days < intervention.start, days >= intervention.start
    breaks = sorted(one.date for one in indicator.series_breaks if one.effect == BLOCK)
    before &= days >= max((day for day in breaks if day <= intervention.start), default="")
    first = min((day for day in breaks if day > intervention.start), default=FOREVER)
    after &= days < first
    if intervention.end:
        later = days[after & (days >= intervention.end)]
        after &= days <= (min(later) if len(later) else FOREVER)
    started = year_of(intervention.start) or 0
    if years is not None:
        before &= np.array([(year_of(day) or 0) >= started - years for day in dates], dtype=bool)
    mixed = [_holds(day, indicator.pool, started) for day in dates]
    return before & ~np.array(mixed, dtype=bool), after & ~np.array(mixed, dtype=bool)


def _holds(day: str, size: int, year: int) -> bool:
    """Return whether years added up hold the year of the start, but not as their first."""
    span = window_years(day, size)
    return size > 1 and span is not None and span[0] < year <= span[1]


def run_together(one: Intervention, other: Intervention) -> bool:
    """Return whether two interventions ran at the same time."""
    return one.start <= (other.end or FOREVER) and other.start <= (one.end or FOREVER)


def overlaps(interventions: Sequence[Intervention]) -> pd.DataFrame:
    """Return every area in which two interventions ran at the same time.

    Examples
    --------
    >>> one = Intervention("A", "A", ("q1", "q2"), "2020-01-01", "2022-12-31")
    >>> other = Intervention("B", "B", ("q2",), "2022-06-01")
    >>> overlaps([one, other]).to_numpy().tolist()
    [['q2', 'A', 'B', '2022-06-01', '2022-12-31']]
    """
    rows = []
    for place, one in enumerate(interventions):
        for other in interventions[place + 1 :]:
            if run_together(one, other):
                end = min(one.end or FOREVER, other.end or FOREVER)
                days = (max(one.start, other.start), "" if end == FOREVER else end)
                common = sorted(set(one.areas) & set(other.areas))
                rows += [(area, one.id, other.id, *days) for area in common]
    return pd.DataFrame(rows, columns=list(OVERLAP_COLUMNS)).astype(
        dict.fromkeys(OVERLAP_COLUMNS, "str")
    )


def others_running(
    interventions: Sequence[Intervention], one: Intervention, first: str, last: str
) -> set[str]:
    """Return the areas of all other interventions that ran between two days."""
    running = [
        other.areas
        for other in interventions
        if other.id != one.id and other.start <= last and (other.end or FOREVER) >= first
    ]
    return {area for areas in running for area in areas}
