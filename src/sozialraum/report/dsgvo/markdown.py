"""Our own documents from Markdown to HTML: the few forms they use, everything else as text.

Headings, paragraphs, lists, tables, bold, code, ``{figure}`` and the mark of a gap. Values
come from project files and are escaped before anything is recognised.
"""

import re
from collections.abc import Iterator
from html import escape

GAP = re.compile(r"\[bitte ergänzen[^\]]*\]")
NARROW = 12
"""A column whose cells are all this short stays on one line."""


def to_html(text: str, *, figure: str = "") -> str:
    r"""Return a document as HTML; its first heading is left to the page.

    Examples
    --------
    >>> to_html("# Titel\n\nEin **Satz** & mehr.")
    '<p>Ein <strong>Satz</strong> &amp; mehr.</p>'
    """
    return "\n".join(_blocks(text, figure))


def heading(text: str) -> str:
    """Return the first heading of a document."""
    return text.splitlines()[0].removeprefix("# ").strip()


def _blocks(text: str, figure: str) -> Iterator[str]:
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = [line.strip() for line in block.strip().splitlines()]
        if lines[0].startswith("# "):
            continue
        if lines[0] == "{figure}":
            yield f"<figure>{figure}</figure>"
        elif lines[0].startswith("## "):
            yield f"<h2>{_inline(lines[0][3:])}</h2>"
        elif lines[0].startswith("- "):
            items = "".join(f"<li>{_inline(line[2:])}</li>" for line in lines)
            boxes = ' class="boxes"' if lines[0].startswith("- ☐") else ""
            yield f"<ul{boxes}>{items}</ul>"
        elif lines[0].startswith("|"):
            yield _table(lines)
        else:
            yield f"<p>{_inline(' '.join(lines))}</p>"


def _table(lines: list[str]) -> str:
    rows = [[cell.strip().replace("\\|", "|") for cell in _cells(line)] for line in lines]
    head, body = rows[0], rows[2:]
    narrow = [all(len(row[i]) <= NARROW for row in (head, *body)) for i in range(len(head))]
    marks = [' class="narrow"' if one else "" for one in narrow]
    top = "".join(
        f'<th scope="col"{mark}>{_inline(cell)}</th>'
        for mark, cell in zip(marks, head, strict=True)
    )
    below = "".join(
        "<tr>"
        + "".join(f"<td{mark}>{_inline(cell)}</td>" for mark, cell in zip(marks, row, strict=True))
        + "</tr>\n"
        for row in body
    )
    inside = f"<thead><tr>{top}</tr></thead>\n<tbody>\n{below}</tbody>"
    return f'<div class="wide"><table>\n{inside}</table></div>'


def _cells(line: str) -> list[str]:
    return re.split(r"(?<!\\)\|", line.strip())[1:-1]


def _inline(text: str) -> str:
    """Return a line of text with bold, code and gaps; code is kept as it is."""
    pieces = re.split(r"(`[^`]*`)", text)
    return "".join(map(_piece, pieces))


def _piece(piece: str) -> str:
    if piece.startswith("`") and len(piece) > 1:
        return f"<code>{escape(piece[1:-1])}</code>"
    return _words(piece)


def _words(text: str) -> str:
    safe = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escape(text))
    return GAP.sub(lambda found: f"<mark>{found[0]}</mark>", safe)
