"""The page: folium's map between our heading, legend and table, closed to the outside."""

import base64
import hashlib
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

import folium
from branca.element import Element, Figure
from folium.template import Template
from jinja2 import Environment
from markupsafe import Markup

from sozialraum.files import writing
from sozialraum.files.scan import DATA_BLOCK, check_file
from sozialraum.messages import text
from sozialraum.model import Layer
from sozialraum.model.publishable import (
    Publishable,
    release_of,
    require_publishable,
    require_shapes,
)
from sozialraum.webmaps.assets import leaflet, own
from sozialraum.webmaps.payload import as_json, payload

POLICY = (
    "default-src 'none'; script-src {scripts}; style-src {styles}; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)
"""Content security policy: what is not in the page as we wrote it is neither run nor loaded."""


class Page(Figure):
    """The whole document. Rendering it gives the same bytes every time."""

    def __init__(self, content: dict[str, object], language: str, *, draft: bool) -> None:
        super().__init__()
        self._id = "page"
        self.content = content
        self.language = language
        self.draft = draft
        self.header = Element()
        self.header._parent = self  # noqa: SLF001 - how branca ties the parts of a figure

    def render(self, **kwargs: object) -> str:
        """Return the document with its content security policy."""
        for child in self._children.values():
            child.render(**kwargs)
        template = Environment(autoescape=True).from_string(own("page.html"))
        body = template.render(
            language=self.language,
            content=self.content,
            draft=self.draft,
            say=lambda name: text(f"webmaps.{name}", self.language),
            block=DATA_BLOCK,
            data=Markup(as_json(self.content)),  # noqa: S704 - JSON without < > &
            styles=[Markup(leaflet("leaflet.css")), Markup(own("page.css"))],  # noqa: S704
            scripts=[Markup(leaflet("leaflet.js")), Markup(own("page.js"))],  # noqa: S704
            header=Markup(self.header.render(**kwargs)),  # noqa: S704 - written by folium
            html=Markup(self.html.render(**kwargs)),  # noqa: S704
            script=Markup(self.script.render(**kwargs)),  # noqa: S704
        )
        return with_policy(body)

    def _repr_html_(self, **kwargs: object) -> str:
        """Return the page in a frame that may run its scripts and nothing else."""
        return (
            f'<iframe title="{escape(str(self.content["title"]))}" sandbox="allow-scripts" '
            f'srcdoc="{escape(self.render(**kwargs))}" '
            'style="width:100%;height:720px;border:1px solid #ccc"></iframe>'
        )


class WebMap(folium.Map):
    """A folium map whose document is our self-contained page."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 - folium's own class attribute
    default_css: list[tuple[str, str]] = []  # noqa: RUF012

    _template = Template(
        """
        {% macro html(this, kwargs) %}
        <div class="folium-map" id={{ this.get_name()|tojson }}></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {
            center: {{ this.location|tojson }},
            crs: L.CRS.{{ this.crs }},
            ...{{ this.options|tojavascript }}
        });
        showAreas({{ this.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, page: Page, centre: tuple[float, float]) -> None:
        super().__init__(
            location=centre,
            tiles=None,
            zoom_start=10,
            zoom_control=False,
            zoom_snap=0.25,
            zoom_delta=0.75,
            attribution_control=False,
        )
        self._id = "areas"
        page.add_child(self)


def draw_web_map(
    noun: Publishable, *, language: str = "de", background: Sequence[Layer] = ()
) -> WebMap:
    """Draw an interactive map of all themes of a noun.

    Parameters
    ----------
    noun
        What came through the gate. Every indicator (at its latest date), and status,
        dynamics and flags where the noun has them, can be chosen on the page.
    language
        ``"de"`` or ``"en"``.
    background
        Local layers for orientation, drawn as lines and dots; their sources are printed.

    Returns
    -------
    folium.Map
        Shows itself in notebooks in a sandboxed frame. Its document is self-contained:
        no tiles, no request; whatever is added to it must not need any either.

    Raises
    ------
    DisclosureError
        `noun` did not come through the gate.
    """
    require_publishable(noun, "draw_web_map")
    require_shapes(noun, "draw_web_map")
    release = release_of(noun)
    page = Page(payload(noun, language, background), language, draft=release.draft)
    west, south, east, north = release.areas.geometry.to_crs(4326).total_bounds
    return WebMap(page, (round((south + north) / 2, 5), round((west + east) / 2, 5)))


def write_web_map(
    path: str | Path,
    noun: Publishable,
    *,
    language: str = "de",
    background: Sequence[Layer] = (),
    overwrite: bool = False,
) -> Path:
    """Write the interactive map as one HTML file and return its path.

    Raises
    ------
    DisclosureError
        `noun` did not come through the gate, or the page fails the scan.
    OutputError
        The file exists and `overwrite` is off.
    """
    require_publishable(noun, "write_web_map")
    document = draw_web_map(noun, language=language, background=background).get_root().render()
    with writing(path, overwrite=overwrite) as temporary:
        temporary.write_text(document, encoding="utf-8", newline="\n")
        check_file(temporary, release_of(noun))
    return Path(path)


def with_policy(document: str) -> str:
    """Return a document that allows exactly its own inline scripts and styles, by digest."""
    scripts = _digests(document, r"<script>(.*?)</script>")
    styles = _digests(document, r"<style>(.*?)</style>")
    policy = POLICY.format(scripts=scripts or "'none'", styles=styles or "'none'")
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return document.replace('<meta charset="utf-8">', f'<meta charset="utf-8">\n{meta}', 1)


def _digests(document: str, pattern: str) -> str:
    found = (match.group(1).encode() for match in re.finditer(pattern, document, re.DOTALL))
    digests = (base64.b64encode(hashlib.sha256(code).digest()).decode() for code in found)
    return " ".join(dict.fromkeys(f"'sha256-{digest}'" for digest in digests))
