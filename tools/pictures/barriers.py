"""Draw how a motorway parts areas: docs/bilder/gebiete-barriere.png.

Both sides show the same town of the sample county; on the right the motorway is a barrier
and one underpass leads through it.
"""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from PIL import Image

import sozialraum as sr
from sozialraum.config import read_config
from sozialraum.datasets import sample_path
from sozialraum.pipeline import Inputs

TARGET = Path(__file__).parents[2] / "docs" / "bilder" / "gebiete-barriere.png"
TOWN = "05999010"
WIDTH, COLOURS = 1400, 128
ACROSS, OTHERS, EDGE, ROAD = "#f4a259", "#e9eef2", "#7c8a97", "#2b4c7e"
BESIDE = 100.0
"""Way along the motorway from the busiest place to the underpass, in metres."""
VIEW = 3_400.0
"""Width of the part of the town that is shown, in metres."""


def main() -> None:
    """Draw both sides and write the picture with few colours."""
    inputs = Inputs(read_config(sample_path()))
    town = inputs.municipalities
    town = replace(town, frame=town.frame.loc[[TOWN]])
    path = sample_path() / "daten" / "barrieren.gpkg"
    motorway = sr.read_lines(path, where={"art": "Autobahn"})
    road = motorway.frame.geometry.iloc[0].intersection(town.frame.geometry.iloc[0])
    open_land = _blocks(inputs, town)
    middle = _busiest(open_land, road)
    passage = road.interpolate(road.project(middle) + BESIDE)
    underpass = replace(
        motorway,
        frame=gpd.GeoDataFrame(geometry=[passage], crs=motorway.frame.crs, index=["1"]).rename_axis(
            motorway.key
        ),
    )
    parted = _blocks(inputs, town, barriers=motorway, crossings=underpass)
    figure = Figure(figsize=(14, 7.6), dpi=100, facecolor="white")
    sides = figure.subplots(1, 2)
    for axes, blocks, title in (
        (sides[0], open_land, "Ohne Barriere"),
        (sides[1], parted, "Autobahn als Barriere, eine Unterführung"),
    ):
        follow = () if blocks is open_land else motorway
        areas = sr.delineate_areas(blocks, policy=inputs.policy, seed=7, follow=follow)
        number = _draw(axes, blocks, areas, road, middle)
        axes.set_title(title, fontsize=17, loc="left", pad=22, fontweight="bold")
        axes.text(
            0,
            1.015,
            f"{len(areas.frame)} Gebiete in der Gemeinde, davon {number} auf beiden Seiten",
            transform=axes.transAxes,
            fontsize=12.5,
            color="#444444",
        )
    sides[1].plot(passage.x, passage.y, "o", ms=13, mfc="white", mec=ROAD, mew=3, zorder=6)
    _legend(figure)
    figure.subplots_adjust(0.012, 0.085, 0.988, 0.9, wspace=0.03)
    figure.savefig(TARGET)
    with Image.open(TARGET) as picture:
        picture.convert("RGB").resize(
            (WIDTH, round(picture.height * WIDTH / picture.width)), Image.Resampling.LANCZOS
        ).quantize(COLOURS).save(TARGET, optimize=True)


def _blocks(inputs: Inputs, town: sr.Layer, **barriers: sr.Layer) -> sr.Blocks:
    return sr.build_blocks(
        inputs.layers,
        nest_in=town,
        register=inputs.register,
        design=inputs.config.blocks.design,
        **barriers,
    )


def _busiest(blocks: sr.Blocks, road: shapely.Geometry) -> shapely.Point:
    """Return the point of the road with most inhabited cells around it."""
    centres = shapely.centroid(np.asarray(blocks.frame.geometry))
    points = shapely.line_interpolate_point(road, np.arange(200, road.length - 200, 100))
    around = [(shapely.distance(centres, point) < 700).sum() for point in points]
    return points[int(np.argmax(around))]


def _draw(
    axes: Axes, blocks: sr.Blocks, areas: sr.Areas, road: shapely.Geometry, middle: shapely.Point
) -> int:
    """Draw one side; return how many areas reach over the road."""
    land = shapely.get_parts(blocks.units.geometry.iloc[0].difference(road.buffer(0.5)))
    cells = gpd.GeoSeries(np.asarray(blocks.frame.geometry), crs=blocks.frame.crs)
    side = [int(shapely.area(shapely.intersection(land, tile)).argmax()) for tile in cells]
    held = areas.membership.groupby(side).unique()
    across = set.intersection(*(set(ids) for ids in held))
    frame = areas.frame
    frame.plot(
        ax=axes,
        color=[ACROSS if area in across else OTHERS for area in frame.index],
        edgecolor=EDGE,
        linewidth=1.1,
    )
    gpd.GeoSeries([road]).plot(ax=axes, color="white", linewidth=6.5, zorder=4)
    gpd.GeoSeries([road]).plot(ax=axes, color=ROAD, linewidth=3.4, zorder=5)
    axes.set_xlim(middle.x - VIEW / 2, middle.x + VIEW / 2)
    axes.set_ylim(middle.y - VIEW * 0.46, middle.y + VIEW * 0.46)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set(xlabel="", ylabel="")
    for spine in axes.spines.values():
        spine.set_color("#bbbbbb")
    return len(across)


def _legend(figure: Figure) -> None:
    entries = [
        Patch(facecolor=ACROSS, edgecolor=EDGE, label="Gebiet auf beiden Seiten"),
        Patch(facecolor=OTHERS, edgecolor=EDGE, label="Gebiet auf einer Seite"),
        Line2D([], [], color=ROAD, linewidth=3.4, label="Autobahn"),
        Line2D(
            [], [], marker="o", ls="", ms=11, mfc="white", mec=ROAD, mew=2.6, label="Unterführung"
        ),
    ]
    figure.legend(
        handles=entries, loc="lower left", bbox_to_anchor=(0.006, 0.005), ncols=4,
        frameon=False, fontsize=13, columnspacing=2.2,
    )  # fmt: skip
    figure.text(
        0.988, 0.03, "Musterkreis (erfunden), Königsauel", ha="right", fontsize=11, color="#666666"
    )


if __name__ == "__main__":
    with rc_context({"font.family": "DejaVu Sans"}):
        main()
