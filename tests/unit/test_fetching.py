"""Fetching from a server of this machine that is laid out like the official ones."""

import io
import tomllib
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest

from sozialraum.cli.app import run
from sozialraum.datasets import sample_path
from sozialraum.errors import SourceError
from sozialraum.sources import fetching, read_census_grid, read_municipalities
from sozialraum.sources.fetch_record import RECORD
from sozialraum.sources.fetching import fetch
from sozialraum.sources.registry import official, registry, remotes

POPULATION = "/static/DE/zensus/gitterdaten/Zensus2022_Bevoelkerungszahl.zip"
VG250 = "/produkte/vg/vg250_ebenen_0101/{}/vg250_01-01.utm32s.gpkg.ebenen.zip"


def archive(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return out.getvalue()


class Server:
    """Answers paths with bytes, or with what was planned for their next requests."""

    def __init__(self):
        self.files: dict[str, bytes] = {}
        self.plans: dict[str, list] = {}
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.asked.append(self.path)
                plan = outer.plans.get(self.path, [])
                answer = plan.pop(0) if plan else outer.files.get(self.path, 404)
                if isinstance(answer, int):
                    self.send_response(answer)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                body, promised = answer if isinstance(answer, tuple) else (answer, len(answer))
                self.send_response(200)
                if promised is not None:
                    self.send_header("Content-Length", str(promised))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(body)
                self.close_connection = True

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.http.server_port}"
        Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()


@pytest.fixture(scope="module")
def running():
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()


@pytest.fixture
def server(running, monkeypatch):
    for name in (
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(fetching, "WAITS", (0.0, 0.0, 0.0))
    running.plans.clear()
    running.asked.clear()
    census = (
        sample_path() / "daten" / "zensus2022" / "Zensus2022_Bevoelkerungszahl.zip"
    ).read_bytes()
    towns = (sample_path() / "daten" / "vg250_musterkreis.gpkg").read_bytes()
    packed = archive(**{"vg250_01-01.utm32s.gpkg.ebenen/vg250_ebenen_0101/DE_VG250.gpkg": towns})
    running.files = {
        POPULATION: census,
        VG250.format("aktuell"): packed,
        VG250.format(2024): packed,
    }
    return running


def left_over(folder: Path):
    return sorted(p.name for p in folder.rglob("*")) if folder.exists() else []


def test_what_was_fetched_loads_and_is_recorded(server, tmp_path):
    told = []
    (census,) = fetch(
        "zensus2022", target=tmp_path, base=server.address, progress=lambda *p: told.append(p)
    )
    cells = read_census_grid(census, resolution="1km")
    assert len(cells.frame) > 100
    (towns,) = fetch("vg250", target=tmp_path, base=server.address)
    assert "05999008" in read_municipalities(towns).frame.index
    record = tomllib.loads((tmp_path / RECORD).read_text(encoding="utf-8"))["file"]
    assert [one["path"] for one in record] == [towns.name, census.name][::-1]
    first = next(one for one in record if one["path"] == census.name)
    assert first["licence"] == "dl-de/by-2-0"
    assert first["origin"] == server.address + POPULATION
    assert first["via"] == "download"
    assert "Zensus 2022" in first["attribution"]
    assert len(first["sha256"]) == 64
    assert told[-1] == (census.name, census.stat().st_size, census.stat().st_size)


def test_what_is_there_is_not_fetched_again(server, tmp_path):
    (file,) = fetch("vg250", year=2024, target=tmp_path, base=server.address)
    assert file == tmp_path / "2024" / "vg250_01-01.utm32s.gpkg.ebenen.zip"
    assert fetch("vg250", year=2024, target=tmp_path, base=server.address) == (file,)
    assert server.asked == [VG250.format(2024)]
    assert fetch("vg250", year=2024, target=tmp_path, base=server.address, overwrite=True) == (
        file,
    )
    assert len(server.asked) == 2
    file.write_bytes(archive(anderes="x"))
    with pytest.raises(SourceError) as caught:
        fetch("vg250", year=2024, target=tmp_path, base=server.address)
    assert caught.value.message == "fetch.changed"


def test_a_file_put_there_by_hand_is_checked_and_recorded(server, tmp_path):
    path = tmp_path / "Zensus2022_Bevoelkerungszahl.zip"
    path.write_bytes(server.files[POPULATION])
    assert fetch("zensus2022", target=tmp_path, base=server.address) == (path,)
    assert server.asked == []
    assert 'via = "by hand"' in (tmp_path / RECORD).read_text(encoding="utf-8")
    (tmp_path / RECORD).unlink()
    path.write_bytes(b"<!DOCTYPE html><title>Fehler</title>")
    with pytest.raises(SourceError) as caught:
        fetch("zensus2022", target=tmp_path, base=server.address)
    assert caught.value.message == "fetch.web_page"
    assert path.exists()


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([404], "fetch.not_there"),
        ([403], "fetch.not_there"),
        ([500] * 4, "fetch.busy"),
        ([(b"PK\x03\x04 half", 5000)] * 4, "fetch.cut"),
        ([b"\n <!DOCTYPE html><h1>Wartung</h1>"], "fetch.web_page"),
        ([b'{"error": 1}'], "fetch.no_archive"),
        ([b""], "fetch.no_archive"),
        ([(archive(a="x")[:60], None)], "fetch.damaged"),
        ([archive(**{"../weg.csv": "x"})], "fetch.damaged"),
    ],
)
def test_what_fails_leaves_nothing_and_says_what_to_do(server, tmp_path, answers, message):
    server.plans[POPULATION] = list(answers)
    with pytest.raises(SourceError) as caught:
        fetch("zensus2022", target=tmp_path / "daten", base=server.address)
    assert caught.value.message == message
    assert left_over(tmp_path / "daten") == []
    assert len(server.asked) == len(answers)
    assert server.address in caught.value.text("de")
    assert server.address in caught.value.text("en")


