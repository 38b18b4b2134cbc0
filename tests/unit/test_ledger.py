"""The register: what was published once is known for ever, and counts."""

import dataclasses
import json
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from registers import (
    DATE,
    DAY,
    POLICY,
    ROLES,
    SGB2,
    SIGNED,
    Leak,
    Report,
    checked,
    make_release,
    membership,
    opened,
)
from sozialraum.disclosure import ledger as register
from sozialraum.disclosure.ledger import publish, read_ledger, request_of, statements_of
from sozialraum.disclosure.register.told import told
from sozialraum.errors import ConfigError, DisclosureError, OutputError, SozialraumError
from sozialraum.files.appending import appending
from sozialraum.files.pin import read_pin
from sozialraum.model.policy import Protection
from sozialraum.model.statement import Statement
from sozialraum.schema import State

COUNT, BASE = f"sgb2@{DATE}", f"register.u65@{DATE}"
WITH_AUDIENCES = dataclasses.replace(
    POLICY, audiences={"council": ("public",), "steering": ("public",)}
)
WHY = {"reason": "found out", **SIGNED}


def message(call, *arguments, kind=DisclosureError, **options) -> str:
    with pytest.raises(kind) as caught:
        call(*arguments, **options)
    assert caught.value.text("de")
    assert caught.value.text("en")
    return caught.value.message.partition(".")[2]


def said(parts) -> set[tuple[str, str, str, object]]:
    """Return the statements of parts with the ids of areas instead of their names."""
    return {
        (s.kind, s.area.partition("#")[0], s.var, None if s.value is None else int(s.value))
        for s in parts.statements
    }


@pytest.fixture
def ledger(tmp_path):
    return opened(tmp_path)


@pytest.fixture
def published(ledger):
    return publish(make_release(), ledger, **SIGNED).ledger


class TestWhatAReleaseTells:
    def test_counts_denominators_and_marks(self):
        found = statements_of(make_release())
        rows = {
            (s.kind, s.area[:13], s.var, s.value) for c in found.columns for s in c.statements()
        }
        assert rows == {
            ("count", "sozialraum:Q1", COUNT, 12),
            ("count", "sozialraum:Q3", COUNT, 20),
            ("suppressed", "sozialraum:Q2", COUNT, None),
            ("count", "sozialraum:Q1", BASE, 60),
            ("count", "sozialraum:Q3", BASE, 80),
        }

    @pytest.mark.parametrize(
        ("state", "marks"),
        [
            (State.SUPPRESSED, 1),
            (State.NOT_RELEASED, 1),
            (State.EXCLUDED, 1),
            (State.NOT_DELIVERED, 0),
            (State.NOT_APPLICABLE, 0),
        ],
    )
    def test_which_marks_stand_for_a_number(self, state, marks):
        found = statements_of(make_release({"Q1": (12, 60), "Q2": state}))
        assert sum(len(c) for c in found.columns if c.kind == "suppressed") == marks

    def test_a_denominator_of_another_date_is_called_by_it(self):
        indicator = dataclasses.replace(SGB2, denominator_date="2022-05-15")
        found = statements_of(make_release(indicators=(indicator,)))
        assert {c.var for c in found.columns} == {COUNT, "register.u65@2022-05-15"}

    @pytest.mark.parametrize(
        ("protection", "shown"),
        [
            (Protection("random-rounding", base=5), ("rounded", 5, "random", 0)),
            (Protection("controlled-rounding", base=3), ("rounded", 3, "random", 0)),
            (
                Protection("cell-key", max_deviation=4, variance=2.0),
                ("perturbed", 0, "nearest", 4),
            ),
        ],
    )
    def test_changed_counts_say_how_they_were_changed(self, protection, shown):
        policy = dataclasses.replace(POLICY, protection=protection)
        found = [
            s for c in statements_of(make_release(policy=policy)).columns for s in c.statements()
        ]
        ways = {(s.kind, s.base, s.method, s.max_dev) for s in found if s.var == COUNT and s.value}
        assert ways == {shown}
        assert {s.kind for s in found if s.var == BASE} == {"count"}

    def test_areas_are_known_by_their_blocks(self):
        one = statements_of(make_release()).areas
        same = statements_of(make_release({"Q1": (1, 2), "Q2": (3, 4), "Q3": (5, 6)})).areas
        other = statements_of(
            make_release(blocks={"Q1": ("Q1a",), "Q2": ("Q1b", "Q2a", "Q2b"), "Q3": ("Q3a", "Q3b")})
        ).areas
        assert one == same
        assert {name.partition("#")[0] for name in other} == {n.partition("#")[0] for n in one}
        assert len(set(one) & set(other)) == 1
        assert one | other == {**one, **other}
        assert all(one[name] == other[name] for name in set(one) & set(other))

    def test_row_order_does_not_matter(self):
        release = make_release()
        turned = dataclasses.replace(
            release,
            table=release.table.iloc[::-1].reset_index(drop=True),
            areas=release.areas.iloc[::-1],
            membership=release.membership.iloc[::-1],
        )
        assert request_of(turned).digest == request_of(release).digest

    def test_inputs_are_left_alone(self):
        release = make_release()
        before = release.table.copy(), release.membership.copy()
        statements_of(release)
        pd.testing.assert_frame_equal(release.table, before[0])
        pd.testing.assert_frame_equal(release.membership, before[1])

    def test_without_blocks_nothing_can_be_told(self):
        assert message(statements_of, make_release(membership=None)) == "no_membership"
        none = pd.DataFrame(index=pd.Index(["b"], name="block_id"))
        assert message(statements_of, make_release(membership=none)) == "no_membership_of"
        lost = membership({"sozialraum": {"Q1": ["b1"]}})
        with pytest.raises(DisclosureError) as caught:
            statements_of(make_release(membership=lost))
        assert (caught.value.message, caught.value.ids) == ("ledger.no_blocks", ("Q2", "Q3"))

    def test_an_area_without_blocks_may_be_empty(self):
        release = make_release({"Q1": (12, 60), "Q0": (0, 0)}, {"Q1": ("b1",), "Q0": ()})
        assert [a.partition("#")[0] for a in statements_of(release).areas] == ["sozialraum:Q1"]

    def test_values_without_counts_cannot_be_recorded(self):
        release = make_release()
        table = release.table.assign(numerator=np.nan)
        assert message(statements_of, dataclasses.replace(release, table=table)) == "without_counts"

    def test_one_name_for_two_counts_is_refused(self):
        twin = dataclasses.replace(SGB2, id="u65", numerator="d.other")
        bases = dataclasses.replace(SGB2, denominator="u65")
        release = make_release(indicators=(bases, twin))
        assert message(statements_of, release) == "name_twice"


