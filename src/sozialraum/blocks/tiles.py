"""Tiles: every municipality divided among its inhabited cells, without gaps or overlaps."""

from typing import NamedTuple

import numpy as np
import shapely
from pyproj import Transformer
from scipy.spatial import KDTree

from sozialraum.blocks.laid import PRECISION
from sozialraum.methods.apportion import (
    GRID_CRS,
    Cells,
    largest_overlap,
    polygonal,
    touching_cells,
)
from sozialraum.methods.barriers import Barriers, close_passages, near, parted, standpoints
from sozialraum.methods.graph import FREE, Edges, Passages, raster_voronoi, rook_edges, shortest
from sozialraum.methods.settled import corner_edges

SLACK = 0.01
"""Cells this share of their side away from a municipality are looked at as well: a border
that is straight in one projection is not quite straight in the other."""


class Grid(NamedTuple):
    """The grid and the way to the coordinates of the municipalities and back."""

    size: int
    from_grid: Transformer
    to_grid: Transformer


class Part(NamedTuple):
    """A contiguous part of a municipality divided on the raster; cells touch at `corners`."""

    shape: shapely.Geometry
    boxes: np.ndarray
    cells: Cells
    labels: np.ndarray
    edges: Edges
    corners: Edges


def make_grid(size: int, crs: object) -> Grid:
    """Return the census grid of one cell size beside a CRS."""
    return Grid(
        size,
        Transformer.from_crs(GRID_CRS, crs, always_xy=True),
        Transformer.from_crs(crs, GRID_CRS, always_xy=True),
    )


def projected_squares(cells: Cells, grid: Grid) -> np.ndarray:
    """Return the squares of cells in the coordinates of the municipalities.

    Neighbouring squares share their corners to the last bit, so that they can be put
    together exactly.
    """
    column = cells.column[:, None] + np.array([0, 1, 1, 0])
    row = cells.row[:, None] + np.array([0, 0, 1, 1])
    corners, place = np.unique(row.astype(np.int64) << 32 | column, return_inverse=True)
    x, y = grid.from_grid.transform(
        (corners & 0xFFFFFFFF) * float(grid.size), (corners >> 32) * float(grid.size)
    )
    points = np.round(np.column_stack([x, y]), 3)[place.reshape(-1, 4)]
    return np.asarray(shapely.polygons(points), dtype=object)


def fill_municipality(
    shape: shapely.Geometry,
    seeds: Cells,
    grid: Grid,
    *,
    barriers: Barriers | None = None,
    corners: bool = False,
) -> tuple[np.ndarray, Edges]:
    """Divide a municipality among its inhabited cells.

    Every part of the municipality is filled from the cells inside it; parts are not
    neighbours of each other. A part without any inhabited cell goes to the nearest tile,
    and so does what barriers cut off from every inhabited cell; nobody becomes a
    neighbour over it.

    Parameters
    ----------
    shape
        The municipality.
    seeds
        Its inhabited cells, at least one.
    grid
        The grid they lie on.
    barriers
        What may not be stepped over.
    corners
        Cells that touch at a corner are neighbours too.

    Returns
    -------
    tiles : (number of seeds,) polygons
        They fill the municipality without gaps or overlaps.
    edges : Edges
        Pairs of seeds whose tiles share a border, with the walk from one to the other
        along the grid in metres.
    """
    shapes = shapely.get_parts(shape)
    shapes = shapes[np.lexsort((*shapely.bounds(shapes).T, -shapely.area(shapes)))]
    squares = projected_squares(seeds, grid)
    home = largest_overlap(squares, shapes).owner
    around = near(barriers, shape, grid.size) if barriers else None
    stands = standpoints(squares, around) if around else squares
    parts = [
        _divide(part, seeds, np.flatnonzero(home == number), grid, around)
        for number, part in enumerate(shapes)
    ]
    parts = _give_rest(parts)
    pieces, all_edges = [], []
    for number, part in enumerate(parts):
        tiles, cut = _cut_tiles(part, len(seeds.row))
        changed, fresh = _give_strays(tiles, squares, seeds)
        # a border inside an uninhabited part connects nobody
        at_home = (home[fresh.left] == number) & (home[fresh.right] == number)
        if around is not None:
            at_home &= ~parted(stands[fresh.left], stands[fresh.right], around)
        fresh = Edges(*(column[at_home] for column in fresh))
        found = Edges(*map(np.concatenate, zip(part.edges, fresh, strict=True)))
        pieces.append(tiles)
        all_edges.append(_real_borders(found, tiles, cut, changed))
        if corners:
            all_edges.append(part.corners)
    edges = shortest(Edges(*(np.concatenate(columns) for columns in zip(*all_edges, strict=True))))
    return _put_together(pieces), edges._replace(length=edges.length * float(grid.size))


