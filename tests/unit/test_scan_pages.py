"""The scan of pages and drawings: what the eye does not see is found, clean ones pass."""

import base64
import json
import re
import struct
import zlib

import pytest

from sozialraum.files.scan import DATA_BLOCK, scan_file
from sozialraum.maps import write_map
from sozialraum.report.html import render
from sozialraum.webmaps import draw_web_map
from sozialraum.webmaps.payload import as_json
from support import make_flags, make_index, make_release

AREA = "Auental 08"
"""An area of the release; 1717 is published for none."""


@pytest.fixture(scope="module")
def release():
    return make_release(25)


@pytest.fixture(scope="module")
def flags(release):
    return make_flags(release, make_index(release))


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(*more, behind=b""):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + data + chunk(b"IEND", b"") + behind


def faults(release, folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return {one.fault for one in scan_file(path, release)}


PAGE = "<!DOCTYPE html><html><head><style>{style}</style></head><body>{body}</body></html>"
PIXEL = base64.b64encode(png()).decode()
TABLE = (
    "<table><tr><th>Gebiet</th><th>{head}</th></tr><tr><th>{area}</th><td>{cell}</td></tr></table>"
)


@pytest.mark.parametrize(
    ("body", "style", "fault"),
    [
        ('<img src="https://tiles.example/1.png">', "", "outside"),
        ('<img src="//tiles.example/1.png">', "", "outside"),
        ('<img srcset="a.png 2x">', "", "outside"),
        ('<link rel="stylesheet" href="style.css">', "", "outside"),
        ('<script src="leaflet.js"></script>', "", "outside"),
        ('<iframe src="data.html"></iframe>', "", "elements"),
        ('<iframe srcdoc="17"></iframe>', "", "elements"),
        ('<object data="a.svg"></object>', "", "elements"),
        ("<svg><text>17</text></svg>", "", "elements"),
        ("<template>17</template>", "", "elements"),
        ('<form action="https://example.org"></form>', "", "outside"),
        ('<p style="background:url(https://example.org/a.png)">a</p>', "", "outside"),
        ("", "p { background: url('fonts/a.woff') }", "outside"),
        ("", "@import 'other.css';", "outside"),
        ('<p onclick="alert(1)">a</p>', "", "events"),
        ('<a href="javascript:alert(1)">a</a>', "", "events"),
        ('<a href="data:text/plain,17">a</a>', "", "events"),
        ('<script type="application/json" id="raw">{"n": 2}</script>', "", "blocks"),
        ('<script type="application/json">{"n": 2}</script>', "", "blocks"),
        ("<script>var counts = [1, 2, 3]</script>", "", "scripts"),
        ("<!-- counts: 2 -->", "", "comments"),
        ("<?counts 2?>", "", "comments"),
        ('<p data-count="2">a</p>', "", "attributes"),
        ('<p count="2">a</p>', "", "attributes"),
        ('<input type="hidden" value="2">', "", "hidden"),
        ("<p hidden>2</p>", "", "hidden"),
        ('<p style="display: none">2</p>', "", "hidden"),
        ('<p style="font-size:0">2</p>', "", "hidden"),
        ('<meta name="counts" content="2">', "", "hidden"),
        ("", "/* 2 */", "sheets"),
        ("", "p::after { content: '2' }", "sheets"),
        ("", ":root { --count: 2 }", "sheets"),
        ('<img src="data:text/plain;base64,MTc=">', "", "addresses"),
        ('<img src="data:image/png;base64,MTc=">', "", "unreadable"),
        (f"<p>{AREA}: 1717 Personen</p>", "", "beside"),
        (f'<img alt="{AREA}: 1717" src="data:image/png;base64,{PIXEL}">', "", "beside"),
        (f'<p title="{AREA}: 1717">a</p>', "", "beside"),
        ("<p>1717,25 Personen</p>", "", "numbers"),
        ('<p id="n-17171">a</p>', "", "numbers"),
        (TABLE.format(head="Anzahl", area=AREA, cell="1717"), "", "beside"),
        (TABLE.format(head="Anzahl", area="05999001-Q008", cell="1717"), "", "beside"),
        ('<table><tr><td><span class="chip c0-1">7</span></td></tr></table>', "", "chips"),
    ],
)
def test_planted_faults_in_a_page_are_found(tmp_path, release, body, style, fault):
    assert fault in faults(release, tmp_path, "a.html", PAGE.format(body=body, style=style))


def test_what_a_page_may_hold_passes(tmp_path, release):
    share = release.frame("sgb2").loc["05999001-Q008", "value"]
    label = release.indicators[0].label_de
    body = (
        '<a href="https://example.org">licence</a><a href="#top">top</a>'
        f'<img src="data:image/png;base64,{PIXEL}" alt="Karte">'
        f"<p>{AREA}: {share} %, Stand 31.12.2025; {len(release.areas)} Gebiete</p>"
        "<p>Hintergrund: Kartenamt, VG250 1:25 000, CC BY 4.0, 2021</p>"
        + TABLE.format(head=f"{label} (%)", area=AREA, cell=str(share).replace(".", ","))
    )
    assert (
        faults(release, tmp_path, "a.html", PAGE.format(body=body, style="p {color: red}")) == set()
    )


def test_a_value_in_the_column_of_another_indicator_is_found(tmp_path, release):
    frame, label = release.frame("children"), release.indicators[0].label_de
    value = next(v for v in frame["value"].iloc[8:9])
    page = PAGE.format(body=TABLE.format(head=label, area=AREA, cell=value), style="")
    assert "beside" in faults(release, tmp_path, "a.html", page)


def test_a_rate_in_full_precision_is_found(tmp_path, release):
    row = release.frame("sgb2").loc["05999001-Q008"]
    full = 100 * row["numerator"] / row["denominator"]
    page = PAGE.format(body=f"<p>{AREA}: {full}</p>", style="")
    assert "beside" in faults(release, tmp_path, "a.html", page)


@pytest.mark.parametrize("language", ["de", "en"])
def test_our_own_pages_pass(tmp_path, release, flags, language):
    for noun in (release, flags.index, flags):
        page = draw_web_map(noun, language=language).get_root().render()
        assert faults(release, tmp_path, "a.html", page) == set()
    assert faults(release, tmp_path, "b.html", render(release, language=language)) == set()


@pytest.fixture(scope="module")
def page(flags):
    return draw_web_map(flags).get_root().render()


def with_data(page, change):
    """Return a page after a change of its data block."""
    pattern = rf'(<script type="application/json" id="{DATA_BLOCK}">)(.*?)(</script>)'
    match = re.search(pattern, page, re.DOTALL)
    data = json.loads(match.group(2))
    change(data)
    return page[: match.start(2)] + as_json(data) + page[match.end(2) :]


def theme(data, what):
    return next(one for one in data["themes"] if one["what"] == what)


def hidden(data, what):
    return theme(data, what)["value"].index("•")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda d: d.update(counts=[17]), "keys"),
        (lambda d: d["levels"][0].update(counts=[17]), "keys"),
        (lambda d: theme(d, "sgb2").update(raw=[17]), "keys"),
        (lambda d: theme(d, "sgb2")["entries"][0].update(count=17), "keys"),
        (lambda d: theme(d, "sgb2")["value"].__setitem__(hidden(d, "sgb2"), "2"), "values"),
        (lambda d: theme(d, "sgb2")["value"].__setitem__(8, "9,123"), "values"),
        (lambda d: theme(d, "status")["value"].__setitem__(hidden(d, "status"), "2"), "values"),
        (lambda d: theme(d, "grade")["value"].__setitem__(8, "17"), "values"),
        (lambda d: theme(d, "sgb2")["class"].__setitem__(hidden(d, "sgb2"), 1), "values"),
        (lambda d: theme(d, "sgb2")["class"].reverse(), "values"),
        (lambda d: theme(d, "sgb2")["entries"][0].update(areas=17), "values"),
        (lambda d: theme(d, "sgb2")["notes"].append(f"{AREA}: 1717"), "beside"),
        (lambda d: d["footer"].append(f"{AREA}: 1717"), "beside"),
        (lambda d: d["texts"].update(script_press="1717"), "values"),
        (lambda d: d["levels"][0]["names"].__setitem__(8, "17"), "values"),
        (lambda d: d["levels"][0]["places"].append(["17"]), "values"),
        (lambda d: d["municipalities"]["sizes"].__setitem__(0, 17), "values"),
    ],
)
def test_planted_numbers_in_the_data_of_a_web_map_are_found(tmp_path, release, page, change, fault):
    assert fault in faults(release, tmp_path, "a.html", with_data(page, change))


