"""The scan of finished files: planted leaks are found, clean files pass."""

import sqlite3
from contextlib import closing

import pytest

from sozialraum.errors import DisclosureError
from sozialraum.export import write_geopackage
from sozialraum.files.scan import DATA_BLOCK, check_file
from support import make_release


@pytest.fixture(scope="module")
def release():
    return make_release(25)


@pytest.fixture
def package(release, tmp_path):
    return write_geopackage(tmp_path / "a.gpkg", release)


def change(path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_a_clean_file_passes(package, release):
    check_file(package, release)


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (["CREATE TABLE entwurf (count INTEGER)"], "entwurf"),
        (["ALTER TABLE sozialraum ADD COLUMN persons INTEGER"], "sozialraum.persons"),
        (["ALTER TABLE werte ADD COLUMN note TEXT"], "werte.note"),
        (["ALTER TABLE pruefung ADD COLUMN note TEXT"], "pruefung.note"),
        (["UPDATE werte SET value = 4.2 WHERE state = 'suppressed'"], "werte"),
        (["UPDATE werte SET value = value + 0.01 WHERE fid = 5"], "werte"),
        (["DELETE FROM werte WHERE fid = 5", "VACUUM"], "werte"),
        (["UPDATE werte SET state = 'value' WHERE state = 'suppressed'"], "werte"),
        (
            ["UPDATE sozialraum SET sgb2_wert = 3 WHERE sgb2_wert IS NULL"],
            "sozialraum.sgb2_wert",
        ),
        (["UPDATE gemeinde SET sgb2_zaehler = 3"], "gemeinde.sgb2_zaehler"),
        (["CREATE TABLE x AS SELECT * FROM werte", "DROP TABLE x"], "freelist"),
    ],
)
def test_planted_leaks_in_a_geopackage_are_found(package, release, statements, named):
    if any("sozialraum SET" in s or "gemeinde SET" in s for s in statements):
        # spatial triggers need functions that plain SQLite does not have
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        with closing(sqlite3.connect(package)) as connection:
            names = [name for (name,) in connection.execute(triggers)]
        statements = [*(f'DROP TRIGGER "{name}"' for name in names), *statements, "VACUUM"]
    with closing(sqlite3.connect(package, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
    with pytest.raises(DisclosureError, match=named.replace(".", r"\.")):
        check_file(package, release)


def test_a_file_with_bytes_behind_the_last_page_is_refused(package, release):
    with package.open("ab") as stream:
        stream.write(b"secret")
    with pytest.raises(DisclosureError, match="page_count"):
        check_file(package, release)


PAGE = "<!DOCTYPE html><html><head><style>{style}</style></head><body>{body}</body></html>"


@pytest.mark.parametrize(
    ("body", "style"),
    [
        ('<img src="https://tiles.example/1.png">', ""),
        ('<img src="//tiles.example/1.png">', ""),
        ('<img srcset="a.png 2x">', ""),
        ('<link rel="stylesheet" href="style.css">', ""),
        ('<script src="leaflet.js"></script>', ""),
        ('<svg><image href="http://example.org/a.png"/></svg>', ""),
        ('<svg><use xlink:href="other.svg#a"/></svg>', ""),
        ('<iframe src="data.html"></iframe>', ""),
        ('<form action="https://example.org"></form>', ""),
        ('<p style="background:url(https://example.org/a.png)">a</p>', ""),
        ("", "p { background: url('fonts/a.woff') }"),
        ("", "@import 'other.css';"),
        ('<img src="data:," onerror="alert(1)">', ""),
        ('<a href="javascript:alert(1)">a</a>', ""),
        ('<script type="application/json" id="raw">{"n": 2}</script>', ""),
        ('<script type="application/json">{"n": 2}</script>', ""),
        ("<!-- counts: 2 -->", ""),
    ],
)
def test_planted_faults_in_a_page_are_found(tmp_path, release, body, style):
    path = tmp_path / "a.html"
    path.write_text(PAGE.format(body=body, style=style), encoding="utf-8")
    with pytest.raises(DisclosureError):
        check_file(path, release)


def test_what_a_page_may_hold_passes(tmp_path, release):
    body = (
        '<a href="https://example.org">licence</a><a href="#top">top</a>'
        '<img src="data:image/png;base64,AAAA" alt="">'
        f'<script type="application/json" id="{DATA_BLOCK}">{{}}</script><script>var a = 1</script>'
    )
    path = tmp_path / "a.html"
    path.write_text(PAGE.format(body=body, style="p { color: red }"), encoding="utf-8")
    check_file(path, release)


def test_pictures_are_not_opened(tmp_path, release):
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG")
    check_file(path, release)
    assert path.read_bytes() == b"\x89PNG"
