"""Draw the pictures of local statistics, early warning and effects: docs/bilder/hinweise-*.png.

Takes the GeoPackage of a run on the sample county; the interventions are those of the sample.
"""

import sys
from pathlib import Path

import sozialraum as sr
from sozialraum.evaluation import evaluate
from sozialraum.maps import small_png
from sozialraum.sources.interventions import read_interventions

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "bilder"
INTERVENTIONS = ROOT / "data" / "boundaries" / "daten" / "massnahmen.csv"
INDICATOR = "sgb2"


def main(package: str) -> None:
    """Draw every picture of one indicator of a finished run."""
    release = sr.read_release(package)
    flags = sr.flag(release)
    effects = evaluate(release, read_interventions(INTERVENTIONS), INDICATOR)
    pictures = {
        "hinweise-moran": sr.draw_chart(flags, "moran", indicator=INDICATOR),
        "hinweise-trichter": sr.draw_chart(flags, "funnel", indicator=INDICATOR),
        "hinweise-lisa": sr.draw_map(flags, f"lisa:{INDICATOR}"),
        "hinweise-fruehwarnung": sr.draw_chart(flags, "trends", indicator=INDICATOR),
        "massnahmen-effekt": sr.draw_chart(effects, "effect"),
    }
    for name, figure in pictures.items():
        (FOLDER / f"{name}.png").write_bytes(small_png(figure, dpi=110))


if __name__ == "__main__":
    main(sys.argv[1])
