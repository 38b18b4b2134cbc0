"""Election results: federal elections by polling district and by constituency."""

import zipfile

import pytest

from sozialraum.errors import SourceError
from sozialraum.schema import State
from sozialraum.sources.elections import election_kind, read_election

KEYS = "Wahlkreis;Land;Regierungsbezirk;Kreis;Verbandsgemeinde;Gemeinde"
MARKS = "Kennziffer Urnenwahlbezirke nach § 68 BWO;Kennziffer Briefwahlzugehörigkeit"
FORM = (
    "Wahlberechtigte (A);Wahlberechtigte ohne Sperrvermerk (A1);Wahlberechtigte mit Sperrvermerk "
    "(A2);Wahlberechtigte nach § 25 Abs. 2 BWO (A3)"
)
OLDER = "Wähler (B);Wähler mit Wahlschein (B1)"
HEAD_2025 = (
    f"{KEYS};{MARKS};Gemeindename;Wahlbezirk;Bezirksart;{FORM};Wählende (B);Wählende mit "
    "Wahlschein (B1);Ungültige - Erststimmen;Gültige - Erststimmen;SPD - Erststimmen;"
    "Ungültige - Zweitstimmen;Gültige - Zweitstimmen;SPD - Zweitstimmen;Die Linke - Zweitstimmen"
)
PREAMBLE = "© Bundeswahlleiterin;\nWahlbezirksstatistik;\n;\nErgebnisse;\n"
ROWS = """\
97;5;3;82;0;8;;00;Aue;0001;0;900;600;300;0;450;0;4;446;246;2;448;240;60
97;05;3;82;0000;008;;00;Aue;0002;0;600;500;100;0;400;0;1;399;199;1;399;190;50
97;05;3;82;0000;008;;00;Aue;9001;5;0;0;0;0;380;380;0;380;180;2;378;178;40
"""
JOINT = """\
97;05;3;82;0000;012;;07;Berg;0001;0;300;200;100;0;150;0;0;150;80;0;150;70;10
97;05;3;82;0000;016;;07;Tal;0001;0;100;0;100;0;50;0;0;50;30;0;50;20;5
97;05;3;82;1107;907;;07;Briefwahl gemeinsam;0001;5;0;0;0;0;160;160;0;160;60;0;160;80;20
"""


def raised(message, path, **options):
    with pytest.raises(SourceError) as caught:
        read_election(path, **options)
    assert caught.value.message == message, caught.value.text("de")
    return caught.value


def written(path, text, encoding="utf-8"):
    path.write_text(text, encoding=encoding)
    return path


def by_key(delivery, variable):
    table = delivery.table[delivery.table["variable"] == variable]
    return table.set_index("key")["value"].to_dict()


def test_suffixes_of_2025_and_keys_in_parts(tmp_path):
    path = written(
        tmp_path / "btw25_wbz_ergebnisse.csv", f"{PREAMBLE}{HEAD_2025}\n{ROWS}", "utf-8-sig"
    )
    assert election_kind(path) == "wbz"
    wahl = read_election(path, postal="share")
    assert wahl.dates == ("2025-02-23",)
    assert by_key(wahl, "voters") == {"05382008-0001": 735, "05382008-0002": 495}
    assert by_key(wahl, "votes_linke")["05382008-0002"] == 50 + 0.25 * 40
    assert by_key(wahl, "first_votes_spd")["05382008-0001"] == 246 + 0.75 * 180
    assert by_key(wahl, "invalid")["05382008-0001"] == 2 + 0.75 * 2
    assert wahl.source.attribution.startswith("© Die Bundeswahlleiterin")
    assert wahl.source.licence == "dl-de/by-2-0"


def test_postal_votes_of_several_municipalities(tmp_path):
    path = written(tmp_path / "btw25_wbz.csv", f"{PREAMBLE}{HEAD_2025}\n{ROWS}{JOINT}")
    wahl = read_election(path, postal="share")
    voters = by_key(wahl, "voters")
    # 100 polling cards each: half of the 160 joint postal voters
    assert voters["05382012-0001"] == 150 + 80
    assert voters["05382016-0001"] == 50 + 80
    assert voters["05382008-0001"] == 735
    assert sum(voters.values()) == 450 + 400 + 380 + 150 + 50 + 160
    apart = read_election(path, postal="separate")
    assert by_key(apart, "voters_by_post")["05382907-0001"] == 160
    own = JOINT + "97;05;3;82;0;16;;07;Tal;9001;5;0;0;0;0;40;40;0;40;9;0;40;9;9\n"
    path = written(tmp_path / "btw25_b.csv", f"{PREAMBLE}{HEAD_2025}\n{ROWS}{own}")
    assert by_key(read_election(path, postal="share"), "voters")["05382016-0001"] == 50 + 80 + 40


