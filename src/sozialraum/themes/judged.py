"""Themes of judgements: status, dynamics, their combination, and proposals."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import OutputError
from sozialraum.files.provenance import footer, sources_sentence
from sozialraum.files.wording import day, number
from sozialraum.messages import text
from sozialraum.methods.palettes import colours
from sozialraum.model import Index, Proposal
from sozialraum.model.judged import BORDERLINE
from sozialraum.schema import State
from sozialraum.themes.common import (
    DOUBT,
    MISSING,
    blank_frame,
    counted,
    municipalities,
    state_label,
    subtitle,
)
from sozialraum.themes.model import Entry, Pattern, Theme

INDEX_THEMES = ("status", "dynamics", "group")

DYNAMICS = ("+", "+/-", "-")
DYNAMICS_MARKS = {"+": "+", "+/-": "±", "-": "−"}
DYNAMICS_NAMES = {"+": "positive", "+/-": "stable", "-": "negative"}
DYNAMICS_PATTERNS: dict[str, Pattern] = {"+": "dots", "+/-": "plain", "-": "vertical"}
STATUS_CLASSES = ("1", "2", "3", "4")


def index_theme(index: Index, what: str, date: str | None, language: str) -> Theme:
    """Return the theme of the status, the dynamics or both together."""
    if date is not None and date != index.date:
        raise OutputError("themes.unknown_date", ids=[date], known=index.date, what=what)
    release = index.release
    areas = release.areas.loc[index.table.index]
    column = "group" if what == "group" else f"{what}_class"
    published = (index.table["state"] == State.VALUE) & _filled(index.table[column])
    states = index.table["state"].astype("str")
    states = states.mask((states == State.VALUE) & ~published, _states_at_start(index))
    frame = blank_frame(areas)
    frame["class"] = index.table[column].astype("str").where(published, states.astype("str"))
    frame["number"] = np.nan
    if what != "group":
        frame["number"] = index.table[f"{what}_index"].where(published)
    frame["borderline"] = published & _is_borderline(index, what)
    frame["value"] = _index_texts(frame, states, language)
    frame["state"] = [state_label(state, language) for state in states]
    entries = _index_entries(what, frame.loc[published, "class"], language)
    return Theme(
        kind="classes",
        what=what,
        title=text(f"themes.{what}", language),
        subtitle=_index_subtitle(index, what, len(frame), language),
        legend=text(f"themes.legend_{what}", language),
        heading=text(
            "themes.heading_group" if what == "group" else "themes.heading_index", language
        ),
        unit="",
        date=index.date,
        geography=schema.AREAS_LEVEL,
        frame=frame,
        entries=counted(entries, frame["class"], states, language),
        breaks=(),
        notes=_index_notes(index, what, int(frame["borderline"].sum()), language),
        footer=footer(release, language),
        municipalities=municipalities(release),
        draft=release.draft,
        estimate=any(release.indicator(i).estimate for i in index.indicators),
    )


def _states_at_start(index: Index) -> pd.Series:
    """Return why an area with a status has no dynamics: its state at the start."""
    found = pd.Series(str(State.NOT_APPLICABLE), index=index.table.index, dtype="str")
    for what in reversed(index.indicators):
        if index.start in index.release.dates(what):
            then = index.release.frame(what, index.start)["state"].reindex(found.index)
            found = found.mask(then.isin(list(MISSING)), then.astype("str"))
    return found


def _is_borderline(index: Index, what: str) -> pd.Series:
    """Return which areas have a class that holds in too few of the possible worlds."""
    parts = ("status", "dynamics") if what == "group" else (what,)
    return (index.table[[f"{part}_stability" for part in parts]] < BORDERLINE).any(axis=1)


def _filled(column: pd.Series) -> pd.Series:
    return column.notna() & (column.astype("str") != "")


def _index_texts(frame: pd.DataFrame, states: pd.Series, language: str) -> pd.Series:
    texts = [
        MISSING[state][0]
        if state != State.VALUE
        else (number(value, 2, language) if pd.notna(value) else code) + DOUBT * doubtful
        for code, value, state, doubtful in zip(
            frame["class"], frame["number"], states, frame["borderline"], strict=True
        )
    ]
    return pd.Series(texts, index=frame.index, dtype="str")


def _index_subtitle(index: Index, what: str, areas: int, language: str) -> str:
    head = subtitle(index.release.title, areas, schema.AREAS_LEVEL, index.date, language)
    if what == "status" or not index.start:
        return head
    since = text("themes.since", language, date=day(index.start, language))
    return f"{head} · {since}"


def _index_notes(index: Index, what: str, doubtful: int, language: str) -> tuple[str, ...]:
    labels = "; ".join(index.release.indicator(i).label(language) for i in index.indicators)
    notes = [text("themes.index_from", language, preset=index.method.id, indicators=labels)]
    if what != "dynamics":
        notes.append(text("themes.status_note", language))
    if what != "status":
        notes.append(text("themes.dynamics_note", language))
    if doubtful:
        areas = number(doubtful, 0, language)
        notes.append(text("themes.borderline_note", language, areas=areas))
    return (*notes, *index.notes)


def _index_entries(what: str, present: pd.Series, language: str) -> tuple[Entry, ...]:
    if what == "dynamics":
        fills = colours("PuOr", len(DYNAMICS))
        return tuple(
            Entry(code, DYNAMICS_MARKS[code], _dynamics_label(code, language), fill)
            for code, fill in zip(DYNAMICS, fills, strict=True)
        )
    status = _status_entries(_status_codes(what, present), language)
    if what == "status":
        return status
    return tuple(_combined(entry, dynamics, language) for entry in status for dynamics in DYNAMICS)


def _status_codes(what: str, present: pd.Series) -> Sequence[str]:
    codes = present.str.rstrip("+/-") if what == "group" else present
    numbers = [int(code) for code in codes.unique()]
    return [str(i + 1) for i in range(max([len(STATUS_CLASSES), *numbers]))]


def _status_entries(codes: Sequence[str], language: str) -> tuple[Entry, ...]:
    fills = colours("OrRd", len(codes))
    own_names = len(codes) == len(STATUS_CLASSES)
    return tuple(
        Entry(code, code, _status_label(code, language, own_names=own_names), fill)
        for code, fill in zip(codes, fills, strict=True)
    )


def _status_label(code: str, language: str, *, own_names: bool) -> str:
    if own_names:
        return text(f"themes.status_{code}", language)
    return text("themes.status_other", language, code=code)


def _dynamics_label(code: str, language: str) -> str:
    return text(f"themes.dynamics_{DYNAMICS_NAMES[code]}", language)


def _combined(entry: Entry, dynamics: str, language: str) -> Entry:
    short = text(f"themes.dynamics_{DYNAMICS_NAMES[dynamics]}_short", language)
    return Entry(
        entry.code + dynamics,
        entry.mark + DYNAMICS_MARKS[dynamics],
        text("themes.group_label", language, status=entry.label, dynamics=short),
        entry.colour,
        DYNAMICS_PATTERNS[dynamics],
    )


def proposal_theme(proposal: Proposal, language: str = "de") -> Theme:
    """Return the theme of proposed areas: which pass every minimum, which do not."""
    frame = blank_frame(_with_municipality_names(proposal))
    passes = proposal.frame["passes"].to_numpy(dtype=bool)
    adopted = (proposal.frame["origin"] == "adopted").to_numpy()
    codes = np.where(~passes, "fails", np.where(adopted, "adopted", "proposed"))
    frame["class"] = pd.Series(codes, index=frame.index, dtype="str")
    frame["number"] = np.nan
    frame["value"] = proposal.frame["fails"].astype("str")
    frame["state"] = [text(f"themes.proposal_{code}", language) for code in codes]
    light, middle = colours("YlGnBu", 5)[:2]
    entries = (
        Entry("adopted", "", text("themes.proposal_adopted", language), light),
        Entry("proposed", "", text("themes.proposal_proposed", language), middle),
        Entry("fails", "!", text("themes.proposal_fails", language), "#fdb863", "vertical"),
    )
    return Theme(
        kind="classes",
        what="proposal",
        title=text("themes.proposal", language),
        subtitle=subtitle("", len(frame), schema.AREAS_LEVEL, "", language),
        legend=text("themes.proposal_legend", language),
        heading=text("themes.heading_fails", language),
        unit="",
        date="",
        geography=schema.AREAS_LEVEL,
        frame=frame,
        entries=counted(entries, frame["class"], frame["class"], language),
        breaks=(),
        notes=(_minima_note(proposal, language),),
        footer=(sources_sentence(proposal.sources, language),),
        municipalities=proposal.units[[schema.NAME, proposal.units.geometry.name]],
        draft=True,
    )


def _with_municipality_names(proposal: Proposal) -> gpd.GeoDataFrame:
    names = proposal.frame[schema.MUNICIPALITY].map(proposal.units[schema.NAME])
    return proposal.frame.assign(municipality_name=names.fillna("").astype("str"))


def _minima_note(proposal: Proposal, language: str) -> str:
    minima = "; ".join(
        f"{name} ≥ {number(value, 0, language)}" for name, value in sorted(proposal.minima.items())
    )
    return text("themes.proposal_note", language, minima=minima or "–")
