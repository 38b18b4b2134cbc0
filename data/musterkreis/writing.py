"""Files that are identical byte by byte for the same seed."""

import hashlib
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

MADE_ON = "2026-03-02"
_STAMP = (2026, 3, 2, 8, 0, 0)
GPKG_OPTIONS = {"ADD_GPKG_OGR_CONTENTS": "NO", "METADATA_TABLES": "NO"}


def csv_text(columns: Mapping[str, Sequence[object] | np.ndarray]) -> str:
    """Return a table as CSV with semicolons, values as they are."""
    return pd.DataFrame(columns).to_csv(sep=";", index=False, lineterminator="\n")


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def write_text(path: Path, text: str, encoding: str = "utf-8") -> None:
    """Write text with line feeds on every system."""
    write_bytes(path, text.encode(encoding))


def write_zip(path: Path, members: Mapping[str, str | bytes]) -> None:
    """Write a ZIP whose bytes depend on its members only."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, _STAMP)
            info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 3
            info.external_attr = 0o644 << 16
            data = content.encode() if isinstance(content, str) else content
            archive.writestr(info, data, compresslevel=9)
    write_bytes(path, buffer.getvalue())


def write_geopackage(path: Path, layers: Mapping[str, gpd.GeoDataFrame]) -> None:
    """Write a GeoPackage afresh, with a fixed date inside and no spatial index."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{MADE_ON}T08:00:00.000Z"})
    try:
        for number, (name, frame) in enumerate(layers.items()):
            pyogrio.write_dataframe(
                frame,
                path,
                layer=name,
                driver="GPKG",
                append=number > 0,
                layer_options={"SPATIAL_INDEX": "NO"},
                dataset_options=GPKG_OPTIONS if number == 0 else None,
            )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def write_workbook(path: Path, sheets: Mapping[str, Sequence[Sequence[object]]]) -> None:
    """Write a workbook, one sheet a name, with fixed dates inside."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator = "Musterkreis"
    book.properties.created = datetime(*_STAMP)  # noqa: DTZ001 - the format holds no zone
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        sheet.column_dimensions["A"].width = 22
        sheet.column_dimensions["B"].width = 34
    buffer = io.BytesIO()
    book.save(buffer)
    members: dict[str, bytes] = {}
    with zipfile.ZipFile(buffer) as archive:
        for name in sorted(archive.namelist()):
            members[name] = archive.read(name)
    core = members["docProps/core.xml"].decode()
    core = re.sub(r"(<dcterms:modified[^>]*>)[^<]*", rf"\g<1>{MADE_ON}T08:00:00Z", core)
    members["docProps/core.xml"] = core.encode()
    write_zip(path, members)


def write_sources(folder: Path, seed: int, own: Sequence[str]) -> None:
    """Write `SOURCES.toml`: origin, hash, licence and date of every generated file."""
    lines = [
        "# Every file of the made-up county: where it comes from, its hash, its licence.",
        "",
    ]
    for name in sorted(own):
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        lines += [
            "[[file]]",
            f'path = "{name}"',
            f'origin = "made up by data/generate_musterkreis.py, seed {seed}"',
            f'sha256 = "{digest}"',
            'licence = "CC0-1.0"',
            f'date = "{MADE_ON}"',
            "",
        ]
    write_text(folder / "SOURCES.toml", "\n".join(lines))
