"""The tables of our GeoPackages: layers, values, codebook, audit record, judgements."""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import shapely

from sozialraum import schema
from sozialraum.files import geopackage as layout
from sozialraum.files.proposal import AREA_COLUMNS, AREAS, BLOCK_COLUMNS, BLOCKS
from sozialraum.files.records import from_record, to_record
from sozialraum.files.scan.finding import Finding, found
from sozialraum.files.scan.frames import check_frame
from sozialraum.files.scan.judgements import is_score
from sozialraum.files.scan.known import Known
from sozialraum.files.scan.lines import check_lines
from sozialraum.model import Audit, Indicator, Method, Policy, Release, Source
from sozialraum.model.assignment import BEFORE

SHAPE = "geom"
HEADER = 8
"""Bytes of a GeoPackage shape before its envelope."""
ENVELOPES = (0, 32, 48, 48, 64)
JUDGED = (
    *(layout.INDEX_VALUES, layout.INDEX_SCORES),
    *(layout.FLAG_VALUES, layout.FLAG_AREAS, layout.WARNINGS),
)
LARGEST = 100.0
"""A weight or limit of an index is not larger."""
INDEX_FACTS = frozenset(
    {
        *("method", "date", "start", "indicators", "scores", "weights", "baseline", "notes"),
        "moving",
    }
)
FLAG_FACTS = frozenset({"rate", "tests", "global_moran", "islands", "has_index", "zonings"})
MOST_ZONINGS = 1_000
MOST_MORAN = 1.5
"""Moran's I of real maps ends here; larger ones, of few neighbours, are no whole numbers."""


def check_release_tables(
    connection: sqlite3.Connection, layers: list[str], known: Known
) -> Iterator[Finding]:
    """Yield what the tables of a released GeoPackage hold that the release does not."""
    release = known.release
    assert release is not None
    for layer in layers:
        frame = read_all(connection, layer)
        here = known.areas[known.areas[schema.GEOGRAPHY] == layer]
        yield from check_frame(frame.drop(columns=SHAPE), known, layer)
        yield from found("rows", [layer] if len(frame) != len(here) else [])
        yield from found("shapes", [layer] if not _same_shapes(frame, here) else [])
    present = set(layout.table_names(connection))
    values = read_all(connection, layout.VALUES)
    yield from check_frame(values, known, layout.VALUES)
    keys = [name for name in (schema.AREA_ID, schema.INDICATOR, schema.DATE) if name in values]
    more = len(values) != len(release.table) or values.duplicated(keys).any()
    yield from found("rows", [layout.VALUES] if more else [])
    for table in JUDGED:
        if table in present:
            frame = read_all(connection, table)
            yield from check_frame(frame, known, table)
            once = frame.duplicated([c for c in frame if c in (*keys, schema.AREA_ID)]).any()
            yield from found("rows", [table] if once else [])
    if layout.MEMBERSHIP in present:
        frame = read_all(connection, layout.MEMBERSHIP)
        fits = release.membership is not None and _same_membership(frame, release.membership)
        yield from found("values", [] if fits else [layout.MEMBERSHIP])
    for table, nouns in (
        (layout.INDICATORS, release.indicators),
        (layout.SOURCES, release.sources),
    ):
        if table in present:
            yield from _codebook(read_all(connection, table), table, nouns)
    yield from _record(read_all(connection, layout.CHECKS), release)


def read_all(connection: sqlite3.Connection, table: str) -> pd.DataFrame:
    """Return a whole table as it is stored."""
    cursor = connection.execute(f"SELECT * FROM {layout.quoted(table)}")  # noqa: S608 - quoted
    names = [str(column[0]) for column in cursor.description]
    return pd.DataFrame(cursor.fetchall(), columns=names, dtype=object)


