"""Geographic files: municipalities, districts, points, background, barriers, land cover."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from musterkreis.borders import CRS, Borders, to_utm
from musterkreis.people import People
from musterkreis.places import LAKES, MOTORWAY, RIVER, TOWNS, TRIBUTARY, YEARS, Town
from musterkreis.registry import Registry
from musterkreis.settlements import ALL_TOWNS, Settlements, Territory
from musterkreis.terrain import CELL, ORIGIN, Frame, Mesh, Terrain
from musterkreis.writing import write_geopackage

VALID_SINCE = "2025-01-01"


def _frame(columns: dict[str, object], shapes: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=np.asarray(shapes, dtype=object), crs=CRS)


def municipalities(borders: Borders) -> gpd.GeoDataFrame:
    """Return municipalities and their lakes as the VG250 lists them (GF 4 land, 2 water)."""
    land, lakes = borders.parts("owner"), borders.parts("lake")
    rows = [(ALL_TOWNS[number], 4, shape) for number, shape in land.items()]
    rows += [(ALL_TOWNS[number], 2, shape) for number, shape in lakes.items()]
    rows.sort(key=lambda row: (row[0].ags, -row[1]))
    shapes = [
        shapely.MultiPolygon([shape]) if shape.geom_type == "Polygon" else shape
        for _, _, shape in rows
    ]
    table = [_vg250(town, water) for town, water, _ in rows]
    return _frame(pd.DataFrame(table).to_dict("list"), shapes)


def _vg250(town: Town, structure: int) -> dict[str, object]:
    city = town.kind == "Stadt"
    return {
        "ADE": 6, "GF": structure, "BSG": 1, "ARS": town.ars, "AGS": town.ags,
        "SDV_ARS": town.ars, "GEN": town.name, "BEZ": town.kind, "IBZ": 61 if city else 64,
        "BEM": "--", "NBD": "ja", "SN_L": town.ags[:2], "SN_R": town.ags[2],
        "SN_K": town.ags[3:5], "SN_V1": town.ars[5:7], "SN_V2": town.ars[7:9],
        "SN_G": town.ags[5:], "FK_S3": "R", "NUTS": "", "ARS_0": town.ars, "AGS_0": town.ags,
        "WSK": VALID_SINCE, "DEBKG_ID": f"DEBKGMK{town.ags}{structure}",
    }  # fmt: skip


def districts(borders: Borders, registry: Registry) -> dict[str, gpd.GeoDataFrame]:
    """Return agreed areas, electoral districts and school catchments with their keys."""
    found = {}
    for name, key, table in (
        ("quarter", "quartier_id", registry.quarters),
        ("ward", "wahlbezirk_id", registry.wards),
        ("catchment", "schulbezirk_id", registry.catchments),
    ):
        shapes = borders.parts(name).reindex(table.index)
        columns = {key: table["id"], "name": table["name"], "ags": table["ags"]}
        if name == "quarter":
            columns["beschlossen_von"] = table["decided_by"]
            columns["beschlossen_am"] = table["decided_on"]
        layer = _frame({k: v.to_numpy() for k, v in columns.items()}, shapes.to_numpy())
        found[name] = layer.sort_values(key, ignore_index=True)
    return found


def points(people: People, places: pd.DataFrame, area: np.ndarray) -> gpd.GeoDataFrame:
    """Return doctors, schools and day-care centres; day-care places add up to `places`.

    `area` is the key in `places` of every cell.
    """
    rng = people.frame.rng(19)
    rows: list[tuple[str, str, int, np.ndarray]] = []
    weight = people.residents(YEARS[-1]) * people.inside
    for kind, count in (
        ("Arztpraxis", 340), ("Grundschule", 96), ("Weiterführende Schule", 34),
    ):  # fmt: skip
        number = max(3, round(count * people.frame.scale))
        cells = rng.choice(len(weight), number, p=weight / weight.sum())
        spots = people.xy[cells] + rng.uniform(-45, 45, (number, 2))
        rows += [(kind, f"{kind} {i + 1}", 0, spot) for i, spot in enumerate(spots)]
    for key, row in places.iterrows():
        sizes = _split(int(row["under_3"] + row["from_3"]), 68, rng)
        cells = rng.choice(np.flatnonzero((area == key) & (weight > 0)), len(sizes))
        spots = people.xy[cells] + rng.uniform(-45, 45, (len(sizes), 2))
        rows += [
            ("Kindertageseinrichtung", f"Kita {row['name']} {i + 1}", size, spot)
            for i, (size, spot) in enumerate(zip(sizes, spots, strict=True))
        ]
    kinds, names, sizes, spots = zip(*rows, strict=True)
    ids = [f"P{number + 1:04d}" for number in range(len(rows))]
    table = {"punkt_id": ids, "art": kinds, "name": names, "plaetze": np.array(sizes)}
    return _frame(table, shapely.points(np.round(np.array(spots), 1)))


def _split(total: int, typical: int, rng: np.random.Generator) -> list[int]:
    """Return sizes that add up to a total, each near a typical one."""
    if total == 0:
        return []
    count = max(1, round(total / typical))
    return rng.multinomial(total, rng.dirichlet(np.full(count, 18.0))).tolist()


def smooth(line: np.ndarray, rounds: int = 2) -> np.ndarray:
    """Return a line with its corners cut (Chaikin)."""
    for _ in range(rounds):
        a, b = line[:-1], line[1:]
        cut = np.stack([0.75 * a + 0.25 * b, 0.25 * a + 0.75 * b], axis=1).reshape(-1, 2)
        line = np.vstack([line[:1], cut, line[-1:]])
    return line


def _thinned(road: np.ndarray) -> np.ndarray:
    """Return every second tile of a road, and its end."""
    return np.append(road[:-1:2], road[-1])


def _line(points_in_metres: np.ndarray, tolerance: float = 8.0) -> shapely.LineString:
    return shapely.simplify(shapely.LineString(points_in_metres), tolerance)


def background(
    terrain: Terrain,
    mesh: Mesh,
    territory: Territory,
    settled: Settlements,
    borders: Borders,
) -> dict[str, gpd.GeoDataFrame]:
    """Return places, roads, waters and the motorway."""
    box = shapely.buffer(shapely.union_all(borders.parts("owner").to_numpy()).envelope, 0)
    lakes = borders.parts("lake")
    named = dict(LAKES)
    width = terrain.river_width
    river = shapely.LineString(terrain.river).buffer(width / 2, cap_style="flat")
    waters = [to_utm(shapely.simplify(river, 6)), *lakes.to_numpy()]
    water_names = [RIVER, *(named[ALL_TOWNS[number].ags] for number in lakes.index)]
    clipped = shapely.intersection(np.array(waters, dtype=object), box)
    roads = [to_utm(_line(smooth(mesh.sites[_thinned(road)]), 15)) for road in territory.roads]
    motorway = to_utm(_line(terrain.motorway))
    stream = to_utm(_line(terrain.tributary))
    return {
        "orte": _places(settled, box),
        "strassen": _frame({"art": ["Landesstraße"] * len(roads)}, roads),
        "gewaesser": _frame({"name": water_names}, clipped),
        "baeche": _frame({"name": [TRIBUTARY]}, [shapely.intersection(stream, box)]),
        "autobahn": _frame({"name": [MOTORWAY]}, [shapely.intersection(motorway, box)]),
    }


def _places(settled: Settlements, box: shapely.Geometry) -> gpd.GeoDataFrame:
    """Return the places a map may label: towns first, then villages by size."""
    spots = to_utm(shapely.points(settled.spots))
    names = np.array(settled.names)
    towns = {town.name for town in ALL_TOWNS}
    kind = np.where([name in towns for name in names], "Hauptort", "Ort")
    listed = ((settled.sizes >= 60) | (kind == "Hauptort")) & shapely.intersects(spots, box)
    order = np.lexsort([names, kind])
    order = order[listed[order]]
    size = np.select([settled.sizes >= 5_000, settled.sizes >= 1_000], ["groß", "mittel"], "klein")
    return _frame({"name": names[order], "art": kind[order], "groesse": size[order]}, spots[order])


def barriers(terrain: Terrain, borders: Borders) -> gpd.GeoDataFrame:
    """Return the lines people do not cross on foot: the river and the motorway."""
    box = shapely.union_all(borders.parts("owner").to_numpy()).envelope
    lines = [
        shapely.intersection(to_utm(_line(line)), box) for line in (terrain.river, terrain.motorway)
    ]
    return _frame({"name": [RIVER, MOTORWAY], "art": ["Fluss", "Autobahn"]}, lines)


def write_land_cover(
    path: Path, frame: Frame, terrain: Terrain, mesh: Mesh, territory: Territory, people: People
) -> None:
    """Write land cover by 100 m cell: 1 settlement, 2 fields, 3 forest, 4 water, 5 traffic."""
    import rasterio
    from rasterio.transform import from_origin

    rng = frame.rng(20)
    tile = mesh.tiles(frame.centres)
    inside = (territory.owner[tile] >= 0) & (territory.owner[tile] < len(TOWNS))
    steep = (terrain.height - terrain.height.mean()) / terrain.height.std()
    wood = (frame.field(rng, 0.6) + 0.5 * frame.field(rng, 0.25) + 0.5 * steep).ravel()
    cover = np.where(wood > 0.35, 3, 2).astype(np.uint8)
    points_xy = frame.centres
    east = np.abs(points_xy[:, 0] - terrain.river_x(points_xy[:, 1]))
    road = np.interp(points_xy[:, 1], terrain.motorway[:, 1], terrain.motorway[:, 0])
    cover[np.abs(points_xy[:, 0] - road) < CELL / 2] = 5
    cover[people.cells["cell"].to_numpy()] = 1
    cover[(east < terrain.river_width / 2) | (territory.lake[tile] >= 0)] = 4
    cover[~inside] = 0
    grid = cover.reshape(frame.shape)[::-1]
    rows, columns = np.flatnonzero(grid.any(axis=1)), np.flatnonzero(grid.any(axis=0))
    top, left = rows[0], columns[0]
    grid = grid[top : rows[-1] + 1, left : columns[-1] + 1]
    north = ORIGIN[1] + (frame.shape[0] - top) * CELL
    profile = {
        "driver": "GTiff", "height": grid.shape[0], "width": grid.shape[1], "count": 1,
        "dtype": "uint8", "crs": "EPSG:3035", "nodata": 0, "compress": "deflate", "zlevel": 9,
        "transform": from_origin(ORIGIN[0] + left * CELL, north, CELL, CELL),
    }  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with rasterio.open(path, "w", **profile) as target:
        target.write(grid, 1)


def write_layers(
    folder: Path,
    borders: Borders,
    registry: Registry,
    extra: dict[str, dict[str, gpd.GeoDataFrame]],
) -> None:
    """Write the GeoPackages: borders, districts and everything in `extra`."""
    own = districts(borders, registry)
    files = {
        "vg250_musterkreis": {"vg250_gem": municipalities(borders)},
        "quartiere": {"quartiere": own["quarter"]},
        "wahlbezirke": {"wahlbezirke": own["ward"]},
        "grundschulbezirke": {"grundschulbezirke": own["catchment"]},
        **extra,
    }
    for name, layers in files.items():
        write_geopackage(folder / f"{name}.gpkg", layers)
