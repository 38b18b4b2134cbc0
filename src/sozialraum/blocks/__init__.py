"""Blocks: the indivisible pieces, with their counts, that areas are made of.

Either cells of the census grid, each with a tile around it so that the tiles fill their
municipality, or polygons such as electoral districts. Every block lies in exactly one
municipality, and no edge between neighbours crosses a municipal border.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.blocks.cells import lay_cells
from sozialraum.blocks.counts import (
    Counts,
    Registered,
    add_derived,
    choose_design,
    delivered_estimates,
    join_register,
    layer_counts,
    people,
    register_counts,
)
from sozialraum.blocks.districts import lay_districts
from sozialraum.blocks.laid import Laid
from sozialraum.blocks.obstacles import Obstacles, obstacles_of
from sozialraum.errors import DelineationError
from sozialraum.messages import text
from sozialraum.methods.apportion import NOWHERE, cell_sizes
from sozialraum.methods.graph import adjacency_of
from sozialraum.methods.settled import DIAGONAL, settled_edges
from sozialraum.model import Blocks, Delivery, Layer

__all__ = ["build_blocks"]


def build_blocks(  # noqa: PLR0913 - one option for each source and decision
    layers: Layer | Sequence[Layer],
    *,
    nest_in: Layer,
    register: Delivery | None = None,
    register_date: str | Sequence[str] | None = None,
    derived: Mapping[str, str] | None = None,
    estimates: Sequence[str] = (),
    design: Sequence[str] | None = None,
    contiguity: Literal["voronoi", "settled"] = "voronoi",
    barriers: Layer | Sequence[Layer] = (),
    crossings: Layer | Sequence[Layer] = (),
) -> Blocks:
    """Make blocks out of census cells or districts, nested in municipalities.

    Cells go as a whole to the municipality that holds most of their area. The tile of a
    cell is the part of its municipality that is nearer to it, step by step on the grid
    and inside the municipality, than to any other cell of the layers.

    Parameters
    ----------
    layers
        Census grid layers (ids ``CRS3035RES…``), joined over all ids that occur in any
        of them or in the register; or polygon layers such as districts, put side by
        side. Their additive columns become counts. A cell absent from a layer has 0 of
        its counts, since the census lists inhabited cells only; a number that is typed
        as missing stays missing.
    nest_in
        Municipalities: the index is their key; with a column `name`.
    register
        Delivery whose variables become counts under their plain names: rows of level
        ``cell``, or of level ``area`` keyed like the districts.
    register_date
        Which date of the register; its last one when omitted. With several, or
        ``"all"``, the latest keeps the plain names and the others are called
        ``"residents@2022-12-31"``, for areas that must pass at several dates.
    derived
        Further counts as expressions over the columns, by name; later ones may use
        earlier ones.
    estimates
        Counts that are estimates and must be called so, beside those that the layers and
        the register call so.
    design
        Counts that may shape areas; they must be complete, and neither carried over from
        other shapes nor computed from such. Omitted: those of `residents`, `households`
        and `dwellings` that exist and are complete.
    contiguity
        ``"voronoi"``: cells whose tiles share a border are neighbours. ``"settled"``:
        cells that touch, also at a corner, are neighbours, and so are the ends of the
        shortest bridges between settlements: areas leap over gaps as seldom as possible,
        but their parts may meet in a corner only. Districts are neighbours where they
        share a border, in either case.
    barriers
        Lines or polygons that part neighbours: rivers, motorways, railways, lakes. On
        the grid nobody walks over them, so that tiles end at them to the cell; a cell
        that a barrier runs through stays whole and lies where its centre does (with the
        centre in the water: where most of its dry land is). What they cut off from every
        cell goes to the nearest tile. For districts see
        :func:`sozialraum.methods.borders.parted_borders`.
    crossings
        Points or lines, such as bridges, that open every barrier within 150 metres (for
        cells at least one and a half of their sides).

    Returns
    -------
    Blocks
        Sorted by id. An edge is the distance in metres: for cells the walk along the
        grid from centre to centre, for districts the straight line between
        representative points.

    Raises
    ------
    DelineationError
        Cells and polygons are mixed, names of counts clash, or a count that shapes
        areas is incomplete or was carried over from other shapes.
    GeometryError
        Districts overlap each other or cross municipal borders; barriers or crossings
        are of another kind or lie elsewhere.

    Examples
    --------
    >>> import shapely
    >>> from sozialraum.model import Source
    >>> source = Source("town", "example")
    >>> halves = [shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)]
    >>> districts = gpd.GeoDataFrame(
    ...     {"residents": [120, 80]}, index=["d1", "d2"], geometry=halves, crs="EPSG:25832"
    ... ).rename_axis("district")
    >>> town = gpd.GeoDataFrame(
    ...     {"name": ["Town"]}, index=["05999001"], geometry=[shapely.box(0, 0, 200, 100)],
    ...     crs="EPSG:25832",
    ... ).rename_axis("ags")
    >>> build_blocks(
    ...     Layer(districts, "district", source, additive=("residents",)),
    ...     nest_in=Layer(town, "ags", source),
    ... )
    <Blocks: 2 in 1 municipalities, counts residents>
    """
    layers, barriers, crossings = map(_several, (layers, barriers, crossings))
    units = _units(nest_in)
    obstacles = obstacles_of(barriers, crossings, units)
    on_grid = _on_grid(layers)
    counts = layer_counts(layers, on_grid=on_grid)
    registered = None
    if register is not None:
        registered = register_counts(register, register_date, "cell" if on_grid else "area")
    settled = on_grid and contiguity == "settled"
    laid, notes = _lay(
        layers, units, counts, registered, obstacles, on_grid=on_grid, corners=settled
    )
    counts = Counts(counts.table.reindex(laid.frame.index, fill_value=0.0), counts.dates)
    if register is not None and registered is not None:
        counts = join_register(counts, registered, register, laid.frame[schema.MUNICIPALITY])
    counts = add_derived(counts, derived or {})
    barred = delivered_estimates(layers, register, counts.table, derived or {})
    chosen, design_notes = choose_design(counts.table, design, barred)
    edges = laid.edges
    if settled:
        edges = settled_edges(edges, len(laid.frame), DIAGONAL * laid.step)
    sources = [nest_in.source, *(layer.source for layer in (*layers, *barriers, *crossings))]
    return Blocks(
        frame=laid.frame,
        counts=counts.table,
        units=units,
        adjacency=adjacency_of(edges, len(laid.frame)),
        design=chosen,
        estimates=tuple(dict.fromkeys([*estimates, *barred])),
        dates=counts.dates,
        sources=tuple(dict.fromkeys(sources if register is None else [*sources, register.source])),
        notes=(
            *laid.notes,
            *notes,
            *(obstacles.notes if obstacles else ()),
            *design_notes,
            *_empty_units(laid.frame, units),
        ),
    )


def _several(layers: Layer | Sequence[Layer]) -> tuple[Layer, ...]:
    """Return one layer or several as a tuple."""
    return (layers,) if isinstance(layers, Layer) else tuple(layers)


def _on_grid(layers: Sequence[Layer]) -> bool:
    """Return True for census cells, False for polygons; without layers the register decides.

    Raises
    ------
    DelineationError
        Cells and polygons, or cells of several sizes, are mixed.
    """
    kinds = {kind for layer in layers for kind in cell_sizes(layer.frame.index)}
    if len(kinds) > 1:
        raise DelineationError("blocks.mixed", ids=[layer.source.title for layer in layers])
    return NOWHERE not in kinds


def _units(nest_in: Layer) -> gpd.GeoDataFrame:
    """Return the municipalities sorted by key, with name and geometry."""
    schema.check_columns(nest_in.frame.columns, [schema.NAME], nest_in.source.title)
    shapes = nest_in.frame.geometry
    units = gpd.GeoDataFrame(
        {schema.NAME: nest_in.frame[schema.NAME].astype(str)},
        geometry=np.asarray(shapes),
        crs=shapes.crs,
        index=nest_in.frame.index,
    )
    return units.sort_index()


def _lay(
    layers: Sequence[Layer],
    units: gpd.GeoDataFrame,
    counts: Counts,
    registered: Registered | None,
    obstacles: Obstacles | None,
    *,
    on_grid: bool,
    corners: bool,
) -> tuple[Laid, tuple[str, ...]]:
    """Lay out the blocks; note what lies outside every municipality."""
    listed = registered.table.index if registered else counts.table.index[:0]
    if not on_grid:
        laid = lay_districts(layers, units, obstacles)
        stray = listed.difference(laid.frame.index)
        return laid, (text("blocks.note_unknown", keys=len(stray)),) if len(stray) else ()
    ids = counts.table.index.union(listed).sort_values()
    laid = lay_cells(ids, listed, units, obstacles=obstacles, corners=corners)
    notes = []
    for table in (counts.table, registered.table if registered else counts.table[:0]):
        outside = table.loc[table.index.intersection(laid.outside)]
        if len(outside):
            notes.append(text("blocks.note_outside", cells=len(outside), people=people(outside)))
    return laid, tuple(notes)


def _empty_units(frame: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> list[str]:
    """Note municipalities without any block."""
    empty = units.index.difference(pd.Index(frame[schema.MUNICIPALITY]))
    if empty.empty:
        return []
    return [text("blocks.note_empty", names=", ".join(units.loc[empty, schema.NAME]))]
