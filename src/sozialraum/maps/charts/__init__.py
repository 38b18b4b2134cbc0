"""Charts for a council paper: one question a sheet, drawn from an index or a release."""

from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure

from sozialraum.errors import OutputError
from sozialraum.files.provenance import footer
from sozialraum.files.wording import day
from sozialraum.maps.charts.moves import draw_moves
from sozialraum.maps.charts.spread import draw_spread
from sozialraum.maps.column import Box
from sozialraum.maps.draw import check_format, write_sheet
from sozialraum.maps.sheet import MARGIN, SHEET, blank, draw_foot, draw_head, settings
from sozialraum.messages import text
from sozialraum.model import Index
from sozialraum.model.publishable import require_publishable

CHARTS: dict[str, Callable[[Figure, Index, Box, str], None]] = {
    "spread": draw_spread,
    "moves": draw_moves,
}
"""What a chart can show of an index."""


def draw_chart(
    index: Index, what: str = "spread", *, language: str = "de", title: str | None = None
) -> Figure:
    """Draw one chart of an index on an A4 sheet.

    Parameters
    ----------
    index
        Status and dynamics.
    what
        ``"spread"``: every area on one scale, a row a municipality, borderline classes as
        rings; ``"moves"``: dynamics relative to the county beside the change on a frozen
        scale.
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
        `index` did not come through the gate.
    OutputError
        There is no such chart, or the index lacks what it shows.
    """
    require_publishable(index, "draw_chart")
    if what not in CHARTS or not isinstance(index, Index):
        raise OutputError("charts.unknown", ids=[what], known=", ".join(CHARTS))
    lines = (*_notes(index, language), *footer(index, language))
    with settings():
        figure = blank()
        top = draw_head(figure, title or text(f"charts.{what}", language), _about(index, language))
        low = draw_foot(figure, lines)
        box = Box(MARGIN, low, SHEET[0] - 2 * MARGIN, top - low)
        CHARTS[what](figure, index, box, language)
    figure.set_label(title or text(f"charts.{what}", language))
    return figure


def write_chart(
    path: str | Path,
    index: Index,
    what: str = "spread",
    *,
    language: str = "de",
    title: str | None = None,
    overwrite: bool = False,
) -> Path:
    """Write one chart as PNG, SVG or PDF, chosen by the suffix; return the path.

    Parameters
    ----------
    path
        File to write.
    index, what, language, title
        As in :func:`draw_chart`.
    overwrite
        Replace an existing file.

    Raises
    ------
    DisclosureError
        `index` did not come through the gate, or the file fails the scan.
    OutputError
        Unknown suffix or chart, or the file exists.
    """
    path = Path(path)
    check_format(path)
    figure = draw_chart(index, what, language=language, title=title)
    return write_sheet(path, figure, index, overwrite=overwrite)


def _about(index: Index, language: str) -> str:
    parts = [index.release.title, index.method.label(language), day(index.date, language)]
    if index.start:
        parts.append(text("themes.since", language, date=day(index.start, language)))
    return " · ".join(part for part in parts if part)


def _notes(index: Index, language: str) -> tuple[str, ...]:
    labels = "; ".join(index.release.indicator(i).label(language) for i in index.indicators)
    made = text("charts.made_of", language, indicators=labels)
    return (made, *index.notes)


__all__ = ["CHARTS", "draw_chart", "write_chart"]
