"""Draw what municipalities can decide about areas: docs/bilder/gebiete-*.png.

All pictures show the made-up sample county; none shows a count.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from PIL import Image

import sozialraum as sr
from sozialraum.config import read_config
from sozialraum.datasets import sample_path
from sozialraum.pipeline import Inputs

FOLDER = Path(__file__).parents[2] / "docs" / "bilder"
TOWN = "05999010"
COLOURS = 128
PLAIN, MARKED, CALM, EDGE, BORDER = "#e9eef2", "#f4a259", "#a9c5de", "#7c8a97", "#2b4c7e"
TINTS = ("#d9e6f2", "#fbe3cf", "#dcebd9", "#eee0ee", "#f6efc9", "#d5ebe8", "#ecdcd3", "#e3e3ee")
VIEW = 3_400.0
"""Width of the part of the town that is shown close up, in metres."""


def main() -> None:
    """Draw all pictures."""
    inputs = Inputs(read_config(sample_path()))
    town = replace(inputs.municipalities, frame=inputs.municipalities.frame.loc[[TOWN]])
    quarters = replace(inputs.given[0], frame=_inside(inputs.given[0], town))
    blocks = _blocks(inputs, town)
    adopted(inputs)
    repaired(blocks, quarters, inputs.policy)
    preferred(blocks, quarters, inputs.policy)
    levels(blocks, inputs.policy)
    dates(_blocks(inputs, town, register_date="all"), inputs.policy)
    noise(inputs, town)


def adopted(inputs: Inputs) -> None:
    """Decided areas beside proposals: the usual county."""
    blocks = _blocks(inputs, inputs.municipalities)
    areas = sr.adopt_areas(blocks, inputs.given, policy=inputs.policy, seed=7)
    figure, (axes,) = _sheet(1, width=10.6, height=10.4)
    colours = areas.frame["origin"].map({"adopted": CALM, "proposed": PLAIN})
    areas.frame.plot(ax=axes, color=colours, edgecolor=EDGE, linewidth=0.45)
    blocks.units.boundary.plot(ax=axes, color=BORDER, linewidth=1.8)
    _frame(axes, "Beschlossene Quartiere und Vorschläge in einem Kreis", "")
    _legend(
        figure,
        [
            Patch(facecolor=CALM, edgecolor=EDGE, label="übernommen, wie beschlossen"),
            Patch(facecolor=PLAIN, edgecolor=EDGE, label="Vorschlag"),
            Line2D([], [], color=BORDER, lw=1.8, label="Gemeindegrenze"),
        ],
        "Musterkreis (erfunden)",
    )
    _save(figure, "uebernehmen")


def repaired(blocks: sr.Blocks, quarters: sr.Layer, policy: sr.Policy) -> None:
    """Given areas before and after: only those that fail change."""
    strict = replace(policy, residents=2_000)
    before = sr.adopt_areas(blocks, quarters, policy=strict)
    after = sr.delineate_areas(blocks, policy=strict, given=quarters, seed=7)
    changed = after.report["changed"]
    figure, sides = _sheet(2)
    for axes, areas, marked, title, text in (
        (sides[0], before, before.frame.index[~before.frame["passes"]], "Beschlossene Quartiere",
         "orange: zu wenige Einwohner"),
        (sides[1], after, changed, "Repariert, was nicht besteht",
         "orange: geändert, neu zu beschließen; alle anderen unverändert"),
    ):  # fmt: skip
        colours = [MARKED if key in set(marked) else PLAIN for key in areas.frame.index]
        areas.frame.plot(ax=axes, color=colours, edgecolor=BORDER, linewidth=1.5)
        _frame(axes, title, text)
    _legend(
        figure,
        [
            Patch(facecolor=MARKED, edgecolor=BORDER, label="besteht nicht / geändert"),
            Patch(facecolor=PLAIN, edgecolor=BORDER, label="besteht, bleibt genau gleich"),
        ],
        "Musterkreis (erfunden), Königsauel",
    )
    _save(figure, "reparieren")


def preferred(blocks: sr.Blocks, quarters: sr.Layer, policy: sr.Policy) -> None:
    """Areas with and without preferred borders."""
    owner = sr.adopt_areas(blocks, quarters, policy=policy).membership
    free = sr.delineate_areas(blocks, policy=policy, seed=7)
    kept = sr.delineate_areas(blocks, policy=policy, seed=7, prefer=quarters, tolerance=0.05)
    figure, sides = _sheet(2)
    for axes, areas, title in (
        (sides[0], free, "Ohne Rücksicht auf Quartiere"),
        (sides[1], kept, "Quartiersgrenzen bevorzugt, 5 % Spielraum"),
    ):
        found = owner.groupby(areas.membership)
        across = set(areas.frame.index[(found.min() != found.max()).loc[areas.frame.index]])
        colours = [MARKED if key in across else PLAIN for key in areas.frame.index]
        areas.frame.plot(ax=axes, color=colours, edgecolor=EDGE, linewidth=0.9)
        quarters.frame.boundary.plot(ax=axes, color=BORDER, linewidth=2.0)
        _close_up(axes, blocks)
        text = f"{len(areas.frame)} Gebiete in der Gemeinde, {len(across)} in mehreren Quartieren"
        _frame(axes, title, text)
    _legend(
        figure,
        [
            Patch(facecolor=MARKED, edgecolor=EDGE, label="Gebiet in mehreren Quartieren"),
            Patch(facecolor=PLAIN, edgecolor=EDGE, label="Gebiet in einem Quartier"),
            Line2D([], [], color=BORDER, lw=2, label="Quartier"),
        ],
        "Musterkreis (erfunden), Königsauel",
    )
    _save(figure, "grenzen")


def levels(blocks: sr.Blocks, policy: sr.Policy) -> None:
    """Three levels in each other."""
    steps = {"klein": 100, "mittel": 300, "gross": 1_000}
    policies = {name: replace(policy, residents=size) for name, size in steps.items()}
    found = sr.delineate_levels(blocks, policies, seed=7)
    figure, (axes,) = _sheet(1, width=11, height=10)
    found[2].frame.plot(ax=axes, color=_tints(found[2].frame), linewidth=0)
    widths = (0.7, 1.8, 4.2)
    for areas, width, colour in zip(found, widths, ("#9aa7b3", "#5d7690", BORDER), strict=True):
        areas.frame.boundary.plot(ax=axes, color=colour, linewidth=width)
    _close_up(axes, blocks, width=1.5 * VIEW)
    _frame(axes, "Drei Ebenen, die ineinander aufgehen", "")
    _legend(
        figure,
        [
            Line2D([], [], color="#9aa7b3", lw=0.9, label="mindestens 100 Einwohner"),
            Line2D([], [], color="#5d7690", lw=1.8, label="mindestens 300"),
            Line2D([], [], color=BORDER, lw=4.2, label="mindestens 1.000"),
        ],
        "Musterkreis (erfunden), Königsauel",
    )
    _save(figure, "ebenen")


def dates(blocks: sr.Blocks, policy: sr.Policy) -> None:
    """Areas that pass today, and areas that pass at every date."""
    small = replace(policy, residents=100)
    now = sr.delineate_areas(blocks, policy=small, seed=7)
    always = sr.delineate_areas(blocks, policy=small, seed=7, dates="all")
    years = list(always.minima)
    figure, sides = _sheet(2)
    for axes, areas, title in (
        (sides[0], now, "Nur am letzten Stichtag geprüft"),
        (sides[1], always, "An allen zehn Stichtagen geprüft"),
    ):
        least = blocks.counts[years].groupby(areas.membership).sum().min(axis=1)
        below = set(least.index[least < small.residents])
        colours = [MARKED if key in below else PLAIN for key in areas.frame.index]
        areas.frame.plot(ax=axes, color=colours, edgecolor=EDGE, linewidth=0.9)
        _close_up(axes, blocks)
        number = len(below) or "keines"
        text = f"{len(areas.frame)} Gebiete in der Gemeinde, {number} davon einmal zu klein"
        _frame(axes, title, text)
    _legend(
        figure,
        [
            Patch(facecolor=MARKED, edgecolor=EDGE, label="an einem früheren Stichtag zu klein"),
            Patch(facecolor=PLAIN, edgecolor=EDGE, label="an allen Stichtagen groß genug"),
        ],
        "Musterkreis (erfunden), Königsauel, 2016 bis 2025",
    )
    _save(figure, "stichtage")


def noise(inputs: Inputs, town: sr.Layer) -> None:
    """Areas with and without a margin for noisy census counts."""
    blocks = sr.build_blocks(inputs.layers, nest_in=town, design=["residents_census"])
    census = replace(inputs.policy, residents=0, minima={"residents_census": 100}, design=())
    options: dict[str, Any] = {"noise": {"residents_census": 2.0}, "certainty": 0.95}
    plain = sr.delineate_areas(blocks, policy=census, seed=7)
    sure = sr.delineate_areas(blocks, policy=census, seed=7, **options)
    figure, sides = _sheet(2)
    for axes, areas, title in (
        (sides[0], plain, "Ohne Sicherheitsabstand"),
        (sides[1], sure, "Mit Sicherheitsabstand (95 %)"),
    ):
        checked = sr.adopt_areas(blocks, areas, policy=census, **options)
        doubtful = ~checked.frame["passes"]
        colours = np.where(doubtful, MARKED, PLAIN)
        checked.frame.plot(ax=axes, color=colours, edgecolor=EDGE, linewidth=0.9)
        _close_up(axes, blocks)
        number = int(doubtful.sum()) or "keines"
        text = f"{len(areas.frame)} Gebiete in der Gemeinde, {number} davon unsicher"
        _frame(axes, title, text)
    _legend(
        figure,
        [
            Patch(facecolor=MARKED, edgecolor=EDGE, label="Mindestwert nicht sicher erreicht"),
            Patch(facecolor=PLAIN, edgecolor=EDGE, label="mit 95 % Sicherheit erreicht"),
        ],
        "Musterkreis (erfunden), Königsauel; Streuung je Zelle angenommen: 2",
    )
    _save(figure, "rauschen")


def _blocks(inputs: Inputs, town: sr.Layer, **options: Any) -> sr.Blocks:
    return sr.build_blocks(
        inputs.layers,
        nest_in=town,
        register=inputs.register,
        design=inputs.config.blocks.design,
        **options,
    )


def _inside(layer: sr.Layer, town: sr.Layer) -> gpd.GeoDataFrame:
    """Return the shapes of a layer that lie in a municipality."""
    centres = layer.frame.geometry.representative_point()
    return layer.frame[centres.within(town.frame.geometry.iloc[0])]


def _tints(frame: gpd.GeoDataFrame) -> list[str]:
    """Return light colours such that neighbours differ."""
    shapes = np.asarray(frame.geometry)
    left, right = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=1.0)
    chosen: list[int] = []
    for i in range(len(shapes)):
        taken = {chosen[j] for j in right[left == i] if j < i}
        free = [tint for tint in range(len(TINTS)) if tint not in taken]
        used = pd.Series(chosen, dtype=int).value_counts()
        chosen.append(min(free, key=lambda tint: used.get(tint, 0)))
    return [TINTS[tint] for tint in chosen]


def _sheet(sides: int, *, width: float = 14, height: float = 7.6) -> tuple[Figure, Sequence[Axes]]:
    figure = Figure(figsize=(width, height), dpi=100, facecolor="white")
    axes = figure.subplots(1, sides, squeeze=False)[0]
    figure.subplots_adjust(0.012, 0.65 / height, 0.988, 1 - 0.78 / height, wspace=0.03)
    return figure, axes


def _close_up(axes: Axes, blocks: sr.Blocks, width: float = VIEW) -> None:
    """Show the part of the town where most blocks lie."""
    centres = blocks.frame.geometry.centroid
    x, y = centres.x.median(), centres.y.median()
    figure = axes.get_figure()
    assert figure is not None
    box = axes.get_position()
    ratio = box.height * figure.get_figheight() / (box.width * figure.get_figwidth())
    axes.set_xlim(x - width / 2, x + width / 2)
    axes.set_ylim(y - width * ratio / 2, y + width * ratio / 2)


def _frame(axes: Axes, title: str, text: str) -> None:
    axes.set_title(title, fontsize=17, loc="left", pad=22 if text else 10, fontweight="bold")
    axes.text(0, 1.015, text, transform=axes.transAxes, fontsize=12.5, color="#444444")
    axes.set(xticks=[], yticks=[], xlabel="", ylabel="")
    for spine in axes.spines.values():
        spine.set_color("#bbbbbb")


def _legend(figure: Figure, entries: list[Any], source: str) -> None:
    figure.legend(
        handles=entries, loc="lower left", bbox_to_anchor=(0.006, 0.005), ncols=len(entries),
        frameon=False, fontsize=13, columnspacing=2.2,
    )  # fmt: skip
    figure.text(0.988, 0.022, source, ha="right", fontsize=11, color="#666666")


def _save(figure: Figure, name: str) -> None:
    target = FOLDER / f"gebiete-{name}.png"
    figure.savefig(target)
    with Image.open(target) as picture:
        picture.convert("RGB").quantize(COLOURS).save(target, optimize=True)


if __name__ == "__main__":
    main()