class TestMembership:
    def test_it_is_checked(self):
        table = membership({"sozialraum": {"Q1": ["b1"], "Q9": ["b2"]}})
        with pytest.raises(SozialraumError) as caught:
            make_release(membership=table)
        assert (caught.value.message, caught.value.ids) == ("model.membership_differs", ("Q9",))
        with pytest.raises(SozialraumError, match="schule"):
            make_release(membership=table.rename(columns={"sozialraum": "schule"}))
        numbers = pd.DataFrame({"sozialraum": ["Q1", 2]}, index=["b1", "b2"], dtype=object)
        with pytest.raises(SozialraumError) as caught:
            make_release(membership=numbers)
        assert caught.value.message == "model.membership_not_text"
        with pytest.raises(SozialraumError, match="b1"):
            make_release(membership=table.set_axis(["b1", "b1"]))


class TestPublishing:
    def test_what_was_published_is_known(self, published, tmp_path):
        parts = opened(tmp_path).parts()
        assert said(parts) == {
            ("count", "sozialraum:Q1", COUNT, 12),
            ("count", "sozialraum:Q3", COUNT, 20),
            ("suppressed", "sozialraum:Q2", COUNT, None),
            ("count", "sozialraum:Q1", BASE, 60),
            ("count", "sozialraum:Q3", BASE, 80),
        }
        assert sorted(parts.areas.values()) == [("Q1a", "Q1b"), ("Q2a", "Q2b"), ("Q3a", "Q3b")]
        assert sorted(parts.labels.values()) == [f"Gebiet Q{i} (Q{i})" for i in (1, 2, 3)]
        assert parts.state == published.state == published.head.hash
        assert (parts.earlier, parts.audience) == ("without", "public")

    def test_plain_statements_come_as_arrays(self, published):
        earlier = statements_of(make_release({"Q1": (3, 9)}, date="2019-12-31"))
        name = next(iter(earlier.places))
        more = [Statement.from_json({"kind": "range", "area": name, "var": "x", "hi": 4})]
        marked = {"kind": "suppressed", "area": name, "var": "x", "known_range": [1, 2]}
        other = told(earlier.places, [*more, Statement.from_json(marked)])
        ledger = register.import_earlier(published, other, source="2019", **SIGNED)
        parts = ledger.parts()
        areas, variables = [*reversed(parts.areas)], [BASE, COUNT]
        sums, rest = parts.as_sums(areas, variables)
        assert {s.kind for s in rest} == {"range", "suppressed"}
        columns = (sums.area, sums.var, sums.low, sums.high, sums.hidden)
        found = {
            ("suppressed" if hidden else "count", areas[a], variables[v], low, high)
            for a, v, low, high, hidden in zip(*(c.tolist() for c in columns), strict=True)
        }
        plain = [s for s in parts.statements if s not in rest]
        assert len(sums) == len(found) == len(plain)
        assert found == {
            (s.kind, s.area, s.var, 0 if s.value is None else s.value, s.value or -1) for s in plain
        }

    def test_nothing_known_is_empty_arrays(self, ledger):
        sums, rest = ledger.parts().as_sums([], [])
        assert (len(sums), rest) == (0, ())
        assert sums.hidden.dtype == bool

    def test_an_entry_says_who_when_what_and_how_it_was_checked(self, published):
        entry = published.entry(1)
        assert (entry.kind, entry.day, entry.signed_by) == (
            "release",
            DAY.isoformat(),
            "statistics office",
        )
        content = entry.content
        assert (content["audience"], content["policy"]) == ("public", "standard")
        assert content["audit"]["model"] == "made up"
        assert content["indicators"]["sgb2"]["denominator"] == "register.u65"

    def test_the_policy_s_body_signs_where_nobody_else_does(self, ledger):
        assert publish(make_release(), ledger, on=DAY).entry.signed_by == "Kreistag"

    def test_the_register_holds_no_number_that_is_not_shown(self, tmp_path):
        release = make_release({"Q1": (4711, 60_000), "Q2": State.SUPPRESSED})
        publish(release, opened(tmp_path), **SIGNED)
        content = json.loads((tmp_path / "v.jsonl").read_text(encoding="utf-8"))["content"]
        numbers = [n for table in content["tables"] for n in table.get("value", [])]
        assert sorted(numbers) == [4711, 60_000]
        hidden = [table for table in content["tables"] if table["kind"] == "suppressed"]
        assert [set(table) for table in hidden] == [{"kind", "var", "areas"}]

    def test_the_same_again_adds_nothing(self, published, tmp_path):
        before = (tmp_path / "v.jsonl").read_bytes()
        again = publish(checked(make_release(), published), published, **SIGNED)
        assert (again.new, again.entry.number) == (False, 1)
        stale = publish(make_release(), opened(tmp_path), **SIGNED)
        assert (stale.new, stale.entry.number) == (False, 1)
        assert (tmp_path / "v.jsonl").read_bytes() == before

    def test_new_files_of_a_known_release_are_noted_once(self, published, tmp_path):
        for _ in range(2):
            done = publish(make_release(), opened(tmp_path), outputs={"a.gpkg": "f00d"}, **SIGNED)
            assert (done.new, done.entry.number) == (False, 1)
        assert [e.kind for e in done.ledger.entries] == ["release", "note"]
        assert done.ledger.outputs == {"f00d"}
        assert done.ledger.state == published.state

    def test_the_head_is_pinned(self, published, tmp_path):
        assert read_pin(tmp_path / "pin") == published.head

    def test_areas_are_kept_once(self, published, tmp_path):
        later = checked(make_release(date="2026-12-31"), published)
        done = publish(later, published, **SIGNED)
        assert done.entry.content["places"] == {"same_as": 1}
        assert opened(tmp_path).told(2) == statements_of(later)
        third = publish(
            checked(make_release(date="2027-12-31"), done.ledger), done.ledger, **SIGNED
        )
        assert third.entry.content["places"] == {"same_as": 1}

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"draft": True}, "draft"),
            ({"draft": True, "audience": "council"}, "draft"),
            ({"membership": None}, "no_membership"),
        ],
    )
    def test_what_can_never_be_published(self, ledger, tmp_path, changes, why):
        assert message(publish, make_release(**changes), ledger) == why
        assert list(tmp_path.iterdir()) == []

    def test_somebody_else_s_table_cannot_be_published(self, ledger):
        release = make_release()
        audit = dataclasses.replace(release.audit, ours=False)
        foreign = dataclasses.replace(release, audit=audit)
        assert message(publish, foreign, ledger) == "not_audited"

    def test_a_release_protected_without_the_register_is_refused(self, published, tmp_path):
        before = (tmp_path / "v.jsonl").read_bytes()
        later = make_release(date="2026-12-31")
        assert message(publish, later, published) == "not_checked_against"
        assert (tmp_path / "v.jsonl").read_bytes() == before
        assert publish(checked(later, published), published, **SIGNED).new

    def test_notes_and_withdrawals_do_not_outdate_an_audit(self, published):
        later = checked(make_release(date="2026-12-31"), published)
        ledger = register.withdraw(published, 1, **WHY)
        assert ledger.state == published.state
        assert publish(later, ledger, **SIGNED).new

    def test_an_import_does(self, published):
        later = checked(make_release(date="2026-12-31"), published)
        earlier = statements_of(make_release(date="2019-12-31"))
        ledger = register.import_earlier(published, earlier, source="2019", **SIGNED)
        assert message(publish, later, ledger) == "not_checked_against"

    def test_somebody_publishing_meanwhile_is_noticed(self, published, tmp_path):
        mine = checked(make_release(date="2026-12-31"), published)
        theirs = checked(make_release(date="2027-12-31"), published)
        publish(theirs, opened(tmp_path), **SIGNED)
        before = (tmp_path / "v.jsonl").read_bytes()
        assert message(publish, mine, published) == "meanwhile"
        assert (tmp_path / "v.jsonl").read_bytes() == before

    def test_with_an_audit_it_is_audited_again_instead(self, published, tmp_path):
        seen = []

        def check(parts):
            if not seen:
                theirs = checked(make_release(date="2027-12-31"), published)
                publish(theirs, opened(tmp_path), **SIGNED)
            seen.append(parts.state)
            return Report()

        done = publish(make_release(date="2026-12-31"), published, check=check, **SIGNED)
        assert done.entry.number == 3
        assert seen == [published.state, done.ledger.entry(2).hash]

    def test_the_same_published_meanwhile_is_no_second_entry(self, published, tmp_path):
        mine = make_release(date="2026-12-31")

        def check(_parts):
            publish(checked(mine, published), opened(tmp_path), **SIGNED)
            return Report()

        done = publish(mine, published, check=check, **SIGNED)
        assert (done.new, done.entry.number) == (False, 2)


