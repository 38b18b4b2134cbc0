"""Which area every block belongs to, as a planner left it in a file."""

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from sozialraum import schema
from sozialraum.model.describe import html_table, one_line

BEFORE = "area_id_before"
"""Column with the area of a block when the file was written; tells what was changed."""
ASSIGNED_COLUMNS = (schema.BLOCK_ID, schema.AREA_ID, BEFORE)
NAMED_COLUMNS = (schema.AREA_ID, schema.NAME, "origin", "status", "decided_by", "decided_on")
STATUSES = ("proposed", "accepted", "rejected")
"""What a decision on an area may be."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Assignment:
    """A proposal of areas edited by hand, as it stands in its file; not checked yet.

    It holds no count. :func:`sozialraum.adopt_assignment` checks it against the blocks.

    Parameters
    ----------
    title
        Name of the file.
    blocks
        One row a row of the file: `block_id`, `area_id`, `area_id_before` (the area when
        the file was written) and geometry; text, blank where nothing stands.
    areas
        One row a row of the file: `area_id`, `name`, `origin`, `status`, `decided_by`,
        `decided_on`; text, blank where nothing stands.
    notes
        What was found and done, as finished sentences.
    """

    title: str
    blocks: gpd.GeoDataFrame
    areas: pd.DataFrame
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        schema.check_columns(self.blocks.columns, ASSIGNED_COLUMNS, self.title)
        schema.check_columns(self.areas.columns, NAMED_COLUMNS, self.title)

    @property
    def changed(self) -> int:
        """Number of blocks that lie in another area than when the file was written."""
        return int((self.blocks[schema.AREA_ID] != self.blocks[BEFORE]).sum())

    def __repr__(self) -> str:
        facts = [
            f"{len(self.blocks)} blocks in {self.blocks[schema.AREA_ID].nunique()} areas",
            f"{self.changed} changed",
            self.title,
        ]
        return one_line("Assignment", facts)

    def _repr_html_(self) -> str:
        rows = [
            ("blocks", str(len(self.blocks))),
            ("areas", str(self.blocks[schema.AREA_ID].nunique())),
            ("blocks changed", str(self.changed)),
            ("file", self.title),
        ]
        return html_table("Assignment", rows)
