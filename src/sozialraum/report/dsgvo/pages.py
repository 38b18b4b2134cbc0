"""Write the documents: a page to print and Markdown to copy, each from the same text."""

from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

import sozialraum
from sozialraum.files import output_folder
from sozialraum.report.dsgvo.facts import Processing, gap
from sozialraum.report.dsgvo.figure import data_flow
from sozialraum.report.dsgvo.markdown import GAP, heading, to_html
from sozialraum.report.style import security, template

DOCUMENTS = ("verzeichnis", "schwellwertpruefung", "massnahmen", "datenfluss", "loeschkonzept")
"""Names of the documents: record, threshold check, measures, data flow, deletion plan."""
FIGURE = "datenfluss.svg"


def write_dsgvo(folder: str | Path, processing: Processing, *, overwrite: bool = False) -> Path:
    """Write drafts for the data-protection officer into a folder and return its path.

    Parameters
    ----------
    folder
        Output folder; replaced as a whole if it is ours and `overwrite` is on.
    processing
        What the project says.
    overwrite
        Replace drafts written before.

    Returns
    -------
    Path
        The folder: for each of :data:`DOCUMENTS` an HTML page and Markdown, and the figure
        of the data flow as SVG. In German; marked as drafts, gaps as "bitte ergänzen".

    Raises
    ------
    OutputError
        The folder exists and is not ours, or may not be replaced.
    """
    texts = {name: render(name, processing) for name in DOCUMENTS}
    titles = {name: heading(text) for name, text in texts.items()}
    drawing = _figure(processing)
    with output_folder(folder, overwrite=overwrite) as target:
        (target / FIGURE).write_text(drawing + "\n", encoding="utf-8", newline="\n")
        for name, text in texts.items():
            copied = text.replace("{figure}", f"![Datenfluss]({FIGURE})")
            (target / f"{name}.md").write_text(copied, encoding="utf-8", newline="\n")
            page = _page(name, text, titles, processing, drawing)
            (target / f"{name}.html").write_text(page, encoding="utf-8", newline="\n")
    return Path(folder)


def render(name: str, processing: Processing) -> str:
    """Return one document as Markdown.

    Parameters
    ----------
    name
        One of :data:`DOCUMENTS`.
    processing
        What the project says.
    """
    # Markdown, escaped when it becomes a page
    environment = Environment(
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - Markdown; escaped when it becomes a page
        keep_trailing_newline=True,
    )
    environment.filters["cell"] = _cell
    environment.globals["gap"] = gap
    return environment.from_string(_own(f"{name}.md")).render(**processing.values)


def count_gaps(folder: Path) -> int:
    """Return how many places of the drafts only people can fill in."""
    return sum(
        len(GAP.findall((folder / f"{name}.md").read_text(encoding="utf-8"))) for name in DOCUMENTS
    )


def _cell(value: str) -> str:
    """Return a text that cannot break out of a cell of a table."""
    return " ".join(str(value).split()).replace("|", "\\|")


def _figure(processing: Processing) -> str:
    suppliers = [one.source.provider for one in processing.deliveries if one.source.confidential]
    return data_flow(suppliers, [name for name, _ in processing.values["audiences"]])


def _page(
    name: str, text: str, titles: dict[str, str], processing: Processing, drawing: str
) -> str:
    style = template("report.css") + _own("page.css")
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_own("page.html")).render(
        here=name,
        heading=titles[name],
        title=processing.title,
        others=titles.items(),
        body=Markup(to_html(text, figure=drawing)),  # noqa: S704 - escaped by to_html
        style=Markup(style),  # noqa: S704 - our own files
        security=security(style),
        today=processing.values["today"],
        version=sozialraum.__version__,
    )


def _own(name: str) -> str:
    return files(__package__).joinpath("templates", name).read_text(encoding="utf-8")
