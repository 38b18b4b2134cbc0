"""Borders: agreed areas, electoral districts and school catchments, drawn along tiles.

All partitions are overlaid first and simplified once, as one coverage. Every border is
then a union of the same pieces, so shared borders share every vertex.
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer
from scipy.sparse import csr_array

from musterkreis.partition import divide
from musterkreis.places import SCHOOL_DISTRICTS_IN, TOWNS, Town
from musterkreis.settlements import Settlements, Territory
from musterkreis.terrain import ORIGIN, Frame, Mesh, Terrain

CRS = "EPSG:25832"
TOLERANCE = 75.0
WARD_RESIDENTS = 1_250
CATCHMENT_RESIDENTS = 6_500
PARTS = ("owner", "lake", "quarter", "ward", "catchment")
_TO_UTM = Transformer.from_crs("EPSG:3035", CRS, always_xy=True)


def to_utm(geometries: np.ndarray) -> np.ndarray:
    """Return shapes of the raster's frame in EPSG:25832, to the centimetre."""

    def moved(xy: np.ndarray) -> np.ndarray:
        east, north = _TO_UTM.transform(xy[:, 0] + ORIGIN[0], xy[:, 1] + ORIGIN[1])
        return np.column_stack([np.round(east, 2), np.round(north, 2)])

    return shapely.transform(geometries, moved)


@dataclass(frozen=True)
class Borders:
    """Pieces of the overlay with the number of the part of each partition they belong to.

    `pieces` has the columns of `PARTS` (-1: none) and geometry in EPSG:25832; `links` are
    the neighbouring agreed areas inside a municipality, as pairs of numbers.
    """

    pieces: gpd.GeoDataFrame
    links: np.ndarray

    def parts(self, name: str) -> gpd.GeoSeries:
        """Return the shapes of one partition by number; lakes count as land of nobody."""
        own = self.pieces[(self.pieces[name] >= 0) & ((self.pieces["lake"] < 0) | (name == "lake"))]
        shapes = {
            number: shapely.coverage_union_all(group.geometry.to_numpy())
            for number, group in own.groupby(name, sort=True)
        }
        return gpd.GeoSeries(shapes, crs=CRS)


def draw_borders(
    frame: Frame, terrain: Terrain, mesh: Mesh, territory: Territory, settled: Settlements
) -> Borders:
    """Return the pieces of all partitions."""
    rng = frame.rng(6)
    labels = pd.DataFrame(-1, index=np.arange(len(mesh.sites)), columns=list(PARTS))
    labels["owner"], labels["lake"] = territory.owner, territory.lake
    weight = np.bincount(
        mesh.tiles(frame.centres[settled.cells]), settled.mean, minlength=len(mesh.sites)
    )
    graph = mesh.graph(_border_cost(frame, terrain, mesh, territory))
    next_number = dict.fromkeys(("quarter", "ward", "catchment"), 0)
    for number, town in enumerate(TOWNS):
        own = np.flatnonzero((territory.owner == number) & (territory.lake < 0))
        inner = csr_array(graph[own][:, own])
        for name, (residents, uneven) in _targets(town).items():
            target = residents * frame.scale
            part = divide(inner, mesh.sites[own], weight[own], target, rng, uneven=uneven)
            labels.loc[own, name] = next_number[name] + part
            next_number[name] += int(part.max()) + 1
    return Borders(_pieces(mesh, labels), _links(mesh, labels))


def _targets(town: Town) -> dict[str, tuple[float, float]]:
    """Return residents per part and how uneven the parts are, for every partition."""
    targets = {"ward": (WARD_RESIDENTS, 0.1)}
    if town.quarters:
        mean = town.residents / town.quarters
        targets["quarter"] = (mean, 0.14 if 1_200 < mean < 4_000 else 0.05)
    if town.ags in SCHOOL_DISTRICTS_IN:
        targets["catchment"] = (min(town.residents / 2, CATCHMENT_RESIDENTS), 0.2)
    return targets


def _border_cost(frame: Frame, terrain: Terrain, mesh: Mesh, territory: Territory) -> np.ndarray:
    """Return a cost per edge of the mesh: parts end at waters, motorway and main roads."""
    a, b = mesh.pairs.T
    crossing = terrain.crossings(mesh.sites[a], mesh.sites[b])
    on_road = np.zeros(len(mesh.sites), dtype=bool)
    on_road[np.concatenate(territory.roads)] = True
    rough = np.exp(0.25 * frame.field(frame.rng(7), 0.3))
    cost = mesh.lengths * frame.sample(rough, (mesh.sites[a] + mesh.sites[b]) / 2)
    cost = cost * (1 + 0.8 * (on_road[a] | on_road[b]))
    walls = 2_000 * crossing["river"] + 500 * crossing["tributary"] + 500 * crossing["motorway"]
    return cost + frame.shrink * walls


def _pieces(mesh: Mesh, labels: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the overlay of all partitions as one simplified, valid coverage."""
    code = labels.groupby(list(PARTS), sort=True).ngroup().to_numpy()
    a, b = mesh.pairs.T
    drawn = (code[a] != code[b]) & ((labels["owner"].to_numpy()[mesh.pairs] >= 0).any(axis=1))
    edges = shapely.linestrings(mesh.vertices[mesh.corners[drawn]])
    faces = shapely.get_parts(shapely.polygonize(edges))
    tile = mesh.tiles(shapely.get_coordinates(shapely.point_on_surface(faces)))
    inside = labels["owner"].to_numpy()[tile] >= 0
    faces, tile = faces[inside], tile[inside]
    order = np.lexsort([*shapely.bounds(faces).T[:2], code[tile]])
    faces, tile = faces[order], tile[order]
    smooth = to_utm(shapely.coverage_simplify(faces, TOLERANCE))
    if not shapely.coverage_is_valid(smooth):
        message = "the simplified borders do not form a coverage"
        raise RuntimeError(message)
    return gpd.GeoDataFrame(labels.iloc[tile].reset_index(drop=True), geometry=smooth, crs=CRS)


def _links(mesh: Mesh, labels: pd.DataFrame) -> np.ndarray:
    """Return neighbouring agreed areas of the same municipality, each pair once."""
    quarter, owner = labels["quarter"].to_numpy(), labels["owner"].to_numpy()
    a, b = mesh.pairs.T
    touch = (quarter[a] != quarter[b]) & (owner[a] == owner[b])
    touch &= (quarter[a] >= 0) & (quarter[b] >= 0)
    return np.unique(np.sort(quarter[mesh.pairs[touch]], axis=1), axis=0)


def locate(frame: Frame, settled: Settlements, borders: Borders) -> pd.DataFrame:
    """Return the inhabited cells on land with the parts their centres lie in."""
    points = to_utm(shapely.points(frame.centres[settled.cells]))
    cell, piece = _inside(borders, points)
    found = borders.pieces[list(PARTS)].iloc[piece].reset_index(drop=True)
    found.insert(0, "cell", settled.cells[cell])
    found["place"], found["depth"] = settled.place[cell], settled.depth[cell]
    found["mean"] = settled.mean[cell]
    return found[found["lake"] < 0].drop(columns="lake").reset_index(drop=True)


def _inside(borders: Borders, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which point lies in which piece, every point at most once."""
    tree = shapely.STRtree(borders.pieces.geometry.to_numpy())
    pairs = tree.query(points, predicate="intersects")
    pairs = pairs[:, np.lexsort(pairs[::-1])]
    first = np.concatenate([[True], np.diff(pairs[0]) > 0])
    return pairs[0][first], pairs[1][first]
