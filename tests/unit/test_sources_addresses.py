"""Lists of addresses: official layouts with and without a header, and a town's own."""

import zipfile

import openpyxl
import pytest

from sozialraum.errors import DisclosureError, SourceError
from sozialraum.sources.addresses import read_addresses

OLD = "N;DENW{i:012d};A;05;3;82;060;0000;0{key};{n};{adz};32{x};{y};{street};2022-01-01"
NEW = (
    "N;DENW{i:012d};A;05;Nordrhein-Westfalen;3;Köln;82;Rhein-Sieg-Kreis;060;Siegburg;0000;;"
    "0{key};{street};{n};{adz};32;{x};{y};2026-01-01"
)
NAMES = (
    "nba;oid;qua;landschl;land;regbezschl;regbez;kreisschl;kreis;gmdschl;gmd;ottschl;ott;"
    "strschl;str;hnr;adz;zone;ostwert;nordwert"
)
HOUSES = (
    ("Mühlenstraße", "6", "a", "374100,25", "5629000,5"),
    ("Ring", "12", "", "374200,0", "5629100,0"),
)


def lines(layout, point=","):
    for i, (street, n, adz, x, y) in enumerate(HOUSES):
        place = {"x": x.replace(",", point), "y": y.replace(",", point)}
        yield layout.format(i=i, key=f"100{i}", street=street, n=n, adz=adz, **place)


def told(layer):
    frame = layer.frame.sort_values("street")
    points = [(round(p.x, 2), round(p.y, 2)) for p in frame.geometry]
    named = frame[["municipality", "street", "street_key", "number"]].values.tolist()
    return [(*names, *point) for names, point in zip(named, points, strict=True)]


EXPECTED = [
    ("05382060", "Mühlenstraße", "01000", "6a", 374100.25, 5629000.5),
    ("05382060", "Ring", "01001", "12", 374200.0, 5629100.0),
]


@pytest.mark.parametrize(
    ("layout", "header", "point", "encoding"),
    [
        (OLD, "", ",", "utf-8"),
        (OLD, "", ",", "latin-1"),
        (NEW, "", ".", "utf-8-sig"),
        (NEW.rsplit(";", 1)[0], NAMES, ".", "utf-8"),
        (
            NEW.replace("2026-01-01", "53721;Siegburg;;;;2026-01-01"),
            f"{NAMES};postplz;postonm;postonmzus;postott;poststr;aud",
            ".",
            "utf-8",
        ),
    ],
)
def test_official_layouts_give_the_same_addresses(tmp_path, layout, header, point, encoding):
    file = tmp_path / "gebref.txt"
    text = "\r\n".join([*([header] if header else []), *lines(layout, point)]) + "\r\n"
    file.write_bytes(text.encode(encoding))
    layer = read_addresses(file)
    assert told(layer) == EXPECTED
    assert list(layer.frame.index) == ["DENW000000000000", "DENW000000000001"]
    assert layer.source.title == "Gebäudereferenzen"
    assert layer.source.licence == "dl-de/zero-2-0"
    assert str(layer.frame.crs) == "EPSG:25832"


def test_quoted_commas_and_a_misspelt_column_are_read(tmp_path):
    file = tmp_path / "hk.csv"
    header = NAMES.replace(";", ",").replace("kreisschl", "kreissch")
    row = '"N","DEHE000000000001","A","06","Hessen","4","Darmstadt","12","Frankfurt","000",'
    row += '"Frankfurt","0000","","00012","Zeil","5","","32","477000.5","5551000.25"'
    file.write_bytes(f"{header}\r\n{row}\r\n".encode())
    assert told(read_addresses(file)) == [("06412000", "Zeil", "00012", "5", 477000.5, 5551000.25)]


def test_berlin_writes_zone_33_and_old_names(tmp_path):
    file = tmp_path / "hko.txt"
    names = "NBA;OI;QUA;LAN;RBZ;KRS;GMD;OTT;SSS;HNR;ADZ;EEEEEEEE_EEE;NNNNNNN_NNN;STN;"
    names += "PLZ;ONM;ZON;POT;PSN;AND"
    row = "N;DEBE000000000001;A;11;0;00;000;0402;00001;1;;33385802,013;5816000,099;Aachener Straße;"
    file.write_bytes(f"{names}\n{row}10713;Berlin;;;;2015-04-02\n".encode("latin-1"))
    layer = read_addresses(file, to_crs="EPSG:25833")
    assert told(layer) == [("11000000", "Aachener Straße", "00001", "1", 385802.01, 5816000.1)]
    west = read_addresses(file).frame.geometry.iloc[0]
    assert 790_000 < west.x < 800_000


def test_the_archive_is_read_beside_its_explanations(tmp_path):
    file = tmp_path / "gebref.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("gebref_schluessel.txt", "G;05;3;82;060;Siegburg\n")
        archive.writestr("gebref.txt", "\n".join(lines(NEW, ".")) + "\n")
    assert told(read_addresses(file)) == EXPECTED
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("andere.csv", "x")
    with pytest.raises(SourceError) as caught:
        read_addresses(file)
    assert caught.value.message == "addresses.which_member"


def test_only_municipalities_asked_for_are_kept(tmp_path):
    file = tmp_path / "gebref.txt"
    rows = [
        *lines(NEW, "."),
        next(lines(NEW.replace(";82;", ";58;"), ".")).replace("0" * 12, "9" * 12),
    ]
    file.write_text("\n".join(rows), encoding="utf-8")
    layer = read_addresses(file, within=("05382",))
    assert told(layer) == EXPECTED
    assert "1 Adressen anderer Gemeinden" in layer.notes[0]
    with pytest.raises(SourceError) as caught:
        read_addresses(file, within=("05111",))
    assert caught.value.message == "addresses.none_within"


