"""Charts of flags and of an evaluation: what they show, what they never show, what they refuse."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import shapely

from sozialraum import schema
from sozialraum.errors import DisclosureError, OutputError
from sozialraum.evaluation import evaluation_sentences
from sozialraum.maps.charts import draw_chart, draw_chart_panel, write_chart
from sozialraum.maps.charts.marks import MOST_NAMES, NAME
from sozialraum.maps.charts.trends import MOST
from sozialraum.schema import Grade, State
from support import make_evaluation, make_flags, make_release, make_warnings

LONG = "Wohngebiet an der alten Ziegelei hinter dem Bahnhof Königsbrück"


@pytest.fixture(scope="module")
def flags():
    return make_flags(make_release())


@pytest.fixture(scope="module")
def evaluation():
    return make_evaluation(make_release())


def published(flags):
    frame = flags.release.frame("sgb2")
    return frame[frame["state"] == State.VALUE]


def dots(figure):
    axes = figure.axes[0]
    found = [c.get_offsets() for c in axes.collections if len(c.get_offsets()) > 0]
    return np.vstack([one for one in found if np.abs(one).any()])


def words(figure):
    found = [t.get_text() for t in figure.texts]
    for axes in figure.axes:
        found += [t.get_text() for t in axes.texts]
    found += [t.get_text() for legend in figure.legends for t in legend.get_texts()]
    return found


def only(flags, areas):
    """Return flags of a county that has these small areas only."""
    release = flags.release
    small = release.areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL
    kept = release.areas[~small | release.areas.index.isin(areas)]
    table = release.table[release.table[schema.AREA_ID].isin(kept.index)]
    less = replace(release, areas=kept, table=table)
    return replace(
        flags,
        release=less,
        table=flags.table[flags.table[schema.AREA_ID].isin(areas)],
        areas=flags.areas.loc[list(areas)],
        warnings=flags.warnings[flags.warnings[schema.AREA_ID].isin(areas)],
    )


def test_a_moran_plot_sets_every_area_against_the_mean_of_its_neighbours(flags):
    shown = published(flags)
    z = flags.table.set_index(schema.AREA_ID)["z"][shown.index].clip(-2.5, 2.5)
    x = (z - z.mean()) / z.std(ddof=0)
    shapes = shown.geometry.to_numpy()
    near = shapely.distance(shapes[:, None], shapes[None]) <= 1.0
    np.fill_diagonal(near, val=False)
    expected = {(round(a, 6), round(near[i] @ x / near[i].sum(), 6)) for i, a in enumerate(x)}
    drawn = {tuple(np.round(one, 6)) for one in dots(draw_chart(flags, "moran"))}
    assert len(drawn) == len(shown)
    assert drawn == expected


def test_the_line_of_a_moran_plot_has_the_slope_of_the_global_statistic(flags):
    figure = draw_chart(flags, "moran")
    (line,) = [one for one in figure.axes[0].lines if one.get_color() == "#222222"]
    x, y = line.get_data()
    assert (y[1] - y[0]) / (x[1] - x[0]) == pytest.approx(0.41)
    assert "Moran I = 0,41" in " ".join(words(figure)).replace("\n", " ")
    english = " ".join(words(draw_chart(flags, "moran", language="en"))).replace("\n", " ")
    assert "Moran's I = 0.41" in english


def test_quadrants_count_the_areas_in_them(flags):
    figure = draw_chart(flags, "moran")
    places = dots(figure)
    both = int(((places[:, 0] > 0) & (places[:, 1] > 0)).sum())
    assert both > 0
    assert f"hoch, umgeben von hoch: {both}" in words(figure)


def test_a_funnel_shows_published_counts_only(flags):
    shown = published(flags)
    expected = {
        (n, round(100 * c / n, 9))
        for c, n in zip(shown["numerator"], shown["denominator"], strict=True)
    }
    assert {(x, round(y, 9)) for x, y in dots(draw_chart(flags, "funnel"))} == expected


@pytest.mark.parametrize("what", ["moran", "funnel"])
def test_what_flags_claim_of_hidden_areas_is_not_drawn(flags, what):
    hidden = flags.release.frame("sgb2")
    hidden = hidden.index[hidden["state"] != State.VALUE]
    table = flags.table.copy()
    claimed = table[schema.AREA_ID].isin(hidden)
    table.loc[claimed, ["z", "p_rate", "p_moran", "p_gi"]] = 2.4, 1e-9, 1e-9, 1e-9
    table.loc[claimed, ["grade", "stability"]] = str(Grade.CONFIRMED), 0.9
    figure = draw_chart(replace(flags, table=table), what)
    assert len(hidden) > 0
    assert len(dots(figure)) == len(published(flags))
    names = set(flags.release.areas.loc[hidden, schema.NAME])
    assert not names & set(words(figure))


@pytest.mark.parametrize("what", ["moran", "funnel"])
def test_names_are_few_and_none_covers_another(flags, what):
    release = flags.release
    names = release.areas[schema.NAME].where(
        release.areas[schema.GEOGRAPHY] != schema.AREAS_LEVEL, LONG
    )
    long = replace(release, areas=release.areas.assign(name=names))
    figure = draw_chart(replace(flags, release=long), what)
    axes = figure.axes[0]
    found = [t for t in axes.texts if t.get_fontsize() == NAME.size]
    assert 3 < len(found) <= MOST_NAMES
    assert all(t.get_text().endswith("…") for t in found)
    boxes = [shapely.box(*t.get_window_extent().shrunk(0.98, 0.8).extents) for t in found]
    frame = shapely.box(*axes.bbox.extents).buffer(2)
    assert all(frame.contains(box) for box in boxes)
    assert not any(one.intersects(other) for one, other in combinations(boxes, 2))


def test_hostile_names_are_drawn_as_they_are(flags):
    strong = flags.table.assign(grade=str(Grade.CONFIRMED), stability=0.9, p_rate=1e-9)
    first = flags.release.areas.index[:8].tolist()
    figure = draw_chart(only(replace(flags, table=strong), first), "funnel")
    said = words(figure)
    assert "{name} %s %(x)d $x^2$" in said
    assert any(one.startswith("<img src=x") for one in said)


def test_an_area_without_neighbours_is_listed_and_not_drawn(flags):
    areas = flags.release.areas
    first = areas.index[0]
    moved = areas.geometry.where(areas.index != first, areas.geometry.translate(1e6))
    release = replace(flags.release, areas=areas.set_geometry(moved))
    figure = draw_chart(make_flags(release), "moran")
    assert len(dots(figure)) == len(published(flags)) - 1
    assert any("nicht im Bild" in one for one in words(figure))


def test_one_area_alone_has_a_funnel_and_no_neighbours(flags):
    alone = only(flags, [published(flags).index[0]])
    assert len(dots(draw_chart(alone, "funnel"))) == 1
    with pytest.raises(OutputError) as caught:
        draw_chart(alone, "moran")
    assert caught.value.message == "pictures.no_neighbours"


def test_without_counts_there_is_no_funnel(flags):
    table = flags.release.table.copy()
    table.loc[table[schema.INDICATOR] == "sgb2", ["numerator", "denominator"]] = np.nan
    with pytest.raises(OutputError) as caught:
        draw_chart(replace(flags, release=replace(flags.release, table=table)), "funnel")
    assert caught.value.message == "pictures.no_counts"


def test_no_findings_are_grey_dots_without_names(flags):
    calm = replace(flags, table=flags.table.assign(grade=str(Grade.NONE)))
    figure = draw_chart(calm, "funnel")
    assert len(dots(figure)) == len(published(flags))
    assert [t for t in figure.axes[0].texts if t.get_fontsize() == NAME.size] == []


def test_panels_show_the_published_series_strongest_first_with_gaps(flags):
    figure = draw_chart(flags, "trends")
    warned = flags.warnings[flags.warnings["grade"].isin(["confirmed", "notable", "hint"])]
    rank = {"confirmed": 0, "notable": 1, "hint": 2}
    order = warned.assign(rank=warned["grade"].map(rank)).sort_values(["rank", "q", "p", "area_id"])
    panels = [axes for axes in figure.axes if axes.lines]
    assert len(panels) == min(MOST, len(order))
    gaps = 0
    for axes, area in zip(panels, order[schema.AREA_ID], strict=False):
        rows = flags.release.table
        rows = rows[(rows[schema.AREA_ID] == area) & (rows[schema.INDICATOR] == "sgb2")]
        own = next(line for line in axes.lines if line.get_marker() == "o")
        values = rows.sort_values(schema.DATE)["value"].to_numpy(dtype=float)
        np.testing.assert_allclose(own.get_ydata(), values)
        gaps += int(np.isnan(values).sum())
    assert gaps > 0
    assert len({axes.get_ylim() for axes in panels}) == 1


def test_panels_that_do_not_fit_are_counted(flags):
    rows = make_warnings(flags.release).assign(grade=str(Grade.HINT))
    shown = rows["direction"] != ""
    figure = draw_chart(replace(flags, warnings=rows[shown]), "trends", language="en")
    assert shown.sum() > MOST
    assert any(one.startswith(f"The strongest {MOST} of {shown.sum()} ") for one in words(figure))


def test_the_year_of_the_signal_is_marked(flags):
    figure = draw_chart(flags, "trends")
    signals = (flags.warnings["signal"] != "") & flags.warnings["grade"].isin(["confirmed"])
    marks = [
        line
        for axes in figure.axes
        for line in axes.lines
        if line.get_marker() in ("^", "v") and [int(x) for x in line.get_xdata()] == [2025]
    ]
    assert len(marks) == signals.sum() > 0


def test_without_warnings_a_sheet_says_so(flags):
    for rows in (flags.warnings.head(0), flags.warnings.assign(grade=str(Grade.NONE))):
        figure = draw_chart(replace(flags, warnings=rows), "trends")
        assert any("keine Frühwarnung" in one for one in words(figure))
        assert not [line for axes in figure.axes for line in axes.lines]


def test_an_effect_is_drawn_as_it_was_found(evaluation):
    figure = draw_chart(evaluation, "effect")
    left, right = (axes for axes in figure.axes if axes.lines)
    path = evaluation.paths[evaluation.paths["intervention"] == "M1"]
    drawn = [list(line.get_ydata()) for line in left.lines]
    assert list(path["treated"]) in drawn
    assert list(path["controls"]) in drawn
    assert list(path["difference"]) in [list(line.get_ydata()) for line in right.lines]
    start = pd.Timestamp("2024-07-01").toordinal()
    assert all(start in [line.get_xdata()[0] for line in axes.lines] for axes in (left, right))
    assert "3 Gebiete mit Maßnahme" in words(figure)
    assert figure.get_label() == "Stadtteilbüro Nord: Hat sich etwas verändert?"


def test_an_effect_that_cannot_be_seen_is_told_apart(evaluation):
    one = " ".join(words(draw_chart(evaluation, "effect")))
    other = " ".join(words(draw_chart(evaluation, "effect", intervention="M2")))
    assert one != other
    assert "Süd" in other


def test_charts_are_drawn_for_the_noun_that_has_them(flags, evaluation):
    release = flags.release
    wrong = ((flags, "effect"), (evaluation, "moran"), (release, "funnel"), (flags, "spread"))
    for noun, what in wrong:
        with pytest.raises(OutputError) as caught:
            draw_chart(noun, what)
        assert caught.value.message == "charts.unknown"
    for noun, asked in ((evaluation, {"intervention": "M9"}), (flags, {"indicator": "children"})):
        with pytest.raises(OutputError) as caught:
            draw_chart(noun, "effect" if noun is evaluation else "funnel", **asked)
        assert caught.value.message == "pictures.not_shown"


def test_an_evaluation_of_something_not_published_is_refused(evaluation, tmp_path):
    raw = replace(evaluation, release=pd.DataFrame({"a": [1]}))
    with pytest.raises(DisclosureError):
        draw_chart(raw, "effect")
    with pytest.raises(DisclosureError):
        write_chart(tmp_path / "effect.svg", raw, "effect")


def told_on(figure, evaluation, name):
    """Return whether all words of a finding stand on a sheet, in whatever lines."""
    sentence = evaluation_sentences(evaluation, "de")[name]
    return sentence in " ".join(words(figure))


def test_an_intervention_without_values_is_told_in_words(evaluation, tmp_path):
    bare = evaluation.paths.assign(treated=np.nan, controls=np.nan)
    for paths in (bare, evaluation.paths.head(0)):
        nothing = replace(make_evaluation(evaluation.release, "no data"), paths=paths)
        figure = draw_chart(nothing, "effect")
        assert not [line for axes in figure.axes for line in axes.lines]
        assert told_on(figure, nothing, "M1")
    assert write_chart(tmp_path / "effect.svg", nothing, "effect").exists()


@pytest.mark.parametrize(("suffix", "language"), [("svg", "de"), ("svg", "en"), ("pdf", "en")])
def test_files_pass_the_scan(flags, evaluation, tmp_path, suffix, language):
    sheets = [(flags, what) for what in ("moran", "funnel", "trends")] + [(evaluation, "effect")]
    for noun, what in sheets:
        path = tmp_path / f"{what}.{suffix}"
        assert write_chart(path, noun, what, language=language) == path


@pytest.mark.parametrize(
    ("suffix", "what"), [("pdf", "funnel"), ("svg", "moran"), ("svg", "trends")]
)
def test_equal_input_gives_equal_bytes(flags, tmp_path, suffix, what):
    other = replace(flags, table=flags.table.sample(frac=1, random_state=2))
    one = write_chart(tmp_path / f"a.{suffix}", flags, what)
    again = write_chart(tmp_path / f"b.{suffix}", other, what)
    assert one.read_bytes() == again.read_bytes()


def test_a_number_nobody_published_does_not_leave_in_a_chart(flags, tmp_path):
    with pytest.raises(DisclosureError):
        write_chart(tmp_path / "a.svg", flags, "moran", title="Moran I = 0,37 und 7777 Menschen")


def test_panels_have_the_same_picture_without_heading_and_verdict(flags, evaluation):
    whole = draw_chart(evaluation, "effect", intervention="M2")
    panel = draw_chart_panel(evaluation, "effect", intervention="M2")
    assert panel.get_label() == whole.get_label()
    assert panel.texts == []
    assert told_on(whole, evaluation, "M2")
    assert not told_on(panel, evaluation, "M2")
    assert not any(one.startswith("Keine Aussage") for one in words(panel))
    assert len(dots(draw_chart_panel(flags, "funnel"))) == len(published(flags))
    with pytest.raises(DisclosureError):
        draw_chart_panel(replace(evaluation, release=pd.DataFrame()), "effect")
