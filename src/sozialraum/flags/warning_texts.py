"""Early warnings in words, from published values only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.files.wording import day, number
from sozialraum.messages import default_language, text
from sozialraum.methods.rounding import SMALL_BASE
from sozialraum.methods.trends import FEWEST, onset
from sozialraum.model import Indicator, Release
from sozialraum.model.judged import TOO_SHORT
from sozialraum.schema import FLAGGED, Grade, State

_GRADES = {
    Grade.CONFIRMED: "warnings.confirmed",
    Grade.NOTABLE: "warnings.notable",
    Grade.HINT: "warnings.hint",
}
_COURSES = {
    (True, 1): "warnings.rises_more",
    (True, 0): "warnings.stays_up",
    (True, -1): "warnings.falls_less",
    (False, -1): "warnings.falls_more",
    (False, 0): "warnings.stays_down",
    (False, 1): "warnings.rises_less",
}
"""By whether the rate gains on the county's, and whether it rises, stays or falls itself."""
_BESIDE = {True: "warnings.above", False: "warnings.below"}
"""Where the rates as they are written do not show the direction themselves."""
PERCENT = 100
YEAR = 4


def warning_sentence(
    release: Release, row: pd.Series | Mapping[str, Any], language: str | None = None
) -> str:
    """Return what an early warning says of one area, in plain words.

    Parameters
    ----------
    release
        What the warning was computed from.
    row
        One row of :func:`sozialraum.flags.warnings.early_warning`.
    language
        ``"de"`` or ``"en"``; the reader's language when omitted.

    Returns
    -------
    str
        Since when, from which published rate to which, beside the county's, and how sure;
        or why nothing can be said. The year is that of the kink that fits the published
        series relative to the county best, no statement of its own.
    """
    language = language or default_language()
    indicator = release.indicator(str(row[schema.INDICATOR]))
    label = indicator.label(language)
    grade = str(row["grade"])
    if grade == Grade.NOT_PUBLISHED:
        return text("warnings.not_published", language, label=label)
    if grade == TOO_SHORT:
        points = int(row["points"])
        return text("warnings.too_short", language, label=label, fewest=FEWEST, points=points)
    span = {name: str(row[name])[:YEAR] for name in ("start", schema.DATE)}
    if grade not in FLAGGED:
        return text("warnings.none", language, label=label, **span)
    return " ".join([_said(release, row, indicator, language), *_marks(indicator, row, language)])


@dataclass(frozen=True, slots=True)
class _Points:
    """Published series of an area, and the county's rates at the same dates (or missing).

    All rates are as they are written.
    """

    dates: list[str]
    rates: np.ndarray
    bases: np.ndarray
    county: np.ndarray

    @property
    def relative(self) -> np.ndarray:
        """Rates relative to the county's, or as they are where these are missing."""
        usable = (np.nan_to_num(self.county) > 0).all()
        return self.rates / self.county if usable else self.rates

    def course(self, begin: int, *, gains: bool) -> str:
        """Return the message that tells the way from one point to the latest."""
        own, county = self.rates[[begin, -1]], self.county[[begin, -1]]
        seen = own / county if (np.nan_to_num(county) > 0).all() else own
        if np.sign(seen[1] - seen[0]) != (1 if gains else -1):
            return _BESIDE[gains]
        return _COURSES[gains, int(np.sign(own[1] - own[0]))]


def _said(
    release: Release, row: pd.Series | Mapping[str, Any], indicator: Indicator, language: str
) -> str:
    points = _points(release, row, indicator)
    gains = float(row["ewma"]) > 0
    begin = _begin(points.relative, points.bases, gains=gains)
    unit = indicator.unit(language)
    before, after = (_rate(points.rates[at], points.bases[at], language) for at in (begin, -1))
    county = ""
    if not np.isnan(points.county[[begin, -1]]).any():
        then, now = (_rate(points.county[at], np.inf, language) for at in (begin, -1))
        county = text("warnings.county", language, before=then, after=now, unit=unit)
    what = "warnings.share" if indicator.per == PERCENT else "warnings.rate_word"
    told = text(
        points.course(begin, gains=gains),
        language,
        label=indicator.label(language),
        what=text(what, language),
        since=points.dates[begin + 1][:YEAR],
        before=before,
        after=after,
        unit=unit,
        start=points.dates[begin][:YEAR],
        end=points.dates[-1][:YEAR],
        county=county,
    )
    return f"{told} {text(_GRADES[Grade(str(row['grade']))], language)}"


def _rate(rate: float, base: float, language: str) -> str:
    """Return a published rate with as many digits as it was published with."""
    return number(rate, _digits(base), language)


def _digits(base: float) -> int:
    return 0 if base < SMALL_BASE else 1


def _written(rates: pd.Series, bases: pd.Series) -> np.ndarray:
    """Return rates as they are written."""
    pairs = zip(rates.tolist(), bases.tolist(), strict=True)
    return np.array([round(rate, _digits(base)) for rate, base in pairs], dtype=float)


def _points(release: Release, row: pd.Series | Mapping[str, Any], indicator: Indicator) -> _Points:
    table = release.table
    mine = table[(table[schema.INDICATOR] == indicator.id) & (table["state"] == State.VALUE)]
    mine = mine[mine[schema.DATE].between(str(row["start"]), str(row[schema.DATE]))]
    own = mine[mine[schema.AREA_ID] == str(row[schema.AREA_ID])]
    own = own[own[schema.GEOGRAPHY] == schema.AREAS_LEVEL].sort_values(schema.DATE)
    own = own[own["denominator"] > 0]
    county = mine[mine[schema.GEOGRAPHY] == schema.COUNTY_LEVEL].set_index(schema.DATE)["value"]
    dates = [str(one) for one in own[schema.DATE]]
    return _Points(
        dates,
        _written(own["value"], own["denominator"]),
        own["denominator"].to_numpy(dtype=float),
        county.reindex(dates).round(1).to_numpy(dtype=float),
    )


def _begin(relative: np.ndarray, bases: np.ndarray, *, gains: bool) -> int:
    """Return the last point before the change; one on the other side of the latest value."""
    begin = onset(relative, bases)
    if (relative[-1] > relative[begin]) == gains:
        return begin
    earlier = relative[:-1]
    return int(earlier.argmin() if gains else earlier.argmax())


def _marks(indicator: Indicator, row: pd.Series | Mapping[str, Any], language: str) -> list[str]:
    """Return notes on registered breaks inside the series."""
    start, end = str(row["start"]), str(row[schema.DATE])
    return [
        text(
            "warnings.marked",
            language,
            day=day(one.date, language),
            reason=one.reason(language).rstrip("."),
        )
        for one in indicator.series_breaks
        if one.effect == "mark" and start < one.date <= end
    ]
