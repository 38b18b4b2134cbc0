"""What the result of a stage depends on: its settings and its files."""

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
SIDECARS = frozenset({".dbf", ".prj", ".cpg"})
"""Parts of a shapefile that decide what is read, besides the shapes."""


def settings_of(stage: Stage, config: Config, making: "Making") -> list[str]:
    """Return the settings a stage depends on, as text, in a fixed order."""
    project = config.project
    parts: dict[Stage, list[BaseModel | str | None]] = {
        "blocks": [config.municipalities, config.blocks],
        "areas": [config.areas, str(project.seed)],
        "measures": [project.county, making.ledger.state, *config.geographies],
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
    policies = [path(policy)] if policy.endswith(".toml") else []
    of_blocks = config.blocks
    cells = [part.file for part in (*of_blocks.cells, *of_blocks.districts)]
    lines = [part.file for part in (*of_blocks.barriers, *of_blocks.crossings)]
    of_areas = [part.file for part in (*config.areas.given, *config.areas.follow)]
    of_areas += [config.areas.edited] if config.areas.edited else []
    of_areas += [config.areas.prefer.file] if config.areas.prefer else []
    further = [part.file for part in config.geographies]
    named: dict[Stage, list[Path]] = {
        "blocks": [path(config.municipalities.file), *map(path, [*cells, *lines])]
        + (delivered if of_blocks.register_ else []),
        "areas": [*map(path, of_areas), *policies],
        "measures": [path(config.indicators.file), *delivered, *map(path, further)],
        "release": policies,
        "index": [path(config.index.method)] if config.index and config.index.method else [],
        "evaluation": [path(config.interventions.file)] if config.interventions else [],
        "outputs": [path(config.background.file)] if config.background else [],
    }
    found = [name for name in named.get(stage, []) if name.is_file()]
    return [part for name in found for part in _parts(name)]


def _parts(path: Path) -> list[Path]:
    """Return a file and, for a shapefile, those beside it: attributes, coordinate system."""
    if path.suffix.lower() != ".shp":
        return [path]
    beside = (other for other in path.parent.iterdir() if other.stem == path.stem)
    return [path, *sorted(other for other in beside if other.suffix.lower() in SIDECARS)]
