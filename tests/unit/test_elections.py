"""Election results: layouts of the municipalities' software, tables of cities, postal votes."""

import json

import numpy as np
import pytest

from sozialraum.errors import SourceError
from sozialraum.schema import State
from sozialraum.sources.elections import election_kind, read_election

OLD = "datum;wahl;ags;gebiet-nr;gebiet-name;max-schnellmeldungen;anz-schnellmeldungen"
TWO_VOTES = f"{OLD};A1;A2;A3;A;B;B1;C;D;E;F;D1;F1;D2;F2\n"
TWO_ROWS = """\
23.02.2025;Bundestagswahl;05999001;1;1 Aue;1;1;600;300;0;900;450;0;4;446;2;448;246;240;200;208
23.02.2025;Bundestagswahl;05999001;2;2 Berg;1;1;500;100;0;600;400;0;1;399;1;399;199;190;200;209
23.02.2025;Bundestagswahl;05999001;901;Briefwahl 1;1;1;0;0;0;0;380;380;0;380;2;378;180;178;200;200
"""


def raised(message, path, **options):
    with pytest.raises(SourceError) as caught:
        read_election(path, **options)
    assert caught.value.message == message, caught.value.text("de")
    assert caught.value.text("de") != caught.value.text("en")
    return caught.value


def written(path, text, encoding="utf-8"):
    path.write_text(text, encoding=encoding)
    return path


def by_key(delivery, variable):
    table = delivery.table[delivery.table["variable"] == variable]
    return table.set_index("key")["value"].to_dict()


def states(delivery, variable):
    table = delivery.table[delivery.table["variable"] == variable]
    return table.set_index("key")["state"].to_dict()


def legend(folder, *elections, listed=()):
    tables = [
        {
            "name": name,
            "felder": [{"feld": "A", "wert": "Wahlberechtigte insgesamt"}],
            "parteien": [{"feld": code, "wert": party} for code, party in parties.items()],
        }
        for name, parties in elections
    ]
    text = json.dumps({"csvs": list(listed), "dateifelder": tables})
    return written(folder / "open_data.json", text, "utf-8-sig")


def test_postal_districts_need_a_decision(tmp_path):
    path = written(tmp_path / "wahl.csv", TWO_VOTES + TWO_ROWS)
    error = raised("elections.postal_needed", path)
    assert error.ids == ("05999001-901",)
    for word in ("share", "separate", "drop"):
        assert word in error.text("de")
    assert raised("elections.no_such_policy", path, postal="both").ids == ("both",)


def test_votemanager_shares_by_polling_cards(tmp_path):
    legend(tmp_path, ("Bundestagswahl", {"D1/F1": "CDU", "D2/F2": "GRÜNE"}))
    path = written(tmp_path / "wahl.csv", TWO_VOTES + TWO_ROWS, "utf-8-sig")
    wahl = read_election(path, postal="share")
    assert wahl.dates == ("2025-02-23",)
    assert wahl.geography == "wahlbezirk"
    assert wahl.source.territory_date == "2025-02-23"
    # 300 and 100 polling cards: three quarters and one quarter of 380 postal voters
    assert by_key(wahl, "voters") == {"05999001-1": 735, "05999001-2": 495}
    assert by_key(wahl, "voters_at_poll") == {"05999001-1": 450, "05999001-2": 400}
    assert by_key(wahl, "votes_cdu")["05999001-1"] == 240 + 0.75 * 178
    assert by_key(wahl, "first_votes_gruene")["05999001-2"] == 200 + 0.25 * 200
    assert by_key(wahl, "eligible") == {"05999001-1": 900, "05999001-2": 600}
    assert "voters" in wahl.estimates
    assert "votes_cdu" in wahl.estimates
    assert not {"eligible", "cards", "voters_at_poll"} & set(wahl.estimates)
    assert any("votes_gruene = GRÜNE" in note for note in wahl.notes)
    assert any("1230 und 1230" in note for note in wahl.notes)


