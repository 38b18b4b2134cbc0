"""The census grid: official files of 2022 and 2011 in, a layer of squares out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from sozialraum.errors import SourceError
from sozialraum.methods.expression import names_in
from sozialraum.model import Layer, Source
from sozialraum.sources.archives import local_file
from sozialraum.sources.census_cells import Cells, added_up
from sozialraum.sources.census_file import grid_file
from sozialraum.sources.census_long import read_long
from sozialraum.sources.census_raster import is_raster, raster_cells, raster_file
from sozialraum.sources.census_table import GridFile
from sozialraum.sources.census_wide import read_wide
from sozialraum.sources.grid import GRID_CRS, SIZES, keys_of, squares
from sozialraum.sources.notes import note
from sozialraum.sources.symbols import Counts, Mark, combine, states_of
from sozialraum.sources.window import Window

KEY = "cell"
UNCERTAIN = "__uncertain"
AT_LEAST = "__at_least"
DL_DE_BY = "dl-de/by-2-0"
OFFICES = "Statistische Ämter des Bundes und der Länder"
CENSUS_DAY = {"2022": "2022-05-15", "2011": "2011-05-09"}
GRID_RIGHTS = {"2022": "; Gitter: © GeoBasis-DE / BKG 2023", "2011": ""}
ADDRESS = {
    "2022": "https://www.destatis.de/static/DE/zensus/gitterdaten/",
    "2011": "https://www.zensus2022.de/static/DE/gitterzellen/",
}

type Chosen = tuple[Counts, bool, bool]
"""Counts of a column of the result, "is a share" and "has warnings"."""


def read_census_grid(
    path: str | Path,
    *,
    resolution: str | None = None,
    within: Layer | Sequence[float] | None = None,
    variables: Mapping[str, str] | None = None,
    source: Source | None = None,
    dash_is_zero: bool = False,
) -> Layer:
    r"""Return cells of the census grid with their counts.

    Takes the official ZIP or CSV files: census 2022 (every topic, 100 m, 1 km, 10 km) and
    census 2011 (100 m by characteristic, 100 m total population, 1 km); also Parquet and
    GeoParquet files of cells, and rasters of one characteristic in EPSG:3035. The file is
    read in pieces; only cells that touch `within` are kept.

    Parameters
    ----------
    path
        ZIP, CSV, Parquet or GeoTIFF file.
    resolution
        ``"100m"``, ``"1km"`` or ``"10km"``; the finest in the file when omitted. Where the
        file holds smaller cells only, their counts are added up; shares and means are not.
    within
        Keep only cells that touch these shapes (usually the municipalities), or this box:
        west, south, east, north in EPSG:3035, EPSG:25832 or degrees, whichever fits Germany.
    variables
        Columns of the result by name, each an expression over the columns of the file
        (:func:`sozialraum.methods.expression.evaluate`), computed cell by cell before any
        adding up; all columns when omitted. The columns of the 2011 files by characteristic
        are called ``MERKMAL_CODE``.
    source
        Where the file comes from, if it is not the official census.
    dash_is_zero
        Census 2022: count dashes in columns of counts as 0, knowing that secret numbers
        are lost that way; the sums are then lower limits, and the notes say so. Parquet:
        blanks likewise.

    Returns
    -------
    Layer
        Index: INSPIRE key of the cell; geometry: squares in EPSG:3035. Counts stand in
        ``additive``; shares, means and classes in ``shares``, barred from sums, and so does
        any column with decimals. Where the file calls numbers uncertain (``KLAMMERN``,
        ``Anzahl_q`` 2) a true/false column ``<column>__uncertain`` says so. Where cells were
        added up and a part is missing, the sum is missing and ``<column>__at_least`` holds
        its lower limit, the sum of the known parts.

    Raises
    ------
    SourceError
        The file is none of these, contradicts itself, holds a column that its topic does not
        have, or no cell within the shapes.

    Notes
    -----
    *Missing numbers.* 2022: a dash stands for "nothing there or secret", which the file
    does not tell apart, so it is "suppressed by the supplier" and never 0; a sum with such
    a part is missing. 2011, 1 km: -1 (uninhabited or secret) and -9 (secret) likewise.
    2011, 100 m by characteristic: a row that is absent was 0 or was set to 0 by the
    disclosure control SAFE, which leaves 0 or at least 3; it counts as 0.

    *Denominators.* The census 2022 adds noise to every number of a cell, so categories do
    not add up to the published total ``Insgesamt_…``; shares are formed with that total.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "Zensus2022_Bevoelkerungszahl_1km-Gitter.csv"
    >>> _ = file.write_text(
    ...     "GITTER_ID_1km;x_mp_1km;y_mp_1km;Einwohner\n"
    ...     "CRS3035RES1000mN3051000E4097000;4097500;3051500;69\n"
    ... )
    >>> cells = read_census_grid(file, variables={"residents": "Einwohner"})
    >>> cells.frame["residents"].to_dict()
    {'CRS3035RES1000mN3051000E4097000': 69.0}
    """
    if resolution is not None and resolution not in SIZES:
        raise SourceError("sources.no_such_resolution", ids=[resolution], known=", ".join(SIZES))
    path = local_file(path)
    window = Window.of(within) if within is not None else None
    file, cells, larger = _read(path, resolution, window, variables, dash_is_zero=dash_is_zero)
    chosen, notes = _chosen(cells, variables, file, larger)
    if larger:
        counts = {name: column for name, (column, _, _) in chosen.items()}
        corners, counts = added_up(cells.corners, counts, SIZES[larger], window, file.where)
        chosen = {name: (counts[name], share, flag) for name, (_, share, flag) in chosen.items()}
        added = note("census.note_added_up", path=file.where, fine=file.resolution, size=larger)
        cells = replace(cells, corners=corners, notes=(*cells.notes, added, *notes))
    return _layer(cells, chosen, source or official_source(file, larger), added_up=bool(larger))


def _read(
    path: Path,
    resolution: str | None,
    window: Window | None,
    variables: Mapping[str, str] | None,
    *,
    dash_is_zero: bool,
) -> tuple[GridFile, Cells, str]:
    """Return the table meant, its cells, and the resolution to add up to, blank for none."""
    if is_raster(path):
        return _read_raster(path, resolution, window)
    file = grid_file(path, resolution)
    larger = _larger(file, resolution)
    side = SIZES.get(larger)
    if file.is_long:
        cells = read_long(file, window, variables, larger=side)
    else:
        cells = read_wide(file, window, variables, dash_is_zero=dash_is_zero, larger=side)
    return file, cells, larger


def _read_raster(
    path: Path, resolution: str | None, window: Window | None
) -> tuple[GridFile, Cells, str]:
    """Return a raster of the census as :func:`_read` does a table."""
    file, raster = raster_file(path)
    larger = _larger(file, resolution)
    side = SIZES.get(larger)
    if side is not None and side < SIZES[file.resolution]:
        found = file.resolution
        raise SourceError("sources.other_resolution", path=path, asked=resolution, found=found)
    return file, raster_cells(file, raster, window, larger=side), larger


def _larger(file: GridFile, resolution: str | None) -> str:
    """Return the resolution to add up to; blank where the file has the one asked for."""
    return resolution if resolution and resolution != file.resolution else ""


def _chosen(
    cells: Cells, variables: Mapping[str, str] | None, file: GridFile, larger: str
) -> tuple[dict[str, Chosen], list[str]]:
    """Return what becomes of the columns, by name of the result's, and notes.

    Raises
    ------
    SourceError
        Shares, means or classes would be computed with or added up.
    """
    if variables is None:
        columns = {
            name: (counts, name in cells.shares, name in cells.flagged)
            for name, counts in cells.columns.items()
            if not (larger and name in cells.shares)
        }
        left = sorted({*cells.columns, *cells.left_out} - set(columns))
        if not columns:
            raise SourceError("sources.shares_summed", ids=left, path=file.where)
        return columns, [note("census.note_shares_left_out", ids=left)] if left else []
    barred = [n for n, e in variables.items() if _sums_shares(e, cells, always=bool(larger))]
    if barred:
        raise SourceError("sources.shares_summed", ids=barred, path=file.where)
    named = {name: set(names_in(e, cells.columns)) for name, e in variables.items()}
    return {
        name: (
            combine(expression, cells.columns),
            bool(cells.shares & named[name]),
            bool(cells.flagged & named[name]),
        )
        for name, expression in variables.items()
    }, []


def _sums_shares(expression: str, cells: Cells, *, always: bool) -> bool:
    """Return True if an expression does more with a share or mean than name it."""
    names = names_in(expression, cells.columns)
    alone = expression.strip().strip("\"'") in names and not always
    return bool(cells.shares & set(names)) and not alone


def _layer(cells: Cells, chosen: Mapping[str, Chosen], source: Source, *, added_up: bool) -> Layer:
    """Return the layer, sorted by key: the order of a file's rows never matters."""
    index = pd.Index(keys_of(cells.corners).to_pandas(), name=KEY)
    columns: dict[str, np.ndarray] = {}
    states: dict[str, np.ndarray] = {}
    for name, (counts, _, flagged) in chosen.items():
        missing = counts.mark != Mark.VALUE
        columns[name] = counts.value
        if flagged:
            columns[f"{name}{UNCERTAIN}"] = counts.limited
        if missing.any():
            states[name] = states_of(counts.mark)
        if added_up and (missing & ~np.isnan(counts.low)).any():
            columns[f"{name}{AT_LEAST}"] = counts.low
    order = np.argsort(index.to_numpy(), kind="stable")
    frame = gpd.GeoDataFrame(
        pd.DataFrame(columns, index=index), geometry=squares(cells.corners), crs=GRID_CRS
    ).iloc[order]
    typed = pd.DataFrame(states, index=index, dtype="str").iloc[order] if states else None
    additive = tuple(name for name, (_, share, _) in chosen.items() if not share)
    shares = tuple(name for name, (_, share, _) in chosen.items() if share)
    notes = (*cells.notes, *_notes_on(chosen))
    return Layer(frame, KEY, source, additive, shares, typed, notes)


