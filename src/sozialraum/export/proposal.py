"""A proposal of areas as a GeoPackage: for municipalities to decide on, without a count."""

from pathlib import Path

import geopandas as gpd

from sozialraum import schema
from sozialraum.errors import DisclosureError
from sozialraum.export.package import Style, adding, fixed_clock, moment, write_layer
from sozialraum.export.qml import class_style, outline_style
from sozialraum.files import writing
from sozialraum.files.provenance import sources_sentence
from sozialraum.messages import text
from sozialraum.model import Blocks, Proposal
from sozialraum.model.publishable import PROPOSAL_COLUMNS
from sozialraum.themes import proposal_theme

AREAS = "gebiete"
BLOCKS = "bloecke"


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
        each lies in, so that areas can be redrawn from blocks. No count is written.
    language
        Language of titles and styles.
    overwrite
        Replace an existing file.

    Raises
    ------
    DisclosureError
        Anything but a proposal was given.
    OutputError
        The file exists and `overwrite` is off.
    """
    if not isinstance(proposal, Proposal):
        raise DisclosureError(
            "model.not_publishable", what="write_proposal", given=type(proposal).__name__
        )
    shown = proposal_theme(proposal, language)
    areas = proposal.frame[[*PROPOSAL_COLUMNS, proposal.frame.geometry.name]].reset_index()
    areas = areas.assign(klasse=shown.frame["class"].to_numpy())
    titles = {c: text(f"export.column_{c}", language) for c in (schema.AREA_ID, *PROPOSAL_COLUMNS)}
    styles = [Style(AREAS, shown.title, class_style(shown, "klasse", titles), default=True)]
    stamp = moment("")
    with writing(path, overwrite=overwrite) as temporary:
        note = sources_sentence(proposal.sources, language)
        with fixed_clock(stamp):
            write_layer(temporary, areas, AREAS, text("export.layer_gebiete", language), note)
            if blocks is not None:
                tiles = _tiles(blocks, proposal)
                write_layer(temporary, tiles, BLOCKS, text("export.layer_bloecke", language), note)
                name = text("export.style_outline", language)
                styles.append(Style(BLOCKS, name, outline_style({}), default=True))
        with adding(temporary, stamp) as package:
            package.add_styles(styles)
            package.add_titles({AREAS: titles})
    return Path(path)


def _tiles(blocks: Blocks, proposal: Proposal) -> gpd.GeoDataFrame:
    """Return the tiles of blocks with the area that holds a point inside each."""
    tiles = blocks.frame[[blocks.frame.geometry.name]].to_crs(str(proposal.frame.crs))
    inside = gpd.GeoDataFrame(geometry=tiles.representative_point())
    shapes = gpd.GeoDataFrame(geometry=proposal.frame.geometry)
    shapes.index.name = schema.AREA_ID
    found = gpd.sjoin(inside, shapes, how="left", predicate="within")[schema.AREA_ID]
    found = found[~found.index.duplicated()]
    tiles.index.name = schema.BLOCK_ID
    return tiles.assign(area_id=found.reindex(tiles.index)).reset_index()
