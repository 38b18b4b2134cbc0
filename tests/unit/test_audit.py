"""The auditor's parts: pieces, targets, the rule, proofs, amounts, what was before."""

import itertools
import json
import random

import numpy as np
import pytest

import oracle
from sozialraum.disclosure.publications.account import account
from sozialraum.disclosure.publications.amounts import is_safe
from sozialraum.disclosure.publications.audit import audit
from sozialraum.disclosure.publications.compile import compile_publication
from sozialraum.disclosure.publications.halo import (
    MOST,
    Kind,
    Search,
    TooManyError,
    choices,
    nested_rests,
)
from sozialraum.disclosure.publications.judge import (
    Facts,
    count_needs,
    protected,
    reason,
    rest_needs,
)
from sozialraum.disclosure.publications.overlap import find_overlap, geographies_of
from sozialraum.disclosure.publications.proof import record, sentence
from sozialraum.disclosure.publications.reach import find_reach
from sozialraum.disclosure.publications.reading import parse_publication
from sozialraum.errors import DisclosureError, SourceError
from sozialraum.methods.tables import FAR
from sozialraum.model.publication import Amount, Rule, Sums
from sozialraum.model.statement import Statement, number

RULE = {"k": 3, "min_width": 2, "sensitive": ["hilfe"]}
KNOWN = {"kinder": {"known_per_unit": True}, "hilfe": {"subset_of": "kinder"}}


def count(area, value, var="hilfe"):
    return {"kind": "count", "area": area, "var": var, "value": value}


def town(**parts):
    """Return a publication in which one block is the difference of two areas."""
    return {
        "units": [
            {"id": unit, "counts": {"kinder": base, "hilfe": n}}
            for unit, base, n in (("a", 60, 9), ("b", 20, 2), ("c", 70, 8), ("d", 30, 5))
        ],
        "areas": {"W1": ["a"], "W2": ["b", "c"], "S1": ["a", "b"], "S2": ["c"], "D": ["d"]},
        "variables": KNOWN,
        "published": [
            count("W1", 9),
            count("W2", 10),
            count("S1", 11),
            count("S2", 8),
            count("D", 5),
        ],
        "policy": RULE,
    } | parts


def random_city(seed, units=9, areas=7):
    """Return a publication of areas drawn at random, some of them marked."""
    draw = random.Random(seed)
    names = [f"u{i}" for i in range(units)]
    base = {name: draw.randint(1, 9) for name in names}
    counts = {
        name: {"kinder": base[name], "hilfe": draw.randint(0, min(base[name], 3))} for name in names
    }
    drawn = {f"A{i}": sorted(draw.sample(names, draw.randint(1, 6))) for i in range(areas)}
    drawn["Alle"] = names
    published = []
    for area, inside in drawn.items():
        n = sum(counts[name]["hilfe"] for name in inside)
        hidden = draw.random() < 0.5
        published.append(
            {"kind": "suppressed", "area": area, "var": "hilfe"} if hidden else count(area, n)
        )
    return {
        "units": [{"id": name, "counts": counts[name]} for name in names],
        "areas": drawn,
        "variables": KNOWN,
        "published": published,
        "policy": RULE | {"complement": True, "all_sensitive": True, "require_upper_k": True},
    }


# --- targets -----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_no_protected_target_of_the_rule_is_left_out(seed):
    content = random_city(seed)
    publication = parse_publication(content)
    frame = compile_publication(publication).frame
    reach = find_reach(publication, frame, np.zeros((2, frame.pieces), dtype=bool))
    units = np.array(publication.units)
    found = set()
    for which in reach.which:
        pieces = reach.sets[[which]].indices
        found.add(frozenset(units[np.isin(frame.piece_of_unit, pieces)].tolist()))
    wanted = {s for s in oracle.families(content) if oracle.can_leak(content, s, "hilfe")}
    assert wanted - found == set()
    assert all(oracle.can_leak(content, s, "hilfe") for s in found)
    assert len(wanted) >= 5
    assert reach.cut == ()


def test_branch_and_bound_finds_what_trying_all_finds():
    draw = random.Random(5)
    for _ in range(60):
        values = [draw.randint(0, 4) for _ in range(10)]
        parts = [draw.randrange(1, 2**10 - 1) for _ in range(7)]
        size = {part: sum(v for i, v in enumerate(values) if part >> i & 1) for part in parts}
        parts.sort(key=lambda part: -size[part])
        search = Search(parts, values, [size[part] for part in parts], 1, 3)
        found = {left for left, _ in choices(search)}
        expected = set()
        for r in range(2, MOST + 1):
            for some in itertools.combinations(parts, r):
                left = 2**10 - 1
                for part in some:
                    left &= ~part
                if left and 1 <= sum(v for i, v in enumerate(values) if left >> i & 1) <= 3:
                    expected.add(left)
        single = {2**10 - 1 & ~part for part in parts}
        assert found - expected == set()
        assert expected - found - single == set()


