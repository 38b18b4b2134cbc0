"""Every topic of the census 2022 in the layout of its official file."""

import zipfile

import numpy as np
import pytest

from sozialraum.errors import SourceError
from sozialraum.sources import read_census_grid
from sozialraum.sources.census_topics import TOPICS

KEY = "CRS3035RES{size}mN{north}E{east}"
SIGN = "werterlaeuternde_Zeichen"
MEMBERS = {
    "Auslaenderanteil_EU": "Zensus2022_Auslaenderanteil_EU",
    "Durchschn_Nettokaltmiete_Anzahl_der_Wohnungen": (
        "Durchschnittliche_Nettokaltmiete_und_Anzahl_der_Wohnungen"
    ),
}
ARCHIVES = {
    "Bevoelkerungszahl": "Zensus2022_Bevoelkerungszahl",
    "Typ_priv_HH_Lebensform": "Typ_des_privaren_Haushalts_Lebensform",
    "Grosse_Kernfamilie_bis6undmehrPers": "Groesse_der_Kernfamilie",
    "Alter_infr": "Alter_in_infrastrukturellen_Altersgruppen",
}
MEANS = {
    "AnteilAuslaender",
    "AnteilAuslaenderAb18",
    "Auslaenderanteil_EU",
    "Auslaenderanteil_nichtEU",
    "Durchschnittsalter",
    "AnteilUnter18",
    "AnteilUeber65",
    "DurchschnHHGroesse",
    "durchschnMieteQM",
    "Eigentuemerquote",
    "Leerstandsquote",
    "marktaktive_Leerstandsquote",
    "durchschnFlaechejeBew",
    "durchschnFlaechejeWohn",
}


