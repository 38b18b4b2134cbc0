"""Pictures: PNG and JPEG part by part, SVG element by element.

Of PNG and JPEG the parts beside the pixels are checked: texts, EXIF, colour profiles with
notes, bytes behind the end. What the pixels show is not read. Of SVG every element,
attribute, comment and text is looked at; shapes are coordinates and are not compared.
"""

import base64
import re
import struct
import zlib
from collections.abc import Iterator

from sozialraum.files.scan.code import addresses
from sozialraum.files.scan.finding import Finding, found
from sozialraum.files.scan.known import Known
from sozialraum.files.scan.lines import Line, check_lines
from sozialraum.files.scan.trees import Tree, parsed
from sozialraum.files.scan.words import listed

PNG = b"\x89PNG\r\n\x1a\n"
CHUNKS = listed("IHDR PLTE IDAT IEND pHYs tRNS gAMA sRGB cHRM sBIT bKGD tEXt iTXt")
TEXT_KEYS = frozenset(("Title", "Software", "Author", "Copyright"))
SEGMENTS = frozenset((0xC0, 0xC1, 0xC2, 0xC4, 0xDA, 0xDB, 0xDD, 0xE0, 0xEE))
"""Parts of a JPEG that a picture needs: frames, tables, scan, JFIF and Adobe's colour note."""
ELEMENTS = listed(
    "svg g defs path use rect circle ellipse line polyline polygon clipPath pattern style"
    " image text tspan title metadata linearGradient radialGradient stop symbol rdf:RDF"
    " cc:Work dc:type dc:title dc:format dc:creator cc:Agent"
)
GEOMETRY = listed(
    "d x y x1 y1 x2 y2 cx cy r rx ry dx dy width height viewBox transform points offset"
    " patternTransform gradientTransform preserveAspectRatio"
)
LOOK = listed(
    "style fill stroke opacity fill-opacity stroke-opacity stroke-width stroke-dasharray"
    " stroke-linecap stroke-linejoin stroke-dashoffset stroke-miterlimit fill-rule clip-rule"
    " font-family font-size font-weight font-style text-anchor stop-color stop-opacity clip-path"
    " version type patternUnits patternContentUnits gradientUnits clipPathUnits xml:space"
    " xlink:href href rdf:resource id"
)
NUMERIC = re.compile(r"[-+\d.,\s%a-zA-Z()]*")
NAMED = re.compile(
    r"(?:figure|axes|patch|text|line2d|PathCollection|LineCollection|matplotlib\.axis|xtick|ytick"
    r"|legend|PolyCollection|FillBetweenPolyCollection|QuadMesh|image|PatchCollection)_?\d{0,4}"
    r"|C[0-9a-f]{1,3}_[0-9a-f]{1,3}_[0-9a-f]{10}|[A-Za-z]+(?:-[A-Za-z]+)*-[0-9a-f]{1,5}"
    r"|[a-zA-Z][0-9a-f]{6,}(?:_[0-9a-f_]+)?|image[0-9a-f]{6,}"
)
"""Names that matplotlib gives: parts of a figure, letters, digests of shapes."""
VISIBLE_TEXTS = frozenset(("text", "tspan", "title", "dc:title", "dc:format"))


def scan_picture(content: bytes, kind: str, known: Known) -> Iterator[Finding]:
    """Yield what a picture carries besides what it shows.

    Parameters
    ----------
    content
        The file.
    kind
        ``"png"``, ``"jpeg"`` or ``"svg"``.
    known
        What may be said.
    """
    match kind:
        case "png":
            yield from _png(content, known)
        case "jpeg":
            yield from _jpeg(content)
        case _:
            yield from _svg(content, known)


