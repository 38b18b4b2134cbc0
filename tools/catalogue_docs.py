"""Write the tables of docs/indikatoren.md from the shipped catalogue, so that they are true."""

import re
from pathlib import Path

from sozialraum.config import read_config
from sozialraum.datasets import sample_path
from sozialraum.messages import text
from sozialraum.model import Indicator
from sozialraum.model.themes import THEMES
from sozialraum.pipeline.computable import check_county
from sozialraum.sources import read_indicators, shipped_indicators

PAGE = Path(__file__).parents[1] / "docs" / "indikatoren.md"
BEGIN, END = "<!-- Katalog -->", "<!-- Ende des Katalogs -->"
HEAD = "| Indikator | Kennung | Richtung | Art | Kleinste Ebene | Wer zählt |\n" + "|---" * 6 + "|"


def computable() -> set[str]:
    """Return the shipped indicators that the sample county can compute."""
    config = read_config(sample_path())
    own = read_indicators(config.path(config.indicators.file))
    table = check_county(config, own, language="de")
    return set(table.loc[~table["own"] & table["computable"], "id"])


def tables(can: set[str]) -> str:
    """Return one table a theme; an indicator stands under its first theme."""
    shipped = shipped_indicators()
    strengths = sum(one.polarity == -1 for one in shipped)
    effects = sum(one.kind == "outcome" for one in shipped)
    intro = (
        f"{len(shipped)} Indikatoren, davon {strengths} Stärken und {effects} Wirkungen mit Ziel. "
        f"Ein ✓ steht bei den {len(can)}, die der Musterkreis mit seinen Lieferungen rechnen kann. "
        "Jeder Indikator steht unter seinem ersten Thema.\n"
    )
    parts = [intro]
    for theme, (label, _) in THEMES.items():
        rows = [_row(one, can) for one in shipped if one.themes[0] == theme]
        if rows:
            parts.append("\n".join([f"### {label}\n", HEAD, *rows, ""]))
    return "\n".join(parts)


def _row(one: Indicator, can: set[str]) -> str:
    def word(field: str, code: str | int) -> str:
        shown = str(code).replace("-", "m")
        return text(f"catalogue.word_{field}_{shown}", "de")

    cells = (
        f"{one.label_de}{' ✓' if one.id in can else ''}",
        f"`{one.id}`",
        word("polarity", one.polarity),
        word("kind", one.kind) if one.kind else "",
        word("smallest_level", one.smallest_level),
        one.numerator_source,
    )
    return f"| {' | '.join(cells)} |"


def page(before: str, can: set[str]) -> str:
    """Return a page with its tables replaced."""
    made = f"{BEGIN}\n\n{tables(can)}\n{END}"
    return re.sub(f"{BEGIN}.*{END}", lambda _: made, before, flags=re.DOTALL)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), computable()), encoding="utf-8")
