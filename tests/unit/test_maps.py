"""Printed maps: refused without the gate, complete, nothing over anything, same bytes."""

import dataclasses
import hashlib
import re

import geopandas as gpd
import numpy as np
import pytest
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from sozialraum import schema
from sozialraum.errors import DisclosureError, OutputError
from sozialraum.maps import draw_map, draw_panel, draw_proposal, small_png, write_map
from sozialraum.maps.ground import path_of
from sozialraum.maps.type import BODY, FOOT, TITLE, width, wrap
from sozialraum.model import Layer, Proposal, Source
from sozialraum.themes import theme
from support import make_flags, make_index, make_release


@pytest.fixture(scope="module")
def flags():
    release = make_release()
    return make_flags(release, make_index(release))


def texts(figure: Figure) -> list[str]:
    return [t.get_text() for t in figure.findobj(match=lambda o: hasattr(o, "get_text"))]


def test_only_released_data_are_drawn(tmp_path):
    with pytest.raises(DisclosureError):
        draw_map(gpd.GeoDataFrame())  # type: ignore[arg-type]
    with pytest.raises(DisclosureError):
        write_map(tmp_path / "a.png", object())  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("what", ["grade", "status", "dynamics", "group", "sgb2", "daycare"])
def test_every_area_is_drawn_once_in_its_class(flags, what):
    shown = theme(flags, what)
    axes = draw_map(flags, what).axes[0]
    fills = [c for c in axes.collections if isinstance(c, PathCollection)]
    assert sum(len(c.get_paths()) for c in fills) == len(shown.frame)
    hatched = sum(len(c.get_paths()) for c in fills if c.get_hatch())
    assert hatched == sum(e.areas for e in shown.entries if e.pattern != "plain")


def test_title_legend_counts_sources_and_draft_are_on_the_sheet(flags):
    found = texts(draw_map(flags, "sgb2"))
    assert "Leistungsbezug nach SGB II unter 65 Jahren" in found
    assert "Musterkreis · 40 Sozialräume · Stichtag 31.12.2025" in found
    assert "geschützt (Datenschutz)" in found
    assert "ENTWURF" in found
    assert any("dl-de/by-2-0" in line for line in found)
    assert "40" in found
    assert "N" in found


def test_a_signed_release_has_no_watermark():
    found = texts(draw_map(make_release(draft=False)))
    assert "ENTWURF" not in found


def test_english_maps_are_english(flags):
    found = texts(draw_map(flags, "status", language="en"))
    assert "protected (confidentiality)" in found
    assert "DRAFT" in found
    assert not any("Gebiete" in line for line in found)


def test_small_sets_carry_the_mark_of_every_class_and_large_ones_do_not(flags):
    few = [t.get_text() for t in draw_map(flags, "sgb2").axes[0].texts]
    expected = [e.mark for e in theme(flags, "sgb2").entries for _ in range(e.areas)]
    assert sum(few.count(mark) for mark in set(expected)) >= 0.9 * len(expected)
    many = [t.get_text() for t in draw_map(make_release(80), "sgb2").axes[0].texts]
    assert not {"1", "2", "3", "4", "5"} & set(many)


@pytest.mark.parametrize("what", ["grade", "group", "sgb2"])
def test_no_text_of_the_sheet_is_clipped_or_printed_over_another(flags, what):
    figure = draw_map(flags, what, title="Ein sehr langer Titel über soziale Lagen " * 4)
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    words = [t for t in figure.findobj(match=lambda o: hasattr(o, "get_text")) if t.get_text()]
    unseen = {
        id(label)
        for axes in figure.axes
        for labels, low_high, k in (
            (axes.get_xticklabels(), axes.get_xlim(), 0),
            (axes.get_yticklabels(), axes.get_ylim(), 1),
        )
        for label in labels
        if not min(low_high) <= label.get_position()[k] <= max(low_high)
    }
    words = [t for t in words if t.get_text() != "ENTWURF" and id(t) not in unseen]
    boxes = [t.get_window_extent(renderer) for t in words]
    across, up = figure.bbox.width, figure.bbox.height
    boxes = [b for b in boxes if b.width and np.isfinite(b.extents).all()]
    assert len(boxes) > 20
    assert all(b.x0 >= 0 and b.y0 >= 0 and b.x1 <= across and b.y1 <= up for b in boxes)
    over = [
        (a, b)
        for i, a in enumerate(boxes)
        for b in boxes[i + 1 :]
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1.5 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1.5
    ]
    assert over == []


