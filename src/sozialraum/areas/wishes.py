"""What areas should be like where the minima leave a choice: compact, alike, within borders."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array

from sozialraum.areas.minima import Demands, check_complete, check_design, check_type
from sozialraum.errors import DelineationError
from sozialraum.methods.apportion import (
    GRID_CRS,
    NOWHERE,
    cell_sizes,
    largest_overlap,
    parse_cell_ids,
    squares,
)
from sozialraum.methods.graph import gap_costs
from sozialraum.methods.regionalise import Effort, typical_distance
from sozialraum.methods.regionalise.features import blend_features
from sozialraum.model import Blocks, Layer, Policy

type Prefer = str | pd.Series | Layer | None
type Alike = Mapping[str, tuple[str, str]]
CROSSING = 4.0
"""What a preferred border costs, in sums of squares of a compact area.

On 784 made-up hectares with 49 hectares a district and 100 residents an area (254 areas
in any case) 56 areas lie in several districts without it, 43 at 1, 40 at 3 to 10 and 37
at 1,000, where areas lose their shape.
"""
PAIR = 2
"""A share is given by its numerator and its denominator."""
Unreachable = Literal["error", "attach", "unpublishable"]
Exclaves = Literal["merge", "attach", "unpublishable", "error"]


@dataclass(frozen=True, slots=True, eq=False)
class Wishes:
    """How areas are searched, and what they should be like; see `delineate_areas`."""

    seed: int = 0
    unreachable: Unreachable = "error"
    exclaves: Exclaves = "merge"
    prefer: Prefer = None
    alike: Alike | None = None
    likeness: float = 0.5
    effort: Effort = "standard"
    tolerance: float = 0.0


def check_wishes(blocks: Blocks, policy: Policy, wishes: Wishes) -> None:
    """Raise unless what areas should be like is known and may shape them (rule R9)."""
    check_choice("unreachable", wishes.unreachable, Unreachable)
    check_choice("exclaves", wishes.exclaves, Exclaves)
    check_choice("effort", wishes.effort, Effort)
    if wishes.prefer is not None:
        check_type("prefer", wishes.prefer, str, pd.Series, Layer)
    shares = wishes.alike or {}
    wrong = [n for n, pair in shares.items() if isinstance(pair, str) or len(pair) != PAIR]
    if wrong:
        raise DelineationError("areas.alike_pair", ids=wrong)
    named = [name for pair in shares.values() for name in pair]
    check_complete(blocks, named, "alike")
    check_design(blocks, policy, named)
    if isinstance(wishes.prefer, str) and wishes.prefer not in _label_columns(blocks):
        if wishes.prefer in blocks.counts.columns:
            check_design(blocks, policy, [wishes.prefer])
        known = ", ".join(_label_columns(blocks)) or "–"
        raise DelineationError("areas.prefer_unknown", ids=[wishes.prefer], known=known)


def check_choice(option: str, given: object, choices: Any) -> None:
    """Raise unless what was given for an option is one of its values."""
    known = get_args(getattr(choices, "__value__", choices))
    if given not in known:
        shown = ", ".join(f'"{value}"' for value in known)
        raise DelineationError("areas.unknown_choice", option=option, given=given, known=shown)


def _label_columns(blocks: Blocks) -> list[str]:
    """Return the columns of the blocks that say where they belong."""
    return [str(c) for c in blocks.frame.columns if c != blocks.frame.geometry.name]


def places(blocks: Blocks) -> np.ndarray:
    """Return where the people of a block live: the square of a cell, the tile of others."""
    ids, crs = blocks.frame.index, blocks.frame.crs
    assert crs is not None
    if not len(ids) or NOWHERE in cell_sizes(ids):
        return np.asarray(blocks.frame.geometry)
    shapes = gpd.GeoSeries(squares(parse_cell_ids(ids)), crs=GRID_CRS)
    return np.asarray(shapes.to_crs(crs))


def features_of(blocks: Blocks, wishes: Wishes) -> np.ndarray:
    """Return (n, d) what areas should be compact and alike in."""
    centres = shapely.centroid(np.asarray(blocks.frame.geometry))
    xy = np.column_stack([shapely.get_x(centres), shapely.get_y(centres)])
    if not wishes.alike or not len(xy):
        return xy
    pairs = list(wishes.alike.values())
    sizes = blocks.counts[[below for _, below in pairs]].to_numpy(dtype=float)
    counts = blocks.counts[[above for above, _ in pairs]].to_numpy(dtype=float)
    shares = np.divide(counts, sizes, out=np.zeros_like(counts), where=sizes > 0)
    typical = typical_distance(blocks.adjacency, xy)
    return blend_features(xy, shares, sizes, typical=typical, likeness=wishes.likeness)


def edge_costs(
    blocks: Blocks,
    adjacency: csr_array,
    features: np.ndarray,
    demands: Demands,
    wishes: Wishes,
) -> csr_array:
    """Return what it costs an area to reach over an edge, in squared units of the features.

    A gap costs the square of the way beyond one cell; districts side by side have none.
    A preferred border costs :data:`CROSSING` times the sum of squares of a whole compact
    area of the usual number of blocks m, which is m² / 2π squared distances between
    neighbours: no gain in shape is worth a crossing.
    """
    unit = typical_distance(adjacency, features)
    costs = np.zeros(adjacency.indices.size)
    sizes = cell_sizes(blocks.frame.index)
    step = float(max(sizes, default=0))
    if step > 0 and NOWHERE not in sizes:
        metres = typical_distance(adjacency, _coordinates(blocks))
        costs = gap_costs(adjacency, step=step).data * (unit / metres) ** 2
    labels = preferred(blocks, wishes.prefer)
    if labels is not None:
        left = np.repeat(np.arange(len(labels)), np.diff(adjacency.indptr))
        one, other = labels[left], labels[adjacency.indices]
        crossing = (one != other) & (one != "") & (other != "")
        usual = _usual_size(blocks, demands)
        costs += np.where(crossing, CROSSING * max(1.0, usual**2 / (2 * np.pi)) * unit**2, 0.0)
    return csr_array((costs, adjacency.indices, adjacency.indptr), shape=adjacency.shape)


def _coordinates(blocks: Blocks) -> np.ndarray:
    """Return the centres of the blocks."""
    return shapely.get_coordinates(shapely.centroid(np.asarray(blocks.frame.geometry)))


def _usual_size(blocks: Blocks, demands: Demands) -> float:
    """Return the number of blocks of an area that just meets the minima."""
    totals = np.minimum(demands.counts(blocks), demands.limits).sum(axis=0)
    return len(blocks.frame) / max(1.0, float((totals / demands.limits).min()))


def preferred(blocks: Blocks, prefer: Prefer) -> np.ndarray | None:
    """Return where each block belongs by the preferred borders; "" where unknown."""
    if prefer is None:
        return None
    if isinstance(prefer, Layer):
        crs = blocks.frame.crs
        assert crs is not None
        shapes = prefer.frame.sort_index().to_crs(crs)
        owner = largest_overlap(places(blocks), np.asarray(shapes.geometry)).owner
        names = np.append(shapes.index.to_numpy(dtype=str), "")
        return names[owner]
    column = blocks.frame[prefer] if isinstance(prefer, str) else prefer
    labels = column.reindex(blocks.frame.index)
    return labels.astype("str").where(labels.notna(), "").to_numpy(dtype=str)
