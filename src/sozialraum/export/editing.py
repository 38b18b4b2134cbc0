"""QGIS styles for editing: which area a block belongs to, in colours, forms and hints."""

from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement

from sozialraum.export.qml import add_lines, document, finished, options

NUMBER = 'coalesce(to_int(regexp_substr("area_id", \'(\\\\d{1,4})\\\\D*$\')), ascii("area_id"))'
"""Running number of an area: the last digits of its id, else its first letter."""
COLOUR = (
    f"with_variable('n', {NUMBER}, color_hsl((@n * 137) % 360, "
    "array_get(array(48, 62, 40), @n % 3), array_get(array(80, 72, 86, 76), @n % 4)))"
)
"""Consecutive areas differ by the golden angle in hue, so that neighbours stand apart and a
new id gets its colour at once."""
HOMELESS = "coalesce(trim(\"area_id\"), '') = ''"
CHANGED = f'NOT ({HOMELESS}) AND "area_id" IS NOT "area_id_before"'
"""IS NOT compares missing values too."""
WIDTH = "scale_linear(@map_scale, 10000, 100000, 0.5, 0.12)"
"""Width of an area's outline in millimetres: thinner the more of them are on the screen."""
SHORT_ID = "regexp_replace(\"area_id\", '^\\\\d{8}-', '')"
"""Id of an area without the key of its municipality."""

CATEGORIES = "Symbology|Labeling|Fields|Forms|MapTips|Notes|CustomProperties"

type Widget = tuple[str, Mapping[str, object]]


def block_style(
    titles: Mapping[str, str], labels: Mapping[str, str], *, hint: str, fixed: tuple[str, ...]
) -> str:
    """Return the style of blocks that a planner gives to areas.

    Blocks are coloured by area, those that changed are dotted, those without an area red.
    The area is chosen from the ids that occur, or typed.

    Parameters
    ----------
    titles
        Aliases of the columns.
    labels
        Words of the legend: ``"block"``, ``"changed"``, ``"homeless"``.
    hint
        How to edit, shown at the layer.
    fixed
        Columns that forms do not let anybody change.
    """
    root = document(CATEGORIES)
    rules, symbols = _rules(root)
    _add_fill(_rule(rules, symbols, labels["block"], f"NOT ({HOMELESS})"), "200,200,200,255")
    _data_defined(symbols[-1][0], "fillColor", COLOUR)
    add_lines(_rule(rules, symbols, labels["changed"], CHANGED), "@1@0", 45, "40,40,40,255")
    homeless = _rule(rules, symbols, labels["homeless"], HOMELESS)
    _add_fill(homeless, "255,235,235,255", outline="200,0,0,255")
    add_lines(homeless, "@2@1", 45, "200,0,0,255")
    _add_label(root, SHORT_ID, size=6, smallest=10_000, buffer=0.6)
    widgets: dict[str, Widget] = {"area_id": ("UniqueValues", {"Editable": True})}
    _add_forms(root, widgets, fixed=fixed, needed=("area_id",))
    _add_hint(root, hint, shown='"block_id"')
    SubElement(root, "mapTip").text = '<b>[% "area_id" %]</b><br/>[% "block_id" %]'
    return finished(root, titles)


def area_style(
    titles: Mapping[str, str],
    labels: Mapping[str, str],
    *,
    hint: str,
    fixed: tuple[str, ...],
    statuses: Mapping[str, str],
) -> str:
    """Return the style of areas above their blocks: names, and outlines as they were sent.

    Parameters
    ----------
    titles, hint, fixed
        As for :func:`block_style`.
    labels
        Words of the legend: ``"passes"``, ``"fails"``.
    statuses
        What the status may be, and the word for it.
    """
    root = document(CATEGORIES)
    rules, symbols = _rules(root)
    failing = _rule(rules, symbols, labels["fails"], "\"klasse\" = 'fails'")
    add_lines(failing, "@0@0", 90, "230,97,1,255")
    _add_outline(failing)
    _add_outline(_rule(rules, symbols, labels["passes"], "ELSE"))
    _add_label(root, '"name"', size=8, smallest=60_000, buffer=1.0)
    listed = [{word: status} for status, word in statuses.items()]
    day = {"display_format": "dd.MM.yyyy", "field_format": "yyyy-MM-dd"}
    widgets: dict[str, Widget] = {
        "status": ("ValueMap", {"map": listed}),
        "decided_on": ("DateTime", {**day, "calendar_popup": True, "allow_null": True}),
        "klasse": ("Hidden", {}),
    }
    _add_forms(root, widgets, fixed=fixed, needed=("area_id", "name"))
    _add_hint(root, hint, shown='"name"')
    SubElement(root, "mapTip").text = '<b>[% "name" %]</b><br/>[% "area_id" %]'
    return finished(root, titles)


def _rules(root: Element) -> tuple[Element, Element]:
    renderer = SubElement(
        root,
        "renderer-v2",
        {"type": "RuleRenderer", "forceraster": "0", "symbollevels": "0", "enableorderby": "0"},
    )
    rules = SubElement(renderer, "rules", {"key": "{sozialraum}"})
    return rules, SubElement(renderer, "symbols")


