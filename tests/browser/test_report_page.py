"""The report in real Chromium: nothing is loaded, nothing is wider than the screen."""

import pytest

from sozialraum.report import write_report

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def path(flags, tmp_path_factory):
    return write_report(tmp_path_factory.mktemp("report") / "report.html", flags.index)


@pytest.mark.parametrize("width", [380, 1200])
def test_the_report_fits_the_screen_and_shows_its_maps(visit, path, width):
    page = visit(path, width=width).page
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    loaded = page.eval_on_selector_all("img", "all => all.map(i => i.complete && i.naturalWidth)")
    assert len(loaded) == 7 + 2, "seven maps and two charts"
    assert min(loaded) > 1000


def test_class_chips_have_their_colours_under_the_policy(visit, path):
    page = visit(path).page
    colours = page.eval_on_selector_all(
        ".chip", "all => [...new Set(all.map(c => getComputedStyle(c).backgroundColor))]"
    )
    assert "rgb(127, 0, 0)" in colours
    assert len(colours) > 8


def test_the_report_prints_every_municipality_on_its_own_page(visit, path):
    page = visit(path).page
    pdf = page.pdf(prefer_css_page_size=True)
    assert 8 <= pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") <= 20
