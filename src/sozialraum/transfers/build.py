"""Build the shares by which counts are carried from shapes to shapes."""

from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array

from sozialraum.errors import FIRST, GeometryError
from sozialraum.messages import default_language, listing, text
from sozialraum.methods.apportion import GRID_CRS, NOWHERE, containing
from sozialraum.methods.dasymetric import DUST, weighted_shares, without_dust
from sozialraum.model import Areas, Blocks, Layer, Raster, Transfer
from sozialraum.transfers.overlay import (
    POLYGONS,
    Control,
    area_shares,
    areal,
    control_of,
    grid_of,
    pieces_of,
)

type Rule = Literal["area", "within", "touching", "centre", "most"]
RULES: tuple[Rule, ...] = ("within", "centre", "most", "area", "touching")
"""Rules, from the one that carries least to the one that carries most."""
WHOLE = frozenset(RULES) - {"area"}
"""Rules that divide nothing."""
OPEN = 0.01
"""Share of a target that sources may leave open where borders do not quite meet."""


@dataclass(frozen=True, slots=True)
class Found:
    """Shares, what they rest on, the share of every target left open, sources by area only."""

    shares: csr_array
    rule: str
    open: np.ndarray | None = None
    blank: np.ndarray | None = None


def build_transfer(
    source: Layer,
    target: Layer | Areas,
    *,
    rule: Rule = "area",
    by: Layer | Raster | Blocks | None = None,
    column: str | None = None,
) -> Transfer:
    """Return by which shares counts of source shapes go to target shapes.

    Parameters
    ----------
    source
        Shapes that counts are known for: census cells, electoral districts, school
        catchments, points.
    target
        Shapes that counts are wanted for.
    rule
        ``"area"``: by the exact share of the source's area. The others never divide a source:
        ``"within"``: to the target that holds it wholly. ``"centre"``: to that which holds
        its centre. ``"most"``: to that which holds most of its area. ``"touching"``: to
        every target it touches, so that sums may be too large. Points always go by where
        they lie.
    by
        Divide sources as people, dwellings or the values of a raster are spread instead of
        evenly; with ``rule="area"`` only. Blocks go to the areas they belong to.
    column
        Count of `by` to weight with, such as ``"residents"``.

    Returns
    -------
    Transfer
        With what lies in no target, and which targets no source covers.

    Raises
    ------
    GeometryError
        A rule that divides nothing is combined with weights, there is no such weight, or
        nothing of the source lies in any target.

    Notes
    -----
    Where no weight lies in a source, its area decides. Shares below a millionth, where
    borders do not quite meet, go to the others of the source.

    Examples
    --------
    >>> from shapely import box
    >>> from sozialraum.model import Source
    >>> def layer(key, ids, shapes):
    ...     index = pd.Index(ids, name=key)
    ...     frame = gpd.GeoDataFrame(geometry=shapes, crs="EPSG:25832", index=index)
    ...     return Layer(frame, key, Source("town", key))
    >>> wards = layer("ward", ["w1", "w2"], [box(0, 0, 2, 1), box(2, 0, 4, 1)])
    >>> areas = layer("area", ["a", "b"], [box(0, 0, 3, 1), box(3, 0, 4, 1)])
    >>> build_transfer(wards, areas).shares.toarray()
    array([[1. , 0. ],
           [0.5, 0.5]])
    """
    shapes = target.frame.geometry
    points = not np.isin(shapely.get_type_id(np.asarray(source.frame.geometry)), POLYGONS).any()
    if by is not None and rule != "area":
        raise GeometryError("transfers.rule_with_weights", ids=[rule])
    if points:
        found = Found(_by_centre(source.frame, shapes, points=True), "centre")
    elif by is not None:
        found = _by_weights(source.frame, shapes, control_of(by, column, target))
    else:
        open_ = _open_ground(source.frame, target.frame)
        found = Found(_by_rule(source.frame, shapes, rule), rule, open_)
    if not found.shares.nnz:
        raise GeometryError("transfers.nothing_inside", ids=[source.source.title])
    return _made(source, target, found)


def _by_rule(source: gpd.GeoDataFrame, target: gpd.GeoSeries, rule: Rule) -> csr_array:
    if rule == "centre":
        return _by_centre(source, target, points=False)
    area = without_dust(area_shares(source, target))
    if rule == "area":
        return area
    if rule == "touching":
        return csr_array((np.ones(area.nnz), area.indices, area.indptr), shape=area.shape)
    if rule == "within":
        area.data = np.where(area.data > 1 - DUST, 1.0, 0.0)
        area.eliminate_zeros()
        return area
    return _most(area)


