"""The gate over overlapping geographies and over what is public already."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from counts import further, indicator, make_areas, make_blocks, make_delivery, make_measures
from sozialraum import schema
from sozialraum.disclosure import protect
from sozialraum.disclosure.joint.ground import make_ground
from sozialraum.disclosure.joint.public import public_rows
from sozialraum.disclosure.ledger import publish, read_ledger
from sozialraum.disclosure.links import find_links
from sozialraum.disclosure.register.layers import earlier_areas
from sozialraum.disclosure.sheet import Withheld, make_sheet
from sozialraum.errors import DisclosureError
from sozialraum.indicators import measure
from sozialraum.model import Blocks, Indicator, Measures, Policy, Release
from sozialraum.model.policy import Protection
from sozialraum.schema import State

POLICY = Policy("house", residents=1, denominator=1, k=3, design=("residents",))


def overlapping(seed: int, sizes=(18, 14), per_area: int = 2, share: float = 0.05) -> Measures:
    """Return measures of small areas and of two further geographies that cut across them."""
    random = np.random.default_rng(seed)
    n = sum(sizes)
    people = random.integers(20, 60, n)
    poor = random.binomial(people, share)
    blocks = make_blocks(list(sizes), {"residents": people, "poor": poor})
    areas = make_areas(blocks, per_area=per_area)
    schools = further(blocks, [f"S{(i + 1) // 3}" for i in range(n)], "schools")
    votes = further(blocks, [f"W{(i + 2) // 5}" for i in range(n)], "votes")
    wanted = [Indicator("poverty", "poor", "residents", "Armut", "poverty")]
    return measure(blocks, areas, wanted, others=[schools, votes], residents="residents")


class Attacker:
    """Knows all published numbers, the residents of every block, and nothing else."""

    def __init__(self, measures: Measures, release: Release) -> None:
        overlay = measures.overlay
        self.blocks = list(overlay.index)
        shown = release.table[release.table["state"] == State.VALUE]
        self.rows, self.values = [], []
        for row in shown.itertuples():
            if row.geography == schema.COUNTY_LEVEL:
                inside = np.ones(len(self.blocks))
            else:
                inside = (overlay[row.geography] == row.area_id).to_numpy().astype(float)
            self.rows.append(inside)
            self.values.append(row.numerator)

    def range(self, inside: np.ndarray, most: np.ndarray) -> tuple[int, int]:
        """Return the smallest and the largest count that whole numbers allow."""
        known = LinearConstraint(np.array(self.rows), self.values, self.values)
        ends = []
        for sign in (1, -1):
            found = milp(
                sign * inside.astype(float),
                constraints=known,
                bounds=Bounds(0, most),
                integrality=np.ones(len(inside)),
            )
            assert found.success
            ends.append(round(sign * found.fun))
        return ends[0], ends[1]


@pytest.mark.parametrize("seed", range(4))
def test_nobody_gets_a_small_count_by_subtracting_geographies(seed):
    measures = overlapping(seed)
    release = protect(measures, POLICY)
    attacker = Attacker(measures, release)
    overlay = measures.overlay
    table = measures.table[measures.table["geography"] == schema.OVERLAY_LEVEL]
    counts = table.set_index("area_id")["numerator"]
    bases = table.set_index("area_id")["denominator"]
    atoms = measures.atoms
    from sozialraum.model.overlay import atom_ids

    piece = atom_ids(overlay).to_numpy()
    most = np.array([float(bases[p]) for p in piece])
    found = 0
    for geography in [*atoms.columns, None]:
        groups = piece if geography is None else overlay[geography].to_numpy()
        for name in sorted(set(groups)):
            inside = groups == name
            used = sorted(set(piece[inside]))
            count, base = int(counts[used].sum()), int(bases[used].sum())
            if 1 <= count < 3:
                low, high = attacker.range(_once(inside, piece), _spread(most, piece))
                assert high >= min(3, base), name
                assert high - low >= 2, name
                found += 1
    assert found > 3
    assert (release.table["state"] == State.VALUE).mean() > 0.3


def _once(inside: np.ndarray, piece: np.ndarray) -> np.ndarray:
    """Return the pieces' first blocks that lie inside: one unknown a piece is enough."""
    _, first = np.unique(piece, return_index=True)
    return inside & np.isin(np.arange(len(piece)), first)


def _spread(most: np.ndarray, piece: np.ndarray) -> np.ndarray:
    """Return the largest count of every piece at its first block, 0 at the others."""
    _, first = np.unique(piece, return_index=True)
    return np.where(np.isin(np.arange(len(piece)), first), most, 0.0)


@pytest.fixture
def blocks() -> Blocks:
    return make_blocks([4, 4], {"residents": [100] * 8})


def school_districts(blocks: Blocks, districts: str, own, *, by_area=()) -> Measures:
    """Return pupils as the school office counted them in districts, by their letters."""
    member = [letter.strip() and f"S{letter}" for letter in districts]
    schools = further(blocks, member, "schools")
    keys = sorted(set(member) - {""})
    sent = [("area", key, "pupils", value) for key, value in zip(keys, own, strict=True)]
    deliveries = [make_delivery("office", sent, geography="schools")]
    areas = make_areas(blocks, per_area=2)
    listed = zip(areas.frame.index, by_area, strict=False)
    rows = [("area", key, "pupils", value) for key, value in listed]
    if rows:
        deliveries.append(make_delivery("register", rows))
    numerator = "office.pupils|register.pupils" if rows else "office.pupils"
    wanted = [Indicator("pupils", numerator, "residents", "Schule", "education")]
    return measure(blocks, areas, wanted, deliveries, others=[schools], residents="residents")


