"""An attacker on releases over several geographies; nothing of the library's audit is used.

It knows all published numbers, now and earlier, all denominators, which indicator is part
of which, and what a supplier's mark means. Every count is one whole number a piece; what a
total holds beside its pieces (people without address) is an unknown of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from counts import AGENCY, further, make_areas, make_blocks, make_delivery
from sozialraum import schema
from sozialraum.model import Areas, Blocks, Delivery, Indicator, Policy, Release
from sozialraum.schema import State

POLICY = Policy(
    "house",
    residents=25,
    denominator=8,
    k=3,
    design=("residents",),
    decided_by="Kreistag",
    decided_on="2025-01-01",
    dpo_consulted_on="2025-01-01",
)
UNKNOWN = 10**6
"""A denominator where there is none."""
type Key = tuple[str, str]


class Rule(NamedTuple):
    """What protects the counts of one indicator."""

    k: int
    zero: bool = False


@dataclass
class County:
    """Blocks, true counts of each by indicator, areas of every geography, and deliveries."""

    blocks: Blocks
    areas: Areas
    others: list[Areas]
    wanted: list[Indicator]
    truth: dict[str, np.ndarray]
    bases: dict[str, np.ndarray]
    rules: dict[str, Rule]
    deliveries: list[Delivery] = field(default_factory=list)
    marked: dict[Key, tuple[int, int]] = field(default_factory=dict)
    gaps: dict[tuple[str, str], int] = field(default_factory=dict)

    def places(self) -> dict[Key, np.ndarray]:
        """Return the blocks of every place as ones, by geography and key."""
        unit = self.blocks.frame["municipality"].to_numpy()
        found = {(schema.COUNTY_LEVEL, ""): np.ones(len(unit), dtype=int)}
        layers = [(schema.MUNICIPALITY_LEVEL, unit)]
        of = [self.areas, *self.others]
        layers += [(one.geography or schema.AREAS_LEVEL, one.membership.to_numpy()) for one in of]
        for geography, member in layers:
            for key in sorted(set(member) - {""}):
                found[geography, key] = (member == key).astype(int)
        return found


def _layer(random: np.random.Generator, n: int, letter: str, *, gaps: bool) -> list[str]:
    """Return areas of consecutive blocks; some blocks lie in none."""
    cuts = np.cumsum(random.random(n) < random.choice([0.3, 0.5, 0.7]))
    member = [f"{letter}{cut}" for cut in cuts]
    if gaps and len(set(cuts)) > 1:
        lost = f"{letter}{random.choice(cuts)}"
        member = ["" if one == lost else one for one in member]
    return member


def make_county(
    seed: int, *, agency: bool = False, gap: bool = False, zero: bool = False, further_ones: int = 2
) -> County:
    """Return a small made-up county; `agency`: one count is known for areas only."""
    random = np.random.default_rng(seed)
    sizes = [int(s) for s in random.integers(2, 6, random.integers(1, 4))]
    n = sum(sizes)
    people = random.integers(10, 60, n) * (random.random(n) < 0.93)
    kids = random.binomial(people, 0.4)
    share = random.choice([0.04, 0.08, 0.2])
    poor = random.binomial(people, share)
    young = np.minimum(random.binomial(kids, share), poor)
    counts = {"residents": people, "kids": kids, "poor": poor, "young": young}
    blocks = make_blocks(sizes, counts)
    areas = make_areas(blocks, per_area=int(random.integers(1, 4)))
    names = ["schools", "votes"][:further_ones]
    others = [
        further(blocks, _layer(random, n, name[0].upper(), gaps=random.random() < 0.4), name)
        for name in names
    ]
    wanted = [Indicator("a", "poor", "residents", "a", "poverty", zero_sensitive=zero)]
    wanted.append(Indicator("b", "young", "kids", "b", "poverty", part_of="a"))
    county = County(
        blocks,
        areas,
        others,
        wanted,
        {"a": poor, "b": young},
        {"a": people, "b": kids},
        {"a": Rule(3, zero), "b": Rule(3)},
    )
    if agency:
        _add_agency(county, random, people)
    if gap:
        _add_register(county, random, people)
    return county


def _add_agency(county: County, random: np.random.Generator, people: np.ndarray) -> None:
    persons = random.binomial(people, random.choice([0.1, 0.3]))
    member = county.areas.membership.to_numpy()
    rows = []
    for key in county.areas.frame.index:
        count = int(persons[member == key].sum())
        rows.append(("area", key, "persons", "*" if 1 <= count < 10 else count))
        if 1 <= count < 10:
            county.marked["c", key] = (1, 9)
    if random.random() < 0.6:
        unit = county.blocks.frame["municipality"].to_numpy()
        for key in sorted(set(unit)):
            count = int(persons[unit == key].sum())
            rows.append(("municipality", key, "persons", "*" if 1 <= count < 10 else count))
    county.deliveries.append(make_delivery("sgb2", rows, AGENCY))
    county.wanted.append(Indicator("c", "sgb2.persons", "residents", "c", "poverty"))
    county.truth["c"], county.bases["c"] = persons, people
    county.rules["c"] = Rule(10)


def _add_register(county: County, random: np.random.Generator, people: np.ndarray) -> None:
    pupils = random.binomial(people, random.choice([0.05, 0.2]))
    ids = county.blocks.frame.index
    rows = [("cell", b, "pupils", int(v)) for b, v in zip(ids, pupils, strict=True)]
    unit = county.blocks.frame["municipality"].to_numpy()
    for key in sorted(set(unit)):
        county.gaps["d", key] = int(random.choice([0, 0, 1, 2, 5]))
        total = int(pupils[unit == key].sum()) + county.gaps["d", key]
        rows.append(("municipality", key, "pupils", total))
    county.deliveries.append(make_delivery("school", rows))
    county.wanted.append(Indicator("d", "school.pupils", None, "d", "education"))
    county.truth["d"] = pupils
    county.bases["d"] = np.full(len(ids), UNKNOWN)
    county.rules["d"] = Rule(3)


class Attacker:
    """Sees releases; gives the exact range of any sum."""

    def __init__(self, county: County) -> None:
        self.county = county
        self.names = list(county.truth)
        self.units = sorted(set(county.blocks.frame["municipality"]))
        self.known: list[tuple[np.ndarray, float, float]] = []
        self.before: list[tuple[np.ndarray, float, float]] = []
        n = len(county.blocks.frame)
        self.size = n * len(self.names) + len(self.names) * len(self.units)

    def row(self, name: str, inside: np.ndarray, place: Key | None = None) -> np.ndarray:
        """Return factors of all unknowns for a sum of blocks, people without address beside."""
        n = len(inside)
        found = np.zeros(self.size)
        t = self.names.index(name)
        found[t * n : (t + 1) * n] = inside
        if place is not None:
            first = len(self.names) * n + t * len(self.units)
            for u, unit in enumerate(self.units):
                whole = place[0] == schema.COUNTY_LEVEL or place == (
                    schema.MUNICIPALITY_LEVEL,
                    unit,
                )
                found[first + u] = float(whole)
        return found

    def nowhere(self, name: str, unit: str) -> np.ndarray:
        """Return factors for the people of a municipality who are in none of its blocks."""
        found = np.zeros(self.size)
        first = len(self.county.blocks.frame) * len(self.names)
        position = self.names.index(name) * len(self.units) + self.units.index(unit)
        found[first + position] = 1
        return found

    def see(self, release: Release, places: Mapping[Key, np.ndarray], *, before: bool) -> None:
        """Take note of all numbers of a release."""
        target = self.before if before else self.known
        shown = release.table[release.table["state"] == State.VALUE]
        how = release.policy.protection
        for row in shown.itertuples():
            if row.indicator not in self.names:
                continue
            key = (row.geography, "" if row.geography == schema.COUNTY_LEVEL else row.area_id)
            value = row.numerator
            reach = 0
            if how.method.endswith("rounding"):
                reach = how.base - 1
            elif how.method == "cell-key":
                reach = how.max_deviation
            low = max(value - reach, 0)
            if how.method == "cell-key" and value > 0:
                low = max(low, 1)
            target.append((self.row(row.indicator, places[key], key), low, value + reach))

    def _links(self, *, marks: bool = True) -> Iterable[tuple[np.ndarray, float, float]]:
        county = self.county
        n = len(county.blocks.frame)
        for one in county.wanted:
            if one.part_of in self.names and one.id in self.names:
                for i in range(n):
                    inside = np.eye(n)[i]
                    yield self.row(one.part_of, inside) - self.row(one.id, inside), 0, np.inf
        if marks:
            places = county.places()
            for (name, key), (low, high) in county.marked.items():
                if name in self.names:
                    yield self.row(name, places[schema.AREAS_LEVEL, key]), low, high

    def rows(self, *, own: bool, insider: str = "") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return everything known; without this release if not `own`."""
        all_rows = [*self._links(), *self.before, *(self.known if own else [])]
        if insider:
            unit = self.county.blocks.frame["municipality"].to_numpy()
            for name in self.names:
                for i in np.flatnonzero(unit == insider):
                    value = self.county.truth[name][i]
                    all_rows.append((self.row(name, np.eye(len(unit))[i]), value, value))
        if not all_rows:
            return np.zeros((1, self.size)), np.zeros(1), np.zeros(1)
        return tuple(np.array(part, dtype=float) for part in zip(*all_rows, strict=True))

    def range(
        self, target: np.ndarray, known: tuple[np.ndarray, np.ndarray, np.ndarray]
    ) -> tuple[int, int]:
        """Return the smallest and the largest sum that whole numbers allow."""
        bases = [self.county.bases[name] for name in self.names]
        gap_most = [
            1e6 if (name, unit) in self.county.gaps else 0.0
            for name in self.names
            for unit in self.units
        ]
        most = np.concatenate([*bases, gap_most]).astype(float)
        ends = []
        for sign in (1, -1):
            found = milp(
                sign * target,
                constraints=LinearConstraint(*known),
                bounds=Bounds(0, most),
                integrality=np.ones(len(target)),
                # with it HiGHS calls some programmes infeasible that the truth solves
                options={"mip_rel_gap": 0, "presolve": False},
            )
            if found.status == 3:  # unbounded
                ends.append(10**7)
                continue
            assert found.success, found.message
            ends.append(round(sign * found.fun))
        return ends[0], ends[1]


