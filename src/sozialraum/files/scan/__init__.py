"""Look at a file before it is handed out: what it holds that it must not.

The scan reads the bytes that were written, not the frames they were made from, and
compares them with the release. The truth is not at hand, so nothing is looked for that
must not be there: whatever is not on a list of what may be there is refused. A number in
the place of a value must be the one published for that area, indicator and date. What can
be read into positions (GeoPackage, GeoJSON, CSV, sheets, the data of the web map) is
compared cell by cell; printed tables by row and heading; texts by the two rules of
:mod:`sozialraum.files.scan.lines`. What pictures show is not read. Each module says what
its format's check covers. A format that is not known is refused.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from sozialraum.errors import DisclosureError
from sozialraum.files import geopackage as layout
from sozialraum.files.proposal import AREAS
from sozialraum.files.scan.derived import NOTHING, Derived
from sozialraum.files.scan.document import scan_document
from sozialraum.files.scan.finding import Finding
from sozialraum.files.scan.geopackage import scan_geopackage
from sozialraum.files.scan.known import Known
from sozialraum.files.scan.notebook import scan_notebook
from sozialraum.files.scan.page import DATA_BLOCK, scan_page
from sozialraum.files.scan.pdf import scan_pdf
from sozialraum.files.scan.pictures import scan_picture
from sozialraum.files.scan.plain import scan_csv, scan_json
from sozialraum.files.scan.workbook import scan_workbook
from sozialraum.messages import text
from sozialraum.model import Release

__all__ = [
    "DATA_BLOCK",
    "KINDS",
    "Derived",
    "Finding",
    "check_file",
    "check_proposal",
    "how",
    "scan_file",
]

LARGEST = 2 * 1024**3
"""Bytes of a file that is read at all."""

type Scan = Callable[[Path, Known], Iterator[Finding]]


def check_file(path: str | Path, release: Release, *, derived: Derived = NOTHING) -> None:
    """Raise unless a file holds only what the release publishes and loads nothing.

    Parameters
    ----------
    path
        A finished file of one of the :data:`KINDS`.
    release
        What may be shown.
    derived
        What the writer computed from the release alone and shows.

    Raises
    ------
    DisclosureError
        The file holds something else, cannot be read, or is of an unknown kind; all
        faults are named at once, never a number that was found.
    """
    _raise(Path(path), _scanned(Path(path), Known(release, derived=derived)))


def check_proposal(path: str | Path) -> None:
    """Raise unless a GeoPackage holds areas, blocks and decisions, and no value at all.

    Raises
    ------
    DisclosureError
        As for :func:`check_file`.
    """
    _raise(Path(path), _scanned(Path(path), Known(None, _names(Path(path)))))


def scan_file(
    path: str | Path, release: Release, *, derived: Derived = NOTHING
) -> tuple[Finding, ...]:
    """Return every fault of a file, none for a clean one; never raises for its content.

    Parameters
    ----------
    path
        A finished file.
    release
        What may be shown.
    derived
        What may be shown besides, because it was computed from it.

    Returns
    -------
    tuple of Finding
        In the order in which they were found.
    """
    return _scanned(Path(path), Known(release, derived=derived))


def how(path: str | Path, language: str) -> str:
    """Return in words how a file of this kind is checked.

    Examples
    --------
    >>> how("bericht.txt", "en")
    'unknown kind of file'
    """
    suffix = Path(path).suffix.lower()
    return text(f"scan.how_{suffix[1:] if suffix in KINDS else 'unknown'}", language)


def _raise(path: Path, findings: tuple[Finding, ...]) -> None:
    if findings:
        faults = "\n  ".join(one.text() for one in findings)
        raise DisclosureError(
            "scan.refused", ids=[one.fault for one in findings], path=path.name, faults=faults
        )


def _scanned(path: Path, known: Known) -> tuple[Finding, ...]:
    kind = KINDS.get(path.suffix.lower())
    if not path.is_file() or path.stat().st_size == 0:
        return (Finding("empty"),)
    if path.stat().st_size > LARGEST:
        return (Finding("huge", (path.name,)),)
    if kind is None:
        return (Finding("unknown", (path.suffix or path.name,)),)
    findings: dict[Finding, None] = {}
    try:
        for one in kind(path, known):
            findings[one] = None
    except Exception as error:  # noqa: BLE001 - whatever a broken file makes a reader raise
        findings[Finding("unreadable", (type(error).__name__,))] = None
    return tuple(findings)


def _names(path: Path) -> list[str]:
    """Return the names of the areas of a proposal."""
    with layout.reading(path) as connection:
        rows = connection.execute(f"SELECT name FROM {layout.quoted(AREAS)}")  # noqa: S608 - quoted
        return [str(name) for (name,) in rows]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig")


KINDS: dict[str, Scan] = {
    ".gpkg": scan_geopackage,
    **dict.fromkeys((".html", ".htm"), lambda path, known: scan_page(_read(path), known)),
    **{
        f".{name}": lambda path, known, kind=kind: scan_picture(path.read_bytes(), kind, known)
        for name, kind in (("svg", "svg"), ("png", "png"), ("jpg", "jpeg"), ("jpeg", "jpeg"))
    },
    ".pdf": scan_pdf,
    **dict.fromkeys((".csv", ".tsv"), lambda path, known: scan_csv(_read(path), known, path.name)),
    **dict.fromkeys(
        (".json", ".geojson"), lambda path, known: scan_json(_read(path), known, path.name)
    ),
    ".ipynb": lambda path, known: scan_notebook(_read(path), known),
    ".xlsx": scan_workbook,
    ".docx": scan_document,
}
"""How a file is read, by its suffix."""
