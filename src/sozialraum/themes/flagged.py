"""Theme of the areas that need a closer look: how strong, how firm, and where things move."""

import geopandas as gpd
import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import OutputError
from sozialraum.files.provenance import footer
from sozialraum.files.wording import number, of_areas, percent_of
from sozialraum.messages import text
from sozialraum.methods.palettes import colours
from sozialraum.model import Flags
from sozialraum.model.judged import DOUBTFUL, FALLING, LOW, MIXED, RISING
from sozialraum.schema import FIRM, FLAGGED, Grade
from sozialraum.themes.common import (
    DOUBT,
    FALLS,
    RISES,
    blank_frame,
    counted,
    municipalities,
    subtitle,
)
from sozialraum.themes.model import MISSING_COLOUR, Entry, Pattern, Theme

FLAG_THEME = "grade"
HOT = colours("OrRd", 5)[1:4]
COLD = ("#c6dbef", "#6baed6", "#08519c")
"""Hint, notable and confirmed: of burdens, and (ColorBrewer's Blues) of their opposite."""
PLAIN = "#fbfbf8"
"""Where nothing stands out."""
UNTESTED = (Grade.NO_NEIGHBOURS, Grade.NOT_PUBLISHED)
ARROWS = {RISING: RISES, FALLING: FALLS}


def flag_theme(flags: Flags, date: str | None, language: str) -> Theme:
    """Return the theme of the areas that need a closer look (burden first)."""
    latest = checked_date(flags, date)
    release = flags.release
    direction = flags.areas["direction"].astype("str")
    apart = direction.isin([LOW, MIXED]) & flags.areas["grade"].isin(FLAGGED)
    frame = blank_frame(release.areas.loc[flags.areas.index])
    frame["class"] = flags.areas["grade"].astype("str").mask(apart, direction)
    frame["number"] = np.nan
    frame["borderline"] = doubtful(flags)
    frame["value"] = _values(flags, frame["borderline"], language)
    frame["state"] = [text(f"themes.grade_{slug(code)}", language) for code in frame["class"]]
    entries = counted(flag_entries(language), frame["class"], frame["class"], language)
    return Theme(
        kind="classes",
        what=FLAG_THEME,
        title=text("themes.grade", language),
        subtitle=subtitle(release.title, len(frame), schema.AREAS_LEVEL, latest, language),
        legend=text("themes.grade_legend", language),
        heading=text("themes.heading_flags", language),
        unit="",
        date=latest,
        geography=schema.AREAS_LEVEL,
        frame=frame,
        entries=tuple(e for e in entries if e.areas or e.code not in UNTESTED),
        breaks=(),
        notes=_notes(flags, frame, language),
        footer=footer(release, language),
        municipalities=municipalities(release),
        draft=release.draft,
    )


def checked_date(flags: Flags, date: str | None) -> str:
    """Return the latest date of flags; raise if another one is asked for."""
    dates = sorted(flags.table[schema.DATE].unique())
    if date is not None and date not in dates:
        known = ", ".join(dates)
        raise OutputError("themes.unknown_date", ids=[date], known=known, what=FLAG_THEME)
    return str(dates[-1]) if dates else ""


def doubtful(flags: Flags) -> pd.Series:
    """Return which findings hold in fewer than half of the recounts or of other zonings.

    A hint says by its name that it is none to rely on.
    """
    firm = flags.areas["grade"].isin(FIRM)
    return firm & (flags.areas[["stability", "kept"]] < DOUBTFUL).any(axis=1)


def slug(code: str) -> str:
    """Return a class as it stands in the name of its sentence."""
    return code.replace(" ", "_").replace("-", "_")


def names_of(flags: Flags, joined: str, language: str) -> str:
    """Return the labels of indicators whose ids stand in one text, parted by commas."""
    known = {indicator.id: indicator.label(language) for indicator in flags.release.indicators}
    names = [name.strip() for name in joined.split(",") if name.strip()]
    return ", ".join(known.get(name, name) for name in names)


def _values(flags: Flags, doubts: pd.Series, language: str) -> list[str]:
    """Return the indicators behind every finding, marked where doubtful and where they move."""
    columns = (flags.areas["indicators"].fillna(""), flags.areas["warning"], doubts)
    return [
        (names_of(flags, behind, language) + DOUBT * bool(doubt) + ARROWS.get(moves, "")).strip()
        for behind, moves, doubt in zip(*columns, strict=True)
    ]


def _notes(flags: Flags, frame: gpd.GeoDataFrame, language: str) -> tuple[str, ...]:
    rate = percent_of(flags.rate, language)
    tests = number(flags.tests, 0, language)
    notes = [
        text("themes.grade_tests", language, tests=tests),
        text("themes.grade_note", language, rate=rate),
        text("themes.grade_meaning", language),
    ]
    unsure = int(frame["borderline"].sum())
    if unsure:
        notes.append(of_areas("pictures.doubtful_note", unsure, language))
    moves = flags.areas["warning"].value_counts()
    notes += [
        of_areas(f"pictures.note_{way}", int(moves[way]), language)
        for way in (RISING, FALLING)
        if moves.get(way, 0)
    ]
    return tuple(notes)


def flag_entries(language: str) -> tuple[Entry, ...]:
    """Return the classes of evidence, strongest burden first, as maps and charts show them."""
    hint, notable, confirmed = HOT
    rows: tuple[tuple[str, str, str, Pattern, bool], ...] = (
        (Grade.CONFIRMED, "3", confirmed, "plain", False),
        (Grade.NOTABLE, "2", notable, "plain", False),
        (Grade.HINT, "1", hint, "plain", False),
        (Grade.NONE, "", PLAIN, "plain", False),
        (MIXED, "≠", "#cab2d6", "vertical", False),
        (LOW, "−", "#a6cee3", "dots", False),
        (Grade.NO_NEIGHBOURS, "○", MISSING_COLOUR, "cross", True),
        (Grade.NOT_PUBLISHED, "•", MISSING_COLOUR, "diagonal", True),
    )
    return tuple(
        Entry(str(code), mark, text(f"themes.grade_{slug(code)}", language), fill, pattern, 0, gone)
        for code, mark, fill, pattern, gone in rows
    )
