"""What is to be measured, and everything that takes part in it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.access import edge
from sozialraum.access.costs import Ways
from sozialraum.access.places import Origins
from sozialraum.access.told import told
from sozialraum.errors import IndicatorError
from sozialraum.methods.access import Decay
from sozialraum.model import Areas, Layer

type Method = Literal["within", "nearest", "supply", "2sfca"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be measured."""

    name: str
    demand: str
    method: Method
    reach: float | None
    decay: Decay
    enough: float | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Scene:
    """Everything a method needs: origins, ways, supply, and the area of every block."""

    asked: Asked
    origins: Origins
    ways: Ways
    supply: pd.Series
    owner: np.ndarray
    areas: Areas

    @property
    def people(self) -> np.ndarray:
        """(blocks,) demand of the county."""
        return self.origins.people[: self.origins.blocks]

    def named(self, affected: np.ndarray) -> list[str]:
        """Return the names of areas with affected blocks, whether somebody lives there or not.

        Which blocks are inhabited, and by whom, is nobody's business outside the gate.
        """
        return edge.named(self.areas, self.owner, affected)

    def told(self, message: str, ids: Collection[object] = (), **values: object) -> list[str]:
        """Return a sentence about some areas or points, if there are any."""
        return [told(message, self.asked.name, ids, **values)] if len(ids) else []


def checked(asked: Asked) -> Asked:
    """Raise unless what is asked for fits together."""
    methods = get_args(Method.__value__)
    if asked.method not in methods:
        known, ids = ", ".join(methods), [repr(asked.method)]
        raise IndicatorError("access.not_one_of", ids=ids, option="method", known=known)
    if asked.method == "nearest" and asked.reach is not None:
        raise IndicatorError("access.reach_unused")
    needed = asked.method != "nearest"
    if needed and not (asked.reach and 0 < asked.reach < np.inf):
        raise IndicatorError("access.no_reach", method=asked.method)
    only = {"decay": asked.decay, "enough": asked.enough}
    unused = [option for option, value in only.items() if value is not None]
    if unused and asked.method != "2sfca":
        raise IndicatorError("access.unused", ids=unused, method=asked.method)
    if asked.enough is not None and not 0 < asked.enough < np.inf:
        raise IndicatorError("access.not_enough")
    if not _decays(asked.decay, asked.reach or 0.0):
        raise IndicatorError("access.decay_faulty")
    return asked


def _decays(decay: Decay, reach: float) -> bool:
    if decay is None or isinstance(decay, str):
        return decay in (None, "gaussian")
    if not decay or any(len(step) != len(("limit", "weight")) for step in decay):
        return False
    limits, weights = np.array(decay, dtype=float).T
    return bool((np.diff(limits) > 0).all() and (weights > 0).all() and limits[-1] == reach)


def supply_of(points: Layer, supply: str | None) -> pd.Series:
    """Return what every point offers."""
    if supply is not None:
        schema.check_columns(points.additive, [supply], points.source.title)
    elif len(points.additive) > 1:
        raise IndicatorError("access.which_supply", ids=points.additive)
    column = supply or next(iter(points.additive), None)
    if column is None:
        return pd.Series(1.0, index=points.frame.index)
    return pd.to_numeric(points.frame[column]).astype(float)