def test_areas_that_were_redrawn_are_told_apart(published):
    redrawn = {"Q1": ("Q1a",), "Q2": ("Q1b", "Q2a", "Q2b"), "Q3": ("Q3a", "Q3b")}
    reform = checked(make_release(None, redrawn, date="2026-12-31"), published)
    labels = publish(reform, published, **SIGNED).ledger.parts().labels
    assert sorted(labels.values()) == [
        "Gebiet Q1 (Q1), Zahl der Blöcke: 1",
        "Gebiet Q1 (Q1), Zahl der Blöcke: 2",
        "Gebiet Q2 (Q2), Zahl der Blöcke: 2",
        "Gebiet Q2 (Q2), Zahl der Blöcke: 3",
        "Gebiet Q3 (Q3)",
    ]


class TestRefusal:
    def test_a_leak_names_the_areas_and_writes_nothing(self, published, tmp_path):
        before = (tmp_path / "v.jsonl").read_bytes()
        later = make_release({"Q7": (5, 60)}, {"Q7": ("Q1a",)}, date="2026-12-31")
        old, new = next(iter(published.parts().areas)), next(iter(statements_of(later).areas))

        def check(_parts):
            return Report(leaks=(Leak(COUNT, ("minus", old, new)),))

        with pytest.raises(DisclosureError) as caught:
            publish(later, published, check=check)
        assert caught.value.message == "ledger.refused"
        assert caught.value.ids == (f"{COUNT}: Gebiet Q1 (Q1) / Gebiet Q7 (Q7)",)
        assert (tmp_path / "v.jsonl").read_bytes() == before

    def test_what_is_left_open_is_refused_too(self, ledger):
        report = Report(unresolved=(("atom", "x", "y"),))
        assert message(publish, make_release(), ledger, check=lambda _: report) == "unresolved"

    def test_two_roles_may_take_it_upon_themselves(self, ledger):
        report = Report(unresolved=(("atom", "x"), ("atom", "y")))
        options = {"roles": ROLES, "reason": "needed today", "on": DAY}
        signed = register.override(ledger, make_release(), report, **options)
        entry = signed.entry(1)
        assert entry.kind == "override"
        assert entry.signed_by == " + ".join(ROLES)
        assert entry.content["open"] == ["atom x", "atom y"]
        done = publish(make_release(), signed, check=lambda _: report, **SIGNED)
        assert done.entry.content["override"] == 1

    def test_an_override_holds_for_one_release_one_state_and_what_was_open(self, ledger):
        report = Report(unresolved=(("atom", "x"),))
        options = {"roles": ROLES, "reason": "needed today", "on": DAY}
        signed = register.override(ledger, make_release(), report, **options)
        other = make_release({"Q1": (13, 60)})
        assert message(publish, other, signed, check=lambda _: report) == "unresolved"
        more = Report(unresolved=(("atom", "x"), ("atom", "z")))
        assert message(publish, make_release(), signed, check=lambda _: more) == "unresolved"
        earlier = statements_of(make_release(date="2019-12-31"))
        later = register.import_earlier(signed, earlier, source="2019", **SIGNED)
        assert message(publish, make_release(), later, check=lambda _: report) == "unresolved"

    def test_nobody_overrides_a_proven_leak(self, ledger):
        leak = Report(leaks=(Leak(COUNT, ("minus", "a", "b")),), unresolved=(("atom", "x"),))
        options = {"roles": ROLES, "reason": "needed today"}
        assert message(register.override, ledger, make_release(), leak, **options) == "no_override"
        opened_only = Report(unresolved=leak.unresolved)
        signed = register.override(ledger, make_release(), opened_only, **options, on=DAY)
        assert message(publish, make_release(), signed, check=lambda _: leak) == "refused"

    @pytest.mark.parametrize(
        ("roles", "reason", "why"),
        [
            ((ROLES[0], ROLES[0].upper()), "x", "two_roles"),
            ((ROLES[0], "mayor"), "x", "not_their_role"),
            ((ROLES[0], ""), "x", "not_their_role"),
            (ROLES, " ", "unsigned"),
        ],
    )
    def test_who_may_not(self, ledger, tmp_path, roles, reason, why):
        report = Report(unresolved=(("atom", "x"),))
        given = {"roles": roles, "reason": reason, "kind": SozialraumError}
        assert message(register.override, ledger, make_release(), report, **given) == why
        assert list(tmp_path.iterdir()) == []

    def test_nothing_open_needs_no_override(self, ledger):
        options = {"roles": ROLES, "reason": "x"}
        found = message(register.override, ledger, make_release(), Report(), **options)
        assert found == "nothing_to_override"


