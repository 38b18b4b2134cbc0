"""What a report says: sentences, tables and lists, as plain texts without any markup."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.files.wording import day, number, period, share
from sozialraum.messages import text
from sozialraum.model import Flags, Indicator, Release
from sozialraum.model.publishable import Publishable, release_of
from sozialraum.schema import Grade
from sozialraum.themes import Theme
from sozialraum.themes.common import DOUBT, MISSING, state_label
from sozialraum.themes.values import geography_of, value_texts

COLUMNS = 5
"""Indicators side by side in one table: what fits on A4."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A text in a table, with the number of its theme and class where it has one."""

    text: str
    theme: int = -1
    entry: int = -1
    mark: str = ""
    number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption, column headings, rows and rows to compare with.

    `chips` says whether its numbers have a box with their class beside them.
    """

    caption: str
    heads: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell]]]
    compared: Sequence[tuple[str, Sequence[Cell]]] = ()
    chips: bool = False


def summary(noun: Publishable, themes: Mapping[str, Theme], language: str) -> list[str]:
    """Return the report in a few sentences."""
    release = release_of(noun)
    small = release.areas[release.areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL]
    dates = sorted(release.table[schema.DATE].unique())
    sentences = [
        text(
            "report.summary_areas",
            language,
            areas=number(len(small), 0, language),
            towns=small[schema.MUNICIPALITY].nunique(),
            indicators=len(release.indicators),
            date=day(dates[-1], language) if dates else "–",
        ),
        text(
            "report.summary_published",
            language,
            share=share(release.audit.share_published, language),
        ),
    ]
    if "status" in themes:
        counted = _counted(themes["status"])
        sentences.append(text("report.summary_status", language, classes=counted))
    if isinstance(noun, Flags):
        sentences.append(_summary_of_flags(themes["grade"], language))
    return sentences


def _counted(shown: Theme) -> str:
    return "; ".join(f"{entry.label}: {entry.areas}" for entry in shown.entries)


def _summary_of_flags(shown: Theme, language: str) -> str:
    return text(
        "report.summary_flags",
        language,
        confirmed=shown.entry(Grade.CONFIRMED).areas,
        notable=shown.entry(Grade.NOTABLE).areas,
        hint=shown.entry(Grade.HINT).areas,
        low=shown.entry("low").areas,
        mixed=shown.entry("mixed").areas,
    )


def overview(release: Release, language: str) -> Table:
    """Return one row an indicator: the county's value and the span of its areas."""
    rows = []
    for indicator in release.indicators:
        if not release.dates(indicator.id):
            continue
        county = level_texts(release, indicator, schema.COUNTY_LEVEL, language)
        geography = geography_of(release, indicator.id)
        frame = release.frame(indicator.id, geography=geography)
        shown = frame[frame["value"].notna()].sort_values("value", kind="stable")
        texts = value_texts(indicator, shown, language)
        cells = [
            Cell(period(release.dates(indicator.id)[-1], indicator.pool, language)),
            Cell(next(iter(county.values()), "–"), number=True),
            Cell(texts.iloc[0] if len(texts) else "–", number=True),
            Cell(texts.iloc[-1] if len(texts) else "–", number=True),
            Cell(f"{len(shown)} / {len(frame)}", number=True),
        ]
        rows.append((head_of(indicator, language), cells))
    heads = ("indicator", "date", "county", "lowest", "highest", "published")
    return Table(
        text("report.overview_caption", language),
        [text(f"report.head_{head}", language) for head in heads],
        rows,
    )


def head_of(indicator: Indicator, language: str) -> str:
    """Return an indicator as a heading: label and unit, and whether it is an estimate."""
    unit = indicator.unit(language)
    parts = [f"{indicator.label(language)} ({unit})" if unit else indicator.label(language)]
    parts += [text("themes.estimate_short", language)] if indicator.estimate else []
    return ", ".join(parts)


def level_texts(
    release: Release, indicator: Indicator, geography: str, language: str
) -> dict[str, str]:
    """Return the latest values of a geography as texts, by area; empty without rows."""
    table = release.table
    chosen = (table[schema.INDICATOR] == indicator.id) & (table[schema.GEOGRAPHY] == geography)
    if not chosen.any():
        return {}
    frame = release.frame(indicator.id, geography=geography)
    return {str(k): str(v) for k, v in value_texts(indicator, frame, language).items()}


def marks(release: Release, themes: Mapping[str, Theme], language: str) -> list[tuple[str, str]]:
    """Return the marks for missing values that occur, with their meaning."""
    states = set(release.table["state"].unique())
    for shown in themes.values():
        states |= {entry.code for entry in shown.entries if entry.missing}
    return [(MISSING[s][0], state_label(s, language)) for s in MISSING if s in states]


def judgement_table(
    town: str, areas: pd.Index, themes: Mapping[str, Theme], names: pd.Series, language: str
) -> Table | None:
    """Return classes of a municipality's areas; None without index and flags."""
    judged = [(k, t) for k, t in enumerate(themes.values()) if t.kind == "classes"]
    judged = [(k, t) for k, t in judged if t.what != "group"]
    if not judged:
        return None
    rows = [
        (str(names[area]), [_class_cell(shown, k, str(area)) for k, shown in judged])
        for area in areas
    ]
    heads = [text("report.head_area", language), *(shown.legend for _, shown in judged)]
    return Table(text("report.judgement_caption", language, town=town), heads, rows)


def _class_cell(shown: Theme, k: int, area: str) -> Cell:
    code = shown.frame["class"][area]
    i = next(i for i, entry in enumerate(shown.entries) if entry.code == code)
    doubtful = "borderline" in shown.frame and shown.frame["borderline"][area]
    return Cell(shown.entries[i].label + DOUBT * bool(doubtful), k, i, shown.entries[i].mark)


