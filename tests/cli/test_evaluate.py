"""`sozialraum evaluate`: what it says, what it writes, and what it asks back."""

import shutil

import pandas as pd
import pytest

import sozialraum as sr
from sozialraum.cli.app import run
from sozialraum.errors import OutputError
from sozialraum.export.effects import write_effects
from support import make_evaluation, make_release

VERDICTS = ("effect", "opposite", "none found", "too small", "not comparable", "no data")


def call(*arguments, code=0, language="de"):
    assert run(["evaluate", *map(str, arguments)], language) == code


@pytest.fixture(scope="module")
def released(made):
    return made.output / "sozialraum.gpkg"


@pytest.fixture(scope="module")
def measures(made):
    return made.project / "daten" / "massnahmen.csv"


@pytest.fixture(scope="module")
def found(released, measures):
    return sr.evaluate(sr.read_release(released), sr.read_interventions(measures), "sgb2")


def paragraphs(found, language="de"):
    titles = {one.id: one.title for one in found.interventions}
    told = sr.evaluation_sentences(found, language)
    return {name: (titles[name], sentence) for name, sentence in told.items()}


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_intervention_is_one_paragraph(released, measures, found, capsys, language):
    call(released, "--interventions", measures, "--indicator", "sgb2", language=language)
    lines = capsys.readouterr().out.splitlines()
    expected = paragraphs(found, language)
    assert list(expected) == ["M1", "M2"]
    assert len(lines) == len(expected)
    for line, (title, sentence) in zip(lines, expected.values(), strict=True):
        assert line.endswith(sentence)
        assert title in line


def test_a_project_brings_its_own_table(made, measures, tmp_path, capsys, monkeypatch):
    from sozialraum.cli import running

    release = sr.read_release(made.output / "sozialraum.gpkg")
    monkeypatch.setattr(running, "load_released", lambda *_, **__: (release, None, None))
    call(made.project, "--indicator", "sgb2")
    own = capsys.readouterr().out
    assert len(own.splitlines()) == 2
    other = tmp_path / "nur-eine.csv"
    lines = measures.read_text(encoding="utf-8").splitlines()
    other.write_text("\n".join(line for line in lines if "M2" not in line), encoding="utf-8")
    call(made.project, "--interventions", other, "--indicator", "sgb2")
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_without_a_table_the_command_asks_for_one(made, released, tmp_path, capsys):
    call(released, "--indicator", "sgb2", code=2)
    assert "--interventions" in capsys.readouterr().err
    project = tmp_path / "kreis"
    project.mkdir()
    shutil.copytree(made.project, project, dirs_exist_ok=True)
    settings = project / "sozialraum.toml"
    text = settings.read_text(encoding="utf-8")
    assert "[interventions]" in text
    start = text.index("[interventions]")
    end = text.index("\n[", start)
    settings.write_text(text[:start] + text[end:], encoding="utf-8")
    call(project, "--indicator", "sgb2", code=2)
    assert "[interventions]" in capsys.readouterr().err


def test_the_table_opens_in_a_german_spreadsheet(released, measures, found, tmp_path, capsys):
    target = tmp_path / "wirkung.csv"
    asked = (released, "--interventions", measures, "--indicator", "sgb2", "-o", target)
    call(*asked)
    assert capsys.readouterr().out.splitlines()[-1] == str(target)
    assert target.read_bytes().startswith(b"\xef\xbb\xbf")
    table = pd.read_csv(target, sep=";", decimal=",", dtype={"Kennung": str})
    assert table["Kennung"].tolist() == ["M1", "M2"]
    effects = found.effects
    assert table["Gebiete mit der Maßnahme"].tolist() == effects["treated"].tolist()
    wanted = effects["smallest"].round(4).tolist()
    assert table["kleinster erkennbarer Unterschied"].tolist() == pytest.approx(wanted, nan_ok=True)
    assert table["In Worten"].tolist() == [s for _, s in paragraphs(found).values()]
    before = target.read_bytes()
    call(*asked, code=1)
    assert "--overwrite" in capsys.readouterr().err
    call(*asked, "--overwrite", "--intervention", "M2")
    assert target.read_bytes() != before
    assert pd.read_csv(target, sep=";")["Kennung"].tolist() == ["M2"]


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_a_picture_shows_one_intervention(released, measures, tmp_path, capsys, ending):
    target = tmp_path / f"wirkung.{ending}"
    asked = (released, "--interventions", measures, "--indicator", "sgb2", "-o", target)
    call(*asked, code=2)
    assert "M1, M2" in capsys.readouterr().err
    assert not target.exists()
    call(*asked, "--intervention", "M1")
    out = capsys.readouterr().out.splitlines()
    assert len(out) == 2
    assert out[-1] == str(target)
    assert target.stat().st_size > 1000


@pytest.mark.parametrize(
    ("asked", "code", "told"),
    [
        (("--indicator", "sgb2", "--intervention", "M9"), 2, "M1, M2"),
        (("--indicator", "sgb2", "-o", "wirkung.docx"), 2, ".csv, .png, .svg, .pdf"),
        ((), 2, "--indicator"),
        (("--indicator", "nichts"), 1, "nichts"),
    ],
)
def test_what_cannot_be_is_one_clear_error(released, measures, capsys, asked, code, told):
    call(released, "--interventions", measures, *asked, code=code)
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err


@pytest.mark.parametrize("verdict", VERDICTS)
def test_texts_of_the_table_are_no_formulas(tmp_path, verdict):
    found = make_evaluation(make_release(), verdict)
    path = write_effects(tmp_path / "e.csv", found, language="en")
    table = pd.read_csv(path, dtype=str)
    assert table["intervention"].tolist() == ["Stadtteilbüro Nord", "'=1+1 <b>Süd</b> ${x}"]
    texts = table[["id", "intervention", "indicator", "unit", "result", "in words"]]
    assert not texts.map(lambda cell: cell.startswith(("=", "+", "-", "@"))).to_numpy().any()
    assert table["difference"].tolist() == ["-1.84", "0.12"]
    assert table["result"].nunique() == (1 if verdict == "too small" else 2)


def test_another_ending_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(OutputError) as caught:
        write_effects(tmp_path / "e.xlsx", make_evaluation(make_release()))
    assert caught.value.message == "evaluate.ending"
    assert not any(tmp_path.iterdir())