def test_data_that_are_only_written_anew_pass(tmp_path, release, page):
    assert faults(release, tmp_path, "a.html", with_data(page, lambda _: None)) == set()


SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"{more}>{body}</svg>'


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<g data-count="2"/>', "attributes"),
        ('<g aria-label="2"/>', "attributes"),
        ('<g id="count_17"/>', "attributes"),
        ('<path d="M 0 0 L 1 1" count="2"/>', "attributes"),
        ('<path d="{17: Personen}"/>', "attributes"),
        ('<g onload="alert(1)"/>', "events"),
        ("<script>17</script>", "elements"),
        ("<foreignObject><p>17</p></foreignObject>", "elements"),
        ("<desc>17</desc>", "elements"),
        (f"<title>{AREA}: 1717</title>", "beside"),
        (f"<metadata><dc:title>{AREA}: 1717</dc:title></metadata>", "beside"),
        ("<metadata>1717</metadata>", "hidden"),
        (f"<text>{AREA}: 1717</text>", "beside"),
        (f"<!-- {AREA}: 1717 -->", "beside"),
        ("<!-- 1717 Personen -->", "numbers"),
        ("<?counts 17?>", "comments"),
        ('<image href="http://example.org/a.png"/>', "outside"),
        ('<use href="other.svg#a"/>', "outside"),
        ('<path d="M0 0" style="fill: url(http://example.org)"/>', "outside"),
        ('<image href="data:image/svg+xml;base64,PHN2Zy8+"/>', "addresses"),
    ],
)
def test_planted_faults_in_a_drawing_are_found(tmp_path, release, body, fault):
    more = ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
    assert fault in faults(release, tmp_path, "a.svg", SVG.format(more=more, body=body))