def _divide(
    shape: shapely.Geometry, seeds: Cells, own: np.ndarray, grid: Grid, barriers: Barriers | None
) -> Part:
    """Divide one part among its own seeds on the raster."""
    dense = shapely.segmentize(shape, grid.size)
    on_grid = shapely.transform(
        dense, lambda xy: np.column_stack(grid.to_grid.transform(xy[:, 0], xy[:, 1]))
    )
    cells = touching_cells(on_grid, grid.size, slack=SLACK * grid.size)
    boxes = projected_squares(cells, grid)
    row, column = cells.row - cells.row.min(), cells.column - cells.column.min()
    window = (int(row.max()) + 1, int(column.max()) + 1)
    start = np.full(window, FREE, dtype=np.int32)
    at = (seeds.row[own] - cells.row.min(), seeds.column[own] - cells.column.min())
    start[at] = own
    place = np.full(window, FREE)
    place[row, column] = np.arange(row.size)
    passages = _passages(shape, boxes, place)
    if barriers is not None:
        passages = close_passages(passages, place, standpoints(boxes, barriers), barriers)
    labels, steps = raster_voronoi(start, passages)
    edges, corners = rook_edges(labels, steps, passages), corner_edges(start, passages)
    return Part(shape, boxes, cells, labels[row, column], edges, corners)


def _passages(shape: shapely.Geometry, boxes: np.ndarray, place: np.ndarray) -> Passages:
    """Return where one may step from cell to cell without leaving the municipality.

    Two cells may both touch it and yet be parted by foreign land: one may step across a
    side only where the municipality does.

    Parameters
    ----------
    shape
        The part of the municipality.
    boxes
        Squares of the cells that touch it.
    place
        (rows, columns) position of every cell among the boxes, -1 where there is none.
    """
    on_border = np.zeros(len(boxes), dtype=bool)
    on_border[shapely.STRtree(boxes).query(shapely.boundary(shape), predicate="intersects")] = True
    corners = shapely.get_coordinates(boxes).reshape(-1, 5, 2)
    shapely.prepare(shape)
    ways = []
    for one, other, side in (
        (place[:, :-1], place[:, 1:], [1, 2]),
        (place[:-1], place[1:], [2, 3]),
    ):
        open_ = (one != FREE) & (other != FREE)
        doubtful = np.flatnonzero(open_ & on_border[one] & on_border[other])
        sides = shapely.linestrings(corners[one.flat[doubtful]][:, side])
        open_.flat[doubtful] = shapely.intersects(shape, sides)
        ways.append(open_)
    return Passages(*ways)


def _give_rest(parts: list[Part]) -> list[Part]:
    """Give cells that no seed of their part reaches to the nearest tile."""
    column = np.concatenate([part.cells.column for part in parts])
    row = np.concatenate([part.cells.row for part in parts])
    labels = np.concatenate([part.labels for part in parts])
    free = labels == FREE
    if free.any():
        tree = KDTree(np.column_stack([column, row])[~free])
        _, nearest = tree.query(np.column_stack([column, row])[free])
        labels[free] = labels[~free][nearest]
    ends = np.cumsum([part.labels.size for part in parts])[:-1]
    fresh = np.split(labels, ends)
    return [part._replace(labels=own) for part, own in zip(parts, fresh, strict=True)]


