"""Building addresses of two municipalities, as a land survey office lists them."""

from pathlib import Path

import numpy as np

from musterkreis.partition import centres
from musterkreis.people import People
from musterkreis.places import ADDRESSES_IN, STREET_ENDINGS, STREET_NAMES, VILLAGE_FIRST, YEARS
from musterkreis.settlements import NUMBER
from musterkreis.writing import csv_text, write_text

CELLS_A_STREET = 7
RESIDENTS_A_HOUSE = 3.9


def write_addresses(path: Path, people: People) -> None:
    """Write street, number and coordinates of every building."""
    rng = people.frame.rng(21)
    rows: list[tuple[str, str, int, str, str, str]] = []
    for ags in ADDRESSES_IN:
        rows += _of_municipality(people, ags, rng)
    names = ("AGS", "Straße", "Hausnummer", "Zusatz", "Ostwert", "Nordwert")
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    write_text(path, csv_text(columns))


def _of_municipality(
    people: People, ags: str, rng: np.random.Generator
) -> list[tuple[str, str, int, str, str, str]]:
    own = np.flatnonzero(people.cells["owner"] == NUMBER[ags])
    own = own[np.argsort(people.ids[own], kind="stable")]
    place = people.cells["place"].to_numpy()[own]
    free = iter(_street_names(rng))
    rows = []
    for one in np.unique(place):
        cells = own[place == one]
        count = max(1, round(len(cells) / CELLS_A_STREET))
        hearts = centres(people.xy[cells], np.ones(len(cells)), count, rng)
        gaps = np.hypot(*(people.xy[cells][:, None] - hearts[None]).transpose(2, 0, 1))
        street = gaps.argmin(axis=1)
        for number in np.unique(street):
            rows += _of_street(people, ags, next(free), cells[street == number], rng)
    return sorted(rows, key=lambda row: (row[1], row[2], row[3]))


def _street_names(rng: np.random.Generator) -> list[str]:
    """Return all street names there are, the usual ones first, none twice."""
    rare = [first + ending for ending in STREET_ENDINGS for first in VILLAGE_FIRST]
    rare += [f"In der {first}{ending}" for ending in ("au", "heide") for first in VILLAGE_FIRST]
    names = [*rng.permutation(STREET_NAMES).tolist(), *rng.permutation(rare).tolist()]
    return list(dict.fromkeys(names))


def _of_street(
    people: People, ags: str, street: str, cells: np.ndarray, rng: np.random.Generator
) -> list[tuple[str, str, int, str, str, str]]:
    """Return the houses of a street, numbered along it, a few with a letter."""
    residents = people.residents(YEARS[-1])[cells]
    houses = np.maximum(1, np.round(residents / RESIDENTS_A_HOUSE)).astype(int)
    spots = np.repeat(people.xy[cells], houses, axis=0)
    spots = spots + rng.uniform(-46, 46, spots.shape)
    along = spots - spots.mean(axis=0)
    axis = np.linalg.svd(along, full_matrices=False)[2][0]
    spots = spots[np.argsort(along @ axis, kind="stable")]
    rows, number = [], 0
    for east, north in spots:
        letter = "a" if number and rng.random() < 0.05 else ""
        number += 0 if letter and (not rows or rows[-1][3] == "") else 1
        letter = letter if rows and rows[-1][2] == number else ""
        rows.append((ags, street, number, letter, f"{east:.1f}", f"{north:.1f}"))
    return rows