def test_entities_are_refused(tmp_path, release):
    bomb = '<!DOCTYPE svg [<!ENTITY a "17">]>' + SVG.format(more="", body="<text>&a;</text>")
    assert faults(release, tmp_path, "a.svg", bomb) == {"unreadable"}


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_our_own_maps_pass(tmp_path, release, flags, suffix):
    for what, noun in (("sgb2", release), (None, flags)):
        path = write_map(tmp_path / f"{what}.{suffix}", noun, what)
        assert scan_file(path, release) == ()


@pytest.mark.parametrize("what", ["children", "residents"])
def test_ticks_of_axes_and_large_class_breaks_pass(tmp_path, what):
    release = make_release(25, 2)
    path = write_map(tmp_path / "a.svg", release, what)
    assert scan_file(path, release) == ()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (png(chunk(b"tEXt", b"Comment\x002")), "parts"),
        (png(chunk(b"tEXt", f"Title\x00{AREA}: 1717".encode())), "beside"),
        (png(chunk(b"zTXt", b"Title\x00\x002")), "parts"),
        (png(chunk(b"eXIf", b"2")), "parts"),
        (png(chunk(b"tIME", b"2")), "parts"),
        (png(behind=b"2"), "behind"),
        (b"\x89PNG", "unreadable"),
    ],
)
def test_parts_beside_the_pixels_are_found(tmp_path, release, content, fault):
    assert fault in faults(release, tmp_path, "a.png", content)


def test_a_picture_without_more_passes(tmp_path, release):
    titled = png(chunk(b"tEXt", b"Title\x00Soziale Lage"))
    assert faults(release, tmp_path, "a.png", titled) == set()


def jpeg(**options):
    from io import BytesIO

    from PIL import Image

    stream = BytesIO()
    Image.new("RGB", (8, 8)).save(stream, "jpeg", **options)
    return stream.getvalue()


def test_notes_in_a_photograph_are_found(tmp_path, release):
    from PIL import Image

    exif = Image.Exif()
    exif[0x010E] = "17"
    assert faults(release, tmp_path, "a.jpg", jpeg()) == set()
    assert faults(release, tmp_path, "b.jpg", jpeg(exif=exif)) == {"parts"}
    assert faults(release, tmp_path, "c.jpg", jpeg(comment=b"17")) == {"parts"}
    assert faults(release, tmp_path, "d.jpeg", jpeg() + b"17") == {"behind"}
