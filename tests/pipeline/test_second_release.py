"""Two years later: a boundary reform, a catchment changed, and what is public already."""

from dataclasses import replace

import pytest

import sozialraum as sr
from sozialraum import schema
from sozialraum.areas import adopt_geography
from sozialraum.config import read_config
from sozialraum.disclosure.ledger import declare_none, publish, read_ledger
from sozialraum.disclosure.register.layers import earlier_areas
from sozialraum.errors import DisclosureError
from sozialraum.model import Areas, Blocks, Measures, Policy
from sozialraum.pipeline import Inputs
from sozialraum.pipeline.further import deliveries_on_areas
from sozialraum.schema import State

INDICATORS = ("sgb2", "u18")
SIGNED = {"decided_by": "Kreistag", "decided_on": "2026-01-15", "dpo_consulted_on": "2026-01-10"}


class County:
    """The small sample county with school catchments, and its nouns before the gate."""

    def __init__(self, made) -> None:
        self.inputs = Inputs(read_config(made.project))
        self.blocks: Blocks = made.first.blocks
        self.areas: Areas = made.first.areas
        self.policy: Policy = replace(self.inputs.policy, **SIGNED)
        shapes = sr.read_districts(made.project / "daten" / "grundschulbezirke.gpkg")
        self.schools = adopt_geography(
            self.blocks, shapes, geography="schulbezirke", policy=self.policy, prefix="GS-"
        )

    def measures(self, areas: Areas, schools: Areas, earlier=None) -> Measures:
        wanted = [one for one in self.inputs.indicators if one.id in INDICATORS]
        return sr.measure(
            self.blocks,
            areas,
            wanted,
            deliveries_on_areas(self.inputs.config, self.inputs, self.blocks, areas),
            others=[schools],
            earlier=earlier,
            county="Musterkreis",
        )

    def reformed(self) -> Areas:
        """Return the areas after one block went from one area to its neighbour."""
        return _moved(self.blocks, self.areas)

    def redrawn(self) -> Areas:
        """Return the school catchments after one block changed the school."""
        return _moved(self.blocks, self.schools)


def _moved(blocks: Blocks, areas: Areas) -> Areas:
    """Return areas with the smallest inhabited block on a border handed over."""
    member = areas.membership.copy()
    unit = blocks.frame[schema.MUNICIPALITY]
    people = blocks.counts["residents"]
    order = people[people > 0].sort_values(kind="stable").index
    ids = list(blocks.frame.index)
    for block in order:
        at = ids.index(block)
        near = [ids[j] for j in blocks.adjacency[[at]].indices if unit[ids[j]] == unit[block]]
        other = [member[one] for one in near if member[one] not in ("", member[block])]
        alone = (member == member[block]).sum() < 3
        if member[block] and other and not alone:
            member[block] = other[0]
            return replace(areas, membership=member, report={})
    raise AssertionError("no block on a border")


@pytest.fixture(scope="module")
def county(made):
    return County(made)


@pytest.fixture
def ledger(tmp_path):
    found = read_ledger(tmp_path / "register.jsonl", tmp_path / "pin")
    return declare_none(found, signed_by="Statistikstelle", reason="Erste Veröffentlichung")


def test_a_second_release_passes_the_register(county, ledger):
    first = sr.protect(county.measures(county.areas, county.schools), county.policy, ledger=ledger)
    done = publish(first, ledger)
    earlier = earlier_areas(done.ledger)
    measures = county.measures(county.reformed(), county.redrawn(), earlier)
    second = sr.protect(measures, county.policy, ledger=done.ledger)
    again = publish(second, done.ledger)
    assert again.new
    assert len(again.ledger.entries) == 3
    assert "laut Erklärung nichts veröffentlicht" in second.audit.model
    shown = second.table[second.table["state"] == State.VALUE]
    assert len(shown) > 0.5 * (first.table["state"] == State.VALUE).sum()


def test_a_leaking_second_release_is_refused_and_writes_nothing(county, ledger):
    first = sr.protect(county.measures(county.areas, county.schools), county.policy, ledger=ledger)
    done = publish(first, ledger)
    blind = sr.protect(county.measures(county.reformed(), county.redrawn()), county.policy)
    before = done.ledger.path.read_bytes()
    with pytest.raises(DisclosureError) as refused:
        publish(blind, done.ledger)
    assert refused.value.message == "ledger.refused"
    assert "protect" in str(refused.value)
    assert refused.value.ids
    assert done.ledger.path.read_bytes() == before
