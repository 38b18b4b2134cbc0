"""What pages have in common: their style, and that they run and load nothing."""

import base64
import hashlib
from importlib.resources import files


def template(name: str) -> str:
    """Return a file of the folder of templates."""
    return files("sozialraum.report").joinpath("templates", name).read_text(encoding="utf-8")


def security(style: str) -> str:
    """Return the content security policy of a page with one style and embedded pictures.

    Examples
    --------
    >>> security("p{margin:0}").split("; ")[0]
    "default-src 'none'"
    """
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; "
        "form-action 'none'"
    )
