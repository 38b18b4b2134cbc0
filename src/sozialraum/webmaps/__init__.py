"""Web maps: one page that needs no server, no network and no trust in its data."""

from sozialraum.webmaps.page import WebMap, draw_web_map, write_web_map

__all__ = ["WebMap", "draw_web_map", "write_web_map"]
