"""The gate: measures in, a protected release out."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.disclosure.audit import Finding, check
from sozialraum.disclosure.links import Links, find_links
from sozialraum.disclosure.sheet import Sheet, make_sheet
from sozialraum.disclosure.telling import betrayed, follow, with_links, with_possible
from sozialraum.errors import DisclosureError
from sozialraum.messages import text
from sozialraum.methods.derivation import derive
from sozialraum.methods.repair import next_step, repair
from sozialraum.methods.rounding import rounded_rate
from sozialraum.methods.suppression import Minima
from sozialraum.methods.tables import FAR, Cells
from sozialraum.model import Audit, Measures, Policy, Release
from sozialraum.model.release import RELEASE_COLUMNS
from sozialraum.schema import State

MODEL_LANGUAGE = "de"
"""The audit's sentence is stored, so it must not depend on who runs the program."""


def protect(
    measures: Measures,
    policy: Policy,
    *,
    on: dt.date | None = None,
    audience: str = "public",
) -> Release:
    """Return what may be published of `measures` under `policy`.

    Single counts first: an area is shown only with enough residents and a large enough
    denominator, a count only if it is 0 or at least k and leaves at least k, persons only
    with at least k households behind them; a count that its supplier suppressed stays
    hidden. Then further counts are hidden until nothing hidden can be derived from what
    is published, and that is checked. One uniform mark covers everything protected.

    Parameters
    ----------
    measures
        Counts of areas, municipalities and county.
    policy
        Thresholds. The smallest count is the largest of the policy's, the sensitivity
        class's and the suppliers' own.
    on
        Day for which the policy must be signed and valid; today when omitted.
    audience
        Who may see the release.

    Returns
    -------
    Release
        A draft unless the policy is signed and valid.

    Raises
    ------
    DisclosureError
        The counts contradict each other, hiding everything would not protect them, or
        an area holds blocks of several municipalities.

    Notes
    -----
    The reader modelled knows everything published, all denominators, that counts are
    whole numbers, how indicators contain each other, and what a supplier's mark means.
    Earlier releases, other publishers' totals and guesses by probability are not in it.
    """
    if measures.areas.crossing:
        # sums over areas are no sums of municipalities there: the audit would not see leaks
        raise DisclosureError("disclosure.crossing", ids=measures.areas.crossing)
    sheet = make_sheet(measures, policy)
    minima = Minima(policy.residents, policy.denominator)
    primary = sheet.cells.published
    links = find_links(sheet)
    published, finding = _protected(with_possible(sheet, links), links, minima)
    secondary = sheet.delivered & primary & ~published
    audit = Audit(
        model=text("disclosure.model", MODEL_LANGUAGE),
        checks={"closed form": finding.closed, "linear programme": finding.programmed},
        cells=int(sheet.delivered.sum()),
        published=int(published.sum()),
        primary=int((sheet.delivered & ~primary).sum()),
        secondary=int(secondary.sum()),
        passed=True,
    )
    today = on or dt.date.today()  # noqa: DTZ011 - a policy is valid until a local day
    return Release(
        table=_table(sheet, published),
        areas=_areas(measures, sheet),
        indicators=measures.indicators,
        policy=policy,
        audit=audit,
        title=measures.county,
        audience=audience,
        draft=not policy.is_signed(today),
        sources=measures.sources,
    )


def _protected(sheet: Sheet, links: Links, minima: Minima) -> tuple[np.ndarray, Finding]:
    """Return what may be published, and the check that nothing else can be derived."""
    published = sheet.cells.published
    changed = np.ones((len(sheet.tables), sheet.hierarchy.units + 1), dtype=bool)
    published = _settled(sheet, links, minima, published)
    while True:
        cells = with_links(sheet, links, published)
        finding = check(sheet, links, cells, minima, changed)
        if not finding.open_zones:
            return published, finding
        before = published
        published = _hide_more(sheet, links, cells, finding.open_zones)
        published = _settled(sheet, links, minima, published)
        changed = _changed(sheet, links, before != published, finding.open_zones)


def _changed(
    sheet: Sheet, links: Links, places: np.ndarray, zones: Sequence[tuple[int, int]]
) -> np.ndarray:
    """Return (tables, municipalities + 1) where a check has to be made again."""
    h = sheet.hierarchy
    changed = np.zeros((len(places), h.units + 1), dtype=bool)
    changed[:, : h.units] = h.sums(places[:, : h.areas].astype(np.int64)) > 0
    changed |= places[:, h.areas :].any(axis=1, keepdims=True)
    changed[tuple(np.array(zones).T)] = True
    family = np.zeros_like(changed)
    np.logical_or.at(family, links.families, changed)
    return family[links.families]


def _settled(sheet: Sheet, links: Links, minima: Minima, published: np.ndarray) -> np.ndarray:
    """Return what may be published when no table and no link alone gives anything away."""
    while True:
        published = follow(links, sheet.cells, published)
        cells = with_links(sheet, links, published)
        traitors = betrayed(links, cells)
        if traitors.any():
            published = published & ~traitors
            continue
        after, stuck = _repaired(sheet, links, cells, minima)
        if stuck:
            after = _hide_more(sheet, links, replace(cells, published=after), stuck)
        if (after == published).all():
            return published
        published = after


