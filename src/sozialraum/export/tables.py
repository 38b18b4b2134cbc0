"""Frames that go into the GeoPackage: wide layers and long tables."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from sozialraum import schema
from sozialraum.files import geopackage as layout
from sozialraum.files.records import dump, to_record
from sozialraum.messages import text
from sozialraum.model import Flags, Index, Release
from sozialraum.model.publishable import Publishable
from sozialraum.themes import Theme, choices, theme
from sozialraum.themes.common import state_label


@dataclass(frozen=True, slots=True, eq=False)
class LayerTable:
    """One layer of areas.

    Parameters
    ----------
    name
        Geography, and name of the layer.
    frame
        Areas with all columns; `fid` is the position of the area in the release.
    titles
        What a reader sees instead of a column's name.
    styles
        Themes with the column that holds their classes; the first is the default style.
    """

    name: str
    frame: gpd.GeoDataFrame
    titles: Mapping[str, str]
    styles: Sequence[tuple[Theme, str]]


def prefixes(whats: Iterable[str]) -> dict[str, str]:
    """Return how the columns of each theme begin; SQLite does not tell Ab from aB.

    Examples
    --------
    >>> prefixes(["status", "sgb2", "SGB2"])
    {'status': 'index_status', 'sgb2': 'sgb2', 'SGB2': 'SGB2_2'}
    """
    taken: set[str] = set()
    found = {}
    for what in whats:
        base = layout.JUDGEMENTS.get(what, what)
        tries = (base if i == 1 else f"{base}_{i}" for i in range(1, len(taken) + 2))
        name = next(one for one in tries if one.casefold() not in taken)
        taken.add(name.casefold())
        found[what] = name
    return found


def layer_tables(noun: Publishable, release: Release, language: str) -> list[LayerTable]:
    """Return one wide layer for every geography, at the latest date of each indicator."""
    themes = [theme(noun, what, language=language) for what in choices(noun)]
    starts = prefixes(choices(noun))
    geographies = dict.fromkeys(release.areas[schema.GEOGRAPHY])
    return [_layer(release, themes, starts, str(name), language) for name in geographies]


def _layer(
    release: Release, themes: list[Theme], starts: dict[str, str], name: str, language: str
) -> LayerTable:
    here = (release.areas[schema.GEOGRAPHY] == name).to_numpy()
    areas = release.areas[here]
    columns: dict[str, Any] = {schema.AREA_ID: areas.index.to_numpy()}
    columns |= {c: areas[c].to_numpy() for c in layout.AREA_COLUMNS[1:]}
    titles = {c: text(f"export.column_{c}", language) for c in layout.AREA_COLUMNS}
    styles = []
    for shown in themes:
        start = starts[shown.what]
        if shown.kind == "values":
            added = _indicator_columns(release, shown, start, name, language)
        else:
            added = _judgement_columns(shown, start) if shown.geography == name else {}
        columns |= added
        titles |= {c: _title(shown, c.removeprefix(f"{start}_"), language) for c in added}
        if shown.geography == name:
            styles.append((shown, layout.column(start, "klasse")))
    frame = gpd.GeoDataFrame(columns, geometry=areas.geometry.to_numpy(), crs=areas.crs)
    frame["fid"] = [i + 1 for i, inside in enumerate(here) if inside]
    return LayerTable(name, frame, titles, styles)


def _indicator_columns(
    release: Release, shown: Theme, start: str, geography: str, language: str
) -> dict[str, Any]:
    table = release.table
    rows = (table[schema.INDICATOR] == shown.what) & (table[schema.GEOGRAPHY] == geography)
    if not rows.any():
        return {}
    frame = release.frame(shown.what, shown.date, geography)
    added: dict[str, Any] = {
        layout.column(start, "wert"): frame["value"].to_numpy(),
        layout.column(start, "zustand"): [state_label(s, language) for s in frame["state"]],
    }
    if release.indicator(shown.what).is_rate:
        added[layout.column(start, "zaehler")] = frame["numerator"].to_numpy()
        added[layout.column(start, "nenner")] = frame["denominator"].to_numpy()
    if shown.geography == geography:
        added[layout.column(start, "klasse")] = shown.frame["class"].to_numpy()
    return added


def _judgement_columns(shown: Theme, start: str) -> dict[str, Any]:
    labels = {entry.code: entry.label for entry in shown.entries}
    added: dict[str, Any] = {
        layout.column(start, "klasse"): shown.frame["class"].to_numpy(),
        layout.column(start, "text"): shown.frame["class"].map(labels).to_numpy(),
    }
    if shown.frame["number"].notna().any():
        added[layout.column(start, "wert")] = shown.frame["number"].to_numpy()
    return added


def _title(shown: Theme, part: str, language: str) -> str:
    return text(f"export.part_{part}", language, label=shown.title, heading=shown.heading)


def value_table(release: Release) -> pd.DataFrame:
    """Return the long table of all published values."""
    return release.table[list(layout.TABLES[layout.VALUES])]


def membership_table(membership: pd.DataFrame) -> pd.DataFrame:
    """Return which block belongs to which area, one row a geography and block.

    Examples
    --------
    >>> wide = pd.DataFrame({"town": ["T"], "quarter": [""]}, index=["b1"])
    >>> membership_table(wide).to_numpy().tolist()
    [['town', 'b1', 'T'], ['quarter', 'b1', '']]
    """
    wide = membership.rename_axis(index=schema.BLOCK_ID).reset_index()
    long = wide.melt(schema.BLOCK_ID, var_name=schema.GEOGRAPHY, value_name=schema.AREA_ID)
    return long[list(layout.TABLES[layout.MEMBERSHIP])]


def definition_table(nouns: Iterable[object], columns: Sequence[str]) -> pd.DataFrame:
    """Return a readable codebook of definitions: one row each, lists joined by commas."""
    rows = [{name: _readable(value) for name, value in to_record(n).items()} for n in nouns]
    return pd.DataFrame(rows, columns=list(columns), dtype=object)


def _readable(value: Any) -> Any:
    """Return lists and parts of a definition as one text."""
    if isinstance(value, dict):
        return " ".join(str(item) for item in value.values() if item != "")
    return ", ".join(str(_readable(item)) for item in value) if isinstance(value, list) else value


def index_tables(index: Index) -> dict[str, pd.DataFrame]:
    """Return the tables of an index."""
    scores = index.scores.rename_axis(index=schema.AREA_ID, columns="indicator")
    long = scores.reset_index().melt(id_vars=schema.AREA_ID, value_name="score")
    return {
        layout.INDEX_VALUES: index.table.rename_axis(schema.AREA_ID).reset_index(),
        layout.INDEX_SCORES: long[[schema.AREA_ID, "indicator", "score"]],
    }


def flag_tables(flags: Flags) -> dict[str, pd.DataFrame]:
    """Return the tables of flags."""
    areas = flags.areas.rename_axis(schema.AREA_ID).reset_index()
    return {
        layout.FLAG_VALUES: flags.table[list(layout.TABLES[layout.FLAG_VALUES])],
        layout.FLAG_AREAS: areas[list(layout.TABLES[layout.FLAG_AREAS])],
        layout.WARNINGS: flags.warnings[list(layout.TABLES[layout.WARNINGS])],
    }


def check_table(release: Release, index: Index | None, flags: Flags | None) -> pd.DataFrame:
    """Return what was checked, under which policy, and all that reading back needs."""
    areas = release.areas
    several = areas.geometry.geom_type == "MultiPolygon"
    single = several & (areas.geometry.count_geometries() == 1)
    facts: dict[str, Any] = {
        "format": layout.FORMAT,
        "title": release.title,
        "audience": release.audience,
        "draft": release.draft,
        "policy": to_record(release.policy),
        "audit": to_record(release.audit),
        "indicators": [to_record(one) for one in release.indicators],
        "sources": [to_record(one) for one in release.sources],
        "geographies": [str(g) for g in dict.fromkeys(areas[schema.GEOGRAPHY])],
        "area_columns": [str(c) for c in areas.columns],
        "geometry_column": str(areas.geometry.name),
        "single_part": [str(area) for area in areas.index[single]],
    }
    if index is not None:
        facts["index"] = {
            "method": to_record(index.method),
            "date": index.date,
            "start": index.start,
            "indicators": list(index.indicators),
            "scores": [str(c) for c in index.scores.columns],
            "weights": {str(k): float(v) for k, v in index.weights.items()},
            "baseline": index.baseline,
            "notes": list(index.notes),
            "moving": list(index.moving),
        }
    if flags is not None:
        facts["flags"] = {
            "rate": flags.rate,
            "tests": flags.tests,
            # JSON knows no NaN: where nothing could be compared, null
            "global_moran": {
                str(k): None if math.isnan(v) else float(v)
                for k, v in sorted(flags.global_moran.items())
            },
            "islands": list(flags.islands),
            "has_index": flags.index is not None,
            "zonings": flags.zonings,
        }
    rows = [(key, dump(content)) for key, content in facts.items()]
    return pd.DataFrame(rows, columns=list(layout.TABLES[layout.CHECKS]))