def test_joint_votes_counted_in_one_of_the_municipalities(tmp_path):
    rows = JOINT.replace("1107;907", "0000;012").replace("0001;5;0", "9001;5;0")
    path = written(tmp_path / "btw25_c.csv", f"{PREAMBLE}{HEAD_2025}\n{rows}")
    voters = by_key(read_election(path, postal="share"), "voters")
    assert voters == {"05382012-0001": 230, "05382016-0001": 130}


def test_only_one_county(tmp_path):
    far = ROWS.replace("05;3;82", "09;1;75").replace(";5;3;82", ";9;1;75")
    path = written(tmp_path / "btw25_wbz.csv", f"{PREAMBLE}{HEAD_2025}\n{ROWS}{far}")
    wahl = read_election(path, postal="share", county="05382")
    assert set(by_key(wahl, "voters")) == {"05382008-0001", "05382008-0002"}
    error = raised("elections.county_not_there", path, county="05314", postal="share")
    assert error.ids == ("05382", "09175")


def test_prefixes_of_2021(tmp_path):
    head = f"{KEYS};{MARKS};Gemeinde Name;Wahlbezirk;Bezirksart;{FORM};{OLDER}"
    head += ";E_Ungültige;E_Gültige;E_SPD;Z_Ungültige;Z_Gültige;Z_SPD;Z_GRÜNE"
    path = written(tmp_path / "btw21_wbz_ergebnisse.csv", f"{PREAMBLE}{head}\n{ROWS}")
    wahl = read_election(path, postal="drop")
    assert wahl.dates == ("2021-09-26",)
    assert by_key(wahl, "votes_gruene")["05382008-0001"] == 60
    assert by_key(wahl, "first_votes_spd")["05382008-0001"] == 246


SPLIT = f"{KEYS};{MARKS};Gemeindename;Wahlbezirk;Bezirksart;{FORM};{OLDER}"


def split_rows(*columns):
    rows = [line.split(";") for line in ROWS.splitlines()]
    return "\n".join(";".join(row[:17] + [row[i] for i in columns]) for row in rows) + "\n"


def archive(path, first, second, encoding="cp1252"):
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("btw17_wbz_erststimmen.csv", first.encode(encoding))
        target.writestr("btw17_wbz_zweitstimmen.csv", second.encode(encoding))
        target.writestr("btw17_wbz_leitband.csv", "Land;Name\n05;NW\n")
        target.writestr("lies.pdf", b"%PDF")
    return path


def test_first_and_second_votes_in_two_files(tmp_path):
    first = f"{PREAMBLE}{SPLIT};Ungültige;Gültige;SPD\n" + split_rows(17, 18, 19)
    second = f"{PREAMBLE}{SPLIT};Ungültige;Gültige;SPD;DIE LINKE\n" + split_rows(20, 21, 22, 23)
    wahl = read_election(archive(tmp_path / "btw17_wbz.zip", first, second), postal="share")
    assert wahl.dates == ("2017-09-24",)
    assert by_key(wahl, "first_votes_spd")["05382008-0001"] == 246 + 135
    assert by_key(wahl, "votes_spd")["05382008-0001"] == 240 + 0.75 * 178
    assert by_key(wahl, "first_valid")["05382008-0002"] == 399 + 95
    assert by_key(wahl, "voters")["05382008-0001"] == 735
    other = second.replace(";0002;0;600;", ";0002;0;601;")
    error = raised(
        "elections.files_differ", archive(tmp_path / "btw17_b.zip", first, other), postal="drop"
    )
    assert error.ids == ("05382008-0002",)
    alone = written(tmp_path / "btw17_wbz_erststimmen.csv", first, "cp1252")
    assert "first_votes_spd" in read_election(alone, postal="drop").variables


