"""Attacks on publications, each with own numbers; enumeration shows the verdict.

For every case all whole numbers that fit are tried (`oracle`, which reads statements and
the rule by its own code); the auditor must report the same targets, limits and reasons.
"""

import pytest

import oracle
from sozialraum.disclosure.publications.audit import audit
from sozialraum.disclosure.publications.reading import parse_publication

RULE = {
    "k": 3,
    "min_width": 2,
    "require_upper_k": True,
    "complement": True,
    "all_sensitive": True,
    "zero_sensitive": False,
    "min_population": None,
    "insider": False,
}
KNOWN = {"kinder": {"known_per_unit": True}, "hilfe": {"subset_of": "kinder"}}
ALONE = {"hilfe": {"max_per_unit": 12}}


def case(units, published, *, areas=None, variables=None, background=(), **rule):
    """Return a publication; a pair of numbers is (kinder, hilfe), one is hilfe."""
    counts = {
        unit: n
        if isinstance(n, dict)
        else dict(zip(("kinder", "hilfe"), n, strict=True))
        if isinstance(n, tuple)
        else {"hilfe": n}
        for unit, n in units.items()
    }
    alone = all(set(n) == {"hilfe"} for n in counts.values())
    variables = variables or (ALONE if alone else KNOWN)
    sensitive = rule.pop("sensitive", ["hilfe"])
    return {
        "units": [{"id": unit, "counts": n} for unit, n in counts.items()],
        "areas": areas or {unit.upper(): [unit] for unit in units},
        "variables": variables,
        "published": list(published),
        "background": list(background),
        "policy": RULE | {"sensitive": sensitive} | rule,
    }


def n(area, value, var="hilfe"):
    return {"kind": "count", "area": area, "var": var, "value": value}


def mark(area, *known, var="hilfe"):
    said = {"kind": "suppressed", "area": area, "var": var}
    return said | ({"known_range": list(known)} if known else {})


def rounded(area, value, base, method="nearest"):
    return {
        "kind": "rounded",
        "area": area,
        "var": "hilfe",
        "value": value,
        "base": base,
        "method": method,
    }


def noise(area, value, most):
    return {"kind": "perturbed", "area": area, "var": "hilfe", "value": value, "max_dev": most}


def rate(area, value, decimals=1, of="kinder", per=100):
    return {
        "kind": "rate",
        "area": area,
        "var": "hilfe",
        "of": of,
        "value": value,
        "decimals": decimals,
        "per": per,
    }


def total(value, *terms, high=None):
    high = value if high is None else high
    return {"kind": "linear", "terms": [list(term) for term in terms], "lo": value, "hi": high}


ABC = {"A": ["a"], "B": ["b"], "C": ["c"], "Stadt": ["a", "b", "c"]}
OVERLAP = {"W1": ["a"], "W2": ["b", "c"], "S1": ["a", "b"], "S2": ["c"]}
YEARS = {name: {"max_per_unit": 12} for name in ("hilfe@2022", "hilfe@2023", "hilfe@2024")}
CELLS = dict(
    zip(
        (f"r{row}c{column}" for row in range(1, 5) for column in range(1, 5)),
        (3, 2, 4, 5, 5, 6, 3, 4, 7, 4, 5, 3, 6, 3, 4, 5),
        strict=True,
    )
)
SUMS = {
    f"{line}{i}": [cell for cell in CELLS if cell[at] == str(i)]
    for line, at in (("Z", 1), ("S", 3))
    for i in range(1, 5)
}
HIDDEN = {"r1c1", "r1c2", "r1c3", "r2c1", "r2c3", "r3c2", "r3c4", "r4c2", "r4c4"}
GRID = case(
    CELLS,
    [
        *(mark(cell) if cell in HIDDEN else n(cell, value) for cell, value in CELLS.items()),
        *(n(line, sum(CELLS[cell] for cell in cells)) for line, cells in SUMS.items()),
    ],
    areas={cell: [cell] for cell in CELLS} | SUMS,
)