def _most(area: csr_array) -> csr_array:
    """Return whole sources in the target that holds most; at a tie the first one.

    A source of which more lies outside all targets than in any of them goes nowhere.
    """
    row = np.repeat(np.arange(len(area.indptr) - 1), np.diff(area.indptr))
    outside = 1 - np.asarray(area.sum(axis=1)).ravel()
    share = np.where(area.data >= outside[row] - DUST, np.round(area.data, 9), 0.0)
    order = np.lexsort((area.indices, -share, row))
    first = order[np.flatnonzero(np.diff(row[order], prepend=-1))]
    first = first[share[first] > 0]
    place = (row[first], area.indices[first])
    return csr_array((np.ones(len(first)), place), shape=area.shape)


def _by_centre(source: gpd.GeoDataFrame, target: gpd.GeoSeries, *, points: bool) -> csr_array:
    """Return whole sources in the target that holds their centre."""
    crs = GRID_CRS if grid_of(source.index) is not None else source.crs
    assert crs is not None
    spots = source.geometry.to_crs(crs)
    spots = np.asarray(spots if points else spots.centroid)
    owner = containing(spots, areal(target.to_crs(crs)))
    some = np.flatnonzero(owner != NOWHERE)
    return csr_array((np.ones(len(some)), (some, owner[some])), shape=(len(spots), len(target)))


def _by_weights(source: gpd.GeoDataFrame, target: gpd.GeoSeries, control: Control) -> Found:
    """Return shares by weights inside source and target."""
    weights = control.weights
    inside = control.inside(source.geometry)
    within = csr_array((inside @ weights)[:, None])
    if control.member is not None:
        some = np.flatnonzero(control.member != NOWHERE)
        place = (weights[some], (some, control.member[some]))
        members = csr_array(place, shape=(len(weights), len(target)))
        pieces = csr_array(inside @ members)
        held = np.asarray(members.sum(axis=0)).ravel()
    else:
        part, whole, common = pieces_of(source.geometry, target)
        weight = control.inside(common) @ weights
        pieces = csr_array((weight, (part, whole)), shape=(len(source), len(target)))
        held = control.inside(target) @ weights
    shares, blank = weighted_shares(within, pieces, area_shares(source, target))
    covered = np.asarray(pieces.sum(axis=0)).ravel()
    open_ = 1 - np.divide(covered, held, out=np.ones_like(held), where=held > 0)
    return Found(without_dust(shares), control.name, open_, blank)


def _open_ground(source: gpd.GeoDataFrame, target: gpd.GeoDataFrame) -> np.ndarray | None:
    """Return which share of every target no source covers; None for cells.

    Cells stand for where people live and leave the land between them open.
    """
    if grid_of(source.index) is not None:
        return None
    back = area_shares(target, source.geometry)
    return 1 - np.asarray(back.sum(axis=1)).ravel()


def _made(source: Layer, target: Layer | Areas, found: Found) -> Transfer:
    """Return the transfer with what it loses, and sentences about it."""
    shares, keys, aims = found.shares, source.frame.index, target.frame.index
    total = np.asarray(shares.sum(axis=1)).ravel()
    lost = total < 1 - DUST
    outside = pd.Series(1 - total[lost], index=keys[lost], dtype=float)
    split = (np.diff(shares.indptr) > 1) | (lost & (total > 0))
    open_ = np.zeros(len(aims)) if found.open is None else found.open
    uncovered = pd.Series(open_[open_ > OPEN], index=aims[open_ > OPEN], dtype=float)
    blank = keys[:0] if found.blank is None else keys[found.blank]
    told = {
        "outside": outside.index[outside > 1 - DUST],
        "partly_outside": outside.index[outside <= 1 - DUST],
        "uncovered": uncovered.index,
        "without_weight": blank,
    }
    return Transfer(
        shares,
        keys,
        target.frame.geometry,
        found.rule,
        estimated=bool(found.rule not in WHOLE and split.any()),
        outside=outside,
        uncovered=uncovered,
        geography=target.geography if isinstance(target, Areas) else target.key,
        notes=tuple(_told(n, ids, source.source.title) for n, ids in told.items() if len(ids)),
    )


def _told(name: str, ids: pd.Index, title: str) -> str:
    language = default_language()
    shown = listing(tuple(map(str, ids)), FIRST, language)
    return text(f"transfers.{name}", language, title=title, ids=shown, count=len(ids))
