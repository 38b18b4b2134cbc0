"""The address key as workbooks, one a municipality, and its comparison with a town's own list."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from sozialraum import schema
from sozialraum.files.atomic import output_folder
from sozialraum.files.workbook import Cell, Sheet, write_workbook
from sozialraum.messages import default_language, text
from sozialraum.methods.house_numbers import read_number
from sozialraum.methods.street_names import plain_street
from sozialraum.model.addresses import SIDES, AddressKey, StreetComparison

STREET_WIDTHS = (34, 10, 10, 12, 18, 30, 24, 16)
UNASSIGNED_WIDTHS = (34, 14, 24, 16, 36, 40)
ABOUT_WIDTHS = (16, 100)
OPEN_WIDTH = 24


def write_address_key(
    folder: str | Path,
    key: AddressKey,
    *,
    compared: StreetComparison | None = None,
    language: str | None = None,
    overwrite: bool = False,
) -> tuple[Path, ...]:
    """Write a workbook for each municipality: its streets, and what has no area.

    Parameters
    ----------
    folder
        Folder to write; an existing one is replaced as a whole if it is ours and
        `overwrite` is on.
    key
        What :func:`sozialraum.address_key` returned.
    compared
        How a list of streets differs; written as a workbook of its own.
    language
        ``"de"`` or ``"en"``.
    overwrite
        Replace a folder that this library wrote.

    Returns
    -------
    tuple of Path
        The workbooks: ``strassen-05382060.xlsx`` and so on.

    Raises
    ------
    OutputError
        The folder exists and may not be replaced.
    """
    language = language or default_language()
    folder = Path(folder)
    towns = sorted(set(key.addresses[schema.MUNICIPALITY]))
    names = []
    with output_folder(folder, overwrite=overwrite) as temporary:
        for town in towns:
            stem = text("addressing.file_streets", language)
            name = f"{stem}-{town or text('addressing.elsewhere', language)}.xlsx"
            write_workbook(temporary / name, _sheets(key, town, language))
            names.append(name)
        if compared is not None:
            name = text("addressing.file_comparison", language)
            write_workbook(temporary / name, _comparison(compared, language))
            names.append(name)
    return tuple(folder / name for name in names)


def _sheets(key: AddressKey, town: str, language: str) -> list[Sheet]:
    own = key.ranges[key.ranges[schema.MUNICIPALITY] == town]
    open_ones = key.unassigned[key.unassigned[schema.MUNICIPALITY] == town]
    rows = [
        (plain_street(str(r.street)), r.street_key, i, _street_row(r, language))
        for i, r in enumerate(own.itertuples())
    ]
    streets = [row for *_, row in sorted(rows, key=lambda one: one[:3])]
    told = [(str(r.street), str(r.number), r) for r in open_ones.itertuples()]
    open_rows = sorted(
        (plain_street(street), read_number(number).low, r.Index, _open_row(r, language))
        for street, number, r in told
    )
    return [
        _sheet("streets", streets, STREET_WIDTHS, language),
        _sheet("unassigned", [row for *_, row in open_rows], UNASSIGNED_WIDTHS, language),
        _sheet("about", _about(key, town, language), ABOUT_WIDTHS, language),
    ]


def _sheet(
    name: str, rows: Sequence[Sequence[Cell]], widths: Sequence[float], language: str
) -> Sheet:
    header = text(f"addressing.columns_{name}", language).split("|")
    shown = text(f"addressing.sheet_{name}", language)
    return Sheet(shown, [header, *rows], widths=widths, fixed=1)


def _street_row(row, language: str) -> tuple[str, ...]:  # noqa: ANN001 - a named tuple of pandas
    side = "none" if row.side == "one" and not row.first else row.side
    shown = text(f"addressing.side_{side}", language)
    told = (row.area_id, row.name, row.district, row.street_key)
    return row.street, row.first, row.last, shown, *told


def _open_row(row, language: str) -> tuple[str, ...]:  # noqa: ANN001 - a named tuple of pandas
    reason = text(f"addressing.reason_{row.reason}", language)
    return row.street, row.number, row.district, row.street_key, reason, row.Index


def _about(key: AddressKey, town: str, language: str) -> list[tuple[str, str]]:
    facts = [("municipality", town), ("geography", key.geography)]
    facts += [("source", source.line()) for source in key.sources]
    facts += [("rule", text("addressing.rule", language))]
    return [(text(f"addressing.about_{fact}", language), value) for fact, value in facts]


def _comparison(compared: StreetComparison, language: str) -> list[Sheet]:
    """Return an overview, and one sheet for each way in which the list differs."""
    found = [
        (text(f"streets.sheet_{part}", language), len(getattr(compared, part)))
        for part in compared.PARTS
    ]
    overview = [(text("streets.agreed", language), compared.agreed), *found]
    header = text("streets.columns_overview", language).split("|")
    shown = text("streets.sheet_overview", language)
    first = Sheet(shown, [header, *overview], widths=[OPEN_WIDTH] * 2, numbers=(1,))
    return [first, *(_differences(compared, part, language) for part in compared.PARTS)]


def _differences(compared: StreetComparison, part: str, language: str) -> Sheet:
    table: pd.DataFrame = getattr(compared, part)
    if "side" in table.columns:
        sides = {side: text(f"addressing.side_{side}", language) for side in SIDES}
        table = table.assign(side=table["side"].map(sides))
    header = [text(f"streets.column_{name}", language) for name in table.columns]
    rows = [tuple(map(str, row)) for row in table.itertuples(index=False)]
    shown = text(f"streets.sheet_{part}", language)
    return Sheet(shown, [header, *rows], widths=[OPEN_WIDTH] * len(header))