def test_too_many_choices_are_never_passed_over_in_silence():
    parts = [1 << i for i in range(40)]
    search = Search(parts, [0] * 39 + [1], [0] * 39 + [1], 0, 2)
    with pytest.raises(TooManyError):
        list(choices(search, limit=1000))


def rare(*, units=70, hidden=True):
    """Return a county with two cases in one of many areas, and nobody in the others."""
    names = [f"u{i:02}" for i in range(units)]
    counts = {name: 2 if name == "u00" else 0 for name in names}
    mark = {"kind": "suppressed", "var": "hilfe"}
    return {
        "units": [{"id": name, "counts": {"hilfe": n}} for name, n in counts.items()],
        "areas": {name.upper(): [name] for name in names} | {"Kreis": names},
        "variables": {"hilfe": {"max_per_unit": 30}},
        "published": [
            mark | {"area": name.upper()} if hidden or n else count(name.upper(), n)
            for name, n in counts.items()
        ],
        "policy": RULE,
    }


def test_too_many_rests_are_safe_where_what_they_hold_may_be_large():
    assert audit(parse_publication(rare())).verdict == "safe"
    assert audit(parse_publication(rare(hidden=False))).verdict == "safe"


def test_too_many_rests_that_may_leak_are_unresolved():
    """Together at most four: none of the areas may be so large that nothing leaks."""
    content = rare()
    content["published"].append({"kind": "range", "area": "Kreis", "var": "hilfe", "hi": 4})
    content["policy"] = RULE | {"min_width": 4}
    report = audit(parse_publication(content))
    assert report.verdict == "unresolved"
    assert report.unresolved == (("rests", "Kreis"),)
    assert "Kreis" in account(report, "de")


@pytest.mark.parametrize("seed", range(8))
def test_looking_at_less_never_turns_a_leak_into_safe(monkeypatch, seed):
    content = random_city(seed, units=12, areas=16)
    whole = audit(parse_publication(content))
    monkeypatch.setattr(choices, "__defaults__", (5,))
    less = audit(parse_publication(content))
    found = {(leak.units, leak.lo, leak.hi, leak.reason) for leak in whole.leaks}
    assert {(leak.units, leak.lo, leak.hi, leak.reason) for leak in less.leaks} <= found
    assert less.verdict in (whole.verdict, "unresolved")


def test_geographies_are_told_or_worked_out():
    content = town()
    publication = parse_publication(content)
    frame = compile_publication(publication).frame
    overlap = find_overlap(publication, frame)
    found = dict(
        zip(overlap.names, geographies_of(publication, overlap, frame.pieces), strict=True)
    )
    assert found["W1"] == found["W2"] != found["S1"]
    told = parse_publication(
        content | {"geographies": {"W1": "W", "W2": "W", "S1": "S", "S2": "S"}}
    )
    given = dict(zip(overlap.names, geographies_of(told, overlap, frame.pieces), strict=True))
    assert given["S1"] == given["S2"] != given["W1"]


def test_a_halo_around_an_area_is_a_target():
    """The areas of another geography that touch S, without S, hold one case."""
    content = town(
        units=[
            {"id": unit, "counts": {"kinder": 30, "hilfe": n}}
            for unit, n in (("a", 1), ("b", 6), ("c", 5), ("d", 0), ("e", 9))
        ],
        areas={"W1": ["a", "b"], "W2": ["c", "d"], "W3": ["e"], "S": ["b", "c"]},
        published=[count("W1", 7), count("W2", 5), count("S", 11)],
    )
    leaks = {leak.units: leak for leak in audit(parse_publication(content)).leaks}
    assert leaks["a", "d"].name == ("around", "S")
    assert (leaks["a", "d"].lo, leaks["a", "d"].hi) == (1, 1)


# --- pieces and rows ---------------------------------------------------------------------


def test_units_in_the_same_areas_become_one_piece():
    publication = parse_publication(
        town(areas={"W": ["a", "b"], "S": ["a", "b", "c"]}, published=[])
    )
    frame = compile_publication(publication).frame
    assert frame.piece_of_unit.tolist() == [0, 0, 1, 2]
    assert frame.value.tolist() == [[80, 70, 30], [11, 8, 5]]
    assert frame.high.tolist() == [80, 70, 30]


