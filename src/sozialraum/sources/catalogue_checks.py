"""What must hold inside an entry of the catalogue, and between its entries."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sozialraum.messages import default_language, text
from sozialraum.model.themes import THEMES
from sozialraum.sources.dates import iso_date
from sozialraum.sources.settings import fault

LEAP_YEAR = 2024
"""In which every day of a year can be written."""
UNWRITABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What a cell of a workbook cannot hold; line breaks can."""
SHARES = {"%", "‰", "percent", "per cent", "prozent", "promille"}


def _fault(kind: str, place: str, **values: object) -> str:
    return text(f"catalogue.fault_{kind}", default_language(), place=place, **values)


def date_faults(values: Mapping[str, Any], place: str) -> Iterator[str]:
    """Yield a fault for every text that is no ISO date or no day of the year."""
    for name, free in (
        ("denominator_date", "same"),
        ("adopted_on", ""),
        ("target_on", ""),
        ("next_due", ""),
    ):
        if values[name] != free and iso_date(values[name]) != values[name]:
            yield fault("no_date", f"{place}.{name}")
    for name in ("numerator_day", "denominator_day"):
        if values[name] and not _is_day(values[name]):
            yield _fault("no_day", f"{place}.{name}")
    days = [one["date"] for one in values["series_breaks"]]
    for i, day in enumerate(days):
        if iso_date(day) != day:
            yield fault("no_date", f"{place}.series_break[{i + 1}].date")
        elif day in days[:i]:
            yield _fault("break_repeated", f"{place}.series_break[{i + 1}].date")


def _is_day(value: str) -> bool:
    if not re.fullmatch(r"\d\d-\d\d", value):
        return False
    try:
        date.fromisoformat(f"{LEAP_YEAR}-{value}")
    except ValueError:
        return False
    return True


def text_faults(values: Mapping[str, Any], place: str) -> Iterator[str]:
    """Yield a fault for every text with characters that no other format could hold."""
    for name, value in _texts(values):
        if UNWRITABLE.search(value):
            yield _fault("unwritable", f"{place}.{name}")


def _texts(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, str):
            yield name, value
        if not isinstance(value, tuple):
            continue
        for i, one in enumerate(value):
            if isinstance(one, str):
                yield name, one
            elif isinstance(one, Mapping):
                yield from _texts({f"series_break[{i + 1}].{key}": v for key, v in one.items()})


def rule_faults(values: Mapping[str, Any], place: str) -> Iterator[str]:
    """Yield a fault for every combination of values that contradicts itself."""
    units = (values["unit_de"], values["unit_en"])
    if not values["denominator"]:
        if any(unit.strip().casefold() in SHARES for unit in units):
            yield _fault("share_as_count", f"{place}.denominator")
        if values["denominator_date"] != "same":
            yield _fault("date_without_denominator", f"{place}.denominator_date")
    yield from _target_faults(values, place)
    if values["standard_population"] and not values["standard"]:
        yield _fault("population_without_standard", f"{place}.standard_population")
    for name in ("themes", "strata"):
        if len(set(values[name])) < len(values[name]):
            yield _fault("listed_twice", f"{place}.{name}")


def _target_faults(values: Mapping[str, Any], place: str) -> Iterator[str]:
    outcome = values["kind"] == "outcome"
    if outcome and values["polarity"] == 0:
        yield _fault("outcome_without_direction", f"{place}.polarity")
    if values["target"] is None:
        if values["target_on"]:
            yield _fault("day_without_target", f"{place}.target_on")
        return
    if not outcome:
        yield _fault("target_of_no_outcome", f"{place}.target")
        return
    if not (values["goal_de"] and values["goal_en"]):
        yield _fault("target_without_goal", f"{place}.target")
    if not values["target_on"]:
        yield _fault("target_without_day", f"{place}.target")


def theme_faults(
    theme: Mapping[str, Any], place: str, own: Mapping[str, tuple[str, str]]
) -> Iterator[str]:
    """Yield the faults of a theme that a county adds."""
    if theme["id"] in THEMES or theme["id"] in own:
        yield _fault("theme_repeated", place)
    yield from text_faults(theme, place)


def cross_faults(
    tables: Sequence[Mapping[str, Any]], places: Sequence[str], own: Iterable[str]
) -> Iterator[str]:
    """Yield faults that show only when all indicators are seen together.

    Parameters
    ----------
    tables
        Entries as they stand in the file; their values may be of the wrong kind.
    places
        What to call each entry.
    own
        Ids of the themes that the file adds.
    """
    ids = [str(table.get("id", "")).strip() for table in tables]
    known = [*THEMES, *own]
    for i, (table, place) in enumerate(zip(tables, places, strict=True)):
        if ids[i] and ids[i] in ids[:i]:
            yield fault("repeated", place)
        named = [("part_of", one) for one in _names(table.get("part_of"))]
        named += [("strata", one) for one in _names(table.get("strata"))]
        for name, one in named:
            if one not in ids or one == ids[i]:
                yield fault("no_such_indicator", f"{place}.{name}", one)
        for theme in _names(table.get("themes")):
            if theme not in known:
                yield _fault(
                    "no_such_theme", f"{place}.themes", theme=theme, meant=_meant(theme, known)
                )
    yield from _circles(tables, ids, places)


def _names(value: object) -> list[str]:
    """Return the names in a value that may be one text or a list; nothing of anything else."""
    listed = value if isinstance(value, list | tuple) else [] if value is None else [value]
    stripped = [one.strip() for one in listed if isinstance(one, str)]
    return [one for one in stripped if one] if isinstance(value, list | tuple | str) else []


def closest(name: str, known: Sequence[str]) -> str:
    """Return a hint at the name that was probably meant; empty where none is close."""
    close = difflib.get_close_matches(name, known, n=1)
    return text("sources.fault_meant", default_language(), key=close[0]) if close else ""


def _meant(theme: str, known: Sequence[str]) -> str:
    listed = text("catalogue.themes_known", default_language(), known=", ".join(known))
    return closest(theme.casefold(), known) or listed


def _circles(
    tables: Sequence[Mapping[str, Any]], ids: Sequence[str], places: Sequence[str]
) -> Iterator[str]:
    """Yield a fault for every indicator that is, over others, a part of itself."""
    whole = {ids[i]: str(table.get("part_of") or "").strip() for i, table in enumerate(tables)}
    for i, start in enumerate(ids):
        seen, at = [start], whole[start]
        while at in whole and at not in seen:
            seen.append(at)
            at = whole[at]
        if at == start and len(seen) > 1:
            yield _fault("circle", f"{places[i]}.part_of", chain=" → ".join([*seen, start]))
