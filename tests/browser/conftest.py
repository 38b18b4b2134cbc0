"""Real Chromium without a screen; a page that asks for anything outside itself fails."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from programs import is_there, require
from support import make_flags, make_index, make_release

CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    require(is_there(CHROMIUM), f"Chromium is not at {CHROMIUM}")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def flags():
    release = make_release()
    return make_flags(release, make_index(release))


@pytest.fixture
def visit(chromium):
    """Return a function that opens a file; afterwards nothing may have gone wrong."""
    opened = []

    def open_page(path: Path, *, width: int = 1300, height: int = 850, language: str = "de-DE"):
        context = chromium.new_context(
            viewport={"width": width, "height": height}, locale=language, reduced_motion="reduce"
        )
        page = context.new_page()
        seen = SimpleNamespace(page=page, requests=[], faults=[], context=context)
        page.on("request", lambda r: seen.requests.append(r.url))
        page.on("console", lambda m: seen.faults.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: seen.faults.append(str(error)))
        page.on("dialog", lambda dialog: (seen.faults.append("dialog"), dialog.dismiss()))
        page.goto(path.resolve().as_uri())
        page.wait_for_load_state("load")
        opened.append((seen, path.resolve().as_uri()))
        return seen

    yield open_page
    for seen, address in opened:
        outside = [url for url in seen.requests if url != address and not url.startswith("data:")]
        attacked = [frame.evaluate("() => window.attacked ?? null") for frame in seen.page.frames]
        seen.context.close()
        assert outside == []
        assert seen.faults == []
        assert set(attacked) == {None}