def test_units_stay_apart_where_joining_them_would_lose_something():
    """At most one case each, in households that are not known: two units, not one of two."""
    content = town(
        units=[
            {"id": unit, "counts": {"haushalte": base, "hilfe": n}}
            for unit, base, n in (("a", 3, 1), ("b", 4, 1))
        ],
        areas={"A": ["a", "b"]},
        variables={
            "haushalte": {"max_per_unit": 5},
            "hilfe": {"subset_of": "haushalte", "max_per_unit": 1},
        },
        published=[count("A", 7, "haushalte")],
    )
    frame = compile_publication(parse_publication(content)).frame
    assert frame.pieces == 2
    leaks = audit(parse_publication(content)).leaks
    assert [(leak.lo, leak.hi, leak.reason) for leak in leaks] == [(0, 2, "below_k")]


@pytest.mark.parametrize("seed", range(6))
def test_statements_as_columns_say_the_same(seed):
    content = random_city(seed)
    publication = parse_publication(content)
    areas, variables = list(publication.areas), list(publication.variables)
    values = [s.value for s in publication.published]
    given = Sums(
        area=np.array([areas.index(s.area) for s in publication.published]),
        var=np.full(len(values), variables.index("hilfe")),
        low=np.array([0 if v is None else int(v) for v in values]),
        high=np.array([FAR if v is None else int(v) for v in values]),
        hidden=np.array([v is None for v in values]),
    )
    columns = parse_publication(content | {"published": []})
    bulk = type(columns)(
        columns.units,
        columns.counts,
        columns.areas,
        columns.variables,
        (),
        columns.rule,
        sums=given,
    )
    one, other = record(audit(publication), "de"), record(audit(bulk), "de")
    assert one["leaks"] == other["leaks"]
    assert one["checked"] == other["checked"]


def test_columns_against_the_truth_are_refused():
    publication = parse_publication(town(published=[]))
    one = np.array([1])
    sums = Sums(np.array([0]), one, np.array([4]), np.array([5]), one == 0)
    wrong = type(publication)(
        publication.units,
        publication.counts,
        publication.areas,
        publication.variables,
        (),
        publication.rule,
        sums=sums,
    )
    with pytest.raises(SourceError, match=r"sums\[0\]"):
        audit(wrong)


def test_what_is_too_fine_is_never_called_safe():
    terms = [[1, "W1", "hilfe"], ["0.123456789012345678", "D", "hilfe"]]
    content = town(published=[{"kind": "linear", "terms": terms, "lo": 0}], policy=RULE | {"k": 1})
    report = audit(parse_publication(content))
    assert report.verdict == "unresolved"
    assert report.unresolved == (("statement", "published[0]"),)


def test_a_rounded_factor_still_proves():
    terms = [
        ["1.000000000001", "W1", "hilfe"],
        ["1.000000000001", "S2", "hilfe"],
        [1, "D", "hilfe"],
    ]
    content = town(published=[count("W1", 9), {"kind": "linear", "terms": terms, "hi": 22.5}])
    leaks = audit(parse_publication(content)).leaks
    assert leaks == ()
    low = {
        "units": [{"id": u, "counts": {"kinder": 30, "hilfe": n}} for u, n in (("a", 1), ("b", 1))]
    }
    terms = [["1.000000000001", "A", "hilfe"], [1, "B", "hilfe"]]
    content = town(
        areas={"A": ["a"], "B": ["b"]},
        published=[{"kind": "linear", "terms": terms, "hi": 2.1}],
        **low,
    )
    report = audit(parse_publication(content))
    assert {(leak.units, leak.reason) for leak in report.leaks} >= {
        (("a",), "below_k"),
        (("b",), "below_k"),
    }


# --- the rule ----------------------------------------------------------------------------


def test_met_needs_mean_no_leak_and_unmet_ones_ask_for_the_exact_limits():
    """Every rule, truth and interval of a small universe, against the plain reading."""
    flags = itertools.product((1, 3, 5), (None, 0, 2), *[(False, True)] * 4, (None, 4))
    checked = 0
    for k, width, upper, complement, everybody, zero, least in flags:
        rule = Rule(k, width, upper, complement, everybody, zero, least)
        policy = {
            "k": k,
            "require_upper_k": upper,
            "complement": complement,
            "all_sensitive": everybody,
            "zero_sensitive": zero,
            "min_population": least,
            "min_width": rule.width,
        }
        for base, n in ((0, 0), (1, 1), (3, 2), (5, 1), (5, 4), (5, 5)):
            facts = Facts(np.array([n]), np.array([base]))
            need = count_needs(rule, facts, fixed=np.array([True]))
            for low, high in itertools.product(range(n + 1), range(n, base + 1)):
                rest = (base - high, base - low)
                found = reason(rule, (n, base), (low, high), rest)
                assert found == oracle._reason(policy, n, base, (low, high), rest)
                unmet = need.unmet(np.array([low]), np.array([high]))[0]
                assert unmet or found is None
                assert protected(rule, facts)[0] or found is None
                checked += 1
    assert checked > 4000


