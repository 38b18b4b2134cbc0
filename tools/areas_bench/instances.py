"""Made-up counties of inhabited 100 m cells, in the statistics of German settlements.

How a county is made, one step a function: municipalities are Voronoi cells around spaced
centres, their borders bent by smooth noise. Settlements have sizes of the rank-size kind
(few towns, many hamlets) and grow as ragged discs on the land that is still free.
Residents per cell are log-normal, more in large settlements and towards their centre, and
a few cells of towns hold high-rises. Four groups of residents are binomial, with shares
that vary smoothly, between settlements and from cell to cell. Neighbours are found as in
real data: a Voronoi diagram by walking distance inside each municipality.

The parameters give cells with a median of 15 residents, a mean of 22, a 90th percentile
of 46 and a 99th of 116, a third of all cells inhabited, 2,000 inhabited cells a
municipality. Same size and seed, same county.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter, label
from scipy.sparse import csr_array
from scipy.spatial import KDTree

from sozialraum.methods.graph import (
    Passages,
    adjacency_of,
    passages_inside,
    raster_voronoi,
    rook_edges,
)

INHABITED = 0.33
"""Share of the cells of a county with residents."""
CELLS_A_MUNICIPALITY = 2_000
GROUPS = ("residents", "minors", "seniors", "benefit", "others", "foreign")
"""Columns of the counts: everybody, under 18, over 64, of working age on benefits and not,
without citizenship."""
COUNTRY_BLOCKS, COUNTRY_SEEDS, COUNTY_CELLS = 82, 8, 38_000
"""The country: 82 counties of 38,000 cells out of 8 different ones, 3.1 million cells."""


class Instance(NamedTuple):
    """One made-up county.

    Parameters
    ----------
    x, y
        (n,) column and row of every inhabited cell, in cells of 100 m.
    units
        (n,) municipality, 0, 1, ….
    counts
        (n, k) residents and groups, in the order of `names`.
    shares
        (n, 3) of minors and foreigners among residents, and of benefits among those of
        working age: what areas should be alike in.
    adjacency
        (n × n) steps from cell to cell between neighbours inside a municipality.
    names
        What the columns of the counts are.
    """

    x: np.ndarray
    y: np.ndarray
    units: np.ndarray
    counts: np.ndarray
    shares: np.ndarray
    adjacency: csr_array
    names: tuple[str, ...] = GROUPS

    def columns(self, names: Iterable[str]) -> np.ndarray:
        """Return (n, number of names) counts as floating-point numbers."""
        return self.counts[:, [self.names.index(name) for name in names]].astype(float)


def county(cells: int, seed: int, *, municipalities: int | None = None) -> Instance:
    """Return a made-up county.

    Parameters
    ----------
    cells
        Number of inhabited cells.
    seed
        Start of the random numbers.
    municipalities
        How many; one for every 2,000 cells when omitted.
    """
    rng = np.random.default_rng([seed, cells])
    side = int(np.ceil(np.sqrt(cells / INHABITED)))
    number = municipalities or max(1, round(cells / CELLS_A_MUNICIPALITY))
    town = _municipalities(side, number, rng)
    land = _Land(side, rng)
    land.settle(cells)
    y, x = np.nonzero(land.settlement >= 0)
    own = land.settlement[y, x]
    residents = _residents(land, own, x, y, rng)
    counts, shares = _groups(residents, own, land, (y, x), rng)
    return Instance(x, y, town[y, x], counts, shares, _neighbours(town, y, x))


def country() -> Instance:
    """Return 82 counties side by side, 3,116,000 cells: 8 different ones, repeated."""
    different = [county(COUNTY_CELLS, 101 + number) for number in range(COUNTRY_SEEDS)]
    chosen = [different[number % COUNTRY_SEEDS] for number in range(COUNTRY_BLOCKS)]
    shift = max(int(part.x.max()) for part in different) + 10
    towns = np.cumsum([0, *(int(part.units.max()) + 1 for part in chosen)])
    return Instance(
        np.concatenate([part.x + i % 9 * shift for i, part in enumerate(chosen)]),
        np.concatenate([part.y + i // 9 * shift for i, part in enumerate(chosen)]),
        np.concatenate([part.units + towns[i] for i, part in enumerate(chosen)]),
        np.concatenate([part.counts for part in chosen]),
        np.concatenate([part.shares for part in chosen]),
        _side_by_side([part.adjacency for part in chosen]),
    )


def save(instance: Instance, file: Path) -> None:
    """Write an instance to a file that needs only numpy to read."""
    graph = instance.adjacency
    small = {"x": np.int32, "y": np.int32, "units": np.int32, "counts": np.float32}
    columns = {name: getattr(instance, name).astype(kind) for name, kind in small.items()}
    places = {"indptr": graph.indptr.astype(np.int32), "indices": graph.indices.astype(np.int32)}
    np.savez(
        file,
        **columns,
        shares=instance.shares,
        **places,
        steps=graph.data,
        names=np.array(instance.names),
    )


def load(file: Path) -> Instance:
    """Read an instance."""
    with np.load(file) as held:
        x, y, units, counts, shares = (
            held[name] for name in ("x", "y", "units", "counts", "shares")
        )
        graph = (held["steps"], held["indices"], held["indptr"])
        names = tuple(held["names"].tolist())
    adjacency = csr_array(graph, shape=(x.size, x.size))
    return Instance(x, y, units, counts, shares, adjacency, names)


def _side_by_side(parts: list[csr_array]) -> csr_array:
    """Return a block-diagonal matrix with 32-bit places."""
    rows = np.cumsum([0, *(part.indptr.size - 1 for part in parts)])
    ends = np.cumsum([0, *(part.nnz for part in parts)])
    indptr = [part.indptr[1:] + end for part, end in zip(parts, ends, strict=False)]
    indices = [(part.indices + row) for part, row in zip(parts, rows, strict=False)]
    data = np.concatenate([part.data for part in parts]).astype(np.float32)
    place, end = (np.concatenate(part).astype(np.int32) for part in (indices, [[0], *indptr]))
    return csr_array((data, place, end), shape=(rows[-1], rows[-1]))


def _smooth(side: int, width: float, rng: np.random.Generator) -> np.ndarray:
    """Return noise that varies over `width` cells, with a standard deviation of 1."""
    noise = gaussian_filter(rng.standard_normal((side, side)), width)
    return noise / noise.std()


def _municipalities(side: int, number: int, rng: np.random.Generator) -> np.ndarray:
    """Return the municipality of every cell: contiguous, about equally large."""
    if number == 1:
        return np.zeros((side, side), dtype=np.int32)
    centres = _spaced(side, number, rng)
    bend = side / np.sqrt(number) / 8
    row, column = np.mgrid[:side, :side].astype(float)
    bent = [axis + bend * _smooth(side, max(2, bend), rng) for axis in (row, column)]
    nearest = KDTree(centres).query(np.column_stack([axis.ravel() for axis in bent]))[1]
    nearest = nearest.reshape(side, side)
    whole = np.full((side, side), -1)
    for town in range(number):
        found: Any = label(nearest == town)  # its stubs do not know which form it returns
        pieces = found[0]
        whole[pieces == 1 + np.bincount(pieces.ravel())[1:].argmax()] = town
    return raster_voronoi(whole, passages_inside(np.ones_like(whole, dtype=bool)))[0]


def _spaced(side: int, number: int, rng: np.random.Generator) -> np.ndarray:
    """Return (number, 2) points that keep a distance: the best of ten candidates each."""
    points = rng.uniform(0, side, (1, 2))
    while len(points) < number:
        candidates = rng.uniform(0, side, (10, 2))
        distance = KDTree(points).query(candidates)[0]
        points = np.vstack([points, candidates[distance.argmax()]])
    return points


class _Land:
    """A square of land that settlements take possession of, the largest first."""

    TRIES = 30
    RAGGED, GRAINY = 0.30, 0.18
    """How far an outline departs from a disc: smoothly, and cell by cell."""

    def __init__(self, side: int, rng: np.random.Generator) -> None:
        self.side, self.rng = side, rng
        self.settlement = np.full((side, side), -1)
        self.ragged = _smooth(side, 3, rng)
        self.sizes: list[int] = []
        self.centres: list[tuple[int, int]] = []

    def settle(self, cells: int) -> None:
        """Grow settlements until so many cells are inhabited."""
        left = cells
        for size in _rank_sizes(cells, self.rng):
            left -= self._grow(min(int(size), left)) if left else 0
        while left:
            left -= self._grow(1)

    def _grow(self, size: int) -> int:
        """Let a settlement of a size grow at a free place; return the cells it got."""
        radius = np.sqrt(size / np.pi / 0.8)
        row, column = self._free_place()
        reach = int(np.ceil(1.9 * radius)) + 1
        rows = slice(max(0, row - reach), row + reach + 1)
        columns = slice(max(0, column - reach), column + reach + 1)
        window = self.settlement[rows, columns]
        down = rows.start + np.arange(window.shape[0])[:, None]
        right = columns.start + np.arange(window.shape[1])
        rank = np.hypot(down - row, right - column) / radius
        rank += self.RAGGED * self.ragged[rows, columns]
        rank += self.GRAINY * self.rng.standard_normal(window.shape)
        free = np.flatnonzero(window.ravel() < 0)
        taken = free[np.argsort(rank.ravel()[free], kind="stable")[:size]]
        if not taken.size:
            return 0
        window[np.unravel_index(taken, window.shape)] = len(self.sizes)
        self.sizes.append(size)
        self.centres.append((row, column))
        return taken.size

    def _free_place(self) -> tuple[int, int]:
        """Return a random place, a free one if it is found in some tries."""
        places = self.rng.integers(0, self.side, (self.TRIES, 2))
        free = self.settlement[places[:, 0], places[:, 1]] < 0
        row, column = places[free.argmax()]
        return int(row), int(column)


def _rank_sizes(cells: int, rng: np.random.Generator) -> np.ndarray:
    """Return sizes of settlements in cells, the largest first: a Pareto distribution.

    The share of settlements larger than s falls like s to the power of -0.75; the largest
    has 2,500 cells or an eighth of all.
    """
    largest = max(30, min(2_500, 0.12 * cells))
    drawn = np.floor(np.minimum(1.6 * rng.random(cells) ** (-1 / 0.75), largest)).astype(int)
    enough = 1 + int(np.searchsorted(np.cumsum(drawn), 1.02 * cells))
    return np.sort(drawn[:enough])[::-1]


def _residents(
    land: _Land, own: np.ndarray, x: np.ndarray, y: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return residents of every inhabited cell, at least 3."""
    size = np.array(land.sizes)[own]
    centre = np.array(land.centres)[own]
    outwards = np.hypot(y - centre[:, 0], x - centre[:, 1]) / np.sqrt(size / np.pi / 0.8)
    usual = np.log(3.15) + 0.19 * np.log(size) + 0.7 * np.exp(-(outwards**2))
    people = np.exp(rng.normal(usual, 0.75))
    high_rise = (rng.random(own.size) < 0.012) & (size > 150)
    people[high_rise] *= rng.uniform(3, 8, int(high_rise.sum()))
    return np.maximum(3, np.round(people)).astype(np.int64)


