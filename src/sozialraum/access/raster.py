"""A raster told for areas: hectares of every class, or the sum of its values."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from sozialraum import schema
from sozialraum.access.table import combined, rows
from sozialraum.access.told import told
from sozialraum.errors import GeometryError, IndicatorError
from sozialraum.messages import default_language, text
from sozialraum.model import Areas, Delivery, Raster

type Unit = Literal["hectares", "ares"]
UNITS: Mapping[str, float] = {"hectares": 10_000.0, "ares": 100.0}
"""Square metres of what land is counted in; all of it is called by the unit."""
OTHER = "other"
"""Land of no class."""
SUM = "total"
"""Variable of a raster whose values are added up."""
GAP = 0.05
"""Share of an area that the raster may lack before its value is missing."""
SPECK = 1e-6
"""Share of an area below which nothing is told to be lacking."""


def measure_raster(
    raster: Raster,
    areas: Areas,
    *,
    name: str,
    classes: Mapping[str, Sequence[int]] | None = None,
    unit: Unit = "hectares",
    gap: float = GAP,
) -> Delivery:
    """Return what a raster holds in every area, as counts.

    A cell that several areas share counts in each with the part of its surface that lies in it;
    nothing is lost or counted twice. The parts are exact, but who or what is where in a cell is
    not known: every number is an estimate.

    Parameters
    ----------
    raster
        From :func:`read_raster`.
    areas
        The areas; carried to the raster's coordinate system.
    name
        Name of the delivery.
    classes
        Values of every class, such as ``{"forest": [3], "water": [4]}``. None: the values are
        counts, such as people, and are added up.
    unit
        What land is counted in. Ares suit small areas: counts are whole numbers, and the
        minimum of a policy holds for every denominator, of land too.
    gap
        Share of an area for which the raster may hold nothing: cells at the edges of a county
        mostly do. What is there is counted, and the notes name the areas; beyond this share the
        value of the area is missing.

    Returns
    -------
    Delivery
        Level ``area``. With classes: land of each, of values in no class (``other``) and all of
        it (``hectares`` or ``ares``). Without: ``total``.

    Raises
    ------
    GeometryError
        No area lies in the raster, values are negative, or classes are asked of decimals.
    IndicatorError
        A value stands in two classes, or a class cannot be called so.
    """
    _check_classes(classes)
    values = np.flipud(raster.values).ravel()
    parts, sizes = _shares(raster, areas)
    known = ~np.isnan(values)
    held = np.asarray(parts @ known.astype(float)) / sizes
    if not (held > 0).any():
        raise GeometryError("access.raster_elsewhere", ids=[raster.source.title])
    if classes is None:
        by_variable, scale, most = {SUM: _summed(raster, values)}, 1.0, np.inf
    else:
        by_variable = _by_class(raster, values, classes, unit)
        scale = most = raster.width * raster.height / UNITS[unit]
    # what lies outside the raster belongs to no cell: it is lacking too
    lacking = np.maximum(1 - held, 0.0)
    missing = lacking > gap
    # classes are at most all that is lacking
    unknown = np.where(missing, sizes * most, 0.0) * np.where(missing, lacking, 1.0)
    date = raster.source.reference_date
    table = []
    for variable, numbers in by_variable.items():
        low = np.asarray(parts @ numbers) * scale
        value = np.where(missing, np.nan, low)
        high = np.where(np.isinf(unknown), np.nan, low + unknown)
        table.append(rows(areas.frame.index, variable, date, low, value, high=high))
    changes = text("access.changes_raster", default_language())
    notes = [*_told(name, raster, areas, lacking, gap), *_stray(name, values, classes or {})]
    return Delivery(
        name=name,
        table=pd.concat(table, ignore_index=True),
        source=combined(raster.source, (), changes=changes, date=date),
        geography=areas.geography,
        notes=(*raster.notes, *notes),
        estimates=tuple(sorted(by_variable)),
    )


def _shares(raster: Raster, areas: Areas) -> tuple[csr_array, np.ndarray]:
    """Return the share of every cell that each area covers, and the cells each area is large."""
    from sozialraum.methods.coverage import Lattice, coverage

    down, across = raster.values.shape  # noqa: PD011 - an array
    south = raster.north - down * raster.height
    lattice = Lattice(raster.west, south, raster.width, raster.height, across, down)
    shapes = areas.frame.geometry.to_crs(raster.crs)
    sizes = np.asarray(shapes.area) / (raster.width * raster.height)
    return coverage(np.asarray(shapes), lattice), sizes


def _check_classes(classes: Mapping[str, Sequence[int]] | None) -> None:
    if classes is None:
        return
    wrong = [n for n in classes if not str(n).isidentifier() or n in (*UNITS, OTHER)]
    if wrong or not classes:
        raise IndicatorError("access.class_name", ids=wrong or ["{}"])
    values = pd.Series([value for several in classes.values() for value in several])
    if values.duplicated().any():
        raise IndicatorError("access.class_repeated", ids=values[values.duplicated()].unique())


def _summed(raster: Raster, values: np.ndarray) -> np.ndarray:
    if (values < 0).any():
        raise GeometryError("access.raster_negative", ids=[raster.source.title])
    return np.nan_to_num(values)


def _by_class(
    raster: Raster, values: np.ndarray, classes: Mapping[str, Sequence[int]], unit: Unit
) -> dict[str, np.ndarray]:
    """Return where each class is, where none is, and where anything is."""
    known = ~np.isnan(values)
    if (values[known] != np.floor(values[known])).any():
        raise GeometryError("access.raster_no_classes", ids=[raster.source.title])
    found = {name: np.isin(values, list(several)) for name, several in classes.items()}
    other = known & ~np.logical_or.reduce(list(found.values()))
    found = {**found, OTHER: other, unit: known}
    return {name: where.astype(float) for name, where in found.items()}


def _told(name: str, raster: Raster, areas: Areas, lacking: np.ndarray, gap: float) -> list[str]:
    """Return how cells count, and where the raster lacks some."""
    called = areas.frame[schema.NAME].astype("str")
    sides = {"width": f"{raster.width:g}", "height": f"{raster.height:g}"}
    notes = [told("access.note_raster", name, **sides)]
    thin, empty = (lacking > SPECK) & (lacking <= gap), lacking > gap
    share = f"{100 * gap:g}"
    if thin.any():
        notes.append(told("access.note_raster_gap", name, called[thin], share=share))
    if empty.any():
        notes.append(told("access.note_raster_missing", name, called[empty], share=share))
    return notes


def _stray(name: str, values: np.ndarray, classes: Mapping[str, Sequence[int]]) -> list[str]:
    """Return a sentence about values that stand in no class, if classes were asked for."""
    if not classes:
        return []
    listed = {value for several in classes.values() for value in several}
    stray = sorted(set(np.unique(values[~np.isnan(values)])) - listed)
    ids = [f"{value:g}" for value in stray]
    return [told("access.note_raster_other", name, ids)] if stray else []
