"""Themes of indicators: fixed classes over all dates, formatted values."""

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import OutputError
from sozialraum.files.provenance import footer
from sozialraum.files.wording import number
from sozialraum.messages import text
from sozialraum.methods.classes import class_breaks, classify, decimals
from sozialraum.methods.palettes import Palette, colours
from sozialraum.model import Indicator, Release
from sozialraum.schema import State
from sozialraum.themes.common import (
    MISSING,
    blank_frame,
    counted,
    municipalities,
    state_label,
    subtitle,
)
from sozialraum.themes.model import Entry, Theme

PALETTES: dict[int, Palette] = {1: "OrRd", 0: "YlGnBu", -1: "viridis"}
"""Burdens, context and strengths; a high value is always dark."""

SMALL_DENOMINATOR = 200
"""Below this denominator a rate is published in whole units only."""


def geography_of(release: Release, indicator: str) -> str:
    """Return the finest set of areas that the indicator has rows for."""
    present = release.table.loc[release.table[schema.INDICATOR] == indicator, schema.GEOGRAPHY]
    levels = (schema.AREAS_LEVEL, schema.MUNICIPALITY_LEVEL, schema.COUNTY_LEVEL)
    known = set(present.unique())
    others = sorted(known - set(levels))
    return next((level for level in (*levels, *others) if level in known), schema.AREAS_LEVEL)


def breaks_of(release: Release, indicator: Indicator, geography: str) -> tuple[float, ...]:
    """Return the class breaks of an indicator: the adopted ones, else one set for all dates."""
    if indicator.breaks:
        return indicator.breaks
    table = release.table
    chosen = (table[schema.INDICATOR] == indicator.id) & (table[schema.GEOGRAPHY] == geography)
    return class_breaks(table.loc[chosen, "value"].to_numpy(dtype=float, na_value=np.nan))


def value_texts(indicator: Indicator, frame: pd.DataFrame, language: str) -> pd.Series:
    """Return published values as text, and the mark of its state for every other area.

    Rates of small denominators are written without decimals, as they were rounded.
    """
    texts = []
    columns = (frame["value"], frame["denominator"], frame["state"])
    for value, denominator, state in zip(*columns, strict=True):
        if pd.isna(value):
            texts.append(MISSING[state][0])
            continue
        needed = decimals((float(value),))
        coarse = not indicator.is_rate or denominator < SMALL_DENOMINATOR
        texts.append(number(value, needed if coarse else max(1, needed), language))
    return pd.Series(texts, index=frame.index, dtype="str")


def class_entries(breaks: tuple[float, ...], palette: Palette, language: str) -> tuple[Entry, ...]:
    """Return one numbered class for every interval between breaks."""
    digits = decimals(breaks)
    texts = [number(value, digits, language) for value in breaks]
    if not breaks:
        labels = [text("themes.one_class", language)]
    else:
        labels = [
            text("themes.below", language, upper=texts[0]),
            *(
                text("themes.between", language, lower=low, upper=high)
                for low, high in pairwise(texts)
            ),
            text("themes.from", language, lower=texts[-1]),
        ]
    fills = colours(palette, len(labels))
    return tuple(
        Entry(str(i + 1), str(i + 1), label, fill)
        for i, (label, fill) in enumerate(zip(labels, fills, strict=True))
    )


def indicator_theme(release: Release, what: str, date: str | None, language: str) -> Theme:
    """Return the theme of one indicator at one date (the latest when omitted)."""
    indicator = release.indicator(what)
    dates = release.dates(what)
    if not dates or (date is not None and date not in dates):
        raise OutputError("themes.unknown_date", ids=[str(date)], known=", ".join(dates), what=what)
    date = date or dates[-1]
    geography = geography_of(release, what)
    rows = _with_typed_gaps(release.frame(what, date, geography))
    breaks = breaks_of(release, indicator, geography)
    frame = _classified(indicator, rows, breaks, language)
    entries = class_entries(breaks, PALETTES[indicator.polarity], language)
    unit = indicator.unit(language)
    return Theme(
        kind="values",
        what=what,
        title=indicator.label(language),
        subtitle=_subtitle(release, indicator, rows, date, language),
        legend=text("themes.legend_in", language, unit=unit or text("themes.number", language)),
        heading=text("themes.heading_value", language, unit=unit)
        if unit
        else text("themes.heading_count", language),
        unit=unit,
        date=date,
        geography=geography,
        frame=frame,
        entries=counted(entries, frame["class"], rows["state"], language),
        breaks=breaks,
        notes=_notes(indicator, language),
        footer=footer(release, language),
        municipalities=municipalities(release),
        draft=release.draft,
        estimate=indicator.estimate,
    )


def _with_typed_gaps(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return rows where a state without a number never claims to be a value."""
    hollow = rows["value"].isna() & (rows["state"] == State.VALUE)
    return rows.assign(state=rows["state"].astype("str").mask(hollow, State.NOT_APPLICABLE))


def _subtitle(
    release: Release, indicator: Indicator, rows: gpd.GeoDataFrame, date: str, language: str
) -> str:
    geography = str(rows[schema.GEOGRAPHY].iloc[0]) if len(rows) else schema.AREAS_LEVEL
    years = indicator.pool
    head = subtitle(release.title, len(rows), geography, date, language, years=years)
    if not indicator.estimate:
        return head
    return f"{head} · {text('themes.estimate_short', language)}"


def _classified(
    indicator: Indicator, rows: gpd.GeoDataFrame, breaks: tuple[float, ...], language: str
) -> gpd.GeoDataFrame:
    frame = blank_frame(rows)
    values = rows["value"].to_numpy(dtype=float, na_value=np.nan)
    codes = [str(k + 1) for k in classify(values, breaks)]
    published = rows["state"] == State.VALUE
    frame["class"] = pd.Series(codes, index=rows.index, dtype="str").where(
        published, rows["state"].astype("str")
    )
    frame["number"] = values
    frame["value"] = value_texts(indicator, rows, language)
    frame["state"] = [state_label(state, language) for state in rows["state"]]
    return frame


def _notes(indicator: Indicator, language: str) -> tuple[str, ...]:
    note = indicator.note_en if language == "en" else indicator.note_de
    adopted = text("themes.breaks_adopted" if indicator.breaks else "themes.breaks_fixed", language)
    meaning = text(f"themes.polarity_{indicator.polarity + 1}", language)
    estimate = text("themes.estimate", language) if indicator.estimate else ""
    pool = indicator.pool
    pooled = text("pooling.pooled", language, pool=pool) if pool > 1 else ""
    return tuple(found for found in (note, pooled, meaning, estimate, adopted) if found)
