"""Draw a proposal while it is edited, by QGIS itself: docs/bilder/gebiete-qgis.png.

Needs QGIS with its Python bindings for the system's Python.
"""

import json
import os
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import shapely
from PIL import Image

import sozialraum as sr
from sozialraum.config import read_config
from sozialraum.datasets import sample_path
from sozialraum.pipeline import Inputs

HERE = Path(__file__).parent
TARGET = HERE.parents[1] / "docs" / "bilder" / "gebiete-qgis.png"
TOWN, MIDDLE = "05999010", (373_450.0, 5_629_150.0)
WIDTH, COLOURS = 1400, 128


def main() -> None:
    """Write a proposal, let QGIS edit and draw it, and keep few colours."""
    inputs = Inputs(read_config(sample_path()))
    town = inputs.municipalities
    town = replace(town, frame=town.frame.loc[[TOWN]])
    blocks = sr.build_blocks(
        inputs.layers,
        nest_in=town,
        register=inputs.register,
        design=inputs.config.blocks.design,
    )
    areas = sr.delineate_areas(blocks, policy=inputs.policy, seed=7)
    with tempfile.TemporaryDirectory() as folder:
        path = sr.write_proposal(
            Path(folder) / "vorschlag.gpkg", sr.propose(areas, blocks), blocks=blocks
        )
        _draw_in_qgis(path, _edits(blocks, areas), Path(folder))
    with Image.open(TARGET) as picture:
        height = round(picture.height * WIDTH / picture.width)
        small = picture.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS)
        small.quantize(COLOURS).save(TARGET, optimize=True)


def _edits(blocks: sr.Blocks, areas: sr.Areas) -> dict[str, str | None]:
    """Return new areas of some blocks: one area goes to its neighbour, two blocks to nobody."""
    centres = shapely.centroid(np.asarray(blocks.frame.geometry))
    order = np.argsort(shapely.distance(centres, shapely.Point(MIDDLE)))
    near = [str(areas.membership.iloc[i]) for i in order]
    first, second = list(dict.fromkeys(near))[:2]
    moved = areas.membership.index[areas.membership == second][:3]
    homeless = areas.membership.index[areas.membership == list(dict.fromkeys(near))[5]][:2]
    return dict.fromkeys(moved, first) | dict.fromkeys(homeless)


def _draw_in_qgis(path: Path, edits: dict[str, str | None], folder: Path) -> None:
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        "QT_QPA_PLATFORM": "offscreen",
        "LANG": os.environ.get("LANG", "C.UTF-8"),
    }
    script = HERE / "editing_in_qgis.py"
    settings = json.dumps({"edits": edits, "middle": MIDDLE})
    command = ["/usr/bin/python3", str(script), str(path), settings, str(TARGET)]
    subprocess.run(command, env=environment, check=True)


if __name__ == "__main__":
    main()
