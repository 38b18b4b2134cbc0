"""Reading policies."""

import datetime as dt
import json
import pickle
import tomllib
from importlib.resources import files

import pytest

from sozialraum.disclosure import read_policy
from sozialraum.errors import ConfigError, DisclosureError, SourceError
from sozialraum.files.records import dump, from_record, to_record
from sozialraum.model.policy import Amounts, Policy, Protection

OWN = """
name = "Kreis"
residents = 300
denominator = 30
k = 3
design = ["residents"]
decided_by = "Verwaltungsvorstand"
decided_on = 2026-03-01
dpo_consulted_on = "2026-02-10"
valid_until = "2028-12-31"

[k_by_sensitivity]
health = 5

[minima]
dwellings = 100

[origin]
k = "house rule"
"""


@pytest.mark.parametrize(
    ("name", "numbers"),
    [("fein", (100, 20, 3, 3)), ("standard", (300, 30, 3, 5)), ("streng", (1000, 50, 10, 10))],
)
def test_presets_have_the_documented_numbers(name, numbers):
    policy = read_policy(name)
    assert (policy.residents, policy.denominator, policy.k, policy.k_for("health")) == numbers
    assert {"residents", "denominator", "k"} <= set(policy.origin)
    assert "residents" in policy.design


@pytest.mark.parametrize("name", ["fein", "standard", "streng"])
def test_presets_are_unsigned(name):
    assert not read_policy(name).is_signed(dt.date(2026, 1, 1))


def test_an_own_file_may_be_signed(tmp_path):
    path = tmp_path / "policy.toml"
    path.write_text(OWN, encoding="utf-8")
    policy = read_policy(path)
    assert policy.decided_on == "2026-03-01"
    assert policy.minima == {"dwellings": 100}
    assert policy.k_for("health") == 5
    assert policy.is_signed(dt.date(2027, 1, 1))
    assert not policy.is_signed(dt.date(2029, 1, 1))


def test_all_faults_are_named_at_once(tmp_path):
    path = tmp_path / "policy.toml"
    path.write_text('name = "x"\nresidents = -1\nk = "3"\nkk = 3\nvalid_until = "bald"\n')
    with pytest.raises(ConfigError) as error:
        read_policy(path)
    message = str(error.value)
    for place in (
        "residents",
        "denominator: Eintrag fehlt",
        "k:",
        "kk: unbekannter",
        "valid_until",
    ):
        assert place in message
    assert "5 Fehler" in message


def test_an_unknown_name_lists_the_presets():
    with pytest.raises(ConfigError, match="fein, standard, streng"):
        read_policy("mittel")


def test_broken_toml_says_where(tmp_path):
    path = tmp_path / "policy.toml"
    path.write_text('name = "x\n')
    with pytest.raises(ConfigError, match="line 1"):
        read_policy(path)


def test_a_class_below_k_is_refused(tmp_path):
    path = tmp_path / "policy.toml"
    path.write_text(OWN.replace("health = 5", "health = 2"), encoding="utf-8")
    with pytest.raises(DisclosureError, match=r"k\.health"):
        read_policy(path)


def numbers_of(table, place=()):
    """Return the path of every number of a file that is not 0."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from numbers_of(value, (*place, key))
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            yield (*place, key)


@pytest.mark.parametrize("name", ["fein", "standard", "streng"])
def test_every_number_of_a_preset_says_where_it_comes_from(name):
    preset = files("sozialraum.disclosure").joinpath("presets", f"{name}.toml")
    table = tomllib.loads(preset.read_text(encoding="utf-8"))
    origin = table.pop("origin")
    found = list(numbers_of(table))
    assert ("k",) in found
    assert ("amounts", "p") in found
    for place in found:
        assert {".".join(place), place[0]} & set(origin), place
    named = {key.partition(".")[0] for key in origin}
    assert named <= set(table)
    assert all(text.strip() for text in origin.values())


FULL = """
min_width = 4
zero_sensitive = ["health"]
coarse_below = 500
insiders = true
override = ["Dezernat", "Statistikstelle"]

[protection]
method = "cell-key"
max_deviation = 3
variance = 2
js = 2

[amounts]
p = 10
n = 1
share = 85

