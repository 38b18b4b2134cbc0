"""Who settles where: municipal territories, roads, towns, villages, hamlets, farms."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra, minimum_spanning_tree
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from musterkreis.partition import grow
from musterkreis.places import (
    BEYOND,
    EXCLAVE_IN,
    EXCLAVE_OF,
    EXCLAVE_RESIDENTS,
    LAKES,
    NEIGHBOURS,
    TOWNS,
    VILLAGE_FIRST,
    VILLAGE_LAST,
    Town,
)
from musterkreis.terrain import CELL, TILE, Frame, Mesh, Terrain

ALL_TOWNS = (*TOWNS, *NEIGHBOURS)
NUMBER = {town.ags: i for i, town in enumerate(ALL_TOWNS)}


@dataclass(frozen=True)
class Territory:
    """Owner of every tile (position in `ALL_TOWNS`, -1: beyond), lakes, exclave, roads.

    `lake` holds the owner's position where a tile is a lake, else -1; `exclave` is the
    centre of the exclave in metres; `roads` are lines of tile numbers.
    """

    owner: np.ndarray
    lake: np.ndarray
    exclave: np.ndarray
    centres: np.ndarray
    roads: tuple[np.ndarray, ...]


def town_centres(frame: Frame, terrain: Terrain) -> np.ndarray:
    """Return where the towns lie, in metres, a little different for every seed."""
    rng = frame.rng(3)
    places = frame.metres(np.array([[t.x, t.y] for t in ALL_TOWNS]))
    places = places + rng.uniform(-500, 500, places.shape) * frame.shrink
    offsets = np.array([t.x for t in ALL_TOWNS]) * 1000 * frame.shrink
    riverside = np.array([t.riverside for t in ALL_TOWNS])
    places[riverside, 0] = (terrain.river_x(places[:, 1]) + offsets)[riverside]
    return places


def draw_territory(frame: Frame, terrain: Terrain, mesh: Mesh) -> Territory:
    """Return territories that grew from the towns until rivers and ridges stopped them."""
    rng = frame.rng(4)
    centres = town_centres(frame, terrain)
    rough = np.exp(0.3 * frame.field(rng, 0.9) + 0.3 * frame.field(rng, 0.3))
    middle = (mesh.sites[mesh.pairs[:, 0]] + mesh.sites[mesh.pairs[:, 1]]) / 2
    cost = mesh.lengths * frame.sample(rough, middle)
    crossing = terrain.crossings(mesh.sites[mesh.pairs[:, 0]], mesh.sites[mesh.pairs[:, 1]])
    cost = cost + frame.shrink * (4_500 * crossing["river"] + 600 * crossing["tributary"])
    seeds = np.vstack([centres, frame.metres(np.array(BEYOND))])
    tiles = mesh.tiles(seeds)
    graph, ahead = mesh.graph(cost), np.zeros(len(seeds))
    wished = np.array([44 + 1.05 * (37 - town.per_cell) for town in TOWNS]) * 1e6 * frame.scale
    for _ in range(8):
        owner = grow(graph, tiles, ahead)
        area = np.bincount(owner, minlength=len(seeds))[: len(TOWNS)] * TILE**2
        ahead[: len(TOWNS)] += 1_300 * frame.shrink * np.log(wished / np.maximum(area, TILE**2))
    edge = np.minimum(mesh.sites, mesh.sites.max(axis=0) - mesh.sites).min(axis=1) < 4 * TILE
    owner = np.where((owner < len(ALL_TOWNS)) & ~edge, owner, -1)
    lake = np.full(len(owner), -1)
    for ags, _ in LAKES:
        blob, _ = _quiet_blob(frame, mesh, owner, centres, NUMBER[ags], 620, rng)
        lake[blob] = NUMBER[ags]
    blob, exclave = _quiet_blob(frame, mesh, owner, centres, NUMBER[EXCLAVE_IN], 950, rng)
    owner[blob] = NUMBER[EXCLAVE_OF]
    return Territory(owner, lake, exclave, centres, build_roads(frame, terrain, mesh, centres))


def _quiet_blob(
    frame: Frame,
    mesh: Mesh,
    owner: np.ndarray,
    centres: np.ndarray,
    where: int,
    radius: float,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the tiles of a blob far from the town and inside one territory, and its centre."""
    own = np.flatnonzero(owner == where)
    outside = cKDTree(mesh.sites[owner != where])
    margin = outside.query(mesh.sites[own])[0]
    away = np.hypot(*(mesh.sites[own] - centres[where]).T)
    best = own[np.argmax(np.minimum(margin, away / 1.5))]
    wobble = frame.sample(frame.field(rng, 0.35), mesh.sites)
    distance = np.hypot(*(mesh.sites - mesh.sites[best]).T) * (1 + 0.16 * wobble)
    near = np.flatnonzero((distance < radius * frame.shrink) & (owner == where))
    inner = csr_array(mesh.graph(mesh.lengths)[near][:, near])
    component = connected_components(inner, directed=False)[1]
    return near[component == component[near == best]], mesh.sites[best]


