"""Methods in TOML: presets, files of one's own, and every fault at once."""

import pytest

from sozialraum.cli.score import PRESETS as SHOWN
from sozialraum.errors import SourceError, StatisticsError
from sozialraum.index import PRESETS, read_method
from sozialraum.model.themes import THEMES

OWN = """
label_de = "Soziale Lage"
label_en = "Social situation"
standardise = "robust"
years = 3
classes = ["niedrig", "hoch"]
breaks = [0.5]
minimum_residents = 250

[[domain]]
id = "geld"
weight = 2
indicators = ["sgb2", "wohngeld"]

[[domain]]
id = "kinder"
theme = "betreuung"
"""


def written(tmp_path, content, name="soziale_lage.toml"):
    file = tmp_path / name
    file.write_text(content, encoding="utf-8")
    return file


def test_every_preset_is_read_and_offered():
    methods = [read_method(name) for name in PRESETS]
    assert [one.id for one in methods] == list(PRESETS) == SHOWN.split("|")
    assert all(one.label_de and one.label_en and one.source for one in methods)


def test_weights_of_the_british_indices():
    assert {d.id: d.weight for d in read_method("imd").domains} == {
        "income": 0.225,
        "employment": 0.225,
        "education": 0.135,
        "health": 0.135,
        "crime": 0.093,
        "barriers": 0.093,
        "living": 0.093,
    }
    scottish = {d.id: round(100 * d.weight) for d in read_method("simd").domains}
    assert scottish == {
        "income": 28,
        "employment": 28,
        "health": 14,
        "education": 14,
        "access": 9,
        "crime": 5,
        "housing": 2,
    }


def test_the_county_has_a_domain_for_each_of_the_nine_themes():
    method = read_method("county")
    assert [d.theme for d in method.domains] == list(THEMES)[:9]
    assert [(d.label_de, d.label_en) for d in method.domains] == list(THEMES.values())[:9]
    assert method.rates == "shrunk"


def test_a_method_of_ones_own(tmp_path):
    method = read_method(written(tmp_path, OWN))
    assert (method.id, method.standardise, method.years) == ("soziale-lage", "robust", 3)
    assert (method.classes, method.breaks) == (("niedrig", "hoch"), (0.5,))
    assert method.domains[0].indicators == ("sgb2", "wohngeld")
    assert method.domains[1].theme == "betreuung"
    assert read_method(str(written(tmp_path, OWN))) == method


def test_all_faults_at_once_with_places_and_hints(tmp_path):
    faulty = OWN.replace("standardise", "standardize").replace("years = 3", 'years = "3"')
    faulty = faulty.replace("weight = 2", "weight = -1").replace('["sgb2",', '["sgb 2",')
    with pytest.raises(SourceError) as error:
        read_method(written(tmp_path, faulty))
    said = error.value.text("de")
    assert len(error.value.ids) == 4
    for part in ("standardize", "standardise“", "years", "weight", "„geld“", "indicators"):
        assert part in said


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("breaks = [0.5]", "breaks = []", "breaks"),
        ('id = "kinder"', 'id = "geld"', "soziale-lage"),
        ('theme = "betreuung"', 'indicators = ["sgb2"]', "sgb2"),
        ('theme = "betreuung"', 'theme = "a"\nindicators = ["b"]', "theme"),
        ("years = 3", 'years = 3\nattention = ["9-"]', "9-"),
        ("label_de", "# label_de", "label_de"),
    ],
)
def test_contradictions_are_faults(tmp_path, old, new, told):
    with pytest.raises(SourceError, match=told):
        read_method(written(tmp_path, OWN.replace(old, new, 1)))


def test_unknown_names_and_files(tmp_path):
    with pytest.raises(StatisticsError, match="Gemeint ist vielleicht „imd“"):
        read_method("imdd")
    with pytest.raises(SourceError):
        read_method(tmp_path / "nirgends.toml")
    with pytest.raises(SourceError):
        read_method(written(tmp_path, "a = ["))
