"""Charts of an index: what they show, and what they refuse."""

from dataclasses import replace

import numpy as np
import pytest

from sozialraum.errors import DisclosureError, OutputError
from sozialraum.index import score
from sozialraum.maps.charts import draw_chart, write_chart
from sozialraum.maps.charts.spread import STEP, aside
from support import make_index, make_release


@pytest.fixture(scope="module")
def index():
    return make_index(make_release())


def words(figure):
    found = [t.get_text() for t in figure.texts]
    for axes in figure.axes:
        found += [t.get_text() for t in axes.texts] + [t.get_text() for t in axes.get_yticklabels()]
    return found


def dots(figure):
    """Return the positions of all dots, each once."""
    places = [c.get_offsets() for axes in figure.axes for c in axes.collections]
    lone = [tuple(np.round(place, 9)) for p in places for place in p if np.abs(place).any()]
    return np.array(sorted(set(lone)))


def test_every_published_area_is_one_dot_and_every_municipality_one_row(index):
    figure = draw_chart(index, "spread")
    shown = index.table["status_index"].dropna()
    np.testing.assert_allclose(np.unique(dots(figure)[:, 0]), np.unique(shown.round(9)))
    rows = [t.get_text() for t in figure.axes[0].get_yticklabels()]
    assert len(rows) == index.release.areas["municipality_name"].replace("", None).nunique()


def test_rows_stand_in_the_order_of_their_median(index):
    figure = draw_chart(index, "spread")
    rows = [t.get_text() for t in figure.axes[0].get_yticklabels()]
    towns = index.release.areas.loc[index.table.index, "municipality_name"]
    middle = index.table["status_index"].groupby(towns).median()
    assert list(middle[rows]) == sorted(middle, reverse=True)


def test_borderline_classes_are_rings(index):
    figure = draw_chart(index, "spread")
    shown = index.table[index.table["status_index"].notna()]
    doubtful = int((shown["status_stability"] < 0.8).sum())
    hollow = [
        len(c.get_offsets())
        for c in figure.axes[0].collections
        if len(c.get_facecolor()) and tuple(c.get_facecolor()[0]) == (1, 1, 1, 1)
    ]
    assert 0 < doubtful < len(shown)
    assert sum(hollow) == doubtful


def test_what_counts_on_the_frozen_scale_is_said_in_words(index):
    table = index.table.copy()
    table["baseline_index"] = table["dynamics_index"] - 1.5
    figure = draw_chart(replace(index, table=table), "moves", language="en")
    behind = table[table["dynamics_index"] > 1]
    better = int((behind["baseline_index"] < 0).sum())
    said = " ".join(words(figure))
    assert f"negative dynamics: {len(behind)};" in said
    assert better > 0
    assert f"on the frozen scale in: {better}." in said


def test_without_a_baseline_the_chart_is_refused(index):
    with pytest.raises(OutputError) as caught:
        draw_chart(replace(index, table=index.table.assign(baseline_index=np.nan)), "moves")
    assert caught.value.message == "charts.no_baseline"


def test_a_chart_nobody_knows_and_a_release_are_refused(index):
    for noun, what in ((index, "cake"), (index.release, "spread")):
        with pytest.raises(OutputError) as caught:
            draw_chart(noun, what)
        assert caught.value.message == "charts.unknown"
    with pytest.raises(DisclosureError):
        draw_chart(index.table, "spread")


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_files_pass_the_scan_and_equal_input_gives_equal_bytes(index, tmp_path, suffix):
    for what in ("spread", "moves"):
        one = write_chart(tmp_path / f"a-{what}.{suffix}", index, what)
        other = write_chart(tmp_path / f"b-{what}.{suffix}", index, what)
        assert one.read_bytes() == other.read_bytes()


def test_dots_that_would_hide_each_other_move_aside():
    x = np.sort(np.random.default_rng(3).normal(0, 0.4, 60))
    moved = aside(x)
    for lane in np.unique(moved)[:3]:
        gaps = np.diff(x[moved == lane])
        assert np.median(gaps) >= STEP * 0.9
    assert len(np.unique(moved)) > 1


@pytest.fixture(scope="module")
def scored():
    return score(make_release())


def test_a_portrait_shows_the_points_that_add_up_to_the_index(scored):
    area = scored.table["status_index"].idxmax()
    figure = draw_chart(scored, "portrait", area=area)
    bars = [bar.get_width() for axes in figure.axes for bar in axes.patches]
    assert len(bars) == len(scored.indicators)
    assert sum(bars) == pytest.approx(scored.table.loc[area, "status_index"], abs=1e-9)
    assert bars == sorted(bars, reverse=True)


def test_a_portrait_of_an_area_without_class_has_no_bars(scored):
    area = scored.table.index[scored.table["status_class"] == ""][0]
    figure = draw_chart(scored, "portrait", area=area, language="en")
    assert not [bar for axes in figure.axes for bar in axes.patches]
    assert "has no class" in " ".join(words(figure))


def test_lines_are_the_published_values_of_area_municipality_and_county(scored):
    release = scored.release
    area = scored.table["status_index"].idxmax()
    figure = draw_chart(release, "line", area=area, indicator="sgb2")
    drawn = [line.get_ydata() for line in figure.axes[0].lines]
    town = release.areas.loc[area, "municipality"]
    for key, values in zip((area, town), drawn, strict=False):
        rows = release.table[(release.table["area_id"] == key)]
        rows = rows[rows["indicator"] == "sgb2"].sort_values("date")
        np.testing.assert_allclose(values, rows["value"].to_numpy(dtype=float))
    assert len(drawn) == 3


def test_an_area_nobody_knows_is_refused(scored):
    for what in ("portrait", "line"):
        with pytest.raises(OutputError) as caught:
            draw_chart(scored, what, area="nowhere", indicator="sgb2")
        assert caught.value.message == "charts.unknown_area"


@pytest.mark.parametrize("suffix", ["svg", "pdf"])
def test_charts_of_an_area_pass_the_scan(scored, tmp_path, suffix):
    area = scored.table["status_index"].idxmax()
    for what in ("portrait", "line"):
        path = tmp_path / f"{what}.{suffix}"
        assert write_chart(path, scored, what, area=area, indicator="sgb2") == path
