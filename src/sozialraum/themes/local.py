"""Themes of local statistics: where like stands beside like, and where high values gather."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import OutputError
from sozialraum.files.provenance import footer
from sozialraum.files.wording import number, percent_of
from sozialraum.flags.evidence import P_VALUES
from sozialraum.flags.grades import HINT, NOTABLE
from sozialraum.messages import text
from sozialraum.methods.multiplicity import benjamini_hochberg
from sozialraum.model import Flags
from sozialraum.schema import Grade, State
from sozialraum.themes.common import (
    blank_frame,
    counted,
    municipalities,
    state_label,
    subtitle,
)
from sozialraum.themes.flagged import COLD, HOT, PLAIN, slug
from sozialraum.themes.model import MISSING_COLOUR, Entry, Pattern, Theme
from sozialraum.themes.values import value_texts

LISA, GI = "lisa", "gi"
WEAK = "?"
"""Behind the code of a class that is only hinted at."""
QUADRANTS: dict[str, tuple[str, str, str, Pattern]] = {
    "high-high": ("++", "#b2182b", "#f4a582", "plain"),
    "high-low": ("+−", "#e08214", "#fee0b6", "vertical"),
    "low-high": ("−+", "#8073ac", "#d8daeb", "horizontal"),
    "low-low": ("−−", "#2166ac", "#92c5de", "dots"),
}
"""Mark, colour where clear, colour where only hinted at, and pattern; ColorBrewer's RdBu, PuOr."""
STRENGTHS = (Grade.HINT, Grade.NOTABLE, Grade.CONFIRMED)


@dataclass(frozen=True, slots=True)
class Kind:
    """One local statistic: its column of p-values, its classes, and its words."""

    name: str
    p: str
    classes: Callable[[pd.DataFrame, pd.Series], list[str]]
    entries: Callable[[str], Sequence[Entry]]


def local_themes(flags: Flags) -> tuple[str, ...]:
    """Return the names of the maps of local statistics that flags have."""
    tested = set(flags.table[schema.INDICATOR])
    known = [one.id for one in flags.release.indicators if one.id in tested]
    return tuple(f"{kind}:{indicator}" for kind in KINDS for indicator in known)


def local_theme(flags: Flags, what: str, date: str | None, language: str) -> Theme:
    """Return the theme of local Moran's I or of Gi* of one indicator."""
    name, _, indicator = what.partition(":")
    kind, release = KINDS[name], flags.release
    rows = graded(flags, indicator, kind.p)
    known = str(rows[schema.DATE].iloc[0])
    if date is not None and date != known:
        raise OutputError("themes.unknown_date", ids=[date], known=known, what=what)
    shown = release.frame(indicator, known)
    rows = rows.reindex(shown.index)
    frame = blank_frame(shown)
    frame["class"] = _classes(kind, rows, shown["state"])
    frame["number"] = np.nan
    frame["value"] = value_texts(release.indicator(indicator), shown, language)
    entries = counted(kind.entries(language), frame["class"], shown["state"], language)
    frame["state"] = _states(frame["class"], entries, language)
    unit = release.indicator(indicator).unit(language)
    return Theme(
        kind="classes",
        what=what,
        title=text(
            f"pictures.{name}", language, label=release.indicator(indicator).label(language)
        ),
        subtitle=subtitle(release.title, len(frame), schema.AREAS_LEVEL, known, language),
        legend=text(f"pictures.{name}_legend", language),
        heading=text("themes.heading_value", language, unit=unit),
        unit="",
        date=known,
        geography=schema.AREAS_LEVEL,
        frame=frame,
        entries=tuple(e for e in entries if e.areas or e.code != Grade.NO_NEIGHBOURS),
        breaks=(),
        notes=_notes(flags, indicator, kind, rows["strength"], language),
        footer=footer(release, language),
        municipalities=municipalities(release),
        draft=release.draft,
        estimate=release.indicator(indicator).estimate,
    )