def _repaired(
    sheet: Sheet, links: Links, cells: Cells, minima: Minima
) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Return what may be published, every table on its own, and what is still open."""
    published = cells.published.copy()
    stuck = []
    for table in range(len(sheet.tables)):
        alone = len(links.family(table)) == 1
        row = cells.rows(slice(table, table + 1))
        found = repair(sheet.hierarchy, row, minima, alone=alone)
        published[table] = found.published
        if found.stuck is not None:
            stuck.append((table, found.stuck))
    return published, stuck


def _hide_more(
    sheet: Sheet, links: Links, cells: Cells, zones: Sequence[tuple[int, int]]
) -> np.ndarray:
    """Return what stays published when more is hidden where something is still open.

    What a hidden count leaves open is often closed by a linked one that can be derived
    because it is hidden alone; so those get company first.
    """
    h = sheet.hierarchy
    ranges = derive(h, cells, cells.published, cells.known_low, cells.known_high)
    tight = ~cells.published & (ranges.high - ranges.low < cells.k)
    published = cells.published.copy()
    for table, zone in zones:
        linked = [other for other in links.family(table) if other != table]
        inside = np.r_[h.starts[zone] : h.starts[zone + 1]] if zone < h.units else slice(None)
        alone = [other for other in linked if tight[other, inside].any()]
        steps = _steps_for(sheet, cells, alone, zone)
        steps = steps or _steps_for(sheet, cells, [table], zone)
        steps = steps or _steps_for(sheet, cells, linked, zone)
        if not steps:
            raise DisclosureError("disclosure.not_protectable", ids=[sheet.name(table)])
        for other, step in steps:
            published[other, list(step)] = False
    return published


def _steps_for(
    sheet: Sheet, cells: Cells, tables: Sequence[int], zone: int
) -> list[tuple[int, tuple[int, ...]]]:
    """Return the next thing to hide in each table that has one left."""
    found = [
        (table, next_step(sheet.hierarchy, cells.rows(slice(table, table + 1)), zone))
        for table in tables
    ]
    return [(table, step) for table, step in found if step is not None]


def _table(sheet: Sheet, published: np.ndarray) -> pd.DataFrame:
    """Return the long table of a release: numbers only where published."""
    n, m = sheet.hierarchy.areas, sheet.hierarchy.units
    levels = [schema.AREAS_LEVEL] * n + [schema.MUNICIPALITY_LEVEL] * m + [schema.COUNTY_LEVEL]
    frames = []
    for t, (indicator, date) in enumerate(sheet.tables):
        counts, bases = sheet.cells.low[t], sheet.cells.base[t]
        state = np.where(published[t], str(State.VALUE), sheet.label[t]).astype(object)
        value = counts.astype(float)
        if indicator.is_rate:
            state[published[t] & (bases == 0)] = str(State.NOT_APPLICABLE)
            value = rounded_rate(counts, np.maximum(bases, 1), indicator.per)
        shown = state == State.VALUE
        based = shown & indicator.is_rate & (bases < FAR)
        frames.append(
            pd.DataFrame(
                {
                    schema.GEOGRAPHY: levels,
                    schema.AREA_ID: sheet.keys,
                    schema.INDICATOR: indicator.id,
                    schema.DATE: date,
                    "numerator": np.where(shown, counts, np.nan),
                    "denominator": np.where(based, bases, np.nan),
                    "value": np.where(shown, value, np.nan),
                    "state": state,
                },
                columns=list(RELEASE_COLUMNS),
            )
        )
    return pd.concat(frames, ignore_index=True)


def _areas(measures: Measures, sheet: Sheet) -> gpd.GeoDataFrame:
    """Return the shapes of areas, municipalities and county with their names."""
    small, units = measures.areas.frame, measures.units.sort_index()
    units = units if small.crs is None else units.to_crs(small.crs)
    own = units[schema.NAME].astype(str)
    county = sheet.keys[-1]
    order = list(sheet.keys[: len(small)])
    small = small.loc[order]
    official = {"origin": "adopted", "status": "accepted"}
    parts = [
        _part(small, schema.AREAS_LEVEL, small[schema.MUNICIPALITY], small.geometry).assign(
            name=small[schema.NAME].astype(str),
            municipality_name=small[schema.MUNICIPALITY].map(own),
            origin=small["origin"],
            status=small["status"],
        ),
        _part(units, schema.MUNICIPALITY_LEVEL, units.index, units.geometry).assign(
            name=own, municipality_name=own, **official
        ),
    ]
    whole = gpd.GeoDataFrame(geometry=[units.geometry.union_all()], index=[county], crs=small.crs)
    parts.append(
        _part(whole, schema.COUNTY_LEVEL, "", whole.geometry).assign(
            name=measures.county or county, municipality_name="", **official
        )
    )
    columns = [
        schema.GEOGRAPHY,
        schema.NAME,
        schema.MUNICIPALITY,
        "municipality_name",
        "origin",
        "status",
        "geometry",
    ]
    joined = pd.concat([part[columns] for part in parts])
    joined.index.name = schema.AREA_ID
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=small.crs)


def _part(
    frame: gpd.GeoDataFrame, geography: str, municipality: object, shapes: gpd.GeoSeries
) -> gpd.GeoDataFrame:
    data = {schema.GEOGRAPHY: geography, schema.MUNICIPALITY: municipality}
    return gpd.GeoDataFrame(data, index=frame.index, geometry=shapes, crs=frame.crs)