def test_a_failed_download_keeps_what_was_there(server, tmp_path):
    (file,) = fetch("zensus2022", target=tmp_path, base=server.address)
    before = file.read_bytes()
    server.plans[POPULATION] = [404]
    with pytest.raises(SourceError):
        fetch("zensus2022", target=tmp_path, base=server.address, overwrite=True)
    assert file.read_bytes() == before
    assert left_over(tmp_path) == sorted([RECORD, file.name])


def test_a_server_that_recovers_is_asked_again(server, tmp_path):
    server.plans[POPULATION] = [500, 503, (b"PK\x03\x04 half", 5000), server.files[POPULATION]]
    (file,) = fetch("zensus2022", target=tmp_path, base=server.address)
    assert file.read_bytes() == server.files[POPULATION]
    assert len(server.asked) == 4


def test_a_slow_server_is_given_up(server, tmp_path, monkeypatch):
    monkeypatch.setattr(fetching, "TIMEOUT", (0.2, 0.05))
    monkeypatch.setattr(fetching, "WAITS", ())
    import socket

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        base = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(SourceError) as caught:
            fetch("zensus2022", target=tmp_path, base=base)
    assert caught.value.message == "fetch.offline"


def test_offline_says_where_to_put_the_file_and_what_comes_next(server, tmp_path, capsys):
    import socket

    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{closed.getsockname()[1]}"
    code = run(["fetch", "zensus2022", "--target", str(tmp_path), "--base", base], "de")
    assert code == 1
    err = capsys.readouterr().err
    assert f"{base}{POPULATION}" in err
    assert f"Die Datei hier ablegen: {tmp_path}/Zensus2022_Bevoelkerungszahl.zip" in err
    assert "sozialraum inspect" in err
    assert "Traceback" not in err