def _rule(rules: Element, symbols: Element, label: str, condition: str) -> Element:
    """Add a rule and return its symbol, still without layers."""
    name = str(len(rules))
    values = {"key": f"{{rule-{name}}}", "symbol": name, "label": label, "filter": condition}
    SubElement(rules, "rule", values)
    return SubElement(symbols, "symbol", {"type": "fill", "name": name, "alpha": "1"})


def _add_fill(symbol: Element, colour: str, outline: str = "255,255,255,255") -> None:
    layer = SubElement(symbol, "layer", {"class": "SimpleFill", "enabled": "1", "pass": "0"})
    line = {"outline_color": outline, "outline_style": "solid", "outline_width": "0.15"}
    options(layer, {"color": colour, "style": "solid", **line, "outline_width_unit": "MM"})


def _add_outline(symbol: Element) -> None:
    layer = SubElement(symbol, "layer", {"class": "SimpleFill", "enabled": "1", "pass": "0"})
    line = {"outline_color": "40,40,40,255", "outline_style": "solid", "outline_width": "0.5"}
    joined = {"joinstyle": "round", "outline_width_unit": "MM"}
    options(layer, {"color": "255,255,255,0", "style": "no", **line, **joined})
    _data_defined(layer, "outlineWidth", WIDTH)


def _data_defined(layer: Element, name: str, expression: str) -> None:
    """Let an expression choose a property of a symbol layer."""
    table = SubElement(SubElement(layer, "data_defined_properties"), "Option", {"type": "Map"})
    SubElement(table, "Option", {"name": "name", "value": "", "type": "QString"})
    properties = SubElement(table, "Option", {"name": "properties", "type": "Map"})
    chosen = SubElement(properties, "Option", {"name": name, "type": "Map"})
    SubElement(chosen, "Option", {"name": "active", "value": "true", "type": "bool"})
    SubElement(chosen, "Option", {"name": "expression", "value": expression, "type": "QString"})
    SubElement(chosen, "Option", {"name": "type", "value": "3", "type": "int"})
    SubElement(table, "Option", {"name": "type", "value": "collection", "type": "QString"})


def _add_label(root: Element, expression: str, *, size: int, smallest: int, buffer: float) -> None:
    """Label features from a scale of 1 : `smallest` on."""
    root.set("labelsEnabled", "1")
    settings = SubElement(SubElement(root, "labeling", {"type": "simple"}), "settings")
    style = {
        "fieldName": expression,
        "isExpression": "1",
        "fontSize": str(size),
        "fontSizeUnit": "Point",
        "fontFamily": "Open Sans",
        "textColor": "20,20,20,255",
        "textOpacity": "1",
    }
    text = SubElement(settings, "text-style", style)
    halo = {"bufferDraw": "1", "bufferSize": str(buffer), "bufferSizeUnits": "MM"}
    colour = {"bufferColor": "255,255,255,255", "bufferOpacity": "0.8", "bufferNoFill": "1"}
    SubElement(text, "text-buffer", {**halo, **colour})
    SubElement(settings, "placement", {"placement": "1", "centroidInside": "1"})
    scales = {"scaleVisibility": "1", "scaleMin": "1", "scaleMax": str(smallest)}
    SubElement(settings, "rendering", {**scales, "obstacle": "0", "drawLabels": "1"})


def _add_forms(
    root: Element,
    widgets: Mapping[str, Widget],
    *,
    fixed: tuple[str, ...],
    needed: tuple[str, ...],
) -> None:
    """Say how columns are edited, which are not, and which must not be empty."""
    fields = SubElement(root, "fieldConfiguration")
    for name, (kind, settings) in widgets.items():
        field = SubElement(fields, "field", {"name": name, "configurationFlags": "None"})
        config = SubElement(SubElement(field, "editWidget", {"type": kind}), "config")
        _add_value(config, None, settings)
    constraints = SubElement(root, "constraints")
    for name in needed:
        # strength 2 warns, 1 would stop saving
        values = {"constraints": "1", "notnull_strength": "2"}
        nothing = {"unique_strength": "0", "exp_strength": "0"}
        SubElement(constraints, "constraint", {"field": name, **values, **nothing})
    editable = SubElement(root, "editable")
    for name in fixed:
        SubElement(editable, "field", {"name": name, "editable": "0"})


def _add_value(parent: Element, name: str | None, value: object) -> None:
    """Add a value as QGIS writes variants: map, list, truth or text."""
    named = {} if name is None else {"name": name}
    if isinstance(value, Mapping):
        table = SubElement(parent, "Option", {**named, "type": "Map"})
        for key, item in value.items():
            _add_value(table, key, item)
    elif isinstance(value, list):
        table = SubElement(parent, "Option", {**named, "type": "List"})
        for item in value:
            _add_value(table, None, item)
    elif isinstance(value, bool):
        SubElement(parent, "Option", {**named, "type": "bool", "value": str(value).lower()})
    else:
        SubElement(parent, "Option", {**named, "type": "QString", "value": str(value)})


def _add_hint(root: Element, hint: str, *, shown: str) -> None:
    """Hang a note on the layer: QGIS marks it in the list of layers."""
    SubElement(root, "userNotes", {"value": hint})
    table = SubElement(SubElement(root, "customproperties"), "Option", {"type": "Map"})
    SubElement(table, "Option", {"name": "userNotes", "type": "QString", "value": hint})
    SubElement(root, "previewExpression").text = shown