def test_the_rest_of_a_universe_that_is_not_known_has_its_own_needs():
    rule, facts = Rule(3), Facts(np.array([28, 30]), np.array([30, 30]))
    need = rest_needs(rule, facts)
    assert need.high.tolist() == [3, 3]
    assert need.width.tolist() == [2, 2]


def test_a_truth_that_is_not_known_may_be_any():
    content = town()
    content["units"][1]["counts"]["hilfe"] = None
    leaks = {leak.units: leak for leak in audit(parse_publication(content)).leaks}
    assert (leaks["b",].lo, leaks["b",].hi, leaks["b",].reason) == (2, 2, "exact")
    content["published"] = [count("W1", 9)]
    assert audit(parse_publication(content)).verdict == "safe"


def test_statements_that_contradict_each_other_are_refused():
    content = town(published=[count("S1", 11), count("W1", 9), count("D", 5)])
    content["units"][0]["counts"]["hilfe"] = None
    content["published"].append(count("W1", 7))
    with pytest.raises(SourceError, match="widersprechen einander"):
        audit(parse_publication(content))


def test_what_everybody_knows_may_be_protected_too():
    content = town(policy=RULE | {"sensitive": ["kinder"], "k": 25}, published=[])
    [leak] = audit(parse_publication(content)).leaks
    assert (leak.units, leak.lo, leak.hi, leak.reason) == (("b",), 20, 20, "exact")
    assert sentence(leak, "en") == "kinder in S1 without W1 (units b) is exactly 20."
    nothing = audit(parse_publication(town(policy=RULE | {"sensitive": []})))
    assert nothing.verdict == "safe"


# --- reports and proofs ------------------------------------------------------------------


def test_a_report_shows_its_verdict_and_checks_only():
    report = audit(parse_publication(town()))
    for shown in (repr(report), report._repr_html_()):
        assert "11" not in shown
    assert repr(report.leaks) == "(<Leak: hilfe, exact, units b>,)"
    assert repr(report).startswith("<AuditReport: leak, 5 areas, 4 units")
    assert "without earlier publications" in repr(report)
    assert "not against guesses" in repr(report)


def test_a_proof_adds_up_in_both_languages():
    leak = audit(parse_publication(town())).leaks[0]
    assert sentence(leak, "en") == (
        "S1 − W1 = 11 − 9 = 2: hilfe in S1 without W1 (units b) is exactly 2."
    )
    assert sentence(leak, "de") == (
        "S1 − W1 = 11 − 9 = 2: hilfe in S1 ohne W1 (Einheiten b) ist genau 2."
    )
    hidden = sentence(leak, "de", numbers=False)
    assert hidden.startswith("S1 − W1: hilfe in")
    assert "11" not in hidden
    assert "2." not in hidden


def test_a_proof_says_where_it_takes_whole_numbers():
    content = town(
        published=[
            {"kind": "linear", "terms": [[2, "S1", "hilfe"], [-2, "W1", "hilfe"]], "lo": 3, "hi": 5}
        ]
    )
    leak = audit(parse_publication(content)).leaks[0]
    assert (leak.lo, leak.hi) == (2, 2)
    assert "S1" in sentence(leak, "en")


def test_every_reason_can_be_told():
    content = town(policy=RULE | {"zero_sensitive": True, "min_population": 25, "insider": True})
    content["magnitudes"] = [{"id": "Miete", "contributions": [90, 5, 1], "rule": {"p": 10}}]
    report = audit(parse_publication(content))
    for language, numbers in itertools.product(("de", "en"), (False, True)):
        for leak in report.leaks:
            assert sentence(leak, language, numbers=numbers)
    text = account(report, "en", numbers=True)
    assert text.startswith("Not safe. ")
    assert "The total Miete gives away" in text
    assert report.leaks[-1].reason == "dominance"


