"""The indicator catalogue."""

import dataclasses

import pytest

from sozialraum.errors import SourceError
from sozialraum.model import Indicator
from sozialraum.sources import read_indicators
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
themes = ["existenz", "kinder"]
breaks = [5, 10.5, 20]
adopted_on = 2025-03-20

[[indicator]]
id = "kinder"
numerator = "sgb2.children"
label_de = "Kinder"
label_en = "Children"
part_of = "sgb2"
denominator_date = "2022-05-15"
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
    assert first.themes == ("existenz", "kinder")
    assert first.adopted_on == "2025-03-20"
    assert second.denominator is None
    assert second.part_of == "sgb2"
    assert second.per == 100


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
