"""Draw how borders of areas come about: docs/bilder/gebiete-umriss.png.

The same part of the sample county three times: areas as the cells make them, smoothed,
and smoothed along streets.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from PIL import Image

import sozialraum as sr
from sozialraum.config import read_config
from sozialraum.datasets import sample_path
from sozialraum.methods.apportion import GRID_CRS, parse_cell_ids, squares
from sozialraum.pipeline import Inputs

TARGET = Path(__file__).parents[2] / "docs" / "bilder" / "gebiete-umriss.png"
TOWNS = ["05999002", "05999007", "05999010"]
WIDTH, COLOURS = 1400, 128
BORDER, TOWN, STREET, HOME, LAND = "#22313f", "#b3432b", "#e9b44c", "#9fb3c1", "#f6f4ee"
VIEW = 3_600.0
"""Width of the part that is shown, in metres."""


def main() -> None:
    """Draw the three stages and write the picture with few colours."""
    inputs = Inputs(read_config(sample_path()))
    towns = inputs.municipalities
    blocks = sr.build_blocks(
        inputs.layers,
        nest_in=replace(towns, frame=towns.frame.loc[TOWNS]),
        register=inputs.register,
        design=inputs.config.blocks.design,
    )
    streets = gpd.GeoSeries(
        np.concatenate([np.asarray(layer.frame.geometry) for layer in inputs.follow]),
        crs=blocks.frame.crs,
    )
    plain: dict[str, Any] = {"policy": inputs.policy, "seed": 7}
    drawn = [
        sr.delineate_areas(blocks, **plain, outline="cells"),
        sr.delineate_areas(blocks, **plain),
        sr.delineate_areas(blocks, **plain, follow=inputs.follow),
    ]
    middle = _most_followed(drawn[2], streets)
    figure = Figure(figsize=(14, 5.6), dpi=100, facecolor="white")
    titles = ("Aus Zellen", "Geglättet", "Geglättet, entlang von Straßen")
    for axes, areas, title in zip(figure.subplots(1, 3), drawn, titles, strict=True):
        _draw(axes, areas, blocks, streets, middle)
        axes.set_title(title, fontsize=15, loc="left", pad=8, fontweight="bold")
    _legend(figure)
    figure.subplots_adjust(0.008, 0.075, 0.992, 0.93, wspace=0.03)
    figure.savefig(TARGET)
    with Image.open(TARGET) as picture:
        picture.convert("RGB").quantize(COLOURS).save(TARGET, optimize=True)


def _borders(areas: sr.Areas) -> shapely.Geometry:
    return shapely.union_all(shapely.boundary(np.asarray(areas.frame.geometry)))


def _most_followed(areas: sr.Areas, streets: gpd.GeoSeries) -> shapely.Point:
    """Return the place around which borders follow streets most."""
    near = shapely.buffer(shapely.union_all(np.asarray(streets)), 0.5)
    pieces = shapely.get_parts(shapely.intersection(_borders(areas), near))
    places = shapely.get_coordinates(shapely.centroid(pieces))
    length = shapely.length(pieces)
    around = [length[(abs(places - place) < VIEW / 3).all(axis=1)].sum() for place in places]
    return shapely.Point(places[int(np.argmax(around))])


def _draw(
    axes: Axes, areas: sr.Areas, blocks: sr.Blocks, streets: gpd.GeoSeries, middle: shapely.Point
) -> None:
    """Draw one stage: homes, streets, borders of areas and towns."""
    blocks.units.plot(ax=axes, color=LAND)
    homes = shapely.centroid(squares(parse_cell_ids(blocks.frame.index)))
    homes = np.asarray(gpd.GeoSeries(homes, crs=GRID_CRS).to_crs(str(blocks.frame.crs)))
    axes.plot(*shapely.get_coordinates(homes).T, ".", color=HOME, ms=3.2, zorder=2)
    streets.plot(ax=axes, color=STREET, linewidth=4, zorder=3)
    areas.frame.boundary.plot(ax=axes, color=BORDER, linewidth=1.5, zorder=4)
    blocks.units.boundary.plot(ax=axes, color=TOWN, linewidth=2.4, zorder=5)
    axes.set_xlim(middle.x - VIEW / 2, middle.x + VIEW / 2)
    axes.set_ylim(middle.y - VIEW / 2, middle.y + VIEW / 2)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set(xlabel="", ylabel="")
    for spine in axes.spines.values():
        spine.set_color("#bbbbbb")


def _legend(figure: Figure) -> None:
    """Name what is drawn."""
    handles = [
        Line2D([], [], color=BORDER, lw=1.5, label="Grenze eines Gebiets"),
        Line2D([], [], color=TOWN, lw=2.4, label="Gemeindegrenze"),
        Line2D([], [], color=STREET, lw=4, label="Straße"),
        Line2D([], [], color=HOME, marker=".", ls="", ms=9, label="bewohnte Zelle"),
    ]
    figure.legend(handles=handles, loc="lower left", ncols=4, frameon=False, fontsize=12)
    figure.text(
        0.992, 0.03, "Musterkreis (erfunden)", ha="right", va="center", fontsize=11, color="#666666"
    )


if __name__ == "__main__":
    with rc_context({"font.family": "DejaVu Sans"}):
        main()
