"""What the measurements of the auditor rest on: made-up cities, and an oracle of their own."""

import itertools
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

import oracle

TOOLS = Path(__file__).parents[2] / "tools"
sys.path.insert(0, str(TOOLS))
try:
    from audit_bench import cities, county, oracles, peer, record
    from audit_bench.small import small
finally:
    sys.path.remove(str(TOOLS))


@pytest.fixture(scope="module")
def town() -> cities.City:
    return cities.city(500, 0)


def test_a_city_has_three_geographies_in_their_shares(town):
    """Origin of the shares: 60, 24 and 16 % of all areas, eight blocks a district."""
    number = {name: len(np.unique(label)) for name, label in town.areas.items()}
    assert number == {"district": 300, "planning": 120, "school": 80}
    assert len(town.children) == 300 * 8
    assert ((town.poor >= 0) & (town.poor <= town.children)).all()
    # origin: a gamma mean of 8 children a block, rates from 2 to 35 %
    assert town.children.mean() == pytest.approx(8, abs=0.5)
    assert town.poor.sum() / town.children.sum() == pytest.approx(0.185, abs=0.04)


def test_without_swapping_districts_lie_in_one_area_and_with_it_some_are_cut(town):
    straight = cities.city(500, 0, swap=0.0)
    for name in ("planning", "school"):
        pairs = np.column_stack([straight.areas["district"], straight.areas[name]])
        assert len(np.unique(pairs, axis=0)) == 300
        moved = np.mean(town.areas[name] != _usual(town.areas["district"], town.areas[name]))
        assert 0.01 < moved < 0.10


