"""How far effects are from the values a council aims at, from published numbers only."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date as day
from typing import Any

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.files.wording import day as written
from sozialraum.files.wording import number, period
from sozialraum.index.series import breaks_between, series
from sozialraum.messages import text
from sozialraum.methods.newcombe import newcombe
from sozialraum.model import Indicator, Release
from sozialraum.schema import State

TARGET_COLUMNS = (
    *(schema.AREA_ID, schema.NAME, schema.INDICATOR, "first_on", "first", schema.DATE, "value"),
    *("target", "target_on", "distance", "change", "change_low", "change_high", "dates"),
    *("per_year", "needed_per_year", "verdict", "break_"),
)
DATES = 5
"""A statement on a trend needs at least so many dates."""
YEAR = 365.25
"""Days."""


def targets(release: Release, *, geography: str = schema.COUNTY_LEVEL) -> pd.DataFrame:
    """Return how far every effect with a target is from it, and whether it is on the way.

    Parameters
    ----------
    release
        Published values; nothing else is looked at.
    geography
        Whose values are compared with the targets.

    Returns
    -------
    DataFrame
        Columns :data:`TARGET_COLUMNS`, one row an area × indicator of kind ``"outcome"``
        with a target. Only dates after the last break with the effect ``"block"`` count.
        `distance` is the target minus the value of the last published date; `change` the
        difference to the first one in units of the rate, with a 95 % interval
        (:func:`sozialraum.methods.newcombe.newcombe`) where the counts are a share.
        `needed_per_year` would reach the target on its day. `per_year` is the change a year
        so far, missing for fewer than :data:`DATES` dates. `verdict`:

        * ``"reached"``, or ``"missed"``: its day has come without it;
        * ``"on track"``, ``"not on track"``: going on as so far would, would not reach it;
        * ``"too few dates"``: only the distance can be told;
        * ``"no day"``: the target names no day to measure the way by;
        * ``"not published"``: there is no value.

        `break_` is ``"mark"`` where a marked break lies between first and last date.
    """
    rows = []
    names = {str(area): str(name) for area, name in release.areas[schema.NAME].items()}
    for indicator in release.indicators:
        if indicator.kind != "outcome" or indicator.target is None:
            continue
        table = series(release, indicator.id, geography=geography)
        rows += [
            _row(indicator, str(area), own, names[str(area)])
            for area, own in table.groupby(schema.AREA_ID, sort=True)
        ]
    return pd.DataFrame(rows, columns=list(TARGET_COLUMNS))


def target_sentences(
    release: Release, *, geography: str = schema.COUNTY_LEVEL, language: str = "de"
) -> tuple[str, ...]:
    """Return a sentence for every row of :func:`targets`, for a council to read.

    Parameters
    ----------
    release, geography
        As for :func:`targets`.
    language
        ``"de"`` or ``"en"``.
    """
    table = targets(release, geography=geography)
    return tuple(
        _sentence(release.indicator(row["indicator"]), row, language)
        for row in (
            {str(key): value for key, value in one.items()} for one in table.to_dict("records")
        )
    )


@dataclass(frozen=True, slots=True)
class _Way:
    """Published values of one area in order of time, exact ones where counts are known."""

    dates: tuple[str, ...]
    rates: np.ndarray
    counts: np.ndarray
    bases: np.ndarray

    @property
    def years(self) -> float:
        """Years from the first to the last date."""
        return years_between(self.dates[0], self.dates[-1])


def years_between(start: str, end: str) -> float:
    """Return the years between two ISO dates; NaN where one is none.

    Examples
    --------
    >>> round(years_between("2020-12-31", "2025-12-31"), 2)
    5.0
    """
    try:
        return (day.fromisoformat(end) - day.fromisoformat(start)).days / YEAR
    except ValueError:
        return np.nan


def _way(indicator: Indicator, own: pd.DataFrame) -> _Way:
    shown = own[own["state"] == State.VALUE]
    blocked = [one.date for one in indicator.series_breaks if one.effect == "block"]
    last = str(shown[schema.DATE].max()) if len(shown) else ""
    since = max((date for date in blocked if date <= last), default="")
    shown = shown[shown[schema.DATE] >= since]
    counts = shown["numerator"].to_numpy(dtype=float)
    bases = shown["denominator"].to_numpy(dtype=float)
    ratio = indicator.per * counts / np.where(bases > 0, bases, np.nan)
    rounded = shown["value"].to_numpy(dtype=float)
    values = np.where(np.isnan(ratio), rounded, ratio)
    return _Way(tuple(shown[schema.DATE]), values, counts, bases)


def _row(indicator: Indicator, area: str, own: pd.DataFrame, name: str) -> dict[str, Any]:
    goal = indicator.target
    assert goal is not None
    row: dict[str, Any] = dict.fromkeys(TARGET_COLUMNS, np.nan)
    texts = {"first_on": "", schema.DATE: "", "target_on": indicator.target_on, "break_": ""}
    keys = {schema.AREA_ID: area, schema.NAME: name, schema.INDICATOR: indicator.id}
    row |= keys | texts | {"target": goal, "verdict": "not published", "dates": 0}
    way = _way(indicator, own)
    if not way.dates:
        return row
    first, last = float(way.rates[0]), float(way.rates[-1])
    start, end = way.dates[0], way.dates[-1]
    row |= {"first_on": start, "first": first, schema.DATE: end, "value": last}
    row |= {"distance": goal - last, "dates": len(way.dates)}
    if len(way.dates) > 1:
        low, high = _interval(indicator, way)
        row |= {"change": last - first, "change_low": low, "change_high": high}
        row["break_"] = "mark" if breaks_between(indicator, start, end) else ""
    if len(way.dates) >= DATES:
        row["per_year"] = (last - first) / way.years
    left = years_between(end, indicator.target_on)
    if left > 0:
        row["needed_per_year"] = (goal - last) / left
    row["verdict"] = _verdict(_direction(indicator, first), row, left)
    return row


def _interval(indicator: Indicator, way: _Way) -> tuple[float, float]:
    """Return a 95 % interval of the change; NaN where the counts are no shares."""
    ends = [(way.counts[i], way.bases[i]) for i in (-1, 0)]
    if not all(base > 0 and 0 <= count <= base for count, base in ends):
        return np.nan, np.nan
    low, high = newcombe(ends[0], ends[1])
    return indicator.per * low, indicator.per * high


def _direction(indicator: Indicator, first: float) -> int:
    """Return 1 where the value must rise to its target, -1 where it must fall."""
    if indicator.polarity:
        return -indicator.polarity
    assert indicator.target is not None
    return 1 if indicator.target >= first else -1


def _verdict(direction: int, row: dict[str, Any], left: float) -> str:
    distance, speed = float(row["distance"]), float(row["per_year"])
    if direction * distance <= 0:
        return "reached"
    if left <= 0:
        return "missed"
    if np.isnan(left):
        return "no day"
    if np.isnan(speed):
        return "too few dates"
    return "on track" if direction * (speed * left - distance) >= 0 else "not on track"


def _sentence(indicator: Indicator, row: dict[str, Any], language: str) -> str:
    def shown(value: Any, digits: int = 1) -> str:
        return number(float(value), digits, language)

    verdict = str(row["verdict"])
    unit = indicator.unit(language)
    named = {"label": indicator.label(language), "name": row[schema.NAME], "unit": unit}
    if verdict == "not published":
        return text("series.target_not_published", language, **named)
    when = period(str(row[schema.DATE]), indicator.pool, language)
    named |= {"value": shown(row["value"]), "date": when, "target": shown(row["target"])}
    aim = written(indicator.target_on, language) if indicator.target_on else ""
    parts = [
        text("series.target_by" if aim else "series.target_open", language, **named, day=aim),
        _judged(verdict, row, shown, language),
    ]
    if not pd.isna(row["change_low"]):
        since = period(str(row["first_on"]), indicator.pool, language)
        limits = {"low": shown(row["change_low"]), "high": shown(row["change_high"])}
        change = {"change": shown(row["change"]), "since": since}
        parts.append(text("series.target_change", language, **limits, **change))
    if row["break_"]:
        parts.append(text("series.target_break", language))
    return " ".join(parts)


def _judged(verdict: str, row: dict[str, Any], shown: Callable[..., str], language: str) -> str:
    values = {
        "distance": shown(abs(float(row["distance"]))),
        "speed": "–" if pd.isna(row["per_year"]) else shown(row["per_year"], 2),
        "needed": "–" if pd.isna(row["needed_per_year"]) else shown(row["needed_per_year"], 2),
        "dates": row["dates"],
        "least": DATES,
    }
    return text(f"series.verdict_{verdict.replace(' ', '_')}", language, **values)