def graded(flags: Flags, indicator: str, column: str) -> pd.DataFrame:
    """Return the rows of one indicator by area, with the strength of one statistic alone.

    The family of tests stays that of all indicators and statistics: what the map calls
    confirmed is confirmed among them.
    """
    p = flags.table[list(P_VALUES)].to_numpy(dtype=float)
    q = benjamini_hochberg(p.ravel()).reshape(p.shape)[:, list(P_VALUES).index(column)]
    own = p[:, list(P_VALUES).index(column)]
    cases = [np.isnan(own), q <= flags.rate, own <= NOTABLE, own <= HINT]
    strengths = (Grade.NO_NEIGHBOURS, Grade.CONFIRMED, Grade.NOTABLE, Grade.HINT)
    found = np.select(cases, [str(one) for one in strengths], str(Grade.NONE))
    table = flags.table.assign(strength=found)
    return table[table[schema.INDICATOR] == indicator].set_index(schema.AREA_ID)


def _classes(kind: Kind, rows: pd.DataFrame, states: pd.Series) -> pd.Series:
    """Return the class of every area; what is not published keeps its state."""
    strength = rows["strength"].fillna(str(Grade.NO_NEIGHBOURS))
    codes = pd.Series(kind.classes(rows, strength), index=rows.index, dtype="str")
    codes = codes.where(strength.isin(STRENGTHS), strength)
    return codes.where(states == State.VALUE, states).astype("str")


def _quadrant_classes(rows: pd.DataFrame, strength: pd.Series) -> list[str]:
    pairs = zip(rows["quadrant"].fillna(""), strength, strict=True)
    return [f"{quadrant}{WEAK if grade == Grade.HINT else ''}" for quadrant, grade in pairs]


def _spot_classes(rows: pd.DataFrame, strength: pd.Series) -> list[str]:
    pairs = zip(rows["gi_star"], strength, strict=True)
    return [f"{'high' if score > 0 else 'low'} {grade}" for score, grade in pairs]


def _quadrant_entries(language: str) -> list[Entry]:
    found = []
    for code, (mark, clear, light, pattern) in QUADRANTS.items():
        label = text(f"pictures.lisa_{slug(code)}", language)
        weak = text("pictures.only_hint", language, label=label)
        found.append(Entry(code, mark, label, clear, pattern))
        found.append(Entry(code + WEAK, f"({mark})", weak, light, pattern))
    return [*found, _none(language), _alone(language)]


def _spot_entries(language: str) -> list[Entry]:
    sides: tuple[tuple[str, str, tuple[str, ...], Pattern], ...] = (
        ("high", "+", HOT, "plain"),
        ("low", "−", COLD, "dots"),
    )
    high, low = (
        [
            Entry(
                f"{way} {grade}",
                f"{sign}{rank}",
                text(f"pictures.gi_{way}_{grade}", language),
                fill,
                pattern,
            )
            for rank, (grade, fill) in enumerate(zip(STRENGTHS, fills, strict=True), 1)
        ]
        for way, sign, fills, pattern in sides
    )
    return [*reversed(high), _none(language), *low, _alone(language)]


def _none(language: str) -> Entry:
    return Entry(str(Grade.NONE), "", text("themes.grade_none", language), PLAIN)


def _alone(language: str) -> Entry:
    label = text("themes.grade_no_neighbours", language)
    return Entry(str(Grade.NO_NEIGHBOURS), "○", label, MISSING_COLOUR, "cross", missing=True)


def _states(codes: pd.Series, entries: Sequence[Entry], language: str) -> list[str]:
    labels = {entry.code: entry.label for entry in entries}
    return [labels.get(code) or state_label(code, language) for code in codes]


def _notes(
    flags: Flags, indicator: str, kind: Kind, strength: pd.Series, language: str
) -> tuple[str, ...]:
    counts = strength.value_counts()
    found = {str(grade): number(int(counts.get(grade, 0)), 0, language) for grade in STRENGTHS}
    polarity = flags.release.indicator(indicator).polarity
    rate = percent_of(flags.rate, language)
    return (
        text(f"pictures.{kind.name}_note", language),
        text(f"pictures.meaning_{polarity + 1}", language),
        text("pictures.strengths", language, rate=rate, **found),
        text("themes.grade_meaning", language),
    )


KINDS = {
    LISA: Kind(LISA, "p_moran", _quadrant_classes, _quadrant_entries),
    GI: Kind(GI, "p_gi", _spot_classes, _spot_entries),
}
