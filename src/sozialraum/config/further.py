"""The tables of numbers known by other places: other districts, points, rasters."""

from typing import Literal

from pydantic import Field

from sozialraum.config.parts import Cells, Districts, FilePart, Name, Part, SourcePart


class CarriedPart(Part):
    """Counts delivered for other areas, carried over to those of the monitoring as estimates."""

    delivery: Name
    shapes: Districts
    by: str | None = None
    rule: Literal["area", "centre", "most"] = "area"

    @property
    def weight(self) -> str | None:
        """Count that divides a shape: residents unless told otherwise; whole shapes need none."""
        if self.by is None:
            return "residents" if self.rule == "area" else None
        return self.by or None


class TravelPart(FilePart):
    """Travel times or distances somebody computed: a file of pairs or a matrix."""

    origin: Name
    destination: Name | None = None
    cost: Name | None = None
    unit: Literal["minutes", "seconds", "hours", "metres", "kilometres"]
    source: SourcePart | None = None

    @property
    def told_in(self) -> str:
        """Unit of what is measured, and of `reach`: ``metres`` or ``minutes``."""
        return "metres" if self.unit.endswith("metres") else "minutes"


class AccessPart(FilePart):
    """Points that people ought to reach, and how well they do."""

    name: Name
    layer: str | None = None
    key: str | None = None
    x: Name | None = None
    y: Name | None = None
    where: dict[str, str | tuple[str, ...]] = Field(default={})
    crs: str | None = None
    repair: bool = False
    supply: Name | None = None
    method: Literal["within", "nearest", "supply", "2sfca"] = "within"
    reach: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    decay: Literal["gaussian"] | tuple[tuple[float, float], ...] | None = None
    enough: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    demand: Name = "residents"
    travel: TravelPart | None = None
    around: Cells | None = None
    source: SourcePart | None = None


class RasterPart(FilePart):
    """A raster and the classes of land that are measured in it."""

    name: Name
    band: int = Field(default=1, ge=1)
    crs: str | None = None
    nodata: float | None = Field(default=None, allow_inf_nan=False)
    warp: Literal["sum", "nearest"] | None = None
    classes: dict[str, tuple[int, ...]] = Field(default={})
    unit: Literal["hectares", "ares"] = "hectares"
    gap: float = Field(default=0.05, ge=0, lt=1)
    source: SourcePart | None = None
