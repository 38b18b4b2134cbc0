"""Writing whole or not at all; folders that are ours; the private vault."""

import json
import stat
from pathlib import Path

import pytest

from sozialraum.errors import OutputError
from sozialraum.files import check_output_folder, output_folder, writing
from sozialraum.files.manifest import MANIFEST, digest, is_ours
from sozialraum.files.vault import Vault


def test_a_file_appears_only_when_whole(tmp_path):
    target = tmp_path / "new" / "a.txt"
    with writing(target) as temporary:
        temporary.write_text("whole")
        assert not target.exists()
    assert target.read_text() == "whole"
    assert [p.name for p in target.parent.iterdir()] == ["a.txt"]


def test_a_failed_write_leaves_the_old_file(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")

    def interrupted():
        with writing(target, overwrite=True) as temporary:
            temporary.write_text("half")
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        interrupted()
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_nothing_is_overwritten_unasked(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(OutputError) as caught, writing(target):
        pytest.fail("the body must not run")
    assert caught.value.message == "files.exists"
    assert "a.txt" in caught.value.text("de")
    assert "--overwrite" in caught.value.text("en")


def test_a_folder_of_ours_is_replaced_as_a_whole(tmp_path):
    target = tmp_path / "out"
    with output_folder(target) as folder:
        (folder / "one.txt").write_text("1")
    assert is_ours(target)
    with output_folder(target, overwrite=True) as folder:
        (folder / "two.txt").write_text("2")
    assert sorted(p.name for p in target.iterdir()) == [MANIFEST, "two.txt"]
    listed = json.loads((target / MANIFEST).read_text())["files"]
    assert listed == {"two.txt": digest(target / "two.txt")}


def test_a_folder_with_a_strangers_file_is_left_alone(tmp_path):
    target = tmp_path / "out"
    with output_folder(target) as folder:
        (folder / "one.txt").write_text("1")
    (target / "thesis.docx").write_text("mine")
    with pytest.raises(OutputError) as caught:
        check_output_folder(target)
    assert caught.value.message == "files.folder_not_ours"
    assert (target / "thesis.docx").read_text() == "mine"


def test_an_empty_folder_may_be_used(tmp_path):
    target = tmp_path / "out"
    target.mkdir()
    with output_folder(target) as folder:
        (folder / "one.txt").write_text("1")
    assert is_ours(target)


def test_a_failure_leaves_the_old_folder(tmp_path):
    target = tmp_path / "out"
    with output_folder(target) as folder:
        (folder / "one.txt").write_text("1")

    def interrupted():
        with output_folder(target, overwrite=True) as folder:
            (folder / "one.txt").write_text("half")
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        interrupted()
    assert (target / "one.txt").read_text() == "1"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.fixture
def vault(tmp_path, monkeypatch):
    monkeypatch.setenv("SOZIALRAUM_HOME", str(tmp_path / "home"))
    return Vault(tmp_path / "work")


def test_the_vault_is_private(vault, tmp_path):
    assert stat.S_IMODE(vault.folder.stat().st_mode) == 0o700
    vault.store("blocks", "k1", {"a": 1})
    entry = next(vault.folder.glob("*.entry"))
    assert stat.S_IMODE(entry.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "home" / "secret").stat().st_mode) == 0o600
    assert (vault.folder / ".gitignore").read_text() == "*\n"


def test_the_vault_returns_what_was_stored_and_drops_the_old(vault):
    vault.store("blocks", "k1", {"a": 1})
    vault.store("blocks", "k2", {"a": 2})
    assert vault.load("blocks", "k2") == {"a": 2}
    assert vault.load("blocks", "k1") is None


def test_an_entry_somebody_else_wrote_is_not_loaded(vault, tmp_path, monkeypatch):
    vault.store("blocks", "k1", {"a": 1})
    entry = next(vault.folder.glob("*.entry"))
    entry.write_bytes(entry.read_bytes()[:-1] + b"x")
    assert vault.load("blocks", "k1") is None
    vault.store("blocks", "k1", {"a": 1})
    monkeypatch.setenv("SOZIALRAUM_HOME", str(tmp_path / "other"))
    assert Vault(vault.folder).load("blocks", "k1") is None


def test_keys_need_the_secret(vault, tmp_path, monkeypatch):
    content = tmp_path / "small.csv"
    content.write_text("n;3\n")
    first = vault.file_key(content)
    assert first == vault.file_key(content)
    monkeypatch.setenv("SOZIALRAUM_HOME", str(tmp_path / "other"))
    assert Vault(tmp_path / "work2").file_key(content) != first


def test_keys_do_not_confuse_neighbouring_parts(vault):
    assert vault.key(["ab", "c"]) != vault.key(["a", "bc"])


def test_a_path_that_cannot_be_a_folder_is_one_clear_error(tmp_path, monkeypatch):
    monkeypatch.setenv("SOZIALRAUM_HOME", str(tmp_path / "home"))
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(OutputError) as caught:
        Vault(Path(blocked) / "work")
    assert caught.value.message == "files.not_writable"
