"""Calls that must not type-check: nothing confidential goes into a picture or a file.

Each line carries an ignore comment, and pyright is told to report a comment that is not
needed: the day the gate opens, this file fails.
"""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from sozialraum.export import write_geopackage, write_proposal
from sozialraum.maps import draw_map, draw_proposal, write_map
from sozialraum.model import Areas, Blocks, Delivery, Flags, Index, Layer, Measures, Release
from sozialraum.report import write_report
from sozialraum.themes import choices, theme
from sozialraum.webmaps import draw_web_map, write_web_map


def planted(measures: Measures, areas: Areas, blocks: Blocks, layer: Layer) -> None:
    draw_map(measures)  # pyright: ignore[reportArgumentType]
    draw_map(areas)  # pyright: ignore[reportArgumentType]
    draw_map(layer.frame)  # pyright: ignore[reportArgumentType]
    write_map("a.png", measures)  # pyright: ignore[reportArgumentType]
    draw_proposal(areas)  # pyright: ignore[reportArgumentType]
    draw_web_map(measures)  # pyright: ignore[reportArgumentType]
    write_web_map("a.html", blocks)  # pyright: ignore[reportArgumentType]
    write_report("a.html", measures)  # pyright: ignore[reportArgumentType]
    write_geopackage("a.gpkg", measures)  # pyright: ignore[reportArgumentType]
    write_geopackage("a.gpkg", areas)  # pyright: ignore[reportArgumentType]
    write_proposal("a.gpkg", areas)  # pyright: ignore[reportArgumentType]
    theme(measures)  # pyright: ignore[reportArgumentType]
    choices(layer)  # pyright: ignore[reportArgumentType]


def planted_delivery(delivery: Delivery) -> None:
    draw_map(delivery)  # pyright: ignore[reportArgumentType]


def allowed(release: Release, index: Index, flags: Flags) -> None:
    draw_map(release)
    draw_web_map(index)
    write_report("a.html", flags)
    write_geopackage("a.gpkg", release, index, flags)