def test_without_cards_postal_votes_follow_the_eligible(tmp_path):
    rows = TWO_ROWS.replace(";600;300;0;900;", ";;;0;900;").replace(";500;100;0;600;", ";;;0;600;")
    path = written(tmp_path / "wahl.csv", TWO_VOTES + rows)
    wahl = read_election(path, postal="share")
    assert by_key(wahl, "voters")["05999001-1"] == pytest.approx(450 + 380 * 0.6)
    assert sum(by_key(wahl, "votes_f1").values()) == pytest.approx(240 + 190 + 178)


def test_voters_at_the_poll_are_not_called_voters(tmp_path):
    path = written(tmp_path / "wahl.csv", TWO_VOTES + TWO_ROWS)
    dropped = read_election(path, postal="drop")
    apart = read_election(path, postal="separate")
    for wahl in (dropped, apart):
        assert "voters" not in wahl.variables
        assert by_key(wahl, "voters_at_poll")["05999001-1"] == 450
        assert wahl.estimates == ()
    assert "05999001-901" not in by_key(dropped, "votes_f1")
    assert by_key(apart, "voters_by_post")["05999001-901"] == 380
    assert states(apart, "eligible")["05999001-901"] == State.NOT_APPLICABLE
    assert states(apart, "voters_by_post")["05999001-1"] == State.NOT_APPLICABLE
    error = raised(
        "elections.no_turnout",
        path,
        postal="drop",
        variables={"turnout": "voters", "n": "eligible"},
    )
    assert error.ids == ("turnout",)


def test_estimates_follow_into_expressions(tmp_path):
    path = written(tmp_path / "wahl.csv", TWO_VOTES + TWO_ROWS)
    variables = {"non_voters": "eligible - voters", "entitled": "eligible"}
    wahl = read_election(path, postal="share", variables=variables)
    assert wahl.variables == ("entitled", "non_voters")
    assert wahl.estimates == ("non_voters",)
    assert by_key(wahl, "non_voters")["05999001-1"] == 900 - 735


def test_districts_that_have_not_reported_are_missing(tmp_path):
    rows = TWO_ROWS.replace(";2 Berg;1;1;", ";2 Berg;1;0;")
    path = written(tmp_path / "wahl.csv", TWO_VOTES + rows)
    wahl = read_election(path, postal="drop")
    assert states(wahl, "eligible")["05999001-2"] == State.NOT_DELIVERED
    assert any("noch nicht ausgezählt" in note for note in wahl.notes)
    # who would get the postal votes is not known then
    raised("elections.nobody_to_share", path, postal="share")


def test_postal_groups_by_pattern_and_by_mapping(tmp_path):
    text = "Nr;Art;WB;ab\n1101;W;100;50\n1102;W;300;100\n1201;W;200;80\n1191;B;0;40\n1291;B;0;60\n"
    path = written(tmp_path / "wahl_2025.csv", text)
    held = {"number": "Nr", "kind": "Art", "eligible": "WB", "voters": "ab"}
    options = {"columns": held, "postal": "share", "date": "2025-09-14"}
    whole = read_election(path, **options)
    assert by_key(whole, "voters")["1101"] == pytest.approx(50 + 100 / 6)
    near = read_election(path, postal_groups=r"(\d\d)", **options)
    assert by_key(near, "voters") == {"1101": 60, "1102": 130, "1201": 140}
    groups = {"1101": "a", "1102": "a", "1201": "b", "1191": "b", "1291": "a"}
    swapped = read_election(path, postal_groups=groups, **options)
    assert by_key(swapped, "voters") == {"1101": 65, "1102": 145, "1201": 120}
    error = raised("elections.no_group", path, postal_groups={"1101": "a"}, **options)
    assert error.ids == ("1102", "1201", "1191", "1291")
    raised("elections.bad_groups", path, postal_groups="(", **options)
    error = raised("elections.nobody_to_share", path, postal_groups=r"(\d{3})", **options)
    assert error.ids == ("1191", "1291")


