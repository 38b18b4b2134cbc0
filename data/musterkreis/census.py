"""Census files in the official layouts of 2022, with noise like the cell-key method's."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musterkreis.people import CENSUS_YEAR, Housing, People
from musterkreis.writing import csv_text, write_zip

DASH = "–"
"""Official sign of "nothing there, or secret": an en dash (U+2013)."""
FLAG = "werterlaeuternde_Zeichen"
BRACKETS = "KLAMMERN"
SIZES = {"10km": 10_000, "1km": 1_000, "100m": 100}
AGE_COLUMNS = ("Insgesamt_Bevoelkerung", "Unter18", "a18bis29", "a30bis49", "a50bis64",
               "a65undaelter")  # fmt: skip
HOUSEHOLD_COLUMNS = ("Insgesamt_Haushalte", "EinpersHH_SingleHH", "Paare_ohneKind",
                     "Paare_mitKind", "Alleinerziehende", "MehrpersHHohneKernfam")  # fmt: skip
_STEPS, _CHANCE = np.array([-2, -1, 0, 1, 2]), np.array([0.08, 0.2, 0.44, 0.2, 0.08])


@dataclass(frozen=True)
class _Level:
    """Cells of one size: ids, midpoints and how the 100 m cells add up to them."""

    name: str
    ids: np.ndarray
    middle: np.ndarray
    group: np.ndarray

    def total(self, counts: np.ndarray) -> np.ndarray:
        summed = np.zeros((len(self.ids), *counts.shape[1:]))
        np.add.at(summed, self.group, counts)
        return summed

    def head(self) -> dict[str, np.ndarray]:
        return {
            f"GITTER_ID_{self.name}": self.ids,
            f"x_mp_{self.name}": self.middle[:, 0],
            f"y_mp_{self.name}": self.middle[:, 1],
        }


def _level(people: People, name: str) -> _Level:
    size = SIZES[name]
    corners, group = np.unique(people.corner[:, ::-1] // size * size, axis=0, return_inverse=True)
    ids = np.array([f"CRS3035RES{size}mN{n}E{e}" for n, e in corners])
    return _Level(name, ids, corners[:, ::-1] + size // 2, group.ravel())


def noisy(counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return counts with small noise; 1 and 2 never appear and zeros stay."""
    counts = counts.astype(int)
    changed = np.maximum(3, counts + rng.choice(_STEPS, counts.shape, p=_CHANCE))
    small = np.where(rng.random(counts.shape) < counts / 3, 3, 0)
    return np.where(counts == 0, 0, np.where(counts < 3, small, changed))


def _shown(counts: np.ndarray) -> np.ndarray:
    """Return counts as text, nothing as a dash."""
    return np.where(counts == 0, DASH, counts.astype(str))


def _decimal(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return numbers with two digits and a decimal comma, a dash where unknown."""
    text = np.array([f"{value:.2f}".replace(".", ",") for value in values])
    return np.where(known, text, DASH)


type _Table = Callable[[_Level, np.random.Generator], str]


def write_census(folder: Path, people: People, housing: Housing) -> None:
    """Write six topics, each with its 10 km, 1 km and 100 m member."""
    rng = people.frame.rng(12)
    levels = [_level(people, name) for name in SIZES]
    topics: dict[str, tuple[str, _Table]] = {
        "Zensus2022_Bevoelkerungszahl": ("Zensus2022_Bevoelkerungszahl", _population(people)),
        "Alter_in_5_Altersklassen": ("Zensus2022_Alter_in_5_Altersklassen", _ages(people)),
        "Typ_des_privaten_Haushalts_Familien": (
            "Typ_des_privaten_Haushalts_Familien/Zensus2022_Typ_priv_HH_Familie",
            _households(housing),
        ),
        "Durchschnittliche_Nettokaltmiete_und_Anzahl_der_Wohnungen": (
            "Durchschnittliche_Nettokaltmiete_und_Anzahl_der_Wohnungen",
            _rents(housing),
        ),
        "Eigentuemerquote_in_Gitterzellen": (
            "Zensus2022_Eigentuemerquote",
            _quota("Eigentuemerquote", housing.owned, housing.dwellings - housing.vacant),
        ),
        "Leerstandsquote_in_Gitterzellen": (
            "Zensus2022_Leerstandsquote",
            _quota("Leerstandsquote", housing.vacant, housing.dwellings),
        ),
    }
    for name, (stem, table) in topics.items():
        members = {f"{stem}_{level.name}-Gitter.csv": table(level, rng) for level in levels}
        write_zip(folder / f"{name}.zip", members)


def _population(people: People) -> _Table:
    def table(level: _Level, rng: np.random.Generator) -> str:
        counts = noisy(level.total(people.residents(CENSUS_YEAR)), rng)
        return _rows(level, {"Einwohner": counts.astype(str)}, counts > 0)

    return table


def _ages(people: People) -> _Table:
    residents = people.residents(CENSUS_YEAR)
    young, old = people.count(CENSUS_YEAR, 0, 3), people.count(CENSUS_YEAR, 6, 7)
    to_29 = people.count(CENSUS_YEAR, 4, 4)
    middle = residents - young - old - to_29
    split = people.frame.rng(13).multinomial(middle, [0.14, 0.45, 0.41])
    parts = np.column_stack([residents, young, to_29 + split[:, 0], split[:, 1:], old])

    def table(level: _Level, rng: np.random.Generator) -> str:
        counts = noisy(level.total(parts), rng)
        columns = zip(AGE_COLUMNS, _shown(counts).T, strict=True)
        return _rows(level, dict(columns), counts[:, 0] > 0)

    return table


def _households(housing: Housing) -> _Table:
    parts = np.column_stack([housing.types.sum(axis=1), housing.types])

    def table(level: _Level, rng: np.random.Generator) -> str:
        counts = noisy(level.total(parts), rng)
        columns = zip(HOUSEHOLD_COLUMNS, _shown(counts).T, strict=True)
        return _rows(level, dict(columns), counts[:, 0] > 0)

    return table


def _rents(housing: Housing) -> _Table:
    def table(level: _Level, rng: np.random.Generator) -> str:
        rented = level.total(housing.rented)
        mean = level.total(housing.rented * housing.rent) / np.maximum(rented, 1)
        counts = noisy(rented, rng)
        columns = {
            "durchschnMieteQM": _decimal(mean, rented >= 3),
            "AnzahlWohnungen": _shown(counts),
            FLAG: _brackets(rented, rng),
        }
        return _rows(level, columns, counts > 0)

    return table


def _quota(name: str, part: np.ndarray, whole: np.ndarray) -> _Table:
    def table(level: _Level, rng: np.random.Generator) -> str:
        base = level.total(whole)
        share = 100 * level.total(part) / np.maximum(base, 1)
        columns = {name: _decimal(share, base >= 3), FLAG: _brackets(base, rng)}
        return _rows(level, columns, base > 0)

    return table


def _brackets(base: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the mark of uncertain values: most of those that rest on few dwellings."""
    unsure = (base >= 3) & (base <= 6) & (rng.random(len(base)) < 0.6)
    return np.where(unsure, BRACKETS, "")


def _rows(level: _Level, columns: dict[str, np.ndarray], listed: np.ndarray) -> str:
    whole = level.head() | columns
    return csv_text({name: values[listed] for name, values in whole.items()})
