"""What can be computed from which deliveries, and the reason where it cannot."""

from dataclasses import replace

import pandas as pd
import pytest

from sozialraum.config import read_config
from sozialraum.datasets import sample_path
from sozialraum.indicators.computable import check_days, check_indicators, tally_themes
from sozialraum.model import Delivery, Indicator, Source
from sozialraum.pipeline.computable import block_counts, check_county
from sozialraum.schema import State
from sozialraum.sources import read_indicators, shipped_indicators

SHARE = Indicator("a", "office.n", "register.d", "A", "A", themes=("pflege", "bildung"))
REGISTER = ("register", "d", "cell", ("2024-12-31", "2025-12-31"))
OFFICE = ("office", "n", "area", ("2025-12-31",))


def delivery(name, variable, level, dates) -> Delivery:
    rows = [(level, "05999001", date, variable, 5.0, 5.0, 5.0, str(State.VALUE)) for date in dates]
    names = ["level", "key", "date", "variable", "value", "low", "high", "state"]
    return Delivery(name, pd.DataFrame(rows, columns=names), Source("Amt", "Zahlen"))


def row(indicator, *deliveries, **options) -> tuple[bool, str, str]:
    made = [one if isinstance(one, str) else delivery(*one) for one in deliveries]
    table = check_indicators([indicator], made, language="de", **options)
    assert list(table) == ["id", "theme", "computable", "level", "reason"]
    found = table.iloc[0]
    assert found["theme"] == "pflege"
    return bool(found["computable"]), found["level"], found["reason"]


def test_it_can():
    assert row(SHARE, REGISTER, OFFICE) == (True, "area", "")
    assert row(replace(SHARE, denominator=None), OFFICE) == (True, "area", "")
    assert row(SHARE, "office.n", "register.d") == (True, "", "")  # names only


@pytest.mark.parametrize(
    ("deliveries", "reason"),
    [
        ([REGISTER], "Die Lieferung „office“ fehlt."),
        (
            [REGISTER, ("office", "m", *OFFICE[2:])],
            "Der Lieferung „office“ fehlt die Variable „n“.",
        ),
        ([], "Die Lieferung „office“ fehlt. Die Lieferung „register“ fehlt."),
    ],
)
def test_a_count_is_missing(deliveries, reason):
    assert row(SHARE, *deliveries) == (False, "", reason)


def test_a_block_count_is_missing_or_there():
    households = replace(SHARE, denominator="households")
    assert row(households, OFFICE) == (False, "", "Die Blöcke haben die Zahl „households“ nicht.")
    can, level, reason = row(households, OFFICE, blocks={"households": "2022-05-15"})
    assert (can, level) == (False, "area")
    assert "Nenner „households“ fehlt zum Stichtag 2025-12-31 (vorhanden: 2022-05-15)" in reason
    declared = replace(households, denominator_date="2022-05-15")
    assert row(declared, OFFICE, blocks={"households": "2022-05-15"}) == (True, "area", "")
    assert row(households, OFFICE, blocks={"households": ""}) == (True, "area", "")
    elsewhere = replace(households, denominator_date="2011-05-09")
    assert not row(elsewhere, OFFICE, blocks={"households": "2022-05-15"})[0]


def test_a_date_of_the_denominator_is_missing():
    late = ("office", "n", "area", ("2025-12-31", "2026-12-31"))
    can, _, reason = row(SHARE, REGISTER, late)
    assert not can
    assert "fehlt zum Stichtag 2026-12-31" in reason


def test_a_level_is_too_coarse():
    coarse = ("office", "n", "municipality", ("2025-12-31",))
    assert row(SHARE, REGISTER, coarse) == (
        False,
        "municipality",
        "Nur nach Gemeinden bekannt, nicht nach Gebieten.",
    )
    agreed = replace(SHARE, smallest_level="municipality")
    assert row(agreed, REGISTER, coarse) == (True, "municipality", "")
    assert row(agreed, REGISTER, OFFICE) == (True, "area", "")
    county = ("office", "n", "county", ("2025-12-31",))
    assert row(agreed, REGISTER, county)[2] == (
        "Nur nach dem ganzen Kreis bekannt, nicht nach Gemeinden."
    )


