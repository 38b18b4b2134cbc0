"""Keys and names of agreed areas, electoral districts and school catchments."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from musterkreis.partition import centres
from musterkreis.people import People
from musterkreis.places import QUARTER_NAMES, TOWNS, YEARS, Town
from musterkreis.settlements import Settlements
from musterkreis.terrain import Frame

PER_DISTRICT = 5
_SIDES = ("Ost", "Nordost", "Nord", "Nordwest", "West", "Südwest", "Süd", "Südost")


@dataclass(frozen=True)
class Registry:
    """Tables indexed by the number of the part, with its key, name and municipality.

    `quarters`: `ags`, `key` (nine characters), `id`, `name`, `decided_by`, `decided_on`;
    `wards` and `catchments`: `ags`, `id`, `name`.
    """

    quarters: pd.DataFrame
    wards: pd.DataFrame
    catchments: pd.DataFrame


def register_areas(frame: Frame, people: People, settled: Settlements) -> Registry:
    """Return keys and names of all parts."""
    rng = frame.rng(14)
    quarters = pd.concat(
        [
            _quarters(people, settled, number, town, rng)
            for number, town in enumerate(TOWNS)
            if town.quarters
        ]
    )
    return Registry(quarters, _wards(people), _catchments(people, settled))


def _parts(people: People, name: str, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of a municipality's parts and their centres by residents."""
    own = (people.cells["owner"] == number).to_numpy()
    part, weight = people.cells[name].to_numpy(), people.residents(YEARS[-1]) + 1e-9
    numbers = np.unique(part[own & (part >= 0)])
    middle = [
        np.average(people.xy[part == one], axis=0, weights=weight[part == one]) for one in numbers
    ]
    return numbers, np.array(middle)


def _quarters(
    people: People, settled: Settlements, number: int, town: Town, rng: np.random.Generator
) -> pd.DataFrame:
    numbers, middle = _parts(people, "quarter", number)
    count = max(1, round(len(numbers) / PER_DISTRICT))
    hearts = centres(middle, np.ones(len(middle)), count, rng)
    hearts = hearts[np.lexsort(hearts.T)]
    gaps = np.hypot(*(middle[:, None] - hearts[None]).transpose(2, 0, 1))
    district = gaps.argmin(axis=1)
    order = np.lexsort([middle[:, 0], district])
    names = _quarter_names(people, settled, town, numbers[order], middle[order], rng)
    keys: list[str] = []
    for one in range(count):
        for position in range(int((district == one).sum())):
            keys.append(f"{one + 1:02d}0{position // 2 + 1:02d}0{len(keys) + 1:03d}")
    body = "Rat der Stadt" if town.kind == "Stadt" else "Rat der Gemeinde"
    day = f"{rng.integers(2023, 2025)}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}"
    table = {
        "ags": town.ags,
        "key": keys,
        "id": [f"{town.ags}-{key}" for key in keys],
        "name": names,
        "decided_by": f"{body} {town.name}",
        "decided_on": day,
    }
    return pd.DataFrame(table, index=numbers[order])


def _quarter_names(
    people: People,
    settled: Settlements,
    town: Town,
    numbers: np.ndarray,
    middle: np.ndarray,
    rng: np.random.Generator,
) -> list[str]:
    """Return names: of the village that makes up a quarter, else invented or by direction."""
    weight, place = people.residents(YEARS[-1]), people.cells["place"].to_numpy()
    free = iter(rng.permutation(QUARTER_NAMES).tolist())
    heart, names = middle.mean(axis=0), list[str]()
    for one, spot in zip(numbers, middle, strict=True):
        own = (people.cells["quarter"] == one).to_numpy()
        mass = np.bincount(place[own], weight[own])
        village = settled.names[int(mass.argmax())]
        if mass.max() > 0.45 * mass.sum() and village not in {town.name, *names}:
            names.append(village)
        elif town.residents > 10_000:
            names.append(next(free))
        else:
            turn = int(np.round(np.arctan2(*(spot - heart)[::-1]) / (np.pi / 4))) % 8
            sides = (f"{town.name} {_SIDES[(turn + step) % 8]}" for step in range(8))
            names.append(next(name for name in sides if name not in names))
    return names


def _wards(people: People) -> pd.DataFrame:
    found = []
    for number, town in enumerate(TOWNS):
        numbers, middle = _parts(people, "ward", number)
        order = numbers[np.lexsort([middle[:, 0], (-middle[:, 1]) // 1_500])]
        labels = [
            f"{position // 10 + 1:02d}{position % 10 + 1:02d}" for position in range(len(order))
        ]
        table = {"ags": town.ags, "id": [f"{town.ags}-{label}" for label in labels],
                 "name": [f"Wahlbezirk {label}" for label in labels]}  # fmt: skip
        found.append(pd.DataFrame(table, index=order))
    return pd.concat(found)


def _catchments(people: People, settled: Settlements) -> pd.DataFrame:
    found = []
    weight, place = people.residents(YEARS[-1]), people.cells["place"].to_numpy()
    for number, town in enumerate(TOWNS):
        numbers = np.unique(people.cells["catchment"][people.cells["owner"] == number])
        names: list[str] = []
        for one in numbers[numbers >= 0]:
            own = (people.cells["catchment"] == one).to_numpy()
            largest = settled.names[int(np.bincount(place[own], weight[own]).argmax())]
            name = f"GGS {largest}"
            names.append(name if name not in names else f"GGS {largest} {len(names) + 1}")
        ids = [f"{town.ags}-G{position + 1:02d}" for position in range(len(names))]
        table = {"ags": town.ags, "id": ids, "name": names}
        found.append(pd.DataFrame(table, index=numbers[numbers >= 0]))
    return pd.concat(found)
