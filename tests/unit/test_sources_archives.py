"""Files from outside: only local ones, archives opened with care."""

import zipfile

import pytest

from sozialraum.errors import SourceError
from sozialraum.sources import archives, read_census_grid, read_deliveries, read_districts
from sozialraum.sources.archives import content, extract, local_file, members


def archive(path, **files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return path


@pytest.mark.parametrize(
    "path",
    [
        "https://example.org/a.csv",
        "http:/example.org/a.csv",
        "s3://bucket/a.csv",
        "/vsicurl/https://example.org/a.gpkg",
        "/VSIZIP//tmp/a.zip/a.shp",
        "PG:dbname=a",
        "WFS:https://example.org",
        r"\\server\share\a.csv",
    ],
)
@pytest.mark.parametrize("read", [local_file, read_census_grid, read_districts, read_deliveries])
def test_addresses_are_refused(path, read):
    with pytest.raises(SourceError) as caught:
        read(path)
    assert caught.value.message == "sources.not_local"


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SourceError, match="nirgends") as caught:
        local_file(tmp_path / "nirgends.csv")
    assert caught.value.message == "sources.no_file"


@pytest.mark.parametrize("name", ["../a.csv", "/etc/a.csv", "x/../../a.csv", r"..\a.csv", "C:/a"])
def test_names_that_lead_out_are_refused(tmp_path, name):
    path = archive(tmp_path / "a.zip", **{"ok.csv": "a", name: "b"})
    with pytest.raises(SourceError) as caught:
        members(path)
    assert caught.value.message == "sources.zip_unsafe"
    assert len(caught.value.ids) == 1


def test_bombs_are_refused_before_anything_is_unpacked(tmp_path):
    path = archive(tmp_path / "bomb.zip", **{"bomb.csv": b"0" * (archives.RATIO_FROM + 1)})
    with pytest.raises(SourceError) as caught:
        members(path)
    assert caught.value.message == "sources.zip_huge"
    assert caught.value.ids == ("bomb.csv",)


def test_size_limit(tmp_path, monkeypatch):
    monkeypatch.setattr("sozialraum.files.archives.MAX_MEMBER", 10)
    with pytest.raises(SourceError, match="entpacken"):
        members(archive(tmp_path / "a.zip", **{"a.csv": "12345678901"}))


@pytest.mark.parametrize("keep", [0.3, 0.7, 0.95])
def test_a_truncated_archive_is_one_error(tmp_path, keep):
    path = archive(tmp_path / "a.zip", **{"a.csv": "a;b\n" + "1;2\n" * 5000})
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    with pytest.raises(SourceError) as caught:
        members(path)
    assert caught.value.message == "sources.zip_damaged"


def test_damaged_content_is_found_by_its_checksum(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("a.csv", "a;b\n" + "1;2\n" * 500)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"1;2\n1;2\n", b"1;2\n9;9\n", 1))
    with pytest.raises(SourceError) as caught:
        content(path, "a.csv")
    assert caught.value.message == "sources.zip_damaged"


def test_clutter_is_passed_over_and_members_are_unpacked_flat(tmp_path):
    path = archive(tmp_path / "a.zip", **{"x/a.csv": "1", "__MACOSX/x/._a.csv": "2", ".b": "3"})
    assert members(path) == ["x/a.csv"]
    folder = tmp_path / "out"
    folder.mkdir()
    assert extract(path, ["x/a.csv"], folder) == [folder / "a.csv"]
    assert (folder / "a.csv").read_text() == "1"
