"""How areas of every strength of evidence look in charts: as on the map, and apart in grey."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

from sozialraum import schema
from sozialraum.flags.grades import ways
from sozialraum.maps.charts.plot import RING
from sozialraum.maps.type import Face, width
from sozialraum.methods.labels import Label, Placed, place
from sozialraum.model import Flags
from sozialraum.model.judged import LOW, MIXED
from sozialraum.schema import FLAGGED, Grade, State
from sozialraum.themes.flagged import flag_entries

MOST_NAMES = 12
"""More names than these hide what they name."""
NAME = Face(7.2)
REACH = 58.0
"""Points that a name may lie away from its dot."""
NEAR = 7.0
"""Points up to which a name needs no line to its dot."""
LONGEST = 120.0
"""Points that a name may take; longer ones are cut."""
LOOKS: dict[str, tuple[str, float]] = {
    str(Grade.NONE): ("o", 9),
    LOW: ("s", 22),
    MIXED: ("D", 20),
    str(Grade.HINT): ("o", 18),
    str(Grade.NOTABLE): ("o", 26),
    str(Grade.CONFIRMED): ("o", 38),
}
"""Shape and size of the dot of every class, in the order in which they are drawn."""
PLAIN = "#c4c4c4"


def evidence_of(flags: Flags, indicator: str) -> pd.DataFrame:
    """Return evidence, class and name of the areas whose value is published."""
    own = flags.table[flags.table[schema.INDICATOR] == indicator]
    rows = own.assign(way=ways(own)).set_index(schema.AREA_ID)
    shown = flags.release.frame(indicator, str(rows[schema.DATE].iloc[0]))
    shown = shown[shown["state"] == State.VALUE]
    rows = rows.loc[shown.index.intersection(rows.index)]
    rows = rows.join(shown[[schema.NAME, "numerator", "denominator", "value"]])
    apart = rows["grade"].isin(FLAGGED) & rows["way"].isin([LOW, MIXED])
    flagged = rows["grade"].where(rows["grade"].isin(FLAGGED), str(Grade.NONE))
    return rows.assign(**{"class": flagged.astype("str").mask(apart, rows["way"])})


def flagged(rows: pd.DataFrame, p: str) -> pd.DataFrame:
    """Return areas with a finding, the strongest first; `p` is the column that parts equals."""
    rank = {str(grade): i for i, grade in enumerate(Grade)}
    found = rows[rows["grade"].isin(FLAGGED)]
    found = found.assign(rank=found["grade"].map(rank), id=found.index)
    return found.sort_values(["rank", p, "id"], kind="stable")


def draw_dots(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw one dot an area, what stands out above the rest."""
    fills = _fills()
    for order, (code, (shape, size)) in enumerate(LOOKS.items()):
        own = rows[rows["class"] == code]
        axes.scatter(
            own["x"],
            own["y"],
            s=size,
            c=fills[code],
            marker=shape,
            edgecolors=RING if code != Grade.NONE else "#8f8f8f",
            lw=0.5 if code != Grade.NONE else 0.3,
            zorder=3 + order,
        )


def key_of(rows: pd.DataFrame, language: str) -> tuple[list[Line2D], list[str]]:
    """Return marks and words of the classes that occur, strongest first."""
    fills, counts = _fills(), rows["class"].value_counts()
    labels = {entry.code: entry.label for entry in flag_entries(language)}
    codes = [code for code in reversed(LOOKS) if counts.get(code, 0)]
    marks = [
        Line2D(
            *([], []),
            ls="",
            marker=LOOKS[code][0],
            ms=LOOKS[code][1] ** 0.5,
            mfc=fills[code],
            mec=RING,
            mew=0.5,
        )
        for code in codes
    ]
    return marks, [f"{labels[code]}: {counts[code]}" for code in codes]


def _fills() -> Mapping[str, str]:
    found = {entry.code: entry.colour for entry in flag_entries("de")}
    return found | {str(Grade.NONE): PLAIN}


def draw_names(
    axes: Axes, named: pd.DataFrame, dots: pd.DataFrame, *, free: Sequence[Text] = ()
) -> None:
    """Write names beside dots, none over another, with a line where one had to move away.

    Parameters
    ----------
    axes
        With their final limits and scale.
    named
        Rows with `x`, `y` and `name`, the most important first; the first dozen is written.
    dots
        All dots; names cover as few of them as they can.
    free
        Texts that must stay free.
    """
    named = named.head(MOST_NAMES)
    if named.empty:
        return
    spots, others = (_points(axes, rows) for rows in (named, dots))
    labels = [_label(str(name), spot) for name, spot in zip(named[schema.NAME], spots, strict=True)]
    taken = [(x - 4, y - 4, x + 4, y + 4) for x, y in spots]
    taken += [_box(axes, one) for one in free]
    size = np.array(axes.bbox.size) * 72 / axes.figure.dpi
    found = place(labels, taken=taken, avoid=others, frame=(0.0, 0.0, *size))
    for spot, name in zip(spots, found, strict=True):
        if name is not None:
            _write(axes, spot, name, size)


def _label(name: str, spot: np.ndarray) -> Label:
    words = shortened(name, NAME, LONGEST)
    reach = max(width(words, NAME) / 2 + 22, REACH)
    near = shapely.Point(spot).buffer(reach, cap_style="square")
    return Label(words, near, width(words, NAME) + 4, NAME.leading)


def shortened(words: str, face: Face, room: float) -> str:
    """Return words that fit into some points, cut with an ellipsis where they must be."""
    words = " ".join(words.split())
    if width(words, face) <= room:
        return words
    kept = words
    while kept and width(kept + "…", face) > room:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def _points(axes: Axes, rows: pd.DataFrame) -> np.ndarray:
    """Return dots in points from the lower left of the axes."""
    pixels = axes.transData.transform(rows[["x", "y"]].to_numpy(dtype=float))
    return (pixels - axes.bbox.p0) * 72 / axes.figure.dpi


def _box(axes: Axes, words: Text) -> tuple[float, float, float, float]:
    corners = (words.get_window_extent().get_points() - axes.bbox.p0) * 72 / axes.figure.dpi
    (low_x, low_y), (high_x, high_y) = corners.tolist()
    return low_x, low_y, high_x, high_y


def _write(axes: Axes, spot: np.ndarray, name: Placed, size: np.ndarray) -> None:
    half = np.array([width(name.text, NAME) / 2, NAME.size / 2])
    middle = np.array([name.x, name.y])
    nearest = np.clip(spot, middle - half, middle + half)
    if np.hypot(*(nearest - spot)) > NEAR:
        ends = np.array([spot, nearest]) / size
        axes.plot(*ends.T, color="#777777", lw=0.5, transform=axes.transAxes, zorder=11)
    axes.text(
        *(middle / size).tolist(),
        s=name.text,
        transform=axes.transAxes,
        ha="center",
        va="center_baseline",
        zorder=12,
        path_effects=[withStroke(linewidth=2.2, foreground="#ffffff")],
        **NAME.options(),
    )