class TestYearsAddedUp:
    """Whoever has the sum of three years and two of them has the third."""

    def test_single_years_are_not_added_up_later(self, ledger):
        known = publish(make_release(), ledger, **SIGNED).ledger
        pooled = dataclasses.replace(SGB2, id="sgb2_three", pool=3)
        release = make_release(indicators=(SGB2, pooled))
        assert message(publish, release, known) == "other_pool"

    def test_a_sum_is_not_taken_apart_later(self, ledger):
        three = (dataclasses.replace(SGB2, pool=3),)
        known = publish(make_release(indicators=three), ledger, **SIGNED).ledger
        assert message(publish, make_release({"Q1": (13, 60)}), known) == "other_pool"

    def test_other_counts_and_denominators_may_be_shown_otherwise(self, ledger):
        known = publish(make_release(), ledger, **SIGNED).ledger
        other = dataclasses.replace(SGB2, id="births", numerator="d.births", pool=3)
        again = make_release({"Q1": (13, 60)}, indicators=(SGB2, other))
        assert message(publish, again, known) != "other_pool"


class TestAudiences:
    @pytest.fixture
    def three(self, ledger):
        """Published: one date to everybody, one to the council, one to the steering group."""
        for audience, year in (("public", 2025), ("council", 2026), ("steering", 2027)):
            options = {"audience": audience, "policy": WITH_AUDIENCES}
            release = make_release({"Q1": (year, 9999)}, date=f"{year}-12-31", **options)
            ledger = publish(release, ledger, check=lambda _: Report(), **SIGNED).ledger
        return ledger

    @pytest.mark.parametrize(
        ("audience", "sees", "years"),
        [
            ("public", None, {2025}),
            ("council", None, {2025, 2026}),
            ("steering", None, {2025, 2027}),
            ("steering", {"steering": ("council",), "council": ()}, {2025, 2026, 2027}),
            ("council", {"steering": ("council",), "council": ()}, {2025, 2026}),
        ],
    )
    def test_who_has_seen_what(self, three, audience, sees, years):
        found = {
            s.value for s in three.parts(audience, sees=sees).statements if s.var[:4] == "sgb2"
        }
        assert found == years

    def test_an_audience_that_the_order_does_not_know_is_refused(self, three):
        assert message(three.parts, "press", sees={"council": ()}) == "unknown_audience"

    def test_a_public_release_is_audited_for_everybody_who_sees_it(self, three):
        audited = []

        def check(parts):
            audited.append((parts.audience, len(parts.statements)))
            return Report()

        release = make_release({"Q1": (3, 9)}, date="2028-12-31", policy=WITH_AUDIENCES)
        publish(release, three, check=check, **SIGNED)
        assert audited == [("public", 2), ("council", 4), ("steering", 4)]

    def test_a_narrow_release_only_for_those(self, three):
        order = {"steering": ("council", "public"), "council": ("public",)}
        policy = dataclasses.replace(POLICY, audiences=order)
        audited = []
        release = make_release({"Q1": (3, 9)}, date="2028-12-31", audience="council", policy=policy)
        publish(release, three, check=lambda p: audited.append(p.audience) or Report(), **SIGNED)
        assert audited == ["council", "steering"]

    def test_a_leak_to_a_narrow_audience_stops_a_public_release(self, three):
        def check(parts):
            return Report((Leak(COUNT, ("area",)),) if parts.audience == "steering" else ())

        release = make_release({"Q1": (3, 9)}, date="2028-12-31", policy=WITH_AUDIENCES)
        with pytest.raises(DisclosureError, match="steering"):
            publish(release, three, check=check)

    def test_a_policy_that_forgot_an_audience_stops_a_release(self, three):
        release = make_release({"Q1": (3, 9)}, date="2028-12-31")
        check = lambda _parts: Report()  # noqa: E731
        assert message(publish, release, three, check=check) == "unknown_audience"

    def test_equal_numbers_for_two_audiences_are_two_publications(self, ledger):
        for audience in ("council", "public"):
            release = make_release(audience=audience, policy=WITH_AUDIENCES)
            done = publish(release, ledger, check=lambda _: Report())
            ledger = done.ledger
        assert done.entry.number == 2
        assert len(ledger.parts("council").statements) == 5