def test_tabs_and_short_names_of_2009(tmp_path):
    head = "Wkr Land RB Kreis VG Gemeinde BW-Bez BA Wbz A A1 A2 A3 B B1 E F SPD GRÜNE"
    head = head.replace(" ", "\t")
    rows = (
        "97\t5\t3\t82\t0\t8\t0\t0\t0001\t900,00\t600\t300\t0\t450\t0\t2\t448\t240\t208\n"
        "97\t5\t3\t82\t0\t8\t0\t6\t0002\t0\t0\t0\t0\t30\t30\t0\t30\t10\t20\n"
        "97\t5\t3\t82\t0\t8\t0\t5\t0003\t0\t0\t0\t0\t300\t300\t0\t300\t100\t200\n"
    )
    path = written(tmp_path / "BTW09_Zweitstimmen Wahlbezirke.txt", f"{head}\n{rows}", "cp1252")
    wahl = read_election(path, postal="share")
    assert wahl.dates == ("2009-09-27",)
    # a special district has nobody eligible and is no postal district
    assert by_key(wahl, "voters") == {"05382008-0001": 750, "05382008-0002": 30}
    assert by_key(wahl, "votes_gruene")["05382008-0001"] == 408
    assert by_key(wahl, "valid")["05382008-0001"] == 748


def test_kinds_of_districts_are_text(tmp_path):
    lettered = ROWS.replace("9001;5;", "9001;1C;")
    path = written(tmp_path / "btw25_a.csv", f"{PREAMBLE}{HEAD_2025}\n{lettered}")
    wahl = read_election(path, postal="share")
    assert by_key(wahl, "voters")["05382008-0001"] == 735
    assert any("1C" in note for note in wahl.notes)
    wrong = ROWS.replace("0002;0;", "0002;X;").replace("0001;0;", "0001;Y;")
    path = written(tmp_path / "btw25_b.csv", f"{PREAMBLE}{HEAD_2025}\n{wrong}")
    error = raised("elections.unknown_kind", path, postal="share")
    assert error.ids == ("Zeile 6, Spalte Bezirksart", "Zeile 7, Spalte Bezirksart")


def test_equal_numbers_of_polling_and_postal_districts(tmp_path):
    rows = ROWS.replace("9001;5", "0001;5")
    path = written(tmp_path / "btw25_a.csv", f"{PREAMBLE}{HEAD_2025}\n{rows}")
    apart = read_election(path, postal="separate")
    assert by_key(apart, "voters_by_post")["05382008-0001-B"] == 380
    assert by_key(apart, "voters_at_poll")["05382008-0001"] == 450


KERG2 = (
    "Wahlart;Wahltag;Gebietsart;Gebietsnummer;Gebietsname;UegGebietsart;UegGebietsnummer;Gruppenart;"
    "Gruppenname;Gruppenreihenfolge;Stimme;Anzahl;Prozent;VorpAnzahl;VorpProzent\n"
)
KERG2_ROWS = """\
BT;{day};Bund;99;Bundesgebiet;;;System-Gruppe;Wahlberechtigte;-4;;3000;;;
BT;{day};Land;05;NRW;BUND;99;System-Gruppe;Wahlberechtigte;-4;;3000;;;
BT;{day};Wahlkreis;096;Rhein I;LAND;05;System-Gruppe;Wahlberechtigte;-4;;1000;;990;
BT;{day};Wahlkreis;096;Rhein I;LAND;05;System-Gruppe;Wählende;-3;;800;80,0;790;79,8
BT;{day};Wahlkreis;096;Rhein I;LAND;05;System-Gruppe;Gültige;-1;1;780;97,5;770;97,5
BT;{day};Wahlkreis;096;Rhein I;LAND;05;System-Gruppe;Gültige;-1;2;790;98,7;780;98,7
BT;{day};Wahlkreis;096;Rhein I;LAND;05;Partei;CDU;1;1;400;51,3;390;50,6
BT;{day};Wahlkreis;096;Rhein I;LAND;05;Partei;CDU;1;2;390;49,4;380;48,7
BT;{day};Wahlkreis;096;Rhein I;LAND;05;Partei;SSW;9;2;;;;
BT;{day};Wahlkreis;097;Rhein II;LAND;05;System-Gruppe;Wahlberechtigte;-4;;2000;;1990;
BT;{day};Wahlkreis;097;Rhein II;LAND;05;Partei;CDU;1;2;500;49,4;380;48,7
BT;{day};Wahlkreis;097;Rhein II;LAND;05;Partei;SSW;9;2;7;;;
"""


