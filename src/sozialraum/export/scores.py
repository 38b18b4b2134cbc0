"""Indices of published tables as CSV or XLSX, for analysts."""

from pathlib import Path

import pandas as pd

from sozialraum.errors import OutputError
from sozialraum.files import writing
from sozialraum.files.wording import inert
from sozialraum.files.workbook import Sheet, write_workbook
from sozialraum.messages import text

WRITERS = (".csv", ".xlsx")


def write_scores(
    path: str | Path,
    table: pd.DataFrame,
    *,
    note: str = "",
    language: str = "de",
    overwrite: bool = False,
) -> Path:
    """Write a table of scores and classes.

    CSV is plain UTF-8 with commas, decimal points and full precision. In it a key that
    would be a formula gets an apostrophe in front; the signs of the dynamics stay, which
    no spreadsheet can compute.

    Parameters
    ----------
    path
        ``.csv`` or ``.xlsx``.
    table
        From :func:`sozialraum.pipeline.score_published`; its first column holds the keys.
    note
        What a reader must know; on a second sheet of a workbook.
    language
        Of the names of the sheets.
    overwrite
        Replace an existing file.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutputError
        Another ending, or the file exists.
    """
    path = Path(path)
    if path.suffix.lower() not in WRITERS:
        raise OutputError("published.ending", ids=[path.name], known=", ".join(WRITERS))
    with writing(path, overwrite=overwrite) as target:
        if path.suffix.lower() == WRITERS[0]:
            _guarded(table).to_csv(target, index=False, encoding="utf-8", lineterminator="\n")
        else:
            write_workbook(target, _sheets(table, note, language))
    return path


def _guarded(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose keys are no formulas."""
    key = table.columns[0]
    return table.assign(**{key: [inert(str(one)) for one in table[key]]})


def _sheets(table: pd.DataFrame, note: str, language: str) -> list[Sheet]:
    numbers = [i for i, name in enumerate(table) if pd.api.types.is_numeric_dtype(table[name])]
    plain = table.astype(object).where(table.notna(), None)
    rows = [list(table.columns), *plain.to_numpy().tolist()]
    sheets = [Sheet(text("published.sheet", language), rows, numbers=numbers, fixed=1)]
    if note:
        title = text("published.note_sheet", language)
        sheets.append(Sheet(title, [[title], [note]], widths=[100]))
    return sheets
