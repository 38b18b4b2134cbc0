"""Made-up cities with three geographies that overlap, and tables published about them.

How a city is made: building blocks on a bent lattice; electoral districts are the blocks
nearest to spaced centres; planning areas and school districts gather whole electoral
districts, then every tenth block at one of their borders goes over to the neighbour, as
where borders were drawn by different offices. A block has children (known to everybody),
and some of them live in poverty, more of them in some planning areas than in others.

What is published: for every area of every geography the number of poor children, and
that of the city. Which of them and how is the `mode`: ``naive`` hides what a rule for
single counts would hide, the others round.
"""

from typing import Any, NamedTuple

import numpy as np
from scipy.spatial import KDTree

SHARES = {"district": 0.60, "planning": 0.24, "school": 0.16}
"""Geographies, and which share of all areas each has."""
MODES = ("naive", "nearest5", "random5", "random3")
CHILDREN, POOR = "children", "poor"
WHOLE = "city"


class City(NamedTuple):
    """One made-up city.

    Parameters
    ----------
    areas
        By geography (blocks,) the number of the area a block lies in.
    children, poor
        (blocks,) children, and how many of them are poor.
    """

    areas: dict[str, np.ndarray]
    children: np.ndarray
    poor: np.ndarray


def city(areas: int, seed: int, *, swap: float = 0.10, blocks: int = 8) -> City:
    """Return a made-up city; same arguments, same city.

    Parameters
    ----------
    areas
        Areas of all three geographies together.
    seed
        Start of the random numbers.
    swap
        Share of the blocks at a border that lie on its other side in that geography.
    blocks
        Blocks for each electoral district.
    """
    rng = np.random.default_rng([seed, areas])
    number = {name: round(areas * share) for name, share in SHARES.items()}
    place = _lattice(number["district"] * blocks, rng)
    district = _nearest(place, place[rng.permutation(len(place))[: number["district"]]])
    sums = np.column_stack([np.bincount(district, axis) for axis in place.T])
    centre = sums / np.bincount(district)[:, None]
    found = {"district": district}
    for name in ("planning", "school"):
        seeds = centre[rng.permutation(len(centre))[: number[name]]]
        found[name] = _swapped(place, _nearest(centre, seeds)[district], swap, rng)
    children = rng.poisson(rng.gamma(2.0, 4.0, len(place)))
    rate = rng.uniform(0.02, 0.35, number["planning"])[found["planning"]]
    return City(found, children, rng.binomial(children, rate))


def indicator(made: City, number: int, seed: int) -> City:
    """Return the same city with another count of its children, rarer or more frequent."""
    rng = np.random.default_rng([seed, number, 30])
    planning = made.areas["planning"]
    rate = rng.uniform(0.01, 0.05 + 0.4 * rng.random(), int(planning.max()) + 1)[planning]
    return made._replace(poor=rng.binomial(made.children, rate))


def publication(
    made: City, *, k: int = 3, mode: str = "naive", seed: int = 0, atoms: bool = True
) -> dict[str, Any]:
    """Return what a city publishes, in the schema of `sozialraum audit publication`.

    Parameters
    ----------
    made
        The city.
    k
        Smallest count that is published, and that the rule protects.
    mode
        ``naive``: counts from 1 to k - 1, and those of which fewer than k children are
        missing to all, are hidden. ``nearest5``: rounded to the nearest multiple of 5;
        ``random5``, ``random3``: to one of the two nearest multiples, without bias.
    seed
        Start of the random rounding.
    atoms
        Whether blocks that lie in the same areas are one unit, as the overlay makes them.
    """
    if atoms:
        made = merged(made)
    rng = np.random.default_rng(seed)
    inside: dict[str, list[str]] = {}
    published = []
    for geography, label in made.areas.items():
        order = np.argsort(label, kind="stable")
        for members in np.split(order, np.flatnonzero(np.diff(label[order])) + 1):
            area = f"{geography}-{label[members[0]]}"
            inside[area] = [f"b{block}" for block in members]
            count, size = int(made.poor[members].sum()), int(made.children[members].sum())
            published.append(_statement(area, count, size, k, mode, rng))
    inside[WHOLE] = [f"b{block}" for block in range(len(made.poor))]
    total = int(made.poor.sum())
    published.append({"kind": "count", "area": WHOLE, "var": POOR, "value": total})
    return {
        "id": f"city-{mode}-{k}",
        "policy": policy(k),
        "variables": {CHILDREN: {"known_per_unit": True}, POOR: {"subset_of": CHILDREN}},
        "units": [
            {"id": f"b{block}", "counts": {CHILDREN: int(size), POOR: int(count)}}
            for block, (size, count) in enumerate(zip(made.children, made.poor, strict=True))
        ],
        "areas": inside,
        "published": published,
        "background": [],
    }


def policy(k: int) -> dict[str, Any]:
    """Return the rule the cities are audited with."""
    return {
        "k": k,
        "min_width": k - 1,
        "require_upper_k": True,
        "complement": True,
        "all_sensitive": True,
        "zero_sensitive": False,
        "min_population": None,
        "insider": False,
        "sensitive": [POOR],
    }


def merged(made: City) -> City:
    """Return the city with blocks that lie in the same areas put together."""
    key = np.column_stack(list(made.areas.values()))
    kinds, atom = np.unique(key, axis=0, return_inverse=True)
    atom = atom.ravel()
    counts = (
        np.bincount(atom, column, len(kinds)).astype(np.int64)
        for column in (made.children, made.poor)
    )
    return City(dict(zip(made.areas, kinds.T, strict=True)), *counts)


def shuffled(case: dict[str, Any], seed: int) -> dict[str, Any]:
    """Return the same publication with units, areas and statements in another order."""
    rng = np.random.default_rng(seed)

    def mixed(items: list[Any]) -> list[Any]:
        return [items[place] for place in rng.permutation(len(items))]

    return case | {
        "units": mixed(case["units"]),
        "areas": {area: mixed(case["areas"][area]) for area in mixed(list(case["areas"]))},
        "published": mixed(case["published"]),
    }


def _lattice(number: int, rng: np.random.Generator) -> np.ndarray:
    """Return (number, 2) places on a lattice, each moved a little."""
    side = int(np.ceil(np.sqrt(number)))
    row, column = np.divmod(np.arange(number), side)
    return np.column_stack([row, column]) + rng.uniform(-0.3, 0.3, (number, 2))


def _nearest(place: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    return np.asarray(KDTree(seeds).query(place)[1])


def _swapped(
    place: np.ndarray, label: np.ndarray, swap: float, rng: np.random.Generator
) -> np.ndarray:
    """Return the labels with some blocks at borders moved to the area beyond."""
    near = label[KDTree(place).query(place, k=5)[1][:, 1:]]
    other = near != label[:, None]
    first = near[np.arange(len(label)), other.argmax(axis=1)]
    moved = other.any(axis=1) & (rng.random(len(label)) < swap)
    return np.where(moved, first, label)


def _statement(
    area: str, count: int, size: int, k: int, mode: str, rng: np.random.Generator
) -> dict[str, Any]:
    about = {"area": area, "var": POOR}
    if mode == "naive":
        shown = (count == 0 or count >= k) and (size == 0 or size - count >= k)
        return (
            {"kind": "count", **about, "value": count} if shown else {"kind": "suppressed", **about}
        )
    base = int(mode[-1])
    lower, rest = divmod(count, base)
    up = 2 * rest >= base if mode.startswith("nearest") else rng.random() < rest / base
    method = mode[:-1]
    return {
        "kind": "rounded",
        **about,
        "value": base * (lower + up),
        "base": base,
        "method": method,
    }
