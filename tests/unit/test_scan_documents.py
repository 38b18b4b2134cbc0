"""The scan of PDF and Word files."""

import shutil
import zipfile

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, NumberObject
from test_scan_pages import png

from sozialraum.files.scan import scan_file
from sozialraum.maps import draw_map
from sozialraum.maps.sheet import save
from support import make_flags, make_index, make_release

AREA = "Auental 08"


@pytest.fixture(scope="module")
def release():
    return make_release(25)


@pytest.fixture(scope="module")
def sheet(release, tmp_path_factory):
    """Return a map as PDF."""
    path = tmp_path_factory.mktemp("pdf") / "a.pdf"
    save(draw_map(release, "sgb2"), path, title="Karte")
    return path


def faults(path, release):
    return {one.fault for one in scan_file(path, release)}


def test_our_own_maps_pass(sheet, release, tmp_path):
    assert scan_file(sheet, release) == ()
    english = tmp_path / "b.pdf"
    flags = make_flags(release, make_index(release))
    save(draw_map(flags, language="en"), english, title="Map")
    assert scan_file(english, release) == ()


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (f"{AREA}: 1717", "beside"),
        (f"{AREA} – SGB II: 9,123 %", "beside"),
        ("1717 Personen", "numbers"),
        ("1717", "numbers"),
    ],
)
def test_numbers_drawn_on_a_map_are_found(tmp_path, release, words, fault):
    figure = draw_map(release, "sgb2")
    figure.text(0.1, 0.5, words)
    save(figure, tmp_path / "a.pdf", title="Karte")
    assert faults(tmp_path / "a.pdf", release) == {fault}


def annotated(writer):
    writer.add_annotation(0, FreeText(text="17", rect=(9, 9, 99, 99)))


def left_over(writer):
    stream = DecodedStreamObject()
    stream.set_data(b"17")
    writer._add_object(stream)


def invisible(writer):
    content = writer.pages[0].get_contents()
    stream = DecodedStreamObject()
    stream.set_data(content.get_data() + b"\nBT 3 Tr (17) Tj ET")
    writer.pages[0][NameObject("/Contents")] = writer._add_object(stream)


def layered(writer):
    group = DictionaryObject({NameObject("/Type"): NameObject("/OCG")})
    writer._root_object[NameObject("/OCProperties")] = writer._add_object(group)


def noted(writer):
    writer.pages[0][NameObject("/Count17")] = NumberObject(17)


def titled(writer):
    writer.add_metadata({"/Title": f"{AREA}: 1717"})


def attached(writer):
    writer.add_attachment("a.csv", b"17")


def running(writer):
    action = DictionaryObject({NameObject("/S"): NameObject("/JavaScript")})
    writer._root_object[NameObject("/OpenAction")] = writer._add_object(action)


def packet(writer):
    stream = DecodedStreamObject()
    stream.set_data(b"<x:xmpmeta>17</x:xmpmeta>")
    writer._root_object[NameObject("/Metadata")] = writer._add_object(stream)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda _: None, None),
        (annotated, "annotations"),
        (left_over, "orphans"),
        (invisible, "hidden"),
        (layered, "parts"),
        (noted, "parts"),
        (titled, "beside"),
        (attached, "parts"),
        (packet, "parts"),
        (lambda writer: writer.encrypt("a"), "encrypted"),
        (running, "parts"),
    ],
)
def test_planted_faults_in_a_pdf_are_found(sheet, tmp_path, release, change, fault):
    writer = PdfWriter(clone_from=PdfReader(sheet))
    change(writer)
    writer.write(tmp_path / "b.pdf")
    found = faults(tmp_path / "b.pdf", release)
    assert fault in found if fault else found == set()


def test_earlier_revisions_and_bytes_behind_are_found(sheet, tmp_path, release):
    path = shutil.copy(sheet, tmp_path / "a.pdf")
    with path.open("ab") as stream:
        stream.write(b"17")
    assert faults(path, release) == {"behind"}
    with path.open("ab") as stream:
        stream.write(b"\n999 0 obj\n(17)\nendobj\nstartxref\n0\n%%EOF\n")
    assert "revisions" in faults(path, release)


NAMES = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def document(path, body="", **parts):
    """Write the smallest Word file with a body."""
    made = {
        "[Content_Types].xml": TYPES,
        "word/document.xml": f"<w:document {NAMES}><w:body>{body}</w:body></w:document>",
        **{name.replace("__", "/").replace("_", "."): part for name, part in parts.items()},
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in made.items():
            archive.writestr(name, part)
    return path


def paragraph(text, more=""):
    return f"<w:p><w:r><w:rPr>{more}</w:rPr><w:t>{text}</w:t></w:r></w:p>"


def rows(*rows):
    cells = ("".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in rows)
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in cells) + "</w:tbl>"


def test_a_clean_document_passes(tmp_path, release):
    row = release.frame("sgb2").loc["05999001-Q008"]
    label = release.indicators[0].label_de
    value = str(row["value"]).replace(".", ",")
    body = paragraph(f"{AREA}: {value} % am 31.12.2025") + paragraph("Bericht 2025")
    body += rows(("Gebiet", label), (AREA, value))
    path = document(tmp_path / "a.docx", body)
    assert scan_file(path, release) == ()


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (paragraph(f"{AREA}: 1717 Personen"), "beside"),
        (paragraph("1717,5 Personen"), "numbers"),
        (f"<w:p><w:r><w:t>{AREA}: 17</w:t></w:r><w:r><w:t>17</w:t></w:r></w:p>", "beside"),
        (paragraph("17", "<w:vanish/>"), "hidden"),
        (f"<w:ins>{paragraph('a')}</w:ins>", "tracked"),
        ("<w:p><w:del><w:r><w:delText>17</w:delText></w:r></w:del></w:p>", "tracked"),
        ("<w:p><w:pPr><w:pPrChange/></w:pPr></w:p>", "tracked"),
        ("<w:p><w:r><w:object/></w:r></w:p>", "embedded"),
        ("<w:p><w:commentRangeStart/></w:p>", "embedded"),
        ("<w:p><w:r><w:instrText>LINK Excel.Sheet a.xlsx</w:instrText></w:r></w:p>", "fields"),
        (rows(("Gebiet", "Anzahl"), (AREA, "1717")), "beside"),
        ("<!-- 17 -->", "comments"),
    ],
)
def test_planted_faults_in_a_document_are_found(tmp_path, release, body, fault):
    assert fault in faults(document(tmp_path / "a.docx", body), release)


@pytest.mark.parametrize(
    ("parts", "fault"),
    [
        ({"word__comments_xml": "<a/>"}, "parts"),
        ({"customXml__item1_xml": "<a>17</a>"}, "parts"),
        ({"word__embeddings__sheet_xlsx": b"17"}, "parts"),
        ({"word__charts__chart1_xml": "<a>17</a>"}, "parts"),
        ({"docProps__custom_xml": "<a>17</a>"}, "parts"),
        ({"docProps__core_xml": f"<a><title>{AREA}: 1717</title></a>"}, "beside"),
        ({"word__settings_xml": f"<w:a {NAMES}><w:docVar w:val='17'/></w:a>"}, "embedded"),
        ({"word__header1_xml": f"<w:a {NAMES}>{paragraph(AREA + ': 1717')}</w:a>"}, "beside"),
        ({"word__media__a_png": b"17"}, "unreadable"),
        ({"word__media__a_png": png(behind=b"17")}, "behind"),
    ],
)
def test_planted_parts_of_a_document_are_found(tmp_path, release, parts, fault):
    assert fault in faults(document(tmp_path / "a.docx", paragraph("a"), **parts), release)