class Target(NamedTuple):
    """Blocks whose sum somebody could single out; of a place, its people without address too."""

    name: str
    label: str
    inside: np.ndarray
    place: Key | None


def targets(
    county: County, places: Mapping[Key, np.ndarray], hidden: Mapping[str, set[Key]]
) -> list[Target]:
    """Return places, pieces, intersections, differences, unions of hidden siblings."""
    keys = list(places)
    sets: dict[bytes, tuple[str, np.ndarray]] = {}

    def add(label: str, inside: np.ndarray) -> None:
        if inside.any():
            sets.setdefault(inside.astype(np.int8).tobytes(), (label, inside))

    matrix = np.array([places[key] for key in keys])
    _, piece = np.unique(matrix.T, axis=0, return_inverse=True)
    piece = piece.ravel()
    for one, other in combinations(keys, 2):
        a, b = places[one], places[other]
        add(f"{one}&{other}", a & b)
        add(f"{one}-{other}", a & (1 - b))
        add(f"{other}-{one}", b & (1 - a))
    for number in range(piece.max() + 1):
        add(f"piece {number}", (piece == number).astype(int))
    found = []
    for name in county.truth:
        found += [Target(name, str(key), places[key], key) for key in keys]
        found += [Target(name, label, inside, None) for label, inside in sets.values()]
        unit = county.blocks.frame["municipality"].to_numpy()
        for one, other in combinations(sorted(hidden.get(name, ())), 2):
            if one[0] != other[0]:
                continue
            both = places[one] | places[other]
            if one[0] != schema.MUNICIPALITY_LEVEL and len(set(unit[both > 0])) > 1:
                continue
            found.append(Target(name, f"{one}+{other}", both, None))
    return found


