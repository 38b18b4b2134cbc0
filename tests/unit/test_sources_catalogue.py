"""The indicator catalogue."""

import dataclasses

import pytest

from sozialraum.errors import IndicatorError, OutputError, SourceError
from sozialraum.model import Indicator
from sozialraum.model.definitions import SeriesBreak
from sozialraum.model.themes import THEMES, theme_label
from sozialraum.sources import read_catalogue, read_indicators, write_indicators
from sozialraum.sources.catalogue import Definition

GOOD = """
[[indicator]]
id = "sgb2"
numerator = ["sgb2.persons", "office.persons"]
denominator = "register.u65"
label_de = "Grundsicherung"
label_en = "Basic income support"
polarity = 1
sensitivity = "social"
behind = ["sgb2.households", "office.households"]
themes = ["sicherheit", "weinbau"]
breaks = [5, 10.5, 20]
adopted_on = 2025-03-20

[[indicator]]
id = "kinder"
numerator = "sgb2.children"
label_de = "Kinder"
label_en = "Children"
part_of = "sgb2"
unit_de = "Kinder"
unit_en = "children"
[[indicator.series_break]]
date = 2023-01-01
effect = "mark"
reason_de = "Reform"
reason_en = "reform"
[[indicator.series_break]]
date = "2024-01-01"

[[theme]]
id = "weinbau"
label_de = "Weinbau"
label_en = "Wine"
"""


def catalogue(tmp_path, text):
    path = tmp_path / "indicators.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_definitions(tmp_path):
    first, second = read_indicators(catalogue(tmp_path, GOOD))
    assert first.numerator == "sgb2.persons|office.persons"
    assert first.behind == "sgb2.households|office.households"
    assert first.breaks == (5, 10.5, 20)
    assert first.themes == ("sicherheit", "weinbau")
    assert first.adopted_on == "2025-03-20"
    assert second.denominator is None
    assert second.part_of == "sgb2"
    assert second.per == 100
    assert second.series_breaks == (
        SeriesBreak("2023-01-01", "mark", "Reform", "reform"),
        SeriesBreak("2024-01-01", "block"),
    )


def test_every_field_of_the_noun_can_be_written():
    assert set(Definition.model_fields) == {field.name for field in dataclasses.fields(Indicator)}


def test_every_fault_at_once(tmp_path):
    text = (
        GOOD
        + """
[[indicator]]
id = "sgb2"
numerater = "a.b"
label_de = 5
label_en = "x"
polarity = 2
sensitivity = "secret"
zero_sensitive = "ja"
themes = "kinder"

[[indicator]]
id = "a b"
numerator = "x"
label_de = "x"
label_en = "x"

[[indicator]]
id = "c"
numerator = "x y"
label_de = ""
label_en = "x"

[[indicator]]
id = "d"
numerator = "x"
label_de = "x"
label_en = "x"
part_of = "nirgends"
breaks = [3, 1]
adopted_on = "gestern"
"""
    )
    with pytest.raises(SourceError) as caught:
        read_indicators(catalogue(tmp_path, text))
    listed = "\n".join(caught.value.ids)
    for expected in (
        "indicator[3] „sgb2“.numerater: unbekannter Eintrag. Gemeint ist vielleicht „numerator“.",
        "indicator[3] „sgb2“.numerator: Eintrag fehlt.",
        "indicator[3] „sgb2“.label_de: muss Text",
        "indicator[3] „sgb2“.polarity: erlaubt sind -1, 0, 1",
        "indicator[3] „sgb2“.sensitivity: erlaubt sind",
        "indicator[3] „sgb2“.zero_sensitive: muss true oder false",
        "indicator[3] „sgb2“.themes: muss eine Liste",
        "indicator[3] „sgb2“: Der Name kommt schon",
        "Indikator „a b“",
        "indicator[5] „c“.numerator",
        "indicator[5] „c“.label_de: darf nicht leer sein",
        "Indikator „d“: Klassengrenzen",
        "indicator[6] „d“.part_of: Den Indikator „nirgends“",
        "indicator[6] „d“.adopted_on: muss ein Datum",
    ):
        assert expected in listed
    assert "indicators.toml enthält" in caught.value.text("de")


@pytest.mark.parametrize("text", ["", "indicator = 5", "[[indicators]]\nid = 'a'"])
def test_files_without_indicators(tmp_path, text):
    with pytest.raises(SourceError) as caught:
        read_indicators(catalogue(tmp_path, text))
    assert "[[indicator]]" in "\n".join(caught.value.ids)


ENTRY = """
[[indicator]]
id = "a"
numerator = "x.n"
denominator = "x.d"
label_de = "A"
label_en = "A"
"""


