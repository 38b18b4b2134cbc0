"""The project file `sozialraum.toml`: read whole, checked whole, frozen.

Unknown keys are errors, all faults are collected into one :class:`ConfigError`, and
every path is relative to the project file. The JSON schema for editors is
:func:`json_schema`.
"""

import tomllib
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from sozialraum import schema
from sozialraum.config.faults import fault_text
from sozialraum.config.further import AccessPart, CarriedPart, RasterPart
from sozialraum.config.parts import (
    AreasPart,
    Background,
    BlocksPart,
    DisclosurePart,
    FilePart,
    FlagsPart,
    GeographyPart,
    IndexPart,
    InterventionsPart,
    Municipalities,
    Outputs,
    Part,
    PolicyPart,
    Project,
)
from sozialraum.errors import ConfigError
from sozialraum.messages import default_language

FILE_NAME = "sozialraum.toml"


class Config(Part):
    """The whole project file.

    Examples
    --------
    >>> from sozialraum.datasets import sample_path
    >>> read_config(sample_path()).project.county
    'Musterkreis'
    """

    project: Project
    municipalities: Municipalities
    blocks: BlocksPart
    indicators: FilePart
    policy: PolicyPart = PolicyPart()
    areas: AreasPart = AreasPart()
    geographies: tuple[GeographyPart, ...] = ()
    deliveries: FilePart | None = None
    carried: tuple[CarriedPart, ...] = ()
    access: tuple[AccessPart, ...] = ()
    rasters: tuple[RasterPart, ...] = ()
    disclosure: DisclosurePart = DisclosurePart()
    index: IndexPart | None = IndexPart()
    flags: FlagsPart = FlagsPart()
    interventions: InterventionsPart | None = None
    background: Background | None = None
    outputs: Outputs = Outputs()
    folder: Path = Field(default=Path(), exclude=True)

    @model_validator(mode="after")
    def _geographies_have_names(self) -> Self:
        names = [*schema.LEVELS, *(part.name for part in self.geographies)]
        if len(set(names)) < len(schema.LEVELS) + len(self.geographies):
            raise PydanticCustomError("geography_names", "geographies")
        return self

    @model_validator(mode="after")
    def _carried_once(self) -> Self:
        if len({part.delivery for part in self.carried}) < len(self.carried):
            raise PydanticCustomError("carried_twice", "carried")
        return self

    @model_validator(mode="after")
    def _dates_are_delivered(self) -> Self:
        read = self.blocks.register_date
        if self.areas.dates and "all" not in read and len(read) < 2:
            raise PydanticCustomError("dates_without_register", "dates")
        return self

    def path(self, name: str) -> Path:
        """Return a path of the project file, relative to the folder it lies in."""
        return self.folder / name


def read_config(path: str | Path) -> Config:
    """Read a project file or the project file of a folder.

    Parameters
    ----------
    path
        `sozialraum.toml` or the folder that holds it.

    Raises
    ------
    ConfigError
        The file is missing or faulty; every fault is named with its place.
    """
    path = Path(path)
    path = path / FILE_NAME if path.is_dir() else path
    if not path.is_file():
        raise ConfigError("config.no_file", path=path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError("config.not_toml", path=path, reason=error) from error
    content.pop("folder", None)
    try:
        return Config.model_validate({**content, "folder": path.resolve().parent})
    except ValidationError as error:
        language = default_language()
        faults = [fault_text(fault, language) for fault in error.errors()]
        raise ConfigError(
            "config.faulty", path=path, count=len(faults), faults="\n  ".join(faults)
        ) from None


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of the project file, for editors that complete and check."""
    return Config.model_json_schema(by_alias=True)
