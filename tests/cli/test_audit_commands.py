"""`sozialraum audit publication`: verdict, proofs, what is hidden, exit codes, the log."""

import json
import stat

import pytest

from sozialraum.cli.app import run
from sozialraum.files.uselog import log_path

TOWN = {
    "units": [
        {"id": "u1", "counts": {"kinder": 60, "hilfe": 19}},
        {"id": "u2", "counts": {"kinder": 50, "hilfe": 2}},
    ],
    "areas": {"W1": ["u1"], "S1": ["u1", "u2"]},
    "variables": {"kinder": {"known_per_unit": True}, "hilfe": {"subset_of": "kinder"}},
    "published": [
        {"kind": "count", "area": "W1", "var": "hilfe", "value": 19},
        {"kind": "count", "area": "S1", "var": "hilfe", "value": 21},
    ],
    "policy": {"k": 3},
}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SOZIALRAUM_HOME", str(tmp_path / "home"))


@pytest.fixture
def written(tmp_path):
    def write(content):
        path = tmp_path / "publication.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        return str(path)

    return write


def audited(capsys, *arguments, language="en"):
    code = run(["audit", "publication", *arguments], language)
    out, err = capsys.readouterr()
    return code, out, err


def test_a_leak_is_exit_3_and_hides_its_numbers(written, capsys):
    code, out, err = audited(capsys, written(TOWN))
    assert code == 3
    assert out.startswith("Not safe. Protected numbers that can be derived: 1; undecided: 0.")
    assert "S1 − W1: hilfe in S1 without W1 (units u2) can be derived exactly." in out
    assert "19" not in out
    assert "21" not in out
    assert "Checked against a person" in out
    assert out.endswith("Without earlier publications.\n")
    assert err == ""
    assert not log_path().exists()


def test_numbers_are_shown_with_authority_which_is_logged(written, capsys):
    path = written(TOWN)
    shown = ("--show-intervals", "--authority", "Datenschutzbeauftragte, Az. 7")
    code, out, _ = audited(capsys, path, *shown, language="de")
    assert code == 3
    assert "S1 − W1 = 21 − 19 = 2: hilfe in S1 ohne W1 (Einheiten u2) ist genau 2." in out
    log = log_path()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    line = json.loads(log.read_text(encoding="utf-8"))
    assert line["authority"] == "Datenschutzbeauftragte, Az. 7"
    assert set(line) == {"when", "who", "file", "authority"}
    assert path not in log.read_text(encoding="utf-8")
    audited(capsys, path, *shown)
    assert len(log.read_text(encoding="utf-8").splitlines()) == 2


def test_without_authority_no_numbers(written, capsys):
    code, out, err = audited(capsys, written(TOWN), "--show-intervals")
    assert code == 2
    assert out == ""
    assert "--authority" in err
    assert not log_path().exists()


def test_json_is_what_the_documents_say(written, capsys):
    code, out, _ = audited(capsys, written(TOWN), "--json")
    assert code == 3
    found = json.loads(out)
    assert set(found) == {"verdict", "leaks", "unresolved", "checked", "model", "earlier"}
    assert found["verdict"] == "leak"
    assert found["earlier"] == "without"
    assert found["leaks"] == [
        {
            "units": ["u2"],
            "variable": "hilfe",
            "lo": 2,
            "hi": 2,
            "reason": "exact",
            "proof": "S1 − W1 = 21 − 19 = 2: hilfe in S1 without W1 (units u2) is exactly 2.",
        }
    ]
    assert found["checked"]["statements"] == 2


def test_a_safe_publication_is_exit_0(written, capsys):
    content = TOWN | {"published": TOWN["published"][:1]}
    code, out, _ = audited(capsys, written(content), language="de")
    assert code == 0
    assert out.startswith("Sicher: ")
    code, out, _ = audited(capsys, written(content), "--json")
    assert code == 0
    assert json.loads(out)["leaks"] == []


def test_no_upper_limit_is_null(written, capsys):
    """All but one of a number that nobody knows."""
    content = TOWN | {
        "units": [{"id": "u1", "counts": {"kinder": 20, "hilfe": 19}}],
        "areas": {"W1": ["u1"]},
        "variables": {"kinder": {}, "hilfe": {"subset_of": "kinder"}},
        "published": [
            {
                "kind": "linear",
                "terms": [[1, "W1", "kinder"], [-1, "W1", "hilfe"]],
                "lo": 1,
                "hi": 1,
                "label": "Rest",
            }
        ],
    }
    code, out, _ = audited(capsys, written(content), "--json")
    assert code == 3
    [leak] = json.loads(out)["leaks"]
    assert (leak["lo"], leak["hi"], leak["reason"]) == (0, None, "complement")
    assert leak["proof"].startswith("Rest = 1; counted is the rest of kinder: hilfe in W1")


def test_a_faulty_file_is_exit_1_and_one_clear_error(written, capsys, tmp_path):
    content = TOWN | {"published": [{"kind": "count", "area": "W9", "var": "hilfe", "value": 19}]}
    code, out, err = audited(capsys, written(content), language="de")
    assert code == 1
    assert out == ""
    assert "published[0].area" in err
    assert err.startswith("Fehler: ")
    wrong = TOWN | {"published": [TOWN["published"][0] | {"value": 8}]}
    code, _, err = audited(capsys, written(wrong))
    assert code == 1
    assert "published[0]: widerspricht" in err
    assert "19" not in err.splitlines()[-1]
    code, _, err = audited(capsys, str(tmp_path / "none.json"))
    assert code == 1
    assert "Traceback" not in err


def test_a_log_that_cannot_be_written_stops_the_showing(written, capsys):
    log_path().mkdir(parents=True)
    code, out, err = audited(capsys, written(TOWN), "--show-intervals", "--authority", "Amt")
    assert code == 1
    assert out == ""
    assert "audit.log" in err
