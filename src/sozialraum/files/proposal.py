"""A proposal of areas edited in QGIS: the layout of the file, and reading it back."""

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import SourceError
from sozialraum.files import geopackage as layout
from sozialraum.messages import default_language, text
from sozialraum.model.assignment import ASSIGNED_COLUMNS, BEFORE, NAMED_COLUMNS, Assignment
from sozialraum.model.publishable import DECISION_COLUMNS, PROPOSAL_COLUMNS

AREAS = "gebiete"
BLOCKS = "bloecke"
AREA_COLUMNS = (schema.AREA_ID, *PROPOSAL_COLUMNS, *DECISION_COLUMNS, "klasse")
NO_LAYERS = (*layout.SYSTEM_TABLES, layout.STYLES)
"""How tables begin that are no layers."""
BLOCK_COLUMNS = (schema.BLOCK_ID, schema.AREA_ID, BEFORE, schema.MUNICIPALITY)


def read_proposal(path: str | Path) -> Assignment:
    """Read an edited proposal back: which area every block belongs to.

    Takes the GeoPackage of :func:`sozialraum.write_proposal` after a planner has changed
    the areas of blocks, or names and decisions of areas. Renamed layers are found by
    their columns; shapes are only compared, never taken over.

    Parameters
    ----------
    path
        The GeoPackage.

    Returns
    -------
    Assignment
        As it stands in the file; :func:`sozialraum.adopt_assignment` checks it.

    Raises
    ------
    SourceError
        The file is missing, no GeoPackage, still open in QGIS, or holds no layer with
        blocks and their areas.
    """
    path = Path(path)
    log = path.with_name(f"{path.name}-wal")
    if log.is_file() and log.stat().st_size:
        raise SourceError("readback.still_open", path=path)
    with layout.reading(path) as connection:
        tables = [t for t in layout.table_names(connection) if not t.startswith(NO_LAYERS)]
        columns = {table: layout.column_names(connection, table) for table in tables}
    blocks = _find(columns, BLOCKS, (schema.BLOCK_ID, schema.AREA_ID))
    areas = _find(columns, AREAS, (schema.AREA_ID, schema.NAME))
    if blocks is None:
        raise SourceError("readback.no_blocks", ids=sorted(tables), path=path)
    language = default_language()
    notes = [
        text("readback.note_layer_renamed", language, found=found, expected=expected)
        for found, expected in ((blocks, BLOCKS), (areas, AREAS))
        if found not in (None, expected)
    ]
    if areas is None:
        notes.append(text("readback.note_no_areas", language, layer=AREAS))
    return Assignment(
        title=path.name,
        blocks=_texts(path, blocks, ASSIGNED_COLUMNS),
        areas=_named(path, areas),
        notes=tuple(notes),
    )


def _find(columns: dict[str, list[str]], name: str, needed: Sequence[str]) -> str | None:
    """Return the layer of a name, or the only other one with the columns it needs."""
    fitting = [table for table, held in columns.items() if set(needed) <= set(held)]
    if name in fitting:
        return name
    return fitting[0] if len(fitting) == 1 else None


def _named(path: Path, layer: str | None) -> pd.DataFrame:
    """Return names and decisions of the areas; none where there is no such layer."""
    if layer is None:
        return pd.DataFrame(columns=list(NAMED_COLUMNS), dtype="str")
    return pd.DataFrame(_texts(path, layer, NAMED_COLUMNS)[list(NAMED_COLUMNS)])


def _texts(path: Path, layer: str, columns: Sequence[str]) -> gpd.GeoDataFrame:
    """Return columns of a layer as text, blank where nothing stands, and its shapes."""
    import pyogrio

    found = pyogrio.read_dataframe(path, layer=layer, fid_as_index=True)
    texts = {name: _text(found[name]) if name in found else "" for name in columns}
    table = pd.DataFrame(texts, index=found.index).sort_index()
    if isinstance(found, gpd.GeoDataFrame):
        return gpd.GeoDataFrame(table, geometry=found.geometry)
    return gpd.GeoDataFrame(table, geometry=np.full(len(table), None))


def _text(column: pd.Series) -> pd.Series:
    """Return a column as stripped text: a field may have become a number or a date."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.dt.strftime("%Y-%m-%d").fillna("").astype("str")
    if pd.api.types.is_float_dtype(column) and (column.dropna() % 1 == 0).all():
        column = column.astype("Int64")
    return column.astype("str").where(column.notna(), "").astype("str").str.strip()