[audiences]
gemeinde = ["public"]
steuerung = ["gemeinde", "public"]
"""


def write(tmp_path, content):
    path = tmp_path / "policy.toml"
    path.write_text(content, encoding="utf-8")
    return path


def own(tmp_path, extra):
    """Return an own policy with more entries before and behind its tables."""
    top, _, tables = extra.partition("\n[")
    content = OWN.replace("[k_by_sensitivity]", top + "\n[k_by_sensitivity]")
    return write(tmp_path, content + (f"\n[{tables}" if tables else ""))


def test_an_own_file_may_choose_method_audiences_and_roles(tmp_path):
    policy = read_policy(own(tmp_path, FULL))
    assert policy.protection == Protection("cell-key", 0, 3, 2.0, 2)
    assert policy.amounts == Amounts(10.0, 1, 85.0)
    assert policy.sees("steuerung") == ("steuerung", "gemeinde", "public")
    assert policy.sees() == ("public",)
    assert policy.override == ("Dezernat", "Statistikstelle")
    assert policy.insiders
    assert policy.coarse_below == 500
    assert policy.effective("health", 10) == (10, 4, True)
    assert policy.effective("social") == (3, 4, False)
    assert policy.effective("social", zero=True).zero


def test_a_policy_survives_pickling(tmp_path):
    policy = read_policy(own(tmp_path, FULL))
    assert pickle.loads(pickle.dumps(policy)) == policy
    assert pickle.loads(pickle.dumps(read_policy("streng"))) == read_policy("streng")


def test_without_further_entries_a_policy_hides_and_nobody_overrides():
    policy = Policy("house", residents=300, denominator=30, k=3)
    assert policy.protection.method == "suppression"
    assert policy.effective("social", 10) == (10, 9, False)
    assert policy.override == ()
    with pytest.raises(DisclosureError, match="public"):
        policy.sees("gemeinde")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"protection": Protection("random-rounding")}, "protection.base"),
        ({"protection": Protection("suppression", base=5)}, "protection.base"),
        ({"protection": Protection("cell-key", variance=1.0)}, "protection.max_deviation"),
        ({"protection": Protection("cell-key", max_deviation=2)}, "protection.variance"),
        ({"protection": Protection("cell-key", 0, 2, 4.0)}, "protection.variance"),
        ({"protection": Protection("cell-key", 0, 2, 1.0, 3)}, "protection.js"),
        ({"protection": Protection("controlled-rounding", 5, js=1)}, "protection.js"),
        ({"protection": Protection("guess")}, "protection.method"),
        ({"amounts": Amounts(n=1)}, "amounts.n"),
        ({"amounts": Amounts(p=120)}, "amounts.p"),
        ({"zero_sensitive": ("crime",)}, "zero_sensitive.crime"),
        ({"override": ("Leitung", "Leitung")}, "override"),
        ({"audiences": {"a": ()}}, "audiences.a"),
        ({"audiences": {"a": ("b", "public")}}, "audiences.a"),
        ({"audiences": {"public": ("public",)}}, "audiences.public"),
        ({"audiences": {"a": ("public", "b"), "b": ("public",)}}, "audiences.a"),
        (
            {"audiences": {"a": ("b", "public"), "b": ("c", "public"), "c": ("public",)}},
            "audiences.a",
        ),
        ({"audiences": {"a": ("a", "public")}}, "audiences.a"),
    ],
)
def test_what_does_not_fit_together_is_refused(given, named):
    with pytest.raises(DisclosureError) as error:
        Policy("house", residents=300, denominator=30, k=3, **given)
    assert error.value.message == "model.policy_contradicts"
    assert named in error.value.ids


def test_a_width_below_one_is_refused():
    with pytest.raises(DisclosureError, match="min_width"):
        Policy("house", residents=300, denominator=30, k=3, min_width=0)


def test_faults_in_tables_are_named_with_their_place(tmp_path):
    faulty = FULL.replace('"cell-key"', '"noise"').replace("js = 2", "js = -1\nseed = 4")
    faulty = faulty.replace('"health"', '"crime"').replace("p = 10", "p = 101")
    with pytest.raises(ConfigError) as error:
        read_policy(own(tmp_path, faulty))
    message = str(error.value)
    for place in ("protection.method: erlaubt sind", "protection.js", "protection.seed: unbekannt"):
        assert place in message
    assert "zero_sensitive.0: erlaubt sind" in message
    assert "amounts.p" in message
    assert "5 Fehler" in message


def test_a_policy_is_written_and_read_back_whole(tmp_path):
    for policy in (read_policy(own(tmp_path, FULL)), read_policy("streng")):
        text = dump(to_record(policy))
        assert from_record(Policy, json.loads(text)) == policy
    with pytest.raises(SourceError, match="seed"):
        from_record(Policy, json.loads(text.replace('"js"', '"seed"')))
