"""Why an area has its class, in three to five sentences."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import IndicatorError
from sozialraum.files.wording import day, number
from sozialraum.index.contributions import contributions
from sozialraum.messages import default_language, text
from sozialraum.model import Index
from sozialraum.model.judged import BORDERLINE
from sozialraum.schema import State

MINUS = "\u2212"
SMALL = 0.05
"""Contributions and changes below this many points are not worth a sentence."""


def explain_area(
    index: Index, area: str, language: str | None = None, *, since: Index | None = None
) -> str:
    """Return why an area has its class: "Warum sind wir rot?" in three to five sentences.

    Parameters
    ----------
    index
        From :func:`sozialraum.index.score`.
    area
        Id of a small area.
    language
        ``"de"`` or ``"en"``; the reader's language when omitted.
    since
        An earlier edition to compare with, see
        :func:`sozialraum.index.contributions.contributions`.

    Returns
    -------
    str
        Names the class, what burdens and what relieves, how far the next class is, and
        what changed. About an area without a class it says so, and nothing of its values.

    Raises
    ------
    IndicatorError
        The index has no such area.

    Examples
    --------
    ::

        print(explain_area(index, "05999004-Q03", "de"))
    """
    return explain_areas(index, [area], language, since=since)[area]


def explain_areas(
    index: Index, areas: Sequence[str], language: str | None = None, *, since: Index | None = None
) -> dict[str, str]:
    """Return :func:`explain_area` of several areas: all that is common is computed once."""
    language = language or default_language()
    unknown = [area for area in areas if area not in index.table.index]
    if unknown:
        raise IndicatorError("explain.unknown_area", ids=unknown)
    table = contributions(index, since=since)
    # what an indicator gives every area tells nothing about this one
    usual = table.groupby(schema.INDICATOR)["points"].transform("mean")
    table["points"] = table["points"] - usual
    table = table.sort_values("points", ascending=False, kind="stable")
    rows = table.groupby(schema.AREA_ID, sort=False).indices
    return {a: _told(index, a, table.iloc[rows[a]], language, since) for a in areas}


def _told(index: Index, area: str, own: pd.DataFrame, language: str, since: Index | None) -> str:
    name = str(index.release.areas.loc[area, schema.NAME]) or area
    row = index.table.loc[[area]].to_dict("records")[0]
    if row["state"] != State.VALUE:
        return text("explain.no_class", language, area=name, date=day(index.date, language))
    sentences = [
        _first(index, row, name, language),
        _stability(row, language),
        _burdens(index, own, language),
        _reliefs(index, own, language),
        _next_class(index, own, language),
        _changed(index, own, language, since),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _stability(row: Mapping[Any, Any], language: str) -> str:
    """Return how sure the class is; nothing where that is not known."""
    stable = row["status_stability"]
    if pd.isna(stable) or not row["status_class"]:
        return ""
    name = "explain.borderline" if stable < BORDERLINE else "explain.stable"
    # a share of draws is never said to be certain
    cases = min(99, math.floor(100 * stable))
    return text(name, language, cases=number(cases, 0, language))


def _first(index: Index, row: Mapping[Any, Any], name: str, language: str) -> str:
    known = index.table["status_index"].dropna()
    above = int((known > row["status_index"]).sum())
    message = "explain.status" if row["status_class"] else "explain.index_only"
    return text(
        message,
        language,
        area=name,
        date=day(index.date, language),
        status=row["status_class"],
        index=_points(row["status_index"], language),
        middle=_points(known.mean(), language),
        rank=above + 1,
        areas=len(known),
    )


def _burdens(index: Index, own: pd.DataFrame, language: str) -> str:
    """Return the strongest burdens with rate, county's rate and persons."""
    chosen = own[own["points"] > SMALL].head(2)
    if chosen.empty:
        return text("explain.no_burden", language)
    parts = [_part(index, row, language) for _, row in chosen.iterrows()]
    return text("explain.burdens", language, parts=text("explain.and", language).join(parts))


def _reliefs(index: Index, own: pd.DataFrame, language: str) -> str:
    chosen = own[own["points"] < -SMALL].tail(1)
    if chosen.empty:
        return ""
    return text("explain.relief", language, part=_part(index, chosen.iloc[0], language))


def _part(index: Index, row: pd.Series, language: str) -> str:
    """Return an indicator with its points, rate, county's rate and persons."""
    indicator = index.release.indicator(row[schema.INDICATOR])
    unit = indicator.unit(language)
    facts = [f"{_rate(row['value'], language)} {unit}"]
    if not np.isnan(row["county_value"]):
        shown = f"{_rate(row['county_value'], language)} {unit}"
        facts.append(text("explain.county", language, value=shown))
    if not np.isnan(row["numerator"]) and indicator.is_rate:
        facts.append(text("explain.cases", language, n=number(row["numerator"], 0, language)))
    label = indicator.label(language)
    return f"{label} ({_signed(row['points'], language)}; {', '.join(facts)})"


def _rate(value: float, language: str) -> str:
    return number(float(value), 1, language)


def _signed(value: float, language: str) -> str:
    return text(
        "explain.points", language, points=("+" if value > 0 else "") + _points(value, language)
    )


def _points(value: float, language: str) -> str:
    return number(float(value), 2, language).replace("-", MINUS)


def _next_class(index: Index, own: pd.DataFrame, language: str) -> str:
    """Return how far the next better class is, and what alone would reach it."""
    away = float(own["to_lower"].iloc[0])
    if np.isnan(away):
        return ""
    shown = number(abs(away), 2, language)
    reach = own.dropna(subset=["persons_lower"])
    reach = reach[reach["persons_lower"] != 0]
    if reach.empty:
        return text("explain.next", language, points=shown)
    best = reach.iloc[int(reach["persons_lower"].abs().to_numpy().argmin())]
    label = index.release.indicator(best[schema.INDICATOR]).label(language)
    message = "explain.next_fewer" if best["persons_lower"] < 0 else "explain.next_more"
    persons = abs(int(best["persons_lower"]))
    cases = "explain.one_case" if persons == 1 else "explain.several_cases"
    n = text(cases, language, n=number(persons, 0, language))
    return text(message, language, points=shown, n=n, label=label)


def _changed(index: Index, own: pd.DataFrame, language: str, since: Index | None) -> str:
    """Return which contribution changed most."""
    known = own.dropna(subset=["change"])
    if known.empty:
        return ""
    date = day(since.date if since else index.start, language)
    most = known.iloc[int(known["change"].abs().to_numpy().argmax())]
    if abs(most["change"]) < SMALL:
        return text("explain.unchanged", language, date=date)
    label = index.release.indicator(most[schema.INDICATOR]).label(language)
    points = _signed(most["change"], language)
    return text("explain.changed", language, date=date, label=label, points=points)
