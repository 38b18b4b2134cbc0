"""The package of an office file: its parts, relations and properties."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from sozialraum.files.archives import content, guarded, members
from sozialraum.files.scan.finding import Finding, found
from sozialraum.files.scan.known import Known
from sozialraum.files.scan.lines import check_lines
from sozialraum.files.scan.trees import local, parsed
from sozialraum.files.scan.words import listed

COMMON = r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(?:core|app)\.xml"
MOST = 512 * 1024**2
"""Bytes all parts together may unpack to."""
DIRECTORY_END = b"PK\x05\x06"
COUNTED = listed(
    "created modified revision TotalTime Pages Words Characters CharactersWithSpaces Lines"
    " Paragraphs DocSecurity"
)
"""Dates and lengths that office programs note by themselves."""
VERSION = re.compile(r"\d+(?:\.\d+)+")
LINKS = ("hyperlink",)
"""Relations that may point out of the file: a reader follows them by hand."""


def parts_of(path: Path, allowed: str) -> tuple[dict[str, bytes], list[Finding]]:
    """Return the parts of an office file that are on the list, and what else there is.

    Parameters
    ----------
    path
        A ZIP archive.
    allowed
        Pattern of the parts that may be there besides the common ones.
    """
    names = members(path)
    with guarded(path), zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
        behind = [] if not archive.comment and _ends_with_directory(path) else ["ZIP"]
    listed = [info.filename for info in infos if not info.is_dir()]
    fine = re.compile(f"{COMMON}|{allowed}")
    stray = [name for name in listed if not fine.fullmatch(name)]
    twice = [name for name in listed if listed.count(name) > 1]
    findings = found("parts", stray + twice) + found("behind", behind)
    if sum(info.file_size for info in infos) > MOST:
        return {}, [*findings, Finding("huge", (path.name,))]
    kept = [name for name in names if fine.fullmatch(name)]
    return {name: content(path, name) for name in kept}, findings


def _ends_with_directory(path: Path) -> bool:
    with path.open("rb") as stream:
        begins = stream.read(2) == b"PK"
        stream.seek(-22, 2)
        return begins and stream.read(4) == DIRECTORY_END


def check_common(parts: dict[str, bytes], known: Known) -> Iterator[Finding]:
    """Yield outside relations, and what the properties say."""
    outside, lines, comments = [], [], []
    for name, part in parts.items():
        if not name.endswith((".xml", ".rels")):
            continue
        tree = parsed(part)
        comments += [name] if tree.comments or tree.instructions else []
        for element, attributes, text in tree.elements:
            if local(element) == "Relationship" and attributes.get("TargetMode") == "External":
                kind = attributes.get("Type", "").rpartition("/")[2]
                outside += [] if kind in LINKS else [f"{name} {kind}"]
            if name.startswith("docProps/") and local(element) not in COUNTED:
                lines.append((f"{name} {local(element)}", VERSION.sub(" ", text)))
    yield from found("outside", outside)
    yield from found("comments", comments)
    yield from check_lines(lines, known)