def value_tables(
    release: Release, town: str, key: str, themes: Mapping[str, Theme], language: str
) -> list[Table]:
    """Return the values of a municipality's areas, a few indicators a table."""
    fine = [
        (k, release.indicator(shown.what), shown)
        for k, shown in enumerate(themes.values())
        if shown.kind == "values" and shown.geography == schema.AREAS_LEVEL
    ]
    chunks = [fine[i : i + COLUMNS] for i in range(0, len(fine), COLUMNS)]
    return [_value_table(release, town, key, chunk, language) for chunk in chunks]


def _value_table(
    release: Release,
    town: str,
    key: str,
    chunk: Sequence[tuple[int, Indicator, Theme]],
    language: str,
) -> Table:
    frame = chunk[0][2].frame
    areas = frame.index[frame[schema.MUNICIPALITY] == key]
    rows = [
        (str(frame["name"][area]), [_value_cell(shown, k, str(area)) for k, _, shown in chunk])
        for area in areas
    ]
    compared = []
    for geography, place in ((schema.MUNICIPALITY_LEVEL, key), (schema.COUNTY_LEVEL, None)):
        texts = [level_texts(release, one, geography, language) for _, one, _ in chunk]
        if any(texts):
            cells = [Cell(_pick(found, place), number=True) for found in texts]
            compared.append((text(f"report.compared_{geography}", language), cells))
    heads = [text("report.head_area", language)]
    heads += [head_of(indicator, language) for _, indicator, _ in chunk]
    dates = ", ".join(sorted({period(shown.date, one.pool, language) for _, one, shown in chunk}))
    caption = text("report.values_caption", language, town=town, date=dates)
    return Table(caption, heads, rows, compared, chips=True)


def _pick(found: Mapping[str, str], place: str | None) -> str:
    if place is not None:
        return found.get(place, "–")
    return next(iter(found.values()), "–")


def _value_cell(shown: Theme, k: int, area: str) -> Cell:
    code = shown.frame["class"][area]
    i = next(i for i, entry in enumerate(shown.entries) if entry.code == code)
    entry = shown.entries[i]
    mark = "" if entry.missing else entry.mark
    return Cell(str(shown.frame["value"][area]), k, -1 if entry.missing else i, mark, number=True)


def coarse_table(
    release: Release, town: str, key: str, themes: Mapping[str, Theme], language: str
) -> Table | None:
    """Return indicators that exist for whole municipalities only; None if there are none."""
    rows = []
    for shown in themes.values():
        if shown.kind != "values" or shown.geography == schema.AREAS_LEVEL:
            continue
        indicator = release.indicator(shown.what)
        here = level_texts(release, indicator, schema.MUNICIPALITY_LEVEL, language)
        county = level_texts(release, indicator, schema.COUNTY_LEVEL, language)
        cells = [Cell(_pick(here, key), number=True), Cell(_pick(county, None), number=True)]
        rows.append((head_of(indicator, language), cells))
    if not rows:
        return None
    heads = [text(f"report.head_{h}", language) for h in ("indicator", "municipality", "county")]
    return Table(text("report.coarse_caption", language, town=town), heads, rows)


def flagged(
    noun: Publishable, areas: pd.Index, language: str
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return areas with a flag by direction, burdens first: heading, names and sentences."""
    if not isinstance(noun, Flags):
        return []
    lists = [
        (
            text(f"report.flagged_{direction}", language),
            _sentences(noun, areas, direction, language),
        )
        for direction in ("high", "mixed", "low")
    ]
    return [(heading, found) for heading, found in lists if found]


def _sentences(
    flags: Flags, areas: pd.Index, direction: str, language: str
) -> list[tuple[str, str]]:
    """Return name and sentence of every flagged area, strongest evidence first."""
    from sozialraum.flags import sentence

    order = {Grade.CONFIRMED: 0, Grade.NOTABLE: 1, Grade.HINT: 2}
    here = flags.areas.reindex(areas)
    grades = here.loc[here["direction"] == direction, "grade"]
    found = grades[grades.isin(list(order))]
    ranked = found.index[np.argsort([order[Grade(g)] for g in found], kind="stable")]
    names = flags.release.areas[schema.NAME]
    return [(str(names[area]), sentence(flags, str(area), language)) for area in ranked]


def alternative(shown: Theme, language: str) -> str:
    """Return what a map shows, in words, for those who do not see it."""
    head = text("report.map_alt", language, title=shown.title, subtitle=shown.subtitle)
    return f"{head} {_counted(shown)}."


def policy_rows(release: Release, language: str) -> list[tuple[str, str]]:
    """Return the policy and the audit as name and value."""
    policy, audit = release.policy, release.audit
    classes = ", ".join(f"{name}: {k}" for name, k in sorted(policy.k_by_sensitivity.items()))
    values = {
        "policy": policy.name,
        "residents": number(policy.residents, 0, language),
        "denominator": number(policy.denominator, 0, language),
        "k": str(policy.k),
        "k_classes": classes,
        "decided": ", ".join(v for v in (policy.decided_by, day(policy.decided_on, language)) if v),
        "officer": day(policy.dpo_consulted_on, language),
        "valid": day(policy.valid_until, language),
        "model": text("disclosure.model", language) if audit.ours else audit.model,
        "checks": number(sum(audit.checks.values()), 0, language) if audit.checks else "",
        "cells": number(audit.cells, 0, language),
        "hidden": number(audit.primary + audit.secondary, 0, language),
    }
    return [(text(f"report.policy_{name}", language), v) for name, v in values.items() if v]