def test_too_few_years_to_add_up():
    pooled = replace(SHARE, pool=3)
    assert row(pooled, REGISTER, OFFICE)[2] == "Zusammengezählt werden 3 Jahre, geliefert sind 1."
    assert row(replace(SHARE, pool=2), REGISTER, ("office", "n", "area", REGISTER[3]))[0]


def test_alternatives_that_are_not_there_have_to_go():
    several = replace(SHARE, numerator="office.n|other.n", behind="office.h")
    can, level, reason = row(several, REGISTER, OFFICE)
    assert (can, level) == (True, "area")
    assert reason == "Vor dem Übernehmen streichen, weil nicht geliefert: other.n, office.h."
    finer = replace(SHARE, numerator="towns.n|office.n")
    towns = ("towns", "n", "municipality", ("2025-12-31",))
    assert row(finer, REGISTER, OFFICE, towns) == (True, "area", "")


def test_the_order_does_not_matter():
    made = [delivery(*REGISTER), delivery(*OFFICE)]
    forward = check_indicators([SHARE], made)
    assert forward.equals(check_indicators([SHARE], made[::-1]))


def test_days_that_differ():
    school = replace(SHARE, numerator_day="10-15", denominator_day="12-31")
    again = replace(school, id="b")
    declared = replace(school, id="c", denominator_date="2022-05-15")
    (warning,) = check_days([school, again, declared, SHARE], language="de")
    assert warning.startswith("a, b: Zähler zum 15. Oktober, Nenner zum 31. Dezember. Bitte")


def test_strengths_and_burdens_per_theme():
    effect = replace(SHARE, id="b", kind="outcome", polarity=-1, themes=("pflege",))
    aimed = replace(effect, id="c", target=5.0, target_on="2030-12-31")
    context = replace(SHARE, id="d", polarity=0, themes=("bildung",))
    table = tally_themes([SHARE, effect, aimed, context])
    assert table.index.to_list() == ["pflege", "bildung"]
    assert table.loc["pflege"].to_list() == [1, 2, 0, 1]
    assert table.loc["bildung"].to_list() == [1, 0, 1, 0]
    assert tally_themes([]).empty


@pytest.fixture(scope="module")
def musterkreis(small_county) -> pd.DataFrame:
    config = read_config(small_county)
    own = read_indicators(config.path(config.indicators.file))
    return check_county(config, own, language="de").set_index(["own", "id"])


def test_the_sample_county_computes_its_own_catalogue(musterkreis):
    own = musterkreis.loc[True]
    assert own["computable"].all()
    assert own.loc["pflegeplaetze", "level"] == "municipality"
    assert (own.drop("pflegeplaetze")["level"] == "area").all()


def test_the_sample_county_computes_some_of_the_shipped_catalogue(musterkreis):
    shipped = musterkreis.loc[False]
    assert list(shipped.index) == [one.id for one in shipped_indicators()]
    can = set(shipped.index[shipped["computable"]])
    assert {"sgb2", "kinderarmut", "bg", "alleinerziehende", "kita_u3", "a80", "tagespflege"} <= can
    assert not can & {"leerstand", "pflegequote", "ogs"}
    assert shipped.loc["ogs", "reason"] == "Die Lieferung „schule“ fehlt."
    assert (shipped["reason"] != "")[~shipped["computable"]].all()


def test_block_counts_without_a_stated_date():
    config = read_config(sample_path())
    cells = tuple(part.model_copy(update={"source": None}) for part in config.blocks.cells)
    blocks = config.blocks.model_copy(update={"cells": cells, "derived": {"x": "a + b"}})
    assert block_counts(config.model_copy(update={"blocks": blocks})) == {
        "residents_census": "",
        "households": "",
        "x": "",
    }