def _same_shapes(frame: pd.DataFrame, areas: pd.DataFrame) -> bool:
    """Return True if every shape has exactly the corners of its area, in two dimensions."""
    by_area = dict(zip(frame.get(schema.AREA_ID, ()), frame[SHAPE], strict=False))
    for area, given in zip(areas.index, areas.geometry, strict=True):
        blob = by_area.get(area)
        if blob is None or len(blob) < HEADER:
            return False
        envelope = ENVELOPES[min((blob[3] >> 1) & 7, len(ENVELOPES) - 1)]
        shape = shapely.from_wkb(bytes(blob[HEADER + envelope :]))
        corners = shapely.get_coordinates(shape)
        if shapely.has_z(shape) or not np.array_equal(corners, shapely.get_coordinates(given)):
            return False
    return True


def _same_membership(frame: pd.DataFrame, given: pd.DataFrame) -> bool:
    """Return True if every row names the area of a block in a geography, each once."""
    columns = layout.TABLES[layout.MEMBERSHIP]
    if set(frame.columns) != {"fid", *columns}:
        return False
    told = {(str(g), str(b)): str(a) for g, b, a in frame[list(columns)].itertuples(index=False)}
    known = {(str(g), str(b)): str(a) for g in given for b, a in given[g].items()}
    return told == known and len(frame) == len(known)


def _codebook(frame: pd.DataFrame, table: str, nouns: tuple[object, ...]) -> Iterator[Finding]:
    """Compare a table of definitions with the definitions, cell by cell."""
    columns = [name for name in frame.columns if name != "fid"]
    stray = [name for name in columns if name not in layout.TABLES[table]]
    yield from found("columns", [f"{table}.{name}" for name in stray])
    records = [to_record(noun) for noun in nouns]
    wrong = [] if len(frame) == len(records) else ["fid"]
    for name in columns if not (wrong or stray) else ():
        given = [_readable(record.get(name)) for record in records]
        wrong += [name] if [_readable(cell) for cell in frame[name]] != given else []
    yield from found("values", [f"{table}.{name}" for name in wrong])


