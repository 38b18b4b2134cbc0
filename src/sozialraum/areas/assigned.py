"""Areas edited by hand: which area every block belongs to, checked as a whole."""

from collections.abc import Iterable, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sozialraum import schema
from sozialraum.areas.decisions import Decisions, decisions_of
from sozialraum.areas.findings import Findings
from sozialraum.areas.frame import dissolve, finished_frame
from sozialraum.areas.minima import CERTAINTY, Dates, Noise, demands_of
from sozialraum.areas.shapes import Outline, outlined, sources_of
from sozialraum.areas.wishes import check_choice
from sozialraum.methods.graph import component_labels, within_groups
from sozialraum.model import Areas, Assignment, Blocks, Layer, Policy
from sozialraum.model.assignment import BEFORE

MOST_NAMED = 3
"""So many blocks of a piece of an area are named."""
MOVED = 0.05
RESIZED = 1.0
"""A tile whose bounds differ by so many metres, or whose size by so many square metres, was
reshaped."""


def adopt_assignment(  # noqa: PLR0913 - one option for each decision of the planner
    blocks: Blocks,
    assignment: Assignment,
    *,
    policy: Policy,
    rates: Iterable[str] = (),
    dates: Dates = None,
    noise: Noise = None,
    certainty: float = CERTAINTY,
    contiguous: bool = True,
    outline: Outline = "smooth",
    follow: Layer | Sequence[Layer] = (),
    decided_by: str = "",
    decided_on: str = "",
    geography: str = schema.AREAS_LEVEL,
) -> Areas:
    """Adopt areas that a planner edited block by block, after a check of the whole file.

    Ids, names and decisions come from the file; the shapes of the areas are put together
    from the blocks, whatever was done to shapes in the file. Areas that miss a minimum
    are adopted and marked (:func:`check_areas` raises for them): the municipality
    decides.

    Parameters
    ----------
    blocks
        The blocks that the file was written for, with their counts and neighbours.
    assignment
        What :func:`sozialraum.read_proposal` read.
    policy, rates, dates, noise, certainty
        What every area must reach, see :func:`delineate_areas`.
    contiguous
        Raise where somebody split an area into pieces. Parts of a municipality that lie
        apart may share an area, and areas that lay in pieces before stay as they are.
        False: pieces are noted only.
    outline, follow
        How all areas are drawn, see :func:`delineate_areas`.
    decided_by, decided_on
        Body and ISO date of the decision, where the file does not say.
    geography
        Name of this set of areas.

    Returns
    -------
    Areas
        Sorted by id. `report` holds the number of blocks that changed their area, and
        the ids of areas that hold other blocks than before, that are new and that
        vanished; `notes` say so in words.

    Raises
    ------
    DelineationError
        The file does not fit the blocks; every fault is named at once, with what is
        wrong, where, and what to do: blocks that are unknown, missing, without an area
        or in two, areas in several municipalities or in pieces, ids that are taken,
        decisions and dates that cannot be read, one area in several rows. Or a minimum
        cannot be used.
    """
    demands = demands_of(blocks, policy, rates, dates=dates, noise=noise, certainty=certainty)
    check_choice("outline", outline, Outline)
    found = Findings(assignment.title)
    table = _checked_rows(blocks, assignment, found)
    membership = table[schema.AREA_ID].rename(schema.AREA_ID)
    known = membership[membership != ""]
    crossing = _crossing(blocks, known, table[BEFORE], found)
    pieces = _new_pieces(blocks, table)
    (found.fault if contiguous else found.note)("area_in_pieces", pieces)
    decided = decisions_of(blocks, assignment, known, table[BEFORE], found)
    found.raise_faults()
    frame = _frame(blocks, membership, decided, decided_by, decided_on)
    frame = outlined(frame, membership, blocks, outline=outline, follow=follow, redrawn=frame.index)
    finished = finished_frame(frame, membership, blocks, demands)
    below = finished[~finished["passes"]]
    found.note("below_minimum", [f"{area} ({fails})" for area, fails in below["fails"].items()])
    report = {"areas": len(finished) - len(below), "edited": assignment.changed}
    return Areas(
        frame=finished,
        membership=membership,
        geography=geography,
        minima=dict(demands.minima),
        report={
            **report,
            "changed": _changed(table),
            "new": decided.new,
            "gone": decided.gone,
            **demands.facts(),
        },
        sources=sources_of(blocks.sources, (), follow),
        notes=(*assignment.notes, *found.notes),
        crossing=crossing,
    )


def _checked_rows(blocks: Blocks, assignment: Assignment, found: Findings) -> pd.DataFrame:
    """Return the area of every block, now and before; blank where the file does not say."""
    rows = assignment.blocks
    known, ids = blocks.frame.index, rows[schema.BLOCK_ID]
    found.fault("blank_block", [f"#{row}" for row in rows.index[ids == ""]])
    found.fault("unknown_block", ids[(ids != "") & ~ids.isin(known)].unique())
    found.fault("missing_block", known[~known.isin(ids)])
    rows = rows[ids.isin(known)]
    repeated = rows[rows[schema.BLOCK_ID].duplicated(keep=False)]
    areas = repeated.groupby(schema.BLOCK_ID)[schema.AREA_ID].agg(frozenset).map(len)
    found.fault("divided_block", areas.index[areas > 1])
    found.note("split_block", areas.index[areas == 1])
    table = pd.DataFrame(rows[[schema.BLOCK_ID, schema.AREA_ID, BEFORE]])
    table = table.drop_duplicates(schema.BLOCK_ID).set_index(schema.BLOCK_ID)
    found.fault("homeless_block", table.index[table[schema.AREA_ID] == ""])
    changed = (table[BEFORE] != "") & (table[BEFORE] != table[schema.AREA_ID])
    found.note("changed_block", table.index[changed])
    once = rows[~rows[schema.BLOCK_ID].duplicated(keep=False)]
    found.note("reshaped_block", _reshaped(blocks, once))
    return table.reindex(known, fill_value="")


