"""Empty tables to fill in, with what every column means."""

import csv
import io
from pathlib import Path

from sozialraum.disclosure.register import imports, members
from sozialraum.disclosure.register.sheets import COMMENT
from sozialraum.files import refuse_existing, writing
from sozialraum.messages import text

EXAMPLES = (
    ("sozialraum", "Q01", "sgb2", "2019-12-31", "12", "60", "u65"),
    ("sozialraum", "Q02", "sgb2", "2019-12-31", "*", "", ""),
    ("gemeinde", "05999001", "sgb2", "2019-12-31", "8,5", "", "u65", "rate"),
)
MEMBERS = (("sozialraum", "Q01", "b1"), ("sozialraum", "Q01", "b2"), ("gemeinde", "05999001", "b1"))


def write_template(
    path: str | Path, *, language: str = "de", overwrite: bool = False
) -> tuple[Path, Path]:
    """Write an empty table for earlier publications, and one for which blocks areas held.

    Parameters
    ----------
    path
        Table for numbers; the other one is called ``…-zuordnung.csv``.
    language
        Language of the explanations.
    overwrite
        Replace existing files.

    Returns
    -------
    tuple
        Both files.

    Raises
    ------
    OutputError
        One of them exists already or cannot be written.
    """
    path = Path(path)
    other = path.with_name(f"{path.stem}-zuordnung{path.suffix or '.csv'}")
    parts = ((path, imports.COLUMNS, EXAMPLES), (other, members.COLUMNS, MEMBERS))
    for target, _, _ in parts:
        refuse_existing(target, overwrite=overwrite)
    for target, columns, examples in parts:
        with writing(target, overwrite=overwrite) as temporary:
            temporary.write_text(_page(columns, examples, language), encoding="utf-8-sig")
    return path, other


def _page(columns: tuple[str, ...], examples: tuple[tuple[str, ...], ...], language: str) -> str:
    told = [f"{COMMENT} {text('ledger.template_intro', language)}"]
    for name in columns:
        meaning = text(f"ledger.template_{name}", language)
        told.append(f"{COMMENT} {name}: {meaning}")
    rows = io.StringIO()
    csv.writer(rows, delimiter=";", lineterminator="\n").writerows([columns, *examples])
    header, *shown = rows.getvalue().splitlines()
    return "\n".join([*told, *(f"{COMMENT} {row}" for row in shown), header, ""])
