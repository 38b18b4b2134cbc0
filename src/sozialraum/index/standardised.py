"""Rates of a release as they would be at one age structure."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import IndicatorError, StatisticsError
from sozialraum.methods.standard_populations import STANDARD_POPULATIONS, standard_weights
from sozialraum.methods.standardise import direct, indirect
from sozialraum.model import Indicator, Release
from sozialraum.model.publishable import require_publishable
from sozialraum.schema import State

COUNTY = "county"
"""Name of the standard population that is the county's own."""
STANDARDISED_COLUMNS = ("crude", "value", "low", "high", "ratio", "missing", "state")
_AGES = re.compile(r"(?:^|_)(\d{1,3})(?:_(\d{1,3})|_?(plus))?$")


class _Strata(NamedTuple):
    """Counts of a geography by age group, those of the county, and what is not published."""

    cases: np.ndarray
    people: np.ndarray
    county_cases: np.ndarray
    county_people: np.ndarray
    states: np.ndarray


class _Numbers(NamedTuple):
    """Standardised rates, cases per person, and ratios of the areas."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    ratio: np.ndarray


def standardise(
    release: Release,
    indicator: str,
    *,
    date: str | None = None,
    geography: str = schema.AREAS_LEVEL,
    ages: Sequence[str] | None = None,
    split: bool = False,
    interval: float = 0.95,
) -> pd.DataFrame:
    """Return the rates of an indicator, raw and standardised for age, side by side.

    Parameters
    ----------
    release
        Published values; nothing else is looked at.
    indicator
        Id of an indicator whose definition names `standard`, `strata` and
        `standard_population`.
    date
        ISO date; the latest that all strata share when omitted.
    geography
        Which set of areas.
    ages
        Age group of every stratum as text, in the order of ``strata``; read from the end of
        the strata's ids (``care_65_79``, ``care_80plus``, ``visit_6``) when omitted. Not
        needed for the population ``"county"`` and for the indirect method.
    split
        Whether an age group may cut through a class of the standard population, which is
        then divided evenly over its years.
    interval
        Probability that the interval is to have.

    Returns
    -------
    DataFrame
        Indexed by `area_id`: `crude` rate, standardised rate `value` with the limits `low`
        and `high`, in units of the indicator; `ratio` of the cases to the expected ones
        (indirect method only); `missing`, the strata that are not published there, joined
        by blanks; and the `state`. An area of which anything needed is not published has
        none of the numbers, and the state of the cause, protection first.

    Raises
    ------
    DisclosureError
        `release` is none.
    IndicatorError
        The definition names no standardisation, strata are not part of the release or not
        rates, nothing is published at `date`, the population is unknown, age groups cannot
        be read or do not fit it, or the county's own counts by age group are not published.

    Notes
    -----
    The direct method needs the cases of every age group, so it can be formed only where all
    of them are published. The indirect one needs the cases of all ages and the people of
    every age group, which may also stand in the release as a count of their own where the
    cases of the group are hidden; its reference is the county of the same release. See
    :mod:`sozialraum.methods.standardise`.
    """
    require_publishable(release, "standardise")
    definition = release.indicator(indicator)
    _check(release, definition)
    day = date or _latest(release, definition)
    strata = _strata(release, definition, day, geography)
    own = release.frame(indicator, day, geography)
    names, states = list(definition.strata), strata.states
    if definition.standard == "direct":
        weights = _weights(definition, strata, ages, split=split)
        found = direct(strata.cases, strata.people, weights, interval=interval)
        numbers = _Numbers(found.rate, found.low, found.high, np.full(len(own), np.nan))
    else:
        numbers = _compared(definition, strata, own, interval)
        names.append(indicator)
        states = np.column_stack([states, own["state"].astype(str).to_numpy(dtype=object)])
    state = _worst(states, numbers.value)
    table = pd.DataFrame(index=pd.Index(own.index, name=schema.AREA_ID))
    table["crude"] = definition.per * (own["numerator"] / own["denominator"]).astype(float)
    for name in ("value", "low", "high"):
        table[name] = definition.per * getattr(numbers, name)
    table["ratio"] = numbers.ratio
    table.loc[state != str(State.VALUE)] = np.nan
    table["missing"] = [
        " ".join(name for name, seen in zip(names, row, strict=True) if seen != str(State.VALUE))
        for row in states
    ]
    return table.assign(state=state)[list(STANDARDISED_COLUMNS)]


def _compared(
    definition: Indicator, strata: _Strata, own: pd.DataFrame, interval: float
) -> _Numbers:
    """Return the numbers of the indirect method."""
    cases, people = strata.county_cases, strata.county_people
    _check_reference(definition, cases, people)
    observed = own["numerator"].to_numpy(dtype=float, na_value=np.nan)
    found = indirect(observed, strata.people, cases, people, interval=interval)
    overall = cases.sum() / people.sum()
    return _Numbers(found.rate, found.low * overall, found.high * overall, found.ratio)


def _check(release: Release, definition: Indicator) -> None:
    if not definition.standard:
        raise IndicatorError("standardised.not_asked", ids=[definition.id])
    known = {one.id: one for one in release.indicators}
    absent = [name for name in definition.strata if name not in known]
    if absent:
        raise IndicatorError("standardised.strata", ids=absent, indicator=definition.id)
    counts = [name for name in definition.strata if not known[name].is_rate]
    if counts:
        raise IndicatorError("standardised.no_rate", ids=counts, indicator=definition.id)
    population = definition.standard_population
    if definition.standard == "direct" and population not in (COUNTY, *STANDARD_POPULATIONS):
        names = ", ".join(STANDARD_POPULATIONS)
        raise IndicatorError("standardise.population", ids=[population or "–"], known=names)


def _latest(release: Release, definition: Indicator) -> str:
    needed = [*definition.strata]
    if definition.standard == "indirect":
        needed.append(definition.id)
    shared = set.intersection(*(set(release.dates(name)) for name in needed))
    if not shared:
        raise IndicatorError("standardised.no_date", ids=needed, indicator=definition.id)
    return max(shared)


def _strata(release: Release, definition: Indicator, date: str, geography: str) -> _Strata:
    frames = [release.frame(name, date, geography) for name in definition.strata]
    county = [release.frame(name, date, schema.COUNTY_LEVEL) for name in definition.strata]
    if definition.standard == "indirect":
        frames = [
            _with_people(release, name, frame, (date, geography))
            for name, frame in zip(definition.strata, frames, strict=True)
        ]
    shown = [bool((frame["state"] == State.VALUE).any()) for frame in frames]
    if not all(shown):
        empty = [name for name, any_ in zip(definition.strata, shown, strict=True) if not any_]
        raise IndicatorError("standardised.not_published", ids=empty, date=date)
    states = [frame["state"].astype(str).to_numpy(dtype=object) for frame in frames]
    return _Strata(
        cases=_columns(frames, "numerator"),
        people=_columns(frames, "denominator"),
        county_cases=_columns(county, "numerator").sum(axis=0),
        county_people=_columns(county, "denominator").sum(axis=0),
        states=np.column_stack(states),
    )


def _with_people(
    release: Release, name: str, frame: pd.DataFrame, where: tuple[str, str]
) -> pd.DataFrame:
    """Return a stratum with people taken from a published count where its cases are hidden."""
    counted = release.indicator(name).denominator
    for other in release.indicators:
        if other.denominator is None and other.numerator == counted:
            people = release.frame(other.id, *where)
            fills = (frame["state"] != State.VALUE) & (people["state"] == State.VALUE)
            frame["denominator"] = frame["denominator"].where(~fills, people["numerator"])
            frame["state"] = frame["state"].where(~fills, State.VALUE)
    return frame


def _columns(frames: Sequence[pd.DataFrame], name: str) -> np.ndarray:
    return np.column_stack([frame[name].to_numpy(dtype=float, na_value=np.nan) for frame in frames])


def _weights(
    definition: Indicator, strata: _Strata, ages: Sequence[str] | None, *, split: bool
) -> np.ndarray:
    """Return the share of every stratum in the standard population."""
    if definition.standard_population == COUNTY:
        _check_reference(definition, strata.county_people, strata.county_people)
        return strata.county_people / strata.county_people.sum()
    texts = [_age(name) for name in definition.strata] if ages is None else list(ages)
    unread = [n for n, age in zip(definition.strata, texts, strict=False) if not age]
    if unread or len(texts) != len(definition.strata):
        raise IndicatorError("standardised.ages", ids=unread or definition.strata)
    try:
        return standard_weights(definition.standard_population, texts, split=split)
    except StatisticsError as error:
        raise IndicatorError(error.message, ids=error.ids, **error.values) from error


def _age(name: str) -> str:
    """Return the age group at the end of an id; nothing where there is none."""
    found = _AGES.search(name)
    if not found:
        return ""
    start, end, more = found.groups()
    return f"{start}+" if more else f"{start}-{end or start}"


def _check_reference(definition: Indicator, cases: np.ndarray, people: np.ndarray) -> None:
    """Name the strata of which the county's own counts are not published."""
    unknown = ~(np.isfinite(cases) & (people > 0))
    if unknown.any():
        names = [name for name, bad in zip(definition.strata, unknown, strict=True) if bad]
        raise IndicatorError("standardised.reference", ids=names, indicator=definition.id)


def _worst(states: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return one state an area: a value, or why there is none; protected first."""
    undefined = np.isnan(value)
    result = np.where(undefined, str(State.NOT_APPLICABLE), str(State.VALUE)).astype(object)
    for state in reversed([s for s in schema.PUBLIC_STATES if s != State.VALUE]):
        result[(states == str(state)).any(axis=1)] = str(state)
    return result
