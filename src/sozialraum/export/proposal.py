"""A proposal of areas as a GeoPackage: for municipalities to decide on, without a count.

With the blocks it can be edited in QGIS: a planner gives blocks to other areas, and
:func:`sozialraum.read_proposal` reads the file back.
"""

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd

from sozialraum import schema
from sozialraum.errors import DisclosureError, OutputError
from sozialraum.export.editing import area_style, block_style
from sozialraum.export.package import Style, adding, fixed_clock, moment, write_layer
from sozialraum.export.qml import class_style
from sozialraum.files import writing
from sozialraum.files.proposal import (
    AREA_COLUMNS,
    AREAS,
    BLOCK_COLUMNS,
    BLOCKS,
)
from sozialraum.files.provenance import sources_sentence
from sozialraum.files.scan import check_proposal
from sozialraum.messages import text
from sozialraum.model import Blocks, Proposal
from sozialraum.model.assignment import BEFORE, STATUSES
from sozialraum.model.publishable import DECISION_COLUMNS
from sozialraum.themes import proposal_theme


def write_proposal(
    path: str | Path,
    proposal: Proposal,
    *,
    blocks: Blocks | None = None,
    language: str = "de",
    overwrite: bool = False,
) -> Path:
    """Write the shapes of proposed areas, and which of them pass, as a GeoPackage.

    Parameters
    ----------
    path
        File to write.
    proposal
        Areas without any count.
    blocks
        With them the file gets a second layer: the tiles of the blocks with the area
        each belongs to, ready to be edited in QGIS and read back with
        :func:`sozialraum.read_proposal`. No count is written.
    language
        Language of titles, styles and hints.
    overwrite
        Replace an existing file.

    Raises
    ------
    DisclosureError
        Anything but a proposal was given, or the file fails the scan.
    OutputError
        The file exists and `overwrite` is off, or blocks are given and the proposal does
        not say to which area each of them belongs.
    """
    if not isinstance(proposal, Proposal):
        raise DisclosureError(
            "model.not_publishable", what="write_proposal", given=type(proposal).__name__
        )
    tiles = None if blocks is None else _tiles(blocks, proposal)
    layers = {AREAS: _areas(proposal, language)} | ({} if tiles is None else {BLOCKS: tiles})
    titles = {
        layer: {
            name: text(f"export.column_{name}", language)
            for name in frame.columns
            if name != frame.geometry.name
        }
        for layer, frame in layers.items()
    }
    if tiles is not None:
        titles[BLOCKS][schema.AREA_ID] = text("export.column_area", language)
    note = sources_sentence(proposal.sources, language)
    stamp = moment("")
    with writing(path, overwrite=overwrite) as temporary:
        with fixed_clock(stamp):
            for layer, frame in layers.items():
                hint = "" if tiles is None else text(f"export.hint_{layer}", language) + " "
                title = text(f"export.layer_{layer}", language)
                write_layer(temporary, frame, layer, title, hint + note)
        with adding(temporary, stamp) as package:
            package.add_styles(_styles(proposal, titles, language, editable=tiles is not None))
            package.add_titles(titles)
        check_proposal(temporary)
    return Path(path)


def _areas(proposal: Proposal, language: str) -> gpd.GeoDataFrame:
    """Return the areas with their decisions and the class that the style draws."""
    frame = proposal.frame.assign(
        **{name: "" for name in DECISION_COLUMNS if name not in proposal.frame.columns},
        klasse=proposal_theme(proposal, language).frame["class"],
    )
    return gpd.GeoDataFrame(frame[[*AREA_COLUMNS[1:], frame.geometry.name]].reset_index())


def _tiles(blocks: Blocks, proposal: Proposal) -> gpd.GeoDataFrame:
    """Return the tiles of blocks with the area they belong to, now and before editing."""
    if proposal.membership is None or not blocks.frame.index.isin(proposal.membership.index).all():
        raise OutputError("export.no_membership")
    tiles = blocks.frame[[schema.MUNICIPALITY, blocks.frame.geometry.name]]
    tiles = tiles.to_crs(str(proposal.frame.crs)).rename_axis(schema.BLOCK_ID)
    areas = proposal.membership.loc[blocks.frame.index].to_numpy()
    tiles = tiles.assign(**{schema.AREA_ID: areas, BEFORE: areas}).reset_index()
    return gpd.GeoDataFrame(tiles[[*BLOCK_COLUMNS, tiles.geometry.name]])


def _styles(
    proposal: Proposal, titles: Mapping[str, Mapping[str, str]], language: str, *, editable: bool
) -> list[Style]:
    """Return the styles: classes of the areas, and with blocks those for editing."""
    shown = proposal_theme(proposal, language)
    classes = class_style(shown, "klasse", titles[AREAS])
    styles = [Style(AREAS, shown.title, classes, default=not editable)]
    if not editable:
        return styles

    def words(*names: str) -> dict[str, str]:
        return {name: text(f"export.edit_{name}", language) for name in names}

    of_areas = area_style(
        titles[AREAS],
        words("passes", "fails"),
        hint=text(f"export.hint_{AREAS}", language),
        fixed=("municipality", "origin", "passes", "fails", "klasse"),
        statuses=words(*STATUSES),
    )
    of_blocks = block_style(
        titles[BLOCKS],
        words("block", "changed", "homeless"),
        hint=text(f"export.hint_{BLOCKS}", language),
        fixed=(schema.BLOCK_ID, schema.MUNICIPALITY, BEFORE),
    )
    name = text("export.style_editing", language)
    return [
        *styles,
        Style(AREAS, name, of_areas, default=True),
        Style(BLOCKS, name, of_blocks, default=True),
    ]
