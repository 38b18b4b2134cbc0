"""Whom do we reach, in words: people in the areas that stand out, and all the others."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.files.wording import number, share
from sozialraum.index.coverage import PUBLISHED, coverage
from sozialraum.messages import default_language, text
from sozialraum.model import Flags, Index, Release
from sozialraum.model.publishable import release_of

LEVELS = (schema.COUNTY_LEVEL, schema.MUNICIPALITY_LEVEL)


def coverage_sentences(
    marked: Index | Flags | Collection[str],
    indicator: str,
    language: str | None = None,
    *,
    release: Release | None = None,
    date: str | None = None,
) -> dict[str, str]:
    """Return in words which share of the affected people live in the areas that stand out.

    Parameters
    ----------
    marked, indicator, release, date
        See :func:`sozialraum.index.coverage.coverage`.
    language
        ``"de"`` or ``"en"``; the reader's language when omitted.

    Returns
    -------
    dict
        A text for the county and one for every municipality, by id. The county's says
        what as many areas would reach if they were chosen by the number of people; that
        of a municipality without any marked area says how many people are affected all
        the same, so that need that is spread thinly is not overlooked.

    Raises
    ------
    IndicatorError, StatisticsError
        See :func:`sozialraum.index.coverage.coverage`.

    Examples
    --------
    ::

        coverage_sentences(flags, "child_poverty", "de")
    """
    language = language or default_language()
    table = coverage(marked, indicator, release=release, date=date, by=LEVELS)
    known = release_of(marked) if isinstance(marked, Index | Flags) else release
    label = known.indicator(indicator).label(language) if known is not None else indicator
    rows = table.to_dict("records")
    county = next(row for row in rows if row["level"] == schema.COUNTY_LEVEL)
    return {str(row["place"]): _told(row, county, label, language) for row in rows}


def _told(row: Mapping[Any, Any], county: Mapping[Any, Any], label: str, language: str) -> str:
    if pd.isna(row["persons"]) or (row["persons"] == 0 and row["areas_hidden"]):
        return text("reached.unknown", language, label=label)
    if row["persons"] == 0:
        return text("reached.nobody", language, label=label)
    parts = _reached(row, label, language) if row["areas_marked"] else ()
    parts = parts or _spread(row, county, label, language)
    if row["level"] == schema.COUNTY_LEVEL and row["areas_marked"]:
        parts = (*parts, _top(row, language))
    return " ".join([*parts, *_hidden(row, language)])


def _reached(row: Mapping[Any, Any], label: str, language: str) -> tuple[str, ...]:
    marked = int(row["areas_marked"])
    told = text(
        "reached.marked_one" if marked == 1 else "reached.marked_many",
        language,
        marked=number(marked, 0, language),
        areas=share(row["share_areas"], language),
        share=_least(row, "share_persons", language),
        label=label,
        here=number(row["persons_marked"], 0, language),
        persons=number(row["persons"], 0, language),
    )
    return (told[0].upper() + told[1:],)


def _spread(
    row: Mapping[Any, Any], county: Mapping[Any, Any], label: str, language: str
) -> tuple[str, ...]:
    """Return that nothing stands out and how many people are affected all the same."""
    part = row["persons"] / county["persons"] if county["persons"] else np.nan
    persons = number(row["persons"], 0, language)
    shown = share(min(1.0, part), language)
    none = text("reached.marked_none", language)
    return none, text("reached.still", language, label=label, persons=persons, share=shown)


def _top(row: Mapping[Any, Any], language: str) -> str:
    marked = int(row["areas_marked"])
    name = "reached.top_one" if marked == 1 else "reached.top_many"
    shown = _least(row, "share_top", language)
    return text(name, language, marked=number(marked, 0, language), share=shown)


def _least(row: Mapping[Any, Any], name: str, language: str) -> str:
    """Return a share, as a least one where people of hidden areas are in the total."""
    shown = share(row[name], language)
    if row["areas_hidden"] and row["base"] == PUBLISHED:
        return text("reached.at_least", language, share=shown)
    return shown


def _hidden(row: Mapping[Any, Any], language: str) -> tuple[str, ...]:
    hidden = int(row["areas_hidden"])
    if not hidden:
        return ()
    name = "reached.hidden_one" if hidden == 1 else "reached.hidden_many"
    return (text(name, language, n=number(hidden, 0, language)),)
