"""Printed maps: one sheet with map, legend, scale, north arrow, histogram and sources."""

from sozialraum.maps.draw import (
    draw_map,
    draw_panel,
    draw_proposal,
    write_map,
    write_sheet,
)
from sozialraum.maps.sheet import small_png

__all__ = ["draw_map", "draw_panel", "draw_proposal", "small_png", "write_map", "write_sheet"]
