"""Draw the charts of the index: docs/bilder/index-*.png, from a run on the sample county."""

import tempfile
from pathlib import Path
from typing import Any

import sozialraum as sr
from sozialraum.maps import small_png

FOLDER = Path(__file__).parents[2] / "docs" / "bilder"
INDICATORS = ("sgb2", "kinderarmut")


def main() -> None:
    """Draw every chart of the sample county, and that of its most burdened area."""
    with tempfile.TemporaryDirectory() as folder:
        made = sr.run(
            sr.read_config(sr.datasets.sample_path()), until="release", work=f"{folder}/work"
        )
    assert made.release is not None
    index = sr.score(made.release, indicators=INDICATORS)
    area = str(index.table["status_index"].idxmax())
    wanted: dict[str, tuple[str, dict[str, Any]]] = {
        "verteilung": ("spread", {}),
        "zwei-massstaebe": ("moves", {}),
        "erreicht": ("reach", {"indicator": "kinderarmut"}),
        "warum": ("portrait", {"area": area}),
        "reihe": ("line", {"area": area, "indicator": "sgb2"}),
    }
    for name, (what, options) in wanted.items():
        figure = sr.draw_chart(index, what, **options)
        (FOLDER / f"index-{name}.png").write_bytes(small_png(figure, dpi=110))


if __name__ == "__main__":
    main()
