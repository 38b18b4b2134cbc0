"""Promises of the register: no byte changes unseen, and what goes in comes out."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sozialraum.disclosure.ledger import declare_none, read_ledger
from sozialraum.disclosure.register.columns import of_statements
from sozialraum.disclosure.register.places import Place, as_spans, from_spans, named
from sozialraum.disclosure.register.told import Told, told
from sozialraum.errors import DisclosureError
from sozialraum.files.appending import appending
from sozialraum.files.journal import canonical
from sozialraum.model.statement import Statement


class Made(NamedTuple):
    """A register of four entries, its pin at the third, and where that one ends."""

    content: bytes
    pin: str
    end: int


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Made:
    path = tmp_path_factory.mktemp("register") / "v.jsonl"
    with appending(path) as journal:
        for text in ("one", "zwei ä", "three"):
            journal.append("note", {"text": text}, day="2026-01-05", signed_by="office")
        head, end = journal.journal.head, journal.journal.size
    declare_none(read_ledger(path), signed_by="office", reason="looked")
    return Made(path.read_bytes(), json.dumps({"number": 3, "hash": head.hash}), end)


@contextmanager
def lying(content: bytes, pin: str) -> Iterator[tuple[Path, Path]]:
    """Put a register and its pin into a folder."""
    with TemporaryDirectory() as folder:
        path, pinned = Path(folder, "v.jsonl"), Path(folder, "pin")
        path.write_bytes(content)
        pinned.write_text(pin)
        yield path, pinned


@given(data=st.data())
@settings(deadline=None, max_examples=300)
def test_no_byte_below_the_pinned_head_changes_unseen(made, data):
    content = bytearray(made.content)
    position = data.draw(st.integers(0, made.end - 1))
    kind = data.draw(st.sampled_from(["change", "insert", "delete"]))
    byte = data.draw(st.integers(0, 255))
    if kind == "change":
        content[position] ^= byte or 1
    elif kind == "insert":
        content.insert(position, byte)
    else:
        del content[position]
    with lying(bytes(content), made.pin) as place, pytest.raises(DisclosureError):
        read_ledger(*place)


@given(data=st.data())
@settings(deadline=None, max_examples=60)
def test_a_cut_is_refused_below_the_pin_and_repaired_above(made, data):
    cut = data.draw(st.integers(0, len(made.content)))
    with lying(made.content[:cut], made.pin) as place:
        if cut < made.end - 1:  # the line end alone may be missing
            with pytest.raises(DisclosureError):
                read_ledger(*place)
            return
        entries = read_ledger(*place).entries
        assert len(entries) == (4 if cut >= len(made.content) - 1 else 3)
        after = declare_none(read_ledger(*place), signed_by="office", reason="looked")
        assert after.earlier == "none"
        assert [e.number for e in read_ledger(*place).entries] == [1, 2, 3, 4]


@given(st.lists(st.integers(0, 40)))
def test_spans_say_the_same_numbers(numbers):
    assert from_spans(as_spans(numbers)) == numbers


UNITS = st.sets(st.sampled_from([f"b{i}" for i in range(9)]), min_size=1)
PLACES = st.lists(UNITS, min_size=1, max_size=5).map(
    lambda sets: named(Place("g", f"Q{i}", "", tuple(sorted(s))) for i, s in enumerate(sets))
)
WAYS = (
    {"kind": "count", "value": 3},
    {"kind": "count", "value": 0, "label": "page 3"},
    {"kind": "suppressed"},
    {"kind": "suppressed", "known_range": [1, 2]},
    {"kind": "rounded", "value": 10, "base": 5},
    {"kind": "rounded", "value": 10, "base": 5, "method": "random"},
    {"kind": "range", "lo": "1/3"},
    {"kind": "range", "hi": 2.5},
    {"kind": "rate", "value": 1.1, "decimals": 1, "of": "u"},
)


@given(data=st.data(), places=PLACES)
@settings(deadline=None)
def test_statements_come_back_as_they_went_in(data, places):
    drawn = data.draw(
        st.lists(
            st.tuples(st.sampled_from(WAYS), st.sampled_from(list(places)), st.sampled_from("xy"))
        )
    )
    given_ones = [Statement.from_json({**way, "area": a, "var": v}) for way, a, v in drawn]
    one = told(places, given_ones)
    content = one.as_content()
    again = Told.from_content(content, content["places"])
    assert again == one
    found = [s for column in again.columns for s in column.statements()]
    assert set(found) == set(given_ones)
    assert len(found) == len(set(given_ones))
    shuffled = data.draw(st.permutations(given_ones))
    assert canonical(told(places, shuffled).as_content()) == canonical(content)
    assert of_statements(shuffled)[1] == []