@pytest.mark.parametrize("day", ["23.02.2025", "23022025", "23.02.25"])
def test_kerg2(tmp_path, day):
    text = "# Hinweis;\n" * 9 + KERG2 + KERG2_ROWS.format(day=day)
    path = written(tmp_path / "kerg2.csv", text, "utf-8-sig")
    assert election_kind(path) == "kerg2"
    wahl = read_election(path)
    assert wahl.dates == ("2025-02-23",)
    assert wahl.geography == "wahlkreis"
    assert by_key(wahl, "eligible") == {"096": 1000, "097": 2000}
    assert by_key(wahl, "votes_cdu") == {"096": 390, "097": 500}
    assert by_key(wahl, "first_valid")["096"] == 780
    ssw = wahl.table[wahl.table["variable"] == "votes_ssw"].set_index("key")["state"]
    assert ssw.to_dict() == {"096": State.NOT_APPLICABLE, "097": State.VALUE}
    tabs = written(tmp_path / "b.csv", text.replace(";", "\t"))
    assert read_election(tabs).table.equals(wahl.table)


def test_kerg2_faults(tmp_path):
    text = KERG2 + KERG2_ROWS.format(day="23.02.2025")
    twice = written(tmp_path / "a.csv", text + text.splitlines()[3] + "\n")
    assert raised("sources.rows_repeated", twice).ids == ("Zeile 14",)
    lands = written(tmp_path / "b.csv", "\n".join(text.splitlines()[:3]) + "\n")
    assert raised("elections.no_districts", lands).ids == ("Bund", "Land")


KERG = """\
# Wahl zum 19. Deutschen Bundestag (24. September 2017);;;;;;;;;;;;;;
# Endgültige Ergebnisse;;;;;;;;;;;;;;
Nr;Gebiet;gehört zu;Wahlberechtigte;;;;Wähler;;;;Christlich Demokratische Union Deutschlands;;;
;;;Erststimmen;;Zweitstimmen;;Erststimmen;;Zweitstimmen;;Erststimmen;;Zweitstimmen;
;;;Endgültig;Vorperiode;Endgültig;Vorperiode;Endgültig;Vorperiode;Endgültig;Vorperiode;Endgültig;Vorperiode;Endgültig;Vorperiode
1;Nord;1;100;90;100;90;80;70;80;70;30;20;25;15
2;Süd;1;200;190;200;190;150;140;150;140;;;45;35
1;Schleswig-Holstein;99;300;280;300;280;230;210;230;210;30;20;70;50
;;;;;;;;;;;;;;
99;Bundesgebiet;;300;280;300;280;230;210;230;210;30;20;70;50
"""


def test_kerg_takes_this_elections_constituencies(tmp_path):
    path = written(tmp_path / "kerg.csv", KERG)
    assert election_kind(path) == "kerg"
    wahl = read_election(path)
    assert wahl.dates == ("2017-09-24",)
    assert by_key(wahl, "eligible") == {"001": 100, "002": 200}
    assert by_key(wahl, "voters") == {"001": 80, "002": 150}
    assert by_key(wahl, "votes_cdu") == {"001": 25, "002": 45}
    first = wahl.table[wahl.table["variable"] == "first_votes_cdu"].set_index("key")
    assert first["value"]["001"] == 30
    assert first["state"]["002"] == State.NOT_APPLICABLE
    with_winner = KERG.replace("gehört zu;Wahl", "gehört zu;Gewählt;Wahl").replace(
        "\n;;;", "\n;;;;"
    )
    lines = [
        line.replace(";1;", ";01;CDU;", 1) if line[:2] in ("1;", "2;") and ";1;" in line else line
        for line in with_winner.splitlines()
    ]
    newer = written(tmp_path / "btw25_kerg.csv", "\n".join(lines) + "\n")
    assert by_key(read_election(newer), "votes_cdu") == {"001": 25, "002": 45}
