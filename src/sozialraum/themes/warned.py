"""Theme of early warning: where a burden parts from the county's course, beyond chance."""

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.files.provenance import footer
from sozialraum.files.wording import percent_of
from sozialraum.messages import text
from sozialraum.model import Flags
from sozialraum.model.judged import FALLING, RISING, TOO_SHORT
from sozialraum.schema import FLAGGED, Grade
from sozialraum.themes.common import blank_frame, counted, municipalities, subtitle
from sozialraum.themes.flagged import ARROWS, COLD, HOT, PLAIN, checked_date, names_of, slug
from sozialraum.themes.model import MISSING_COLOUR, Entry, Pattern, Theme

WARNING_THEME = "warning"
ORDER = (
    *((grade, way) for grade in FLAGGED for way in (RISING, FALLING)),
    *((Grade.NONE, ""), (TOO_SHORT, "")),
)
"""What an area is shown as when its indicators differ: the strongest, a rising burden first."""

type _Row = tuple[str, str, str, Pattern]
"""Code, mark, fill and pattern of a class."""


def warning_theme(flags: Flags, date: str | None, language: str) -> Theme:
    """Return the theme of early warnings, the strongest of every area."""
    latest, release = checked_date(flags, date), flags.release
    found = strongest_warnings(flags)
    frame = blank_frame(release.areas.loc[flags.areas.index])
    frame["class"] = found["code"]
    frame["number"] = np.nan
    frame["value"] = [
        (names_of(flags, behind, language) + ARROWS.get(way, "")).strip()
        for behind, way in zip(found["indicators"], found["way"], strict=True)
    ]
    frame["state"] = [text(f"pictures.warning_{slug(c)}", language) for c in frame["class"]]
    tested = sorted(flags.warnings[schema.INDICATOR].astype("str").unique())
    labels = names_of(flags, ",".join(tested), language) or "–"
    entries = counted(_entries(language), frame["class"], frame["class"], language)
    return Theme(
        kind="classes",
        what=WARNING_THEME,
        title=text("pictures.warning", language),
        subtitle=subtitle(release.title, len(frame), schema.AREAS_LEVEL, latest, language),
        legend=text("pictures.warning_legend", language),
        heading=text("themes.heading_flags", language),
        unit="",
        date=latest,
        geography=schema.AREAS_LEVEL,
        frame=frame,
        entries=tuple(e for e in entries if e.areas or not e.missing),
        breaks=(),
        notes=(
            text("pictures.warning_note", language, labels=labels),
            text("pictures.warning_rate", language, rate=percent_of(flags.rate, language)),
        ),
        footer=footer(release, language),
        municipalities=municipalities(release),
        draft=release.draft,
    )


def strongest_warnings(flags: Flags) -> pd.DataFrame:
    """Return the class of every area, its direction, and the indicators behind it."""
    rank = {case: i for i, case in enumerate(ORDER)}
    rows = flags.warnings
    way = rows["direction"].astype("str").where(rows["grade"].isin(FLAGGED), "")
    work = rows.assign(way=way)
    work["rank"] = [
        rank.get((grade, moves), len(rank))
        for grade, moves in zip(work["grade"], work["way"], strict=True)
    ]
    work = work[work["rank"] < len(rank)]
    best = work[work["rank"] == work.groupby(schema.AREA_ID)["rank"].transform("min")]
    own = best.groupby(schema.AREA_ID, sort=False)
    found = own[["way", "grade"]].first()
    behind = own[schema.INDICATOR].agg(",".join)
    found["indicators"] = behind.where(found["way"] != "", "")
    found["code"] = (found["way"] + " " + found["grade"].astype("str")).str.strip()
    blank = {"code": str(Grade.NOT_PUBLISHED), "way": "", "indicators": ""}
    return found[list(blank)].reindex(flags.areas.index).fillna(blank)


def _entries(language: str) -> list[Entry]:
    steps = list(enumerate(zip(reversed(FLAGGED), HOT, COLD, strict=True), 1))
    rising: list[_Row] = [
        (f"{RISING} {grade}", f"▲{rank}", hot, "plain") for rank, (grade, hot, _) in steps
    ]
    falling: list[_Row] = [
        (f"{FALLING} {grade}", f"▼{rank}", cold, "dots") for rank, (grade, _, cold) in steps
    ]
    rows: tuple[_Row, ...] = (
        *reversed(rising),
        (str(Grade.NONE), "", PLAIN, "plain"),
        *falling,
        (TOO_SHORT, "…", MISSING_COLOUR, "backward"),
        (str(Grade.NOT_PUBLISHED), "•", MISSING_COLOUR, "diagonal"),
    )
    return [
        Entry(
            *(code, mark, text(f"pictures.warning_{slug(code)}", language), fill, pattern),
            missing=fill == MISSING_COLOUR,
        )
        for code, mark, fill, pattern in rows
    ]
