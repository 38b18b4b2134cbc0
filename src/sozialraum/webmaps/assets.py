"""Scripts and styles of the page: Leaflet from its package, ours from beside this module.

Leaflet is read from the installed package ``xstatic-leaflet`` when a page is made, is
checked against the digest it was reviewed with, and goes into the page as a whole.
"""

import hashlib
import re
from functools import cache
from importlib.resources import files

from sozialraum.errors import OutputError

LEAFLET = "1.9.3"
DIGESTS = {
    "leaflet.js": "5819285cec137b229c94e1ee5ad73e8b6b84345a4367d60f75fe477fe0fb7b03",
    "leaflet.css": "90b693d86392a4779c861b28cf307e7e59c3fb35328c4d8b95f58f814d38c722",
}
"""SHA-256 of the files of Leaflet 1.9.3 as packaged."""


@cache
def leaflet(name: str) -> str:
    """Return ``leaflet.js`` or ``leaflet.css``, checked and without outside references.

    Raises
    ------
    OutputError
        The installed file is not the reviewed one.
    """
    content = files("xstatic.pkg.leaflet").joinpath("data", name).read_bytes()
    if hashlib.sha256(content).hexdigest() != DIGESTS[name]:
        raise OutputError("webmaps.leaflet_changed", ids=[name], version=LEAFLET)
    plain = content.decode("utf-8").replace("\r\n", "\n")
    if name.endswith(".css"):
        # pictures of controls this page does not have
        return re.sub(r"url\([^)]*\)", "none", plain)
    return re.sub(r"//# sourceMappingURL=\S*\s*$", "", plain)


@cache
def own(name: str) -> str:
    """Return a script, style or template of this package."""
    return files("sozialraum.webmaps").joinpath("static", name).read_text(encoding="utf-8")
