"""What the page knows: shapes once, and for every theme classes and texts by column."""

import json
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from sozialraum import schema
from sozialraum.files.provenance import footer
from sozialraum.messages import catalogue
from sozialraum.methods.labels import heart
from sozialraum.methods.palettes import ink
from sozialraum.model import Layer
from sozialraum.model.publishable import Publishable, release_of
from sozialraum.themes import Theme, choices, theme
from sozialraum.themes.background import COLOURS, kind_of, placed, sources_of
from sozialraum.webmaps.encode import Grid, grid_of, joined, simplified, tolerance_of

SCRIPT_TEXTS = "script_"
"""Messages that the script of the page needs start with this."""


def payload(noun: Publishable, language: str, background: Sequence[Layer] = ()) -> dict[str, Any]:
    """Return everything the page shows, ready for JSON; texts are data, never code.

    Parameters
    ----------
    noun
        What came through the gate; every theme it has is included, at its latest date.
    language
        ``"de"`` or ``"en"``.
    background
        Local layers for orientation.
    """
    themes = [theme(noun, what, language=language) for what in choices(noun)]
    release = release_of(noun)
    grid = grid_of(release.areas.geometry)
    levels = list(dict.fromkeys(shown.geography for shown in themes))
    shapes = {level: _shapes(themes, level) for level in levels}
    units = _municipalities(themes, shapes)
    return {
        "title": release.title,
        "texts": _texts(language),
        "grid": [grid.x, grid.y, grid.step],
        "levels": [_level(themes, level, shapes[level], grid) for level in levels],
        "municipalities": {
            "lines": grid.lines(units.to_crs(4326).boundary),
            "names": themes[0].municipalities["name"].astype(str).tolist() if themes else [],
            "places": _places(units, grid),
            "sizes": [round(shape.area / 1e4) for shape in units],
        },
        "background": [_background(layer, release.areas.crs, grid) for layer in background],
        "themes": [_theme(shown, levels.index(shown.geography), release.title) for shown in themes],
        "footer": list(footer(noun, language, background=sources_of(background))),
    }


def as_json(content: object) -> str:
    """Return JSON that can stand in a script element: no character can close it."""
    plain = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        plain = plain.replace(sign, f"\\u{ord(sign):04x}")
    return plain


def _texts(language: str) -> dict[str, str]:
    sentences = catalogue("webmaps")
    return {
        name: sentence[language]
        for name, sentence in sentences.items()
        if name.startswith(SCRIPT_TEXTS)
    }


def _shapes(themes: Sequence[Theme], level: str) -> gpd.GeoSeries:
    frame = next(shown.frame for shown in themes if shown.geography == level)
    groups = frame[schema.MUNICIPALITY].to_numpy(dtype=str)
    return simplified(frame.geometry, tolerance_of(frame.geometry), groups)


def _municipalities(themes: Sequence[Theme], shapes: dict[str, gpd.GeoSeries]) -> gpd.GeoSeries:
    given = themes[0].municipalities.geometry
    areas = shapes.get(schema.AREAS_LEVEL)
    if areas is None or given.empty:
        return given
    frame = next(t.frame for t in themes if t.geography == schema.AREAS_LEVEL)
    keys = frame[schema.MUNICIPALITY].to_numpy(dtype=str)
    return joined(areas, keys, given, tolerance_of(given))


def _level(
    themes: Sequence[Theme], level: str, shapes: gpd.GeoSeries, grid: Grid
) -> dict[str, Any]:
    frame = next(shown.frame for shown in themes if shown.geography == level)
    towns = frame["municipality_name"].astype(str)
    listed = list(dict.fromkeys(towns))
    return {
        "areas": grid.rings(shapes.to_crs(4326)),
        "names": frame["name"].astype(str).tolist(),
        "towns": listed,
        "town": [listed.index(town) for town in towns],
        "places": _places(shapes, grid),
    }


def _places(shapes: gpd.GeoSeries, grid: Grid) -> list[list[int]]:
    if shapes.empty:
        return []
    middles = gpd.GeoSeries(
        [shapely.Point(heart(shape)) for shape in shapes], index=shapes.index, crs=shapes.crs
    )
    return grid.points(shapely.get_coordinates(middles.to_crs(4326).to_numpy()))


def _theme(shown: Theme, level: int, county: str) -> dict[str, Any]:
    codes = [entry.code for entry in shown.entries]
    return {
        "what": shown.what,
        "title": shown.title,
        "subtitle": shown.subtitle.removeprefix(f"{county} · "),
        "legend": shown.legend,
        "heading": shown.heading,
        "unit": shown.unit,
        "kind": shown.kind,
        "level": level,
        "entries": [
            {
                "mark": entry.mark,
                "label": entry.label,
                "colour": entry.colour,
                "ink": ink(entry.colour),
                "pattern": entry.pattern,
                "line": entry.pattern_colour,
                "areas": entry.areas,
                "missing": entry.missing,
            }
            for entry in shown.entries
        ],
        "class": [codes.index(code) for code in shown.frame["class"]],
        "value": shown.frame["value"].astype(str).tolist(),
        "notes": list(shown.notes),
    }


def _background(layer: Layer, crs: object, grid: Grid) -> dict[str, Any]:
    shapes = placed(layer, crs)
    kind = kind_of(layer)
    found: dict[str, Any] = {"kind": kind, "colour": COLOURS[kind], "lines": [], "places": []}
    if kind == "place":
        found["places"] = grid.points(shapely.get_coordinates(shapes.to_crs(4326).to_numpy()))
        return found
    edges = shapes.boundary.where(shapely.get_dimensions(shapes.to_numpy()) == 2, shapes)
    fewer = edges.simplify(tolerance_of(shapes) if len(shapes) else 1.0)
    parts = np.array(fewer.to_crs(4326).to_numpy(), dtype=object)
    found["lines"] = grid.lines(parts)
    return found
