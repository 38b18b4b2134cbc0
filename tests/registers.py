"""Signed releases with blocks, and registers, for tests of publishing."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd
from shapely.geometry import box

from sozialraum import schema
from sozialraum.disclosure.ledger import Ledger, read_ledger
from sozialraum.model import Audit, Indicator, Policy, Release
from sozialraum.model.release import RELEASE_COLUMNS
from sozialraum.schema import State

DATE = "2025-12-31"
DAY = dt.date(2026, 1, 5)
SIGNED: dict[str, Any] = {"signed_by": "statistics office", "on": DAY}
SGB2 = Indicator("sgb2", "d.persons", "register.u65", "SGB II", "Benefits", sensitivity="social")
ROLES = ("head of the office", "data-protection officer")
POLICY = Policy(
    "standard",
    residents=300,
    denominator=30,
    k=3,
    decided_by="Kreistag",
    decided_on="2025-01-01",
    dpo_consulted_on="2024-12-01",
    override=ROLES,
)
type Shown = tuple[float | None, float | None] | str
"""Count and denominator, or the state of a cell that shows none."""


def make_release(
    cells: Mapping[str, Shown] | None = None,
    blocks: Mapping[str, Sequence[str]] | None = None,
    *,
    geography: str = schema.AREAS_LEVEL,
    date: str = DATE,
    **changes: Any,
) -> Release:
    """Return a signed release of one indicator in areas of one geography.

    `cells` says what is shown of every area, `blocks` what it is made of.
    """
    cells = cells or {"Q1": (12, 60), "Q2": State.SUPPRESSED, "Q3": (20, 80)}
    blocks = blocks or {area: (f"{area}a", f"{area}b") for area in cells}
    rows = []
    for area, shown in cells.items():
        state = shown if isinstance(shown, str) else State.VALUE
        count, base = (None, None) if isinstance(shown, str) else shown
        rate = None if count is None or not base else round(100 * count / base)
        rows.append((geography, area, SGB2.id, date, count, base, rate, str(state)))
    table = pd.DataFrame(rows, columns=list(RELEASE_COLUMNS))
    numbers = ["numerator", "denominator", "value"]
    table[numbers] = table[numbers].astype("float64")
    given: dict[str, Any] = {
        "table": table,
        "areas": _areas(cells, geography),
        "indicators": (SGB2,),
        "policy": POLICY,
        "audit": Audit("made up", {"targets": 3}, len(table), 2, 1, passed=True),
        "title": "Musterkreis",
        "draft": False,
        "membership": membership({geography: blocks}),
    }
    return Release(**(given | changes))


def _areas(cells: Mapping[str, Shown], geography: str) -> gpd.GeoDataFrame:
    shapes = [box(i, 0, i + 1, 1) for i in range(len(cells))]
    index = pd.Index(list(cells), name=schema.AREA_ID, dtype="str")
    frame = gpd.GeoDataFrame(geometry=shapes, index=index, crs=25832)
    frame[schema.GEOGRAPHY] = geography
    frame[schema.NAME] = [f"Gebiet {area}" for area in cells]
    frame[schema.MUNICIPALITY] = "05999001"
    frame["municipality_name"] = "Auental"
    return frame.assign(origin="adopted", status="accepted")


def membership(parts: Mapping[str, Mapping[str, Sequence[str]]]) -> pd.DataFrame:
    """Return the area of every block in every geography."""
    found = {g: {b: a for a, inside in areas.items() for b in inside} for g, areas in parts.items()}
    blocks = sorted({block for areas in found.values() for block in areas})
    index = pd.Index(blocks, name=schema.BLOCK_ID, dtype="str")
    columns = {g: [areas.get(block, "") for block in blocks] for g, areas in found.items()}
    return pd.DataFrame(columns, index=index, dtype="str")


def checked(release: Release, ledger: Ledger) -> Release:
    """Return a release as if it had been protected against a register."""
    audit = dataclasses.replace(release.audit, ledger=ledger.state)
    return dataclasses.replace(release, audit=audit)


def opened(folder: Path) -> Ledger:
    """Return the register of a folder, pinned there."""
    return read_ledger(folder / "v.jsonl", folder / "pin")


class Leak(NamedTuple):
    """A leak as an audit reports it."""

    variable: str
    name: tuple[str, ...]


class Report(NamedTuple):
    """What an audit says."""

    leaks: tuple[Leak, ...] = ()
    unresolved: tuple[tuple[str, ...], ...] = ()
