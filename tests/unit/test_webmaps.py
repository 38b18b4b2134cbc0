"""The page before a browser sees it: closed, compact, complete, the same every time."""

import dataclasses
import json
import re

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from sozialraum.errors import DisclosureError, OutputError
from sozialraum.files.scan import DATA_BLOCK
from sozialraum.model import Layer, Source
from sozialraum.themes import choices
from sozialraum.webmaps import assets, draw_web_map, write_web_map
from sozialraum.webmaps.encode import Grid, grid_of, joined, simplified
from sozialraum.webmaps.payload import as_json
from support import NASTY, make_flags, make_index, make_release


@pytest.fixture(scope="module")
def flags():
    release = make_release()
    return make_flags(release, make_index(release))


@pytest.fixture(scope="module")
def page(flags) -> str:
    return draw_web_map(flags).get_root().render()


def data_of(page: str) -> dict:
    found = re.search(rf'<script type="application/json" id="{DATA_BLOCK}">(.*?)</script>', page)
    assert found
    return json.loads(found.group(1))


def decoded(steps: list[int], grid: list[float]) -> np.ndarray:
    whole = np.cumsum(np.array(steps).reshape(-1, 2), axis=0)
    return whole * grid[2] + grid[:2]


def test_only_released_data_are_drawn(tmp_path):
    with pytest.raises(DisclosureError):
        draw_web_map(pd.DataFrame())  # type: ignore[arg-type]
    with pytest.raises(DisclosureError):
        write_web_map(tmp_path / "a.html", object())  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_the_map_is_a_folium_map_in_a_sandboxed_frame(flags):
    drawn = draw_web_map(flags)
    assert isinstance(drawn, folium.Map)
    frame = drawn._repr_html_()
    assert frame.startswith("<iframe ")
    assert 'sandbox="allow-scripts"' in frame
    assert "allow-same-origin" not in frame
    assert frame.count("<") == 2


def test_the_page_holds_every_theme_with_every_area(page, flags):
    data = data_of(page)
    assert [one["what"] for one in data["themes"]] == list(choices(flags))
    for one in data["themes"]:
        assert len(one["class"]) == len(one["value"]) == 40
        counts = np.bincount(one["class"], minlength=len(one["entries"]))
        assert counts.tolist() == [entry["areas"] for entry in one["entries"]]
    assert data["levels"][0]["names"][:4] == list(NASTY[:4])


def test_no_number_stands_where_a_value_is_protected(page, flags):
    data = data_of(page)
    frame = flags.release.frame("daycare")
    texts = next(one for one in data["themes"] if one["what"] == "daycare")["value"]
    hidden = frame["value"].isna().to_numpy()
    assert {texts[i] for i in np.flatnonzero(hidden)} == {"•", "…"}


def test_shapes_survive_the_way_into_the_page(page, flags):
    data = data_of(page)
    areas = flags.release.areas[flags.release.areas["geography"] == "sozialraum"]
    given = shapely.area(areas.geometry.to_crs(4326).to_numpy())
    for rings, area in zip(data["levels"][0]["areas"], given, strict=True):
        parts = [shapely.Polygon(decoded(part[0], data["grid"])) for part in rings]
        assert sum(p.area for p in parts) == pytest.approx(area, rel=0.02)


def test_neighbours_share_their_border_after_simplifying():
    areas = make_release().areas
    shapes = areas[areas["geography"] == "sozialraum"].geometry
    fewer = simplified(shapes, 200)
    assert shapely.coverage_is_valid(fewer.to_numpy())
    assert shapely.get_num_coordinates(fewer.to_numpy()).sum() < (
        shapely.get_num_coordinates(shapes.to_numpy()).sum() * 0.75
    )


def test_overlapping_shapes_are_simplified_one_by_one():
    shapes = gpd.GeoSeries(
        [shapely.Point(0, 0).buffer(1000), shapely.Point(500, 0).buffer(1000)], crs="EPSG:25832"
    )
    fewer = simplified(shapes, 100)
    assert fewer.is_valid.all()
    assert fewer.area.to_numpy() == pytest.approx(shapes.area.to_numpy(), rel=0.03)


def test_municipal_borders_follow_their_areas_unless_these_leave_gaps():
    areas = make_release().areas
    small = areas[areas["geography"] == "sozialraum"]
    towns = areas[areas["geography"] == "gemeinde"].geometry
    fewer = simplified(small.geometry, 200)
    keys = small["municipality"].to_numpy()
    borders = joined(fewer, keys, towns, 200)
    union = shapely.union_all(fewer.to_numpy()[keys == "05999001"])
    assert borders["05999001"].equals(union)
    gap = joined(fewer.iloc[1:], keys[1:], towns, 200)
    assert gap["05999001"].area == pytest.approx(towns["05999001"].area, rel=0.01)