def _notes_on(chosen: Mapping[str, Chosen]) -> list[str]:
    missing = {n: int((c.mark != Mark.VALUE).sum()) for n, (c, _, _) in chosen.items()}
    uncertain = {n: int(c.limited.sum()) for n, (c, _, _) in chosen.items()}
    found = {"missing_cells": missing, "uncertain_cells": uncertain}
    return [
        note(name, ids=[f"{column} ({n})" for column, n in cells.items() if n])
        for name, cells in found.items()
        if any(cells.values())
    ]


def official_source(file: GridFile, larger: str = "") -> Source:
    """Return the official source of a census file, with the attribution it asks for.

    A file that does not tell its census is only called by its name.
    """
    topic = " ".join(file.topic.replace("_", " ").split())
    if not file.edition:
        return Source(provider=file.path.name, title=topic)
    return Source(
        provider=OFFICES,
        title=f"Zensus {file.edition}, Gitterzellen {larger or file.resolution}: {topic}",
        licence=DL_DE_BY,
        attribution=f"© {OFFICES}, Zensus {file.edition}{GRID_RIGHTS[file.edition]}",
        url=ADDRESS[file.edition],
        reference_date=CENSUS_DAY[file.edition],
        changes=note("census.note_change", fine=file.resolution, size=larger) if larger else "",
    )