def numbers(release: Release, level: str) -> dict[str, float | str]:
    """Return what is shown of the areas of a geography: the count, or the state."""
    table = release.table[release.table["geography"] == level]
    shown = table["numerator"].where(table["state"] == State.VALUE, table["state"])
    return dict(zip(table["area_id"], shown, strict=True))


def test_not_agreed_holds_where_only_further_areas_have_numbers(blocks):
    measures = school_districts(blocks, "12222344", [20, 30, 40, 50])
    release = protect(measures, POLICY, withheld=[Withheld("05999001")])
    assert numbers(release, "schools") == {"S1": State.NOT_RELEASED, "S2": 30, "S3": 40, "S4": 50}


def test_not_agreed_looks_the_same_for_large_and_small_counts(blocks):
    measures = school_districts(blocks, "12223444", [1, 30, 40, 50])
    shown = numbers(protect(measures, POLICY, withheld=[Withheld("05999001")]), "schools")
    assert shown["S1"] == shown["S2"] == State.NOT_RELEASED


@pytest.mark.parametrize("districts", ["11223344", "12223344", "12222344"])
def test_few_people_without_address_do_not_follow_from_another_geography(blocks, districts):
    rows = [("cell", b, "pupils", 10 + i) for i, b in enumerate(blocks.frame.index)]
    rows += [("municipality", "05999001", "pupils", 48), ("municipality", "05999002", "pupils", 62)]
    schools = further(blocks, [f"S{letter}" for letter in districts], "schools")
    areas = make_areas(blocks, per_area=2)
    wanted = [Indicator("pupils", "school.pupils", "residents", "Schule", "education")]
    sent = [make_delivery("school", rows)]
    measures = measure(blocks, areas, wanted, sent, others=[schools], residents="residents")
    release = protect(measures, POLICY)
    shown = numbers(release, "schools")
    total = numbers(release, "gemeinde")["05999001"]
    assert any(isinstance(value, str) for value in (*shown.values(), total))


def test_numbers_for_other_areas_that_differ_are_taken_as_they_are(blocks):
    measures = school_districts(blocks, "11223344", [20, 30, 40, 50], by_area=[21, 29, 40, 50])
    shown = numbers(protect(measures, POLICY), "schools")
    assert {key for key, value in shown.items() if not isinstance(value, str)} <= set(shown)
    assert len(shown) == 4


@pytest.mark.parametrize("districts", ["12222344", "1223334 "])
def test_numbers_that_cannot_all_be_true_are_a_clear_refusal(blocks, districts):
    measures = school_districts(blocks, districts, [20, 30, 40, 50], by_area=[20, 20, 20, 20])
    with pytest.raises(DisclosureError) as caught:
        protect(measures, POLICY)
    assert caught.value.message == "disclosure.contradiction"
    assert "pupils" in caught.value.text("de")


@pytest.mark.parametrize(
    "protection",
    [Protection("random-rounding", base=3), Protection("cell-key", max_deviation=2, variance=1.0)],
)
def test_hiding_alone_does_not_tell_a_protected_zero(protection):
    bases = {"a": [100] * 6}
    counts = {"a": {"2025-12-31": [0, 1, 2, 0, 9, 8]}}
    measures = make_measures(counts, [indicator("a", zero_sensitive=True)], [6], denominators=bases)
    policy = replace(POLICY, protection=protection)
    shown = list(numbers(protect(measures, policy, key=b"0123456789abcdef"), "sozialraum").values())
    assert [isinstance(value, str) for value in shown] == [True] * 4 + [False] * 2


def test_processes_and_progress():
    measures = overlapping(1)
    told: list[tuple[int, int]] = []
    one = protect(measures, POLICY, notify=lambda done, of: told.append((done, of)))
    two = protect(measures, POLICY, workers=2)
    pd.testing.assert_frame_equal(one.table, two.table)
    assert one.audit == two.audit
    assert told
    assert all(1 <= done <= of for done, of in told)


def test_a_count_shown_earlier_as_a_denominator_is_known(tmp_path):
    """Young people among the poor were published once: that told how many are poor."""
    random = np.random.default_rng(3)
    people = random.integers(200, 300, 12)
    poor = random.binomial(people, 0.4)
    young = random.binomial(poor, 0.4)
    counts = {"residents": people, "poor": poor, "young": young}
    blocks = make_blocks([12], counts)
    signed = replace(POLICY, decided_by="x", decided_on="2026-01-02", dpo_consulted_on="2026-01-01")
    share = Indicator("share", "young", "poor", "Junge", "young")
    first = measure(blocks, make_areas(blocks, per_area=3), [share], residents="residents")
    ledger = read_ledger(tmp_path / "v.jsonl")
    ledger = publish(protect(first, signed, ledger=ledger), ledger, signed_by="x").ledger
    poverty = Indicator("poverty", "poor", "residents", "Armut", "poverty")
    earlier = earlier_areas(ledger)
    second = measure(
        blocks, make_areas(blocks, per_area=2), [poverty], residents="residents", earlier=earlier
    )
    sheet = make_sheet(second, signed)
    ground = make_ground(second, signed, sheet, find_links(sheet), sheet.cells.published)
    known = public_rows(ledger.parts(), ground, sheet.tables)
    of_three = {int(poor[i : i + 3].sum()) for i in range(0, 12, 3)}
    assert of_three <= set(known.low.tolist())
    assert (known.low == known.high).all()
