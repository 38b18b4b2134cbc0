"""The land: height, rivers, motorway, and the mesh of small tiles all borders run along."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from scipy.ndimage import gaussian_filter
from scipy.sparse import csr_array
from scipy.spatial import Voronoi, cKDTree

from musterkreis.places import HEIGHT_KM, MARGIN_KM, WIDTH_KM

ORIGIN = (4_102_000.0, 3_056_000.0)
"""South-western corner of the raster in EPSG:3035."""
CELL = 100.0
TILE = 140.0


@dataclass(frozen=True)
class Frame:
    """The raster of 100 m cells: its size, and how kilometres shrink in a small edition."""

    seed: int
    scale: float

    @property
    def shrink(self) -> float:
        """Factor of all lengths, so that population and area shrink alike."""
        return float(np.sqrt(self.scale))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the raster."""
        size = np.array([HEIGHT_KM + 2 * MARGIN_KM + 1, WIDTH_KM + 2 * MARGIN_KM + 1])
        rows, columns = np.ceil(size * 1000 * self.shrink / CELL).astype(int)
        return int(rows), int(columns)

    def rng(self, room: int) -> np.random.Generator:
        """Return the random numbers of one room; no room disturbs another."""
        return np.random.default_rng([self.seed, room])

    def metres(self, km: np.ndarray) -> np.ndarray:
        """Return metres in the raster's own frame from kilometres inside the county."""
        return (np.asarray(km, dtype=float) + MARGIN_KM) * 1000 * self.shrink

    def field(self, rng: np.random.Generator, km: float) -> np.ndarray:
        """Return a smooth random field with mean 0 and deviation 1."""
        sigma = max(1.0, km * 1000 * self.shrink / CELL)
        noise = gaussian_filter(rng.standard_normal(self.shape), sigma, mode="wrap")
        return (noise - noise.mean()) / noise.std()

    def sample(self, raster: np.ndarray, xy: np.ndarray) -> np.ndarray:
        """Return the raster's value at points given in metres."""
        rows = np.clip((xy[:, 1] // CELL).astype(int), 0, self.shape[0] - 1)
        columns = np.clip((xy[:, 0] // CELL).astype(int), 0, self.shape[1] - 1)
        return raster[rows, columns]

    @cached_property
    def centres(self) -> np.ndarray:
        """Centres of all cells, row by row, in metres; (cells, 2)."""
        rows, columns = np.indices(self.shape)
        return np.column_stack([columns.ravel() + 0.5, rows.ravel() + 0.5]) * CELL


@dataclass(frozen=True)
class Terrain:
    """Height, waters and motorway; lines are given as arrays of points in metres."""

    frame: Frame
    height: np.ndarray
    river: np.ndarray
    tributary: np.ndarray
    motorway: np.ndarray
    river_width: float

    def river_x(self, y: np.ndarray) -> np.ndarray:
        """Return where the main river flows at a northing."""
        return np.interp(y, self.river[:, 1], self.river[:, 0])

    def crossings(self, a: np.ndarray, b: np.ndarray) -> dict[str, np.ndarray]:
        """Return which of the lines from `a` to `b` cross river, tributary and motorway."""

        def side(xy: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            east = xy[:, 0] > self.river_x(xy[:, 1])
            bank = xy[:, 1] > np.interp(xy[:, 0], self.tributary[:, 0], self.tributary[:, 1])
            road = xy[:, 0] > np.interp(xy[:, 1], self.motorway[:, 1], self.motorway[:, 0])
            return east, bank, road

        (e0, b0, m0), (e1, b1, m1) = side(a), side(b)
        return {"river": e0 != e1, "tributary": e0 & e1 & (b0 != b1), "motorway": m0 != m1}

    @cached_property
    def wet(self) -> np.ndarray:
        """True for cells in or right beside the rivers and the motorway."""
        points = shapely.points(self.frame.centres)
        lines = [
            shapely.LineString(self.river).buffer(self.river_width / 2 + 90),
            shapely.LineString(self.tributary).buffer(90),
            shapely.LineString(self.motorway).buffer(70),
        ]
        tree = shapely.STRtree(points)
        inside = np.zeros(len(points), dtype=bool)
        inside[np.unique(tree.query(lines, predicate="contains")[1])] = True
        return inside.reshape(self.frame.shape)


def build_terrain(frame: Frame) -> Terrain:
    """Return a land that rises from a river in the west to hills in the east."""
    rng = frame.rng(1)
    rows, columns = frame.shape
    top, right = rows * CELL, columns * CELL
    y = np.linspace(-CELL, top + CELL, 400)
    turn = 2 * np.pi * y / (15_500 * frame.shrink) + rng.uniform(0, 6)
    wobble = gaussian_filter(rng.standard_normal(len(y)), 14) * 2_300
    wobble = wobble + gaussian_filter(rng.standard_normal(len(y)), 4) * 420
    x = frame.metres(7.2) + frame.shrink * (wobble + 950 * np.sin(turn))
    river = np.column_stack([x + frame.shrink * 0.05 * (top / 2 - y), y])
    x = np.linspace(0, right + CELL, 400)
    turn = 2 * np.pi * x / (11_000 * frame.shrink) + rng.uniform(0, 6)
    wobble = gaussian_filter(rng.standard_normal(len(x)), 9) * 1_500
    wobble = wobble + gaussian_filter(rng.standard_normal(len(x)), 3) * 520
    y = frame.metres(16.6) + frame.shrink * (wobble + 700 * np.sin(turn))
    mouth = np.interp(y, river[:, 1], river[:, 0])
    tributary = np.column_stack([x, y])[x > mouth]
    y = np.linspace(-CELL, top + CELL, 200)
    sway = 900 * np.sin(2 * np.pi * y / (38_000 * frame.shrink) + rng.uniform(0, 6))
    motorway = np.column_stack(
        [frame.metres(13.4) + frame.shrink * (sway + 0.04 * (top / 2 - y)), y]
    )
    east = np.clip((frame.centres[:, 0] - frame.metres(6)) / (30_000 * frame.shrink), 0, 1)
    height = 55 + 230 * east.reshape(frame.shape) ** 1.2
    hills = 34 * frame.field(rng, 2.2) + 16 * frame.field(rng, 0.7)
    height = height + hills * (0.25 + 1.1 * east.reshape(frame.shape))
    return Terrain(frame, height, river, tributary, motorway, max(120.0, 330 * frame.shrink))


@dataclass(frozen=True)
class Mesh:
    """Small tiles around jittered points: every border is made of their edges.

    `sites` (tiles, 2) in metres; `pairs` (edges, 2) are neighbouring tiles, `corners`
    (edges, 2) the vertices of the edge between them, `vertices` their coordinates.
    """

    sites: np.ndarray
    pairs: np.ndarray
    corners: np.ndarray
    vertices: np.ndarray

    def tiles(self, xy: np.ndarray) -> np.ndarray:
        """Return the tile in which each point lies."""
        return cKDTree(self.sites).query(xy)[1]

    def graph(self, cost: np.ndarray) -> csr_array:
        """Return the symmetric graph of neighbouring tiles with a cost per edge.

        Tiles that hardly touch are no neighbours: simplified borders would part them.
        """
        n = len(self.sites)
        sides = self.vertices[self.corners]
        wide = np.hypot(*(sides[:, 0] - sides[:, 1]).T) > TILE / 5
        a, b = self.pairs[wide].T
        cost = cost[wide]
        rows, columns = np.concatenate([a, b]), np.concatenate([b, a])
        return csr_array((np.concatenate([cost, cost]), (rows, columns)), shape=(n, n))

    @cached_property
    def lengths(self) -> np.ndarray:
        """Distance between the centres of neighbouring tiles, in metres."""
        return np.hypot(*(self.sites[self.pairs[:, 0]] - self.sites[self.pairs[:, 1]]).T)


def build_mesh(frame: Frame) -> Mesh:
    """Return the tiles: a jittered grid, so that borders look like parcels, not squares."""
    rng = frame.rng(2)
    rows, columns = (int(n * CELL // TILE) for n in frame.shape)
    grid = np.indices((rows, columns)).reshape(2, -1).T[:, ::-1] + 0.5
    sites = (grid + rng.uniform(-0.4, 0.4, grid.shape)) * TILE
    diagram = Voronoi(sites)
    corners = np.array(diagram.ridge_vertices)
    inner = (corners >= 0).all(axis=1)
    pairs = np.sort(diagram.ridge_points[inner], axis=1)
    order = np.lexsort(pairs.T[::-1])
    return Mesh(sites, pairs[order], corners[inner][order], diagram.vertices)
