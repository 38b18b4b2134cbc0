"""The frozen base: what counts as a change of the past, and what is kept of it."""

import dataclasses
import itertools
import json
import pickle
import stat
import types
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sozialraum.errors import ConfigError, DisclosureError, SourceError
from sozialraum.files.vault import Vault
from sozialraum.model import Delivery, Source
from sozialraum.model.delivered import DELIVERY_COLUMNS
from sozialraum.pipeline import frozen
from sozialraum.pipeline.base import (
    accept,
    differences,
    publication_key,
    release_key,
    rests,
    settle,
    take,
    told_lines,
)
from sozialraum.pipeline.history import read_history
from sozialraum.pipeline.past import write_changes
from sozialraum.sources.changes import changes, coarse
from support import make_areas

DAYS = ("2023-12-31", "2024-12-31")
PLANTED = (48217, 60493, 31337, 27644)
ORIGINS = {"a": "from a", "b": "from b"}


def table(days=DAYS, variables=("n",), places=4, start=PLANTED):
    rows = [
        ("area", f"Q{place}", day, variable, *(float(start[place % 4] + i),) * 3, "value")
        for place in range(places)
        for i, (day, variable) in enumerate(itertools.product(days, variables))
    ]
    return pd.DataFrame(rows, columns=list(DELIVERY_COLUMNS))


def delivery(name="a", rows=None):
    return Delivery(name, table() if rows is None else rows, Source("Amt", "Proben"))


def changed(rows, place="Q0", day=DAYS[0], by=1.0):
    rows = rows.copy()
    at = (rows["key"] == place) & (rows["date"] == day)
    rows.loc[at, ["value", "low", "high"]] += by
    return rows


@pytest.fixture
def vault(tmp_path, monkeypatch):
    monkeypatch.setenv("SOZIALRAUM_HOME", str(tmp_path / "home"))
    return Vault(tmp_path / "work")


def kinds(before, after):
    found = changes(before, after)
    return sorted(zip(found["kind"], found["key"], found["date"], strict=True))


def test_nothing_changed_whatever_the_order_of_rows():
    before = table()
    assert kinds(before, before.sample(frac=1, random_state=1)) == []


def test_what_is_a_change_of_the_past():
    before = table()
    assert kinds(before, changed(before)) == [("changed", "Q0", DAYS[0])]
    assert kinds(before, before[before["key"] != "Q3"]) == [
        ("removed", "Q3", DAYS[0]),
        ("removed", "Q3", DAYS[1]),
    ]
    assert len(changes(before, table(places=5))) == 2
    assert kinds(before, before[before["date"] == DAYS[0]]) == [
        ("removed", f"Q{place}", DAYS[1]) for place in range(4)
    ]


def test_what_is_none():
    before = table()
    assert kinds(before, table(days=(*DAYS, "2025-12-31"))) == []
    more = table(variables=("m",)).assign(variable="m")
    assert kinds(before, pd.concat([before, more])) == []
    new = table(days=("2025-12-31",), places=9)
    assert kinds(before, pd.concat([before, new])) == []


def test_a_mark_in_place_of_a_number_is_a_change_and_two_marks_are_none():
    before = table()
    hidden = before.copy()
    hidden.loc[0, ["value", "low", "high"]] = [np.nan, 1.0, 9.0]
    hidden.loc[0, "state"] = "suppressed by the supplier"
    found = changes(before, hidden)
    assert found[["kind", "before_state", "after_state"]].to_numpy().tolist() == [
        ["changed", "value", "suppressed by the supplier"]
    ]
    assert len(changes(hidden, hidden.copy())) == 0
    wider = hidden.copy()
    wider.loc[0, "high"] = 4.0
    assert len(changes(hidden, wider)) == 1


@pytest.mark.parametrize(
    ("places", "told"), [(1, "1–5"), (5, "1–5"), (6, "6–50"), (50, "6–50"), (51, "> 50")]
)
def test_places_are_told_in_classes(places, told):
    before = table(places=60)
    after = before.copy()
    chosen = after["key"].isin([f"Q{i}" for i in range(places)])
    after.loc[chosen, ["value", "low", "high"]] += 1
    (one,) = coarse(changes(before, after), before, after)
    assert (one.places, one.dates) == (told, DAYS)


@pytest.mark.parametrize(
    ("factor", "told"),
    [(1.009, "< 1 %"), (0.991, "< 1 %"), (1.02, "+1–5 %"), (0.97, "-1–5 %"), (1.2, "+> 5 %")],
)
def test_totals_are_told_in_classes(factor, told):
    before = table()
    after = before.copy()
    after[["value", "low", "high"]] *= factor
    assert coarse(changes(before, after), before, after)[0].total == told


def test_small_totals_are_not_told():
    before = table(start=(3, 4, 5, 6))
    after = changed(before, by=2.0)
    assert coarse(changes(before, after), before, after)[0].total == ""


