"""The scan of tables: CSV, GeoJSON, notebooks and workbooks."""

import json
import re
import zipfile

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName

from sozialraum.files.scan import scan_file
from support import make_release

KEYS = ["area_id", "indicator", "date"]


@pytest.fixture(scope="module")
def release():
    return make_release(25)


@pytest.fixture
def table(release):
    return release.table.copy()


def faults(path, release):
    return {one.fault for one in scan_file(path, release)}


def hidden(table):
    return table.index[table["state"] == "suppressed"][0]


def shown(table):
    rates = table["denominator"].notna() & (table["numerator"] > 0)
    exact = 100 * table["numerator"] / table["denominator"]
    return table.index[rates & (exact != table["value"])][0]


def test_clean_tables_pass(tmp_path, release, table):
    table.to_csv(tmp_path / "a.csv", index=False)
    table.to_csv(tmp_path / "a.tsv", index=False, sep="\t")
    table.to_csv(tmp_path / "deutsch.csv", index=False, sep=";", decimal=",")
    frame = release.frame("sgb2", "2023-12-31")
    frame.drop(columns="geometry").to_csv(tmp_path / "einer.csv")
    for path in tmp_path.iterdir():
        assert scan_file(path, release) == (), path.name


def test_planted_numbers_in_a_table_are_found(tmp_path, release, table):
    table["numerator"] = table["numerator"].astype(object)
    changes = {
        "hidden": (hidden(table), "numerator", 2.0),
        "state": (hidden(table), "state", "value"),
        "other": (shown(table), "numerator", 17.5),
        "precise": (
            shown(table),
            "value",
            100 * table.loc[shown(table), "numerator"] / table.loc[shown(table), "denominator"],
        ),
        "area": (shown(table), "area_id", "99"),
        "date": (shown(table), "date", "2017"),
        "noted": (shown(table), "geography", "17"),
    }
    for name, (row, column, value) in changes.items():
        changed = table.copy()
        changed.loc[row, column] = value
        path = tmp_path / f"{name}.csv"
        changed.to_csv(path, index=False)
        assert faults(path, release) == {"values"}, name


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("area_id,persons\n05999001-Q008,17\n", "columns"),
        ("area_id,note\n05999001-Q008,a\n", "columns"),
        ("name,numerator\nNord,17\n", "no_areas"),
        ("area_id,name\n05999001-Q008\n", "ragged"),
        ("area_id,numerator\n05999001-Q008,17\n", "values"),
        ("area_id,area_id\n05999001-Q008,17\n", "columns"),
        ("17\n", "columns"),
    ],
)
def test_other_tables_are_refused(tmp_path, release, content, fault):
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    assert fault in faults(path, release)


@pytest.fixture
def features(release, tmp_path):
    """Return the areas with one indicator as GeoJSON."""
    frame = release.frame("sgb2").drop(columns=["municipality_name"])
    path = tmp_path / "a.geojson"
    frame.to_crs(4326).to_file(path, driver="GeoJSON", engine="pyogrio")
    return path, json.loads(path.read_text(encoding="utf-8"))


def test_a_clean_geojson_passes(features, release):
    assert scan_file(features[0], release) == ()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda one: one["properties"].update(persons=17), "columns"),
        (lambda one: one["properties"].update(numerator=17.5), "values"),
        (lambda one: one["properties"].update(value=9.1234), "values"),
        (lambda one: one["properties"].update(name={"de": "a", "n": 17}), "nested"),
        (lambda one: one.update(persons=17), "keys"),
        (lambda one: one.update(id="n17x"), "shapes"),
        (lambda one: one.update(bbox=[17]), "shapes"),
        (lambda one: one["geometry"].update(persons=17), "shapes"),
        (lambda one: one["geometry"].update(type="GeometryCollection"), "shapes"),
        (lambda one: one["geometry"]["coordinates"][0][0].append(17), "shapes"),
    ],
)
def test_planted_numbers_in_a_geojson_are_found(features, release, change, fault):
    path, content = features
    change(content["features"][8])
    path.write_text(json.dumps(content), encoding="utf-8")
    assert fault in faults(path, release)


