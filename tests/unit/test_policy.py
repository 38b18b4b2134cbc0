"""Reading policies."""

import datetime as dt

import pytest

from sozialraum.disclosure import read_policy
from sozialraum.errors import ConfigError, DisclosureError

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
