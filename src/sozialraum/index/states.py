"""Where there are numbers and where not, and why: only what a release shows anyway."""

import pandas as pd

from sozialraum import schema
from sozialraum.errors import IndicatorError, StatisticsError
from sozialraum.files.wording import day, period
from sozialraum.messages import text
from sozialraum.model import Indicator, Release
from sozialraum.schema import State

STATE_COLUMNS = {
    "value": State.VALUE,
    "hidden": State.SUPPRESSED,
    "not_delivered": State.NOT_DELIVERED,
    "not_released": State.NOT_RELEASED,
    "not_applicable": State.NOT_APPLICABLE,
    "excluded": State.EXCLUDED,
}
"""Columns of :func:`states` and the state that each counts."""
COARSE = {"municipality": schema.AREAS_LEVEL, "county": schema.MUNICIPALITY_LEVEL}
"""Smallest level a count is known for, and a geography that is too fine for it."""


def states(release: Release) -> pd.DataFrame:
    """Return how many areas have a number, and how many have none for which reason.

    Parameters
    ----------
    release
        Published values; nothing else is looked at.

    Returns
    -------
    DataFrame
        One row an indicator × date × geography, in the order of the catalogue, dates and
        `release.areas`: `indicator`, `date`, `geography`, `areas` (how many there are) and
        how many of them are in each state (:data:`STATE_COLUMNS`). An area without a row
        in the release counts as not delivered.
    """
    geographies = release.areas[schema.GEOGRAPHY]
    sizes = geographies.value_counts()
    order = [str(name) for name in dict.fromkeys(geographies)]
    keys = [schema.INDICATOR, schema.DATE, schema.GEOGRAPHY]
    counted = release.table.groupby([*keys, "state"], sort=False).size()
    rows = []
    for indicator in release.indicators:
        for date in release.dates(indicator.id):
            for geography in order:
                own = {
                    name: int(counted.get((indicator.id, date, geography, str(state)), 0))
                    for name, state in STATE_COLUMNS.items()
                }
                areas = int(sizes[geography])
                own["not_delivered"] += areas - sum(own.values())
                head = dict(zip(keys, (indicator.id, date, geography), strict=True))
                rows.append(head | {"areas": areas} | own)
    return pd.DataFrame(rows, columns=[*keys, "areas", *STATE_COLUMNS])


def explain_missing(
    release: Release, area: str, indicator: str, date: str | None = None, *, language: str = "de"
) -> str:
    """Return why a number is not there, and what would have to happen, as a sentence.

    Parameters
    ----------
    release
        Published values; nothing else is looked at, so a hidden number stays hidden: which
        rule hid it is not told.
    area, indicator
        Ids.
    date
        ISO date; the latest of the indicator when omitted.
    language
        ``"de"`` or ``"en"``.

    Raises
    ------
    StatisticsError
        There is no such area.
    IndicatorError
        There is no such indicator, or it has no such date.
    """
    if area not in release.areas.index:
        raise StatisticsError("states.unknown_area", ids=[area])
    own, dates = release.indicator(indicator), release.dates(indicator)
    if not dates or (date is not None and date not in dates):
        known = ", ".join(dates)
        raise IndicatorError("states.unknown_date", ids=[str(date)], known=known, name=indicator)
    date = date or dates[-1]
    geography = str(release.areas.loc[area, schema.GEOGRAPHY])
    state = str(release.frame(indicator, date, geography).loc[area, "state"])
    values = {
        "label": own.label(language),
        "name": str(release.areas.loc[area, schema.NAME]),
        "date": period(date, own.pool, language),
    }
    reason = f"states.why_{state.replace(' ', '_')}"
    if state == State.NOT_DELIVERED:
        reason, values = _not_delivered(own, geography, values, language)
    return text(reason, language, **values)


def _not_delivered(
    indicator: Indicator, geography: str, values: dict[str, str], language: str
) -> tuple[str, dict[str, str]]:
    """Return the sentence for what nobody has counted, or not yet."""
    too_fine = COARSE.get(indicator.smallest_level)
    if geography == too_fine or (too_fine and geography == schema.AREAS_LEVEL):
        return f"states.coarse_{indicator.smallest_level}", values
    provider = indicator.numerator_source or text("states.provider", language)
    if indicator.next_due:
        due = {"due": day(indicator.next_due, language)}
        return "states.why_due", values | {"provider": provider} | due
    return "states.why_not_delivered", values | {"provider": provider}