def _readable(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(str(item) for item in value.values() if item != "")
    if isinstance(value, list):
        return ", ".join(_readable(i) if isinstance(i, dict) else str(i) for i in value)
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    return (
        str(int(value)) if isinstance(value, bool | float) and value == int(value) else str(value)
    )


def _record(frame: pd.DataFrame, release: Release) -> Iterator[Finding]:
    """Compare the audit record with the release; what an index adds is checked for its form."""
    given = {
        "format": layout.FORMAT,
        **{name: getattr(release, name) for name in ("title", "audience", "draft")},
        "geographies": [str(g) for g in dict.fromkeys(release.areas[schema.GEOGRAPHY])],
    }
    nouns = {
        "policy": (Policy, release.policy),
        "audit": (Audit, release.audit),
        "indicators": (Indicator, release.indicators),
        "sources": (Source, release.sources),
    }
    ids = {one.id for one in release.indicators}
    names = {str(name) for name in release.areas.columns}
    areas = set(release.areas.index)
    wrong = []
    for key, text in zip(frame["key"].astype(str), frame["content"].astype(str), strict=True):
        content = json.loads(text)
        fine = {
            "index": lambda: _fits_index(content, ids, release),  # noqa: B023 - called at once
            "flags": lambda: _fits_flags(content, ids, areas),  # noqa: B023
            "area_columns": lambda: set(content) <= names,  # noqa: B023
            "geometry_column": lambda: content in names,  # noqa: B023
            "single_part": lambda: set(content) <= areas,  # noqa: B023
        }.get(key, lambda: key in given and content == given[key])  # noqa: B023
        fine = (lambda: _is_noun(content, *nouns[key])) if key in nouns else fine  # noqa: B023
        wrong += [] if fine() else [f"{layout.CHECKS}.{key}"]
    extra = set(frame.columns) - {"fid", *layout.TABLES[layout.CHECKS]}
    yield from found("columns", [f"{layout.CHECKS}.{name}" for name in sorted(extra)])
    yield from found("values", wrong + ([layout.CHECKS] if frame["key"].duplicated().any() else []))


def _is_noun(content: Any, kind: type[Any], given: Any) -> bool:
    """Return True if a record is that of a definition, or a list those of several."""
    several = isinstance(given, tuple)
    records = content if several else [content]
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        return False
    nouns = tuple(from_record(kind, one) for one in records)
    return nouns == (given if several else (given,))


def _fits_index(content: dict[str, Any], ids: set[str], release: Release) -> bool:
    dates = {"", *release.table[schema.DATE]}
    return (
        set(content) <= INDEX_FACTS
        and _is_method(content["method"])
        and {content["date"], content["start"], content["baseline"]} <= dates
        and set(content["weights"]) <= ids
        and all(is_score(value) or value == 1 for value in content["weights"].values())
        and not any(any(c.isdecimal() for c in _unnamed(n, release)) for n in content["notes"])
        and set(content["moving"]) <= ids
        and set(content["indicators"]) <= ids
        and set(content["scores"]) <= ids
    )


def _unnamed(note: str, release: Release) -> str:
    """Return a note without the labels of indicators, which may hold numbers."""
    labels = [one.label(language) for one in release.indicators for language in ("de", "en")]
    for label in sorted(filter(None, labels), key=len, reverse=True):
        note = note.replace(label, "")
    return note


def _is_method(content: Any) -> bool:
    """Return True for the record of a method whose numbers are small: weights, limits."""
    if not isinstance(content, dict) or not str(content["id"]).replace("-", "").isalnum():
        return False
    method = from_record(Method, content)
    numbers = (*method.breaks, *(domain.weight for domain in method.domains))
    return all(abs(number) <= LARGEST for number in numbers)


def _fits_flags(content: dict[str, Any], ids: set[str], areas: set[str]) -> bool:
    return (
        set(content) <= FLAG_FACTS
        and 0 <= content["rate"] <= 1
        and isinstance(content["tests"], int)
        and set(content["global_moran"]) <= ids
        and all(_is_moran(value) for value in content["global_moran"].values())
        and set(content["islands"]) <= areas
        and isinstance(content["has_index"], bool)
        and isinstance(content["zonings"], int)
        and 0 <= content["zonings"] <= MOST_ZONINGS
    )


def _is_moran(value: Any) -> bool:
    """Return True for a global Moran's I; none where nothing could be compared."""
    if value is None:
        return True
    return isinstance(value, float) and (abs(value) <= MOST_MORAN or is_score(value))


KEYS = (schema.AREA_ID, schema.BLOCK_ID, schema.MUNICIPALITY, schema.NAME, BEFORE)
"""Columns of a proposal that hold keys and names, perhaps all digits."""


def check_proposal_tables(
    connection: sqlite3.Connection, layers: list[str], known: Known
) -> Iterator[Finding]:
    """Yield what a file of areas without values holds besides keys, names and decisions."""
    columns = {AREAS: AREA_COLUMNS, BLOCKS: BLOCK_COLUMNS}
    own = [n for n in layout.table_names(connection) if not n.startswith(layout.SYSTEM_TABLES)]
    yield from found("unregistered", [n for n in own if n not in (*columns, layout.STYLES)])
    for layer in [layer for layer in layers if layer in columns]:
        frame = read_all(connection, layer).drop(columns=SHAPE)
        stray = [name for name in frame if name not in ("fid", *columns[layer])]
        yield from found("columns", [f"{layer}.{name}" for name in stray])
        texts = [name for name in frame if name not in ("fid", "passes", *stray)]
        numeric = [n for n in texts if frame[n].map(lambda c: isinstance(c, int | float)).any()]
        yield from found("values", [f"{layer}.{name}" for name in numeric])
        passes = set(frame.get("passes", ())) - {0, 1, None}
        yield from found("values", [f"{layer}.passes"] if passes else [])
        free = [name for name in texts if name not in KEYS]
        bare = [n for n in free if frame[n].map(lambda c: str(c).strip().isdecimal()).any()]
        yield from found("values", [f"{layer}.{name}" for name in bare])
        lines = ((f"{layer}.{n}", str(c)) for n in free for c in frame[n].dropna())
        yield from check_lines(lines, known)
