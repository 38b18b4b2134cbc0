"""Charts for a council paper: one question a sheet, drawn from what is published."""

from pathlib import Path

from matplotlib.figure import Figure

from sozialraum import schema
from sozialraum.files.provenance import footer
from sozialraum.files.scan.derived import NOTHING, Derived
from sozialraum.index.told import reach_of, told_of
from sozialraum.maps.charts.asked import (
    CHARTS,
    EFFECT,
    OF_INDEX,
    Asked,
    Drawable,
    about,
    completed,
    gated,
    heading,
    notes,
)
from sozialraum.maps.charts.effect import draw_effect, told_of_effect
from sozialraum.maps.charts.funnel import draw_funnel, told_of_funnel
from sozialraum.maps.charts.line import draw_line
from sozialraum.maps.charts.moran import draw_moran, told_of_moran
from sozialraum.maps.charts.moves import draw_moves
from sozialraum.maps.charts.portrait import draw_portrait, portrait_lines
from sozialraum.maps.charts.reach import draw_reach
from sozialraum.maps.charts.spread import draw_spread
from sozialraum.maps.charts.trends import draw_trends, told_of_trends
from sozialraum.maps.column import Box
from sozialraum.maps.draw import PANEL, check_format, write_sheet
from sozialraum.maps.sheet import MARGIN, SHEET, blank, draw_foot, draw_head, settings
from sozialraum.model import Evaluation, Flags, Index
from sozialraum.model.publishable import release_of

EDGE = 4.0
"""Points a panel leaves free at its sides, so that no line is cut."""
PLAIN = {"spread": draw_spread, "moves": draw_moves}
"""Charts that need nothing besides the index."""
OF_ONE = {"moran": draw_moran, "funnel": draw_funnel, "trends": draw_trends}
"""Charts of one indicator that need nothing besides the flags."""

TOLD = {"moran": told_of_moran, "funnel": told_of_funnel, "trends": told_of_trends}
"""What these charts tell besides published numbers."""


def draw_chart(
    noun: Drawable,
    what: str = "spread",
    *,
    area: str = "",
    indicator: str = "",
    intervention: str = "",
    language: str = "de",
    title: str | None = None,
) -> Figure:
    """Draw one chart on an A4 sheet.

    Parameters
    ----------
    noun
        What came through the gate: an index for the first four charts, flags for the three
        that follow, anything for ``"line"``; an evaluation for ``"effect"``.
    what
        ``"spread"``: the index of every area on one scale, a row a municipality,
        borderline classes as rings; ``"moves"``: dynamics relative to the county beside
        the change on a frozen scale; ``"reach"``: the share of people affected who live in
        the areas of attention, by municipality and settlement type; ``"portrait"``: what
        lifts and lowers the index of one area, and why it has its class.

        ``"moran"``: every area against its neighbours; ``"funnel"``: rates against the
        number of people, with the limits of chance; ``"trends"``: the courses of areas with
        an early warning beside the county's.

        ``"line"``: one indicator over the years, in an area, its municipality and the
        county. ``"effect"``: what an intervention is found to have changed.
    area, indicator, intervention
        Which area (``"portrait"``, ``"line"``), which indicator (``"reach"``, ``"line"``;
        for flags the first one when omitted) and which intervention (``"effect"``; the
        first one when omitted).
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
        There is no such chart, area or intervention, or the noun lacks what the chart shows.
    """
    source = gated(noun, "draw_chart")
    asked = completed(noun, Asked(what, area, indicator, intervention, language))
    release = release_of(source)
    head = title or heading(noun, asked, release)
    with settings():
        figure = blank()
        top = draw_head(figure, head, about(noun, asked, release))
        low = draw_foot(figure, (*notes(noun, asked), *footer(source, language)))
        box = Box(MARGIN, low, SHEET[0] - 2 * MARGIN, top - low)
        _draw(figure, noun, box, asked)
    figure.set_label(head)
    return figure