LEAKS = {
    "total minus parts": (
        case(
            {"a": (40, 9), "b": (30, 2), "c": (50, 8)},
            [n("A", 9), mark("B"), n("C", 8), n("Stadt", 19)],
            areas=ABC,
        ),
        [("b", "hilfe", 2, 2, "exact")],
    ),
    "tiny residual": (
        case(
            {"a": (40, 1), "b": (30, 1), "c": (50, 8)},
            [mark("A"), mark("B"), n("C", 8), n("Stadt", 10)],
            areas=ABC,
        ),
        [("a", "hilfe", 0, 2, "below_k"), ("a b", "hilfe", 2, 2, "exact")],
    ),
    "rate left beside a hidden count": (
        case({"a": (43, 2)}, [mark("A"), rate("A", 4.7)]),
        [("a", "hilfe", 2, 2, "exact")],
    ),
    "raw rate beside a rounded count": (
        case({"a": (37, 2)}, [rounded("A", 0, 5), rate("A", 5.4)], require_upper_k=False),
        [("a", "hilfe", 2, 2, "exact")],
    ),
    "rounding unpicked by a total": (
        case(
            {"a": (50, 2), "b": (50, 7), "c": (50, 7)},
            [rounded("A", 0, 5), rounded("B", 5, 5), rounded("C", 5, 5), n("Stadt", 16)],
            areas=ABC,
            require_upper_k=False,
        ),
        [("a", "hilfe", 2, 2, "exact")],
    ),
    "two geographies differ by one block": (
        case(
            {"a": (60, 9), "b": (20, 2), "c": (70, 8)},
            [n("W1", 9), n("W2", 10), n("S1", 11), n("S2", 8)],
            areas=OVERLAP,
        ),
        [("b", "hilfe", 2, 2, "exact")],
    ),
    "two tables, each safe alone": (
        case(
            {"a": (40, 2), "b": (40, 7), "c": (40, 6), "d": (40, 5)},
            [n("W1", 9), n("W2", 11), n("B", 7), n("S2", 12)],
            areas={"W1": ["a", "b"], "W2": ["c", "d"], "B": ["b"], "S2": ["b", "d"]},
        ),
        [("a", "hilfe", 2, 2, "exact")],
    ),
    "rows and columns with two marks each": (GRID, [("r1c2", "hilfe", 2, 2, "exact")]),
    "pooled years": (
        case(
            {"a": {"hilfe@2022": 6, "hilfe@2023": 5, "hilfe@2024": 2}},
            [
                total(11, (1, "A", "hilfe@2022"), (1, "A", "hilfe@2023")),
                total(13, *((1, "A", year) for year in YEARS)),
            ],
            variables=YEARS,
            sensitive=list(YEARS),
        ),
        [("a", "hilfe@2024", 2, 2, "exact")],
    ),
    "change against last year": (
        case(
            {"a": {"hilfe@2022": 3, "hilfe@2023": 6, "hilfe@2024": 2}},
            [n("A", 6, "hilfe@2023"), total(-4, (1, "A", "hilfe@2024"), (-1, "A", "hilfe@2023"))],
            variables=YEARS,
            sensitive=list(YEARS),
        ),
        [("a", "hilfe@2024", 2, 2, "exact")],
    ),
    "releases that pile up": (
        case(
            {"a": (30, 6), "b": (30, 1), "c": (30, 5)},
            [n("Alt", 7), n("Neu", 12), n("C", 5)],
            areas={"Alt": ["a", "b"], "Neu": ["a", "b", "c"], "C": ["c"], "Kern": ["a"]},
            background=[n("Kern", 6)],
        ),
        [("b", "hilfe", 1, 1, "exact")],
    ),
    "boundary reform": (
        case(
            {"a": (60, 7), "m": (15, 1), "b": (60, 9)},
            [n("A_alt", 7), n("B_alt", 10), n("A_neu", 8), n("B_neu", 9)],
            areas={"A_alt": ["a"], "B_alt": ["m", "b"], "A_neu": ["a", "m"], "B_neu": ["b"]},
        ),
        [("m", "hilfe", 1, 1, "exact")],
    ),
    "all of them": (case({"a": (9, 9)}, [n("A", 9)]), [("a", "hilfe", 9, 9, "all")]),
    "all but one": (case({"a": (9, 8)}, [n("A", 8)]), [("a", "hilfe", 8, 8, "complement")]),
    "nearly all by a rate": (
        case({"a": (16, 15)}, [mark("A"), rate("A", 94, 0)]),
        [("a", "hilfe", 15, 15, "complement")],
    ),
    "nobody": (
        case({"a": (14, 0), "b": (20, 6)}, [n("A", 0), n("B", 6)], zero_sensitive=True),
        [("a", "hilfe", 0, 0, "none")],
    ),
    "ceiling of a part": (
        case(
            {"a": {"kinder": 30, "krank": 2, "hilfe": 1}},
            [
                n("A", 2, "krank"),
                mark("A"),
                total(-30, (1, "A", "hilfe"), (-1, "A", "krank"), high=0),
            ],
            variables={
                "kinder": {"known_per_unit": True},
                "krank": {"subset_of": "kinder"},
                "hilfe": {"subset_of": "kinder"},
            },
        ),
        [("a", "hilfe", 0, 2, "below_k")],
    ),
    "margins that meet at a floor": (
        case(
            {"a": {"kinder": 20, "krank": 18, "hilfe": 17}},
            [
                n("A", 18, "krank"),
                mark("A"),
                total(0, (1, "A", "krank"), (-1, "A", "hilfe"), high=1),
            ],
            variables={
                "kinder": {"known_per_unit": True},
                "krank": {"subset_of": "kinder"},
                "hilfe": {"subset_of": "krank"},
            },
        ),
        [("a", "hilfe", 17, 18, "complement")],
    ),
    "lowest class of a legend": (
        case(
            {"a": (60, 2), "b": (50, 9)},
            [
                mark("A"),
                {
                    "kind": "rate_class",
                    "area": "A",
                    "var": "hilfe",
                    "of": "kinder",
                    "lo": 3,
                    "hi": "5.5",
                },
                n("B", 9),
            ],
        ),
        [("a", "hilfe", 2, 3, "narrow")],
    ),
    "colour without classes": (
        case({"a": (30, 2)}, [mark("A"), rate("A", 7, 0)]),
        [("a", "hilfe", 2, 2, "exact")],
    ),
    "index with mean and standard deviation": (
        case(
            {"a": (36, 2)},
            [
                mark("A"),
                {
                    "kind": "affine_index",
                    "area": "A",
                    "var": "hilfe",
                    "of": "kinder",
                    "value": -0.89,
                    "decimals": 2,
                    "mean": 10,
                    "sd": 5,
                },
            ],
        ),
        [("a", "hilfe", 2, 2, "exact")],
    ),
    "rank between two": (
        case(
            {"a": (60, 3), "c": (35, 2), "b": (50, 3)},
            [
                n("A", 3),
                n("B", 3),
                mark("C"),
                {"kind": "order", "var": "hilfe", "of": "kinder", "areas": ["A", "C", "B"]},
            ],
        ),
        [("c", "hilfe", 2, 2, "exact")],
    ),
    "total of another publisher": (
        case(
            {"a": (40, 9), "b": (30, 1)},
            [n("A", 9), mark("B")],
            areas={"A": ["a"], "B": ["b"], "Gemeinde": ["a", "b"]},
            background=[n("Gemeinde", 10)],
        ),
        [("b", "hilfe", 1, 1, "exact")],
    ),
    "only whole numbers fit": (
        case(
            {"a": 1, "b": 0, "c": 0},
            [
                *(
                    {"kind": "range", "area": area, "var": "hilfe", "hi": 1}
                    for area in ("AB", "BC", "CA")
                ),
                {"kind": "range", "area": "Stadt", "var": "hilfe", "lo": 1},
            ],
            areas={"AB": ["a", "b"], "BC": ["b", "c"], "CA": ["c", "a"], "Stadt": ["a", "b", "c"]},
            k=2,
            min_width=1,
            require_upper_k=False,
        ),
        [("a b c", "hilfe", 1, 1, "exact")],
    ),
    "sliver below the smallest population": (
        case(
            {"a": (60, 9), "b": (11, 5), "c": (70, 8)},
            [n("W1", 9), n("W2", 13), n("S1", 14), n("S2", 8)],
            areas=OVERLAP,
            min_population=20,
        ),
        [("b", "hilfe", 5, 5, "sliver")],
    ),
    "noise drawn twice": (
        case({"a": (40, 2)}, [noise("A", 4, 2), noise("A", 0, 2)]),
        [("a", "hilfe", 2, 2, "exact")],
    ),
    "a mark that says small": (
        case({"a": (40, 2), "b": (40, 6)}, [mark("A", 1, 2), mark("B")]),
        [("a", "hilfe", 1, 2, "proven_small")],
    ),
    "a second mark that says large": (
        case(
            {"a": (40, 2), "b": (40, 4)},
            [mark("A"), mark("B", 3, None), n("Paar", 6)],
            areas={"A": ["a"], "B": ["b"], "Paar": ["a", "b"]},
            k=5,
            min_width=4,
        ),
        [("a", "hilfe", 0, 3, "below_k"), ("b", "hilfe", 3, 6, "narrow")],
    ),
    "categories and their total": (
        case(
            {"a": {"u3": 5, "u6": 1, "u15": 9}},
            [
                n("A", 5, "u3"),
                mark("A", var="u6"),
                n("A", 9, "u15"),
                total(15, (1, "A", "u3"), (1, "A", "u6"), (1, "A", "u15")),
            ],
            variables={name: {"max_per_unit": 20} for name in ("u3", "u6", "u15")},
            sensitive=["u3", "u6", "u15"],
        ),
        [("a", "u6", 1, 1, "exact")],
    ),
    "a single case knows itself": (
        case(
            {"a": (40, 1), "b": (40, 2), "c": (40, 7)},
            [mark("A"), mark("B"), n("C", 7), n("Stadt", 10)],
            areas=ABC,
            insider=True,
        ),
        [("b", "hilfe", 2, 2, "insider")],
    ),
    "sibling hidden, undone one level below": (
        case(
            {"a": (40, 2), "b": (40, 4), "c": (40, 5)},
            [mark("G1"), mark("G2"), n("G2a", 4), n("G2b", 5), n("Kreis", 11)],
            areas={
                "G1": ["a"],
                "G2": ["b", "c"],
                "G2a": ["b"],
                "G2b": ["c"],
                "Kreis": ["a", "b", "c"],
            },
        ),
        [("a", "hilfe", 2, 2, "exact")],
    ),
    "mean and number": (
        case(
            {"a": {"haushalte": 3, "hilfe": 2}},
            [n("A", 3, "haushalte"), mark("A"), rate("A", 0.7, of="haushalte", per=1)],
            variables={"haushalte": {"max_per_unit": 9}, "hilfe": {"max_per_unit": 9}},
        ),
        [("a", "hilfe", 2, 2, "exact")],
    ),
    "rate of a number that is not known": (
        case(
            {"a": {"haushalte": 6, "hilfe": 2}},
            [mark("A", var="haushalte"), mark("A"), rate("A", 33.3, of="haushalte")],
            variables={"haushalte": {"max_per_unit": 8}, "hilfe": {"subset_of": "haushalte"}},
        ),
        [("a", "hilfe", 0, 2, "below_k")],
    ),
    "one district minus areas inside it": (
        case(
            {"a": (40, 4), "b": (40, 5), "c": (15, 1), "d": (40, 6)},
            [n("W1", 4), n("W2", 5), n("W3", 7), n("S1", 10), n("S2", 6)],
            areas={"W1": ["a"], "W2": ["b"], "W3": ["c", "d"], "S1": ["a", "b", "c"], "S2": ["d"]},
        ),
        [("c", "hilfe", 1, 1, "exact")],
    ),
    "random rounding unpicked by a total": (
        case(
            {"a": (40, 2), "b": (40, 5)},
            [rounded("A", 0, 3, "random"), rounded("B", 3, 3, "random"), n("Paar", 7)],
            areas={"A": ["a"], "B": ["b"], "Paar": ["a", "b"]},
        ),
        [("a", "hilfe", 2, 2, "exact")],
    ),
    "rounded up and rounded down": (
        case({"a": (40, 2)}, [rounded("A", 4, 4, "up"), rounded("A", 0, 3, "down")]),
        [("a", "hilfe", 1, 2, "proven_small")],
    ),
    "ratio of rounded numbers": (
        case(
            {"a": {"haushalte": 29, "hilfe": 2}},
            [
                {"kind": "rounded", "area": "A", "var": "haushalte", "value": 30, "base": 10},
                mark("A"),
                rate("A", 6.9, of="haushalte"),
            ],
            variables={"haushalte": {"max_per_unit": 90}, "hilfe": {"subset_of": "haushalte"}},
        ),
        [("a", "hilfe", 2, 2, "exact")],
    ),
    "spatial lag of raw numbers": (
        case(
            {"a": (40, 2), "b": (40, 4), "c": (40, 5)},
            [
                mark("A"),
                n("B", 4),
                n("C", 5),
                {
                    "kind": "linear",
                    "terms": [["1/3", area, "hilfe"] for area in "ABC"],
                    "lo": 3.665,
                    "hi": 3.675,
                },
            ],
        ),
        [("a", "hilfe", 2, 2, "exact")],
    ),
}

