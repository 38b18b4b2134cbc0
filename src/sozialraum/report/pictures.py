"""Pictures inside the page: nothing lies beside the one file."""

import base64

from matplotlib.figure import Figure

from sozialraum.maps import small_png

SHARPNESS = 140
"""Pixels an inch."""


def embedded(figure: Figure) -> str:
    """Return a figure as the address of a picture that holds itself."""
    return f"data:image/png;base64,{base64.b64encode(small_png(figure, dpi=SHARPNESS)).decode()}"
