"""HTML pages: everything in the source, whether a reader sees it or not.

Covered: what a page opens or runs; comments, hidden inputs, hidden elements and data
attributes; scripts and style sheets that are not ours to the byte; the data block of the
web map, cell by cell; tables by row and column heading; all other texts, also alternative
texts and titles, by the rules for texts; pictures inside the page, each as a file of its
own. What a picture shows is not read.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser

from sozialraum.files.scan.code import (
    CARRYING,
    HIDING,
    addresses,
    is_our_script,
    rest_of_sheet,
)
from sozialraum.files.scan.finding import Finding, found
from sozialraum.files.scan.known import Known
from sozialraum.files.scan.lines import Line, check_lines, check_rows
from sozialraum.files.scan.payload import check_payload
from sozialraum.files.scan.pictures import scan_picture
from sozialraum.files.scan.words import listed

DATA_BLOCK = "sozialraum-data"
"""Id of the one data block that a page may carry."""

LOADING = listed("src srcset data poster background action formaction manifest")
"""Attributes whose address a browser opens by itself."""
LINKING = frozenset(("href", "xlink:href"))
"""Attributes whose address is opened by itself everywhere but in links."""
ELEMENTS = listed(
    "a abbr article aside b blockquote body br button caption cite code col colgroup dd details"
    " dfn div dl dt em fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html"
    " i img input kbd label legend li link main mark meta nav noscript ol optgroup option p pre q"
    " s samp script section select small span strong style sub summary sup table tbody td tfoot th"
    " thead time title tr u ul var wbr"
)
INLINE = listed("a abbr b cite code em i mark q s small span strong sub sup u var wbr")
FORMAL = listed(
    "autocomplete border charset class colspan for http-equiv href id lang name rel role rowspan"
    " scope src style tabindex type aria-hidden aria-labelledby aria-live aria-sort"
)
SPOKEN = listed("alt title aria-label placeholder value summary content label")
"""Attributes that hold texts."""
HEADS = frozenset(("viewport", "referrer", "author", "description", "generator"))
SORTED_BY = frozenset(("name", "town", "value", "class"))
CLASS_CHIP = re.compile(r"c\d{1,3}-(\d{1,2})")
PICTURE = re.compile(r"data:image/(png|jpeg|svg\+xml);base64,([A-Za-z0-9+/=\s]+)")
VOID = frozenset(("br", "col", "hr", "img", "input", "link", "meta", "wbr"))


class _Reader(HTMLParser):
    """Collects what a page says, loads, runs or carries along."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[tuple[str, str]] = []
        self.lines: list[Line] = []
        self.tables: list[list[tuple[str, list[str]]]] = []
        self.blocks: list[tuple[str, str, str]] = []
        self.sheets: list[str] = []
        self.pictures: list[tuple[str, str]] = []
        self._text: list[str] = []
        self._open: list[tuple[str, str, str]] = []
        self._chip = ""

    def _where(self) -> str:
        return f"{self.getpos()[0]}"

    def _fault(self, name: str, what: str) -> None:
        self.faults.append((name, f"{self._where()}: {what}"))

    def _flush(self) -> None:
        text = " ".join(self._text).strip()
        self._text = []
        if text:
            self.lines.append((self._where(), text))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._loads(tag, values)
        self._carries(tag, values)
        if tag not in INLINE:
            self._flush()
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append((self._where(), []))
        elif tag in ("td", "th") and self.tables and self.tables[-1]:
            self.tables[-1][-1][1].append("")
        chip = CLASS_CHIP.search(values.get("class", "")) if tag == "span" else None
        self._chip = chip.group(1) if chip else ""
        if tag not in VOID:
            self._open.append((tag, values.get("type", ""), values.get("id", "")))

    def _loads(self, tag: str, values: dict[str, str]) -> None:
        given = [values[name] for name in LOADING & set(values)]
        given += [values[name] for name in LINKING & set(values) if tag != "a"]
        given += addresses(values.get("style", ""))
        for address in given:
            if address.startswith("data:"):
                self.pictures.append((self._where(), address))
            elif address and not address.startswith("#"):
                self._fault("outside", tag)
        linked = values.get("href", "").strip().lower()
        if linked.startswith(("javascript:", "vbscript:", "data:")) and tag == "a":
            self._fault("events", tag)
        for name in values:
            if name.startswith("on"):
                self._fault("events", f"{tag} {name}")

    def _carries(self, tag: str, values: dict[str, str]) -> None:
        """Note attributes and elements that hold more than the eye sees."""
        if tag not in ELEMENTS:
            self._fault("elements", tag)
        hidden = values.get("type") == "hidden" or "hidden" in values
        if hidden or HIDING.search(values.get("style", "")):
            self._fault("hidden", tag)
        if tag == "meta" and values.get("name", "viewport") not in HEADS:
            self._fault("hidden", "meta")
        for name, value in values.items():
            if name == "data-sort" and value in SORTED_BY:
                continue
            if name not in FORMAL | SPOKEN and not name.startswith("on") and name not in LOADING:
                self._fault("attributes", f"{tag} {name}")
            elif name in SPOKEN and not (tag == "meta" and self._is_formal(values)):
                self.lines.append((f"{self._where()}: {name}", value))
            elif name in ("id", "class", "for", "name", "rel", "href") and tag != "meta":
                address = name == "href" and not value.startswith("#")
                plain = "" if address else CLASS_CHIP.sub("", value)
                self.lines.append((f"{self._where()}: {name}", plain))

    @staticmethod
    def _is_formal(values: dict[str, str]) -> bool:
        return "http-equiv" in values or values.get("name") in ("viewport", "referrer")

    def handle_data(self, data: str) -> None:
        tag, kind, name = self._open[-1] if self._open else ("", "", "")
        if tag == "script":
            self.blocks.append((kind, name, data))
        elif tag == "style":
            self.sheets.append(data)
        elif any(one in ("td", "th") for one, _, _ in self._open) and self._in_row():
            self._cell(data)
        elif data.strip():
            self._text.append(data)

    def _in_row(self) -> bool:
        return bool(self.tables and self.tables[-1] and self.tables[-1][-1][1])

    def _cell(self, data: str) -> None:
        """Add to the cell; the number of a class in its box must be the one of its colour."""
        mark = data.strip()
        if self._chip and mark.isdecimal():
            if int(mark) not in (int(self._chip) + 1, 3 - int(self._chip)):
                self._fault("chips", "span")
            return
        self.tables[-1][-1][1][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag not in INLINE:
            self._flush()
        self._chip = ""
        while self._open:
            if self._open.pop()[0] == tag:
                break

    def handle_comment(self, data: str) -> None:  # noqa: ARG002 - as HTMLParser calls it
        self._fault("comments", "<!-- -->")

    def handle_pi(self, data: str) -> None:  # noqa: ARG002 - as HTMLParser calls it
        self._fault("comments", "<? >")

    def unknown_decl(self, data: str) -> None:  # noqa: ARG002 - as HTMLParser calls it
        self._fault("comments", "<![ ]]>")

    def handle_decl(self, decl: str) -> None:
        if decl.strip().lower() != "doctype html":
            self._fault("comments", "<! >")

    def close(self) -> None:
        super().close()
        self._flush()


def scan_page(text: str, known: Known) -> Iterator[Finding]:
    """Yield what the source of a page holds beyond the release."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    for fault in dict.fromkeys(name for name, _ in reader.faults):
        yield from found(fault, [where for name, where in reader.faults if name == fault])
    yield from _code(reader, known)
    yield from check_lines(reader.lines, known)
    for rows in reader.tables:
        heads = rows[0][1] if rows else []
        yield from check_lines(
            [(where, cell) for where, cells in rows[:1] for cell in cells], known
        )
        yield from check_rows(rows[1:], heads, known)
    for where, address in reader.pictures:
        yield from _picture(where, address, known)


def _code(reader: _Reader, known: Known) -> Iterator[Finding]:
    for kind, name, content in reader.blocks:
        if kind in ("", "text/javascript", "module"):
            yield from found("scripts", [] if is_our_script(content) else ["<script>"])
        elif kind == "application/json" and name == DATA_BLOCK:
            yield from check_payload(json.loads(content), known)
        else:
            yield from found("blocks", [name or "?"])
    for sheet in reader.sheets:
        rest = rest_of_sheet(sheet)
        yield from found("sheets", ["<style>"] if CARRYING.search(rest) else [])
        yield from found("outside", ["<style>"] if addresses(rest) else [])


def _picture(where: str, address: str, known: Known) -> Iterator[Finding]:
    match = PICTURE.fullmatch(address)
    if match is None:
        yield from found("addresses", [where])
        return
    try:
        content = base64.b64decode(match.group(2), validate=True)
    except binascii.Error:
        yield from found("addresses", [where])
        return
    kind = "svg" if match.group(1).startswith("svg") else match.group(1)
    for one in scan_picture(content, kind, known):
        yield Finding(one.fault, tuple(f"{where} ({part})" for part in one.where))
