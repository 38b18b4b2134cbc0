"""PDF: texts as they are drawn, metadata, and everything that is attached or left over.

Covered: one revision only, no object that nothing refers to, no attachment, annotation,
form, layer, script, XMP packet or invisible text; properties and every drawn piece of text
by the rules for texts. A piece is what stands in one go on one line: a number drawn alone
on the map, without a name beside it, cannot be told from the number of a class. Pictures
inside are not read.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sozialraum.files.scan.finding import Finding, found
from sozialraum.files.scan.known import Known
from sozialraum.files.scan.lines import Line, check_lines
from sozialraum.files.scan.words import listed

ROOT = listed("/Type /Pages /Version /Lang /ViewerPreferences /PageLayout /PageMode")
PAGE = listed(
    "/Type /Parent /Resources /MediaBox /CropBox /TrimBox /BleedBox /ArtBox /Contents /Rotate"
    " /Group /Annots /UserUnit"
)
CARRYING = listed(
    "/EF /EmbeddedFile /EmbeddedFiles /AF /JS /JavaScript /OC /OCGs /OCProperties /Metadata"
    " /PieceInfo /Alternates /AA /OpenAction /RichMediaContent /ActualText /Alt /Thumb"
)
INFO = listed("/Title /Creator /Producer /Author /Subject /CreationDate /ModDate")
INVISIBLE = re.compile(rb"(?<![\d.])[37]\s+Tr\b|/ActualText|/Alt\b")
LETTER = 0.6
"""Width of a letter as a share of its size, generously."""


def scan_pdf(path: Path, known: Known) -> Iterator[Finding]:
    """Yield what a PDF holds beyond what it draws, and what it draws beyond the release."""
    from pypdf import PdfReader

    content = path.read_bytes()
    yield from _revisions(content)
    reader = PdfReader(path)
    if reader.is_encrypted:
        yield Finding("encrypted")
        return
    root: Any = reader.trailer["/Root"].get_object()
    yield from found("parts", [key for key in root if key not in ROOT])
    yield from found("parts", [key for key in reader.trailer if key in CARRYING])
    seen, carried, streams = _reached(reader.trailer)
    yield from found("parts", carried)
    yield from found("orphans", _orphans(reader, seen, streams))
    drawn = [stream.get_data() for stream in streams if stream.get("/Subtype") in (None, "/Form")]
    yield from found("hidden", ["Tr"] if any(INVISIBLE.search(one) for one in drawn) else [])
    yield from check_lines(_properties(reader), known)
    for number, page in enumerate(reader.pages, start=1):
        yield from found("parts", [f"{number} {key}" for key in page if key not in PAGE])
        yield from found("annotations", [f"{number}"] if _annotated(page) else [])
        yield from check_lines(_pieces(page, number), known, drawn=True)


def _revisions(content: bytes) -> Iterator[Finding]:
    """Yield earlier revisions, which keep what was deleted, and bytes around the document."""
    if content.count(b"%%EOF") != 1 or content.count(b"startxref") != 1:
        yield Finding("revisions", ("%%EOF",))
    if not content.startswith(b"%PDF-") or content.rpartition(b"%%EOF")[2].strip():
        yield Finding("behind", ("%%EOF",))


def _reached(trailer: Any) -> tuple[set[int], list[str], list[Any]]:
    """Return the numbers of all objects in use, keys that carry things, and streams."""
    from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

    seen: set[int] = set()
    carried: list[str] = []
    streams: list[Any] = []
    waiting = [trailer.raw_get(key) for key in trailer if key in ("/Root", "/Info", "/Encrypt")]
    while waiting:
        one = waiting.pop()
        if isinstance(one, IndirectObject):
            if one.idnum not in seen:
                seen.add(one.idnum)
                waiting.append(one.get_object())
        elif isinstance(one, DictionaryObject):
            carried += [key for key in one if key in CARRYING]
            waiting += [one.raw_get(key) for key in one]
            streams += [one] if isinstance(one, StreamObject) else []
        elif isinstance(one, ArrayObject):
            waiting += list(one)
    return seen, carried, streams


def _orphans(reader: Any, seen: set[int], streams: list[Any]) -> list[str]:
    """Return objects nothing refers to: left over from before, or hidden there.

    Lengths of streams may be objects of their own; reading a stream drops the reference.
    """
    lengths = {len(stream._data) for stream in streams}  # noqa: SLF001 - as stored, unpacked never
    listed = {number for table in reader.xref.values() for number in table}
    listed |= set(reader.xref_objStm)
    left = []
    for number in sorted(listed - seen - {0}):
        one = reader.get_object(number)
        formal = one in lengths if isinstance(one, int) else _is_formal(one)
        left += [] if one is None or formal else [str(number)]
    return left


def _is_formal(one: Any) -> bool:
    return hasattr(one, "get") and one.get("/Type") in ("/XRef", "/ObjStm")


def _properties(reader: Any) -> Iterator[Line]:
    for key, value in (reader.metadata or {}).items():
        if key not in ("/CreationDate", "/ModDate"):
            yield key, str(value)


def _annotated(page: Any) -> bool:
    given = page.get("/Annots")
    return given is not None and len(given.get_object()) > 0


def _pieces(page: Any, number: int) -> list[Line]:
    """Return every drawn piece of text; pieces that continue a line are joined to it."""
    lines: list[str] = []
    end = (0.0, 0.0)

    def note(text: str, outer: list[float], inner: list[float], _font: Any, size: float) -> None:
        nonlocal end
        if not text.strip():
            return
        x = inner[4] * outer[0] + inner[5] * outer[2] + outer[4]
        y = inner[4] * outer[1] + inner[5] * outer[3] + outer[5]
        wide = size * abs(outer[0] * inner[0] or 1.0)
        goes_on = lines and abs(y - end[1]) < wide / 4 and x < end[0] + wide
        lines[-1:] = [lines[-1] + text] if goes_on else [*lines[-1:], text]
        end = (x + LETTER * wide * len(text), y)

    page.extract_text(visitor_text=note)
    return [(str(number), part) for line in lines for part in line.splitlines()]