def test_impossible_coordinates_stay_without_a_point(tmp_path):
    file = tmp_path / "a.csv"
    rows = ["AGS;Straße;Hausnummer;Ostwert;Nordwert"]
    rows += [f"05382060;Ring;{n};374100,5;5629000,5" for n in range(1, 6)]
    rows += ["05382060;Ring;6;3741005;56290005", "05382060;Ring;7;;"]
    file.write_text("\n".join(rows), encoding="utf-8")
    layer = read_addresses(file)
    assert layer.frame.index[layer.frame.geometry.isna()].tolist() == [
        "05382060 Ring 6",
        "05382060 Ring 7",
    ]
    assert "2 Adressen" in layer.notes[0]


def test_swapped_and_foreign_coordinates_are_one_error(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("Straße;Hausnummer;Ostwert;Nordwert\nRing;1;5629000;374100\n", encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        read_addresses(file)
    assert caught.value.message == "addresses.swapped"
    file.write_text(
        "Straße;Hausnummer;Ostwert;Nordwert\nRing;1;2574100;5629000\n", encoding="utf-8"
    )
    with pytest.raises(SourceError) as caught:
        read_addresses(file)
    assert caught.value.message == "addresses.nowhere"
    assert len(read_addresses(file, crs="EPSG:31466").frame) == 1


def test_workbooks_and_columns_by_mapping(tmp_path):
    book = openpyxl.Workbook()
    for row in (("Lage", "Nr", "lon", "lat"), ("Ring", 12, 7.2, 50.8)):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(SourceError) as caught:
        read_addresses(tmp_path / "a.xlsx")
    assert caught.value.message == "addresses.columns_missing"
    assert caught.value.ids == ("straße", "hausnr")
    layer = read_addresses(tmp_path / "a.xlsx", columns={"street": "Lage", "number": "Nr"})
    assert layer.frame["number"].tolist() == ["12"]
    assert 370_000 < layer.frame.geometry.iloc[0].x < 376_000
    with pytest.raises(SourceError) as caught:
        read_addresses(tmp_path / "a.xlsx", columns={"Strasse": "Lage"})
    assert caught.value.message == "addresses.unknown_field"


def test_rows_in_any_order_give_the_same_layer(tmp_path):
    rows = [f"05382060;Ring;{n};3741{n:02d},5;5629000,5" for n in (1, 2, 2, 3)]
    rows[2] = rows[2].replace("374102", "374999")
    layers = []
    for order in (rows, rows[::-1]):
        file = tmp_path / "a.csv"
        file.write_text("\n".join(["AGS;Straße;Hausnummer;Ostwert;Nordwert", *order]), "utf-8")
        layers.append(read_addresses(file).frame)
    assert layers[0].equals(layers[1])
    assert "05382060 Ring 2 (2)" in layers[0].index


def test_deleted_addresses_are_left_out(tmp_path):
    file = tmp_path / "gebref.txt"
    first, second = lines(NEW, ".")
    file.write_text(f"{first}\nL{second[1:]}\n", encoding="utf-8")
    layer = read_addresses(file)
    assert told(layer) == EXPECTED[:1]
    assert "gelöscht" in layer.notes[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "sources.empty_file"),
        ("Straße;Hausnummer;Ostwert;Nordwert\n", "sources.empty_file"),
        ("Straße;Hausnummer;Ostwert;Nordwert\nRing;1\n", "sources.rows_cut"),
        (
            "AGS;Straße;Hausnummer;Ostwert;Nordwert\n5382060;Ring;1;374100;5629000\n",
            "sources.leading_zero_lost",
        ),
    ],
)
def test_broken_lists_are_one_clear_error(tmp_path, text, message):
    file = tmp_path / "a.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        read_addresses(file)
    assert caught.value.message == message


def test_addresses_of_people_are_refused(tmp_path):
    file = tmp_path / "a.csv"
    rows = ["Straße;Hausnummer;Ostwert;Nordwert;Geburtsdatum"]
    rows += [f"Ring;{n};374100;5629000;0{n}.04.19{60 + n}" for n in range(1, 9)]
    file.write_text("\n".join(rows), encoding="utf-8")
    with pytest.raises(DisclosureError) as caught:
        read_addresses(file)
    assert caught.value.message == "privacy.persons"


def test_days_of_the_last_change_are_no_birthdays(tmp_path):
    file = tmp_path / "gebref.txt"
    row = next(lines(NEW, "."))
    days = [f"{1990 + n}-{1 + n % 12:02d}-{1 + 7 * n % 27:02d}" for n in range(30)]
    rows = [
        row.replace("0" * 12, f"{n:012d}").replace("2026-01-01", day) for n, day in enumerate(days)
    ]
    file.write_text("\n".join(rows), encoding="utf-8")
    assert len(read_addresses(file).frame) == 30


def test_keys_without_their_zero_are_not_somewhere_else(tmp_path):
    path = tmp_path / "liste.csv"
    rows = ";Ringstr.;1;375000;5629000\n5382060;Ringstr.;2;375001;5629000\n"
    other = "5383060;Ringstr.;4;375003;5629000\n"
    path.write_text(f"AGS;Straße;Hausnummer;Ostwert;Nordwert\n{rows}{other}", encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        read_addresses(path, within=["05382"])
    assert caught.value.message == "sources.leading_zero_lost"
    assert caught.value.ids == ("5382060",)
    found = read_addresses(path, within=["05382"], repair=True).frame
    towns = dict(zip(found["number"], found["municipality"], strict=True))
    assert towns == {"1": "", "2": "05382060"}
