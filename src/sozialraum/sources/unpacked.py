"""Where the shapes of a file are: recognised by content, unpacked, copied where GDAL would write.

GDAL may open GeoPackage, shapefile, FlatGeobuf and File-GDB where they are: these cannot refer
to anything else. XML is opened as a clean copy only, and JSON never (:mod:`..geojson`).
"""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from sozialraum.errors import SourceError
from sozialraum.files.archives import GIB, MAX_TOTAL
from sozialraum.sources.archives import is_zip, members, opened
from sozialraum.sources.markup import clean_copy

SQLITE = b"SQLite format 3\x00"
GEOPACKAGES = (b"GPKG", b"GP10", b"GP11")
"""Application ids of GeoPackage, at byte 68 of an SQLite file."""
WRITE_AHEAD = b"\x02\x02"
"""Bytes 18 and 19 of an SQLite file that other programs may still be writing."""
SIDECARS = ("-wal", "-journal")
SHAPEFILE = b"\x00\x00\x27\x0a"
FLATGEOBUF = b"fgb\x03"
TEXT = re.compile(rb"^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\x00\x1e]*([{\[<])")
NEEDED = (".shx", ".dbf")
"""Parts without which a shapefile cannot be read."""
PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
TABLE_OF_GDB = "a00000001.gdbtable"
CARRIERS = (".gpkg", ".geojson", ".json", ".fgb", ".gml", ".kml", ".xml", ".jsonl", ".geojsonl")
PERHAPS = (".json", ".xml")
"""Endings that in an archive are mostly descriptions."""
ARCHIVES = (".zip", ".kmz")
NESTED = 2
"""Archives inside archives that are opened."""


def kind_of(path: Path, shown: str) -> str:
    """Return what a file with shapes is: ``gpkg``, ``shp``, ``fgb``, ``gdb``, ``json``, ``xml``.

    Raises
    ------
    SourceError
        It is none of these, a part of a shapefile, or a shapefile without its other parts.
    """
    if path.is_dir():
        if (path / TABLE_OF_GDB).is_file():
            return "gdb"
        raise SourceError("sources.not_shapes", path=shown)
    with path.open("rb") as stream:
        head = stream.read(4096)
    if head.startswith(SQLITE) and head[68:72] in GEOPACKAGES:
        return "gpkg"
    if head.startswith(SHAPEFILE) and path.suffix.lower() == ".shp":
        _check_parts(path, shown)
        return "shp"
    if path.suffix.lower() in PARTS[1:]:
        raise SourceError("shapes.name_the_shp", path=shown)
    # drivers that look for words in a file stop at a zero byte, which follows this start
    if head.startswith(FLATGEOBUF) and b"\x00" in head[:12]:
        return "fgb"
    if found := TEXT.match(head):
        return "xml" if found[1] == b"<" else "json"
    raise SourceError("sources.not_shapes", path=shown)


def _check_parts(path: Path, shown: str) -> None:
    there = {p.suffix.lower() for p in path.parent.glob(f"{_plain(path.stem)}.*")}
    missing = [part for part in NEEDED if part not in there]
    if missing:
        raise SourceError("shapes.parts_missing", ids=[path.stem + m for m in missing], path=shown)


def _plain(name: str) -> str:
    """Return a name as a pattern that matches itself."""
    return re.sub(r"([\[*?])", r"[\1]", name)


def must_be_copied(path: Path, kind: str) -> bool:
    """Return True where reading would write a file beside the one read."""
    if kind == "gpkg":
        with path.open("rb") as stream:
            ahead = stream.read(20)[18:] == WRITE_AHEAD
        return ahead or any(Path(f"{path}{side}").exists() for side in SIDECARS)
    return kind == "xml"


def copied(path: Path, kind: str, folder: Path, shown: str) -> Path:
    """Return a copy of a file in a temporary folder that GDAL may open."""
    if kind != "xml":
        target = folder / path.name
        for side in ("", *SIDECARS):
            if Path(f"{path}{side}").exists():
                shutil.copyfile(f"{path}{side}", f"{target}{side}")
        return target
    target = folder / f"{path.name}.clean"
    root = clean_copy(path, target, shown)
    if folder == path.parent:
        path.unlink()
    return target.rename(folder / f"{path.stem}{'.kml' if root == 'kml' else '.gml'}")


def unpack(path: Path, folder: Path) -> None:
    """Unpack what may hold shapes from an archive, and from archives in it.

    Raises
    ------
    SourceError
        An archive is unsafe or damaged, holds too much, or nothing with shapes.
    """
    names = _unpack(path, folder, NESTED)
    found = places(folder)
    if not found:
        parts = [n for n in names if n.lower().endswith(PARTS)]
        raise SourceError("sources.no_shapes_in_zip", ids=parts or names, path=path)
    for file in found:
        kind = "gdb" if file.is_dir() else kind_of(file, str(path))
        if kind == "xml":
            copied(file, kind, file.parent, str(path))


def _unpack(path: Path, folder: Path, depth: int) -> list[str]:
    names = members(path)
    for name in names:
        inside = PurePosixPath(name.replace("\\", "/"))
        nested = inside.suffix.lower() in ARCHIVES
        if nested and depth:
            _unpack_nested(path, name, folder / inside.with_suffix(""), depth)
        elif not nested and _may_hold_shapes(inside):
            _write(path, name, folder / inside)
    return names


def _unpack_nested(path: Path, name: str, folder: Path, depth: int) -> None:
    archive = folder.parent / f"{folder.name}.inner"
    _write(path, name, archive)
    if is_zip(archive):
        _unpack(archive, folder, depth - 1)
    archive.unlink()
    held = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    if held > MAX_TOTAL:
        raise SourceError("sources.zip_huge", ids=[name], path=path, limit=MAX_TOTAL // GIB)


def _may_hold_shapes(name: PurePosixPath) -> bool:
    in_gdb = any(part.lower().endswith(".gdb") for part in name.parts[:-1])
    return in_gdb or name.suffix.lower() in (*PARTS, *CARRIERS)


def _write(path: Path, name: str, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        # a member lies in a folder that is called like another member, or is called too long
        raise SourceError("sources.no_shapes_in_zip", ids=[name], path=path) from error
    if target.exists():
        raise SourceError("sources.no_shapes_in_zip", ids=[name], path=path)
    with opened(path, name) as stream, target.open("wb") as out:
        shutil.copyfileobj(stream, out, 1 << 20)


def places(folder: Path) -> list[Path]:
    """Return the files with shapes below a folder, in the order of their names."""
    return sorted(_places(folder.iterdir()))


def _places(paths: Iterable[Path]) -> list[Path]:
    found = []
    for path in paths:
        suffix = path.suffix.lower()
        if path.is_dir():
            is_gdb = suffix == ".gdb" and (path / TABLE_OF_GDB).is_file()
            found += [path] if is_gdb else _places(path.iterdir())
        elif suffix == ".shp" or (suffix in CARRIERS and not _is_description(path)):
            found.append(path)
    return found


def _is_description(path: Path) -> bool:
    """Return True for JSON and XML in an archive that only describes the data."""
    if path.suffix.lower() not in PERHAPS:
        return False
    data = path.read_bytes()
    if path.suffix.lower() == ".json":
        return b"coordinates" not in data
    return b"opengis.net/gml" not in data or b"MD_Metadata" in data[:65536]
