"""Early warning: areas whose rate moves away from the county's, from published values only."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, eye_array

from sozialraum import schema
from sozialraum.errors import StatisticsError
from sozialraum.flags.grades import HINT, NOTABLE
from sozialraum.flags.series import Series, published_series, watched
from sozialraum.methods.contiguity import TOUCH, contiguity
from sozialraum.methods.course import Course, prediction_errors, trimmed_spread, usual_course
from sozialraum.methods.ewma import control_limit, ewma, first_crossing
from sozialraum.methods.funnel import TRIM, funnel
from sozialraum.methods.hotspots import emerging_hot_spots
from sozialraum.methods.multiplicity import benjamini_hochberg
from sozialraum.methods.trends import FEWEST, mann_kendall, theil_sen
from sozialraum.model import Release
from sozialraum.model.judged import FALLING, RISING, TOO_SHORT, WARNING_COLUMNS
from sozialraum.model.publishable import require_publishable
from sozialraum.schema import FLAGGED, Grade

SERIES_ALARM = 0.01
"""Probability that the chart of a series without a change ever signals."""
RECENT = 3
"""So many of the latest points are not the past that the latest one is compared with."""
CURRENT = 2
"""A series must have a value at one of so many latest dates."""
OWN_PART = 0.05
"""Neighbours may speak for an area whose own deviation has at most this two-sided p."""
STEPS = 40
"""Steps a standard deviation to which distances are rounded before hot spots are sought."""
_EMPTY = {"signal": "", "pattern": "", "direction": ""}


def early_warning(
    release: Release,
    *,
    indicators: Sequence[str] | None = None,
    until: str | None = None,
    rate: float = 0.05,
    seed: int = 0,  # noqa: ARG001 — all judgements are called alike
) -> pd.DataFrame:
    """Return where rates move away from the county's course, and how sure that is.

    Parameters
    ----------
    release
        With several dates.
    indicators
        Ids of rates; all rates with a direction and at least two dates when omitted.
    until
        ISO date; later values are not looked at, so that one can look back.
    rate
        False discovery rate over the family: all areas × indicators with a series.
    seed
        Without influence: nothing is drawn. Accepted so that all judgements are called
        alike.

    Returns
    -------
    DataFrame
        Columns ``WARNING_COLUMNS`` (see :class:`sozialraum.model.Flags`), one row an area
        × indicator, by indicator and area. `slope` is that of the published rate (Theil
        and Sen); `trend_p`, `change_z` and `ewma` speak of the rate relative to the
        county's course, positive where the rate rises, and allow for households and the
        memory of the county's series. `signal` is the first alarm of the chart since it
        last changed sides; a series without a change ever signals with probability
        :data:`SERIES_ALARM`. Empty when nothing has a series.

    Raises
    ------
    IndicatorError
        An indicator asked for is unknown or a count.
    StatisticsError
        `rate` is no probability.

    Notes
    -----
    The warning rests on two tests an area × indicator, each at its latest point: the EWMA
    of its own prediction errors, and that of its own and its neighbours' together, which
    counts only where the area's own deviation points the same way with p ≤ 0.05. Twice
    the smaller p is `p`. The other columns describe and are no part of the family.
    """
    require_publishable(release, "early_warning")
    if not 0 < rate < 1:
        raise StatisticsError("warnings.rate", rate=rate)
    shapes = release.areas[release.areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL].sort_index()
    graph = contiguity(shapes.geometry.to_numpy(), tolerance=TOUCH)
    tables = [
        _table(published_series(release, one, shapes.index, until), shapes.index, graph)
        for one in watched(release, indicators, until)
    ]
    if not tables:
        return pd.DataFrame(columns=list(WARNING_COLUMNS))
    table = pd.concat(tables, ignore_index=True)
    table["q"] = benjamini_hochberg(table["p"])
    table["grade"] = _graded(table, rate)
    table.loc[~table["grade"].isin([str(one) for one in FLAGGED]), "direction"] = ""
    return table[list(WARNING_COLUMNS)]


@dataclass(frozen=True, slots=True, eq=False)
class Charts:
    """Control charts of the areas alone, and with their neighbours; (areas, dates)."""

    own: np.ndarray
    together: np.ndarray


def _table(series: Series, areas: pd.Index, graph: csr_array) -> pd.DataFrame:
    """Return the evidence of every area for one indicator; grades and `q` come later."""
    known = series.known
    points = known.sum(axis=1)
    current = known[:, -CURRENT:].any(axis=1)
    judged = current & (points >= FEWEST)
    dates = np.array([*series.dates, ""], dtype=object)
    first = np.where(points > 0, known.argmax(axis=1) if known.size else 0, -1)
    last = latest(known)
    table = pd.DataFrame(
        {
            schema.AREA_ID: areas.astype("str"),
            schema.INDICATOR: series.indicator.id,
            "start": dates[first],
            schema.DATE: dates[last],
            "points": points,
        }
    )
    numbers = ("slope", "trend_p", "change_z", "ewma", "p")
    table = table.assign(**dict.fromkeys(numbers, np.nan), **_EMPTY)
    table["unpublished"] = ~current
    if not judged.any():
        return table
    course = usual_course(series.counts, series.bases, series.times)
    for name, column in _evidence(series, course, graph).items():
        empty = _EMPTY.get(name, np.nan)
        table[name] = np.where(judged, column, np.array([empty], dtype=column.dtype))
    return table


def _evidence(series: Series, course: Course, graph: csr_array) -> dict[str, np.ndarray]:
    """Return the columns of an indicator, whether or not an area can be judged."""
    found = charts(course, graph)
    last = latest(series.known)
    every = np.arange(len(last))
    own, together = found.own[every, last], found.together[every, last]
    errors = (~np.isnan(found.own)).sum(axis=1)
    limits = np.full(len(last), np.inf)
    for number in np.unique(errors[errors > 0]):
        limits[errors == number] = control_limit(SERIES_ALARM, int(number))
    polarity = series.indicator.polarity or 1
    way = np.where(own * polarity > 0, RISING, FALLING)
    dates = np.array([*series.dates, ""], dtype=object)
    return {
        "slope": theil_sen(series.values, series.times).slope,
        "trend_p": mann_kendall(course.deviations, correlation=course.covariance).p,
        "change_z": _change(course, last),
        "ewma": own,
        "signal": dates[first_crossing(found.own, limits)],
        "pattern": _patterns(series, graph),
        "direction": way.astype(object),
        "p": warning_p(own, together),
    }


def charts(course: Course, graph: csr_array) -> Charts:
    """Return the control charts of all areas, given who touches whom."""
    errors = prediction_errors(course.deviations, course.covariance)
    # a year may be rougher than the others: revisions, a wave of people coming and going
    errors /= _spreads(errors)
    known = ~np.isnan(errors)
    root = np.sqrt(np.where(known, course.bases, 0.0))
    around = csr_array(graph) + eye_array(len(errors), format="csr")
    weight = np.sqrt(around @ root**2)
    summed = around @ (root * np.where(known, errors, 0.0))
    pooled = np.divide(summed, weight, out=np.full(errors.shape, np.nan), where=known)
    # what neighbours have in common beyond the county widens the sum
    pooled /= _spreads(pooled)
    return Charts(ewma(errors), ewma(pooled))


def _spreads(errors: np.ndarray) -> np.ndarray:
    return np.array([trimmed_spread(errors[:, date]) for date in range(errors.shape[1])])


def warning_p(own: np.ndarray, together: np.ndarray) -> np.ndarray:
    """Return twice the smaller p of both tests, at most 1."""
    from scipy.special import ndtr

    alone, pooled = (2 * ndtr(-np.abs(z)) for z in (own, together))
    counts = (alone <= OWN_PART) & (np.sign(own) == np.sign(together))
    return np.minimum(1.0, 2 * np.minimum(alone, np.where(counts, pooled, 1.0)))


def _change(course: Course, last: np.ndarray) -> np.ndarray:
    """Return how far the latest value lies from what the years before the latest three say."""
    known = ~np.isnan(course.deviations)
    later = np.cumsum(known[:, ::-1], axis=1)[:, ::-1] - known
    past = np.where((later == 0) | (later >= RECENT), course.deviations, np.nan)
    return prediction_errors(past, course.covariance)[np.arange(len(last)), last]


def _patterns(series: Series, graph: csr_array) -> np.ndarray:
    """Return how hot spots of burden developed around every area."""
    turned = np.full(series.counts.shape, np.nan)
    for date in range(len(series.dates)):
        at = series.known[:, date]
        if at.any():
            z = funnel(series.counts[at, date], series.bases[at, date]).z
            # Gi* does not depend on the unit; the exact law of whole numbers is a quick one
            turned[at, date] = np.rint(STEPS * np.clip(np.nan_to_num(z), -TRIM, TRIM))
    return emerging_hot_spots(turned * (series.indicator.polarity or 1), graph).pattern


def latest(known: np.ndarray) -> np.ndarray:
    """Return the position of the latest point of every area; -1 without any."""
    places = np.where(known, np.arange(known.shape[1]), -1)
    return places.max(axis=1, initial=-1)


def _graded(table: pd.DataFrame, rate: float) -> np.ndarray:
    p, q = (table[name].to_numpy(dtype=float) for name in ("p", "q"))
    cases = [table["unpublished"].to_numpy(dtype=bool), np.isnan(p)]
    cases += [q <= rate, p <= NOTABLE, p <= HINT]
    grades = (Grade.NOT_PUBLISHED, TOO_SHORT, *FLAGGED)
    return np.select(cases, [str(one) for one in grades], str(Grade.NONE)).astype(object)
