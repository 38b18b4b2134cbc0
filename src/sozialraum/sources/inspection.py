"""What a file is, what is wrong with it, and how it is loaded: names and shapes, no values.

The content decides, not the name: a file that was renamed is recognised all the same.
"""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sozialraum.errors import SourceError, SozialraumError
from sozialraum.sources.archives import is_zip, local_file, members
from sozialraum.sources.books import is_workbook
from sozialraum.sources.inspected import Facts, Report, listed
from sozialraum.sources.inspected_files import (
    look_at_definitions,
    look_at_grid,
    look_at_parquet,
    look_at_raster,
    look_at_shapes,
)
from sozialraum.sources.inspected_tables import look_at_table, look_at_workbook
from sozialraum.sources.shapes import SHAPEFILE_PARTS

HEAD = 1 << 16
TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
BINARY_SHAPES = (b"SQLite format 3", b"\x00\x00\x27\x0a", b"fgb")
GZIP = b"\x1f\x8b"
BOM = b"\xef\xbb\xbf"
TOML_TABLE = re.compile(rb"\[\[?[A-Za-z_.]+\]\]?\s*[\r\n]")
ZIPPED_SHAPES = {*SHAPEFILE_PARTS, ".gpkg", ".geojson", ".fgb", ".gdbtable", ".gml", ".kml"}
BOOKS = (".xlsx", ".xlsm", ".xls", ".ods")


def inspect_file(path: str | Path) -> tuple[Facts, list[SozialraumError]]:
    """Say what a file is, which columns it has, and what stops it from being loaded.

    Parameters
    ----------
    path
        Any file: census grid, shapes, table, workbook, raster, catalogue or deliveries.

    Returns
    -------
    facts
        Pairs of label and value in the reader's language: the kind, what is in the file, the
        line of Python that loads it and, where it belongs into a project, the lines of TOML
        to paste. Names and counts of rows and columns only, never a value of the file.
    faults
        What is wrong, one error a kind; empty if the file can be loaded as it is.

    Examples
    --------
    >>> from sozialraum.datasets import sample_path
    >>> facts, faults = inspect_file(sample_path() / "daten" / "quartiere.gpkg")
    >>> faults
    []
    """
    report = Report(Path(path).name)
    try:
        _look(local_file(path), report)
    except SozialraumError as error:
        report.faults.append(error)
    return report.told(), report.faults


def _look(path: Path, report: Report) -> None:
    """Note what the first kind of file that fits says of itself."""
    head = b""
    if not path.is_dir():
        with path.open("rb") as stream:
            head = stream.read(HEAD)
        if not head.strip():
            raise SourceError("sources.empty_file", ids=[path])
    _looker(path, head)(path, report)


def _looker(path: Path, head: bytes) -> Callable[[Path, Report], None]:
    """Return what looks at files that begin so."""
    part = path.suffix.lower() in SHAPEFILE_PARTS
    kinds = (
        (path.is_dir() or part or head.startswith(BINARY_SHAPES), look_at_shapes),
        (head.startswith(TIFF), look_at_raster),
        (head.startswith(b"PAR1"), look_at_parquet),
        (is_workbook(path), look_at_workbook),
        (is_zip(path), _look_into),
        (head.startswith(GZIP), lambda _, report: report.kind("gzip")),
    )
    otherwise = partial(_look_at_text, head)
    return next((look for fits, look in kinds if fits), otherwise)


def _look_at_text(head: bytes, path: Path, report: Report) -> None:
    begin = head.removeprefix(BOM).lstrip()[:200]
    if path.suffix.lower() == ".toml" or TOML_TABLE.match(begin):
        return look_at_definitions(path, report)
    if begin[:1] in (b"{", b"["):
        return look_at_shapes(path, report) if _is_geojson(head) else _json(head, report)
    if begin[:1] == b"<":
        return _markup(path, begin, report)
    if look_at_grid(path, report):
        return None
    return look_at_table(path, report)


def _is_geojson(head: bytes) -> bool:
    return b'"FeatureCollection"' in head or b'"geometry"' in head or b'"coordinates"' in head


def _json(head: bytes, report: Report) -> None:
    """Note what a JSON file is that holds no shapes."""
    known = {
        "own_manifest": (b'"made_by"', b'"sozialraum"'),
        "election_names": (b'"csvs"',),
        "topojson": (b'"Topology"',),
    }
    found = (name for name, words in known.items() if all(word in head for word in words))
    report.kind(next(found, "json"))


def _markup(path: Path, begin: bytes, report: Report) -> None:
    """Look at shapes in XML; web pages and the answers of services say so."""
    lowered = begin.lower()
    if b"<!doctype html" in lowered or b"<html" in lowered:
        report.kind("page")
        raise SourceError("inspection.web_page", path=path)
    if b"exceptionreport" in lowered or b"serviceexception" in lowered:
        report.kind("page")
        raise SourceError("inspection.service_error", path=path)
    return look_at_shapes(path, report)


def _look_into(path: Path, report: Report) -> None:
    """Look at what an archive holds: shapes, a census grid, tables or workbooks."""
    names = members(path)
    endings = {Path(name).suffix.lower() for name in names}
    if endings & ZIPPED_SHAPES or any(".gdb/" in name.lower() for name in names):
        return look_at_shapes(path, report)
    if endings & {".tif", ".tiff"}:
        return look_at_raster(path, report)
    if look_at_grid(path, report):
        return None
    tables = [name for name in names if name.lower().endswith((".csv", ".txt"))]
    if not tables or endings & set(BOOKS):
        report.kind("archive")
        report.add("members", listed(names))
        raise SourceError("inspection.unpack_first", path=path, ids=names)
    return look_at_table(path, report)