def test_keys_beside_the_features_are_found(features, release):
    path, content = features
    path.write_text(json.dumps(content | {"counts": [17]}), encoding="utf-8")
    assert faults(path, release) == {"keys"}


def test_records_and_other_json(tmp_path, release, table):
    path = tmp_path / "a.json"
    path.write_text(table.to_json(orient="records"), encoding="utf-8")
    assert scan_file(path, release) == ()
    for content in ({"counts": [17]}, [17], {"sgb2": {"a": 17}}):
        path.write_text(json.dumps(content), encoding="utf-8")
        assert faults(path, release) == {"structure"}
    manifest = tmp_path / "sozialraum-manifest.json"
    listed = {"made_by": "sozialraum", "files": {"a.csv": "0" * 64}}
    manifest.write_text(json.dumps(listed), encoding="utf-8")
    assert scan_file(manifest, release) == ()
    manifest.write_text(json.dumps(listed | {"count": 17}), encoding="utf-8")
    assert faults(manifest, release) == {"keys"}


NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["# Bericht 2025"]},
        {
            "cell_type": "code",
            "id": "b",
            "execution_count": None,
            "metadata": {},
            "outputs": [],
            "source": "release.frame('sgb2').head(17)",
        },
    ],
    "metadata": {"kernelspec": {"name": "python3"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda _: None, None),
        (
            lambda n: n["cells"][1].update(outputs=[{"output_type": "stream", "text": "17"}]),
            "outputs",
        ),
        (lambda n: n["cells"][1].update(execution_count=3), "ran"),
        (lambda n: n["cells"][0].update(attachments={"a.png": {}}), "attachments"),
        (lambda n: n["cells"][0].update(source="Auental 08: 1717 Personen"), "beside"),
        (lambda n: n["cells"][0]["metadata"].update(counts=[17]), "keys"),
        (lambda n: n["metadata"].update(widgets={"state": 17}), "keys"),
        (lambda n: n.update(counts=17), "keys"),
    ],
)
def test_notebooks_leave_without_outputs(tmp_path, release, change, fault):
    content = json.loads(json.dumps(NOTEBOOK))
    change(content)
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert faults(path, release) == ({fault} if fault else set())


@pytest.fixture
def book(table):
    """Return a workbook with all published values and a page of words."""
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "Werte"
    sheet.append(list(table.columns))
    for row in table.astype(object).where(table.notna(), None).itertuples(index=False):
        sheet.append(list(row))
    words = made.create_sheet("Lesehilfe")
    words.append(["Zeichen", "Bedeutung"])
    words.append(["•", "geschützt"])
    return made


def saved(book, tmp_path):
    path = tmp_path / "a.xlsx"
    book.save(path)
    return path


def test_a_clean_workbook_passes(book, tmp_path, release):
    assert scan_file(saved(book, tmp_path), release) == ()


def comment(book):
    book["Werte"]["A5"].comment = Comment("17", "a")


