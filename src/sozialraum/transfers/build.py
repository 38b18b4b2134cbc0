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
from sozialraum.methods.crosswalk import crosswalk
from sozialraum.methods.dasymetric import DUST, slivers_given_back, weighted_shares, without_slivers
from sozialraum.model import Areas, Blocks, Layer, Raster, Transfer
from sozialraum.transfers.overlay import (
    POLYGONS,
    SLIVER,
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
WHOLE = ("within", "centre", "most")
"""Rules by which a source counts once at most, and as a whole."""


@dataclass(frozen=True, slots=True)
class Found:
    """Shares and what they rest on.

    `divides`: a source may count in several targets. `open`: the share of every target that
    no source covers. `blank`: sources without weight, divided by area. `moved`: districts
    that lie across targets went to one of them as a whole.
    """

    shares: csr_array
    rule: str
    divides: bool
    open: np.ndarray | None = None
    blank: np.ndarray | None = None
    moved: bool = False


def build_transfer(
    source: Layer | Areas,
    target: Layer | Areas,
    *,
    rule: Rule = "area",
    by: Layer | Raster | Blocks | None = None,
    column: str | None = None,
    open_share: float = SLIVER,
) -> Transfer:
    """Return by which shares counts of source shapes go to target shapes.

    Parameters
    ----------
    source
        Shapes that counts are known for: census cells, electoral districts, school
        catchments, points; or areas before a reform, for which `by` blocks weigh best.
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
        evenly; with ``rule="area"`` only. Blocks go to the areas they belong to; between
        two sets of areas of the same blocks no shape is cut at all.
    column
        Count of `by` to weight with, such as ``"residents"``.
    open_share
        Share of a target that no source need cover, such as a river; of its area, or of
        the weight inside it. Targets of which more is open stay without a value.

    Returns
    -------
    Transfer
        With what lies in no target, and which targets no source covers.

    Raises
    ------
    GeometryError
        A rule that divides nothing is combined with weights, there is no such weight,
        nothing of the source lies in any target, or targets overlap.

    Notes
    -----
    Where no weight lies in a source, its area decides. Pieces of less than a hundredth of
    source and target lie between two drawings of one border (of a cell: a millionth); they
    go to the other pieces of the source.

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
    if by is not None and rule != "area":
        raise GeometryError("transfers.rule_with_weights", ids=[rule])
    if _are_points(source.frame):
        found = Found(_by_centre(source.frame, shapes), "centre", divides=False)
    elif isinstance(by, Blocks) and isinstance(source, Areas) and isinstance(target, Areas):
        found = _by_membership(source, target, by, control_of(by, column, target))
    elif by is not None:
        found = _by_weights(source.frame, shapes, control_of(by, column, target))
    else:
        open_ = _open_ground(source.frame, target.frame)
        shares = shares_by_rule(source.frame, shapes, rule)
        moved = rule in WHOLE and _lie_across(source.frame, shapes, shares)
        found = Found(shares, rule, rule not in WHOLE, open_, moved=moved)
    if not found.shares.nnz:
        raise GeometryError("transfers.nothing_inside", ids=[_title(source)])
    return _made(source, target, found, open_share)


def shares_by_rule(source: gpd.GeoDataFrame, target: gpd.GeoSeries, rule: Rule) -> csr_array:
    """Return the shares of sources in targets by a rule; without any where nothing meets it."""
    if rule == "centre" or _are_points(source):
        return _by_centre(source, target)
    area = area_shares(source, target)
    if rule == "area":
        return area
    if rule == "touching":
        return csr_array((np.ones(area.nnz), area.indices, area.indptr), shape=area.shape)
    if rule == "within":
        area.data = np.where(area.data > 1 - DUST, 1.0, 0.0)
        area.eliminate_zeros()
        return area
    return _most(area)


def _lie_across(source: gpd.GeoDataFrame, target: gpd.GeoSeries, shares: csr_array) -> bool:
    """Return True if a district that counts as a whole lies partly elsewhere.

    Cells do so at every border; official figures by cell are made that way.
    """
    if grid_of(source.index) is not None:
        return False
    counts = np.diff(shares.indptr) > 0
    inside = area_shares(source, target).multiply(shares).sum(axis=1)
    return bool((np.asarray(inside).ravel()[counts] < 1 - SLIVER).any())


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


def _are_points(source: gpd.GeoDataFrame) -> bool:
    return not np.isin(shapely.get_type_id(np.asarray(source.geometry)), POLYGONS).any()


def _by_centre(source: gpd.GeoDataFrame, target: gpd.GeoSeries) -> csr_array:
    """Return whole sources in the target that holds their centre."""
    crs = GRID_CRS if grid_of(source.index) is not None else source.crs
    assert crs is not None
    spots = source.geometry.to_crs(crs)
    spots = np.asarray(spots if _are_points(source) else spots.centroid)
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
        covered = np.asarray(pieces.sum(axis=0)).ravel()
    else:
        part, whole, common, narrow = pieces_of(source.geometry, target)
        weight = control.inside(common) @ weights
        held = control.inside(target) @ weights
        covered = np.bincount(whole, weight, len(target))
        weight = slivers_given_back(weight, part, narrow)
        pieces = csr_array((weight, (part, whole)), shape=(len(source), len(target)))
    shares, blank = weighted_shares(within, pieces, area_shares(source, target))
    open_ = 1 - np.divide(covered, held, out=np.ones_like(held), where=held > 0)
    empty = held <= 0
    if empty.any():
        # where nobody lives the land decides whether that is known
        ground = _open_ground(source, gpd.GeoDataFrame(geometry=target[empty]))
        open_[empty] = 1.0 if ground is None else ground
    return Found(without_slivers(shares), control.name, True, open_, blank)


def _by_membership(source: Areas, target: Areas, by: Blocks, control: Control) -> Found:
    """Return shares by the blocks that old and new areas have in common: a crosswalk."""
    weights, ids = control.weights, by.frame.index
    sides = (areas.membership.reindex(ids).fillna("") for areas in (source, target))
    old, new = (
        areas.frame.index.get_indexer(pd.Index(side))
        for areas, side in zip((source, target), sides, strict=True)
    )
    size = len(target.frame)
    walk = crosswalk(weights, old, new, (len(source.frame), size))
    inside = new != NOWHERE
    held = np.bincount(new[inside], weights[inside], size)
    strange = np.bincount(new[inside], (weights * (old == NOWHERE))[inside], size)
    open_ = np.divide(strange, held, out=np.zeros_like(held), where=held > 0)
    return Found(csr_array(walk.matrix()), control.name, True, open_)


def _open_ground(source: gpd.GeoDataFrame, target: gpd.GeoDataFrame) -> np.ndarray | None:
    """Return which share of every target no source covers; None for cells.

    Cells stand for where people live and leave the land between them open.
    """
    if grid_of(source.index) is not None:
        return None
    back = area_shares(target, source.geometry)
    # sources that overlap cover no more than there is
    return 1 - np.minimum(1.0, np.asarray(back.sum(axis=1)).ravel())


def _made(source: Layer | Areas, target: Layer | Areas, found: Found, allowed: float) -> Transfer:
    """Return the transfer with what it loses, and sentences about it."""
    shares, keys, aims = found.shares, source.frame.index, target.frame.index
    total = np.asarray(shares.sum(axis=1)).ravel()
    if found.rule != "touching" and (total > 1 + 1e-9).any():
        twice = np.unique(shares[np.flatnonzero(total > 1 + 1e-9)].indices)
        raise GeometryError("transfers.targets_overlap", ids=aims[twice])
    lost = total < 1 - DUST
    outside = pd.Series(1 - total[lost], index=keys[lost], dtype=float)
    split = (np.diff(shares.indptr) > 1) | (lost & (total > 0))
    open_ = np.zeros(len(aims)) if found.open is None else found.open
    if found.blank is None:
        # only weights say that a target has nothing of the sources that cover it
        open_ = np.where(np.bincount(shares.indices, minlength=len(aims)) > 0, open_, 1.0)
    uncovered = pd.Series(open_[open_ > allowed], index=aims[open_ > allowed], dtype=float)
    blank = keys[:0] if found.blank is None else keys[found.blank]
    told = {
        "outside" if found.divides else "unassigned": outside.index[outside > 1 - DUST],
        "partly_outside": outside.index[outside <= 1 - DUST],
        "uncovered": uncovered.index,
        "open_ground": aims[(open_ > SLIVER) & (open_ <= allowed)],
        "without_weight": blank,
    }
    return Transfer(
        shares,
        keys,
        target.frame.geometry,
        found.rule,
        estimated=bool(found.moved or (found.divides and split.any())),
        outside=outside,
        uncovered=uncovered,
        geography=target.geography if isinstance(target, Areas) else target.key,
        notes=tuple(_told(n, ids, _title(source)) for n, ids in told.items() if len(ids)),
    )


def _title(source: Layer | Areas) -> str:
    """Return what a reader calls the sources."""
    return source.source.title if isinstance(source, Layer) else source.label(default_language())


def _told(name: str, ids: pd.Index, title: str) -> str:
    language = default_language()
    shown = listing(tuple(sorted(map(str, ids))), FIRST, language)
    return text(f"transfers.{name}", language, title=title, ids=shown, count=len(ids))
