"""Files about flags pass the scan whatever the county is like, and nothing slips in with them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from sozialraum import schema
from sozialraum.errors import DisclosureError
from sozialraum.export import write_geopackage
from sozialraum.files.readback import read_flags
from sozialraum.files.scan import scan_file
from sozialraum.files.scan.derived import Derived
from sozialraum.files.scan.judgements import is_score, judged_column
from sozialraum.files.scan.known import Known
from sozialraum.files.scan.recomputed import local_column
from sozialraum.files.wording import of_areas, percent_of
from sozialraum.flags import early_warning
from sozialraum.flags.flagging import flag
from sozialraum.maps.charts import draw_chart, write_chart
from sozialraum.maps.charts.funnel import told_of_funnel
from sozialraum.methods.contiguity import contiguity
from sozialraum.methods.local import local_g
from sozialraum.methods.ticks import ticks
from sozialraum.schema import Grade, State
from sozialraum.themes import theme
from support import make_flags, make_release, make_warnings

RANGES = [
    (1500, 2000, 5, 20),
    (1900, 2100, 5, 20),
    (2000, 2600, 60, 95),
    (5000, 5600, 5, 20),
    (7000, 8000, 5, 20),
    (300, 2000, 70, 80),
]


@pytest.fixture(scope="module")
def release():
    return make_release(40, nasty=False)


@pytest.fixture(scope="module")
def flags(release):
    return make_flags(release)


def with_rates(release, people, rates, seed):
    """Return the release with other counts, the levels above adding up."""
    rng = np.random.default_rng(seed)
    table = release.table[release.table[schema.INDICATOR] == "sgb2"].reset_index(drop=True)
    small = table[schema.GEOGRAPHY] == schema.AREAS_LEVEL
    table["state"] = str(State.VALUE)
    base = rng.integers(people[0], people[1] + 1, len(table)).astype(float)
    count = np.round(base * rng.uniform(*rates, len(table)) / 100)
    for at in table.index[~small]:
        own = small & (table[schema.DATE] == table[schema.DATE][at])
        own &= table[schema.AREA_ID].str.startswith(table[schema.AREA_ID][at])
        base[at], count[at] = base[own].sum(), count[own].sum()
    table["numerator"], table["denominator"] = count, base
    table["value"] = (100 * count / base).round(1)
    return replace(release, table=table, indicators=release.indicators[:1])


@pytest.mark.parametrize(("least", "most", "low", "high"), RANGES)
@pytest.mark.parametrize("suffix", ["svg", "pdf"])
def test_axes_of_any_range_pass_the_scan(release, tmp_path, suffix, least, most, low, high):
    own = make_flags(with_rates(release, (least, most), (low, high), seed=least + high))
    for what in ("funnel", "moran"):
        assert write_chart(tmp_path / f"{what}.{suffix}", own, what).exists()


def test_only_round_numbers_of_the_range_pass_and_only_in_this_chart(release, tmp_path):
    own = make_flags(with_rates(release, (1900, 2100), (5, 20), seed=3))
    told = told_of_funnel(own, "sgb2")
    drawn = tmp_path / "a.svg"
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><text>{}</text></svg>'
    for number, derived, passes in (
        ("1 400", told, True),
        ("1 400", Derived(), False),
        ("1 437", told, False),
        ("1 400 Menschen", told, False),
        ("-1 400", told, False),
    ):
        drawn.write_text(svg.format(number))
        assert (scan_file(drawn, own.release, derived=derived) == ()) is passes, number


def test_ticks_are_round_few_and_cover_the_range():
    rng = np.random.default_rng(1)
    for _ in range(500):
        low = float(rng.normal(0, 10.0 ** rng.integers(-1, 5)))
        high = low + float(10.0 ** rng.uniform(-1, 5))
        found = ticks(low, high, 8)
        step = found[1] - found[0]
        assert found[0] <= low + 1e-6 * step
        assert found[-1] >= high - 1e-6 * step
        assert 3 <= len(found) <= 10
        np.testing.assert_allclose(np.diff(found), step, rtol=1e-6)
        assert round(step / 10 ** np.floor(np.log10(step) + 1e-9), 6) in (1, 2, 5)
    assert ticks(float("nan"), 1.0) == ()


def test_the_axis_of_a_funnel_is_written_without_loss(release):
    own = make_flags(with_rates(release, (7000, 8000), (0.05, 0.3), seed=5))
    figure = draw_chart(own, "funnel", language="en")
    written = [float(t.get_text()) for t in figure.axes[0].get_yticklabels() if t.get_text()]
    assert len(set(written)) == len(written) > 3
    np.testing.assert_allclose(written, figure.axes[0].get_yticks())


@pytest.mark.parametrize("slope", [float("nan"), -1.0, 1.0, 1.5, 0.0])
def test_any_global_moran_is_written_and_read_back(flags, tmp_path, slope):
    own = replace(flags, global_moran={"sgb2": slope})
    found = read_flags(write_geopackage(tmp_path / "a.gpkg", own))
    assert found is not None
    np.testing.assert_equal(dict(found.global_moran), {"sgb2": slope})


@pytest.mark.parametrize("slope", [17.0, 2.0, 300.5])
def test_a_count_is_no_global_moran(flags, tmp_path, slope):
    with pytest.raises(DisclosureError):
        write_geopackage(tmp_path / "a.gpkg", replace(flags, global_moran={"sgb2": slope}))


def test_whole_scores_pass_only_where_they_come_out_again(release):
    areas = release.areas[release.areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL].iloc[:5]
    shapes = [box(0, 0, 1e3, 1e3), box(1e3, 0, 2e3, 1e3)]
    shapes += [box(x, 0, x + 1e3, 1e3) for x in (5e3, 8e3, 11e3)]
    areas = areas.set_geometry(shapes, crs=areas.crs)
    z = np.array([10.8, 10.1, -7.0, -16.5, -8.9])
    score = local_g(np.clip(z, -2.5, 2.5), contiguity(areas.geometry.to_numpy()), null="total")
    table = pd.DataFrame(
        {
            schema.AREA_ID: areas.index,
            schema.INDICATOR: "sgb2",
            "z": z,
            "gi_star": score.statistic,
        }
    )
    known = Known(replace(release, areas=areas))
    check = local_column("gi_star", known, is_score)
    assert round(table["gi_star"][0], 9) == 2.0
    assert check(table["gi_star"], table) == []
    for wrong in (3.0, -2.0, 17.0):
        other = table.assign(gi_star=[wrong, *table["gi_star"][1:]])
        assert check(other["gi_star"], other) == [0]
    assert check(table["gi_star"], table.drop(columns="z")) == [0, 1]


def test_shares_of_no_number_of_tries_are_refused(flags):
    known = Known(flags.release)
    first = flags.table.index[flags.table["grade"] == Grade.CONFIRMED][0]
    for name, smuggled in (("stability", 0.0731), ("kept", 0.0731), ("kept", 17 / 25)):
        assert judged_column(name, known)(flags.table[name], flags.table) == []
        table = flags.table.copy()
        table.loc[first, name] = smuggled
        assert judged_column(name, known)(table[name], table) == [table.index.get_loc(first)]


def over_time(release, dates, pool=1):
    """Return the release with one indicator at other dates, its rates rising."""
    small = release.areas.index[release.areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL]
    rng, parts = np.random.default_rng(2), []
    for i, date in enumerate(dates):
        count = np.round(3000 * (0.1 + 0.003 * i + rng.normal(0, 0.0015, len(small))))
        parts.append(
            pd.DataFrame(
                {
                    schema.AREA_ID: small,
                    schema.GEOGRAPHY: schema.AREAS_LEVEL,
                    schema.INDICATOR: "sgb2",
                    schema.DATE: date,
                    "state": str(State.VALUE),
                    "numerator": count,
                    "denominator": 3000.0,
                    "value": (count / 30).round(1),
                }
            )
        )
        county = parts[-1].iloc[:1].assign(geography=schema.COUNTY_LEVEL, area_id="05999")
        total, people = count.sum(), 3000.0 * len(small)
        value = round(100 * total / people, 1)
        parts.append(county.assign(numerator=total, denominator=people, value=value))
    table = pd.concat(parts, ignore_index=True)[list(release.table.columns)]
    table = table.astype(release.table.dtypes.to_dict())
    indicator = replace(release.indicators[0], pool=pool)
    return replace(release, table=table, indicators=(indicator,))


@pytest.mark.parametrize("until", [None, "2024-12-31", "2023-12-31"])
def test_years_added_up_are_counted_back_from_the_last_date_looked_at(release, until):
    pooled = over_time(release, [f"{year}-12-31" for year in range(2004, 2026)], pool=3)
    found = early_warning(pooled, until=until)
    known = Known(pooled)
    assert found["points"].min() >= 6
    for name in ("points", "slope"):
        assert judged_column(name, known)(found[name], found) == []
    other = found.assign(points=found["points"] + 1)
    assert len(judged_column("points", known)(other["points"], other)) == len(found)


@pytest.mark.parametrize("suffix", ["svg", "pdf"])
def test_two_dates_a_year_are_drawn_where_they_lie(release, tmp_path, suffix):
    dates = [f"{year}-{day}" for year in range(2021, 2026) for day in ("06-30", "12-31")]
    halves = over_time(release, dates)
    own = make_flags(release)
    area = halves.table[schema.AREA_ID].iloc[0]
    row = (
        make_warnings(release)
        .iloc[:1]
        .assign(
            area_id=area, start=dates[0], date=dates[-1], signal="2024-06-30", grade="confirmed"
        )
    )
    row = row.assign(direction="rising")
    own = replace(own, release=halves, warnings=row)
    figure = draw_chart(own, "trends")
    (panel,) = [axes for axes in figure.axes if axes.lines]
    (line,) = [one for one in panel.lines if one.get_marker() == "o"]
    assert len(line.get_xdata()) == len(dates)
    assert len(set(np.round(line.get_xdata(), 3))) == len(dates)
    (mark,) = [one for one in panel.lines if one.get_marker() == "^"]
    assert mark.get_xdata()[0] == pytest.approx(2024.5, abs=0.01)
    assert mark.get_ydata()[0] == line.get_ydata()[dates.index("2024-06-30")]
    assert write_chart(tmp_path / f"a.{suffix}", own, "trends").exists()


def test_dots_lie_in_the_quadrants_of_the_table_with_a_ring(release):
    inside = release.areas.index.str.startswith("05999001")
    inside |= release.areas[schema.GEOGRAPHY] == schema.COUNTY_LEVEL
    own = replace(
        release,
        areas=release.areas[inside],
        table=release.table[release.table[schema.AREA_ID].isin(release.areas.index[inside])],
    )
    for ring, said in ((release, True), (None, False)):
        found = flag(own, indicators=["sgb2"], warnings=False, ring=ring)
        figure = draw_chart(found, "moran")
        words = " ".join(t.get_text() for axes in figure.axes for t in axes.texts)
        assert ("rings um den Kreis" in words) is said
        counts = found.table["quadrant"].value_counts()
        for name, label in (("high-high", "hoch, umgeben von hoch"), ("low-low", "niedrig, ")):
            told = f"{label}umgeben von niedrig" if name == "low-low" else label
            assert f"{told}: {counts.get(name, 0)}" in words


def test_error_rates_are_told_as_they_were_asked_for(flags):
    for rate, said in ((0.05, "5"), (0.025, "2,5"), (0.004, "0,4"), (0.0005, "0,05"), (0.1, "10")):
        assert percent_of(rate, "de") == said
    odd = replace(flags, rate=0.025)
    for what in ("grade", "warning", "lisa:sgb2"):
        assert any("2,5 %" in note for note in theme(odd, what, language="de").notes)


def test_one_area_is_told_in_the_singular():
    for name in ("shown_areas", "trend_all", "note_rising", "note_falling", "doubtful_note"):
        one, two = (of_areas(f"pictures.{name}", n, "de") for n in (1, 2))
        assert "1 Gebiet " in one or "1 Gebiet." in one
        assert "2 Gebiete" in two
