"""Text that was read in the wrong encoding somewhere on its way: found, and put right."""

import pandas as pd

MOJIBAKE = ("Ã¤", "Ã¶", "Ã¼", "ÃŸ", "Ã„", "Ã–", "Ãœ", "\ufffd")
"""What German letters turn into when a file is read in the wrong encoding."""


def mangled_columns(attributes: pd.DataFrame) -> list[str]:
    """Return the columns with letters that no German text holds.

    Examples
    --------
    >>> mangled_columns(pd.DataFrame({"name": ["KÃ¶ln"], "nr": ["1"]}))
    ['name']
    """
    return [str(name) for name in attributes.columns if _is_mangled(attributes[name])]


def unmangled(attributes: pd.DataFrame) -> pd.DataFrame:
    """Return columns whose UTF-8 was taken for Windows-1252 as they were meant.

    What cannot be told (a letter that became a question mark) stays.

    Examples
    --------
    >>> unmangled(pd.DataFrame({"name": ["KÃ¶ln", "Bonn"]}))["name"].tolist()
    ['Köln', 'Bonn']
    """
    columns = {name: attributes[name].map(_meant) for name in mangled_columns(attributes)}
    return attributes.assign(**columns)


def _is_mangled(column: pd.Series) -> bool:
    return column.dtype in ("object", "str") and any(
        isinstance(cell, str) and any(sign in cell for sign in MOJIBAKE) for cell in column.unique()
    )


def _meant(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    for encoding in ("cp1252", "latin-1"):
        try:
            return cell.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return cell
