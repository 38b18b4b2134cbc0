"""Every file of the sample county is listed with origin, hash and licence, and is small."""

import hashlib
import tomllib
from pathlib import Path

import pytest

from sozialraum.datasets import sample_path

ROOT = Path(__file__).parents[2]
LISTING = "SOURCES.toml"
MOST_BYTES = 6_000_000


@pytest.fixture(scope="module")
def listed() -> dict[str, dict[str, str]]:
    content = tomllib.loads((sample_path() / LISTING).read_text(encoding="utf-8"))
    return {entry["path"]: entry for entry in content["file"]}


@pytest.fixture(scope="module")
def present() -> dict[str, Path]:
    folder = sample_path()
    return {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}


def test_every_file_is_listed_and_every_listed_file_exists(listed, present):
    assert set(present) - {LISTING} == set(listed)


def test_hashes_match(listed, present):
    found = {name: hashlib.sha256(present[name].read_bytes()).hexdigest() for name in listed}
    assert found == {name: entry["sha256"] for name, entry in listed.items()}


def test_every_file_has_a_licence_an_origin_and_a_date(listed):
    assert {entry["licence"] for entry in listed.values()} == {"CC0-1.0"}
    assert {entry["origin"] for entry in listed.values()} == {
        "made up by data/generate_musterkreis.py, seed 7"
    }
    assert all(entry["date"] for entry in listed.values())


def test_the_sample_is_small(present):
    assert sum(path.stat().st_size for path in present.values()) <= MOST_BYTES


def test_definitions_are_those_of_the_generator():
    templates = ROOT / "data" / "musterkreis" / "templates"
    if not templates.is_dir():
        pytest.skip("the generator is not part of an installed package")
    for template in templates.glob("*.toml"):
        made = sample_path() / template.name
        assert made.read_bytes() == template.read_bytes(), "run data/generate_musterkreis.py"
