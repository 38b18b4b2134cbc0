"""The tables of a project file, each frozen and without unknown keys."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from sozialraum.model import Source

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
    key: str | tuple[str, ...] | None = None
    date: Day | None = None
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
    key: str | tuple[str, ...] | None = None
    name: str | None = None
    layer: str | None = None
    date: Day | None = None
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
    key: str | tuple[str, ...] | None = None
    names: str | None = None
    layer: str | None = None
    date: Day | None = None
    crs: str | None = None
    repair: bool = False
    label: Labels | None = None
    rule: Literal["centre", "most"] = "centre"
    prefix: str = ""
    source: SourcePart | None = None


class FilePart(Part):
    """A table that names a file."""

    file: Name


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
