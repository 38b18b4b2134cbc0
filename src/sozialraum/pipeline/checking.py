"""Everything a project names, read and checked at once without computing anything."""

from collections.abc import Sequence

from sozialraum.config import Config
from sozialraum.errors import ConfigError, SozialraumError
from sozialraum.model import (
    Assignment,
    Delivery,
    Indicator,
    Intervention,
    Layer,
    Method,
    Policy,
    Raster,
    TravelTimes,
)
from sozialraum.pipeline.base import differences, past_changed
from sozialraum.pipeline.further import check_carried
from sozialraum.pipeline.history import opened, read_history
from sozialraum.pipeline.inputs import Inputs

type Noun = (
    Policy
    | Indicator
    | Layer
    | Raster
    | TravelTimes
    | Assignment
    | Delivery
    | Method
    | Intervention
)
type Part = tuple[str, tuple[Noun, ...]]
"""Name of a part of a project, and what is in it."""


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
    others = ("geographies", "deliveries", "carriers", "points", "travel", "around", "rasters")
    last = ("method", "interventions")
    parts = ("policy", "indicators", "municipalities", *several_of, *others, *last)
    for name in parts:
        try:
            found = getattr(inputs, name)
        except SozialraumError as error:
            faults.append(error)
            continue
        several = found if isinstance(found, tuple) else (found,)
        read.append((name, tuple(one for one in several if one is not None)))
    faults += _past(inputs) + _not_carried(inputs)
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


def _not_carried(inputs: Inputs) -> list[SozialraumError]:
    """Return the fault that deliveries to be carried over are not there, if so."""
    if "deliveries" not in inputs.__dict__:
        return []
    try:
        check_carried(inputs)
    except ConfigError as error:
        return [error]
    return []
