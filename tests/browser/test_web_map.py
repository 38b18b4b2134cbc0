"""The web map in real Chromium: it draws, answers, prints, and runs nothing from the data."""

import pytest

from sozialraum.themes import choices, theme
from sozialraum.webmaps import draw_web_map, write_web_map
from support import NASTY, make_release

pytestmark = pytest.mark.browser

DARK = "#7f0000"
COLOURS = """() => {
  const canvas = document.querySelector('.leaflet-overlay-pane canvas');
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  const found = {};
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] < 255) continue;
    const hex = '#' + [0, 1, 2].map((k) => data[i + k].toString(16).padStart(2, '0')).join('');
    found[hex] = (found[hex] || 0) + 1;
  }
  return found;
}"""


@pytest.fixture(scope="module")
def path(flags, tmp_path_factory):
    return write_web_map(tmp_path_factory.mktemp("web") / "map.html", flags)


def show(page, what: str, flags) -> None:
    page.select_option("#choose", str(choices(flags).index(what)))
    page.wait_for_timeout(150)


def rows(page) -> list[list[str]]:
    return page.eval_on_selector_all(
        "#table tbody tr", "rows => rows.map(r => [...r.cells].map(c => c.innerText.trim()))"
    )


def test_every_theme_is_drawn_with_its_legend_and_table(visit, path, flags):
    page = visit(path).page
    for what in choices(flags):
        show(page, what, flags)
        shown = theme(flags, what)
        assert page.inner_text("#title") == shown.title
        counts = page.eval_on_selector_all("#legend .count", "all => all.map(e => e.textContent)")
        assert counts == [str(entry.areas) for entry in shown.entries]
        labels = page.eval_on_selector_all(
            "#legend button", "all => all.map(e => e.children[1].textContent)"
        )
        assert labels == [entry.label for entry in shown.entries]
        assert len(rows(page)) == 40
        drawn = page.evaluate(COLOURS)
        full = [e for e in shown.entries if e.areas and e.pattern == "plain"]
        assert all(drawn.get(entry.colour, 0) > 300 for entry in full), what


def test_names_are_shown_as_text_everywhere_and_never_run(visit, path, flags):
    page = visit(path).page
    names = [row[0] for row in rows(page)]
    assert set(NASTY) <= set(names)
    for what in ("grade", "group", "sgb2"):
        show(page, what, flags)
        for name in NASTY:
            page.fill("#search", name)
            page.press("#search", "Enter")
            assert page.inner_text("#told").startswith(name)
            page.wait_for_timeout(60)
            box = page.locator(".folium-map").bounding_box()
            for dx, dy in ((0.5, 0.5), (0.52, 0.47), (0.46, 0.54)):
                page.mouse.move(box["x"] + dx * box["width"], box["y"] + dy * box["height"])
                page.wait_for_timeout(40)
    assert page.locator(".leaflet-tooltip img, td img, th img, .name-label b").count() == 0


def test_a_tooltip_tells_name_value_and_class(visit, path, flags):
    page = visit(path).page
    show(page, "sgb2", flags)
    page.fill("#search", "Auental 08")
    page.press("#search", "Enter")
    page.wait_for_timeout(300)
    box = page.locator(".folium-map").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(box["x"] + box["width"] / 2 + 3, box["y"] + box["height"] / 2 + 3)
    told = page.inner_text(".leaflet-tooltip")
    frame = theme(flags, "sgb2").frame
    row = frame[frame["name"] == "Auental 08"].iloc[0]
    assert told.split("\n")[0] == "Auental 08"
    assert f"{row['value']} %" in told


def test_inline_handlers_are_blocked_even_if_one_slipped_in(visit, path):
    seen = visit(path)
    seen.page.evaluate(
        "() => { document.body.insertAdjacentHTML('beforeend',"
        ' \'<img src=x onerror="window.attacked=1"><i onclick="window.attacked=2">a</i>\');'
        " document.querySelector('i').click(); }"
    )
    seen.page.wait_for_timeout(200)
    assert seen.page.evaluate("() => window.attacked ?? null") is None
    blocked = [fault for fault in seen.faults if "Content Security Policy" in fault]
    assert len(blocked) >= 2
    seen.faults.clear()
    seen.requests.clear()