def table(columns, size):
    """Return three cells; the last value column of the second is a dash."""
    unit = {100: "100m", 1000: "1km", 10000: "10km"}[size]
    signed = bool(MEANS & set(columns))
    lines = [";".join([f"{n}_{unit}" for n in ("GITTER_ID", "x_mp", "y_mp")])]
    lines[0] += ";" + ";".join([*columns, *([SIGN] if signed else [])])
    for row in range(3):
        north, east = 2_690_000, 4_330_000 + row * size
        values = [
            f"{10 * i + row},5" if c in MEANS else f"{10 * i + row}"
            for i, c in enumerate(columns, 1)
        ]
        values[-1] = "–" if row == 1 else values[-1]
        cells = [KEY.format(size=size, north=north, east=east)]
        cells += [str(east + size // 2), str(north + size // 2), *values]
        lines.append(";".join([*cells, *(["KLAMMERN" if row == 2 else ""] if signed else [])]))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_in_its_official_layout(tmp_path, topic):
    columns = TOPICS[topic].split()
    member = MEMBERS.get(topic, f"Zensus2022_{topic}")
    path = tmp_path / f"{ARCHIVES.get(topic, topic)}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for size, unit in ((10_000, "10km"), (1000, "1km"), (100, "100m")):
            archive.writestr(f"{path.stem}/{member}_{unit}-Gitter.csv", table(columns, size))
        archive.writestr(f"{path.stem}/Datensatzbeschreibung_{topic}.xlsx", "x")
    layer = read_census_grid(path)
    means = tuple(c for c in columns if c in MEANS)
    assert layer.shares == means
    assert layer.additive == tuple(c for c in columns if c not in MEANS)
    assert layer.source.reference_date == "2022-05-15"
    assert layer.frame.area.tolist() == pytest.approx([1e4] * 3)
    for i, column in enumerate(columns, 1):
        half = 0.5 if column in means else 0
        expected = [10 * i + half, 10 * i + 1 + half, 10 * i + 2 + half]
        if column == columns[-1]:
            expected[1] = np.nan
        np.testing.assert_array_equal(layer.frame[column], expected)
        if column in means:
            assert layer.frame[f"{column}__uncertain"].tolist() == [False, False, True]
    assert len(read_census_grid(path, resolution="10km").frame) == 3
    one = read_census_grid(path, variables={"one": columns[0]}, resolution="1km")
    assert one.frame["one"].iloc[0] == 10 + (0.5 if columns[0] in means else 0)


def test_two_topics_with_equal_names_stay_apart(tmp_path):
    """``Insgesamt_Haushalte`` stands in several topics: the result's names tell them apart."""
    layers = []
    for topic in ("Groesse_des_privaten_Haushalts", "Typ_priv_HH_Familie"):
        path = tmp_path / f"Zensus2022_{topic}_100m-Gitter.csv"
        path.write_text(table(TOPICS[topic].split(), 100), encoding="utf-8")
        layers.append(
            read_census_grid(path, variables={f"households_{topic}": "Insgesamt_Haushalte"})
        )
    joined = layers[0].frame.join(layers[1].frame.drop(columns="geometry"))
    assert [c for c in joined if c != "geometry"] == [
        "households_Groesse_des_privaten_Haushalts",
        "households_Typ_priv_HH_Familie",
    ]


def test_unknown_columns_of_a_known_topic_are_refused(tmp_path):
    path = tmp_path / "Zensus2022_Religion_100m-Gitter.csv"
    columns = [*TOPICS["Religion"].split(), "Pastafari"]
    path.write_text(table(columns, 100), encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        read_census_grid(path)
    assert caught.value.message == "census.columns_unknown"
    assert caught.value.ids == ("Pastafari",)
    assert "Religion" in caught.value.text("de")
    known = read_census_grid(path, variables={"catholic": "Roemisch_katholisch"})
    assert known.frame["catholic"].tolist() == [20, 21, 22]
    other = path.with_name("Zensus2022_Neues_Thema_100m-Gitter.csv")
    other.write_bytes(path.read_bytes())
    assert read_census_grid(other).additive == tuple(columns)


def test_the_published_total_is_the_denominator(tmp_path):
    """Noise: categories do not add up, the published total is kept and named as denominator."""
    path = tmp_path / "Zensus2022_Religion_1km-Gitter.csv"
    columns = TOPICS["Religion"].split()
    lines = table(columns, 1000).splitlines()
    row = lines[1].split(";")
    lines[1] = ";".join([*row[:3], "100", "40", "30", "30"])
    path.write_text("\n".join([*lines[:2], lines[3]]) + "\n", encoding="utf-8")
    layer = read_census_grid(path)
    assert layer.frame["Insgesamt_Bevoelkerung"].tolist() == [100, 12]
    noted = [text for text in layer.notes if "Insgesamt_Bevoelkerung" in text]
    assert len(noted) == 1
    assert "1 " in noted[0]
    assert " 2 " in noted[0]


def test_foreigners_by_two_groups_have_two_warnings(tmp_path):
    path = tmp_path / "Zensus2022_Auslaenderanteil_EU_neu_100m-Gitter.csv"
    path.write_text(
        "GITTER_ID_100m;x_mp_100m;y_mp_100m;werterlaeuternde_Zeichen_EU;Auslaenderanteil_EU;"
        "werterlaeuternde_Zeichen_nichtEU;Auslaenderanteil_nichtEU\n"
        "CRS3035RES100mN2690000E4330000;4330050;2690050;KLAMMERN;4,5;;3,25\n"
    )
    frame = read_census_grid(path).frame
    assert frame["Auslaenderanteil_EU__uncertain"].tolist() == [True]
    assert frame["Auslaenderanteil_nichtEU__uncertain"].tolist() == [False]
    repeated = tmp_path / "wiederholt_100m-Gitter.csv"
    text = path.read_text().replace("Zeichen_EU", "Zeichen").replace("Zeichen_nichtEU", "Zeichen")
    repeated.write_text(text)
    frame = read_census_grid(repeated).frame
    assert frame["Auslaenderanteil_EU__uncertain"].tolist() == [True]
    assert frame["Auslaenderanteil_nichtEU__uncertain"].tolist() == [False]


def test_decimals_bar_an_unknown_column_from_sums(tmp_path):
    path = tmp_path / "Zensus2022_Neues_100m-Gitter.csv"
    path.write_text(
        "GITTER_ID_100m;x_mp_100m;y_mp_100m;Zimmer\n"
        "CRS3035RES100mN2690000E4330000;4330050;2690050;3,7\n"
    )
    assert read_census_grid(path).shares == ("Zimmer",)