def test_lists_with_their_candidates(tmp_path):
    head = f"{OLD};A1;A2;A3;A;B;B1;C1;C2;D;D1_liste;D1_summe_kandidaten;D1_summe_liste_kandidaten"
    text = (
        f"{head};D1_1;D1_2\n14.09.2025;Rat;05999001;8;08 - Aue;1;1;6;1;0;7;5;0;1;4;12;2;10;12;4;6\n"
    )
    path = written(tmp_path / "rat.csv", text)
    wahl = read_election(path, columns={"D1": "Wir für Aue"})
    assert by_key(wahl, "votes_wir_fuer_aue") == {"05999001-8": 12}
    assert by_key(wahl, "invalid") == {"05999001-8": 1}
    assert by_key(wahl, "valid_ballots") == {"05999001-8": 4}
    newer = head.replace("D1_liste", "D1_1").replace("D1_summe_kandidaten", "D1_3")
    newer = newer.replace("D1_summe_liste_kandidaten", "D1_4") + ";D1_2_1;D1_2_2"
    path = written(tmp_path / "neu.csv", newer + "\n" + text.split("\n", 1)[1])
    assert by_key(read_election(path), "votes_d1") == {"05999001-8": 12}


def test_the_legend_of_the_right_election(tmp_path):
    listed = [{"wahl": "Landratsstichwahl", "ebene": "Wahlbezirke", "url": "Stichwahl-Landrat.csv"}]
    elections = (("Stichwahl Landrat", {"D1": "SPD"}), ("Ratswahl", {"D1": "CDU"}))
    legend(tmp_path, *elections, listed=listed)
    rows = f"{OLD};A;B;C;D;D1\n14.09.2025;{{}};05999001;1;Aue;1;1;9;5;0;5;5\n"
    council = written(tmp_path / "b.csv", rows.format("Ratswahl"))
    assert by_key(read_election(council), "votes_cdu") == {"05999001-1": 5}
    runoff = written(tmp_path / "Stichwahl-Landrat.csv", rows.format("Landratsstichwahl"))
    assert by_key(read_election(runoff), "votes_spd") == {"05999001-1": 5}
    other = written(tmp_path / "c.csv", rows.format("Seniorenrat"))
    wahl = read_election(other)
    assert "votes_d1" in wahl.variables
    assert any("mehrere Wahlen" in note for note in wahl.notes)


@pytest.mark.parametrize("text", ["[]", "{", '{"dateifelder": []}', "[" * 100_000])
def test_a_broken_legend(tmp_path, text):
    written(tmp_path / "open_data.json", text)
    path = written(tmp_path / "wahl.csv", TWO_VOTES + TWO_ROWS)
    raised("elections.not_a_legend", path, postal="drop")


NEW = (
    "Gemeinde;Gemeindename;Wahlkreisnummer;Gebietsnummer;Gebietsart;Gebietsname;Bezirksnummer;"
    "Ausgezaehlt abweichend Gebiet;Ausgezaehlt abweichend AGS;Ausbleibend;"
    "Wahlberechtigte gesamt (A);Wahlberechtigte mit Wahlschein (A2);Waehler gesamt (B);"
    "Waehler mit Wahlschein;Direktstimmen ungueltige (C);Direktstimmen gueltige (D);D1;"
    "Listenstimmen ungueltige (E);Listenstimmen gueltige (F);F1;\n"
)
NEW_ROWS = """\
;;97;97;WAHLKREIS;Nord;;;;N;1500;0;1230;380;5;1225;625;5;1225;608;
;;97;05999000;KREIS;Musterkreis;;;;N;1500;0;1230;380;5;1225;625;5;1225;608;
05999001;Aue;97;05999001;GEMEINDE;Aue;;;;N;1500;0;1230;380;5;1225;625;5;1225;608;
05999001;Aue;97;059990010001;STIMMBEZIRK;Schule;0001;;;N;900;0;450;0;4;446;246;2;448;240;
05999001;Aue;97;059990010002;STIMMBEZIRK;Kita;0002;;;N;600;0;400;0;1;399;199;1;399;190;
05999001;Aue;97;059990010011;BRIEFWAHLBEZIRK;Brief 1;0011;;;N;0;0;380;380;0;380;180;2;378;178;
"""