def test_the_first_base_is_made_and_the_same_deliveries_give_the_same_id(vault):
    first = take(vault, [delivery()], ORIGINS)
    assert (first.before, first.unchecked) == ("", "")
    again = take(vault, [delivery(rows=table().sample(frac=1, random_state=2))], ORIGINS)
    assert (again.id, again.made) == (first.id, first.made)
    assert [base.id for base in read_history(vault).bases] == [first.id]


def test_a_changed_past_is_refused_and_told_without_a_count(vault):
    first = take(vault, [delivery()], ORIGINS)
    with pytest.raises(SourceError) as caught:
        take(vault, [delivery(rows=changed(table()))], ORIGINS)
    error = caught.value
    assert error.message == "deliveries.past_changed"
    for language in ("de", "en"):
        said = error.text(language)
        assert "a.n: 1–5" in said
        assert "31.12.2023" in said
        assert "accept a" in said
        assert not any(str(count)[:4] in said for count in PLANTED)
    assert read_history(vault).last == first


def test_accepted_changes_make_a_new_base_and_others_wait(vault):
    first = take(vault, [delivery("a"), delivery("b")], ORIGINS)
    new = [delivery("a", changed(table())), delivery("b", changed(table()))]
    made = accept(vault, new, ORIGINS, ["a"], by="Statistikstelle")
    assert (made.accepted, made.by, made.before) == (("a",), "Statistikstelle", first.id)
    assert [one.name for one in differences(vault, made, new)] == ["b"]
    with pytest.raises(SourceError):
        take(vault, new, ORIGINS)
    accept(vault, new, ORIGINS, ["b"], by="Statistikstelle")
    assert take(vault, new, ORIGINS).accepted == ("b",)


def test_what_cannot_be_accepted(vault):
    with pytest.raises(ConfigError) as caught:
        accept(vault, [delivery()], ORIGINS, ["a"], by="x")
    assert caught.value.message == "deliveries.no_base"
    take(vault, [delivery()], ORIGINS)
    with pytest.raises(ConfigError) as caught:
        accept(vault, [delivery()], ORIGINS, ["c"], by="x")
    assert caught.value.ids == ("c",)
    assert accept(vault, [delivery()], ORIGINS, ["a"], by="x") is None


def test_a_new_year_extends_the_base(vault):
    first = take(vault, [delivery()], ORIGINS)
    rows = table(days=(*DAYS, "2025-12-31"))
    second = take(vault, [delivery(rows=rows)], ORIGINS)
    assert (second.before, second.parts[0].dates[-1]) == (first.id, "2025-12-31")
    with pytest.raises(SourceError):
        take(vault, [delivery()], ORIGINS)


def release(title="Probe"):
    """Return what a release says, as far as its key goes."""
    areas = make_areas(8)
    rows = pd.DataFrame(
        {
            "geography": areas["geography"].to_numpy(),
            "area_id": areas.index,
            "indicator": "x",
            "date": DAYS[0],
            "numerator": [None, *range(1, len(areas))],
            "denominator": 100,
            "value": 1.5,
            "state": title,
        }
    )
    return dataclasses.make_dataclass("Said", ["table"])(rows)


@pytest.fixture
def said(monkeypatch):
    """Let releases say what :func:`release` makes, and the register know them by their mark."""
    monkeypatch.setattr("sozialraum.pipeline.base.RELEASE_COLUMNS", tuple(release().table.columns))
    monkeypatch.setattr(
        "sozialraum.disclosure.ledger.request_of",
        lambda one: types.SimpleNamespace(digest=one.table["state"].iloc[0]),
    )


def grown(vault, *years):
    """Return the base after a delivery of the given years came."""
    rows = table((*DAYS, *(f"{year}-12-31" for year in years)))
    return take(vault, [delivery(rows=rows)], ORIGINS)


def bases(vault):
    return [base.id for base in read_history(vault).bases]


def test_a_base_is_kept_while_the_release_of_the_last_run_rests_on_it(vault, said):
    first = grown(vault)
    rests(vault, release(), first.id, "stage 1")
    rests(vault, release(), first.id, "stage 1")
    assert len(read_history(vault).releases) == 1
    grown(vault, 2025)
    last = grown(vault, 2025, 2026)
    assert bases(vault) == [first.id, last.id]
    kept = {path.name.split("-")[1] for path in vault.folder.glob("counts-*")}
    assert kept == {f"{base.parts[0].state}.entry" for base in (first, last)}
    read_back = release()
    read_back.table = read_back.table.astype({"numerator": float}).iloc[::-1]
    assert release_key(vault, read_back) == read_history(vault).releases[0].release
    assert release_key(vault, release("other")) != release_key(vault, release())


def test_a_base_goes_when_its_release_was_replaced_and_never_published(vault, said):
    first = grown(vault)
    rests(vault, release("one"), first.id, "stage 1")
    second = grown(vault, 2025)
    rests(vault, release("two"), second.id, "stage 2")
    assert bases(vault) == [second.id]
    assert [one.stage for one in read_history(vault).releases] == ["stage 2"]
    assert len(list(vault.folder.glob("counts-*"))) == 1


