"""The way of the data as a drawing: from the offices through the gate to the public."""

import textwrap
from collections.abc import Sequence
from html import escape

type Box = tuple[str, str, bool]
"""Heading, what stands below it, and whether it is filled."""
WIDTH, LINE, SIZE = 960, 18, 13.5
BOX = 236
"""Width of a box; a line of it holds `SIGNS` signs, `BOLD` of a heading, in a wide typeface."""
SIGNS, BOLD = 28, 24
LEFT, MIDDLE, RIGHT = 4, 362, 720
TOP = 58
AROUND = 22
"""Space between the frame and the boxes in it."""
INK, SOFT, ACCENT = "#1c2126", "#535c64", "#1f4e79"


def data_flow(suppliers: Sequence[str], audiences: Sequence[str]) -> str:
    """Return the figure as SVG, without any address or script.

    Parameters
    ----------
    suppliers
        Who delivers; each once.
    audiences
        Who receives results.

    Examples
    --------
    >>> data_flow(["Jugendamt"], ["Öffentlichkeit"]).startswith("<svg")
    True
    """
    names = list(dict.fromkeys(suppliers)) or ["(keine Lieferungen)"]
    stations = [
        ("Eingangsprüfung", "Einzeldaten werden abgewiesen", False),
        ("Arbeitsordner", "Zwischenstände, nur für ein Benutzerkonto", False),
        ("Tor: Geheimhaltung", "Mindestgrößen, Sperrungen, Prüfung gegen Rückrechnung", True),
        ("Freigabe", "nur noch geschützte Werte", False),
    ]
    left, bottom = _column(LEFT, [(name, "", False) for name in names])
    middle, end = _column(MIDDLE, stations)
    receivers = [(name, "freigegebene Werte", False) for name in audiences]
    # the last receiver stands beside the release, those before it above
    start = max(TOP, _top_of(stations, 3) - _top_of(receivers, len(receivers) - 1) + TOP)
    right, last = _column(RIGHT, receivers, start)
    height = max(bottom, end, last) + 26
    gate = _top_of(stations, 2)
    parts = [
        _frame(TOP - 38, gate - TOP + 23),
        *left,
        *middle,
        *right,
        *_arrows(names, stations, receivers, start),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img" '
        f'aria-label="Datenfluss von den Lieferanten über Prüfung und Geheimhaltung zu den '
        f"Ergebnissen\" font-family=\"system-ui, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', "
        f'sans-serif" font-size="{SIZE}">\n<defs><marker id="tip" viewBox="0 0 10 10" refX="9" '
        f'refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L10 5L0 10z" '
        f'fill="{SOFT}"/></marker></defs>\n' + "\n".join(parts) + "\n</svg>"
    )


def _lines(box: Box) -> tuple[list[str], list[str]]:
    return textwrap.wrap(box[0], BOLD), textwrap.wrap(box[1], SIGNS)


def _height(box: Box) -> float:
    return 22 + LINE * sum(map(len, _lines(box)))


def _top_of(boxes: Sequence[Box], position: int, start: float = TOP) -> float:
    return start + sum(_height(box) + 30 for box in boxes[:position])


def _column(left: float, boxes: Sequence[Box], start: float = TOP) -> tuple[list[str], float]:
    """Return the boxes of a column, and where it ends."""
    drawn = [_box(left, _top_of(boxes, i, start), box) for i, box in enumerate(boxes)]
    return drawn, _top_of(boxes, len(boxes), start) - 30


def _box(left: float, top: float, box: Box) -> str:
    title, below = _lines(box)
    fill, ink, soft = (ACCENT, "#ffffff", "#ffffff") if box[2] else ("#ffffff", INK, SOFT)
    rows = [(line, ink, 650) for line in title] + [(line, soft, 400) for line in below]
    texts = "".join(
        f'<text x="{left + 12}" y="{top + 25 + LINE * i:.0f}" fill="{colour}" '
        f'font-weight="{weight}">{escape(line)}</text>'
        for i, (line, colour, weight) in enumerate(rows)
    )
    return (
        f'<rect x="{left}" y="{top:.0f}" width="{BOX}" height="{_height(box):.0f}" rx="4" '
        f'fill="{fill}" stroke="{ACCENT}" stroke-width="1.4"/>{texts}'
    )


def _frame(top: float, height: float) -> str:
    """Return the frame around what lies before the gate, inside the house."""
    left = MIDDLE - AROUND
    return (
        f'<rect x="{left}" y="{top}" width="{BOX + 2 * AROUND}" height="{height:.0f}" rx="8" '
        f'fill="#f3f5f7" stroke="{SOFT}" stroke-dasharray="6 4"/>'
        f'<text x="{MIDDLE}" y="{top + 24}" fill="{SOFT}" font-weight="650">'
        "Geschützter Bereich im Haus</text>"
    )


def _arrows(
    names: Sequence[str], stations: Sequence[Box], receivers: Sequence[Box], start: float
) -> list[str]:
    """Return the arrows: suppliers to the check, down the stations, release to audiences."""
    suppliers = [(name, "", False) for name in names]
    entry = _centre(stations, 0)
    drawn = [_bent(LEFT + BOX, _centre(suppliers, i), MIDDLE, entry) for i in range(len(names))]
    middle = MIDDLE + BOX / 2
    for i in range(len(stations) - 1):
        above, below = _top_of(stations, i) + _height(stations[i]), _top_of(stations, i + 1)
        drawn.append(_path(f"M{middle} {above:.0f}V{below:.0f}"))
    released = _centre(stations, len(stations) - 1)
    drawn += [
        _bent(MIDDLE + BOX, released, RIGHT, _centre(receivers, i, start))
        for i in range(len(receivers))
    ]
    return drawn


def _centre(boxes: Sequence[Box], position: int, start: float = TOP) -> float:
    return _top_of(boxes, position, start) + _height(boxes[position]) / 2


def _bent(x: float, y: float, to_x: float, to_y: float) -> str:
    between = (x + to_x - AROUND) / 2 if x < MIDDLE else (x + to_x) / 2
    return _path(f"M{x} {y:.0f}H{between:.0f}V{to_y:.0f}H{to_x}")


def _path(way: str) -> str:
    return (
        f'<path d="{way}" fill="none" stroke="{SOFT}" stroke-width="1.4" marker-end="url(#tip)"/>'
    )
