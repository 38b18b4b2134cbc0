"""The project file `sozialraum.toml`: read whole, checked whole, frozen.

Unknown keys are errors, all faults are collected into one :class:`ConfigError`, and
every path is relative to the project file. The JSON schema for editors is
:func:`json_schema`.
"""

import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from sozialraum import schema
from sozialraum.errors import ConfigError
from sozialraum.messages import default_language, text
from sozialraum.model import Source

FILE_NAME = "sozialraum.toml"
Name = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


def _in_the_calendar(day: str) -> str:
    """Raise for a day like 31 February."""
    try:
        return day if day == "all" else date.fromisoformat(day).isoformat()
    except ValueError:
        raise PydanticCustomError("string_pattern_mismatch", "day") from None


Day = Annotated[
    str,
    StringConstraints(pattern=r"^(all|\d{4}-\d{2}-\d{2})$"),
    AfterValidator(_in_the_calendar),
]
Days = Annotated[
    tuple[Day, ...],
    BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
"""ISO dates: one, several, or ``"all"``."""
Deviation = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Part(BaseModel):
    """A table of the project file: frozen, no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Project(Part):
    """Who and where: title, county, language of the outputs, seed, folders."""

    title: Name
    county: Name
    language: Literal["de", "en"] = "de"
    seed: int = 0
    output: str = "ergebnis"
    work: str = ".sozialraum"


class PolicyPart(Part):
    """Preset (`fein`, `standard`, `streng`) or the county's own policy file."""

    use: Name = "standard"


class SourcePart(Part):
    """Origin of a file where it is not known from the file itself."""

    provider: str
    title: str
    licence: str = ""
    attribution: str = ""
    url: str = ""
    reference_date: str = ""
    territory_date: str = ""
    changes: str = ""

    def noun(self) -> Source:
        """Return the source as the library's noun."""
        return Source(**self.model_dump())


class Municipalities(Part):
    """Where the municipalities are read from."""

    file: Name
    county: str | None = None
    layer: str | None = None
    key: str | None = None
    crs: str | None = None
    repair: bool = False
    source: SourcePart | None = None


class Cells(Part):
    """A census grid file and the counts taken from it."""

    file: Name
    variables: dict[str, str] = Field(min_length=1)
    resolution: Literal["100m", "1km", "10km"] | None = None
    dash_is_zero: bool = False
    source: SourcePart | None = None


class Districts(Part):
    """A polygon file whose shapes serve as blocks or as given areas."""

    file: Name
    key: str | None = None
    name: str | None = None
    layer: str | None = None
    crs: str | None = None
    repair: bool = False
    source: SourcePart | None = None


class Lines(Part):
    """A file with lines, lakes or bridges, and which of its features count."""

    file: Name
    layer: str | None = None
    where: dict[str, str | tuple[str, ...]] = {}
    crs: str | None = None
    source: SourcePart | None = None


class BlocksPart(Part):
    """What the blocks are made of."""

    cells: tuple[Cells, ...] = ()
    districts: tuple[Districts, ...] = ()
    register_: str | None = Field(default=None, alias="register")
    register_date: Days = ()
    derived: dict[str, str] = {}
    estimates: tuple[str, ...] = ()
    design: tuple[str, ...] | None = None
    contiguity: Literal["voronoi", "settled"] = "voronoi"
    barriers: tuple[Lines, ...] = ()
    crossings: tuple[Lines, ...] = ()


class AreasPart(Part):
    """Which areas: given ones, what of them may change, and how others are proposed."""

    given: tuple[Districts, ...] = ()
    edited: Name | None = None
    elsewhere: Literal["propose", "municipality", "error"] = "propose"
    change: Literal["none", "failing-only", "all"] = "none"
    unreachable: Literal["error", "attach", "unpublishable"] = "error"
    exclaves: Literal["merge", "attach", "unpublishable", "error"] = "merge"
    rates: tuple[str, ...] = ()
    prefer: Districts | None = None
    alike: dict[str, tuple[Name, Name]] = {}
    likeness: float = Field(default=0.5, ge=0, le=1)
    dates: Days = ()
    noise: dict[str, Deviation] = {}
    certainty: float = Field(default=0.95, ge=0.5, lt=1)
    effort: Literal["fast", "standard", "thorough"] = "standard"
    tolerance: float = Field(default=0.0, ge=0, lt=1)
    outline: Literal["smooth", "cells"] = "smooth"
    follow: tuple[Lines, ...] = ()

    @model_validator(mode="after")
    def _elsewhere_fits(self) -> Self:
        if self.change != "none" and self.elsewhere != "propose":
            raise PydanticCustomError("elsewhere_with_change", "elsewhere")
        return self


class Labels(Part):
    """What a reader calls something, in German and English."""

    de: Name
    en: Name


class GeographyPart(Part):
    """A further set of areas over the same blocks, such as school districts."""

    name: Name
    file: Name
    key: str | None = None
    names: str | None = None
    layer: str | None = None
    crs: str | None = None
    repair: bool = False
    label: Labels | None = None
    rule: Literal["centre", "most"] = "centre"
    prefix: str = ""
    source: SourcePart | None = None


class WithheldPart(Part):
    """Numbers a municipality has not agreed to publish, or not before a day."""

    municipality: Name
    indicator: str = ""
    until: Day | None = None


class DisclosurePart(Part):
    """Who may see the release, what is withheld, and where publications are registered."""

    audience: Name = "public"
    ledger: str | None = None
    withheld: tuple[WithheldPart, ...] = ()


class FilePart(Part):
    """A table that names a file."""

    file: Name


class Background(FilePart):
    """Local background of the maps, with its attribution."""

    source: SourcePart | None = None


class IndexPart(Part):
    """How status and dynamics are computed: a preset, or a method file of the county's own."""

    preset: Literal["mss", "imd", "simd", "gisd-class", "county"] = "mss"
    method: Name | None = None
    indicators: tuple[str, ...] | None = None
    date: str | None = None
    years: int | None = Field(default=None, ge=0)
    baseline: str | None = None
    draws: int = Field(default=1000, ge=0)


class FlagsPart(Part):
    """How areas are flagged."""

    rate: float = Field(default=0.05, gt=0, lt=1)
    indicators: tuple[str, ...] | None = None
    permutations: int | None = Field(default=None, ge=99)


class InterventionsPart(FilePart):
    """What was done in which areas, and the indicators that may show an effect."""

    indicators: tuple[str, ...] = Field(min_length=1)


class Outputs(Part):
    """What `run` writes: maps and charts (what they show, in which formats)."""

    maps: tuple[str, ...] = ()
    charts: tuple[str, ...] = ()
    formats: tuple[Literal["png", "svg", "pdf"], ...] = ("png", "svg", "pdf")


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
        faults = [_fault(fault, language) for fault in error.errors()]
        raise ConfigError(
            "config.faulty", path=path, count=len(faults), faults="\n  ".join(faults)
        ) from None


FAULTS = {
    "extra_forbidden": "unknown_key",
    "missing": "missing_key",
    "elsewhere_with_change": "elsewhere_with_change",
    "dates_without_register": "dates_without_register",
    "geography_names": "geography_names",
    "string_pattern_mismatch": "not_a_day",
    "string_too_short": "blank",
    "too_short": "blank",
    "too_long": "too_long",
    "finite_number": "not_a_number",
    "float_parsing": "not_a_number",
    "float_type": "not_a_number",
    "int_from_float": "not_a_number",
    "int_parsing": "not_a_number",
    "int_type": "not_a_number",
    "string_type": "not_a_text",
    "bool_parsing": "not_a_switch",
    "bool_type": "not_a_switch",
    "dict_type": "not_a_table",
    "model_type": "not_a_table",
    "tuple_type": "not_a_list",
}
"""Sentence of every kind of fault that a reader may meet."""
LIMITS = {
    "greater_than_equal": "ge",
    "greater_than": "gt",
    "less_than_equal": "le",
    "less_than": "lt",
}
"""Where a fault says which limit was passed."""


def _fault(fault: Any, language: str) -> str:
    """Return one fault of the project file as a sentence in the reader's language."""
    place, kind = ".".join(str(part) for part in fault["loc"]), fault["type"]
    if kind in FAULTS:
        return text(f"config.{FAULTS[kind]}", language, place=place)
    if kind in LIMITS:
        limit = fault["ctx"][LIMITS[kind]]
        return text(f"config.{kind}", language, place=place, limit=limit)
    if kind == "literal_error":
        expected = fault["ctx"]["expected"].replace(" or ", ", ")
        return text("config.not_one_of", language, place=place, expected=expected)
    return text("config.wrong_value", language, place=place, reason=fault["msg"])


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of the project file, for editors that complete and check."""
    return Config.model_json_schema(by_alias=True)