def chart(book):
    from openpyxl.chart import BarChart, Reference

    drawn = BarChart()
    drawn.add_data(Reference(book["Werte"], min_col=5, min_row=1, max_row=9))
    book["Lesehilfe"].add_chart(drawn)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda b: setattr(b["Lesehilfe"], "sheet_state", "hidden"), "hidden"),
        (lambda b: setattr(b["Lesehilfe"], "sheet_state", "veryHidden"), "hidden"),
        (lambda b: setattr(b["Werte"].row_dimensions[5], "hidden", True), "hidden"),
        (lambda b: setattr(b["Werte"].column_dimensions["E"], "hidden", True), "hidden"),
        (lambda b: b["Werte"].__setitem__("E5", "=1+1"), "formulas"),
        (lambda b: b["Lesehilfe"].append(["Auental 08", 1717]), "beside"),
        (lambda b: b["Lesehilfe"].append(["Personen", 1717.25]), "numbers"),
        (lambda b: b["Werte"].__setitem__("J1", "persons"), "columns"),
        (lambda b: b["Werte"].__setitem__("E5", 1717), "values"),
        (lambda b: b.defined_names.add(DefinedName("n", attr_text="17")), "defined_names"),
        (lambda b: setattr(b.properties, "description", "Auental 08: 1717"), "beside"),
        (lambda b: setattr(b["Werte"].oddHeader.center, "text", "Auental 08: 1717"), "beside"),
        (comment, "parts"),
        (chart, "parts"),
    ],
)
def test_planted_faults_in_a_workbook_are_found(book, tmp_path, release, change, fault):
    change(book)
    assert fault in faults(saved(book, tmp_path), release)


def rewritten(path, target, change):
    """Write an archive again with its parts changed: name to content."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target


def shared(parts):
    """Keep the first heading as a shared text, as Excel does."""
    parts["xl/sharedStrings.xml"] = b"<sst><si><t>geography</t></si></sst>"
    cell = r'<c r="A1" t="inlineStr"><is><t>geography</t></is></c>'
    replaced("xl/worksheets/sheet1.xml", cell, '<c r="A1" t="s"><v>0</v></c>')(parts)
    assert b'<c r="A1" t="s">' in parts["xl/worksheets/sheet1.xml"]


def replaced(part, old, new):
    def change(parts):
        parts[part] = re.sub(old, new, parts[part].decode(), count=1).encode()

    return change


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda _: None, None),
        (lambda parts: parts.update({"xl/pivotCache/pivotCacheRecords1.xml": b"<a/>"}), "parts"),
        (lambda parts: parts.update({"xl/externalLinks/externalLink1.xml": b"<a/>"}), "parts"),
        (lambda parts: parts.update({"docProps/custom.xml": b"<a/>"}), "parts"),
        (lambda parts: parts.update({"xl/.x": b"17"}), "parts"),
        (
            lambda parts: parts.update({"xl/sharedStrings.xml": b"<a><si><t>17</t></si></a>"}),
            "leftovers",
        ),
        (shared, None),
        (replaced("xl/worksheets/sheet1.xml", '<row r="5"', '<row r="5" ht="0"'), "hidden"),
        (replaced("xl/workbook.xml", "<sheets>", "<!-- 17 --><sheets>"), "comments"),
        (
            replaced("xl/worksheets/sheet1.xml", "</worksheet>", "<dataValidations/></worksheet>"),
            "elements",
        ),
        (
            replaced(
                "xl/_rels/workbook.xml.rels",
                "</Relationships>",
                '<Relationship Id="x" Type="a/oleObject" Target="http://a" TargetMode="External"/>'
                "</Relationships>",
            ),
            "outside",
        ),
        (
            replaced("xl/workbook.xml", r"<\?xml[^>]*>|^", '<!DOCTYPE a [<!ENTITY b "17">]>'),
            "unreadable",
        ),
    ],
)
def test_planted_parts_of_a_workbook_are_found(book, tmp_path, release, change, fault):
    path = rewritten(saved(book, tmp_path), tmp_path / "b.xlsx", change)
    assert fault in faults(path, release) if fault else scan_file(path, release) == ()


def test_archives_that_are_bombs_or_carry_bytes_behind_are_refused(
    book, tmp_path, release, monkeypatch
):
    path = saved(book, tmp_path)
    with path.open("ab") as stream:
        stream.write(b"17")
    assert "behind" in faults(path, release)
    monkeypatch.setattr("sozialraum.files.scan.office.MOST", 10)
    assert "huge" in faults(saved(book, tmp_path), release)
    monkeypatch.setattr("sozialraum.files.archives.MAX_MEMBER", 10)
    assert faults(path, release) == {"unreadable"}
