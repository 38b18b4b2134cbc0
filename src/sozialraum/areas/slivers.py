"""Slivers between geographies: pieces of the overlay that hold too few people are joined."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.areas.change import reshaped
from sozialraum.areas.frame import finished_frame
from sozialraum.areas.geography import owners_of
from sozialraum.areas.minima import Demands, demands_of
from sozialraum.areas.subset import by_id
from sozialraum.errors import DelineationError
from sozialraum.messages import default_language, listing, text
from sozialraum.methods.slivers import join_slivers
from sozialraum.model import Areas, Blocks, Policy
from sozialraum.model.describe import one_line

MOST = 5
"""How many ids a note names."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Merged:
    """Geographies whose overlay has no slivers, and what was changed. Holds no count.

    Parameters
    ----------
    areas
        The geographies, in the order given.
    moved
        One row a change: `block_id`, `geography`, `before`, `after`.
    unsolved
        Blocks in pieces that miss a minimum still.
    report
        Number of `blocks`, of those `moved` and `unsolved`, and of `pieces`.
    notes
        The same as finished sentences.
    """

    areas: tuple[Areas, ...]
    moved: pd.DataFrame
    unsolved: tuple[str, ...] = ()
    report: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        names = ", ".join(areas.geography for areas in self.areas)
        facts = [f"{number} {what}" for what, number in self.report.items()]
        return one_line("Merged", [names, *facts])


def merge_slivers(
    blocks: Blocks,
    geographies: Sequence[Areas],
    policy: Policy,
    *,
    rates: Iterable[str] = (),
    fixed: Iterable[str] = (),
) -> Merged:
    """Make borders of several geographies meet where they cut off too few people.

    Published counts of overlapping areas can be subtracted from each other. Every piece
    that can be got that way consists of pieces of the overlay (municipalities included),
    so it is enough that each of these reaches the minima of areas or holds nobody. A piece
    that does not changes over to the neighbouring one, in the geographies that may be
    changed, or is grown by a few blocks where that moves less.

    Parameters
    ----------
    blocks
        Blocks with population counts and neighbours.
    geographies
        Small areas and further geographies over the blocks; any order.
    policy, rates
        What every piece must reach, see :func:`delineate_areas`: population only (R9).
    fixed
        Names of geographies that may not be changed, such as electoral districts.

    Returns
    -------
    Merged
        Changed areas are proposals again: nobody decided on their new borders. What was
        delivered for their former borders does not count for them.

    Raises
    ------
    DelineationError
        Geographies share a name, `fixed` names none of them, or a minimum cannot be used.

    Examples
    --------
    >>> from sozialraum.areas import delineate_areas
    >>> from sozialraum.datasets import load_town
    >>> town, policy = load_town(), Policy("house", residents=300, denominator=30, k=3)
    >>> areas = delineate_areas(town, policy=policy)
    >>> merge_slivers(town, [areas], policy).report["moved"]
    0
    """
    names, fixed = [areas.geography for areas in geographies], set(fixed)
    _check_names(names, fixed)
    demands = demands_of(blocks, policy, rates)
    ordered = by_id(blocks)
    before = _memberships(ordered, geographies)
    labels, keys = _labels(ordered, before)
    found = join_slivers(
        ordered.adjacency,
        demands.counts(ordered),
        demands.limits,
        labels,
        fixed=np.array([True, *(name in fixed for name in names)]),
    )
    after = pd.DataFrame(
        {name: keys[name][found.labels[:, g]] for g, name in enumerate(names, start=1)},
        index=before.index,
        dtype="str",
    )
    areas = [
        _changed(blocks, one, after[one.geography].reindex(blocks.frame.index), demands)
        for one in geographies
    ]
    left = tuple(map(str, before.index[found.failing]))
    report = {
        "blocks": len(before),
        "moved": int((before != after).any(axis=1).sum()),
        "unsolved": len(left),
        "pieces": len(np.unique(found.labels, axis=0)),
    }
    notes = [note for one, old in zip(areas, geographies, strict=True) for note in _new(one, old)]
    notes += _note("left", "", left)
    return Merged(tuple(areas), _moves(before, after), left, report, tuple(notes))


