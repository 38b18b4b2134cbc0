"""The wheel carries the sample: without the repository, `init` and `run` work."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory"]
    subprocess.run([*command, str(folder)], cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_sample_messages_and_types(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in (
        "sozialraum/_sample/sozialraum.toml",
        "sozialraum/_sample/daten/quartiere.gpkg",
        "sozialraum/messages/cli.toml",
        "sozialraum/disclosure/presets/standard.toml",
        "sozialraum/__init__.pyi",
        "sozialraum/py.typed",
    ):
        assert name in names, name
    assert not [n for n in names if "__pycache__" in n or n.startswith("tests")]


def test_installed_alone_it_makes_and_checks_a_project(wheel, tmp_path):
    """The unpacked wheel is used from elsewhere; only the libraries come from here."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "sys.path = [p for p in sys.path if 'src' not in p.split('/')[-1:]];"
        "import sozialraum; assert sozialraum.__file__.startswith(sys.argv[1]);"
        "from sozialraum.cli.app import run; sys.exit(run(sys.argv[2:], 'de'))"
    )

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / "site"), *arguments],
            cwd=tmp_path,
            check=True,
            capture_output=True,
            text=True,
        )

    call("init", "kreis")
    assert (tmp_path / "kreis" / "sozialraum.toml").is_file()
    assert not (tmp_path / "kreis" / "truth.json").exists()
    assert "Keine Fehler gefunden" in call("check", "kreis").stderr
