"""Make the sample county "Musterkreis": a whole project folder of made-up data.

Everything is invented; files have the layouts that offices use. The same seed gives the
same bytes::

    python data/generate_musterkreis.py --seed 7 --out data/boundaries
"""

import argparse
import json
import tomllib
from pathlib import Path

import numpy as np
from musterkreis import truth
from musterkreis.addresses import write_addresses
from musterkreis.borders import draw_borders, locate
from musterkreis.census import write_census
from musterkreis.hardship import simulate
from musterkreis.layers import background, barriers, points, write_land_cover, write_layers
from musterkreis.measures import write_measures
from musterkreis.offices import Office, area_keys, day_care_places, write_deliveries
from musterkreis.people import house, live
from musterkreis.places import RIVER, TOWNS, YEARS
from musterkreis.registry import register_areas
from musterkreis.settlements import draw_territory, settle
from musterkreis.terrain import Frame, build_mesh, build_terrain
from musterkreis.votes import write_schools, write_votes
from musterkreis.writing import write_sources, write_text

HERE = Path(__file__).parent
TEMPLATES = HERE / "musterkreis" / "templates"


def generate(seed: int, out: str | Path, *, scale: float = 1.0) -> Path:
    """Write the county and return its folder.

    Parameters
    ----------
    seed
        The same seed gives the same bytes.
    out
        Folder to write to; files of other origin in it are left alone.
    scale
        Share of population and area: 0.1 makes a small county for tests. Below 0.04
        areas are too small to hold anybody.

    Returns
    -------
    Path
        The folder.
    """
    out = Path(out)
    foreign = _clear(out)
    frame = Frame(seed, scale)
    terrain, mesh = build_terrain(frame), build_mesh(frame)
    territory = draw_territory(frame, terrain, mesh)
    settled = settle(frame, terrain, mesh, territory)
    borders = draw_borders(frame, terrain, mesh, territory, settled)
    people = live(frame, locate(frame, settled, borders))
    registry = register_areas(frame, people, settled)
    planted = truth.plant(people, borders)
    lasting = truth.lasting(people, planted)
    lone = 1 + (truth.BESIDE["alleinerziehende"] - 1) * lasting
    hardship = simulate(people, truth.ratios(people, planted))
    office = Office(people, hardship, house(people, lone, YEARS[-1]), lasting, registry)
    data = out / "daten"
    write_census(data / "zensus2022", people, house(people, lone))
    extra = {
        "punkte": {"punkte": points(people, day_care_places(office), area_keys(office))},
        "hintergrund": background(terrain, mesh, territory, settled, borders),
        "barrieren": {"barrieren": barriers(terrain, borders)},
    }
    write_layers(data, borders, registry, extra)
    write_addresses(data / "adressen.csv", people)
    write_land_cover(data / "landnutzung.tif", frame, terrain, mesh, territory, people)
    write_deliveries(out / "lieferungen", office)
    write_votes(out / "lieferungen" / "wahlen", office)
    write_schools(out / "lieferungen" / "schulen", office)
    write_measures(data / "massnahmen.csv", planted, registry.quarters["id"].to_dict())
    facts = {
        "residents": _thousands(people.residents(YEARS[-1])[people.inside].sum()),
        "cells": _thousands((people.residents(YEARS[-1]) > 0)[people.inside].sum()),
        "quarters": len(registry.quarters),
        "river": RIVER,
        "seed": seed,
    }
    _write_texts(out, facts)
    names = {town.ags: town.name for town in TOWNS}
    table = truth.as_table(people, planted, registry.quarters["id"].to_dict(), names)
    table = {"seed": seed, "scale": scale, **table}
    write_text(out / "truth.json", json.dumps(table, ensure_ascii=False, indent=1) + "\n")
    write_sources(out, seed, sorted(_files(out) - foreign))
    return out


def _files(out: Path) -> set[str]:
    return {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}


def _clear(out: Path) -> set[str]:
    """Delete what an earlier run made; return the other files, which stay as they are."""
    listing = out / "SOURCES.toml"
    if listing.is_file():
        made = tomllib.loads(listing.read_text(encoding="utf-8"))["file"]
        for name in [entry["path"] for entry in made if "generate_musterkreis" in entry["origin"]]:
            (out / name).unlink(missing_ok=True)
        listing.unlink()
    return _files(out)


def _thousands(number: np.integer) -> str:
    return f"{number:,}".replace(",", ".")


def _write_texts(out: Path, facts: dict[str, object]) -> None:
    """Write the definitions and the German read-me."""
    for template in sorted(TEMPLATES.iterdir()):
        text = template.read_text(encoding="utf-8")
        write_text(out / template.name, text.format(**facts) if template.suffix == ".md" else text)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=HERE / "boundaries")
    parser.add_argument("--scale", type=float, default=1.0)
    given = parser.parse_args()
    print(generate(given.seed, given.out, scale=given.scale))


if __name__ == "__main__":
    main()