def _groups(
    residents: np.ndarray,
    own: np.ndarray,
    land: _Land,
    at: tuple[np.ndarray, np.ndarray],
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return counts of all groups and the three shares."""

    def chance(usual: float, smoothly: float, settlement: float, cell: float) -> np.ndarray:
        """Return each cell's chance to belong to a group, varied on the logit scale."""
        logit = np.log(usual / (1 - usual)) + smoothly * _smooth(land.side, 8, rng)[at]
        logit += settlement * rng.standard_normal(len(land.sizes))[own]
        logit += cell * rng.standard_normal(own.size)
        return 1 / (1 + np.exp(-logit))

    minors = rng.binomial(residents, chance(0.165, 0.15, 0.1, 0.2))
    seniors = rng.binomial(residents - minors, chance(0.26, 0.2, 0.2, 0.3))
    working = residents - minors - seniors
    benefit = rng.binomial(working, chance(0.075, 0.5, 0.3, 0.4))
    foreign = rng.binomial(residents, chance(0.12, 0.5, 0.3, 0.4))
    others = working - benefit
    counts = np.column_stack([residents, minors, seniors, benefit, others, foreign]).astype(float)
    shares = [minors / residents, foreign / residents, benefit / np.maximum(working, 1)]
    return counts, np.column_stack(shares)


def _neighbours(town: np.ndarray, y: np.ndarray, x: np.ndarray) -> csr_array:
    """Return which inhabited cells are neighbours, and how many steps apart."""
    cells = np.full(town.shape, -1)
    cells[y, x] = np.arange(x.size)
    inside = Passages(town[:, 1:] == town[:, :-1], town[1:] == town[:-1])
    edges = rook_edges(*raster_voronoi(cells, inside), inside)
    return adjacency_of(edges, x.size)
