"""The file that only grows: damage is seen, nothing acknowledged is lost."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sozialraum.errors import DisclosureError, OutputError
from sozialraum.files import appending as writer
from sozialraum.files.appending import appending
from sozialraum.files.journal import START, canonical, digest_of, read_journal, sound_part
from sozialraum.files.locking import lock_path, locked
from sozialraum.files.pin import Head, check_pin, pin_path, read_pin, write_pin

SIGNED = {"day": "2026-01-05", "signed_by": "office"}


def add(path: Path, *texts: str) -> None:
    with appending(path) as journal:
        for text in texts:
            journal.append("note", {"text": text, "ä": [1, None]}, **SIGNED)


def texts(path: Path) -> list[str]:
    return [entry.content["text"] for entry in read_journal(path).entries]


@pytest.fixture
def path(tmp_path) -> Path:
    add(tmp_path / "a.jsonl", "one", "two", "three")
    return tmp_path / "a.jsonl"


def refused(path: Path, message: str, **values: object) -> None:
    with pytest.raises(DisclosureError) as caught:
        read_journal(path)
    assert caught.value.message == f"journal.{message}"
    assert {name: caught.value.values[name] for name in values} == values


class TestReading:
    def test_what_was_written_comes_back_in_order(self, path):
        journal = read_journal(path)
        assert [entry.number for entry in journal.entries] == [1, 2, 3]
        assert texts(path) == ["one", "two", "three"]
        assert journal.entries[0].previous == START
        assert journal.entries[2].previous == journal.entries[1].hash
        assert journal.head == Head(3, journal.entries[2].hash)
        assert journal.size == path.stat().st_size

    def test_every_line_is_canonical_json_with_its_own_hash(self, path):
        for line in path.read_bytes().splitlines():
            found = json.loads(line)
            assert canonical(found) == line
            assert found.pop("hash") == digest_of(found)

    def test_no_file_is_no_entry(self, tmp_path):
        assert read_journal(tmp_path / "b.jsonl").head == Head(0, START)

    def test_only_what_was_added_is_read_again(self, path):
        first = read_journal(path)
        add(path, "four")
        again = read_journal(path, after=first)
        assert again.head == read_journal(path).head
        assert again.entries[0] is first.entries[0]

    def test_a_file_that_became_shorter_is_seen(self, path):
        first = read_journal(path)
        path.write_bytes(path.read_bytes()[:-10])
        with pytest.raises(DisclosureError, match="kürzer"):
            read_journal(path, after=first)
        path.unlink()
        with pytest.raises(DisclosureError, match="kürzer"):
            read_journal(path, after=first)

    def test_no_exception_and_no_repr_shows_what_an_entry_says(self, path):
        assert "two" not in repr(read_journal(path)) + repr(read_journal(path).entries)


class TestDamage:
    def test_a_changed_text(self, path):
        path.write_bytes(path.read_bytes().replace(b'"two"', b'"twO"'))
        refused(path, "changed", line=2)

    def test_a_changed_text_with_a_fitting_hash_breaks_the_chain(self, path):
        lines = path.read_bytes().splitlines()
        body = json.loads(lines[1])
        body["content"]["text"] = "other"
        del body["hash"]
        lines[1] = canonical(body | {"hash": digest_of(body)})
        path.write_bytes(b"\n".join([*lines, b""]))
        refused(path, "order", line=3)

    def test_a_line_that_is_no_json(self, path):
        path.write_bytes(b"what\n" + path.read_bytes())
        refused(path, "unreadable", line=1)

    @pytest.mark.parametrize("line", [b"[]", b'{"number":1}', b"1e999", b"[" * 100_000, b"\xff"])
    def test_a_line_that_is_no_entry(self, path, line):
        path.write_bytes(path.read_bytes() + line + b"\n")
        refused(path, "unreadable", line=4)

    def test_other_blanks_or_another_order_of_names_count_as_a_change(self, path):
        lines = path.read_bytes().splitlines()
        lines[0] = json.dumps(json.loads(lines[0]), ensure_ascii=False).encode()
        path.write_bytes(b"\n".join([*lines, b""]))
        refused(path, "changed", line=1)

    @pytest.mark.parametrize(
        ("order", "line"), [((0, 2), 2), ((1, 0, 2), 1), ((0, 1, 1, 2), 3), ((1, 2), 1)]
    )
    def test_missing_swapped_and_double_lines(self, path, order, line):
        lines = path.read_bytes().splitlines()
        path.write_bytes(b"\n".join([*(lines[i] for i in order), b""]))
        refused(path, "order", line=line)

    def test_an_empty_line(self, path):
        path.write_bytes(path.read_bytes() + b"\n")
        refused(path, "unreadable", line=4)

    def test_the_sound_part_ends_before_the_damage(self, path):
        path.write_bytes(path.read_bytes().replace(b'"two"', b'"twO"'))
        sound, lines = sound_part(path)
        assert (len(sound.entries), lines) == (1, 3)
        none, lines = sound_part(path.with_name("none"))
        assert (none.entries, lines) == ((), 0)


class TestTornEnd:
    @pytest.mark.parametrize("cut", [1, 5, 40, 100])
    def test_a_torn_line_is_passed_over_and_removed_by_the_next_entry(self, path, cut):
        whole = path.read_bytes()
        last = whole.splitlines()[-1]
        path.write_bytes(whole[: -len(last) - 1] + last[:cut])
        journal = read_journal(path)
        assert len(journal.entries) == 2
        assert journal.rest == last[:cut]
        add(path, "four")
        assert texts(path) == ["one", "two", "four"]

    def test_zeros_after_a_power_cut_count_as_torn(self, path):
        path.write_bytes(path.read_bytes() + b'{"cont' + bytes(30))
        assert len(read_journal(path).entries) == 3
        add(path, "four")
        assert texts(path)[-1] == "four"

    def test_a_whole_entry_without_line_end_is_kept(self, path):
        path.write_bytes(path.read_bytes()[:-1])
        journal = read_journal(path)
        assert (len(journal.entries), journal.closed) == (3, False)
        assert read_journal(path, after=journal).closed is False
        add(path, "four")
        assert texts(path) == ["one", "two", "three", "four"]
        assert read_journal(path, after=journal).head == read_journal(path).head

    @pytest.mark.parametrize("end", [b"x", b" ", b"\r", b"}"])
    def test_a_damaged_end_of_a_whole_entry_is_not_taken_for_torn(self, path, end):
        path.write_bytes(path.read_bytes()[:-1] + end)
        refused(path, "unreadable", line=3)

    def test_a_foreign_end_is_not_taken_for_torn(self, path):
        path.write_bytes(path.read_bytes() + b"hello")
        refused(path, "unreadable", line=4)

    def test_something_else_after_an_entry_without_line_end(self, path):
        whole = path.read_bytes()
        path.write_bytes(whole[:-1])
        journal = read_journal(path)
        path.write_bytes(whole[:-1] + b" ")
        with pytest.raises(DisclosureError, match="Zeile 3"):
            read_journal(path, after=journal)


class TestWriting:
    def test_a_failed_write_leaves_the_file_as_it_was(self, path, monkeypatch):
        before = path.read_bytes()
        real = os.write

        def full(handle, line):
            if len(line) < 100:
                raise OSError(28, "No space left on device")
            return real(handle, line[:50])

        monkeypatch.setattr(writer.os, "write", full)
        with pytest.raises(OutputError, match="No space"):
            add(path, "four")
        monkeypatch.undo()
        assert path.read_bytes() == before
        add(path, "four")
        assert texts(path)[-1] == "four"

    def test_content_is_kept_as_it_was_when_it_was_added(self, path):
        content = {"text": "four", "list": [1]}
        with appending(path) as journal:
            entry = journal.append("note", content, **SIGNED)
            content["list"].append(2)
        assert entry.content["list"] == [1]
        assert read_journal(path).entries[-1].content == entry.content

    def test_numbers_that_are_none_are_refused(self, path):
        before = path.read_bytes()
        with pytest.raises(ValueError, match="JSON"), appending(path) as journal:
            journal.append("note", {"text": float("nan")}, **SIGNED)
        assert path.read_bytes() == before

    def test_a_damaged_file_takes_no_entry(self, path):
        path.write_bytes(path.read_bytes().replace(b'"two"', b'"twO"'))
        before = path.read_bytes()
        with pytest.raises(DisclosureError):
            add(path, "four")
        assert path.read_bytes() == before

    def test_a_folder_that_is_none(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(OutputError):
            add(tmp_path / "file" / "a.jsonl", "one")


class TestLock:
    def test_another_writer_waits_and_gives_up(self, path):
        with locked(path), pytest.raises(OutputError) as caught, appending(path, patience=0.05):
            pass
        assert caught.value.message == "journal.busy"
        assert lock_path(path).read_bytes() == b""

    def test_threads_lose_nothing(self, path):
        threads = [threading.Thread(target=add, args=(path, f"t{i}")) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(texts(path)[3:]) == [f"t{i}" for i in range(8)]

    def test_a_drive_without_locks_is_named(self, path, monkeypatch):
        def none(_handle):
            raise OSError(95, "Operation not supported")

        monkeypatch.setattr("sozialraum.files.locking._take", none)
        with pytest.raises(OutputError) as caught:
            add(path, "four")
        assert caught.value.message == "journal.no_lock"


PROGRAM = """
import sys
from pathlib import Path
from sozialraum.files.appending import appending
name, times, size = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
for i in range(times):
    with appending(Path(sys.argv[1])) as journal:
        content = {"text": f"{name}{i}", "bulk": "ö" * size}
        entry = journal.append("note", content, day="2026-01-05", signed_by="office")
    print(entry.number, entry.hash, flush=True)
