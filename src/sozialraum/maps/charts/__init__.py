"""Charts for a council paper: one question a sheet, drawn from what is published."""

from pathlib import Path

from matplotlib.figure import Figure

from sozialraum import schema
from sozialraum.errors import OutputError
from sozialraum.files.provenance import footer
from sozialraum.files.scan.derived import NOTHING, Derived
from sozialraum.files.wording import day
from sozialraum.index.told import reach_of, told_of
from sozialraum.maps.charts.line import draw_line
from sozialraum.maps.charts.moves import draw_moves
from sozialraum.maps.charts.portrait import draw_portrait, portrait_lines
from sozialraum.maps.charts.reach import draw_reach
from sozialraum.maps.charts.spread import draw_spread
from sozialraum.maps.column import Box
from sozialraum.maps.draw import PANEL, check_format, write_sheet
from sozialraum.maps.sheet import MARGIN, SHEET, blank, draw_foot, draw_head, settings
from sozialraum.messages import text
from sozialraum.model import Index
from sozialraum.model.publishable import Publishable, release_of, require_publishable

OF_INDEX = ("spread", "moves", "reach", "portrait")
"""Charts that show an index."""
OF_AREA = ("portrait", "line")
"""Charts about one area."""
OF_INDICATOR = ("reach", "line")
"""Charts about one indicator."""
CHARTS = (*OF_INDEX, "line")
PLAIN = {"spread": draw_spread, "moves": draw_moves}
"""Charts that need nothing besides the index."""


def draw_chart(
    noun: Publishable,
    what: str = "spread",
    *,
    area: str = "",
    indicator: str = "",
    language: str = "de",
    title: str | None = None,
) -> Figure:
    """Draw one chart on an A4 sheet.

    Parameters
    ----------
    noun
        What came through the gate; an index, except for ``"line"``.
    what
        ``"spread"``: the index of every area on one scale, a row a municipality,
        borderline classes as rings; ``"moves"``: dynamics relative to the county beside
        the change on a frozen scale; ``"reach"``: the share of people affected who live in
        the areas of attention, by municipality and settlement type; ``"portrait"``: what
        lifts and lowers the index of one area, and why it has its class; ``"line"``: one
        indicator over the years, in an area, its municipality and the county.
    area, indicator
        Which area (``"portrait"``, ``"line"``) and which indicator (``"reach"``,
        ``"line"``).
    language
        ``"de"`` or ``"en"``.
    title
        Heading instead of the chart's own.

    Returns
    -------
    matplotlib.figure.Figure
        Not registered with pyplot: nothing to close.

    Raises
    ------
    DisclosureError
        `noun` did not come through the gate.
    OutputError
        There is no such chart or area, or the noun lacks what the chart shows.
    """
    require_publishable(noun, "draw_chart")
    _check(noun, what, area)
    release = release_of(noun)
    heading = title or _heading(noun, what, area, indicator, language)
    with settings():
        figure = blank()
        top = draw_head(figure, heading, _about(noun, what, language))
        low = draw_foot(figure, (*_notes(noun, what, language), *footer(noun, language)))
        box = Box(MARGIN, low, SHEET[0] - 2 * MARGIN, top - low)
        if what == "line":
            draw_line(figure, release, box, language, area, release.indicator(indicator).id)
        elif isinstance(noun, Index) and what == "reach":
            draw_reach(figure, noun, box, language, release.indicator(indicator).id)
        elif isinstance(noun, Index) and what == "portrait":
            draw_portrait(figure, noun, box, language, area)
        elif isinstance(noun, Index):
            PLAIN[what](figure, noun, box, language)
    figure.set_label(heading)
    return figure


def draw_chart_panel(index: Index, what: str, *, language: str = "de") -> Figure:
    """Draw ``"spread"`` or ``"moves"`` without heading and sources, for a page that has both."""
    require_publishable(index, "draw_chart_panel")
    with settings():
        figure = blank(PANEL)
        PLAIN[what](figure, index, Box(0, 0, PANEL[0], PANEL[1]), language)
    figure.set_label(text(f"charts.{what}", language))
    return figure


def write_chart(
    path: str | Path,
    noun: Publishable,
    what: str = "spread",
    *,
    area: str = "",
    indicator: str = "",
    language: str = "de",
    title: str | None = None,
    overwrite: bool = False,
) -> Path:
    """Write one chart as PNG, SVG or PDF, chosen by the suffix; return the path.

    Parameters
    ----------
    path
        File to write.
    noun, what, area, indicator, language, title
        As in :func:`draw_chart`.
    overwrite
        Replace an existing file.

    Raises
    ------
    DisclosureError
        `noun` did not come through the gate, or the file fails the scan.
    OutputError
        Unknown suffix, chart or area, or the file exists.
    """
    path = Path(path)
    check_format(path)
    figure = draw_chart(noun, what, area=area, indicator=indicator, language=language, title=title)
    derived = _derived(noun, what, area, indicator, language)
    return write_sheet(path, figure, noun, derived=derived, overwrite=overwrite)


def _derived(noun: Publishable, what: str, area: str, indicator: str, language: str) -> Derived:
    """Return what a chart tells that is computed from the noun."""
    if isinstance(noun, Index) and what == "portrait":
        lines = frozenset(portrait_lines(noun, area, language))
        return told_of(noun, [area]) | Derived(lines)
    return reach_of(noun, [indicator]) if isinstance(noun, Index) and what == "reach" else NOTHING


def _check(noun: Publishable, what: str, area: str) -> None:
    if what not in CHARTS or (what in OF_INDEX and not isinstance(noun, Index)):
        raise OutputError("charts.unknown", ids=[what], known=", ".join(CHARTS))
    if what not in OF_AREA:
        return
    known = noun.table.index if isinstance(noun, Index) else release_of(noun).areas.index
    if area not in known:
        raise OutputError("charts.unknown_area", ids=[area])


def _heading(noun: Publishable, what: str, area: str, indicator: str, language: str) -> str:
    release = release_of(noun)
    name = str(release.areas.loc[area, schema.NAME]) if what in OF_AREA else ""
    label = release.indicator(indicator).label(language) if what in OF_INDICATOR else ""
    return text(f"charts.{what}", language, area=name or area, label=label)


def _about(noun: Publishable, what: str, language: str) -> str:
    parts = [release_of(noun).title]
    if what in OF_INDEX and isinstance(noun, Index):
        parts += [noun.method.label(language), day(noun.date, language)]
        if noun.start:
            parts.append(text("themes.since", language, date=day(noun.start, language)))
    return " · ".join(part for part in parts if part)


def _notes(noun: Publishable, what: str, language: str) -> tuple[str, ...]:
    if what not in OF_INDEX or not isinstance(noun, Index):
        return ()
    labels = "; ".join(noun.release.indicator(i).label(language) for i in noun.indicators)
    return (text("charts.made_of", language, indicators=labels), *noun.notes)


__all__ = ["CHARTS", "draw_chart", "draw_chart_panel", "write_chart"]