def build_roads(
    frame: Frame, terrain: Terrain, mesh: Mesh, centres: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Return roads between neighbouring towns that follow gentle land, as tile numbers."""
    slope = np.abs(np.diff(frame.sample(terrain.height, mesh.sites)[mesh.pairs], axis=1)[:, 0])
    crossing = terrain.crossings(mesh.sites[mesh.pairs[:, 0]], mesh.sites[mesh.pairs[:, 1]])
    cost = mesh.lengths * (1 + slope / 6) + 900 * frame.shrink * crossing["river"]
    graph = mesh.graph(cost)
    tiles = mesh.tiles(centres)
    apart = cdist(centres, centres)
    links = set(zip(*minimum_spanning_tree(csr_array(apart)).nonzero(), strict=True))
    for i, row in enumerate(apart):
        links |= {(i, int(j)) for j in np.argsort(row, kind="stable")[1:4]}
    pairs = sorted({(int(min(a, b)), int(max(a, b))) for a, b in links})
    roads = []
    for start in sorted({a for a, _ in pairs}):
        ends = [b for a, b in pairs if a == start]
        limit = 2.2 * max(apart[start, b] for b in ends) + 3_000 * frame.shrink
        _, before = dijkstra(graph, indices=tiles[start], limit=limit, return_predecessors=True)
        roads += [_path(before, tiles[b]) for b in ends if before[tiles[b]] >= 0]
    return tuple(roads)


def _path(before: np.ndarray, end: int) -> np.ndarray:
    path = [end]
    while before[path[-1]] >= 0:
        path.append(before[path[-1]])
    return np.array(path[::-1])


@dataclass(frozen=True)
class Settlements:
    """Inhabited cells and the settlements they belong to.

    `cells` (cells,) positions in the raster, row by row; `town` position in `ALL_TOWNS`;
    `place` the settlement; `depth` distance from its centre (1: its edge); `mean` the
    expected residents in the last year. `names`, `spots`, `sizes` describe settlements.
    """

    cells: np.ndarray
    town: np.ndarray
    place: np.ndarray
    depth: np.ndarray
    mean: np.ndarray
    names: tuple[str, ...]
    spots: np.ndarray
    sizes: np.ndarray


def settlement_sizes(town: Town, cells: int, rng: np.random.Generator) -> list[int]:
    """Return cells per settlement, the main town first, then by rank, farms last."""
    rural = town.per_cell < 20
    core = round(cells * town.core * (0.8 if rural else 0.9))
    farms = round(cells * (0.07 if rural else 0.015))
    rest = max(1, cells - core - farms)
    count = max(2, round((30 if rural else 11) * (cells / 1_000) ** 0.5))
    share = np.arange(2, count + 2) ** -1.15 * np.exp(0.25 * rng.standard_normal(count))
    villages = np.maximum(1, np.sort(share / share.sum() * rest)[::-1].astype(int))
    sizes = [core, *villages.tolist()]
    while farms > 0:
        sizes.append(min(farms, int(rng.choice([1, 1, 2, 3]))))
        farms -= sizes[-1]
    return sizes


def village_names(count: int, taken: set[str], rng: np.random.Generator) -> list[str]:
    """Return invented names that no other settlement bears."""
    names: list[str] = []
    while len(names) < count:
        name = str(rng.choice(VILLAGE_FIRST)) + str(rng.choice(VILLAGE_LAST))
        if rng.random() < 0.14:
            name = str(rng.choice(["Ober", "Nieder", "Alten"])) + name[0].lower() + name[1:]
        thrice = any(name[i] == name[i + 1] == name[i + 2] for i in range(len(name) - 2))
        if name not in taken and not thrice:
            taken.add(name)
            names.append(name)
    return names


def settle(frame: Frame, terrain: Terrain, mesh: Mesh, territory: Territory) -> Settlements:
    """Return the inhabited cells of all municipalities."""
    rng = frame.rng(5)
    land = _Land(frame, terrain, mesh, territory, rng)
    taken = {town.name for town in ALL_TOWNS}
    found: list[dict[str, np.ndarray]] = []
    names: list[str] = []
    spots: list[np.ndarray] = []
    for number, town in enumerate(ALL_TOWNS):
        outside = number >= len(TOWNS)
        cells = max(12, round(town.residents / town.per_cell * frame.scale * 0.985))
        sizes = settlement_sizes(town, cells // 4 if outside else cells, rng)
        centres = [territory.centres[number]]
        if town.ags == EXCLAVE_OF:
            centres.append(territory.exclave)
            sizes.insert(1, max(4, round(EXCLAVE_RESIDENTS / 21 * frame.scale)))
        labels = [town.name, *village_names(len(sizes) - 1, taken, rng)]
        for rank, size in enumerate(sizes):
            spot = centres[rank] if rank < len(centres) else land.free_spot(number, size)
            cell, depth = land.blob(number, spot, size, core=rank == 0)
            density = len(cell) ** 0.17 * (1.25 if rank == 0 else 1.0)
            spread = np.exp(0.55 * np.exp(-2 * depth**2)) * np.exp(0.5 * land.draw(len(cell)))
            tall = land.tall(len(cell), town=rank == 0 and town.per_cell > 21)
            found.append(
                {
                    "cells": cell,
                    "town": np.full(len(cell), number),
                    "place": np.full(len(cell), len(names)),
                    "depth": depth,
                    "mean": density * spread * tall,
                }
            )
            names.append(labels[rank])
            spots.append(spot)
    columns = {key: np.concatenate([part[key] for part in found]) for key in found[0]}
    return _with_residents(frame, columns, names, np.array(spots))


def _with_residents(
    frame: Frame, columns: dict[str, np.ndarray], names: list[str], spots: np.ndarray
) -> Settlements:
    """Return settlements whose municipalities hold the residents they should."""
    mean = columns["mean"]
    for number, town in enumerate(ALL_TOWNS):
        own = columns["town"] == number
        share = 0.25 if number >= len(TOWNS) else 1.0
        goal = town.residents * frame.scale * share
        mean[own] = np.maximum(3.4, mean[own] * goal / mean[own].sum())
        mean[own] *= goal / mean[own].sum()
    order = np.argsort(columns["cells"], kind="stable")
    columns = {key: values[order] for key, values in columns.items()}
    sizes = np.bincount(columns["place"], columns["mean"], len(names))
    return Settlements(**columns, names=tuple(names), spots=spots, sizes=sizes)


class _Land:
    """Free cells while municipalities are being settled."""

    def __init__(
        self,
        frame: Frame,
        terrain: Terrain,
        mesh: Mesh,
        territory: Territory,
        rng: np.random.Generator,
    ) -> None:
        self.frame, self.rng = frame, rng
        tile = mesh.tiles(frame.centres)
        self.owner = territory.owner[tile]
        dry = ~terrain.wet.ravel() & (territory.lake[tile] < 0)
        self.free = dry & (self.owner >= 0)
        on_road = mesh.sites[np.unique(np.concatenate(territory.roads))]
        self.road = cKDTree(on_road).query(frame.centres)[0]
        local = terrain.height - frame.field(rng, 1.2) * 6
        self.valley = (local - local.mean()).ravel() / local.std()
        self.wobble = frame.field(rng, 0.35).ravel() * 0.34 + frame.field(rng, 1.0).ravel() * 0.2
        self.inner = cKDTree(frame.centres[~self.free]).query(frame.centres)[0]
        self.taken_at: list[np.ndarray] = []

    def draw(self, count: int) -> np.ndarray:
        return self.rng.standard_normal(count)

    def tall(self, count: int, *, town: bool) -> np.ndarray:
        high = self.rng.random(count) < (0.022 if town else 0.002)
        return np.where(high, self.rng.uniform(3, 6, count), 1.0)

    def free_spot(self, number: int, size: int) -> np.ndarray:
        """Return a free place, likely near a road, not too close to other settlements."""
        own = np.flatnonzero(self.free & (self.owner == number))
        score = np.exp(-self.road[own] / 500) * (2.5 if size > 5 else 0.4) + 0.15
        score = score * np.exp(-0.25 * self.valley[own])
        room = np.sqrt(size / np.pi) * CELL
        score = score * np.clip(self.inner[own] / (1.3 * room + CELL), 0.02, 1)
        if self.taken_at:
            gap = cKDTree(np.concatenate(self.taken_at)).query(self.frame.centres[own])[0]
            score = score * np.clip((gap - room) / 700, 0.0, 1) + 1e-9
        return self.frame.centres[self.rng.choice(own, p=score / score.sum())]

    def blob(
        self, number: int, spot: np.ndarray, size: int, *, core: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """Take the `size` best cells around a spot; return them and their depth."""
        radius = np.sqrt(size / np.pi / 0.7) * CELL
        own = np.flatnonzero(self.free & (self.owner == number))
        away = np.hypot(*(self.frame.centres[own] - spot).T)
        near = own[away < 3.2 * radius + 6 * CELL]
        if len(near) < size:
            near = own[np.argsort(away, kind="stable")[: 3 * size]]
        depth = np.hypot(*(self.frame.centres[near] - spot).T) / radius
        pull = 0.35 if core else 0.5
        score = depth + self.wobble[near] - pull * np.exp(-self.road[near] / 170)
        score = score + 0.13 * self.rng.standard_normal(len(near)) + 0.1 * self.valley[near]
        best = np.sort(np.argsort(score, kind="stable")[:size])
        taken = near[best]
        self.free[taken] = False
        self.taken_at.append(self.frame.centres[taken])
        return taken, depth[best]