def test_names_are_data_not_mathematics_and_not_markup(tmp_path, flags):
    areas = flags.release.areas.copy()
    areas.loc["05999001", "name"] = r"$\frac{1}{0}$ <script>"
    release = dataclasses.replace(flags.release, areas=areas)
    path = write_map(tmp_path / "a.svg", release, "sgb2")
    assert "<script" not in path.read_text(encoding="utf-8")
    assert r"$\frac{1}{0}$ <script>" in texts(draw_map(release, "sgb2"))


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_equal_input_gives_equal_bytes(tmp_path, flags, suffix):
    digests = {
        hashlib.sha256(write_map(tmp_path / f"{i}.{suffix}", flags, "group").read_bytes()).digest()
        for i in range(2)
    }
    assert len(digests) == 1


def test_row_order_of_the_values_does_not_matter(tmp_path):
    release = make_release(20)
    other = dataclasses.replace(release, table=release.table.sample(frac=1, random_state=1))
    one = write_map(tmp_path / "a.png", release).read_bytes()
    assert one == write_map(tmp_path / "b.png", other).read_bytes()


def test_vector_formats_hold_no_date_and_load_nothing(tmp_path, flags):
    content = write_map(tmp_path / "a.svg", flags, "sgb2").read_text(encoding="utf-8")
    assert "<dc:date>" not in content
    assert not re.findall(r'href="(?!#)', content)
    assert b"CreationDate" not in write_map(tmp_path / "a.pdf", flags, "sgb2").read_bytes()


def test_unknown_formats_and_existing_files_are_refused(tmp_path, flags):
    with pytest.raises(OutputError, match=r"\.png, \.svg, \.pdf"):
        write_map(tmp_path / "a.bmp", flags)
    (tmp_path / "a.png").write_bytes(b"old")
    with pytest.raises(OutputError):
        write_map(tmp_path / "a.png", flags)
    assert (tmp_path / "a.png").read_bytes() == b"old"
    assert write_map(tmp_path / "a.png", flags, overwrite=True).stat().st_size > 10_000


def test_more_than_5000_areas_are_pixels_inside_vector_formats(tmp_path):
    side = 72
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    boxes = shapely.box(
        x.ravel() * 100.0, y.ravel() * 100.0, x.ravel() * 100 + 100, y.ravel() * 100 + 100
    )
    small = make_release(20)
    areas = gpd.GeoDataFrame(
        {
            schema.GEOGRAPHY: "sozialraum",
            "name": "a",
            "municipality": "05999001",
            "municipality_name": "Auental",
            "origin": "adopted",
            "status": "accepted",
        },
        geometry=boxes,
        index=[f"{i:05d}" for i in range(side**2)],
        crs="EPSG:25832",
    ).rename_axis("area_id")
    rows = small.table[small.table["indicator"] == "sgb2"].iloc[[0]]
    table = rows.loc[rows.index.repeat(side**2)].reset_index(drop=True)
    table["area_id"] = areas.index.to_numpy()
    table["value"] = np.arange(side**2) / 100
    large = dataclasses.replace(small, areas=areas, table=table)
    path = write_map(tmp_path / "a.svg", large, "sgb2")
    assert "<image" in path.read_text(encoding="utf-8")
    assert path.stat().st_size < 1_500_000