def test_a_long_report_is_told_in_part():
    units = [{"id": f"u{i:02}", "counts": {"hilfe": 1}} for i in range(60)]
    areas = {f"A{i:02}": [f"u{i:02}"] for i in range(60)}
    content = {
        "units": units,
        "areas": areas,
        "variables": {"hilfe": {}},
        "published": [count(area, 1) for area in areas],
        "policy": RULE | {"k": 2},
    }
    text = account(audit(parse_publication(content)), "en")
    assert "… and 20 more." in text
    assert text.count("can be derived exactly") == 40


def shuffled(content, seed):
    draw = random.Random(seed)
    mixed = json.loads(json.dumps(content))
    for part in ("units", "published"):
        draw.shuffle(mixed[part])
    names = list(mixed["areas"])
    draw.shuffle(names)
    mixed["areas"] = {name: mixed["areas"][name] for name in names}
    return mixed


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_file_changes_nothing(seed):
    content = random_city(seed)
    one = audit(parse_publication(content))
    other = audit(parse_publication(shuffled(content, seed)), workers=2)
    keys = [
        [
            (leak.units, leak.variable, leak.lo, leak.hi, leak.reason, leak.name)
            for leak in report.leaks
        ]
        for report in (one, other)
    ]
    assert keys[0] == keys[1]
    assert len(keys[0]) >= (2 if seed < 4 else 0)
    assert one.checked == other.checked


# --- amounts -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contributions", "rule", "safe"),
    [
        ([50, 30, 5], {"p": 10}, True),
        ([50, 30, "4.9"], {"p": 10}, False),
        ([50], {"p": 0}, True),
        ([50], {"p": 10}, False),
        ([85, 10, 5], {"n": 1, "share": 85}, True),
        ([86, 10, 4], {"n": 1, "share": 85}, False),
        ([60, 30, 10], {"n": 2, "share": 85}, False),
        ([0, 0], {"p": 10}, True),
    ],
)
def test_dominance(contributions, rule, safe):
    exact = {key: int(value) if key == "n" else number(value) for key, value in rule.items()}
    assert is_safe(Amount("Miete", tuple(number(c) for c in contributions), **exact)) is safe
    content = {"magnitudes": [{"id": "Miete", "contributions": contributions, "rule": rule}]}
    report = audit(parse_publication(content))
    assert report.passed is safe
    assert [leak.reason for leak in report.leaks] == ([] if safe else ["dominance"])


@pytest.mark.parametrize("rule", [None, {}, {"n": 1}, {"p": -1}, {"p": "viel"}])
def test_a_rule_for_amounts_must_be_whole(rule):
    with pytest.raises(SourceError, match=r"magnitudes\[0\]\.rule"):
        parse_publication({"magnitudes": [{"id": "M", "contributions": [1], "rule": rule}]})
    with pytest.raises(SourceError, match=r"magnitudes\[0\]\.contributions"):
        parse_publication({"magnitudes": [{"id": "M", "contributions": [-1], "rule": {"p": 1}}]})


# --- earlier publications ----------------------------------------------------------------


def test_what_was_published_before_counts():
    new = parse_publication(town(published=[count("S1", 11), count("S2", 8)]))
    assert audit(new).verdict == "safe"
    before = Statement("count", "Alt W1", "hilfe", value=number(9))
    report = audit(new, ledger_parts=({"Alt W1": ("a",)}, [before]))
    assert [(leak.units, leak.lo, leak.hi) for leak in report.leaks] == [(("b",), 2, 2)]
    assert record(report, "de")["earlier"] == "with"
    assert "with earlier publications" in repr(report)


def test_units_and_variables_of_before_may_be_gone():
    new = parse_publication(town(published=[count("S1", 11)]))
    gone = ({"Alt": ("a", "x")}, [Statement("count", "Alt", "alter", value=number(50))])
    report = audit(new, ledger_parts=gone)
    assert report.verdict == "safe"
    assert report.checked["units"] == 5


def test_what_was_published_before_must_fit():
    new = parse_publication(town())
    with pytest.raises(DisclosureError, match="W1"):
        audit(new, ledger_parts=({"W1": ("a", "b")}, []))
    wrong = [Statement("count", "W1", "hilfe", value=number(8))]
    with pytest.raises(DisclosureError) as error:
        audit(new, ledger_parts=({}, wrong))
    assert "1 frühere" in str(error.value)
    assert "8" not in str(error.value)


def test_only_areas_that_leave_little_are_searched_for_rests():
    publication = parse_publication(town())
    frame = compile_publication(publication).frame
    overlap = find_overlap(publication, frame)
    values = frame.value[1]
    rests, cut = nested_rests(overlap, [Kind(values, 1, 2, np.zeros(len(values), dtype=bool))])
    assert rests == []
    assert cut == []
