"""Cases whose verdicts were established by exact bounds and by enumeration."""

import csv
import json

import pytest

from sozialraum.disclosure.publications.audit import audit
from sozialraum.disclosure.publications.proof import record, sentence
from sozialraum.disclosure.publications.reading import parse_publication, read_publication

GEOGRAPHIES = ("wahlbezirk", "sozialraum", "schulbezirk")


def found(report):
    leaks = {(leak.units, leak.variable): (leak.lo, leak.hi, leak.reason) for leak in report.leaks}
    assert len(leaks) == len(report.leaks)
    return leaks


def test_every_case_has_its_verdict_limits_and_reasons(shared):
    files = sorted((shared / "disclosure").glob("*.json"))
    assert len(files) >= 29
    for path in files:
        expected = json.loads(path.read_text(encoding="utf-8"))["expected"]
        report = audit(read_publication(path))
        leaks = found(report)
        assert report.verdict == expected["verdict"], path.name
        assert not report.unresolved, path.name
        for leak in expected["leaks"]:
            key = (tuple(sorted(leak["units"])), leak["var"])
            assert leaks[key] == (leak["lo"], leak["hi"], leak["reason"]), path.name
        for leak in report.leaks:
            assert leak.grounds is not None, path.name
            assert sentence(leak, "de") != sentence(leak, "en"), path.name


def city(folder):
    """Return a city as a publication, and what is expected of it."""
    with (folder / "atoms.csv").open(encoding="utf-8") as file:
        atoms = list(csv.DictReader(file))
    with (folder / "published.csv").open(encoding="utf-8") as file:
        said = list(csv.DictReader(file))
    content = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    areas: dict[str, list[str]] = {"Gesamt": [atom["atom"] for atom in atoms]}
    for atom in atoms:
        for geography in GEOGRAPHIES:
            areas.setdefault(atom[geography], []).append(atom["atom"])
    numbers = ("value", "lo", "hi")
    published = [
        {"kind": one["kind"], "area": one["area"], "var": one["variable"]}
        | {name: int(one[name]) for name in numbers if one[name]}
        for one in said
    ]
    units = [
        {"id": atom["atom"], "counts": {name: int(atom[name]) for name in ("kinder", "sgb2")}}
        for atom in atoms
    ]
    variables = {"kinder": {"known_per_unit": True}, "sgb2": {"subset_of": "kinder"}}
    publication = {
        "units": units,
        "areas": areas,
        "variables": variables,
        "published": published,
        "policy": content["policy"],
    }
    named = {atom[geography]: geography for atom in atoms for geography in GEOGRAPHIES}
    return publication, named, content["expected"]


@pytest.mark.parametrize("name", ["city_0050_naive", "city_0050_complementary", "city_0500_naive"])
@pytest.mark.parametrize("told", [True, False], ids=["geographies", "worked-out"])
def test_every_leak_of_a_city_is_found(shared, name, told):
    content, geographies, expected = city(shared / "disclosure" / "city" / name)
    if told:
        content["geographies"] = geographies
    report = audit(parse_publication(content))
    leaks = found(report)
    assert report.verdict == expected["verdict"]
    assert not report.unresolved
    assert len(expected["leaks"]) == expected["n_leaks"]
    for leak in expected["leaks"]:
        units = tuple(sorted(str(atom) for atom in leak["atoms"]))
        assert leaks[units, "sgb2"] == (leak["lo"], leak["hi"], leak["reason"])
    if expected["verdict"] == "leak":
        assert record(report, "en")["leaks"][0]["proof"].endswith(".")
