"""QGIS styles inside a GeoPackage: classes and colours, never data."""

import re
from collections.abc import Iterator

from sozialraum.files.scan.finding import Finding, found
from sozialraum.files.scan.known import Known
from sozialraum.files.scan.lines import check_lines
from sozialraum.files.scan.trees import parsed
from sozialraum.files.scan.words import listed

ELEMENTS = listed(
    "qgis renderer-v2 rules rule symbols symbol layer Option prop aliases alias layerGeometryType"
    " data_defined_properties labeling settings text-style text-buffer placement rendering"
    " fieldConfiguration field editWidget config constraints constraint editable userNotes"
    " customproperties previewExpression mapTip"
)
"""Elements of the styles we write; diagrams, actions and layer metadata are not among them."""
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
LOOKS = frozenset(
    {"0", "1", "2", "0.15", "0.22", "0.5", "0.6", "0.8", "0.9", "1.0", "1.6", "1.8", "6", "8"}
    | {"45", "90", "135", "3", "10000", "60000"}
)
"""Widths, distances, angles, sizes and scales of our styles."""
COLOUR = re.compile(r"(?:\d{1,3},){3}\d{1,3}")
KEYS = re.compile(r"\{(?:class|rule)-\d+\}|\{sozialraum\}|@\d+@\d+|\d+\.\d+\.\d+")
COUNTERS = frozenset({"symbol", "index", "name"})
"""Attributes that number symbols and columns."""
FILTER = re.compile(r"\"\w+\" = '[^']{0,20}'")
EXPRESSION = re.compile(r"[a-z_]+\(")


def check_style(qml: str, known: Known, where: str) -> Iterator[Finding]:
    """Yield what a style holds besides classes, colours and titles.

    Parameters
    ----------
    qml
        The style as text.
    known
        What may be said.
    where
        Name of the style, for the findings.
    """
    tree = parsed(qml.encode())
    yield from found("comments", [where] if tree.comments else [])
    strange = sorted({name for name, _, _ in tree.elements} - ELEMENTS)
    yield from found("styles", [f"{where} <{name}>" for name in strange])
    numbers, texts = [], []
    for name, attributes, text in tree.elements:
        values = [*attributes.items(), ("", text)]
        for key, value in values:
            place = f"{where} <{name}>"
            if NUMBER.fullmatch(value):
                fits = value in LOOKS or (key in COUNTERS and len(value) <= 3)
                numbers += [] if fits else [place]
            elif not (COLOUR.fullmatch(value) or KEYS.fullmatch(value) or _is_code(value)):
                texts.append((place, value))
    yield from found("styles", numbers)
    yield from check_lines(texts, known)


def _is_code(value: str) -> bool:
    return bool(FILTER.fullmatch(value) or EXPRESSION.match(value) or "ascii(" in value)
