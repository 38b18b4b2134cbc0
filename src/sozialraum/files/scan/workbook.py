"""Excel workbooks: visible cells with published values, and nothing else.

Refused are hidden sheets, rows and columns, formulas (whose kept results cannot be told
from data), comments, defined names, outside links, pivot caches, charts, drawings, custom
properties and left-over texts: any part that is not on the list. A sheet with a column
``area_id`` is compared cell by cell; other sheets as printed tables.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from sozialraum import schema
from sozialraum.files.scan.finding import Finding, found
from sozialraum.files.scan.frames import check_frame, records
from sozialraum.files.scan.known import Known
from sozialraum.files.scan.lines import check_lines, check_rows
from sozialraum.files.scan.office import check_common, parts_of
from sozialraum.files.scan.trees import Tree, local, parsed
from sozialraum.files.scan.words import listed

PARTS = (
    r"xl/(?:workbook|styles|sharedStrings)\.xml|xl/_rels/workbook\.xml\.rels"
    r"|xl/worksheets/sheet\d+\.xml|xl/theme/theme\d\.xml"
)
SHEET = re.compile(r"xl/worksheets/sheet\d+\.xml")
ELEMENTS = listed(
    "worksheet sheetPr outlinePr pageSetUpPr tabColor dimension sheetViews sheetView pane"
    " selection sheetFormatPr cols col sheetData row c v is t r rPr b i sz color rFont family"
    " scheme autoFilter mergeCells mergeCell printOptions pageMargins pageSetup headerFooter"
    " oddHeader oddFooter evenHeader evenFooter firstHeader firstFooter"
)
BOOK = listed(
    "workbook fileVersion workbookPr bookViews workbookView sheets sheet calcPr workbookProtection"
    " definedNames"
)
EDGES = listed("oddHeader oddFooter evenHeader evenFooter firstHeader firstFooter")
CODES = re.compile(r'&(?:"[^"]*"|\d+|[A-Z+-])')
"""Codes of fonts and places in headers."""
QUOTED = re.compile(r'"[^"]*\d[^"]*"')


def scan_workbook(path: Path, known: Known) -> Iterator[Finding]:
    """Yield what a workbook holds beyond the release."""
    parts, findings = parts_of(path, PARTS)
    yield from findings
    yield from check_common(parts, known)
    if "xl/workbook.xml" not in parts:
        yield Finding("unreadable")
        return
    yield from _book(parsed(parts["xl/workbook.xml"]))
    formats = parsed(parts.get("xl/styles.xml", b"<a/>")).elements
    texts = [a["formatCode"] for _, a, _ in formats if "formatCode" in a]
    yield from found("styles", ["xl/styles.xml"] if any(map(QUOTED.search, texts)) else [])
    shared = _shared(parts.get("xl/sharedStrings.xml", b"<sst/>"))
    used: set[int] = set()
    for name in sorted(filter(SHEET.fullmatch, parts)):
        yield from _sheet(parsed(parts[name]), shared, used, known, name)
    left = [f"xl/sharedStrings.xml {i}" for i in range(len(shared)) if i not in used]
    yield from found("leftovers", left)


def _book(tree: Tree) -> Iterator[Finding]:
    hidden, names, stray = [], [], []
    for element, attributes, _ in tree.elements:
        kind = local(element)
        if kind == "sheet" and attributes.get("state", "visible") != "visible":
            hidden.append(attributes.get("name", "?"))
        if kind == "definedName":
            names.append(attributes.get("name", "?"))
        elif kind not in BOOK:
            stray.append(kind)
    yield from found("hidden", hidden)
    yield from found("defined_names", names)
    yield from found("elements", stray)


def _shared(part: bytes) -> list[str]:
    tree = parsed(part)
    items = [i for i, (name, _, _) in enumerate(tree.elements) if local(name) == "si"]
    return [_text(tree, i) for i in items]


def _text(tree: Tree, at: int) -> str:
    return "".join(tree.elements[i][2] for i in tree.inside(at, "t"))


def _sheet(
    tree: Tree, shared: list[str], used: set[int], known: Known, name: str
) -> Iterator[Finding]:
    """Yield what a sheet hides, computes, or holds beyond the release."""
    kinds = {local(element) for element, _, _ in tree.elements}
    yield from found("formulas", [name] if "f" in kinds else [])
    yield from found("elements", [f"{name} {kind}" for kind in sorted(kinds - ELEMENTS - {"f"})])
    hidden = [kind for kind, attributes, _ in tree.elements if _is_hidden(attributes)]
    yield from found("hidden", [f"{name} {local(kind)}" for kind in hidden])
    edges = [
        (f"{name} {local(n)}", CODES.sub(" ", t)) for n, _, t in tree.elements if local(n) in EDGES
    ]
    yield from check_lines(edges, known)
    rows = _rows(tree, shared, used)
    if not rows:
        return
    if schema.AREA_ID not in rows[0]:
        yield from check_lines([(f"{name} 1", cell) for cell in rows[0]], known)
        places = ((f"{name} {i}", row) for i, row in enumerate(rows[1:], start=2))
        yield from check_rows(places, rows[0], known)
        return
    table = records(rows)
    assert table is not None
    yield from check_frame(table, known, name)


def _is_hidden(attributes: dict[str, str]) -> bool:
    none = {attributes.get(key) for key in ("hidden", "zeroHeight")} & {"1", "true"}
    return bool(none) or {attributes.get(key) for key in ("width", "ht")} & {"0", "0.0"} != set()


def _rows(tree: Tree, shared: list[str], used: set[int]) -> list[list[str]]:
    """Return the cells of a sheet as text, every row as wide as the widest."""
    found_rows: list[dict[int, str]] = []
    for at, (element, _, _) in enumerate(tree.elements):
        if local(element) != "row":
            continue
        cells: dict[int, str] = {}
        for i in tree.inside(at, "c"):
            place = tree.elements[i][1].get("r", "")
            column = _column(place) if place else len(cells)
            cells[column] = _value(tree, i, shared, used)
        if any(cells.values()):
            found_rows.append(cells)
    width = 1 + max((max(cells) for cells in found_rows), default=0)
    return [[cells.get(i, "") for i in range(width)] for cells in found_rows]


def _column(place: str) -> int:
    """Return the position of a column named by letters.

    Examples
    --------
    >>> _column("A7"), _column("AB1")
    (0, 27)
    """
    number = 0
    for letter in re.sub(r"\d", "", place):
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1


def _value(tree: Tree, at: int, shared: list[str], used: set[int]) -> str:
    kind = tree.elements[at][1].get("t", "n")
    texts = [tree.elements[i][2] for i in tree.inside(at, "v")]
    if kind == "s" and texts:
        used.add(int(texts[0]))
        return shared[int(texts[0])]
    return texts[0] if texts else _text(tree, at)