def test_steps_add_up_to_the_corners():
    grid = Grid(7.0, 50.0)
    corners = np.array([[7.1, 50.2], [7.10001, 50.2], [7.10001, 50.2], [7.3, 50.1]])
    assert grid.steps(corners) == [10000, 20000, 1, 0, 19999, -10000]
    shapes = gpd.GeoSeries([shapely.box(355_000, 5_620_000, 356_000, 5_621_000)], crs="EPSG:25832")
    assert (grid_of(shapes).x, grid_of(shapes).y) == (6.0, 50.0)


def test_names_cannot_leave_the_data_block():
    content = as_json({"name": "</script><!-- \u2028 &amp; <script>"})
    assert not set("<>&\u2028") & set(content)
    assert json.loads(content)["name"] == "</script><!-- \u2028 &amp; <script>"


def test_the_policy_lists_exactly_the_scripts_and_styles_of_the_page(page):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    assert policy.group(1).startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy.group(1)
    assert policy.group(1).count("sha256-") == page.count("<script>") + page.count("<style>")
    assert page.index("Content-Security-Policy") < page.index("<style>") < page.index("<script>")


def test_equal_input_gives_equal_bytes(page, flags, tmp_path):
    assert draw_web_map(flags).get_root().render() == page
    one, other = (write_web_map(tmp_path / f"{i}.html", flags).read_bytes() for i in range(2))
    assert one == other == page.encode()


def test_rendering_twice_gives_the_same_page(flags):
    drawn = draw_web_map(flags)
    assert drawn.get_root().render() == drawn.get_root().render()


def test_english_pages_say_so(flags):
    english = draw_web_map(flags, language="en").get_root().render()
    assert '<html lang="en">' in english
    assert "Find an area or municipality" in english
    assert "Draft" in english


def test_a_signed_release_has_no_draft_mark():
    release = make_release(draft=False)
    assert 'class="draft"' not in draw_web_map(release).get_root().render()


def test_pages_are_small(tmp_path):
    assert write_web_map(tmp_path / "a.html", make_release(40)).stat().st_size < 260_000
    assert write_web_map(tmp_path / "b.html", make_release(600)).stat().st_size < 600_000


def test_background_lines_and_places_go_along_with_their_source(flags):
    line = shapely.LineString([(355_000, 5_622_000), (378_000, 5_640_000)])
    frame = gpd.GeoDataFrame(geometry=[line], index=["a"], crs="EPSG:25832").rename_axis("id")
    places = gpd.GeoDataFrame(geometry=frame.centroid).rename_axis("id")
    layers = [
        Layer(frame, "id", Source("LANUV", "Flüsse")),
        Layer(places, "id", Source("BKG", "Orte")),
    ]
    data = data_of(draw_web_map(flags, background=layers).get_root().render())
    assert [one["kind"] for one in data["background"]] == ["water", "place"]
    assert len(data["background"][0]["lines"]) == 1
    assert len(data["background"][1]["places"]) == 1
    assert any("LANUV: Flüsse" in words for words in data["footer"])


def test_indicators_of_municipalities_have_their_own_shapes(flags):
    table = flags.release.table
    coarse = table[(table["indicator"] != "daycare") | (table["geography"] != "sozialraum")]
    release = dataclasses.replace(flags.release, table=coarse)
    data = data_of(draw_web_map(release).get_root().render())
    assert [len(one["areas"]) for one in data["levels"]] == [40, 3]
    assert {one["what"]: one["level"] for one in data["themes"]}["daycare"] == 1


def test_another_leaflet_is_refused(monkeypatch):
    monkeypatch.setitem(assets.DIGESTS, "leaflet.js", "0" * 64)
    assets.leaflet.cache_clear()
    with pytest.raises(OutputError, match=r"leaflet\.js"):
        assets.leaflet("leaflet.js")


def test_leaflet_asks_for_no_picture_and_no_source_map():
    assert "url(" not in assets.leaflet("leaflet.css")
    assert "sourceMappingURL" not in assets.leaflet("leaflet.js")


def test_municipalities_that_overlap_by_a_hair_keep_clean_areas_inside():
    """One millimetre between two municipalities must not cost the borders inside them."""
    stair = [(900 + 20 * (i % 2), 100.0 * i) for i in range(21)]
    left = shapely.Polygon([(0, 0), *stair, (0, 2000)])
    middle = shapely.Polygon([(2000, 0), *stair, (2000, 2000)])
    right = shapely.box(1999.999, 0, 4000, 2000)
    shapes = gpd.GeoSeries([left, middle, right], crs=25832)
    assert not shapely.coverage_is_valid(shapes.to_numpy())
    keys = np.array(["a", "a", "b"])
    fewer = simplified(shapes, 60, keys)
    assert shapely.coverage_is_valid(fewer.to_numpy()[:2])
    assert shapely.get_num_coordinates(fewer.iloc[0]) < shapely.get_num_coordinates(left)
    given = gpd.GeoSeries([shapely.box(0, 0, 2000, 2000), right], ["a", "b"], crs=25832)
    outline = joined(fewer, keys, given, 60)["a"]
    assert outline.geom_type == "Polygon"
    assert len(outline.interiors) == 0
