"""The files a project names: read once each, and checked all at once."""

from collections.abc import Sequence
from functools import cached_property

from sozialraum.config import Config
from sozialraum.config.parts import Cells, Districts, Lines
from sozialraum.disclosure import read_policy
from sozialraum.errors import ConfigError, SozialraumError
from sozialraum.files.proposal import read_proposal
from sozialraum.index import read_method
from sozialraum.model import Assignment, Delivery, Indicator, Intervention, Layer, Method, Policy
from sozialraum.pipeline.base import differences, past_changed
from sozialraum.pipeline.history import opened, read_history
from sozialraum.sources import (
    read_background,
    read_census_grid,
    read_deliveries,
    read_districts,
    read_indicators,
    read_interventions,
    read_lines,
    read_municipalities,
)

type Noun = Policy | Indicator | Layer | Assignment | Delivery | Method | Intervention
type Part = tuple[str, tuple[Noun, ...]]
"""Name of a part of a project, and what is in it."""


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
            crs=part.crs,
            repair=part.repair,
            source=part.source.noun() if part.source else None,
        )

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """Census cells and districts that the blocks are made of."""
        cells = [self._cells(part) for part in self.config.blocks.cells]
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
        source = part.source.noun() if part.source else None
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

    def _cells(self, part: Cells) -> Layer:
        return read_census_grid(
            self.config.path(part.file),
            resolution=part.resolution,
            within=self.municipalities,
            variables=part.variables,
            dash_is_zero=part.dash_is_zero,
            source=part.source.noun() if part.source else None,
        )

    def _lines(self, part: Lines) -> Layer:
        return read_lines(
            self.config.path(part.file),
            layer=part.layer,
            where=part.where,
            crs=part.crs,
            source=part.source.noun() if part.source else None,
        )

    def _districts(self, part: Districts) -> Layer:
        return read_districts(
            self.config.path(part.file),
            key=part.key,
            layer=part.layer,
            name=part.name,
            crs=part.crs,
            repair=part.repair,
            source=part.source.noun() if part.source else None,
        )


def check_inputs(config: Config) -> tuple[list[SozialraumError], list[Part]]:
    """Read everything a project names and collect every fault; compute nothing.

    Returns
    -------
    faults
        One error a file that cannot be read.
    parts
        What was read: the name of each part of :class:`Inputs`, and what is in it.
    """
    inputs = Inputs(config)
    faults: list[SozialraumError] = []
    read: list[Part] = []
    several_of = ("layers", "barriers", "crossings", "given", "prefer", "edited", "follow")
    others = ("geographies", "deliveries", "method", "interventions")
    parts = ("policy", "indicators", "municipalities", *several_of, *others)
    for name in parts:
        try:
            found = getattr(inputs, name)
        except SozialraumError as error:
            faults.append(error)
            continue
        several = found if isinstance(found, tuple) else (found,) if found else ()
        read.append((name, several))
    faults += _past(inputs)
    if "indicators" in inputs.__dict__:
        faults += _unknown_maps(config, sorted(one.id for one in inputs.indicators))
    return faults, read


def _unknown_maps(config: Config, ids: Sequence[str]) -> list[SozialraumError]:
    """Return the fault that maps are asked for which there cannot be, if there are any."""
    plain = ("status", "dynamics", "group", "flags", "warning")
    known = {*plain, *ids, *(f"{kind}:{name}" for kind in ("lisa", "gi") for name in ids)}
    unknown = [what for what in config.outputs.maps if what not in known]
    listed = ", ".join((*plain, "lisa:…", "gi:…", *ids))
    return [ConfigError("pipeline.unknown_map", ids=unknown, known=listed)] if unknown else []


def _past(inputs: Inputs) -> list[SozialraumError]:
    """Return the fault that the past of deliveries differs from the last base, if it does."""
    if "deliveries" not in inputs.__dict__:
        return []
    try:
        vault = opened(inputs.config)
    except SozialraumError as error:
        return [error]
    found = differences(vault, read_history(vault).last, inputs.deliveries) if vault else ()
    return [past_changed(found)] if found else []