def _reshaped(blocks: Blocks, rows: gpd.GeoDataFrame) -> pd.Index:
    """Return the blocks whose shape in the file is not theirs."""
    tiles = rows.set_index(schema.BLOCK_ID).geometry
    own = blocks.frame.geometry.loc[tiles.index]
    if tiles.crs is not None and tiles.crs != own.crs:
        tiles = tiles.to_crs(str(own.crs))
    there, here = np.asarray(tiles), np.asarray(own)
    moved = abs(shapely.bounds(there) - shapely.bounds(here)).max(axis=1) <= MOVED
    resized = abs(shapely.area(there) - shapely.area(here)) <= RESIZED
    return tiles.index[~(moved & resized)]


def _crossing(
    blocks: Blocks, membership: pd.Series, before: pd.Series, found: Findings
) -> tuple[str, ...]:
    """Return the areas of several municipalities that were so before; others are faults."""
    units = blocks.frame[schema.MUNICIPALITY]
    held = units.loc[membership.index].groupby(membership.to_numpy()).agg(frozenset)
    was = units.groupby(before.to_numpy()).agg(frozenset)
    several = held[held.map(len) > 1]
    kept = [area for area, now in several.items() if now <= was.get(area, frozenset())]
    wrong = several.drop(kept)
    found.fault("crossing_area", [f"{a} ({', '.join(sorted(now))})" for a, now in wrong.items()])
    taken = {*blocks.units.index, *(unit[:5] for unit in blocks.units.index)}
    found.fault("taken_area", sorted(taken & set(held.index)))
    return tuple(str(area) for area in kept)


def _new_pieces(blocks: Blocks, table: pd.DataFrame) -> list[str]:
    """Return the areas that editing split into pieces, with blocks of the smaller ones.

    Parts of a municipality without a way between them are no pieces: an exclave has to
    belong to somebody.
    """
    parts = component_labels(blocks.adjacency)
    now, before = (_pieces(blocks, table[column], parts) for column in (schema.AREA_ID, BEFORE))
    renamed = _renamed(table)
    found = []
    for area, pieces in now.items():
        if area and len(pieces) > len(before.get(renamed.get(area, area), ())):
            named = [", ".join(blocks.frame.index[piece[:MOST_NAMED]]) for piece in pieces]
            more = [" …" if len(piece) > MOST_NAMED else "" for piece in pieces]
            shown = "; ".join(f"{ids}{dots}" for ids, dots in zip(named, more, strict=True))
            found.append(f"{area} ({shown})")
    return found


def _changed(table: pd.DataFrame) -> tuple[str, ...]:
    """Return the areas that hold other blocks than the area of their id did before."""
    known = table[table[BEFORE] != ""]
    moved = known[known[schema.AREA_ID] != known[BEFORE]]
    now, before = set(table[schema.AREA_ID]), set(known[BEFORE])
    other_id = set(_renamed(table)) - before
    return tuple(sorted(({*moved[schema.AREA_ID], *moved[BEFORE]} & now) - other_id))


def _renamed(table: pd.DataFrame) -> dict[str, str]:
    """Return the former id of every area with exactly the blocks of an area before."""
    pairs = table.groupby([schema.AREA_ID, BEFORE]).size().reset_index()
    now, before = pairs[schema.AREA_ID], pairs[BEFORE]
    same = pairs[~(now.duplicated(keep=False) | before.duplicated(keep=False))]
    return dict(zip(same[schema.AREA_ID], same[BEFORE], strict=True))


def _pieces(
    blocks: Blocks, membership: pd.Series, parts: np.ndarray
) -> dict[str, list[np.ndarray]]:
    """Return the blocks of every piece of an area but the largest of each part, by area."""
    codes, areas = pd.factorize(membership, sort=True)
    piece = component_labels(within_groups(blocks.adjacency, codes))
    sizes = np.bincount(piece)
    first = np.unique(piece, return_index=True)[1]
    order = np.lexsort((first, -sizes, parts[first], codes[first]))
    area, part = codes[first][order], parts[first][order]
    extra = np.zeros(order.size, dtype=bool)
    extra[1:] = (np.diff(area) == 0) & (np.diff(part) == 0)
    found: dict[str, list[np.ndarray]] = {}
    for number in order[extra]:
        name = str(areas[codes[first[number]]])
        found.setdefault(name, []).append(np.flatnonzero(piece == number))
    return found


def _frame(
    blocks: Blocks, membership: pd.Series, decided: Decisions, decided_by: str, decided_on: str
) -> gpd.GeoDataFrame:
    """Return areas put together from their blocks."""
    codes, areas = pd.factorize(membership, sort=True)
    first = np.unique(codes, return_index=True)[1]
    index = pd.Index(areas, name=schema.AREA_ID, dtype="str")
    table = decided.table.loc[index]
    owner = blocks.frame[schema.MUNICIPALITY].to_numpy()[first]
    table = table.assign(
        municipality=owner,
        decided_by=table["decided_by"].mask(table["decided_by"] == "", decided_by),
        decided_on=table["decided_on"].mask(table["decided_on"] == "", decided_on),
    )
    shapes = dissolve(np.asarray(blocks.frame.geometry), codes)
    return gpd.GeoDataFrame(table, geometry=shapes, crs=blocks.frame.crs)
