"""One GeoPackage with everything that is published: layers, tables, styles, audit."""

from pathlib import Path

import pandas as pd

from sozialraum import schema
from sozialraum.errors import OutputError
from sozialraum.export import tables
from sozialraum.export.package import Style, adding, fixed_clock, moment, write_layer
from sozialraum.export.qml import class_style, outline_style
from sozialraum.files import geopackage as layout
from sozialraum.files import writing
from sozialraum.files.provenance import footer
from sozialraum.files.scan import check_file
from sozialraum.messages import text
from sozialraum.model import Flags, Index, Release
from sozialraum.model.publishable import (
    Publishable,
    release_of,
    require_publishable,
    require_shapes,
)


def write_geopackage(
    path: str | Path, *nouns: Publishable, language: str = "de", overwrite: bool = False
) -> Path:
    """Write a release, and the index and flags made from it, as one GeoPackage.

    Parameters
    ----------
    path
        File to write.
    *nouns
        Release, index, flags; all made from one release, which is always included.
    language
        Language of titles, labels and styles.
    overwrite
        Replace an existing file.

    Returns
    -------
    Path
        The file: one layer for every geography with a QGIS style for every theme, the
        long table of values, codebook, sources, audit. It reads back with
        ``read_release``, ``read_index`` and ``read_flags``.

    Raises
    ------
    DisclosureError
        A noun did not come through the gate, or the file fails the scan.
    OutputError
        The nouns are of different releases, or the file exists.

    Notes
    -----
    GeoPackage 1.3, rollback journal, no free pages: opens read-only from a file share
    and is unchanged after viewing. Equal input gives equal bytes.
    """
    for noun in nouns:
        require_publishable(noun, "write_geopackage")
        require_shapes(noun, "write_geopackage")
    release, index, flags = _together(nouns)
    shown: Publishable = flags or index or release
    layers = tables.layer_tables(shown, release, language)
    taken = {layer.name for layer in layers} & {*layout.TABLES, layout.STYLES}
    if taken:
        raise OutputError("export.name_taken", ids=sorted(taken))
    stamp = moment(max(release.table[schema.DATE], default=""))
    with writing(path, overwrite=overwrite) as temporary:
        note = "\n".join(footer(shown, language))
        with fixed_clock(stamp):
            for layer in layers:
                title = _layer_title(layer.name, release, language)
                write_layer(temporary, layer.frame, layer.name, title, note)
        with adding(temporary, stamp) as package:
            for name, frame in _tables(release, index, flags).items():
                package.add_table(name, frame, text(f"export.table_{name}", language))
            package.add_styles([style for layer in layers for style in _styles(layer, language)])
            package.add_titles({layer.name: layer.titles for layer in layers})
        check_file(temporary, release)
    return Path(path)


def _together(nouns: tuple[Publishable, ...]) -> tuple[Release, Index | None, Flags | None]:
    """Return the one release behind all nouns, with index and flags."""
    releases = [release_of(noun) for noun in nouns]
    if not releases or not all(_same_release(releases[0], other) for other in releases[1:]):
        raise OutputError("export.one_release", found=len({id(one) for one in releases}))
    flags = next((noun for noun in nouns if isinstance(noun, Flags)), None)
    index = next((noun for noun in nouns if isinstance(noun, Index)), None)
    if flags is not None and flags.index is not None:
        if index is not None and not index.table.equals(flags.index.table):
            raise OutputError("export.one_index")
        index = flags.index
    return releases[0], index, flags


def _same_release(one: Release, other: Release) -> bool:
    """Return True for one release, be it the same object or read from the same file."""
    return one is other or (
        one.table.equals(other.table)
        and one.areas.index.equals(other.areas.index)
        and one.indicators == other.indicators
        and one.audit == other.audit
        and (one.title, one.audience, one.draft) == (other.title, other.audience, other.draft)
        and _same_membership(one.membership, other.membership)
    )


def _same_membership(one: pd.DataFrame | None, other: pd.DataFrame | None) -> bool:
    return one is other or (one is not None and other is not None and one.equals(other))


def _tables(release: Release, index: Index | None, flags: Flags | None) -> dict[str, pd.DataFrame]:
    found = {
        layout.VALUES: tables.value_table(release),
        layout.INDICATORS: tables.definition_table(
            release.indicators, layout.TABLES[layout.INDICATORS]
        ),
        layout.SOURCES: tables.definition_table(release.sources, layout.TABLES[layout.SOURCES]),
        layout.CHECKS: tables.check_table(release, index, flags),
    }
    if release.membership is not None:
        found[layout.MEMBERSHIP] = tables.membership_table(release.membership)
    if index is not None:
        found |= tables.index_tables(index)
    if flags is not None:
        found |= tables.flag_tables(flags)
    return found


def _layer_title(name: str, release: Release, language: str) -> str:
    known = {schema.AREAS_LEVEL, schema.MUNICIPALITY_LEVEL, schema.COUNTY_LEVEL}
    title = text(f"export.layer_{name}", language) if name in known else name
    return f"{title} – {release.title}" if release.title else title


def _styles(layer: tables.LayerTable, language: str) -> list[Style]:
    if not layer.styles:
        name = text("export.style_outline", language)
        return [Style(layer.name, name, outline_style(layer.titles), default=True)]
    return [
        Style(layer.name, shown.title, class_style(shown, column, layer.titles), default=i == 0)
        for i, (shown, column) in enumerate(layer.styles)
    ]
