"""Put a sheet together and write it."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from sozialraum.errors import OutputError
from sozialraum.files import writing
from sozialraum.files.provenance import footer
from sozialraum.files.scan import check_file
from sozialraum.files.scan.derived import NOTHING, Derived
from sozialraum.maps import ground
from sozialraum.maps.column import Box, draw_column
from sozialraum.maps.sheet import (
    FORMATS,
    MARGIN,
    SHEET,
    blank,
    draw_foot,
    draw_head,
    save,
    settings,
)
from sozialraum.messages import text
from sozialraum.model import Layer, Proposal
from sozialraum.model.publishable import (
    Publishable,
    release_of,
    require_publishable,
    require_shapes,
)
from sozialraum.themes import Theme, proposal_theme, theme
from sozialraum.themes.background import sources_of

PANEL = (760.0, 470.0)
"""A map inside a report, in points."""

COLUMN = 212.0


def draw_map(
    noun: Publishable,
    what: str | None = None,
    *,
    date: str | None = None,
    language: str = "de",
    background: Sequence[Layer] = (),
    title: str | None = None,
) -> Figure:
    """Draw one map of a noun on an A4 sheet.

    Parameters
    ----------
    noun
        What came through the gate.
    what
        ``"grade"``, ``"status"``, ``"dynamics"``, ``"group"`` or the id of an indicator;
        the noun's first theme when omitted.
    date
        ISO date of an indicator; the latest when omitted.
    language
        ``"de"`` or ``"en"``.
    background
        Local layers for orientation: rivers, roads, places. Their sources are printed.
    title
        Heading instead of the theme's own.

    Returns
    -------
    matplotlib.figure.Figure
        Not registered with pyplot: nothing to close.

    Raises
    ------
    DisclosureError
        `noun` did not come through the gate.

    Notes
    -----
    Areas without a published value are hatched and stand in the legend. Classes are the
    same for all dates. Up to 60 areas carry the mark of their class, so that a
    black-and-white print can be read.
    """
    require_publishable(noun, "draw_map")
    require_shapes(noun, "draw_map")
    shown = theme(noun, what, date=date, language=language)
    lines = footer(noun, language, background=sources_of(background))
    figure = _sheet(shown, lines, language=language, background=background, title=title)
    figure.set_label(title or shown.title)
    return figure


def draw_proposal(proposal: Proposal, *, language: str = "de") -> Figure:
    """Draw proposed areas on an A4 sheet: which meet every minimum, which do not.

    Raises
    ------
    DisclosureError
        Anything but a :class:`~sozialraum.model.Proposal` was given.
    """
    if not isinstance(proposal, Proposal):
        require_publishable(proposal, "draw_proposal")
        raise OutputError("maps.not_a_proposal", given=type(proposal).__name__)
    shown = proposal_theme(proposal, language)
    return _sheet(shown, shown.footer, language=language)


def draw_panel(shown: Theme, *, language: str = "de", background: Sequence[Layer] = ()) -> Figure:
    """Draw map and legend of a theme without heading and sources, for a page that has both."""
    with settings():
        figure = blank(PANEL)
        column = COLUMN + 10
        _draw_ground(figure, shown, Box(0, 0, PANEL[0] - column, PANEL[1]), language, background)
        box = Box(PANEL[0] - column + 14, 0, column - 14, PANEL[1] - 4)
        draw_column(figure, shown, box, language)
    return figure


def write_map(
    path: str | Path,
    noun: Publishable,
    what: str | None = None,
    *,
    date: str | None = None,
    language: str = "de",
    background: Sequence[Layer] = (),
    title: str | None = None,
    overwrite: bool = False,
) -> Path:
    """Write one map as PNG, SVG or PDF, chosen by the suffix; return the path.

    Parameters
    ----------
    path
        File to write; ``.png``, ``.svg`` or ``.pdf``.
    noun, what, date, language, background, title
        As in :func:`draw_map`.
    overwrite
        Replace an existing file.

    Raises
    ------
    DisclosureError
        `noun` did not come through the gate.
    OutputError
        Unknown suffix, or the file exists.
    """
    require_publishable(noun, "write_map")
    path = Path(path)
    check_format(path)
    figure = draw_map(noun, what, date=date, language=language, background=background, title=title)
    return write_sheet(path, figure, noun, overwrite=overwrite)


def write_sheet(
    path: str | Path,
    figure: Figure,
    noun: Publishable,
    *,
    derived: Derived = NOTHING,
    overwrite: bool = False,
) -> Path:
    """Write a map that is drawn already, so that several formats need one drawing.

    Parameters
    ----------
    path
        File to write; ``.png``, ``.svg`` or ``.pdf``.
    figure
        What :func:`draw_map` returned for `noun`.
    noun
        What is shown; the file is checked against its release.
    derived
        What was computed from the noun and is shown.
    overwrite
        Replace an existing file.
    """
    require_publishable(noun, "write_sheet")
    path = Path(path)
    check_format(path)
    with writing(path, overwrite=overwrite) as temporary:
        save(figure, temporary, title=str(figure.get_label()))
        check_file(temporary, release_of(noun), derived=derived)
    return path


def check_format(path: Path) -> None:
    """Raise unless the suffix is one of a picture we write."""
    if path.suffix.lower() not in FORMATS:
        raise OutputError("maps.unknown_format", ids=[path.suffix], known=", ".join(FORMATS))


def _sheet(
    shown: Theme,
    foot: Sequence[str],
    *,
    language: str,
    background: Sequence[Layer] = (),
    title: str | None = None,
) -> Figure:
    with settings():
        figure = blank()
        top = draw_head(figure, title or shown.title, shown.subtitle)
        low = draw_foot(figure, foot)
        height = top - low
        wide = SHEET[0] - 2 * MARGIN - COLUMN - 18
        _draw_ground(figure, shown, Box(MARGIN, low, wide, height), language, background)
        column = Box(SHEET[0] - MARGIN - COLUMN, low, COLUMN, height)
        draw_column(figure, shown, column, language)
    return figure


def _draw_ground(
    figure: Figure, shown: Theme, box: Box, language: str, background: Sequence[Layer]
) -> None:
    axes = box.axes(figure)
    metres = ground.fit(axes, shown.frame.geometry, (box.width, box.height))
    ground.draw_areas(axes, shown)
    ground.draw_background(axes, background, shown)
    ground.draw_borders(axes, shown)
    ground.draw_labels(axes, shown, metres)
    ground.draw_furniture(axes, metres, language)
    if shown.draft:
        ground.draw_watermark(axes, text("maps.draft", language))