def test_a_mirror_needs_no_server(server, tmp_path):
    copy = tmp_path / "spiegel" / POPULATION.lstrip("/")
    copy.parent.mkdir(parents=True)
    copy.write_bytes(server.files[POPULATION])
    flat = tmp_path / "spiegel" / "vg250_01-01.utm32s.gpkg.ebenen.zip"
    flat.write_bytes(server.files[VG250.format(2024)])
    mirror, target = tmp_path / "spiegel", tmp_path / "daten"
    (file,) = fetch("zensus2022", target=target, mirror=mirror)
    assert file.read_bytes() == copy.read_bytes()
    assert 'via = "mirror"' in (target / RECORD).read_text(encoding="utf-8")
    assert len(read_municipalities(*fetch("vg250", target=target, mirror=mirror)).frame) > 19
    assert server.asked == []
    with pytest.raises(SourceError) as caught:
        fetch("wahlkreise", target=target, mirror=mirror)
    assert caught.value.message == "fetch.not_in_mirror"
    assert "bundeswahlleiterin.de" in caught.value.text("de")


def test_a_known_hash_must_be_that_of_the_file(server, tmp_path, monkeypatch):
    from dataclasses import replace

    known = replace(official("zensus2022"), hashes={"Zensus2022_Bevoelkerungszahl": "0" * 64})
    monkeypatch.setitem(registry(), "zensus2022", known)
    with pytest.raises(SourceError) as caught:
        fetch("zensus2022", target=tmp_path, base=server.address)
    assert caught.value.message == "fetch.other_hash"
    assert left_over(tmp_path) == []


def test_topics_are_found_by_name_and_the_registry_is_whole():
    census = official("zensus2022")
    assert len(census.topics) == 43
    assert [r.topic for r in remotes(census, topics=["bevoelkerungszahl"])] == [
        "Zensus2022_Bevoelkerungszahl"
    ]
    assert len(remotes(census, topics=["alle"])) == 43
    for data in registry().values():
        assert set(data.usual) <= set(data.topics)
        assert data.licence.startswith("dl-de/")
        assert data.attribution
        for address in (data.server, data.page):
            assert urlsplit(address).scheme == "https"
        for remote in remotes(data, topics=["alle"]):
            assert remote.name.endswith(".zip")
            assert "{" not in remote.path


@pytest.mark.parametrize(
    ("name", "choice", "message"),
    [
        ("vg500", {}, "fetch.unknown"),
        ("zensus2022", {"topics": ["quote"]}, "fetch.several_topics"),
        ("zensus2022", {"topics": ["Sterne"]}, "fetch.unknown_topic"),
        ("zensus2022", {"year": 2022}, "fetch.no_years"),
        ("vg250", {"year": 24}, "fetch.no_year"),
        ("vg250", {"base": "ftp://server"}, "fetch.no_server"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path, name, choice, message):
    with pytest.raises(SourceError) as caught:
        fetch(name, target=tmp_path / "daten", **choice)
    assert caught.value.message == message
    assert left_over(tmp_path) == []


def test_a_record_of_somebody_else_is_kept(server, tmp_path):
    (tmp_path / RECORD).write_text("eigene = 1\n", encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        fetch("zensus2022", target=tmp_path, base=server.address)
    assert caught.value.message == "fetch.other_record"
    assert (tmp_path / RECORD).read_text(encoding="utf-8") == "eigene = 1\n"


def test_the_command_lists_and_fetches(server, tmp_path, capsys):
    assert run(["fetch", "--list"], "de") == 0
    out = capsys.readouterr().out
    assert "https://www.destatis.de" + POPULATION in out
    assert "dl-de/zero-2-0" in out
    assert run(["fetch"], "de") == 2
    assert "vg250" in capsys.readouterr().err
    arguments = ["fetch", "vg250", "--target", str(tmp_path), "--base", server.address]
    assert run(arguments, "de") == 0
    out, err = capsys.readouterr()
    assert out == f"{tmp_path / 'vg250_01-01.utm32s.gpkg.ebenen.zip'}\n"
    assert "© GeoBasis-DE / BKG, dl-de/by-2-0" in err
