"""The data block of a web map: every value against the release, no key more than needed."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from sozialraum import schema
from sozialraum.files import geopackage as layout
from sozialraum.files.scan.finding import Finding, found
from sozialraum.files.scan.frames import latest
from sozialraum.files.scan.judgements import is_score, ours
from sozialraum.files.scan.known import Known
from sozialraum.files.scan.lines import Line, check_lines
from sozialraum.files.scan.words import DIGITS, listed, number_of, readings, same
from sozialraum.messages import LANGUAGES, catalogue

KEYS = listed("title texts grid levels municipalities background themes footer")
LEVEL = listed("areas names towns town places")
TOWNS = listed("lines names places sizes")
LAYER = listed("kind colour lines places")
THEME = listed("what title subtitle legend heading unit kind level entries class value notes")
ENTRY = listed("mark label colour ink pattern line areas missing")
MARKS = frozenset(("", "•", "…", "○", "×", "–"))
ROUGHLY = 0.05
"""By which share a drawn municipality may be larger or smaller than its area."""


def check_payload(content: dict[str, Any], known: Known) -> Iterator[Finding]:
    """Yield what the data of a web map hold beyond the release.

    Coordinates are whole numbers on the grid of the page and are not compared.
    """
    stray = _stray(content, KEYS, "")
    for name, allowed in (("levels", LEVEL), ("background", LAYER), ("themes", THEME)):
        for i, part in enumerate(content.get(name, [])):
            stray += _stray(part, allowed, f"{name}.{i}.")
            for entry in part.get("entries", []):
                stray += _stray(entry, ENTRY, f"{name}.{i}.entries.")
    stray += _stray(content.get("municipalities", {}), TOWNS, "municipalities.")
    yield from found("keys", stray)
    if stray or set(content) != KEYS:
        return
    yield from found("values", _odd_parts(content, known))
    for theme in content["themes"]:
        yield from found("values", _wrong_in_theme(theme, content["levels"], known))
    yield from check_lines(_texts(content), known)


def _stray(part: Mapping[str, Any], allowed: frozenset[str], where: str) -> list[str]:
    return [f"{where}{key}" for key in part if key not in allowed]


def _odd_parts(content: dict[str, Any], known: Known) -> list[str]:
    wrong = []
    sentences = catalogue("webmaps")
    for key, text in content["texts"].items():
        if text not in {sentences.get(key, {}).get(language) for language in LANGUAGES}:
            wrong.append(f"texts.{key}")
    for i, level in enumerate(content["levels"]):
        wrong += [f"levels.{i}.{name}" for name in _odd_level(level, known)]
    towns = content["municipalities"]
    wrong += [] if _same_sizes(towns, known) else ["municipalities.sizes"]
    coordinates = [content["grid"], towns["lines"], towns["places"]]
    coordinates += [part[k] for part in content["background"] for k in ("lines", "places")]
    coordinates += [level[k] for level in content["levels"] for k in ("areas", "places", "town")]
    return wrong + ([] if all(map(_is_numeric, coordinates)) else ["lines"])


def _odd_level(level: dict[str, Any], known: Known) -> list[str]:
    """Return the parts of a level that are not those of any geography of the release."""
    frames = _geographies(level, known)
    towns = [level["towns"][i] for i in level["town"]]
    fits = any(towns == frame["municipality_name"].astype(str).tolist() for frame in frames)
    return [] if fits and set(level["town"]) == set(range(len(level["towns"]))) else ["names"]


def _geographies(level: dict[str, Any], known: Known) -> list[pd.DataFrame]:
    """Return the areas a level may show: those of geographies with its names in order."""
    frames = [frame for _, frame in known.areas.groupby(schema.GEOGRAPHY, sort=False)]
    return [one for one in frames if one[schema.NAME].astype(str).tolist() == level["names"]]


def _same_sizes(towns: dict[str, Any], known: Known) -> bool:
    """Return True if municipalities are about as large, in hectares, as their areas."""
    levels = known.areas[schema.GEOGRAPHY]
    given = known.areas[levels == schema.MUNICIPALITY_LEVEL]
    if given.empty:
        given = known.areas[levels == schema.AREAS_LEVEL].set_index(schema.MUNICIPALITY)
    sizes = (
        given.geometry.area.groupby(level=0, sort=given.index.name != schema.AREA_ID).sum() / 1e4
    )
    names = set(known.areas[schema.NAME].astype(str)) | set(known.areas["municipality_name"])
    return (
        len(sizes) == len(towns["sizes"])
        and all(abs(a - b) <= 2 + ROUGHLY * b for a, b in zip(towns["sizes"], sizes, strict=True))
        and set(towns["names"]) <= names
    )


def _is_numeric(part: Any) -> bool:
    if isinstance(part, list):
        return all(map(_is_numeric, part))
    return isinstance(part, int | float) and not isinstance(part, bool)


def _wrong_in_theme(theme: dict[str, Any], levels: list[dict[str, Any]], known: Known) -> list[str]:
    """Return what is wrong in a theme, for the geography that fits best."""
    frames = _geographies(levels[theme["level"]], known)
    faults = [_wrong_for(theme, frame.index.astype(str).tolist(), known) for frame in frames]
    return min(faults, key=len, default=[str(theme["what"])])


def _wrong_for(theme: dict[str, Any], areas: list[str], known: Known) -> list[str]:
    what, rows = str(theme["what"]), len(theme["class"])
    if rows != len(areas) or rows != len(theme["value"]):
        return [f"{what}.value"]
    sizes = [theme["class"].count(i) for i in range(len(theme["entries"]))]
    wrong = [] if sizes == [e["areas"] for e in theme["entries"]] else [f"{what}.areas"]
    entries = [theme["entries"][i] for i in theme["class"]]
    cells = zip(areas, theme["value"], entries, theme["class"], strict=True)
    if what in layout.JUDGEMENTS:
        fits = all(_fits_judgement(known, area, text) for area, text, _, _ in cells)
        return wrong + ([] if fits else [f"{what}.value"])
    given = latest(known, what, "value")
    shown = [(given.get(area, math.nan), text, entry, i) for area, text, entry, i in cells]
    fits = all(_fits_value(value, text, entry) for value, text, entry, _ in shown)
    order = sorted((value, i) for value, _, _, i in shown if not pd.isna(value))
    rising = [i for _, i in order] == sorted(i for _, i in order)
    return wrong + ([] if fits else [f"{what}.value"]) + ([] if rising else [f"{what}.class"])


def _fits_value(value: float, text: str, entry: dict[str, Any]) -> bool:
    if pd.isna(value):
        return text in MARKS and bool(entry["missing"])
    told = readings(text) if DIGITS.fullmatch(text) else set()
    return same(value) in told and not entry["missing"]


def _fits_judgement(known: Known, area: str, text: str) -> bool:
    """Return True for a mark, our own words, names of indicators, or a standard score."""
    for end in (*MOVES, DOUBTFUL):
        text = text.removesuffix(end)
    if text in MARKS or text in ours() or not any(letter.isdigit() for letter in text):
        return True
    if set(text.split(", ")) <= set(known.labels):
        return True
    decimals = len(text.replace(",", ".").partition(".")[2])
    score = decimals == 2 and is_score(_beside_zero(number_of(text)))
    code = len(text) <= 4 and text[0].isdigit() and text[1:].strip("+/-±−") == ""
    return area in known.published and (score or (code and len(text) > 1))


DOUBTFUL = " ≈"
"""How the value of a borderline class ends."""
MOVES = (" ▲", " ▼")
"""How the value of an area with an early warning ends."""


def _beside_zero(number: float | None) -> float | None:
    """Return a score rounded to two decimals as one that is no whole number."""
    return None if number is None else number + 1e-3


def _texts(content: dict[str, Any]) -> Iterator[Line]:
    yield "title", str(content["title"])
    for i, line in enumerate(content["footer"]):
        yield f"footer.{i}", str(line)
    for theme in content["themes"]:
        what = str(theme["what"])
        for name in ("title", "subtitle", "legend", "heading", "unit"):
            yield f"{what}.{name}", str(theme[name])
        for note in theme["notes"]:
            yield f"{what}.notes", str(note)
        for entry in theme["entries"]:
            yield f"{what}.entries", str(entry["label"])
