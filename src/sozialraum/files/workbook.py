"""Workbooks (XLSX) to work in: texts and numbers, drop-downs, a fixed header, never a formula.

Only what a table of definitions needs of the format (ECMA-376, part 1) is written; the same
content gives the same bytes.
"""

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from sozialraum.errors import OutputError
from sozialraum.files import workbook_form
from sozialraum.files.workbook_form import OPEN, REMARK, TITLE, Form, cell_name, column_name

__all__ = ["Cell", "Form", "Sheet", "column_name", "write_workbook"]

type Cell = str | int | float | None
LONGEST = 32_767
"""Characters that a cell can hold."""
LIST_LONGEST = 255
"""Characters that the choices of a drop-down can have together."""
EXACT = 2**53
"""Whole numbers up to here keep every digit in a cell."""
PREPARED = 2_000
"""Rows that drop-downs reach to."""
EPOCH = (1980, 1, 1, 0, 0, 0)
TEXT, HEADER, NUMBER = 0, 1, 2
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
STYLES = f"""{HEAD}<styleSheet xmlns="{MAIN}">\
<fonts count="2"><font><sz val="10"/><name val="Calibri"/></font>\
<font><b/><sz val="10"/><name val="Calibri"/></font></fonts>\
<fills count="3"><fill><patternFill patternType="none"/></fill>\
<fill><patternFill patternType="gray125"/></fill>\
<fill><patternFill patternType="solid"><fgColor rgb="FFE8EDF2"/></patternFill></fill></fills>\
<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>\
<cellXfs count="3">\
<xf numFmtId="49" fontId="0" fillId="0" xfId="0" applyNumberFormat="1" applyAlignment="1">\
<alignment vertical="top" wrapText="1"/></xf>\
<xf numFmtId="49" fontId="1" fillId="2" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1" \
applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>\
<xf numFmtId="0" fontId="0" fillId="0" xfId="0" applyAlignment="1"><alignment vertical="top"/></xf>\
</cellXfs><cellStyles count="1"><cellStyle name="Standard" xfId="0" builtinId="0"/></cellStyles>\
</styleSheet>"""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook.

    Parameters
    ----------
    name
        At most 31 characters, without any of the signs ``[]:*?/`` and the backslash.
    rows
        Cells; the first row is the header.
    widths
        Width of each column in characters.
    choices
        What may be chosen in a column, by its position; choices hold no commas.
    numbers
        Positions of the columns that hold numbers; all others are formatted as text, so
        that what is typed into them stays what it is.
    fixed
        Number of columns on the left that stay in view.
    form
        Protects the sheet, all but some fields; the structure of the workbook too.
    """

    name: str
    rows: Sequence[Sequence[Cell]]
    widths: Sequence[float] = ()
    choices: Mapping[int, Sequence[str]] = field(default_factory=dict)
    numbers: Sequence[int] = ()
    fixed: int = 0
    form: Form | None = None

    @property
    def header(self) -> int:
        """Row of the header, counted from 0."""
        return self.form.header if self.form else 0


def write_workbook(path: Path, sheets: Sequence[Sheet]) -> None:
    """Write sheets to a new file; texts stay texts, whatever they begin with.

    Raises
    ------
    OutputError
        A text is longer than a cell can hold.

    Examples
    --------
    >>> import tempfile
    >>> from python_calamine import CalamineWorkbook
    >>> file = Path(tempfile.mkdtemp()) / "a.xlsx"
    >>> write_workbook(file, [Sheet("A", [["Name", "n"], ["=1+1", 2]])])
    >>> CalamineWorkbook.from_path(file).get_sheet_by_name("A").to_python()
    [['Name', 'n'], ['=1+1', 2.0]]
    """
    long = [f"{s.name}!{cell_name(r, c)}" for s in sheets for r, c in _too_long(s)]
    if long:
        raise OutputError("workbook.cell_too_long", ids=long, longest=LONGEST)
    parts = {
        "[Content_Types].xml": _content_types(len(sheets)),
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": _book(sheets),
        "xl/_rels/workbook.xml.rels": _relations(
            [
                *(("worksheet", f"worksheets/sheet{i + 1}.xml") for i in range(len(sheets))),
                ("styles", "styles.xml"),
            ]
        ),
        "xl/styles.xml": workbook_form.with_form_styles(STYLES) if _forms(sheets) else STYLES,
    }
    parts |= {f"xl/worksheets/sheet{i + 1}.xml": _sheet(s) for i, s in enumerate(sheets)}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)


def _too_long(sheet: Sheet) -> list[tuple[int, int]]:
    return [
        (r, c)
        for r, row in enumerate(sheet.rows)
        for c, value in enumerate(row)
        if isinstance(value, str) and len(value) > LONGEST
    ]


def _sheet(sheet: Sheet) -> str:
    rows = "".join(
        f'<row r="{r + 1}">{"".join(_cell(sheet, r, c, v) for c, v in enumerate(row))}</row>'
        for r, row in enumerate(sheet.rows)
    )
    columns = "".join(
        f'<col min="{c + 1}" max="{c + 1}" width="{width}" '
        f'style="{NUMBER if c in sheet.numbers else TEXT}" customWidth="1"'
        f"{' hidden="1"' if sheet.form and c in sheet.form.hidden_columns else ''}/>"
        for c, width in enumerate(sheet.widths)
    )
    form = sheet.form
    return (
        f'{HEAD}<worksheet xmlns="{MAIN}">'
        f"{'<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>' if form else ''}{_view(sheet)}"
        f"{f'<cols>{columns}</cols>' if columns else ''}"
        f"<sheetData>{rows}</sheetData>{workbook_form.protection() if form else ''}"
        f"{_validations(sheet)}{workbook_form.page(form) if form else ''}</worksheet>"
    )


def _view(sheet: Sheet) -> str:
    """Return the pane that keeps the header and the first columns in view."""
    top = sheet.header + 1
    corner = cell_name(top, sheet.fixed)
    across = f'xSplit="{sheet.fixed}" ' if sheet.fixed else ""
    pane = "bottomRight" if sheet.fixed else "bottomLeft"
    return (
        '<sheetViews><sheetView workbookViewId="0">'
        f'<pane {across}ySplit="{top}" topLeftCell="{corner}" activePane="{pane}" state="frozen"/>'
        "</sheetView></sheetViews>"
    )


def _cell(sheet: Sheet, row: int, column: int, value: Cell) -> str:
    name = cell_name(row, column)
    is_open = sheet.form is not None and sheet.form.is_open(row, column)
    if value is None or value == "":
        return f'<c r="{name}" s="{OPEN}"/>' if is_open else ""
    if isinstance(value, str) or abs(value) > EXACT:
        style = OPEN if is_open else _style(sheet, row)
        return (
            f'<c r="{name}" s="{style}" t="inlineStr">'
            f'<is><t xml:space="preserve">{_escaped(str(value))}</t></is></c>'
        )
    return f'<c r="{name}" s="{NUMBER}"><v>{value!r}</v></c>'


def _style(sheet: Sheet, row: int) -> int:
    form = sheet.form
    if form is not None and row in (*form.titles, *form.remarks):
        return TITLE if row in form.titles else REMARK
    return HEADER if row == sheet.header else TEXT


def _forms(sheets: Sequence[Sheet]) -> bool:
    return any(sheet.form is not None for sheet in sheets)


def _escaped(value: str) -> str:
    """Return text for XML; what looks like a coded character is coded itself."""
    return escape(re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", value))


def _validations(sheet: Sheet) -> str:
    made = workbook_form.checks(sheet.form) if sheet.form else []
    for column, choices in sheet.choices.items():
        joined = ",".join(choices)
        assert len(joined) <= LIST_LONGEST
        letters = column_name(column)
        made.append(
            '<dataValidation type="list" allowBlank="1" showErrorMessage="1" '
            f"sqref={quoteattr(f'{letters}2:{letters}{PREPARED}')}>"
            f"<formula1>{escape(f'"{joined}"')}</formula1></dataValidation>"
        )
    if not made:
        return ""
    return f'<dataValidations count="{len(made)}">{"".join(made)}</dataValidations>'


def _book(sheets: Sequence[Sheet]) -> str:
    listed = "".join(
        f'<sheet name={quoteattr(s.name)} sheetId="{i + 1}"'
        f"{' state="veryHidden"' if s.form and s.form.state == 'veryHidden' else ''}"
        f' r:id="rId{i + 1}"/>'
        for i, s in enumerate(sheets)
    )
    locked = '<workbookProtection lockStructure="1"/>' if _forms(sheets) else ""
    titles = workbook_form.print_titles([s.name for s in sheets], [s.form for s in sheets])
    return (
        f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{locked}'
        f"<sheets>{listed}</sheets>{titles}</workbook>"
    )


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="rId{i + 1}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(targets)
    )
    return f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{listed}</Relationships>'


def _content_types(sheets: int) -> str:
    parts = [("workbook", "sheet.main"), ("styles", "styles")]
    parts += [(f"worksheets/sheet{i + 1}", "worksheet") for i in range(sheets)]
    listed = "".join(
        f'<Override PartName="/xl/{name}.xml" ContentType="{TYPE}.{kind}+xml"/>'
        for name, kind in parts
    )
    return (
        f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{listed}</Types>'
    )
