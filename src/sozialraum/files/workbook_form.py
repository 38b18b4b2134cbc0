"""Sheets that somebody fills in: locked cells, open fields, checks of what is typed, print.

Protection has no password: it keeps hands off by mistake, and whoever must can take it off.
Parts of the format: ECMA-376, part 1, 18.3 (worksheets) and 18.8 (styles).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

TITLE, OPEN, REMARK = 3, 4, 5
"""Styles of a form beside those of every workbook: a title, a field to fill in, a remark that
runs over the cells beside it."""
PROMPT, HEADING = 255, 32
"""Characters that a message about a cell and its heading can have."""
LIGHT, LINE = "FFFFF9E5", "FFB8B08D"
OPEN_STYLES = (
    '<xf numFmtId="49" fontId="2" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" '
    'applyFont="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="3" borderId="1" xfId="0" applyNumberFormat="1" '
    'applyFill="1" applyBorder="1" applyAlignment="1" applyProtection="1">'
    '<alignment horizontal="right" vertical="top"/><protection locked="0"/></xf>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
)
OPEN_FONT = '<font><b/><sz val="13"/><name val="Calibri"/></font>'
OPEN_FILL = f'<fill><patternFill patternType="solid"><fgColor rgb="{LIGHT}"/></patternFill></fill>'
OPEN_BORDER = (
    "<border>"
    + "".join(
        f'<{side} style="thin"><color rgb="{LINE}"/></{side}>'
        for side in ("left", "right", "top", "bottom")
    )
    + "<diagonal/></border>"
)


@dataclass(frozen=True, slots=True)
class Check:
    """What may be typed into cells.

    Parameters
    ----------
    cells
        Range, such as ``"C6:D20"``.
    formula
        True for what is allowed; written for the first cell of the range.
    heading, prompt, error
        What is shown when a cell is chosen, and when something else is typed.
    """

    cells: str
    formula: str
    heading: str
    prompt: str
    error: str


@dataclass(frozen=True, slots=True)
class Form:
    """How a sheet is protected, checked and printed.

    Parameters
    ----------
    header
        Row of the header, counted from 0; it stays in view and is printed on every page.
    titles, remarks
        Rows that are titles, and rows whose texts run over the cells beside them.
    open_columns, open_cells
        What may be filled in: columns below the header, and single cells (row, column).
    hidden_columns
        Columns that are not shown.
    checks
        What may be typed where.
    state
        ``"veryHidden"`` sheets can only be shown by a program.
    """

    header: int = 0
    titles: Sequence[int] = ()
    remarks: Sequence[int] = ()
    open_columns: Sequence[int] = ()
    open_cells: Sequence[tuple[int, int]] = ()
    hidden_columns: Sequence[int] = ()
    checks: Sequence[Check] = ()
    state: Literal["visible", "veryHidden"] = "visible"

    def is_open(self, row: int, column: int) -> bool:
        """Return True for a cell that may be filled in."""
        below = row > self.header and column in self.open_columns
        return below or (row, column) in self.open_cells


def column_name(position: int) -> str:
    """Return the letters of a column.

    Examples
    --------
    >>> [column_name(i) for i in (0, 25, 26, 701, 702)]
    ['A', 'Z', 'AA', 'ZZ', 'AAA']
    """
    letters, rest = "", position + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters


def cell_name(row: int, column: int) -> str:
    """Return what a cell is called; row and column count from 0.

    Examples
    --------
    >>> cell_name(16, 2)
    'C17'
    """
    return f"{column_name(column)}{row + 1}"


def with_form_styles(styles: str) -> str:
    """Return the styles of a workbook with those of forms."""
    for name, one, before, after in (
        ("fonts", OPEN_FONT, 2, 3),
        ("fills", OPEN_FILL, 3, 4),
        ("borders", OPEN_BORDER, 1, 2),
        ("cellXfs", OPEN_STYLES, 3, 6),
    ):
        assert f'<{name} count="{before}">' in styles
        styles = styles.replace(f'<{name} count="{before}">', f'<{name} count="{after}">')
        styles = styles.replace(f"</{name}>", f"{one}</{name}>")
    return styles


def protection() -> str:
    """Return what locks a sheet; columns and rows may be made wider and higher."""
    return '<sheetProtection sheet="1" objects="1" scenarios="1" formatColumns="0" formatRows="0"/>'


def checks(form: Form) -> list[str]:
    """Return the checks of a sheet."""
    return [
        '<dataValidation type="custom" errorStyle="stop" allowBlank="1" showInputMessage="1" '
        f'showErrorMessage="1" errorTitle={quoteattr(one.heading[:HEADING])} '
        f"error={quoteattr(one.error[:PROMPT])} promptTitle={quoteattr(one.heading[:HEADING])} "
        f"prompt={quoteattr(one.prompt[:PROMPT])} sqref={quoteattr(one.cells)}>"
        f"<formula1>{escape(one.formula)}</formula1></dataValidation>"
        for one in form.checks
    ]


def page(form: Form) -> str:
    """Return margins and setup of the printed page, and which hints are not to be shown."""
    hushed = "".join(
        f'<ignoredError sqref={quoteattr(one.cells)} numberStoredAsText="1"/>'
        for one in form.checks
    )
    return (
        '<pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>'
        '<pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"/>'
        "<headerFooter><oddFooter>&amp;L&amp;A&amp;R&amp;P / &amp;N</oddFooter></headerFooter>"
        + (f"<ignoredErrors>{hushed}</ignoredErrors>" if hushed else "")
    )


def print_titles(names: Sequence[str], forms: Sequence[Form | None]) -> str:
    """Return which rows are printed on every page of each sheet."""
    defined = "".join(
        f'<definedName name="_xlnm.Print_Titles" localSheetId="{i}">'
        f"{escape(quoted(name))}!${form.header + 1}:${form.header + 1}</definedName>"
        for i, (name, form) in enumerate(zip(names, forms, strict=True))
        if form is not None and form.state == "visible"
    )
    return f"<definedNames>{defined}</definedNames>" if defined else ""


def quoted(sheet: str) -> str:
    """Return the name of a sheet as formulas write it.

    Examples
    --------
    >>> quoted("Kita's")
    "'Kita''s'"
    """
    return "'" + sheet.replace("'", "''") + "'"