SAFE = {
    "complementary marks": case(
        {"a": (40, 2), "b": (30, 4), "c": (50, 8)},
        [mark("A"), mark("B"), n("C", 8), n("Stadt", 14)],
        areas=ABC,
    ),
    "a wide class": case(
        {"a": (60, 2)},
        [{"kind": "rate_class", "area": "A", "var": "hilfe", "of": "kinder", "lo": 0, "hi": 10}],
    ),
    "a total that nobody published": case({"a": (40, 9), "b": (30, 1)}, [n("A", 9), mark("B")]),
    "random rounding to five": case(
        {"a": (40, 2), "b": (40, 6)},
        [
            rounded("A", 0, 5, "random"),
            rounded("B", 5, 5, "random"),
            rounded("Paar", 10, 5, "random"),
        ],
        areas={"A": ["a"], "B": ["b"], "Paar": ["a", "b"]},
    ),
    "rounded to five under the weak rule": case(
        {"a": (40, 1)}, [rounded("A", 0, 5)], require_upper_k=False, complement=False
    ),
    "noise once": case({"a": (40, 2)}, [noise("A", 2, 3)]),
    "margins that leave room": case(
        {"a": 9, "b": 2, "c": 2, "d": 1},
        [n("Z1", 11), n("Z2", 3), n("S1", 11), n("S2", 3)],
        areas={"Z1": ["a", "b"], "Z2": ["c", "d"], "S1": ["a", "c"], "S2": ["b", "d"]},
    ),
    "first of two tables": case(
        {"a": (40, 2), "b": (40, 7), "c": (40, 6), "d": (40, 5)},
        [n("W1", 9), n("W2", 11)],
        areas={"W1": ["a", "b"], "W2": ["c", "d"], "B": ["b"], "S2": ["b", "d"]},
    ),
    "second of two tables": case(
        {"a": (40, 2), "b": (40, 7), "c": (40, 6), "d": (40, 5)},
        [n("B", 7), n("S2", 12)],
        areas={"W1": ["a", "b"], "W2": ["c", "d"], "B": ["b"], "S2": ["b", "d"]},
    ),
    "a unit in no area": case({"a": (40, 9), "z": (3, 1)}, [n("A", 9)], areas={"A": ["a"]}),
}


def reported(content):
    report = audit(parse_publication(content))
    found = {(leak.units, leak.variable): (leak.lo, leak.hi, leak.reason) for leak in report.leaks}
    assert len(found) == len(report.leaks)
    return report, found


def enumerated(content, found):
    """Return the leaks of all targets of the rule, and of any other that is reported."""
    targets = {*oracle.families(content), *(frozenset(units) for units, _ in found)}
    leaks = oracle.leaks(content, oracle.enumerated, sorted(targets, key=sorted))
    return {(leak.units, leak.variable): (leak.lo, leak.hi, leak.reason) for leak in leaks}


@pytest.mark.parametrize("name", LEAKS)
def test_the_attack_is_found_as_enumeration_shows_it(name):
    content, expected = LEAKS[name]
    report, found = reported(content)
    assert report.verdict == "leak"
    assert not report.unresolved
    assert found == enumerated(content, found)
    for units, variable, low, high, reason in expected:
        if reason is not None:
            assert found[tuple(units.split()), variable] == (low, high, reason)


@pytest.mark.parametrize("name", SAFE)
def test_what_is_safe_passes(name):
    report, found = reported(SAFE[name])
    assert enumerated(SAFE[name], found) == {}
    assert report.verdict == "safe"
    assert report.passed