def faults_of(tmp_path, text) -> str:
    with pytest.raises(SourceError) as caught:
        read_indicators(catalogue(tmp_path, text))
    return "\n".join(caught.value.ids)


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        ('numerator_day = "02-30"', "numerator_day: muss ein Tag im Jahr"),
        ('denominator_day = "31.12."', "denominator_day: muss ein Tag im Jahr"),
        (
            'kind = "outcome"\ntarget = 5\ngoal_de = "z"\ngoal_en = "z"\ntarget_on = "2030"',
            "target_on: muss ein Datum",
        ),
        ('next_due = "bald"', "next_due: muss ein Datum"),
        ('target_on = "2030-12-31"', "target_on: Ein Zieldatum braucht"),
        ("target = 5", "target: Ein Zielwert gehört zu einer Wirkung"),
        ('kind = "outcome"\ntarget = 5\ntarget_on = "2030-12-31"', "target: Ein Zielwert braucht"),
        (
            'kind = "outcome"\ntarget = 5\ngoal_de = "z"\ngoal_en = "z"',
            "target: Ein Zielwert braucht ein Datum",
        ),
        ('kind = "outcome"\npolarity = 0', "polarity: Eine Wirkung"),
        ("target = nan", "target: ungültiger Wert"),
        ('standard_population = "county"', "standard_population: Eine Standardbevölkerung"),
        ('standard = "direct"\nstrata = ["b"]', "strata: Den Indikator „b“ gibt es"),
        ('standard = "direct"\nstrata = ["a"]', "strata: Den Indikator „a“ gibt es"),
        ('standard = "direct"', "Zur Altersstandardisierung gehören"),
        ("pool = 0", "pool: Indikator a: pool ist die Zahl der Jahre"),
        ('smallest_level = "street"', "smallest_level: erlaubt sind"),
        ('rhythm = "täglich"', "rhythm: erlaubt sind"),
        ('themes = ["pfleg"]', "Das Thema „pfleg“ gibt es nicht. Gemeint ist vielleicht „pflege“"),
        ('themes = ["qqq"]', "gibt es nicht. Bekannt sind: betreuung, wohnen"),
        ('themes = ["pflege", "pflege"]', "themes: Ein Eintrag der Liste kommt zweimal vor"),
        ('note_de = "a\\tb"', "note_de: enthält Steuerzeichen"),
        ('numerator_source = "\\u0000"', "numerator_source: enthält Steuerzeichen"),
        ('[[indicator.series_break]]\ndate = "gestern"', "series_break[1].date: muss ein Datum"),
        ('[[indicator.series_break]]\neffect = "mark"', "series_break.0.date: Eintrag fehlt"),
        (
            "[[indicator.series_break]]\ndate = 2020-01-01\n" * 2,
            "series_break[2].date: Zu diesem Tag",
        ),
    ],
)
def test_each_fault_has_a_sentence(tmp_path, added, expected):
    listed = faults_of(tmp_path, f"{ENTRY}{added}\n")
    assert listed.startswith("indicator[1] „a“.")
    assert expected in listed
    assert listed.count("\n") == 0  # one fault, one sentence


def test_a_share_is_no_input(tmp_path):
    share = ENTRY.replace('denominator = "x.d"', "")
    assert "denominator: Ein Anteil ist keine Eingabe" in faults_of(tmp_path, share)
    persons = f'{share}unit_de = "Personen"\nunit_en = "persons"\n'
    assert not read_indicators(catalogue(tmp_path, persons))[0].is_rate
    dated = f'{persons}denominator_date = "2022-05-15"\n'
    assert "Ein Stichtag des Nenners braucht" in faults_of(tmp_path, dated)


def test_an_indicator_is_no_part_of_itself(tmp_path):
    chain = "".join(
        ENTRY.replace('"a"', f'"{one}"') + f'part_of = "{whole}"\n'
        for one, whole in (("a", "b"), ("b", "c"), ("c", "b"))
    )
    listed = faults_of(tmp_path, chain)
    assert "indicator[2] „b“.part_of: Ein Indikator ist über Umwege ein Teil" in listed
    assert "b → c → b" in listed
    assert "indicator[1]" not in listed  # it only hangs on the circle


@pytest.mark.parametrize(
    ("theme", "expected"),
    [
        ('id = "pflege"\nlabel_de = "P"\nlabel_en = "C"', "theme[1] „pflege“: Dieses Thema gibt"),
        ('id = "a b"\nlabel_de = "P"\nlabel_en = "C"', "theme[1] „a b“.id: Der Name darf"),
        ('id = "x"\nlabel_de = "P"', "theme[1] „x“.label_en: Eintrag fehlt"),
    ],
)
def test_faults_of_own_themes(tmp_path, theme, expected):
    assert expected in faults_of(tmp_path, f"{ENTRY}\n[[theme]]\n{theme}\n")


def test_themes_have_labels_in_both_languages():
    assert len(THEMES) == 13
    assert all(all(labels) for labels in THEMES.values())
    assert theme_label("sicherheit", "en") == "Material and social security"


def test_toml_is_read_back_and_short(tmp_path):
    indicators, themes = read_catalogue(catalogue(tmp_path, GOOD))
    assert themes == {"weinbau": ("Weinbau", "Wine")}
    path = write_indicators(tmp_path / "new.toml", indicators, themes=themes)
    assert read_catalogue(path) == (indicators, themes)
    written = path.read_text(encoding="utf-8")
    assert "zero_sensitive" not in written  # what is default is left out
    assert 'numerator = ["sgb2.persons", "office.persons"]' in written


def test_writing_refuses_what_reading_would(tmp_path):
    wrong = Indicator("a", "x", None, "A\tB", "A", themes=("nirgends",))
    with pytest.raises(IndicatorError) as caught:
        write_indicators(tmp_path / "a.toml", [wrong])
    sentence = caught.value.text("de")
    assert "Steuerzeichen" in sentence
    assert "„nirgends“" in sentence
    assert "Ein Anteil ist keine Eingabe" in sentence
    sound = Indicator("a", "x", "y", "A", "A")
    with pytest.raises(OutputError, match=r"\.toml"):
        write_indicators(tmp_path / "a.csv", [sound])
    write_indicators(tmp_path / "a.toml", [sound])
    with pytest.raises(OutputError):
        write_indicators(tmp_path / "a.toml", [sound])
    assert list(tmp_path.iterdir()) == [tmp_path / "a.toml"]