"""


def start(path: Path, name: str, times: int, size: int = 10) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROGRAM, str(path), name, str(times), str(size)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


class TestProcesses:
    def test_two_processes_of_fifty_entries_lose_none(self, tmp_path):
        path = tmp_path / "a.jsonl"
        both = [start(path, name, 50) for name in "ab"]
        said = [line.split() for one in both for line in one.communicate()[0].splitlines()]
        assert [one.returncode for one in both] == [0, 0]
        entries = read_journal(path).entries
        assert sorted((int(n), h) for n, h in said) == [(e.number, e.hash) for e in entries]
        expected = sorted(f"{name}{i}" for name in "ab" for i in range(50))
        assert sorted(texts(path)) == expected

    @pytest.mark.parametrize("acknowledged", [1, 4, 9])
    def test_a_killed_writer_loses_nothing_it_acknowledged(self, tmp_path, acknowledged):
        path = tmp_path / "a.jsonl"
        running = start(path, "k", 10_000, size=400_000)  # long lines: killed in mid-write
        assert running.stdout is not None
        said = [running.stdout.readline().split() for _ in range(acknowledged)]
        running.send_signal(signal.SIGKILL)
        said += [line.split() for line in running.communicate()[0].splitlines()]
        assert running.returncode == -signal.SIGKILL
        hashes = {e.number: e.hash for e in read_journal(path).entries}
        assert all(hashes[int(number)] == sha for number, sha in said)
        add(path, "after")  # the lock is free again, a torn line is removed
        assert texts(path)[-1] == "after"
        assert len(texts(path)) in (len(hashes), len(hashes) + 1)


class TestPin:
    def test_a_pin_lies_beside_the_project_file(self, tmp_path):
        assert pin_path(tmp_path) == pin_path(tmp_path / "sozialraum.toml")

    def test_it_comes_back(self, path, tmp_path):
        head = read_journal(path).head
        write_pin(tmp_path / "pin", head)
        write_pin(None, head)
        assert read_pin(tmp_path / "pin") == head
        assert read_pin(tmp_path / "none") is None
        assert read_pin(None) is None

    @pytest.mark.parametrize(
        "content",
        ["", "{}", "[]", '{"number": 0, "hash": ""}', '{"number": true, "hash": "aa"}', "\0"],
    )
    def test_an_unreadable_pin_is_not_no_pin(self, tmp_path, content):
        (tmp_path / "pin").write_text(content)
        with pytest.raises(DisclosureError) as caught:
            read_pin(tmp_path / "pin")
        assert caught.value.message == "journal.pin_unreadable"

    def test_what_it_refuses(self, path, tmp_path):
        journal = read_journal(path)
        check_pin(journal, None)
        check_pin(journal, Head(2, journal.entries[1].hash))
        for pin, message in (
            (Head(4, "a" * 64), "shorter"),
            (Head(2, journal.entries[2].hash), "other"),
        ):
            with pytest.raises(DisclosureError) as caught:
                check_pin(journal, pin)
            assert caught.value.message == f"journal.{message}"
        with pytest.raises(DisclosureError) as caught:
            check_pin(read_journal(tmp_path / "none"), Head(1, "a" * 64))
        assert caught.value.message == "journal.missing"