def _png(content: bytes, known: Known) -> Iterator[Finding]:
    if not content.startswith(PNG):
        yield Finding("unreadable")
        return
    at, stray, lines, kind = len(PNG), [], [], ""
    while at + 12 <= len(content) and kind != "IEND":
        length, code = struct.unpack(">I4s", content[at : at + 8])
        kind = code.decode("latin-1")
        body = content[at + 8 : at + 8 + length]
        if zlib.crc32(code + body) != int.from_bytes(content[at + 8 + length : at + 12 + length]):
            yield Finding("unreadable")
            return
        if kind not in CHUNKS:
            stray.append(kind)
        elif kind in ("tEXt", "iTXt"):
            key, _, text = body.partition(b"\0")
            name = key.decode("latin-1")
            stray += [] if name in TEXT_KEYS and not text.startswith(b"\1") else [kind]
            lines.append((name, text.decode("utf-8" if kind == "iTXt" else "latin-1")))
        at += 12 + length
    yield from found("parts", stray)
    yield from found("behind", ["IEND"] if at != len(content) or kind != "IEND" else [])
    yield from check_lines(lines, known)


def _jpeg(content: bytes) -> Iterator[Finding]:
    if not content.startswith(b"\xff\xd8"):
        yield Finding("unreadable")
        return
    at, stray = 2, []
    while at + 4 <= len(content) and content[at] == 0xFF and content[at + 1] != 0xD9:
        mark = content[at + 1]
        stray += [] if mark in SEGMENTS else [f"FF{mark:02X}"]
        at += 2 + int.from_bytes(content[at + 2 : at + 4])
        if mark == 0xDA:
            at = _end_of_scan(content, at)
    yield from found("parts", stray)
    yield from found("behind", [] if content[at:] == b"\xff\xd9" else ["FFD9"])


def _end_of_scan(content: bytes, at: int) -> int:
    """Return where the next part begins: a mark that is no stuffing and no restart."""
    match = re.compile(rb"\xff[^\x00\xd0-\xd7]").search(content, at)
    return match.start() if match else len(content)


def _svg(content: bytes, known: Known) -> Iterator[Finding]:
    tree = parsed(content)
    yield from found("elements", [name for name, _, _ in tree.elements if name not in ELEMENTS])
    yield from found("events", _running(tree))
    yield from found("outside", _outside(tree))
    yield from found("attributes", list(_stray(tree)))
    yield from found("comments", [f"<?{name}?>" for name in tree.instructions])
    hidden = [name for name, _, text in tree.elements if text.strip() and not _may_hold(name)]
    yield from found("hidden", hidden)
    lines: list[Line] = [(f"line {line}", text) for line, text in tree.comments]
    lines += [(name, text) for name, _, text in tree.elements if _may_hold(name)]
    yield from check_lines(lines, known, drawn=True)
    for name, attributes, _ in tree.elements:
        if name == "image":
            yield from _inside(attributes, known)


def _may_hold(name: str) -> bool:
    return name in VISIBLE_TEXTS or name == "style"


def _running(tree: Tree) -> list[str]:
    return [
        f"{n} {a}" for n, attributes, _ in tree.elements for a in attributes if a.startswith("on")
    ]


def _outside(tree: Tree) -> list[str]:
    """Return elements that open something outside the file."""
    stray = []
    for name, attributes, text in tree.elements:
        given = [attributes[a] for a in ("href", "xlink:href") if a in attributes]
        looks = [value for a, value in attributes.items() if a in LOOK]
        given += [
            one for look in (*looks, text if name == "style" else "") for one in addresses(look)
        ]
        local = ("#", "data:image/") if name == "image" else ("#",)
        stray += [name for one in given if not one.startswith(local)]
    return stray


def _stray(tree: Tree) -> Iterator[str]:
    """Yield attributes that are neither geometry nor look, or that hold something else."""
    for name, attributes, _ in tree.elements:
        for key, value in attributes.items():
            fine = key in GEOMETRY | LOOK or key.startswith("xmlns")
            if key in GEOMETRY:
                fine = NUMERIC.fullmatch(value) is not None
            elif key == "id":
                fine = NAMED.fullmatch(value) is not None
            if not fine and not key.startswith("on"):
                yield f"{name} {key}"


def _inside(attributes: dict[str, str], known: Known) -> Iterator[Finding]:
    address = attributes.get("xlink:href") or attributes.get("href", "")
    head, _, body = address.partition(";base64,")
    if head != "data:image/png":
        yield from found("addresses", ["image"])
        return
    yield from scan_picture(base64.b64decode(body), "png", known)