class Leak(NamedTuple):
    """A sum that is known too well."""

    name: str
    label: str
    count: int
    low: int
    high: int


class Need(NamedTuple):
    """Largest lower end, smallest upper end and smallest width of what may be known."""

    low: int
    high: int
    width: int

    def unmet(self, low: int, high: int) -> bool:
        return low > self.low or high < self.high or high - low < self.width

    def within(self, low: int, high: int) -> "Need":
        """Return the need as far as something else has not closed it already."""
        return Need(max(self.low, low), min(self.high, high), min(self.width, high - low))


NONE = Need(10**8, 0, 0)


def need_of(n: int, base: int, rule: Rule, *, uncertain: bool) -> Need:
    """Return what must remain possible of a count n of `base`."""
    low, high, width = NONE
    if 1 <= n < rule.k:
        high, width = min(rule.k, base), min(rule.k - 1, base)
    if base < UNKNOWN and 1 <= base - n < rule.k:
        low, width = base - min(rule.k, base), min(rule.k - 1, base)
    if n == 0 and rule.zero:
        high = 1
    return Need(low, high, max(width, int(uncertain)))


@dataclass
class Trial:
    """An attack on one release.

    `secret` are municipality and indicator of what was not agreed to; an `insider` is a
    municipality that knows the counts of its own blocks.
    """

    county: County
    attacker: Attacker
    places: Mapping[Key, np.ndarray]
    hidden: Mapping[str, set[Key]]
    policy: Policy = POLICY
    secret: Sequence[tuple[str, str]] = ()
    insider: str = ""

    def __post_init__(self) -> None:
        self.known = self.attacker.rows(own=True, insider=self.insider)
        self.alone = self.attacker.rows(own=False, insider=self.insider)
        self.unit = self.county.blocks.frame["municipality"].to_numpy()

    def run(self) -> list[Leak]:
        """Return what the attacker gets that he must not."""
        judged = [self._sum(one) for one in targets(self.county, self.places, self.hidden)]
        nowhere = [self._nowhere(*key, gap) for key, gap in self.county.gaps.items()]
        return [leak for leak in (*judged, *nowhere) if leak is not None]

    def _sum(self, one: Target) -> Leak | None:
        own = one.inside * (self.unit == self.insider)
        if own.any() and one.place is not None:
            return None
        inside = one.inside - own
        n = int(self.county.truth[one.name] @ inside) + self._gap(one)
        base = int(self.county.bases[one.name] @ inside)
        if base == 0:
            return None
        need = need_of(
            n, base, self.county.rules[one.name], uncertain=self._uncertain(one.name, inside, n)
        )
        row = self.attacker.row(one.name, inside, one.place)
        return self._judged(Leak(one.name, one.label, n, 0, 0), row, need)

    def _uncertain(self, name: str, inside: np.ndarray, n: int) -> bool:
        """Return True for thin places, and for what was not agreed to."""
        residents = int(self.county.bases["a"] @ inside)
        base = int(self.county.bases[name] @ inside)
        if residents < self.policy.residents or base < self.policy.denominator:
            return True
        units = set(self.unit[inside > 0])
        return n > 0 and any(units == {u} and of in ("", name) for u, of in self.secret)

    def _gap(self, one: Target) -> int:
        """Return the people of a place who are in none of its blocks."""
        if one.place is None:
            return 0
        level, key = one.place
        gaps = {u: gap for (name, u), gap in self.county.gaps.items() if name == one.name}
        return sum(gaps.values()) if level == schema.COUNTY_LEVEL else gaps.get(key, 0)

    def _nowhere(self, name: str, unit: str, gap: int) -> Leak | None:
        if gap == 0 or unit == self.insider:
            return None
        row = self.attacker.nowhere(name, unit)
        need = need_of(gap, UNKNOWN, self.county.rules[name], uncertain=False)
        return self._judged(Leak(name, f"nowhere in {unit}", gap, 0, 0), row, need)

    def _judged(self, leak: Leak, row: np.ndarray, need: Need) -> Leak | None:
        if need == NONE:
            return None
        low, high = self.attacker.range(row, self.known)
        assert low <= leak.count <= high
        if need.unmet(low, high):
            need = need.within(*self.attacker.range(row, self.alone))
        return leak._replace(low=low, high=high) if need.unmet(low, high) else None


def leaks(county: County, attacker: Attacker, release: Release, **options: Any) -> list[Leak]:
    """Return what the attacker gets of a release that he must not."""
    options = {"places": county.places(), **options}
    return Trial(county, attacker, hidden=hidden_of(release), **options).run()


def hidden_of(release: Release) -> dict[str, set[Key]]:
    """Return the places of which a count is hidden, by indicator."""
    table = release.table[release.table["state"].isin([State.SUPPRESSED, State.NOT_RELEASED])]
    found: dict[str, set[Key]] = {}
    for row in table.itertuples():
        key = (row.geography, "" if row.geography == schema.COUNTY_LEVEL else row.area_id)
        found.setdefault(row.indicator, set()).add(key)
    return found


def with_areas(county: County, per_area: int) -> County:
    """Return the county with small areas of other boundaries."""
    return replace(county, areas=make_areas(county.blocks, per_area=per_area))
