"""What a report says about its index beyond the maps: how sure, why, whom it reaches."""

from dataclasses import dataclass

import pandas as pd

from sozialraum import schema
from sozialraum.errors import IndicatorError, StatisticsError
from sozialraum.files.wording import day, number, share
from sozialraum.index.correlation import correlate
from sozialraum.index.coverage import SETTLEMENT, coverage
from sozialraum.index.sensitivity import sensitivity
from sozialraum.index.settlement import settlement_label
from sozialraum.index.stability import left_out
from sozialraum.index.states import STATE_COLUMNS, states
from sozialraum.index.why import explain_areas
from sozialraum.maps.charts import draw_chart_panel
from sozialraum.messages import text
from sozialraum.model import Index, Release
from sozialraum.model.judged import BORDERLINE
from sozialraum.report.facts import Cell, Table
from sozialraum.report.pictures import embedded


@dataclass(frozen=True, slots=True)
class Explained:
    """The chapter on the index.

    Parameters
    ----------
    sentences
        How sure the classes are, and what the indicators have in common.
    charts
        Title, picture and words for those who do not see it, of every chart.
    tables
        Whom the areas of attention reach, and what other choices would change.
    """

    sentences: tuple[str, ...]
    charts: tuple[tuple[str, str, str], ...]
    tables: tuple[Table, ...]


def explained(index: Index, language: str) -> Explained:
    """Return the chapter on an index."""
    found = [_stability(index, language)]
    found += correlate(index).warnings(language) if len(index.indicators) > 1 else ()
    tables = [_reach(index, language), _choices(index, language)]
    return Explained(
        tuple(found),
        tuple(_charts(index, language)),
        tuple(table for table in tables if table is not None),
    )


def _stability(index: Index, language: str) -> str:
    stable = index.table["status_stability"].dropna()
    if stable.empty:
        return text("report.stability_unknown", language)
    told = text(
        "report.stability",
        language,
        doubtful=number(int((stable < BORDERLINE).sum()), 0, language),
        areas=number(len(stable), 0, language),
    )
    return f"{told} {left_out(language)}"


def _charts(index: Index, language: str) -> list[tuple[str, str, str]]:
    wanted = ["spread"] + ["moves"] * bool(index.table["baseline_index"].notna().any())
    found = []
    for what in wanted:
        figure = draw_chart_panel(index, what, language=language)
        title = str(figure.get_label())
        alt = text("report.chart_alt", language, title=title)
        found.append((title, embedded(figure), alt))
    return found


def _reach(index: Index, language: str) -> Table | None:
    """Return which share of the people affected live in the areas of attention."""
    columns = []
    for name in index.indicators:
        try:
            columns.append((name, coverage(index, name).set_index(["level", "place"])))
        except (IndicatorError, StatisticsError):
            continue  # shares only, or a method without areas of attention
    if not columns:
        return None
    first = columns[0][1]
    rows = []
    for key, row in first.iterrows():
        level, place = str(key[0]), str(key[1])
        named = settlement_label(place, language) if level == SETTLEMENT else row["name"] or place
        values = [float(t["share_persons"].get(key, float("nan"))) for _, t in columns]
        counts = f"{row['areas_marked']:.0f} / {row['areas']:.0f}"
        told = ["–" if pd.isna(value) else share(value, language) for value in values]
        rows.append((str(named), [Cell(one, number=True) for one in (counts, *told)]))
    heads = [text("report.head_place", language), text("report.head_marked", language)]
    heads += [index.release.indicator(name).label(language) for name, _ in columns]
    return Table(text("report.reach_caption", language), heads, rows)


def _choices(index: Index, language: str) -> Table | None:
    """Return how many classes would be others if the index were computed in another way."""
    found = sensitivity(index)
    rows = []
    for choice, row in found.choices.iterrows():
        same, changed = float(row["same"]), float(row["changed"])
        if pd.isna(same):
            continue
        cells = [share(same, language), number(changed, 0, language)]
        rows.append((found.label(str(choice), language), [Cell(c, number=True) for c in cells]))
    heads = [text(f"report.head_{name}", language) for name in ("choice", "same", "changed")]
    return Table(text("report.choices_caption", language), heads, rows) if rows else None


def attention(index: Index | None, areas: pd.Index, language: str) -> list[tuple[str, str]]:
    """Return name and reasons of the areas of attention among some areas."""
    if index is None:
        return []
    here = index.table["group"].reindex(areas).isin(index.method.attention)
    names = index.release.areas[schema.NAME]
    told = explain_areas(index, [str(area) for area in areas[here]], language)
    return [(str(names[area]), sentence) for area, sentence in told.items()]


def missing_table(release: Release, language: str) -> Table:
    """Return for how many areas every indicator has a number, and why others have none."""
    table = states(release)
    small = table[table["geography"] == schema.AREAS_LEVEL]
    latest = small.groupby("indicator", sort=False)["date"].transform("max") == small["date"]
    occurring = [name for name in STATE_COLUMNS if name == "value" or small[name].any()]
    rows = []
    for _, row in small[latest].iterrows():
        label = release.indicator(row["indicator"]).label(language)
        cells = [Cell(day(row["date"], language))]
        cells += [Cell(number(row[name], 0, language), number=True) for name in occurring]
        rows.append((label, cells))
    heads = [text(f"report.head_{name}", language) for name in ("indicator", "date")]
    heads += [text(f"report.state_{name}", language) for name in occurring]
    return Table(text("report.missing_caption", language), heads, rows)