def test_background_is_drawn_and_its_source_printed(flags):
    line = gpd.GeoSeries(
        [shapely.LineString([(355_000, 5_622_000), (378_000, 5_640_000)])], crs="EPSG:25832"
    )
    frame = gpd.GeoDataFrame(geometry=line, index=["r1"]).rename_axis("id").to_crs("EPSG:3035")
    place = gpd.GeoDataFrame(geometry=line.centroid.set_axis(["p1"])).rename_axis("id")
    river = Layer(frame, "id", Source("LANUV", "Flüsse", licence="dl-de/zero-2-0"))
    towns = Layer(place, "id", Source("BKG", "Orte"))
    plain, drawn = draw_map(flags), draw_map(flags, background=[river, towns])
    assert len(drawn.axes[0].collections) == len(plain.axes[0].collections) + 2
    assert any("LANUV: Flüsse, dl-de/zero-2-0" in words for words in texts(drawn))


def test_a_proposal_is_drawn_without_any_number_of_people(flags):
    areas = flags.release.areas
    small = areas[areas["geography"] == "sozialraum"]
    frame = small[["name", "municipality", "origin", "status", "geometry"]].assign(
        passes=True, fails=""
    )
    units = areas[areas["geography"] == "gemeinde"]
    found = texts(draw_proposal(Proposal(frame, units, {"residents": 300.0})))
    assert "Vorschlag für die Gebietseinteilung" in found
    with pytest.raises(DisclosureError):
        draw_proposal(object())  # type: ignore[arg-type]
    with pytest.raises(OutputError):
        draw_proposal(flags)


def test_a_panel_has_no_heading_of_its_own(flags):
    found = texts(draw_panel(theme(flags, "sgb2")))
    assert "Leistungsbezug nach SGB II unter 65 Jahren" not in found
    assert "geschützt (Datenschutz)" in found


def test_a_figure_shows_itself_in_a_notebook_and_is_not_registered(flags):
    import matplotlib.pyplot as plt

    figure = draw_map(flags)
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert plt.get_fignums() == []


def test_fewer_colours_change_no_pixel_visibly(flags):
    from io import BytesIO

    from PIL import Image

    figure, stream = draw_panel(theme(flags, "group")), BytesIO()
    figure.savefig(stream, format="png", dpi=60)
    full = np.asarray(Image.open(stream).convert("RGB"), dtype=int)
    small = small_png(figure, dpi=60)
    few = np.asarray(Image.open(BytesIO(small)).convert("RGB"), dtype=int)
    assert len(small) < stream.getbuffer().nbytes
    assert np.abs(full - few).mean() < 1


def test_the_settings_of_matplotlib_are_left_alone(flags):
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    draw_map(flags)
    assert dict(mpl.rcParams) == before


def test_lines_fit_and_lose_no_word():
    words = "Donaudampfschifffahrtsgesellschaftskapitänsmütze und kurze Wörter " * 3
    for face in (TITLE, BODY, FOOT):
        lines = wrap(words, face, 120)
        assert all(width(line, face) <= 120 for line in lines)
        assert "".join(lines).replace(" ", "") == words.replace(" ", "")
    assert wrap("", BODY, 100) == []


def test_holes_stay_holes():
    ring = shapely.Point(0, 0).buffer(10).difference(shapely.Point(0, 0).buffer(5))
    wrong = shapely.Polygon(ring.exterior.coords, [ring.interiors[0].coords[::-1]])
    for shape in (ring, wrong):
        figure = Figure(figsize=(1, 1), dpi=40)
        axes = figure.add_axes((0, 0, 1, 1), xlim=(-10, 10), ylim=(-10, 10))
        axes.add_collection(PathCollection([path_of(shape)], facecolors="black"))
        axes.set_axis_off()
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        pixels = np.asarray(canvas.buffer_rgba())[..., 0]
        assert pixels[20, 20] == 255
        assert pixels[20, 35] == 0
