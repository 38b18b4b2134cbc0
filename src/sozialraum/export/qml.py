"""QGIS styles: one rule a class, so that areas without a value are drawn too."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from sozialraum.themes.model import Entry, Pattern, Theme

VERSION = "3.22.0"
CATEGORIES = "Symbology|Fields"
OUTLINE = "90,90,90,255"

ANGLES: dict[Pattern, tuple[int, ...]] = {
    "plain": (),
    "diagonal": (45,),
    "backward": (135,),
    "cross": (45, 135),
    "dots": (),
    "horizontal": (0,),
    "vertical": (90,),
}
"""Lines of a pattern by their angle in degrees."""


def class_style(shown: Theme, column: str, titles: Mapping[str, str]) -> str:
    """Return a style that draws the classes of a theme from a column of class codes.

    Parameters
    ----------
    shown
        What is drawn.
    column
        Column that holds :attr:`Entry.code`.
    titles
        Aliases of the columns.
    """
    root = document()
    renderer = SubElement(
        root,
        "renderer-v2",
        {"type": "RuleRenderer", "forceraster": "0", "symbollevels": "0", "enableorderby": "0"},
    )
    rules = SubElement(renderer, "rules", {"key": "{sozialraum}"})
    symbols = SubElement(renderer, "symbols")
    for i, entry in enumerate(shown.entries):
        SubElement(rules, "rule", _rule(i, entry, column))
        _add_symbol(symbols, str(i), entry)
    return finished(root, titles)


def outline_style(titles: Mapping[str, str]) -> str:
    """Return a style that draws borders only, for municipalities and the county."""
    root = document()
    renderer = SubElement(root, "renderer-v2", {"type": "singleSymbol", "forceraster": "0"})
    symbols = SubElement(renderer, "symbols")
    symbol = SubElement(symbols, "symbol", {"type": "fill", "name": "0", "alpha": "1"})
    layer = SubElement(symbol, "layer", {"class": "SimpleFill", "enabled": "1", "pass": "0"})
    options(
        layer,
        {
            "style": "no",
            "color": "255,255,255,0",
            "outline_color": "40,40,40,255",
            "outline_style": "solid",
            "outline_width": "0.5",
            "outline_width_unit": "MM",
        },
    )
    return finished(root, titles)


def _rule(number: int, entry: Entry, column: str) -> dict[str, str]:
    name = column.replace('"', '""')
    code = entry.code.replace("'", "''")
    label = f"{entry.mark}  {entry.label}".strip()
    return {
        "key": f"{{class-{number}}}",
        "symbol": str(number),
        "label": label,
        "filter": f"\"{name}\" = '{code}'",
    }


def document(categories: str = CATEGORIES) -> Element:
    """Return an empty style that sets some categories of a layer's properties."""
    return Element("qgis", {"version": VERSION, "styleCategories": categories})


def finished(root: Element, titles: Mapping[str, str]) -> str:
    """Return a style as text, with the aliases of the columns."""
    aliases = SubElement(root, "aliases")
    for i, (field, title) in enumerate(titles.items()):
        SubElement(aliases, "alias", {"field": field, "index": str(i), "name": title})
    SubElement(root, "layerGeometryType").text = "2"
    indent(root, space=" ")
    head = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    return head + tostring(root, encoding="unicode")


def _add_symbol(symbols: Element, name: str, entry: Entry) -> None:
    symbol = SubElement(
        symbols,
        "symbol",
        {"type": "fill", "name": name, "alpha": "1", "clip_to_extent": "1", "force_rhr": "0"},
    )
    _add_fill(symbol, rgba(entry.colour))
    numbers = count(1)
    for angle in ANGLES[entry.pattern]:
        add_lines(symbol, f"@{name}@{next(numbers)}", angle, rgba(entry.pattern_colour))
    if entry.pattern == "dots":
        _add_dots(symbol, f"@{name}@{next(numbers)}", rgba(entry.pattern_colour))


def rgba(colour: str) -> str:
    """Return a hex colour as QGIS writes it.

    Examples
    --------
    >>> rgba("#fdd49e")
    '253,212,158,255'
    """
    return ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5)) + ",255"


def _add_fill(symbol: Element, colour: str) -> None:
    layer = SubElement(symbol, "layer", {"class": "SimpleFill", "enabled": "1", "pass": "0"})
    options(
        layer,
        {
            "color": colour,
            "style": "solid",
            "joinstyle": "round",
            "outline_color": OUTLINE,
            "outline_style": "solid",
            "outline_width": "0.15",
            "outline_width_unit": "MM",
        },
    )


def add_lines(symbol: Element, name: str, angle: int, colour: str) -> None:
    """Add a pattern of lines to a symbol."""
    layer = SubElement(symbol, "layer", {"class": "LinePatternFill", "enabled": "1", "pass": "0"})
    options(
        layer,
        {
            "angle": str(angle),
            "color": colour,
            "distance": "1.6",
            "distance_unit": "MM",
            "line_width": "0.22",
            "line_width_unit": "MM",
        },
    )
    line = SubElement(layer, "symbol", {"type": "line", "name": name, "alpha": "1"})
    stroke = SubElement(line, "layer", {"class": "SimpleLine", "enabled": "1", "pass": "0"})
    options(
        stroke,
        {
            "line_color": colour,
            "line_style": "solid",
            "line_width": "0.22",
            "line_width_unit": "MM",
        },
    )


def _add_dots(symbol: Element, name: str, colour: str) -> None:
    layer = SubElement(symbol, "layer", {"class": "PointPatternFill", "enabled": "1", "pass": "0"})
    options(
        layer,
        {
            "distance_x": "1.8",
            "distance_x_unit": "MM",
            "distance_y": "1.8",
            "distance_y_unit": "MM",
            "displacement_x": "0.9",
            "displacement_x_unit": "MM",
        },
    )
    point = SubElement(layer, "symbol", {"type": "marker", "name": name, "alpha": "1"})
    dot = SubElement(point, "layer", {"class": "SimpleMarker", "enabled": "1", "pass": "0"})
    options(
        dot,
        {
            "name": "circle",
            "color": colour,
            "outline_style": "no",
            "size": "0.5",
            "size_unit": "MM",
        },
    )


def options(parent: Element, values: Mapping[str, str]) -> None:
    """Write properties twice: as QGIS before and since 3.20 reads them."""
    table = SubElement(parent, "Option", {"type": "Map"})
    _fill(table, "Option", (("QString", k, v) for k, v in values.items()))
    for key, value in values.items():
        SubElement(parent, "prop", {"k": key, "v": value})


def _fill(parent: Element, tag: str, rows: Iterable[Sequence[str]]) -> None:
    for kind, name, value in rows:
        SubElement(parent, tag, {"type": kind, "name": name, "value": value})
