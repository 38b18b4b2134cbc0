"""Faulty input ends in one clear sentence: what, where, what to do; nothing is written."""

import re
import shutil
from pathlib import Path

import geopandas as gpd
import pytest

from sozialraum.cli.app import run


@pytest.fixture
def project(short_county, tmp_path) -> Path:
    target = tmp_path / "kreis"
    shutil.copytree(short_county, target)
    return target


def refuse(project: Path, capsys, *, code: int = 1) -> str:
    """Run the project, expect failure without a trace, and return the sentence."""
    output = project.parent / "out"
    assert (
        run(["run", str(project), "-o", str(output), "--work", str(project.parent / "w")], "de")
        == code
    )
    out, err = capsys.readouterr()
    assert out == ""
    assert not output.exists()
    assert err.startswith("Fehler: ")
    assert "Traceback" not in err
    assert "Unerwarteter" not in err
    return err


def rewrite(path: Path, change) -> None:
    raw = path.read_bytes()
    encoding = "utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "utf-8"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        encoding, text = "cp1252", raw.decode("cp1252")
    changed = change(text)
    assert changed != text
    path.write_bytes(changed.encode(encoding))


def sgb2(project: Path) -> Path:
    return max((project / "lieferungen/sgb2").glob("*.csv"))


def test_a_missing_column(project, capsys):
    path = sgb2(project)
    rewrite(path, lambda text: text.replace("PERS_SGB2", "PERSONEN", 1))
    sentence = refuse(project, capsys)
    assert "PERS_SGB2" in sentence
    assert path.name in sentence
    assert "PERSONEN" in sentence  # what is there instead


def test_municipal_keys_without_the_leading_zero(project, capsys):
    path = project / "daten/vg250_musterkreis.gpkg"
    layer = gpd.read_file(path, layer="vg250_gem")
    layer["AGS"] = layer["AGS"].str.lstrip("0")
    layer = layer.drop(columns=[c for c in layer.columns if c.startswith(("ARS", "SDV"))])
    layer.to_file(path.with_name("neu.gpkg"), layer="vg250_gem")
    path.with_name("neu.gpkg").replace(path)
    sentence = refuse(project, capsys)
    assert "führende Null" in sentence
    assert "repair" in sentence


def test_a_wrong_coordinate_system(project, capsys):
    path = project / "daten/quartiere.gpkg"
    layer = gpd.read_file(path).set_crs("EPSG:4326", allow_override=True)
    layer.to_file(path.with_name("neu.gpkg"), layer="quartiere")
    path.with_name("neu.gpkg").replace(path)
    sentence = refuse(project, capsys)
    assert "crs" in sentence.lower()
    assert "quartiere" in sentence


def test_a_truncated_zip(project, capsys):
    path = project / "daten/zensus2022/Zensus2022_Bevoelkerungszahl.zip"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    sentence = refuse(project, capsys)
    assert path.name in sentence


def test_a_negative_count(project, capsys):
    path = sgb2(project)
    lines = path.read_bytes().decode("utf-8-sig" if path.read_bytes()[:1] == b"\xef" else "cp1252")
    row = next(i for i, line in enumerate(lines.splitlines()) if re.search(r";\d+;\d+;\d+$", line))
    rewrite(path, lambda text: _negate(text, row))
    sentence = refuse(project, capsys)
    assert path.name in sentence
    assert str(row + 1) in sentence
    assert "PERS_SGB2" in sentence


def _negate(text: str, row: int) -> str:
    lines = text.splitlines(keepends=True)
    lines[row] = re.sub(r";(\d+);(\d+);(\d+)(\r?\n?)$", r";-\1;\2;\3\4", lines[row])
    return "".join(lines)


def test_a_numerator_above_its_denominator(project, capsys):
    path = sgb2(project)
    rewrite(path, lambda text: re.sub(r";(\d+)(;\d+;\d+\r?\n)", r";\g<1>99999\2", text, count=3))
    sentence = refuse(project, capsys)
    assert "sgb2" in sentence
    assert "99999" not in sentence


def test_an_unknown_key_in_the_project_file(project, capsys):
    rewrite(project / "sozialraum.toml", lambda text: text.replace("[flags]", "[flags]\nrat = 0.1"))
    sentence = refuse(project, capsys)
    assert "flags.rat" in sentence


def test_an_output_folder_that_is_not_ours(project, capsys, tmp_path):
    output = tmp_path / "out"
    output.mkdir()
    (output / "brief.txt").write_text("meins")
    assert run(["run", str(project), "-o", str(output), "--work", str(tmp_path / "w")], "de") == 1
    err = capsys.readouterr().err
    assert "brief" not in err
    assert str(output) in err
    assert [p.name for p in output.iterdir()] == ["brief.txt"]


def test_a_municipality_too_small_for_the_policy(project, capsys):
    rewrite(
        project / "policy.toml",
        lambda text: text.replace("residents = 300", "residents = 30000"),
    )
    sentence = refuse(project, capsys)
    assert "residents" in sentence
    assert re.search(r"\d{4,}", re.sub(r"05999\d{3}", "", sentence)) is None  # never a count


def test_check_names_every_fault_at_once(project, capsys):
    rewrite(sgb2(project), lambda text: text.replace("PERS_SGB2", "PERSONEN", 1))
    (project / "daten/quartiere.gpkg").unlink()
    rewrite(project / "sozialraum.toml", lambda text: text.replace('"status",', '"stauts",'))
    assert run(["check", str(project)], "de") == 1
    err = capsys.readouterr().err
    for part in ("PERS_SGB2", "quartiere.gpkg", "stauts", "3 Fehler gefunden"):
        assert part in err


def test_check_is_silent_about_values_when_all_is_well(project, capsys):
    assert run(["check", str(project)], "de") == 0
    out, err = capsys.readouterr()
    assert "Keine Fehler gefunden" in err
    assert "Lieferung sgb2: " in out
    assert "Stichtage: 10 von 31.12.2016 bis 31.12.2025" in out
    assert "Indikatoren (15): sgb2, " in out
    assert re.search("^Vorhandene Gebiete: .*; Zeilen: [0-9]+, Schlüssel: ", out, re.MULTILINE)
    assert not re.search("[<>]|dates|key ", out)
