"""The four ways to measure access, block by block."""

from collections.abc import Callable, Mapping

import numpy as np

from sozialraum.access.scene import Method, Scene
from sozialraum.access.told import told
from sozialraum.errors import IndicatorError
from sozialraum.messages import default_language, text
from sozialraum.methods.access import Decay, decay_weights, floating_catchments, supply_within

type Measured = tuple[dict[str, np.ndarray], list[str]]
ROUNDING = 1e-9
"""What sums of floats may lack."""
PLACES = "places"
"""Variable of the supply that an area gets."""


def _times(people: np.ndarray, each: np.ndarray) -> np.ndarray:
    """Return a product by block: nothing of anything is nothing, whatever is not known."""
    return np.where((people == 0) | (each == 0), 0.0, people * each)


def _unlisted(scene: Scene) -> list[str]:
    unknown = scene.ways.unknown[: scene.origins.blocks]
    return scene.told("access.note_origins_missing", scene.named(unknown))


def _within(scene: Scene) -> Measured:
    cost, reach = scene.ways.nearest(), scene.asked.reach or 0.0
    near = np.where(np.isnan(cost), np.nan, cost <= reach)
    named = scene.asked.demand
    found = {
        f"{named}_within": _times(scene.people, near),
        f"{named}_beyond": _times(scene.people, 1 - near),
    }
    return found, _unlisted(scene)


def _nearest(scene: Scene) -> Measured:
    cost = scene.ways.nearest()
    reached = np.where(np.isnan(cost), np.nan, np.isfinite(cost))
    named = scene.asked.demand
    way = np.where(np.isinf(cost), 0.0, cost)
    found = {
        f"{named}_reached": _times(scene.people, reached),
        f"{named}_{scene.ways.unit}": np.rint(_times(scene.people, way)),
    }
    lost = scene.told("access.note_not_reached", scene.named(np.isinf(cost)))
    return found, [*_unlisted(scene), *lost]


def _in_reach(scene: Scene) -> Measured:
    costs = scene.ways.within(scene.asked.reach or 0.0)
    each = supply_within(costs, scene.supply.to_numpy())[: scene.origins.blocks]
    each = np.where(scene.ways.unknown[: scene.origins.blocks], np.nan, each)
    found = {f"{scene.asked.demand}_supply": _times(scene.people, each)}
    return found, [*_unlisted(scene), *_without_places(scene)]


def _shared(scene: Scene) -> Measured:
    asked, blocks = scene.asked, scene.origins.blocks
    reach = asked.reach or 0.0
    lost = scene.ways.unknown
    if lost.any():
        # their demand would be missing in every catchment, nobody knows in which
        raise IndicatorError("access.origins_missing", ids=scene.origins.keys[lost])
    weights = decay_weights(scene.ways.within(reach), reach, asked.decay)
    offered = scene.supply.to_numpy()
    found = floating_catchments(weights, scene.origins.people, offered)
    got = _times(scene.people, found.access[:blocks])
    idle = found.idle & ~(offered == 0)
    used = int((~found.idle).sum())
    decay = _decay(asked.decay)
    notes = [told("access.note_shared", asked.name, count=used, decay=decay)]
    notes += scene.told("access.note_idle", scene.supply.index[idle])
    numbers = {PLACES: got}
    if asked.enough is not None:
        access = found.access[:blocks]
        served = np.where(np.isnan(access), np.nan, access >= asked.enough * (1 - ROUNDING))
        numbers[f"{asked.demand}_served"] = _times(scene.people, served)
    return numbers, [*notes, *_without_places(scene)]


def _decay(decay: Decay) -> str:
    if decay is None:
        return ""
    message = "access.decay_gaussian" if decay == "gaussian" else "access.decay_steps"
    return text(message, default_language())


def _without_places(scene: Scene) -> list[str]:
    return scene.told("access.note_supply_missing", scene.supply.index[scene.supply.isna()])


MEASURED: Mapping[Method, Callable[[Scene], Measured]] = {
    "within": _within,
    "nearest": _nearest,
    "supply": _in_reach,
    "2sfca": _shared,
}
"""What is found by block variable, and sentences about it."""


def counts_of(method: Method, demand: str, unit: str, *, enough: bool = False) -> tuple[str, ...]:
    """Return the names of the counts that a method tells, before anything is measured.

    Examples
    --------
    >>> counts_of("within", "residents", "metres")
    ('residents', 'residents_within', 'residents_beyond')
    """
    ends = {
        "within": ("_within", "_beyond"),
        "nearest": ("_reached", f"_{unit}"),
        "supply": ("_supply",),
        "2sfca": ("_served",) if enough else (),
    }
    places = (PLACES,) if method == "2sfca" else ()
    return (demand, *places, *(f"{demand}{end}" for end in ends[method]))
