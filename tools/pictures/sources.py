"""Draw the maps of what comes from other areas and places: docs/bilder/quellen-*.png.

Takes the GeoPackage of a run on the sample county.
"""

import sys
from pathlib import Path

import sozialraum as sr
from sozialraum.maps import small_png

FOLDER = Path(__file__).parents[2] / "docs" / "bilder"
MAPS = {
    "quellen-wahlbeteiligung": "wahlbeteiligung",
    "quellen-praxis": "arzt_fern",
    "quellen-kitaplaetze": "kita_erreichbar",
}


def main(package: str) -> None:
    """Draw the map of every indicator."""
    release = sr.read_release(package)
    for name, indicator in MAPS.items():
        figure = sr.draw_map(release, indicator)
        (FOLDER / f"{name}.png").write_bytes(small_png(figure, dpi=110))


if __name__ == "__main__":
    main(sys.argv[1])
