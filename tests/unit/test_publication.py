"""Reading a publication: exact numbers, defaults, every fault with its place."""

import json
from fractions import Fraction

import numpy as np
import pytest

from sozialraum.disclosure.publications.reading import parse_publication, read_publication
from sozialraum.errors import SourceError
from sozialraum.model.publication import Publication, Rule, Variable
from sozialraum.model.statement import Statement

GOOD = {
    "id": "own",
    "units": [
        {"id": "a", "counts": {"kinder": 40, "hilfe": 7}},
        {"id": "b", "counts": {"kinder": 30, "hilfe": 2}},
    ],
    "areas": {"A": ["a"], "AB": ["a", "b"]},
    "variables": {"kinder": {"known_per_unit": True}, "hilfe": {"subset_of": "kinder"}},
    "published": [{"kind": "count", "area": "A", "var": "hilfe", "value": 7, "colour": "red"}],
    "policy": {"k": 3},
}

STATEMENTS = [
    {"kind": "count", "area": "A", "var": "x", "value": 4, "label": "Tabelle 1"},
    {"kind": "suppressed", "area": "A", "var": "x", "known_range": [3, None]},
    {"kind": "range", "area": "A", "var": "x", "lo": 1},
    {"kind": "rounded", "area": "A", "var": "x", "value": 10, "base": 5, "method": "random"},
    {
        "kind": "perturbed",
        "area": "A",
        "var": "x",
        "value": 2,
        "max_dev": 2,
        "zero_means_zero": True,
    },
    {"kind": "rate", "area": "A", "var": "x", "of": "y", "value": 6.5, "decimals": 1, "per": 1000},
    {"kind": "rate_class", "area": "A", "var": "x", "of": "y", "lo": "1/3", "hi": 5},
    {
        "kind": "affine_index",
        "area": "A",
        "var": "x",
        "of": "y",
        "value": -0.125,
        "decimals": 3,
        "mean": 10,
        "sd": 2.5,
    },
    {"kind": "order", "var": "x", "of": "y", "areas": ["A", "B"]},
    {"kind": "linear", "terms": [["1/3", "A", "x"], [-2, "B", "y"]], "lo": 0.1, "hi": 3},
]


def changed(**parts):
    return json.loads(json.dumps(GOOD)) | parts


def faults(content) -> str:
    with pytest.raises(SourceError) as error:
        parse_publication(content, "datei.json")
    return str(error.value)


@pytest.mark.parametrize("content", STATEMENTS, ids=lambda content: content["kind"])
def test_a_statement_survives_the_round_trip(content):
    statement = Statement.from_json(content)
    assert statement.as_json() == content
    assert Statement.from_json(json.loads(json.dumps(statement.as_json()))) == statement


def test_numbers_are_read_exactly(tmp_path):
    path = tmp_path / "own.json"
    text = json.dumps(changed(published=[])).replace(
        '"published": []',
        '"published": [{"kind": "rate", "area": "A", "var": "hilfe", "of": "kinder",'
        ' "value": 17.500000000000000001, "decimals": 1}]',
    )
    path.write_text(text, encoding="utf-8")
    assert read_publication(path).published[0].value == Fraction(17500000000000000001, 10**18)
    assert Statement.from_json(
        {"kind": "range", "area": "A", "var": "x", "hi": 0.1}
    ).hi == Fraction(1, 10)


def test_what_the_policy_leaves_out_follows_from_the_variables():
    publication = parse_publication(GOOD)
    assert publication.rule == Rule(k=3, complement=True, sensitive=("hilfe",))
    assert publication.rule.width == 2
    alone = changed(variables={"kinder": {}, "hilfe": {}})
    assert parse_publication(alone).rule == Rule(
        k=3, complement=False, sensitive=("kinder", "hilfe")
    )
    assert publication.title == "own"


def test_nothing_of_the_truth_is_shown():
    publication = parse_publication(GOOD)
    for shown in (repr(publication), publication._repr_html_()):
        assert "40" not in shown
        assert "7" not in shown
        assert "hilfe" in shown