def _cut_tiles(part: Part, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the tile of every label inside one part (None: none), and which were cut."""
    order = np.argsort(part.labels, kind="stable")
    labels, first = np.unique(part.labels[order], return_index=True)
    boxes = part.boxes[order]
    whole = np.array(
        [
            group[0] if len(group) == 1 else shapely.coverage_union_all(group)
            for group in np.split(boxes, first[1:])
        ],
        dtype=object,
    )
    shapely.prepare(part.shape)
    cut = ~shapely.covers(part.shape, whole)
    whole[cut] = polygonal(shapely.intersection(whole[cut], part.shape, grid_size=PRECISION))
    tiles = np.full(number, None, dtype=object)
    was_cut = np.zeros(number, dtype=bool)
    there = ~shapely.is_empty(whole)
    tiles[labels[there]] = whole[there]
    was_cut[labels] = cut
    return tiles, was_cut


def _give_strays(tiles: np.ndarray, squares: np.ndarray, seeds: Cells) -> tuple[np.ndarray, Edges]:
    """Give pieces that the municipal border cuts off a tile to the tile beside them.

    A cell on the border may hold several pieces of the municipality, one of which has no
    connection with the rest of its tile.

    Parameters
    ----------
    tiles
        Tiles of one part; changed in place.
    squares, seeds
        Squares of the inhabited cells, which show the main piece of a tile, and their
        places on the grid.

    Returns
    -------
    changed : (n,) bool
        Tiles that lost or gained a piece.
    edges : Edges
        Neighbours that tiles gained with a piece, with the number of steps.
    """
    changed = np.zeros(tiles.size, dtype=bool)
    strays = []
    for owner in np.flatnonzero(shapely.get_num_geometries(tiles) > 1):
        parts = shapely.get_parts(tiles[owner])
        inhabited = shapely.area(shapely.intersection(parts, squares[owner]))
        main = int(np.lexsort((-shapely.area(parts), -inhabited))[0])
        tiles[owner] = parts[main]
        strays += [(owner, piece) for piece in np.delete(parts, main)]
    there = np.flatnonzero(~shapely.is_missing(tiles))
    tree = shapely.STRtree(tiles[there])
    gained: list[tuple[int, int]] = []
    for owner, piece in strays:
        beside = there[np.sort(tree.query(piece, predicate="intersects"))]
        border = shapely.length(shapely.intersection(piece, tiles[beside], grid_size=PRECISION))
        beside, border = beside[border > 2 * PRECISION], border[border > 2 * PRECISION]
        taker = beside[border.argmax()] if beside.size else owner
        tiles[taker] = shapely.union_all([tiles[taker], piece], grid_size=PRECISION)
        changed[[owner, taker]] = True
        others = beside[beside != taker]
        gained += [(int(min(taker, other)), int(max(taker, other))) for other in others]
    left, right = np.array(gained, dtype=np.int64).reshape(-1, 2).T
    steps = abs(seeds.column[left] - seeds.column[right]) + abs(seeds.row[left] - seeds.row[right])
    return changed, Edges(left, right, steps)


def _real_borders(edges: Edges, tiles: np.ndarray, cut: np.ndarray, changed: np.ndarray) -> Edges:
    """Drop edges between tiles that no longer share a border once cut to the municipality."""
    left, right, _ = edges
    there = ~(shapely.is_missing(tiles[left]) | shapely.is_missing(tiles[right]))
    doubtful = there & ((cut[left] & cut[right]) | changed[left] | changed[right])
    common = shapely.intersection(
        tiles[left[doubtful]], tiles[right[doubtful]], grid_size=PRECISION
    )
    there[doubtful] = shapely.length(common) > 2 * PRECISION
    return Edges(*(column[there] for column in edges))


def _put_together(pieces: list[np.ndarray]) -> np.ndarray:
    """Return the tile of every seed out of its pieces in the parts of the municipality."""
    if len(pieces) == 1:
        return pieces[0]
    table = np.stack(pieces, axis=1)
    several = (~shapely.is_missing(table)).sum(axis=1) > 1
    tiles = table[np.arange(len(table)), (~shapely.is_missing(table)).argmax(axis=1)]
    for i in np.flatnonzero(several):
        tiles[i] = shapely.multipolygons(shapely.get_parts(table[i]))
    return tiles