def test_the_page_can_be_used_with_the_keyboard_alone(visit, path, flags):
    page = visit(path).page
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "skip"
    page.focus("#table tbody tr:nth-child(3) button")
    page.keyboard.press("Enter")
    name = rows(page)[2][0]
    assert page.inner_text("#told").startswith(name)
    assert page.get_attribute("#table tbody tr:nth-child(3)", "aria-current") == "true"
    assert page.evaluate(COLOURS).get("#000000", 0) > 100
    page.focus("#legend li:first-child button")
    page.keyboard.press("Enter")
    assert page.get_attribute("#legend li:first-child button", "aria-pressed") == "true"
    page.focus("#choose")
    page.keyboard.press("ArrowDown")
    page.wait_for_timeout(150)
    assert page.inner_text("#title") == theme(flags, "status").title


def test_search_finds_without_accents_and_case(visit, path):
    page = visit(path).page
    page.fill("#search", "konigs")
    assert {row[1] for row in rows(page)} == {"Königsbrück"}
    assert page.inner_text("#told") == "6 Gebiete in der Tabelle"
    page.click("#whole")
    assert len(rows(page)) == 40


def test_the_table_sorts_by_number_with_missing_values_last(visit, path, flags):
    page = visit(path).page
    show(page, "sgb2", flags)
    page.click("#value-head")
    found = [row[2] for row in rows(page)]
    numbers = [float(text.replace(",", ".")) for text in found if text != "•"]
    assert numbers == sorted(numbers)
    assert found[-3:] == ["•", "•", "•"]
    page.click("#value-head")
    turned = [row[2] for row in rows(page)]
    assert turned[:-3] == found[:-3][::-1] or turned[0] == found[-4]
    assert turned[-3:] == ["•", "•", "•"]
    assert page.get_attribute("th.number", "aria-sort") == "descending"


def test_pressing_a_class_fades_the_others(visit, path, flags):
    page = visit(path).page
    show(page, "sgb2", flags)
    before = page.evaluate(COLOURS)
    page.click("#legend li:nth-child(1) button")
    page.wait_for_timeout(200)
    after = page.evaluate(COLOURS)
    assert after.get(DARK, 0) < before[DARK] / 20
    light = theme(flags, "sgb2").entries[0].colour
    assert after[light] > 0.9 * before[light]


@pytest.mark.parametrize("width", [360, 700])
def test_narrow_screens_need_no_sideways_scrolling(visit, path, width):
    page = visit(path, width=width, height=800).page
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    map_box = page.locator(".folium-map").bounding_box()
    legend = page.locator("#legend").bounding_box()
    assert map_box["width"] >= width - 2
    assert legend["y"] >= map_box["y"] + map_box["height"] - 1


def test_paper_gets_the_whole_county_and_the_whole_table(visit, path, flags, tmp_path):
    page = visit(path).page
    show(page, "sgb2", flags)
    page.click("#table tbody tr:nth-child(5) button")
    page.emulate_media(media="print")
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    box = page.locator(".folium-map").bounding_box()
    assert box["width"] == pytest.approx(180 / 25.4 * 96, abs=4)
    assert page.evaluate(COLOURS)[DARK] > 500
    assert not page.is_visible("#choose")
    table = page.locator("#table").bounding_box()
    assert table["height"] > 40 * 15
    page.evaluate("() => window.dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert page.locator(".folium-map").bounding_box()["width"] > box["width"]
    assert len(page.pdf()) > 20_000


def test_a_notebook_shows_the_same_page_in_its_frame(visit, flags, tmp_path):
    notebook = tmp_path / "notebook.html"
    notebook.write_text(
        f"<!DOCTYPE html><title>n</title>{draw_web_map(flags)._repr_html_()}", encoding="utf-8"
    )
    page = visit(notebook).page
    frame = page.frames[1]
    frame.wait_for_selector("#table tbody tr")
    assert frame.locator("#table tbody tr").count() == 40
    assert frame.evaluate("() => window.origin") == "null"


def test_six_hundred_areas_are_drawn_within_two_seconds(visit, tmp_path):
    path = write_web_map(tmp_path / "large.html", make_release(600))
    page = visit(path).page
    timing = page.evaluate("() => performance.getEntriesByType('navigation')[0].loadEventEnd")
    assert page.locator("#table tbody tr").count() == 600
    assert page.evaluate(COLOURS)[DARK] > 500
    assert timing < 2000


def test_an_english_page_writes_numbers_the_english_way(visit, tmp_path, flags):
    path = write_web_map(tmp_path / "english.html", flags, language="en")
    page = visit(path, language="en-GB").page
    show(page, "sgb2", flags)
    page.click("#value-head")
    numbers = [float(row[2]) for row in rows(page) if row[2] != "•"]
    assert numbers == sorted(numbers)
    assert page.evaluate("() => document.documentElement.lang") == "en"