def test_levels_of_one_file_are_not_counted_twice(tmp_path):
    path = written(tmp_path / "ergebnis.csv", NEW + NEW_ROWS)
    wahl = read_election(path, postal="share", date="2025-02-23")
    assert by_key(wahl, "voters") == {"05999001-0001": 678, "05999001-0002": 552}
    assert sum(by_key(wahl, "eligible").values()) == 1500
    assert any("3 Zeilen anderer Ebenen" in note for note in wahl.notes)
    lines = [line for line in NEW_ROWS.splitlines() if "BEZIRK" not in line]
    above = written(tmp_path / "kreis.csv", NEW + "\n".join(lines) + "\n")
    error = raised("elections.no_districts", above, date="2025-02-23")
    assert error.ids == ("GEMEINDE", "KREIS", "WAHLKREIS")


def test_districts_counted_with_others_or_not_at_all(tmp_path):
    rows = NEW_ROWS.replace("Kita;0002;;;N", "Kita;0002;059990010001;05999001;N")
    wahl = read_election(written(tmp_path / "a.csv", NEW + rows), postal="drop", date="2025-02-23")
    assert by_key(wahl, "eligible")["05999001-0002"] == 600
    assert states(wahl, "votes_f1")["05999001-0002"] == State.NOT_DELIVERED
    rows = NEW_ROWS.replace("Kita;0002;;;N", "Kita;0002;;;J")
    wahl = read_election(written(tmp_path / "b.csv", NEW + rows), postal="drop", date="2025-02-23")
    assert states(wahl, "eligible")["05999001-0002"] == State.NOT_DELIVERED


CITY = """Ergebnis der Ratswahl;;;;
Bezirk;Name;Wahlberechtigte;Wähler;"Partei ""A"", Liste 1"
101;Aue;1.000;400;150
102;Berg;500;150;90
;Gesamtergebnis;1.500;550;240
Quelle: Wahlamt;;;;
"""


def test_a_citys_own_table(tmp_path):
    held = {
        "number": "Bezirk",
        "eligible": "Wahlberechtigte",
        "voters": "Wähler",
        "votes_a": 'Partei "A", Liste 1',
    }
    path = written(tmp_path / "rat_2025.csv", CITY, "cp1252")
    wahl = read_election(path, columns=held, key_format="05999001-{key}")
    assert by_key(wahl, "votes_a") == {"05999001-101": 150, "05999001-102": 90}
    assert by_key(wahl, "eligible")["05999001-101"] == 1000
    error = raised(
        "sources.columns_missing", path, columns={**held, "valid": "gültig", "cards": "X"}
    )
    assert error.ids == ("gültig", "X")
    raised("elections.unknown_file", path)
    raised("elections.number_needed", path, columns={"eligible": "Wahlberechtigte"})
    raised("elections.not_a_variable", path, columns={**held, "CDU/CSU": "Wähler"})
    raised("elections.other_kind", path, kind="kerg2")
    raised("elections.no_such_kind", path, kind="pdf")


def test_faults_name_rows_and_columns(tmp_path):
    rows = TWO_ROWS.replace(";450;0;4;", ";viele;0;4;").replace(";400;0;1;", ";x1;0;1;")
    path = written(tmp_path / "wahl.csv", TWO_VOTES + rows)
    error = raised("sources.not_numbers", path, postal="drop")
    assert error.ids == ("Zeile 2, Spalte B", "Zeile 3, Spalte B")
    twice = written(tmp_path / "b.csv", TWO_VOTES + TWO_ROWS.replace(";2;2 Berg", ";1;2 Berg"))
    error = raised("elections.keys_repeated", twice, postal="drop")
    assert error.ids == ("05999001-1 (Zeile 3)",)
    days = written(tmp_path / "c.csv", TWO_VOTES + TWO_ROWS.replace("23.02", "26.09", 1))
    assert raised("elections.several_days", days, postal="drop").ids == (
        "2025-02-23",
        "2025-09-26",
    )
    short = written(tmp_path / "d.csv", TWO_VOTES + TWO_ROWS.replace("05999001", "5999001"))
    raised("sources.leading_zero_lost", short, postal="drop")


