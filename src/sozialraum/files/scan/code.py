"""Scripts and style sheets of a page: ours to the byte, or none."""

import hashlib
import re
from functools import cache

from sozialraum.files.scan.known import PACKAGE

LEAFLET = {
    "script": "34edd5e958eb754a467356cdbc26643e6dcdb7bc7a59adc7564ad0a0a4351976",
    "style": "caca13c348c8623cd9316962bade6cefef097a480c34e9b9bf1390ee6a342e6e",
}
"""SHA-256 of Leaflet's files as they stand in our pages."""

SCRIPTS = (PACKAGE / "webmaps" / "static" / "page.js",)
SHEETS = (
    PACKAGE / "webmaps" / "static" / "page.css",
    PACKAGE / "report" / "templates" / "report.css",
)
LOADER = re.compile(
    r'\s*var (\w+) = L\.map\("\1", \{\s*'
    r"center: \[-?\d{1,3}\.\d{1,5}, -?\d{1,3}\.\d{1,5}\],\s*"
    r"crs: L\.CRS\.EPSG3857,\s*"
    r'\.\.\.\{\s*(?:"\w+": (?:true|false|10|0\.25|0\.75),\s*)*\}\s*'
    r"\}\);\s*showAreas\(\1\);\s*"
)
"""The lines that start the map; only its middle differs from page to page."""
CLASS_COLOUR = re.compile(r"\.c\d{1,3}-\d{1,2}\{background:#[0-9a-f]{6};color:#[0-9a-f]{6}\}")
ADDRESS = re.compile(r"url\(([^)]*)\)|(@import[^;]*)", re.IGNORECASE)
HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?![.\d])|font-size\s*:\s*0(?![.\d])"
    r"|text-indent\s*:\s*-|clip\s*:",
    re.IGNORECASE,
)
CARRYING = re.compile(r"/\*|content\s*:|--[\w-]+\s*:|expression\s*\(|attr\s*\(", re.IGNORECASE)


@cache
def _ours(kind: str) -> frozenset[str]:
    paths = SCRIPTS if kind == "script" else SHEETS
    return frozenset(path.read_text(encoding="utf-8") for path in paths if path.is_file())


def is_our_script(text: str) -> bool:
    """Return True for Leaflet as reviewed, for our own script, and for the lines starting it."""
    known = _digest(text) == LEAFLET["script"] or text in _ours("script")
    return known or LOADER.fullmatch(text) is not None


def rest_of_sheet(text: str) -> str:
    """Return a style sheet without our own sheets and colours of classes."""
    if _digest(text) == LEAFLET["style"]:
        return ""
    for sheet in _ours("style"):
        text = text.replace(sheet, "")
    return CLASS_COLOUR.sub("", text).strip()


def addresses(style: str) -> list[str]:
    """Return what a style would open.

    Examples
    --------
    >>> addresses("a { background: url('x.png') } @import 'y.css';")
    ['x.png', "@import 'y.css"]
    """
    return [(one or other).strip(" '\"") for one, other in ADDRESS.findall(style)]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
