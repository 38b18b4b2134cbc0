"""Where a work folder may not lie, and what the refusal says."""

import shutil
import stat
import subprocess

import pytest

from programs import require
from sozialraum.cli.app import run as command
from sozialraum.errors import DisclosureError
from sozialraum.files import private
from sozialraum.files.manifest import MANIFEST
from sozialraum.files.vault import Vault


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SOZIALRAUM_HOME", str(tmp_path / "home"))
    for variable in private.VARIABLES:
        monkeypatch.delenv(variable, raising=False)


def refused(folder, message, **settings):
    with pytest.raises(DisclosureError) as caught:
        Vault(folder, **settings)
    assert caught.value.message == message
    assert "--work" in caught.value.text("de") or message == "files.not_private"
    assert caught.value.text("de") != caught.value.text("en")
    return caught.value


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("OneDrive", "OneDrive"),
        ("OneDrive - Kreisverwaltung", "OneDrive"),
        ("Dropbox", "Dropbox"),
        ("Dropbox (Kreis)", "Dropbox"),
        ("Google Drive", "Google Drive"),
        ("Meine Ablage", "Google Drive"),
        ("iCloud Drive", "iCloud"),
        ("com~apple~CloudDocs", "iCloud"),
        ("Nextcloud", "Nextcloud"),
        ("nextcloud2", "Nextcloud"),
        ("ownCloud", "ownCloud"),
    ],
)
def test_folders_named_like_those_of_copying_programs(tmp_path, name, service):
    folder = tmp_path / name / "kreis" / ".sozialraum"
    error = refused(folder, "privacy.work_copied")
    assert service in error.text("de")
    assert str(tmp_path / name) in error.text("de")
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize(
    ("marker", "service", "is_folder"),
    [
        (".dropbox", "Dropbox", False),
        (".dropbox.cache", "Dropbox", True),
        (".stfolder", "Syncthing", True),
        (".nextcloudsync.log", "Nextcloud", False),
        (".sync_a1b2c3.db", "Nextcloud", False),
        (".owncloudsync.log", "ownCloud", False),
        (".sync", "Resilio Sync", True),
        (".tmp.driveupload", "Google Drive", True),
    ],
)
def test_folders_with_the_marks_of_copying_programs(tmp_path, marker, service, is_folder):
    shared = tmp_path / "gemeinsam"
    shared.mkdir()
    (shared / marker).mkdir() if is_folder else (shared / marker).touch()
    assert service in refused(shared / "kreis" / "work", "privacy.work_copied").text("en")
    Vault(tmp_path / "daneben")


def test_the_settings_of_dropbox_in_the_home_folder_are_no_copied_folder(tmp_path):
    (tmp_path / ".dropbox").mkdir()
    assert Vault(tmp_path / "work").folder.is_dir()


@pytest.mark.parametrize("variable", private.VARIABLES)
def test_the_folder_onedrive_names(tmp_path, monkeypatch, variable):
    monkeypatch.setenv(variable, str(tmp_path / "Firma"))
    assert "Firma" in refused(tmp_path / "Firma" / "work", "privacy.work_copied").text("de")
    Vault(tmp_path / "work")


def test_a_link_into_a_copied_folder_is_seen(tmp_path):
    (tmp_path / "Dropbox" / "kreis").mkdir(parents=True)
    (tmp_path / "kreis").symlink_to(tmp_path / "Dropbox" / "kreis")
    refused(tmp_path / "kreis" / "work", "privacy.work_copied")


@pytest.mark.parametrize(
    "path", [r"\\server\amt\kreis\work", "//server/amt/kreis", r"\\?\UNC\server\amt\work"]
)
def test_network_shares_are_named(path):
    error = refused(path, "privacy.work_share")
    assert "server" in error.text("de")


def test_the_output_folder_and_folders_of_results(tmp_path):
    refused(tmp_path / "out", "privacy.work_published", published=tmp_path / "out")
    refused(tmp_path / "out" / "work", "privacy.work_published", published=tmp_path / "out")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / MANIFEST).write_text("{}")
    refused(tmp_path / "old" / "work", "privacy.work_published")
    Vault(tmp_path / "work", published=tmp_path / "out")


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "projekt").mkdir()
    (tmp_path / "projekt" / "notizen.txt").write_text("wichtig")
    before = (tmp_path / "projekt").stat().st_mode
    refused(tmp_path / "projekt", "privacy.work_foreign")
    (tmp_path / "projekt" / ".gitignore").write_text("build\n")
    refused(tmp_path / "projekt", "privacy.work_foreign")
    assert (tmp_path / "projekt").stat().st_mode == before
    assert (tmp_path / "projekt" / ".gitignore").read_text() == "build\n"


def test_an_open_folder_is_closed_and_one_that_cannot_be_is_refused(tmp_path, monkeypatch):
    folder = tmp_path / "work"
    folder.mkdir(mode=0o755)
    Vault(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    # a file system without modes (USB stick, mounted share) ignores the wish
    folder.chmod(0o750)
    monkeypatch.setattr("pathlib.Path.chmod", lambda *_: None)
    refused(folder, "files.not_private")


def test_somebody_elses_folder_is_refused(tmp_path, monkeypatch):
    Vault(tmp_path / "work")
    monkeypatch.setattr("os.geteuid", lambda: 12345678)
    refused(tmp_path / "work", "files.not_private")


def test_git_neither_sees_the_folder_nor_has_kept_it(tmp_path):
    require(shutil.which("git") is not None, "git is not installed")

    def git(*arguments):
        done = subprocess.run(
            ["git", "-C", tmp_path, *arguments], check=True, capture_output=True, text=True
        )
        return done.stdout

    git("init", "--quiet")
    vault = Vault(tmp_path / "work")
    vault.store("blocks", "k1", {"a": 1})
    assert git("status", "--porcelain", "--untracked-files=all") == "?? home/secret\n"
    git("add", "--force", "work")
    error = refused(tmp_path / "work", "privacy.work_in_git")
    assert "blocks-k1.entry" in error.text("de")


def test_no_setting_of_the_project_switches_it_off(small_county, tmp_path, capsys):
    project = tmp_path / "Nextcloud" / "kreis"
    shutil.copytree(small_county, project)
    assert command(["areas", "check", str(project)], "de") == 3
    err = capsys.readouterr().err
    assert "Nextcloud" in err
    assert "--work" in err
    assert not (project / ".sozialraum").exists()
    toml = project / "sozialraum.toml"
    toml.write_text(toml.read_text().replace("seed = 7", "seed = 7\nallow_synced = true"))
    assert command(["areas", "check", str(project)], "de") == 1
    assert "allow_synced" in capsys.readouterr().err