class TestSignedEntries:
    def test_nothing_before_is_signed_once(self, ledger):
        assert ledger.earlier == "without"
        for _ in range(2):
            ledger = register.declare_none(ledger, **WHY)
        assert ledger.earlier == "none"
        assert len(ledger.entries) == 1

    def test_nothing_before_is_wrong_after_an_import(self, ledger):
        earlier = statements_of(make_release(date="2019-12-31"))
        ledger = register.import_earlier(ledger, earlier, source="2019", **SIGNED)
        assert ledger.earlier == "imported"
        assert message(register.declare_none, ledger, kind=ConfigError, **WHY) == "not_none"

    @pytest.mark.parametrize("blank", ["signed_by", "reason"])
    def test_nobody_and_no_reason_do_not_sign(self, published, tmp_path, blank):
        before = (tmp_path / "v.jsonl").read_bytes()
        given = {**WHY, blank: "  ", "kind": ConfigError}
        assert message(register.declare_none, published, **given) == "unsigned"
        assert message(register.withdraw, published, 1, **given) == "unsigned"
        assert message(register.correct, published, 1, **given) == "unsigned"
        assert (tmp_path / "v.jsonl").read_bytes() == before

    def test_what_was_withdrawn_stays_known(self, published):
        before = said(published.parts())
        for _ in range(2):
            ledger = register.withdraw(published, 1, **WHY)
        assert [e.kind for e in ledger.entries] == ["release", "withdrawal"]
        assert ledger.withdrawn == {1}
        assert said(ledger.parts()) == before

    def test_what_was_withdrawn_can_be_published_again(self, published):
        ledger = register.withdraw(published, 1, **WHY)
        again = publish(checked(make_release(), ledger), ledger, **SIGNED)
        assert (again.new, again.entry.number) == (True, 3)
        assert len(said(again.ledger.parts())) == len(again.ledger.parts().statements)

    def test_only_publications_can_be_withdrawn(self, ledger):
        ledger = register.declare_none(ledger, **WHY)
        given = {"kind": ConfigError, **WHY}
        assert message(register.withdraw, ledger, 1, **given) == "no_publication"
        for number in (0, 2, -1):
            assert message(register.withdraw, ledger, number, **given) == "no_entry"

    @pytest.mark.parametrize(
        ("scope", "gone"),
        [
            ({}, 5),
            ({"variables": ["sgb2"]}, 3),
            ({"variables": [COUNT]}, 3),
            ({"areas": ["Q1"]}, 2),
            ({"variables": [COUNT], "areas": ["Q1", "Q2"]}, 2),
        ],
    )
    def test_corrected_numbers_bind_no_more_but_stay(self, published, scope, gone):
        before = set(published.parts().statements)
        ledger = register.correct(published, 1, **scope, **WHY)
        parts = ledger.parts()
        assert len(parts.corrected) == gone
        assert set(parts.corrected) | set(parts.statements) == before
        assert len(parts.statements) == 5 - gone
        assert ledger.state != published.state
        again = register.correct(ledger, 1, **scope, **WHY)
        assert again.head == ledger.head

    def test_a_correction_names_what_was_published(self, published):
        given = {"kind": ConfigError, **WHY}
        assert message(register.correct, published, 1, areas=["Q9"], **given) == "not_told"
        assert message(register.correct, published, 1, variables=["x"], **given) == "not_told"

    def test_corrections_reach_statements_about_several_areas(self, ledger):
        found = statements_of(make_release())
        names = list(found.places)
        loose = [
            Statement.from_json(
                {"kind": "order", "var": COUNT, "of": BASE, "areas": [names[0], names[2]]}
            ),
            Statement.from_json(
                {
                    "kind": "linear",
                    "terms": [[1, names[1], COUNT], ["1/3", names[2], BASE]],
                    "hi": 9,
                }
            ),
        ]
        earlier = told(found.places, loose)
        ledger = register.import_earlier(ledger, earlier, source="2019", **SIGNED)
        assert set(ledger.parts().loose) == set(loose)
        ledger = register.correct(ledger, 1, areas=["Q1"], **WHY)
        assert ledger.parts().loose == (loose[1],)
        assert ledger.parts().corrected == (loose[0],)