def test_order_of_rows_does_not_matter(tmp_path):
    lines = TWO_ROWS.splitlines()
    one = written(tmp_path / "a.csv", TWO_VOTES + "\n".join(lines) + "\n")
    two = written(tmp_path / "b.csv", TWO_VOTES + "\n".join(lines[::-1]) + "\n")
    tables = [read_election(path, postal="share").table for path in (one, two)]
    assert tables[0].equals(tables[1])
    assert np.isfinite(tables[0]["value"]).all()


def test_kinds_are_recognised(tmp_path):
    assert election_kind(written(tmp_path / "a.csv", TWO_VOTES + TWO_ROWS)) == "votemanager"
    assert election_kind(written(tmp_path / "b.csv", NEW + NEW_ROWS)) == "votemanager"
    assert election_kind(written(tmp_path / "c.csv", CITY)) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "elections.unknown_file"),
        ("gebiet-nr;ags\n1;05999001\n", "sources.columns_missing"),
        ("gebiet-nr;ags;A;B\n", "elections.no_results"),
        ("Gemeinde;Gebietsart;Bezirksnummer\n05999001;STIMMBEZIRK;1\n", "elections.no_results"),
        ("Land;Gemeinde;Wahlbezirk;Bezirksart\n05;1;1;0\n", "sources.columns_missing"),
        ("Gebietsart;Gruppenart;Anzahl\nWahlkreis;Partei;3\n", "sources.columns_missing"),
        ("Nr;Gebiet;gehört zu\n1;Nord;1\n", "elections.kerg_header"),
    ],
)
def test_files_that_break_off(tmp_path, text, message):
    raised(message, written(tmp_path / "a.csv", text), date="2025-09-14", postal="drop")


MAPPED = {"number": "Bezirk", "kind": "Art", "eligible": "WB", "voters": "ab"}
URNS = "Bezirk;Art;WB;ab\n101;UWB;1000;400\n102;UWB;500;150\n"
SHARED = {"101": 600.0, "102": 250.0}


@pytest.mark.parametrize("row", ["190;BWB;0;300", "190;P;0;300", "190;P;;300", "190;P;x;300"])
def test_postal_districts_by_any_name_and_with_any_sign_for_nobody(row, tmp_path):
    path = written(tmp_path / "wahl_2025.csv", f"{URNS}{row}\n")
    raised("elections.postal_needed", path, columns=MAPPED)
    assert by_key(read_election(path, columns=MAPPED, postal="share"), "voters") == SHARED


def test_special_districts_are_not_postal(tmp_path):
    path = written(tmp_path / "wahl_2025.csv", f"{URNS}190;Sonder;0;30\n")
    assert by_key(read_election(path, columns=MAPPED), "voters")["190"] == 30


def test_a_total_by_another_name_takes_no_postal_votes(tmp_path):
    rows = "190;BWB;0;300\nWahlkreis 3;;1500;850\n"
    path = written(tmp_path / "wahl_2025.csv", URNS + rows)
    found = read_election(path, columns=MAPPED, postal="share")
    assert by_key(found, "voters") == SHARED
    assert any("Wahlkreis 3" in note for note in found.notes)
    # one vote more, and it is a district
    path = written(tmp_path / "wahl_2025.csv", URNS + rows.replace("850", "851"))
    assert "Wahlkreis 3" in by_key(read_election(path, columns=MAPPED, postal="share"), "voters")


def test_lost_zeros_are_put_back_on_request(tmp_path):
    path = written(tmp_path / "wahl.csv", (TWO_VOTES + TWO_ROWS).replace("05999001", "5999001"))
    raised("sources.leading_zero_lost", path, postal="drop")
    found = read_election(path, postal="drop", repair=True)
    assert set(by_key(found, "eligible")) == {"05999001-1", "05999001-2"}
    assert any("5999001" in note for note in found.notes)
