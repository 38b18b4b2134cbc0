"""The files a project names, read once each."""

from collections.abc import Sequence
from functools import cached_property

from sozialraum.config import Config
from sozialraum.config.further import AccessPart, TravelPart
from sozialraum.config.parts import Cells, Districts, Lines, SourcePart
from sozialraum.disclosure import read_policy
from sozialraum.errors import ConfigError
from sozialraum.files.proposal import read_proposal
from sozialraum.index import read_method
from sozialraum.methods.apportion import GRID_CRS
from sozialraum.model import (
    Assignment,
    Delivery,
    Indicator,
    Intervention,
    Layer,
    Method,
    Policy,
    Raster,
    Source,
    TravelTimes,
)
from sozialraum.sources import (
    read_background,
    read_census_grid,
    read_deliveries,
    read_districts,
    read_indicators,
    read_interventions,
    read_lines,
    read_municipalities,
    read_points,
    read_raster,
    read_travel_times,
)

MARGIN = 1_000.0
"""Metres that the middle of a cell may lie away from where the cell is touched."""


class Inputs:
    """The files a project names, each read once and only when a stage needs it."""

    def __init__(self, config: Config) -> None:
        self.config = config

    @cached_property
    def municipalities(self) -> Layer:
        """Municipalities of the county."""
        part = self.config.municipalities
        return read_municipalities(
            self.config.path(part.file),
            county=part.county,
            layer=part.layer,
            key=part.key,
            date=part.date,
            crs=part.crs,
            repair=part.repair,
            source=_origin(part.source),
        )

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """Census cells and districts that the blocks are made of."""
        cells = [self._cells(part, self.municipalities) for part in self.config.blocks.cells]
        return (*cells, *(self._districts(part) for part in self.config.blocks.districts))

    @cached_property
    def barriers(self) -> tuple[Layer, ...]:
        """Rivers, motorways, railways and lakes that part blocks."""
        return tuple(self._lines(part) for part in self.config.blocks.barriers)

    @cached_property
    def crossings(self) -> tuple[Layer, ...]:
        """Bridges and underpasses that join them again."""
        return tuple(self._lines(part) for part in self.config.blocks.crossings)

    @cached_property
    def follow(self) -> tuple[Layer, ...]:
        """Streets and streams that the borders of areas may follow."""
        return tuple(self._lines(part) for part in self.config.areas.follow)

    @cached_property
    def given(self) -> tuple[Layer, ...]:
        """Areas that municipalities have."""
        return tuple(self._districts(part) for part in self.config.areas.given)

    @cached_property
    def geographies(self) -> tuple[Layer, ...]:
        """Further geographies, in the order of the project file."""
        taken = set(Districts.model_fields) - {"name"}
        parts = self.config.geographies
        named = [Districts(**part.model_dump(include=taken), name=part.names) for part in parts]
        return tuple(self._districts(part) for part in named)

    @cached_property
    def prefer(self) -> Layer | None:
        """Areas whose borders proposals keep to where their number does not suffer."""
        part = self.config.areas.prefer
        return self._districts(part) if part else None

    @cached_property
    def edited(self) -> Assignment | None:
        """A proposal that was edited by hand and is to be used as it stands."""
        name = self.config.areas.edited
        return read_proposal(self.config.path(name)) if name else None

    @cached_property
    def deliveries(self) -> tuple[Delivery, ...]:
        """Deliveries of the offices."""
        part = self.config.deliveries
        return read_deliveries(self.config.path(part.file)) if part else ()

    @cached_property
    def carriers(self) -> tuple[Layer, ...]:
        """Shapes of the areas that deliveries to be carried over belong to."""
        return tuple(self._districts(part.shapes) for part in self.config.carried)

    @cached_property
    def points(self) -> tuple[Layer, ...]:
        """Places people ought to reach."""
        return tuple(
            read_points(
                self.config.path(part.file),
                layer=part.layer,
                key=part.key,
                x=part.x,
                y=part.y,
                crs=part.crs,
                where=part.where,
                capacity=part.supply,
                repair=part.repair,
                source=_origin(part.source),
            )
            for part in self.config.access
        )

    @cached_property
    def travel(self) -> tuple[TravelTimes | None, ...]:
        """Travel times to the points; None where straight lines count."""
        return tuple(
            self._travel(part.travel) if part.travel else None for part in self.config.access
        )

    @cached_property
    def around(self) -> tuple[Layer | None, ...]:
        """Cells beyond the border whose people reach the points too."""
        return tuple(
            self._cells(part.around, within=self._within_ways(part)) if part.around else None
            for part in self.config.access
        )

    def _within_ways(self, part: AccessPart) -> Sequence[float] | None:
        """Return the box in EPSG:3035 of all who may share a place with the county's people.

        A place is at most one straight way from the county and its people one more. How far
        minutes lead nobody knows: then the whole file counts.
        """
        if part.travel or part.reach is None:
            return None
        west, south, east, north = self.municipalities.frame.to_crs(GRID_CRS).total_bounds
        far = 2 * part.reach + MARGIN
        return west - far, south - far, east + far, north + far

    @cached_property
    def rasters(self) -> tuple[Raster, ...]:
        """Rasters whose classes are measured."""
        return tuple(
            read_raster(
                self.config.path(part.file),
                band=part.band,
                within=self.municipalities,
                crs=part.crs,
                nodata=part.nodata,
                warp=part.warp,
                source=_origin(part.source),
            )
            for part in self.config.rasters
        )

    @cached_property
    def indicators(self) -> tuple[Indicator, ...]:
        """The indicator catalogue."""
        return read_indicators(self.config.path(self.config.indicators.file))

    @cached_property
    def policy(self) -> Policy:
        """The policy: a file of the project, or a preset."""
        name = self.config.policy.use
        return read_policy(self.config.path(name) if name.endswith(".toml") else name)

    @cached_property
    def method(self) -> Method | None:
        """The method of the index: a file of the project, or a preset; None without index."""
        part = self.config.index
        if part is None:
            return None
        return read_method(self.config.path(part.method) if part.method else part.preset)

    @cached_property
    def interventions(self) -> tuple[Intervention, ...]:
        """What was done in which areas."""
        part = self.config.interventions
        return read_interventions(self.config.path(part.file)) if part else ()

    @cached_property
    def background(self) -> tuple[Layer, ...]:
        """Local background of the maps."""
        part = self.config.background
        if part is None:
            return ()
        source = _origin(part.source)
        return read_background(self.config.path(part.file), source=source)

    @property
    def register(self) -> Delivery | None:
        """The delivery whose cells join the blocks."""
        name = self.config.blocks.register_
        if name is None:
            return None
        for delivery in self.deliveries:
            if delivery.name == name:
                return delivery
        known = ", ".join(d.name for d in self.deliveries)
        raise ConfigError("pipeline.no_register", ids=[name], known=known)

    def _travel(self, part: TravelPart) -> TravelTimes:
        return read_travel_times(
            self.config.path(part.file),
            origin=part.origin,
            destination=part.destination,
            cost=part.cost,
            unit=part.unit,
            source=_origin(part.source),
        )

    def _cells(self, part: Cells, within: Layer | Sequence[float] | None) -> Layer:
        return read_census_grid(
            self.config.path(part.file),
            resolution=part.resolution,
            within=within,
            variables=part.variables,
            dash_is_zero=part.dash_is_zero,
            source=_origin(part.source),
        )

    def _lines(self, part: Lines) -> Layer:
        return read_lines(
            self.config.path(part.file),
            layer=part.layer,
            where=part.where,
            crs=part.crs,
            source=_origin(part.source),
        )

    def _districts(self, part: Districts) -> Layer:
        return read_districts(
            self.config.path(part.file),
            key=part.key,
            layer=part.layer,
            name=part.name,
            date=part.date,
            crs=part.crs,
            repair=part.repair,
            source=_origin(part.source),
        )


def _origin(part: SourcePart | None) -> Source | None:
    """Return where a file comes from, if the project file says it."""
    return part.noun() if part else None