class TestImports:
    def test_the_same_is_imported_once(self, ledger):
        earlier = statements_of(make_release(date="2019-12-31"))
        for _ in range(2):
            ledger = register.import_earlier(ledger, earlier, source="2019", **SIGNED)
        assert [e.kind for e in ledger.entries] == ["import"]
        assert ledger.entry(1).content["source"] == "2019"

    def test_other_publishers_are_known_to_all_but_answer_nothing(self, ledger):
        totals = statements_of(make_release(date="2019-12-31"))
        options = {"background": True, "audience": "council", "source": "BA", **SIGNED}
        ledger = register.import_earlier(ledger, totals, **options)
        assert ledger.earlier == "without"
        for audience in ("public", "council"):
            parts = ledger.parts(audience)
            assert parts.statements == ()
            assert len(parts.other_statements) == 5

    def test_every_kind_of_statement_comes_back(self, ledger):
        found = statements_of(make_release())
        a, b, _ = found.places
        place = {"area": a, "var": "x@2019-12-31"}
        rate = {**place, "of": "y@2019-12-31"}
        given = [
            {"kind": "count", **place, "value": 7, "label": "report, page 3"},
            {"kind": "suppressed", **place, "known_range": [1, None]},
            {"kind": "suppressed", "area": b, "var": "x@2019-12-31"},
            {"kind": "range", **place, "lo": 3},
            {"kind": "rounded", **place, "value": 10, "base": 5, "method": "random"},
            {"kind": "perturbed", **place, "value": 9, "max_dev": 3, "zero_means_zero": True},
            {"kind": "rate", **rate, "value": 8.5, "decimals": 1, "per": 1000},
            {"kind": "rate_class", **rate, "lo": "1/3", "hi": 10},
            {**rate, "kind": "affine_index", "value": -1.25, "decimals": 2, "mean": 10, "sd": 4},
            {"kind": "order", "var": "x@2019-12-31", "of": "y@2019-12-31", "areas": [b, a]},
            {
                "kind": "linear",
                "terms": [[1, a, "x@2019-12-31"], ["1/3", b, "z"]],
                "lo": 0,
                "hi": 9,
            },
        ]
        statements = {Statement.from_json(one) for one in given}
        assert len(statements) == len(given)
        earlier = told(found.places, statements)
        ledger = register.import_earlier(ledger, earlier, source="2019", **SIGNED)
        again = read_ledger(ledger.path).parts()
        assert set(again.statements) == statements
        assert len(again.statements) == len(given)
        assert set(again.areas) == {a, b}
        assert Fraction(1, 3) in {s.lo for s in again.statements}