def test_a_base_of_a_published_release_stays(vault, said):
    first = grown(vault)
    rests(vault, release("one"), first.id, "stage 1")
    known = {publication_key(vault, "one")}
    for year in (2025, 2026):
        last = grown(vault, *range(2025, year + 1))
        rests(vault, release(str(year)), last.id, f"stage {year}", published=known)
    assert bases(vault) == [first.id, last.id]
    assert len(list(vault.folder.glob("counts-*"))) == 2


def test_a_base_of_a_release_in_an_output_folder_stays_until_it_is_replaced(vault, said, tmp_path):
    folders = [tmp_path / "ergebnis", tmp_path / "probe"]
    first = grown(vault)
    for folder in map(str, folders):
        rests(vault, release("one"), first.id, "stage 1", folder=folder)
        Path(folder).mkdir()
        settle(vault, folder)
    last = grown(vault, 2025)
    rests(vault, release("two"), last.id, "stage 2")  # until the release only
    assert bases(vault) == [first.id, last.id]
    rests(vault, release("two"), last.id, "stage 2", folder=str(folders[0]))  # killed here
    assert bases(vault) == [first.id, last.id]
    settle(vault, str(folders[0]))
    assert bases(vault) == [first.id, last.id]
    folders[1].rmdir()
    settle(vault, str(folders[0]))
    assert bases(vault) == [last.id]


def test_a_release_that_cannot_be_published_rests_too(vault, said, monkeypatch):
    def refused(_release):
        raise DisclosureError("ledger.not_audited")

    monkeypatch.setattr("sozialraum.disclosure.ledger.request_of", refused)
    first = grown(vault)
    rests(vault, release("draft"), first.id, "stage 1")
    (one,) = read_history(vault).releases
    assert (one.base, one.publication) == (first.id, "")
    last = grown(vault, 2025)
    rests(vault, release("two"), last.id, "stage 2", published={publication_key(vault, "two")})
    assert bases(vault) == [last.id]


def test_a_run_that_is_killed_leaves_the_old_base(vault, monkeypatch):
    first = take(vault, [delivery()], ORIGINS)
    newer = [delivery(rows=table(days=(*DAYS, "2025-12-31")))]
    stored = Vault.store

    def killed(self, stage, *arguments, **settings):
        if stage == "base":
            raise KeyboardInterrupt
        stored(self, stage, *arguments, **settings)

    with monkeypatch.context() as patched:
        patched.setattr(Vault, "store", killed)
        with pytest.raises(KeyboardInterrupt):
            take(vault, newer, ORIGINS)
    assert len(list(vault.folder.glob("counts-*"))) == 2
    assert read_history(vault).last == first
    assert take(vault, newer, ORIGINS).before == first.id
    assert len(list(vault.folder.glob("counts-*"))) == 1


def test_lost_counts_are_said(vault):
    first = take(vault, [delivery()], ORIGINS)
    (vault.folder / f"counts-{first.parts[0].state}.entry").unlink()
    made = take(vault, [delivery(rows=changed(table()))], ORIGINS)
    assert (made.unchecked, made.before) == ("lost", first.id)


def test_entries_are_signed_private_and_hold_no_plain_hash(vault):
    made = take(vault, [delivery()], ORIGINS)
    for path in vault.folder.glob("*.entry"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    part = made.parts[0]
    path = vault.folder / f"counts-{part.state}.entry"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    assert frozen.load(vault, part) is None
    assert not set(frozen._digests(frozen.ordered(table()))) & {part.state, made.id}


def test_what_is_frozen_is_what_was_delivered(vault):
    rows = table()
    rows.loc[1, ["value", "low", "high"]] = np.nan
    rows.loc[1, "state"] = "not delivered"
    made = take(vault, [delivery(rows=rows)], ORIGINS)
    back = frozen.load(vault, made.parts[0])
    assert len(changes(rows, back)) == 0
    assert len(changes(back, rows)) == 0
    assert len(back) == len(rows)


def test_the_file_of_differences_is_private_and_holds_no_formula(vault, tmp_path):
    rows = table()
    rows["key"] = rows["key"].str.replace("Q0", "=cmd")
    made = take(vault, [delivery(rows=rows)], ORIGINS)
    after = changed(rows, place="=cmd")
    found = differences(vault, made, [delivery(rows=after)])
    path = write_changes(tmp_path / "d.csv", found)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (line,) = path.read_text(encoding="utf-8-sig").splitlines()[1:]
    assert line == f"a;area;'=cmd;{DAYS[0]};n;changed;48217.0;value;48218.0;value"
    assert "48217" not in repr(found) + json.dumps(told_lines(found))
    assert pickle.loads(pickle.dumps(made)) == made
