"""Who lives in the cells: residents by age and sex over the years, households, dwellings."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd

from musterkreis.borders import to_utm
from musterkreis.places import TOWNS, YEARS
from musterkreis.settlements import ALL_TOWNS
from musterkreis.terrain import CELL, ORIGIN, Frame

AGES = ("0_2", "3_5", "6_14", "15_17", "18_24", "25_64", "65_79", "80_plus")
SEXES = ("m", "w")
_SHARE = np.array([0.027, 0.028, 0.088, 0.029, 0.072, 0.536, 0.152, 0.068])
_MALE = np.array([0.513, 0.513, 0.513, 0.513, 0.515, 0.500, 0.475, 0.385])
_YOUTH = np.array([1.0, 1.0, 0.9, 0.5, 0.0, 0.1, -0.2, -0.2])
_OLD = np.array([-0.2, -0.2, -0.2, -0.1, -0.1, -0.1, 0.6, 0.9])
_TREND = np.array([0.002, 0.004, 0.008, -0.002, -0.006, -0.002, 0.004, 0.012])
_MOVE = np.array([0.38, 0.38, 0.18, 0.38, 0.22, 0.065, 0.11, 0.18])
CENSUS_YEAR = 2021
"""The register of the last day of this year is nearest to the census of 15 May 2022."""


@dataclass(frozen=True)
class People:
    """Residents of every cell.

    `cells` has a row a cell (of the neighbours too), with `cell`, `owner`, `quarter`,
    `ward`, `catchment`, `place`, `depth`; `register` counts (years, cells, ages, sexes).
    """

    frame: Frame
    cells: pd.DataFrame
    register: np.ndarray

    @cached_property
    def inside(self) -> np.ndarray:
        """True for cells of the county itself."""
        return self.cells["owner"].to_numpy() < len(TOWNS)

    @cached_property
    def corner(self) -> np.ndarray:
        """South-western corner of every cell in EPSG:3035, east and north."""
        return np.round(self.frame.centres[self.cells["cell"]] - CELL / 2 + ORIGIN).astype(int)

    @cached_property
    def ids(self) -> np.ndarray:
        """INSPIRE id of every cell: northing first."""
        return np.array([f"CRS3035RES100mN{n}E{e}" for e, n in self.corner])

    @cached_property
    def xy(self) -> np.ndarray:
        """Centre of every cell in EPSG:25832."""
        import shapely

        return shapely.get_coordinates(
            to_utm(shapely.points(self.frame.centres[self.cells["cell"]]))
        )

    def count(self, year: int, first: int, last: int) -> np.ndarray:
        """Return the residents of the age groups `first` to `last` (positions in `AGES`)."""
        return self.register[YEARS.index(year), :, first : last + 1].sum(axis=(1, 2))

    def residents(self, year: int) -> np.ndarray:
        """Return all residents of every cell."""
        return self.count(year, 0, len(AGES) - 1)


def live(frame: Frame, cells: pd.DataFrame) -> People:
    """Return residents whose number and age change slowly over the years."""
    rng = frame.rng(8)
    target = _expected(frame, rng, cells)
    state = rng.poisson(target[0])
    years = [state]
    leave = _MOVE[:, None]
    for before, expected in pairwise(target):
        stay = np.minimum(1 - leave, expected / before)
        state = rng.binomial(state, stay) + rng.poisson(expected - stay * before)
        years.append(state)
    register = np.array(years)
    lived_in = register.sum(axis=(0, 2, 3)) > 0
    return People(frame, cells[lived_in].reset_index(drop=True), register[:, lived_in])


def _expected(frame: Frame, rng: np.random.Generator, cells: pd.DataFrame) -> np.ndarray:
    """Return the expected residents by year, cell, age and sex."""
    xy = frame.centres[cells["cell"]]
    youth = 0.09 * frame.sample(frame.field(rng, 1.6), xy) + 0.06 * rng.standard_normal(len(xy))
    old = 0.18 * frame.sample(frame.field(rng, 2.0), xy) + 0.08 * rng.standard_normal(len(xy))
    growth = rng.normal(0.0035, 0.004, len(ALL_TOWNS))[cells["owner"]]
    log_share = np.log(_SHARE) + youth[:, None] * _YOUTH + old[:, None] * _OLD
    expected = []
    for year in YEARS:
        share = np.exp(log_share + _TREND * (year - YEARS[-1]))
        share = share / share.sum(axis=1, keepdims=True)
        size = cells["mean"].to_numpy() * np.exp(growth * (year - YEARS[-1]))
        both = size[:, None] * share
        expected.append(np.stack([both * _MALE, both * (1 - _MALE)], axis=-1))
    return np.array(expected)


@dataclass(frozen=True)
class Housing:
    """Households by type and dwellings by use, of every cell, in one year.

    `types` (cells, 5): single, couples without and with children, lone parents, others.
    """

    types: np.ndarray
    dwellings: np.ndarray
    owned: np.ndarray
    vacant: np.ndarray
    rent: np.ndarray

    @property
    def rented(self) -> np.ndarray:
        """Dwellings that are let."""
        return self.dwellings - self.owned - self.vacant


def house(people: People, lone: np.ndarray, year: int = CENSUS_YEAR) -> Housing:
    """Return households and dwellings; `lone` is a factor on the share of lone parents."""
    frame, rng = people.frame, people.frame.rng(9)
    smooth = frame.sample(frame.field(rng, 3.0), frame.centres[people.cells["cell"]])
    residents = people.residents(year)
    per_cell = np.array([town.per_cell for town in ALL_TOWNS])[people.cells["owner"]]
    urban = np.clip((per_cell - 8) / 28, 0, 1)
    size = 2.38 - 0.34 * urban + 0.1 * rng.standard_normal(len(residents))
    households = np.where(residents > 0, np.maximum(1, np.round(residents / size)), 0).astype(int)
    share = np.column_stack(
        [
            0.33 + 0.09 * urban,
            np.full(len(urban), 0.26),
            0.285 - 0.06 * urban,
            (0.065 + 0.015 * urban) * lone,
            np.full(len(urban), 0.035),
        ]
    )
    types = rng.multinomial(households, share / share.sum(axis=1, keepdims=True))
    empty = np.clip(0.034 + 0.02 * (1 - urban) + 0.008 * smooth, 0.005, 0.2)
    vacant = rng.binomial(np.maximum(households, 1), empty)
    owner_share = np.clip(0.74 - 0.36 * urban + 0.05 * smooth - 0.25 * (lone > 1), 0.05, 0.95)
    owned = rng.binomial(households, owner_share)
    rent = 6.1 + 2.6 * urban + 0.35 * smooth - 0.7 * (lone > 1)
    rent = rent + 0.5 * rng.standard_normal(len(residents))
    return Housing(types, households + vacant, owned, vacant, np.clip(rent, 3.5, 14))
