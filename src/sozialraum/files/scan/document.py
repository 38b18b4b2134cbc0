"""Word documents: what is printed, by the rules for texts, and nothing beneath it.

Refused are comments, tracked changes, hidden text, custom XML, embedded files and the
workbooks of charts, document variables, fields that keep results of other files, custom
properties: any part or element of that kind. Tables are compared by row and heading.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from sozialraum.files.scan.finding import Finding, found
from sozialraum.files.scan.known import Known
from sozialraum.files.scan.lines import Line, check_lines, check_rows
from sozialraum.files.scan.office import check_common, parts_of
from sozialraum.files.scan.pictures import scan_picture
from sozialraum.files.scan.trees import Tree, local, parsed
from sozialraum.files.scan.words import listed

PARTS = (
    r"word/(?:document|styles|settings|webSettings|fontTable|numbering|footnotes|endnotes"
    r"|header\d*|footer\d*)\.xml|word/_rels/[a-z]+\d*\.xml\.rels|word/theme/theme\d\.xml"
    r"|word/media/[\w.-]+\.(?:png|jpe?g)"
)
PRINTED = re.compile(r"word/(?:document|footnotes|endnotes|header\d*|footer\d*)\.xml")
TRACKED = listed(
    "ins del moveFrom moveTo delText delInstrText cellIns cellDel cellMerge numberingChange"
)
HIDDEN = listed("vanish webHidden specVanish")
CARRIED = listed(
    "object OLEObject altChunk docVar docVars commentReference commentRangeStart control chart"
    " dataBinding attachedTemplate mailMerge txbxContent"
)
FIELDS = re.compile(r"\s*(?:PAGE|NUMPAGES|TOC|SEQ|REF|PAGEREF|HYPERLINK|DATE|TITLE)\b.*", re.DOTALL)
OFF = frozenset(("0", "false", "off"))


def scan_document(path: Path, known: Known) -> Iterator[Finding]:
    """Yield what a document holds beyond the release."""
    parts, findings = parts_of(path, PARTS)
    yield from findings
    yield from check_common(parts, known)
    if "word/document.xml" not in parts:
        yield Finding("unreadable")
        return
    for name, part in parts.items():
        if name.startswith("word/") and name.endswith(".xml"):
            tree = parsed(part)
            yield from _beneath(tree, name)
            if PRINTED.fullmatch(name):
                yield from _printed(tree, name, known)
        elif name.startswith("word/media/"):
            kind = "png" if name.endswith(".png") else "jpeg"
            yield from scan_picture(part, kind, known)


def _beneath(tree: Tree, name: str) -> Iterator[Finding]:
    """Yield changes, hidden text and embedded things."""
    kinds = [(local(element), attributes, text) for element, attributes, text in tree.elements]
    changed = [k for k, _, _ in kinds if k in TRACKED or k.endswith(("Change", "RangeStart"))]
    bookmarks = ("bookmarkRangeStart", "permStart")
    yield from found("tracked", [f"{name} {k}" for k in changed if k not in (*CARRIED, *bookmarks)])
    hidden = [k for k, a, _ in kinds if k in HIDDEN and a.get("w:val", "1") not in OFF]
    # Word's own styles hide what stands in no text; a style is no text
    yield from found("hidden", [f"{name} {k}" for k in hidden if name != "word/styles.xml"])
    yield from found("embedded", [f"{name} {k}" for k, _, _ in kinds if k in CARRIED])
    codes = [text for k, _, text in kinds if k == "instrText"]
    codes += [a.get("w:instr", "") for k, a, _ in kinds if k == "fldSimple"]
    yield from found("fields", [name for code in codes if not FIELDS.fullmatch(code)])


def _printed(tree: Tree, name: str, known: Known) -> Iterator[Finding]:
    lines: list[Line] = []
    for at, (element, attributes, _) in enumerate(tree.elements):
        kind = local(element)
        if kind == "p":
            lines.append((f"{name} {len(lines) + 1}", _text(tree, at)))
        elif kind in ("docPr", "cNvPr"):
            lines += [(f"{name} {kind}", attributes.get(key, "")) for key in ("descr", "title")]
    yield from check_lines(lines, known)
    for at, (element, _, _) in enumerate(tree.elements):
        if local(element) == "tbl":
            rows = [
                [_text(tree, cell) for cell in tree.inside(row, "tc")]
                for row in tree.inside(at, "tr")
            ]
            places = ((f"{name} {i}", row) for i, row in enumerate(rows[1:], start=2))
            yield from check_rows(places, rows[0] if rows else [], known)


def _text(tree: Tree, at: int) -> str:
    return "".join(tree.elements[i][2] for i in tree.inside(at, "t"))
