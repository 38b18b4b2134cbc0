"""What the result of a stage depends on: its settings and its files."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel

from sozialraum.config import Config
from sozialraum.pipeline.making import today
from sozialraum.sources import delivery_files

if TYPE_CHECKING:
    from sozialraum.pipeline.making import Making

type Stage = Literal[
    "blocks", "areas", "measures", "release", "index", "flags", "evaluation", "outputs"
]
STAGES: tuple[Stage, ...] = (
    *("blocks", "areas", "measures", "release", "index", "flags", "evaluation", "outputs"),
)
SIDECARS: Mapping[str, frozenset[str]] = {
    ".shp": frozenset({".dbf", ".prj", ".cpg"}),
    ".tif": frozenset({".tfw", ".tifw", ".wld"}),
    ".tiff": frozenset({".tfw", ".tiffw", ".wld"}),
}
"""Files beside a shapefile or raster that decide what is read of it."""
POLICY_FILE = ".toml"
UNSETTLED = ("-wal", "-journal")
"""Files in which a GeoPackage that is open elsewhere keeps what was changed last."""


def settings_of(stage: Stage, config: Config, making: "Making") -> list[str]:
    """Return the settings a stage depends on, as text, in a fixed order."""
    project = config.project
    parts: dict[Stage, list[BaseModel | str | None]] = {
        "blocks": [config.municipalities, config.blocks],
        # a preset is no file: only its name tells it from another
        "areas": [_preset(config), config.areas, str(project.seed)],
        "measures": [
            *(project.county, making.ledger.state, *config.geographies),
            *(*config.carried, *config.access, *config.rasters),
        ],
        "release": [
            str(making.inputs.policy.is_signed(today())),
            config.disclosure,
            str(making.withheld()),
        ],
        "index": [config.index, str(project.seed)],
        "flags": [config.flags, str(project.seed)],
        "evaluation": [config.interventions],
        "outputs": [config.outputs, project.title, project.language],
    }
    return [
        part.model_dump_json() if isinstance(part, BaseModel) else str(part)
        for part in parts.get(stage, [])
    ]


def files_of(stage: Stage, config: Config) -> list[Path]:
    """Return the files a stage reads, in a fixed order."""
    path = config.path
    deliveries = [path(config.deliveries.file)] if config.deliveries else []
    delivered = [name for toml in deliveries for name in (toml, *delivery_files(toml))]
    policy = config.policy.use
    policies = [path(policy)] if policy.endswith(POLICY_FILE) else []
    of_blocks = config.blocks
    cells = [part.file for part in (*of_blocks.cells, *of_blocks.districts)]
    lines = [part.file for part in (*of_blocks.barriers, *of_blocks.crossings)]
    of_areas = [part.file for part in (*config.areas.given, *config.areas.follow)]
    of_areas += [config.areas.edited] if config.areas.edited else []
    of_areas += [config.areas.prefer.file] if config.areas.prefer else []
    further = [part.file for part in config.geographies]
    other = [part.shapes.file for part in config.carried]
    other += [part.file for part in (*config.access, *config.rasters)]
    other += [part.travel.file for part in config.access if part.travel]
    other += [part.around.file for part in config.access if part.around]
    named: dict[Stage, list[Path]] = {
        "blocks": [path(config.municipalities.file), *map(path, [*cells, *lines])]
        + (delivered if of_blocks.register_ else []),
        "areas": [*map(path, of_areas), *policies],
        "measures": [path(config.indicators.file), *delivered, *map(path, [*further, *other])],
        "release": policies,
        "index": [path(config.index.method)] if config.index and config.index.method else [],
        "evaluation": [path(config.interventions.file)] if config.interventions else [],
        "outputs": [path(config.background.file)] if config.background else [],
    }
    return [part for name in named.get(stage, []) for part in _parts(name)]


def _preset(config: Config) -> str:
    """Return the name of the policy; blank for a file, whose content counts instead."""
    use = config.policy.use
    return "" if use.endswith(POLICY_FILE) else use


def _parts(path: Path) -> list[Path]:
    """Return a file and those beside it that decide what is read; the files of a folder."""
    if path.is_dir():
        return sorted(part for part in path.rglob("*") if part.is_file())
    unsettled = [Path(f"{path}{ending}") for ending in UNSETTLED]
    endings = SIDECARS.get(path.suffix.lower(), frozenset())
    beside = path.parent.iterdir() if endings and path.is_file() else ()
    parts = (p for p in beside if p.stem == path.stem and p.suffix.lower() in endings)
    return [part for part in (path, *unsettled, *sorted(parts)) if part.is_file()]