def _usual(district: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Return the area that most blocks of a district lie in, for every block."""
    counts = np.zeros((district.max() + 1, label.max() + 1), dtype=int)
    np.add.at(counts, (district, label), 1)
    return counts.argmax(axis=1)[district]


@pytest.mark.parametrize("areas", [500, 2_000])
def test_all_areas_hang_together(areas):
    """One connected component, without the total: nothing can be audited piece by piece."""
    made = cities.merged(cities.city(areas, 1))
    shift = np.cumsum([0, *(label.max() + 1 for label in made.areas.values())])
    columns = [label + start for label, start in zip(made.areas.values(), shift, strict=False)]
    rows = np.repeat(np.arange(len(made.poor)), 3)
    size = (len(made.poor), int(shift[-1]))
    place = csr_array((np.ones(len(rows)), (rows, np.column_stack(columns).ravel())), shape=size)
    assert connected_components(place.T @ place)[0] <= 2
    _, label = connected_components(place.T @ place)
    assert np.bincount(label).max() > 0.99 * len(label)


def test_same_seed_same_city_and_other_indicators_keep_the_children(town):
    same, other = cities.city(500, 0), cities.city(500, 1)
    assert (same.poor == town.poor).all()
    assert not np.array_equal(other.poor, town.poor)
    second = cities.indicator(town, 1, 0)
    assert (second.children == town.children).all()
    assert (second.poor <= second.children).all()
    assert not np.array_equal(second.poor, cities.indicator(town, 2, 0).poor)


@pytest.mark.parametrize(("mode", "k"), [*itertools.product(cities.MODES, (3, 5))])
def test_what_a_city_publishes_is_true(mode, k):
    """The oracle refuses statements that the truth does not meet."""
    made = cities.city(60, 3)
    case = cities.publication(made, k=k, mode=mode, seed=5)
    facts = oracle.read(case)
    kinds = {statement["kind"] for statement in case["published"]}
    assert kinds == ({"count", "suppressed"} if mode == "naive" else {"count", "rounded"})
    assert len(case["published"]) == len(case["areas"]) == 1 + 36 + 14 + 10
    assert len(facts.columns) == 2 * len(case["units"])
    if mode == "naive":
        shown = [one["value"] for one in case["published"] if one["kind"] == "count"]
        assert not any(0 < value < k for value in shown)


def test_blocks_and_their_atoms_publish_the_same():
    made = cities.city(60, 3)
    fine, coarse = (cities.publication(made, atoms=atoms) for atoms in (False, True))
    assert len(fine["units"]) == 36 * 8 > len(coarse["units"])

    def shown(case):
        return [(one["kind"], one["area"], one.get("value")) for one in case["published"]]

    assert shown(fine) == shown(coarse)


def test_shuffling_moves_everything_and_changes_nothing():
    case = cities.publication(cities.city(60, 3))
    mixed = cities.shuffled(case, 1)
    assert [unit["id"] for unit in mixed["units"]] != [unit["id"] for unit in case["units"]]
    assert sorted(map(json.dumps, mixed["published"])) == sorted(map(json.dumps, case["published"]))
    assert {name: sorted(units) for name, units in mixed["areas"].items()} == {
        name: sorted(units) for name, units in case["areas"].items()
    }
    targets = oracle.families(case, without=[cities.WHOLE])
    assert oracle.leaks(mixed, peer.bounds, targets) == oracle.leaks(case, peer.bounds, targets)


def test_small_publications_are_true_and_of_every_kind():
    cases = [small(seed) for seed in range(120)]
    assert small(7) == small(7) != small(8)
    for case in cases:
        oracle.read(case)
        assert json.loads(json.dumps(case)) == case
    kinds = {one["kind"] for case in cases for one in case["published"]}
    assert kinds == {
        "count", "suppressed", "range", "rounded", "perturbed",
        "rate", "rate_class", "affine_index", "order", "linear",
    }  # fmt: skip
    methods = {one.get("method") for case in cases for one in case["published"]}
    assert {"nearest", "random", "up", "down"} <= methods
    assert any("known_range" in one for case in cases for one in case["published"])
    for flag in ("zero_sensitive", "insider", "complement", "require_upper_k", "all_sensitive"):
        assert {case["policy"][flag] for case in cases} == {True, False}
    assert {case["policy"]["min_population"] is None for case in cases} == {True, False}
    universes = [case["variables"] for case in cases]
    assert any(about.get("poor") and "max_per_unit" in about["people"] for about in universes)
    assert any("alone" in about for about in universes)


def test_enumeration_finds_every_solution():
    """Origin: x + y = 3 with x ≤ 2, y ≤ 2 has (1, 2) and (2, 1); 2 x ≤ 3 y leaves the first."""
    facts = oracle.Facts(
        {("a", "x"): 0, ("b", "x"): 1},
        np.array([0, 0]),
        np.array([2, 2]),
        np.array([1, 2]),
        [oracle.Row({0: 1, 1: 1}, 3, 3)],
    )
    assert sorted(np.concatenate(list(oracle.solutions(facts))).tolist()) == [[1, 2], [2, 1]]
    fewer = facts._replace(rows=[*facts.rows, oracle.Row({0: -2, 1: 3}, 0, oracle.NONE)])
    assert np.concatenate(list(oracle.solutions(fewer))).tolist() == [[1, 2]]
    with pytest.raises(oracle.TooManyError):
        oracle.enumerated(facts, csr_array(np.eye(2, dtype=int)), limit=1)


def test_both_oracles_agree():
    """On publications with at most two thousand solutions."""
    compared = 0
    for seed in range(30):
        facts = oracle.read(small(seed))
        questions = csr_array(np.eye(len(facts.columns), dtype=np.int64))
        try:
            low, high = oracle.enumerated(facts, questions, limit=2_000)
        except oracle.TooManyError:
            continue
        compared += 1
        by_solver = oracle.solved(facts, questions)
        assert (low == by_solver[0]).all()
        assert (high == by_solver[1]).all()
    assert compared >= 10


def test_linear_programmes_miss_what_only_whole_numbers_tell():
    """Any two of three counts together are at most 1, all three at least 1: exactly 1."""
    names = ("a", "b", "c")
    case = {
        "policy": cities.policy(2) | {"sensitive": ["x"], "complement": False, "min_width": 1},
        "variables": {"x": {"max_per_unit": 9}},
        "units": [{"id": name, "counts": {"x": int(name == "a")}} for name in names],
        "areas": {"all": list(names), "ab": ["a", "b"], "ac": ["a", "c"], "bc": ["b", "c"]},
        "published": [
            {"kind": "range", "area": "all", "var": "x", "lo": 1},
            *({"kind": "range", "area": two, "var": "x", "hi": 1} for two in ("ab", "ac", "bc")),
        ],
    }
    whole = oracle.leaks(case, oracle.solved, [frozenset(names)])
    assert [(leak.lo, leak.hi, leak.reason) for leak in whole] == [(1, 1, "exact")]
    assert oracle.leaks(case, oracle.enumerated, [frozenset(names)]) == whole
    assert not peer.leaks(
        case | {"policy": case["policy"] | {"require_upper_k": False}}, [frozenset(names)]
    ) - set(whole)


def test_a_county_goes_on_where_it_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(county, "KEPT", tmp_path)
    asked = county.tasks(2, 2, areas=25)
    county.one(asked[0])
    kept = asked[0].file().read_bytes()
    first = county.county(asked[:1])
    assert (first["audits"], first["kept_from_before"]) == (1, 1)
    assert asked[0].file().read_bytes() == kept
    assert first["leaks"] == sum(first["reasons"].values())
    assert len({task.file() for task in asked}) == 4


def test_a_measurement_is_printed_and_kept(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(record, "LOG", tmp_path / "bench" / "audit.jsonl")
    figures: dict = {}
    with record.timed(figures, "work"):
        sum(range(10))
    record.emit({"what": "test"} | figures)
    printed = json.loads(capsys.readouterr().out)
    assert printed["what"] == "test"
    assert printed["work_cpu_s"] >= 0
    (line,) = (tmp_path / "bench" / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line).items() >= printed.items()


def test_the_comparison_sees_a_missing_and_a_wrong_leak(monkeypatch):
    """A made-up auditor that forgets one leak and invents another."""
    case = cities.publication(cities.city(40, 2))
    targets = oracle.families(case, without=[cities.WHOLE])
    true = oracle.leaks(case, oracle.solved, targets)
    unit = case["units"][0]["id"]
    invented = oracle.Leak((unit,), "poor", 0, 0, "exact")
    assert true
    monkeypatch.setattr(oracles, "audited", lambda _: ({*true[1:], invented}, 0))
    found = oracles.compare(case, oracle.solved, targets)
    assert found.missing == [true[0]]
    assert found.wrong == [invented]
    assert found.mismatches == 2
    monkeypatch.setattr(oracles, "audited", lambda _: (set(true), 0))
    assert oracles.compare(case, oracle.solved, targets).mismatches == 0
