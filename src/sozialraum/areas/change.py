"""Given areas that fail: repaired by the smallest change, or all areas searched anew."""

import re
from collections.abc import Iterable, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sozialraum import schema
from sozialraum.areas.certificate import certificate, facts_of
from sozialraum.areas.draw import Drawn, draw_proposal_areas
from sozialraum.areas.given import Taken
from sozialraum.areas.minima import Demands
from sozialraum.areas.reach import find_reach
from sozialraum.areas.wishes import Wishes, edge_costs, features_of
from sozialraum.messages import text
from sozialraum.methods.apportion import polygonal
from sozialraum.methods.regionalise.mend import mend_regions
from sozialraum.model import Blocks

PRECISION = 1e-4
"""Coordinates of cut shapes are whole tenths of a millimetre, so that neighbours meet."""


def repair_failing(taken: Taken, demands: Demands, wishes: Wishes) -> Drawn:
    """Keep every given area that passes and repair the others by the smallest change.

    A changed area keeps key and name, but is a proposal again: nobody decided on its new
    border.
    """
    blocks, given = taken.blocks, taken.membership
    reach = find_reach(blocks, demands, wishes.unreachable, wishes.exclaves)
    features = features_of(blocks, wishes)
    labels, keys = pd.factorize(given, sort=True)
    mended = mend_regions(
        reach.adjacency,
        demands.counts(blocks),
        demands.limits,
        labels,
        ids=blocks.frame.index.to_numpy(dtype=str),
        units=blocks.frame[schema.MUNICIPALITY].to_numpy(dtype=str),
        features=features,
        edge_cost=edge_costs(blocks, reach.adjacency, features, demands, wishes),
        variances=demands.variances(blocks),
        seed=wishes.seed,
    )
    membership = pd.Series(keys[mended.labels], index=given.index, dtype="str")
    changed, dissolved = keys[mended.changed], keys[mended.dissolved]
    empty = taken.frame.index.difference(given.unique())
    frame = reshaped(blocks, taken.frame, given, membership, changed=changed, gone=list(dissolved))
    frame.loc[changed, "status"] = "proposed"
    frame.loc[changed, ["decided_by", "decided_on"]] = ""
    report = certificate(blocks, reach.adjacency, membership, demands, reach.bridges)
    report |= {
        "kept": tuple(keys[mended.kept]),
        "changed": tuple(changed),
        "dissolved": {str(key): tuple(sorted(set(membership[given == key]))) for key in dissolved},
        "unreachable": tuple(reach.hopeless.index),
        "seed": wishes.seed,
    }
    named = {
        "changed": changed,
        "dissolved": dissolved,
        "not_mended": keys[mended.failing],
        "empty": empty,
    }
    return Drawn(frame, membership, report, _notes(taken, named))


def _notes(taken: Taken, found: dict[str, pd.Index]) -> tuple[str, ...]:
    """Return sentences that name what was changed."""
    names = taken.frame[schema.NAME]
    return tuple(
        text(f"areas.note_{what}", names=", ".join(names.loc[keys]))
        for what, keys in found.items()
        if len(keys)
    )


def reshaped(
    blocks: Blocks,
    areas: gpd.GeoDataFrame,
    given: pd.Series,
    membership: pd.Series,
    *,
    changed: Iterable[str],
    gone: Sequence[str],
) -> gpd.GeoDataFrame:
    """Return the areas with the shapes that changed ones have now, without dissolved ones.

    `given` and `membership` are the area of every block before and now.

    A shape that moves as a whole keeps its drawn border; one that is shared out is cut
    along the tiles of the blocks. Together the areas cover exactly what they did before.
    """
    frame, changed = areas.copy(), list(changed)
    moved = (given != membership).to_numpy()
    tiles = np.asarray(blocks.frame.geometry)
    shapes = dict(zip(frame.index, np.asarray(frame.geometry), strict=True))
    parts: dict[str, list[shapely.Geometry]] = {key: [] for key in changed}
    for key in sorted(set(given[moved]) | set(changed)):
        own = (given == key).to_numpy()
        targets = membership[own]
        if (targets == targets.iloc[0]).all():
            parts[targets.iloc[0]].append(shapes[key])
            continue
        largest = targets.value_counts().sort_index().idxmax()
        main = key if key in set(targets) else str(largest)
        rest = shapes[key]
        for target in sorted(set(targets) - {main}):
            land = shapely.union_all(tiles[own & (membership == target).to_numpy()])
            piece = polygonal(
                np.array([shapely.intersection(rest, land, grid_size=PRECISION)], dtype=object)
            )[0]
            rest = polygonal(
                np.array([shapely.difference(rest, land, grid_size=PRECISION)], dtype=object)
            )[0]
            parts[target].append(piece)
        parts[main].append(rest)
    for key, found in parts.items():
        shapes[key] = found[0] if len(found) == 1 else shapely.union_all(found, grid_size=PRECISION)
    drawn = np.array([shapes[key] for key in frame.index], dtype=object)
    frame = frame.set_geometry(drawn, crs=frame.crs)
    return gpd.GeoDataFrame(frame.drop(index=list(gone)))


def search_anew(taken: Taken, demands: Demands, wishes: Wishes) -> Drawn:
    """Search all areas anew, starting at the given ones.

    An area that comes out with exactly the blocks of a given one keeps its key, name and
    decision; no other area gets a key that a given one had.
    """
    given = taken.membership
    labels, _ = pd.factorize(given, sort=True)
    drawn = draw_proposal_areas(taken.blocks, demands, wishes, start=labels)
    same = _same_blocks(given, drawn.membership)
    renamed = _fresh_keys(drawn.frame.index, same, set(taken.frame.index))
    frame = drawn.frame.rename(index=renamed)
    kept = sorted(same.values())
    frame.loc[kept] = taken.frame.loc[kept, frame.columns]
    membership = drawn.membership.map(renamed)
    others = frame.index.difference(kept)
    report = {**drawn.report, "kept": tuple(kept), "changed": tuple(others)}
    report["unproven"] = tuple(sorted(renamed[str(k)] for k in facts_of(drawn.report, "unproven")))
    crossing = tuple(renamed[key] for key in drawn.crossing)
    return Drawn(gpd.GeoDataFrame(frame), membership, report, drawn.notes, crossing)


def _same_blocks(given: pd.Series, found: pd.Series) -> dict[str, str]:
    """Return the given area with exactly the same blocks, by found area."""
    new = found.loc[given.index]
    pure = new.groupby(given).transform("nunique") + given.groupby(new).transform("nunique") == 2
    return dict(zip(new[pure].astype(str), given[pure].astype(str), strict=True))


def _fresh_keys(keys: pd.Index, same: dict[str, str], taken: set[str]) -> dict[str, str]:
    """Return a key for every found area: the given one it equals, or one never used."""
    found = dict(same)
    used = taken | set(same.values())
    for key in keys:
        if key in same:
            continue
        fresh = str(key)
        while fresh in used:
            head, number = re.fullmatch(r"(.*?)(\d+)", fresh).groups()  # type: ignore[union-attr]
            fresh = f"{head}{int(number) + 1:0{len(number)}d}"
        used.add(fresh)
        found[str(key)] = fresh
    return found
