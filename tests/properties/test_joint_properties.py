"""What can be worked out of a release over several geographies, whatever the counts were.

The attacker is :mod:`joint_attacks`: whole-number programmes over all that is public.
"""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joint_attacks import POLICY as HOUSE
from joint_attacks import Attacker, County, leaks, make_county, with_areas
from registers import DAY, SIGNED
from sozialraum import schema
from sozialraum.disclosure import protect
from sozialraum.disclosure.ledger import (
    Ledger,
    import_earlier,
    publish,
    read_ledger,
    request_of,
    statements_of,
)
from sozialraum.disclosure.register.layers import earlier_areas
from sozialraum.disclosure.sheet import Withheld
from sozialraum.errors import DisclosureError
from sozialraum.indicators import measure
from sozialraum.model import Measures, Release
from sozialraum.model.policy import Protection

KEY = b"0123456789abcdef"
SEEDS = st.integers(0, 10**6)
few = settings(max_examples=5, deadline=None)
METHODS = (
    Protection("random-rounding", base=3),
    Protection("controlled-rounding", base=3),
    Protection("cell-key", max_deviation=2, variance=1.0),
)


def measured(county: County, ledger: Ledger | None = None) -> Measures:
    return measure(
        county.blocks,
        county.areas,
        county.wanted,
        county.deliveries,
        others=county.others,
        earlier=None if ledger is None else earlier_areas(ledger),
        residents="residents",
    )


def seen(county: County, release: Release) -> Attacker:
    attacker = Attacker(county)
    attacker.see(release, county.places(), before=False)
    return attacker


@few
@given(SEEDS, st.booleans(), st.booleans(), st.booleans())
def test_nothing_protected_follows_from_overlapping_geographies(seed, agency, gap, zero):
    county = make_county(seed, agency=agency, gap=gap, zero=zero)
    release = protect(measured(county), HOUSE)
    assert leaks(county, seen(county, release), release) == []


@few
@given(SEEDS, st.booleans(), st.sampled_from(["", "a"]))
def test_what_a_municipality_has_not_agreed_to_stays_unknown(seed, agency, indicator):
    county = make_county(seed, agency=agency)
    unit = county.blocks.frame["municipality"].iloc[0]
    release = protect(measured(county), HOUSE, withheld=[Withheld(unit, indicator)])
    secret = [(unit, indicator)]
    assert leaks(county, seen(county, release), release, secret=secret) == []


@few
@given(SEEDS)
def test_a_municipality_cannot_use_its_own_register(seed):
    county = make_county(seed)
    policy = replace(HOUSE, insiders=True)
    release = protect(measured(county), policy)
    attacker = seen(county, release)
    for insider in ["", *attacker.units]:
        if insider and len(attacker.units) == 1:
            continue
        assert leaks(county, attacker, release, insider=insider) == []


def _earlier(county: County, per_area: int, *, further: bool, agency: bool) -> County:
    """Return the county with the boundaries of an earlier release."""
    old = with_areas(county, per_area)
    old = old if further else replace(old, others=[])
    if agency:  # its numbers hold for today's areas only
        sent = [one for one in county.deliveries if one.name != "sgb2"]
        old = replace(old, wanted=[i for i in county.wanted if i.id != "c"], deliveries=sent)
    return old


@few
@given(SEEDS, st.integers(1, 3), st.booleans(), st.booleans(), st.sampled_from([0, 1, 2]))
def test_nothing_follows_with_what_was_published_before(seed, per_area, agency, council, others):
    county = make_county(seed, agency=agency, gap=not agency, further_ones=others)
    old = _earlier(county, per_area, further=seed % 2 == 0, agency=agency)
    policy = replace(HOUSE, audiences={"council": ("public",)})
    with TemporaryDirectory() as folder:
        ledger = read_ledger(Path(folder, "v.jsonl"))
        to = "council" if council else "public"
        first = protect(measured(old), policy, ledger=ledger, audience=to, on=DAY)
        ledger = publish(first, ledger, **SIGNED).ledger
        second = protect(measured(county, ledger), policy, ledger=ledger, on=DAY)
        publish(second, ledger, **SIGNED)
    before = old.places()
    places = county.places() | {("before", str(k)): inside for k, inside in before.items()}
    attacker = seen(county, second)
    attacker.see(first, before, before=True)
    assert leaks(county, attacker, second, places=places) == []