def _check_names(names: Sequence[str], fixed: set[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DelineationError("areas.slivers_names", ids=twice)
    unknown = sorted(fixed - set(names))
    if unknown:
        raise DelineationError("areas.slivers_unknown", ids=unknown, known=", ".join(names))


def _memberships(blocks: Blocks, geographies: Sequence[Areas]) -> pd.DataFrame:
    """Return the area of every block by geography; raise where a block has none and must."""
    found = {}
    for areas in geographies:
        member = areas.membership.reindex(blocks.frame.index)
        homeless = member.isna() if areas.partial else member.isna() | (member == "")
        if homeless.any():
            ids = member.index[homeless]
            raise DelineationError("model.not_partition", ids=ids, what=areas.geography)
        found[areas.geography] = member
    return pd.DataFrame(found, index=blocks.frame.index, dtype="str")


def _labels(blocks: Blocks, member: pd.DataFrame) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return numbers for municipalities and areas, -1 outside, and the key of each number."""
    units = pd.factorize(blocks.frame[schema.MUNICIPALITY], sort=True)[0]
    columns, keys = [units], {}
    for name in member.columns:
        known = np.array(sorted(set(member[name]) - {""}), dtype=object)
        columns.append(pd.Index(known).get_indexer(pd.Index(member[name])))
        keys[str(name)] = np.append(known, "")
    return np.column_stack(columns), keys


def _changed(blocks: Blocks, areas: Areas, membership: pd.Series, demands: Demands) -> Areas:
    """Return areas with the blocks they hold now."""
    given = areas.membership.reindex(blocks.frame.index)
    moved = (given != membership).to_numpy()
    if not moved.any():
        return areas
    touched = set(given[moved]) | set(membership[moved])
    gone = sorted(touched - set(membership))
    changed = sorted(touched - set(gone))
    frame = reshaped(blocks, areas.frame, given, membership, changed=changed, gone=gone)
    frame.loc[changed, "status"] = "proposed"
    frame.loc[changed, ["decided_by", "decided_on"]] = ""
    crossing = areas.crossing
    if areas.partial:
        owner, crossing = owners_of(blocks, membership, frame)
        frame = gpd.GeoDataFrame(frame.assign(municipality=owner))
    earlier = areas.report.get("changed", ())
    assert isinstance(earlier, tuple)
    report = {"changed": tuple(sorted({*earlier, *changed} - set(gone))), "gone": tuple(gone)}
    return replace(
        areas,
        frame=finished_frame(frame, membership, blocks, demands),
        membership=membership.rename(schema.AREA_ID),
        report={**areas.report, **report},
        notes=(*areas.notes, *_note("moved", areas.geography, given.index[moved])),
        crossing=crossing,
    )


def _new(areas: Areas, old: Areas) -> list[str]:
    """Return the notes about what was changed here."""
    gone = old.frame.index.difference(areas.frame.index)
    return [*areas.notes[len(old.notes) :], *_note("gone", areas.geography, gone)]


def _note(what: str, geography: str, ids: Iterable[object]) -> list[str]:
    named = tuple(sorted(map(str, ids)))
    if not named:
        return []
    language = default_language()
    shown = listing(named, MOST, language)
    values = {"geography": geography, "count": len(named), "ids": shown}
    return [text(f"areas.slivers_{what}", language, **values)]


def _moves(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return one row a block and geography in which it changed its area."""
    parts = []
    for name in before.columns:
        moved = before[name] != after[name]
        pairs = {"before": before[name][moved], "after": after[name][moved]}
        parts.append(pd.DataFrame(pairs).assign(geography=name))
    table = pd.concat(parts) if parts else pd.DataFrame(columns=["before", "after", "geography"])
    table.index.name = schema.BLOCK_ID
    return table.reset_index()[[schema.BLOCK_ID, schema.GEOGRAPHY, "before", "after"]]