def _draw(figure: Figure, noun: Drawable, box: Box, asked: Asked) -> None:
    what, language, indicator = asked.what, asked.language, asked.indicator
    match noun:
        case Evaluation():
            draw_effect(figure, noun, box, language, asked.intervention)
        case _ if what == "line":
            draw_line(figure, release_of(noun), box, language, asked.area, indicator)
        case Flags():
            OF_ONE[what](figure, noun, box, language, indicator)
        case Index() if what == "reach":
            draw_reach(figure, noun, box, language, indicator)
        case Index() if what == "portrait":
            draw_portrait(figure, noun, box, language, asked.area)
        case Index():
            PLAIN[what](figure, noun, box, language)


def draw_chart_panel(
    noun: Drawable,
    what: str,
    *,
    indicator: str = "",
    intervention: str = "",
    language: str = "de",
) -> Figure:
    """Draw a chart without heading and sources, for a page that has both.

    An effect comes without its verdict in words, which the page has to tell.
    """
    source = gated(noun, "draw_chart_panel")
    asked = completed(noun, Asked(what, "", indicator, intervention, language))
    with settings():
        figure = blank(PANEL)
        box = Box(EDGE, 0, PANEL[0] - 2 * EDGE, PANEL[1])
        if isinstance(noun, Evaluation):
            draw_effect(figure, noun, box, language, asked.intervention, told=False)
        else:
            _draw(figure, noun, box, asked)
    figure.set_label(heading(noun, asked, release_of(source)))
    return figure


def write_chart(  # noqa: PLR0913 - one option for each part of the question
    path: str | Path,
    noun: Drawable,
    what: str = "spread",
    *,
    area: str = "",
    indicator: str = "",
    intervention: str = "",
    language: str = "de",
    title: str | None = None,
    overwrite: bool = False,
) -> Path:
    """Write one chart as PNG, SVG or PDF, chosen by the suffix; return the path.

    Parameters
    ----------
    path
        File to write.
    noun, what, area, indicator, intervention, language, title
        As in :func:`draw_chart`.
    overwrite
        Replace an existing file.

    Raises
    ------
    DisclosureError
        `noun` did not come through the gate, or the file fails the scan.
    OutputError
        Unknown suffix, chart, area or intervention, or the file exists.
    """
    path = Path(path)
    check_format(path)
    source = gated(noun, "write_chart")
    asked = completed(noun, Asked(what, area, indicator, intervention, language))
    figure = draw_chart(
        noun,
        what,
        area=area,
        indicator=indicator,
        intervention=intervention,
        language=language,
        title=title,
    )
    return write_sheet(path, figure, source, derived=_derived(noun, asked), overwrite=overwrite)


def _derived(noun: Drawable, asked: Asked) -> Derived:
    """Return what a chart tells that is computed from the noun."""
    language = asked.language
    match noun:
        case Index() if asked.what == "portrait":
            lines = frozenset(portrait_lines(noun, asked.area, language))
            return told_of(noun, [asked.area]) | Derived(lines)
        case Index() if asked.what == "reach":
            return reach_of(noun, [asked.indicator])
        case Flags() if asked.what in TOLD:
            return TOLD[asked.what](noun, asked.indicator)
        case Evaluation():
            return told_of_effect(noun, asked.intervention, language)
    return NOTHING


def told_of_charts(noun: Drawable, language: str) -> Derived:
    """Return what charts of flags or of an evaluation tell, whichever of them were drawn."""
    found = NOTHING
    match noun:
        case Flags():
            for indicator in dict.fromkeys(noun.table[schema.INDICATOR].astype("str")):
                for told in TOLD.values():
                    found |= told(noun, indicator)
        case Evaluation():
            for name in noun.effects["intervention"].astype("str"):
                found |= told_of_effect(noun, name, language)
    return found


__all__ = [
    "CHARTS",
    "EFFECT",
    "OF_INDEX",
    "Drawable",
    "draw_chart",
    "draw_chart_panel",
    "told_of_charts",
    "write_chart",
]