@few
@given(SEEDS, st.sampled_from(METHODS), st.booleans())
def test_changed_counts_give_nothing_away(seed, protection, plain_before):
    county = make_county(seed, zero=seed % 2 == 0)
    policy = replace(HOUSE, protection=protection)
    old = _earlier(county, 1 + seed % 3, further=True, agency=False)
    with TemporaryDirectory() as folder:
        ledger = read_ledger(Path(folder, "v.jsonl"))
        way = HOUSE if plain_before else policy
        first = protect(measured(old), way, ledger=ledger, key=KEY, on=DAY)
        ledger = publish(first, ledger, **SIGNED).ledger
        measures = measured(county, ledger)
        second = protect(measures, policy, ledger=ledger, key=KEY, on=DAY)
    attacker = seen(county, second)
    attacker.see(first, old.places(), before=True)
    assert leaks(county, attacker, second) == []


@few
@given(SEEDS)
def test_totals_of_other_publishers_are_known(seed):
    county = make_county(seed, further_ones=1)
    other = _earlier(county, 1 + seed % 2, further=False, agency=False)
    with TemporaryDirectory() as folder:
        ledger = read_ledger(Path(folder, "v.jsonl"))
        theirs = protect(measured(other), HOUSE, on=DAY)
        told = statements_of(theirs)
        ledger = import_earlier(ledger, told, source="2025", background=True, **SIGNED)
        release = protect(measured(county, ledger), HOUSE, ledger=ledger, on=DAY)
    attacker = seen(county, release)
    attacker.see(theirs, other.places(), before=True)
    assert leaks(county, attacker, release) == []


@settings(max_examples=5, deadline=None)
@given(SEEDS)
def test_the_order_of_rows_and_blocks_does_not_matter(seed):
    county = make_county(seed, gap=True)
    measures = measured(county)
    random = np.random.default_rng(seed)
    rows, blocks = (random.permutation(len(x)) for x in (measures.table, measures.overlay))
    areas = measures.areas
    shuffled = replace(
        measures,
        table=measures.table.iloc[rows].reset_index(drop=True),
        overlay=measures.overlay.iloc[blocks],
        areas=replace(areas, membership=areas.membership.iloc[blocks]),
        units=measures.units.iloc[::-1],
        indicators=measures.indicators[::-1],
    )
    one, two = (protect(m, HOUSE) for m in (measures, shuffled))
    names = [schema.GEOGRAPHY, schema.AREA_ID, schema.INDICATOR, schema.DATE]
    one_table, two_table = (r.table.sort_values(names).reset_index(drop=True) for r in (one, two))
    pd.testing.assert_frame_equal(one_table, two_table)
    assert one.audit == two.audit


@few
@given(SEEDS)
def test_nothing_more_is_hidden_where_nothing_overlaps(seed):
    county = make_county(seed, agency=True, gap=True, further_ones=0)
    with TemporaryDirectory() as folder:
        ledger = read_ledger(Path(folder, "v.jsonl"))
        alone = protect(measured(county), HOUSE, on=DAY)
        among = protect(measured(county), HOUSE, ledger=ledger, on=DAY)
    pd.testing.assert_frame_equal(alone.table, among.table)
    assert "proof" not in among.audit.checks


@few
@given(SEEDS)
def test_a_blind_release_is_never_published(seed):
    county = make_county(seed, further_ones=0)
    old = with_areas(county, 1 + seed % 3)
    with TemporaryDirectory() as folder:
        path = Path(folder, "v.jsonl")
        ledger = read_ledger(path)
        first = protect(measured(old), HOUSE, ledger=ledger, on=DAY)
        ledger = publish(first, ledger, **SIGNED).ledger
        content = path.read_bytes()
        blind = protect(measured(county), HOUSE, on=DAY)
        if ledger.find(request_of(blind, **SIGNED).digest) is None:
            with pytest.raises(DisclosureError):
                publish(blind, ledger, **SIGNED)
        else:
            assert not publish(blind, ledger, **SIGNED).new
        assert path.read_bytes() == content