def test_every_fault_is_named_with_its_place():
    content = changed(
        areas={"A": ["a", "z", "a"], "B": "b"},
        published=[
            {"kind": "count", "area": "Q", "var": "hilfe", "value": 7},
            {"kind": "count", "area": "A", "var": "alter", "value": -1},
            {"kind": "rate", "area": "A", "var": "hilfe", "value": "viel", "decimals": 1},
            {"kind": "guess"},
            7,
            {"kind": "range", "area": "A", "var": "hilfe", "lo": 5, "hi": 4},
            {"kind": "linear", "terms": [[1, "A"]]},
            {"kind": "linear", "terms": [[1, "Q", "hilfe"]]},
        ],
        policy={"k": 0, "insider": "yes", "sensitive": ["alter"]},
    )
    message = faults(content)
    places = (
        "areas.A[1]",
        "areas.A[2]",
        "areas.B",
        "published[0].area",
        "published[1].value",
        "published[2].of",
        "published[2].value",
        "published[3].kind",
        "published[4]",
        "published[5].hi",
        "published[6].terms",
        "published[7].terms[0].area",
        "policy.k",
        "policy.insider",
        "policy.sensitive[0]",
    )
    assert message.startswith(f"datei.json enthält {len(places)} Fehler:")
    assert [place for place in places if f"  {place}: " not in message] == []


def test_faults_of_units_and_variables():
    message = faults(
        changed(
            units=[
                {"id": "a", "counts": {"kinder": 5, "hilfe": 7}},
                {"id": "a", "counts": {"kinder": 5, "hilfe": 1}},
                {"id": "b", "counts": {"kinder": None, "hilfe": 1.5}},
                {"counts": 3},
            ],
            variables={
                "kinder": {"known_per_unit": True, "subset_of": "hilfe"},
                "hilfe": {"subset_of": "kinder"},
            },
        )
    )
    for place in (
        "units[0].counts.hilfe",
        "units[1].id",
        "units[2].counts.kinder",
        "units[2].counts.hilfe",
        "units[3]",
        "variables.kinder.subset_of",
    ):
        assert f"  {place}: " in message


def test_a_statement_against_the_truth_is_named_without_the_truth():
    message = faults(
        changed(
            published=[
                *GOOD["published"],
                {"kind": "count", "area": "AB", "var": "hilfe", "value": 12},
            ]
        )
    )
    assert "published[1]: widerspricht" in message
    assert "9" not in message


@pytest.mark.parametrize(
    "text",
    ["", "[1, 2]", "{", '{"k": NaN}', "[" * 100_000, '{"value": 1' + "0" * 5000 + "}"],
    ids=["empty", "list", "half", "nan", "deep", "long"],
)
def test_what_is_no_publication_ends_in_one_sentence(tmp_path, text):
    path = tmp_path / "wrong.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError) as error:
        read_publication(path)
    assert str(path) in str(error.value)


def test_a_key_that_stands_twice_is_refused(tmp_path):
    path = tmp_path / "twice.json"
    path.write_text(
        json.dumps(GOOD).replace('"A": ["a"]', '"A": ["a"], "A": ["b"]'), encoding="utf-8"
    )
    with pytest.raises(SourceError, match="A steht"):
        read_publication(path)
    with pytest.raises(SourceError, match="gibt es nicht"):
        read_publication(tmp_path / "none.json")


@pytest.mark.parametrize(
    "number", [float("nan"), "1e9", "1/0", True, [], 10**30, "0.0000000000000000001"]
)
def test_what_is_no_usable_number_is_refused(number):
    with pytest.raises(SourceError, match=r"statement\.hi"):
        Statement.from_json({"kind": "range", "area": "A", "var": "x", "hi": number})


def test_counts_must_fit_units_and_variables():
    with pytest.raises(SourceError, match="hilfe"):
        Publication(
            units=("a",),
            counts={"hilfe": np.array([1, 2])},
            areas={},
            variables={"hilfe": Variable()},
            published=(),
            rule=Rule(3, sensitive=("hilfe",)),
        )
