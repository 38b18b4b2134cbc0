"""The map itself: areas in their classes, borders, background, names, scale, north."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.patches import Polygon
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from shapely.geometry.base import BaseGeometry

from sozialraum.files.wording import number
from sozialraum.maps.type import INK, Face, width
from sozialraum.messages import text
from sozialraum.methods.labels import Label, Placed, box_of, heart, place
from sozialraum.methods.palettes import ink
from sozialraum.model import Layer
from sozialraum.schema import Grade
from sozialraum.themes.background import COLOURS, kind_of, placed
from sozialraum.themes.model import Entry, Theme

HATCHES = {
    "plain": "",
    "diagonal": "/////",
    "backward": "\\\\\\\\\\",
    "cross": "xxxx",
    "dots": "...",
    "horizontal": "-----",
    "vertical": "||||",
}
MANY_AREAS = 5000
"""Above this number the areas are pixels inside vector formats."""

FEW_AREAS = 60
"""Up to this number every area carries the mark of its class."""

STRIP = 30.0
"""Points left free under the areas for scale and north arrow."""

NAME = Face(8, "bold")
MARK = Face(6.6, "bold")


def fit(axes: Axes, shapes: gpd.GeoSeries, size: tuple[float, float]) -> float:
    """Set the limits of a map so that all shapes fit; return metres per point.

    Parameters
    ----------
    axes
        Axes that fill `size`.
    shapes
        What must be seen.
    size
        Width and height of the axes in points.
    """
    low_x, low_y, high_x, high_y = shapes.total_bounds
    room_x, room_y = 0.98 * size[0], 0.98 * (size[1] - STRIP)
    metres = max((high_x - low_x) / room_x, (high_y - low_y) / room_y, 1e-9)
    middle_x, middle_y = (low_x + high_x) / 2, (low_y + high_y) / 2 - STRIP / 2 * metres
    axes.set_xlim(middle_x - size[0] / 2 * metres, middle_x + size[0] / 2 * metres)
    axes.set_ylim(middle_y - size[1] / 2 * metres, middle_y + size[1] / 2 * metres)
    axes.set_aspect("equal")
    axes.set_axis_off()
    return metres


def draw_areas(axes: Axes, theme: Theme) -> None:
    """Draw the areas, one collection a class, missing ones hatched, and their borders."""
    shapes = theme.frame.geometry
    heavy = len(shapes) > MANY_AREAS
    for entry in theme.entries:
        chosen = shapes[theme.frame["class"] == entry.code].to_numpy()
        if len(chosen):
            areas = _fills(chosen, entry)
            areas.set_rasterized(heavy)
            axes.add_collection(areas, autolim=False)
    weight = 0.2 if heavy else (0.3 if len(shapes) > 200 else 0.5)
    lines = _lines(shapes.boundary.to_numpy())
    # dark on a white seam: visible between two light and between two dark areas
    for colour, wide in (("#ffffff", 2.6 * weight), ("#4a4a4a", weight)):
        borders = LineCollection(lines, colors=colour, linewidths=wide, zorder=4)
        borders.set_joinstyle("round")
        borders.set_rasterized(heavy)
        axes.add_collection(borders, autolim=False)


def _fills(shapes: np.ndarray, entry: Entry) -> PathCollection:
    return PathCollection(
        [path_of(shape) for shape in shapes],
        facecolors=entry.colour,
        edgecolors=entry.pattern_colour,
        linewidths=0,
        hatch=HATCHES[entry.pattern] or None,
        zorder=2,
    )


def path_of(shape: BaseGeometry) -> Path:
    """Return a polygon with its holes as one closed path."""
    # holes stay open only where they run against their outer ring
    oriented = shapely.orient_polygons(shapely.get_parts(shape))
    rings = [r for part in oriented for r in shapely.get_rings(part)]
    corners = [shapely.get_coordinates(ring) for ring in rings]
    codes = [
        np.concatenate([[Path.MOVETO], np.full(len(c) - 2, Path.LINETO), [Path.CLOSEPOLY]])
        for c in corners
    ]
    if not corners:
        return Path(np.empty((0, 2)))
    return Path(np.vstack(corners), np.concatenate(codes).astype(Path.code_type))


def draw_borders(axes: Axes, theme: Theme) -> None:
    """Draw municipal borders and, stronger, the outline of the county."""
    units = theme.municipalities.geometry
    if units.empty:
        return
    outline = gpd.GeoSeries([shapely.union_all(units.to_numpy())], crs=units.crs)
    for shapes, weight, colour, order in ((units, 1.3, "#2b2b2b", 5), (outline, 2.0, "#111111", 6)):
        lines = LineCollection(
            _lines(shapes.boundary.to_numpy()), linewidths=weight, colors=colour, zorder=order
        )
        lines.set_joinstyle("round")
        axes.add_collection(lines, autolim=False)


def _lines(shapes: np.ndarray) -> list[np.ndarray]:
    parts = shapely.get_parts(shapes)
    return [shapely.get_coordinates(part) for part in parts if not part.is_empty]


def draw_background(axes: Axes, background: Sequence[Layer], theme: Theme) -> None:
    """Draw local layers: land under the areas, water and roads over them, places as dots."""
    for layer in background:
        shapes = placed(layer, theme.frame.crs).to_numpy()
        kind = kind_of(layer)
        if kind == "place":
            _draw_places(axes, shapes)
            continue
        polygons = shapes[shapely.get_dimensions(shapes) == 2]
        lines = shapes[shapely.get_dimensions(shapes) == 1]
        colour = COLOURS[kind]
        axes.add_collection(
            PathCollection(
                [path_of(polygon) for polygon in polygons],
                facecolors=colour,
                zorder=3 if kind == "water" else 1,
                alpha=0.6,
            ),
            autolim=False,
        )
        weight = 0.9 if kind == "water" else 0.7
        axes.add_collection(
            LineCollection(_lines(lines), colors=colour, linewidths=weight, zorder=3, alpha=0.8),
            autolim=False,
        )


def _draw_places(axes: Axes, shapes: np.ndarray) -> None:
    points = shapely.get_coordinates(shapes)
    axes.plot(points[:, 0], points[:, 1], "o", ms=1.8, color=COLOURS["place"], zorder=7)


def draw_labels(axes: Axes, theme: Theme, metres: float) -> None:
    """Write municipality names and, on few areas, the mark of every class."""
    limits = (*axes.get_xlim(), *axes.get_ylim())
    frame = (limits[0], limits[2], limits[1], limits[3])
    few = len(theme.frame) <= FEW_AREAS
    units = theme.municipalities
    names = _label_all(units["name"].astype(str).tolist(), units.geometry, NAME, metres)
    placed = place(names, avoid=_points_to_see(theme, few=few), frame=frame)
    for spot in placed:
        if spot is not None:
            _write(axes, spot, NAME, halo=2.4, colour="#ffffff", order=9)
    if few:
        taken = [
            box_of(spot, label.width, label.height)
            for spot, label in zip(placed, names, strict=True)
            if spot is not None
        ]
        _draw_marks(axes, theme, metres, taken)


def _points_to_see(theme: Theme, *, few: bool) -> np.ndarray | None:
    """Return points that names should not cover: marks of classes, or what stands out."""
    if few:
        return np.array([heart(shape) for shape in theme.frame.geometry])
    plain = [e.code for e in theme.entries if e.missing or e.code == Grade.NONE]
    if str(Grade.NONE) not in plain:
        return None
    told = theme.frame.geometry.to_numpy()[~theme.frame["class"].isin(plain).to_numpy()]
    return shapely.get_coordinates(shapely.point_on_surface(told))


def _draw_marks(
    axes: Axes, theme: Theme, metres: float, taken: list[tuple[float, float, float, float]]
) -> None:
    entries = [theme.entry(code) for code in theme.frame["class"]]
    marks = _label_all([e.mark for e in entries], theme.frame.geometry, MARK, metres)
    for spot, entry in zip(place(marks, taken=taken), entries, strict=True):
        if spot is not None and spot.text:
            face = Face(MARK.size, MARK.weight, ink(entry.colour))
            _write(axes, spot, face, halo=2.6, colour=entry.colour, order=8)


def _label_all(
    texts: Sequence[str], shapes: gpd.GeoSeries, face: Face, metres: float
) -> list[Label]:
    height = 1.4 * face.size * metres
    return [
        Label(words, shape, (width(words, face) + 3) * metres, height)
        for words, shape in zip(texts, shapes, strict=True)
    ]


def _write(axes: Axes, spot: Placed, face: Face, *, halo: float, colour: str, order: int) -> None:
    axes.text(
        spot.x,
        spot.y,
        spot.text,
        ha="center",
        va="center_baseline",
        zorder=order,
        path_effects=[withStroke(linewidth=halo, foreground=colour)],
        **face.options(),
    )


def draw_furniture(axes: Axes, metres: float, language: str) -> None:
    """Draw the scale bar at the lower left and the north arrow beside it."""
    from matplotlib_scalebar.scalebar import ScaleBar

    bar = ScaleBar(
        1,
        "m",
        location="lower left",
        length_fraction=0.2,
        width_fraction=0.005,
        box_alpha=0,
        border_pad=0.2,
        pad=0.1,
        sep=2,
        color=INK,
        scale_loc="top",
        font_properties={"family": "DejaVu Sans", "size": 7},
        scale_formatter=lambda value, unit: f"{_plain(value, language)} {unit}",
    )
    bar.set_zorder(10)
    axes.add_artist(bar)
    _draw_north(axes, metres, language)


def _plain(value: float, language: str) -> str:
    return number(value, 0 if float(value).is_integer() else 1, language)


def _draw_north(axes: Axes, metres: float, language: str) -> None:
    right, low = axes.get_xlim()[1] - 14 * metres, axes.get_ylim()[0] + 3 * metres
    half, tall = 4.5 * metres, 17 * metres
    tip, foot = (right, low + tall), (right, low + 4.5 * metres)
    west, east = (right - half, low), (right + half, low)
    axes.add_patch(Polygon([tip, west, foot], fc=INK, ec=INK, lw=0.6, zorder=10))
    axes.add_patch(Polygon([tip, east, foot], fc="#ffffff", ec=INK, lw=0.6, zorder=10))
    spot = Placed(text("common.north", language), right, low + tall + 5.5 * metres)
    _write(axes, spot, Face(8, "bold"), halo=1.5, colour="#ffffff", order=10)


def draw_watermark(axes: Axes, words: str) -> None:
    """Write a word across the map that nobody overlooks and that hides nothing."""
    axes.text(
        0.5,
        0.54,
        words,
        transform=axes.transAxes,
        rotation=28,
        ha="center",
        va="center",
        zorder=12,
        alpha=0.09,
        **Face(78, "bold", "#000000").options(),
    )