class TestReading:
    def test_no_file_and_no_pin_is_a_new_register(self, ledger):
        assert (ledger.head.number, ledger.state, ledger.earlier) == (0, "", "without")
        assert ledger.parts().statements == ()

    def test_a_missing_register_is_not_an_empty_one(self, published, tmp_path):
        published.path.unlink()
        assert message(opened, tmp_path) == "missing"
        published.path.write_bytes(b"")
        assert message(opened, tmp_path) == "shorter"

    def test_a_register_that_ends_earlier_is_refused(self, published, tmp_path):
        whole = published.path.read_bytes()
        register.withdraw(published, 1, **WHY)
        published.path.write_bytes(whole)
        assert message(opened, tmp_path) == "shorter"
        published.path.write_bytes(whole[:-20])
        assert message(opened, tmp_path) == "shorter"

    def test_somebody_else_s_register_is_refused(self, published, tmp_path):
        (tmp_path / "other").mkdir()
        other = publish(make_release({"Q1": (1, 99)}), opened(tmp_path / "other"), **SIGNED)
        published.path.write_bytes(other.ledger.path.read_bytes())
        assert message(opened, tmp_path) == "other"

    def test_a_register_that_goes_on_is_accepted_and_pinned_with_the_next_entry(
        self, published, tmp_path
    ):
        pin = (tmp_path / "pin").read_bytes()
        register.withdraw(published, 1, **WHY)
        (tmp_path / "pin").write_bytes(pin)  # killed between entry and pin
        ledger = opened(tmp_path)
        assert ledger.head.number == 2
        assert (tmp_path / "pin").read_bytes() == pin
        again = register.declare_none(ledger, **WHY)
        assert read_pin(tmp_path / "pin") == again.head

    def test_writing_checks_the_pin_again(self, published, tmp_path):
        (tmp_path / "pin").write_text(json.dumps({"number": 9, "hash": "a" * 64}))
        assert message(register.declare_none, published, **WHY) == "shorter"

    def test_a_torn_end_is_passed_over_and_repaired(self, published, tmp_path):
        with published.path.open("ab") as stream:
            stream.write(b'{"content":{"audience":"pub')
        ledger = opened(tmp_path)
        assert ledger.head == published.head
        ledger = register.declare_none(ledger, **WHY)
        assert [e.kind for e in opened(tmp_path).entries] == ["release", "none"]

    def test_entries_of_a_later_version_are_refused(self, published, tmp_path):
        with appending(published.path) as journal:
            journal.append("promise", {}, day="2026-01-05", signed_by="office")
        assert message(opened, tmp_path) == "unknown_kind"

    def test_it_describes_itself_without_numbers(self, published):
        assert repr(published) == "<Ledger: 1 entries, earlier publications: without>"
        assert "release" in published._repr_html_()
        assert repr(published.parts()) == "<Parts: public, 3 areas, 5 statements>"
        unpinned = read_ledger(published.path)
        assert "not pinned" in repr(unpinned)


