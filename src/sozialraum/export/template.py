"""The workbook that an office fills in, out of a template."""

from pathlib import Path

from sozialraum.files import writing
from sozialraum.files.wording import day
from sozialraum.files.workbook import Cell, Form, Sheet, write_workbook
from sozialraum.files.workbook_form import Check, cell_name
from sozialraum.messages import text
from sozialraum.sources.template_parts import (
    DATE_CELL,
    HEADER_ROW,
    HIDDEN,
    HINT_ROW,
    PLACE_COLUMNS,
    TITLE_ROW,
    Template,
)

SIGNS = ("dash", "dot", "dots", "cross", "slash", "brackets", "star", "blank", "zero")
"""Official symbols, in the order in which the statistical offices explain them; and none."""
PARTS = ("sign", "meaning", "effect")
TYPED = ("-", "–", ".", "…", "...", "x", "/", "*")
"""Symbols that may be typed beside numbers."""


def write_template(
    path: str | Path, template: Template, *, language: str = "de", overwrite: bool = False
) -> Path:
    """Write a workbook that an office fills in.

    Keys and names are locked texts; fields to fill in are open and say what may stand in
    them. A sheet explains the official symbols and the supplier's minimum; a hidden one
    identifies delivery, columns and vintage of the areas. The protection has no password.
    The same template gives the same bytes.

    Parameters
    ----------
    path
        File to write (``.xlsx``).
    template
        What it holds.
    language
        ``"de"`` or ``"en"``.
    overwrite
        Replace an existing file.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    OutputError
        The file exists, or a text is longer than a cell can hold.

    Examples
    --------
    >>> import tempfile
    >>> from sozialraum.sources.template_parts import Row
    >>> kita = Template(
    ...     delivery="kita", provider="Jugendamt", title="Plätze", owner="", sheet="kita",
    ...     level="area", geography="sozialraum", vintage="0000-0000-0000", date="2025-12-31",
    ...     columns={"u3": "Plätze unter 3"}, rows=[Row("Q01", "Am Markt")],
    ... )
    >>> write_template(Path(tempfile.mkdtemp()) / "kita.xlsx", kita).name
    'kita.xlsx'
    """
    path = Path(path)
    sheets = [_sheet(template, language), _about(template, language), _hidden(template)]
    with writing(path, overwrite=overwrite) as temporary:
        write_workbook(temporary, sheets)
    return path


def _said(name: str, language: str, **values: object) -> str:
    return text(f"templates.{name}", language, **values)


def _sheet(template: Template, language: str) -> Sheet:
    """Return the sheet to fill in."""
    wide = 28 if max(map(len, template.columns.values()), default=0) > 16 else 16
    return Sheet(
        template.sheet,
        [*_top(template, language), *_body(template)],
        [16, 34, 24, *([wide] * len(template.columns)), 4],
        fixed=2,
        form=Form(
            header=HEADER_ROW,
            titles=[TITLE_ROW],
            remarks=[HINT_ROW],
            open_columns=range(template.first, template.proof),
            open_cells=[] if template.date else [DATE_CELL],
            hidden_columns=_not_shown(template),
            checks=_checks(template, language),
        ),
    )


def _not_shown(template: Template) -> list[int]:
    """Return the proof column, and that of what places belong to where they do not."""
    belongs = any(row.belongs for row in template.rows)
    return [template.proof] if belongs else [PLACE_COLUMNS - 1, template.proof]


def _top(template: Template, language: str) -> list[list[Cell]]:
    date = day(template.date, language) if template.date else None
    belongs = "belongs_area" if template.level == "area" else "belongs_other"
    header = [_said("column_key", language), _said("column_name", language)]
    header += [_said(belongs, language), *template.columns.values()]
    return [
        [template.title],
        [_said("date", language), date],
        [_said("hint", language)],
        [*header, _said("column_proof", language)],
    ]


def _body(template: Template) -> list[list[Cell]]:
    blank: list[Cell] = [None] * len(template.columns)
    return [[row.key, row.name, row.belongs, *blank, row.key] for row in template.rows]


def _checks(template: Template, language: str) -> list[Check]:
    first = cell_name(HEADER_ROW + 1, PLACE_COLUMNS)
    signs = ",".join(f'{first}="{sign}"' for sign in TYPED)
    number = f"IFERROR(--{first}>=0,FALSE)"
    limited = f'AND(LEFT({first})="(",RIGHT({first})=")")'
    found = [
        Check(
            template.fields,
            f"OR({number},{signs},{limited})",
            _said("check_heading", language),
            _said("check_prompt", language),
            _said("check_error", language),
        )
    ]
    if not template.date:
        at = cell_name(*DATE_CELL)
        said = (_said("date", language), *(_said("date_prompt", language),) * 2)
        found.append(Check(at, f"LEN({at})>=4", *said))
    return found


def _about(template: Template, language: str) -> Sheet:
    """Return the sheet that explains symbols, minimum and what to mind."""
    rows: list[list[Cell]] = [[_said(f"about_{part}", language) for part in PARTS]]
    known = {"minimum": template.minimum, "last": template.minimum - 1}
    variants = {"dash": "dash_zero"} if template.dash_is_zero else {}
    variants |= {"star": "star_minimum"} if template.minimum > 1 else {}
    for sign in SIGNS:
        variant = variants.get(sign, sign)
        rows.append([_said(f"symbol_{variant}_{part}", language, **known) for part in PARTS])
    rows.append([None])
    for name in ("minimum", "rows", "formulas", "send"):
        variant = f"{name}_none" if name == "minimum" and template.minimum <= 1 else name
        values = {"minimum": template.minimum, "provider": template.provider}
        rows.append([None, _said(f"note_{variant}", language, **values)])
    rows.append([None])
    owner = template.owner or template.provider
    for name, value in (
        ("delivery", template.delivery),
        ("owner", owner),
        ("geography", template.geography),
        ("vintage", template.vintage),
    ):
        rows.append([_said(f"fact_{name}", language), value])
    return Sheet(_said("sheet_about", language), rows, [18, 62, 62], form=Form())


def _hidden(template: Template) -> Sheet:
    """Return the sheet by which the template is known again."""
    rows: list[list[Cell]] = [[name, value] for name, value in template.identification.items()]
    return Sheet(HIDDEN, rows, [16, 60], form=Form(state="veryHidden"))