class TestCopies:
    @pytest.fixture
    def backup(self, published, tmp_path):
        return register.back_up(published, tmp_path / "far" / "copy.jsonl")

    def test_a_copy_equals_the_register_and_carries_its_head(self, published, backup):
        assert backup.read_bytes() == published.path.read_bytes()
        assert read_pin(f"{backup}.pin") == published.head
        assert message(register.back_up, published, backup, kind=OutputError) == "exists"
        register.back_up(register.withdraw(published, 1, **WHY), backup, overwrite=True)
        assert read_pin(f"{backup}.pin").number == 2

    def test_an_empty_register_is_not_copied(self, ledger, tmp_path):
        copied = message(register.back_up, ledger, tmp_path / "c", kind=ConfigError)
        assert copied == "nothing_to_copy"
        assert not (tmp_path / "c").exists()

    def test_a_copy_ends_with_its_last_entry(self, published, tmp_path):
        whole = published.path.read_bytes()
        for end in (whole[:-1], whole + b'{"content":{'):
            published.path.write_bytes(end)
            copy = register.back_up(opened(tmp_path), tmp_path / "c", overwrite=True)
            assert copy.read_bytes() == whole

    @pytest.mark.parametrize("damage", ["missing", "changed", "empty"])
    def test_it_is_put_back_and_the_old_file_is_kept(self, published, backup, tmp_path, damage):
        path, whole = published.path, published.path.read_bytes()
        broken = {"changed": whole.replace(b'"public"', b'"Public"'), "empty": b""}.get(damage)
        path.unlink()
        if broken is not None:
            path.write_bytes(broken)
        ledger = register.restore(backup, path, tmp_path / "pin")
        assert path.read_bytes() == whole
        assert said(ledger.parts()) == said(published.parts())
        aside = path.with_name("v.jsonl.alt-1")
        assert (aside.read_bytes() if aside.exists() else None) == broken

    def test_a_copy_that_ends_too_early_is_refused(self, published, backup, tmp_path):
        ledger = register.withdraw(published, 1, **WHY)
        before = ledger.path.read_bytes()
        place = (backup, ledger.path, tmp_path / "pin")
        assert message(register.restore, *place) == "would_lose"
        assert message(register.restore, backup, ledger.path) == "would_lose"
        ledger.path.write_bytes(before.replace(b'"withdrawal"', b'"Withdrawal"'))
        assert message(register.restore, backup, ledger.path) == "would_lose"
        ledger.path.unlink()
        assert message(register.restore, *place) == "would_lose"
        assert not ledger.path.exists()

    def test_a_loss_is_accepted_with_a_signed_note(self, published, backup, tmp_path):
        ledger = register.withdraw(published, 1, **WHY)
        ledger.path.unlink()
        place = (backup, ledger.path, tmp_path / "pin")
        blank = message(register.restore, *place, kind=ConfigError, accept_loss=True)
        assert blank == "unsigned"
        found = register.restore(*place, accept_loss=True, **WHY)
        assert [e.kind for e in found.entries] == ["release", "note"]
        note = found.entry(2)
        assert (note.signed_by, note.content["lost_up_to"]) == ("statistics office", 2)
        assert note.content["restored_up_to"] == 1
        assert opened(tmp_path).head == found.head

    def test_damaged_and_empty_copies_are_refused(self, published, backup, tmp_path):
        place = (backup, published.path, tmp_path / "pin")
        whole = backup.read_bytes()
        backup.write_bytes(whole.replace(b'"public"', b'"Public"'))
        assert message(register.restore, *place) == "changed"
        backup.write_bytes(b"")
        assert message(register.restore, *place) == "shorter"
        (tmp_path / "far" / "copy.jsonl.pin").unlink()
        assert message(register.restore, *place) == "empty_backup"
        assert published.path.read_bytes() == whole

    def test_an_equal_copy_may_replace_an_intact_register(self, published, backup, tmp_path):
        found = register.restore(backup, published.path, tmp_path / "pin")
        assert found.head == published.head
